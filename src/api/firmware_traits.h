#pragma once

#include <vector>

#include "api/vars_check.h"

// Private to api/.
namespace nonvol::api {

// Firmware of a layout. What is shipped for Arm since 2024 refuses odd records; older firmware is kinder, so
// that this is the safe assumption.
flash::FirmwareTraits traits_of(const flash::Layout& layout, bool smm, std::string code_name);

// The firmware that the words, or the guest's record, or the store's own size and headers mean. Two where
// nothing says whether it uses SMM. Errors: kBadCommandLine where the code is of no layout that is known.
Result<std::vector<flash::FirmwareTraits>> firmware_traits(const Context& context, const StorePlace& place,
                                                           const FirmwareWords& words);

}  // namespace nonvol::api
