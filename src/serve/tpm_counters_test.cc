#include "serve/tpm_counters.h"

#include <limits>

#include "testing/expect.h"

namespace nonvol::serve {
namespace {

TEST(TpmCounters, AreReadAsTheyWereWritten) {
  const TpmCounters written{.starts = 1,
                            .stores = std::numeric_limits<std::uint64_t>::max(),
                            .stored_bytes = 3,
                            .unchanged = 4,
                            .failed = 5,
                            .delayed = 6,
                            .delayed_us = 7,
                            .limit_bytes_per_second = 8,
                            .library_version = "0.9.2"};
  const Result<std::vector<std::uint8_t>> bytes = encode_counters(written);
  ASSERT_OK(bytes);
  EXPECT_EQ(bytes->size(), TpmCounters::kEntryBytes);
  const Result<TpmCounters> read = decode_counters(*bytes);
  ASSERT_OK(read);
  EXPECT_EQ(read->stores, written.stores);
  EXPECT_EQ(read->limit_bytes_per_second, 8u);
  EXPECT_EQ(read->library_version, "0.9.2");
}

TEST(TpmCounters, OfAFreshEntryAreZero) {
  const Result<TpmCounters> read = decode_counters(std::vector<std::uint8_t>(TpmCounters::kEntryBytes));
  ASSERT_OK(read);
  EXPECT_EQ(read->stores, 0u);
  EXPECT_ERROR(decode_counters(std::vector<std::uint8_t>(TpmCounters::kEntryBytes, 0x5a)), kVisitorField);
}

}  // namespace
}  // namespace nonvol::serve
