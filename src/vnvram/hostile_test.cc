#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "octets/crc32c.h"
#include "testing/sample_image.h"
#include "vnvram/check.h"
#include "vnvram/copy.h"
#include "vnvram/der.h"
#include "vnvram/framing.h"
#include "vnvram/slot.h"

// Every kind of damage has an id of its own, and finding it changes no byte. What an attacker would do is
// done with right digests: CRC-32C keeps nobody out.
namespace nonvol::vnvram {
namespace {

// Fails the test when anything is written.
class ReadOnly : public storage::BlockFile {
 public:
  explicit ReadOnly(ByteVector bytes) : file_(storage::memory_file(std::move(bytes))) {}
  std::uint64_t size_bytes() const override { return file_->size_bytes(); }
  Result<std::size_t> read_at(std::uint64_t offset_bytes, std::span<std::uint8_t> into) override {
    return file_->read_at(offset_bytes, into);
  }
  Result<void> write_at(std::uint64_t offset_bytes, octets::Bytes) override {
    ADD_FAILURE() << "writes at " << offset_bytes;
    return {};
  }
  Result<void> flush() override { return {}; }
  Result<void> resize(std::uint64_t) override {
    ADD_FAILURE() << "resizes";
    return {};
  }

 private:
  std::unique_ptr<storage::BlockFile> file_;
};

Result<Image> open_untouched(ByteVector bytes, const seal::Key* key = nullptr) {
  return Image::open(std::make_unique<ReadOnly>(std::move(bytes)), "test.nv", key);
}

ByteVector golden(const seal::Key* key = nullptr, Integrity integrity = Integrity::kCrc32c) {
  FormatRequest request = request_for({{"state", 1000, EntryKind::kAtomic, key != nullptr},
                                       {"twin", 1000, EntryKind::kAtomic, key != nullptr},
                                       {"vars", 512, EntryKind::kPlain}},
                                      integrity);
  request.layout.reserve_bytes = 20000;
  request.user_key = key;
  Result<Image> image = open_bytes(formatted(request), key);
  EXPECT_OK(image);
  if (!image) return {};
  EXPECT_OK(image->write(0, pattern(900, 1)));
  EXPECT_OK(image->write(0, pattern(800, 2)));
  EXPECT_OK(image->write(1, pattern(700, 3)));
  EXPECT_OK(image->write(1, pattern(600, 4)));
  return bytes_of(*image);
}

ByteVector golden_seed() {
  FormatRequest request = request_for({{"one", 300, EntryKind::kPlain}, {"two", 300, EntryKind::kPlain}});
  request.layout.seed_layout = true;
  return formatted(request);
}

void put(ByteVector& image, std::uint64_t offset_bytes, octets::Bytes bytes) {
  ASSERT_LE(offset_bytes + bytes.size(), image.size());
  std::ranges::copy(bytes, image.begin() + static_cast<std::ptrdiff_t>(offset_bytes));
}

ByteVector part(const ByteVector& image, std::uint64_t offset_bytes, std::uint64_t size_bytes) {
  const auto begin = image.begin() + static_cast<std::ptrdiff_t>(offset_bytes);
  return {begin, begin + static_cast<std::ptrdiff_t>(size_bytes)};
}

// The image with this as its directory's payload, of the newest generation and with the right digest.
ByteVector with_directory(ByteVector bytes, octets::Bytes payload,
                          std::optional<std::uint64_t> generation = std::nullopt) {
  const Result<Image> image = open_bytes(bytes);
  EXPECT_OK(image);
  if (!image) return bytes;
  const std::uint64_t capacity_bytes = image->directory_capacity_bytes();
  const std::uint64_t newest = generation.value_or(image->directory_generation());
  Result<ByteVector> slot = encode_slot({Content::kPresent, newest, payload}, image->directory().integrity,
                                        identity(Uuid{}, capacity_bytes, kDirectoryName), nullptr);
  EXPECT_OK(slot);
  const std::uint64_t offset_bytes = image->directory_offset_bytes();
  put(bytes, offset_bytes + slot_of(newest) * slot_bytes(capacity_bytes), *slot);
  if (generation) {
    put(bytes, offset_bytes + (1 - slot_of(newest)) * slot_bytes(capacity_bytes),
        ByteVector(slot_bytes(capacity_bytes)));
  }
  return bytes;
}

template <class Change>
ByteVector with_changed_directory(const ByteVector& bytes, Change change) {
  const Result<Image> image = open_bytes(bytes);
  EXPECT_OK(image);
  if (!image) return bytes;
  Directory directory = image->directory();
  change(directory);
  return with_directory(bytes, encode(directory));
}

EntryInfo info(const ByteVector& bytes, std::string_view name) {
  const Result<Image> image = open_bytes(bytes);
  EXPECT_OK(image);
  return image ? image->entries()[*image->find(name)] : EntryInfo{};
}

std::uint64_t slot_at(const EntryInfo& entry, unsigned slot) {
  return entry.offset_bytes + slot * slot_bytes(entry.capacity_bytes);
}

// A slot of the golden image's own, for an entry that is not encrypted.
ByteVector slot_for(const EntryInfo& entry, std::uint64_t generation, octets::Bytes payload) {
  Result<ByteVector> slot = encode_slot({Content::kPresent, generation, payload}, Integrity::kCrc32c,
                                        identity(kTestUuid, entry.capacity_bytes, entry.name), nullptr);
  EXPECT_OK(slot);
  return slot ? *slot : ByteVector();
}

TEST(NotAnImage, HasAnIdForEachWay) {
  EXPECT_ERROR(open_untouched({}), kNvramEmpty);
  EXPECT_ERROR(open_untouched(ByteVector(100000)), kNvramEmpty);
  ByteVector unfinished(100000);
  unfinished[70000] = 1;
  EXPECT_ERROR(open_untouched(unfinished), kNvramUnfinished);
  EXPECT_ERROR(open_untouched(pattern(65536, 5)), kNotAnNvram);
  EXPECT_ERROR(open_untouched({0x30}), kNotAnNvram);
  EXPECT_ERROR(open_untouched(bytes_of("0\x03\x0c\x01x")), kNotAnNvram);
  ByteVector qcow2 = bytes_of("QFI\xfb");
  qcow2.insert(qcow2.end(), 4092, 0);
  EXPECT_ERROR(open_untouched(qcow2), kNvramInContainer);
  ByteVector luks = bytes_of("LUKS\xba\xbe");
  luks.insert(luks.end(), 4090, 0);
  EXPECT_ERROR(open_untouched(luks), kNvramInContainer);
}

TEST(Length, MustBeTheOneThatTheImageSays) {
  const ByteVector image = golden();
  std::vector<std::size_t> sizes = {64, 511, 512, 4095, 4096, 4097, 8192, 12288, 12289, image.size() - 1};
  for (const std::size_t size_bytes : sizes) {
    EXPECT_ERROR(open_untouched(part(image, 0, size_bytes)), kNvramLength);
  }
  for (const std::size_t more_bytes : {std::size_t{1}, std::size_t{2}, std::size_t{4096}}) {
    ByteVector longer = image;
    longer.insert(longer.end(), more_bytes, 0);
    EXPECT_ERROR(open_untouched(longer), kNvramLength);
  }
  ByteVector huge = bytes_of("0\x88\xff\xff\xff\xff\xff\xff\xff\xf5\x0c\x0aqemu-nvram");
  huge.insert(huge.end(), 80, 0);
  EXPECT_ERROR(open_untouched(huge), kNvramLength);
}

TEST(Framing, MustBeShortDefiniteDer) {
  const ByteVector image = golden();
  ByteVector indefinite = image;
  indefinite[1] = 0x80;
  EXPECT_ERROR(open_untouched(indefinite), kNotAnNvram);
  ByteVector overlong = image;
  put(overlong, 1, bytes_of(std::string_view("\x84\0\0", 3)));
  EXPECT_ERROR(open_untouched(overlong), kNotAnNvram);
  // The second element is slack: behind the outer header and "qemu-nvram".
  const Result<std::vector<Element>> elements = walk_elements(*storage::memory_file(image), "test.nv");
  ASSERT_OK(elements);
  const std::uint64_t slack = elements->front().offset_bytes;
  for (const std::string_view octets :
       {std::string_view("\x80\x80"), std::string_view("\x80\x83\0\x0f\xff", 5),
        std::string_view("\x80\x84\xff\xff\xff\xff"),
        std::string_view("\x80\x88\xff\xff\xff\xff\xff\xff\xff\xff"), std::string_view("\x02\x01"),
        std::string_view("\x1f\x81"), std::string_view("\x80\x81\x7f"), std::string_view("\x30\x03\x0c\x01"),
        std::string_view("\0\0", 2)}) {
    ByteVector broken = image;
    put(broken, slack, bytes_of(octets));
    EXPECT_ERROR(open_untouched(broken), kNvramFraming);
  }
}

TEST(Framing, OfOneEntryIsComparedBeforeItIsUsed) {
  for (const std::string_view name : {"state", "vars"}) {
    ByteVector bytes = golden();
    const EntryInfo entry = info(bytes, name);
    bytes[entry.offset_bytes - 1] ^= 1;
    Result<Image> image = open_untouched(bytes);
    ASSERT_OK(image);
    const std::size_t index = *image->find(name);
    EXPECT_ERROR(image->read(index), kNvramFraming);
    EXPECT_ERROR(image->prepare(index, Content::kPresent, ByteVector(512)), kNvramFraming);
    const Result<CheckReport> report = check(*image, {});
    ASSERT_OK(report);
    EXPECT_FINDING(report->findings, kNvramFraming);
    EXPECT_EQ(content(*image, "twin"), pattern(600, 4));
  }
}

TEST(Names, OfTheSeedsEntriesAreChecked) {
  ByteVector twice = golden_seed();
  const ByteVector two = bytes_of("two");
  const auto at = std::search(twice.begin(), twice.end(), two.begin(), two.end());
  ASSERT_NE(at, twice.end());
  ByteVector bad = twice;
  std::ranges::copy(bytes_of("one"), at);
  EXPECT_ERROR(open_untouched(twice), kNvramDuplicateName);
  bad[static_cast<std::size_t>(at - twice.begin())] = '\n';
  EXPECT_ERROR(open_untouched(bad), kNvramName);
  bad[static_cast<std::size_t>(at - twice.begin())] = 0xff;
  EXPECT_ERROR(open_untouched(bad), kNvramFraming);
}

TEST(Names, OfTheDirectoryAreChecked) {
  const ByteVector image = golden();
  const auto named = [&](std::string name) {
    return with_changed_directory(image, [&](Directory& directory) { directory.entries[0].name = name; });
  };
  EXPECT_ERROR(open_untouched(named("twin")), kNvramDuplicateName);
  EXPECT_ERROR(open_untouched(named("")), kNvramName);
  EXPECT_ERROR(open_untouched(named("a\tb")), kNvramName);
  EXPECT_ERROR(open_untouched(named(".directory")), kNvramName);
  EXPECT_ERROR(open_untouched(named(std::string(256, 'x'))), kNvramName);
  EXPECT_ERROR(open_untouched(named("\xc3\x28")), kNvramDirectory);
  Result<Image> renamed = open_untouched(named("other"));
  ASSERT_OK(renamed);
  EXPECT_ERROR(renamed->read(0), kNvramFraming);
  const Result<CheckReport> report = check(*renamed, {});
  ASSERT_OK(report);
  EXPECT_FINDING(report->findings, kNvramDirectory);
}

TEST(Framing, WithTwoEntriesOfOneNameIsFound) {
  FormatRequest request = request_for({{"aaaa", 100}, {"bbbb", 100}});
  ByteVector bytes = formatted(request);
  const EntryInfo second = info(bytes, "bbbb");
  const ByteVector framing = entry_framing("aaaa", blob_bytes(second.kind, second.capacity_bytes));
  put(bytes, second.offset_bytes - framing.size(), framing);
  Result<Image> image = open_untouched(bytes);
  ASSERT_OK(image);
  const Result<CheckReport> report = check(*image, {});
  ASSERT_OK(report);
  EXPECT_FINDING(report->findings, kNvramDuplicateName);
}

TEST(Places, AreOfOneEntryEach) {
  const ByteVector image = golden();
  const EntryInfo twin = info(image, "twin");
  const auto at = [&](std::uint64_t offset_bytes, std::uint64_t capacity_bytes = 1000) {
    return with_changed_directory(image, [&](Directory& directory) {
      directory.entries[0].offset_bytes = offset_bytes;
      directory.entries[0].capacity_bytes = capacity_bytes;
    });
  };
  EXPECT_ERROR(open_untouched(at(twin.offset_bytes)), kNvramOverlap);
  EXPECT_ERROR(open_untouched(at(twin.offset_bytes - kPageBytes)), kNvramOverlap);
  EXPECT_ERROR(open_untouched(at(kPageBytes)), kNvramOverlap);
  EXPECT_ERROR(open_untouched(at(0)), kNvramDirectory);
  EXPECT_ERROR(open_untouched(at(twin.offset_bytes + 1)), kNvramDirectory);
  EXPECT_ERROR(open_untouched(at(image.size() / kPageBytes * kPageBytes)), kNvramDirectory);
  EXPECT_ERROR(open_untouched(at(std::numeric_limits<std::uint64_t>::max() - 4095)), kNvramDirectory);
  EXPECT_ERROR(open_untouched(at(0xfffff000, 0x2000)), kNvramDirectory);  // 32 bits would wrap
  EXPECT_ERROR(open_untouched(at(twin.offset_bytes, 0xffffffff)), kNvramLimit);
  EXPECT_ERROR(open_untouched(at(kPageBytes, std::numeric_limits<std::uint64_t>::max() - 63)), kNvramLimit);
}

TEST(Requests, ThatCannotBeAreRefused) {
  const auto plan = [](EntryRequest entry, std::optional<std::uint64_t> size_bytes = std::nullopt) {
    LayoutRequest request;
    request.entries = {std::move(entry)};
    request.size_bytes = size_bytes;
    return plan_layout(request);
  };
  EXPECT_ERROR(plan({"", 10}), kBadEntryRequest);
  EXPECT_ERROR(plan({".hidden", 10}), kBadEntryRequest);
  EXPECT_ERROR(plan({"x", 0}), kBadEntryRequest);
  EXPECT_ERROR(plan({"x", kMaxCapacityBytes + 1}), kBadEntryRequest);
  EXPECT_ERROR(plan({"x", 10, EntryKind::kPlain, true}), kBadEntryRequest);
  EXPECT_ERROR(plan({"x", 10}, kMaxImageBytes + 1), kBadEntryRequest);
  EXPECT_ERROR(plan({"x", 10}, 8192), kImageTooSmall);
  EntryRequest wordy{"x", 10};
  wordy.attributes = {{"note", false, ByteVector(kMaxDirectoryBytes)}};
  EXPECT_ERROR(plan(wordy), kBadEntryRequest);
}

// What is left for new entries is left for exchanging the key as well.
TEST(Add, LeavesRoomForARekey) {
  const seal::Key key = test_key(1);
  FormatRequest request = request_for({{"s", 10, EntryKind::kAtomic, true}});
  request.user_key = &key;
  request.layout.reserve_bytes = 4000000;
  Result<Image> image = open_bytes(formatted(request), &key);
  ASSERT_OK(image);
  Result<void> added;
  for (int i = 0; added && i < 1000; ++i) {
    added =
        image->add({std::string(static_cast<std::size_t>(1 + i % 3), 'n') + std::to_string(i), 1}, nullptr);
  }
  EXPECT_ERROR(added, kDirectoryFull);
  const seal::Key other = test_key(2);
  EXPECT_OK(image->rekey(other));
}

TEST(Limits, AreStated) {
  const ByteVector image = golden();
  const auto crowded = [&](std::size_t count) {
    Directory directory;
    for (std::size_t i = 0; i < count; ++i) directory.entries.push_back({std::to_string(i)});
    return decode_directory(encode(directory), image.size(), "test.nv");
  };
  EXPECT_ERROR(crowded(kMaxEntries + 1), kNvramLimit);
  DerWriter writer;
  writer.begin();
  writer.utf8(kImageHeader);
  for (std::size_t i = 0; i <= kMaxElements; ++i) writer.octets({}, kDerSlack);
  writer.end();
  EXPECT_ERROR(open_untouched(writer.bytes()), kNvramLimit);
}

TEST(Version, AnotherOneIsRefused) {
  DerWriter writer;
  writer.begin();
  writer.integer(2);
  writer.utf8("who knows");
  writer.end();
  EXPECT_ERROR(open_untouched(with_directory(golden(), writer.bytes())), kNvramVersion);
  EXPECT_ERROR(open_untouched(with_directory(golden(), bytes_of("not DER"))), kNvramDirectory);
}

TEST(Attributes, ThatNobodyKnowsAreKeptOrRefused) {
  const seal::Key key = test_key(1);
  const Attribute optional{"vendor.note", false, bytes_of("kept")};
  FormatRequest request = request_for({{"state", 100, EntryKind::kAtomic, true}});
  request.user_key = &key;
  request.layout.reserve_bytes = 20000;
  request.layout.attributes = {optional, {"vendor.large", false, pattern(5000, 1)}};
  request.layout.entries[0].attributes = {optional};
  Result<Image> image = open_bytes(formatted(request), &key);
  ASSERT_OK(image);
  ASSERT_OK(image->add({"more", 10}, nullptr));
  const seal::Key other = test_key(2);
  ASSERT_OK(image->rekey(other));
  Result<Image> later = open_bytes(bytes_of(*image), &other);
  ASSERT_OK(later);
  EXPECT_EQ(later->directory().attributes, request.layout.attributes);
  EXPECT_EQ(later->entries()[0].attributes, request.layout.entries[0].attributes);
  ResizeRequest resize;
  resize.changed = {{"state", 5000, EntryKind::kAtomic, true}};
  resize.user_key = &other;
  const Result<FormatRequest> wanted = resized(*later, resize);
  ASSERT_OK(wanted);
  Result<Image> copy = open_bytes(formatted(*wanted), &other);
  ASSERT_OK(copy);
  EXPECT_EQ(copy->directory().attributes, request.layout.attributes);
  EXPECT_EQ(copy->entries()[0].attributes, request.layout.entries[0].attributes);
  EXPECT_EQ(copy->entries()[0].capacity_bytes, 5000U);
  // A layout that was made without them has no room.
  const Result<Layout> tight = plan_layout(request_for({{"state", 100}}).layout);
  ASSERT_OK(tight);
  EXPECT_ERROR(format(*storage::memory_file(ByteVector(tight->size_bytes)), *tight, request), kDirectoryFull);

  const Attribute mandatory{"vendor.must", true, {}};
  EXPECT_ERROR(open_untouched(with_changed_directory(
                   golden(), [&](Directory& directory) { directory.attributes = {mandatory}; })),
               kNvramMandatory);
  EXPECT_ERROR(open_untouched(with_changed_directory(
                   golden(), [&](Directory& directory) { directory.entries[2].attributes = {mandatory}; })),
               kNvramMandatory);
}

TEST(Slots, OfAnotherEntryOrImageAreDamage) {
  const ByteVector image = golden();
  const EntryInfo state = info(image, "state");
  const EntryInfo twin = info(image, "twin");
  ByteVector swapped = image;
  put(swapped, state.offset_bytes, part(image, twin.offset_bytes, 2 * slot_bytes(1000)));
  Result<Image> moved = open_untouched(swapped);
  ASSERT_OK(moved);
  EXPECT_ERROR(moved->read(0), kBlobDamaged);
  FormatRequest request = request_for({{"state", 1000}});
  request.uuid = Uuid{1, 2, 3};
  Result<Image> other = open_bytes(formatted(request));
  ASSERT_OK(other);
  ASSERT_OK(other->write(0, pattern(900, 1)));
  ASSERT_OK(other->write(0, pattern(800, 2)));
  ByteVector foreign = image;
  put(foreign, state.offset_bytes,
      part(bytes_of(*other), other->entries()[0].offset_bytes, 2 * slot_bytes(1000)));
  Result<Image> mixed = open_untouched(foreign);
  ASSERT_OK(mixed);
  EXPECT_ERROR(mixed->read(0), kBlobDamaged);
  EXPECT_ERROR(mixed->prepare(0, Content::kPresent, {}), kBlobDamaged);
  const Result<CheckReport> report = check(*mixed, {});
  ASSERT_OK(report);
  EXPECT_FINDING(report->findings, kBlobDamaged);
}

TEST(Slots, OfAnOlderGenerationPutBackAreRefused) {
  ByteVector image = golden();
  const EntryInfo state = info(image, "state");
  const ByteVector old_slot = part(image, slot_at(state, 0), slot_bytes(1000));
  Result<Image> open = open_bytes(image);
  ASSERT_OK(open);
  ASSERT_OK(open->write(0, pattern(10, 1)));
  ASSERT_OK(open->write(0, pattern(10, 2)));
  image = bytes_of(*open);
  put(image, slot_at(state, 0), old_slot);  // generation 1 beside 4
  Result<Image> rolled_back = open_untouched(image);
  ASSERT_OK(rolled_back);
  EXPECT_ERROR(rolled_back->read(0), kOlderGeneration);
  EXPECT_EQ(rolled_back->state(0)->state, BlobState::kRolledBack);
  const Result<CheckReport> report = check(*rolled_back, {});
  ASSERT_OK(report);
  EXPECT_FINDING(report->findings, kOlderGeneration);
  // Both old slots back: nothing in the image tells, but whoever noted the generation.
  Result<Image> older = open_untouched(golden());
  ASSERT_OK(older);
  const Result<CheckReport> pinned = check(*older, {.expected_generations = {{"state", 4}}});
  ASSERT_OK(pinned);
  EXPECT_FINDING(pinned->findings, kGenerationPin);
  // Given up for new content: it works again.
  Result<Image> given_up = open_bytes(image);
  ASSERT_OK(given_up);
  const Result<Update> update = given_up->prepare(0, Content::kPresent, pattern(5, 5), true);
  ASSERT_OK(update);
  ASSERT_OK(given_up->commit(*update));
  Result<Image> again = open_bytes(bytes_of(*given_up));
  ASSERT_OK(again);
  EXPECT_EQ(content(*again, "state"), pattern(5, 5));
}

TEST(Slots, DamagedBesideGoodOnesAreCounted) {
  ByteVector bytes = golden();
  const EntryInfo state = info(bytes, "state");
  bytes[slot_at(state, 0) + 100] ^= 0x10;  // of generation 1; 2 is the newest
  Result<Image> image = open_untouched(bytes);
  ASSERT_OK(image);
  EXPECT_EQ(content(*image, "state"), pattern(800, 2));
  EXPECT_EQ(image->state(0)->damage.size(), 1U);
  Result<CheckReport> report = check(*image, {});
  ASSERT_OK(report);
  EXPECT_FINDING(report->findings, kSlotDamaged);
  EXPECT_EQ(report->damaged_slots, 1U);
  // The other one too: neither is believed, and empty it is not.
  bytes[slot_at(state, 1) + 100] ^= 0x10;
  Result<Image> worse = open_untouched(bytes);
  ASSERT_OK(worse);
  EXPECT_ERROR(worse->read(0), kBlobDamaged);
  EXPECT_EQ(worse->state(0)->state, BlobState::kDamaged);
  ByteVector zeroed = golden();
  put(zeroed, state.offset_bytes, ByteVector(2 * slot_bytes(1000)));
  Result<Image> zeros = open_untouched(zeroed);
  ASSERT_OK(zeros);
  EXPECT_ERROR(zeros->read(0), kBlobDamaged);
}

TEST(Generation, HasAnEnd) {
  constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
  ByteVector bytes = golden();
  const EntryInfo state = info(bytes, "state");
  put(bytes, slot_at(state, slot_of(kLast)), slot_for(state, kLast, pattern(20, 1)));
  put(bytes, slot_at(state, slot_of(kLast - 1)), slot_for(state, kLast - 1, pattern(20, 2)));
  Result<Image> image = open_untouched(bytes);
  ASSERT_OK(image);
  EXPECT_EQ(content(*image, "state"), pattern(20, 1));
  EXPECT_ERROR(image->write(0, pattern(5, 5)), kNvramLimit);
  const ByteVector payload = encode(image->directory());
  Result<Image> last = open_untouched(with_directory(golden(), payload, kLast));
  ASSERT_OK(last);
  EXPECT_EQ(last->directory_generation(), kLast);
  Result<Image> writable = open_bytes(with_directory(golden(), payload, kLast));
  ASSERT_OK(writable);
  EXPECT_ERROR(writable->add({"more", 10}, nullptr), kNvramLimit);
  EXPECT_OK(open_untouched(bytes_of(*writable)));
}

TEST(Encrypted, BlobsCannotBeMovedOrMadeUp) {
  const seal::Key key = test_key(1);
  const ByteVector image = golden(&key);
  const EntryInfo state = info(image, "state");
  const EntryInfo twin = info(image, "twin");
  // The twin's slots with the digests that they would have here.
  ByteVector moved = image;
  for (unsigned slot = 0; slot < 2; ++slot) {
    ByteVector bytes = part(image, slot_at(twin, slot), slot_bytes(1000));
    const SlotFacts facts = read_slot_header(bytes, slot, 1000, Integrity::kCrc32c);
    const std::vector<std::uint8_t> own = identity(kTestUuid, 1000, "state");
    std::uint32_t sum = octets::crc32c(own);
    sum = octets::crc32c(octets::Bytes(bytes).first(48), sum);
    sum = octets::crc32c(octets::Bytes(bytes).subspan(kSlotHeaderBytes, facts.header.length_bytes), sum);
    for (unsigned i = 0; i < 4; ++i) bytes[48 + i] = static_cast<std::uint8_t>(sum >> (8 * i));
    put(moved, slot_at(state, slot), bytes);
  }
  Result<Image> open = open_untouched(moved, &key);
  ASSERT_OK(open);
  EXPECT_EQ(open->state(0)->state, BlobState::kPresent) << "without the key nothing is wrong";
  EXPECT_ERROR(open->read(0), kBlobNotAuthentic);
  const Result<CheckReport> report = check(*open, {});
  ASSERT_OK(report);
  EXPECT_FINDING(report->findings, kBlobNotAuthentic);
  // One that is not encrypted, in an encrypted entry's place.
  ByteVector plain = image;
  put(plain, slot_at(state, 1), slot_for(state, 2, pattern(5, 5)));
  Result<Image> made_up = open_untouched(plain, &key);
  ASSERT_OK(made_up);
  EXPECT_ERROR(made_up->read(0), kBlobNotAuthentic);
  ByteVector zeroed = image;
  put(zeroed, state.offset_bytes, ByteVector(2 * slot_bytes(1000)));
  Result<Image> zeros = open_untouched(zeroed, &key);
  ASSERT_OK(zeros);
  EXPECT_ERROR(zeros->read(0), kBlobDamaged);  // never empty
}

TEST(Encrypted, KeyAndDamageAreToldApart) {
  const seal::Key key = test_key(1);
  const seal::Key wrong = test_key(9);
  ByteVector image = golden(&key);
  EXPECT_ERROR(open_untouched(image, &wrong), kWrongKey);
  const EntryInfo state = info(image, "state");
  for (unsigned slot = 0; slot < 2; ++slot) image[slot_at(state, slot) + 70] ^= 1;
  Result<Image> damaged = open_untouched(image, &key);
  ASSERT_OK(damaged);
  EXPECT_ERROR(damaged->read(0), kBlobDamaged);
  Result<Image> locked = open_untouched(image);
  ASSERT_OK(locked);
  EXPECT_ERROR(locked->read(1), kKeyNeeded);
  EXPECT_ERROR(locked->write(1, {}), kKeyNeeded);
}

TEST(Encrypted, DirectoryIsSealed) {
  const seal::Key key = test_key(1);
  const ByteVector stripped = with_changed_directory(
      golden(&key), [](Directory& directory) { directory.entries[0].encrypted = false; });
  EXPECT_ERROR(open_untouched(stripped, &key), kDirectorySeal);
  Result<Image> keyless = open_untouched(stripped);
  ASSERT_OK(keyless);
  EXPECT_ERROR(keyless->read(0), kBlobNotAuthentic);
  const ByteVector bare = with_changed_directory(golden(&key), [](Directory& directory) {
    for (EntryInfo& entry : directory.entries) entry.encrypted = false;
    directory.key_slots.clear();
    directory.seal.clear();
  });
  EXPECT_ERROR(open_untouched(bare, &key), kNotEncrypted);
}

}  // namespace
}  // namespace nonvol::vnvram
