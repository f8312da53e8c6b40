#include "vnvram/nvram_core.h"

#include <fmt/format.h>

#include <algorithm>

#include "vnvram/nvram_reconcile.h"

namespace nonvol::vnvram {
namespace {

Error no_such_entry(std::string_view entry_name, const std::string& file_name) {
  return Error(ErrorId::kNoSuchEntry, fmt::format("no entry '{}' is registered", entry_name))
      .at(Place::in_file(file_name));
}

auto position_of(const std::vector<std::shared_ptr<Registered>>& registered, std::string_view entry_name) {
  return std::ranges::find(registered, entry_name,
                           [](const auto& entry) -> std::string_view { return entry->registration.name; });
}

// In the order of the image, so that no two threads wait for each other.
std::vector<std::unique_lock<std::mutex>> lock_all(const std::vector<Change>& changes) {
  std::vector<Registered*> entries;
  for (const Change& change : changes) entries.push_back(change.entry.get());
  std::ranges::sort(entries, {}, &Registered::index);
  std::vector<std::unique_lock<std::mutex>> locks;
  for (Registered* entry : entries) locks.emplace_back(entry->mutex);
  return locks;
}

}  // namespace

Result<void> NvramCore::add(Registration registration) {
  const std::unique_lock lock(registry_);
  if (state_ != State::kSetUp) {
    return Error(ErrorId::kWrongOrder,
                 fmt::format("'{}' cannot be registered: {} was started", registration.name, file_name_));
  }
  if (Result<void> checked = check_entry_request(registration); !checked) return checked;
  if (position_of(registered_, registration.name) != registered_.end()) {
    return Error(ErrorId::kEntryExists, fmt::format("'{}' is registered already", registration.name))
        .at(Place::in_file(file_name_));
  }
  registered_.push_back(std::make_shared<Registered>());
  registered_.back()->registration = std::move(registration);
  return {};
}

Result<void> NvramCore::remove(std::string_view entry_name) {
  const std::unique_lock lock(registry_);
  const auto found = position_of(registered_, entry_name);
  if (found == registered_.end()) return no_such_entry(entry_name, file_name_);
  registered_.erase(found);
  return {};
}

std::vector<Registration> NvramCore::registrations() const {
  std::vector<Registration> result;
  for (const auto& entry : registered_) result.push_back(entry->registration);
  return result;
}

Result<void> NvramCore::open_image() {
  Result<Image> image = Image::open(std::move(file_), file_name_, key_ ? &*key_ : nullptr);
  key_.reset();
  if (!image) {
    state_ = State::kUnusable;
    return image.error();
  }
  image_ = *std::move(image);
  flushes_.emplace(image_->file());
  return {};
}

Result<void> NvramCore::start(const StartOptions& options) {
  const std::unique_lock lock(registry_);
  if (state_ != State::kSetUp) {
    return Error(ErrorId::kWrongOrder,
                 fmt::format("{} {}", file_name_,
                             state_ == State::kStarted
                                 ? "was started already"
                                 : "could not be opened as an image; it has to be set up again"));
  }
  if (!image_) {
    if (Result<void> opened = open_image(); !opened) return opened;
  }
  if (options.fail_if_encrypted_without_key && image_->has_keys() && !image_->unlocked()) {
    return Error(ErrorId::kKeyNeeded,
                 fmt::format("{} has encrypted entries, and no key was given", file_name_))
        .at(Place::in_file(file_name_));
  }
  findings_ = compare(registrations(), *image_, options.fail_on_unregistered);
  if (Result<void> matches = require_match(findings_, file_name_); !matches) return matches;
  damaged_slots_ = 0;
  if (Result<void> verified = verify_registered(); !verified) return verified;
  state_ = State::kStarted;
  return {};
}

Result<void> NvramCore::verify_registered() {
  for (const auto& entry : registered_) {
    Result<std::size_t> index = image_->find(entry->registration.name);
    if (!index) return index.error();
    entry->index = *index;
    Result<std::optional<std::uint64_t>> generation = verify(*image_, *index, findings_, damaged_slots_);
    if (!generation) return generation.error();
    entry->generation = *generation;
  }
  return {};
}

std::vector<Finding> NvramCore::findings() const {
  const std::shared_lock lock(registry_);
  return findings_;
}

unsigned NvramCore::damaged_slots() const {
  const std::shared_lock lock(registry_);
  return damaged_slots_;
}

std::vector<EntryFacts> NvramCore::entries() const {
  const std::shared_lock lock(registry_);
  std::vector<EntryFacts> result;
  if (state_ != State::kStarted) return result;
  for (const EntryInfo& entry : image_->entries()) {
    result.push_back({entry.name, entry.kind, entry.capacity_bytes, entry.encrypted,
                      position_of(registered_, entry.name) != registered_.end()});
  }
  return result;
}

Result<std::shared_ptr<Registered>> NvramCore::find(std::string_view entry_name) const {
  const std::shared_lock lock(registry_);
  if (state_ != State::kStarted) {
    return Error(ErrorId::kWrongOrder,
                 fmt::format("'{}' cannot be used: {} was not started", entry_name, file_name_));
  }
  const auto found = position_of(registered_, entry_name);
  if (found == registered_.end()) return no_such_entry(entry_name, file_name_);
  return *found;
}

Error NvramCore::failed_before() const {
  return Error(ErrorId::kNvramFailed,
               fmt::format("a write to {} failed before; what it holds is not known", file_name_))
      .at(Place::in_file(file_name_));
}

Result<Contents> NvramCore::read(Registered& entry) {
  const std::scoped_lock lock(entry.mutex);
  if (failed()) return failed_before();
  Result<Blob> blob = image_->read(entry.index);
  if (!blob) return blob.error();
  const octets::Bytes bytes = blob->bytes();
  return Contents{{bytes.begin(), bytes.end()}, blob->generation};
}

Result<std::uint64_t> NvramCore::generation(Registered& entry) {
  const std::scoped_lock lock(entry.mutex);
  if (failed()) return failed_before();
  if (entry.generation) return *entry.generation;
  return Error(ErrorId::kBlobDamaged,
               fmt::format("the generation of '{}' is not known: its blob cannot be read",
                           entry.registration.name))
      .at(Place::in_file(file_name_));
}

Result<Update> NvramCore::prepare(const Change& change) {
  if (failed()) return failed_before();
  const EntryInfo& entry = image_->entries()[change.entry->index];
  const bool fills = entry.kind == EntryKind::kPlain && change.options.fill &&
                     change.content == Content::kPresent && change.payload.size() < entry.capacity_bytes;
  if (!fills) return prepare_settled(change, change.payload);
  std::vector<std::uint8_t> filled(entry.capacity_bytes, *change.options.fill);
  std::ranges::copy(change.payload, filled.begin());
  return prepare_settled(change, filled);
}

// The first update of an atomic entry finds out what is durable, by a flush that is enough for all entries:
// one thread does that, the others wait for it.
Result<Update> NvramCore::prepare_settled(const Change& change, octets::Bytes payload) {
  std::unique_lock<std::mutex> lock(settling_, std::defer_lock);
  if (!settled_ && kind(*change.entry) == EntryKind::kAtomic) lock.lock();
  Result<Update> update =
      image_->prepare(change.entry->index, change.content, payload, change.options.over_damage);
  if (update && lock.owns_lock()) settled_ = true;
  return update;
}

std::vector<Result<void>> NvramCore::apply(const std::vector<Change>& changes) {
  std::vector<Result<void>> results(changes.size());
  const std::vector<std::unique_lock<std::mutex>> locks = lock_all(changes);
  std::vector<std::optional<Update>> written(changes.size());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Result<Update> update = prepare(changes[i]);
    if (!update) {
      results[i] = update.error();
      continue;
    }
    results[i] = image_->file().write_at(update->patch.offset_bytes, update->patch.bytes);
    if (!results[i]) {
      flushes_->fail(results[i].error());
    } else {
      written[i] = *std::move(update);
    }
  }
  const auto was_written = [](const std::optional<Update>& update) { return update.has_value(); };
  if (std::ranges::none_of(written, was_written)) return results;
  const Result<void> flushed = flushes_->flush();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (!written[i]) continue;
    results[i] = flushed;
    if (!flushed) continue;
    image_->applied(*written[i]);
    changes[i].entry->generation = written[i]->generation;
  }
  return results;
}

bool NvramCore::had_fatal_error() const {
  const std::shared_lock lock(registry_);
  return flushes_ && failed();
}

}  // namespace nonvol::vnvram
