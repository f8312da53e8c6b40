#include "flash/image.h"

#include <gmock/gmock.h>

#include <tuple>
#include <utility>

#include "testing/expect.h"
#include "testing/firmware_image_builder.h"
#include "testing/firmware_image_read.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using octets::guid_literal;
using test_images::ByteVector;
using test_images::file;
using test_images::joined;
using test_images::joined_sections;
using test_images::module;
using test_images::name_section;
using test_images::outline;
using test_images::read;
using test_images::section;
using test_images::volume;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = ImagePart::Kind;

constexpr octets::Guid kName = guid_literal("9e21fd93-9c72-4c15-8c4b-e77f1db2d792");
constexpr std::uint8_t kRaw = 0x01;
constexpr std::uint8_t kDriver = 0x07;

ByteVector raw_file(std::size_t size_bytes, std::uint8_t attributes = 0) {
  return file({.name = kName, .type = kRaw, .attributes = attributes}, ByteVector(size_bytes, 0x11));
}

FirmwareImage image_of(const ByteVector& bytes, const UnpackLimits& limits = {}) {
  auto image = read(bytes, limits);
  EXPECT_OK(image);
  test_images::expect_covered(*image);
  return *std::move(image);
}

std::vector<Kind> kinds(const FirmwareImage& image) {
  std::vector<Kind> result;
  for (const ImagePart& part : image.parts) result.push_back(part.kind);
  return result;
}

TEST(ImageBytesTest, KeepsAFileWithoutItsPadding) {
  const ByteVector code{1, 2, 3};
  ImageBytes image;
  image.append(code);
  for (int i = 0; i < 4; ++i) image.append(ByteVector(100, 0xff));
  EXPECT_EQ(image.size_bytes(), 403u);
  EXPECT_EQ(image.front().size(), 3u);
  EXPECT_EQ(image.fill(), 0xff);
  image.append(ByteVector(50, 0));  // another value: what came before is no end
  EXPECT_EQ(image.front().size(), 403u);
  EXPECT_EQ(image.fill(), 0);
  image.append(code);
  EXPECT_EQ(image.front().size(), 456u);
  EXPECT_EQ(image.size_bytes(), 456u);
  EXPECT_EQ(image.front()[402], 0xff);
  EXPECT_EQ(image.front()[403], 0);
}

TEST(ImageBytesTest, GrowsItsFront) {
  ImageBytes image;
  image.append(ByteVector{1});
  image.append(ByteVector(100, 0xff));
  image.grow_front(11);
  EXPECT_EQ(image.front().size(), 11u);
  EXPECT_EQ(image.size_bytes(), 101u);
  EXPECT_EQ(image.front()[10], 0xff);
  image.grow_front(5);
  EXPECT_EQ(image.front().size(), 11u);
}

TEST(ImageTest, ReadsAWholeImage) {
  const FirmwareImage image = image_of(test_images::small_image());
  EXPECT_THAT(image.findings, IsEmpty());
  EXPECT_EQ(image.unpacked.size(), 1u);
  const std::vector<std::string> lines = outline(image);
  EXPECT_THAT(lines, testing::IsSupersetOf(
                         {"0 volume", "1 volume image", "2 LZMA compressed", "3 volume image", "4 volume",
                          "5 PEI core PeiCore", "5 DXE driver SecurityStubDxe", "6 PE32 image",
                          "6 name SecurityStubDxe", "6 version 1.0", "1 SEC core SecMain", "1 raw"}));
  EXPECT_EQ(image.parts[0].guid, guid_literal("48db5e17-707c-472d-91cd-1613e7ef51b0"));
  EXPECT_EQ(image.parts[0].header_bytes, 0x78u);
  EXPECT_TRUE(image.reset_table.has_value());
}

TEST(ImageTest, PartsSayWhereTheyLie) {
  const FirmwareImage image = image_of(volume({}, {raw_file(8), module("One", kDriver, test_images::kX64)}));
  EXPECT_THAT(outline(image), ElementsAre("0 volume", "1 raw", "1 DXE driver One", "2 PE32 image",
                                          "2 name One", "2 version 1.0"));
  const ImagePart& driver = image.parts[2];
  EXPECT_EQ(driver.offset_bytes, 0x48u + 32);
  EXPECT_EQ(driver.header_bytes, 24u);
  EXPECT_EQ(driver.parent, 0u);
  EXPECT_EQ(driver.guid, test_images::module_guid("One"));
  EXPECT_EQ(image.parts[3].parent, 2u);
  EXPECT_EQ(image.content(image.parts[3]).front(), 'M');
  EXPECT_EQ(image.content(image.parts[1]).size(), 8u);
}

