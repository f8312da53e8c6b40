#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "flash/image.h"
#include "flash/image_regions.h"
#include "testing/firmware_image_builder.h"

// Reading images in tests. Header only, because the builder links nothing of src/flash.
namespace nonvol::test_images {

inline Result<flash::FirmwareImage> read(const ByteVector& bytes, const flash::UnpackLimits& limits = {}) {
  flash::ImageBytes file;
  file.append(bytes);
  return flash::read_firmware_image("code.fd", std::move(file), limits);
}

// "file PeiCore", one for each part with its level in front, without what only fills.
inline std::vector<std::string> outline(const flash::FirmwareImage& image) {
  using Kind = flash::ImagePart::Kind;
  std::vector<std::string> lines;
  for (const flash::ImagePart& part : image.parts) {
    if (part.kind == Kind::kPadFile || part.kind == Kind::kFree) continue;
    std::string line = std::to_string(part.depth) + ' ' + flash::type_name(part);
    if (!part.name.empty()) line += ' ' + part.name;
    lines.push_back(part.deleted ? line + " deleted" : line);
  }
  return lines;
}

// The regions of every space meet each other and both ends.
inline void expect_covered(const flash::FirmwareImage& image) {
  for (std::uint32_t space = 0; space <= image.unpacked.size(); ++space) {
    std::uint64_t at = 0;
    for (const flash::ImageRegion& region : regions_of(image, space)) {
      EXPECT_EQ(region.begin_bytes, at) << "space " << space;
      EXPECT_GT(region.size_bytes, 0u);
      at = region.begin_bytes + region.size_bytes;
    }
    EXPECT_EQ(at, space == 0 ? image.file.size_bytes() : image.unpacked[space - 1].size_bytes);
  }
}

}  // namespace nonvol::test_images
