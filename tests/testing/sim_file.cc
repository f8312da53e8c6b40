#include "testing/sim_file.h"

#include <algorithm>
#include <random>

namespace nonvol::testing {
namespace {

// Mixes numbers into one that looks like none of them (the finaliser of SplitMix64).
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

class SimFile::OpenFile : public storage::BlockFile {
 public:
  explicit OpenFile(SimFile& file) : file_(file) {}

  std::uint64_t size_bytes() const override { return file_.bytes_.size(); }

  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    if (++file_.reads_ == file_.failing_read_) return Error(ErrorId::kInputOutput, "simulated failing read");
    if (offset_bytes >= file_.bytes_.size()) return 0;
    const std::size_t size_bytes = std::min<std::size_t>(into.size(), file_.bytes_.size() - offset_bytes);
    std::copy_n(file_.bytes_.begin() + static_cast<std::ptrdiff_t>(offset_bytes), size_bytes, into.begin());
    return size_bytes;
  }

  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes bytes) override {
    return file_.write(offset_bytes, bytes);
  }

  Result<void> flush() override { return file_.flush(); }

  Result<void> resize(std::uint64_t) override {
    return Error(ErrorId::kInputOutput, "a simulated file keeps its size");
  }

 private:
  SimFile& file_;
};

std::unique_ptr<storage::BlockFile> SimFile::open() {
  return std::make_unique<OpenFile>(*this);
}

void SimFile::fail_step(std::uint64_t step, ErrorId id, std::size_t written_bytes) {
  failing_step_ = step;
  fail_id_ = id;
  fail_written_bytes_ = written_bytes;
}

std::vector<std::size_t> SimFile::unflushed() const {
  std::vector<std::size_t> sectors;
  for (const auto& [sector, content] : durable_) sectors.push_back(sector);
  return sectors;
}

std::size_t SimFile::size_of(std::size_t sector) const {
  return std::min(kSectorBytes, bytes_.size() - sector * kSectorBytes);
}

SimFile::Sector SimFile::content_of(std::size_t sector) const {
  Sector content{};
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(sector * kSectorBytes), size_of(sector),
              content.begin());
  return content;
}

void SimFile::put(std::size_t sector, const Sector& content) {
  std::copy_n(content.begin(), size_of(sector),
              bytes_.begin() + static_cast<std::ptrdiff_t>(sector * kSectorBytes));
}

void SimFile::before_change(std::size_t sector) {
  if (undo_) undo_->try_emplace(sector, content_of(sector));
}

void SimFile::undo() {
  for (const auto& [sector, content] : *undo_) put(sector, content);
  undo_->clear();
}

void SimFile::store(std::uint64_t offset_bytes, octets::Bytes bytes) {
  if (bytes.empty()) return;
  for (std::size_t sector = offset_bytes / kSectorBytes; sector * kSectorBytes < offset_bytes + bytes.size();
       ++sector) {
    before_change(sector);
    durable_.try_emplace(sector, content_of(sector));
    const bool whole = offset_bytes <= sector * kSectorBytes &&
                       offset_bytes + bytes.size() >= sector * kSectorBytes + size_of(sector);
    if (whole) garbage_.erase(sector);
  }
  std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(offset_bytes));
}

// How much of a write happens although the step fails; all of it where the power fails.
Result<void> SimFile::step(std::size_t& written_bytes) {
  if (stopped()) {
    written_bytes = 0;
    return Error(ErrorId::kInputOutput, "simulated power cut before");
  }
  ++steps_;
  if (stopped()) return Error(ErrorId::kInputOutput, "simulated power cut");
  if (steps_ != failing_step_) return {};
  written_bytes = std::min(written_bytes, fail_written_bytes_);
  return Error(fail_id_, "simulated failure");
}

Result<void> SimFile::write(std::uint64_t offset_bytes, octets::Bytes bytes) {
  if (offset_bytes > bytes_.size() || bytes.size() > bytes_.size() - offset_bytes) {
    return Error(ErrorId::kNoSpace, "a simulated file does not grow");
  }
  std::size_t written_bytes = bytes.size();
  Result<void> stepped = step(written_bytes);
  store(offset_bytes, bytes.first(written_bytes));
  return stepped;
}

Result<void> SimFile::flush() {
  std::size_t nothing = 0;
  if (Result<void> stepped = step(nothing); !stepped) return stepped;
  ++flushes_;
  if (swallowed_flush_ != kEveryFlush && swallowed_flush_ != flushes_) durable_.clear();
  return {};
}

// Not only noise: also what a disk really shows, and what could be taken for something.
SimFile::Sector SimFile::garbage_for(std::size_t sector, std::uint64_t seed) const {
  Sector content{};
  std::uint64_t random = mixed(seed ^ mixed(sector));
  switch (random % 8) {
    case 0:
      return content;
    case 1:
      content.fill(0xff);
      return content;
    case 2: {
      // Another sector's, but never by a detour this one's own of long ago: no crash puts an old slot back.
      const std::size_t from = mixed(random) % ((bytes_.size() + kSectorBytes - 1) / kSectorBytes);
      return garbage_.contains(from) ? content : content_of(from);
    }
    default:
      for (std::size_t i = 0; i < content.size(); ++i) {
        if (i % 8 == 0) random = mixed(random);
        content[i] = static_cast<std::uint8_t>(random >> (i % 8 * 8));
      }
      return content;
  }
}

void SimFile::cut_power(std::span<const Fate> fates, std::uint64_t garbage_seed) {
  auto fate = fates.begin();
  for (const auto& [sector, old_content] : durable_) {
    if (*fate != Fate::kNew) {
      before_change(sector);
      put(sector, *fate == Fate::kOld ? old_content : garbage_for(sector, garbage_seed));
      if (*fate == Fate::kGarbage) garbage_.insert(sector);
    }
    ++fate;
  }
  durable_.clear();
  stop_step_.reset();
  steps_ = reads_ = flushes_ = failing_step_ = failing_read_ = swallowed_flush_ = 0;
}

SimFile::Enumeration SimFile::for_each_crash_state(std::uint64_t limit, std::uint64_t seed, bool garbage,
                                                   const std::function<void(SimFile&)>& visit) const {
  const unsigned ways = garbage ? 3 : 2;
  std::vector<Fate> fates(durable_.size(), Fate::kOld);
  Enumeration result;
  std::uint64_t combinations = 1;
  for (std::size_t i = 0; i < fates.size() && combinations <= limit; ++i) combinations *= ways;
  result.sampled = combinations > limit;
  const std::uint64_t count = result.sampled ? limit : combinations;
  std::mt19937_64 random(seed);
  SimFile state = *this;
  state.undo_.emplace();
  for (; result.states < count; ++result.states) {
    std::uint64_t number = result.states;
    // A share of new ones of its own for each state: most are nearly all old, or nearly all new, or mixed.
    const std::uint64_t new_share = random() % 101;
    for (Fate& fate : fates) {
      if (result.sampled && result.states > 1) {
        const bool is_new = random() % 100 < new_share;
        fate = garbage && random() % 8 == 0 ? Fate::kGarbage : is_new ? Fate::kNew : Fate::kOld;
      } else if (result.sampled) {
        fate = result.states == 0 ? Fate::kOld : Fate::kNew;
      } else {
        fate = static_cast<Fate>(number % ways);
        number /= ways;
      }
    }
    state.durable_ = durable_;
    state.garbage_ = garbage_;
    state.cut_power(fates, seed + result.states);
    visit(state);
    state.undo();
  }
  return result;
}

}  // namespace nonvol::testing
