#pragma once

#include "api/tpm.h"
#include "api/tpm_swtpm_source.h"

// Where state is written as swtpm keeps it. Private to api/.
namespace nonvol::api {

struct StatesToSwtpm {
  const TpmExportRequest& request;
  const std::string& image;                // that the states are of, and that must not be written over
  const std::vector<tpm::SwtpmKey>& keys;  // none: not encrypted
  std::map<tpm::StateKind, tpm::State>& states;
};

// Adds to the report which files there are, and whether there is nothing to do. Errors: those of tpm_export
// that are about the target.
Result<void> write_swtpm_directory(const Context& context, const StatesToSwtpm& job, TpmExportReport& report);
Result<void> write_swtpm_linear(const Context& context, const StatesToSwtpm& job, TpmExportReport& report);

}  // namespace nonvol::api
