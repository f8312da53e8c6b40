#pragma once

#include "flash/variable_store.h"

namespace nonvol::flash {

// Takes over the records that lie completely within store.bytes, going on at store.records_end_bytes. Returns
// whether the walk has ended; false means that the next record needs bytes that were not read yet.
bool walk_records(VariableStore& store);

// After the walk: finds what lies between its end and the end of the store, as far as that was read.
void check_tail(VariableStore& store);

}  // namespace nonvol::flash
