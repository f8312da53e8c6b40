#include "flash/image_regions.h"

#include <algorithm>
#include <utility>

#include "flash/section_types.h"

namespace nonvol::flash {
namespace {

using Kind = ImagePart::Kind;

ImageUse use_of(const ImagePart& part) {
  switch (part.kind) {
    case Kind::kVolume:
      return ImageUse::kHeaders;
    case Kind::kStore:
      return ImageUse::kStore;
    case Kind::kFile:
      return part.deleted ? ImageUse::kDeleted : ImageUse::kData;
    case Kind::kPadFile:
      return ImageUse::kPadFile;
    case Kind::kSection:
      if (part.type == section_type::kPe32 || part.type == section_type::kTerse) return ImageUse::kCode;
      if (part.type == section_type::kCompression || part.type == section_type::kGuided)
        return ImageUse::kPacked;
      return ImageUse::kData;
    case Kind::kFree:
      return ImageUse::kFree;
    case Kind::kPadding:
      return ImageUse::kPadding;
    case Kind::kUnknown:
      break;
  }
  return ImageUse::kUnknown;
}

// Puts regions one behind the other, and those of one part and use together.
class Regions {
 public:
  void up_to(std::uint64_t end_bytes, ImageUse use, std::uint32_t part) {
    if (end_bytes <= at_) return;
    if (!all_.empty() && all_.back().use == use && all_.back().part == part) {
      all_.back().size_bytes += end_bytes - at_;
    } else {
      all_.push_back({at_, end_bytes - at_, use, part});
    }
    at_ = end_bytes;
  }
  std::vector<ImageRegion> take() && { return std::move(all_); }

 private:
  std::vector<ImageRegion> all_;
  std::uint64_t at_ = 0;
};

// A part that was entered and not left yet.
struct Open {
  std::uint32_t part;
  std::uint64_t end_bytes;
  ImageUse rest;  // of what no part inside it takes
};

}  // namespace

std::string_view to_string(ImageUse use) {
  switch (use) {
    case ImageUse::kHeaders:
      return "headers";
    case ImageUse::kCode:
      return "code";
    case ImageUse::kPacked:
      return "packed";
    case ImageUse::kData:
      return "data";
    case ImageUse::kStore:
      return "variable store";
    case ImageUse::kPadFile:
      return "pad file";
    case ImageUse::kDeleted:
      return "deleted file";
    case ImageUse::kFree:
      return "free";
    case ImageUse::kPadding:
      return "padding";
    case ImageUse::kUnknown:
      break;
  }
  return "unknown";
}

std::vector<ImageRegion> regions_of(const FirmwareImage& image, std::uint32_t space) {
  Regions regions;
  std::vector<Open> open;
  const auto close_before = [&](std::uint64_t begin_bytes) {
    while (!open.empty() && open.back().end_bytes <= begin_bytes) {
      regions.up_to(open.back().end_bytes, open.back().rest, open.back().part);
      open.pop_back();
    }
    if (!open.empty()) regions.up_to(begin_bytes, open.back().rest, open.back().part);
  };
  for (std::uint32_t i = 0; i < image.parts.size(); ++i) {
    const ImagePart& part = image.parts[i];
    if (part.space != space) continue;
    close_before(part.offset_bytes);
    // What lies between the parts of an unpacked section aligns them.
    regions.up_to(part.offset_bytes, ImageUse::kHeaders, part.parent);
    const std::uint64_t end_bytes = part.offset_bytes + part.size_bytes;
    if (part.kind != Kind::kStore && part.kind != Kind::kPadFile) {
      regions.up_to(std::min(part.offset_bytes + part.header_bytes, end_bytes), ImageUse::kHeaders, i);
    }
    // Around others of the same space there is only what aligns them.
    const bool has_inside =
        i + 1 < image.parts.size() && image.parts[i + 1].parent == i && image.parts[i + 1].space == space;
    open.push_back({i, end_bytes, has_inside ? ImageUse::kHeaders : use_of(part)});
  }
  const std::uint64_t all_bytes = space == 0 ? image.file.size_bytes() : image.unpacked[space - 1].size_bytes;
  close_before(all_bytes);
  regions.up_to(all_bytes, ImageUse::kUnknown, kNoPart);
  return std::move(regions).take();
}

}  // namespace nonvol::flash
