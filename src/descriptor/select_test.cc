#include "descriptor/select.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "descriptor/well_known.h"
#include "storage/posix.h"
#include "testing/expect.h"
#include "testing/scratch.h"

namespace nonvol::descriptor {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// What a descriptor says where it matters to choosing; files of /fw exist unless named otherwise.
struct Sketch {
  std::string interface = "uefi";
  std::string architecture = "x86_64";
  std::string machines = "\"pc-q35-*\", \"pc-i440fx-*\"";
  std::string features = "\"acpi-s3\"";
  std::string code = "code.fd";
  std::string format = "raw";
  std::string mode = "split";
};

class SelectTest : public ::testing::Test {
 protected:
  SelectTest() {
    for (const char* name : {"usr", "etc", "home", "fw"}) fs::create_directory(scratch_ / name);
    for (const char* name : {"code.fd", "vars.fd"})
      std::ofstream(scratch_ / (std::string("fw/") + name)) << "x";
    request_.architecture = "x86_64";
    request_.machine = "q35";
  }

  void put(const std::string& name, std::string_view text) { std::ofstream(scratch_ / name) << text; }

  void put(const std::string& name, const Sketch& sketch) {
    const std::string fw = scratch_ / "fw/";
    std::string mapping = "{\"device\": \"flash\", \"mode\": \"" + sketch.mode +
                          "\", \"executable\": {\"filename\": \"" + fw + sketch.code + "\", \"format\": \"" +
                          sketch.format + "\"}";
    if (sketch.mode == "split")
      mapping += ", \"nvram-template\": {\"filename\": \"" + fw + "vars.fd\", \"format\": \"raw\"}";
    put(name, "{\"description\": \"d\", \"interface-types\": [\"" + sketch.interface +
                  "\"], \"mapping\": " + mapping + "}, \"targets\": [{\"architecture\": \"" +
                  sketch.architecture + "\", \"machines\": [" + sketch.machines + "]}], \"features\": [" +
                  sketch.features + "], \"tags\": []}");
  }

  std::vector<std::string> search_path() { return {scratch_ / "usr", scratch_ / "etc", scratch_ / "home"}; }

  // The chosen descriptor's path below the scratch directory, or "".
  std::string chosen() {
    DescriptorSearch search(*files_, search_path());
    selection_ = select_firmware(search, request_, existing_);
    findings_ = search.findings();
    return selection_.chosen ? selection_.chosen->path.substr(scratch_.path().size() + 1) : "";
  }

  // Name and the codes of all failed rules, in order.
  std::vector<std::pair<std::string, std::string>> explained() {
    const DescriptorSet set = load_descriptors(*files_, search_path());
    std::vector<std::pair<std::string, std::string>> result;
    for (const Verdict& verdict : explain(set, request_, existing_)) {
      std::string codes;
      for (const FailedRule& rule : verdict.failed)
        codes += std::string(codes.empty() ? "" : " ") + std::string(code(rule.rule));
      result.emplace_back(verdict.file->path.substr(scratch_.path().size() + 1), codes);
    }
    return result;
  }

