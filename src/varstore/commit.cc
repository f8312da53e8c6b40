#include "varstore/commit.h"

#include <fmt/format.h>

#include <algorithm>

#include "storage/file_beside.h"
#include "storage/qemu_storage.h"

namespace nonvol::varstore {
namespace {

constexpr std::uint64_t kCopyBytes = 1 << 20;

Result<void> write_in_place(storage::BlockFile& file, const ChangePlan& plan, Committed& done) {
  for (const flash::InPlaceStep& step : plan.steps) {
    for (const storage::Patch& patch : step.writes) {
      if (Result<void> written = file.write_at(patch.offset_bytes, patch.bytes); !written) return written;
      done.written_bytes += patch.bytes.size();
    }
    if (!step.flush) continue;
    if (Result<void> flushed = file.flush(); !flushed) return flushed;
    ++done.flushes;
  }
  return {};
}

// Copies what the old file holds, with the patches over it. Stretches of zeros stay holes: padded ARM images
// have 63 MiB of them.
Result<void> write_new_file(storage::BlockFile& from, storage::BlockFile& to, const ChangePlan& plan,
                            Committed& done) {
  if (Result<void> sized = to.resize(plan.size_bytes); !sized) return sized;
  std::vector<std::uint8_t> buffer;
  for (std::uint64_t at = 0; at < plan.size_bytes; at += kCopyBytes) {
    buffer.assign(std::min(kCopyBytes, plan.size_bytes - at), 0);
    if (const Result<std::size_t> got = from.read_at(at, buffer); !got) return got.error();
    for (const storage::Patch& patch : plan.patches) {
      const std::uint64_t begin = std::max(at, patch.offset_bytes);
      const std::uint64_t end = std::min(at + buffer.size(), patch.offset_bytes + patch.bytes.size());
      if (begin >= end) continue;
      std::copy_n(patch.bytes.begin() + static_cast<std::ptrdiff_t>(begin - patch.offset_bytes), end - begin,
                  buffer.begin() + static_cast<std::ptrdiff_t>(begin - at));
    }
    if (octets::all_equal(buffer, 0)) continue;
    if (Result<void> written = to.write_at(at, buffer); !written) return written;
    done.written_bytes += buffer.size();
  }
  ++done.flushes;
  return to.flush();
}

// The undo record comes when nothing but the renaming can go wrong any more: a change that fails leaves the
// one before.
Result<void> replace(storage::FileSystem& files, OpenStore& store, const ChangePlan& plan,
                     const UndoRecord& undo, Committed& done) {
  Result<storage::FileBeside> beside = storage::FileBeside::create(files, store.path);
  if (!beside) return beside.error();
  const std::unique_ptr<storage::BlockFile> file = beside->take_file();
  if (Result<void> copied = files.copy_owner_and_mode(store.path, beside->temporary_path()); !copied)
    return copied;
  if (Result<void> written = write_new_file(*store.file, *file, plan, done); !written) return written;
  if (Result<void> written = write_undo(files, store.path, undo); !written) return written;
  done.undo_path = undo_path_of(store.path);
  ++done.flushes;
  return beside->publish(storage::FileBeside::Replace::kWhatIsThere);
}

Error cannot_replace(const OpenStore& store) {
  return Error(ErrorId::kCannotReplace,
               fmt::format("{} is no file of its own, and this change needs more than appending to it",
                           store.path))
      .at(Place::in_file(store.path))
      .with_hint("nonvol explain NV2323");
}

}  // namespace

Result<OpenStore> open_store(storage::FileSystem& files, const storage::Medium& medium, bool rehearsal) {
  OpenStore store;
  store.path = medium.target;
  if (!storage::is_uri(medium.target)) {
    Result<std::string> real = storage::real_path(medium.target);
    if (!real) return real.error();
    store.path = *std::move(real);
    const Result<storage::FileStatus> status = files.status(store.path);
    if (!status) return status.error();
    store.replaceable = status->kind == storage::FileKind::kRegular;
  }
  Result<std::unique_ptr<storage::BlockFile>> file =
      storage::open_medium(files, {store.path, medium.luks_key_file, medium.backing},
                           {.access = storage::Access::kReadWrite, .rehearsal = rehearsal});
  if (!file) return file.error();
  store.file = *std::move(file);
  if (!store.replaceable) return store;
  // What open_medium gives is what is inside an image, if it is one.
  std::uint8_t front[8];
  const auto outer = files.open_read(store.path);
  if (!outer) return outer.error();
  const Result<std::size_t> got = (*outer)->read_at(0, front);
  if (!got) return got.error();
  store.replaceable = !storage::container_format({front, *got}).has_value();
  return store;
}

Result<void> check_replaceable(const OpenStore& store, const ChangePlan& plan) {
  if (plan.way == ChangePlan::Way::kReplace && !store.replaceable) return cannot_replace(store);
  return {};
}

Result<Committed> commit(storage::FileSystem& files, OpenStore& store, const ChangePlan& plan,
                         UndoRecord what) {
  Committed done;
  done.way = plan.way;
  if (plan.way == ChangePlan::Way::kNothing) return done;
  if (auto checked = check_replaceable(store, plan); !checked) return checked.error();
  if (!store.replaceable) {
    if (Result<void> written = write_in_place(*store.file, plan, done); !written) return written.error();
    return done;
  }
  Result<UndoRecord> record = record_of(*store.file, store.path, plan.patches, plan.size_bytes);
  if (!record) return record.error();
  record->command = std::move(what.command);
  record->time = std::move(what.time);
  record->checked_bytes = plan.checked_bytes;
  record->checked_crc32c = plan.checked_crc32c;
  if (plan.way == ChangePlan::Way::kReplace) {
    if (Result<void> replaced = replace(files, store, plan, *record, done); !replaced)
      return replaced.error();
    return done;
  }
  // The directory may not be writable although the store is; the change needs no more than the store.
  if (write_undo(files, store.path, *record)) done.undo_path = undo_path_of(store.path);
  if (Result<void> written = write_in_place(*store.file, plan, done); !written) return written.error();
  return done;
}

}  // namespace nonvol::varstore
