#include "efi/secure_boot.h"

#include <algorithm>

#include "octets/text.h"
#include "testing/expect.h"
#include "testing/key_samples.h"

namespace nonvol::efi {
namespace {

using namespace test_keys;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using variable::Variable;

constexpr std::string_view kNow = "2026-11-21T00:00:00Z";
constexpr std::string_view kDummy = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Variable variable_named(std::string_view name, ByteVector data) {
  Variable result;
  result.identity = *variable::make_identity(name, *variable::well_known_vendor(name));
  result.data = std::move(data);
  result.time = time_of(2025, 3, 2);
  return result;
}

ByteVector list_with(const std::string& key) {
  return list_of(kX509, {key_named(key).certificate});
}

SecureBootReport report_on(const std::vector<Variable>& variables) {
  const auto report = report_secure_boot(read_secure_boot_keys(variables, "web01.fd"), kNow, "web01.fd");
  EXPECT_OK(report);
  return report ? *report : SecureBootReport{};
}

// The certificates of Debian's template, which are real: all of Microsoft's that are in it are those of 2011.
// Records of the template are found by their content, so that no reader of flash is needed.
std::vector<Variable> debian_template(const std::string& file) {
  const ByteVector bytes = read_file("/usr/share/OVMF/" + file);
  std::vector<Variable> result;
  for (const char* name : {"PK", "KEK", "db", "dbx", "SecureBootEnable", "CustomMode"}) {
    const variable::Identity identity = *variable::make_identity(name, *variable::well_known_vendor(name));
    ByteVector pattern(identity.vendor.bytes.begin(), identity.vendor.bytes.end());
    put(pattern, identity.name_utf16);
    put(pattern, ByteVector{0, 0});
    for (auto found = bytes.begin();; ++found) {
      found = std::search(found, bytes.end(), pattern.begin(), pattern.end());
      if (found == bytes.end()) break;
      const auto header = found - bytes.begin() - 44;
      if (header < 0 || bytes[static_cast<std::size_t>(header) + 2] != 0x3f) continue;
      const std::size_t size_at = static_cast<std::size_t>(header) + 40;
      const std::size_t size_bytes = bytes[size_at] | bytes[size_at + 1] << 8;
      const auto data = found + static_cast<std::ptrdiff_t>(pattern.size());
      result.push_back(
          variable_named(name, ByteVector(data, data + static_cast<std::ptrdiff_t>(size_bytes))));
      break;
    }
  }
  return result;
}

std::vector<std::string> names_in(const SecureBootReport& report, std::string_view variable) {
  std::vector<std::string> names;
  for (const ListedCertificate& listed : report.certificates) {
    if (listed.variable == variable) names.push_back(listed.certificate.name());
  }
  return names;
}

TEST(SecureBootKeys, AreFoundByVendorAndName) {
  Variable stranger = variable_named("PK", list_with("stranger"));
  stranger.identity.vendor = kOwner;
  EXPECT_TRUE(read_secure_boot_keys({&stranger, 1}, "x").is_setup_mode());
  const std::vector<Variable> variables = {stranger, variable_named("PK", list_with("pk")),
                                           variable_named("MokList", list_with("mok")),
                                           variable_named("SecureBootEnable", {0})};
  const SecureBootKeys keys = read_secure_boot_keys(variables, "x");
  EXPECT_FALSE(keys.is_setup_mode());
  EXPECT_EQ(serialize(keys.pk.database), list_with("pk"));
  EXPECT_EQ(keys.pk.time, time_of(2025, 3, 2));
  EXPECT_TRUE(keys.mok_list.is_present);
  EXPECT_FALSE(keys.db.is_present);
  EXPECT_EQ(keys.secure_boot_enable, 0);
  EXPECT_FALSE(keys.verifies_programs());
}

TEST(SecureBootReport, OfAGuestWithoutKeys) {
  const SecureBootReport report = report_on({});
  EXPECT_TRUE(report.is_setup_mode);
  EXPECT_FALSE(report.verifies_programs);
  EXPECT_FINDING(report.findings, kSetupMode);
  EXPECT_FINDING(report.findings, kNothingRevoked);
  EXPECT_THAT(report.findings, SizeIs(2));
  EXPECT_TRUE(report.receives_new_revocations);
  EXPECT_TRUE(report.starts_new_windows_media);
  EXPECT_THAT(report.missing, SizeIs(7));
}

TEST(SecureBootReport, OfAGuestWithItsOwnKeysOnlyHasNothingToSayOfMicrosofts) {
  const SecureBootReport report =
      report_on({variable_named("PK", list_with("pk")), variable_named("KEK", list_with("kek")),
                 variable_named("db", list_with("db")),
                 variable_named("dbx", list_of(kSha256, {*octets::from_hex(kDummy), ByteVector(32, 1)}))});
  EXPECT_TRUE(report.verifies_programs) << "without the switch edk2 makes one that says on";
  EXPECT_THAT(report.findings, IsEmpty());
  EXPECT_THAT(names_in(report, "PK"), ElementsAre("pk"));
  EXPECT_FALSE(report.receives_new_revocations);
  EXPECT_EQ(report.revoked_digests, 1u);
  EXPECT_TRUE(report.has_dummy_revocation);
  EXPECT_EQ(report.platform_key, nullptr);
}

TEST(SecureBootReport, SaysWhatIsSwitchedOff) {
  const SecureBootReport report =
      report_on({variable_named("PK", list_with("pk")), variable_named("SecureBootEnable", {0}),
                 variable_named("CustomMode", {1}), variable_named("dbx", list_with("revoked"))});
  EXPECT_FINDING(report.findings, kSecureBootDisabled);
  EXPECT_FINDING(report.findings, kCustomMode);
  EXPECT_THAT(report.findings, SizeIs(2));
}

TEST(SecureBootReport, KeepsOnWhereSomethingIsDamaged) {
  ByteVector damaged = list_with("kek");
  poke(damaged, 16, 0, 4);
  const SecureBootReport report =
      report_on({variable_named("PK", list_with("pk")), variable_named("KEK", damaged),
                 variable_named("db", joined({list_of(kX509, {ByteVector(300, 1)}), list_with("db")}))});
  EXPECT_FINDING(report.findings, kSignatureListSize);
  EXPECT_FINDING(report.findings, kUnreadableCertificate);
  EXPECT_THAT(names_in(report, "db"), ElementsAre("db"));
}

TEST(SecureBootReport, KnowsKeysThatSayThatTheyArePublic) {
  const SecureBootReport report = report_on({variable_named("PK", list_with("DO NOT TRUST - Test PK"))});
  EXPECT_FINDING(report.findings, kPublicPrivateKey);
}

TEST(SecureBootReport, OfDebiansTemplate) {
  const std::vector<Variable> variables = debian_template("OVMF_VARS_4M.ms.fd");
  if (variables.empty()) GTEST_SKIP() << "needs the package ovmf";
  const SecureBootReport report = report_on(variables);
  EXPECT_TRUE(report.verifies_programs);
  EXPECT_THAT(names_in(report, "PK"), ElementsAre("Debian UEFI Secure Boot (PK/KEK key)"));
  EXPECT_THAT(names_in(report, "KEK"),
              ElementsAre("Debian UEFI Secure Boot (PK/KEK key)", "Microsoft Corporation KEK CA 2011"));
  EXPECT_THAT(names_in(report, "db"),
              ElementsAre("Microsoft Windows Production PCA 2011", "Microsoft Corporation UEFI CA 2011"));
  for (const ListedCertificate& listed : report.certificates) {
    EXPECT_EQ(listed.known != nullptr, listed.owner == kMicrosoftOwner);
    if (listed.known == nullptr) continue;
    EXPECT_EQ(listed.certificate.name(), listed.known->name);
    EXPECT_EQ(listed.certificate.not_after, listed.known->not_after);
    EXPECT_TRUE(listed.is_expired);
  }
  EXPECT_FALSE(report.receives_new_revocations);
  EXPECT_FALSE(report.starts_new_windows_media);
  EXPECT_FALSE(report.starts_new_third_party_media);
  EXPECT_THAT(report.missing, SizeIs(4));
  ASSERT_NE(report.platform_key, nullptr);
  EXPECT_FALSE(report.platform_key->has_key_update);
  EXPECT_FINDING(report.findings, kNoNewRevocations);
  EXPECT_FINDING(report.findings, kNewMediaRefused);
  EXPECT_FINDING(report.findings, kNoKeyUpdate);
  EXPECT_FINDING(report.findings, kNothingRevoked);
  EXPECT_THAT(report.findings, SizeIs(4));
}

TEST(SecureBootReport, OfDebiansTestKeys) {
  const std::vector<Variable> variables = debian_template("OVMF_VARS_4M.snakeoil.fd");
  if (variables.empty()) GTEST_SKIP() << "needs the package ovmf";
  const SecureBootReport report = report_on(variables);
  EXPECT_FINDING(report.findings, kPublicPrivateKey);
}

TEST(KnownCertificates, AreTheSevenByFingerprint) {
  ASSERT_THAT(known_certificates(), SizeIs(7));
  for (const KnownCertificate& known : known_certificates()) {
    const auto digest = octets::from_hex(known.sha256_hex);
    ASSERT_TRUE(digest && digest->size() == 32) << known.name;
    EXPECT_EQ(find_known_certificate(std::span<const std::uint8_t, 32>(*digest)), &known);
    EXPECT_THAT(std::string(known.name), HasSubstr(std::to_string(known.year)));
  }
  EXPECT_EQ(find_known_certificate(seal::Sha256Digest{}), nullptr);
  for (const KnownPlatformKey& key : known_platform_keys()) {
    const auto digest = octets::from_hex(key.sha1_hex);
    ASSERT_TRUE(digest && digest->size() == 20) << key.name;
    EXPECT_EQ(find_known_platform_key(std::span<const std::uint8_t, 20>(*digest)), &key);
  }
}

}  // namespace
}  // namespace nonvol::efi
