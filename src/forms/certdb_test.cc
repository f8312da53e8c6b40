#include "forms/certdb.h"

#include <gmock/gmock.h>

#include "octets/text.h"
#include "testing/expect.h"

namespace nonvol::forms {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using variable::Variable;
using ByteVector = std::vector<std::uint8_t>;

// What edk2 stores for L"Ab" of vendor 11111111-… with a digest of 32 bytes 0xd1, and for L"C" of vendor
// 22222222-…: written out by hand after AuthService.c, InsertCertsToDb.
ByteVector certdb_by_edk2() {
  ByteVector bytes = {4 + 64 + 62, 0, 0, 0};
  bytes.insert(bytes.end(), 16, 0x11);
  bytes.insert(bytes.end(), {64, 0, 0, 0, 2, 0, 0, 0, 32, 0, 0, 0, 'A', 0, 'b', 0});
  bytes.insert(bytes.end(), 32, 0xd1);
  bytes.insert(bytes.end(), 16, 0x22);
  bytes.insert(bytes.end(), {62, 0, 0, 0, 1, 0, 0, 0, 32, 0, 0, 0, 'C', 0});
  bytes.insert(bytes.end(), 32, 0xd2);
  return bytes;
}

// What OVMF 2022.11 of Debian 12 left in certdb when its shell was given (dmpstore -l) the variable
// "Private", signed with openssl by "Test Signer", whose certificate is issued by "Test Root".
constexpr std::string_view kCertDbOfOvmf =
    "4e000000"
    "111111112222333344445555555555554a0000000700000020000000"
    "50007200690076006100740065002e5a986bec40867f4a80ae8b947f120c5117eb08979a51176e0e63a4ba1e2a04";

octets::Guid vendor(std::uint8_t byte) {
  octets::Guid guid;
  guid.bytes.fill(byte);
  return guid;
}

Variable certdb_with(ByteVector data) {
  return {*variable::make_identity("certdb", variable::vendor::kCertDb), 0x27, std::move(data)};
}

// In a flash store: certdb somewhere among the others.
std::vector<Variable> in_flash() {
  return {{*variable::make_identity("Ab", vendor(0x11)), 0x27, {1}},
          {*variable::make_identity("PK", variable::vendor::kGlobal), 0x27, {2}},
          certdb_with(certdb_by_edk2()),
          {*variable::make_identity("C", vendor(0x22)), 0x27, {3}}};
}

std::vector<Finding> move_digests(std::vector<Variable>& variables) {
  return digests_from_certdb("web01.fd", variables);
}

TEST(CertDb, IsReadAsEdk2WritesIt) {
  const auto certdb = parse_certdb("web01.fd", certdb_by_edk2());
  ASSERT_OK(certdb);
  EXPECT_FALSE(certdb->as_uefivars);
  EXPECT_THAT(certdb->entries,
              ElementsAre(CertDbEntry{*variable::make_identity("Ab", vendor(0x11)), ByteVector(32, 0xd1)},
                          CertDbEntry{*variable::make_identity("C", vendor(0x22)), ByteVector(32, 0xd2)}));
  EXPECT_EQ(build_certdb(certdb->entries), certdb_by_edk2());
  const auto empty = parse_certdb("web01.fd", ByteVector{4, 0, 0, 0});
  ASSERT_OK(empty);
  EXPECT_THAT(empty->entries, IsEmpty());
  EXPECT_EQ(build_certdb({}), (ByteVector{4, 0, 0, 0}));
}

TEST(CertDb, IsReadAsFirmwareLeftIt) {
  const ByteVector data = *octets::from_hex(kCertDbOfOvmf);
  const auto certdb = parse_certdb("web01.fd", data);
  ASSERT_OK(certdb);
  ASSERT_EQ(certdb->entries.size(), 1u);
  EXPECT_EQ(certdb->entries[0].identity.text(), "Private-11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(octets::to_hex(certdb->entries[0].digest),
            "2e5a986bec40867f4a80ae8b947f120c5117eb08979a51176e0e63a4ba1e2a04");
  EXPECT_FALSE(certdb->as_uefivars);
  EXPECT_EQ(build_certdb(certdb->entries), data);
}

TEST(CertDb, ThatIsDamagedIsRefused) {
  const auto with = [](std::size_t at, std::uint8_t value) {
    ByteVector bytes = certdb_by_edk2();
    bytes[at] = value;
    return parse_certdb("web01.fd", bytes);
  };
  EXPECT_ERROR(with(0, 131), kCertDbDamaged);
  const auto node = with(20, 65);
  EXPECT_ERROR(node, kCertDbDamaged);
  EXPECT_EQ(
      node.error().message,
      "entry at offset 0x4 of certdb of web01.fd: has node size 65, its header, name and digest have 64");
  EXPECT_ERROR(with(20, 0), kCertDbDamaged);
  EXPECT_ERROR(with(24, 3), kCertDbDamaged);
  EXPECT_ERROR(with(27, 0xff), kCertDbDamaged);  // 2^32 bytes of name and more
  EXPECT_ERROR(with(31, 0xff), kCertDbDamaged);
  for (std::size_t size = 0; size < certdb_by_edk2().size(); ++size) {
    ByteVector cut = certdb_by_edk2();
    cut.resize(size);
    if (size >= 4) cut[0] = static_cast<std::uint8_t>(size);
    if (size == 4 || size == 4 + 64) continue;
    EXPECT_ERROR(parse_certdb("web01.fd", cut), kCertDbDamaged);
  }
  ByteVector nothing = {32, 0, 0, 0};
  nothing.resize(32);
  nothing[20] = 28;
  EXPECT_ERROR(parse_certdb("web01.fd", nothing), kCertDbDamaged);
}

TEST(CertDb, GivesItsDigestsToTheVariables) {
  std::vector<Variable> variables = in_flash();
  EXPECT_THAT(move_digests(variables), IsEmpty());
  ASSERT_EQ(variables.size(), 3u);
  EXPECT_EQ(variables[0].digest, ByteVector(32, 0xd1));
  EXPECT_THAT(variables[1].digest, IsEmpty());
  EXPECT_EQ(variables[2].digest, ByteVector(32, 0xd2));
  EXPECT_EQ(variables[2].data, ByteVector{3});
}

TEST(CertDb, ComesBackFromTheVariables) {
  std::vector<Variable> variables = in_flash();
  EXPECT_THAT(move_digests(variables), IsEmpty());
  ASSERT_OK(certdb_from_digests("web01.fd", variables));
  ASSERT_EQ(variables.size(), 4u);
  EXPECT_EQ(variables[3], certdb_with(certdb_by_edk2())) << "attributes and all";
  for (const Variable& variable : variables) EXPECT_THAT(variable.digest, IsEmpty());
}

TEST(CertDb, IsAddedToWhereThereIsOne) {
  std::vector<Variable> variables = in_flash();
  variables[0].digest = ByteVector(32, 0xee);
  variables.push_back({*variable::make_identity("D", vendor(0x33)), 0x27, {4}});
  variables.back().digest = {1, 2};
  ASSERT_OK(certdb_from_digests("web01.fd", variables));
  const auto certdb = parse_certdb("web01.fd", variables[2].data);
  ASSERT_OK(certdb);
  ASSERT_EQ(certdb->entries.size(), 3u);
  EXPECT_EQ(certdb->entries[0].digest, ByteVector(32, 0xee));
  EXPECT_EQ(certdb->entries[1].digest, ByteVector(32, 0xd2));
  EXPECT_EQ(certdb->entries[2].digest, (ByteVector{1, 2}));
}

TEST(CertDb, IsNotMadeForNothing) {
  std::vector<Variable> variables = {in_flash()[1]};
  ASSERT_OK(certdb_from_digests("web01.fd", variables));
  EXPECT_EQ(variables.size(), 1u);
  EXPECT_THAT(move_digests(variables), IsEmpty());
}

TEST(CertDb, ThatIsDamagedStaysAsItIs) {
  std::vector<Variable> variables = in_flash();
  variables[2].data[20] = 65;
  const std::vector<Variable> before = variables;
  const auto findings = move_digests(variables);
  EXPECT_FINDING(findings, kCertDbDamaged);
  EXPECT_EQ(findings[0].severity, Severity::kError);
  EXPECT_EQ(variables, before);
  variables[0].digest = {1};
  const std::vector<Variable> with_digest = variables;
  EXPECT_ERROR(certdb_from_digests("web01.fd", variables), kCertDbDamaged);
  EXPECT_EQ(variables, with_digest);
}

TEST(CertDb, EntriesWithoutAVariableAreReported) {
  std::vector<Variable> variables = in_flash();
  variables.pop_back();
  variables[0].attributes = 7;
  auto entries = parse_certdb("web01.fd", certdb_by_edk2())->entries;
  entries.push_back({variables[1].identity, ByteVector(32, 1)});
  entries.push_back({variables[1].identity, ByteVector(32, 2)});
  variables[2].data = build_certdb(entries);
  const auto findings = move_digests(variables);
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_FINDING(findings, kCertDbEntryUnused);
  EXPECT_THAT(findings[0].message, HasSubstr("not authenticated"));
  EXPECT_THAT(findings[1].message, HasSubstr("no such variable"));
  EXPECT_THAT(findings[2].message, HasSubstr("one before it"));
  EXPECT_THAT(variables[0].digest, IsEmpty());
  EXPECT_EQ(variables[1].digest, ByteVector(32, 1)) << "the first counts";
}

TEST(CertDb, OfUefivarsIsUnderstood) {
  // python-uefivars: 3 characters with the NUL, node size of one byte each.
  ByteVector bytes = {4 + 28 + 6 + 32, 0, 0, 0};
  bytes.insert(bytes.end(), 16, 0x11);
  bytes.insert(bytes.end(), {28 + 3 + 32, 0, 0, 0, 3, 0, 0, 0, 32, 0, 0, 0, 'A', 0, 'b', 0, 0, 0});
  bytes.insert(bytes.end(), 32, 0xd1);
  std::vector<Variable> variables = in_flash();
  variables[2].data = bytes;
  const auto findings = move_digests(variables);
  EXPECT_FINDING(findings, kCertDbDamaged);
  EXPECT_EQ(findings[0].severity, Severity::kWarning);
  EXPECT_EQ(variables[0].digest, ByteVector(32, 0xd1));
}

TEST(CertDb, DigestsMeanAnotherThingToQemu) {
  std::vector<Variable> variables = in_flash();
  EXPECT_THAT(digests_that_change_meaning("web01.fd", Form::kFlash, Form::kQemuJson, variables), IsEmpty());
  move_digests(variables);
  const auto findings = digests_that_change_meaning("web01.fd", Form::kFlash, Form::kQemuJson, variables);
  EXPECT_EQ(findings.size(), 2u);
  EXPECT_FINDING(findings, kDigestOfOtherFirmware);
  EXPECT_THAT(findings[0].message, HasSubstr("is made as edk2 makes it, and not as QEMU does"));
  EXPECT_THAT(digests_that_change_meaning("web01.fd", Form::kFlash, Form::kEc2, variables), IsEmpty());
  EXPECT_THAT(digests_that_change_meaning("a.json", Form::kQemuJson, Form::kQemuJson, variables), IsEmpty());
  EXPECT_THAT(digests_that_change_meaning("a.json", Form::kQemuJson, Form::kEc2, variables)[0].message,
              HasSubstr("is made as QEMU makes it"));
}

}  // namespace
}  // namespace nonvol::forms
