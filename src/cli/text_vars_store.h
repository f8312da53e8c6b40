#pragma once

#include <string>

#include "api/vars_convert.h"
#include "api/vars_records.h"

// Conversions, maps and histories of variable stores as text, and maps as pictures. Private to cli/.
namespace nonvol::cli {

std::string text_of(const api::ConvertReport& report);
std::string text_of(const api::StoreHistoryReport& report);

// The file to scale, below it each part of the store to its own scale, and a legend; at most `width` columns.
std::string text_of(const api::StoreMapReport& report, std::size_t width);
// The same as a document of its own (SVG 1.1).
std::string svg_of(const api::StoreMapReport& report);

}  // namespace nonvol::cli
