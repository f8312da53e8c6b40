#pragma once

#include <string>

#include "api/keys.h"

// Reports on Secure Boot's keys as text. Private to cli/.
namespace nonvol::cli {

std::string text_of(const api::KeysListReport& report);
std::string text_of(const api::KeysVerifyReport& report);
std::string text_of(const api::KeysEditReport& report);
std::string text_of(const api::KeysMakeReport& report);

}  // namespace nonvol::cli
