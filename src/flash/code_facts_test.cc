#include "flash/code_facts.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "flash/image.h"
#include "testing/expect.h"
#include "testing/firmware_image_builder.h"
#include "testing/firmware_image_read.h"
#include "testing/store_builder.h"

namespace nonvol::flash {
namespace {

using test_images::ByteVector;
using test_images::SmallImage;
using testing::HasSubstr;
using testing::IsEmpty;

CodeFacts facts_of_bytes(const ByteVector& bytes) {
  const auto image = test_images::read(bytes);
  EXPECT_OK(image);
  return code_facts(*image);
}
CodeFacts facts_of(const SmallImage& shape) {
  return facts_of_bytes(test_images::small_image(shape));
}

void expect_trait(const Trait& trait, bool expected, Certainty certainty, const std::string& words) {
  EXPECT_EQ(trait.value, std::optional(expected)) << trait.rests_on;
  EXPECT_EQ(trait.certainty, certainty) << trait.rests_on;
  EXPECT_THAT(trait.rests_on, HasSubstr(words));
}

TEST(CodeFactsTest, OrdinaryBuild) {
  const CodeFacts facts = facts_of({});
  EXPECT_TRUE(facts.has_code);
  EXPECT_FALSE(facts.has_own_store);
  EXPECT_EQ(facts.architecture, "x86_64");
  EXPECT_EQ(facts.early_architecture, "x86_64");
  EXPECT_EQ(facts.version, "");
  expect_trait(facts.secure_boot, true, Certainty::kLikely, "SecureBootConfigDxe");
  expect_trait(facts.requires_smm, false, Certainty::kLikely, "VariableRuntimeDxe");
  expect_trait(facts.acpi_s3, true, Certainty::kLikely, "S3Resume2Pei");
  expect_trait(facts.amd_sev, true, Certainty::kLikely, "AmdSevDxe");
  expect_trait(facts.amd_sev_es, true, Certainty::kProven, "64-bit");
  expect_trait(facts.amd_sev_snp, false, Certainty::kProven, "no entry");
  expect_trait(facts.intel_tdx, false, Certainty::kProven, "no entry");
  expect_trait(facts.uefi_vars_device, false, Certainty::kLikely, "no module VirtMmCommunication");
  expect_trait(facts.debug_build, false, Certainty::kLikely, "DXE core");
  expect_trait(facts.confidential_only, false, Certainty::kLikely, "PEI core");
  ASSERT_TRUE(facts.store);
  EXPECT_EQ(facts.store->volume_bytes, 0x84000u);
  EXPECT_EQ(facts.store->certainty, Certainty::kProven);
  EXPECT_THAT(facts.store->rests_on, HasSubstr("FvbServicesRuntimeDxe"));
}

TEST(CodeFactsTest, WhatOtherBuildsDoNotHave) {
  expect_trait(facts_of({.secure_boot = false}).secure_boot, false, Certainty::kLikely, "no 'dbx'");
  expect_trait(facts_of({.smm = true}).requires_smm, true, Certainty::kLikely, "VariableSmm");
  EXPECT_EQ(facts_of({.smm = true}).store->volume_bytes, 0x84000u);
  expect_trait(facts_of({.pei = false}).acpi_s3, false, Certainty::kLikely, "no module S3Resume2Pei");
  expect_trait(facts_of({.debug = true}).debug_build, true, Certainty::kLikely, "InstallProtocolInterface");
  expect_trait(facts_of({.uefi_vars = true}).uefi_vars_device, true, Certainty::kLikely,
               "VirtMmCommunication");
  expect_trait(facts_of({.uefi_vars = true}).requires_smm, false, Certainty::kLikely,
               "no module VariableSmm");
  EXPECT_EQ(facts_of({.version = "2025.02-8+deb13u1"}).version, "2025.02-8+deb13u1");
  EXPECT_EQ(facts_of({.version = "20240813-1.fc41"}).version, "20240813-1.fc41");
  EXPECT_EQ(facts_of({.version = "02/06/2015"}).version, "");
}

TEST(CodeFactsTest, ConfidentialGuests) {
  const CodeFacts snp = facts_of({.sev_snp = true});
  expect_trait(snp.amd_sev_snp, true, Certainty::kProven,
               "SEV metadata in the reset vector's table: 1 section");
  expect_trait(snp.amd_sev_es, true, Certainty::kProven, "SEV-SNP");
  const CodeFacts tdx = facts_of({.tdx_store_bytes = 0x20000});
  expect_trait(tdx.intel_tdx, true, Certainty::kProven, "TDX metadata");
  EXPECT_EQ(tdx.store->volume_bytes, 0x20000u);  // before the header in the driver
  EXPECT_EQ(tdx.store->certainty, Certainty::kProven);
  expect_trait(tdx.confidential_only, false, Certainty::kLikely, "PEI core");
  expect_trait(facts_of({.pei = false, .tdx_store_bytes = 0x84000}).confidential_only, true,
               Certainty::kLikely, "IntelTdx");
  expect_trait(facts_of({.secret_base = 0x80c000}).confidential_only, true, Certainty::kProven, "AmdSev");
}

TEST(CodeFactsTest, ThirtyTwoBits) {
  const CodeFacts facts = facts_of({.early_machine = test_images::kIa32});
  EXPECT_EQ(facts.architecture, "x86_64");
  EXPECT_EQ(facts.early_architecture, "i386");
  expect_trait(facts.amd_sev_es, false, Certainty::kLikely, "32-bit");
}

TEST(CodeFactsTest, DamagedOrMissingTable) {
  ByteVector bytes = test_images::small_image();
  bytes[bytes.size() - 50] = 1;  // the table's length
  const CodeFacts damaged = facts_of_bytes(bytes);
  for (const Trait* trait :
       {&damaged.amd_sev_es, &damaged.amd_sev_snp, &damaged.intel_tdx, &damaged.confidential_only}) {
    EXPECT_FALSE(trait->value) << trait->rests_on;
  }
  expect_trait(facts_of({.table = false}).amd_sev_snp, false, Certainty::kLikely, "no table");
}

TEST(CodeFactsTest, OtherArchitectures) {
  const CodeFacts facts = facts_of({.early_machine = test_images::kAarch64,
                                    .machine = test_images::kAarch64,
                                    .table = false,
                                    .store_template = false});
  EXPECT_EQ(facts.architecture, "aarch64");
  expect_trait(facts.amd_sev, false, Certainty::kProven, "aarch64");
  expect_trait(facts.intel_tdx, false, Certainty::kProven, "aarch64");
  EXPECT_EQ(facts.store->volume_bytes, 0xc0000u);
  EXPECT_EQ(facts.store->certainty, Certainty::kLikely);
}

TEST(CodeFactsTest, NothingIsConcludedFromWhatCouldNotBeSeen) {
  ByteVector bytes = test_images::small_image({.secure_boot = false, .store_template = false});
  bytes[0x78 + 24 + 24 + 20] ^= 0x55;  // in the packed data
  bytes[0x78 + 24 + 24 + 21] ^= 0x55;
  const CodeFacts facts = facts_of_bytes(bytes);
  EXPECT_TRUE(facts.has_code);
  for (const Trait* trait : {&facts.secure_boot, &facts.requires_smm, &facts.acpi_s3, &facts.uefi_vars_device,
                             &facts.debug_build}) {
    EXPECT_FALSE(trait->value);
    EXPECT_EQ(trait->certainty, Certainty::kUnknown);
    EXPECT_THAT(trait->rests_on, testing::Not(IsEmpty()));
  }
  EXPECT_FALSE(facts.store);
  expect_trait(facts.amd_sev_snp, false, Certainty::kProven, "no entry");  // the table was seen
}

TEST(CodeFactsTest, StoresInTheSameFile) {
  const ByteVector store = test_stores::StoreBuilder(test_stores::ovmf_2m()).bytes();
  const CodeFacts alone = facts_of_bytes(store);
  EXPECT_FALSE(alone.has_code);
  EXPECT_FALSE(alone.secure_boot.value);
  const CodeFacts both = facts_of_bytes(test_images::joined({store, test_images::small_image()}));
  EXPECT_TRUE(both.has_code);
  EXPECT_TRUE(both.has_own_store);
  EXPECT_EQ(both.store->volume_bytes, 0x20000u);
  EXPECT_EQ(both.store->certainty, Certainty::kProven);
}

TEST(CodeFactsTest, TheTableAlone) {
  const ByteVector bytes = test_images::small_image({.sev_snp = true, .tdx_store_bytes = 0x84000});
  std::vector<Finding> findings;
  const auto table = read_reset_table("code.fd", octets::Bytes(bytes).last(0x400), bytes.size(), findings);
  ASSERT_TRUE(table);
  const CodeFacts facts = code_facts_of_table(*table);
  EXPECT_TRUE(facts.amd_sev_snp.value.value_or(false));
  EXPECT_TRUE(facts.intel_tdx.value.value_or(false));
  EXPECT_EQ(facts.store->volume_bytes, 0x84000u);
  EXPECT_FALSE(facts.secure_boot.value);
}

// --- Debian's images, where the packages are installed

struct Packaged {
  const char* path;
  bool smm;
  std::uint64_t store_bytes;
  bool sev_snp;
  const char* early_architecture;
  const char* architecture;
};

class PackagedTest : public testing::TestWithParam<Packaged> {};

TEST_P(PackagedTest, TellsWhatItIs) {
  const Packaged& expected = GetParam();
  if (!std::filesystem::exists(expected.path)) GTEST_SKIP() << "not installed";
  std::ifstream stream(expected.path, std::ios::binary);
  const ByteVector bytes{std::istreambuf_iterator<char>(stream), {}};
  const auto image = test_images::read(bytes);
  ASSERT_OK(image);
  EXPECT_THAT(image->findings, IsEmpty());
  test_images::expect_covered(*image);
  const CodeFacts facts = code_facts(*image);
  EXPECT_EQ(facts.architecture, expected.architecture);
  EXPECT_EQ(facts.early_architecture, expected.early_architecture);
  EXPECT_EQ(facts.secure_boot.value, std::optional(true));
  EXPECT_EQ(facts.requires_smm.value, std::optional(expected.smm));
  EXPECT_EQ(facts.debug_build.value, std::optional(false));
  EXPECT_EQ(facts.confidential_only.value, std::optional(false));
  EXPECT_EQ(facts.amd_sev_snp.value, std::optional(expected.sev_snp));
  EXPECT_EQ(facts.intel_tdx.value, std::optional(expected.sev_snp));
  ASSERT_TRUE(facts.store);
  EXPECT_EQ(facts.store->volume_bytes, expected.store_bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Debian, PackagedTest,
    testing::Values(
        Packaged{"/usr/share/OVMF/OVMF_CODE.fd", false, 0x20000, true, "x86_64", "x86_64"},
        Packaged{"/usr/share/OVMF/OVMF_CODE.secboot.fd", true, 0x20000, true, "x86_64", "x86_64"},
        Packaged{"/usr/share/OVMF/OVMF_CODE_4M.fd", false, 0x84000, false, "i386", "x86_64"},
        Packaged{"/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", true, 0x84000, false, "i386", "x86_64"},
        Packaged{"/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd", true, 0x84000, false, "i386", "i386"},
        Packaged{"/usr/share/ovmf/OVMF.fd", false, 0x20000, true, "x86_64", "x86_64"},
        Packaged{"/usr/share/qemu-efi-aarch64/QEMU_EFI.fd", false, 0xc0000, false, "aarch64", "aarch64"},
        Packaged{"/usr/share/AAVMF/AAVMF32_CODE.fd", false, 0xc0000, false, "arm", "arm"}));

}  // namespace
}  // namespace nonvol::flash
