#include "api/libvirt_emit.h"

#include <fmt/format.h>

#include "api/guest_plan.h"
#include "api/guest_tpm.h"
#include "api/json_parts.h"

namespace nonvol::api {

using descriptor::FirmwareFile;

Result<EmitLibvirtReport> emit_libvirt(const Context& context, const std::string& name,
                                       const emit::LibvirtStyle& style, const std::string& tpm_socket) {
  auto home = open_home(context);
  if (!home) return home.error();
  auto record = home->load(name);
  if (!record) return record.error();
  auto tpm = tpm_to_start(*home, *record, tpm_socket, "emit libvirt");
  if (!tpm) return tpm.error();
  auto plan = guest_plan(context, *home, *record, *tpm);
  if (!plan) return plan.error();
  // qemuDomainInitializePflashStorageSource has QEMU open the store as if nothing lay beneath it.
  if (record->nvram && record->nvram->master) {
    return Error(ErrorId::kLibvirtRefuses,
                 fmt::format(
                     "the variable store of {} is an overlay on a master, and libvirt would have QEMU open "
                     "it without the master, as an empty store",
                     name))
        .at(Place::in_file(home->nvram_path(*record)));
  }
  std::optional<FirmwareFile> nvram_template;
  if (record->nvram_template) {
    nvram_template = FirmwareFile{record->nvram_template->path, record->nvram_template->format};
  }
  auto xml = emit::libvirt_xml(*plan, nvram_template, style);
  if (!xml) return xml.error();
  return EmitLibvirtReport{name, *std::move(xml), *std::move(tpm)};
}

std::string to_json(const EmitLibvirtReport& report) {
  json::Writer writer = begin_document("emit.libvirt");
  writer.member("guest", report.guest).member("xml", report.xml);
  write_tpm_to_start(writer, report.tpm);
  return writer.end_object().take();
}

}  // namespace nonvol::api
