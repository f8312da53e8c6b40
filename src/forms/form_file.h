#pragma once

#include <span>
#include <string>

#include "forms/form.h"
#include "outcome/result.h"

namespace nonvol::forms {

// The variables of a file of any form but flash. `file_name` only appears in messages. kFormUnknown where
// recognise() finds nothing that is read here.
Result<FormContents> read_form(const std::string& file_name, octets::Bytes whole_file);

// A whole file of that form. kFormNotWritten for those that are only read; kFormCannotHold where something
// that a variable has would be lost. What it writes read_form() gives back, equal.
Result<std::vector<std::uint8_t>> write_form(Form form, std::span<const variable::Variable> variables);

}  // namespace nonvol::forms
