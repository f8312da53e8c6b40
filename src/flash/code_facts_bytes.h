#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "octets/reader.h"

// What the bytes of one module tell. Private to code_facts.cc.
namespace nonvol::flash {

// "x86_64", ... of a PE32 or TE section's content; empty where it is none or the machine is not known.
std::string_view architecture_of_section(octets::Bytes content, std::uint8_t section_type);

// FvLength of the empty store that a flash driver carries.
std::optional<std::uint64_t> store_template_bytes(octets::Bytes module);

// PcdFirmwareVersionString as builders fill it in; empty where there is none.
std::string version_in(octets::Bytes module);

}  // namespace nonvol::flash
