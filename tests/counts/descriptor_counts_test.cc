#include <algorithm>
#include <filesystem>

#include "descriptor/select.h"
#include "storage/posix.h"
#include "testing/counting_files.h"
#include "testing/descriptor_sets.h"
#include "testing/expect.h"
#include "testing/scratch.h"

// How often choosing firmware touches files. Times differ from machine to machine; these do not.
namespace nonvol::descriptor {
namespace {

using testing::FileCounts;

constexpr std::string_view kLastOfSix = "60-edk2-x86_64.json";

Request plain_q35() {
  Request request;
  request.architecture = "x86_64";
  request.machine = "q35";
  request.secure_boot = false;
  return request;
}

// Selection over directories on disk, with everything it asked of files.
struct Selected {
  Selection selection;
  FileCounts counts;
};

Selected chosen_among(const std::vector<std::string>& directories, const Request& request) {
  const auto disk = storage::posix_file_system();
  testing::CountingFiles files(*disk);
  DescriptorSearch search(files, directories);
  ExistingFiles existing(files);
  Selection selection = select_firmware(search, request, existing);
  return {std::move(selection), std::move(files.counts)};
}

std::vector<std::string> sorted_names(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

class Selecting : public ::testing::TestWithParam<std::size_t> {
 protected:
  testing::Scratch scratch_;
  std::string folder_ = testing::write_descriptor_set(scratch_.path(), GetParam());
};

TEST_P(Selecting, OpensEachFileOnce) {
  const Selected found = chosen_among({folder_}, plain_q35());
  ASSERT_TRUE(found.selection.chosen.has_value());
  EXPECT_EQ(found.selection.chosen->name(), kLastOfSix);
  EXPECT_EQ(found.counts.directory_opens.size(), 1u);
  EXPECT_EQ(FileCounts::at(found.counts.directory_opens, folder_), 1);
  EXPECT_EQ(FileCounts::at(found.counts.listings, folder_), 1);
  EXPECT_EQ(found.counts.opens.size(), GetParam() + 6);
  for (const auto& [path, count] : found.counts.opens) EXPECT_EQ(count, 1) << path;
  for (const auto& [path, count] : found.counts.reads) EXPECT_EQ(count, 1) << path;
}

TEST_P(Selecting, StopsBehindTheChosenOne) {
  Request request = plain_q35();
  request.secure_boot = true;
  request.require = {"requires-smm"};
  request.forbid = {"enrolled-keys"};
  const Selected found = chosen_among({folder_}, request);
  ASSERT_TRUE(found.selection.chosen.has_value());
  EXPECT_EQ(found.selection.chosen->name(), "50-edk2-x86_64-secure.json");
  for (const std::string& name : sorted_names(folder_)) {
    const int expected = name <= "50-edk2-x86_64-secure.json" ? 1 : 0;
    EXPECT_EQ(FileCounts::at(found.counts.opens, folder_ + "/" + name), expected) << name;
  }
}

TEST_P(Selecting, LooksAtFirmwareFilesOfTheChosenOneOnly) {
  const Selected found = chosen_among({folder_}, plain_q35());
  // One look at the executable and one at the template: every other descriptor failed another rule first.
  EXPECT_EQ(found.counts.statuses.size(), 2u);
  EXPECT_EQ(FileCounts::at(found.counts.statuses, scratch_ / "CODE.fd"), 1);
  EXPECT_EQ(FileCounts::at(found.counts.statuses, scratch_ / "VARS.fd"), 1);
}

TEST_P(Selecting, ReadsNoMoreThanTheFilesHold) {
  std::uint64_t size_bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) size_bytes += entry.file_size();
  const Selected found = chosen_among({folder_}, plain_q35());
  EXPECT_EQ(found.counts.read_bytes, size_bytes);
}

INSTANTIATE_TEST_SUITE_P(Descriptors, Selecting, ::testing::Values(0, 100),
                         [](const auto& test) { return fmt::format("of{}", test.param + 6); });

class Layers : public ::testing::Test {
 protected:
  Layers() { std::filesystem::create_directory(admin_); }
  void put(const std::string& name, std::string_view text) {
    testing::write_text_file(admin_ + "/" + name, text);
  }

