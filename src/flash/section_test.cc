#include <gmock/gmock.h>

#include "flash/image.h"
#include "flash/liblzma.h"
#include "testing/expect.h"
#include "testing/firmware_image_builder.h"
#include "testing/firmware_image_read.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using octets::guid_literal;
using test_images::ByteVector;
using test_images::joined;
using test_images::joined_sections;
using test_images::lzma_section;
using test_images::name_section;
using test_images::outline;
using test_images::section;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr octets::Guid kName = guid_literal("9e21fd93-9c72-4c15-8c4b-e77f1db2d792");
constexpr octets::Guid kTiano = guid_literal("a31280ad-481e-41b6-95e8-127f4c984779");
constexpr octets::Guid kSigned = guid_literal("a7717414-c616-4977-9420-844712a735bf");
constexpr std::uint64_t kContentAt = 0x48 + 24;  // of the only file

ByteVector with_content(const ByteVector& content) {
  return test_images::volume({}, {test_images::file({.name = kName, .type = 0x07}, content)});
}

FirmwareImage image_of(const ByteVector& content, const UnpackLimits& limits = {}) {
  auto image = test_images::read(with_content(content), limits);
  EXPECT_OK(image);
  test_images::expect_covered(*image);
  return *std::move(image);
}

TEST(SectionTest, EveryLeaf) {
  const FirmwareImage image = image_of(joined_sections(
      {section(0x10, {1, 2, 3, 4, 5}), section(0x11, {}), section(0x12, {1}), section(0x13, {1}),
       section(0x16, {1}), section(0x18, ByteVector(20, 7)), section(0x19, {1}), section(0x1b, {1}),
       section(0x1c, {1}), section(0x77, {1}), test_images::version_section("1.2"), name_section("Module")}));
  EXPECT_THAT(outline(image),
              ElementsAre("0 volume", "1 DXE driver Module", "2 PE32 image", "2 position-independent code",
                          "2 TE image", "2 DXE dependency", "2 16-bit compatibility",
                          "2 freeform with a GUID", "2 raw", "2 PEI dependency", "2 MM dependency",
                          "2 section of type 0x77", "2 version 1.2", "2 name Module"));
  EXPECT_EQ(image.parts[7].header_bytes, 20u);
  EXPECT_EQ(image.parts[7].guid.bytes[0], 7);
  EXPECT_THAT(image.findings, IsEmpty());
}

TEST(SectionTest, SizeBehindTheHeader) {
  const FirmwareImage image = image_of(
      joined_sections({test_images::large_section(0x19, ByteVector(10, 1)), name_section("Behind")}));
  EXPECT_EQ(image.parts[2].header_bytes, 8u);
  EXPECT_EQ(image.parts[2].size_bytes, 18u);
  EXPECT_EQ(image.parts[1].name, "Behind");
}

TEST(SectionTest, Lzma) {
  const FirmwareImage image =
      image_of(lzma_section(joined_sections({name_section("Packed"), section(0x19, {1, 2})})));
  EXPECT_THAT(outline(image),
              ElementsAre("0 volume", "1 DXE driver Packed", "2 LZMA compressed", "3 name Packed", "3 raw"));
  EXPECT_EQ(image.parts[3].space, 1u);
  EXPECT_EQ(image.parts[3].offset_bytes, 0u);
  EXPECT_EQ(image.unpacked[0].part, 2u);
}

// Call targets are made absolute before packing: E8 at 0 with the target 0x100.
TEST(SectionTest, LzmaWithX86Filter) {
  ByteVector code(256, 0x90);
  for (std::size_t i = 0; i < code.size(); i += 16) {
    code[i] = 0xe8;
    code[i + 1] = 0x10;
    code[i + 2] = code[i + 3] = code[i + 4] = 0;
  }
  const ByteVector content = joined_sections({section(0x19, code), name_section("x86")});
  const FirmwareImage filtered = image_of(lzma_section(content, true));
  EXPECT_THAT(filtered.findings, IsEmpty());
  EXPECT_THAT(filtered.unpacked[0].bytes(), testing::ElementsAreArray(content));
  // The filter does change these bytes.
  ByteVector unfiltered = lzma_section(content, true);
  const auto plain_guid = guid_literal("ee4e5898-3914-4259-9d6e-dc7bd79403cf");
  test_stores::poke(unfiltered, 4, plain_guid.bytes);
  EXPECT_THAT(image_of(unfiltered).unpacked[0].bytes(), testing::Not(testing::ElementsAreArray(content)));
}

