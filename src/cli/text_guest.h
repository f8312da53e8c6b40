#pragma once

#include <string>

#include "api/guests.h"
#include "api/variables.h"

// Reports on guests and variables as text. Private to cli/.
namespace nonvol::cli {

std::string text_of(const api::GuestCreateReport& report);
std::string text_of(const api::GuestShowReport& report);
std::string text_of(const api::GuestDeleteReport& report);
std::string text_of(const api::StatusReport& report);
std::string text_of(const api::VariablesListReport& report);
std::string text_of(const api::VariableGetReport& report);

}  // namespace nonvol::cli
