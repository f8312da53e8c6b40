#pragma once

#include <cstdint>
#include <vector>

#include "octets/reader.h"

namespace nonvol::efi {

// The header of a device path node (UEFI 2.10, 10.3.1), for those who read and make them.
inline constexpr std::size_t kNodeHeaderBytes = 4;
inline constexpr std::size_t kMaxNodeBytes = 0xffff;
inline constexpr std::uint8_t kEndType = 0x7f;
inline constexpr std::uint8_t kEndOfInstance = 0x01;
inline constexpr std::uint8_t kEndOfPath = 0xff;

// False, and nothing appended, where the node would be longer than its header can say.
bool append_node(std::vector<std::uint8_t>& out, std::uint8_t type, std::uint8_t subtype,
                 octets::Bytes payload);

}  // namespace nonvol::efi
