#include "efi/portable_executable.h"

#include "efi/authenticode.h"
#include "octets/text.h"
#include "testing/expect.h"
#include "testing/key_samples.h"

namespace nonvol::efi {
namespace {

using namespace test_keys;
using octets::Bytes;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace at = test_keys::program;

Result<PortableExecutable> parse(Bytes bytes) {
  return parse_portable_executable(bytes, "boot.efi");
}

// WIN_CERTIFICATE with this length field, padded to 8.
ByteVector entry(std::uint16_t type, const ByteVector& body, std::int64_t length_is_off_by = 0) {
  ByteVector out;
  put_number(out, static_cast<std::uint64_t>(static_cast<std::int64_t>(8 + body.size()) + length_is_off_by),
             4);
  put_number(out, 0x200, 2);
  put_number(out, type, 2);
  put(out, body);
  out.resize((out.size() + 7) / 8 * 8);
  return out;
}

TEST(PortableExecutable, IsModelled) {
  const auto image =
      parse(make_program({.sbat = "sbat,1,SBAT Version,sbat,1,https://x\nshim,4,UEFI shim,shim\r\n\nodd"}));
  ASSERT_OK(image);
  EXPECT_EQ(machine_name(image->machine), "x86_64");
  EXPECT_EQ(image->subsystem, 10);
  EXPECT_TRUE(image->is_64_bit);
  EXPECT_EQ(image->headers_size_bytes, 0x200u);
  EXPECT_EQ(image->checksum_offset_bytes, at::kChecksum);
  EXPECT_EQ(image->security_entry_offset_bytes, at::kSecurityEntry);
  ASSERT_THAT(image->sections, SizeIs(2));
  EXPECT_EQ(image->sections[0].name, ".text");
  EXPECT_EQ(image->sections[1].raw, (FileRange{0x400, 0x200}));
  EXPECT_THAT(image->signatures, IsEmpty());
  EXPECT_TRUE(image->signatures_fill_table);
  ASSERT_THAT(image->sbat, SizeIs(3));
  EXPECT_EQ(image->sbat[0].component, "sbat");
  EXPECT_EQ(image->sbat[1].component, "shim");
  EXPECT_EQ(image->sbat[1].generation, "4");
  EXPECT_EQ(image->sbat[1].rest, "UEFI shim,shim");
  EXPECT_EQ(image->sbat[2].component, "odd");
  EXPECT_EQ(image->sbat[2].generation, "");
}

TEST(PortableExecutable, WithoutASecurityEntryIsNotSigned) {
  const auto image = parse(make_program({.directory_entries = 4}));
  ASSERT_OK(image);
  EXPECT_EQ(image->security_entry_offset_bytes, std::nullopt);
  EXPECT_OK(authenticode_ranges(*image));
}

TEST(PortableExecutable, HasHeadersThatFit) {
  EXPECT_ERROR(parse({}), kNotAnEfiProgram);
  const ByteVector good = make_program();
  for (std::size_t size_bytes = 0; size_bytes < good.size(); size_bytes += 13) {
    EXPECT_ERROR(parse(Bytes(good).first(size_bytes)), kNotAnEfiProgram);
  }
  struct Case {
    std::size_t offset_bytes;
    std::uint64_t value;
    unsigned size_bytes;
  };
  const Case cases[] = {
      {0, 0x5a4e, 2},                   // no DOS header, and no PE one there
      {0x3c, 0xffffffff, 4},            // PE header beyond the file
      {at::kPeHeader, 0x4551, 4},       // signature
      {at::kOptionalHeader, 0x10c, 2},  // magic
      {at::kOptionalHeader, 0x10b, 2},  // PE32, for which the sizes do not fit
      {at::kPeHeader + 6, 0xffff, 2},   // sections
      {at::kPeHeader + 20, 239, 2},     // size of the optional header
      {at::kDirectoryCount, 17, 4},     // directory entries
      {at::kDirectoryCount, 0xffffffff, 4},
      {at::kSizeOfHeaders, 0x401, 4},      // beyond the file
      {at::kSizeOfHeaders, 0x100, 4},      // before the section table
      {at::kSizeOfImage, 0x200, 4},        // not beyond the headers
      {at::kSectionTable + 16, 0x201, 4},  // section beyond the file
      {at::kSectionTable + 16, 0xffffffff, 4},
      {at::kSectionTable + 20, 0, 4},  // section at 0
      {at::kSecurityEntry + 4, 8, 4},  // certificate table beyond the file
  };
  for (const Case& c : cases) {
    ByteVector bad = good;
    if (c.offset_bytes == at::kSecurityEntry + 4) poke(bad, at::kSecurityEntry, 0x3ff, 4);
    poke(bad, c.offset_bytes, c.value, c.size_bytes);
    EXPECT_ERROR(parse(bad), kNotAnEfiProgram);
  }
  ByteVector wrong = good;
  poke(wrong, at::kPeHeader, 0x4551, 4);
  EXPECT_EQ(parse(wrong).error().message,
            "PE signature at offset 0x40 of boot.efi: is 0x00004551, an EFI program has 0x00004550 ('PE')");
}

TEST(PortableExecutable, ListsItsSignatures) {
  const octets::Guid pkcs7 = octets::guid_literal("4aafd29d-68df-49ee-8aa9-347d375665a7");
  ByteVector in_guid(pkcs7.bytes.begin(), pkcs7.bytes.end());
  put(in_guid, ByteVector{1, 2, 3});
  ByteVector in_other(kOwner.bytes.begin(), kOwner.bytes.end());
  put(in_other, ByteVector{1});
  const auto image = parse(make_program({.signatures = joined({entry(2, {9, 9, 9}), entry(0x0ef1, in_guid),
                                                               entry(0x0ef1, in_other), entry(1, {})})}));
  ASSERT_OK(image);
  ASSERT_THAT(image->signatures, SizeIs(3))
      << "edk2 does not go on at an entry that is just a header at the end";
  EXPECT_EQ(image->signatures[0].signed_data, (FileRange{0x408, 3}));
  EXPECT_EQ(image->signatures[1].signed_data, (FileRange{0x410 + 24, 3}));
  EXPECT_EQ(image->signatures[2].signed_data.size_bytes, 0u);
  EXPECT_FALSE(image->signatures_fill_table);
}

TEST(PortableExecutable, WithATableThatDoesNotAddUpIsReported) {
  struct Case {
    ByteVector table;
    std::size_t signatures;
  };
  ByteVector with_tail = entry(2, {1, 2, 3});
  with_tail.resize(with_tail.size() + 8);
  for (const Case& c :
       {Case{entry(2, {1}, -9), 0}, Case{entry(2, {1}, -1), 0}, Case{entry(2, {1}, 1000), 0},
        Case{entry(2, {1, 2}, 7), 0}, Case{entry(0x0ef1, ByteVector(16, 1)), 0}, Case{with_tail, 1}}) {
    const auto image = parse(make_program({.signatures = c.table}));
    ASSERT_OK(image);
    EXPECT_FINDING(image->findings, kProgramSignatures);
    EXPECT_FALSE(image->signatures_fill_table);
    EXPECT_THAT(image->signatures, SizeIs(c.signatures));
  }
}

TEST(PortableExecutable, WithCountlessSignaturesIsReported) {
  ByteVector table;
  for (int i = 0; i < 64; ++i) put(table, entry(1, {1}));
  const auto most = parse(make_program({.signatures = table}));
  ASSERT_OK(most);
  EXPECT_THAT(most->findings, IsEmpty());
  EXPECT_TRUE(most->signatures_fill_table);
  put(table, entry(1, {1}));
  const auto more = parse(make_program({.signatures = table}));
  ASSERT_OK(more);
  EXPECT_FINDING(more->findings, kProgramSignatures);
  EXPECT_THAT(more->signatures, SizeIs(64));
  EXPECT_FALSE(more->signatures_fill_table);
}

TEST(Authenticode, LeavesOutChecksumEntryAndCertificates) {
  const ByteVector plain = make_program();
  const auto digest = [](ByteVector bytes) {
    const auto image = parse(bytes);
    const auto result = image ? authenticode_digest(bytes, *image, seal::DigestAlgorithm::kSha256)
                              : Result<ByteVector>(image.error());
    return result ? octets::to_hex(*result) : result.error().message;
  };
  ByteVector other = plain;
  poke(other, at::kChecksum, 0, 4);
  EXPECT_EQ(digest(other), digest(plain));
  EXPECT_EQ(digest(make_program({.signatures = entry(2, {1, 2, 3})})), digest(plain));
  for (const std::size_t offset_bytes :
       {std::size_t{0x3b}, at::kChecksum - 1, at::kChecksum + 4, at::kSecurityEntry - 1,
        at::kSecurityEntry + 8, at::kHeadersBytes, plain.size() - 1}) {
    ByteVector changed = plain;
    changed[offset_bytes] ^= 0x80;
    EXPECT_NE(digest(changed), digest(plain)) << offset_bytes;
  }
  ByteVector longer = plain;
  longer.push_back(1);
  EXPECT_NE(digest(longer), digest(plain)) << "what lies behind the sections counts";
}

// The order of sections is that of the file, not of the table.
TEST(Authenticode, TakesSectionsByTheirPlace) {
  const auto image = parse(make_program({.sbat = "sbat,1"}));
  ASSERT_OK(image);
  PortableExecutable swapped = *image;
  std::swap(swapped.sections[0], swapped.sections[1]);
  EXPECT_EQ(*authenticode_ranges(swapped), *authenticode_ranges(*image));
  EXPECT_THAT(*authenticode_ranges(*image), SizeIs(5));
}

TEST(Authenticode, RefusesSectionsThatOverlapIntoMoreThanTheFile) {
  ByteVector bytes = make_program({.sbat = "sbat,1"});
  poke(bytes, at::kSectionTable + 40 + 20, at::kHeadersBytes, 4);
  poke(bytes, at::kSectionTable + 40 + 16, 2 * at::kSectionBytes, 4);
  const auto image = parse(bytes);
  ASSERT_OK(image);
  EXPECT_ERROR(authenticode_ranges(*image), kNotAnEfiProgram);
  EXPECT_ERROR(authenticode_digest(bytes, *image, seal::DigestAlgorithm::kSha256), kNotAnEfiProgram);
}

TEST(Authenticode, IsWhatEfitoolsComputes) {
  const std::string program = "/usr/lib/efitools/x86_64-linux-gnu/HelloWorld.efi";
  const ByteVector bytes = read_file(program);
  if (bytes.empty() || !has_program("hash-to-efi-sig-list")) GTEST_SKIP() << "needs the package efitools";
  const testing::Scratch scratch;
  const testing::Finished done = shell(scratch, "hash-to-efi-sig-list " + program + " out.esl");
  ASSERT_EQ(done.status, 0) << done.output;
  const auto image = parse(bytes);
  ASSERT_OK(image);
  const auto digest = authenticode_digest(bytes, *image, seal::DigestAlgorithm::kSha256);
  ASSERT_OK(digest);
  const ByteVector list = read_file(scratch / "out.esl");
  ASSERT_THAT(list, SizeIs(76));
  EXPECT_EQ(octets::to_hex(*digest), octets::to_hex(Bytes(list).last(32)));
}

TEST(MachineName, IsQemus) {
  EXPECT_EQ(machine_name(0xaa64), "aarch64");
  EXPECT_EQ(machine_name(0x5064), "riscv64");
  EXPECT_EQ(machine_name(0x6264), "loongarch64");
  EXPECT_EQ(machine_name(0x014c), "i386");
  EXPECT_EQ(machine_name(0x01c2), "arm");
  EXPECT_EQ(machine_name(0x1234), "0x1234");
}

}  // namespace
}  // namespace nonvol::efi
