#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "efi/device_path_text_forms.h"
#include "octets/reader.h"

namespace nonvol::efi {

// One argument as text; nullopt where these bytes have none. The payload has at least the form's size.
std::optional<std::string> print_field(const Field& field, octets::Bytes payload);

// A payload while its arguments are read. The strings come last, in their own order.
struct Draft {
  std::vector<std::uint8_t> payload;  // the part of fixed size, then what has no fixed size
  std::array<std::string, kMaxStrings> strings = {};
  std::size_t string_count = 0;

  std::vector<std::uint8_t> finish() &&;
};

// Writes one argument into the draft. False if the text is not what the field takes.
bool parse_field(const Field& field, std::string_view text, Draft& draft);

// What a field takes, for messages: "a number of at most 8 bits".
std::string field_needs(const Field& field);

// Whether a field takes several arguments, and whether the commas between them are its own.
bool takes_many(FieldKind kind);
bool takes_commas(FieldKind kind);

}  // namespace nonvol::efi