  testing::Scratch scratch_;
  std::unique_ptr<storage::FileSystem> files_ = storage::posix_file_system();
  ExistingFiles existing_{*files_};
  Request request_;
  Selection selection_;
  std::vector<Finding> findings_;
};

TEST_F(SelectTest, FirstMatchInByteOrderOfNamesWins) {
  put("usr/60-b.json", Sketch{});
  put("etc/60-a.json", Sketch{});
  put("home/7-a.json", Sketch{});
  put("home/Z.json", Sketch{});
  EXPECT_EQ(chosen(), "etc/60-a.json") << "byte order of the names, whatever the directory";
  fs::remove(scratch_ / "etc/60-a.json");
  EXPECT_EQ(chosen(), "usr/60-b.json");
  fs::remove(scratch_ / "usr/60-b.json");
  EXPECT_EQ(chosen(), "home/7-a.json") << "digits sort before capitals";
}

TEST_F(SelectTest, MoreSpecificDirectoriesReplaceNames) {
  put("usr/60.json", Sketch{});
  put("etc/60.json", Sketch{.features = "\"secure-boot\""});
  put("home/60.json", Sketch{.features = "\"acpi-s4\""});
  EXPECT_EQ(chosen(), "home/60.json");
  request_.require = {"acpi-s3"};
  EXPECT_EQ(chosen(), "") << "what is replaced is not considered";
  EXPECT_THAT(explained(), ElementsAre(Pair("home/60.json", "feature-missing"),
                                       Pair("etc/60.json", "overridden"), Pair("usr/60.json", "overridden")));
}

TEST_F(SelectTest, EmptyFilesAndLinksToNullHideNames) {
  put("usr/50.json", Sketch{});
  put("usr/60.json", Sketch{});
  put("usr/70.json", Sketch{});
  put("usr/80.json", Sketch{});
  put("etc/50.json", "");
  fs::create_symlink("/dev/null", scratch_ / "etc/60.json");
  put("fw/empty", "");
  fs::create_symlink(scratch_ / "fw/empty", scratch_ / "etc/70.json");
  EXPECT_EQ(chosen(), "usr/80.json");
  EXPECT_THAT(findings_, IsEmpty()) << "hiding is not a fault";
  put("home/60.json", Sketch{});
  EXPECT_EQ(chosen(), "home/60.json") << "a still more specific file shows the name again";
}

TEST_F(SelectTest, OneBadFileNeverStopsTheOthers) {
  put("usr/10-json.json", "{ broken");
  put("usr/11-twice.json", R"({"tags": [], "tags": []})");
  put("usr/12-deep.json", std::string(1'000'000, '['));
  put("usr/13-huge.json", std::string(10'000'000, '['));
  fs::create_symlink("nowhere", scratch_ / "usr/14-dangling.json");
  fs::create_directory(scratch_ / "usr/15-directory.json");
  fs::create_symlink("16-loop.json", scratch_ / "usr/16-loop.json");
  put("usr/17-member.json", R"({"tags": []})");
  put("usr/18-device.json",
      R"({"interface-types": [], "targets": [], "features": [], "mapping": {"device": "x"}})");
  fs::create_symlink("/dev/zero", scratch_ / "usr/19-endless.json");
  put("usr/20.json.dpkg-old", Sketch{});
  put("usr/.21.json", Sketch{});
  put("usr/90-good.json", Sketch{});
  EXPECT_EQ(chosen(), "usr/90-good.json");
  EXPECT_FINDING(findings_, kJsonSyntax);
  EXPECT_FINDING(findings_, kJsonDuplicateKey);
  EXPECT_FINDING(findings_, kJsonTooDeep);
  EXPECT_FINDING(findings_, kDescriptorTooLarge);
  EXPECT_FINDING(findings_, kDescriptorDanglingLink);
  EXPECT_FINDING(findings_, kDescriptorNotAFile);
  EXPECT_FINDING(findings_, kDescriptorUnreadable);
  EXPECT_FINDING(findings_, kDescriptorMember);
  EXPECT_FINDING(findings_, kDescriptorUnknownValue);
  EXPECT_FINDING(findings_, kDescriptorNotJsonName);
  EXPECT_EQ(findings_.size(), 11u) << "one for each bad file, none for the hidden name";
}

TEST_F(SelectTest, ABadFileStillTakesItsName) {
  put("usr/60.json", Sketch{});
  fs::create_symlink("nowhere", scratch_ / "etc/60.json");
  EXPECT_EQ(chosen(), "") << "somebody wanted the packaged one replaced";
  EXPECT_THAT(explained(), ElementsAre(Pair("etc/60.json", "broken"), Pair("usr/60.json", "overridden")));
}

TEST_F(SelectTest, EveryRuleHasACode) {
  put("usr/10.json", Sketch{.interface = "bios"});
  put("usr/20.json", Sketch{.architecture = "aarch64"});
  put("usr/30.json", Sketch{.machines = "\"microvm\""});
  put("usr/35.json", R"({"interface-types": ["uefi"], "mapping": {"device": "memory", "filename": ")" +
                         (scratch_ / "fw/code.fd") + R"("}, "targets": [{"architecture": "x86_64",
                         "machines": ["pc-q35-*"]}], "features": ["acpi-s3"]})");
  put("usr/40.json", Sketch{.mode = "combined"});
  put("usr/50.json", Sketch{.format = "qcow2"});
  put("usr/60.json", Sketch{.features = ""});
  put("usr/70.json", Sketch{.features = "\"acpi-s3\", \"amd-sev\""});
  put("usr/80.json", Sketch{.features = "\"acpi-s3\", \"secure-boot\""});
  put("usr/85.json", Sketch{.code = "absent.fd"});
  put("usr/90.json", Sketch{});
  put("usr/95.json", Sketch{.interface = "bios", .machines = "\"microvm\"", .features = "\"secure-boot\""});
  request_.device = Device::kFlash;
  request_.format = "raw";
  request_.require = {"acpi-s3"};
  request_.forbid = {"amd-sev"};
  request_.secure_boot = false;
  request_.mode = FlashMode::kSplit;
  EXPECT_THAT(
      explained(),
      ElementsAre(Pair("usr/90.json", ""), Pair("usr/30.json", "machine"), Pair("usr/35.json", "device"),
                  Pair("usr/40.json", "mode"), Pair("usr/50.json", "format"),
                  Pair("usr/60.json", "feature-missing"), Pair("usr/70.json", "feature-forbidden"),
                  Pair("usr/80.json", "secure-boot"), Pair("usr/85.json", "file-missing"),
                  Pair("usr/10.json", "interface"), Pair("usr/20.json", "architecture"),
                  Pair("usr/95.json", "interface machine feature-missing secure-boot")));
  EXPECT_EQ(chosen(), "usr/90.json");
}

