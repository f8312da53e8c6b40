#include "octets/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace nonvol::octets {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;
constexpr std::size_t kStepBytes = 8;

// tables[k][b]: what byte b does to a sum when k more bytes follow it.
using Tables = std::array<std::array<std::uint32_t, 256>, kStepBytes>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ ((sum & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = sum;
  }
  for (std::size_t k = 1; k < kStepBytes; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t sum = tables[k - 1][byte];
      tables[k][byte] = sum >> 8 ^ tables[0][sum & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

// The instruction takes three cycles and one can begin in each, so three streams are summed at a time. A
// third of 4,032: an NVRAM slot of one page, less its header, is summed in one go.
constexpr std::size_t kStreamBytes = 1344;

// after_stream[k][b]: what byte k of a sum, if it is b, is after kStreamBytes zeros.
using ShiftTables = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr ShiftTables make_shift_tables() {
  std::array<std::uint32_t, 32> bits{};  // the sum is linear: its bits one by one
  for (unsigned bit = 0; bit < 32; ++bit) {
    std::uint32_t sum = std::uint32_t{1} << bit;
    for (std::size_t i = 0; i < kStreamBytes; ++i) sum = sum >> 8 ^ kTables[0][sum & 0xff];
    bits[bit] = sum;
  }
  ShiftTables tables{};
  for (std::size_t k = 0; k < 4; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        if ((byte >> bit & 1) != 0) tables[k][byte] ^= bits[8 * k + bit];
      }
    }
  }
  return tables;
}

constexpr ShiftTables kAfterStream = make_shift_tables();

constexpr std::uint32_t after_stream(std::uint64_t sum) {
  return kAfterStream[0][sum & 0xff] ^ kAfterStream[1][sum >> 8 & 0xff] ^ kAfterStream[2][sum >> 16 & 0xff] ^
         kAfterStream[3][sum >> 24 & 0xff];
}

inline std::uint64_t little_endian(const std::uint8_t* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  if constexpr (std::endian::native == std::endian::big) value = std::byteswap(value);
  return value;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t by_sse42(Bytes bytes, std::uint32_t before) {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  // Widened after the inversion: its upper half stays zero.
  std::uint64_t sum = static_cast<std::uint32_t>(~before);
  for (; left >= 3 * kStreamBytes; at += 3 * kStreamBytes, left -= 3 * kStreamBytes) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kStreamBytes; i += kStepBytes) {
      sum = _mm_crc32_u64(sum, little_endian(at + i));
      second = _mm_crc32_u64(second, little_endian(at + kStreamBytes + i));
      third = _mm_crc32_u64(third, little_endian(at + 2 * kStreamBytes + i));
    }
    sum = after_stream(after_stream(sum) ^ second) ^ third;
  }
  for (; left >= kStepBytes; at += kStepBytes, left -= kStepBytes) {
    sum = _mm_crc32_u64(sum, little_endian(at));
  }
  auto result = static_cast<std::uint32_t>(sum);
  for (; left > 0; ++at, --left) result = _mm_crc32_u8(result, *at);
  return ~result;
}

#elif defined(__aarch64__) && defined(__linux__)

__attribute__((target("+crc"))) std::uint32_t by_armv8(Bytes bytes, std::uint32_t before) {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t sum = ~before;
  for (; left >= kStepBytes; at += kStepBytes, left -= kStepBytes) sum = __crc32cd(sum, little_endian(at));
  for (; left > 0; ++at, --left) sum = __crc32cb(sum, *at);
  return ~sum;
}

#endif

}  // namespace

namespace detail {

std::uint32_t crc32c_by_tables(Bytes bytes, std::uint32_t before) {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint32_t sum = ~before;
  for (; left >= kStepBytes; at += kStepBytes, left -= kStepBytes) {
    const std::uint64_t mixed = little_endian(at) ^ sum;
    sum = 0;
    for (std::size_t i = 0; i < kStepBytes; ++i) sum ^= kTables[kStepBytes - 1 - i][mixed >> 8 * i & 0xff];
  }
  for (; left > 0; ++at, --left) sum = sum >> 8 ^ kTables[0][(sum ^ *at) & 0xff];
  return ~sum;
}

Crc32c crc32c_by_instruction() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("sse4.2") ? by_sse42 : nullptr;
#elif defined(__aarch64__) && defined(__linux__)
  return (::getauxval(AT_HWCAP) & HWCAP_CRC32) != 0 ? by_armv8 : nullptr;
#else
  return nullptr;
#endif
}

}  // namespace detail

std::uint32_t crc32c(Bytes bytes, std::uint32_t before) {
  static const detail::Crc32c chosen = [] {
    const detail::Crc32c by_instruction = detail::crc32c_by_instruction();
    return by_instruction != nullptr ? by_instruction : detail::crc32c_by_tables;
  }();
  return chosen(bytes, before);
}

}  // namespace nonvol::octets
