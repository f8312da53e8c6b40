#include "api/boot.h"
#include "api/json_parts.h"
#include "api/variable_json.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using json::Writer;

void write_number(Writer& writer, std::string_view key, std::optional<std::uint16_t> number) {
  writer.key(key);
  number ? writer.number(*number) : writer.null();
}

void write_name(Writer& writer, std::string_view key, std::optional<std::uint16_t> number) {
  writer.key(key);
  number ? writer.string(efi::option_name(efi::OptionKind::kBoot, *number)) : writer.null();
}

void write_option(Writer& writer, const efi::LoadOption& option) {
  const octets::Utf8Text description = option.description();
  writer.member("active", option.active()).member("hidden", option.hidden());
  writer.member("made_by_firmware", option.made_by_firmware());
  writer.member("attributes", std::uint64_t{option.attributes});
  writer.strings("attribute_names", efi::load_option_attribute_names(option.attributes));
  writer.member("description", description.text);
  if (!description.lossless) {
    writer.member("description_utf16_hex", octets::to_hex(option.description_utf16));
  }
}

void write_entry(Writer& writer, const ListedBootEntry& listed) {
  writer.begin_object().member("name", listed.name);
  writer.member("number", std::uint64_t{listed.entry.number}).key("position");
  listed.position ? writer.number(*listed.position) : writer.null();
  writer.member("damaged", !listed.entry.option.has_value());
  if (listed.entry.option) {
    write_option(writer, *listed.entry.option);
    writer.strings("device_paths", listed.device_paths);
    writer.member("optional_data_hex", octets::to_hex(listed.entry.option->optional_data));
  }
  writer.end_object();
}

std::string_view kind_word(efi::OptionKind kind) {
  switch (kind) {
    case efi::OptionKind::kDriver:
      return "driver";
    case efi::OptionKind::kSysPrep:
      return "sysprep";
    case efi::OptionKind::kBoot:
      break;
  }
  return "boot";
}

}  // namespace

std::string to_json(const BootListReport& report) {
  Writer writer = begin_document("boot.list");
  write_place_of(writer, report.place);
  writer.member("kind", kind_word(report.kind)).key("order").begin_array();
  for (const std::uint16_t number : report.order) writer.string(efi::option_name(report.kind, number));
  writer.end_array();
  write_name(writer, "next", report.next);
  write_name(writer, "current", report.current);
  write_number(writer, "timeout_seconds",
               report.timeout_seconds == kWaitsForEver ? std::nullopt : report.timeout_seconds);
  writer.member("waits_for_ever", report.timeout_seconds == kWaitsForEver);
  writer.key("entries").begin_array();
  for (const ListedBootEntry& listed : report.entries) write_entry(writer, listed);
  writer.end_array();
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

std::string to_json(const BootAddReport& report) {
  Writer writer = begin_document("boot.add");
  writer.member("name", efi::option_name(report.kind, report.number));
  writer.member("number", std::uint64_t{report.number});
  write_edit(writer, report.edit);
  return writer.end_object().take();
}

}  // namespace nonvol::api
