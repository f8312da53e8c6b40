#include "tpm/commands.h"

#include <deque>

#include "octets/text.h"
#include "octets/writer.h"
#include "testing/expect.h"
#include "tpm/inventory.h"

namespace nonvol::tpm {
namespace {

using octets::Writer;
using ::testing::HasSubstr;

// Answers what it was told to, one after the other.
class Scripted final : public CommandPort {
 public:
  Result<Response> execute(octets::Bytes command) override {
    asked.push_back(octets::to_hex(command));
    if (answers.empty()) return Error(ErrorId::kTpmCommandRefused, "the script is at its end");
    Response next = answers.front();
    answers.pop_front();
    return next;
  }
  void answer(std::uint16_t tag, std::uint32_t code, octets::Bytes rest) {
    Writer writer;
    writer.big_u16(tag).big_u32(static_cast<std::uint32_t>(10 + rest.size())).big_u32(code).bytes(rest);
    answers.push_back(writer.take());
  }
  void answer(octets::Bytes rest) { answer(0x8001, 0, rest); }

  std::deque<Response> answers;
  std::vector<std::string> asked;
};

std::vector<std::uint8_t> bytes(std::string_view hex) {
  return octets::from_hex(hex).value_or(std::vector<std::uint8_t>());
}

TEST(Commands, AreWrittenAsTheSpecificationHasThem) {
  Scripted port;
  port.answer({});
  EXPECT_OK(start_up(port));
  EXPECT_EQ(port.asked.back(), "80010000000c000001440000");
  port.answer({});
  EXPECT_OK(shut_down(port));
  EXPECT_EQ(port.asked.back(), "80010000000c000001450000");
  port.answer({});
  EXPECT_OK(self_test(port));
  EXPECT_EQ(port.asked.back(), "80010000000b0000014301");
  port.answer({});
  EXPECT_OK(flush_context(port, 0x80000000));
  EXPECT_EQ(port.asked.back(), "80010000000e0000016580000000");
  port.answer(0x8002, 0, bytes("000000000000010000"));
  EXPECT_OK(evict_control(port, 0x80000001, 0x81010001));
  EXPECT_EQ(port.asked.back(),
            "80020000002300000120"
            "40000001"
            "80000001"
            "00000009"
            "400000090000000000"
            "81010001");
  port.answer(0x8002, 0, bytes("000000000000010000"));
  EXPECT_OK(nv_define_space(port, {0x01c00002, kAlgorithmSha256, 0x42072001, 1018}));
  EXPECT_EQ(port.asked.back(),
            "80020000002d0000012a"
            "4000000c"
            "00000009"
            "400000090000000000"
            "0000"
            "000e"
            "01c00002"
            "000b"
            "42072001"
            "0000"
            "03fa");
}

TEST(Commands, WriteMemoryInPieces) {
  Scripted port;
  for (int i = 0; i < 3; ++i) port.answer(0x8002, 0, bytes("000000000000010000"));
  EXPECT_OK(nv_write(port, 0x01c00002, std::vector<std::uint8_t>(2048 + 1)));
  ASSERT_EQ(port.asked.size(), 3u);
  EXPECT_TRUE(port.asked[0].ends_with("0000"));
  EXPECT_TRUE(port.asked[1].ends_with("0400"));
  EXPECT_TRUE(port.asked[2].ends_with("0001000800"));  // one byte, behind 2048
}

TEST(Commands, SayWhichWasRefusedAndWhy) {
  Scripted port;
  port.answer(0x8001, 0x14c, {});
  const Result<void> defined = nv_define_space(port, {0x01c00002, kAlgorithmSha256, 0, 1});
  EXPECT_ERROR(defined, kTpmCommandRefused);
  EXPECT_EQ(defined.error().message, "TPM2_NV_DefineSpace was refused with code 0x14c");
  EXPECT_EQ(defined.error().hint, "tpm2_rc_decode 0x14c");
}

TEST(Commands, StartWhatIsStarted) {
  Scripted port;
  port.answer(0x8001, 0x100, {});
  EXPECT_OK(start_up(port));
  port.answer(0x8001, 0x101, {});
  EXPECT_ERROR(start_up(port), kTpmCommandRefused);
}

TEST(Commands, RefuseAnswersThatAreNone) {
  Scripted port;
  port.answers.push_back(bytes("8001000000"));              // cut in the header
  port.answers.push_back(bytes("80010000000b00000000"));    // one byte less than it says
  port.answers.push_back(bytes("8001000000090000000000"));  // more than it says
  port.answers.push_back(std::vector<std::uint8_t>());
  port.answers.push_back(bytes("80010000100100000000"));
  port.answers.back().resize(4097);
  for (int i = 0; i < 5; ++i) EXPECT_ERROR(shut_down(port), kTpmCommandRefused);
  port.answer(bytes("0000"));
  EXPECT_ERROR(read_public(port, 0x81010001), kTpmCommandRefused);
  port.answer(0x8002, 0, bytes("80000000000000ff0001"));  // fewer parameters than they say
  EXPECT_ERROR(create_primary(port, kEndorsementHierarchy, {}), kTpmCommandRefused);
  port.answer(bytes("0000000000000000"));  // no registers where there should be handles
  EXPECT_ERROR(get_handles(port, 0x81000000), kTpmCommandRefused);
  port.answer(bytes("0000000001ffffffff81000000"));
  EXPECT_ERROR(get_handles(port, 0x81000000), kTpmCommandRefused);
}

TEST(Commands, AllocateBanksOrSayThatThereIsNoRoom) {
  Scripted port;
  const std::vector<PcrSelection> banks = {{kAlgorithmSha256, 0x00ffffff}, {kAlgorithmSha1, 0x000200}};
  port.answer(0x8002, 0,
              bytes("0000000d"
                    "01"
                    "00000018"
                    "00000100"
                    "00001000"
                    "0000010000"));
  EXPECT_OK(pcr_allocate(port, banks));
  EXPECT_EQ(port.asked.back(),
            "80020000002b0000012b"
            "4000000c"
            "00000009"
            "400000090000000000"
            "00000002"
            "000b03ffffff"
            "000403000200");
  port.answer(0x8002, 0,
              bytes("0000000d"
                    "00"
                    "00000018"
                    "00001001"
                    "00001000"
                    "0000010000"));
  const auto refused = pcr_allocate(port, banks);
  EXPECT_ERROR(refused, kTpmCommandRefused);
  EXPECT_THAT(refused.error().message, HasSubstr("need 4097 bytes, 4096 are there"));
}

TEST(Commands, AskUntilAllIsTold) {
  Scripted port;
  port.answer(
      bytes("01000000010000000281000000"
            "81000001"));
  port.answer(bytes("00000000010000000181000005"));
  const auto handles = get_handles(port, 0x81000000);
  ASSERT_OK(handles);
  EXPECT_EQ(*handles, (std::vector<Handle>{0x81000000, 0x81000001, 0x81000005}));
  EXPECT_EQ(port.asked.back(),
            "8001000000160000017a"
            "00000001"
            "81000002"
            "000000fe");
  // One that says for ever that there is more of the same.
  for (int i = 0; i < 2; ++i) port.answer(bytes("01000000010000000181000000"));
  const auto endless = get_handles(port, 0x81000000);
  EXPECT_ERROR(endless, kTpmCommandRefused);
  EXPECT_THAT(endless.error().message, HasSubstr("no end"));
}

TEST(Commands, ReadPublicAreasOfEveryKind) {
  Scripted port;
  // A signing key on P-256 with ECDSA: a scheme with its hash, no symmetric algorithm.
  port.answer(
      bytes("001c"
            "0023"
            "000b"
            "00040072"
            "0000"
            "0010"
            "0018000b"
            "0003"
            "0010"
            "0001aa"
            "0001bb"));
  const Result<PublicArea> ecc = read_public(port, 0x81000000);
  ASSERT_OK(ecc);
  EXPECT_EQ(describe(*ecc), "ECC P-256");
  EXPECT_EQ(ecc->key, seal::PublicKey(seal::EcPublicKey{seal::EcCurve::kP256, {0xaa}, {0xbb}}));
  // A curve that is none of NIST's; a keyed hash.
  port.answer(
      bytes("001c"
            "0023"
            "000b"
            "00040072"
            "0000"
            "0010"
            "001a000b0001"
            "0010"
            "0010"
            "0000"
            "0000"));
  const Result<PublicArea> other = read_public(port, 0x81000000);
  ASSERT_OK(other);
  EXPECT_EQ(describe(*other), "0x0023");
  port.answer(
      bytes("000a"
            "0008"
            "000b"
            "00040072"
            "0000"));
  const Result<PublicArea> hash = read_public(port, 0x81000000);
  ASSERT_OK(hash);
  EXPECT_EQ(describe(*hash), "0x0008");
  EXPECT_EQ(hash->attributes, 0x00040072u);
  // The exponent that 0 stands for, and one that is said.
  port.answer(
      bytes("001b"
            "0001"
            "000b"
            "000300b2"
            "0000"
            "0006008000430010"
            "0800"
            "00000000"
            "0001c3"));
  const Result<PublicArea> rsa = read_public(port, 0x81010001);
  ASSERT_OK(rsa);
  EXPECT_EQ(rsa->key, seal::PublicKey(seal::RsaPublicKey{{0xc3}, 65537}));
}

}  // namespace
}  // namespace nonvol::tpm
