#include "efi/device_path_text_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "efi/device_path_text_values.h"
#include "octets/text.h"

namespace nonvol::efi {
namespace {

using octets::Bytes;

constexpr std::string_view kDefault = "DEFAULT";
constexpr std::uint16_t kTcp = 6, kUdp = 17;
// The compressed letters "PNP" (ACPI 6.5, 6.1.5), as the low half of a HID; the number is the high half.
constexpr std::uint32_t kPnp = 0x41d0;
constexpr std::uint8_t kEthernet = 1, kUnspecifiedNetwork = 0;

std::uint64_t number_at(const Field& field, Bytes payload) {
  std::uint64_t value = 0;
  for (std::size_t i = field.size_bytes; i > 0; --i) value = value << 8 | payload[field.offset_bytes + i - 1];
  return value;
}

void put_number(const Field& field, std::uint64_t value, std::vector<std::uint8_t>& payload) {
  for (std::size_t i = 0; i < field.size_bytes; ++i) {
    payload[field.offset_bytes + i] =
        static_cast<std::uint8_t>(payload[field.offset_bytes + i] | value >> 8 * i);
  }
}

std::uint64_t largest(const Field& field) {
  const unsigned width_bits = field.width_bits != 0 ? field.width_bits : 8u * field.size_bytes;
  return width_bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width_bits) - 1;
}

Bytes bytes_of(const Field& field, Bytes payload) {
  return payload.subspan(field.offset_bytes, field.size_bytes);
}

bool put_bytes(const Field& field, Bytes bytes, std::vector<std::uint8_t>& payload) {
  if (bytes.size() != field.size_bytes) return false;
  std::ranges::copy(bytes, payload.begin() + field.offset_bytes);
  return true;
}

bool is_printable(std::uint8_t byte) {
  return byte >= 0x20 && byte < 0x7f;
}

std::optional<std::string> printable(Bytes bytes) {
  if (!std::ranges::all_of(bytes, is_printable)) return std::nullopt;
  return std::string(bytes.begin(), bytes.end());
}

std::optional<std::string> print_choice(const Field& field, Bytes payload) {
  const std::uint64_t value = number_at(field, payload) >> field.shift_bits & largest(field);
  if (value < field.choices.size() && !field.choices[value].empty()) return std::string(field.choices[value]);
  return fmt::format("{:#x}", value);
}

// The NUL-terminated string number `index` behind the fixed part. The last one must end with the node.
std::optional<std::string> print_string(const Field& field, Bytes payload) {
  Bytes left = payload.subspan(field.offset_bytes);
  for (unsigned index = 0;; ++index) {
    const auto end = std::ranges::find(left, std::uint8_t{0});
    if (end == left.end()) return std::nullopt;
    const auto length = static_cast<std::size_t>(end - left.begin());
    if (index == field.index) return printable(left.first(length));
    left = left.subspan(length + 1);
  }
}

std::optional<std::string> print_addresses(const Field& field, Bytes payload) {
  const Bytes addresses = payload.subspan(field.offset_bytes);
  const std::uint8_t is_ipv6 = payload[field.offset_bytes - 1u];
  if (addresses.size() % 16 != 0 || is_ipv6 > 1) return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < addresses.size(); i += 16) {
    if (i != 0) text += ',';
    text += is_ipv6 != 0 ? print_ipv6(addresses.subspan(i, 16)) : print_ipv4(addresses.subspan(i, 4));
  }
  return text;
}

bool parse_address(const Field& field, std::string_view text, Draft& draft) {
  auto address = parse_ipv4(text);
  const std::uint8_t is_ipv6 = address ? 0 : 1;
  if (!address) address = parse_ipv6(text);
  if (!address) return false;
  std::uint8_t& kind = draft.payload[field.offset_bytes - 1u];
  if (draft.payload.size() > field.offset_bytes && kind != is_ipv6) return false;
  kind = is_ipv6;
  address->resize(16);
  draft.payload.insert(draft.payload.end(), address->begin(), address->end());
  return true;
}

