#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/context.h"
#include "vnvram/format.h"

// Which file of an exported directory is whose content. Private to api/.
namespace nonvol::api {

struct ExportedFile {
  std::string name;  // of the entry
  std::string file;
  std::uint64_t size_bytes = 0;
  std::string sha256_hex = {};  // empty: nobody says
};

struct ExportedDirectory {
  std::vector<ExportedFile> files;
  // What makes the image that was exported once more, empty; nothing without a manifest.
  std::optional<vnvram::FormatRequest> format = std::nullopt;
};

// By nvram.json, or where there is none by the files' names. Looks at no content. Errors: kJsonSyntax and its
// like, kBadManifest, kNoSuchEntry (a file that is named as no entry's file is), and those of reading.
Result<ExportedDirectory> read_exported(storage::FileSystem& files, const std::string& directory);

}  // namespace nonvol::api
