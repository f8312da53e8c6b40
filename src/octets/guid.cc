#include "octets/guid.h"

namespace nonvol::octets {

std::string Guid::text() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string result(36, '-');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto position = static_cast<std::size_t>(detail::kTextPositions[i]);
    result[position] = kDigits[bytes[i] >> 4];
    result[position + 1] = kDigits[bytes[i] & 0xf];
  }
  return result;
}

std::optional<Guid> parse_guid(std::string_view text) {
  return detail::parse(text);
}

}  // namespace nonvol::octets