TEST_F(SelectTest, MissingFilesArePassedOverUnlessAskedFor) {
  put("usr/50.json", Sketch{.code = "absent.fd"});
  put("usr/60.json", Sketch{});
  EXPECT_EQ(chosen(), "usr/60.json");
  ASSERT_EQ(selection_.passed_over.size(), 1u);
  EXPECT_THAT(selection_.passed_over[0].path, HasSubstr("usr/50.json"));
  EXPECT_THAT(selection_.passed_over[0].failed[0].message, HasSubstr("absent.fd does not exist"));
  request_.allow_missing_files = true;
  EXPECT_EQ(chosen(), "usr/50.json");
  request_.allow_missing_files = false;
  fs::remove(scratch_ / "fw/vars.fd");
  EXPECT_EQ(chosen(), "") << "a template counts as well";
  EXPECT_EQ(selection_.passed_over.size(), 2u);
}

TEST_F(SelectTest, AliasesMatchOnlyWhatEveryVersionMatches) {
  put("usr/50.json", Sketch{.machines = "\"pc-q35-2.*\""});
  put("usr/60.json", Sketch{});
  EXPECT_EQ(chosen(), "usr/60.json") << "q35 of an unknown QEMU is not known to be 2.x";
  request_.qemu_version = QemuVersion{2, 12};
  EXPECT_EQ(chosen(), "usr/50.json");
  request_.qemu_version.reset();
  request_.machine = "pc-q35-2.9";
  EXPECT_EQ(chosen(), "usr/50.json");
  request_.machine = "pc";
  EXPECT_EQ(chosen(), "usr/60.json");
}

TEST_F(SelectTest, SecureBootIsAskedForBothWays) {
  put("usr/50.json", Sketch{.features = "\"secure-boot\""});
  put("usr/60.json", Sketch{});
  EXPECT_EQ(chosen(), "usr/50.json");
  request_.secure_boot = false;
  EXPECT_EQ(chosen(), "usr/60.json");
  request_.secure_boot = true;
  EXPECT_EQ(chosen(), "usr/50.json");
}

TEST_F(SelectTest, RequestsThatContradictThemselvesAreRefused) {
  request_.require = {"acpi-s3"};
  request_.forbid = {"acpi-s3"};
  EXPECT_ERROR(check_request(request_), kContradiction);
  request_ = {};
  request_.secure_boot = true;
  request_.forbid = {"secure-boot"};
  EXPECT_ERROR(check_request(request_), kContradiction);
  request_.forbid.clear();
  request_.secure_boot = false;
  request_.require = {"enrolled-keys"};
  EXPECT_ERROR(check_request(request_), kContradiction);
  request_.secure_boot.reset();
  request_.device = Device::kMemory;
  request_.mode = FlashMode::kSplit;
  EXPECT_ERROR(check_request(request_), kContradiction);
  request_.mode.reset();
  request_.require = {"acpi-s3"};
  EXPECT_OK(check_request(request_));
}

