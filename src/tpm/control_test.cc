#include "tpm/control.h"

#include <gmock/gmock.h>

#include "octets/writer.h"

namespace nonvol::tpm {
namespace {

using octets::Writer;
using ::testing::ElementsAre;

std::vector<std::uint8_t> message(std::uint32_t command, std::vector<std::uint8_t> body = {}) {
  return Writer().big_u32(command).bytes(body).take();
}

ControlParsed parsed(const std::vector<std::uint8_t>& bytes) {
  const auto result = parse_control(bytes);
  EXPECT_TRUE(std::holds_alternative<ControlParsed>(result));
  return std::holds_alternative<ControlParsed>(result) ? std::get<ControlParsed>(result) : ControlParsed{};
}

bool needs_more(octets::Bytes bytes) {
  return std::holds_alternative<ControlNeedsMore>(parse_control(bytes));
}

TEST(ControlRequest, OfEachCommandIsWholeWhenItsBodyIsThere) {
  const std::size_t body_bytes[] = {0, 4, 0, 0, 1, 0, 4, 0, 0, 0, 1, 12, 12, 0, 0, 0, 4, 12, 4};
  for (std::uint32_t command = 1; command <= 19; ++command) {
    const std::vector<std::uint8_t> whole =
        message(command, std::vector<std::uint8_t>(body_bytes[command - 1]));
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_TRUE(needs_more(octets::Bytes(whole).first(size))) << command << " of " << size << " bytes";
    }
    const ControlParsed request = parsed(whole);
    EXPECT_EQ(static_cast<std::uint32_t>(request.request.command), command);
    EXPECT_EQ(request.size_bytes, whole.size());
    EXPECT_NE(to_string(request.request.command), "an unknown command");
  }
}

TEST(ControlRequest, HasItsFields) {
  EXPECT_EQ(parsed(message(0x02, {0, 0, 0, 1})).request.flags, kInitDeleteVolatile);
  EXPECT_EQ(parsed(message(0x05, {3})).request.locality, 3);
  EXPECT_EQ(parsed(message(0x11, {0, 0, 0x0f, 0x80})).request.buffer_bytes, 3968u);
  EXPECT_EQ(parsed(message(0x13, {0, 0, 1, 0x2c})).request.retries, 300u);
  const ControlRequest blob = parsed(message(0x0c, {0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 5})).request;
  EXPECT_EQ(blob.flags, 1u);
  EXPECT_EQ(blob.type, 2u);
  EXPECT_EQ(blob.offset_bytes, 5u);
  const ControlRequest info = parsed(message(0x12, {0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 9})).request;
  EXPECT_EQ(info.flags, 0x100000002u);
  EXPECT_EQ(info.offset_bytes, 9u);
}

TEST(ControlRequest, TakesAsMuchDataAsItSays) {
  std::vector<std::uint8_t> bytes = message(0x0d, {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8});
  EXPECT_TRUE(needs_more(bytes));
  bytes.insert(bytes.end(), {9, 10});
  const ControlParsed request = parsed(bytes);
  EXPECT_THAT(request.request.data, ElementsAre(7, 8, 9));
  EXPECT_EQ(request.size_bytes, bytes.size() - 1);
}

TEST(ControlRequest, TakesThePaddingThatCameWithIt) {
  // QEMU sends a locality in four bytes, TPM tools in one.
  EXPECT_EQ(parsed(message(0x05, {2, 0, 0, 0})).size_bytes, 8u);
  EXPECT_EQ(parsed(message(0x05, {2})).size_bytes, 5u);
  EXPECT_EQ(parsed(message(0x05, {2, 0, 0, 0, 0, 0})).size_bytes, 8u);
}

TEST(ControlRequest, OfNoKnownCommandIsNonsense) {
  for (const std::uint32_t command : {0u, 20u, 0xffffffffu}) {
    const auto result = parse_control(message(command));
    ASSERT_TRUE(std::holds_alternative<ControlNonsense>(result));
    EXPECT_EQ(std::get<ControlNonsense>(result).result, kTpmBadOrdinal);
  }
}

TEST(ControlRequest, WithMoreDataThanAnyStateHasIsNonsense) {
  const std::uint32_t limit = kLargestStateBlobBytes;
  EXPECT_TRUE(needs_more(Writer().big_u32(0x0d).big_u64(1).big_u32(limit).take()));
  const auto result = parse_control(Writer().big_u32(0x0d).big_u64(1).big_u32(limit + 1).take());
  EXPECT_TRUE(std::holds_alternative<ControlNonsense>(result));
}

TEST(ControlReply, HasTheBytesThatClientsExpect) {
  EXPECT_THAT(result_reply(0x800), ElementsAre(0, 0, 8, 0));
  EXPECT_THAT(capability_reply(), ElementsAre(0, 0, 0, 0, 0, 1, 0x7f, 0xff));
  EXPECT_THAT(established_reply(0, true), ElementsAre(0, 0, 0, 0, 1, 0, 0, 0));
  EXPECT_THAT(config_reply(true, true), ElementsAre(0, 0, 0, 0, 0, 0, 0, 3));
  EXPECT_THAT(buffer_size_reply({1, 2, 3}), ElementsAre(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3));
  const std::uint8_t blob[] = {5, 6, 7};
  EXPECT_THAT(state_reply(0, blob, 1), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 6, 7));
  EXPECT_EQ(state_reply(0, blob, 4).size(), 16u);
}

TEST(ControlReply, GivesInformationInPieces) {
  EXPECT_THAT(info_reply("ab", 1), ElementsAre(0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 'b', 0));
  EXPECT_THAT(info_reply("ab", 2), result_reply(kTpmBadParameter));
  EXPECT_THAT(info_reply("ab", 0xffffffff), result_reply(kTpmBadParameter));
  EXPECT_EQ(info_reply(std::string(5000, 'x'), 0).size(), 12u + 3072u);
}

}  // namespace
}  // namespace nonvol::tpm
