#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/variables.h"
#include "varstore/commit.h"

// What every command that changes a variable store does: open it locked, read it, plan, and commit or
// rehearse.
namespace nonvol::api {

struct StoreEditRequest {
  std::string target;   // a guest, a path or an NBD URI
  std::string command;  // for the undo record: "vars set BootOrder"
  bool dry_run = false;
};

// One variable before and after; one of the two can be absent, and they are never equal.
struct VariableChange {
  std::optional<variable::Variable> before;
  std::optional<variable::Variable> after;
  const variable::Identity& identity() const { return before ? before->identity : after->identity; }
};

struct StoreEditReport {
  StorePlace place;
  std::string command;
  bool dry_run = false;
  varstore::ChangePlan plan;  // way kNothing: it was so already
  varstore::Committed done;   // nothing in a dry run
  std::vector<VariableChange> changes;
  std::vector<Finding> findings;  // of the store, and what the change means for the guest
};

// What shall be different, worked out from what is there.
using MakeChanges = std::function<Result<std::vector<varstore::Change>>(const varstore::Contents&)>;

// All of the changes or none; in a store that cannot be replaced (a device, an export, a qcow2 image) one
// after the other, each whole. Errors: those of find_store, varstore::open_store, read_contents, plan_changes
// and commit, and of `make`.
Result<StoreEditReport> edit_store(const Context& context, const StoreEditRequest& request,
                                   const MakeChanges& make);

// The same with a plan of one's own, for what is no set of variables.
using MakePlan = std::function<Result<varstore::ChangePlan>(const varstore::Contents&, varstore::OpenStore&)>;
Result<StoreEditReport> edit_store_by_plan(const Context& context, const StoreEditRequest& request,
                                           flash::ReadOptions options, const MakePlan& make);

std::string to_json(const StoreEditReport& report, std::string_view schema);

}  // namespace nonvol::api