TEST(ImageTest, TellsWhatLiesBetweenVolumes) {
  const ByteVector one = volume({}, {raw_file(8)});
  const FirmwareImage image =
      image_of(joined({ByteVector(16, 0x14), one, ByteVector(32, 0xff), one, ByteVector(64, 0)}));
  EXPECT_THAT(kinds(image), ElementsAre(Kind::kUnknown, Kind::kVolume, Kind::kFile, Kind::kPadding,
                                        Kind::kVolume, Kind::kFile, Kind::kPadding));
}

TEST(ImageTest, PaddingBehindTheEndIsNotKept) {
  ImageBytes file;
  const ByteVector one = volume({}, {raw_file(8)});
  file.append(one);
  file.append(ByteVector(0x10000, 0));
  const auto image = read_firmware_image("code.fd", std::move(file));
  ASSERT_OK(image);
  test_images::expect_covered(*image);
  ASSERT_EQ(image->parts.size(), 3u);
  EXPECT_EQ(image->parts[2].kind, Kind::kPadding);
  EXPECT_EQ(image->parts[2].size_bytes, 0x10000u);
  EXPECT_LT(image->bytes(image->parts[2]).size(), 0x2000u);
  EXPECT_LT(image->file.front().size(), one.size() + 0x2000);
}

// What was kept ends inside the volume, or inside its header.
TEST(ImageTest, AVolumeMayReachIntoThePadding) {
  const ByteVector ones = volume({.size_bytes = 0x1000}, {raw_file(8)});
  const ByteVector zeros = volume({.size_bytes = 0x1000, .erased = 0x00}, {});
  for (const auto& [bytes, kept_bytes] : {std::pair(ones, 0x100u), std::pair(zeros, 0x40u)}) {
    ImageBytes file;
    file.append(octets::Bytes(bytes).first(kept_bytes));
    file.append(octets::Bytes(bytes).subspan(kept_bytes));
    ASSERT_EQ(file.front().size(), kept_bytes);
    const auto image = read_firmware_image("code.fd", std::move(file));
    ASSERT_OK(image);
    EXPECT_EQ(image->parts.front().kind, Kind::kVolume);
    EXPECT_EQ(image->parts.front().size_bytes, 0x1000u);
    EXPECT_EQ(image->parts.back().kind, Kind::kFree);
    EXPECT_THAT(image->findings, IsEmpty());
  }
}

TEST(ImageTest, AStoreIsOnePart) {
  const FirmwareImage image = image_of(
      joined({test_stores::StoreBuilder(test_stores::ovmf_2m()).bytes(), test_images::small_image()}));
  EXPECT_EQ(image.parts[0].kind, Kind::kStore);
  EXPECT_EQ(image.parts[0].size_bytes, 0x20000u);
  EXPECT_EQ(image.parts[1].kind, Kind::kVolume);
  EXPECT_EQ(image.parts[1].offset_bytes, 0x20000u);
  EXPECT_THAT(image.findings, IsEmpty());
}

// ARM's driver counts the blocks of the whole flash bank.
TEST(ImageTest, ABlockMapMayCoverMoreThanTheVolume) {
  ByteVector bytes = volume({}, {raw_file(8)});
  bytes[0x3a] = 1;
  test_images::fix_volume_checksum(bytes);
  EXPECT_THAT(image_of(bytes).findings, IsEmpty());
}

TEST(ImageTest, RegionsSayWhatEachByteIsFor) {
  const ByteVector inside = joined_sections({section(0x19, {1}), section(0x10, {2, 3})});
  const FirmwareImage image = image_of(volume(
      {.size_bytes = 0x200}, {file({.name = kName, .type = kDriver}, test_images::lzma_section(inside))}));
  const auto uses = [&](std::uint32_t space) {
    std::vector<std::tuple<ImageUse, std::uint64_t, std::uint32_t>> result;
    for (const ImageRegion& region : regions_of(image, space)) {
      result.emplace_back(region.use, region.size_bytes, region.part);
    }
    return result;
  };
  const std::uint64_t packed_bytes = image.parts[2].size_bytes - 24;
  const std::uint64_t align_bytes = (8 - (0x48 + 24 + 24 + packed_bytes) % 8) % 8;
  auto expected =
      std::vector<std::tuple<ImageUse, std::uint64_t, std::uint32_t>>{{ImageUse::kHeaders, 0x48, 0},
                                                                      {ImageUse::kHeaders, 24, 1},
                                                                      {ImageUse::kHeaders, 24, 2},
                                                                      {ImageUse::kPacked, packed_bytes, 2}};
  if (align_bytes != 0) expected.emplace_back(ImageUse::kHeaders, align_bytes, 0);
  expected.emplace_back(ImageUse::kFree, 0x200 - 0x48 - 48 - packed_bytes - align_bytes, 5);
  EXPECT_EQ(uses(0), expected);
  // In what was unpacked: the alignment belongs to the section around.
  EXPECT_THAT(uses(1), ElementsAre(std::tuple(ImageUse::kHeaders, 4, 3), std::tuple(ImageUse::kData, 1, 3),
                                   std::tuple(ImageUse::kHeaders, 3, 2), std::tuple(ImageUse::kHeaders, 4, 4),
                                   std::tuple(ImageUse::kCode, 2, 4)));
}

