#include "cli/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"

namespace nonvol::cli {

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = octets::utf8_sequence_bytes(text);
    const auto c = static_cast<unsigned char>(text[0]);
    // U+0080 to U+009F are control characters too; in UTF-8 they begin with C2.
    const bool control =
        c < 0x20 || c == 0x7f || (length == 2 && c == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0);
    if (length == 0 || control) {
      result += fmt::format("\\x{:02x}", c);
      text.remove_prefix(1);
    } else {
      result += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return result;
}

std::string bytes_text(std::uint64_t size_bytes) {
  return octets::with_commas(size_bytes) + (size_bytes == 1 ? " byte" : " bytes");
}

std::string text_of(const Error& error) {
  std::string result = fmt::format("nonvol: {}: {}\n", to_string(error.id), printable(error.message));
  if (!error.place.empty()) result += fmt::format("  at:   {}\n", printable(error.place.text()));
  for (const std::string& note : error.notes) result += fmt::format("  note: {}\n", printable(note));
  return result + fmt::format("  try:  {}\n", printable(hint_for(error)));
}

std::string text_of(const std::vector<Finding>& findings) {
  std::string result;
  for (const Finding& finding : findings) {
    result += fmt::format("{} {}: {}", to_string(finding.severity), to_string(finding.id),
                          printable(finding.message));
    if (!finding.place.empty()) result += fmt::format(" ({})", printable(finding.place.text()));
    result += '\n';
  }
  return result;
}

std::string field(std::string_view label, std::string_view value) {
  return fmt::format("{:<13}{}\n", label, value);
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string result;
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + '\n';
  }
  return result;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string result;
  std::string line;
  const auto end_line = [&] {
    if (!line.empty()) result += std::string(indent, ' ') + line + '\n';
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && indent + line.size() + 1 + word.size() > width) end_line();
    if (!word.empty()) line += (line.empty() ? "" : " ") + std::string(word);
    if (end < text.size() && text[end] == '\n') end_line();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  end_line();
  return result;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

}  // namespace nonvol::cli
