#pragma once

#include <string>

#include "api/store_edit.h"
#include "api/variables.h"
#include "api/vars_check.h"

// Reports on variable stores as text. Private to cli/.
namespace nonvol::cli {

// "NV+BS+RT": the letters of the UEFI shell's dmpstore, as far as it has them.
std::string flags_of(std::uint32_t attributes);

// `with_meaning`: what each value means, in a last column.
std::string text_of(const api::VariablesListReport& report, bool with_meaning = false);
std::string text_of(const api::VariableGetReport& report);
// What was changed, or would be.
std::string text_of(const api::StoreEditReport& report);
std::string text_of(const std::vector<api::VariableChange>& changes);
std::string text_of(const api::StoreCheckReport& report);
std::string text_of(const api::StoreRepairReport& report);
// "note: a QEMU has the store open ...", or nothing.
std::string in_use_text(const api::StorePlace& place);
// How it was written, or would be: the last line of each such report.
std::string way_text(const api::StoreEditReport& report);
// The fields that differ, each on a line with both values.
std::string differences_of(const variable::Variable& before, const variable::Variable& after);
// Of a value as much as fits a line, in hexadecimal.
std::string short_value(const std::vector<std::uint8_t>& data);
// The time stamp, or nothing.
std::string time_text(const variable::Variable& variable);

}  // namespace nonvol::cli
