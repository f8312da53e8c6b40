#include "tpm/swtpm_blob.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "octets/text.h"
#include "octets/writer.h"
#include "testing/expect.h"

namespace nonvol::tpm {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets from_hex(std::string_view text) {
  return octets::from_hex(text).value();
}

const Octets& state() {
  static constexpr std::string_view kText = "state of a TPM";
  static const Octets bytes(kText.begin(), kText.end());
  return bytes;
}

// Bytes 00, 01, 02, ...
SwtpmKey key_of(std::size_t size_bytes) {
  Octets bytes(size_bytes);
  std::ranges::generate(bytes, [next = std::uint8_t{0}]() mutable { return next++; });
  return SwtpmKey(std::move(bytes));
}

// Made with `openssl enc -aes-...-cbc -nopad` and Python's hmac.
constexpr const char* kFile128 =
    "0201000a00010000005c000200000010cb99e33dd778da0a7b5357fa47e3c017000300000020edaf47eea465b883173caf5e"
    "735934d87a22df81422400cee8c03a4bec839dae000600000010a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";
// swtpm keeps one vector and never makes it shorter: what it has when the other key is one of 32 bytes.
constexpr const char* kFile128WithLongVector =
    "0201000a00010000006c000200000010cb99e33dd778da0a7b5357fa47e3c017000300000020a192d2050e94d0fb119c7cca"
    "23176c2f6832cf4bf69d3e74eeadf0c0f843e10f000600000020a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7"
    "b8b9babbbcbdbebf";
constexpr const char* kFile256 =
    "0201000a00090000007c0002000000205c5eda689d8bf016eb807e58fd56832da5f909d7fafd98811bb95871ee7d9c700003"
    "00000020b12071684d8c8a712653760aea90e53c335661bae8435421a5ee92880815170f000600000020a0a1a2a3a4a5a6a7"
    "a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";
constexpr const char* kMigration128 =
    "0201000a00060000006c000500000020c7bf228b08855ffc9cb088a4b2d62d57d27508a3c351a0699787d3c72fc3514a0003"
    "00000020fc960cc16fedd66251f08a8073aaaad8d40f08213b08c1825065fee14226996c000700000010a0a1a2a3a4a5a6a7"
    "a8a9aaabacadaeaf";
constexpr const char* kMigration256 =
    "0201000a00160000007c000500000020bc287b8bd68d6d36cb8669ebb77a8684490b59677eec2a48a83e89af767cacdc0003"
    "000000200f66169f33f6705238fb69743c96097066ffa992d7fc06e0de55ffeda33fe599000700000020a0a1a2a3a4a5a6a7"
    "a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";
constexpr const char*
    kBoth256 =  // encrypted with the key of the file, and that with the key of the migration
    "0201000a001f000000dc000500000080e264d7f985b9df13f81ff38f37aef5962e52c517c26f8a77b59c65a39a64b0e93972"
    "bbd8059ca82cd30542938faa3d04e696bbe38f195e1cb1e2bc232c7142d38f0fe9d228ab0d85be4a2c3b33a96f0292757826"
    "f5df00d0f43e54a187c81450bfe05085738d17c550a72882a710f16db234a6211136c5f8b34052cd04652e1f000300000020"
    "a17d01e3ff418bb3e1fd38986e96267c149ad67fcf7a5200fbd2125e1f017d70000700000020a0a1a2a3a4a5a6a7a8a9aaab"
    "acadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";

Octets field(std::uint16_t tag, octets::Bytes content) {
  octets::Writer writer;
  writer.big_u16(tag).big_u32(static_cast<std::uint32_t>(content.size())).bytes(content);
  return writer.take();
}

Octets blob_of(std::uint16_t flags, const std::vector<Octets>& fields) {
  octets::Writer body;
  for (const Octets& each : fields) body.bytes(each);
  octets::Writer writer;
  writer.u8(2).u8(1).big_u16(10).big_u16(flags).big_u32(static_cast<std::uint32_t>(10 + body.size_bytes()));
  return writer.bytes(body.view()).take();
}

Result<State> decode(octets::Bytes blob, const SwtpmKeys& keys = {}) {
  return decode_swtpm_blob(blob, keys, "tpm2-00.permall");
}

void expect_state(const Result<State>& found) {
  ASSERT_OK(found);
  EXPECT_EQ(*found, state());
}

TEST(SwtpmBlob, OpensWhatOthersEncrypted) {
  const SwtpmKey short_key = key_of(16);
  const SwtpmKey long_key = key_of(32);
  expect_state(decode(from_hex(kFile128), {&short_key, nullptr}));
  expect_state(decode(from_hex(kFile128WithLongVector), {&short_key, nullptr}));
  expect_state(decode(from_hex(kFile256), {&long_key, nullptr}));
  expect_state(decode(from_hex(kMigration128), {nullptr, &short_key}));
  expect_state(decode(from_hex(kMigration256), {nullptr, &long_key}));
  expect_state(decode(from_hex(kBoth256), {&long_key, &long_key}));
}

TEST(SwtpmBlob, SaysHowLongItsKeyIs) {
  EXPECT_EQ(swtpm_key_bytes(from_hex(kFile128)), 16u);
  EXPECT_EQ(swtpm_key_bytes(from_hex(kFile256)), 32u);
  EXPECT_EQ(swtpm_key_bytes(from_hex(kMigration256)), std::nullopt);
  EXPECT_EQ(swtpm_key_bytes(encode_swtpm_file(state(), nullptr).value()), std::nullopt);
  EXPECT_EQ(swtpm_key_bytes({}), std::nullopt);
}

TEST(SwtpmBlob, GivesBackEveryFormAndSize) {
  for (const std::size_t key_bytes : {0, 16, 32}) {
    const SwtpmKey key = key_of(key_bytes);
    const SwtpmKey* given = key_bytes == 0 ? nullptr : &key;
    // The seams of padding: up to 16 bytes with AES-128, 32 with AES-256.
    for (const std::size_t size : {0, 1, 15, 16, 17, 26, 31, 32, 33, 6000, 148010}) {
      SCOPED_TRACE(key_bytes * 1000000 + size);
      const Octets plain(size, 0x5a);
      const Result<Octets> file = encode_swtpm_file(plain, given);
      ASSERT_OK(file);
      EXPECT_EQ(decode(*file, {given, nullptr}).value(), plain);
      const Result<Octets> migration = encode_swtpm_migration(plain, given);
      ASSERT_OK(migration);
      EXPECT_EQ(decode(*migration, {nullptr, given}).value(), plain);
    }
  }
}

TEST(SwtpmBlob, WritesTheBytesThatSwtpmWrites) {
  EXPECT_EQ(octets::to_hex(encode_swtpm_file(Octets{0xab, 0xcd}, nullptr).value()),
            "0201000a000000000012000100000002abcd");
  EXPECT_EQ(octets::to_hex(encode_swtpm_migration(Octets{0xab, 0xcd}, nullptr).value()),
            "0201000a000400000018000400000008000100000002abcd");
  // Header, tags, lengths and flags as in the blobs above; the vector is another one each time.
  const auto shape = [](Octets blob, std::size_t text_bytes, std::size_t vector_bytes) {
    const std::size_t starts[] = {16, 22 + text_bytes, 60 + text_bytes};
    const std::size_t sizes[] = {text_bytes, 32, vector_bytes};
    for (std::size_t i = 0; i < 3; ++i) {
      std::ranges::fill(std::span(blob).subspan(starts[i], sizes[i]), std::uint8_t{0});
    }
    return octets::to_hex(blob);
  };
  const SwtpmKey short_key = key_of(16);
  const SwtpmKey long_key = key_of(32);
  EXPECT_EQ(shape(encode_swtpm_file(state(), &short_key).value(), 16, 16), shape(from_hex(kFile128), 16, 16));
  EXPECT_EQ(shape(encode_swtpm_file(state(), &long_key).value(), 32, 32), shape(from_hex(kFile256), 32, 32));
  EXPECT_EQ(shape(encode_swtpm_migration(state(), &short_key).value(), 32, 16),
            shape(from_hex(kMigration128), 32, 16));
  EXPECT_EQ(shape(encode_swtpm_migration(state(), &long_key).value(), 32, 32),
            shape(from_hex(kMigration256), 32, 32));
  EXPECT_NE(encode_swtpm_file(state(), &short_key).value(), encode_swtpm_file(state(), &short_key).value());
}

TEST(SwtpmBlob, WantsTheKeysThatItNeeds) {
  const SwtpmKey key = key_of(32);
  EXPECT_ERROR(decode(from_hex(kFile256)), kSwtpmKeyNeeded);
  EXPECT_ERROR(decode(from_hex(kFile256), {nullptr, &key}), kSwtpmKeyNeeded);
  EXPECT_ERROR(decode(from_hex(kMigration256), {&key, nullptr}), kSwtpmKeyNeeded);
  EXPECT_ERROR(decode(from_hex(kBoth256), {nullptr, &key}), kSwtpmKeyNeeded);
  EXPECT_ERROR(decode(from_hex(kBoth256), {&key, nullptr}), kSwtpmKeyNeeded);
}

TEST(SwtpmBlob, RefusesOtherKeys) {
  const SwtpmKey right = key_of(32);
  SwtpmKey wrong = key_of(32);
  wrong.bytes.back() ^= 1;
  const SwtpmKey short_key = key_of(16);
  EXPECT_ERROR(decode(from_hex(kFile256), {&wrong, nullptr}), kSwtpmWrongKey);
  const Result<State> too_short = decode(from_hex(kFile256), {&short_key, nullptr});
  EXPECT_ERROR(too_short, kSwtpmWrongKey);
  EXPECT_NE(too_short.error().message.find("of 32 bytes"), std::string::npos) << too_short.error().message;
  EXPECT_ERROR(decode(from_hex(kFile128), {&right, nullptr}), kSwtpmWrongKey);
  EXPECT_ERROR(decode(from_hex(kBoth256), {&wrong, &right}), kSwtpmWrongKey);
  EXPECT_ERROR(decode(from_hex(kBoth256), {&right, &wrong}), kSwtpmWrongKey);
}

TEST(SwtpmBlob, TakesAKeyWithAPlainStateOnlyInAMigration) {
  const SwtpmKey key = key_of(16);
  EXPECT_ERROR(decode(encode_swtpm_file(state(), nullptr).value(), {&key, nullptr}), kSwtpmWrongKey);
  // The target of a migration may encrypt what the source does not.
  expect_state(decode(encode_swtpm_migration(state(), nullptr).value(), {&key, &key}));
}

TEST(SwtpmBlob, RefusesEveryFlippedBitOfAnEncryptedState) {
  const SwtpmKey key = key_of(16);
  const Octets whole = from_hex(kFile128);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    // min_version says who may read it: to 0, 1 and 2 this reader is new enough.
    if (bit / 8 == 1 && bit % 8 < 2) continue;
    Octets damaged = whole;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    const Result<State> found = decode(damaged, {&key, nullptr});
    ASSERT_FALSE(found.has_value()) << "byte " << bit / 8 << ", bit " << bit % 8;
    // Text, MAC and vector.
    const bool sealed = (bit / 8 >= 16 && bit / 8 < 32) || (bit / 8 >= 38 && bit / 8 < 70) || bit / 8 >= 76;
    EXPECT_TRUE(!sealed || found.error().id == ErrorId::kSwtpmWrongKey) << "byte " << bit / 8;
  }
}

