#include "api/guest_plan.h"

#include "api/guest_store.h"

namespace nonvol::api {

Result<emit::QemuPlan> guest_plan(const Context& context, guest::Home& home, const guest::Record& record,
                                  const std::optional<TpmToStart>& tpm) {
  const std::string nvram_path = home.nvram_path(record);
  if (auto checked = check_guest(context, home, record); !checked) return checked.error();
  emit::QemuPlan plan;
  plan.machine = record.machine;
  plan.architecture = record.architecture;
  plan.device = record.device;
  plan.mode = record.mode;
  plan.executable = {record.executable.path, record.executable.format};
  if (record.nvram) plan.nvram = descriptor::FirmwareFile{nvram_path, record.nvram->format};
  plan.requirements = descriptor::requirements_of(record.features);
  // A store for the device says as much as the feature does.
  if (record.device == descriptor::Device::kMemory && record.nvram) plan.requirements.uefi_vars_device = true;
  if (record.tpm && tpm) plan.tpm = emit::TpmPlan{record.tpm->version, tpm->socket_path};
  return plan;
}

}  // namespace nonvol::api
