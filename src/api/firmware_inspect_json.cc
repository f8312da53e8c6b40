#include "api/firmware_inspect.h"
#include "api/json_parts.h"
#include "api/variable_json.h"
#include "flash/layout.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using flash::ImagePart;
using json::Writer;

void write_text(Writer& writer, std::string_view key, std::string_view text) {
  writer.key(key);
  text.empty() ? writer.null() : writer.string(text);
}

void write_traits(Writer& writer, const flash::CodeFacts& facts) {
  writer.key("features").begin_array();
  for (const flash::NamedTrait& named : flash::named_traits(facts)) {
    writer.begin_object().member("name", named.name).key("value");
    named.trait->value ? writer.boolean(*named.trait->value) : writer.null();
    writer.member("certainty", flash::to_string(named.trait->certainty));
    writer.member("rests_on", named.trait->rests_on).end_object();
  }
  writer.end_array();
}

void write_store(Writer& writer, const flash::CodeFacts& facts) {
  writer.key("store");
  if (!facts.store) {
    writer.null();
    return;
  }
  writer.begin_object().member("layout", flash::layout_of_volume(facts.store->volume_bytes).name);
  writer.member("volume_bytes", facts.store->volume_bytes);
  writer.member("certainty", flash::to_string(facts.store->certainty));
  writer.member("rests_on", facts.store->rests_on).end_object();
}

void write_metadata(Writer& writer, std::string_view key,
                    const std::optional<std::vector<flash::MetadataSection>>& sections) {
  writer.key(key);
  if (!sections) {
    writer.null();
    return;
  }
  writer.begin_array();
  for (const flash::MetadataSection& section : *sections) {
    writer.begin_object().member("type", std::uint64_t{section.type});
    writer.member("memory_offset_bytes", section.memory_offset_bytes);
    writer.member("memory_bytes", section.memory_bytes);
    writer.member("file_offset_bytes", section.file_offset_bytes);
    writer.member("file_bytes", section.file_bytes).end_object();
  }
  writer.end_array();
}

void write_reset_table(Writer& writer, const std::optional<flash::ResetTable>& table) {
  writer.key("reset_table");
  if (!table) {
    writer.null();
    return;
  }
  writer.begin_object().member("offset_bytes", table->offset_bytes).member("size_bytes", table->size_bytes);
  writer.key("entries").begin_array();
  for (const flash::ResetEntry& entry : table->entries) {
    writer.begin_object().member("guid", entry.guid.text()).member("name", flash::entry_name(entry.guid));
    writer.member("offset_bytes", entry.offset_bytes)
        .member("data_hex", octets::to_hex(entry.data))
        .end_object();
  }
  writer.end_array();
  write_metadata(writer, "sev_sections", table->sev);
  write_metadata(writer, "tdx_sections", table->tdx);
  writer.end_object();
}

void write_part(Writer& writer, const ImagePart& part) {
  const bool typed = part.kind == ImagePart::Kind::kFile || part.kind == ImagePart::Kind::kPadFile ||
                     part.kind == ImagePart::Kind::kSection;
  writer.begin_object().member("kind", to_string(part.kind)).key("type");
  typed ? writer.number(part.type) : writer.null();
  writer.member("type_name", flash::type_name(part));
  write_text(writer, "name", part.name);
  write_text(writer, "guid", part.guid == octets::Guid{} ? std::string() : part.guid.text());
  write_text(writer, "file_system",
             part.file_system == octets::Guid{} ? std::string() : part.file_system.text());
  writer.key("parent");
  part.parent == flash::kNoPart ? writer.null() : writer.number(part.parent);
  writer.member("depth", std::uint64_t{part.depth}).member("space", std::uint64_t{part.space});
  writer.member("offset_bytes", part.offset_bytes).member("size_bytes", part.size_bytes);
  writer.member("header_bytes", part.header_bytes).member("deleted", part.deleted).end_object();
}

}  // namespace

std::string to_json(const FirmwareInspectReport& report) {
  Writer writer = begin_document("firmware.inspect");
  write_place_of(writer, report.place);
  writer.member("size_bytes", report.image.file.size_bytes());
  writer.member("has_code", report.facts.has_code).member("has_own_store", report.facts.has_own_store);
  write_text(writer, "architecture", report.facts.architecture);
  write_text(writer, "early_architecture", report.facts.early_architecture);
  write_text(writer, "version", report.facts.version);
  write_traits(writer, report.facts);
  write_store(writer, report.facts);
  write_reset_table(writer, report.image.reset_table);
  writer.key("unpacked").begin_array();
  for (const flash::UnpackedSpace& space : report.image.unpacked) {
    writer.begin_object().member("part", std::uint64_t{space.part}).member("size_bytes", space.size_bytes);
    writer.end_object();
  }
  writer.end_array().key("parts").begin_array();
  for (const ImagePart& part : report.image.parts) write_part(writer, part);
  writer.end_array();
  write_findings(writer, report.image.findings);
  return writer.end_object().take();
}

}  // namespace nonvol::api
