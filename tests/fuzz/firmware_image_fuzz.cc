// Takes a firmware image of the input apart and looks at everything that is said of it.
//
// Input: byte 0 what the file is filled up with, bytes 1 and 2 how far (in KiB); the rest is its beginning.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "flash/code_facts.h"
#include "flash/image.h"
#include "flash/image_regions.h"
#include "octets/text.h"

namespace {

using namespace nonvol;

constexpr std::size_t kPrefixBytes = 3;
constexpr std::uint64_t kLargestFileBytes = 2 << 20;
// Small, so that a run is short; they are to hold whatever the input is.
constexpr flash::UnpackLimits kLimits{.unpacked_bytes = 1 << 20, .depth = 12, .parts = 500};

// Not assert(): that is gone in release builds, and the seeds are replayed there too.
void require(bool condition) {
  if (!condition) std::abort();
}

void check_part(const flash::FirmwareImage& image, const flash::ImagePart& part) {
  const std::uint64_t space_bytes =
      part.space == 0 ? image.file.size_bytes() : image.unpacked[part.space - 1].size_bytes;
  require(part.offset_bytes <= space_bytes && part.size_bytes <= space_bytes - part.offset_bytes);
  require(part.depth < kLimits.depth && part.size_bytes > 0);
  require(octets::is_utf8(part.name) && !flash::type_name(part).empty());
  require(image.content(part).size() <= image.bytes(part).size());
  if (part.parent == flash::kNoPart) return;
  const flash::ImagePart& parent = image.parts[part.parent];
  require(part.depth == parent.depth + 1);
  if (part.space != parent.space) {
    require(image.unpacked[part.space - 1].part == part.parent);
    return;
  }
  require(part.offset_bytes >= parent.offset_bytes);
  require(part.offset_bytes + part.size_bytes <= parent.offset_bytes + parent.size_bytes);
}

void check_regions(const flash::FirmwareImage& image) {
  for (std::uint32_t space = 0; space <= image.unpacked.size(); ++space) {
    std::uint64_t at = 0;
    for (const flash::ImageRegion& region : regions_of(image, space)) {
      require(region.begin_bytes == at && region.size_bytes > 0);
      at += region.size_bytes;
    }
    require(at == (space == 0 ? image.file.size_bytes() : image.unpacked[space - 1].size_bytes));
  }
}

void look_at(const flash::FirmwareImage& image) {
  require(!image.parts.empty() && image.parts.size() <= kLimits.parts);
  std::uint64_t unpacked_bytes = 0;
  for (const flash::UnpackedSpace& space : image.unpacked) unpacked_bytes += space.size_bytes;
  require(unpacked_bytes <= kLimits.unpacked_bytes);
  for (const flash::ImagePart& part : image.parts) check_part(image, part);
  check_regions(image);
  for (const Finding& finding : image.findings) {
    require(!finding.message.empty() && !finding.hint.empty() && !finding.place.empty());
  }
  const flash::CodeFacts facts = code_facts(image);
  for (const flash::NamedTrait& named : named_traits(facts)) {
    require(named.trait->value.has_value() == (named.trait->certainty != flash::Certainty::kUnknown));
    require(!named.trait->value || !named.trait->rests_on.empty());
  }
  require(octets::is_utf8(facts.version));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes < kPrefixBytes) return 0;
  octets::Reader prefix(octets::Bytes(data, kPrefixBytes));
  const std::uint8_t fill = prefix.u8("fill");
  const std::uint64_t filled_bytes = std::min(std::uint64_t{prefix.u16("size")} * 1024, kLargestFileBytes);
  flash::ImageBytes file;
  file.append(octets::Bytes(data, size_bytes).subspan(kPrefixBytes));
  if (filled_bytes > file.size_bytes()) {
    file.append(std::vector<std::uint8_t>(filled_bytes - file.size_bytes(), fill));
  }
  const auto image = flash::read_firmware_image("fuzz.fd", std::move(file), kLimits);
  if (image) {
    look_at(*image);
  } else {
    require(image.error().id == ErrorId::kNotAFirmwareImage && !image.error().message.empty());
  }
  return 0;
}
