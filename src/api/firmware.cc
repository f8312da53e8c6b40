#include "api/firmware.h"

#include <fmt/format.h>

#include <algorithm>

#include "descriptor/features.h"

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
        "the template has no keys, so Secure Boot stays off until some are enrolled; "
        "--require enrolled-keys asks for one that has");
  }
  return notes;
}

Error none_fits(const descriptor::Request& rules, const descriptor::Selection& selection) {
  Error error(ErrorId::kNoFirmwareFits,
              fmt::format("none of {} usable descriptors offers {} firmware for {} machine {} as asked",
                          selection.examined, rules.interface, rules.architecture, rules.machine));
  if (selection.examined == 0) {
    error.notes.push_back("on Debian the packages ovmf and qemu-efi-aarch64 have descriptors");
  }
  for (const PassedOver& passed : selection.passed_over) {
    error.notes.push_back(fmt::format("passed over {}: {}", passed.path, passed.failed.front().message));
  }
  error.hint = "nonvol firmware explain, with the same options";
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

Result<FirmwareShowReport> firmware_show(const Context& context, const std::string& name) {
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  FirmwareShowReport report;
  if (name.find('/') != std::string::npos) {
    const std::size_t slash = name.rfind('/');
    auto directory = context.files.open_directory(slash == 0 ? "/" : name.substr(0, slash));
    if (!directory) return directory.error();
    storage::TextBuffer buffer;
    if (auto read = (*directory)->read(name.substr(slash + 1), std::uint64_t{1} << 20, buffer); !read) {
      return read.error();
    }
    auto descriptor = descriptor::DescriptorReader().read(buffer.text(), name, report.findings);
    if (!descriptor) return descriptor.error();
    report.path = name;
    report.descriptor = *std::move(descriptor);
  } else {
    auto set = files->load();
    if (!set) return set.error();
    const auto found = std::ranges::find_if(set->files, [&](const DescriptorFile& file) {
      return (file.name() == name || file.name() == name + ".json") && file.state != FileState::kOverridden;
    });
    if (found == set->files.end() || found->state == FileState::kMasked) {
      return Error(ErrorId::kNoSuchDescriptor, found == set->files.end()
                                                   ? fmt::format("no descriptor is named '{}'", name)
                                                   : fmt::format("'{}' is masked by {}", name, found->path))
          .with_hint("nonvol firmware list");
    }
    if (found->error) return *found->error;
    report.path = found->path;
    report.descriptor = *found->descriptor;
    for (Finding& finding : set->findings) {
      if (finding.place.file == found->path) report.findings.push_back(std::move(finding));
    }
  }
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
  descriptor::Selection selection = descriptor::select_firmware(*search, report.rules, files->source());
  report.findings = std::move(search->findings());
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
  report.verdicts = descriptor::explain(report.set, report.rules, files->source());
  for (const descriptor::Verdict& verdict : report.verdicts) {
    if (verdict.failed.empty() && report.chosen == nullptr) report.chosen = verdict.file;
  }
  return report;
}

}  // namespace nonvol::api
