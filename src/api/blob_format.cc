#include "api/blob_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "octets/text.h"
#include "storage/file_beside.h"
#include "vnvram/framing.h"

namespace nonvol::api {
namespace {

using Outcome = BlobFormatReport::Outcome;
using vnvram::EntryInfo;

// What format is carried out on.
struct Formatting {
  const Context& context;
  const BlobImage& where;
  vnvram::FormatRequest request;
  bool lose_contents = false;
  bool dry_run = false;
};

// A key that protects nothing would be taken for protection.
Result<void> check_key(const Formatting& job) {
  const bool encrypted = std::ranges::any_of(job.request.layout.entries, &vnvram::EntryRequest::encrypted);
  const bool key = job.request.user_key != nullptr;
  if (encrypted == key) return {};
  const Place place = Place::in_file(job.where.target);
  if (key) {
    return Error(ErrorId::kNotEncrypted, "a key was given, but none of the entries is to be encrypted")
        .at(place)
        .with_hint("nonvol help blob format");
  }
  return Error(ErrorId::kKeyNeeded, "an image with encrypted entries needs a key")
      .at(place)
      .with_hint("openssl rand -out KEYFILE 32");
}

Result<BlobFormatReport> report_of(const Formatting& job, Outcome outcome, vnvram::Layout layout) {
  BlobFormatReport report{.target = job.where.target,
                          .dry_run = job.dry_run,
                          .outcome = outcome,
                          .uuid = {},
                          .integrity = {},
                          .layout = std::move(layout),
                          .seed_layout = job.request.layout.seed_layout};
  if (report.seed_layout) return report;
  report.integrity = job.request.integrity;
  if (job.request.uuid) report.uuid = vnvram::to_string(*job.request.uuid);
  return report;
}

Result<BlobFormatReport> format_new(Formatting& job) {
  Result<vnvram::Layout> layout = vnvram::plan_layout(job.request.layout);
  if (!layout) return layout.error();
  if (job.dry_run) {
    if (auto status = job.context.files.status(storage::directory_of(job.where.target)); !status)
      return status.error();
    return report_of(job, Outcome::kCreated, *std::move(layout));
  }
  Result<storage::FileBeside> beside = storage::FileBeside::create(job.context.files, job.where.target);
  if (!beside) return beside.error();
  const std::unique_ptr<storage::BlockFile> file = beside->take_file();
  if (Result<void> done = vnvram::format(*file, *layout, job.request); !done) return done.error();
  if (Result<void> done = beside->publish(storage::FileBeside::Replace::kNever); !done) return done.error();
  return report_of(job, Outcome::kCreated, *std::move(layout));
}

// Whether the file is the image that is asked for; then formatting it would only lose what it holds.
Result<std::optional<BlobFormatReport>> already_there(const Formatting& job, storage::BlockFile& file) {
  WriteLog nothing_written;
  Result<vnvram::Image> image =
      open_logged(file, job.where.target, job.request.user_key, nothing_written, Rehearsal::kYes);
  if (!image) {
    const bool surroundings = image.error().exit_code() == ExitCode::kSurroundings;
    if (surroundings || image.error().id == ErrorId::kWrongKey) return image.error();
    return Error(ErrorId::kNotEmpty,
                 fmt::format("{} holds an NVRAM image that cannot be opened; it is left alone",
                             job.where.target))
        .at(Place::in_file(job.where.target))
        .with_note(fmt::format("{}: {}", to_string(image.error().id), image.error().message))
        .with_hint(fmt::format("nonvol blob dump {}", octets::shell_path(job.where.target)));
  }
  if (!vnvram::same_layout(*image, job.request)) return std::optional<BlobFormatReport>();
  // It may come from a process that was killed before its flush.
  if (!job.dry_run) {
    if (Result<void> flushed = file.flush(); !flushed) return flushed.error();
  }
  vnvram::Layout layout;
  layout.size_bytes = image->size_bytes();
  layout.entries = image->entries();
  Result<BlobFormatReport> report = report_of(job, Outcome::kNothingToDo, std::move(layout));
  report->uuid = facts_of(job.where.target, *image).uuid;
  return *std::move(report);
}

Error not_empty(const Formatting& job, vnvram::Occupant occupant) {
  const bool nvram = occupant == vnvram::Occupant::kNvram;
  return Error(ErrorId::kNotEmpty, fmt::format("{} holds {}; it is left alone", job.where.target,
                                               nvram ? "an NVRAM image with other entries"
                                                     : "something that is not an NVRAM image"))
      .at(Place::in_file(job.where.target))
      .with_hint(nvram ? list_hint(job.where.target)
                       : fmt::format("file {}", octets::shell_path(job.where.target)));
}

// In place: what is as long as it is, or is made as long as --size says.
Result<void> format_in_place(const Formatting& job, storage::BlockFile& file, const vnvram::Layout& layout) {
  const std::uint64_t size_before = file.size_bytes();
  Result<void> done = vnvram::format(file, layout, job.request);
  // An empty file is given back empty, rather than as half an image.
  if (!done && size_before == 0) (void)file.resize(0);
  return done;
}

Result<BlobFormatReport> format_existing(Formatting& job) {
  const BlobImage& where = job.where;
  const vnvram::OpenOptions options{
      .access = storage::Access::kReadWrite, .lock_wait_ms = where.wait_ms, .rehearsal = job.dry_run};
  Result<std::unique_ptr<storage::BlockFile>> file =
      vnvram::open_file(job.context.files, {where.target, where.luks_key_file}, options);
  if (!file) return file.error();
  Outcome outcome = Outcome::kFormatted;
  if ((*file)->size_bytes() != 0) {
    Result<vnvram::Occupant> occupant = vnvram::occupant(**file, where.target);
    if (!occupant) return occupant.error();
    if (*occupant != vnvram::Occupant::kNothing) outcome = Outcome::kContentsLost;
    if (*occupant == vnvram::Occupant::kNvram && !job.lose_contents) {
      Result<std::optional<BlobFormatReport>> there = already_there(job, **file);
      if (!there) return there.error();
      if (*there) return **std::move(there);
    }
    if (outcome == Outcome::kContentsLost && !job.lose_contents) return not_empty(job, *occupant);
    if (!job.request.layout.size_bytes) job.request.layout.size_bytes = (*file)->size_bytes();
  }
  Result<vnvram::Layout> layout = vnvram::plan_layout(job.request.layout);
  if (!layout) return layout.error();
  if (!job.dry_run) {
    if (Result<void> done = format_in_place(job, **file, *layout); !done) return done.error();
  }
  return report_of(job, outcome, *std::move(layout));
}

}  // namespace

Result<BlobMeasureReport> blob_measure(const vnvram::LayoutRequest& request) {
  Result<vnvram::Layout> layout = vnvram::plan_layout(request);
  if (!layout) return layout.error();
  return BlobMeasureReport{request.seed_layout, *std::move(layout)};
}

Result<BlobFormatReport> blob_format(const Context& context, const BlobImage& where,
                                     vnvram::FormatRequest request, bool lose_contents, bool dry_run) {
  Result<std::optional<seal::Key>> key = read_key(where.key);
  if (!key) return key.error();
  request.user_key = key->has_value() ? &**key : nullptr;
  Formatting job{context, where, std::move(request), lose_contents, dry_run};
  if (Result<void> checked = check_key(job); !checked) return checked.error();
  if (!vnvram::is_uri(where.target)) {
    const Result<storage::FileStatus> status = context.files.status(where.target);
    if (!status && status.error().id == ErrorId::kFileMissing) return format_new(job);
    if (!status) return status.error();
  }
  return format_existing(job);
}

bool BlobAddReport::nothing_to_do() const {
  return std::ranges::all_of(entries, &Entry::was_there);
}

namespace {

// Adds what is not there; the same entry twice is nothing to do.
Result<BlobAddReport> add_entries(BlobWriter& writer, vnvram::Image& image, const BlobImage& where,
                                  const std::vector<vnvram::EntryRequest>& entries) {
  BlobAddReport report{.target = where.target, .entries = {}, .log = {}};
  for (const vnvram::EntryRequest& entry : entries) {
    Result<std::size_t> index = image.find(entry.name);
    if (!index) {
      if (Result<void> added = image.add(entry, writer.key_or_null()); !added) return added.error();
      report.entries.push_back({image.entries().back(), false});
      continue;
    }
    const EntryInfo& there = image.entries()[*index];
    if (there.kind != entry.kind || there.capacity_bytes != entry.capacity_bytes ||
        there.encrypted != entry.encrypted) {
      return Error(ErrorId::kEntryExists,
                   fmt::format("'{}' is there: {}, {} bytes, {}; asked for is: {}, {} bytes, {}", entry.name,
                               vnvram::to_string(there.kind), there.capacity_bytes,
                               there.encrypted ? "encrypted" : "not encrypted", vnvram::to_string(entry.kind),
                               entry.capacity_bytes, entry.encrypted ? "encrypted" : "not encrypted"))
          .at(Place::at_byte(image.file_name(), there.offset_bytes))
          .with_hint(list_hint(where.target));
    }
    report.entries.push_back({there, true});
  }
  return report;
}

}  // namespace

Result<BlobAddReport> blob_add(const Context& context, const BlobImage& where,
                               const std::vector<vnvram::EntryRequest>& entries, bool dry_run) {
  BlobImage without_key = where;
  without_key.key = {};
  Result<std::optional<seal::Key>> key = read_key(where.key);
  if (!key) return key.error();
  Result<BlobWriter> writer = open_writer(context, without_key, Rehearsal::kYes, dry_run);
  if (!writer) return writer.error();
  writer->key = *std::move(key);
  const bool wants_encrypted = std::ranges::any_of(entries, &vnvram::EntryRequest::encrypted);
  if (auto used = use_key(writer->image, writer->key, wants_encrypted); !used) return used.error();
  const seal::Key* opens = writer->image.has_keys() ? writer->key_or_null() : nullptr;
  Result<BlobAddReport> report = add_entries(*writer, writer->image, where, entries);
  if (!report) return report;
  if (dry_run) {
    report->log = std::move(*writer->log);
    name_writes(report->log, writer->image);
    report->dry_run = true;
    return report;
  }
  WriteLog log;
  Result<vnvram::Image> image = open_logged(*writer->file, where.target, opens, log, Rehearsal::kNo);
  if (!image) return image.error();
  report = add_entries(*writer, *image, where, entries);
  if (!report) return report;
  // What is there may come from a process that was killed before its flush.
  if (report->nothing_to_do()) {
    if (Result<void> flushed = image->file().flush(); !flushed) return flushed.error();
  }
  name_writes(log, *image);
  report->log = std::move(log);
  return report;
}

}  // namespace nonvol::api
