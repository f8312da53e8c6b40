#include "api/vars_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/firmware_traits.h"
#include "octets/text.h"
#include "storage/file_beside.h"

namespace nonvol::api {
namespace {

using Way = varstore::ChangePlan::Way;

// Microsoft's dbx of 2025: one list of 443 digests for x86-64, of 26 for ARM, with its header.
constexpr std::uint64_t kListHeaderBytes = 28;
constexpr std::uint64_t kSignatureBytes = 48;
constexpr std::uint64_t kX86Digests = 443;
constexpr std::uint64_t kArmDigests = 26;
constexpr std::uint64_t kLargestFileBytes = 64 << 20;

Result<std::vector<std::uint8_t>> read_file(storage::BlockFile& file, const std::string& name) {
  std::vector<std::uint8_t> bytes(std::min(file.size_bytes(), kLargestFileBytes));
  const Result<std::size_t> got = file.read_at(0, bytes);
  if (!got) return got.error();
  if (*got < bytes.size()) {
    return Error(ErrorId::kInputOutput, fmt::format("{} ended while it was read", name))
        .at(Place::in_file(name));
  }
  return bytes;
}

StoreSpace space_of(const flash::VariableStore& store) {
  StoreSpace space;
  space.capacity_bytes = store.capacity_bytes();
  const std::vector<const flash::Record*> live = flash::live_variables(store);
  for (const flash::Record* record : live) space.live_bytes += record->size_bytes;
  space.live_variables = live.size();
  space.dead_records = store.records.size() - live.size();
  space.dead_bytes = store.used_bytes() - space.live_bytes;
  space.free_bytes = space.capacity_bytes - store.used_bytes();
  return space;
}

RevocationRoom room_for_revocations(const flash::VariableStore& store, const StoreSpace& space) {
  RevocationRoom room;
  const std::uint64_t digests = is_arm(*store.layout) ? kArmDigests : kX86Digests;
  room.needed_bytes = flash::record_header_size_bytes(store.kind) + sizeof(u"dbx") + kListHeaderBytes +
                      digests * kSignatureBytes;
  room.limit_bytes = store.layout->authenticated_limit_bytes;
  room.available_bytes = space.free_bytes + space.dead_bytes;
  for (const flash::Record* record : flash::live_variables(store)) {
    const bool is_dbx =
        record->vendor == variable::vendor::kImageSecurityDatabase && record->name.text == "dbx";
    if (is_dbx) room.available_bytes += record->size_bytes;
  }
  return room;
}

void note_revocations(StoreCheckReport& report) {
  const RevocationRoom& room = *report.revocations;
  if (room.fits()) return;
  const bool too_large = room.limit_bytes != 0 && room.needed_bytes > room.limit_bytes;
  report.findings.push_back(
      {Severity::kNote, ErrorId::kRevocationsDoNotFit,
       too_large
           ? fmt::format(
                 "a current dbx takes {} bytes, firmware of the layout {} takes {} for one variable: it "
                 "can never be applied here",
                 room.needed_bytes, report.layout, room.limit_bytes)
           : fmt::format("a current dbx takes {} bytes, {} would be free for it", room.needed_bytes,
                         room.available_bytes),
       Place::in_file(report.place.path),
       too_large
           ? fmt::format("nonvol vars convert {} NEW.fd --to ovmf-4m", octets::shell_path(report.place.path))
           : "nonvol explain NV2330"});
}

// What the store itself says, as far as it can be read; the predictions have the rest.
void add_contents(StoreCheckReport& report, const varstore::Contents& contents) {
  report.is_flash = contents.is_flash();
  if (!contents.is_flash()) {
    report.findings = contents.findings();
    return;
  }
  const flash::VariableStore& store = *contents.flash;
  report.layout = store.layout->name;
  report.pending_write = store.replayed.has_value();
  if (store.blank != flash::Blank::kNo) return;
  report.space = space_of(store);
  report.revocations = room_for_revocations(store, *report.space);
}

// How much of a file is the store: less than all of an image that holds firmware code behind its variables.
// What comes behind is another firmware volume (PI 1.8, volume 3, 3.2.1: the signature at 0x28), where a
// padded store has nothing.
std::uint64_t store_bytes_of(octets::Bytes file, std::uint64_t file_size_bytes) {
  constexpr std::uint64_t kSignatureOffsetBytes = 0x28;
  constexpr std::array<std::uint8_t, 4> kSignature = {'_', 'F', 'V', 'H'};
  for (const flash::Layout& layout : flash::known_layouts()) {
    const std::uint64_t at = layout.volume_bytes + kSignatureOffsetBytes;
    if (at + kSignature.size() > file.size()) continue;
    if (std::ranges::equal(file.subspan(at, kSignature.size()), kSignature)) return layout.volume_bytes;
  }
  return file_size_bytes;
}

bool is_damage(const Error& error) {
  return error.exit_code() == ExitCode::kDamaged;
}

// The damaged bytes under another name beside the store, durable.
Result<std::string> keep_original(storage::FileSystem& files, const std::string& store_path,
                                  octets::Bytes bytes) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const std::string path = i == 0 ? store_path + ".damaged" : fmt::format("{}.damaged.{}", store_path, i);
    Result<void> done = storage::write_new_file(files, path, bytes);
    if (!done && done.error().id == ErrorId::kAlreadyThere) continue;
    if (done) done = files.sync_directory(storage::directory_of(path));
    if (!done) return done.error();
    return path;
  }
  return Error(ErrorId::kAlreadyThere,
               fmt::format("{}.damaged and {} more names are taken", store_path, kTries - 1))
      .at(Place::in_file(store_path));
}

}  // namespace

