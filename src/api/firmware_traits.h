#pragma once

#include <vector>

#include "api/vars_check.h"

// Private to api/.
namespace nonvol::api {

// The firmware that the words, or the guest's record, or the store's own size and headers mean. Two where
// nothing says whether it uses SMM. Errors: kBadCommandLine where the code is of no layout that is known.
Result<std::vector<flash::FirmwareTraits>> firmware_traits(const Context& context, const StorePlace& place,
                                                           const FirmwareWords& words);

}  // namespace nonvol::api
