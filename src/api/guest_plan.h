#pragma once

#include "api/context.h"
#include "emit/qemu.h"

// Private to api/.
namespace nonvol::api {

// What other programs are to be told about a guest's firmware and variables. Errors: those of
// Home::check_master and check_guest_flash, so that nobody starts what would boot another store, or none.
Result<emit::QemuPlan> guest_plan(const Context& context, guest::Home& home, const guest::Record& record);

}  // namespace nonvol::api
