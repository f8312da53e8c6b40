#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/context.h"
#include "efi/describe.h"
#include "varstore/contents.h"

namespace nonvol::api {

// A word without '/', '.' or ':' names a guest; anything else is a path.
bool is_guest_word(std::string_view word);

// Why there is nothing to read or change.
Error no_variables_kept(const guest::Record& record);

// Where a variable store is, however it was named.
struct StorePlace {
  std::string guest;    // empty: named by path
  std::string path;     // or an NBD URI
  std::string master;   // what the guest's overlay lies over; empty where it is none
  bool in_use = false;  // a QEMU holds it open, so that what is read may be in the middle of a change
  storage::Medium medium() const { return {path, "", master}; }
};
// A guest's overlay is given out only when what it lies over is what it was: all of that is read. Errors:
// kNoSuchGuest, kRecordDamaged, kNoVariablesKept, kMasterChanged, kFileMissing, ...
Result<StorePlace> find_store(const Context& context, const std::string& guest_or_path);

struct VariablesListReport {
  StorePlace place;
  bool raw = false;  // every record as it stands, not what the firmware sees
  varstore::Contents contents;
  std::vector<const flash::Record*> live;     // of a flash store; lead into `contents`
  std::vector<variable::Variable> variables;  // of any form, as the firmware sees them
};

struct VariableGetReport {
  StorePlace place;
  variable::Variable variable;
  std::optional<flash::Record> record;  // of a flash store
  efi::Description description;         // what the value means
  std::vector<Finding> findings;        // of the store
};

// `raw`: a pending write is not carried out, and dead records and holes are listed too.
Result<VariablesListReport> variables_list(const Context& context, const std::string& guest_or_path,
                                           bool raw);
// `name` may carry its vendor as efivarfs writes it: NAME-GUID. `guid` may be empty where the name is enough.
// Where the store is damaged and the variable not among what could be read, the damage is the answer.
// Errors beyond those of the store: kNoSuchVariable, kAmbiguousVariable, kBadCommandLine for a malformed
// GUID.
Result<VariableGetReport> variable_get(const Context& context, const std::string& guest_or_path,
                                       const std::string& name, const std::string& guid);

// A variable as somebody names it: NAME, or NAME-GUID, or NAME and a GUID apart.
struct WantedVariable {
  std::string name;
  std::optional<octets::Guid> vendor;
};
// kBadCommandLine for a malformed GUID.
Result<WantedVariable> wanted_variable(const std::string& name, const std::string& guid);
// The one that is meant among those that are there. Errors: kNoSuchVariable, kAmbiguousVariable.
Result<const variable::Variable*> find_variable(const std::vector<variable::Variable>& variables,
                                                const WantedVariable& wanted,
                                                const std::string& guest_or_path);

// Those that are named, in that order; all of them where none is. Errors: those of find_variable.
Result<std::vector<variable::Variable>> chosen_variables(const std::vector<variable::Variable>& variables,
                                                         const std::vector<std::string>& names,
                                                         const std::string& guest_or_path);

std::string to_json(const VariablesListReport& report);
std::string to_json(const VariableGetReport& report);

}  // namespace nonvol::api
