#include <fmt/format.h>

#include <algorithm>

#include "api/blob_format.h"
#include "octets/text.h"
#include "storage/file_beside.h"
#include "vnvram/framing.h"

namespace nonvol::api {
namespace {

using vnvram::EntryInfo;

Error cannot_resize(const BlobImage& where, std::string_view why) {
  return Error(ErrorId::kCannotResize, fmt::format("{} {}", where.target, why))
      .at(Place::in_file(where.target))
      .with_hint(fmt::format("nonvol blob export {} DIRECTORY", octets::shell_path(where.target)));
}

// Only what is a file of its own can be replaced by renaming.
Result<void> check_target(const Context& context, const BlobImage& where) {
  if (vnvram::is_uri(where.target)) return cannot_resize(where, "is on a server, which cannot replace it");
  Result<storage::FileStatus> status = context.files.status(where.target);
  if (!status) return status.error();
  if (status->kind == storage::FileKind::kOther)
    return cannot_resize(where, "is a device, which has the size it has");
  Result<std::unique_ptr<storage::BlockFile>> file = context.files.open_read(where.target);
  if (!file) return file.error();
  const Result<vnvram::ElementWalk> walk = vnvram::ElementWalk::begin(**file, where.target, {});
  if (walk || walk.error().id != ErrorId::kNvramInContainer) return {};
  return cannot_resize(where, "is a qcow2 or LUKS container, which would be left behind");
}

// Kind and encryption that were not named are those of the entry that is there.
vnvram::ResizeRequest complete(const BlobResizeRequest& request, const OpenBlobs& blobs) {
  vnvram::ResizeRequest result{.changed = {},
                               .dropped = request.dropped,
                               .reserve_bytes = request.reserve_bytes,
                               .size_bytes = request.size_bytes,
                               .new_data_key = request.new_data_key,
                               .user_key = blobs.key_or_null()};
  for (const BlobResizeEntry& entry : request.entries) {
    const Result<std::size_t> index = blobs.image.find(entry.name);
    const EntryInfo* there = index ? &blobs.image.entries()[*index] : nullptr;
    const vnvram::EntryKind as_it_is = there != nullptr ? there->kind : vnvram::EntryKind::kAtomic;
    result.changed.push_back({entry.name, entry.capacity_bytes, entry.kind.value_or(as_it_is),
                              entry.encrypted || (there != nullptr && there->encrypted)});
  }
  return result;
}

bool changes_nothing(const vnvram::Image& image, const vnvram::Layout& layout) {
  const auto same = [](const EntryInfo& there, const EntryInfo& planned) {
    return there.name == planned.name && there.kind == planned.kind && there.encrypted == planned.encrypted &&
           there.offset_bytes == planned.offset_bytes && there.capacity_bytes == planned.capacity_bytes;
  };
  return image.size_bytes() == layout.size_bytes &&
         image.directory_capacity_bytes() == layout.directory_capacity_bytes &&
         std::ranges::equal(image.entries(), layout.entries, same);
}

// Everything up to the renaming leaves the old image as it is.
Result<void> replace(const Context& context, OpenBlobs& blobs, const std::string& path,
                     const vnvram::Layout& layout, const vnvram::FormatRequest& format) {
  Result<storage::FileBeside> beside = storage::FileBeside::create(context.files, path);
  if (!beside) return beside.error();
  std::unique_ptr<storage::BlockFile> file = beside->take_file();
  if (Result<void> done = vnvram::format(*file, layout, format); !done) return done;
  const bool encrypted = std::ranges::any_of(layout.entries, &EntryInfo::encrypted);
  Result<vnvram::Image> copy = vnvram::Image::open(std::move(file), beside->temporary_path(),
                                                   encrypted ? blobs.key_or_null() : nullptr);
  if (!copy) return copy.error();
  if (Result<void> done = vnvram::copy_contents(blobs.image, *copy); !done) return done;
  if (Result<void> done = context.files.copy_owner_and_mode(path, beside->temporary_path()); !done)
    return done;
  return beside->publish(storage::FileBeside::Replace::kWhatIsThere);
}

Result<OpenBlobs> open_for_copying(const Context& context, const BlobImage& where,
                                   const BlobResizeRequest& request) {
  BlobImage without_key = where;
  without_key.key = {};
  Result<std::optional<seal::Key>> key = read_key(where.key);
  if (!key) return key.error();
  Result<OpenBlobs> blobs = open_blobs(context, without_key, storage::Access::kReadWrite);
  if (!blobs) return blobs;
  blobs->key = *std::move(key);
  const bool wants_encrypted = std::ranges::any_of(request.entries, &BlobResizeEntry::encrypted);
  if (auto used = use_key(blobs->image, blobs->key, wants_encrypted); !used) return used.error();
  return blobs;
}

}  // namespace

Result<BlobResizeReport> blob_resize(const Context& context, const BlobImage& where,
                                     const BlobResizeRequest& request, bool dry_run) {
  if (Result<void> checked = check_target(context, where); !checked) return checked.error();
  Result<OpenBlobs> blobs = open_for_copying(context, where, request);
  if (!blobs) return blobs.error();
  if (request.new_data_key && !blobs->image.unlocked()) {
    const ErrorId id = blobs->image.has_keys() ? ErrorId::kKeyNeeded : ErrorId::kNotEncrypted;
    return Error(id, fmt::format("--new-data-key is for encrypted images, {}",
                                 blobs->image.has_keys() ? "and needs their key" : "and this is none"))
        .at(Place::in_file(where.target))
        .with_hint(list_hint(where.target));
  }
  Result<vnvram::FormatRequest> format = vnvram::resized(blobs->image, complete(request, *blobs));
  if (!format) return format.error();
  Result<vnvram::Layout> layout = vnvram::plan_layout(format->layout);
  if (!layout) return layout.error();
  BlobResizeReport report{.target = where.target,
                          .dry_run = dry_run,
                          .nothing_to_do = !request.new_data_key && changes_nothing(blobs->image, *layout),
                          .image_bytes_before = blobs->image.size_bytes(),
                          .layout = *std::move(layout),
                          .seed_layout = format->layout.seed_layout};
  if (dry_run) return report;
  if (report.nothing_to_do) {
    // What is there may come from a process that was killed before its flush.
    if (Result<void> flushed = blobs->image.file().flush(); !flushed) return flushed.error();
    return report;
  }
  Result<std::string> path = storage::real_path(where.target);
  if (!path) return path.error();
  if (Result<void> done = replace(context, *blobs, *path, report.layout, *format); !done) return done.error();
  return report;
}

}  // namespace nonvol::api