TEST(SwtpmBlob, RefusesAVectorThatWasMovedIntoTheText) {
  // The MAC is over both without a boundary: it is right for each of these.
  const Octets whole = from_hex(kFile256);
  const octets::Bytes bytes(whole);
  const octets::Bytes mac = bytes.subspan(54, 32);
  const octets::Bytes vector = bytes.subspan(92, 32);
  Octets longer(bytes.begin() + 16, bytes.begin() + 48);
  longer.insert(longer.end(), vector.begin(), vector.begin() + 16);
  const SwtpmKey key = key_of(32);
  const auto refused_for_sizes = [&key](const std::vector<Octets>& fields) {
    const Result<State> found = decode(blob_of(9, fields), {&key, nullptr});
    EXPECT_ERROR(found, kSwtpmField);
    EXPECT_NE(found.error().message.find("they must have"), std::string::npos) << found.error().message;
  };
  refused_for_sizes({field(2, longer), field(3, mac), field(6, vector.subspan(16))});
  longer.insert(longer.end(), vector.begin() + 16, vector.end());
  refused_for_sizes({field(2, longer), field(3, mac), field(6, {})});
  EXPECT_ERROR(decode(blob_of(9, {field(2, longer), field(3, mac)}), {&key, nullptr}), kSwtpmField);
  // The other way round, and half a block of AES-256 as swtpm never writes it.
  const Octets text(bytes.begin() + 16, bytes.begin() + 48);
  Octets wider(text.begin() + 16, text.end());
  wider.insert(wider.end(), vector.begin(), vector.end());
  refused_for_sizes({field(2, octets::Bytes(text).first(16)), field(3, mac), field(6, wider)});
  refused_for_sizes({field(2, octets::Bytes(text).first(16)), field(3, mac), field(6, vector)});
  refused_for_sizes({field(2, text), field(3, mac.first(31)), field(6, vector)});
}

