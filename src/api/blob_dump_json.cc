#include "api/blob_dump.h"
#include "api/json_parts.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using json::Writer;

std::string_view content_word(vnvram::Content content) {
  return content == vnvram::Content::kPresent ? "present" : "absent";
}

void write_slot(Writer& writer, const SlotDump& slot) {
  writer.begin_object().member("slot", slot.index == 0 ? "a" : "b");
  writer.member("offset_bytes", slot.offset_bytes).member("size_bytes", slot.size_bytes);
  writer.member("verdict", to_string(slot.verdict)).member("newest", slot.newest);
  if (slot.has_header()) {
    const vnvram::SlotHeader& header = slot.header;
    const bool sealed = header.cipher == vnvram::Cipher::kAes256Gcm;
    writer.member("content", content_word(header.content)).member("generation", header.generation);
    writer.member("length_bytes", std::uint64_t{header.length_bytes});
    writer.member("integrity", to_string(header.integrity)).member("cipher", sealed ? "aes-256-gcm" : "none");
    if (sealed) writer.member("nonce_hex", octets::to_hex(header.nonce));
    writer.member("proof_hex", octets::to_hex(header.proof));
  }
  if (!slot.problem.empty()) writer.member("problem", slot.problem);
  writer.end_object();
}

void write_slots(Writer& writer, const EntryDump& entry) {
  writer.key("slots").begin_array();
  for (const SlotDump& slot : entry.slots) write_slot(writer, slot);
  writer.end_array();
}

void write_attributes(Writer& writer, const std::vector<vnvram::Attribute>& attributes) {
  writer.key("attributes").begin_array();
  for (const vnvram::Attribute& attribute : attributes) {
    writer.begin_object().member("name", attribute.name).member("mandatory", attribute.mandatory);
    writer.member("value_hex", octets::to_hex(attribute.value)).end_object();
  }
  writer.end_array();
}

void write_elements(Writer& writer, const BlobDumpReport& report) {
  writer.key("elements").begin_array();
  for (const vnvram::Element& element : report.elements) {
    const bool entry = element.type == vnvram::Element::Type::kEntry;
    writer.begin_object().member("type", entry ? "entry" : "slack");
    if (entry) writer.member("name", element.name);
    writer.member("offset_bytes", element.offset_bytes);
    writer.member("framing_bytes", element.content_offset_bytes - element.offset_bytes);
    writer.member("content_offset_bytes", element.content_offset_bytes);
    writer.member("content_bytes", element.content_bytes).end_object();
  }
  writer.end_array();
}

void write_directory(Writer& writer, const BlobDumpReport& report) {
  writer.key("directory");
  if (!report.directory_entry) {
    writer.null();
    return;
  }
  writer.begin_object().member("offset_bytes", report.directory_entry->offset_bytes);
  write_slots(writer, *report.directory_entry);
  writer.key("content");
  if (report.directory) {
    const vnvram::Directory& directory = *report.directory;
    writer.begin_object()
        .member("format_version", std::uint64_t{1})
        .member("uuid", vnvram::to_string(directory.uuid));
    writer.member("integrity", to_string(directory.integrity));
    write_attributes(writer, directory.attributes);
    writer.key("key_slots").begin_array();
    for (const vnvram::KeySlot& slot : directory.key_slots) writer.number(slot.number);
    writer.end_array().member("sealed", !directory.seal.empty()).end_object();
  } else {
    writer.null();
  }
  writer.end_object();
}

void write_entry(Writer& writer, const EntryDump& entry) {
  writer.begin_object().member("name", entry.name).key("kind");
  entry.info || entry.looks_atomic ? writer.string(entry.atomic() ? "atomic" : "plain") : writer.null();
  writer.member("in_directory", entry.info.has_value()).member("added", entry.added);
  writer.member("offset_bytes", entry.offset_bytes).member("content_bytes", entry.content_bytes);
  if (entry.info) {
    writer.member("capacity_bytes", entry.info->capacity_bytes).member("encrypted", entry.info->encrypted);
    write_attributes(writer, entry.info->attributes);
  }
  write_slots(writer, entry);
  writer.end_object();
}

}  // namespace

std::string to_json(const BlobDumpReport& report) {
  Writer writer = begin_document("blob.dump");
  writer.member("image", report.image).member("image_bytes", report.size_bytes);
  writer.member("declared_bytes", report.declared_bytes).member("seed_layout", report.seed_layout);
  writer.member("header_bytes", report.header_bytes).member("read_to_bytes", report.read_to_bytes);
  write_elements(writer, report);
  write_directory(writer, report);
  writer.key("entries").begin_array();
  for (const EntryDump& entry : report.entries) write_entry(writer, entry);
  writer.end_array();
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const BlobPayloadReport& report) {
  Writer writer = begin_document("blob.dump.payload");
  writer.member("image", report.image).member("entry", report.entry).key("slot");
  report.slot ? write_slot(writer, *report.slot) : void(writer.null());
  writer.member("size_bytes", std::uint64_t{report.bytes.size()}).member("whole_slot", report.whole_slot);
  return writer.end_object().take();
}

}  // namespace nonvol::api