std::optional<std::string> print_numbers(const Field& field, Bytes payload) {
  const Bytes numbers = payload.subspan(field.offset_bytes);
  if (numbers.size() % 4 != 0) return std::nullopt;
  std::string text;
  octets::Reader reader(numbers);
  while (reader.left_bytes() != 0) {
    text += fmt::format("{}{:#x}", text.empty() ? "" : ",", reader.u32("number"));
  }
  return text;
}

std::string print_reversed(Bytes bytes) {
  std::string text;
  for (std::size_t i = bytes.size(); i > 0; --i) {
    text += fmt::format("{:02x}{}", bytes[i - 1], i == 1 ? "" : "-");
  }
  return text;
}

bool parse_reversed(const Field& field, std::string_view text, Draft& draft) {
  std::vector<std::uint8_t> bytes;
  for (const std::string_view piece : split(text, '-', field.size_bytes)) {
    const auto byte = octets::from_hex(piece);
    if (!byte || byte->size() != 1) return false;
    bytes.push_back(byte->front());
  }
  std::ranges::reverse(bytes);
  return put_bytes(field, bytes, draft.payload);
}

std::optional<std::string> print_padded_text(Bytes bytes) {
  const auto end = std::ranges::find(bytes, std::uint8_t{0});
  return printable(bytes.first(static_cast<std::size_t>(end - bytes.begin())));
}

// As many bytes as the interface type, which follows the address, has of them: 6 for Ethernet.
std::string print_hardware_address(const Field& field, Bytes payload) {
  const std::uint8_t type = payload[field.offset_bytes + std::size_t{field.size_bytes}];
  const Bytes all = bytes_of(field, payload);
  return octets::to_hex(type == kEthernet || type == kUnspecifiedNetwork ? all.first(6) : all);
}

bool parse_padded(const Field& field, std::optional<std::vector<std::uint8_t>> bytes, Draft& draft) {
  if (!bytes || bytes->size() > field.size_bytes) return false;
  bytes->resize(field.size_bytes);
  return put_bytes(field, *bytes, draft.payload);
}

std::optional<std::string> print_quoted(Bytes utf16) {
  const auto text = text_from_utf16(utf16);
  if (!text) return std::nullopt;
  return '"' + *text + '"';
}

bool append(const std::optional<std::vector<std::uint8_t>>& bytes, Draft& draft) {
  if (!bytes) return false;
  draft.payload.insert(draft.payload.end(), bytes->begin(), bytes->end());
  return true;
}

bool parse_quoted(std::string_view text, Draft& draft) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  return append(utf16_from_text(text.substr(1, text.size() - 2)), draft);
}

bool parse_plain_number(const Field& field, std::string_view text, Draft& draft) {
  const auto number = parse_number(text, largest(field));
  if (number) put_number(field, *number << field.shift_bits, draft.payload);
  return number.has_value();
}

bool parse_choice(const Field& field, std::string_view text, Draft& draft) {
  const auto found = text.empty() ? field.choices.end() : std::ranges::find(field.choices, text);
  if (found == field.choices.end()) return parse_plain_number(field, text, draft);
  const auto value = static_cast<std::uint64_t>(found - field.choices.begin());
  put_number(field, value << field.shift_bits, draft.payload);
  return true;
}

bool parse_identifier(const Field& field, std::string_view text, Draft& draft) {
  const auto identifier = parse_eisa(text);
  if (!identifier) return false;
  if (field.kind == FieldKind::kPnpId && !text.starts_with("0x") && (*identifier & 0xffff) != kPnp)
    return false;
  put_number(field, *identifier, draft.payload);
  return true;
}

std::string print_identifier(const Field& field, Bytes payload) {
  const auto identifier = static_cast<std::uint32_t>(number_at(field, payload));
  const bool only_pnp = field.kind == FieldKind::kPnpId;
  return only_pnp && (identifier & 0xffff) != kPnp ? fmt::format("{:#010x}", identifier)
                                                   : print_eisa(identifier);
}

std::string print_protocol(std::uint64_t protocol) {
  return protocol == kTcp ? "TCP" : protocol == kUdp ? "UDP" : fmt::format("{:#x}", protocol);
}

