#include "api/firmware.h"

#include <fmt/format.h>

#include <algorithm>

#include "descriptor/features.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using descriptor::Descriptor;
using descriptor::DescriptorFile;
using descriptor::Device;
using descriptor::FileState;
using descriptor::FlashMode;

// The file the guest gets a copy of, if its firmware keeps variables in a file at all.
std::optional<descriptor::FirmwareFile> nvram_copy(const Descriptor& chosen, const std::string& nvram) {
  const std::string path = nvram.empty() ? kNvramPlaceholder : nvram;
  const descriptor::Mapping& mapping = chosen.mapping;
  if (mapping.nvram_template) return descriptor::FirmwareFile{path, mapping.nvram_template->format};
  if (mapping.uefi_vars_template) return descriptor::FirmwareFile{path, "json"};
  if (mapping.device == Device::kFlash && mapping.mode == FlashMode::kCombined) {
    return descriptor::FirmwareFile{path, mapping.executable.format};
  }
  return std::nullopt;
}

emit::QemuPlan plan_for(const Descriptor& chosen, const FirmwareSelectReport& report,
                        const std::string& nvram) {
  emit::QemuPlan plan;
  plan.machine = report.rules.machine;
  plan.architecture = report.rules.architecture;
  plan.device = chosen.mapping.device;
  plan.mode = chosen.mapping.mode;
  plan.executable = chosen.mapping.executable;
  plan.nvram = nvram_copy(chosen, nvram);
  plan.requirements = descriptor::requirements_of(chosen.features);
  // A template for the device's variables says as much as the feature does.
  if (chosen.mapping.uefi_vars_template) plan.requirements.uefi_vars_device = true;
  return plan;
}

std::vector<std::string> notes_on(const Descriptor& chosen, const FirmwareSelectReport& report,
                                  const std::string& nvram) {
  std::vector<std::string> notes;
  if (report.plan.nvram && nvram.empty()) {
    notes.push_back(fmt::format(
        "{} in the arguments stands for the guest's own copy of {}; --nvram FILE names it", kNvramPlaceholder,
        chosen.mapping.nvram_template       ? "the template"
        : chosen.mapping.uefi_vars_template ? "the JSON template"
                                            : "the image"));
  }
  if (!report.plan.nvram && report.rules.interface == "uefi")
    notes.push_back("this firmware keeps no variables: they are gone at power-off");
  if (report.rules.secure_boot == true && !chosen.has_feature(descriptor::kEnrolledKeys)) {
    notes.push_back(
        "the template has no keys, so Secure Boot stays off until some are enrolled; --require "
        "enrolled-keys asks for one that has");
  }
  return notes;
}

// The command that explains a request, to be typed as it is.
std::string explain_command(const descriptor::Request& rules) {
  std::vector<std::string> words{"nonvol",           "firmware",  "explain",    "--arch",
                                 rules.architecture, "--machine", rules.machine};
  const auto add = [&](std::string_view option, std::string_view value) {
    words.emplace_back(option);
    words.emplace_back(value);
  };
  if (rules.interface != "uefi") add("--interface", rules.interface);
  for (const std::string& feature : rules.require) add("--require", feature);
  for (const std::string& feature : rules.forbid) add("--forbid", feature);
  if (rules.device) add("--device", to_string(*rules.device));
  if (rules.mode) add("--mode", to_string(*rules.mode));
  if (!rules.format.empty()) add("--format", rules.format);
  if (rules.secure_boot) add("--secure-boot", *rules.secure_boot ? "on" : "off");
  return emit::shell_line(words);
}

// A feature that is not in the schema can be newer than nonvol, or misspelt: a misspelt --forbid forbids
// nothing.
void report_unknown_features(const descriptor::Request& rules, std::vector<Finding>& findings) {
  const auto look = [&](std::string_view option, const std::vector<std::string>& features) {
    for (const std::string& feature : features) {
      if (descriptor::is_known_feature(feature)) continue;
      findings.push_back(
          {Severity::kWarning,
           ErrorId::kDescriptorUnknownFeature,
           fmt::format("{} names the feature '{}', which is not known; check its spelling", option, feature),
           {},
           "nonvol explain NV3107"});
    }
  };
  look("--require", rules.require);
  look("--forbid", rules.forbid);
}

Error none_fits(const descriptor::Request& rules, const descriptor::Selection& selection) {
  Error error(ErrorId::kNoFirmwareFits,
              fmt::format("none of {} usable descriptors offers {} firmware{} for {} machine {} as asked",
                          selection.examined, rules.interface,
                          rules.mode ? fmt::format(" of mode {}", to_string(*rules.mode)) : "",
                          rules.architecture, rules.machine));
  if (selection.examined == 0) {
    error.notes.push_back("on Debian the packages ovmf and qemu-efi-aarch64 have descriptors");
  }
  for (const PassedOver& passed : selection.passed_over) {
    error.notes.push_back(fmt::format("passed over {}: {}", passed.path, passed.failed.front().message));
  }
  error.hint = explain_command(rules);
  return error;
}

}  // namespace

Result<descriptor::Request> complete_request(descriptor::Request rules) {
  if (rules.architecture.empty()) rules.architecture = descriptor::host_architecture();
  if (rules.machine.empty()) {
    const auto machine = descriptor::default_machine(rules.architecture);
    if (!machine) {
      return Error(ErrorId::kUnknownArchitecture,
                   fmt::format("no default machine is known for architecture '{}'", rules.architecture))
          .with_hint(fmt::format("nonvol firmware select --arch {} --machine NAME", rules.architecture));
    }
    rules.machine = *machine;
  }
  for (const std::string& name : {rules.architecture, rules.machine}) {
    if (!octets::is_utf8(name)) return Error(ErrorId::kBadCommandLine, "--arch or --machine is not UTF-8");
  }
  if (auto checked = descriptor::check_request(rules); !checked) return checked.error();
  return rules;
}

