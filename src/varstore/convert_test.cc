#include "varstore/convert.h"

#include <gmock/gmock.h>

#include "efi/device_path.h"
#include "efi/load_option.h"
#include "forms/certdb.h"
#include "forms/form_file.h"
#include "storage/memory.h"
#include "testing/expect.h"
#include "testing/store_builder.h"

namespace nonvol::varstore {
namespace {

using test_stores::ByteVector;
using test_stores::StoreBuilder;
using test_stores::TestRecord;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Contents read(const ByteVector& bytes, const std::string& name = "web01.fd") {
  const auto file = storage::memory_file(bytes);
  auto contents = read_contents(*file, name, {.thorough = true});
  EXPECT_TRUE(contents) << contents.error().message;
  return *std::move(contents);
}

Target target(std::string_view name) {
  return target_named(name).value();
}

// Stamps, counts and key indices; two vendors with one name; dead records and an old value in transition
// whose successor was never finished.
StoreBuilder guest(const test_stores::Shape& shape) {
  StoreBuilder builder(shape);
  builder.add({.name = u"Lang", .data = {1}});
  builder.add({.name = u"Lang", .vendor = test_stores::kSecurity, .data = {2, 3}});
  builder.add({.name = u"Gone", .state = 0x3d, .data = {9}});
  builder.add({.name = u"Old", .state = 0x3e, .data = {4}});
  builder.add({.name = u"db",
               .vendor = test_stores::kSecurity,
               .data = ByteVector(700, 0xdb),
               .attributes = 0x27,
               .timestamp = test_stores::efi_time(2020, 1, 2, 3, 4, 5),
               .count = 7,
               .key_index = 3});
  return builder;
}

ByteVector with_one_variable() {
  return StoreBuilder(test_stores::ovmf_4m()).add({.name = u"A"}).bytes();
}

// What a conversion gives back when its file is read.
Contents read_back(const Conversion& conversion) {
  ByteVector file = conversion.bytes;
  file.resize(conversion.file_bytes);
  return read(file, "new.fd");
}

TEST(Convert, BetweenLayoutsEveryFieldAndTheOrderStay) {
  const std::vector<variable::Variable> before = read(guest(test_stores::ovmf_2m()).bytes()).variables();
  ASSERT_THAT(before, SizeIs(4));
  for (const auto& shape : {test_stores::ovmf_2m(), test_stores::ovmf_4m(), test_stores::armvirt()}) {
    const Contents source = read(guest(shape).bytes());
    for (const std::string_view name : {"ovmf-2m", "ovmf-4m", "armvirt", "armvirt-padded"}) {
      const auto conversion = convert(source, target(name), "new.fd");
      ASSERT_OK(conversion);
      const Contents after = read_back(*conversion);
      EXPECT_EQ(after.variables(), before) << name;
      EXPECT_EQ(after.flash->layout, target(name).layout);
      EXPECT_EQ(after.flash->records.size(), 4u) << "no dead records";
      EXPECT_THAT(after.findings(), IsEmpty());
      EXPECT_EQ(conversion->dead_records, 1u);
      EXPECT_OK(check_converted(*conversion, after));
    }
  }
}

// The builder knows the format by itself: header, records and fault-tolerant-write area are held against it.
TEST(Convert, MakesWhatTheBuildMakes) {
  StoreBuilder wanted(test_stores::ovmf_4m());
  wanted.add({.name = u"A", .data = {1, 2, 3}}).add({.name = u"B", .data = {4}});
  StoreBuilder source(test_stores::ovmf_2m());
  source.add({.name = u"A", .state = 0x3c, .data = {5}});
  source.add({.name = u"A", .data = {1, 2, 3}}).add({.name = u"B", .data = {4}});
  const auto conversion = convert(read(source.bytes()), target("ovmf-4m"), "new.fd");
  ASSERT_OK(conversion);
  EXPECT_TRUE(conversion->bytes == wanted.bytes());
}

TEST(Convert, PaddingIsZeroBehindTheVolume) {
  const auto conversion = convert(read(guest(test_stores::armvirt()).bytes()), target("armvirt-padded"), "x");
  ASSERT_OK(conversion);
  EXPECT_EQ(conversion->bytes.size(), 0xc0000u);
  EXPECT_EQ(conversion->file_bytes, 64u << 20);
  EXPECT_THAT(conversion->findings, IsEmpty()) << "the same firmware reads both";
}

TEST(Convert, SaysWhatMeasuredBootWillSee) {
  const auto conversion = convert(read(guest(test_stores::ovmf_2m()).bytes()), target("ovmf-4m"), "new.fd");
  ASSERT_OK(conversion);
  EXPECT_FINDING(conversion->findings, kOtherFirmwareNeeded);
  EXPECT_THAT(conversion->findings, SizeIs(1));
}

ByteVector boot_entry(std::string_view path) {
  auto bytes = efi::device_path_from_text(path);
  EXPECT_TRUE(bytes) << bytes.error().message;
  return efi::load_option_bytes(*efi::make_load_option("entry", *std::move(bytes)));
}

TEST(Convert, ExchangeFormsAskForNoFirmware) {
  const Contents source = read(with_one_variable());
  for (const std::string_view name : {"virt-firmware-json", "uefivars-json"}) {
    const auto conversion = convert(source, target(name), "new");
    ASSERT_OK(conversion);
    EXPECT_THAT(conversion->findings, IsEmpty()) << name;
  }
  const auto qemu = convert(source, target("qemu-json"), "new");
  ASSERT_OK(qemu);
  EXPECT_FINDING(qemu->findings, kOtherFirmwareNeeded);
}

TEST(Target, NamesOutliveTheCallers) {
  for (const std::string_view name : target_names()) {
    std::string caller(name);
    const auto known = target_named(caller);
    ASSERT_TRUE(known);
    caller.assign(caller.size(), 'x');
    EXPECT_EQ(known->name, name);
    EXPECT_EQ(known->layout == nullptr, known->form != forms::Form::kFlash);
  }
  EXPECT_FALSE(target_named("ovmf-8m"));
  EXPECT_FALSE(target_named("unknown"));
}

TEST(Convert, NamesTheEntriesThatStartTheFirmwareItself) {
  const std::string shell =
      "Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(7c04a583-9e3e-4f1c-ad65-e05268d0b4d1)";
  StoreBuilder builder(test_stores::ovmf_2m());
  builder.add({.name = u"Boot0000", .data = boot_entry(shell)});
  builder.add({.name = u"Boot0001", .data = boot_entry("\\EFI\\BOOT\\BOOTX64.EFI")});
  builder.add({.name = u"Boot0002", .vendor = test_stores::kSecurity, .data = boot_entry(shell)});
  const auto conversion = convert(read(builder.bytes()), target("ovmf-4m"), "new.fd");
  ASSERT_OK(conversion);
  EXPECT_FINDING(conversion->findings, kBootsFirmwareFile);
  EXPECT_THAT(conversion->findings.back().message, ::testing::StartsWith("Boot0000 start"));
}

TEST(Convert, RefusesWhatDoesNotFitAndNamesAllOfIt) {
  StoreBuilder builder(test_stores::ovmf_4m());
  builder.add({.name = u"Large", .data = ByteVector(0x2000 - 60 - 12 + 1)});
  builder.add({.name = u"Fits", .data = ByteVector(0x2000 - 60 - 10)});
  builder.add({.name = u"dbx", .data = ByteVector(21292), .attributes = 0x27});
  for (char16_t c = u'a'; c < u'e'; ++c) builder.add({.name = {c}, .data = ByteVector(8000)});
  const Contents source = read(builder.bytes());
  const auto conversion = convert(source, target("ovmf-2m"), "new.fd");
  EXPECT_ERROR(conversion, kDoesNotFit);
  EXPECT_THAT(conversion.error().message, ::testing::HasSubstr("Large"));
  EXPECT_THAT(conversion.error().notes, SizeIs(2)) << "dbx, and the sum";
  EXPECT_OK(convert(source, target("ovmf-4m"), "new.fd"));
}

TEST(Convert, AStoreThatIsFullToTheLastByteIsKept) {
  // 57244 bytes: seven records of 8000 with a byte of padding, and one that ends where the store does,
  // without its padding.
  StoreBuilder builder(test_stores::ovmf_2m());
  for (char16_t c = u'a'; c < u'h'; ++c) builder.add({.name = {c}, .data = ByteVector(7935)});
  const std::uint64_t left = builder.left_bytes();
  builder.add({.name = u"z", .data = ByteVector(left - 64)});
  const auto full = convert(read(builder.bytes()), target("ovmf-2m"), "new.fd");
  ASSERT_OK(full);
  EXPECT_OK(check_converted(*full, read_back(*full)));
  StoreBuilder larger(test_stores::ovmf_4m());
  for (char16_t c = u'a'; c < u'h'; ++c) larger.add({.name = {c}, .data = ByteVector(7935)});
  larger.add({.name = u"z", .data = ByteVector(left - 63)});
  EXPECT_ERROR(convert(read(larger.bytes()), target("ovmf-2m"), "new.fd"), kDoesNotFit);
}

TEST(Convert, PlainStoresTakeWhatTheyHaveAPlaceFor) {
  Target plain = target("armvirt");
  plain.plain = true;
  EXPECT_ERROR(convert(read(guest(test_stores::armvirt()).bytes()), plain, "new.fd"), kNotInPlainStore);
  const ByteVector bytes = StoreBuilder(test_stores::armvirt()).add({.name = u"A"}).bytes();
  const auto conversion = convert(read(bytes), plain, "new.fd");
  ASSERT_OK(conversion);
  const Contents after = read_back(*conversion);
  EXPECT_EQ(after.flash->kind, flash::HeaderKind::kPlain);
  EXPECT_EQ(after.variables(), read(bytes).variables());
  const auto back = convert(after, target("armvirt"), "back.fd");
  ASSERT_OK(back);
  EXPECT_EQ(read_back(*back).flash->kind, flash::HeaderKind::kAuthenticated);
  EXPECT_EQ(read_back(*back).variables(), after.variables());
}

TEST(Convert, DamageIsRepairedFirst) {
  StoreBuilder builder = guest(test_stores::ovmf_2m());
  ByteVector bytes = builder.bytes();
  test_stores::poke(bytes, builder.offset_of(4) + 2, {0x11});
  EXPECT_ERROR(convert(read(bytes), target("ovmf-4m"), "new.fd"), kStoreNotConvertible);
}

// A private authenticated variable and the digest of its signer: in flash in `certdb`, in JSON beside it.
ByteVector with_certdb() {
  const auto identity = *variable::make_identity("Mine", test_stores::kGlobal);
  const ByteVector certdb = forms::build_certdb({{identity, ByteVector(32, 0xd1)}});
  StoreBuilder builder(test_stores::ovmf_4m());
  builder.add({.name = u"Mine", .data = {1}, .attributes = 0x27});
  builder.add({.name = u"certdb", .vendor = variable::vendor::kCertDb, .data = certdb, .attributes = 0x27});
  return builder.bytes();
}

TEST(Convert, DigestsOfSignersFollowTheirVariables) {
  const Contents source = read(with_certdb());
  for (const std::string_view form : {"qemu-json", "ec2"}) {
    const auto there = convert(source, target(form), "new");
    ASSERT_OK(there);
    ASSERT_THAT(there->variables, SizeIs(1)) << "certdb is no variable there";
    EXPECT_EQ(there->variables[0].digest, ByteVector(32, 0xd1));
    if (form == "qemu-json") {
      EXPECT_FINDING(there->findings, kDigestOfOtherFirmware);
    }
    const auto back = convert(read_back(*there), target("ovmf-4m"), "new.fd");
    ASSERT_OK(back);
    EXPECT_TRUE(back->bytes == with_certdb()) << form;
  }
  const auto kept = convert(source, target("virt-firmware-json"), "new.json");
  ASSERT_OK(kept);
  EXPECT_EQ(kept->variables, source.variables()) << "that form has no other place for them";
}

TEST(Convert, DigestsThatCannotBeReadAreNotLeftBehind) {
  StoreBuilder builder(test_stores::ovmf_4m());
  builder.add(
      {.name = u"certdb", .vendor = variable::vendor::kCertDb, .data = {1, 2, 3}, .attributes = 0x27});
  EXPECT_ERROR(convert(read(builder.bytes()), target("qemu-json"), "new.json"), kCertDbDamaged);
  EXPECT_OK(convert(read(builder.bytes()), target("ovmf-2m"), "new.fd"));
}

TEST(Convert, WhatAFormCannotHoldIsRefused) {
  EXPECT_ERROR(convert(read(guest(test_stores::ovmf_4m()).bytes()), target("qemu-json"), "new.json"),
               kFormCannotHold);
}

TEST(OnlyAStore, CodeBehindItIsTold) {
  ByteVector bytes = guest(test_stores::ovmf_2m()).bytes();
  for (const std::uint8_t padding : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    ByteVector padded = bytes;
    padded.resize(0x400000, padding);
    const auto file = storage::memory_file(padded);
    const auto contents = read_contents(*file, "f");
    ASSERT_OK(contents);
    EXPECT_OK(check_only_a_store(*file, *contents));
    padded.back() ^= 1;
    const auto code = storage::memory_file(padded);
    EXPECT_ERROR(check_only_a_store(*code, *contents), kMoreThanAStore);
  }
  const auto file = storage::memory_file(bytes);
  EXPECT_OK(check_only_a_store(*file, *read_contents(*file, "f")));
  bytes.resize(0x400000, 'x');
  const auto same = storage::memory_file(bytes);
  EXPECT_ERROR(check_only_a_store(*same, *read_contents(*same, "f")), kMoreThanAStore);
}

TEST(CheckConverted, FindsWhatDiffers) {
  auto conversion = convert(read(guest(test_stores::ovmf_2m()).bytes()), target("ovmf-4m"), "new.fd");
  ASSERT_OK(conversion);
  const Contents whole = read_back(*conversion);
  for (const auto change :
       {+[](variable::Variable& v) { v.attributes ^= 1; }, +[](variable::Variable& v) { v.data[0] ^= 1; },
        +[](variable::Variable& v) { v.time[15] ^= 1; }, +[](variable::Variable& v) { ++v.monotonic_count; },
        +[](variable::Variable& v) { ++v.public_key_index; }, +[](variable::Variable& v) { v.digest = {1}; },
        +[](variable::Variable& v) { v.identity.vendor.bytes[0] ^= 1; }}) {
    Conversion other = *conversion;
    change(other.variables.back());
    EXPECT_ERROR(check_converted(other, whole), kConvertedDiffers);
  }
  conversion->variables.pop_back();
  EXPECT_ERROR(check_converted(*conversion, whole), kConvertedDiffers);
}

}  // namespace
}  // namespace nonvol::varstore