TEST(SwtpmBlob, RefusesWrongPaddingUnderARightMac) {
  // Decrypted, they end with a padding of 0, of 17 (the key has 16 bytes), and of 2 with another byte in it.
  const SwtpmKey key = key_of(16);
  for (const char* blob :
       {"0201000a00010000005c0002000000105e18d1fef61d087ec0a33ed734a7918f000300000020de588c30d5065390"
        "7f1805cb432b8b209ad38957c65b22374883e60bdd8a49b8000600000010a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
        "0201000a00010000006c00020000002047656b3a1dc392dd92a80acb4a78f3292b08abc9381ce0316a589d0e6140"
        "3a7200030000002072a217ca4cb589bc5883eae6b206154dbe811d9858d99d6c9f6464fdc19ebb5c000600000010"
        "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
        "0201000a00010000005c000200000010b54b99d94119a96d941f96d8e09eb90200030000002095de19613364b141"
        "412968c77821797fa6896218b96c9f7433523613ddbe72d8000600000010a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"}) {
    EXPECT_ERROR(decode(from_hex(blob), {&key, nullptr}), kSwtpmField);
  }
}

TEST(SwtpmBlob, ChecksItsHeader) {
  const Octets whole = encode_swtpm_file(state(), nullptr).value();
  EXPECT_ERROR(decode({}), kSwtpmHeader);
  EXPECT_ERROR(decode(octets::Bytes(whole).first(9)), kSwtpmHeader);
  EXPECT_ERROR(decode(octets::Bytes(whole).first(whole.size() - 1)), kSwtpmHeader);
  struct {
    std::size_t at;
    std::uint8_t value;
  } const changes[] = {{0, 1}, {0, 3}, {1, 3},    {3, 11}, {5, 0x20}, {4, 1},
                       {5, 2}, {5, 8}, {5, 0x14}, {9, 0},  {6, 1}};
  for (const auto& change : changes) {
    Octets damaged = whole;
    damaged[change.at] = change.value;
    EXPECT_ERROR(decode(damaged), kSwtpmHeader);
  }
  EXPECT_ERROR(decode(Octets(kLargestSwtpmBlobBytes + 1, 0)), kSwtpmHeader);
  // swtpm before 0.1 had no header: the state itself begins the file.
  EXPECT_ERROR(decode(from_hex("0003ab36472300030000")), kSwtpmHeader);
}

