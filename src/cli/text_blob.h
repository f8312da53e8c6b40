#pragma once

#include <string>

#include "api/blob_entries.h"
#include "api/blob_format.h"

// Reports on NVRAM images as text. Private to cli/.
namespace nonvol::cli {

std::string text_of(const api::BlobMeasureReport& report);
std::string text_of(const api::BlobFormatReport& report);
std::string text_of(const api::BlobListReport& report);
std::string text_of(const api::BlobChange& report, bool deleting);
std::string text_of(const api::BlobAddReport& report);
std::string text_of(const api::BlobCheckReport& report);
std::string text_of(const api::BlobRekeyReport& report);
std::string text_of(const api::BlobResizeReport& report);

}  // namespace nonvol::cli
