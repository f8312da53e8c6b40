#include "flash/store_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "flash/headers.h"
#include "flash/pending_write.h"
#include "flash/record_walk.h"

namespace nonvol::flash {

using octets::Bytes;

StoreReader::StoreReader(std::string file_name, std::uint64_t file_size_bytes, ReadOptions options)
    : options_(options) {
  store_.file_name = std::move(file_name);
  store_.file_size_bytes = file_size_bytes;
  store_.layout = &layout_of_volume(0);
  if (file_size_bytes == 0) feed_start({});
}

std::optional<Range> StoreReader::wants() const {
  const std::uint64_t have = store_.bytes.size();
  switch (phase_) {
    case Phase::kStart:
      return Range{0, std::min(kStepBytes, store_.file_size_bytes)};
    case Phase::kBlank:
      return blank_->wants();
    case Phase::kRecords:
    case Phase::kRest:
      return Range{have, std::min(kStepBytes, store_.store_end_bytes - have)};
    case Phase::kWorking:
      return working_range();
    case Phase::kSpare:
      return pending_->spare;
    case Phase::kDone:
      return std::nullopt;
  }
  return std::nullopt;
}

void StoreReader::feed(Bytes bytes) {
  const std::optional<Range> wanted = wants();
  if (!wanted) return;
  if (bytes.size() < wanted->size_bytes) {
    const std::uint64_t end = wanted->offset_bytes + bytes.size();
    return fail(
        Error(ErrorId::kStoreTruncated,
              fmt::format("{} ends before its store does: its size was {} bytes, reading it ended at {}",
                          store_.file_name, store_.file_size_bytes, end))
            .at(Place::at_byte(store_.file_name, end)));
  }
  bytes = bytes.first(wanted->size_bytes);
  switch (phase_) {
    case Phase::kStart:
      return feed_start(bytes);
    case Phase::kBlank:
      return feed_blank(bytes);
    case Phase::kRecords:
    case Phase::kRest:
      store_.bytes.insert(store_.bytes.end(), bytes.begin(), bytes.end());
      return go_on_with_records();
    case Phase::kWorking:
      return feed_working(bytes);
    case Phase::kSpare:
      return feed_spare(bytes);
    case Phase::kDone:
      return;
  }
}

void StoreReader::feed_start(Bytes bytes) {
  // Smaller files cannot be formatted by any firmware, blank or not.
  const std::uint64_t smallest_blank_bytes = known_layouts().front().volume_bytes;
  const bool large_enough = store_.file_size_bytes >= smallest_blank_bytes;
  for (const std::uint8_t byte : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    if (!large_enough || !octets::all_equal(bytes, byte)) continue;
    blank_.emplace(store_.file_size_bytes, byte, options_.thorough);
    phase_ = Phase::kBlank;
    return;
  }
  if (auto checked = check_not_erased(store_.file_name, bytes); !checked) return fail(checked.error());
  store_.bytes.assign(bytes.begin(), bytes.end());
  if (auto headers = read_headers(store_); !headers) return fail(headers.error());
  phase_ = Phase::kRecords;
  go_on_with_records();
}

void StoreReader::feed_blank(Bytes bytes) {
  if (auto fed = blank_->feed(store_.file_name, bytes); !fed) return fail(fed.error());
  if (!blank_->wants()) finish_blank();
}

void StoreReader::finish_blank() {
  store_.blank = blank_->byte() == 0 ? Blank::kZero : Blank::kErased;
  store_.layout = &layout_of_blank_file(store_.file_size_bytes);
  store_.findings.push_back(
      {Severity::kNote, ErrorId::kBlankStore,
       fmt::format("{} is blank: {} of its {} bytes were looked at and all are {:#04x}", store_.file_name,
                   blank_->looked_at_bytes(), store_.file_size_bytes, blank_->byte()),
       Place::in_file(store_.file_name), "nonvol explain NV2209"});
  phase_ = Phase::kDone;
}

void StoreReader::go_on_with_records() {
  if (phase_ == Phase::kRecords && !walk_records(store_)) return;
  phase_ = Phase::kRest;
  if (options_.thorough && store_.bytes.size() < store_.store_end_bytes) return;
  check_tail(store_);
  const Range working = store_.replayed ? Range{} : working_range();
  phase_ = working.size_bytes == 0 ? Phase::kDone : Phase::kWorking;
  // Of a small store all was read already.
  if (const Bytes bytes = store_.at(working); !bytes.empty()) feed_working(bytes);
}

Range StoreReader::working_range() const {
  const Range working = store_.layout->working;
  const std::uint64_t file_end = store_.file_size_bytes;
  if (working.offset_bytes >= file_end) return {};
  const std::uint64_t size_bytes = std::min(working.size_bytes, kWorkingAreaReadBytes);
  return {working.offset_bytes, std::min(size_bytes, file_end - working.offset_bytes)};
}

void StoreReader::feed_working(Bytes bytes) {
  phase_ = Phase::kDone;
  pending_ = read_write_queue(bytes, *store_.layout).interrupted;
  if (!pending_) return;
  if (options_.as_stored) {
    return report_pending(*pending_, "; what is read here is what stands there before that");
  }
  const bool reaches = pending_->is_possible() && pending_->target.offset_bytes <= store_.bytes.size() &&
                       pending_->spare.offset_bytes + pending_->spare.size_bytes <= store_.file_size_bytes;
  if (!reaches) {
    report_pending(*pending_, ", but what it would copy does not fit the store, and it was not applied here");
    store_.findings.back().severity = Severity::kError;
    return;
  }
  phase_ = Phase::kSpare;
}

// The headers come from the spare too: what was read of them before says nothing any more.
void StoreReader::feed_spare(Bytes bytes) {
  const std::uint64_t begin = pending_->target.offset_bytes;
  const std::uint64_t end = begin + bytes.size();
  if (store_.bytes.size() < end) store_.bytes.resize(end);
  std::ranges::copy(bytes, store_.bytes.begin() + static_cast<std::ptrdiff_t>(begin));
  store_.records.clear();
  store_.findings.clear();
  store_.volume = {};
  store_.header = {};
  store_.replayed = pending_;
  if (auto headers = read_headers(store_); !headers) return fail(headers.error());
  report_pending(*pending_, "; what is read here is what it will have made of it");
  phase_ = Phase::kRecords;
  go_on_with_records();
}

void StoreReader::report_pending(const PendingWrite& write, std::string_view what_follows) {
  const std::uint64_t at = write.record_offset_bytes;
  store_.findings.push_back(
      {Severity::kWarning,
       ErrorId::kPendingWrite,
       fmt::format(
           "a write of {} was interrupted and is pending at offset {:#x}: at its next start the firmware "
           "copies the spare area at {:#x} over the store{}",
           store_.file_name, at, store_.layout->spare.offset_bytes, what_follows),
       Place::at_byte(store_.file_name, at),
       {}});
}

void StoreReader::fail(Error error) {
  error_ = std::move(error);
  phase_ = Phase::kDone;
}

Result<VariableStore> StoreReader::finish() && {
  if (error_) return *std::move(error_);
  if (phase_ != Phase::kDone) {
    return Error(ErrorId::kImpossible,
                 fmt::format("{} was to be understood before it was read", store_.file_name));
  }
  return std::move(store_);
}

}  // namespace nonvol::flash