TEST(SwtpmBlob, ChecksItsFields) {
  const Octets data = field(1, state());
  EXPECT_ERROR(decode(blob_of(0, {})), kSwtpmField);
  EXPECT_ERROR(decode(blob_of(0, {data, data})), kSwtpmField);
  EXPECT_ERROR(decode(blob_of(0, {data, {0, 1, 0}})), kSwtpmField);
  EXPECT_ERROR(decode(blob_of(0, {from_hex("0001ffffffffab")})), kSwtpmField);
  EXPECT_ERROR(decode(blob_of(0, {from_hex("000100000003abab")})), kSwtpmField);
  // Of a migration there must be both layers.
  EXPECT_ERROR(decode(blob_of(4, {data})), kSwtpmField);
  EXPECT_ERROR(decode(blob_of(4, {field(4, state())})), kSwtpmField);
  EXPECT_ERROR(decode(blob_of(0, {field(4, data)})), kSwtpmField);
  const SwtpmKey key = key_of(16);
  EXPECT_ERROR(decode(blob_of(1, {data}), {&key, nullptr}), kSwtpmField);
}

TEST(SwtpmBlob, PassesOverFieldsOfLaterVersionsUpToALimit) {
  std::vector<Octets> fields(15, field(8, {}));
  fields.push_back(field(1, state()));
  expect_state(decode(blob_of(0, fields)));
  fields.insert(fields.begin(), field(0xffff, state()));
  EXPECT_ERROR(decode(blob_of(0, fields)), kSwtpmField);
}

TEST(SwtpmBlob, SaysWhereTheInnerFieldsAreDamaged) {
  const Octets inner = {0, 1, 0, 0, 0, 9};
  const Result<State> found = decode(blob_of(4, {field(9, state()), field(4, inner)}));
  EXPECT_ERROR(found, kSwtpmField);
  EXPECT_NE(found.error().message.find("offset 0x2a"), std::string::npos) << found.error().message;
}

TEST(SwtpmBlob, RefusesToWriteWhatItWouldNotRead) {
  const Octets large(kLargestSwtpmBlobBytes - 1024, 1);
  const SwtpmKey key = key_of(32);
  EXPECT_OK(decode(encode_swtpm_migration(large, &key).value(), {nullptr, &key}));
  EXPECT_ERROR(encode_swtpm_file(Octets(large.size() + 1), nullptr), kSwtpmField);
  EXPECT_ERROR(encode_swtpm_migration(Octets(large.size() + 1), nullptr), kSwtpmField);
  const SwtpmKey none = key_of(0);
  EXPECT_ERROR(encode_swtpm_file(state(), &none), kBadSwtpmKey);
}

}  // namespace
}  // namespace nonvol::tpm
