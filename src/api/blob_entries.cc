#include "api/blob_entries.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "octets/text.h"
#include "storage/byte_stream.h"
#include "vnvram/framing.h"

namespace nonvol::api {
namespace {

using vnvram::BlobState;
using vnvram::Content;
using vnvram::EntryInfo;
using vnvram::EntryKind;
using vnvram::EntryState;

Place at_entry(const vnvram::Image& image, const EntryInfo& entry) {
  return Place::at_byte(image.file_name(), entry.offset_bytes);
}

// What an entry's slots say, with what is wrong with them among the findings.
Result<EntryState> examine(vnvram::Image& image, std::size_t index, std::vector<Finding>& findings) {
  const EntryInfo& entry = image.entries()[index];
  Result<EntryState> state = image.state(index);
  if (!state) {
    if (state.error().exit_code() == ExitCode::kSurroundings) return state;
    findings.push_back(to_finding(state.error()));
    return EntryState{.state = BlobState::kDamaged};
  }
  const Place place = at_entry(image, entry);
  if (state->state == BlobState::kRolledBack) {
    findings.push_back(
        {Severity::kError,
         ErrorId::kOlderGeneration,
         fmt::format("the slots of '{}' hold generations that do not follow each other", entry.name),
         place,
         {}});
  } else if (state->state == BlobState::kDamaged) {
    findings.push_back(
        {Severity::kError,
         ErrorId::kBlobDamaged,
         fmt::format("the blob of '{}' cannot be read: {}", entry.name, fmt::join(state->damage, ", ")),
         place,
         {}});
  } else {
    for (const std::string& damage : state->damage) {
      findings.push_back({Severity::kWarning,
                          ErrorId::kSlotDamaged,
                          fmt::format("of '{}', {}; the other slot is good", entry.name, damage),
                          place,
                          {}});
    }
  }
  return state;
}

// What slack is left; entries that were added later lie inside of it.
Result<std::optional<std::uint64_t>> slack_of(vnvram::Image& image, std::vector<Finding>& findings) {
  Result<std::vector<vnvram::Element>> elements = vnvram::walk_elements(image.file(), image.file_name());
  if (!elements) {
    if (elements.error().exit_code() == ExitCode::kSurroundings) return elements.error();
    findings.push_back(to_finding(elements.error()));
    return std::optional<std::uint64_t>();
  }
  std::uint64_t slack_bytes = 0;
  for (const vnvram::Element& element : *elements) {
    if (element.type != vnvram::Element::Type::kSlack) continue;
    slack_bytes += element.content_bytes;
    for (const EntryInfo& entry : image.entries()) {
      if (entry.offset_bytes < element.content_offset_bytes || entry.offset_bytes >= element.end_bytes())
        continue;
      const std::uint64_t blob_bytes = vnvram::blob_bytes(entry.kind, entry.capacity_bytes);
      const std::uint64_t taken_bytes = blob_bytes + vnvram::entry_framing(entry.name, blob_bytes).size();
      slack_bytes -= std::min(slack_bytes, taken_bytes);
    }
  }
  return std::optional(slack_bytes);
}

Error contradiction(std::string message, const std::string& target) {
  return Error(ErrorId::kContradiction, std::move(message)).with_hint(list_hint(target));
}

// What the entry holds now; nothing where it holds nothing, or where that cannot be read and is to be lost.
Result<std::optional<vnvram::Blob>> present_content(vnvram::Image& image, std::size_t index,
                                                    bool lose_damaged) {
  Result<std::optional<vnvram::Blob>> blob = image.read_if_present(index);
  if (blob || !lose_damaged) return blob;
  const ErrorId id = blob.error().id;
  const bool damaged =
      id == ErrorId::kBlobDamaged || id == ErrorId::kOlderGeneration || id == ErrorId::kBlobNotAuthentic;
  if (!damaged) return blob;
  return std::optional<vnvram::Blob>();
}

// The content to be put, at most one byte more than fits.
Result<std::vector<std::uint8_t>> read_content(const BlobPutRequest& request, const EntryInfo& entry) {
  return request.input.empty()
             ? storage::read_descriptor(STDIN_FILENO, entry.capacity_bytes, "standard input")
             : storage::read_input(request.input, entry.capacity_bytes);
}

// More than fits is not counted: it may be a stream without end.
Error too_large(const vnvram::Image& image, const EntryInfo& entry) {
  return Error(ErrorId::kBlobTooLarge,
               fmt::format("'{}' holds up to {} bytes, the input has more", entry.name, entry.capacity_bytes))
      .at(at_entry(image, entry))
      .with_hint(fmt::format("nonvol blob resize {} --entry {}", octets::shell_path(image.file_name()),
                             octets::shell_word(entry.name + ":SIZE")));
}

Result<BlobChange> change_of(vnvram::Image& image, std::size_t index, const BlobImage& where, bool dry_run) {
  BlobChange change{.target = where.target,
                    .entry = image.entries()[index],
                    .dry_run = dry_run,
                    .generation_before = {},
                    .generation_after = {},
                    .log = {}};
  if (change.entry.kind == EntryKind::kPlain) return change;
  Result<EntryState> state = image.state(index);
  if (!state) return state.error();
  const bool believed = state->state != BlobState::kDamaged && state->state != BlobState::kRolledBack;
  if (believed) change.generation_before = change.generation_after = state->generation;
  change.nothing_to_do = believed && state->damage.empty();
  return change;
}

// Carries the update out, or tells what it would be.
Result<void> carry_out(BlobWriter& writer, const vnvram::Update& update, BlobChange& change) {
  if (change.entry.kind == EntryKind::kAtomic) change.generation_after = update.generation;
  Result<void> done = writer.image.commit(update);
  change.log = std::move(*writer.log);
  name_writes(change.log, writer.image);
  return done;
}

// What is there already may come from a process that was killed before its flush: "nothing to do" is an
// acknowledgement too, and durable.
Result<BlobChange> settled(BlobWriter& writer, BlobChange change) {
  if (Result<void> flushed = writer.image.file().flush(); !flushed) return flushed.error();
  change.log = std::move(*writer.log);
  return change;
}

}  // namespace

Result<BlobListReport> blob_list(const Context& context, const BlobImage& where) {
  Result<OpenBlobs> blobs = open_blobs(context, where, storage::Access::kReadOnly);
  if (!blobs) return blobs.error();
  vnvram::Image& image = blobs->image;
  BlobListReport report{
      .image = facts_of(where.target, image), .slack_bytes = {}, .entries = {}, .findings = {}};
  for (const std::string& damage : image.directory_damage()) {
    report.findings.push_back({Severity::kWarning,
                               ErrorId::kSlotDamaged,
                               fmt::format("of the directory, {}; the other slot is good", damage),
                               Place::at_byte(image.file_name(), image.directory_offset_bytes()),
                               {}});
  }
  Result<std::optional<std::uint64_t>> slack_bytes = slack_of(image, report.findings);
  if (!slack_bytes) return slack_bytes.error();
  report.slack_bytes = *slack_bytes;
  for (std::size_t i = 0; i < image.entries().size(); ++i) {
    Result<EntryState> state = examine(image, i, report.findings);
    if (!state) return state.error();
    report.entries.push_back({image.entries()[i], *std::move(state)});
  }
  return report;
}

Result<BlobGetReport> blob_get(const Context& context, const BlobImage& where, const std::string& name,
                               std::optional<std::uint64_t> expected_generation) {
  Result<OpenBlobs> blobs = open_blobs(context, where, storage::Access::kReadOnly);
  if (!blobs) return blobs.error();
  vnvram::Image& image = blobs->image;
  const Result<std::size_t> index = image.find(name);
  if (!index) return index.error();
  const EntryInfo& entry = image.entries()[*index];
  if (expected_generation && entry.kind == EntryKind::kPlain) {
    return contradiction(fmt::format("'{}' is plain and has no generation", name), where.target);
  }
  Result<vnvram::Blob> blob = image.read(*index);
  if (!blob) return blob.error();
  if (expected_generation && *expected_generation != blob->generation) {
    return Error(ErrorId::kGenerationPin, fmt::format("'{}' has generation {}, expected is {}", name,
                                                      blob->generation, *expected_generation))
        .at(at_entry(image, entry))
        .with_hint(list_hint(where.target));
  }
  return BlobGetReport{where.target, entry, *std::move(blob)};
}

Result<BlobChange> blob_put(const Context& context, const BlobImage& where, const BlobPutRequest& request,
                            bool dry_run) {
  Result<BlobWriter> writer =
      open_writer(context, where, dry_run ? Rehearsal::kYes : Rehearsal::kNo, dry_run);
  if (!writer) return writer.error();
  vnvram::Image& image = writer->image;
  const Result<std::size_t> index = image.find(request.name);
  if (!index) return index.error();
  const EntryInfo& entry = image.entries()[*index];
  if (request.fill && entry.kind != EntryKind::kPlain) {
    return contradiction(
        fmt::format("'{}' is atomic and holds as many bytes as are put; --fill is for plain entries",
                    entry.name),
        where.target);
  }
  Result<std::optional<vnvram::Blob>> before = present_content(image, *index, request.lose_damaged);
  if (!before) return before.error();
  Result<std::vector<std::uint8_t>> content = read_content(request, entry);
  if (!content) return content.error();
  if (content->size() > entry.capacity_bytes) return too_large(image, entry);
  if (request.fill) content->resize(entry.capacity_bytes, *request.fill);
  Result<BlobChange> change = change_of(image, *index, where, dry_run);
  if (!change) return change;
  change->used_bytes = content->size();
  const bool same = before->has_value() && std::ranges::equal((*before)->bytes(), *content);
  // A damaged slot beside a good one is mended by writing the same again.
  change->nothing_to_do = same && (entry.kind == EntryKind::kPlain || change->nothing_to_do);
  if (change->nothing_to_do) return settled(*writer, *std::move(change));
  Result<vnvram::Update> update = image.prepare(*index, Content::kPresent, *content, request.lose_damaged);
  if (!update) return update.error();
  if (Result<void> done = carry_out(*writer, *update, *change); !done) return done.error();
  return change;
}

Result<BlobChange> blob_delete(const Context& context, const BlobImage& where, const std::string& name,
                               std::optional<std::uint8_t> fill, bool dry_run) {
  Result<BlobWriter> writer =
      open_writer(context, where, dry_run ? Rehearsal::kYes : Rehearsal::kNo, dry_run);
  if (!writer) return writer.error();
  vnvram::Image& image = writer->image;
  const Result<std::size_t> index = image.find(name);
  if (!index) return index.error();
  const EntryInfo& entry = image.entries()[*index];
  const bool plain = entry.kind == EntryKind::kPlain;
  if (fill && !plain) {
    return contradiction(fmt::format("'{}' is atomic and can be absent; --fill is for plain entries", name),
                         where.target);
  }
  Result<BlobChange> change = change_of(image, *index, where, dry_run);
  if (!change) return change;
  Result<std::optional<vnvram::Blob>> before = image.read_if_present(*index);
  if (!before) return before.error();
  const std::uint8_t filling = fill.value_or(0);
  change->used_bytes = plain ? entry.capacity_bytes : 0;
  change->nothing_to_do = plain ? octets::all_equal((*before)->bytes(), filling) : !before->has_value();
  if (change->nothing_to_do) return settled(*writer, *std::move(change));
  const std::vector<std::uint8_t> filled(plain ? entry.capacity_bytes : 0, filling);
  Result<vnvram::Update> update = image.prepare(*index, plain ? Content::kPresent : Content::kAbsent, filled);
  if (!update) return update.error();
  if (Result<void> done = carry_out(*writer, *update, *change); !done) return done.error();
  return change;
}

Result<BlobCheckReport> blob_check(const Context& context, const BlobImage& where,
                                   const vnvram::CheckOptions& options) {
  Result<OpenBlobs> blobs = open_blobs(context, where, storage::Access::kReadOnly);
  if (!blobs) return blobs.error();
  Result<vnvram::CheckReport> check = vnvram::check(blobs->image, options);
  if (!check) return check.error();
  return BlobCheckReport{facts_of(where.target, blobs->image), options.scrub, blobs->image.unlocked(),
                         *std::move(check)};
}

Result<BlobRekeyReport> blob_rekey(const Context& context, const BlobImage& where, const KeySource& new_key,
                                   bool dry_run) {
  BlobImage without_key = where;
  without_key.key = {};
  Result<std::optional<seal::Key>> wanted = read_key(new_key);
  if (!wanted) return wanted.error();
  Result<std::optional<seal::Key>> present = read_key(where.key);
  if (!present) return present.error();
  Result<BlobWriter> writer =
      open_writer(context, without_key, dry_run ? Rehearsal::kYes : Rehearsal::kNo, dry_run);
  if (!writer) return writer.error();
  vnvram::Image& image = writer->image;
  if (*present) {
    Result<void> unlocked = image.unlock(**present);
    // Done before, or interrupted before its last step: then the new key opens the image.
    if (!unlocked && unlocked.error().id == ErrorId::kWrongKey && image.unlock(**wanted)) unlocked = {};
    if (!unlocked) return unlocked.error();
  }
  Result<bool> changed = image.rekey(**wanted);
  if (!changed) return changed.error();
  // What is there may come from a process that was killed before its flush.
  if (!*changed) {
    if (Result<void> flushed = image.file().flush(); !flushed) return flushed.error();
  }
  BlobRekeyReport report{where.target, dry_run, !*changed, std::move(*writer->log)};
  name_writes(report.log, image);
  return report;
}

}  // namespace nonvol::api
