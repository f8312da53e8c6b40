#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::storage {

// The header of version 3, and all that images of QEMU have in front of their mappings.
inline constexpr std::size_t kQcow2HeaderBytes = 104;
inline constexpr std::size_t kQcow2FrontBytes = 4096;

// What the header of a qcow2 image says (QEMU, docs/interop/qcow2.txt).
struct Qcow2Front {
  std::uint64_t virtual_bytes = 0;  // what a guest sees
  bool has_backing = false;
  std::string backing_name;    // empty where it lies behind the bytes that were given
  bool has_data_file = false;  // what it holds is in another file
};

// Of the header, or of more. Nothing for what is no qcow2 image, or is cut off within its header.
std::optional<Qcow2Front> qcow2_front(octets::Bytes first_bytes);

// A qcow2 image that holds nothing yet: all of it shows through to the raw image `backing_name`, which is
// looked up from the image's own directory. In clusters of 4096 bytes, because what firmware writes are
// sectors of 512 bytes here and there. All zeros behind `bytes` up to `file_bytes`. Errors:
// kStoreFormExcluded for sizes that are no whole sectors or need more than one cluster of mappings.
struct Qcow2Overlay {
  std::vector<std::uint8_t> bytes;
  std::uint64_t file_bytes = 0;
};
Result<Qcow2Overlay> qcow2_overlay(std::uint64_t virtual_bytes, std::string_view backing_name);

}  // namespace nonvol::storage
