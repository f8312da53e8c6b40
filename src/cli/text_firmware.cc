#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using descriptor::Descriptor;
using descriptor::Device;
using descriptor::FileState;

std::string device_and_mode(const descriptor::Mapping& mapping) {
  std::string result(to_string(mapping.device));
  if (mapping.device == Device::kFlash) result += fmt::format(", {}", to_string(mapping.mode));
  if (mapping.uefi_vars_template) result += ", variables in a uefi-vars device";
  return result;
}

std::string file_text(const descriptor::FirmwareFile& file) {
  return fmt::format("{} ({})", printable(file.path), file.format);
}

std::string words_or_none(const std::vector<std::string>& words) {
  return words.empty() ? "none" : printable(joined(words));
}

std::string architectures(const Descriptor& descriptor) {
  std::vector<std::string> names;
  for (const descriptor::Target& target : descriptor.targets) {
    if (std::ranges::find(names, target.architecture) == names.end()) names.push_back(target.architecture);
  }
  return printable(joined(names));
}

std::string description_line(const Descriptor& descriptor) {
  return descriptor.description ? field("", printable(*descriptor.description)) : std::string();
}

std::string needs_text(const api::FirmwareSelectReport& report) {
  std::vector<std::string> needs = report.machine_options;
  if (report.plan.requirements.secure_pflash) needs.emplace_back("secure pflash");
  if (report.plan.requirements.uefi_vars_device) needs.emplace_back("a uefi-vars device");
  return words_or_none(needs);
}

}  // namespace

std::string text_of(const api::FirmwareListReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const descriptor::DescriptorFile& file : report.set.files) {
    std::string what(to_string(file.state));
    if (file.state == FileState::kUsable) what = device_and_mode(file.descriptor->mapping);
    if (file.state == FileState::kOverridden) what += " by " + printable(file.overridden_by);
    rows.push_back({printable(file.path), file.descriptor ? architectures(*file.descriptor) : "-", what});
  }
  if (rows.empty()) return "no firmware descriptors\n";
  return table(rows);
}

std::string text_of(const api::FirmwareShowReport& report) {
  const Descriptor& descriptor = report.descriptor;
  std::string result = field("descriptor", printable(report.path)) + description_line(descriptor);
  result += field("interface", words_or_none(descriptor.interface_types));
  result += field("device", device_and_mode(descriptor.mapping));
  for (const api::FirmwareFileState& file : report.files) {
    result +=
        field(file.role == "executable" ? "executable" : "template",
              fmt::format("{} ({}, {})", printable(file.path), file.format,
                          file.size_bytes ? octets::with_commas(*file.size_bytes) + " bytes" : "missing"));
  }
  for (const descriptor::Target& target : descriptor.targets) {
    result += field("target",
                    fmt::format("{}: {}", printable(target.architecture), words_or_none(target.machines)));
  }
  result += field("features", words_or_none(descriptor.features));
  if (!descriptor.tags.empty()) result += field("tags", words_or_none(descriptor.tags));
  return result;
}

std::string text_of(const api::FirmwareSelectReport& report) {
  if (!report.chosen) return {};
  const Descriptor& chosen = *report.chosen;
  std::string result = field("descriptor", printable(report.path)) + description_line(chosen);
  result += field("executable", file_text(chosen.mapping.executable));
  if (chosen.mapping.nvram_template) result += field("template", file_text(*chosen.mapping.nvram_template));
  if (chosen.mapping.uefi_vars_template) {
    result += field("template", file_text({*chosen.mapping.uefi_vars_template, "json"}));
  }
  result += field("device", device_and_mode(chosen.mapping));
  std::string machine = report.rules.machine;
  if (report.canonical_machine != machine) machine += fmt::format(" ({})", report.canonical_machine);
  result += field("machine", fmt::format("{}, {}", printable(machine), report.rules.architecture));
  result += field("needs", needs_text(report)) + field("features", words_or_none(chosen.features));
  for (std::size_t i = 0; i + 1 < report.qemu_arguments.size(); i += 2) {
    result += field(i == 0 ? "arguments" : "",
                    emit::shell_line({report.qemu_arguments[i], report.qemu_arguments[i + 1]}));
  }
  return result;
}

std::string text_of(const api::FirmwareExplainReport& report) {
  std::string machine = report.rules.machine;
  if (report.canonical_machine != machine) machine += fmt::format(" ({})", report.canonical_machine);
  std::string result = fmt::format("asked for {} firmware, architecture {}, machine {}\n\n",
                                   report.rules.interface, report.rules.architecture, printable(machine));
  for (const descriptor::Verdict& verdict : report.verdicts) {
    const bool fits = verdict.failed.empty();
    result += fmt::format("{:<8} {}\n",
                          verdict.file == report.chosen ? "chosen"
                          : fits                        ? "fits"
                                                        : "no",
                          printable(verdict.file->path));
    for (const descriptor::FailedRule& rule : verdict.failed) {
      result += fmt::format("           {}: {}\n", code(rule.rule), printable(rule.message));
    }
  }
  if (report.verdicts.empty()) result += "there are no descriptors\n";
  return result;
}

}  // namespace nonvol::cli
