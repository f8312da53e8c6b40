#include "firmware/hazards.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/firmware_samples.h"
#include "testing/scratch.h"

namespace nonvol::firmware {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::plain;
using testing::SampleDescriptor;

constexpr std::string_view kText =
    R"({"description": "", "interface-types": ["uefi"], "mapping": {"device": "memory", "filename": "/x"},
        "targets": [], "features": [], "tags": []})";

class Directories : public ::testing::Test {
 protected:
  Directories() {
    std::filesystem::create_directory(scratch_ / "usr");
    std::filesystem::create_directory(scratch_ / "etc");
    testing::write_text(scratch_ / "usr/60-a.json", kText);
  }
  // "warning NV3301 etc/60-a.json"
  std::vector<std::string> check() {
    const descriptor::DescriptorSet set =
        descriptor::load_descriptors(*files_, {scratch_ / "usr", scratch_ / "etc"});
    findings_ = check_directories(set, *files_);
    std::vector<std::string> result;
    for (const LintFinding& finding : findings_) {
      result.push_back(std::string(to_string(finding.finding.severity)) + " " +
                       to_string(finding.finding.id) + " " +
                       finding.finding.place.file.substr(scratch_.path().size() + 1));
    }
    return result;
  }
  void link(const std::string& target, const std::string& name) {
    std::filesystem::create_symlink(target, scratch_ / name);
  }

  testing::Scratch scratch_;
  std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
  LintFindings findings_;
};

