#include "api/variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "guest/home.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

struct WantedVariable {
  std::string name;
  std::optional<octets::Guid> vendor;
};

// "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c" is how Linux names variables in efivarfs.
WantedVariable split_name(const std::string& text) {
  constexpr std::size_t kGuidLength = 36;
  if (text.size() > kGuidLength + 1 && text[text.size() - kGuidLength - 1] == '-') {
    const auto vendor = octets::parse_guid(std::string_view(text).substr(text.size() - kGuidLength));
    if (vendor) return {text.substr(0, text.size() - kGuidLength - 1), vendor};
  }
  return {text, std::nullopt};
}

Error ambiguous(const std::string& store, const std::string& name,
                const std::vector<const flash::Record*>& matches) {
  Error error(ErrorId::kAmbiguousVariable,
              fmt::format("{} vendors have a variable named '{}'", matches.size(), name));
  error.place = Place::in_file(store);
  for (const flash::Record* record : matches) error.notes.push_back(record->vendor.text());
  error.hint = fmt::format("nonvol vars get {} {} --guid {}", octets::shell_path(store),
                           octets::shell_word(name), matches.front()->vendor.text());
  return error;
}

// In a damaged store a variable can be there and yet out of reach.
Error not_found(const flash::VariableStore& store, const std::string& guest_or_path,
                const std::string& name) {
  const std::string message = fmt::format("no live variable is named '{}'", name);
  const auto damage = std::ranges::find(store.findings, Severity::kError, &Finding::severity);
  if (damage == store.findings.end()) {
    return Error(ErrorId::kNoSuchVariable, message)
        .at(Place::in_file(store.file_name))
        .with_hint("nonvol vars list " + octets::shell_path(guest_or_path));
  }
  return Error(damage->id, damage->message)
      .at(damage->place)
      .with_note(message + " in what could be read")
      .with_hint(fmt::format("nonvol vars list {} --all", octets::shell_path(guest_or_path)));
}

}  // namespace

bool is_guest_word(std::string_view word) {
  return word.find_first_of("/.:") == std::string_view::npos;
}

Result<StorePlace> find_store(const Context& context, const std::string& guest_or_path) {
  StorePlace place;
  place.path = guest_or_path;
  if (is_guest_word(guest_or_path)) {
    auto home = open_home(context);
    if (!home) return home.error();
    auto record = home->load(guest_or_path);
    if (!record) return record.error();
    place.guest = guest_or_path;
    place.path = home->nvram_path(*record);
  }
  auto in_use = context.files.image_in_use(place.path);
  if (!in_use) return in_use.error();
  place.in_use = *in_use;
  return place;
}

Result<flash::VariableStore> read_store(storage::FileSource& files, const std::string& path,
                                        flash::ReadOptions options) {
  auto file = files.open_read(path);
  if (!file) return file.error();
  flash::StoreReader reader(path, (*file)->size_bytes(), options);
  std::vector<std::uint8_t> buffer;
  while (const std::optional<flash::Range> range = reader.wants()) {
    buffer.resize(range->size_bytes);
    auto got = (*file)->read_at(range->offset_bytes, buffer);
    if (!got) return got.error();
    reader.feed({buffer.data(), *got});
  }
  return std::move(reader).finish();
}

Result<VariablesListReport> variables_list(const Context& context, const std::string& guest_or_path,
                                           bool all) {
  auto place = find_store(context, guest_or_path);
  if (!place) return place.error();
  auto store = read_store(context.files, place->path, {.thorough = all});
  if (!store) return store.error();
  VariablesListReport report{*std::move(place), all, *std::move(store), {}};
  report.live = flash::live_variables(report.store);
  return report;
}

Result<VariableGetReport> variable_get(const Context& context, const std::string& guest_or_path,
                                       const std::string& name, const std::string& guid) {
  WantedVariable wanted = split_name(name);
  if (!guid.empty()) {
    const auto vendor = octets::parse_guid(guid);
    if (!vendor) {
      return Error(ErrorId::kBadCommandLine, fmt::format("--guid is '{}', and must be a GUID", guid))
          .with_hint("nonvol vars list " + octets::shell_path(guest_or_path));
    }
    wanted = {name, vendor};
  }
  auto place = find_store(context, guest_or_path);
  if (!place) return place.error();
  auto store = read_store(context.files, place->path);
  if (!store) return store.error();
  std::vector<const flash::Record*> matches;
  for (const flash::Record* record : flash::live_variables(*store)) {
    const bool vendor_fits = !wanted.vendor || record->vendor == *wanted.vendor;
    if (vendor_fits && record->name.text == wanted.name) matches.push_back(record);
  }
  if (matches.empty()) return not_found(*store, guest_or_path, name);
  if (matches.size() > 1) return ambiguous(guest_or_path, wanted.name, matches);
  const flash::Record& record = *matches.front();
  const octets::Bytes data = store->data(record);
  const octets::Bytes name_utf16 = store->name_utf16(record);
  return VariableGetReport{*std::move(place),
                           record,
                           {name_utf16.begin(), name_utf16.end()},
                           {data.begin(), data.end()},
                           std::move(store->findings)};
}

}  // namespace nonvol::api
