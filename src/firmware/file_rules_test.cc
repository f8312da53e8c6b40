#include "firmware/file_rules.h"

#include <gmock/gmock.h>

#include "storage/posix.h"
#include "testing/firmware_samples.h"
#include "testing/qemu_images.h"
#include "testing/scratch.h"

namespace nonvol::firmware {
namespace {

using descriptor::FailedRule;
using descriptor::Rule;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SampleDescriptor;
using testing::store_with;

constexpr std::uint64_t kCode4m = 3'653'632;

class FileRulesTest : public ::testing::Test {
 protected:
  FileRulesTest() {
    testing::write_sparse(scratch_ / "code.fd", kCode4m);
    put_variables(store_with(test_stores::ovmf_4m(), true, true, true));
    sample_.descriptor.mapping.executable.path = scratch_ / "code.fd";
    sample_.descriptor.mapping.nvram_template->path = scratch_ / "vars.fd";
    request_.architecture = "x86_64";
    request_.machine = "q35";
  }

  void put_variables(const std::vector<std::uint8_t>& bytes) {
    testing::write_file(scratch_ / "vars.fd", bytes);
  }

  // The codes of what fails; the words are in `failed_`.
  std::vector<std::string> codes(bool trust_claims = false) {
    FirmwareFileCache cache(*files_);
    failed_.clear();
    CheckedFiles(cache, trust_claims).examine(sample_.descriptor, request_, failed_);
    templates_read_ = cache.counts().templates;
    std::vector<std::string> result;
    for (const FailedRule& failed : failed_) result.emplace_back(code(failed.rule));
    return result;
  }

