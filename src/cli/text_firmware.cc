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

namespace {

// More options than this to change, and it is another request.
constexpr std::size_t kMostChanges = 2;

std::string verdict_word(const api::FirmwareExplainReport& report, const descriptor::Verdict& verdict) {
  if (verdict.file == report.chosen) return "chosen";
  if (verdict.failed.empty()) return "fits";
  if (verdict.file->state != FileState::kUsable) return std::string(to_string(verdict.file->state));
  const bool other_kind = std::ranges::any_of(verdict.failed, [](const descriptor::FailedRule& rule) {
    return rule.rule == descriptor::Rule::kArchitecture || rule.rule == descriptor::Rule::kInterface;
  });
  return verdict.near_miss && !other_kind && verdict.near_miss->changes <= kMostChanges ? "near" : "no";
}

std::string near_miss_text(const descriptor::NearMiss& near) {
  std::string result = "would fit";
  if (!near.with.empty()) result += " with " + printable(near.with);
  if (!near.without.empty()) result += " without " + printable(near.without);
  return result;
}

// One row for each failed rule; the first has the descriptor.
void add_rows(const api::FirmwareExplainReport& report, const descriptor::Verdict& verdict,
              std::vector<std::vector<std::string>>& rows) {
  const std::string word = verdict_word(report, verdict);
  std::vector<std::string> first{word, printable(verdict.file->path)};
  const auto add = [&](std::string_view rule, std::string text) {
    rows.push_back({first[0], first[1], std::string(rule), std::move(text)});
    first = {"", ""};
  };
  if (verdict.failed.empty()) add("", "");
  for (const descriptor::FailedRule& rule : verdict.failed) add(code(rule.rule), printable(rule.message));
  if (word == "near") add("", near_miss_text(*verdict.near_miss));
}

}  // namespace

std::string text_of(const api::FirmwareExplainReport& report) {
  std::string machine = report.rules.machine;
  if (report.canonical_machine != machine) machine += fmt::format(" ({})", report.canonical_machine);
  std::string result = fmt::format("asked for {} firmware, architecture {}, machine {}\n\n",
                                   report.rules.interface, report.rules.architecture, printable(machine));
  if (report.verdicts.empty()) return result + "there are no descriptors\n";
  std::vector<std::vector<std::string>> rows{{"VERDICT", "DESCRIPTOR", "RULE", "WHY"}};
  for (const descriptor::Verdict& verdict : report.verdicts) add_rows(report, verdict, rows);
  return result + table(rows);
}

}  // namespace nonvol::cli
