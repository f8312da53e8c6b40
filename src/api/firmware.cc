#include "api/firmware.h"

#include <fmt/format.h>

#include "octets/text.h"

namespace nonvol::api {

using descriptor::DescriptorFile;
using descriptor::FileState;

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

}  // namespace nonvol::api
