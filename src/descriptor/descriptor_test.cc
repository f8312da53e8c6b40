#include "descriptor/descriptor.h"

#include "descriptor/features.h"
#include "descriptor/machine.h"
#include "testing/expect.h"

namespace nonvol::descriptor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A descriptor around one mapping; everything else is what a packaged one has.
std::string text_with(std::string_view mapping) {
  return std::string(R"({"description": "d", "interface-types": ["uefi"], "mapping": )") +
         std::string(mapping) +
         R"(, "targets": [{"architecture": "x86_64", "machines": ["pc-q35-*"]}], "features": ["acpi-s3"], "tags": []})";
}

constexpr std::string_view kSplit =
    R"({"device": "flash", "executable": {"filename": "/c", "format": "raw"},
        "nvram-template": {"filename": "/v", "format": "qcow2"}})";

struct Reading {
  Result<Descriptor> descriptor;
  std::vector<Finding> findings;
};

Reading read(std::string_view text) {
  std::vector<Finding> findings;
  auto descriptor = DescriptorReader().read(text, "/d/60.json", findings);
  return {std::move(descriptor), std::move(findings)};
}

TEST(DescriptorReader, KeepsAllSixMembers) {
  const Reading reading = read(R"({
    "description": "UEFI", "interface-types": ["uefi", "bios"],
    "mapping": {"nvram-template": {"filename": "/v", "format": "qcow2"}, "device": "flash",
                "executable": {"format": "raw", "filename": "/c"}},
    "targets": [{"architecture": "x86_64", "machines": ["pc-q35-*", "pc-i440fx-*"]},
                {"architecture": "riscv64", "machines": ["virt"]}],
    "features": ["acpi-s3", "secure-boot"], "tags": ["-D X", "-D Y"]})");
  ASSERT_OK(reading.descriptor);
  const Descriptor& d = *reading.descriptor;
  EXPECT_EQ(d.description, "UEFI");
  EXPECT_THAT(d.interface_types, ElementsAre("uefi", "bios"));
  EXPECT_EQ(d.mapping.device, Device::kFlash);
  EXPECT_EQ(d.mapping.mode, FlashMode::kSplit) << "an absent mode is split";
  EXPECT_EQ(d.mapping.executable.path, "/c");
  EXPECT_EQ(d.mapping.nvram_template->format, "qcow2");
  ASSERT_EQ(d.targets.size(), 2u);
  EXPECT_THAT(d.targets[0].machines, ElementsAre("pc-q35-*", "pc-i440fx-*"));
  EXPECT_EQ(d.targets[1].architecture, "riscv64");
  EXPECT_THAT(d.features, ElementsAre("acpi-s3", "secure-boot"));
  EXPECT_THAT(d.tags, ElementsAre("-D X", "-D Y"));
  EXPECT_THAT(reading.findings, IsEmpty());
}

TEST(DescriptorReader, KnowsEveryDeviceAndMode) {
  const auto mapping = [](std::string_view text) {
    const Reading reading = read(text_with(text));
    EXPECT_OK(reading.descriptor) << text;
    return reading.descriptor ? reading.descriptor->mapping : Mapping{};
  };
  EXPECT_EQ(
      mapping(
          R"({"device": "flash", "mode": "combined", "executable": {"filename": "/c", "format": "qcow2"}})")
          .mode,
      FlashMode::kCombined);
  EXPECT_EQ(
      mapping(
          R"({"device": "flash", "mode": "stateless", "executable": {"filename": "/c", "format": "raw"}})")
          .mode,
      FlashMode::kStateless);
  EXPECT_EQ(mapping(R"({"device": "kernel", "filename": "/k"})").device, Device::kKernel);
  EXPECT_EQ(mapping(R"({"device": "igvm", "filename": "/i"})").executable.path, "/i");
  const Mapping memory =
      mapping(R"({"device": "memory", "filename": "/m", "uefi-vars": {"template": "/t.json"}})");
  EXPECT_EQ(memory.uefi_vars_template, "/t.json");
  EXPECT_EQ(memory.executable.format, "raw");
  EXPECT_EQ(mapping(R"({"device": "memory", "filename": "/m"})").uefi_vars_template, std::nullopt);
}

TEST(DescriptorReader, RefusesWhatCannotBeUsed) {
  for (
      const std::string_view mapping :
      {R"({})", R"([])", R"({"device": 1})", R"({"device": "flash"})", R"({"device": "memory"})",
       R"({"device": "kernel", "filename": ""})", R"({"device": "kernel", "filename": "/a\u0000b"})",
       R"({"device": "flash", "executable": {"filename": "/c", "format": "raw"}})",
       R"({"device": "flash", "executable": {"filename": "/c"}, "nvram-template": {"filename": "/v", "format": "raw"}})",
       R"({"device": "flash", "mode": "stateless", "executable": {"filename": "/c", "format": "raw"},
            "nvram-template": {"filename": "/v", "format": "raw"}})",
       R"({"device": "memory", "filename": "/m", "uefi-vars": {}})"}) {
    EXPECT_ERROR(read(text_with(mapping)).descriptor, kDescriptorMember);
  }
  for (const std::string_view mapping :
       {R"({"device": "floppy", "filename": "/f"})",
        R"({"device": "flash", "mode": "both", "executable": {"filename": "/c", "format": "raw"}})",
        R"({"device": "flash", "mode": "stateless", "executable": {"filename": "/c", "format": "vmdk"}})"}) {
    EXPECT_ERROR(read(text_with(mapping)).descriptor, kDescriptorUnknownValue);
  }
  EXPECT_ERROR(read("[]").descriptor, kDescriptorMember);
  EXPECT_ERROR(read(R"({"interface-types": ["uefi"]})").descriptor, kDescriptorMember);
  EXPECT_ERROR(read(R"({"interface-types": "uefi"})").descriptor, kDescriptorMember);
  EXPECT_ERROR(read(R"({"targets": [{"architecture": "x86_64"}]})").descriptor, kDescriptorMember);
  EXPECT_ERROR(read(R"({"features": [], "features": []})").descriptor, kJsonDuplicateKey);
  const Reading wrong = read(text_with(R"({"device": "flash", "mode": "both"})"));
  ASSERT_FALSE(wrong.descriptor);
  EXPECT_EQ(wrong.descriptor.error().place.text(), "/d/60.json at /mapping/mode");
  EXPECT_EQ(wrong.descriptor.error().message,
            "'mode' is 'both', and nonvol knows split, combined, stateless");
}

