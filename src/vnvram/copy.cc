#include "vnvram/copy.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"

namespace nonvol::vnvram {
namespace {

const EntryRequest* find_request(const std::vector<EntryRequest>& requests, std::string_view name) {
  const auto found = std::ranges::find(requests, name, &EntryRequest::name);
  return found == requests.end() ? nullptr : &*found;
}

Result<void> check_drops(const Image& from, const ResizeRequest& request) {
  for (const std::string& name : request.dropped) {
    if (Result<std::size_t> found = from.find(name); !found) return found.error();
    if (find_request(request.changed, name) != nullptr) {
      return Error(ErrorId::kBadEntryRequest, fmt::format("'{}' is to be dropped and to be changed", name));
    }
  }
  return {};
}

// Whether what the entry holds fits what it is to become.
Result<void> check_content(Image& from, std::size_t index, const EntryRequest& wanted) {
  const EntryInfo& entry = from.entries()[index];
  Result<EntryState> state = from.state(index);
  if (!state) return state.error();
  if (state->state == BlobState::kDamaged || state->state == BlobState::kRolledBack ||
      (entry.encrypted && !from.unlocked())) {
    Result<Blob> reason = from.read(index);
    if (!reason) return reason.error();
  }
  const bool present = state->state == BlobState::kPresent;
  if (present && state->used_bytes > wanted.capacity_bytes) {
    return Error(ErrorId::kBlobTooLarge, fmt::format("'{}' holds {} bytes, its new capacity is {}",
                                                     entry.name, state->used_bytes, wanted.capacity_bytes))
        .at(Place::at_byte(from.file_name(), entry.offset_bytes));
  }
  if (present && wanted.kind == EntryKind::kPlain && state->used_bytes != wanted.capacity_bytes) {
    return Error(ErrorId::kPlainSize, fmt::format("'{}' holds {} bytes and is to be plain with {}",
                                                  entry.name, state->used_bytes, wanted.capacity_bytes))
        .at(Place::at_byte(from.file_name(), entry.offset_bytes));
  }
  return {};
}

// What an entry of the copy is to hold, and of which generation; nothing if it was never written.
struct Copied {
  Content content = Content::kPresent;
  std::uint64_t generation = 0;
  std::optional<Blob> blob;
  octets::Bytes bytes() const { return blob ? blob->bytes() : octets::Bytes(); }
};

Result<Copied> content_of(Image& from, std::size_t index) {
  Result<EntryState> state = from.state(index);
  if (!state) return state.error();
  Result<std::optional<Blob>> blob = from.read_if_present(index);
  if (!blob) return blob.error();
  Copied result;
  result.generation = state->generation;
  result.content = blob->has_value() ? Content::kPresent : Content::kAbsent;
  result.blob = *std::move(blob);
  return result;
}

Result<void> compare(Image& from, std::size_t from_index, Image& to, std::size_t to_index) {
  Result<std::optional<Blob>> before = from.read_if_present(from_index);
  if (!before) return before.error();
  Result<std::optional<Blob>> after = to.read_if_present(to_index);
  if (!after) return after.error();
  if (before->has_value() == after->has_value() &&
      (!before->has_value() || std::ranges::equal((*before)->bytes(), (*after)->bytes()))) {
    return {};
  }
  return Error(ErrorId::kImpossible, fmt::format("'{}' reads differently from the copy {}",
                                                 from.entries()[from_index].name, to.file_name()));
}

}  // namespace

Result<FormatRequest> resized(Image& from, const ResizeRequest& request) {
  if (Result<void> checked = check_drops(from, request); !checked) return checked.error();
  FormatRequest result;
  result.layout.reserve_bytes = request.reserve_bytes;
  result.layout.size_bytes = request.size_bytes;
  for (std::size_t i = 0; i < from.entries().size(); ++i) {
    const EntryInfo& entry = from.entries()[i];
    if (std::ranges::find(request.dropped, entry.name) != request.dropped.end()) continue;
    const EntryRequest* changed = find_request(request.changed, entry.name);
    const EntryRequest kept{entry.name, entry.capacity_bytes, entry.kind, entry.encrypted};
    result.layout.entries.push_back(changed == nullptr ? kept : *changed);
    result.layout.entries.back().attributes = entry.attributes;
    if (Result<void> checked = check_content(from, i, result.layout.entries.back()); !checked)
      return checked.error();
  }
  for (const EntryRequest& entry : request.changed) {
    if (!from.find(entry.name)) result.layout.entries.push_back(entry);
  }
  // A seed image stays one only if nothing is asked for that it cannot do.
  const auto plain = [](const EntryRequest& entry) { return entry.kind == EntryKind::kPlain; };
  result.layout.seed_layout = from.seed_layout() && std::ranges::all_of(result.layout.entries, plain);
  result.integrity = from.directory().integrity;
  result.layout.attributes = from.directory().attributes;
  if (!from.seed_layout()) result.uuid = from.directory().uuid;
  result.user_key = request.user_key;
  if (from.unlocked() && !request.new_data_key) result.data_key = &from.data_key();
  return result;
}

Result<void> copy_contents(Image& from, Image& to) {
  for (std::size_t i = 0; i < to.entries().size(); ++i) {
    const EntryInfo& entry = to.entries()[i];
    Result<std::size_t> source = from.find(entry.name);
    if (!source) continue;  // a new entry
    Result<Copied> copied = content_of(from, *source);
    if (!copied) return copied.error();
    if (entry.kind == EntryKind::kAtomic && copied->content == Content::kAbsent && copied->generation == 0)
      continue;
    if (Result<void> written = to.restore(i, copied->content, copied->bytes(), copied->generation); !written)
      return written;
    if (Result<void> same = compare(from, *source, to, i); !same) return same;
  }
  return {};
}

}  // namespace nonvol::vnvram
