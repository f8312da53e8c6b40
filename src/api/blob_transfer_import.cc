#include <fmt/format.h>

#include <algorithm>

#include "api/blob_format.h"
#include "api/blob_manifest.h"
#include "api/blob_transfer.h"
#include "api/json_parts.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

using Entry = BlobImportReport::Entry;
using Outcome = BlobImportReport::Outcome;

class Importer {
 public:
  Importer(const Context& context, const BlobImportRequest& request, ExportedDirectory from)
      : context_(context), request_(request), from_(std::move(from)) {
    report_.image = request.where.target;
    report_.directory = request.directory;
    report_.dry_run = request.dry_run;
  }

  Result<BlobImportReport> run() {
    if (request_.format) {
      if (Result<void> formatted = format_if_missing(); !formatted) return formatted.error();
    }
    if (report_.formatted && request_.dry_run) return rehearse_formatted();
    const storage::Access access =
        request_.dry_run ? storage::Access::kReadOnly : storage::Access::kReadWrite;
    Result<OpenBlobs> blobs = open_blobs(context_, request_.where, access);
    if (!blobs) return blobs.error();
    for (const ExportedFile& file : from_.files) {
      if (Result<void> checked = check(blobs->image, file); !checked) return checked.error();
    }
    if (request_.dry_run) return std::move(report_);
    return write_all(blobs->image);
  }

 private:
  Result<void> format_if_missing() {
    Result<OpenBlobs> there = open_blobs(context_, request_.where, storage::Access::kReadOnly);
    if (there) return {};
    if (there.error().id != ErrorId::kFileMissing && there.error().id != ErrorId::kNvramEmpty)
      return there.error();
    if (!from_.format) {
      return Error(ErrorId::kBadManifest, fmt::format("{} has no {}, which --format makes the image from",
                                                      request_.directory, kManifestName))
          .at(Place::in_file(request_.directory));
    }
    // Before an image is made for files that do not fit it.
    for (const ExportedFile& file : from_.files) {
      const auto entry =
          std::ranges::find(from_.format->layout.entries, file.name, &vnvram::EntryRequest::name);
      if (Result<void> fits = check_size(file, entry->kind, entry->capacity_bytes); !fits) return fits;
      if (Result<std::vector<std::uint8_t>> bytes = content_of(file); !bytes) return bytes.error();
    }
    Result<BlobFormatReport> formatted =
        blob_format(context_, request_.where, *from_.format, false, request_.dry_run);
    if (!formatted) return formatted.error();
    report_.formatted = true;
    return {};
  }

  Result<BlobImportReport> rehearse_formatted() {
    for (const ExportedFile& file : from_.files) {
      report_.entries.push_back({file.name, file.file, file.size_bytes, Outcome::kWritten, 1});
    }
    return std::move(report_);
  }

  Place place_of(const ExportedFile& file) const {
    return Place::in_file(request_.directory + "/" + file.file);
  }

  Result<void> check_size(const ExportedFile& file, vnvram::EntryKind kind,
                          std::uint64_t capacity_bytes) const {
    if (file.size_bytes > capacity_bytes) {
      return Error(ErrorId::kBlobTooLarge, fmt::format("'{}' holds up to {} bytes, {} has {}", file.name,
                                                       capacity_bytes, file.file, file.size_bytes))
          .at(place_of(file));
    }
    if (kind == vnvram::EntryKind::kPlain && file.size_bytes != capacity_bytes) {
      return Error(ErrorId::kPlainSize, fmt::format("'{}' is plain and has {} bytes, {} has {}", file.name,
                                                    capacity_bytes, file.file, file.size_bytes))
          .at(place_of(file));
    }
    return {};
  }

  Result<std::vector<std::uint8_t>> content_of(const ExportedFile& file) const {
    auto opened = context_.files.open_read(request_.directory + "/" + file.file);
    if (!opened) return opened.error();
    std::vector<std::uint8_t> bytes(file.size_bytes);
    Result<std::size_t> got = (*opened)->read_at(0, bytes);
    if (!got) return got.error();
    bytes.resize(*got);
    if (file.sha256_hex.empty()) return bytes;
    Result<seal::Sha256Digest> digest = seal::sha256({bytes});
    if (!digest) return digest.error();
    if (octets::to_hex(*digest) == file.sha256_hex) return bytes;
    return Error(ErrorId::kExportedFileChanged,
                 fmt::format("{} has the SHA-256 {}…, the manifest says {}…", file.file,
                             octets::to_hex(*digest).substr(0, 12), file.sha256_hex.substr(0, 12)))
        .at(place_of(file))
        .with_hint(fmt::format("rm {}", octets::shell_path(request_.directory + "/" + kManifestName)));
  }