TEST_F(Directories, NothingToSay) {
  EXPECT_THAT(check(), IsEmpty());
  // A link that leads somewhere is as good as a file.
  link(scratch_ / "usr/60-a.json", "etc/61-b.json");
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(Directories, AnEmptyFileMasksForAll) {
  testing::write_text(scratch_ / "etc/60-a.json", "");
  EXPECT_THAT(check(), ElementsAre("note NV3301 etc/60-a.json"));
  EXPECT_THAT(findings_[0].finding.message, HasSubstr("hides " + (scratch_ / "usr/60-a.json")));
}

TEST_F(Directories, ALinkToNowhereMasksForSome) {
  link("/dev/null", "etc/60-a.json");
  EXPECT_THAT(check(), ElementsAre("warning NV3301 etc/60-a.json"));
  EXPECT_FINDING(plain(findings_), kMaskReadersDiffer);
  std::filesystem::remove(scratch_ / "usr/60-a.json");
  EXPECT_THAT(check(), ElementsAre("note NV3301 etc/60-a.json"));
}

TEST_F(Directories, Replaced) {
  testing::write_text(scratch_ / "etc/60-a.json", kText);
  EXPECT_THAT(check(), ElementsAre("note NV3301 usr/60-a.json"));
}

TEST_F(Directories, LinksToNothing) {
  // The search reports this one itself.
  link("/nowhere", "etc/70-c.json");
  EXPECT_THAT(check(), IsEmpty());
  // These it does not look at: one is no name of a descriptor, the other is replaced.
  link("/nowhere", "etc/leftover");
  link("/nowhere", "usr/60-d.json");
  testing::write_text(scratch_ / "etc/60-d.json", kText);
  link("/nowhere", "etc/.hidden");
  EXPECT_THAT(check(), ElementsAre("note NV3301 usr/60-d.json", "error NV3315 usr/60-d.json",
                                   "error NV3315 etc/leftover"));
  EXPECT_FINDING(plain(findings_), kLibvirtTrips);
}

TEST_F(Directories, LinksThatNobodyCanLookAt) {
  link("loop", "etc/loop");
  link("/dev/null/below", "etc/below");
  link(std::string(300, 'a'), "etc/too-long");
  EXPECT_THAT(check(),
              ElementsAre("error NV3315 etc/below", "error NV3315 etc/loop", "error NV3315 etc/too-long"));
  EXPECT_THAT(findings_[1].finding.message, HasSubstr("Too many levels of symbolic links"));
}

TEST_F(Directories, NamesInOrder) {
  for (const char* name : {"edk2.json", "5-x.json", "100-x.json"}) {
    testing::write_text(scratch_ / (std::string("etc/") + name), kText);
  }
  EXPECT_THAT(check(), ElementsAre("note NV3314 etc/100-x.json", "note NV3314 etc/5-x.json",
                                   "note NV3314 etc/edk2.json"));
  EXPECT_FINDING(plain(findings_), kNamePrefix);
}

class Order : public ::testing::Test {
 protected:
  Order() {
    first_.path = "/d/40-first.json";
    second_.path = "/d/60-second.json";
  }
  bool hides(bool first_is_sound = true, bool second_is_sound = true) {
    const std::vector<Subject> subjects{first_.subject(), second_.subject()};
    findings_ = check_order(subjects, {first_is_sound, second_is_sound});
    return !findings_.empty();
  }
  SampleDescriptor first_{{"acpi-s3", "secure-boot"}};
  SampleDescriptor second_{{"secure-boot", "acpi-s3"}};
  LintFindings findings_;
};

TEST_F(Order, TheSameAgainIsNeverChosen) {
  second_.descriptor.mapping.executable.path = "/other.fd";
  EXPECT_TRUE(hides());
  EXPECT_FINDING(plain(findings_), kNeverChosen);
  EXPECT_EQ(findings_[0].finding.place.file, second_.path);
  first_.descriptor.interface_types = {"bios", "uefi"};
  first_.descriptor.targets = {{"i386", {"pc-*"}}, {"x86_64", {"pc-i440fx-*", "pc-*"}}};
  EXPECT_TRUE(hides());
}

TEST_F(Order, WhateverARequestCanTellApartLeavesBoth) {
  const auto reached = [&](auto change) {
    const SampleDescriptor kept = second_;
    change(second_.descriptor);
    const bool result = !hides();
    second_.descriptor = kept.descriptor;
    return result;
  };
  using descriptor::Descriptor;
  EXPECT_FALSE(reached([](Descriptor&) {}));
  EXPECT_TRUE(reached([](Descriptor& d) { d.features.pop_back(); }));
  EXPECT_TRUE(reached([](Descriptor& d) { d.features.emplace_back("warp-drive"); }));
  EXPECT_TRUE(reached([](Descriptor& d) { d.interface_types.emplace_back("bios"); }));
  EXPECT_TRUE(reached([](Descriptor& d) { d.mapping.device = descriptor::Device::kMemory; }));
  EXPECT_TRUE(reached([](Descriptor& d) { d.mapping.mode = descriptor::FlashMode::kCombined; }));
  EXPECT_TRUE(reached([](Descriptor& d) { d.mapping.executable.format = "qcow2"; }));
  EXPECT_TRUE(reached([](Descriptor& d) { d.mapping.nvram_template->format = "qcow2"; }));
  EXPECT_TRUE(reached([](Descriptor& d) { d.mapping.uefi_vars_template = "/x"; }));
  EXPECT_TRUE(reached([](Descriptor& d) { d.targets[0].architecture = "i386"; }));
  EXPECT_TRUE(reached([](Descriptor& d) { d.targets[0].machines = {"pc-q35-*", "pc-i440fx-*"}; }));
  EXPECT_FALSE(reached([](Descriptor& d) { d.targets[0].machines = {"pc-q35-7.?", "pc-q35-10.*"}; }));
}

TEST_F(Order, GlobsAreOnlyTakenForWiderWhereThatIsSure) {
  first_.descriptor.targets[0].machines = {"pc-q35-?"};
  second_.descriptor.targets[0].machines = {"pc-q35-*"};
  EXPECT_FALSE(hides());
  second_.descriptor.targets[0].machines = {"pc-q35-?"};
  EXPECT_TRUE(hides());
  second_.descriptor.targets[0].machines = {"pc-q35-7"};
  EXPECT_TRUE(hides());
}

TEST_F(Order, WhatIsPassedOverHidesNothing) {
  EXPECT_FALSE(hides(false));
  EXPECT_FALSE(hides(true, false));
  second_.descriptor.targets[0].machines.clear();
  EXPECT_FALSE(hides());
}

}  // namespace
}  // namespace nonvol::firmware
