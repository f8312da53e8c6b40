#include "descriptor/flash_sizes.h"

#include <gmock/gmock.h>

namespace nonvol::descriptor {
namespace {

using testing::HasSubstr;
using testing::Optional;

constexpr std::uint64_t kMebibyte = 1024 * 1024;

TEST(FlashSizes, PcTakesPagesAndEightMebibytesInAll) {
  EXPECT_EQ(flash_size_trouble("x86_64", "q35", {3653632, 540672}), std::nullopt);
  EXPECT_EQ(flash_size_trouble("i386", "pc-i440fx-7.2", {4 * kMebibyte, {}}), std::nullopt);
  EXPECT_EQ(flash_size_trouble("x86_64", "pc", {4 * kMebibyte, 4 * kMebibyte}), std::nullopt);
  EXPECT_THAT(flash_size_trouble("x86_64", "q35", {4 * kMebibyte, 4 * kMebibyte + 4096}),
              Optional(HasSubstr("8,392,704 bytes is more than the 8,388,608")));
  EXPECT_THAT(flash_size_trouble("x86_64", "q35", {3653632, 540672 - 512}),
              Optional(HasSubstr("the variable store has 540,160 bytes")));
  EXPECT_THAT(flash_size_trouble("x86_64", "q35", {0, 540672}), Optional(HasSubstr("the code has 0 bytes")));
  EXPECT_NE(flash_size_trouble("x86_64", "q35", {~std::uint64_t{4095}, 8192}), std::nullopt);
}

TEST(FlashSizes, BanksOfVirtMustBeFilled) {
  EXPECT_EQ(flash_size_trouble("aarch64", "virt-7.2", {64 * kMebibyte, 64 * kMebibyte}), std::nullopt);
  EXPECT_THAT(flash_size_trouble("arm", "virt", {64 * kMebibyte, 786432}),
              Optional(HasSubstr("have 67,108,864")));
  EXPECT_EQ(flash_size_trouble("riscv64", "virt", {32 * kMebibyte, {}}), std::nullopt);
  EXPECT_NE(flash_size_trouble("riscv64", "virt", {64 * kMebibyte, {}}), std::nullopt);
}

TEST(FlashSizes, LoongarchTakesSectorsUpToABank) {
  EXPECT_EQ(flash_size_trouble("loongarch64", "virt", {16 * kMebibyte, 16 * kMebibyte}), std::nullopt);
  EXPECT_NE(flash_size_trouble("loongarch64", "virt", {16 * kMebibyte, 16 * kMebibyte + 262144}),
            std::nullopt);
  EXPECT_NE(flash_size_trouble("loongarch64", "virt", {16 * kMebibyte, 4096}), std::nullopt);
}

TEST(FlashSizes, OtherMachinesHaveNoRule) {
  EXPECT_EQ(flash_size_trouble("aarch64", "sbsa-ref", {1, 1}), std::nullopt);
  EXPECT_EQ(flash_size_trouble("x86_64", "microvm", {1, 1}), std::nullopt);
  EXPECT_FALSE(has_flash("x86_64", "microvm"));
  EXPECT_TRUE(has_flash("aarch64", "virt"));
}

}  // namespace
}  // namespace nonvol::descriptor
