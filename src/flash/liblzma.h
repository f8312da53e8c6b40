#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "octets/reader.h"

namespace nonvol::flash {

inline constexpr const char* kLiblzmaName = "liblzma.so.5";

// What LZMA data of firmware says that it unpacks to: it begins with the header of the .lzma format, and edk2
// knows the size always (LzmaUefiDecompressGetInfo). Nothing where there is no such header or no size in it.
std::optional<std::uint64_t> lzma_unpacked_bytes(octets::Bytes packed);

// Fills `into`, whose size is lzma_unpacked_bytes(packed); `x86_filter`: call targets were made absolute
// before they were packed. Needs at most the size of `into` in memory beside it. Otherwise says why not, as
// the rest of a sentence; also where the library, which is loaded at the first call, is missing. Any thread.
std::optional<std::string> lzma_unpack(octets::Bytes packed, std::span<std::uint8_t> into, bool x86_filter);

}  // namespace nonvol::flash
