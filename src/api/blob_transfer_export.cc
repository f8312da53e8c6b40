#include <fmt/format.h>

#include <algorithm>

#include "api/blob_transfer.h"
#include "api/json_parts.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using Entry = BlobExportReport::Entry;
using vnvram::BlobState;

// Whether the directory has to be made. Errors: kAlreadyThere, kInputOutput, and those of looking.
Result<bool> must_be_made(storage::FileSystem& files, const std::string& path) {
  Result<storage::FileStatus> status = files.status(path);
  if (!status && status.error().id == ErrorId::kFileMissing) return true;
  if (!status) return status.error();
  if (status->kind != storage::FileKind::kDirectory) {
    return Error(ErrorId::kAlreadyThere, fmt::format("{} is there and is no directory", path))
        .at(Place::in_file(path));
  }
  Result<std::unique_ptr<storage::Directory>> directory = files.open_directory(path);
  if (!directory) return directory.error();
  auto entries = (*directory)->entries();
  if (!entries) return entries.error();
  if (entries->empty()) return false;
  return Error(ErrorId::kAlreadyThere,
               fmt::format("{} is not empty: it has '{}'", path,
                           std::ranges::min(*entries, {}, &storage::DirectoryEntry::name).name))
      .at(Place::in_file(path));
}

Result<void> write_file(storage::FileSystem& files, const std::string& path, octets::Bytes bytes) {
  auto file = files.create_new(path);
  if (!file) return file.error();
  if (Result<void> written = (*file)->write_at(0, bytes); !written) return written;
  return (*file)->flush();
}

// Reads one entry; writes it where `path` says, unless that is empty.
Result<void> carry(storage::FileSystem& files, vnvram::Image& image, std::size_t index, Entry& entry,
                   const std::string& directory, bool dry_run) {
  Result<vnvram::Blob> blob = image.read(index);
  if (!blob) return blob.error();
  entry.generation = blob->generation;
  entry.size_bytes = blob->size_bytes;
  Result<seal::Sha256Digest> digest = seal::sha256({blob->bytes()});
  if (!digest) return digest.error();
  entry.sha256 = *digest;
  entry.file = file_name_of(entry.info.name, index);
  if (dry_run) return {};
  return write_file(files, directory + "/" + entry.file, blob->bytes());
}

Result<void> export_entries(storage::FileSystem& files, vnvram::Image& image, BlobExportReport& report) {
  for (std::size_t i = 0; i < image.entries().size(); ++i) {
    Result<vnvram::EntryState> state = image.state(i);
    if (!state) return state.error();
    Entry entry{image.entries()[i], state->state, state->generation};
    if (entry.state != BlobState::kNeverWritten && entry.state != BlobState::kDeleted) {
      Result<void> carried = carry(files, image, i, entry, report.directory, report.dry_run);
      const bool damaged = !carried && carried.error().exit_code() == ExitCode::kDamaged;
      if (!carried && !damaged) return carried;
      if (damaged) report.findings.push_back(to_finding(carried.error()));
    }
    report.entries.push_back(std::move(entry));
  }
  return {};
}

void write_entry(json::Writer& writer, const Entry& entry) {
  const vnvram::EntryInfo& info = entry.info;
  writer.begin_object().member("name", info.name).member("kind", to_string(info.kind));
  writer.member("capacity_bytes", info.capacity_bytes).member("encrypted", info.encrypted);
  writer.member("generation", entry.generation).member("state", to_string(entry.state)).key("file");
  if (entry.file.empty()) {
    writer.null().key("size_bytes").null().key("sha256").null();
  } else {
    writer.string(entry.file).member("size_bytes", entry.size_bytes);
    writer.member("sha256", octets::to_hex(entry.sha256));
  }
  writer.end_object();
}

// What the manifest and the report have in common.
json::Writer begin_manifest(const BlobExportReport& report) {
  json::Writer writer = begin_document("blob.export");
  writer.member("image", report.image).member("seed_layout", report.seed_layout).key("uuid");
  report.seed_layout ? writer.null() : writer.string(report.uuid);
  writer.key("integrity");
  report.seed_layout ? writer.null() : writer.string(to_string(report.integrity));
  writer.member("image_bytes", report.image_bytes).key("entries").begin_array();
  for (const Entry& entry : report.entries) write_entry(writer, entry);
  writer.end_array();
  return writer;
}

}  // namespace

Result<BlobExportReport> blob_export(const Context& context, const BlobImage& where,
                                     const std::string& directory, bool dry_run) {
  Result<OpenBlobs> blobs = open_blobs(context, where, storage::Access::kReadOnly);
  if (!blobs) return blobs.error();
  vnvram::Image& image = blobs->image;
  const auto locked = std::ranges::find(image.entries(), true, &vnvram::EntryInfo::encrypted);
  if (locked != image.entries().end() && !image.unlocked()) {
    return Error(ErrorId::kKeyNeeded, fmt::format("'{}' is encrypted, key needed", locked->name))
        .at(Place::in_file(where.target))
        .with_hint(fmt::format("nonvol blob export {} {} --key-file FILE", octets::shell_path(where.target),
                               octets::shell_path(directory)));
  }
  Result<bool> make = must_be_made(context.files, directory);
  if (!make) return make.error();
  BlobExportReport report{where.target, directory, dry_run, image.seed_layout()};
  report.image_bytes = image.size_bytes();
  if (!report.seed_layout) {
    report.uuid = vnvram::to_string(image.directory().uuid);
    report.integrity = image.directory().integrity;
  }
  if (!dry_run && *make) {
    if (Result<void> made = context.files.make_directory(directory); !made) return made.error();
  }
  if (Result<void> exported = export_entries(context.files, image, report); !exported)
    return exported.error();
  if (dry_run) return report;
  const std::string manifest = begin_manifest(report).end_object().take();
  // The files' names first, so that the manifest never speaks of what is not there.
  Result<void> done = context.files.sync_directory(directory);
  if (done) {
    done = write_file(context.files, directory + "/" + kManifestName,
                      std::vector<std::uint8_t>(manifest.begin(), manifest.end()));
  }
  if (done) done = context.files.sync_directory(directory);
  if (done) done = context.files.sync_directory(directory + "/..");
  if (!done) return done.error();
  return report;
}

std::string to_json(const BlobExportReport& report) {
  json::Writer writer = begin_manifest(report);
  writer.member("directory", report.directory).member("dry_run", report.dry_run);
  write_findings(writer, report.findings);
  return writer.end_object().take();
}

}  // namespace nonvol::api
