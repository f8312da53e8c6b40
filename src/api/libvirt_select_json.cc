#include "api/json_parts.h"
#include "api/libvirt_select.h"

namespace nonvol::api {
namespace {

using descriptor::Device;
using json::Writer;
using libvirt::Domain;

void write_text(Writer& writer, std::string_view name, std::string_view text) {
  writer.key(name);
  text.empty() ? writer.null() : writer.string(text);
}

void write_choice(Writer& writer, std::string_view name, const std::optional<bool>& value) {
  writer.key(name);
  value ? writer.boolean(*value) : writer.null();
}

void write_file(Writer& writer, std::string_view name, std::string_view path, std::string_view format) {
  writer.key(name);
  if (path.empty()) {
    writer.null();
    return;
  }
  writer.begin_object().member("path", path);
  write_text(writer, "format", format);
  writer.end_object();
}

// <loader> as libvirt completes it.
void write_loader(Writer& writer, const Domain& domain) {
  writer.key("loader");
  if (!domain.loader || domain.loader->path.empty()) {
    writer.null();
    return;
  }
  const libvirt::Loader& loader = *domain.loader;
  writer.begin_object().member("path", loader.path).member("type", to_string(loader.type));
  write_choice(writer, "readonly", loader.readonly);
  write_choice(writer, "secure", loader.secure);
  write_choice(writer, "stateless", loader.stateless);
  write_text(writer, "format", loader.format);
  writer.end_object();
}

// <nvram>: where the guest's variables will be.
void write_nvram(Writer& writer, const Domain& domain) {
  writer.key("nvram");
  const bool flash = domain.loader && domain.loader->type == libvirt::LoaderType::kPflash;
  if (!flash || !domain.loader->nvram) {
    writer.null();
    return;
  }
  const libvirt::NvramSource& nvram = *domain.loader->nvram;
  writer.begin_object().member("type", nvram.type);
  write_text(writer, "path", nvram.path);
  write_text(writer, "format", nvram.format);
  writer.end_object();
}

void write_nothing(Writer& writer) {
  for (const std::string_view member :
       {"descriptor", "executable", "nvram_template", "device", "mode", "loader", "nvram"}) {
    writer.key(member).null();
  }
}

void write_firmware(Writer& writer, const LibvirtSelectReport& report) {
  const Domain& domain = report.answer.domain;
  write_text(writer, "descriptor", report.answer.chosen ? report.answer.chosen->path : std::string());
  const std::optional<emit::QemuPlan>& plan = report.plan;
  write_file(writer, "executable", plan ? plan->executable.path : std::string(),
             plan ? plan->executable.format : std::string());
  const bool has_template =
      domain.loader && domain.loader->nvram_template && domain.loader->type == libvirt::LoaderType::kPflash;
  write_file(writer, "nvram_template", has_template ? *domain.loader->nvram_template : std::string(),
             has_template ? domain.loader->nvram_template_format : std::string());
  write_text(writer, "device", plan ? to_string(plan->device) : std::string_view());
  write_text(writer, "mode",
             plan && plan->device == Device::kFlash ? to_string(plan->mode) : std::string_view());
  write_loader(writer, domain);
  write_nvram(writer, domain);
}

void write_domain(Writer& writer, const LibvirtSelectReport& report) {
  const Domain& domain = report.answer.domain;
  writer.key("domain").begin_object().member("name", domain.name);
  writer.member("architecture", domain.architecture).member("machine", domain.machine);
  writer.member("canonical_machine", report.canonical_machine);
  write_text(writer, "firmware", to_string(domain.firmware));
  write_choice(writer, "secure_boot", domain.secure_boot);
  write_choice(writer, "enrolled_keys", domain.enrolled_keys);
  write_choice(writer, "smm", domain.smm);
  writer.member("acpi", domain.acpi).end_object();
}

void write_passed_over(Writer& writer, std::string_view name, const std::vector<libvirt::PassedOver>& all) {
  writer.key(name).begin_array();
  for (const libvirt::PassedOver& passed : all) {
    writer.begin_object().member("descriptor", passed.path).member("reason", passed.reason).end_object();
  }
  writer.end_array();
}

}  // namespace

std::string to_json(const LibvirtSelectReport& report) {
  Writer writer = begin_document("firmware.select");
  writer.member("compat", "libvirt").member("libvirt_version", to_string(report.release));
  const bool refused = report.answer.refusal.has_value();
  refused ? write_nothing(writer) : write_firmware(writer, report);
  writer.member("origin", refused ? "none" : to_string(report.answer.origin));
  writer.member("machine", report.answer.domain.machine);
  writer.strings("machine_options", report.machine_options);
  const std::vector<std::string> none;
  const bool chosen = report.answer.chosen && !refused;
  writer.strings("features", chosen ? report.answer.chosen->descriptor.features : none);
  writer.strings("qemu_arguments", report.qemu_arguments);
  write_domain(writer, report);
  write_passed_over(writer, "passed_over", report.answer.passed_over);
  write_passed_over(writer, "skipped", report.skipped);
  writer.strings("notes", report.notes);
  write_findings(writer, report.findings);
  writer.key("refusal");
  if (refused) {
    writer.begin_object();
    write_error_members(writer, *report.answer.refusal);
    writer.end_object();
  } else {
    writer.null();
  }
  return writer.end_object().take();
}

}  // namespace nonvol::api
