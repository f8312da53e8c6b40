#include "firmware/store_rules.h"

#include <gmock/gmock.h>

#include "firmware/file_rules.h"
#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/firmware_samples.h"
#include "testing/scratch.h"

namespace nonvol::firmware {
namespace {

using descriptor::Device;
using descriptor::FailedRule;
using descriptor::FlashMode;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SampleDescriptor;
using testing::store_with;

constexpr std::uint64_t kCode4m = 3'653'632;
constexpr std::uint64_t kArmBank = 64u << 20;

class StoreRulesTest : public ::testing::Test {
 protected:
  StoreRulesTest() {
    testing::write_sparse(scratch_ / "code.fd", kCode4m);
    testing::write_file(scratch_ / "template.fd", store_with(test_stores::ovmf_4m(), false, false, false));
    sample_.descriptor.mapping.executable.path = scratch_ / "code.fd";
    sample_.descriptor.mapping.nvram_template->path = scratch_ / "template.fd";
    request_.architecture = "x86_64";
    request_.machine = "q35";
  }

  // What stands against the store, in words.
  std::vector<std::string> against(const std::vector<std::uint8_t>& store) {
    testing::write_file(scratch_ / "held", store);
    FirmwareFileCache cache(*files_);
    const auto held = held_store(cache, scratch_ / "held");
    EXPECT_OK(held);
    if (!held) return {"unreadable"};
    held_ = *held;
    CheckedFiles others(cache, false);
    std::vector<FailedRule> failed;
    StoreRules(others, cache, *held).examine(sample_.descriptor, request_, failed);
    conversion_ = conversion_for(sample_.descriptor, request_, *held, cache);
    std::vector<std::string> result;
    for (const FailedRule& rule : failed)
      result.push_back(std::string(code(rule.rule)) + ": " + rule.message);
    return result;
  }

