#pragma once

#include <cstddef>
#include <string>

#include "api/blob_dump.h"
#include "api/blob_map.h"
#include "api/blob_transfer.h"
#include "cli/byte_map.h"
#include "qmp/server.h"

// Dumps, maps, exports and imports of NVRAM images as text, and maps as pictures. Private to cli/.
namespace nonvol::cli {

std::string text_of(const api::BlobDumpReport& report);
std::string text_of(const api::BlobPayloadReport& report);
std::string text_of(const api::BlobExportReport& report);
std::string text_of(const api::BlobImportReport& report);
std::string text_of(const qmp::ServeReport& report);

ByteMap byte_map_of(const api::BlobMapReport& report);
// The image's bytes as rows of letters, to scale; below them each blob to its own scale, and a legend. Lines
// are at most `width` columns, but for names. No colours: the letters say it all.
std::string text_of(const api::BlobMapReport& report, std::size_t width);

// The same picture as a document of its own (SVG 1.1), with a title, a description, and patterns beside
// colours.
std::string svg_of(const api::BlobMapReport& report);

}  // namespace nonvol::cli
