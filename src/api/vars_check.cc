#include "api/vars_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/firmware_traits.h"
#include "octets/text.h"
#include "storage/file_beside.h"

namespace nonvol::api {
namespace {

using Way = varstore::ChangePlan::Way;

// Microsoft's dbx for x86-64 of 2025: one list of 443 digests with its header.
constexpr std::uint64_t kRevocationListBytes = 28 + 443 * 48;
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
  room.needed_bytes = flash::record_header_size_bytes(store.kind) + sizeof(u"dbx") + kRevocationListBytes;
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

bool is_damage(const Error& error) {
  return error.exit_code() == ExitCode::kDamaged;
}

// A copy of the store under another name, durable.
Result<std::string> keep_original(storage::FileSystem& files, const varstore::OpenStore& store) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const std::string path = i == 0 ? store.path + ".damaged" : fmt::format("{}.damaged.{}", store.path, i);
    auto copy = files.create_new(path);
    if (!copy && copy.error().id == ErrorId::kAlreadyThere) continue;
    if (!copy) return copy.error();
    const auto bytes = read_file(*store.file, store.path);
    if (!bytes) return bytes.error();
    Result<void> done = (*copy)->write_at(0, *bytes);
    if (done) done = (*copy)->flush();
    if (done) done = files.sync_directory(storage::directory_of(path));
    if (!done) return done.error();
    return path;
  }
  return Error(ErrorId::kAlreadyThere,
               fmt::format("{}.damaged and {} more names are taken", store.path, kTries - 1))
      .at(Place::in_file(store.path));
}

}  // namespace

Result<StoreCheckReport> store_check(const Context& context, const std::string& target,
                                     const FirmwareWords& words) {
  auto place = find_store(context, target);
  if (!place) return place.error();
  StoreCheckReport report;
  report.place = *std::move(place);
  report.layout = "unknown";
  auto contents = varstore::read_contents_of(context.files, {report.place.path}, {.thorough = true});
  if (!contents && !is_damage(contents.error())) return contents.error();
  if (contents) add_contents(report, *contents);
  if (!report.is_flash) return report;

  const auto firmware = firmware_traits(context, report.place, words);
  if (!firmware) return firmware.error();
  auto file = storage::open_medium(context.files, {report.place.path}, {});
  if (!file) return file.error();
  auto bytes = read_file(**file, report.place.path);
  if (!bytes) return bytes.error();
  for (const flash::FirmwareTraits& traits : *firmware) {
    report.predictions.push_back(
        {traits, flash::predict(report.place.path, *bytes, (*file)->size_bytes(), traits)});
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
  auto store = varstore::open_store(context.files, {place->path}, request.dry_run);
  if (!store) return store.error();
  auto bytes = read_file(*store->file, place->path);
  if (!bytes) return bytes.error();
  const auto firmware = firmware_traits(context, *place, words);
  if (!firmware) return firmware.error();
  const bool known = !words.code.empty() || !place->guest.empty();
  const flash::Layout* expected = known && !firmware->empty() ? firmware->front().expects : nullptr;
  auto repair = flash::plan_repair(place->path, *bytes, store->file->size_bytes(), expected);
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
  after.resize(repair->file_size_bytes, 0xff);
  std::ranges::copy(repair->bytes, after.begin());
  report.plan = varstore::plan_replacement(*bytes, after, "repair");
  if (request.dry_run || report.plan.way == Way::kNothing) return report;
  auto original = keep_original(context.files, *store);
  if (!original) return original.error();
  report.original = *std::move(original);
  auto done = varstore::commit(context.files, *store, report.plan,
                               {.command = request.command, .time = context.now()});
  if (!done) return done.error();
  report.done = *std::move(done);
  return report;
}

}  // namespace nonvol::api
