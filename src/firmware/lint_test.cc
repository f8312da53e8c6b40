#include "firmware/lint.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "firmware/claims.h"
#include "firmware/locate.h"
#include "storage/posix.h"
#include "testing/descriptor_sets.h"
#include "testing/expect.h"
#include "testing/firmware_samples.h"
#include "testing/scratch.h"

namespace nonvol::firmware {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Debian's, whose code has Secure Boot and no SMM.
constexpr const char* kRealCode = "/usr/share/OVMF/OVMF_CODE_4M.fd";
constexpr const char* kRealTemplate = "/usr/share/OVMF/OVMF_VARS_4M.fd";

std::optional<std::pair<unsigned, unsigned>> at(std::string_view text, std::string_view pointer) {
  const auto found = locate(text, pointer);
  if (!found) return std::nullopt;
  return std::pair(found->line, found->column);
}

TEST(Locate, PointersBecomeLines) {
  constexpr std::string_view text = "{\n  \"a/b\": [1, {\"~\": true}],\n  \"c\": \"x\"\n}\n";
  EXPECT_EQ(at(text, ""), std::pair(1u, 1u));
  EXPECT_EQ(at(text, "/c"), std::pair(3u, 8u));
  EXPECT_EQ(at(text, "/a~1b/0"), std::pair(2u, 11u));
  EXPECT_EQ(at(text, "/a~1b/1/~0"), std::pair(2u, 20u));
  for (const char* none : {"/d", "/a~1b/2", "/a~1b/x", "/c/0", "c", "/a~1b/1/~0/x"}) {
    EXPECT_EQ(at(text, none), std::nullopt) << none;
  }
  EXPECT_EQ(at("{", ""), std::nullopt);
}

class Lint : public ::testing::Test {
 protected:
  Lint() { std::filesystem::create_directory(directory_); }
  void describe(const std::string& name, const std::string& code, const std::string& variables,
                const std::vector<std::string>& features) {
    testing::write_text(directory_ + "/" + name,
                        testing::descriptor_text(name, code, variables, "x86_64", "pc-q35-*", features));
  }
  // "60-b.json:23 note NV3306"
  std::vector<std::string> run() {
    const descriptor::DescriptorSet set = descriptor::load_descriptors(*files_, {directory_});
    FirmwareFileCache cache(*files_);
    result_ = lint(set, *files_, cache, true);
    std::vector<std::string> lines;
    for (const LintFinding& finding : result_.findings) {
      const Place& place = finding.finding.place;
      lines.push_back(fmt::format("{}:{} {} {}", std::filesystem::path(place.file).filename().string(),
                                  place.line.value_or(0), to_string(finding.finding.severity),
                                  to_string(finding.finding.id)));
    }
    return lines;
  }

