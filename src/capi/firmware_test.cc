#include "nonvol/firmware.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "nonvol/nonvol.h"
#include "testing/expect.h"
#include "testing/firmware_root.h"

// Both libraries' calls that load, choose, explain and lint.

namespace nonvol::capi {
namespace {

using nonvol::testing::FirmwareRoot;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kPackages = "/usr/share/qemu/firmware/";

struct Free {
  void operator()(nonvol_firmware* firmware) const { nonvol_firmware_free(firmware); }
  void operator()(nonvol_error* error) const { nonvol_error_free(error); }
};

// What a call of the C library gives.
struct Answer {
  int returned = 0;
  std::unique_ptr<nonvol_firmware, Free> firmware;
  std::unique_ptr<nonvol_error, Free> error;

  nonvol_firmware_descriptor at(std::size_t index) const {
    nonvol_firmware_descriptor descriptor{};
    descriptor.size_bytes = sizeof descriptor;
    EXPECT_EQ(nonvol_firmware_descriptor_at(firmware.get(), index, &descriptor), 0);
    return descriptor;
  }
  nonvol_firmware_descriptor chosen() const {
    nonvol_firmware_descriptor descriptor{};
    descriptor.size_bytes = sizeof descriptor;
    EXPECT_EQ(nonvol_firmware_chosen(firmware.get(), &descriptor), 0);
    return descriptor;
  }
  std::size_t count() const { return nonvol_firmware_descriptor_count(firmware.get()); }
  std::string json() const { return nonvol_firmware_json(firmware.get()); }
};

template <class Call>
Answer ask(Call&& call) {
  Answer answer;
  nonvol_firmware* firmware = nullptr;
  nonvol_error* error = nullptr;
  answer.returned = call(&firmware, &error);
  answer.firmware.reset(firmware);
  answer.error.reset(error);
  EXPECT_EQ(nonvol_error_id(error), answer.returned) << nonvol_error_message(error);
  return answer;
}

Answer load(const nonvol_firmware_options& options) {
  return ask([&](auto firmware, auto error) { return nonvol_firmware_load(&options, firmware, error); });
}
Answer select(const nonvol_firmware_options& options) {
  return ask([&](auto firmware, auto error) { return nonvol_firmware_select(&options, firmware, error); });
}
Answer explain(const nonvol_firmware_options& options) {
  return ask([&](auto firmware, auto error) { return nonvol_firmware_explain(&options, firmware, error); });
}
Answer lint(const nonvol_firmware_options& options, const char* const* descriptors) {
  return ask([&](auto firmware, auto error) {
    return nonvol_firmware_lint(&options, descriptors, firmware, error);
  });
}

std::vector<std::string> list(const char* const* strings) {
  std::vector<std::string> result;
  for (; *strings != nullptr; ++strings) result.emplace_back(*strings);
  return result;
}

class Firmware : public ::testing::Test {
 protected:
  nonvol_firmware_options options() const {
    nonvol_firmware_options result{};
    result.size_bytes = sizeof result;
    result.root = root_.path().c_str();
    result.architecture = "x86_64";
    return result;
  }
  FirmwareOptions cpp_options() const {
    FirmwareOptions result;
    result.root = root_.path();
    result.architecture = "x86_64";
    return result;
  }

