#pragma once

#include <string>

#include "api/boot.h"

// Reports on boot entries as text. Private to cli/.
namespace nonvol::cli {

std::string text_of(const api::BootListReport& report);
std::string text_of(const api::BootAddReport& report);
// An edit of the boot manager's variables: what they mean, not their bytes.
std::string text_of_boot_edit(const api::StoreEditReport& report);

}  // namespace nonvol::cli
