#include <fmt/format.h>

#include <algorithm>

#include "guest/firmware_file.h"
#include "guest/folder.h"
#include "guest/home.h"
#include "guest/transfer.h"
#include "octets/text.h"
#include "storage/file_beside.h"

namespace nonvol::guest {
namespace {

using descriptor::Device;
using descriptor::FlashMode;

bool is_combined(const Record& record) {
  return record.device == Device::kFlash && record.mode == FlashMode::kCombined;
}

// The guest's image as it shall be: its own variables, then the code of the new one. `old` may be the same
// size only.
Result<std::vector<std::uint8_t>> joined_image(storage::BlockFile& old, storage::BlockFile& code,
                                               std::uint64_t variables_bytes) {
  std::vector<std::uint8_t> image(old.size_bytes());
  const std::span<std::uint8_t> all(image);
  const Result<std::size_t> front = old.read_at(0, all.first(variables_bytes));
  if (!front) return front.error();
  const Result<std::size_t> rest = code.read_at(variables_bytes, all.subspan(variables_bytes));
  if (!rest) return rest.error();
  return image;
}

Result<bool> holds(storage::BlockFile& file, octets::Bytes bytes) {
  std::vector<std::uint8_t> now(file.size_bytes());
  const Result<std::size_t> got = file.read_at(0, now);
  if (!got) return got.error();
  return std::ranges::equal(now, bytes);
}

Error sizes_differ(const Record& record, const std::string& path, std::uint64_t new_bytes,
                   std::uint64_t old_bytes) {
  return Error(ErrorId::kUpgradeLayout, fmt::format("the image {} has {} bytes, and guest {} has one of {}",
                                                    path, new_bytes, record.name, old_bytes))
      .at(Place::in_file(path));
}

}  // namespace

// The record as it shall be, all of the firmware read; the image is looked at later.
Result<Upgraded> Home::plan_upgrade(const UpgradeRequest& request, storage::BlockFile& executable) {
  Upgraded upgraded{request.before, false, false};
  Record& record = upgraded.record;
  record.descriptor = request.descriptor;
  record.features = request.features;
  const auto digest = digest_file(executable, request.executable.path);
  if (!digest) return digest.error();
  record.executable = {request.executable.path, request.executable.format, executable.size_bytes(), *digest};
  // The template stays what the store was made from.
  upgraded.record_changes = record != request.before;
  return upgraded;
}

// The record is what the guest's files are found by: old or new, never half.
Result<void> Home::replace_record(const Record& record) {
  const std::string text = write_record(record);
  const octets::Bytes bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  return storage::replace_whole_file(files_, directory(record.name) + "/" + kRecordFileName, bytes);
}

Result<Upgraded> Home::upgrade(const UpgradeRequest& request, bool dry_run) {
  const std::string& name = request.before.name;
  std::unique_ptr<storage::Lock> held;
  if (!dry_run) {
    Result<std::unique_ptr<storage::Lock>> locked = lock();
    if (!locked) return locked.error();
    held = std::move(*locked);
  }
  const Result<Record> now = load(name);
  if (!now) return now.error();
  if (*now != request.before) {
    return Error(ErrorId::kGuestChangedMeanwhile, fmt::format("guest {} was changed meanwhile", name))
        .at(Place::in_file(directory(name)))
        .with_hint("nonvol show " + name);
  }
  // For a rehearsal to refuse what the deed would: the image is opened for writing there.
  if (dry_run && is_combined(request.before)) {
    const Result<bool> in_use = files_.image_in_use(nvram_path(request.before));
    if (!in_use) return in_use.error();
    if (*in_use) {
      return Error(ErrorId::kImageInUse, fmt::format("{} is in use", nvram_path(request.before)))
          .at(Place::in_file(nvram_path(request.before)));
    }
  }
  const auto executable = open_firmware(files_, "executable", request.executable.path);
  if (!executable) return executable.error();
  Result<Upgraded> upgraded = plan_upgrade(request, **executable);
  if (!upgraded) return upgraded;
  if (is_combined(request.before)) {
    const std::string path = nvram_path(request.before);
    // Held until the new image is in its place: a guest that starts meanwhile would write to the old one.
    auto image = dry_run ? files_.open_read(path) : files_.open_write(path);
    if (!image) return image.error();
    if ((*image)->size_bytes() != (*executable)->size_bytes() ||
        (*image)->size_bytes() < request.variables_bytes) {
      return sizes_differ(request.before, request.executable.path, (*executable)->size_bytes(),
                          (*image)->size_bytes());
    }
    const auto wanted = joined_image(**image, **executable, request.variables_bytes);
    if (!wanted) return wanted.error();
    const Result<bool> same = holds(**image, *wanted);
    if (!same) return same.error();
    upgraded->image_changes = !*same;
    if (!dry_run && upgraded->image_changes) {
      if (Result<void> replaced = storage::replace_whole_file(files_, path, *wanted); !replaced)
        return replaced.error();
    }
  }
  // After the image: a record that runs ahead of it would call the old code new.
  if (!dry_run && upgraded->record_changes) {
    if (Result<void> replaced = replace_record(upgraded->record); !replaced) return replaced.error();
  }
  return upgraded;
}

}  // namespace nonvol::guest
