#pragma once

#include "api/guests.h"
#include "emit/qemu.h"

// Private to api/.
namespace nonvol::api {

// What other programs are to be told about a guest's firmware, variables and TPM. Errors: those of
// check_guest, so that nobody starts what would boot another store, or none, or destroy the one that it has.
Result<emit::QemuPlan> guest_plan(const Context& context, guest::Home& home, const guest::Record& record,
                                  const std::optional<TpmToStart>& tpm);

}  // namespace nonvol::api