  testing::Scratch scratch_;
  std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
  SampleDescriptor sample_;
  descriptor::Request request_;
  HeldStore held_;
  std::string conversion_;
};

TEST_F(StoreRulesTest, AStoreOfItsLayoutFits) {
  EXPECT_THAT(against(store_with(test_stores::ovmf_4m(), false, false, false)), IsEmpty());
  EXPECT_EQ(conversion_, "");
  EXPECT_EQ(held_.architecture(), "x86_64");
}

TEST_F(StoreRulesTest, AnotherLayoutDoesNotAndCanBeConverted) {
  EXPECT_THAT(
      against(store_with(test_stores::ovmf_2m(), false, false, false)),
      ElementsAre(HasSubstr("layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)")));
  EXPECT_EQ(conversion_, "ovmf-4m");
}

TEST_F(StoreRulesTest, SecureBootIsNotToBeLost) {
  const auto secure = store_with(test_stores::ovmf_4m(), true, true, true);
  EXPECT_THAT(against(secure), ElementsAre(HasSubstr("the store has Secure Boot on")));
  EXPECT_EQ(conversion_, "") << "which no conversion changes";
  sample_.descriptor.features = {"secure-boot"};
  EXPECT_THAT(against(secure), IsEmpty());
  sample_.descriptor.features = {"secure-boot", "enrolled-keys"};
  EXPECT_THAT(against(secure), IsEmpty());
  EXPECT_THAT(against(store_with(test_stores::ovmf_4m(), false, false, false)),
              ElementsAre(HasSubstr("enrolled keys, and the store has none")));
}

TEST_F(StoreRulesTest, FirmwareWithoutVariablesWouldNotUseIt) {
  sample_.descriptor.mapping.mode = FlashMode::kStateless;
  sample_.descriptor.mapping.nvram_template.reset();
  EXPECT_THAT(against(store_with(test_stores::ovmf_4m(), false, false, false)),
              ElementsAre(HasSubstr("store: it keeps no variables")));
  EXPECT_EQ(conversion_, "");
}

TEST_F(StoreRulesTest, AStoreWithItsFirmwareGoesWithSuchFirmwareOnly) {
  auto unified = store_with(test_stores::ovmf_4m(), false, false, false);
  unified.resize(4u << 20, 0x90);
  EXPECT_THAT(against(unified), ElementsAre(HasSubstr("this is flash with more than a store in it")));
  testing::write_file(scratch_ / "code.fd", unified);
  sample_.descriptor.mapping.mode = FlashMode::kCombined;
  sample_.descriptor.mapping.nvram_template.reset();
  EXPECT_THAT(against(unified), IsEmpty());
  EXPECT_THAT(against(store_with(test_stores::ovmf_4m(), false, false, false)),
              ElementsAre(HasSubstr("it takes one flash with code and variables")));
}

TEST_F(StoreRulesTest, JsonGoesWithTheDeviceThatKeepsIt) {
  const std::string text = R"({"version": 2, "variables": []})";
  const std::vector<std::uint8_t> json(text.begin(), text.end());
  EXPECT_THAT(against(json), ElementsAre(HasSubstr("it takes a store in flash of its own")));
  EXPECT_EQ(conversion_, "ovmf-4m");
  sample_.descriptor.mapping.device = Device::kMemory;
  sample_.descriptor.mapping.nvram_template.reset();
  testing::write_file(scratch_ / "template.json", json);
  testing::write_sparse(scratch_ / "code.fd", 4u << 20);
  sample_.descriptor.mapping.uefi_vars_template = scratch_ / "template.json";
  EXPECT_THAT(against(json), IsEmpty());
  EXPECT_THAT(against(store_with(test_stores::ovmf_4m(), false, false, false)),
              ElementsAre(HasSubstr("it takes QEMU's")));
  EXPECT_EQ(conversion_, "qemu-json");
}

TEST_F(StoreRulesTest, ArmsBanksAreToBeFilled) {
  auto padded = store_with(test_stores::armvirt(), false, false, false);
  const auto bare = padded;
  padded.resize(kArmBank, 0);
  testing::write_sparse(scratch_ / "code.fd", kArmBank);
  testing::write_file(scratch_ / "template.fd", padded);
  sample_.descriptor.targets = {{"aarch64", {"virt-*"}}};
  request_.architecture = "aarch64";
  request_.machine = "virt";
  EXPECT_THAT(against(padded), IsEmpty());
  EXPECT_EQ(held_.architecture(), "aarch64");
  EXPECT_EQ(conversion_, "");
  EXPECT_THAT(against(bare), Contains(HasSubstr("has 786,432 bytes")));
  EXPECT_EQ(conversion_, "armvirt-padded");
}

TEST_F(StoreRulesTest, BlankFilesAreNoStoresOfX86) {
  EXPECT_THAT(against(std::vector<std::uint8_t>(540'672, 0xff)), Contains(HasSubstr("the store is blank")));
  EXPECT_EQ(conversion_, "");
  EXPECT_THAT(against(std::vector<std::uint8_t>(540'672, 0)), Contains(HasSubstr("the store is blank")));
}

TEST_F(StoreRulesTest, APageTooMuchIsNotFound) {
  auto longer = store_with(test_stores::ovmf_4m(), false, false, false);
  longer.resize(longer.size() + 4096, 0);
  EXPECT_THAT(against(longer), ElementsAre(HasSubstr("this is flash with more than a store in it")));
  EXPECT_EQ(conversion_, "");
}

TEST_F(StoreRulesTest, RiscvsBanksAreSmallerThanArms) {
  auto bare = store_with(test_stores::armvirt(), false, false, false);
  auto padded = bare;
  padded.resize(32u << 20, 0);
  testing::write_sparse(scratch_ / "code.fd", 32u << 20);
  testing::write_file(scratch_ / "template.fd", padded);
  sample_.descriptor.targets = {{"riscv64", {"virt"}}};
  request_.architecture = "riscv64";
  request_.machine = "virt";
  EXPECT_THAT(against(padded), IsEmpty());
  EXPECT_EQ(held_.architecture(), "riscv64");
  EXPECT_THAT(against(bare), Contains(HasSubstr("has 786,432 bytes")));
  EXPECT_EQ(conversion_, "") << "what pads to Arm's bank would not fit";
}

TEST_F(StoreRulesTest, WhatIsNoStoreIsRefused) {
  testing::write_text(scratch_ / "held", "no store");
  FirmwareFileCache cache(*files_);
  EXPECT_FALSE(held_store(cache, scratch_ / "held"));
  EXPECT_ERROR(held_store(cache, scratch_ / "none"), kFileMissing);
  testing::write_sparse(scratch_ / "huge", std::uint64_t{1} << 42);
  EXPECT_ERROR(held_store(cache, scratch_ / "huge"), kNotAFirmwareImage);
}

}  // namespace
}  // namespace nonvol::firmware
