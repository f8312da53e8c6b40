#include "seal/aead.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <new>
#include <thread>
#include <vector>

#include "octets/text.h"
#include "seal/random.h"
#include "testing/expect.h"

namespace nonvol::seal {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets from_hex(std::string_view text) {
  return octets::from_hex(text).value();
}

template <class Array>
Array array_from_hex(std::string_view text) {
  const Octets bytes = from_hex(text);
  Array result{};
  EXPECT_EQ(bytes.size(), result.size());
  std::ranges::copy(bytes, result.begin());
  return result;
}

Key key_from_hex(std::string_view text) {
  return Key(array_from_hex<std::array<std::uint8_t, Key::kSizeBytes>>(text));
}

// McGrew and Viega, The Galois/Counter Mode of Operation, appendix B: the cases with AES-256 and a nonce of
// 96 bits.
struct Example {
  int number;
  const char* key;
  const char* nonce;
  const char* associated;
  const char* plain;
  const char* sealed;
  const char* tag;
};

constexpr const char* kZeroKey = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr const char* kSomeKey = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

constexpr Example kExamples[] = {
    {13, kZeroKey, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {14, kZeroKey, "000000000000000000000000", "", "00000000000000000000000000000000",
     "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {15, kSomeKey, "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
     "b094dac5d93471bdec1a502270e3cc6c"},
    {16, kSomeKey, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
     "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

TEST(Aead, GivesTheSpecificationsExamples) {
  for (const Example& example : kExamples) {
    SCOPED_TRACE(example.number);
    const Key key = key_from_hex(example.key);
    const Nonce nonce = array_from_hex<Nonce>(example.nonce);
    const Octets associated = from_hex(example.associated);
    Octets text = from_hex(example.plain);
    const Result<Tag> tag = seal_in_place(key, nonce, associated, text);
    ASSERT_OK(tag);
    EXPECT_EQ(octets::to_hex(text), example.sealed);
    EXPECT_EQ(octets::to_hex(*tag), example.tag);
    const Result<bool> opened = open_in_place(key, nonce, associated, text, *tag);
    ASSERT_OK(opened);
    EXPECT_TRUE(*opened);
    EXPECT_EQ(octets::to_hex(text), example.plain);
  }
}

// Everything that belongs together, each part of which can be damaged.
struct Sealed {
  std::array<std::uint8_t, Key::kSizeBytes> key = array_from_hex<decltype(key)>(kSomeKey);
  Nonce nonce = array_from_hex<Nonce>("cafebabefacedbaddecaf888");
  Octets associated = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  Octets text = Octets(100, 0x5a);
  Tag tag = seal_in_place(Key(key), nonce, associated, text).value();

  Result<bool> open() { return open_in_place(Key(key), nonce, associated, text, tag); }
};

TEST(Aead, RefusesEveryFlippedBitAndWipesTheText) {
  Sealed whole;
  ASSERT_TRUE(whole.open().value());
  ASSERT_EQ(whole.text, Octets(100, 0x5a));
  const auto part_of = [](Sealed& sealed, int part) -> std::span<std::uint8_t> {
    switch (part) {
      case 0:
        return sealed.key;
      case 1:
        return sealed.nonce;
      case 2:
        return sealed.associated;
      case 3:
        return sealed.text;
      default:
        return sealed.tag;
    }
  };
  const Sealed pattern;
  for (int part = 0; part < 5; ++part) {
    Sealed first = pattern;
    for (std::size_t bit = 0; bit < part_of(first, part).size() * 8; ++bit) {
      Sealed damaged = pattern;
      part_of(damaged, part)[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      const Result<bool> opened = damaged.open();
      ASSERT_OK(opened);
      EXPECT_FALSE(*opened) << "part " << part << ", bit " << bit;
      EXPECT_TRUE(octets::all_equal(damaged.text, 0)) << "part " << part << ", bit " << bit;
    }
  }
}

TEST(Aead, RefusesBytesThatMovedBetweenAssociatedAndText) {
  Sealed sealed;
  sealed.associated.push_back(sealed.text.front());
  sealed.text.erase(sealed.text.begin());
  EXPECT_FALSE(sealed.open().value());
  EXPECT_TRUE(octets::all_equal(sealed.text, 0));
}

TEST(Aead, TakesTextsOfSeveralSteps) {
  // OpenSSL gets a mebibyte at a time: lengths at the seams, and associated bytes longer than one.
  constexpr std::size_t kMebibyte = std::size_t{1} << 20;
  const Key key = key_from_hex(kSomeKey);
  const Octets associated(kMebibyte + 5, 0x11);
  for (const std::size_t size : {kMebibyte - 1, kMebibyte, kMebibyte + 1, 2 * kMebibyte + 17}) {
    Octets text(size, 0);
    const Result<Tag> tag = seal_in_place(key, Nonce{1}, associated, text);
    ASSERT_OK(tag);
    // Of zeros the sealed text is the key stream: bytes that were left out would still be zeros.
    for (std::size_t at = 0; at + 16 <= size; at += 16) {
      ASSERT_FALSE(octets::all_equal(octets::Bytes(text).subspan(at, 16), 0)) << at;
    }
    // Nor does its first block come again, as it would if a later step began anew.
    ASSERT_EQ(std::search(text.begin() + 1, text.end(), text.begin(), text.begin() + 16), text.end());
    Octets less = associated;
    less.back() ^= 1;
    Octets copy = text;
    EXPECT_FALSE(open_in_place(key, Nonce{1}, less, copy, *tag).value()) << size;
    EXPECT_TRUE(open_in_place(key, Nonce{1}, associated, text, *tag).value()) << size;
    EXPECT_TRUE(octets::all_equal(text, 0)) << size;
  }
}

TEST(Aead, WorksInSeveralThreadsAtATime) {
  const Sealed pattern;
  std::vector<int> opened(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < opened.size(); ++i) {
    threads.emplace_back([&pattern, &count = opened[i]] {
      for (int round = 0; round < 200; ++round) {
        Sealed mine = pattern;
        if (mine.open().value_or(false) && mine.text == Octets(100, 0x5a)) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, std::vector<int>(8, 200));
}

TEST(Key, WipesItsMemory) {
  const auto bytes = array_from_hex<std::array<std::uint8_t, Key::kSizeBytes>>(kSomeKey);
  alignas(Key) std::array<std::uint8_t, sizeof(Key)> memory{};
  Key* key = new (memory.data()) Key(bytes);
  // Read as volatile: a compiler may take memory for undefined in which an object has just ended.
  const auto zeros = [&] {
    const volatile std::uint8_t* at = memory.data();
    std::size_t count = 0;
    for (std::size_t i = 0; i < Key::kSizeBytes; ++i) count += at[i] == 0;
    return count;
  };
  EXPECT_EQ(zeros(), 0u);
  std::destroy_at(key);
  EXPECT_EQ(zeros(), Key::kSizeBytes);
}

TEST(Key, LeavesNothingWhereItMovedFrom) {
  Key first = key_from_hex(kSomeKey);
  Key second = std::move(first);
  EXPECT_EQ(octets::to_hex(second.bytes()), kSomeKey);
  EXPECT_TRUE(octets::all_equal(first.bytes(), 0));
  Key third = key_from_hex(kZeroKey);
  third = std::move(second);
  EXPECT_EQ(octets::to_hex(third.bytes()), kSomeKey);
  EXPECT_TRUE(octets::all_equal(second.bytes(), 0));
}

TEST(Random, FillsAllOfEverySizeAndNoMore) {
  for (const std::size_t size : {0, 1, 12, 32, 257, 4096}) {
    Octets bytes(size + 16, 0);
    ASSERT_OK(random_bytes(std::span(bytes).first(size)));
    EXPECT_TRUE(octets::all_equal(octets::Bytes(bytes).subspan(size), 0)) << size;
    // 32 zeros at random: 2^-256.
    if (size >= 32) {
      EXPECT_FALSE(octets::all_equal(octets::Bytes(bytes).subspan(size - 32, 32), 0)) << size;
    }
  }
}

volatile std::sig_atomic_t alarms = 0;

TEST(Random, GoesOnAfterSignals) {
  // The kernel looks for signals between pages and then gives what it has; 16 MiB are many ticks of 1 ms.
  struct sigaction count {};
  struct sigaction before {};
  count.sa_handler = [](int) { alarms = alarms + 1; };
  ASSERT_EQ(::sigaction(SIGALRM, &count, &before), 0);
  const itimerval tick{{0, 1000}, {0, 1000}};
  const itimerval none{};
  Octets bytes(std::size_t{16} << 20, 0);
  ASSERT_EQ(::setitimer(ITIMER_REAL, &tick, nullptr), 0);
  const Result<void> filled = random_bytes(bytes);
  ASSERT_EQ(::setitimer(ITIMER_REAL, &none, nullptr), 0);
  ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
  ASSERT_OK(filled);
  EXPECT_GT(alarms, 0);
  EXPECT_FALSE(octets::all_equal(octets::Bytes(bytes).last(32), 0));
}

TEST(Random, NeverGivesTheSameTwice) {
  std::array<std::uint8_t, 32> first{};
  std::array<std::uint8_t, 32> second{};
  ASSERT_OK(random_bytes(first));
  ASSERT_OK(random_bytes(second));
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace nonvol::seal
