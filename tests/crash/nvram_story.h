#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "testing/sim_file.h"
#include "vnvram/image.h"

// What every crash test of NVRAM images does: run an operation, cut the power in each of its steps, and see
// whether each image that may be found then is one that may be found.
namespace nonvol::crash {

using ByteVector = std::vector<std::uint8_t>;
using Keys = std::vector<const seal::Key*>;

// One entry as a reader sees it.
struct Seen {
  vnvram::BlobState state = vnvram::BlobState::kNeverWritten;
  std::uint64_t generation = 0;
  ByteVector bytes = {};
  friend bool operator==(const Seen&, const Seen&) = default;
};
using Contents = std::map<std::string, Seen>;

// The error of the first entry that cannot be read.
Result<Contents> look(vnvram::Image& image);

// Opens with the first key that fits; without keys, without.
Result<vnvram::Image> open_with(testing::SimFile& file, const Keys& keys);

using Action = std::function<Result<void>(vnvram::Image&)>;

// Sanitizers make every state ten times as slow: fewer of them there.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kAllStates = false;
#else
inline constexpr bool kAllStates = true;
#endif

struct Story {
  std::function<testing::SimFile()> start;  // may have been left by a killed process
  Action act;
  Keys keys = {};        // the image is opened with the first; afterwards any may be the one that opens it
  Keys keys_after = {};  // those of which one opens it once the operation was acknowledged; `keys` if empty
  std::optional<ByteVector> result = {};  // what `target` holds afterwards, where that is known
  // Must work on each image that is found, and leave `mended` in the entry `target`. Else nothing changes.
  Action mend;
  std::string target = {};
  Seen mended = {};
  std::optional<Seen> half_mended = {};  // what `target` may hold when mending is cut off
  // What entries may hold besides what they held before and hold after: with a killed process, what it left.
  std::vector<Contents> also_allowed = {};
  bool garbage = true;
  std::uint64_t limit = kAllStates ? 7000 : 500;  // states of one step; 3^8 = 6,561 are those of one page
  std::uint64_t mend_every = 8;                   // each n-th state is mended
  std::uint64_t again_every = 500;                // in each n-th the power is cut again, while it is mended
  // How the medium, or the code between image and medium, misbehaves.
  std::function<void(testing::SimFile&)> misbehave = {};
};

struct Report {
  std::uint64_t steps = 0;
  std::uint64_t states = 0;
  std::uint64_t mended = 0;
  std::uint64_t second_cuts = 0;  // states of the second power cut
  std::uint64_t sampled_steps = 0;
  std::uint64_t seed = 0;
  std::uint64_t violations = 0;
  std::vector<std::string> examples = {};  // the first violations
};

Report cut_power_everywhere(const Story& story);

// The same, and says on stdout what was done.
Report tell(std::string_view what, const Story& story);

// NONVOL_SEED, or a random one.
std::uint64_t chosen_seed();

}  // namespace nonvol::crash
