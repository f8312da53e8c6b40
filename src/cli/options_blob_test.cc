#include "cli/options_blob.h"

#include <gtest/gtest.h>

#include "testing/expect.h"

namespace nonvol::cli {
namespace {

TEST(BlobOptions, SizesAreBinaryWhateverTheUnitIsCalled) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("4032"), 4032u);
  EXPECT_EQ(parse_size("3K"), 3072u);
  EXPECT_EQ(parse_size("3KiB"), 3072u);
  EXPECT_EQ(parse_size("2M"), 2u << 20);
  EXPECT_EQ(parse_size("2MiB"), 2u << 20);
  EXPECT_EQ(parse_size("5GiB"), std::uint64_t{5} << 30);
}

TEST(BlobOptions, WhatIsNoSizeOrDoesNotFitIsNone) {
  for (const char* text : {"", "K", "k", "1k", "1KB", "1 K", " 1", "-1", "+1", "0x10", "1.5M", "1Ki", "1T"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_size("18446744073709551615"), ~std::uint64_t{0});
  EXPECT_EQ(parse_size("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_size("17179869183G"), std::uint64_t{17179869183} << 30);
  EXPECT_EQ(parse_size("17179869184G"), std::nullopt);
}

TEST(BlobOptions, ThePartFromTheRightThatIsASizeEndsTheName) {
  const auto words = parse_entry("a:1:b:4K:atomic:encrypted", "blob format");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->name, "a:1:b");
  EXPECT_EQ(words->capacity_bytes, 4096u);
  EXPECT_EQ(words->kind, vnvram::EntryKind::kAtomic);
  EXPECT_TRUE(words->encrypted);
  const auto numbers = parse_entry("1:2:3", "blob format");
  ASSERT_TRUE(numbers);
  EXPECT_EQ(numbers->name, "1:2");
  EXPECT_EQ(numbers->capacity_bytes, 3u);
  EXPECT_EQ(numbers->kind, std::nullopt);
  EXPECT_FALSE(numbers->encrypted);
}

TEST(BlobOptions, AnEntryThatCannotBeUnderstoodIsRefused) {
  for (const char* text : {"", "name", "name:", "name:plain", "name:1:plain:plain",
                           "name:1:encrypted:encrypted", "name:1:secret", "name:1:"}) {
    EXPECT_ERROR(parse_entry(text, "blob format"), kBadCommandLine);
  }
}

}  // namespace
}  // namespace nonvol::cli