Result<FirmwareListReport> firmware_list(const Context& context) {
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  auto set = files->load();
  if (!set) return set.error();
  return FirmwareListReport{*std::move(set)};
}

namespace {

// The descriptor file that counts of a name, with what was found in it.
Result<DescriptorFile> find_by_name(FirmwareFiles& files, const std::string& name,
                                    std::vector<Finding>& findings) {
  auto search = files.search();
  if (!search) return search.error();
  while (std::optional<DescriptorFile> file = search->next()) {
    if ((file->name() != name && file->name() != name + ".json") || file->state == FileState::kOverridden)
      continue;
    if (file->state == FileState::kMasked) {
      return Error(ErrorId::kNoSuchDescriptor, fmt::format("'{}' is masked by {}", name, file->path))
          .with_hint("nonvol firmware list");
    }
    for (Finding& finding : search->findings()) {
      if (finding.place.file == file->path) findings.push_back(std::move(finding));
    }
    return *std::move(file);
  }
  return Error(ErrorId::kNoSuchDescriptor, fmt::format("no descriptor is named '{}'", name))
      .with_hint("nonvol firmware list");
}

Result<DescriptorFile> find_by_path(const Context& context, const std::string& path,
                                    std::vector<Finding>& findings) {
  auto search = descriptor::DescriptorSearch::of_file(context.files, path);
  if (!search) return search.error();
  std::optional<DescriptorFile> file = search->next();
  if (file->state == FileState::kMasked) {
    return Error(ErrorId::kNoSuchDescriptor, fmt::format("{} is empty, which hides its name", path))
        .with_hint("nonvol firmware list");
  }
  findings = std::move(search->findings());
  return *std::move(file);
}

}  // namespace

Result<FirmwareShowReport> firmware_show(const Context& context, const std::string& name) {
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  FirmwareShowReport report;
  auto found = name.find('/') == std::string::npos ? find_by_name(*files, name, report.findings)
                                                   : find_by_path(context, name, report.findings);
  if (!found) return found.error();
  if (found->error) return *found->error;
  report.path = std::move(found->path);
  report.descriptor = *std::move(found->descriptor);
  const auto add = [&](std::string role, const std::string& path, const std::string& format) {
    const auto status = files->source().status(path);
    report.files.push_back(
        {std::move(role), path, format, status ? std::optional(status->size_bytes) : std::nullopt});
  };
  const descriptor::Mapping& mapping = report.descriptor.mapping;
  add("executable", mapping.executable.path, mapping.executable.format);
  if (mapping.nvram_template)
    add("nvram-template", mapping.nvram_template->path, mapping.nvram_template->format);
  if (mapping.uefi_vars_template) add("uefi-vars-template", *mapping.uefi_vars_template, "json");
  return report;
}

Result<FirmwareSelectReport> firmware_select(const Context& context, const FirmwareRequest& request) {
  auto rules = complete_request(request.rules);
  if (!rules) return rules.error();
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  auto search = files->search();
  if (!search) return search.error();

  FirmwareSelectReport report;
  report.rules = *std::move(rules);
  report.canonical_machine = descriptor::canonical_machine(report.rules.architecture, report.rules.machine,
                                                           report.rules.qemu_version);
  descriptor::ExistingFiles existing(files->source());
  descriptor::Selection selection = descriptor::select_firmware(*search, report.rules, existing);
  report.findings = std::move(search->findings());
  report_unknown_features(report.rules, report.findings);
  if (!selection.chosen) report.none_fits = none_fits(report.rules, selection);
  report.passed_over = std::move(selection.passed_over);
  if (!selection.chosen) return report;
  report.path = std::move(selection.chosen->path);
  report.chosen = std::move(selection.chosen->descriptor);
  report.plan = plan_for(*report.chosen, report, request.nvram);
  const emit::QemuStyle style{
      .flash = request.style, .version = report.rules.qemu_version, .one_line_each = false};
  auto arguments = emit::qemu_arguments(report.plan, style);
  if (!arguments) return arguments.error();
  report.qemu_arguments = *std::move(arguments);
  report.machine_options = emit::machine_options(report.plan);
  report.notes = notes_on(*report.chosen, report, request.nvram);
  return report;
}

Result<FirmwareExplainReport> firmware_explain(const Context& context, const FirmwareRequest& request) {
  auto rules = complete_request(request.rules);
  if (!rules) return rules.error();
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  auto set = files->load();
  if (!set) return set.error();
  FirmwareExplainReport report;
  report.rules = *std::move(rules);
  report.canonical_machine = descriptor::canonical_machine(report.rules.architecture, report.rules.machine,
                                                           report.rules.qemu_version);
  report.set = *std::move(set);
  report_unknown_features(report.rules, report.set.findings);
  descriptor::ExistingFiles existing(files->source());
  report.verdicts = descriptor::explain(report.set, report.rules, existing);
  for (const descriptor::Verdict& verdict : report.verdicts) {
    if (verdict.failed.empty() && report.chosen == nullptr) report.chosen = verdict.file;
  }
  return report;
}

}  // namespace nonvol::api