  testing::Scratch scratch_;
  std::string folder_ = testing::write_descriptor_set(scratch_.path(), 3);
  std::string admin_ = scratch_ / "admin";
};

TEST_F(Layers, OverriddenFilesAreNotOpened) {
  const auto six = testing::six_descriptors(scratch_ / "CODE.fd", scratch_ / "VARS.fd");
  for (const testing::DescriptorText& descriptor : six) put(descriptor.name, descriptor.text);
  const Selected found = chosen_among({folder_, admin_}, plain_q35());
  ASSERT_TRUE(found.selection.chosen.has_value());
  EXPECT_EQ(found.selection.chosen->path, admin_ + "/" + std::string(kLastOfSix));
  for (const testing::DescriptorText& descriptor : six) {
    EXPECT_EQ(FileCounts::at(found.counts.opens, folder_ + "/" + descriptor.name), 0) << descriptor.name;
    EXPECT_EQ(FileCounts::at(found.counts.opens, admin_ + "/" + descriptor.name), 1) << descriptor.name;
  }
}

TEST_F(Layers, MasksAreOpenedOnceAndHideForNothing) {
  put("40-edk2-x86_64-secure-enrolled.json", "");
  std::filesystem::create_symlink("/dev/null", admin_ + "/50-edk2-x86_64-secure.json");
  const Selected found = chosen_among({folder_, admin_}, plain_q35());
  ASSERT_TRUE(found.selection.chosen.has_value());
  for (const char* name : {"40-edk2-x86_64-secure-enrolled.json", "50-edk2-x86_64-secure.json"}) {
    EXPECT_EQ(FileCounts::at(found.counts.opens, admin_ + "/" + name), 1) << name;
    EXPECT_EQ(FileCounts::at(found.counts.opens, folder_ + "/" + name), 0) << name;
  }
  for (const auto& [path, count] : found.counts.opens) EXPECT_EQ(count, 1) << path;
}

TEST_F(Layers, ADescriptorWithoutItsFilesCostsOneLookAtEach) {
  put("10-gone.json",
      testing::descriptor_text("gone", scratch_ / "gone.fd", scratch_ / "VARS.fd", "x86_64", "pc-q35-*", {}));
  const Selected found = chosen_among({folder_, admin_}, plain_q35());
  ASSERT_EQ(found.selection.passed_over.size(), 1u);
  EXPECT_EQ(FileCounts::at(found.counts.statuses, scratch_ / "gone.fd"), 1);
  EXPECT_EQ(FileCounts::at(found.counts.statuses, scratch_ / "VARS.fd"), 2);
  EXPECT_EQ(FileCounts::at(found.counts.statuses, scratch_ / "CODE.fd"), 1);
}

TEST_F(Layers, WithMissingFilesAllowedNoneIsLookedAt) {
  Request request = plain_q35();
  request.allow_missing_files = true;
  EXPECT_TRUE(chosen_among({folder_}, request).counts.statuses.empty());
}

TEST(SearchPath, DirectoriesThatAreNotThereAreTriedOnce) {
  const testing::Scratch scratch;
  const std::string folder = testing::write_descriptor_set(scratch.path(), 0);
  const Selected found = chosen_among({scratch / "none", folder, scratch / "neither"}, plain_q35());
  EXPECT_TRUE(found.selection.chosen.has_value());
  EXPECT_EQ(FileCounts::sum(found.counts.directory_opens), 3);
  EXPECT_EQ(FileCounts::sum(found.counts.listings), 1);
}

}  // namespace
}  // namespace nonvol::descriptor
