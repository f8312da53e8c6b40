#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/store_edit.h"

// The commands that change single variables, or take changes back. Errors beyond those named: those of
// edit_store.
namespace nonvol::api {

struct VariableSetRequest {
  std::string name;  // may carry its vendor: NAME-GUID
  std::string guid;  // may be empty where the name is enough
  std::vector<std::uint8_t> data;
  std::optional<std::uint32_t> attributes;  // as they were; of a new variable the usual ones
  bool append = false;                      // behind the data that is there
};
// A variable that is there keeps its time stamp, count and key index. Errors: kVendorNeeded,
// kAmbiguousVariable, kBadCommandLine for a malformed GUID.
Result<StoreEditReport> variable_set(const Context& context, const StoreEditRequest& request,
                                     const VariableSetRequest& wanted);

// All of them or none. Errors: kNoSuchVariable, kAmbiguousVariable.
Result<StoreEditReport> variables_delete(const Context& context, const StoreEditRequest& request,
                                         const std::vector<std::string>& names, const std::string& guid);

struct VariablesImportRequest {
  std::string source;              // a store of any form, a guest, a file
  std::vector<std::string> names;  // only these; empty: all
  bool replace = false;            // also delete what `source` does not have
};
// Errors: those of reading `source`, kNoSuchVariable.
Result<StoreEditReport> variables_import(const Context& context, const StoreEditRequest& request,
                                         const VariablesImportRequest& wanted);

// Flash without its dead records. Errors: those of varstore::plan_compaction.
Result<StoreEditReport> store_compact(const Context& context, const StoreEditRequest& request);

struct UndoReport {
  StoreEditReport edit;
  std::string undone_command;
  std::string undone_time;
};
// Takes the last command back; done once more it brings that back. Errors: kNothingToUndo, kUndoDamaged,
// kStoreChangedSince.
Result<UndoReport> store_undo(const Context& context, const StoreEditRequest& request);
std::string to_json(const UndoReport& report);

}  // namespace nonvol::api
