#pragma once

#include <string>

#include "api/libvirt_select.h"

// Private to cli/.
namespace nonvol::cli {

std::string text_of(const api::LibvirtSelectReport& report);

}  // namespace nonvol::cli
