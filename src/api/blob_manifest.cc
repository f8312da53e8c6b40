#include "api/blob_manifest.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/blob_transfer.h"
#include "json/document.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using json::Kind;
using json::Value;

constexpr std::uint64_t kMaxManifestBytes = std::uint64_t{4} << 20;
constexpr std::string_view kSchema = "nonvol.blob.export/1";

class ManifestReader {
 public:
  explicit ManifestReader(std::string path) : path_(std::move(path)) {}

  Result<ExportedDirectory> read(std::string_view text) {
    Result<Value> root = document_.parse(text, path_);
    if (!root) return root.error();
    if (string_of(*root, "schema") != kSchema) {
      return bad(*root,
                 fmt::format("has the schema '{}', and must have {}", string_of(*root, "schema"), kSchema));
    }
    const std::optional<Value> entries = root->find("entries");
    if (!entries || !entries->is(Kind::kArray)) return bad(*root, "has no array 'entries'");
    vnvram::FormatRequest format;
    format.layout.seed_layout = is_true(*root, "seed_layout");
    if (string_of(*root, "integrity") == "sha256") format.integrity = vnvram::Integrity::kSha256;
    for (const Value value : entries->children()) {
      if (Result<void> read = read_entry(value, format); !read) return read.error();
    }
    directory_.format = std::move(format);
    return std::move(directory_);
  }

 private:
  Error bad(const Value& value, std::string why) const {
    return Error(ErrorId::kBadManifest, fmt::format("the manifest {}", why))
        .at(Place::at_pointer(path_, value.pointer()));
  }
  static std::string string_of(const Value& value, std::string_view member) {
    const std::optional<Value> found = value.find(member);
    return found && found->is(Kind::kString) ? std::string(found->text()) : std::string();
  }
  static bool is_true(const Value& value, std::string_view member) {
    const std::optional<Value> found = value.find(member);
    return found && found->is(Kind::kTrue);
  }

  Result<void> read_entry(const Value& value, vnvram::FormatRequest& format) {
    vnvram::EntryRequest entry;
    entry.name = string_of(value, "name");
    const std::string kind = string_of(value, "kind");
    const std::optional<Value> capacity = value.find("capacity_bytes");
    const std::optional<std::uint64_t> capacity_bytes = capacity ? capacity->whole_number() : std::nullopt;
    if (kind != "plain" && kind != "atomic") {
      return bad(value, fmt::format("gives '{}' the kind '{}', neither plain nor atomic", entry.name, kind));
    }
    if (!capacity_bytes) return bad(value, fmt::format("gives '{}' no capacity_bytes", entry.name));
    entry.kind = kind == "plain" ? vnvram::EntryKind::kPlain : vnvram::EntryKind::kAtomic;
    entry.capacity_bytes = *capacity_bytes;
    entry.encrypted = is_true(value, "encrypted");
    if (const std::string_view problem = vnvram::name_problem(entry.name); !problem.empty()) {
      return bad(value, fmt::format("has an entry whose name {}", problem));
    }
    const bool twice = std::ranges::any_of(format.layout.entries,
                                           [&](const auto& other) { return other.name == entry.name; });
    if (twice) return bad(value, fmt::format("has the entry '{}' twice", entry.name));
    const std::string file = string_of(value, "file");
    // A manifest from elsewhere must not reach out of its directory.
    if (file.find('/') != std::string::npos || file == "." || file == ".." || file == kManifestName) {
      return bad(value, fmt::format("names '{}' as the file of '{}'", file, entry.name));
    }
    if (!file.empty()) directory_.files.push_back({entry.name, file, 0, string_of(value, "sha256")});
    format.layout.entries.push_back(std::move(entry));
    return {};
  }

  std::string path_;
  json::Document document_;
  ExportedDirectory directory_;
};

// Each regular file; what is not regular is nobody's content.
Result<ExportedDirectory> by_names(storage::Directory& directory, const std::string& path) {
  auto entries = directory.entries();
  if (!entries) return entries.error();
  ExportedDirectory result;
  for (const storage::DirectoryEntry& entry : *entries) {
    if (entry.kind != storage::FileKind::kRegular) continue;
    const std::optional<std::string> name = entry_name_of(entry.name);
    if (!name) {
      return Error(ErrorId::kNoSuchEntry, fmt::format("'{}' is named as no entry's file is", entry.name))
          .at(Place::in_file(path + "/" + entry.name));
    }
    result.files.push_back({*name, entry.name});
  }
  std::ranges::sort(result.files, {}, &ExportedFile::name);
  return result;
}

}  // namespace

Result<ExportedDirectory> read_exported(storage::FileSystem& files, const std::string& directory) {
  Result<std::unique_ptr<storage::Directory>> opened = files.open_directory(directory);
  if (!opened) return opened.error();
  storage::TextBuffer buffer;
  const std::string manifest = directory + "/" + kManifestName;
  Result<void> read = (*opened)->read(kManifestName, kMaxManifestBytes, buffer);
  if (!read && read.error().id != ErrorId::kFileMissing) return read.error();
  if (buffer.size_bytes > kMaxManifestBytes) {
    return Error(ErrorId::kBadManifest,
                 fmt::format("the manifest is longer than {} bytes", kMaxManifestBytes))
        .at(Place::in_file(manifest));
  }
  Result<ExportedDirectory> result =
      read ? ManifestReader(manifest).read(buffer.text()) : by_names(**opened, directory);
  if (!result) return result;
  for (ExportedFile& file : result->files) {
    const std::string path = directory + "/" + file.file;
    Result<storage::FileStatus> status = files.status(path);
    if (!status) return status.error();
    if (status->kind != storage::FileKind::kRegular) {
      return Error(ErrorId::kBadManifest, fmt::format("the file of '{}' is no regular file", file.name))
          .at(Place::in_file(path));
    }
    file.size_bytes = status->size_bytes;
  }
  return result;
}

}  // namespace nonvol::api