TEST_F(SelectTest, BuildsForConfidentialGuestsAreChosenOnlyWhenAskedFor) {
  put("usr/10.json", Sketch{.features = "\"amd-sev\", \"amd-sev-es\"", .mode = "stateless"});
  put("usr/20.json", Sketch{.features = "\"amd-sev\", \"acpi-s3\""});
  EXPECT_EQ(chosen(), "usr/20.json") << "an ordinary guest gets an ordinary build";
  request_.require = {"amd-sev"};
  EXPECT_EQ(chosen(), "usr/10.json");
  fs::remove(scratch_ / "usr/10.json");
  EXPECT_EQ(chosen(), "") << "and a confidential one no other";
  EXPECT_THAT(explained(), ElementsAre(Pair("usr/20.json", "confidential")));
  request_.mode = FlashMode::kSplit;
  EXPECT_EQ(chosen(), "usr/20.json") << "unless somebody says that variables shall be kept";
  request_.require.clear();
  request_.mode = FlashMode::kStateless;
  put("usr/10.json", Sketch{.features = "\"intel-tdx\"", .mode = "stateless"});
  put("usr/30.json", Sketch{.mode = "stateless"});
  EXPECT_EQ(chosen(), "usr/30.json");
}

TEST_F(SelectTest, TheBestComesFirst) {
  put("usr/10.json", Sketch{.interface = "bios", .features = ""});
  put("usr/20.json", Sketch{.features = ""});
  put("usr/30.json", Sketch{.features = "\"acpi-s3\", \"acpi-s4\""});
  put("usr/35.json", Sketch{.features = "\"acpi-s4\""});
  put("usr/40.json", "{");
  put("usr/50.json", Sketch{});
  put("etc/50.json", "");
  request_.require = {"acpi-s4"};
  EXPECT_THAT(
      explained(),
      ElementsAre(Pair("usr/30.json", ""), Pair("usr/35.json", ""), Pair("usr/20.json", "feature-missing"),
                  Pair("usr/10.json", "interface feature-missing"), Pair("usr/40.json", "broken"),
                  Pair("usr/50.json", "overridden"), Pair("etc/50.json", "masked")));
}

// Says that some files exist, and no others.
class SomeFiles final : public FileRules {
 public:
  explicit SomeFiles(std::vector<std::string> there) : there_(std::move(there)) {}
  void examine(const Descriptor& descriptor, const Request&, std::vector<FailedRule>& failed) override {
    if (std::ranges::find(there_, descriptor.mapping.executable.path) == there_.end())
      failed.push_back({Rule::kFileMissing, ""});
  }

 private:
  std::vector<std::string> there_;
};

TEST(WellKnown, PlacesAreTriedInOrder) {
  SomeFiles files({"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"});
  Request request;
  request.architecture = "x86_64";
  request.machine = "q35";
  Selection found = select_among(well_known_firmware(), request, files);
  ASSERT_TRUE(found.chosen);
  EXPECT_EQ(found.chosen->path, "well-known:/usr/share/OVMF/OVMF_CODE.fd") << "plain before secure";
  request.secure_boot = true;
  found = select_among(well_known_firmware(), request, files);
  ASSERT_TRUE(found.chosen);
  EXPECT_EQ(found.chosen->path, "well-known:/usr/share/OVMF/OVMF_CODE_4M.secboot.fd");
  request.machine = "pc";
  EXPECT_FALSE(select_among(well_known_firmware(), request, files).chosen) << "SMM needs q35";
  request.machine = "virt";
  request.architecture = "aarch64";
  EXPECT_FALSE(select_among(well_known_firmware(), request, files).chosen);
}

TEST(SearchPath, FollowsXdg) {
  ::setenv("XDG_CONFIG_HOME", "/cfg", 1);
  EXPECT_THAT(default_search_path(true),
              ElementsAre("/usr/share/qemu/firmware", "/etc/qemu/firmware", "/cfg/qemu/firmware"));
  EXPECT_THAT(default_search_path(false), ElementsAre("/usr/share/qemu/firmware", "/etc/qemu/firmware"));
  ::setenv("XDG_CONFIG_HOME", "relative", 1);
  ::setenv("HOME", "/home/u", 1);
  EXPECT_THAT(default_search_path(true),
              ElementsAre("/usr/share/qemu/firmware", "/etc/qemu/firmware", "/home/u/.config/qemu/firmware"));
}

}  // namespace
}  // namespace nonvol::descriptor
