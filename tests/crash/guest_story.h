#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "guest/home.h"
#include "testing/sim_disk.h"

namespace nonvol::crash {

using Bytes = std::vector<std::uint8_t>;
using Tree = std::map<std::string, Bytes>;

inline constexpr const char* kHome = "/srv/state/guests";
inline constexpr const char* kName = "web01";
inline constexpr const char* kTemplate = "/fw/VARS.fd";

// What the guest is to have of its own.
enum class Kind {
  kCopy,
  kOverlay,        // and nobody else has one: its master comes and goes with it
  kSharedOverlay,  // over a master that another guest's overlay needs, too
  kCombined,
  kNone,     // firmware that keeps no variables
  kWithTpm,  // a copied store and a TPM
  kOnlyTpm,  // a TPM, and no variables
};
std::string to_string(Kind kind);

// Two sectors behind a hole: few enough for every combination to be tried.
Bytes small_template();
// Data, a hole and data: more sectors than can be tried in every combination.
Bytes large_template();

// A home with another guest, a store that was kept, and a file of the user's.
Tree home_with_others(const Bytes& nvram_template, Kind kind = Kind::kCopy);
Tree firmware_only(const Bytes& nvram_template);
std::unique_ptr<testing::SimDisk> disk_of(const Tree& tree);

guest::CreateRequest request(Kind kind = Kind::kCopy);

// What stands under the guest's name.
enum class Condition { kAbsent, kComplete, kKept, kHalf };
Condition condition_of(testing::SimDisk& disk, Kind kind = Kind::kCopy);
std::string to_string(Condition condition);
// Directories with temporary names; masters that are half copied, or that no overlay needs.
bool has_leftovers(const testing::SimDisk& disk);
// Whether everything that is not the guest's is as in `before`, and nothing is new.
bool others_untouched(const testing::SimDisk& disk, const Tree& before);

enum class Action { kCreate, kDelete, kKeep };
std::string to_string(Action action);
// The condition that the action promises, or the error. "It exists" and "there is none" are promises too,
// because whoever repeats an interrupted command takes them for success.
Result<Condition> act(Action action, storage::FileSystem& files, Kind kind = Kind::kCopy);

// One command on a disk, cut off at every step.
struct Story {
  std::function<std::unique_ptr<testing::SimDisk>()> disk;
  Action action;
  std::set<Condition> allowed;  // whatever the moment of the power cut
  std::uint64_t limit = 4096;   // of states at one step
  // Between nonvol and the disk, to break a protocol on purpose.
  std::function<std::unique_ptr<storage::FileSystem>(storage::FileSystem&)> wrap = {};
  Kind kind = Kind::kCopy;
};

struct Report {
  std::uint64_t steps = 0;
  std::uint64_t states = 0;
  std::uint64_t sampled_steps = 0;
  std::uint64_t seed = 0;
  std::vector<std::string> violations;  // the first few
  std::set<Tree> shapes;                // one state of each set of paths
};

Report cut_power_everywhere(const Story& story);

}  // namespace nonvol::crash
