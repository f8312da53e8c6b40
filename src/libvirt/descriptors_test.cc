#include "libvirt/descriptors.h"

#include <filesystem>

#include "storage/posix.h"
#include "testing/descriptor_sets.h"
#include "testing/expect.h"
#include "testing/scratch.h"

namespace nonvol::libvirt {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DescriptorsTest : public ::testing::Test {
 protected:
  DescriptorsTest() {
    for (const char* name : {"usr", "etc"}) fs::create_directory(scratch_ / name);
  }

  void put(const std::string& name) {
    testing::write_text_file(
        scratch_ / name, testing::descriptor_text(name, "/fw/" + name, "/fw/vars", "x86_64", "pc-q35-*", {}));
  }

  Descriptors read(Release release = Release::k11_3) {
    return read_descriptors(*files_, {scratch_ / "usr", scratch_ / "etc", scratch_ / "absent"}, release);
  }

  // Paths below the scratch directory, in the order in which they are tried.
  std::vector<std::string> names(const Descriptors& descriptors) {
    std::vector<std::string> result;
    for (const Candidate& candidate : descriptors.candidates) {
      result.push_back(candidate.path.substr(scratch_.path().size() + 1));
    }
    return result;
  }

  testing::Scratch scratch_;
  std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
};

TEST_F(DescriptorsTest, AnyNameCountsThatDoesNotBeginWithADot) {
  put("usr/20-b.json");
  put("usr/10-a.json.dpkg-old");
  put("usr/.hidden.json");
  fs::create_directory(scratch_ / "usr/05-directory.json");
  EXPECT_THAT(names(read()), ElementsAre("usr/10-a.json.dpkg-old", "usr/20-b.json"));
}

TEST_F(DescriptorsTest, TheMoreSpecificDirectoryWinsAndAnEmptyFileHides) {
  for (const char* name : {"usr/10.json", "usr/20.json", "usr/30.json", "usr/40.json", "etc/20.json"})
    put(name);
  testing::write_text_file(scratch_ / "etc/30.json", "");
  fs::create_symlink(scratch_ / "etc/30.json", scratch_ / "etc/40.json");
  const Descriptors descriptors = read();
  EXPECT_THAT(names(descriptors), ElementsAre("usr/10.json", "etc/20.json"));
  EXPECT_THAT(descriptors.skipped, SizeIs(2));
}

TEST_F(DescriptorsTest, ALinkToDevNullHidesNothing) {
  put("usr/10.json");
  fs::create_symlink("/dev/null", scratch_ / "etc/10.json");
  EXPECT_THAT(names(read()), ElementsAre("usr/10.json"));
}

TEST_F(DescriptorsTest, ADanglingLinkEndsEveryQuery) {
  put("usr/10.json");
  fs::create_symlink("/nowhere/at/all", scratch_ / "etc/99.json");
  const Descriptors descriptors = read();
  ASSERT_TRUE(descriptors.failure);
  EXPECT_EQ(descriptors.failure->id, ErrorId::kLibvirtRefuses);
  EXPECT_THAT(descriptors.failure->notes.front(), HasSubstr("Unable to access"));
  EXPECT_THAT(descriptors.candidates, IsEmpty());
}

TEST_F(DescriptorsTest, ABrokenFileIsSkippedAndOnceEndedEveryQuery) {
  put("usr/10.json");
  testing::write_text_file(scratch_ / "etc/05.json", "{");
  testing::write_text_file(scratch_ / "etc/06.json", std::string((1u << 20) + 1, ' '));
  const Descriptors descriptors = read();
  EXPECT_FALSE(descriptors.failure);
  EXPECT_THAT(names(descriptors), ElementsAre("usr/10.json"));
  EXPECT_THAT(descriptors.skipped, SizeIs(2));
  EXPECT_TRUE(read(Release::k9_0).failure);
}

// A descriptor with one part of it replaced.
ReadDescriptor read_with(const std::string& part, const std::string& by) {
  std::string text = R"({"interface-types": ["uefi"], "mapping": {"device": "memory", "filename": "/fw/x"},)"
                     R"( "targets": [{"architecture": "x86_64", "machines": ["*"]}], "features": []})";
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos);
  return read_descriptor(text.replace(at, part.size(), by), "x.json");
}

TEST(LibvirtDescriptor, OnlyFourMembersAreAskedFor) {
  EXPECT_TRUE(read_with("{", "{").descriptor);
  EXPECT_TRUE(read_with("{\"inter", "{\"description\": 7, \"tags\": {}, \"x\": 1, \"inter").descriptor);
  EXPECT_TRUE(read_with("\"features\": []", "\"features\": [\"not-a-feature\", 7]").descriptor);
  EXPECT_TRUE(read_with("x86_64", "i386").descriptor);
}

TEST(LibvirtDescriptor, WhatLibvirtDoesNotKnowMakesItSkipTheFile) {
  EXPECT_EQ(read_with("\"memory\"", "\"igvm\"").message, "unknown device type");
  EXPECT_THAT(read_with("\"uefi\"", "\"uefi\", \"acpi\"").message, HasSubstr("unknown interface type"));
  EXPECT_THAT(read_with("x86_64", "amd64").message, HasSubstr("unknown architecture"));
  EXPECT_FALSE(read_with(", \"features\": []", "").descriptor);
  EXPECT_FALSE(read_with("\"filename\": \"/fw/x\"", "\"filename\": 7").descriptor);
  EXPECT_FALSE(read_with("[\"*\"]", "\"*\"").descriptor);
}

TEST(LibvirtDescriptor, FlashFilesAndModes) {
  const std::string memory = R"("memory", "filename": "/fw/x")";
  const std::string file = R"({"filename": "/fw/x", "format": "raw"})";
  EXPECT_FALSE(read_with(memory, R"("flash", "executable": )" + file).descriptor);  // split is the default
  const ReadDescriptor split =
      read_with(memory, R"("flash", "executable": )" + file + R"(, "nvram-template": )" + file);
  ASSERT_TRUE(split.descriptor);
  EXPECT_EQ(split.descriptor->mapping.mode, descriptor::FlashMode::kSplit);
  EXPECT_TRUE(read_with(memory, R"("flash", "mode": "stateless", "executable": )" + file).descriptor);
  EXPECT_FALSE(read_with(memory, R"("flash", "mode": "other", "executable": )" + file).descriptor);
  // Any format is read; only the match asks what it is.
  EXPECT_TRUE(
      read_with(memory, R"("flash", "mode": "stateless", "executable": {"filename": "/x", "format": "vmdk"})")
          .descriptor);
}

}  // namespace
}  // namespace nonvol::libvirt
