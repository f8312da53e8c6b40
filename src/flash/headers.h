#pragma once

#include "flash/variable_store.h"
#include "outcome/result.h"

namespace nonvol::flash {

// Reads and checks both headers into `store`, whose bytes are the start of the file: 64 KiB of it, or all.
// The checks go from the outside in and the first that fails is the answer. Sets everything but the records.
Result<void> read_headers(VariableStore& store);

}  // namespace nonvol::flash