bool parse_string(const Field& field, std::string_view text, Draft& draft) {
  draft.strings[field.index] = text;
  return octets::is_utf8(text) && text.find('\0') == std::string_view::npos;
}

bool parse_appended_number(std::string_view text, Draft& draft) {
  const auto number = parse_number(text, 0xffffffff);
  if (!number) return false;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    draft.payload.push_back(static_cast<std::uint8_t>(*number >> shift));
  }
  return true;
}

// The kinds that have no fixed size: they are appended to the payload.
bool parse_rest(const Field& field, std::string_view text, Draft& draft) {
  switch (field.kind) {
    case FieldKind::kString:
      return parse_string(field, text, draft);
    case FieldKind::kRestBytes:
      return append(octets::from_hex(text), draft);
    case FieldKind::kRestNumbers:
      return parse_appended_number(text, draft);
    case FieldKind::kRestText:
      return append(std::vector<std::uint8_t>(text.begin(), text.end()), draft);
    case FieldKind::kRestQuotedUtf16:
      return parse_quoted(text, draft);
    case FieldKind::kRestAddresses:
      return parse_address(field, text, draft);
    default:
      return false;
  }
}

// "MBR", or "a number of at most 16 bits".
std::string needed_number(const Field& field) {
  std::string words;
  for (const std::string_view word : field.choices) {
    if (!word.empty()) words += fmt::format("{}{}", words.empty() ? "" : ", ", word);
  }
  const unsigned bits = field.width_bits != 0 ? field.width_bits : 8u * field.size_bytes;
  return fmt::format("{}a number of at most {} bits", words.empty() ? "" : words + " or ", bits);
}

}  // namespace

std::vector<std::uint8_t> Draft::finish() && {
  for (std::size_t i = 0; i < string_count; ++i) {
    payload.insert(payload.end(), strings[i].begin(), strings[i].end());
    payload.push_back(0);
  }
  return std::move(payload);
}

std::optional<std::string> print_field(const Field& field, Bytes payload) {
  const auto number = [&] { return number_at(field, payload); };
  switch (field.kind) {
    case FieldKind::kNone:
      return std::nullopt;
    case FieldKind::kHexadecimal:
      return fmt::format("{:#x}", number());
    case FieldKind::kPaddedHexadecimal:
      return fmt::format("0x{:0{}x}", number(), 2 * field.size_bytes);
    case FieldKind::kBareHexadecimal:
      return fmt::format("{:0{}x}", number(), 2 * field.size_bytes);
    case FieldKind::kDecimal:
      return fmt::format("{}", number());
    case FieldKind::kDecimalOrDefault:
      return number() == 0 ? std::string(kDefault) : fmt::format("{}", number());
    case FieldKind::kChoice:
      return print_choice(field, payload);
    case FieldKind::kProtocol:
      return print_protocol(number());
    case FieldKind::kPnpId:
    case FieldKind::kEisaId:
      return print_identifier(field, payload);
    case FieldKind::kGuid:
      return octets::Reader(bytes_of(field, payload)).guid(field.name).text();
    case FieldKind::kIpv4Address:
      return print_ipv4(bytes_of(field, payload));
    case FieldKind::kIpv6Address:
      return print_ipv6(bytes_of(field, payload));
    case FieldKind::kBytes:
      return octets::to_hex(bytes_of(field, payload));
    case FieldKind::kPrefixedBytes:
      return "0x" + octets::to_hex(bytes_of(field, payload));
    case FieldKind::kReversedBytes:
      return print_reversed(bytes_of(field, payload));
    case FieldKind::kHardwareAddress:
      return print_hardware_address(field, payload);
    case FieldKind::kPaddedText:
      return print_padded_text(bytes_of(field, payload));
    case FieldKind::kString:
      return print_string(field, payload);
    case FieldKind::kRestBytes:
      return octets::to_hex(payload.subspan(field.offset_bytes));
    case FieldKind::kRestNumbers:
      return print_numbers(field, payload);
    case FieldKind::kRestText:
      return printable(payload.subspan(field.offset_bytes));
    case FieldKind::kRestQuotedUtf16:
      return print_quoted(payload.subspan(field.offset_bytes));
    case FieldKind::kRestAddresses:
      return print_addresses(field, payload);
  }
  return std::nullopt;
}

