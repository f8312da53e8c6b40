#include <gmock/gmock.h>

#include "flash/store_reader.h"
#include "octets/text.h"
#include "testing/expect.h"
#include "testing/feed_store.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using test_stores::ByteVector;
using test_stores::poke;
using test_stores::poke_u32;
using test_stores::read_store;
using test_stores::StoreBuilder;
using testing::HasSubstr;

ByteVector store_2m() {
  return StoreBuilder(test_stores::ovmf_2m()).add({.name = u"PK"}).bytes();
}

// A change to the volume header that its checksum covers.
ByteVector with_header(std::uint64_t offset_bytes, std::initializer_list<std::uint8_t> values) {
  ByteVector bytes = store_2m();
  poke(bytes, offset_bytes, values);
  test_stores::fix_checksum(bytes);
  return bytes;
}

ByteVector with(std::uint64_t offset_bytes, std::initializer_list<std::uint8_t> values) {
  ByteVector bytes = store_2m();
  poke(bytes, offset_bytes, values);
  return bytes;
}

TEST(Headers, AreModelled) {
  const auto read = read_store(store_2m());
  ASSERT_OK(read.store);
  const VariableStore& store = *read.store;
  EXPECT_EQ(store.kind, HeaderKind::kAuthenticated);
  EXPECT_EQ(store.blank, Blank::kNo);
  EXPECT_EQ(store.volume.length_bytes, 0x20000u);
  EXPECT_EQ(store.volume.attributes, 0x4feffu);
  EXPECT_EQ(store.volume.header_length_bytes, 0x48);
  EXPECT_EQ(store.volume.checksum, 0xf919);
  EXPECT_EQ(store.volume.revision, 2);
  ASSERT_EQ(store.volume.block_map.size(), 1u);
  EXPECT_EQ(store.volume.block_map[0].blocks, 32u);
  EXPECT_EQ(store.volume.block_map[0].block_bytes, 4096u);
  EXPECT_EQ(store.header.offset_bytes, 0x48u);
  EXPECT_EQ(store.header.size_bytes, 0xdfb8u);
  EXPECT_EQ(store.header.format, 0x5a);
  EXPECT_EQ(store.header.state, 0xfe);
  EXPECT_EQ(store.capacity_bytes(), 57244u);
  EXPECT_EQ(store.records_begin_bytes, 0x64u);
  EXPECT_EQ(store.layout->name, "ovmf-2m");
  EXPECT_THAT(store.findings, testing::IsEmpty());
}

TEST(Headers, TellTheLayout) {
  struct Case {
    test_stores::Shape shape;
    std::string_view layout;
    std::uint64_t capacity_bytes;
    Range event_log, working, spare;
  };
  const Case cases[] = {
      {test_stores::ovmf_2m(), "ovmf-2m", 57244, {0xe000, 0x1000}, {0xf000, 0x1000}, {0x10000, 0x10000}},
      {test_stores::ovmf_4m(), "ovmf-4m", 262044, {0x40000, 0x1000}, {0x41000, 0x1000}, {0x42000, 0x42000}},
      {test_stores::armvirt(), "armvirt", 262044, {}, {0x40000, 0x40000}, {0x80000, 0x40000}},
      {test_stores::as_plain(test_stores::armvirt()),
       "armvirt",
       262044,
       {},
       {0x40000, 0x40000},
       {0x80000, 0x40000}},
      {test_stores::tiny(), "unknown", 0x400 - 100, {}, {}, {}},
  };
  for (const Case& c : cases) {
    ByteVector file = StoreBuilder(c.shape).bytes();
    for (const std::uint64_t padded_bytes : {file.size(), std::size_t{16} << 20}) {
      file.resize(padded_bytes, 0);
      const auto read = read_store(file);
      ASSERT_OK(read.store);
      EXPECT_EQ(read.store->layout->name, c.layout);
      EXPECT_EQ(read.store->capacity_bytes(), c.capacity_bytes);
      EXPECT_EQ(read.store->used_bytes(), 0u);
      EXPECT_EQ(read.store->layout->event_log, c.event_log);
      EXPECT_EQ(read.store->layout->working, c.working);
      EXPECT_EQ(read.store->layout->spare, c.spare);
      EXPECT_EQ(read.store->kind, c.shape.plain ? HeaderKind::kPlain : HeaderKind::kAuthenticated);
      EXPECT_EQ(read.read_bytes - read.working_bytes, std::min<std::uint64_t>(file.size(), 65536));
    }
  }
}