TEST(DescriptorReader, ReportsWhatItCanDoWithout) {
  const Reading bare =
      read(R"({"interface-types": ["uefi", "coreboot"], "mapping": {"device": "kernel", "filename": "/k",
      "vendor": 1}, "targets": [], "features": ["acpi-s3", "acpi-s5"], "x-extra": {"a": [1]}})");
  ASSERT_OK(bare.descriptor);
  EXPECT_EQ(bare.descriptor->description, std::nullopt);
  EXPECT_FINDING(bare.findings, kDescriptorMissingOptional);
  EXPECT_FINDING(bare.findings, kDescriptorUnknownMember);
  EXPECT_FINDING(bare.findings, kDescriptorUnknownFeature);
  EXPECT_FINDING(bare.findings, kDescriptorUnknownValue);
  std::vector<std::string> places;
  for (const Finding& finding : bare.findings) places.push_back(finding.place.json_pointer);
  EXPECT_THAT(places, ElementsAre("/mapping/vendor", "/x-extra", "", "/features/1", "/interface-types/1"));
}

TEST(Features, RequirementsAreToldFromAbilities) {
  const Requirements plain = requirements_of({"acpi-s3", "secure-boot", "amd-sev"});
  EXPECT_FALSE(plain.smm || plain.secure_pflash || plain.uefi_vars_device);
  EXPECT_TRUE(plain.s3);
  const Requirements smm = requirements_of({"requires-smm", "secure-boot"});
  EXPECT_TRUE(smm.smm && smm.secure_pflash);
  EXPECT_FALSE(smm.s3);
  EXPECT_TRUE(requirements_of({"host-uefi-vars"}).uefi_vars_device);
}

TEST(Glob, TakesStarsAndQuestionMarksOnly) {
  EXPECT_TRUE(matches_glob("pc-q35-7.2", "pc-q35-*"));
  EXPECT_TRUE(matches_glob("pc-q35-7.2", "*"));
  EXPECT_TRUE(matches_glob("pc-q35-7.2", "pc-q35-?.?"));
  EXPECT_TRUE(matches_glob("pc-q35-7.2", "*q35*2"));
  EXPECT_TRUE(matches_glob("", "*"));
  EXPECT_TRUE(matches_glob("virt", "virt"));
  EXPECT_FALSE(matches_glob("pc-q35-10.0", "pc-q35-?.?"));
  EXPECT_FALSE(matches_glob("pc-q35-7.2", "pc-q35"));
  EXPECT_FALSE(matches_glob("virt", "virt-*"));
  EXPECT_FALSE(matches_glob("a", "[a]"));
  EXPECT_FALSE(matches_glob("", "?"));
  // A pattern that would take a backtracking matcher for ever.
  EXPECT_FALSE(matches_glob(std::string(5000, 'a'), "*a*a*a*a*a*a*a*a*b"));
}

TEST(Machine, AliasesStandForTheNewest) {
  EXPECT_EQ(canonical_machine("x86_64", "q35", std::nullopt), "pc-q35-<newest>");
  EXPECT_EQ(canonical_machine("x86_64", "q35", QemuVersion{7, 2}), "pc-q35-7.2");
  EXPECT_EQ(canonical_machine("x86_64", "pc", QemuVersion{10, 0}), "pc-i440fx-10.0");
  EXPECT_EQ(canonical_machine("aarch64", "virt", QemuVersion{9, 1}), "virt-9.1");
  EXPECT_EQ(canonical_machine("riscv64", "virt", QemuVersion{9, 1}), "virt") << "it has no versions there";
  EXPECT_EQ(canonical_machine("x86_64", "pc-q35-4.2", QemuVersion{9, 1}), "pc-q35-4.2");
  EXPECT_EQ(canonical_machine("x86_64", "virt", std::nullopt), "virt") << "no alias of that architecture";
  EXPECT_EQ(default_machine("x86_64"), "q35");
  EXPECT_EQ(default_machine("aarch64"), "virt");
  EXPECT_EQ(default_machine("m68k"), std::nullopt);
}

TEST(QemuVersion, IsReadAsQemuWritesIt) {
  EXPECT_EQ(*parse_qemu_version("7.2"), (QemuVersion{7, 2}));
  EXPECT_EQ(*parse_qemu_version("10.0.3"), (QemuVersion{10, 0}));
  EXPECT_LT((QemuVersion{3, 1}), (QemuVersion{4, 0}));
  for (const char* text :
       {"", "7", "7.", "7.2.", "7.2.x", "seven", "-1.2", "7.2.1.0", "99999999999.1", "7.2 "}) {
    EXPECT_ERROR(parse_qemu_version(text), kBadQemuVersion);
  }
}

}  // namespace
}  // namespace nonvol::descriptor
