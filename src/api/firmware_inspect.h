#pragma once

#include <string>

#include "api/context.h"
#include "api/variables.h"
#include "flash/code_facts.h"
#include "flash/image.h"

// What a file of firmware is made of, and what that tells.
namespace nonvol::api {

struct FirmwareInspectReport {
  StorePlace place;
  flash::FirmwareImage image;
  flash::CodeFacts facts;
};

// `guest_or_path`: a code image, a variable store or both in one file; of a qcow2 image what is inside; of a
// guest its store. Errors: those of find_store and storage::open_medium, kNotAFirmwareImage.
Result<FirmwareInspectReport> firmware_inspect(const Context& context, const std::string& guest_or_path);

std::string to_json(const FirmwareInspectReport& report);

}  // namespace nonvol::api
