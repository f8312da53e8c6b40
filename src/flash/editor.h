#pragma once

#include <cstdint>
#include <vector>

#include "flash/variable_store.h"
#include "outcome/result.h"
#include "storage/patch.h"
#include "variable/variable.h"

namespace nonvol::flash {

// What one call did to the store.
enum class EditOutcome {
  kNothing,    // it was so already
  kAppended,   // in the free space, the old records kept as dead ones
  kCompacted,  // dead records had to go first
};

// Changes a store in memory as the firmware's variable driver would in flash (edk2: UpdateVariable, Reclaim
// in MdeModulePkg/Universal/Variable/RuntimeDxe): a value is appended, the old one marked dead. Everything
// that is not edited keeps its bytes. A pending write counts as done. One thread.
class StoreEditor {
 public:
  // `store` was read with `thorough`. Errors: kStoreNotEditable where damage was found in it, since an edit
  // could bury what repair would save, and for a layout that is not known. A blank store is formatted first.
  static Result<StoreEditor> begin(VariableStore store);

  // Makes the variable exactly so: data, attributes, time stamp, count, key index. A plain store has no room
  // for the last three: kNotInPlainStore where they are not zero. Errors: kVariableTooLarge (the limits of
  // the layout's firmware), kStoreFull; then nothing has changed.
  Result<EditOutcome> set(const variable::Variable& variable);
  // kNothing where there is no such live variable.
  Result<EditOutcome> remove(const variable::Identity& identity);
  // Only live records, in their order; kNothing where nothing is dead.
  Result<EditOutcome> compact();

  // As it is now; records and findings are those of the changed bytes.
  const VariableStore& store() const { return store_; }
  const Record* find(const variable::Identity& identity) const;

  // All changes of the file since `begin`: bytes that are to stand at offsets, ascending.
  std::vector<storage::Patch> patches() const;

 private:
  StoreEditor(VariableStore store, std::vector<std::uint8_t> before)
      : store_(std::move(store)), before_(std::move(before)) {}
  std::vector<Record*> records_of(const variable::Identity& identity);
  Result<void> check_limits(const variable::Variable& variable) const;
  Result<EditOutcome> make_room(std::uint64_t needed_bytes, const variable::Identity& identity);
  void mark(Record& record, std::uint8_t state);
  void append(const std::vector<std::uint8_t>& record);
  void go_back_to(std::vector<std::uint8_t> bytes);
  void finish_replay();
  Result<void> check_last_record() const;
  void walk_again();

  VariableStore store_;
  std::vector<std::uint8_t> before_;  // what the file holds, as far as store_.bytes goes
  bool was_blank_ = false;
};

// One step of a change in place: written, then flushed where it says so.
struct InPlaceStep {
  std::vector<storage::Patch> writes;
  bool flush = true;
};

// The same change as steps on the file itself, in the firmware's own order, so that each state between them
// is read as the old value or the new one: the old record "in delete transition" and the new one still
// "unwritten", flush; the new one "added", flush; the old one "replaced". Two flushes; what they leave is
// byte for byte what the editor makes of it. Empty where the change needs more than appending: no room, a
// pending or torn write, a twin of the variable, damage. `store` was read with `thorough`. The caller has
// checked the change with an editor, so that the limits hold.
std::vector<InPlaceStep> set_in_place(const VariableStore& store, const variable::Variable& variable);
std::vector<InPlaceStep> remove_in_place(const VariableStore& store, const variable::Identity& identity);

}  // namespace nonvol::flash
