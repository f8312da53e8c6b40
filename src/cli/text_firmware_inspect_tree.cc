#include <fmt/format.h>

#include "cli/commands_firmware_inspect.h"
#include "cli/text.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using flash::FirmwareImage;
using flash::ImagePart;
using Kind = ImagePart::Kind;
using octets::with_commas;

bool holds_parts(const FirmwareImage& image, std::uint32_t index) {
  return index + 1 < image.parts.size() && image.parts[index + 1].parent == index;
}

// What the short tree leaves out: sections that are contents of modules, and what only fills.
bool is_detail(const FirmwareImage& image, std::uint32_t index) {
  const ImagePart& part = image.parts[index];
  if (part.kind == Kind::kPadFile) return true;
  if (part.kind != Kind::kSection) return false;
  return !holds_parts(image, index) || part.guid == octets::Guid{};
}

std::string volume_words(const ImagePart& part) {
  const std::string_view name = flash::volume_name(part.guid);
  std::string words = fmt::format("{}{}{}", to_string(part.kind), name.empty() ? "" : " ", name);
  return part.guid == part.file_system ? words : words + ' ' + part.guid.text();
}

// "+0x168": how many times it had to be unpacked stands in front.
std::string offset_of(const FirmwareImage& image, const ImagePart& part) {
  std::string marks;
  for (std::uint32_t space = part.space; space != 0;
       space = image.parts[image.unpacked[space - 1].part].space) {
    marks += '+';
  }
  return fmt::format("{}{:#x}", marks, part.offset_bytes);
}

// Levels that are left out do not count.
std::size_t level_of(const FirmwareImage& image, std::uint32_t index, bool all) {
  std::size_t level = 0;
  for (std::uint32_t at = image.parts[index].parent; at != flash::kNoPart; at = image.parts[at].parent) {
    if (all || !is_detail(image, at)) ++level;
  }
  return level;
}

}  // namespace

std::string words_for(const ImagePart& part) {
  switch (part.kind) {
    case Kind::kVolume:
    case Kind::kStore:
      return volume_words(part);
    case Kind::kFile:
      return fmt::format("{} {}{}", flash::type_name(part),
                         part.name.empty() ? part.guid.text() : printable(part.name),
                         part.deleted ? " (deleted)" : "");
    case Kind::kPadFile:
      return "pad file";
    case Kind::kSection:
      return flash::type_name(part) + (part.name.empty() ? "" : " '" + printable(part.name) + "'");
    default:
      return std::string(to_string(part.kind));
  }
}

std::string tree_of(const FirmwareImage& image, bool all) {
  std::vector<std::string> unpacks(image.parts.size());
  for (const flash::UnpackedSpace& space : image.unpacked) {
    unpacks[space.part] = fmt::format(", unpacks to {}", with_commas(space.size_bytes));
  }
  std::string text;
  for (std::uint32_t i = 0; i < image.parts.size(); ++i) {
    if (!all && is_detail(image, i)) continue;
    const ImagePart& part = image.parts[i];
    const bool guid_said = part.kind == Kind::kVolume || part.kind == Kind::kStore || part.name.empty();
    const bool with_guid = all && part.kind == Kind::kFile && !guid_said;
    text += fmt::format("{:>12} {:>12}  {:{}}{}{}{}\n", offset_of(image, part), with_commas(part.size_bytes),
                        "", 2 * level_of(image, i, all), words_for(part),
                        with_guid ? " " + part.guid.text() : "", unpacks[i]);
  }
  return text;
}

}  // namespace nonvol::cli