bool parse_field(const Field& field, std::string_view text, Draft& draft) {
  const auto put = [&](const std::optional<std::vector<std::uint8_t>>& bytes) {
    return bytes && put_bytes(field, *bytes, draft.payload);
  };
  switch (field.kind) {
    case FieldKind::kHexadecimal:
    case FieldKind::kPaddedHexadecimal:
    case FieldKind::kDecimal:
      return parse_plain_number(field, text, draft);
    case FieldKind::kBareHexadecimal:
      return parse_plain_number(field, "0x" + std::string(text), draft);
    case FieldKind::kDecimalOrDefault:
      return text == kDefault || parse_plain_number(field, text, draft);
    case FieldKind::kChoice:
      return parse_choice(field, text, draft);
    case FieldKind::kProtocol:
      return parse_plain_number(field, text == "TCP" ? "6" : text == "UDP" ? "17" : text, draft);
    case FieldKind::kPnpId:
    case FieldKind::kEisaId:
      return parse_identifier(field, text, draft);
    case FieldKind::kGuid: {
      const auto guid = octets::parse_guid(text);
      return guid && put_bytes(field, guid->bytes, draft.payload);
    }
    case FieldKind::kIpv4Address:
      return put(parse_ipv4(text));
    case FieldKind::kIpv6Address:
      return put(parse_ipv6(text));
    case FieldKind::kBytes:
      return put(octets::from_hex(text));
    case FieldKind::kPrefixedBytes:
      return text.starts_with("0x") && put(octets::from_hex(text.substr(2)));
    case FieldKind::kReversedBytes:
      return parse_reversed(field, text, draft);
    case FieldKind::kHardwareAddress:
      return parse_padded(field, octets::from_hex(text), draft);
    case FieldKind::kPaddedText:
      return parse_padded(field, std::vector<std::uint8_t>(text.begin(), text.end()), draft);
    default:
      return parse_rest(field, text, draft);
  }
}

bool takes_many(FieldKind kind) {
  return kind == FieldKind::kRestNumbers || kind == FieldKind::kRestAddresses;
}

bool takes_commas(FieldKind kind) {
  return kind == FieldKind::kRestText;
}

std::string field_needs(const Field& field) {
  switch (field.kind) {
    case FieldKind::kGuid:
      return "a GUID such as 8be4df61-93ca-11d2-aa0d-00e098032b8c";
    case FieldKind::kIpv4Address:
      return "an address such as 10.0.2.2";
    case FieldKind::kIpv6Address:
      return "an address such as fe80::1";
    case FieldKind::kRestAddresses:
      return "an address such as 10.0.2.3 or fe80::1, all of one kind";
    case FieldKind::kPnpId:
    case FieldKind::kEisaId:
      return "an identifier such as PNP0a03 or 0x0a0341d0";
    case FieldKind::kBytes:
      return fmt::format("{} bytes in hex", field.size_bytes);
    case FieldKind::kPrefixedBytes:
      return fmt::format("0x and {} bytes in hex", field.size_bytes);
    case FieldKind::kReversedBytes:
      return fmt::format("{} bytes in hex with a dash between them", field.size_bytes);
    case FieldKind::kHardwareAddress:
      return fmt::format("at most {} bytes in hex", field.size_bytes);
    case FieldKind::kRestBytes:
      return "bytes in hex";
    case FieldKind::kPaddedText:
      return fmt::format("at most {} bytes of text", field.size_bytes);
    case FieldKind::kString:
    case FieldKind::kRestText:
      return "text";
    case FieldKind::kRestQuotedUtf16:
      return "text in double quotes";
    case FieldKind::kRestNumbers:
      return "a number of at most 32 bits";
    default:
      return needed_number(field);
  }
}

}  // namespace nonvol::efi
