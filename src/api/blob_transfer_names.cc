#include <fmt/format.h>

#include "api/blob_transfer.h"
#include "octets/text.h"
#include "vnvram/directory.h"

namespace nonvol::api {
namespace {

// Linux's NAME_MAX is 255.
constexpr std::size_t kMaxFileNameBytes = 250;

bool stands_for_itself(char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return static_cast<unsigned char>(c) >= 0x80 || std::string_view("-_.+@").find(c) != std::string_view::npos;
}

}  // namespace

std::string file_name_of(const std::string& entry, std::size_t index) {
  std::string result;
  for (const char c : entry) {
    const bool leading = result.empty() && (c == '.' || c == '-');
    if (stands_for_itself(c) && !leading) {
      result += c;
    } else {
      result += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (result.size() > kMaxFileNameBytes || result == kManifestName) return fmt::format("%-{}", index);
  return result;
}

std::optional<std::string> entry_name_of(std::string_view file) {
  std::string name;
  for (std::size_t i = 0; i < file.size(); ++i) {
    if (file[i] != '%') {
      name += file[i];
      continue;
    }
    const auto byte = octets::from_hex(file.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    name += static_cast<char>(byte->front());
    i += 2;
  }
  if (!vnvram::name_problem(name).empty() || name.front() == '.') return std::nullopt;
  return name;
}

}  // namespace nonvol::api
