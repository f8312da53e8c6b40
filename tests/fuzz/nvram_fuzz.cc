// Opens hostile NVRAM images, lists, reads, checks, writes to them and adds to them, and looks at what
// changed.
//
// Input: byte 0 says what the rest is (modulo 4):
//   0  an image, filled up with zeros to a size that its own outer length asks for (up to 256 KiB)
//   1  the DER payload of the directory of an image that is else sound; digests are made right
//   2  changes of the golden image: offset (3 bytes, little-endian), value (1 byte); the digests of the slots
//   that
//      were touched are made right, where the slot still says what is to be summed
//   3  the same of an encrypted image, opened with its key where it still opens so
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "octets/crc32c.h"
#include "storage/memory.h"
#include "vnvram/check.h"
#include "vnvram/der.h"
#include "vnvram/format.h"
#include "vnvram/slot.h"

namespace {

using namespace nonvol;
using namespace nonvol::vnvram;
using ByteVector = std::vector<std::uint8_t>;

constexpr std::uint64_t kLargestImageBytes = std::uint64_t{1} << 18;
constexpr std::uint64_t kLargestWriteBytes = std::uint64_t{1} << 16;
constexpr Uuid kUuid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

// Not assert(): that is gone in release builds, and the seeds are replayed there too.
void require(bool condition) {
  if (!condition) std::abort();
}

template <class T>
T required(Result<T> result) {
  require(result.has_value());
  return *std::move(result);
}

seal::Key key_of(std::uint8_t fill) {
  const ByteVector bytes(seal::Key::kSizeBytes, fill);
  return seal::Key(std::span<const std::uint8_t, seal::Key::kSizeBytes>(bytes.data(), bytes.size()));
}

ByteVector bytes_of(Image& image) {
  ByteVector bytes(image.size_bytes());
  require(image.file().read_at(0, bytes).has_value());
  return bytes;
}

// A sound image with something in most of its entries.
ByteVector golden(const seal::Key* key, bool with_large) {
  FormatRequest request;
  const bool locked = key != nullptr;
  request.layout.entries = {{"state", 300, EntryKind::kAtomic, locked},
                            {"vars", 600, EntryKind::kPlain},
                            {"never", 5000, EntryKind::kAtomic, locked}};
  // Its slots are read one by one.
  if (with_large) request.layout.entries.push_back({"large", 90000});
  request.layout.reserve_bytes = 16384;
  request.uuid = kUuid;
  request.user_key = key;
  const Layout layout = required(plan_layout(request.layout));
  auto file = storage::memory_file(ByteVector(layout.size_bytes));
  require(format(*file, layout, request).has_value());
  Image image = required(Image::open(std::move(file), "golden.nv", key));
  require(image.write(0, ByteVector(200, 7)).has_value());
  require(image.write(0, ByteVector(100, 8)).has_value());
  if (with_large) require(image.write(3, ByteVector(70000, 9)).has_value());
  return bytes_of(image);
}

struct Golden {
  Golden(const seal::Key* key, bool with_large)
      : bytes(golden(key, with_large)),
        image(required(Image::open(storage::memory_file(bytes), "golden.nv", key))) {}
  ByteVector bytes;
  Image image;
};

const Golden& golden_small() {
  static const Golden golden(nullptr, false);
  return golden;
}

const Golden& golden_large() {
  static const Golden golden(nullptr, true);
  return golden;
}

const Golden& golden_locked() {
  static const seal::Key key = key_of(1);
  static const Golden golden(&key, false);
  return golden;
}

// As an attacker would: CRC-32C needs no key.
void mend_digest(std::span<std::uint8_t> slot, unsigned index, std::uint64_t capacity_bytes,
                 const ByteVector& own_identity) {
  const SlotFacts facts = read_slot_header(slot, index, capacity_bytes, Integrity::kCrc32c);
  if (facts.state != SlotState::kValid) return;
  const std::size_t covered_bytes = facts.header.cipher == Cipher::kNone ? 32 : 48;
  std::uint32_t sum = octets::crc32c(octets::Bytes(slot).first(covered_bytes), octets::crc32c(own_identity));
  sum = octets::crc32c(octets::Bytes(slot).subspan(kSlotHeaderBytes, facts.header.length_bytes), sum);
  for (unsigned i = 0; i < 4; ++i) slot[covered_bytes + i] = static_cast<std::uint8_t>(sum >> (8 * i));
}

ByteVector raw_image(octets::Bytes input) {
  ByteVector bytes(input.begin(), input.end());
  std::string_view problem;
  const auto outer = read_der_header(input, problem);
  if (outer && outer->content_bytes <= kLargestImageBytes &&
      outer->header_bytes + outer->content_bytes > bytes.size())
    bytes.resize(outer->header_bytes + outer->content_bytes);
  return bytes;
}

ByteVector with_directory(octets::Bytes payload) {
  const Golden& golden = golden_small();
  ByteVector bytes = golden.bytes;
  const std::uint64_t capacity_bytes = golden.image.directory_capacity_bytes();
  const ByteVector slot = required(encode_slot(
      {Content::kPresent, 0, payload.first(std::min<std::size_t>(payload.size(), capacity_bytes))},
      Integrity::kCrc32c, identity(Uuid{}, capacity_bytes, kDirectoryName), nullptr));
  const std::uint64_t at = golden.image.directory_offset_bytes() + slot_bytes(capacity_bytes);
  std::ranges::copy(slot, bytes.begin() + static_cast<std::ptrdiff_t>(at));
  return bytes;
}

ByteVector with_changes(const Golden& golden, octets::Bytes input) {
  ByteVector bytes = golden.bytes;
  for (; input.size() >= 4; input = input.subspan(4)) {
    const std::size_t at = input[0] | input[1] << 8 | input[2] << 16;
    bytes[at % bytes.size()] = input[3];
  }
  const auto mend = [&](std::uint64_t offset_bytes, std::uint64_t capacity_bytes,
                        const ByteVector& own_identity) {
    for (unsigned i = 0; i < 2; ++i) {
      const std::uint64_t one = slot_bytes(capacity_bytes);
      mend_digest(std::span(bytes).subspan(offset_bytes + i * one, one), i, capacity_bytes, own_identity);
    }
  };
  const std::uint64_t directory_bytes = golden.image.directory_capacity_bytes();
  mend(golden.image.directory_offset_bytes(), directory_bytes,
       identity(Uuid{}, directory_bytes, kDirectoryName));
  for (const EntryInfo& entry : golden.image.entries()) {
    if (entry.kind == EntryKind::kAtomic)
      mend(entry.offset_bytes, entry.capacity_bytes, identity(kUuid, entry.capacity_bytes, entry.name));
  }
  return bytes;
}

// Nothing changed but [begin, end).
void require_same_outside(const ByteVector& before, const ByteVector& after, std::uint64_t begin,
                          std::uint64_t end) {
  require(before.size() == after.size());
  const auto first = static_cast<std::ptrdiff_t>(begin);
  const auto last = static_cast<std::ptrdiff_t>(end);
  require(std::equal(before.begin(), before.begin() + first, after.begin()));
  require(std::equal(before.begin() + last, before.end(), after.begin() + last));
}

void look_at_error(const Error& error) {
  require(!error.message.empty() && error.id != ErrorId::kImpossible);
  require(error.place.text() != "" || error.id == ErrorId::kBadEntryRequest);
}

// What is written reads back, also after opening again, and changes one slot or blob.
void write_to(Image& image, std::size_t index, const seal::Key* key) {
  const EntryInfo entry = image.entries()[index];
  const bool plain = entry.kind == EntryKind::kPlain;
  if (plain && entry.capacity_bytes > kLargestWriteBytes) return;
  const ByteVector payload(plain ? entry.capacity_bytes : std::min<std::uint64_t>(entry.capacity_bytes, 99),
                           0x5a);
  const ByteVector before = bytes_of(image);
  Result<Update> update = image.prepare(index, Content::kPresent, payload);
  if (!update) update = image.prepare(index, Content::kPresent, payload, true);
  if (!update) return look_at_error(update.error());
  const std::uint64_t begin = update->patch.offset_bytes;
  const std::uint64_t end = begin + update->patch.bytes.size();
  const std::uint64_t one_slot = plain ? entry.capacity_bytes : slot_bytes(entry.capacity_bytes);
  require(begin == entry.offset_bytes || (!plain && begin == entry.offset_bytes + one_slot));
  require(end <= begin + one_slot && end <= before.size());
  require(image.commit(*update).has_value());
  const ByteVector after = bytes_of(image);
  require_same_outside(before, after, begin, end);
  Result<Image> again = Image::open(storage::memory_file(after), "fuzz.nv", key);
  if (!again) return require(false);
  for (Image* one : {&image, &*again}) {
    const Result<Blob> blob = one->read(index);
    require(blob.has_value() && std::ranges::equal(blob->bytes(), payload));
  }
}

// The new entry is inside slack, and the old ones read as before.
void add_to(Image& image, const seal::Key* key) {
  const ByteVector before = bytes_of(image);
  const std::size_t count = image.entries().size();
  const EntryRequest request{"added", 700, EntryKind::kAtomic, image.has_keys() && image.unlocked()};
  if (Result<void> added = image.add(request, key); !added) {
    look_at_error(added.error());
    return require(bytes_of(image) == before);
  }
  require(image.entries().size() == count + 1);
  Result<Image> again = Image::open(storage::memory_file(bytes_of(image)), "fuzz.nv", key);
  require(again.has_value());
  require(again->entries() == image.entries());
  require(again->state(count)->state == BlobState::kNeverWritten);
  write_to(*again, count, key);
}

void use(const ByteVector& bytes, const seal::Key* key) {
  Result<Image> image = Image::open(storage::memory_file(bytes), "fuzz.nv", key);
  if (!image) {
    look_at_error(image.error());
    if (key != nullptr) use(bytes, nullptr);
    return;
  }
  for (std::size_t i = 0; i < image->entries().size(); ++i) {
    const EntryInfo& entry = image->entries()[i];
    require(name_problem(entry.name).empty() && required(image->find(entry.name)) <= i);
    require(entry.offset_bytes + blob_bytes(entry.kind, entry.capacity_bytes) <= bytes.size());
    const Result<EntryState> state = image->state(i);
    if (!state) look_at_error(state.error());
    const Result<Blob> blob = image->read(i);
    if (!blob) look_at_error(blob.error());
    if (blob) require(blob->size_bytes <= entry.capacity_bytes && blob->bytes().size() == blob->size_bytes);
  }
  const Result<CheckReport> report = check(*image, {.scrub = true});
  require(report.has_value());
  for (const Finding& finding : report->findings) require(!finding.message.empty());
  require(bytes_of(*image) == bytes);
  for (std::size_t i = 0; i < std::min<std::size_t>(image->entries().size(), 6); ++i)
    write_to(*image, i, key);
  if (!image->failed()) add_to(*image, key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes == 0) return 0;
  static const seal::Key key = key_of(1);
  const octets::Bytes rest = octets::Bytes(data, size_bytes).subspan(1);
  switch (data[0] % 4) {
    case 0:
      use(raw_image(rest), nullptr);
      break;
    case 1:
      use(with_directory(rest), nullptr);
      break;
    case 2:
      use(with_changes(golden_large(), rest), nullptr);
      break;
    default:
      use(with_changes(golden_locked(), rest), &key);
      break;
  }
  return 0;
}
