#include <fmt/format.h>

#include <algorithm>

#include "api/firmware.h"
#include "api/firmware_lint.h"
#include "capi/error.h"
#include "nonvol/firmware.h"
#include "storage/posix.h"

namespace nonvol {
namespace {

// Where a request is carried out: this machine. It has no guests, and nothing asks for the time.
struct Surroundings {
  explicit Surroundings(const FirmwareOptions& options)
      : files(storage::posix_file_system()),
        context{*files, std::string(), options.root, options.search_directories,
                [] { return std::string(); }} {}

  std::unique_ptr<storage::FileSystem> files;
  api::Context context;
};

template <class T>
Result<std::optional<T>> named(const std::string& word, std::string_view what,
                               std::optional<T> (*parse)(std::string_view)) {
  if (word.empty()) return std::optional<T>();
  const std::optional<T> parsed = parse(word);
  if (!parsed) return capi::bad_call(fmt::format("there is no {} '{}'", what, word));
  return parsed;
}

Result<api::FirmwareRequest> request_of(const FirmwareOptions& options) {
  const auto device = named(options.device, "device", descriptor::parse_device);
  if (!device) return device.error();
  const auto mode = named(options.mode, "mode of flash", descriptor::parse_flash_mode);
  if (!mode) return mode.error();
  if (!options.format.empty() && options.format != "raw" && options.format != "qcow2") {
    return capi::bad_call(fmt::format("the format is '{}', known are 'raw' and 'qcow2'", options.format));
  }
  api::FirmwareRequest request;
  descriptor::Request& rules = request.rules;
  if (!options.qemu_version.empty()) {
    const auto version = descriptor::parse_qemu_version(options.qemu_version);
    if (!version) return version.error();
    rules.qemu_version = *version;
  }
  rules.architecture = options.architecture;
  rules.machine = options.machine;
  if (!options.interface_type.empty()) rules.interface = options.interface_type;
  rules.require = options.require;
  rules.forbid = options.forbid;
  rules.device = *device;
  rules.mode = *mode;
  rules.format = options.format;
  rules.secure_boot = options.secure_boot;
  rules.allow_missing_files = options.allow_missing_files;
  request.nvram = options.nvram;
  request.well_known = options.well_known;
  request.trust_claims = options.trust_claims;
  request.for_store = options.for_store;
  return request;
}

DescriptorState state_of(descriptor::FileState state) {
  switch (state) {
    case descriptor::FileState::kUsable:
      return DescriptorState::kUsable;
    case descriptor::FileState::kMasked:
      return DescriptorState::kMasked;
    case descriptor::FileState::kOverridden:
      return DescriptorState::kOverridden;
    case descriptor::FileState::kBroken:
      break;
  }
  return DescriptorState::kBroken;
}

FirmwareCertainty certainty_of(flash::Certainty certainty) {
  switch (certainty) {
    case flash::Certainty::kUnknown:
      break;
    case flash::Certainty::kLikely:
      return FirmwareCertainty::kLikely;
    case flash::Certainty::kProven:
      return FirmwareCertainty::kProven;
  }
  return FirmwareCertainty::kUnknown;
}

void describe(const descriptor::Descriptor& said, FirmwareDescriptor& result) {
  const descriptor::Mapping& mapping = said.mapping;
  result.description = said.description.value_or(std::string());
  result.device = to_string(mapping.device);
  if (mapping.device == descriptor::Device::kFlash) result.mode = to_string(mapping.mode);
  result.executable = mapping.executable.path;
  result.executable_format = mapping.executable.format;
  if (mapping.nvram_template) {
    result.nvram_template = mapping.nvram_template->path;
    result.nvram_template_format = mapping.nvram_template->format;
  } else if (mapping.uefi_vars_template) {
    result.nvram_template = *mapping.uefi_vars_template;
    result.nvram_template_format = "json";
  }
  result.features = said.features;
}

FirmwareDescriptor descriptor_of(const descriptor::DescriptorFile& file) {
  FirmwareDescriptor result;
  result.path = file.path;
  result.state = state_of(file.state);
  if (file.descriptor) describe(*file.descriptor, result);
  return result;
}

std::vector<FirmwareRule> rules_of(const std::vector<descriptor::FailedRule>& failed) {
  std::vector<FirmwareRule> result;
  for (const descriptor::FailedRule& rule : failed)
    result.push_back({std::string(code(rule.rule)), rule.message});
  return result;
}

void add_findings(const std::vector<Finding>& findings, FirmwareAnswer& answer) {
  for (const Finding& finding : findings) {
    answer.findings.emplace_back().finding = finding;
  }
}

void add_conversions(const std::vector<api::StoreConversion>& conversions, FirmwareAnswer& answer) {
  for (const api::StoreConversion& conversion : conversions) {
    for (FirmwareDescriptor& descriptor : answer.descriptors) {
      if (std::ranges::find(conversion.descriptors, descriptor.path) != conversion.descriptors.end())
        descriptor.conversion = conversion.command;
    }
  }
}

FirmwareAnswer answer_of(api::FirmwareSelectReport report) {
  FirmwareAnswer answer;
  answer.json = to_json(report);
  if (report.chosen) {
    FirmwareDescriptor& chosen = answer.chosen.emplace();
    chosen.path = report.path;
    chosen.fits = true;
    describe(*report.chosen, chosen);
  }
  for (const descriptor::PassedOver& passed : report.passed_over) {
    FirmwareDescriptor& added = answer.descriptors.emplace_back();
    added.path = passed.path;
    added.failed = rules_of(passed.failed);
  }
  add_conversions(report.conversions, answer);
  add_findings(report.findings, answer);
  answer.machine_options = std::move(report.machine_options);
  answer.qemu_arguments = std::move(report.qemu_arguments);
  answer.notes = std::move(report.notes);
  answer.none_fits = std::move(report.none_fits);
  return answer;
}

FirmwareAnswer answer_of(const api::FirmwareExplainReport& report) {
  FirmwareAnswer answer;
  answer.json = to_json(report);
  for (const descriptor::Verdict& verdict : report.verdicts) {
    FirmwareDescriptor added = descriptor_of(*verdict.file);
    added.position = verdict.position;
    added.fits = verdict.failed.empty();
    added.failed = rules_of(verdict.failed);
    if (verdict.near_miss) {
      added.near_miss_with = verdict.near_miss->with;
      added.near_miss_without = verdict.near_miss->without;
    }
    if (verdict.file == report.chosen) answer.chosen = added;
    answer.descriptors.push_back(std::move(added));
  }
  add_conversions(report.conversions, answer);
  add_findings(report.set.findings, answer);
  return answer;
}

FirmwareAnswer answer_of(const api::FirmwareLintReport& report) {
  FirmwareAnswer answer;
  answer.json = to_json(report);
  for (const firmware::LintedFile& file : report.result.files) {
    FirmwareDescriptor& added = answer.descriptors.emplace_back();
    added.path = file.path;
    added.state = state_of(file.state);
  }
  for (const firmware::LintFinding& found : report.result.findings) {
    FirmwareFinding& added = answer.findings.emplace_back();
    added.finding = found.finding;
    added.certainty = certainty_of(found.certainty);
    added.rests_on = found.rests_on;
    added.feature = found.feature;
  }
  return answer;
}

}  // namespace

Result<FirmwareAnswer> load_firmware(const FirmwareOptions& options) {
  const Surroundings here(options);
  const auto report = api::firmware_list(here.context);
  if (!report) return report.error();
  FirmwareAnswer answer;
  answer.json = to_json(*report);
  for (const descriptor::DescriptorFile& file : report->set.files) {
    answer.descriptors.push_back(descriptor_of(file));
    answer.descriptors.back().position = answer.descriptors.size();
  }
  add_findings(report->set.findings, answer);
  return answer;
}

Result<FirmwareAnswer> select_firmware(const FirmwareOptions& options) {
  const Surroundings here(options);
  const auto request = request_of(options);
  if (!request) return request.error();
  auto report = api::firmware_select(here.context, *request);
  if (!report) return report.error();
  return answer_of(*std::move(report));
}

Result<FirmwareAnswer> explain_firmware(const FirmwareOptions& options) {
  const Surroundings here(options);
  const auto request = request_of(options);
  if (!request) return request.error();
  const auto report = api::firmware_explain(here.context, *request);
  if (!report) return report.error();
  return answer_of(*report);
}

Result<FirmwareAnswer> lint_firmware(const FirmwareOptions& options,
                                     const std::vector<std::string>& descriptors) {
  const Surroundings here(options);
  const auto report = api::firmware_lint(here.context, {descriptors});
  if (!report) return report.error();
  return answer_of(*report);
}

}  // namespace nonvol
