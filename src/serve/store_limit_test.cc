#include "serve/store_limit.h"

#include <gtest/gtest.h>

namespace nonvol::serve {
namespace {

using namespace std::chrono_literals;

TEST(StoreLimit, LetsABucketfulThroughAndThenTheRate) {
  const auto start = StoreLimit::Clock::now();
  StoreLimit limit(1'000'000);
  EXPECT_EQ(limit.owed(start), 0us);
  for (int i = 0; i < 8; ++i) limit.charge(1'000'000);
  EXPECT_LE(limit.owed(start + 1ms), 0us);
  limit.charge(500'000);
  const auto owed = limit.owed(start + 2ms);
  EXPECT_GT(owed, 490ms);
  EXPECT_LE(owed, 500ms);
  EXPECT_LE(limit.owed(start + 600ms), 0us);
}

TEST(StoreLimit, CountsASmallStoreAsABlock) {
  const auto start = StoreLimit::Clock::now();
  StoreLimit limit(StoreLimit::kLeastBytes);
  for (int i = 0; i < 10; ++i) limit.charge(1);
  EXPECT_GT(limit.owed(start), 1900ms);
}

TEST(StoreLimit, FillsNoMoreThanTheBucket) {
  const auto start = StoreLimit::Clock::now();
  StoreLimit limit(10'000);
  EXPECT_EQ(limit.owed(start + 1h), 0us);
  limit.charge(90'000);
  EXPECT_GE(limit.owed(start + 1h), 1s);
}

TEST(StoreLimit, OfNoneNeverDelays) {
  StoreLimit limit(0);
  limit.charge(1'000'000'000);
  EXPECT_EQ(limit.owed(StoreLimit::Clock::now()), 0us);
}

}  // namespace
}  // namespace nonvol::serve
