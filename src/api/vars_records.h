#pragma once

#include <string>
#include <vector>

#include "api/variables.h"
#include "flash/regions.h"

// What the records of a flash store tell beyond the live variables: where everything lies, and what was
// there before.
namespace nonvol::api {

struct StoreMapReport {
  StorePlace place;
  varstore::Contents contents;  // as stored
  std::vector<flash::Region> regions;
};
// Errors: those of reading; kNoRecords for forms other than flash.
Result<StoreMapReport> store_map(const Context& context, const std::string& guest_or_path);

// One value that a variable has or had.
struct HistoryValue {
  const flash::Record* record = nullptr;  // of the report's contents
  bool live = false;
  variable::Variable variable;
};
struct VariableHistory {
  variable::Identity identity;
  std::vector<HistoryValue> values;  // in the order in which they were written
};
struct StoreHistoryReport {
  StorePlace place;
  varstore::Contents contents;
  std::vector<VariableHistory> variables;  // by their first record
  std::size_t unreadable = 0;              // holes, and records without a name or with sizes that do not fit
};
// The records of every variable, or of those named `name` (NAME or NAME-GUID), back to the firmware's last
// reclaim: that, and 'vars compact', drop what is dead. What an interrupted write left is carried out first.
// Errors: those of reading; kNoRecords, kNoSuchVariable where no record has the name.
Result<StoreHistoryReport> store_history(const Context& context, const std::string& guest_or_path,
                                         const std::string& name);

// What has to be said of a store that a running guest has open.
Finding in_use_finding(const StorePlace& place);

std::string to_json(const StoreMapReport& report);
std::string to_json(const StoreHistoryReport& report);

}  // namespace nonvol::api
