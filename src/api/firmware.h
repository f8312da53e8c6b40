#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/context.h"
#include "descriptor/select.h"
#include "emit/qemu.h"
#include "firmware/store_rules.h"

namespace nonvol::api {

// What people say about the firmware they want; the rest is filled in from the machine.
struct FirmwareRequest {
  descriptor::Request rules;  // empty architecture and machine: this machine's, and its default
  std::string nvram;          // select: path of the guest's own copy; empty: a placeholder
  bool well_known = false;    // select: where no descriptor fits, firmware in the places where others put it
  emit::FlashStyle style = emit::FlashStyle::kBlockdev;
  bool trust_claims = false;  // do not look whether what descriptors claim is true
  // select and explain: path of a variable store that there is already, which the firmware shall take.
  std::string for_store;
};

// What would have to be done to an existing store so that firmware takes it.
struct StoreConversion {
  std::string to;                        // as `vars convert --to` names it
  std::string command;                   // to be typed
  std::vector<std::string> descriptors;  // whose firmware would take the result
};

// Stands in arguments for the copy of the template that only the caller can name. No file has this name by
// chance.
inline constexpr const char* kNvramPlaceholder = "@NVRAM@";

struct FirmwareListReport {
  descriptor::DescriptorSet set;
};

struct FirmwareFileState {
  std::string role;  // "executable", "nvram-template", "uefi-vars-template"
  std::string path;
  std::string format;
  std::optional<std::uint64_t> size_bytes;  // nothing: does not exist or cannot be looked at
};

struct FirmwareShowReport {
  std::string path;
  descriptor::Descriptor descriptor;
  std::vector<FirmwareFileState> files;
  std::vector<Finding> findings;
};

using descriptor::PassedOver;

struct FirmwareSelectReport {
  descriptor::Request rules;      // as filled in
  std::string canonical_machine;  // what the machine's name stands for
  std::string path;               // of the chosen descriptor, or a label where no descriptor was used
  bool well_known = false;        // chosen without a descriptor
  std::optional<descriptor::Descriptor> chosen;
  emit::QemuPlan plan;
  std::vector<std::string> machine_options;
  std::vector<std::string> qemu_arguments;
  std::vector<PassedOver> passed_over;  // with a store at hand: all that can be used but the chosen one
  std::optional<firmware::HeldStore> store;
  std::vector<StoreConversion> conversions;
  std::vector<std::string> notes;
  std::vector<Finding> findings;
  std::optional<Error> none_fits;  // where nothing was chosen: why, and what to do
};

struct FirmwareExplainReport {
  descriptor::Request rules;
  std::string canonical_machine;
  descriptor::DescriptorSet set;
  std::vector<descriptor::Verdict> verdicts;  // lead into `set`
  const descriptor::DescriptorFile* chosen = nullptr;
  std::optional<firmware::HeldStore> store;
  std::vector<StoreConversion> conversions;
};

// Fills in what was left open. kUnknownArchitecture where no default machine is known, kContradiction.
Result<descriptor::Request> complete_request(descriptor::Request rules);

Result<FirmwareListReport> firmware_list(const Context& context);
// `name` is a descriptor's name, with or without ".json", or the path of a file.
Result<FirmwareShowReport> firmware_show(const Context& context, const std::string& name);
Result<FirmwareSelectReport> firmware_select(const Context& context, const FirmwareRequest& request);
Result<FirmwareExplainReport> firmware_explain(const Context& context, const FirmwareRequest& request);

std::string to_json(const FirmwareListReport& report);
std::string to_json(const FirmwareShowReport& report);
std::string to_json(const FirmwareSelectReport& report);
std::string to_json(const FirmwareExplainReport& report);

}  // namespace nonvol::api
