#include "flash/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "flash/hints.h"
#include "flash/image_parser.h"
#include "octets/text.h"

namespace nonvol::flash {

using octets::Bytes;

std::string_view to_string(ImagePart::Kind kind) {
  switch (kind) {
    case ImagePart::Kind::kVolume:
      return "volume";
    case ImagePart::Kind::kStore:
      return "variable store";
    case ImagePart::Kind::kFile:
      return "file";
    case ImagePart::Kind::kPadFile:
      return "pad file";
    case ImagePart::Kind::kSection:
      return "section";
    case ImagePart::Kind::kFree:
      return "free";
    case ImagePart::Kind::kPadding:
      return "padding";
    case ImagePart::Kind::kUnknown:
      break;
  }
  return "unknown";
}

Bytes FirmwareImage::space(std::uint32_t number) const {
  return number == 0 ? file.front() : unpacked[number - 1].bytes();
}

Bytes FirmwareImage::bytes(const ImagePart& part) const {
  const Bytes all = space(part.space);
  const std::uint64_t begin = std::min<std::uint64_t>(part.offset_bytes, all.size());
  return all.subspan(begin, std::min<std::uint64_t>(part.size_bytes, all.size() - begin));
}

Bytes FirmwareImage::content(const ImagePart& part) const {
  const Bytes all = bytes(part);
  return all.subspan(std::min<std::uint64_t>(part.header_bytes, all.size()));
}

Bytes ImageParser::bytes(const Extent& where) const {
  return image_.space(where.space).subspan(where.begin, where.size_bytes());
}

std::string ImageParser::name_of(std::uint32_t space) const {
  if (space == 0) return image_.file_name;
  const ImagePart& packed = image_.parts[image_.unpacked[space - 1].part];
  return fmt::format("what the section at {:#x} of {} holds", packed.offset_bytes, name_of(packed.space));
}

// In unpacked bytes the place is the section in the file that they came from.
Place ImageParser::place(const Extent& where) const {
  std::uint64_t offset = where.begin;
  for (std::uint32_t space = where.space; space != 0;) {
    const ImagePart& packed = image_.parts[image_.unpacked[space - 1].part];
    offset = packed.offset_bytes;
    space = packed.space;
  }
  return Place::at_byte(image_.file_name, offset);
}

// More than kMostFindings tell nobody anything, and an image of nothing but damage has hundreds of thousands.
// The one more that says so is as severe as the worst that it stands for.
void ImageParser::find(Severity severity, ErrorId id, const Extent& where, std::string message) {
  std::vector<Finding>& findings = image_.findings;
  if (findings.size() > kMostFindings) {
    Severity& told = findings[kMostFindings].severity;
    if (severity == Severity::kError) told = severity;
    return;
  }
  if (findings.size() == kMostFindings) {
    id = ErrorId::kTooManyParts;
    message = fmt::format(
        "{} has more than {} findings, which is the limit; the rest, from offset {:#x} on, is not told",
        image_.file_name, kMostFindings, place(where).offset_bytes.value_or(0));
  }
  findings.push_back({severity, id, std::move(message), place(where), inspect_hint(image_.file_name)});
}

std::uint32_t ImageParser::add(ImagePart part, std::uint32_t parent, const Extent& where) {
  if (full_) return kNoPart;
  if (image_.parts.size() >= limits_.parts) {
    full_ = true;
    // Not through find(): however much was found before, this is told.
    image_.findings.push_back(
        {Severity::kError, ErrorId::kTooManyParts,
         fmt::format(
             "{} is made of more than {} parts, which is the limit; what follows offset {:#x} was not looked "
             "at",
             image_.file_name, limits_.parts, place(where).offset_bytes.value_or(0)),
         place(where), inspect_hint(image_.file_name)});
    return kNoPart;
  }
  part.parent = parent;
  part.depth = parent == kNoPart ? 0 : image_.parts[parent].depth + 1;
  part.space = where.space;
  part.offset_bytes = where.begin;
  part.size_bytes = where.size_bytes();
  image_.parts.push_back(std::move(part));
  return static_cast<std::uint32_t>(image_.parts.size() - 1);
}

void ImageParser::add_unknown(std::uint32_t parent, const Extent& where) {
  if (where.size_bytes() > 0) add({.kind = ImagePart::Kind::kUnknown}, parent, where);
}

bool ImageParser::too_deep(std::uint32_t depth, const Extent& where) {
  if (depth < limits_.depth) return false;
  find(
      Severity::kError, ErrorId::kUnpackLimit, where,
      fmt::format(
          "parts inside parts at offset {:#x} of {}: {} levels deep, the limit is {}; what is inside was not "
          "looked at",
          where.begin, name_of(where.space), depth + 1, limits_.depth));
  return true;
}

// Between volumes. The end of the file may lie behind the bytes that were kept.
void ImageParser::read_gap(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  const Bytes front = image_.file.front();
  const Bytes kept = front.subspan(
      std::min<std::uint64_t>(begin, front.size()),
      std::min<std::uint64_t>(end, front.size()) - std::min<std::uint64_t>(begin, front.size()));
  const bool reaches_tail = end > front.size();
  const std::uint8_t value = kept.empty() ? image_.file.fill() : kept.front();
  const bool blank = (value == 0x00 || value == 0xff) && octets::all_equal(kept, value) &&
                     (!reaches_tail || value == image_.file.fill());
  if (!blank && reaches_tail && begin < front.size()) {
    // What was kept is told from the padding behind it.
    add_unknown(kNoPart, {0, begin, front.size()});
    read_gap(front.size(), end);
    return;
  }
  const auto kind = blank ? ImagePart::Kind::kPadding : ImagePart::Kind::kUnknown;
  add({.kind = kind}, kNoPart, {0, begin, end});
}

bool ImageParser::read_file() {
  constexpr std::uint64_t kSignatureAt = 0x28;
  constexpr std::array<std::uint8_t, 4> kSignature = {'_', 'F', 'V', 'H'};
  constexpr std::uint64_t kAlignment = 8;
  constexpr std::uint64_t kLargestHeaderBytes = 0x1000;
  const std::uint64_t file_bytes = image_.file.size_bytes();
  std::uint64_t done = 0;  // everything before this has its part
  std::uint64_t from = kSignatureAt;
  bool any = false;
  while (!full_ && from < image_.file.front().size()) {
    const Bytes rest = image_.file.front().subspan(from);
    const auto found = std::ranges::search(rest, kSignature);
    if (found.empty()) break;
    const std::uint64_t begin =
        from + static_cast<std::uint64_t>(found.begin() - rest.begin()) - kSignatureAt;
    from = begin + kSignatureAt + 1;
    if (begin % kAlignment != 0 || begin < done) continue;
    VolumeHeader header;
    image_.file.grow_front(std::min(begin + kLargestHeaderBytes, file_bytes));
    if (read_volume_header({0, begin, file_bytes}, header) == Candidate::kNone) continue;
    any = true;
    const std::uint64_t end = std::min(begin + header.length_bytes, file_bytes);
    image_.file.grow_front(end);
    read_gap(done, begin);
    read_volume(kNoPart, {0, begin, end}, header);
    done = end;
    from = end + kSignatureAt;
  }
  read_gap(done, file_bytes);
  return any;
}

namespace {

Error not_an_image(const std::string& file_name, std::string message) {
  return Error(ErrorId::kNotAFirmwareImage, std::move(message))
      .at(Place::in_file(file_name))
      .with_hint("nonvol firmware list");
}

}  // namespace

Result<void> check_image_size(const std::string& file_name, std::uint64_t size_bytes) {
  if (size_bytes <= kLargestImageBytes) return {};
  return not_an_image(file_name, fmt::format("{} has {} bytes, the largest flash of QEMU's machines has {}",
                                             file_name, size_bytes, kLargestImageBytes));
}

Result<FirmwareImage> read_firmware_image(std::string file_name, ImageBytes file,
                                          const UnpackLimits& limits) {
  const std::uint64_t size_bytes = file.size_bytes();
  if (auto checked = check_image_size(file_name, size_bytes); !checked) return checked.error();
  FirmwareImage image;
  image.file_name = std::move(file_name);
  image.file = std::move(file);
  ImageParser parser(image, limits);
  if (!parser.read_file()) {
    if (image.file.front().empty() && size_bytes > 0) {
      return not_an_image(
          image.file_name,
          fmt::format("{} has no firmware volume: all of its {} bytes are {:02x}, as of a variable "
                      "store that the firmware has not formatted yet",
                      image.file_name, size_bytes, image.file.fill()));
    }
    return not_an_image(image.file_name,
                        fmt::format("{} has no firmware volume: in none of its {} bytes a header "
                                    "with '_FVH' begins",
                                    image.file_name, size_bytes));
  }
  const Bytes front = image.file.front();
  if (front.size() == size_bytes) {
    const Bytes tail = front.last(std::min<std::uint64_t>(front.size(), kResetTableReach));
    image.reset_table = read_reset_table(image.file_name, tail, size_bytes, image.findings);
  }
  return image;
}

}  // namespace nonvol::flash
