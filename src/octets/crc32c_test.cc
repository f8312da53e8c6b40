#include "octets/crc32c.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string_view>
#include <vector>

namespace nonvol::octets {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets octets_of(std::string_view text) {
  return {text.begin(), text.end()};
}

// RFC 3720, B.4, in its order; then the check value of CRC catalogues, and the sum of nothing.
struct Example {
  Octets bytes;
  std::uint32_t sum;
};

std::vector<Example> examples() {
  Octets rising(32);
  Octets falling(32);
  for (std::uint8_t i = 0; i < 32; ++i) {
    rising[i] = i;
    falling[i] = static_cast<std::uint8_t>(31 - i);
  }
  const Octets scsi_read{0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0,
                         0x14, 0,    0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
                         0x28, 0,    0, 0, 0, 0, 0, 0, 2, 0, 0, 0,    0, 0, 0, 0};
  return {{Octets(32, 0), 0x8a9136aa},
          {Octets(32, 0xff), 0x62a8ab43},
          {rising, 0x46dd794e},
          {falling, 0x113fdb5c},
          {scsi_read, 0xd9963a56},
          {octets_of("123456789"), 0xe3069283},
          {{}, 0}};
}

Octets random_octets(std::mt19937& random, std::size_t size_bytes) {
  Octets result(size_bytes);
  for (std::uint8_t& byte : result) byte = static_cast<std::uint8_t>(random());
  return result;
}

TEST(Crc32c, GivesTheStandardsExamples) {
  for (const Example& example : examples()) {
    EXPECT_EQ(crc32c(example.bytes), example.sum) << example.bytes.size();
    EXPECT_EQ(detail::crc32c_by_tables(example.bytes, 0), example.sum) << example.bytes.size();
  }
}

TEST(Crc32c, GoesOnFromAnySplit) {
  std::mt19937 random(3720);
  const Octets bytes = random_octets(random, 200);
  const Bytes all(bytes);
  for (const detail::Crc32c function :
       {detail::Crc32c([](Bytes part, std::uint32_t before) { return crc32c(part, before); }),
        detail::Crc32c(detail::crc32c_by_tables)}) {
    const std::uint32_t whole = function(all, 0);
    for (std::size_t split = 0; split <= all.size(); ++split) {
      EXPECT_EQ(function(all.subspan(split), function(all.first(split), 0)), whole) << split;
    }
  }
}

// Bit by bit, as the polynomial division is defined: what both ways of doing it quickly must agree with.
std::uint32_t crc32c_by_bits(Bytes bytes, std::uint32_t before) {
  std::uint32_t sum = ~before;
  for (const std::uint8_t byte : bytes) {
    sum ^= byte;
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ (0x82f63b78 & (0 - (sum & 1)));
  }
  return ~sum;
}

TEST(Crc32c, IsTheSameByBitsTablesAndInstruction) {
  std::mt19937 random(1493);
  const detail::Crc32c by_instruction = detail::crc32c_by_instruction();
  alignas(16) std::array<std::uint8_t, 320> memory{};
  for (std::size_t size = 0; size <= 300; ++size) {
    for (std::size_t alignment = 0; alignment < 16; ++alignment) {
      const Octets bytes = random_octets(random, size);
      std::copy(bytes.begin(), bytes.end(), memory.begin() + static_cast<std::ptrdiff_t>(alignment));
      const Bytes there = Bytes(memory).subspan(alignment, size);
      const auto before = static_cast<std::uint32_t>(random());
      const std::uint32_t expected = crc32c_by_bits(there, before);
      ASSERT_EQ(detail::crc32c_by_tables(there, before), expected) << size << " at " << alignment;
      ASSERT_EQ(crc32c(there, before), expected) << size << " at " << alignment;
      if (by_instruction != nullptr) {
        ASSERT_EQ(by_instruction(there, before), expected) << size << " at " << alignment;
      }
    }
  }
}

// Around the sizes at which streams are summed side by side.
TEST(Crc32c, IsTheSameByTablesAndInstructionForLongInput) {
  std::mt19937 random(1494);
  for (std::size_t size = 3900; size <= 13000; size += size % 61 + 1) {
    const Octets bytes = random_octets(random, size);
    const auto before = static_cast<std::uint32_t>(random());
    ASSERT_EQ(crc32c(bytes, before), detail::crc32c_by_tables(bytes, before)) << size;
  }
}

TEST(Crc32c, SeesEveryFlippedBit) {
  std::mt19937 random(77);
  Octets bytes = random_octets(random, 64);
  const std::uint32_t sum = crc32c(bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_NE(crc32c(bytes), sum) << bit;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
  }
}

}  // namespace
}  // namespace nonvol::octets
