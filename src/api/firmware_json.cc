#include "api/firmware.h"
#include "api/json_parts.h"
#include "descriptor/features.h"

namespace nonvol::api {
namespace {

using descriptor::Descriptor;
using descriptor::Device;
using json::Writer;

void write_file(Writer& writer, std::string_view name, const std::optional<descriptor::FirmwareFile>& file) {
  writer.key(name);
  if (!file) {
    writer.null();
    return;
  }
  writer.begin_object().member("path", file->path).member("format", file->format).end_object();
}

// Where variables are copied from, whatever holds them: a flash image or a JSON document.
std::optional<descriptor::FirmwareFile> any_template(const descriptor::Mapping& mapping) {
  if (mapping.nvram_template) return mapping.nvram_template;
  if (mapping.uefi_vars_template) return descriptor::FirmwareFile{*mapping.uefi_vars_template, "json"};
  return std::nullopt;
}

void write_mode(Writer& writer, const descriptor::Mapping& mapping) {
  writer.member("device", to_string(mapping.device)).key("mode");
  if (mapping.device == Device::kFlash) {
    writer.string(to_string(mapping.mode));
  } else {
    writer.null();
  }
}

void write_targets(Writer& writer, const Descriptor& descriptor) {
  writer.key("targets").begin_array();
  for (const descriptor::Target& target : descriptor.targets) {
    writer.begin_object().member("architecture", target.architecture);
    writer.strings("machines", target.machines).end_object();
  }
  writer.end_array();
}

void write_failed(Writer& writer, const std::vector<descriptor::FailedRule>& failed) {
  writer.key("failed").begin_array();
  for (const descriptor::FailedRule& rule : failed) {
    writer.begin_object().member("code", code(rule.rule)).member("message", rule.message).end_object();
  }
  writer.end_array();
}

void write_near_miss(Writer& writer, const std::optional<descriptor::NearMiss>& near) {
  writer.key("near_miss");
  if (!near) {
    writer.null();
    return;
  }
  writer.begin_object().member("with", near->with).member("without", near->without);
  writer.member("changes", std::uint64_t{near->changes}).end_object();
}

void write_request(Writer& writer, const descriptor::Request& rules, const std::string& canonical_machine) {
  writer.key("request").begin_object();
  writer.member("architecture", rules.architecture).member("machine", rules.machine);
  writer.member("canonical_machine", canonical_machine).member("interface", rules.interface);
  writer.strings("require", rules.require).strings("forbid", rules.forbid).key("device");
  rules.device ? writer.string(to_string(*rules.device)) : writer.null();
  writer.key("mode");
  rules.mode ? writer.string(to_string(*rules.mode)) : writer.null();
  writer.key("format");
  rules.format.empty() ? writer.null() : writer.string(rules.format);
  writer.key("secure_boot");
  rules.secure_boot ? writer.boolean(*rules.secure_boot) : writer.null();
  writer.member("allow_missing_files", rules.allow_missing_files).end_object();
}

void write_descriptor(Writer& writer, const Descriptor& descriptor) {
  writer.key("description");
  descriptor.description ? writer.string(*descriptor.description) : writer.null();
  writer.strings("interface_types", descriptor.interface_types);
  write_file(writer, "executable", descriptor.mapping.executable);
  write_file(writer, "nvram_template", any_template(descriptor.mapping));
  write_mode(writer, descriptor.mapping);
  write_targets(writer, descriptor);
  writer.strings("features", descriptor.features).strings("tags", descriptor.tags);
}

void write_store(Writer& writer, const firmware::HeldStore& store,
                 const std::vector<StoreConversion>& conversions) {
  const firmware::TemplateFacts& held = store.variables;
  writer.key("store").begin_object();
  writer.member("path", store.path).member("form", forms::name_of(held.form)).key("layout");
  held.form == forms::Form::kFlash ? writer.string(held.layout->name) : writer.null();
  writer.member("format", store.file.format).member("size_bytes", store.file.inside_bytes);
  writer.member("blank", held.blank != flash::Blank::kNo);
  writer.member("has_platform_key", held.has_platform_key).member("secure_boot", held.verifies_programs);
  writer.end_object();
  writer.key("conversions").begin_array();
  for (const StoreConversion& conversion : conversions) {
    writer.begin_object().member("to", conversion.to).member("command", conversion.command);
    writer.strings("descriptors", conversion.descriptors).end_object();
  }
  writer.end_array();
}

}  // namespace

std::string to_json(const FirmwareListReport& report) {
  Writer writer = begin_document("firmware.list");
  writer.strings("directories", report.set.directories).key("descriptors").begin_array();
  for (const descriptor::DescriptorFile& file : report.set.files) {
    writer.begin_object().member("descriptor", file.path).member("name", file.name());
    writer.member("state", to_string(file.state)).key("overridden_by");
    file.overridden_by.empty() ? writer.null() : writer.string(file.overridden_by);
    if (file.descriptor) write_descriptor(writer, *file.descriptor);
    writer.end_object();
  }
  writer.end_array();
  write_findings(writer, report.set.findings);
  return writer.end_object().take();
}

std::string to_json(const FirmwareShowReport& report) {
  Writer writer = begin_document("firmware.show");
  writer.member("descriptor", report.path).member("name", report.path.substr(report.path.rfind('/') + 1));
  write_descriptor(writer, report.descriptor);
  writer.key("files").begin_array();
  for (const FirmwareFileState& file : report.files) {
    writer.begin_object().member("role", file.role).member("path", file.path).member("format", file.format);
    writer.member("exists", file.size_bytes.has_value()).key("size_bytes");
    file.size_bytes ? writer.number(*file.size_bytes) : writer.null();
    writer.end_object();
  }
  writer.end_array();
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const FirmwareSelectReport& report) {
  Writer writer = begin_document("firmware.select");
  writer.key("descriptor");
  if (report.chosen) {
    const descriptor::Mapping& mapping = report.chosen->mapping;
    writer.string(report.path).member("source", report.well_known ? "well-known" : "descriptor");
    writer.key("description");
    report.chosen->description ? writer.string(*report.chosen->description) : writer.null();
    write_file(writer, "executable", mapping.executable);
    write_file(writer, "nvram_template", any_template(mapping));
    write_mode(writer, mapping);
    writer.member("machine", report.rules.machine).strings("machine_options", report.machine_options);
    writer.key("requirements").begin_object().member("smm", report.plan.requirements.smm);
    writer.member("secure_pflash", report.plan.requirements.secure_pflash);
    writer.member("uefi_vars_device", report.plan.requirements.uefi_vars_device).end_object();
    writer.strings("features", report.chosen->features).strings("tags", report.chosen->tags);
    writer.strings("qemu_arguments", report.qemu_arguments).key("nvram_placeholder");
    const bool placeholder = report.plan.nvram && report.plan.nvram->path == kNvramPlaceholder;
    placeholder ? writer.string(kNvramPlaceholder) : writer.null();
  } else {
    writer.null();
    for (const std::string_view member : {"executable", "nvram_template", "mode", "device"})
      writer.key(member).null();
    const std::vector<std::string> none;
    writer.strings("machine_options", none).strings("qemu_arguments", none);
  }
  write_request(writer, report.rules, report.canonical_machine);
  writer.key("passed_over").begin_array();
  for (const PassedOver& passed : report.passed_over) {
    writer.begin_object().member("descriptor", passed.path);
    write_failed(writer, passed.failed);
    writer.end_object();
  }
  writer.end_array();
  if (report.store) write_store(writer, *report.store, report.conversions);
  writer.strings("notes", report.notes);
  write_findings(writer, report.findings);
  writer.key("error");
  if (report.none_fits) {
    writer.begin_object();
    write_error_members(writer, *report.none_fits);
    writer.end_object();
  } else {
    writer.null();
  }
  return writer.end_object().take();
}

std::string to_json(const FirmwareExplainReport& report) {
  Writer writer = begin_document("firmware.explain");
  write_request(writer, report.rules, report.canonical_machine);
  writer.key("chosen");
  report.chosen != nullptr ? writer.string(report.chosen->path) : writer.null();
  writer.key("descriptors").begin_array();
  for (const descriptor::Verdict& verdict : report.verdicts) {
    writer.begin_object().member("descriptor", verdict.file->path);
    writer.member("position", std::uint64_t{verdict.position});
    writer.member("state", to_string(verdict.file->state)).member("fits", verdict.failed.empty());
    write_failed(writer, verdict.failed);
    write_near_miss(writer, verdict.near_miss);
    writer.end_object();
  }
  writer.end_array();
  if (report.store) write_store(writer, *report.store, report.conversions);
  write_findings(writer, report.set.findings);
  return writer.end_object().take();
}

}  // namespace nonvol::api