TEST(SectionTest, SectionsThatOnlyWrap) {
  const ByteVector inside = joined_sections({name_section("Inside")});
  EXPECT_THAT(outline(image_of(test_images::crc_section(inside))),
              ElementsAre("0 volume", "1 DXE driver Inside", "2 with a CRC-32", "3 name Inside"));
  EXPECT_THAT(outline(image_of(section(0x03, inside))),
              ElementsAre("0 volume", "1 DXE driver Inside", "2 disposable", "3 name Inside"));
  EXPECT_THAT(outline(image_of(test_images::compression_section(0, inside))),
              ElementsAre("0 volume", "1 DXE driver Inside", "2 compression", "3 name Inside"));
  // Signed: no processing is needed to see the content.
  EXPECT_THAT(outline(image_of(test_images::guided_section(kSigned, 2, ByteVector(16, 1), inside))),
              ElementsAre("0 volume", "1 DXE driver Inside", "2 GUIDed", "3 name Inside"));
}

TEST(SectionTest, VolumesInsideUnpackedData) {
  const ByteVector inner = test_images::volume({}, {test_images::module("Inner", 0x07, test_images::kX64)});
  const FirmwareImage image =
      image_of(lzma_section(joined_sections({section(0x17, inner), section(0x17, inner)})));
  EXPECT_THAT(outline(image), testing::IsSupersetOf({"3 volume image", "4 volume", "5 DXE driver Inner"}));
  EXPECT_EQ(image.parts[1].name, "");  // what is inside a volume names nothing outside
}

TEST(SectionTest, WhatIsNotOpened) {
  const ByteVector inside = joined_sections({name_section("Inside")});
  const FirmwareImage tiano = image_of(test_images::guided_section(kTiano, 1, {}, inside));
  EXPECT_FINDING(tiano.findings, kSectionNotOpened);
  EXPECT_THAT(outline(tiano), ElementsAre("0 volume", "1 DXE driver", "2 Tiano compressed"));
  EXPECT_FINDING(image_of(test_images::compression_section(1, inside)).findings, kSectionNotOpened);
}

// --- damage

TEST(SectionDamageTest, Size) {
  ByteVector content = joined_sections({name_section("Module"), section(0x19, {1, 2, 3, 4})});
  content[20] = 200;
  const FirmwareImage image = image_of(content);
  EXPECT_FINDING(image.findings, kSectionDamaged);
  EXPECT_EQ(image.parts.back().kind, ImagePart::Kind::kUnknown);
  ByteVector zero(16, 0);
  EXPECT_FINDING(image_of(zero).findings, kSectionDamaged);
  // A size that should stand behind the header, where the data end.
  EXPECT_FINDING(image_of({0xff, 0xff, 0xff, 0x19}).findings, kSectionDamaged);
}

TEST(SectionDamageTest, GuidedDataOffset) {
  ByteVector content = lzma_section(name_section("x"));
  content[20] = 0xff;
  content[21] = 0xff;
  EXPECT_FINDING(image_of(content).findings, kSectionDamaged);
  content[20] = content[21] = 0;
  EXPECT_FINDING(image_of(content).findings, kSectionDamaged);
}

TEST(SectionDamageTest, CompressionCutOff) {
  EXPECT_FINDING(image_of(section(0x01, {1, 2})).findings, kSectionDamaged);
}

TEST(SectionDamageTest, Crc) {
  ByteVector content =
      test_images::crc_section(joined_sections({name_section("Inside"), section(0x19, {1})}));
  content.back() ^= 1;
  const FirmwareImage image = image_of(content);
  EXPECT_FINDING(image.findings, kSectionDamaged);
  EXPECT_EQ(image.parts[1].name, "Inside");  // shown all the same
}

