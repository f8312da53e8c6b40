#include <fmt/format.h>

#include "cli/text.h"
#include "cli/text_blob_view.h"
#include "octets/text.h"

namespace nonvol::cli {
namespace {

using octets::with_commas;

std::string quoted(std::string_view name) {
  return fmt::format("'{}'", printable(name));
}

std::string element_rows(const api::BlobDumpReport& report) {
  std::vector<std::vector<std::string>> rows = {
      {"offset", "framing", "content", "what"},
      {"0x0", fmt::format("{}", report.header_bytes), "0", "header \"qemu-nvram\""}};
  for (const vnvram::Element& element : report.elements) {
    const bool entry = element.type == vnvram::Element::Type::kEntry;
    rows.push_back({fmt::format("0x{:x}", element.offset_bytes),
                    fmt::format("{}", element.content_offset_bytes - element.offset_bytes),
                    with_commas(element.content_bytes),
                    entry ? "entry " + quoted(element.name) : std::string("slack")});
  }
  return table(rows);
}

std::string slot_line(const api::SlotDump& slot) {
  std::string result = fmt::format("  slot {} at 0x{:x}: {}", slot.index == 0 ? 'A' : 'B', slot.offset_bytes,
                                   to_string(slot.verdict));
  if (slot.has_header()) {
    const vnvram::SlotHeader& header = slot.header;
    result += fmt::format(", generation {}, {}, {} bytes, {}", header.generation,
                          header.content == vnvram::Content::kPresent ? "present" : "absent",
                          with_commas(header.length_bytes), to_string(header.integrity));
    if (header.cipher == vnvram::Cipher::kAes256Gcm) result += ", aes-256-gcm";
  }
  if (slot.newest) result += ", newest";
  if (!slot.problem.empty()) result += "; it " + slot.problem;
  return result + '\n';
}

std::string directory_text(const api::BlobDumpReport& report) {
  std::string result = fmt::format("\ndirectory at 0x{:x}\n", report.directory_entry->offset_bytes);
  for (const api::SlotDump& slot : report.directory_entry->slots) result += slot_line(slot);
  if (!report.directory) return result + "  cannot be read\n";
  const vnvram::Directory& directory = *report.directory;
  result += fmt::format("  format version 1, image {}, {}, {} entries\n", vnvram::to_string(directory.uuid),
                        to_string(directory.integrity), directory.entries.size());
  for (const vnvram::KeySlot& slot : directory.key_slots) {
    result += fmt::format("  key slot {} in use\n", slot.number);
  }
  for (const vnvram::Attribute& attribute : directory.attributes) {
    result += fmt::format("  attribute {}, {} bytes\n", quoted(attribute.name), attribute.value.size());
  }
  return result;
}

std::string entry_text(const api::EntryDump& entry) {
  std::string result = fmt::format("\nentry {} at 0x{:x}: ", quoted(entry.name), entry.offset_bytes);
  if (entry.info) {
    result += fmt::format("{}, capacity {} bytes", to_string(entry.info->kind),
                          with_commas(entry.info->capacity_bytes));
    if (entry.info->encrypted) result += ", encrypted";
    if (entry.added) result += ", added in slack";
  } else {
    result += fmt::format("not in the directory, {} bytes, {}", with_commas(entry.content_bytes),
                          entry.looks_atomic ? "looks atomic" : "of unknown kind");
  }
  result += '\n';
  if (entry.info) {
    for (const vnvram::Attribute& attribute : entry.info->attributes) {
      result += fmt::format("  attribute {}, {} bytes\n", quoted(attribute.name), attribute.value.size());
    }
  }
  for (const api::SlotDump& slot : entry.slots) result += slot_line(slot);
  return result;
}

}  // namespace

std::string text_of(const api::BlobDumpReport& report) {
  std::string result =
      fmt::format("{}: {} bytes, {}\n", printable(report.image), with_commas(report.size_bytes),
                  report.seed_layout ? "the seed's layout" : "extended layout");
  if (report.declared_bytes != report.size_bytes) {
    result += fmt::format("  it says that it has {} bytes; its elements can be read up to byte {}\n",
                          with_commas(report.declared_bytes), with_commas(report.read_to_bytes));
  } else if (report.read_to_bytes != report.size_bytes) {
    result += fmt::format("  its elements can be read up to byte {}\n", with_commas(report.read_to_bytes));
  }
  result += '\n' + element_rows(report);
  if (report.directory_entry) result += directory_text(report);
  for (const api::EntryDump& entry : report.entries) {
    // Asked for by name, it was shown above.
    if (report.directory_entry && entry.offset_bytes == report.directory_entry->offset_bytes) continue;
    result += entry_text(entry);
  }
  return result;
}

std::string text_of(const api::BlobPayloadReport& report) {
  if (!report.slot) return {};
  return slot_line(*report.slot);
}

}  // namespace nonvol::cli