  testing::Scratch scratch_;
  std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
  SampleDescriptor sample_;
  descriptor::Request request_;
  std::vector<FailedRule> failed_;
  std::uint64_t templates_read_ = 0;
};

TEST_F(FileRulesTest, NothingIsWrong) {
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(FileRulesTest, FilesThatAreNotThere) {
  sample_.descriptor.mapping.executable.path = scratch_ / "none.fd";
  sample_.descriptor.mapping.nvram_template->path = scratch_.path();
  EXPECT_THAT(codes(), ElementsAre("file-missing", "file-missing"));
  EXPECT_THAT(failed_[0].message, HasSubstr("none.fd does not exist"));
  EXPECT_THAT(failed_[1].message, HasSubstr("is a directory"));
  request_.allow_missing_files = true;
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(FileRulesTest, FormatsThatTheFilesDoNotHave) {
  sample_.descriptor.mapping.executable.format = "qcow2";
  EXPECT_THAT(codes(), ElementsAre("file-format"));
  EXPECT_THAT(failed_[0].message, HasSubstr("to be opened as qcow2, and is no image of any format"));
}

TEST_F(FileRulesTest, SizesThatTheMachineDoesNotTake) {
  testing::write_sparse(scratch_ / "code.fd", 8u << 20);
  EXPECT_THAT(codes(), ElementsAre("file-size"));
  request_.machine = "microvm";
  EXPECT_THAT(codes(), ElementsAre("file-size"));
  EXPECT_THAT(failed_[0].message, HasSubstr("microvm has no flash"));
}

TEST_F(FileRulesTest, CodeAndTemplateOfTwoLayouts) {
  put_variables(store_with(test_stores::ovmf_2m(), false, false, false));
  EXPECT_THAT(codes(), ElementsAre("pair"));
  EXPECT_THAT(failed_[0].message, HasSubstr("layout ovmf-4m, and its template has layout ovmf-2m"));
}

TEST_F(FileRulesTest, KeysAreLookedForOnlyWhereTheyMatter) {
  put_variables(store_with(test_stores::ovmf_4m(), false, false, false));
  sample_.descriptor.features = {"enrolled-keys"};
  EXPECT_THAT(codes(), IsEmpty());
  request_.require = {"enrolled-keys"};
  EXPECT_THAT(codes(), ElementsAre("claim"));
  EXPECT_THAT(codes(true), IsEmpty()) << "somebody who trusts claims is not told";
  put_variables(store_with(test_stores::ovmf_4m(), true, true, true));
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(FileRulesTest, KeysThatAreNotToBeThere) {
  request_.forbid = {"enrolled-keys"};
  EXPECT_THAT(codes(), ElementsAre("claim"));
  put_variables(store_with(test_stores::ovmf_4m(), false, false, false));
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(FileRulesTest, TemplatesThatNoFirmwareWouldUse) {
  put_variables(std::vector<std::uint8_t>(540'672, 0xff));
  EXPECT_THAT(codes(), ElementsAre("pair"));
  EXPECT_THAT(failed_[0].message, HasSubstr("is blank"));
  put_variables(std::vector<std::uint8_t>(540'672, 0x5a));
  EXPECT_THAT(codes(), ElementsAre("pair"));
  EXPECT_THAT(failed_[0].message, HasSubstr("is no variable store"));
  auto longer = store_with(test_stores::ovmf_4m(), false, false, false);
  longer.resize(longer.size() + 4096, 0);
  put_variables(longer);
  EXPECT_THAT(codes(), ElementsAre("pair"));
  EXPECT_THAT(failed_[0].message,
              HasSubstr("expects a store of 540,672 bytes, and its template has 544,768"));
}

TEST_F(FileRulesTest, OfAQcow2TemplateTheSizeTells) {
  testing::make_image(scratch_ / "vars.qcow2", "qcow2", 540'672);
  sample_.descriptor.mapping.nvram_template = {scratch_ / "vars.qcow2", "qcow2"};
  EXPECT_THAT(codes(), IsEmpty());
  testing::make_image(scratch_ / "small.qcow2", "qcow2", 131'072);
  sample_.descriptor.mapping.nvram_template = {scratch_ / "small.qcow2", "qcow2"};
  EXPECT_THAT(codes(), ElementsAre("pair"));
}

TEST_F(FileRulesTest, CodeThatIsAStore) {
  testing::write_file(scratch_ / "code.fd", store_with(test_stores::ovmf_4m(), false, false, false));
  EXPECT_THAT(codes(), ElementsAre("pair"));
  EXPECT_THAT(failed_[0].message, HasSubstr("is a variable store and holds no code"));
}

TEST_F(FileRulesTest, WhatBiosLoadsIsOfWholeBlocks) {
  sample_.descriptor.mapping.device = descriptor::Device::kMemory;
  sample_.descriptor.mapping.nvram_template.reset();
  EXPECT_THAT(codes(), ElementsAre("file-size"));
  testing::write_sparse(scratch_ / "code.fd", 4u << 20);
  EXPECT_THAT(codes(), IsEmpty());
}

TEST_F(FileRulesTest, ACombinedImageHasItsKeysInItself) {
  auto image = store_with(test_stores::ovmf_4m(), false, false, false);
  image.resize(4u << 20, 0x90);
  testing::write_file(scratch_ / "code.fd", image);
  sample_.descriptor.mapping.mode = descriptor::FlashMode::kCombined;
  sample_.descriptor.mapping.nvram_template.reset();
  sample_.descriptor.features = {"enrolled-keys"};
  EXPECT_THAT(codes(), IsEmpty());
  request_.require = {"enrolled-keys"};
  EXPECT_THAT(codes(), ElementsAre("claim"));
  testing::write_sparse(scratch_ / "code.fd", 4u << 20);
  EXPECT_THAT(codes(), ElementsAre("pair")) << "there is no store in it";
}

TEST_F(FileRulesTest, WhatFailsAnywayIsNotLookedInto) {
  sample_.descriptor.features = {"enrolled-keys"};
  request_.require = {"enrolled-keys"};
  sample_.descriptor.mapping.executable.path = scratch_ / "none.fd";
  codes();
  EXPECT_EQ(templates_read_, 0u);
}

}  // namespace
}  // namespace nonvol::firmware