TEST(ImageTest, ErasedToZeros) {
  const FirmwareImage image =
      image_of(volume({.size_bytes = 0x200, .erased = 0x00},
                      {file({.name = kName, .type = kRaw, .state = 0x07}, ByteVector(8, 1))}));
  EXPECT_THAT(kinds(image), ElementsAre(Kind::kVolume, Kind::kFile, Kind::kFree));
  EXPECT_FALSE(image.parts[1].deleted);
}

TEST(ImageTest, DeletedAndUnfinishedFilesAreToldApart) {
  const auto with_state = [](std::uint8_t state) {
    return file({.name = kName, .type = kDriver, .state = state}, joined_sections({name_section("Gone")}));
  };
  // Deleted, header invalid, header only; then marked for update, which still counts.
  const FirmwareImage image =
      image_of(volume({}, {with_state(0xe8), with_state(0xdc), with_state(0xfc), with_state(0xf0)}));
  EXPECT_THAT(outline(image), ElementsAre("0 volume", "1 DXE driver deleted", "1 DXE driver deleted",
                                          "1 DXE driver deleted", "1 DXE driver Gone", "2 name Gone"));
}

TEST(ImageTest, LargeFilesOfFfs3) {
  const ByteVector large = file({.name = kName, .type = kRaw, .large = true}, ByteVector(100, 1));
  const FirmwareImage image = image_of(volume({.large_files = true}, {large, raw_file(8)}));
  EXPECT_THAT(kinds(image), ElementsAre(Kind::kVolume, Kind::kFile, Kind::kFile));
  EXPECT_EQ(image.parts[1].header_bytes, 32u);
  EXPECT_EQ(image.parts[1].size_bytes, 132u);
  EXPECT_THAT(image.findings, IsEmpty());
}

TEST(ImageTest, FilesWithAChecksumOfTheirData) {
  ByteVector bytes = volume({}, {raw_file(8, 0x40)});
  EXPECT_THAT(image_of(bytes).findings, IsEmpty());
  bytes[0x48 + 24] ^= 1;
  EXPECT_FINDING(image_of(bytes).findings, kVolumeFileDamaged);
}

// --- damage

TEST(ImageDamageTest, NotFirmware) {
  EXPECT_ERROR(read({}), kNotAFirmwareImage);
  EXPECT_ERROR(read(ByteVector(0x1000, 0)), kNotAFirmwareImage);
  EXPECT_ERROR(read(ByteVector(0x1000, 0x5a)), kNotAFirmwareImage);
  // The letters alone, by chance.
  ByteVector letters(0x100, 0x20);
  test_stores::poke(letters, 0x28, {'_', 'F', 'V', 'H'});
  EXPECT_ERROR(read(letters), kNotAFirmwareImage);
  EXPECT_ERROR(check_image_size("code.fd", kLargestImageBytes + 1), kNotAFirmwareImage);
}

TEST(ImageDamageTest, VolumeChecksum) {
  ByteVector bytes = volume({}, {raw_file(8)});
  bytes[0x2c] ^= 1;  // an attribute
  const FirmwareImage image = image_of(bytes);
  EXPECT_FINDING(image.findings, kVolumeDamaged);
  EXPECT_THAT(kinds(image), ElementsAre(Kind::kVolume, Kind::kFile));
}

TEST(ImageDamageTest, VolumeCutOff) {
  ByteVector bytes = volume({.size_bytes = 0x1000}, {raw_file(8), raw_file(0x800)});
  bytes.resize(0x100);
  const FirmwareImage image = image_of(bytes);
  EXPECT_FINDING(image.findings, kVolumeDamaged);
  EXPECT_FINDING(image.findings, kVolumeFileDamaged);
  EXPECT_THAT(kinds(image), ElementsAre(Kind::kVolume, Kind::kFile, Kind::kUnknown));
}

