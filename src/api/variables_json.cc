#include <algorithm>

#include "api/json_parts.h"
#include "api/variable_json.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using json::Writer;

std::string_view blank_word(flash::Blank blank) {
  return blank == flash::Blank::kZero ? "zero" : "erased";
}

void write_record(Writer& writer, const flash::Record& record) {
  writer.member("offset_bytes", record.offset_bytes).member("record_bytes", record.size_bytes);
  writer.member("state", flash::state_name(record.state)).member("state_byte", std::uint64_t{record.state});
}

// In a list one line is enough; 'vars get' has all.
void write_meaning(Writer& writer, const variable::Variable& variable) {
  const efi::Description description = efi::describe(variable);
  writer.member("kind", description.kind).member("summary", description.summary);
}

void write_value(Writer& writer, std::string_view name, const efi::DescriptionValue& value) {
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    writer.strings(name, *texts);
    return;
  }
  writer.key(name);
  if (const auto* flag = std::get_if<bool>(&value)) writer.boolean(*flag);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) writer.number(*number);
  if (const auto* text = std::get_if<std::string>(&value)) writer.string(*text);
}

void write_description(Writer& writer, const efi::Description& description) {
  writer.key("description").begin_object().member("kind", description.kind);
  writer.member("summary", description.summary).strings("lines", description.lines);
  writer.key("fields").begin_object();
  for (const auto& [name, value] : description.fields) write_value(writer, name, value);
  writer.end_object();
  write_findings(writer, description.findings);
  writer.end_object();
}

void write_store(Writer& writer, const varstore::Contents& contents) {
  writer.member("form", forms::name_of(contents.form_of_file()));
  if (!contents.is_flash()) {
    writer.key("layout").null().key("blank").null().key("authenticated").null();
    writer.key("capacity_bytes").null().key("used_bytes").null();
    return;
  }
  const flash::VariableStore& store = *contents.flash;
  writer.member("layout", store.layout->name).key("blank");
  if (store.blank == flash::Blank::kNo) {
    writer.null().member("authenticated", store.kind == flash::HeaderKind::kAuthenticated);
  } else {
    writer.string(blank_word(store.blank)).key("authenticated").null();
  }
  writer.member("capacity_bytes", store.capacity_bytes()).member("used_bytes", store.used_bytes());
}

}  // namespace

void write_place_of(Writer& writer, const StorePlace& place) {
  writer.key("guest");
  place.guest.empty() ? writer.null() : writer.string(place.guest);
  writer.member("path", place.path).member("in_use", place.in_use);
}

void write_variable(Writer& writer, const variable::Variable& variable) {
  const octets::Utf8Text name = variable.identity.name();
  writer.member("name", name.text);
  // A name that UTF-8 cannot hold is given as its bytes too.
  if (!name.lossless) writer.member("name_utf16_hex", octets::to_hex(variable.identity.name_utf16));
  writer.member("guid", variable.identity.vendor.text());
  writer.member("attributes", std::uint64_t{variable.attributes});
  writer.strings("attribute_names", variable::attribute_names(variable.attributes));
  if (const auto stamp = variable::parse_timestamp(variable.time)) {
    const auto time = variable::rfc3339(*stamp);
    time ? writer.member("time", *time) : writer.key("time").null();
    writer.member("time_hex", octets::to_hex(variable.time));
  }
  writer.member("monotonic_count", variable.monotonic_count);
  writer.member("public_key_index", std::uint64_t{variable.public_key_index});
  if (!variable.digest.empty()) writer.member("digest_hex", octets::to_hex(variable.digest));
  writer.member("size_bytes", std::uint64_t{variable.data.size()});
  writer.member("data_hex", octets::to_hex(variable.data));
}

std::string to_json(const VariablesListReport& report) {
  Writer writer = begin_document("vars.list");
  write_place_of(writer, report.place);
  write_store(writer, report.contents);
  writer.key("variables").begin_array();
  if (report.raw && report.contents.is_flash()) {
    const flash::VariableStore& store = *report.contents.flash;
    for (const flash::Record& record : store.records) {
      writer.begin_object();
      const variable::Variable variable = flash::variable_of(store, record);
      write_variable(writer, variable);
      write_meaning(writer, variable);
      write_record(writer, record);
      writer.member("live", std::ranges::find(report.live, &record) != report.live.end()).end_object();
    }
  } else {
    for (std::size_t i = 0; i < report.variables.size(); ++i) {
      writer.begin_object();
      write_variable(writer, report.variables[i]);
      write_meaning(writer, report.variables[i]);
      if (!report.live.empty()) write_record(writer, *report.live[i]);
      writer.end_object();
    }
  }
  writer.end_array();
  write_findings(writer, report.contents.findings());
  return writer.end_object().take();
}

std::string to_json(const VariableGetReport& report) {
  Writer writer = begin_document("vars.get");
  write_place_of(writer, report.place);
  writer.key("variable").begin_object();
  write_variable(writer, report.variable);
  if (report.record) write_record(writer, *report.record);
  writer.end_object();
  write_description(writer, report.description);
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

}  // namespace nonvol::api
