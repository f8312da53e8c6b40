#pragma once

#include <string>
#include <vector>

#include "api/context.h"

namespace nonvol::api {

struct GuestUpgradeRequest {
  std::string guest;
  std::string
      descriptor;  // a name, or a path; empty: the firmware that the guest has, as it is installed now
  bool dry_run = false;
};

struct GuestUpgradeReport {
  guest::Record before;
  guest::Record after;
  bool dry_run = false;
  bool image_changes = false;  // the guest's own copy of the code
  bool record_changes = false;
  std::uint64_t variables_bytes = 0;  // combined mode: how much of the image stays
  std::vector<Finding> findings;      // of the descriptor
  bool nothing_to_do() const { return !image_changes && !record_changes; }
};

// Gives a guest another build of its firmware, or the same that a package update replaced. Its variables
// stay: what expects others is refused. Errors: kUpgradeLayout, kNoSuchDescriptor, kNoFirmwareFits where the
// descriptor is not for this guest, those of check_flash and of guest::Home.
Result<GuestUpgradeReport> guest_upgrade(const Context& context, const GuestUpgradeRequest& request);

std::string to_json(const GuestUpgradeReport& report);

}  // namespace nonvol::api
