#include "api/guest_boot.h"

#include "api/guest_fit.h"
#include "descriptor/features.h"

namespace nonvol::api {
namespace {

emit::QemuPlan plan_for(const guest::Record& record, const std::string& nvram_path) {
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
  return plan;
}

}  // namespace

Result<GuestBoot> guest_boot(const Context& context, const std::string& name) {
  auto home = open_home(context);
  if (!home) return home.error();
  auto record = home->load(name);
  if (!record) return record.error();
  const std::string nvram_path = home->nvram_path(*record);
  if (auto checked = home->check_master(*record); !checked) return checked.error();
  if (auto checked = check_guest_flash(context, *record, nvram_path); !checked) return checked.error();
  emit::QemuPlan plan = plan_for(*record, nvram_path);
  return GuestBoot{*std::move(record), std::move(plan)};
}

}  // namespace nonvol::api
