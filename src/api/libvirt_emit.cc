#include "api/libvirt_emit.h"

#include "api/json_parts.h"

namespace nonvol::api {
namespace {

using descriptor::FirmwareFile;

emit::QemuPlan plan_for(const guest::Record& record, const std::string& nvram_path) {
  emit::QemuPlan plan;
  plan.machine = record.machine;
  plan.architecture = record.architecture;
  plan.executable = {record.executable.path, record.executable.format};
  plan.nvram = FirmwareFile{nvram_path, record.nvram.format};
  plan.requirements = descriptor::requirements_of(record.features);
  return plan;
}

}  // namespace

Result<EmitLibvirtReport> emit_libvirt(const Context& context, const std::string& name,
                                       const emit::LibvirtStyle& style) {
  auto home = open_home(context);
  if (!home) return home.error();
  auto record = home->load(name);
  if (!record) return record.error();
  std::optional<FirmwareFile> nvram_template;
  if (record->nvram_template) {
    nvram_template = FirmwareFile{record->nvram_template->path, record->nvram_template->format};
  }
  auto xml = emit::libvirt_xml(plan_for(*record, home->nvram_path(*record)), nvram_template, style);
  if (!xml) return xml.error();
  return EmitLibvirtReport{name, *std::move(xml)};
}

std::string to_json(const EmitLibvirtReport& report) {
  json::Writer writer = begin_document("emit.libvirt");
  writer.member("guest", report.guest).member("xml", report.xml);
  return writer.end_object().take();
}

}  // namespace nonvol::api
