#pragma once

#include "api/context.h"
#include "firmware/files.h"

// Private to api/.
namespace nonvol::api {

// What the files that descriptors name hold, each looked at once. `context` and `files` must outlive it.
firmware::FirmwareFileCache firmware_cache(const Context& context, FirmwareFiles& files);

}  // namespace nonvol::api
