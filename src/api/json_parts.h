#pragma once

#include <string_view>
#include <vector>

#include "json/writer.h"
#include "outcome/error.h"

// Pieces that several documents have in common. Private to api/.
namespace nonvol::api {

// {"file", "offset_bytes"?, "line"?, "column"?, "json_pointer"?} or null.
void write_place(json::Writer& writer, const Place& place);
// "findings": [{id, severity, message, place, hint}]
void write_findings(json::Writer& writer, const std::vector<Finding>& findings);
// The members of one error: id, exit_code, message, place, notes, hint.
void write_error_members(json::Writer& writer, const Error& error);
// Opens a document: `{ "schema": "nonvol.NAME/1"`.
json::Writer begin_document(std::string_view name);

}  // namespace nonvol::api
