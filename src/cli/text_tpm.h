#pragma once

#include <string>

#include "api/tpm.h"

// What the tpm commands say to people. Private to cli/.
namespace nonvol::cli {

std::string text_of(const serve::TpmServeReport& report);
std::string text_of(const api::TpmCreateReport& report);
std::string text_of(const api::TpmImportReport& report);
std::string text_of(const api::TpmExportReport& report);
std::string text_of(const api::TpmShowReport& report);
std::string text_of(const api::TpmCheckReport& report);

}  // namespace nonvol::cli