  FirmwareRoot root_;
};

TEST_F(Firmware, IsLoadedInOrderWithWhatBecameOfEachFile) {
  const Answer answer = load(options());
  ASSERT_EQ(answer.returned, 0);
  std::vector<std::pair<std::string, int>> found;
  for (std::size_t i = 0; i < answer.count(); ++i) {
    const nonvol_firmware_descriptor descriptor = answer.at(i);
    EXPECT_EQ(descriptor.position, i + 1);
    EXPECT_EQ(descriptor.fits, 0);
    found.emplace_back(descriptor.path, descriptor.state);
  }
  const std::string packages = kPackages;
  const std::vector<std::pair<std::string, int>> expected = {
      {packages + "10-gone.json", NONVOL_DESCRIPTOR_USABLE},
      {packages + "20-secure.json", NONVOL_DESCRIPTOR_USABLE},
      {packages + "30-broken.json", NONVOL_DESCRIPTOR_BROKEN},
      {packages + "40-masked.json", NONVOL_DESCRIPTOR_MASKED},
      {"/etc/qemu/firmware/50-plain.json", NONVOL_DESCRIPTOR_USABLE},
      {packages + "50-plain.json", NONVOL_DESCRIPTOR_OVERRIDDEN}};
  EXPECT_EQ(found, expected);
  EXPECT_STREQ(answer.at(1).description, "sample");
  EXPECT_STREQ(answer.at(2).executable, "");
  EXPECT_THAT(answer.json(), HasSubstr("\"schema\": \"nonvol.firmware.list/1\""));

  nonvol_firmware_finding finding{};
  finding.size_bytes = sizeof finding;
  ASSERT_EQ(nonvol_firmware_finding_at(answer.firmware.get(), 0, &finding), 0);
  EXPECT_EQ(finding.line, 2u);
  EXPECT_THAT(finding.file, EndsWith("30-broken.json"));
  EXPECT_THAT(finding.place, EndsWith("30-broken.json:2:3"));
}

TEST_F(Firmware, IsSelectedWithAllThatQemuNeeds) {
  const char* const require[] = {"secure-boot", nullptr};
  nonvol_firmware_options wanted = options();
  wanted.require = require;
  wanted.nvram = "/guests/web01.fd";
  const Answer answer = select(wanted);
  ASSERT_EQ(answer.returned, 0) << nonvol_error_message(answer.error.get());
  const nonvol_firmware_descriptor chosen = answer.chosen();
  EXPECT_EQ(chosen.path, std::string(kPackages) + "20-secure.json");
  EXPECT_EQ(chosen.fits, 1);
  EXPECT_STREQ(chosen.device, "flash");
  EXPECT_STREQ(chosen.mode, "split");
  EXPECT_STREQ(chosen.executable, "/code.fd");
  EXPECT_STREQ(chosen.executable_format, "raw");
  EXPECT_STREQ(chosen.nvram_template, "/vars.fd");
  EXPECT_STREQ(chosen.nvram_template_format, "raw");
  EXPECT_THAT(list(chosen.features), ElementsAre("requires-smm", "secure-boot"));
  EXPECT_THAT(list(nonvol_firmware_machine_options(answer.firmware.get())), ElementsAre("smm=on"));
  EXPECT_THAT(list(nonvol_firmware_qemu_arguments(answer.firmware.get())),
              Contains(EndsWith("file.filename=/guests/web01.fd")));
  EXPECT_THAT(list(nonvol_firmware_notes(answer.firmware.get())), IsEmpty());

  ASSERT_EQ(answer.count(), 1u);
  EXPECT_EQ(answer.at(0).path, std::string(kPackages) + "10-gone.json");
  ASSERT_EQ(answer.at(0).failed_count, 1u);
  EXPECT_STREQ(answer.at(0).failed[0].code, "file-missing");
  EXPECT_THAT(answer.at(0).failed[0].message, HasSubstr("/gone.fd"));
}

TEST_F(Firmware, ThatNobodyHasIsAnErrorWithAnAnswer) {
  const char* const require[] = {"secure-boot", "amd-sev", nullptr};
  nonvol_firmware_options wanted = options();
  wanted.require = require;
  const Answer answer = select(wanted);
  EXPECT_EQ(answer.returned, 3201);
  ASSERT_NE(answer.firmware, nullptr);
  nonvol_firmware_descriptor chosen{};
  chosen.size_bytes = sizeof chosen;
  EXPECT_EQ(nonvol_firmware_chosen(answer.firmware.get(), &chosen), 3201);
  EXPECT_THAT(list(nonvol_firmware_qemu_arguments(answer.firmware.get())), IsEmpty());
  EXPECT_THAT(answer.json(), HasSubstr("\"id\": \"NV3201\""));
  EXPECT_THAT(nonvol_error_hint(answer.error.get()), HasSubstr("--require amd-sev"));
}

TEST_F(Firmware, IsExplainedWithCodesAndWhatWouldHelp) {
  nonvol_firmware_options wanted = options();
  wanted.machine = "pc";
  const Answer answer = explain(wanted);
  ASSERT_EQ(answer.returned, 0);
  ASSERT_EQ(answer.count(), 6u);
  const nonvol_firmware_descriptor nearest = answer.at(0);
  EXPECT_EQ(nearest.path, std::string(kPackages) + "20-secure.json");
  EXPECT_EQ(nearest.position, 2u);
  EXPECT_EQ(nearest.fits, 0);
  ASSERT_EQ(nearest.failed_count, 1u);
  EXPECT_STREQ(nearest.failed[0].code, "machine");
  EXPECT_STREQ(nearest.near_miss_with, "--machine q35");
  EXPECT_STREQ(nearest.near_miss_without, "");
  nonvol_firmware_descriptor chosen{};
  chosen.size_bytes = sizeof chosen;
  EXPECT_EQ(nonvol_firmware_chosen(answer.firmware.get(), &chosen), 3201);

  wanted.machine = "q35";
  const Answer fitting = explain(wanted);
  ASSERT_EQ(fitting.returned, 0);
  EXPECT_EQ(fitting.chosen().path, std::string(kPackages) + "20-secure.json");
  EXPECT_EQ(fitting.at(0).fits, 1);
}

TEST_F(Firmware, IsLintedWithPlacesAndCertainty) {
  const char* const named[] = {"10-gone", nullptr};
  const Answer answer = lint(options(), named);
  ASSERT_EQ(answer.returned, 0);
  ASSERT_EQ(answer.count(), 1u);
  EXPECT_EQ(answer.at(0).path, std::string(kPackages) + "10-gone.json");
  bool missing = false;
  for (std::size_t i = 0; i < nonvol_firmware_finding_count(answer.firmware.get()); ++i) {
    nonvol_firmware_finding finding{};
    finding.size_bytes = sizeof finding;
    ASSERT_EQ(nonvol_firmware_finding_at(answer.firmware.get(), i, &finding), 0);
    if (finding.id != 3202) continue;
    missing = true;
    EXPECT_EQ(finding.severity, NONVOL_SEVERITY_ERROR);
    EXPECT_EQ(finding.line, 9u);
    EXPECT_EQ(finding.column, 25u);
    EXPECT_EQ(finding.certainty, NONVOL_CERTAINTY_PROVEN);
    EXPECT_STREQ(finding.rests_on, "the file system");
  }
  EXPECT_TRUE(missing);

  const Answer all = lint(options(), nullptr);
  EXPECT_EQ(all.count(), 6u);
  EXPECT_THAT(all.json(), HasSubstr("\"clean\": false"));
  const char* const nobody[] = {"99-nobody", nullptr};
  const Answer unknown = lint(options(), nobody);
  EXPECT_EQ(unknown.returned, 3203);
  EXPECT_EQ(unknown.firmware, nullptr);
}

TEST_F(Firmware, OptionsAllReachTheRequest) {
  const char* const require[] = {"acpi-s3", nullptr};
  const char* const forbid[] = {"amd-sev", "intel-tdx", nullptr};
  nonvol_firmware_options wanted = options();
  wanted.flags = NONVOL_FIRMWARE_ALLOW_MISSING_FILES;
  wanted.secure_boot = NONVOL_SECURE_BOOT_OFF;
  wanted.machine = "pc";
  wanted.interface_type = "bios";
  wanted.require = require;
  wanted.forbid = forbid;
  wanted.device = "flash";
  wanted.mode = "stateless";
  wanted.format = "qcow2";
  wanted.qemu_version = "7.2";
  std::string json = explain(wanted).json();
  std::erase_if(json, [](char c) { return c == ' ' || c == '\n'; });
  EXPECT_THAT(json, HasSubstr(R"("request":{"architecture":"x86_64","machine":"pc",)"
                              R"("canonical_machine":"pc-i440fx-7.2","interface":"bios",)"
                              R"("require":["acpi-s3"],"forbid":["amd-sev","intel-tdx"],"device":"flash",)"
                              R"("mode":"stateless","format":"qcow2","secure_boot":false,)"
                              R"("allow_missing_files":true})"));
  wanted = options();
  wanted.secure_boot = NONVOL_SECURE_BOOT_ON;
  EXPECT_THAT(explain(wanted).json(), HasSubstr("\"secure_boot\": true"));
  EXPECT_THAT(explain(options()).json(), HasSubstr("\"secure_boot\": null"));
}

TEST_F(Firmware, OptionsSayWhereToLook) {
  const std::string packages = root_ / "usr/share/qemu/firmware";
  const char* const directories[] = {packages.c_str(), nullptr};
  nonvol_firmware_options wanted = options();
  wanted.search_directories = directories;
  const Answer answer = load(wanted);
  ASSERT_EQ(answer.count(), 5u);
  EXPECT_EQ(answer.at(4).path, packages + "/50-plain.json");
  EXPECT_EQ(answer.at(4).state, NONVOL_DESCRIPTOR_USABLE);
  const std::string nowhere = root_ / "nowhere";
  wanted.root = nowhere.c_str();
  EXPECT_EQ(load(wanted).returned, 5001);
}

TEST_F(Firmware, GoesWithAStoreThatIsThere) {
  const std::string store = root_ / "vars-2m.fd";
  nonvol_firmware_options wanted = options();
  wanted.machine = "q35";
  wanted.for_store = store.c_str();
  const Answer answer = select(wanted);
  EXPECT_EQ(answer.returned, 3210);
  ASSERT_EQ(answer.count(), 5u - 1u - 1u);
  EXPECT_EQ(answer.at(0).path, std::string(kPackages) + "20-secure.json");
  EXPECT_STREQ(answer.at(0).failed[0].code, "store");
  EXPECT_THAT(answer.at(0).conversion, HasSubstr("vars convert " + store));
  const std::string fitting = root_ / "vars.fd";
  wanted.for_store = fitting.c_str();
  const Answer found = select(wanted);
  ASSERT_EQ(found.returned, 0) << nonvol_error_message(found.error.get());
  EXPECT_THAT(list(nonvol_firmware_qemu_arguments(found.firmware.get())),
              Contains(EndsWith("file.filename=" + fitting)));
}

TEST_F(Firmware, MayBeMissingWhereThatIsAllowed) {
  nonvol_firmware_options wanted = options();
  wanted.flags = NONVOL_FIRMWARE_ALLOW_MISSING_FILES;
  const Answer answer = select(wanted);
  ASSERT_EQ(answer.returned, 0);
  EXPECT_EQ(answer.chosen().path, std::string(kPackages) + "10-gone.json");
}

TEST_F(Firmware, IsBelievedWhereThatIsAsked) {
  nonvol::testing::write_text(
      root_ / "etc/qemu/firmware/60-liar.json",
      nonvol::testing::descriptor_text("its template is empty", "/code.fd", "/vars.fd", "x86_64", "pc-q35-*",
                                       {"enrolled-keys", "requires-smm", "secure-boot"}));
  const char* const require[] = {"enrolled-keys", nullptr};
  nonvol_firmware_options wanted = options();
  wanted.require = require;
  const Answer doubted = select(wanted);
  EXPECT_EQ(doubted.returned, 3201);
  ASSERT_EQ(doubted.count(), 1u);
  EXPECT_STREQ(doubted.at(0).failed[0].code, "claim");
  wanted.flags = NONVOL_FIRMWARE_TRUST_CLAIMS;
  const Answer believed = select(wanted);
  ASSERT_EQ(believed.returned, 0);
  EXPECT_STREQ(believed.chosen().path, "/etc/qemu/firmware/60-liar.json");
}

TEST_F(Firmware, IsFoundWhereOthersPutIt) {
  namespace fs = std::filesystem;
  fs::create_directories(root_ / "usr/share/OVMF");
  fs::rename(root_ / "code.fd", root_ / "usr/share/OVMF/OVMF_CODE_4M.fd");
  fs::rename(root_ / "vars.fd", root_ / "usr/share/OVMF/OVMF_VARS_4M.fd");
  nonvol_firmware_options wanted = options();
  EXPECT_EQ(select(wanted).returned, 3201);
  wanted.flags = NONVOL_FIRMWARE_WELL_KNOWN;
  const Answer answer = select(wanted);
  ASSERT_EQ(answer.returned, 0) << nonvol_error_message(answer.error.get());
  EXPECT_STREQ(answer.chosen().executable, "/usr/share/OVMF/OVMF_CODE_4M.fd");
  bool said = false;
  for (std::size_t i = 0; i < nonvol_firmware_finding_count(answer.firmware.get()); ++i) {
    nonvol_firmware_finding finding{};
    finding.size_bytes = sizeof finding;
    nonvol_firmware_finding_at(answer.firmware.get(), i, &finding);
    said = said || finding.id == 3211;
  }
  EXPECT_TRUE(said);
}

TEST_F(Firmware, OptionsThatAreWrongAreRefused) {
  const auto refused = [&](auto change) {
    nonvol_firmware_options wanted = options();
    change(wanted);
    const Answer answer = select(wanted);
    EXPECT_EQ(answer.firmware, nullptr);
    return answer.returned;
  };
  using Options = nonvol_firmware_options;
  EXPECT_EQ(refused([](Options& wanted) { wanted.flags = 8; }), 7508);
  EXPECT_EQ(refused([](Options& wanted) { wanted.secure_boot = 3; }), 7508);
  EXPECT_EQ(refused([](Options& wanted) { wanted.device = "flsh"; }), 7508);
  EXPECT_EQ(refused([](Options& wanted) { wanted.mode = "spilt"; }), 7508);
  EXPECT_EQ(refused([](Options& wanted) { wanted.format = "vmdk"; }), 7508);
  EXPECT_EQ(refused([](Options& wanted) { wanted.size_bytes -= 1; }), 7508);
  EXPECT_EQ(refused([](Options& wanted) { wanted.qemu_version = "old"; }), 6003);
  EXPECT_EQ(refused([](Options& wanted) { wanted.architecture = "z80"; }), 1003);
  EXPECT_EQ(nonvol_firmware_select(nullptr, nullptr, nullptr), 7508);
}

TEST_F(Firmware, AccessorsTakeWhatTheyAreGiven) {
  const Answer answer = load(options());
  nonvol_firmware_descriptor descriptor{};
  nonvol_firmware_finding finding{};
  EXPECT_EQ(nonvol_firmware_descriptor_at(answer.firmware.get(), 0, &descriptor), 7508) << "no size_bytes";
  EXPECT_EQ(nonvol_firmware_finding_at(answer.firmware.get(), 0, &finding), 7508);
  descriptor.size_bytes = sizeof descriptor;
  finding.size_bytes = sizeof finding;
  EXPECT_EQ(nonvol_firmware_descriptor_at(answer.firmware.get(), answer.count(), &descriptor), 7508);
  EXPECT_EQ(nonvol_firmware_finding_at(answer.firmware.get(), 1000, &finding), 7508);
  EXPECT_EQ(nonvol_firmware_descriptor_at(answer.firmware.get(), 0, nullptr), 7508);
  EXPECT_EQ(nonvol_firmware_descriptor_at(nullptr, 0, &descriptor), 7508);
  EXPECT_EQ(nonvol_firmware_chosen(nullptr, &descriptor), 7508);
  EXPECT_STREQ(nonvol_firmware_json(nullptr), "");
  EXPECT_THAT(list(nonvol_firmware_notes(nullptr)), IsEmpty());
  EXPECT_THAT(list(nonvol_firmware_machine_options(nullptr)), IsEmpty());
  EXPECT_THAT(list(nonvol_firmware_qemu_arguments(nullptr)), IsEmpty());
  EXPECT_EQ(nonvol_firmware_finding_count(nullptr), 0u);
  nonvol_firmware_free(nullptr);
}

TEST_F(Firmware, SaysTheSameInCpp) {
  FirmwareOptions wanted = cpp_options();
  wanted.require = {"secure-boot"};
  const Result<FirmwareAnswer> chosen = select_firmware(wanted);
  ASSERT_OK(chosen);
  ASSERT_TRUE(chosen->chosen.has_value());
  EXPECT_EQ(chosen->chosen->path, std::string(kPackages) + "20-secure.json");
  EXPECT_EQ(chosen->descriptors.size(), 1u);
  wanted.require = {"amd-sev"};
  const Result<FirmwareAnswer> none = select_firmware(wanted);
  ASSERT_OK(none);
  EXPECT_FALSE(none->chosen.has_value());
  ASSERT_TRUE(none->none_fits.has_value());
  EXPECT_EQ(none->none_fits->id, ErrorId::kNoFirmwareFits);
  wanted.mode = "spilt";
  EXPECT_ERROR(select_firmware(wanted), kBadCall);
  EXPECT_ERROR(explain_firmware(wanted), kBadCall);
  EXPECT_ERROR(lint_firmware(cpp_options(), {"99-nobody"}), kNoSuchDescriptor);
  ASSERT_OK(load_firmware(cpp_options()));
}

}  // namespace
}  // namespace nonvol::capi
