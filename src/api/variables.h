#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/context.h"
#include "flash/store_reader.h"

namespace nonvol::api {

// A word without '/', '.' or ':' names a guest; anything else is a path.
bool is_guest_word(std::string_view word);

// Where a variable store is, however it was named.
struct StorePlace {
  std::string guest;  // empty: named by path
  std::string path;
  bool in_use = false;  // a QEMU holds it open, so that what is read may be in the middle of a change
};
// Errors: kNoSuchGuest, kRecordDamaged, kFileMissing, ...
Result<StorePlace> find_store(const Context& context, const std::string& guest_or_path);

// Reads as much of the file as the reader asks for, and no more.
Result<flash::VariableStore> read_store(storage::FileSource& files, const std::string& path,
                                        flash::ReadOptions options = {});

struct VariablesListReport {
  StorePlace place;
  bool all = false;  // every record, not only what the firmware sees
  flash::VariableStore store;
  std::vector<const flash::Record*> live;  // lead into `store`
};

struct VariableGetReport {
  StorePlace place;
  flash::Record record;
  std::vector<std::uint8_t> name_utf16;
  std::vector<std::uint8_t> data;
  std::vector<Finding> findings;  // of the store
};

Result<VariablesListReport> variables_list(const Context& context, const std::string& guest_or_path,
                                           bool all);
// `name` may carry its vendor as efivarfs writes it: NAME-GUID. `guid` may be empty where the name is enough.
// Where the store is damaged and the variable not among what could be read, the damage is the answer.
// Errors beyond those of the store: kNoSuchVariable, kAmbiguousVariable, kBadCommandLine for a malformed
// GUID.
Result<VariableGetReport> variable_get(const Context& context, const std::string& guest_or_path,
                                       const std::string& name, const std::string& guid);

std::string to_json(const VariablesListReport& report);
std::string to_json(const VariableGetReport& report);

}  // namespace nonvol::api
