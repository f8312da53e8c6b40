#include "storage/memory.h"

#include <array>

#include "testing/expect.h"

namespace nonvol::storage {
namespace {

TEST(MemoryFile, GrowsWithZeros) {
  const auto file = memory_file({1, 2, 3});
  const std::array<std::uint8_t, 2> bytes{8, 9};
  ASSERT_OK(file->write_at(6, bytes));
  EXPECT_EQ(file->size_bytes(), 8u);
  ASSERT_OK(file->flush());
  ASSERT_OK(file->resize(7));
  ASSERT_OK(file->resize(10));
  std::array<std::uint8_t, 20> into{};
  const auto got = file->read_at(1, into);
  ASSERT_OK(got);
  EXPECT_EQ(*got, 9u);
  EXPECT_EQ(std::vector<std::uint8_t>(into.begin(), into.begin() + 9),
            (std::vector<std::uint8_t>{2, 3, 0, 0, 0, 8, 0, 0, 0}));
  const auto behind = file->read_at(10, into);
  ASSERT_OK(behind);
  EXPECT_EQ(*behind, 0u);
}

TEST(MemoryFile, RefusesToTakeAllMemory) {
  const auto file = memory_file();
  const std::array<std::uint8_t, 1> byte{1};
  EXPECT_ERROR(file->write_at(~std::uint64_t{0}, byte), kNoSpace);
  EXPECT_ERROR(file->write_at(std::uint64_t{1} << 30, byte), kNoSpace);
  EXPECT_ERROR(file->resize((std::uint64_t{1} << 30) + 1), kNoSpace);
  EXPECT_EQ(file->size_bytes(), 0u);
}

}  // namespace
}  // namespace nonvol::storage
