#include "vnvram/format.h"

#include <fmt/format.h>

#include <algorithm>

#include "seal/random.h"
#include "vnvram/keys.h"

namespace nonvol::vnvram {
namespace {

constexpr std::uint64_t kStepBytes = std::uint64_t{1} << 20;

Result<Uuid> random_uuid() {
  Uuid uuid;
  if (Result<void> drawn = seal::random_bytes(uuid); !drawn) return drawn.error();
  // RFC 4122, 4.4: version 4, variant 1.
  uuid[6] = static_cast<std::uint8_t>((uuid[6] & 0x0f) | 0x40);
  uuid[8] = static_cast<std::uint8_t>((uuid[8] & 0x3f) | 0x80);
  return uuid;
}

// The directory, its keys and its seal.
Result<Directory> make_directory(const Layout& layout, const FormatRequest& request,
                                 std::optional<seal::Key>& data_key) {
  Directory directory;
  directory.integrity = request.integrity;
  directory.attributes = request.layout.attributes;
  directory.entries = layout.entries;
  Result<Uuid> uuid = request.uuid ? Result<Uuid>(*request.uuid) : random_uuid();
  if (!uuid) return uuid.error();
  directory.uuid = *uuid;
  if (std::ranges::none_of(layout.entries, &EntryInfo::encrypted)) return directory;
  if (request.user_key == nullptr) {
    return Error(ErrorId::kKeyNeeded, "an image with encrypted entries needs a key");
  }
  if (request.data_key != nullptr) {
    data_key.emplace(request.data_key->bytes().first<seal::Key::kSizeBytes>());
  } else {
    Result<seal::Key> drawn = random_key();
    if (!drawn) return drawn.error();
    data_key = *std::move(drawn);
  }
  Result<KeySlot> slot = wrap_key(*data_key, *request.user_key, directory.uuid, 0);
  if (!slot) return slot.error();
  directory.key_slots = {*slot};
  if (Result<void> sealed = seal_directory(directory, *data_key); !sealed) return sealed.error();
  return directory;
}

// All that is not zero in a new image, in the order of the offsets.
Result<std::vector<storage::Patch>> new_image(const Layout& layout, const FormatRequest& request) {
  std::vector<storage::Patch> patches;
  for (const PlacedElement& element : layout.elements) {
    patches.push_back({element.offset_bytes, element.framing, "framing"});
  }
  if (layout.directory_capacity_bytes == 0) return patches;
  std::optional<seal::Key> data_key;
  Result<Directory> directory = make_directory(layout, request, data_key);
  if (!directory) return directory.error();
  const auto first_slot = [&](std::uint64_t offset_bytes, std::uint64_t capacity_bytes,
                              const SlotContent& content, octets::Bytes own_identity,
                              const seal::Key* key) -> Result<void> {
    Result<std::vector<std::uint8_t>> slot = encode_slot(content, request.integrity, own_identity, key);
    if (!slot) return slot.error();
    patches.push_back({offset_bytes + slot_bytes(capacity_bytes), *std::move(slot), "first slot"});
    return {};
  };
  const std::vector<std::uint8_t> payload = encode(*directory);
  if (payload.size() > layout.directory_capacity_bytes) {
    return Error(ErrorId::kDirectoryFull, fmt::format("the directory has room for {} bytes, it would need {}",
                                                      layout.directory_capacity_bytes, payload.size()));
  }
  if (Result<void> added = first_slot(
          layout.directory_offset_bytes, layout.directory_capacity_bytes, {Content::kPresent, 0, payload},
          identity(Uuid{}, layout.directory_capacity_bytes, kDirectoryName), nullptr);
      !added) {
    return added.error();
  }
  for (const EntryInfo& entry : directory->entries) {
    if (entry.kind == EntryKind::kPlain) continue;
    if (Result<void> added = first_slot(entry.offset_bytes, entry.capacity_bytes, {Content::kAbsent, 0, {}},
                                        identity(directory->uuid, entry.capacity_bytes, entry.name),
                                        entry.encrypted ? &*data_key : nullptr);
        !added) {
      return added.error();
    }
  }
  std::ranges::sort(patches, {}, &storage::Patch::offset_bytes);
  return patches;
}

// Writes bytes [begin, end) of an image that is zero but for the patches.
Result<void> write_range(storage::BlockFile& file, const std::vector<storage::Patch>& patches,
                         std::uint64_t begin, std::uint64_t end) {
  std::vector<std::uint8_t> buffer;
  auto first = patches.begin();
  for (std::uint64_t at = begin; at < end; at += buffer.size()) {
    buffer.assign(std::min(kStepBytes, end - at), 0);
    const std::uint64_t stop = at + buffer.size();
    while (first != patches.end() && first->offset_bytes + first->bytes.size() <= at) ++first;
    for (auto patch = first; patch != patches.end() && patch->offset_bytes < stop; ++patch) {
      const std::uint64_t from = std::max(at, patch->offset_bytes);
      const std::uint64_t to = std::min(stop, patch->offset_bytes + patch->bytes.size());
      if (from >= to) continue;
      std::copy_n(patch->bytes.begin() + static_cast<std::ptrdiff_t>(from - patch->offset_bytes), to - from,
                  buffer.begin() + static_cast<std::ptrdiff_t>(from - at));
    }
    if (Result<void> written = file.write_at(at, buffer); !written) return written;
  }
  return {};
}

}  // namespace

Result<Occupant> occupant(storage::BlockFile& file, const std::string& file_name) {
  Result<ElementWalk> walk = ElementWalk::begin(file, file_name, {});
  if (walk) return Occupant::kNvram;
  switch (walk.error().id) {
    case ErrorId::kNvramEmpty:
      return Occupant::kNothing;
    case ErrorId::kNotAnNvram:
    case ErrorId::kNvramInContainer:
    case ErrorId::kNvramUnfinished:
      return Occupant::kOther;
    case ErrorId::kNvramLength:
      return Occupant::kNvram;
    default:
      return walk.error();
  }
}

Result<void> format(storage::BlockFile& file, const Layout& layout, const FormatRequest& request) {
  Result<std::vector<storage::Patch>> patches = new_image(layout, request);
  if (!patches) return patches.error();
  // One sector: an image begins with all of it or with nothing of it.
  const std::uint64_t first_bytes = std::min(kSectorBytes, layout.size_bytes);
  // What was there is no image any more before anything else of it goes.
  const std::vector<std::uint8_t> zeros(first_bytes);
  if (file.size_bytes() != 0) {
    if (Result<void> written = file.write_at(
            0, octets::Bytes(zeros).first(std::min<std::uint64_t>(first_bytes, file.size_bytes())));
        !written)
      return written;
    if (Result<void> flushed = file.flush(); !flushed) return flushed;
  }
  if (file.size_bytes() != layout.size_bytes) {
    if (Result<void> resized = file.resize(layout.size_bytes); !resized) return resized;
  }
  if (Result<void> written = write_range(file, *patches, first_bytes, layout.size_bytes); !written)
    return written;
  if (Result<void> flushed = file.flush(); !flushed) return flushed;
  if (Result<void> written = write_range(file, *patches, 0, first_bytes); !written) return written;
  return file.flush();
}

bool same_layout(const Image& image, const FormatRequest& request) {
  if (image.seed_layout() != request.layout.seed_layout) return false;
  if (request.layout.size_bytes && *request.layout.size_bytes != image.size_bytes()) return false;
  if (!image.seed_layout() && image.directory().integrity != request.integrity) return false;
  if (request.uuid && *request.uuid != image.directory().uuid) return false;
  const auto same = [](const EntryInfo& there, const EntryRequest& asked) {
    return there.name == asked.name && there.kind == asked.kind &&
           there.capacity_bytes == asked.capacity_bytes && there.encrypted == asked.encrypted;
  };
  return std::ranges::equal(image.entries(), request.layout.entries, same);
}

}  // namespace nonvol::vnvram
