#pragma once

#include <string>
#include <vector>

#include "api/context.h"
#include "firmware/lint.h"

namespace nonvol::api {

struct FirmwareLintRequest {
  // Names of descriptors, with or without ".json", or paths of files of this machine. None: all of the search
  // path, and what its files do to each other.
  std::vector<std::string> descriptors;
};

struct FirmwareLintReport {
  std::vector<std::string> directories;  // those of the search path that exist
  std::string root;                      // descriptors' absolute paths are seen from inside it; or empty
  firmware::LintResult result;

  std::size_t count(Severity severity) const;
  // Notes are no problems.
  bool is_clean() const { return count(Severity::kError) == 0 && count(Severity::kWarning) == 0; }
};

// Whatever is wrong is no error here but the answer. Errors: kNoSuchDescriptor, and those of opening the root
// or a directory that was named.
Result<FirmwareLintReport> firmware_lint(const Context& context, const FirmwareLintRequest& request);

std::string to_json(const FirmwareLintReport& report);
// The findings as SARIF 2.1.0 (OASIS), which forges show beside the lines they are about.
std::string to_sarif(const FirmwareLintReport& report);

}  // namespace nonvol::api
