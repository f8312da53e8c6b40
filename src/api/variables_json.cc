#include <algorithm>

#include "api/json_parts.h"
#include "api/variables.h"
#include "octets/text.h"
#include "variable/variable.h"

namespace nonvol::api {
namespace {

using json::Writer;

void write_place_of(Writer& writer, const StorePlace& place) {
  writer.key("guest");
  place.guest.empty() ? writer.null() : writer.string(place.guest);
  writer.member("path", place.path).member("in_use", place.in_use);
}

std::string_view blank_word(flash::Blank blank) {
  return blank == flash::Blank::kZero ? "zero" : "erased";
}

void write_variable(Writer& writer, const flash::Record& record, octets::Bytes data,
                    octets::Bytes name_utf16) {
  writer.member("name", record.name.text);
  // A name that UTF-8 cannot hold is given as its bytes too.
  if (!record.name.lossless) writer.member("name_utf16_hex", octets::to_hex(name_utf16));
  writer.member("guid", record.vendor.text()).member("attributes", std::uint64_t{record.attributes});
  writer.strings("attribute_names", variable::attribute_names(record.attributes));
  if (record.timestamp) {
    const auto time = variable::rfc3339(*record.timestamp);
    time ? writer.member("time", *time) : writer.key("time").null();
    writer.member("time_hex", octets::to_hex(record.timestamp->raw));
  }
  writer.member("size_bytes", std::uint64_t{data.size()}).member("data_hex", octets::to_hex(data));
}

void write_record(Writer& writer, const flash::Record& record) {
  writer.member("offset_bytes", record.offset_bytes).member("record_bytes", record.size_bytes);
  writer.member("state", flash::state_name(record.state)).member("state_byte", std::uint64_t{record.state});
  writer.member("monotonic_count", record.monotonic_count);
  writer.member("public_key_index", std::uint64_t{record.public_key_index});
}

}  // namespace

std::string to_json(const VariablesListReport& report) {
  const flash::VariableStore& store = report.store;
  Writer writer = begin_document("vars.list");
  write_place_of(writer, report.place);
  writer.member("layout", store.layout->name).key("blank");
  if (store.blank == flash::Blank::kNo) {
    writer.null().member("authenticated", store.kind == flash::HeaderKind::kAuthenticated);
  } else {
    writer.string(blank_word(store.blank)).key("authenticated").null();
  }
  writer.member("capacity_bytes", store.capacity_bytes()).member("used_bytes", store.used_bytes());
  writer.key("variables").begin_array();
  const auto write = [&](const flash::Record& record, bool live) {
    writer.begin_object();
    write_variable(writer, record, store.data(record), store.name_utf16(record));
    write_record(writer, record);
    if (report.all) writer.member("live", live);
    writer.end_object();
  };
  if (report.all) {
    for (const flash::Record& record : store.records) {
      write(record, std::ranges::find(report.live, &record) != report.live.end());
    }
  } else {
    for (const flash::Record* record : report.live) write(*record, true);
  }
  writer.end_array();
  write_findings(writer, store.findings);
  return writer.end_object().take();
}

std::string to_json(const VariableGetReport& report) {
  Writer writer = begin_document("vars.get");
  write_place_of(writer, report.place);
  writer.key("variable").begin_object();
  write_variable(writer, report.record, report.data, report.name_utf16);
  write_record(writer, report.record);
  writer.end_object();
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

}  // namespace nonvol::api
