#pragma once

#include <vector>

#include "api/store_edit.h"
#include "json/writer.h"
#include "variable/variable.h"

// How variables stand in the documents of several commands. Private to api/.
namespace nonvol::api {

// "guest", "path", "in_use".
void write_place_of(json::Writer& writer, const StorePlace& place);
// The members of one variable: name, name_utf16_hex?, guid, attributes, attribute_names, time?, time_hex?,
// monotonic_count, public_key_index, digest_hex?, size_bytes, data_hex.
void write_variable(json::Writer& writer, const variable::Variable& variable);
// "changes": [{name, guid, before, after}]
void write_changes(json::Writer& writer, const std::vector<VariableChange>& changes);

// All members of a document about an edit.
void write_edit(json::Writer& writer, const StoreEditReport& report);

}  // namespace nonvol::api
