#include "firmware/fit.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/firmware_samples.h"
#include "testing/qemu_images.h"
#include "testing/scratch.h"

namespace nonvol::firmware {
namespace {

using descriptor::Device;
using descriptor::FlashMode;
using flash::Certainty;
using testing::briefly;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::plain;
using testing::SampleDescriptor;

constexpr std::uint64_t kCode4m = 3'653'632;
constexpr std::uint64_t kCode2m = 1'966'080;

// Files in a directory of its own, and a descriptor that names two of them and is right.
class Fit : public ::testing::Test {
 protected:
  Fit() {
    testing::write_sparse(scratch_ / "code.fd", kCode4m);
    testing::write_file(scratch_ / "vars.fd",
                        testing::store_with(test_stores::ovmf_4m(), false, false, false));
    sample_.descriptor.mapping.executable.path = scratch_ / "code.fd";
    sample_.descriptor.mapping.nvram_template->path = scratch_ / "vars.fd";
  }

  LintFindings check(const flash::CodeFacts* code = nullptr) {
    FirmwareFileCache files(*files_);
    return check_fit(sample_.subject(), files, code);
  }
  void put_variables(const std::vector<std::uint8_t>& bytes) {
    testing::write_file(scratch_ / "vars.fd", bytes);
  }

  testing::Scratch scratch_;
  std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
  SampleDescriptor sample_;
};

TEST_F(Fit, AsItShouldBe) {
  EXPECT_THAT(briefly(check()), IsEmpty());
}

TEST_F(Fit, FilesThatAreNotThere) {
  sample_.descriptor.mapping.executable.path = scratch_ / "none.fd";
  sample_.descriptor.mapping.nvram_template->path = scratch_.path();
  const LintFindings findings = check();
  EXPECT_FINDING(plain(findings), kFirmwareFileMissing);
  EXPECT_THAT(briefly(findings), ElementsAre("error NV3202 /mapping/executable/filename",
                                             "error NV3202 /mapping/nvram-template/filename"));
  EXPECT_THAT(findings[0].finding.message, HasSubstr("does not exist"));
  EXPECT_THAT(findings[1].finding.message, HasSubstr("is a directory"));
}

TEST_F(Fit, EmptyFiles) {
  testing::write_text(scratch_ / "code.fd", "");
  put_variables({});
  EXPECT_THAT(briefly(check()), ElementsAre("error NV3302 /mapping/executable/filename",
                                            "error NV3302 /mapping/nvram-template/filename"));
}

TEST_F(Fit, FormatsAreWhatTheFilesAre) {
  sample_.descriptor.mapping.executable.format = "qcow2";
  LintFindings findings = check();
  EXPECT_FINDING(plain(findings), kFormatNotAsSaid);
  EXPECT_THAT(briefly(findings), ElementsAre("error NV3303 /mapping/executable/format"));
  ASSERT_EQ(testing::make_image(scratch_ / "code.qcow2", "qcow2", kCode4m), "");
  sample_.descriptor.mapping.executable = {scratch_ / "code.qcow2", "raw"};
  EXPECT_THAT(briefly(check()), Contains("error NV3303 /mapping/executable/format"));
  // The size that counts is the one inside.
  sample_.descriptor.mapping.executable.format = "qcow2";
  EXPECT_THAT(briefly(check()), IsEmpty());
  // A template of which nobody can say what is in it is neither right nor wrong.
  ASSERT_EQ(testing::make_image(scratch_ / "vars.qcow2", "qcow2", 540'672), "");
  sample_.descriptor.mapping.nvram_template = descriptor::FirmwareFile{scratch_ / "vars.qcow2", "qcow2"};
  EXPECT_THAT(briefly(check()), ElementsAre("note NV3307 /mapping/nvram-template/filename"));
}

TEST_F(Fit, SizesForTheMachines) {
  sample_.descriptor.targets = {{"x86_64", {"pc-q35-*"}}, {"aarch64", {"virt-*", "virt-10.0"}}};
  const LintFindings findings = check();
  EXPECT_FINDING(plain(findings), kFileSizeForMachine);
  EXPECT_THAT(briefly(findings), ElementsAre("error NV3302 /targets/1/machines/0"));
  testing::write_sparse(scratch_ / "code.fd", kCode4m + 1);
  EXPECT_THAT(briefly(check()),
              ElementsAre("error NV3302 /targets/0/machines/0", "error NV3302 /targets/1/machines/0"));
}

TEST_F(Fit, WhatIsLoadedIntoMemory) {
  sample_.descriptor.mapping = {};
  sample_.descriptor.mapping.device = Device::kMemory;
  sample_.descriptor.mapping.executable = {scratch_ / "code.fd", "raw"};
  EXPECT_THAT(briefly(check()), ElementsAre("error NV3302 /targets/0/machines/0"));
  testing::write_sparse(scratch_ / "code.fd", 0x400000);
  EXPECT_THAT(briefly(check()), IsEmpty());
  // The rule is x86's.
  testing::write_sparse(scratch_ / "code.fd", 0x400001);
  sample_.descriptor.targets = {{"aarch64", {"virt-*"}}};
  EXPECT_THAT(briefly(check()), IsEmpty());
}

TEST_F(Fit, PairsOfDifferentLayouts) {
  testing::write_sparse(scratch_ / "code.fd", kCode2m);
  LintFindings findings = check();
  EXPECT_FINDING(plain(findings), kPairMismatch);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].certainty, Certainty::kLikely);
  EXPECT_THAT(findings[0].finding.message, HasSubstr("131,072 bytes (ovmf-2m)"));
  // What the code says counts for more than its size.
  flash::CodeFacts code;
  code.store = {540'672, Certainty::kProven, "TDX metadata"};
  EXPECT_THAT(briefly(check(&code)), IsEmpty());
  code.store->volume_bytes = 0xc0000;
  findings = check(&code);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].certainty, Certainty::kProven);
}

TEST_F(Fit, CodeWithAStoreOfItsOwnNeedsNoTemplate) {
  flash::CodeFacts code;
  code.has_own_store = true;
  EXPECT_THAT(briefly(check(&code)), ElementsAre("error NV3304 /mapping/executable/filename"));
}

TEST_F(Fit, BlankTemplatesAreNoneForX86) {
  put_variables(std::vector<std::uint8_t>(540'672, 0));
  LintFindings findings = check();
  EXPECT_FINDING(plain(findings), kTemplateBlank);
  EXPECT_THAT(briefly(findings), ElementsAre("error NV3308 /mapping/nvram-template/filename"));
  EXPECT_THAT(findings[0].finding.message, HasSubstr("never save a variable"));
  put_variables(std::vector<std::uint8_t>(131'072, 0xff));
  findings = check();
  EXPECT_THAT(briefly(findings), ElementsAre("error NV3308 /mapping/nvram-template/filename",
                                             "error NV3304 /mapping/nvram-template/filename"));
  EXPECT_THAT(findings[0].finding.message, HasSubstr("exception"));
}

TEST_F(Fit, BlankTemplatesAreFormattedOnArm) {
  testing::write_sparse(scratch_ / "code.fd", 64 << 20);
  put_variables(std::vector<std::uint8_t>(64 << 20, 0));
  sample_.descriptor.targets = {{"aarch64", {"virt-*"}}};
  EXPECT_THAT(briefly(check()), ElementsAre("note NV3308 /mapping/nvram-template/filename"));
  // One target that cannot use it is enough.
  sample_.descriptor.targets.push_back({"i386", {}});
  EXPECT_THAT(briefly(check()), ElementsAre("error NV3308 /mapping/nvram-template/filename"));
}

TEST_F(Fit, TemplatesThatAreNoStore) {
  put_variables(std::vector<std::uint8_t>(540'672, 7));
  EXPECT_FINDING(plain(check()), kTemplateNoStore);
  testing::write_text(scratch_ / "vars.fd", R"({"version": 2, "variables": []})" + std::string(4065, ' '));
  EXPECT_THAT(briefly(check()), ElementsAre("error NV3313 /mapping/nvram-template/filename"));
}

TEST_F(Fit, TemplatesOfTheDevice) {
  sample_.descriptor.mapping = {};
  sample_.descriptor.mapping.device = Device::kMemory;
  sample_.descriptor.mapping.executable = {scratch_ / "code.fd", "raw"};
  testing::write_sparse(scratch_ / "code.fd", 0x400000);
  sample_.descriptor.mapping.uefi_vars_template = scratch_ / "vars.json";
  testing::write_text(scratch_ / "vars.json", R"({"version": 2, "variables": []})");
  EXPECT_THAT(briefly(check()), IsEmpty());
  sample_.descriptor.mapping.uefi_vars_template = scratch_ / "vars.fd";
  EXPECT_THAT(briefly(check()), ElementsAre("error NV3313 /mapping/uefi-vars/template"));
}

TEST_F(Fit, CombinedImagesHaveAStore) {
  sample_.descriptor.mapping.mode = FlashMode::kCombined;
  sample_.descriptor.mapping.nvram_template.reset();
  testing::write_text(scratch_ / "code.fd", std::string(0x400000, 'x'));
  EXPECT_THAT(briefly(check()), ElementsAre("error NV3313 /mapping/executable/filename"));
  std::vector<std::uint8_t> unified = testing::store_with(test_stores::ovmf_4m(), true, true, true);
  unified.resize(0x400000, 0x90);
  testing::write_file(scratch_ / "code.fd", unified);
  EXPECT_THAT(briefly(check()), ElementsAre("warning NV3306 /features"));
  sample_.descriptor.features = {"enrolled-keys"};
  EXPECT_THAT(briefly(check()), IsEmpty());
}

TEST_F(Fit, EnrolledKeys) {
  const test_stores::Shape shape = test_stores::ovmf_4m();
  const std::vector<std::string> false_claim{"error NV3305 /features/0"};
  sample_.descriptor.features = {"enrolled-keys"};
  EXPECT_EQ(briefly(check()), false_claim);
  put_variables(testing::store_with(shape, true, true, false));
  LintFindings findings = check();
  EXPECT_FINDING(plain(findings), kClaimFalse);
  EXPECT_EQ(findings[0].rests_on, "the template has no db");
  put_variables(testing::store_with(shape, true, true, true, 0));
  EXPECT_EQ(briefly(check()), false_claim);
  put_variables(testing::store_with(shape, true, true, true));
  EXPECT_THAT(briefly(check()), IsEmpty());
  put_variables(testing::store_with(shape, true, true, true, 1));
  EXPECT_THAT(briefly(check()), IsEmpty());
  sample_.descriptor.features.clear();
  EXPECT_FINDING(plain(check()), kClaimMissing);
  // Keys without the owner's are switched off.
  put_variables(testing::store_with(shape, false, true, true));
  EXPECT_THAT(briefly(check()), IsEmpty());
}

}  // namespace
}  // namespace nonvol::firmware