  // That a file can go into its entry, and whether it is there already.
  Result<void> check(vnvram::Image& image, const ExportedFile& file) {
    Result<std::size_t> index = image.find(file.name);
    if (!index) return index.error();
    const vnvram::EntryInfo& entry = image.entries()[*index];
    if (Result<void> fits = check_size(file, entry.kind, entry.capacity_bytes); !fits) return fits;
    Result<std::optional<vnvram::Blob>> blob = image.read_if_present(*index);
    if (!blob) return blob.error();
    Result<std::vector<std::uint8_t>> bytes = content_of(file);
    if (!bytes) return bytes.error();
    const bool same = blob->has_value() && std::ranges::equal((*blob)->bytes(), *bytes);
    Entry planned{file.name, file.file, file.size_bytes, same ? Outcome::kUnchanged : Outcome::kNotTried};
    if (blob->has_value()) planned.generation = (*blob)->generation;
    if (request_.dry_run && !same) {
      Result<vnvram::Update> update = image.prepare(*index, vnvram::Content::kPresent, *bytes);
      if (!update) return update.error();
      planned.outcome = Outcome::kWritten;
      planned.generation = update->generation;
    }
    report_.entries.push_back(std::move(planned));
    return {};
  }

  Result<std::uint64_t> write(vnvram::Image& image, const ExportedFile& file) {
    Result<std::vector<std::uint8_t>> bytes = content_of(file);
    if (!bytes) return bytes.error();
    Result<std::size_t> index = image.find(file.name);
    if (!index) return index.error();
    Result<vnvram::Update> update = image.prepare(*index, vnvram::Content::kPresent, *bytes);
    if (!update) return update.error();
    if (Result<void> done = image.commit(*update); !done) return done.error();
    return update->generation;
  }

  Result<BlobImportReport> write_all(vnvram::Image& image) {
    bool changed = report_.formatted;
    for (std::size_t i = 0; i < report_.entries.size(); ++i) {
      Entry& entry = report_.entries[i];
      if (entry.outcome == Outcome::kUnchanged) continue;
      Result<std::uint64_t> generation = write(image, from_.files[i]);
      if (!generation) {
        if (!changed) return generation.error();
        entry.outcome = Outcome::kFailed;
        report_.failure = generation.error();
        break;
      }
      entry.outcome = Outcome::kWritten;
      entry.generation = *generation;
      changed = true;
    }
    // What is there already may come from a process that was killed before its flush; writing would have
    // flushed it.
    if (!changed) {
      if (Result<void> flushed = image.file().flush(); !flushed) return flushed.error();
    }
    return std::move(report_);
  }

  const Context& context_;
  const BlobImportRequest& request_;
  ExportedDirectory from_;
  BlobImportReport report_;
};

}  // namespace

bool BlobImportReport::nothing_to_do() const {
  return !formatted && std::ranges::all_of(
                           entries, [](const Entry& entry) { return entry.outcome == Outcome::kUnchanged; });
}

std::string_view to_string(BlobImportReport::Outcome outcome) {
  switch (outcome) {
    case Outcome::kWritten:
      return "written";
    case Outcome::kUnchanged:
      return "unchanged";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kNotTried:
      break;
  }
  return "not-tried";
}

Result<BlobImportReport> blob_import(const Context& context, const BlobImportRequest& request) {
  Result<ExportedDirectory> from = read_exported(context.files, request.directory);
  if (!from) return from.error();
  return Importer(context, request, *std::move(from)).run();
}

std::string to_json(const BlobImportReport& report) {
  json::Writer writer = begin_document("blob.import");
  writer.member("image", report.image).member("directory", report.directory);
  writer.member("dry_run", report.dry_run).member("formatted", report.formatted);
  writer.member("nothing_to_do", report.nothing_to_do()).key("entries").begin_array();
  for (const Entry& entry : report.entries) {
    writer.begin_object().member("name", entry.name).member("file", entry.file);
    writer.member("size_bytes", entry.size_bytes).member("outcome", to_string(entry.outcome));
    writer.member("generation", entry.generation).end_object();
  }
  writer.end_array().key("failure");
  if (report.failure) {
    writer.begin_object();
    write_error_members(writer, *report.failure);
    writer.end_object();
  } else {
    writer.null();
  }
  return writer.end_object().take();
}

}  // namespace nonvol::api
