#pragma once

#include <span>
#include <vector>

#include "flash/editor.h"
#include "storage/patch.h"
#include "varstore/contents.h"

namespace nonvol::varstore {

// One variable that is to be different.
struct Change {
  enum class Kind { kSet, kRemove };
  Kind kind = Kind::kSet;
  variable::Variable variable;  // of kRemove only the identity counts
};

// How a store gets from what it is to what it shall be.
struct ChangePlan {
  enum class Way {
    kNothing,  // it is so already
    kInPlace,  // in the firmware's own order, on the file itself
    kReplace,  // a new file in its place
  };
  Way way = Way::kNothing;
  std::vector<flash::InPlaceStep> steps;  // of kInPlace
  // What will differ in the file, ascending; both ways.
  std::vector<storage::Patch> patches;
  std::uint64_t size_bytes = 0;  // of the file afterwards
  // What an undo record keeps of the file afterwards (varstore/undo.h).
  std::uint64_t checked_bytes = 0;
  std::uint32_t checked_crc32c = 0;
  bool compacts = false;
  bool formats = false;                  // it was blank
  bool completes_pending_write = false;  // an interrupted write is carried out along with it
};

// All changes or none. One change that only appends is made in place; more than one, or one that needs more
// room, by replacing the file. `contents` was read with `thorough`. Errors: those of flash::StoreEditor and
// forms::write_form.
Result<ChangePlan> plan_changes(const Contents& contents, std::span<const Change> changes);

// Without the dead records; kNothing where there are none. kFormNotWritten for what is no flash store.
Result<ChangePlan> plan_compaction(const Contents& contents);

// The file shall be these bytes, whatever it is. `before` is all that it holds.
ChangePlan plan_replacement(octets::Bytes before, octets::Bytes after, std::string_view reason);

}  // namespace nonvol::varstore