TEST(ImageDamageTest, BlockMapTooShort) {
  ByteVector bytes = volume({}, {raw_file(8)});
  test_stores::poke_u32(bytes, 0x38, 1);
  test_images::fix_volume_checksum(bytes);
  EXPECT_FINDING(image_of(bytes).findings, kVolumeDamaged);
}

TEST(ImageDamageTest, ExtendedHeaderOutside) {
  ByteVector bytes = volume({.name = kName}, {raw_file(8)});
  bytes[0x35] = 0xf0;
  test_images::fix_volume_checksum(bytes);
  EXPECT_FINDING(image_of(bytes).findings, kVolumeDamaged);
}

TEST(ImageDamageTest, FileSize) {
  ByteVector bytes = volume({}, {raw_file(8), raw_file(8)});
  bytes[0x48 + 32 + 20] = 3;  // less than the header
  const FirmwareImage image = image_of(bytes);
  EXPECT_FINDING(image.findings, kVolumeFileDamaged);
  EXPECT_THAT(kinds(image), ElementsAre(Kind::kVolume, Kind::kFile, Kind::kUnknown));
}

TEST(ImageDamageTest, FileChecksums) {
  ByteVector header = volume({}, {raw_file(8)});
  header[0x48] ^= 1;
  EXPECT_FINDING(image_of(header).findings, kVolumeFileDamaged);
  ByteVector data = volume({}, {raw_file(8)});
  data[0x48 + 17] = 0x55;  // a file without a checksum has AA there
  EXPECT_FINDING(image_of(data).findings, kVolumeFileDamaged);
}

TEST(ImageDamageTest, BytesBehindTheLastFile) {
  ByteVector bytes = volume({.size_bytes = 0x200}, {raw_file(8)});
  bytes[0x1f0] = 0;
  const FirmwareImage image = image_of(bytes);
  EXPECT_THAT(kinds(image), ElementsAre(Kind::kVolume, Kind::kFile, Kind::kFree, Kind::kUnknown));
  EXPECT_EQ(image.parts[3].offset_bytes, 0x1f0u);
}

TEST(ImageDamageTest, UnknownFileSystem) {
  const FirmwareImage image = image_of(volume({.size_bytes = 0x100, .file_system = kName}, {}));
  EXPECT_THAT(kinds(image), ElementsAre(Kind::kVolume, Kind::kUnknown));
}

TEST(ImageDamageTest, TooManyParts) {
  const FirmwareImage image = image_of(test_images::small_image(), {.parts = 10});
  EXPECT_FINDING(image.findings, kTooManyParts);
  EXPECT_EQ(image.parts.size(), 10u);
}

// 72 bytes each, of which nothing is right but that it could be a volume.
ByteVector damaged_volumes(std::size_t count) {
  ByteVector one = volume({}, {});
  one.resize(72);
  test_stores::poke(one, 32, test_images::u64(72));
  one[50] ^= 0xff;
  ByteVector all;
  for (std::size_t i = 0; i < count; ++i) all.insert(all.end(), one.begin(), one.end());
  return all;
}

TEST(ImageDamageTest, ManyFindings) {
  const FirmwareImage image = image_of(damaged_volumes(2000));
  ASSERT_EQ(image.findings.size(), kMostFindings + 1);
  EXPECT_EQ(image.findings[kMostFindings - 1].id, ErrorId::kVolumeDamaged);
  EXPECT_EQ(image.findings[kMostFindings].id, ErrorId::kTooManyParts);
  EXPECT_EQ(image.parts.size(), 2000u);  // all of them are shown
}

TEST(ImageDamageTest, NothingIsReadBehindTheLastPart) {
  const FirmwareImage image = image_of(damaged_volumes(100), {.parts = 10});
  EXPECT_FINDING(image.findings, kTooManyParts);
  EXPECT_EQ(image.findings.size(), 12u);  // of the eleventh volume the damage, and that it is too many
}

TEST(ImageDamageTest, TooDeep) {
  ByteVector inner = joined_sections({name_section("bottom")});
  for (int i = 0; i < 100; ++i) inner = section(0x03, inner);
  const FirmwareImage image = image_of(volume({}, {file({.name = kName, .type = kDriver}, inner)}));
  EXPECT_FINDING(image.findings, kUnpackLimit);
  EXPECT_EQ(image.parts.size(), 32u);
}

}  // namespace
}  // namespace nonvol::flash