  testing::Scratch scratch_;
  std::string directory_ = scratch_ / "d";
  std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
  LintResult result_;
};

TEST_F(Lint, WhatNobodyCanLookAtIsNotSaidToBeRead) {
  std::filesystem::create_symlink("leftover", directory_ + "/leftover");
  std::filesystem::create_symlink("/nowhere", directory_ + "/note.txt");
  EXPECT_THAT(run(), ElementsAre("leftover:0 error NV3315", "note.txt:0 error NV3315"));
  std::filesystem::remove(directory_ + "/note.txt");
  testing::write_text(directory_ + "/note.txt", "read me");
  EXPECT_THAT(run(), ElementsAre("leftover:0 error NV3315", "note.txt:0 warning NV3110"));
}

TEST_F(Lint, EachDistinctFileIsUnpackedOnce) {
  std::filesystem::create_symlink(kRealCode, scratch_ / "link.fd");
  std::filesystem::create_symlink(scratch_ / "link.fd", scratch_ / "link-to-link.fd");
  describe("10-a.json", kRealCode, kRealTemplate, {"acpi-s3", "secure-boot"});
  describe("20-b.json", scratch_ / "link.fd", kRealTemplate, {"secure-boot"});
  describe("30-c.json", scratch_ / "link-to-link.fd", kRealTemplate, {"secure-boot", "amd-sev"});
  run();
  EXPECT_EQ(result_.counts.images, 1u);
  EXPECT_EQ(result_.counts.templates, 1u);
  EXPECT_EQ(result_.counts.files, 2u);
}

TEST_F(Lint, CopiesOfOneCodeAreOneCode) {
  std::filesystem::copy_file(kRealCode, scratch_ / "copy.fd");
  describe("10-a.json", scratch_ / "copy.fd", kRealTemplate, {"acpi-s3", "secure-boot"});
  describe("60-b.json", kRealCode, kRealTemplate, {"acpi-s3"});
  EXPECT_THAT(run(), ElementsAre("60-b.json:25 warning NV3309"));
  EXPECT_EQ(result_.findings[0].feature, "secure-boot");
  // Without the other descriptor it is a note about this one alone.
  std::filesystem::remove(directory_ + "/10-a.json");
  EXPECT_THAT(run(), ElementsAre("60-b.json:25 note NV3306"));
}

TEST_F(Lint, WhatIsNotThereIsNotLookedInto) {
  describe("10-a.json", "/none.fd", kRealTemplate, {"secure-boot"});
  EXPECT_THAT(run(), ElementsAre("10-a.json:9 error NV3202"));
  EXPECT_EQ(result_.counts.images, 0u);
}

TEST_F(Lint, WhatTheReaderFindsHasItsLine) {
  testing::write_text(directory_ + "/10-a.json", "{\n  \"features\": 1\n}\n");
  testing::write_text(directory_ + "/20-b.json", "{\n  \"features\": [],\n  \"features\": []\n}\n");
  testing::write_text(directory_ + "/30-c.json.rpmsave", "");
  EXPECT_THAT(run(), ElementsAre("10-a.json:2 error NV3105", "20-b.json:3 error NV3002",
                                 "30-c.json.rpmsave:0 warning NV3110"));
  EXPECT_EQ(result_.files.size(), 2u);
}

TEST_F(Lint, AnEarlierBrokenOneHidesNothing) {
  describe("10-a.json", "/none.fd", kRealTemplate, {"acpi-s3", "secure-boot"});
  describe("60-b.json", kRealCode, kRealTemplate, {"acpi-s3", "secure-boot"});
  EXPECT_THAT(run(), ElementsAre("10-a.json:9 error NV3202"));
  describe("10-a.json", kRealCode, kRealTemplate, {"acpi-s3", "secure-boot"});
  EXPECT_THAT(run(), ElementsAre("60-b.json:0 note NV3311"));
}

TEST_F(Lint, OneWithAProvenFalseClaimHidesNothing) {
  describe("10-a.json", kRealCode, kRealTemplate, {"intel-tdx", "secure-boot"});
  describe("60-b.json", kRealCode, kRealTemplate, {"intel-tdx", "secure-boot"});
  EXPECT_THAT(run(), ElementsAre("10-a.json:26 error NV3305", "60-b.json:26 error NV3305"));
}

TEST(Files, TheSameBytes) {
  const testing::Scratch scratch;
  const auto files = storage::posix_file_system();
  std::vector<std::uint8_t> bytes(200'000, 1);
  testing::write_file(scratch / "a", bytes);
  testing::write_file(scratch / "b", bytes);
  bytes.back() = 2;
  testing::write_file(scratch / "c", bytes);
  bytes.pop_back();
  testing::write_file(scratch / "d", bytes);
  FirmwareFileCache cache(*files);
  EXPECT_TRUE(cache.same_content(scratch / "a", scratch / "a"));
  EXPECT_TRUE(cache.same_content(scratch / "a", scratch / "b"));
  EXPECT_FALSE(cache.same_content(scratch / "a", scratch / "c"));
  EXPECT_FALSE(cache.same_content(scratch / "a", scratch / "d"));
  EXPECT_FALSE(cache.same_content(scratch / "a", scratch / "none"));
  EXPECT_FALSE(cache.same_content(scratch / "none", scratch / "none"));
}

TEST(Files, CodeThatIsNoFirmware) {
  const testing::Scratch scratch;
  const auto files = storage::posix_file_system();
  testing::write_text(scratch / "text", "no firmware at all");
  FirmwareFileCache cache(*files);
  const CodeLook& look = cache.code(scratch / "text");
  ASSERT_TRUE(look.trouble.has_value());
  EXPECT_EQ(look.trouble->id, ErrorId::kNotAFirmwareImage);
  EXPECT_FALSE(look.facts.secure_boot.value.has_value());
  EXPECT_EQ(&cache.code(scratch / "text"), &look);
  testing::write_sparse(scratch / "large", (64u << 20) + 1);
  EXPECT_TRUE(cache.code(scratch / "large").trouble.has_value());
  EXPECT_TRUE(cache.code(scratch / "none").trouble.has_value());
}

}  // namespace
}  // namespace nonvol::firmware