Result<StoreCheckReport> store_check(const Context& context, const std::string& target,
                                     const FirmwareWords& words) {
  auto place = find_store(context, target);
  if (!place) return place.error();
  StoreCheckReport report;
  report.place = *std::move(place);
  report.layout = "unknown";
  auto contents = varstore::read_contents_of(context.files, report.place.medium(), {.thorough = true});
  if (!contents && !is_damage(contents.error())) return contents.error();
  if (contents) add_contents(report, *contents);
  if (!report.is_flash) {
    return Error(ErrorId::kNoRecords, fmt::format("{} is {}, which no firmware maps as flash",
                                                  report.place.path, forms::to_string(contents->form.form)))
        .at(Place::in_file(report.place.path))
        .with_hint("nonvol vars list " + octets::shell_path(report.place.path));
  }

  const auto firmware = firmware_traits(context, report.place, words);
  if (!firmware) return firmware.error();
  // Nothing says for which firmware this could be a store: then what is wrong with it is the answer.
  if (firmware->empty() && !contents) return contents.error();
  auto file = storage::open_medium(context.files, report.place.medium(), {});
  if (!file) return file.error();
  auto bytes = read_file(**file, report.place.path);
  if (!bytes) return bytes.error();
  const std::uint64_t store_bytes = store_bytes_of(*bytes, (*file)->size_bytes());
  const octets::Bytes store =
      octets::Bytes(*bytes).first(std::min<std::uint64_t>(bytes->size(), store_bytes));
  for (const flash::FirmwareTraits& traits : *firmware) {
    report.predictions.push_back({traits, flash::predict(report.place.path, store, store_bytes, traits)});
  }
  for (const StorePrediction& prediction : report.predictions) {
    for (const Finding& reason : prediction.prediction.reasons) {
      const auto same = [&](const Finding& other) {
        return other.id == reason.id && other.message == reason.message;
      };
      if (std::ranges::none_of(report.findings, same)) report.findings.push_back(reason);
    }
  }
  if (report.revocations) note_revocations(report);
  return report;
}

Result<StoreRepairReport> store_repair(const Context& context, const StoreEditRequest& request,
                                       const FirmwareWords& words) {
  auto place = find_store(context, request.target);
  if (!place) return place.error();
  auto store = varstore::open_store(context.files, place->medium(), request.dry_run);
  if (!store) return store.error();
  if (store->file->size_bytes() > kLargestFileBytes) {
    return Error(ErrorId::kFormTooLarge,
                 fmt::format("{} has {} bytes, the largest flash bank has {}", place->path,
                             store->file->size_bytes(), kLargestFileBytes))
        .at(Place::in_file(place->path));
  }
  auto bytes = read_file(*store->file, place->path);
  if (!bytes) return bytes.error();
  const auto firmware = firmware_traits(context, *place, words);
  if (!firmware) return firmware.error();
  const bool known = !words.code.empty() || !place->guest.empty();
  const flash::Layout* expected = known && !firmware->empty() ? firmware->front().expects : nullptr;
  const std::uint64_t store_bytes = store_bytes_of(*bytes, store->file->size_bytes());
  const bool is_combined = store_bytes < store->file->size_bytes();
  const octets::Bytes part = octets::Bytes(*bytes).first(std::min<std::uint64_t>(bytes->size(), store_bytes));
  auto repair = flash::plan_repair(place->path, part, store_bytes, expected);
  if (!repair) return repair.error();

  StoreRepairReport report;
  report.place = *std::move(place);
  report.dry_run = request.dry_run;
  report.layout = repair->layout != nullptr ? std::string(repair->layout->name) : "unknown";
  report.steps = std::move(repair->steps);
  report.live_before = repair->live_before;
  report.live_after = repair->live_after;
  if (report.steps.empty()) return report;
  std::vector<std::uint8_t> after = *bytes;
  // Behind the store of a combined image lies code, which keeps its place.
  if (is_combined && repair->file_size_bytes != store_bytes) {
    return Error(ErrorId::kCannotReplace,
                 fmt::format("{} holds firmware code behind its store, which would have to move",
                             report.place.path))
        .at(Place::at_byte(report.place.path, store_bytes));
  }
  if (!is_combined) after.resize(repair->file_size_bytes, 0xff);
  std::ranges::copy(repair->bytes, after.begin());
  report.plan = varstore::plan_replacement(*bytes, after, "repair");
  if (auto checked = varstore::check_replaceable(*store, report.plan); !checked) return checked.error();
  if (request.dry_run || report.plan.way == Way::kNothing) return report;
  auto original = keep_original(context.files, store->path, *bytes);
  if (!original) return original.error();
  report.original = *std::move(original);
  auto done = varstore::commit(context.files, *store, report.plan,
                               {.command = request.command, .time = context.now()});
  if (!done) return done.error();
  report.done = *std::move(done);
  return report;
}

}  // namespace nonvol::api
