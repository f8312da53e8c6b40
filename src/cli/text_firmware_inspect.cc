#include <fmt/format.h>

#include "cli/byte_map.h"
#include "cli/commands_firmware_inspect.h"
#include "cli/text.h"
#include "flash/image_regions.h"
#include "flash/layout.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using flash::CodeFacts;
using flash::FirmwareImage;
using octets::with_commas;

// In the order of ImageUse.
constexpr MapLook kLooks[] = {
    {'=', "#1a1a1a", "headers of volumes, files and sections"},
    {'C', "#1f5fa8", "code: PE32 and TE images"},
    {'Z', "url(#plain)", "compressed"},
    {'d', "#a85b00", "other sections and files: data, dependencies, names"},
    {'V', "#6a3d9a", "variable store"},
    {'-', "url(#slack)", "pad files, which keep others in their place"},
    {'x', "url(#older)", "deleted files"},
    {'.', "#ffffff", "free: erased"},
    {'_', "#e4e4e4", "padding outside of volumes"},
    {'?', "url(#foreign)", "not explained by any header"},
};

// The volume or file that the part is, or is in: code is named after its module.
std::string whose(const FirmwareImage& image, std::uint32_t part) {
  using Kind = flash::ImagePart::Kind;
  for (; part != flash::kNoPart; part = image.parts[part].parent) {
    const Kind kind = image.parts[part].kind;
    if (kind == Kind::kVolume || kind == Kind::kFile) return words_for(image.parts[part]);
    if (kind != Kind::kSection) break;
  }
  return {};
}

ByteMap byte_map_of(const FirmwareImage& image, std::uint32_t space) {
  ByteMap map{kLooks, {}};
  for (const flash::ImageRegion& region : regions_of(image, space)) {
    map.pieces.push_back({region.begin_bytes, region.size_bytes, static_cast<std::size_t>(region.use),
                          whose(image, region.part)});
  }
  return map;
}

std::string what_it_is(const CodeFacts& facts) {
  if (!facts.has_code) return "a variable store";
  const std::string code =
      facts.architecture.empty() ? "firmware code" : fmt::format("firmware code for {}", facts.architecture);
  return facts.has_own_store ? code + " with a variable store" : code;
}

std::string heading_of(const api::FirmwareInspectReport& report) {
  return fmt::format("{}: {} bytes, {}", printable(report.place.path),
                     with_commas(report.image.file.size_bytes()), what_it_is(report.facts));
}

std::string_view answer(const flash::Trait& trait) {
  if (!trait.value) return "unknown";
  return *trait.value ? "yes" : "no";
}

std::string code_lines(const CodeFacts& facts) {
  std::string text;
  if (!facts.early_architecture.empty() && facts.early_architecture != facts.architecture) {
    text += fmt::format("  before the DXE core it runs as {}\n", facts.early_architecture);
  }
  text += facts.version.empty() ? "  it does not say which version it is\n"
                                : fmt::format("  version {}\n", printable(facts.version));
  if (facts.store) {
    text += fmt::format("  expects a store of layout {}, {} bytes: {}, {}\n",
                        flash::layout_of_volume(facts.store->volume_bytes).name,
                        with_commas(facts.store->volume_bytes), flash::to_string(facts.store->certainty),
                        facts.store->rests_on);
  } else {
    text += "  which store it expects cannot be told\n";
  }
  std::vector<std::vector<std::string>> rows;
  for (const flash::NamedTrait& named : named_traits(facts)) {
    const flash::Trait& trait = *named.trait;
    rows.push_back({"  " + std::string(named.name), std::string(answer(trait)),
                    trait.value ? std::string(flash::to_string(trait.certainty)) : "", trait.rests_on});
  }
  return text + '\n' + table(rows);
}

std::string store_lines(const FirmwareImage& image) {
  const std::uint64_t volume_bytes = image.parts.empty() ? 0 : image.parts.front().size_bytes;
  return fmt::format("  layout {}; 'nonvol vars list' and 'nonvol vars map' look inside\n",
                     flash::layout_of_volume(volume_bytes).name);
}

std::string unpacked_heading(const FirmwareImage& image, std::uint32_t space) {
  const flash::UnpackedSpace& unpacked = image.unpacked[space - 1];
  return fmt::format("unpacked from the section at 0x{:x}: {} bytes", image.parts[unpacked.part].offset_bytes,
                     with_commas(unpacked.size_bytes));
}

std::string reset_lines(const flash::ResetTable& table) {
  std::string text = fmt::format("\ntable below the reset vector: {} bytes at 0x{:x}\n",
                                 with_commas(table.size_bytes), table.offset_bytes);
  for (const flash::ResetEntry& entry : table.entries) {
    text += fmt::format("  {}  {}: {}\n", entry.guid.text(), flash::entry_name(entry.guid),
                        octets::to_hex(entry.data));
  }
  return text;
}

}  // namespace

std::string text_of(const api::FirmwareInspectReport& report, std::size_t width, bool all) {
  const FirmwareImage& image = report.image;
  std::string text = heading_of(report) + '\n';
  text += report.facts.has_code ? code_lines(report.facts) : store_lines(image);
  for (std::uint32_t space = 0; space <= image.unpacked.size(); ++space) {
    const ByteMap map = byte_map_of(image, space);
    text += '\n' + (space == 0 ? std::string() : unpacked_heading(image, space) + "\n\n");
    text += map_rows(map, width) + '\n' + map_legend(map);
  }
  if (image.reset_table) text += reset_lines(*image.reset_table);
  return text + '\n' + tree_of(image, all);
}

std::string svg_of(const api::FirmwareInspectReport& report) {
  const FirmwareImage& image = report.image;
  std::vector<ByteMap> maps;
  for (std::uint32_t space = 0; space <= image.unpacked.size(); ++space)
    maps.push_back(byte_map_of(image, space));
  MapPicture picture(maps.front());
  picture.heading(heading_of(report));
  picture.whole_lane();
  picture.legend();
  for (std::uint32_t space = 1; space < maps.size(); ++space) {
    picture.turn_to(maps[space]);
    picture.title(unpacked_heading(image, space), "");
    picture.whole_lane();
    picture.legend();
  }
  return picture.document(
      fmt::format("Firmware {}", report.place.path),
      fmt::format(
          "{} bytes, {} parts; the first bar is the whole file to scale, each bar below it what a section "
          "of it unpacks to.",
          with_commas(image.file.size_bytes()), image.parts.size()));
}

}  // namespace nonvol::cli
