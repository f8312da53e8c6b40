#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "storage/file_source.h"

namespace nonvol::testing {

// A file of fixed size in memory that models a power cut, for code under test that uses storage::BlockFile
// alone (SimDisk also models names). After the power failed each 512-byte sector that was written since the
// last flush is old, new or garbage, in any combination; a write that was going on counts like one that
// returned. Only the old content of such sectors is kept, so that a state costs as much as it changes.
//
// Every write and every flush is a step, counted from 1. The file can be told to stop in a step, which then
// fails as all later ones do; to fail one step or one read and go on; and to lie about flushes. A flush that
// fails leaves its sectors unflushed. The file must outlive what open() gave. One thread.
class SimFile {
 public:
  static constexpr std::size_t kSectorBytes = 512;
  static constexpr std::uint64_t kEveryFlush = ~std::uint64_t{0};

  explicit SimFile(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  std::unique_ptr<storage::BlockFile> open();

  // In a write: its bytes may be on the medium or not. In a flush: it may have done its work or not.
  void stop_at_step(std::uint64_t step) { stop_step_ = step; }
  // A killed process instead of a power cut: what happened is seen by the next one, yet not durable.
  void go_on() { stop_step_.reset(); }
  bool stopped() const { return stop_step_ && steps_ >= *stop_step_; }
  // A write that fails has written its first bytes nevertheless.
  void fail_step(std::uint64_t step, ErrorId id, std::size_t written_bytes = 0);
  // Counted like steps, but by themselves.
  void fail_read(std::uint64_t read) { failing_read_ = read; }
  // The flush of that number, or every one, returns without having done anything.
  void swallow_flush(std::uint64_t flush) { swallowed_flush_ = flush; }

  std::uint64_t steps() const { return steps_; }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t flushes() const { return flushes_; }
  // What is seen now.
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  // Indices of sectors, ascending.
  std::vector<std::size_t> unflushed() const;

  enum class Fate : std::uint8_t { kOld, kNew, kGarbage };
  // The power fails and comes back: one fate for each unflushed sector, in their order. All that is left is
  // durable, and nothing fails any more.
  void cut_power(std::span<const Fate> fates, std::uint64_t garbage_seed);

  struct Enumeration {
    std::uint64_t states = 0;  // visited
    bool sampled = false;
  };
  // Visits each file that may be found when the power fails now. When there are more than `limit`
  // combinations, so many are drawn, all-old and all-new among them. What `visit` does to its file is undone
  // behind it. `garbage`: otherwise sectors are old or new only.
  Enumeration for_each_crash_state(std::uint64_t limit, std::uint64_t seed, bool garbage,
                                   const std::function<void(SimFile&)>& visit) const;

 private:
  using Sector = std::array<std::uint8_t, kSectorBytes>;
  class OpenFile;

  std::size_t size_of(std::size_t sector) const;
  Sector content_of(std::size_t sector) const;
  void put(std::size_t sector, const Sector& content);
  Sector garbage_for(std::size_t sector, std::uint64_t seed) const;
  void before_change(std::size_t sector);
  void store(std::uint64_t offset_bytes, octets::Bytes bytes);
  Result<void> write(std::uint64_t offset_bytes, octets::Bytes bytes);
  Result<void> flush();
  Result<void> step(std::size_t& written_bytes);
  void undo();

  std::vector<std::uint8_t> bytes_;
  std::map<std::size_t, Sector> durable_;              // of the unflushed sectors
  std::set<std::size_t> garbage_;                      // sectors that hold some since a power cut
  std::optional<std::map<std::size_t, Sector>> undo_;  // of all sectors changed since a visit began
  std::uint64_t steps_ = 0;
  std::uint64_t reads_ = 0;
  std::uint64_t flushes_ = 0;
  std::optional<std::uint64_t> stop_step_;
  std::uint64_t failing_step_ = 0;
  ErrorId fail_id_ = ErrorId::kInputOutput;
  std::size_t fail_written_bytes_ = 0;
  std::uint64_t failing_read_ = 0;
  std::uint64_t swallowed_flush_ = 0;
};

}  // namespace nonvol::testing