TEST(Headers, OfAnythingElseAreRefused) {
  for (const ByteVector& file :
       {ByteVector{}, ByteVector(10, 0), ByteVector(10, 0xff), ByteVector(1000, 0), ByteVector(1000, 0xff),
        ByteVector(0x1fff, 0xff), with(0x28, {'_', 'F', 'V', 'X'}), with(0x10, {0})}) {
    EXPECT_ERROR(read_store(file).store, kNotAVariableStore);
  }
  const auto signature = read_store(with(0x28, {'_', 'F', 'V', 'X'})).store;
  EXPECT_EQ(signature.error().message,
            "volume signature at offset 0x28 of web01.fd: is 0x5856465f, a firmware volume has 0x4856465f "
            "('_FVH')");
  EXPECT_EQ(signature.error().place.text(), "web01.fd, byte 0x28");
  EXPECT_OK(read_store(with_header(0, {'Q', 'F', 'I', 0xfb})).store)
      << "the zero vector does not count, as long as the rest is right";
}

TEST(Headers, OfImagesOfAnotherKindAreNamed) {
  ByteVector qcow2(70000, 0);
  poke(qcow2, 0, {'Q', 'F', 'I', 0xfb, 0, 0, 0, 3});
  const auto as_qcow2 = read_store(qcow2, {}, "my vm's.fd").store;
  EXPECT_ERROR(as_qcow2, kNotAVariableStore);
  EXPECT_THAT(as_qcow2.error().notes, testing::ElementsAre(HasSubstr("qcow2")));
  EXPECT_EQ(as_qcow2.error().hint, "qemu-img convert -O raw 'my vm'\\''s.fd' 'my vm'\\''s.fd.raw'");

  for (const char* guid : {"8c8ce578-8a3d-4f1c-9935-896185c32dd3", "5473c07a-3dcb-4dca-bd6f-1e9689e7349a"}) {
    ByteVector code = with(0x10, {});
    poke(code, 0x10, octets::parse_guid(guid)->bytes);
    for (const std::size_t reset_vector_bytes : {0, 0x1000}) {
      code.insert(code.begin(), reset_vector_bytes, 0x14);
      const auto as_code = read_store(code).store;
      EXPECT_ERROR(as_code, kNotAVariableStore);
      EXPECT_THAT(as_code.error().notes, testing::ElementsAre(HasSubstr("firmware code image")));
    }
  }
}

TEST(Headers, MustHaveTheLengthAndRevisionOfEdk2) {
  for (const auto& [low, high] : {std::pair{0x40, 0}, {0x4a, 0}, {0, 0}, {0x08, 0x10}, {0xff, 0xff}}) {
    const auto bad = read_store(with(0x30, {std::uint8_t(low), std::uint8_t(high)})).store;
    EXPECT_ERROR(bad, kVolumeHeader);
    EXPECT_EQ(bad.error().place.offset_bytes, 0x30u);
  }
  const auto revision = read_store(with_header(0x37, {1})).store;
  EXPECT_ERROR(revision, kVolumeHeader);
  EXPECT_EQ(revision.error().message,
            "firmware volume revision at offset 0x37 of web01.fd: is 1, edk2 writes 2");
}

TEST(Headers, MustSumToZero) {
  const auto bad = read_store(with(0x32, {0x18, 0xf9})).store;
  EXPECT_ERROR(bad, kVolumeChecksum);
  EXPECT_EQ(bad.error().message,
            "firmware volume checksum at offset 0x32 of web01.fd: says 0xf918, the rest of the header needs "
            "0xf919; edk2's flash drivers erase the whole file at this");
  EXPECT_EQ(bad.error().hint, "nonvol vars repair web01.fd --dry-run");
  EXPECT_ERROR(read_store(with(0x2c, {0})).store, kVolumeChecksum);
}

TEST(Headers, MustFitTheFile) {
  ByteVector cut = store_2m();
  cut.resize(0x1f000);
  const auto bad = read_store(cut).store;
  EXPECT_ERROR(bad, kVolumeLength);
  EXPECT_EQ(bad.error().message,
            "firmware volume length at offset 0x20 of web01.fd: says 131072 bytes, the file has 126976");
  EXPECT_ERROR(read_store(with_header(0x20, {0x40, 0, 0})).store, kVolumeLength);
  EXPECT_ERROR(read_store(with_header(0x20, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})).store,
               kVolumeLength);
}

TEST(Headers, CutOffAreTruncated) {
  for (const std::size_t size : {48, 71, 72, 99}) {
    ByteVector cut = store_2m();
    cut.resize(size);
    EXPECT_ERROR(read_store(cut).store, kStoreTruncated);
  }
}

