#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "flash/image.h"

namespace nonvol::flash {

// What a stretch of a firmware image is for.
enum class ImageUse : std::uint8_t {
  kHeaders,  // of volumes, files and sections, and what aligns them
  kCode,     // PE32 and TE images
  kPacked,   // compressed
  kData,     // other sections, and files without sections
  kStore,    // UEFI variables and what their writing needs
  kPadFile,
  kDeleted,  // files that the firmware passes over
  kFree,     // erased
  kPadding,  // outside of volumes
  kUnknown,
};
std::string_view to_string(ImageUse use);  // "headers", "code", ...

struct ImageRegion {
  std::uint64_t begin_bytes = 0;
  std::uint64_t size_bytes = 0;
  ImageUse use = ImageUse::kUnknown;
  std::uint32_t part = kNoPart;  // the innermost one it belongs to
};

// All of a space (ImagePart::space) in order, without gap or overlap.
std::vector<ImageRegion> regions_of(const FirmwareImage& image, std::uint32_t space);

}  // namespace nonvol::flash
