#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/firmware.h"

// What people read: reports as text. Private to cli/.
namespace nonvol::cli {

// "nonvol: NV2203: message" with place, notes and what to try, each on a line.
std::string text_of(const Error& error);
// One line a finding.
std::string text_of(const std::vector<Finding>& findings);

// Pads the first column of label/value lines.
std::string field(std::string_view label, std::string_view value);
// Columns padded to their widest cell; no trailing blanks.
std::string table(const std::vector<std::vector<std::string>>& rows);
// Breaks text into lines of at most `width` columns, each begun with `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 79);
std::string joined(const std::vector<std::string>& words, std::string_view separator = ", ");
std::string bytes_text(std::uint64_t size_bytes);  // "540,672 bytes"
// Bytes that would move a terminal's cursor become \xNN, so that names from files cannot play tricks.
std::string printable(std::string_view text);

std::string text_of(const api::FirmwareListReport& report);
std::string text_of(const api::FirmwareShowReport& report);
std::string text_of(const api::FirmwareSelectReport& report);
std::string text_of(const api::FirmwareExplainReport& report);

}  // namespace nonvol::cli