TEST(Headers, MustHaveAUsableBlockMap) {
  const auto few = read_store(with_header(0x38, {31})).store;
  EXPECT_ERROR(few, kVolumeBlocks);
  EXPECT_EQ(few.error().message,
            "block map at offset 0x38 of web01.fd: covers 126976 bytes, the volume has 131072");
  const auto uneven = read_store(with_header(0x3c, {0, 0x30})).store;
  EXPECT_ERROR(uneven, kVolumeBlocks);
  EXPECT_EQ(uneven.error().place.offset_bytes, 0x3cu);
  EXPECT_ERROR(read_store(with_header(0x3c, {0, 0, 0, 0})).store, kVolumeBlocks);
  EXPECT_ERROR(read_store(with_header(0x38, {0, 0, 0, 0, 0, 0, 0, 0})).store, kVolumeBlocks);
  const auto endless = read_store(with_header(0x40, {1, 0, 0, 0, 0, 0x10, 0, 0})).store;
  EXPECT_ERROR(endless, kVolumeBlocks);
  EXPECT_THAT(endless.error().message, HasSubstr("no end mark"));
  EXPECT_OK(read_store(with_header(0x38, {0xff, 0xff, 0xff, 0xff})).store) << "ARM counts the whole bank";
}

TEST(Headers, MayHaveALongerBlockMap) {
  // Two runs of blocks: the store header and the records begin 8 bytes later.
  ByteVector file = store_2m();
  file.insert(file.begin() + 0x40, {1, 0, 0, 0, 0, 0x10, 0, 0});
  file.resize(0x20000);
  poke(file, 0x30, {0x50});
  poke_u32(file, 0x60, 0xdfb0);
  test_stores::fix_checksum(file);
  const auto read = read_store(file).store;
  ASSERT_OK(read);
  EXPECT_EQ(read->volume.block_map.size(), 2u);
  ASSERT_EQ(read->records.size(), 1u);
  EXPECT_EQ(read->records[0].name.text, "PK");
}

TEST(Headers, MustNameAKnownStore) {
  const auto bad = read_store(with(0x48, {0})).store;
  EXPECT_ERROR(bad, kStoreSignature);
  EXPECT_THAT(bad.error().message, HasSubstr("is aaf32c00-947b-439a-a180-2e144ec37792"));
  ByteVector wiped = store_2m();
  std::fill(wiped.begin() + 0x48, wiped.end(), 0xff);
  const auto as_wiped = read_store(wiped).store;
  EXPECT_ERROR(as_wiped, kStoreSignature);
  EXPECT_THAT(as_wiped.error().message, HasSubstr("as edk2 leaves a file that it wiped"));
}

TEST(Headers, MustSayHealthy) {
  const auto format = read_store(with(0x5c, {0x5b})).store;
  EXPECT_ERROR(format, kStoreState);
  EXPECT_EQ(format.error().message,
            "variable store format at offset 0x5c of web01.fd: is 0x5b, a healthy store has 0x5a");
  const auto state = read_store(with(0x5d, {0xff})).store;
  EXPECT_ERROR(state, kStoreState);
  EXPECT_EQ(state.error().message,
            "variable store state at offset 0x5d of web01.fd: is 0xff, a healthy store has 0xfe");
}

TEST(Headers, MustHaveAStoreThatFits) {
  ByteVector file = store_2m();
  poke_u32(file, 0x58, 262072);
  const auto large = read_store(file).store;
  EXPECT_ERROR(large, kStoreSize);
  EXPECT_EQ(large.error().message,
            "variable store size at offset 0x58 of web01.fd: says 262072 bytes, the volume has 57272 left");
  poke_u32(file, 0x58, 27);
  EXPECT_ERROR(read_store(file).store, kStoreSize);
  poke_u32(file, 0x58, 0xffffffff);
  EXPECT_ERROR(read_store(file).store, kStoreSize);
  poke_u32(file, 0x58, 28);
  EXPECT_OK(read_store(file).store);

  ByteVector giant = StoreBuilder(test_stores::tiny(32 << 20)).bytes();
  EXPECT_ERROR(read_store(giant).store, kStoreSize);
  poke_u32(giant, 0x58, 16 << 20);
  EXPECT_OK(read_store(giant).store);
}

TEST(Headers, WithAStoreSmallerThanUsualAreReported) {
  ByteVector file = store_2m();
  poke_u32(file, 0x58, 0x1000);
  const auto read = read_store(file).store;
  ASSERT_OK(read);
  EXPECT_FINDING(read->findings, kStoreSize);
  EXPECT_EQ(read->capacity_bytes(), 0x1000u - 28);
}

}  // namespace
}  // namespace nonvol::flash