TEST(SectionDamageTest, NoVolumeInAVolumeImage) {
  EXPECT_FINDING(image_of(section(0x17, ByteVector(100, 1))).findings, kSectionDamaged);
}

// --- what unpacks to more than it should

constexpr std::uint64_t kSizeAt = kContentAt + 24 + 5;  // of the unpacked size in LZMA's header

TEST(SectionBombTest, MoreThanTheLimitIsNotUnpacked) {
  ByteVector bytes = with_content(lzma_section(ByteVector(1000, 0)));
  ASSERT_LT(bytes.size(), 1024u);
  test_stores::poke(bytes, kSizeAt, test_images::u64(std::uint64_t{4} << 30));
  const auto image = test_images::read(bytes);
  ASSERT_OK(image);
  EXPECT_FINDING(image->findings, kUnpackLimit);
  EXPECT_THAT(image->unpacked, IsEmpty());
}

TEST(SectionBombTest, TheLimitIsOfAllSectionsTogether) {
  const ByteVector half = lzma_section(joined_sections({section(0x19, ByteVector(600, 0))}));
  const FirmwareImage image = image_of(joined_sections({half, half}), {.unpacked_bytes = 1000});
  EXPECT_FINDING(image.findings, kUnpackLimit);
  EXPECT_EQ(image.unpacked.size(), 1u);
}

TEST(SectionBombTest, PackedInPacked) {
  ByteVector content = lzma_section(joined_sections({section(0x19, ByteVector(100'000, 0))}));
  for (int i = 0; i < 40; ++i) content = lzma_section(content);
  EXPECT_FINDING(image_of(content).findings, kUnpackLimit);
  EXPECT_FINDING(
      image_of(lzma_section(lzma_section(ByteVector(100'000, 0))), {.unpacked_bytes = 50'000}).findings,
      kUnpackLimit);
}

TEST(SectionBombTest, ManySmallSections) {
  ByteVector sections;
  for (int i = 0; i < 60'000; ++i) sections.insert(sections.end(), {4, 0, 0, 0x19});
  const FirmwareImage image = image_of(lzma_section(sections));
  EXPECT_FINDING(image.findings, kTooManyParts);
}

TEST(SectionBombTest, LzmaThatCannotBeUnpacked) {
  // Says more than it holds.
  ByteVector more = with_content(lzma_section(ByteVector(1000, 0)));
  test_stores::poke(more, kSizeAt, test_images::u64(1 << 20));
  EXPECT_FINDING(test_images::read(more)->findings, kUnpackFailed);
  // Says nothing.
  ByteVector unknown = with_content(lzma_section(ByteVector(1000, 0)));
  test_stores::poke(unknown, kSizeAt, ByteVector(8, 0xff));
  EXPECT_FINDING(test_images::read(unknown)->findings, kUnpackFailed);
  // Holds something else.
  ByteVector damaged = with_content(lzma_section(test_images::small_image()));
  for (std::size_t i = 0; i < 40; ++i) damaged[kContentAt + 24 + 13 + 20 + i] ^= 0x5a;
  EXPECT_FINDING(test_images::read(damaged)->findings, kUnpackFailed);
  // No header.
  EXPECT_FINDING(image_of(test_images::guided_section(guid_literal("ee4e5898-3914-4259-9d6e-dc7bd79403cf"), 1,
                                                      {}, {0x5d, 0, 0}))
                     .findings,
                 kUnpackFailed);
}

TEST(LzmaTest, SaysLessThanItHolds) {
  const ByteVector packed = test_images::lzma(ByteVector(1000, 7));
  ByteVector into(100);
  EXPECT_FALSE(lzma_unpack(packed, into, false));
  EXPECT_EQ(into, ByteVector(100, 7));
}

TEST(LzmaTest, UnpacksNothing) {
  const ByteVector packed = test_images::lzma({});
  EXPECT_EQ(lzma_unpacked_bytes(packed), 0u);
  EXPECT_FALSE(lzma_unpack(packed, {}, false));
}

}  // namespace
}  // namespace nonvol::flash
