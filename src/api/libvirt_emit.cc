#include "api/libvirt_emit.h"

#include "api/guest_boot.h"
#include "api/json_parts.h"

namespace nonvol::api {
Result<EmitLibvirtReport> emit_libvirt(const Context& context, const std::string& name,
                                       const emit::LibvirtStyle& style) {
  const auto boot = guest_boot(context, name);
  if (!boot) return boot.error();
  std::optional<descriptor::FirmwareFile> nvram_template;
  if (const auto& source = boot->record.nvram_template)
    nvram_template = descriptor::FirmwareFile{source->path, source->format};
  auto xml = emit::libvirt_xml(boot->plan, nvram_template, style);
  if (!xml) return xml.error();
  return EmitLibvirtReport{name, *std::move(xml)};
}

std::string to_json(const EmitLibvirtReport& report) {
  json::Writer writer = begin_document("emit.libvirt");
  writer.member("guest", report.guest).member("xml", report.xml);
  return writer.end_object().take();
}

}  // namespace nonvol::api
