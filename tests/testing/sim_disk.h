#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/file_system.h"

namespace nonvol::testing {

// A disk in memory that models a power cut, for code under test that uses storage::FileSystem. What a disk
// may show after the power fails:
//   - each 512-byte sector written since the file's last flush: old, new or garbage;
//   - a size changed since then: old or new;
//   - each change of a directory since its last sync: happened or not, in any combination in which it could
//     have happened at all (no rename of what was never made); a rename is there whole or not, so that where
//     it replaces a file, that name leads to the old one or to the new one.
// Owners and modes are not modelled: copying them is a step that needs both files. A file that is open for
// writing is in use for all others until its BlockFile is destroyed.
// Nothing is ordered but by flush and sync_directory. Every change is a step, counted from 1. The disk can be
// told to stop at a step, which then fails as all later ones do, or to fail some steps only. Paths are
// absolute, there are no links, renames stay in one directory. One thread.
class SimDisk : public storage::FileSystem {
 public:
  static constexpr std::size_t kSectorBytes = 512;

  SimDisk();

  // For setting up: makes missing directories, durable at once, no steps.
  void put_directory(const std::string& path);
  void put_file(const std::string& path, octets::Bytes bytes);
  void set_in_use(const std::string& path) { in_use_.insert(path); }

  void stop_at_step(std::uint64_t step) { stop_step_ = step; }
  void fail_steps(std::uint64_t first, std::uint64_t count, ErrorId id);
  // A killed process instead of a power cut: what happened stays as it is, neither lost nor durable.
  void go_on() { stop_step_.reset(); }
  bool stopped() const { return stop_step_ && steps_ >= *stop_step_; }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t file_flushes() const { return file_flushes_; }
  std::uint64_t directory_syncs() const { return directory_syncs_; }

  // From now on a sector that held something is never garbage, but torn between two of the bytes written to
  // it: for changes in place that share sectors with what must not be lost. A disk that destroys sectors
  // which it was rewriting loses such data under the firmware's own writes too. Erased sectors (0xff) can
  // still become garbage.
  void tear_sectors_in_use() { tear_sectors_in_use_ = true; }

  // What is seen now: every path, files with their contents, directories (and a '/' behind) with none.
  std::map<std::string, std::vector<std::uint8_t>> tree() const;

  struct Enumeration {
    std::uint64_t states = 0;  // visited
    bool sampled = false;
  };
  // Visits each disk that may be found when the power fails now, for which everything on it is durable. When
  // there are more than `limit` combinations, `limit` / 2 of them are drawn, and all-old and all-new besides.
  Enumeration for_each_crash_state(std::uint64_t limit, std::uint64_t seed,
                                   const std::function<void(SimDisk&)>& visit) const;

  Result<std::unique_ptr<storage::Directory>> open_directory(const std::string& path) override;
  Result<std::unique_ptr<storage::BlockFile>> open_read(const std::string& path) override;
  Result<storage::FileStatus> status(const std::string& path) override;
  Result<std::string> read_link(const std::string& path) override;
  Result<std::unique_ptr<storage::BlockFile>> create_new(const std::string& path) override;
  Result<std::unique_ptr<storage::BlockFile>> create_new_read_only(const std::string& path) override {
    return create_new(path);
  }
  Result<std::unique_ptr<storage::BlockFile>> open_write(const std::string& path) override;
  Result<void> make_directory(const std::string& path) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<void> rename_new(const std::string& from, const std::string& to) override;
  Result<void> rename_replace(const std::string& from, const std::string& to) override;
  Result<void> copy_owner_and_mode(const std::string& from_path, const std::string& to_path) override;
  Result<void> remove_file(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<std::unique_ptr<storage::Lock>> lock(const std::string& path) override;
  Result<bool> image_in_use(const std::string& path) override;

 private:
  struct Node;
  using NodePointer = std::shared_ptr<Node>;
  struct Node {
    bool is_directory = false;
    std::map<std::string, NodePointer> names;          // of a directory, as seen now
    std::map<std::string, NodePointer> durable_names;  // after a power cut, but for what is pending
    std::vector<std::uint8_t> bytes;
    std::vector<std::uint8_t> durable_bytes;
    std::set<std::size_t> dirty_sectors;
    bool held_for_writing = false;

    void grow(std::size_t size_bytes);
  };
  class OpenFile;
  class OpenDirectory;

  // A change of a directory that is not durable yet. Without `from` it makes `to`, without `to` it removes,
  // and only a replacing one goes where there is a `to` already.
  struct NameChange {
    NodePointer directory;
    std::string from;
    std::string to;
    NodePointer node;
    bool replaces = false;
  };
  struct Slot {
    NodePointer directory;
    std::string name;
  };

  Result<void> step(const std::string& path);
  NodePointer find(const std::string& path) const;
  Result<Slot> slot_of(const std::string& path) const;
  Result<NodePointer> make(const std::string& path, bool is_directory);
  Result<void> move(const std::string& from, const std::string& to, bool replaces);
  Result<void> take_away(const std::string& path, bool is_directory);
  // How many ways there are to choose each undecided thing, in the order in which crash_state takes them.
  std::vector<std::uint32_t> choices() const;
  void garble(const Node& file, std::size_t sector, std::vector<std::uint8_t>& bytes) const;
  std::unique_ptr<SimDisk> crash_state(const std::vector<std::uint32_t>& choice) const;

  NodePointer root_;
  std::vector<NodePointer> written_;  // files that have ever been opened for writing
  std::vector<NameChange> pending_;
  std::set<std::string> in_use_;
  std::uint64_t steps_ = 0;
  std::uint64_t file_flushes_ = 0;
  std::uint64_t directory_syncs_ = 0;
  std::optional<std::uint64_t> stop_step_;
  bool tear_sectors_in_use_ = false;
  std::uint64_t first_failing_step_ = 0;
  std::uint64_t failing_steps_ = 0;
  ErrorId fail_id_ = ErrorId::kInputOutput;
};

}  // namespace nonvol::testing
