#pragma once

#include <string>

#include "api/context.h"
#include "emit/qemu.h"
#include "guest/record.h"

// Private to api/.
namespace nonvol::api {

// A guest, and what QEMU is to be told of its firmware.
struct GuestBoot {
  guest::Record record;
  emit::QemuPlan plan;
};

// Errors: those of guest::Home; kMasterChanged, kFlashSize and kMachineWithoutFlash where QEMU would not start, or
// would start with other contents than the guest has.
Result<GuestBoot> guest_boot(const Context& context, const std::string& name);

}  // namespace nonvol::api
