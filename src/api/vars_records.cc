#include "api/vars_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "api/json_parts.h"
#include "api/variable_json.h"
#include "octets/text.h"
#include "varstore/convert.h"

namespace nonvol::api {
namespace {

using flash::Record;
using flash::VariableStore;

// More than any layout has; a volume of a layout that nobody knows may say anything.
constexpr std::uint64_t kLargestVolumeBytes = 16 << 20;

Error no_records(const varstore::Contents& contents) {
  return Error(ErrorId::kNoRecords, fmt::format("{} is {}: it has no records but the live variables",
                                                contents.file_name, forms::to_string(contents.form.form)))
      .at(Place::in_file(contents.file_name))
      .with_hint("nonvol vars list " + octets::shell_path(contents.file_name));
}

struct Opened {
  StorePlace place;
  std::unique_ptr<storage::BlockFile> file;
  varstore::Contents contents;
};

Result<Opened> open_flash(const Context& context, const std::string& guest_or_path,
                          flash::ReadOptions options) {
  auto place = find_store(context, guest_or_path);
  if (!place) return place.error();
  auto file = storage::open_medium(context.files, place->medium(), {});
  if (!file) return file.error();
  auto contents = varstore::read_contents(**file, place->path, options);
  if (!contents) return contents.error();
  if (!contents->is_flash()) return no_records(*contents);
  if (place->in_use) contents->flash->findings.push_back(in_use_finding(*place));
  return Opened{*std::move(place), *std::move(file), *std::move(contents)};
}

std::vector<const Record*> named_records(const VariableStore& store, std::size_t& unreadable) {
  std::vector<const Record*> result;
  for (const Record& record : store.records) {
    const bool readable = !record.is_hole && record.fits && record.name_utf16.size_bytes > 0;
    readable ? result.push_back(&record) : static_cast<void>(++unreadable);
  }
  return result;
}

bool is_wanted(const variable::Identity& identity, const std::optional<WantedVariable>& wanted) {
  if (!wanted) return true;
  if (wanted->vendor && *wanted->vendor != identity.vendor) return false;
  return identity.name().text == wanted->name;
}

void write_regions(json::Writer& writer, const StoreMapReport& report) {
  const VariableStore& store = *report.contents.flash;
  writer.key("regions").begin_array();
  for (const flash::Region& region : report.regions) {
    writer.begin_object().member("begin_bytes", region.begin_bytes).member("size_bytes", region.size_bytes);
    writer.member("what", to_string(region.use)).key("name");
    if (!region.record) {
      writer.null().key("guid").null().key("state").null().end_object();
      continue;
    }
    const Record& record = store.records[*region.record];
    writer.string(record.name.text).member("guid", record.vendor.text());
    writer.member("state", flash::state_name(record.state)).end_object();
  }
  writer.end_array();
}

}  // namespace

Finding in_use_finding(const StorePlace& place) {
  return {Severity::kWarning, ErrorId::kReadWhileInUse,
          fmt::format("{} is open in a running guest, which may change its variables while they are read and "
                      "afterwards",
                      place.path),
          Place::in_file(place.path), "nonvol explain NV2346"};
}

Result<StoreMapReport> store_map(const Context& context, const std::string& guest_or_path) {
  auto opened = open_flash(context, guest_or_path, {.thorough = true, .as_stored = true});
  if (!opened) return opened.error();
  const VariableStore& store = *opened->contents.flash;
  std::vector<std::uint8_t> volume;
  bool padded = true;
  if (store.blank == flash::Blank::kNo) {
    volume.resize(std::min({store.volume.length_bytes, store.file_size_bytes, kLargestVolumeBytes}));
    const Result<std::size_t> got = opened->file->read_at(0, volume);
    if (!got) return got.error();
    volume.resize(*got);
    const Result<bool> only = varstore::is_only_a_store(*opened->file, opened->contents);
    if (!only) return only.error();
    padded = *only;
  }
  StoreMapReport report{std::move(opened->place), std::move(opened->contents), {}};
  report.regions = flash::regions_of(*report.contents.flash, volume, padded);
  return report;
}

Result<StoreHistoryReport> store_history(const Context& context, const std::string& guest_or_path,
                                         const std::string& name) {
  std::optional<WantedVariable> wanted;
  if (!name.empty()) {
    auto parsed = wanted_variable(name, {});
    if (!parsed) return parsed.error();
    wanted = *std::move(parsed);
  }
  auto opened = open_flash(context, guest_or_path, {.thorough = true});
  if (!opened) return opened.error();
  StoreHistoryReport report{std::move(opened->place), std::move(opened->contents), {}, 0};
  const VariableStore& store = *report.contents.flash;
  const std::vector<const Record*> live = flash::live_variables(store);
  std::map<variable::Identity, std::size_t> places;
  for (const Record* record : named_records(store, report.unreadable)) {
    HistoryValue value;
    value.record = record;
    // Both lists are in file order.
    value.live = std::ranges::binary_search(live, record->offset_bytes, {}, &Record::offset_bytes);
    value.variable = flash::variable_of(store, *record);
    if (!is_wanted(value.variable.identity, wanted)) continue;
    const auto [place, is_new] = places.try_emplace(value.variable.identity, report.variables.size());
    if (is_new) report.variables.push_back({value.variable.identity, {}});
    report.variables[place->second].values.push_back(std::move(value));
  }
  if (wanted && report.variables.empty()) {
    return Error(ErrorId::kNoSuchVariable,
                 fmt::format("no record, live or dead, is named '{}'", wanted->name))
        .at(Place::in_file(report.place.path))
        .with_hint("nonvol vars history " + octets::shell_path(guest_or_path));
  }
  return report;
}

std::string to_json(const StoreMapReport& report) {
  const VariableStore& store = *report.contents.flash;
  json::Writer writer = begin_document("vars.map");
  write_place_of(writer, report.place);
  writer.member("layout", store.layout->name).member("file_bytes", store.file_size_bytes);
  write_regions(writer, report);
  write_findings(writer, report.contents.findings());
  return writer.end_object().take();
}

std::string to_json(const StoreHistoryReport& report) {
  json::Writer writer = begin_document("vars.history");
  write_place_of(writer, report.place);
  writer.member("layout", report.contents.flash->layout->name);
  writer.member("unreadable_records", std::uint64_t{report.unreadable}).key("variables").begin_array();
  for (const VariableHistory& history : report.variables) {
    writer.begin_object().member("name", history.identity.name().text);
    writer.member("guid", history.identity.vendor.text()).key("values").begin_array();
    for (const HistoryValue& value : history.values) {
      writer.begin_object().member("offset_bytes", value.record->offset_bytes);
      writer.member("record_bytes", value.record->size_bytes);
      writer.member("state", flash::state_name(value.record->state)).member("live", value.live);
      write_variable(writer, value.variable);
      writer.end_object();
    }
    writer.end_array().end_object();
  }
  writer.end_array();
  write_findings(writer, report.contents.findings());
  return writer.end_object().take();
}

}  // namespace nonvol::api
