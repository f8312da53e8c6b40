#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/store_edit.h"
#include "flash/predict.h"
#include "flash/repair.h"

// What firmware will do with a store, and saving what it would destroy.
namespace nonvol::api {

// The firmware that a store will meet, as far as somebody says so.
struct FirmwareWords {
  std::string code;         // path of a code image, or the name of a layout; empty: the guest's, or unknown
  std::optional<bool> smm;  // whether it keeps variables behind SMM
};

struct StorePrediction {
  flash::FirmwareTraits firmware;
  flash::Prediction prediction;
};

// Where the bytes of a store are.
struct StoreSpace {
  std::uint64_t capacity_bytes = 0;
  std::uint64_t live_bytes = 0;
  std::uint64_t dead_bytes = 0;  // records that a compaction drops, and holes
  std::uint64_t free_bytes = 0;  // behind the last record
  std::size_t live_variables = 0;
  std::size_t dead_records = 0;
};

// Whether a dbx of this size could be applied by the firmware.
struct RevocationRoom {
  std::uint64_t needed_bytes = 0;     // of a current dbx of Microsoft, with header and name
  std::uint64_t limit_bytes = 0;      // of one authenticated variable; 0: not known
  std::uint64_t available_bytes = 0;  // once dead records are gone, beside the dbx that is there
  bool fits() const {
    return (limit_bytes == 0 || needed_bytes <= limit_bytes) && needed_bytes <= available_bytes;
  }
};

struct StoreCheckReport {
  StorePlace place;
  std::string layout;  // "unknown" where the headers cannot be read
  bool is_flash = true;
  std::vector<StorePrediction> predictions;  // one; two where nothing says whether the firmware uses SMM
  std::optional<StoreSpace> space;           // where the headers can be read
  std::optional<RevocationRoom> revocations;
  bool pending_write = false;
  std::vector<Finding> findings;
};
// Damage is no error here but the answer. Errors: kBadCommandLine for words that name no firmware, and those
// of reading.
Result<StoreCheckReport> store_check(const Context& context, const std::string& target,
                                     const FirmwareWords& words);

struct StoreRepairReport {
  StorePlace place;
  bool dry_run = false;
  std::string layout;
  std::vector<Finding> steps;
  std::uint64_t live_before = 0;
  std::uint64_t live_after = 0;
  varstore::ChangePlan plan;  // way kNothing: there is nothing to repair
  varstore::Committed done;
  std::string original;  // where the damaged file was kept; empty in a dry run
};
// The damaged store is kept as NAME.damaged beside it. Errors: those of flash::plan_repair,
// varstore::open_store and commit.
Result<StoreRepairReport> store_repair(const Context& context, const StoreEditRequest& request,
                                       const FirmwareWords& words);

std::string to_json(const StoreCheckReport& report);
std::string to_json(const StoreRepairReport& report);

}  // namespace nonvol::api
