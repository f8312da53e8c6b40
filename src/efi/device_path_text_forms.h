#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace nonvol::efi {

// How one argument of a node's text is written, and where its bytes are. Each kind is printed and read in
// device_path_text_fields.cc.
enum class FieldKind : std::uint8_t {
  kNone,               // behind the last field
  kHexadecimal,        // 0x1f
  kPaddedHexadecimal,  // 0x0000001f
  kBareHexadecimal,    // 000000000000001f
  kDecimal,            // 31
  kDecimalOrDefault,   // 31, or DEFAULT for 0
  kChoice,             // a word for each value, a number for values without one
  kProtocol,           // TCP, UDP, 0x2
  kPnpId,              // PNP0a03, 0x12345678
  kEisaId,             // any three letters
  kGuid,               // 8be4df61-93ca-11d2-aa0d-00e098032b8c
  kIpv4Address,        // 10.0.2.2
  kIpv6Address,        // fe80:0000:0000:0000:0000:0000:0000:0001
  kBytes,              // 525400123456
  kPrefixedBytes,      // 0x525400123456
  kReversedBytes,      // 00-11-22-33-44-55-66-77, last byte first
  kHardwareAddress,    // as many bytes as the kind of network has
  kPaddedText,         // text, filled up with NUL
  kString,             // one of the NUL-terminated strings behind the fixed part
  kRestBytes,          // hex; left out where there are none
  kRestNumbers,        // 0x1,0x2: 32 bits each
  kRestText,           // characters up to the end of the node, commas included
  kRestQuotedUtf16,    // "text"
  kRestAddresses,      // a byte that says which kind, then 16 bytes each
};

struct Field {
  FieldKind kind = FieldKind::kNone;
  std::uint8_t offset_bytes = 0;  // in the payload
  std::uint8_t size_bytes = 0;
  std::string_view name = {};  // for messages
  std::span<const std::string_view> choices = {};
  std::uint8_t shift_bits = 0;  // of a choice that is a part of its number
  std::uint8_t width_bits = 0;  // 0: the whole number
  std::uint8_t index = 0;       // of a string among the strings
};

inline constexpr std::size_t kMaxFields = 7;
inline constexpr std::size_t kMaxStrings = 3;

// One form of text: "Pci(device,function)". A node may have several; the first one that fits is printed.
struct Form {
  std::uint8_t type;
  std::uint8_t subtype;
  std::string_view name;
  std::uint16_t size_bytes;  // of the payload, up to what has no fixed size
  std::uint8_t constant_offset_bytes = 0;
  std::string_view constant = {};  // bytes that this form stands for
  Field fields[kMaxFields] = {};
  std::uint8_t strings = 0;            // NUL-terminated ones behind the part of fixed size
  std::uint8_t required = kMaxFields;  // arguments; those behind them may be left out, for zero

  std::span<const Field> used_fields() const;
};

std::span<const Form> device_path_forms();

}  // namespace nonvol::efi
