#include "tpm/state.h"

#include <gtest/gtest.h>

#include "testing/expect.h"

namespace nonvol::tpm {
namespace {

TEST(PermanentState, SaysWhichTpmItIsOf) {
  const std::uint8_t of_20[] = {0, 3, 0xab, 0x36, 0x47, 0x23, 0, 3};
  Result<PermanentFacts> facts = read_permanent(of_20);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->version, TpmVersion::k20);
  EXPECT_EQ(facts->format_version, 3u);
  const std::uint8_t of_12[] = {0, 1, 0, 0x22, 0, 0};
  facts = read_permanent(of_12);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->version, TpmVersion::k12);
}

TEST(PermanentState, RefusesWhatIsOfNone) {
  const std::uint8_t foreign[] = {0x02, 0x01, 0x00, 0x0a, 0, 0, 0, 0};
  EXPECT_ERROR(read_permanent(foreign), kTpmStateDamaged);
  EXPECT_ERROR(read_permanent({}), kTpmStateDamaged);
  EXPECT_ERROR(read_permanent(octets::Bytes(foreign).first(5)), kTpmStateDamaged);
}

}  // namespace
}  // namespace nonvol::tpm
