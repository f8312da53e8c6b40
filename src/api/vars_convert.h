#pragma once

#include <string>

#include "api/variables.h"
#include "varstore/convert.h"

// A store as a new file of another layout or form.
namespace nonvol::api {

struct ConvertRequest {
  std::string source;  // a guest, a path or an NBD URI
  std::string output;  // a path
  varstore::Target target;
  bool replace = false;
  bool dry_run = false;
};

struct ConvertReport {
  StorePlace source;
  std::string from;  // "ovmf-2m", "qemu-json", ...
  std::string output;
  varstore::Target target;
  bool dry_run = false;
  bool replaced = false;
  varstore::Conversion conversion;
  std::uint64_t used_bytes = 0;      // of the new store's records; 0 where it is no flash
  std::uint64_t capacity_bytes = 0;  // likewise
  std::vector<Finding> findings;
};

// Writes the new file beside its name, reads it back, compares each variable, and then gives it the name;
// with `replace` at one stroke instead of the file that is there, with its owner and mode, and not while
// anybody has that open. The source is only read. Errors: those of find_store, varstore::convert and of
// writing; kAlreadyThere, kOutputIsSource, kImageInUse, kConvertedDiffers.
Result<ConvertReport> store_convert(const Context& context, const ConvertRequest& request);

std::string to_json(const ConvertReport& report);

}  // namespace nonvol::api
