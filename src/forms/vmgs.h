#pragma once

#include <string>

#include "forms/form.h"
#include "outcome/result.h"

namespace nonvol::forms {

// The UEFI variables of a Hyper-V VMGS file, versions 2.0 and 3.0 (docs/formats/vmgs.md). Read only: it also
// holds a TPM's state and keys that belong together. Damage in the headers and the file table is an error;
// damage among the variables is a finding, and those before it are there. Encrypted ones are refused.
Result<FormContents> read_vmgs(const std::string& file_name, octets::Bytes file);

}  // namespace nonvol::forms
