#include "tpm/manufacture.h"

#include <fstream>

#include "octets/text.h"
#include "testing/child.h"
#include "testing/expect.h"
#include "tpm/credential.h"
#include "tpm/inventory.h"
#include "tpm/tpm_for_test.h"

namespace nonvol::tpm {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kStartOf2026 = 1767225600;
constexpr std::uint32_t kWritten = 0x20000000;  // TPMA_NV_WRITTEN

// Certificates of 600 and more bytes that say nothing.
Result<std::vector<std::uint8_t>> stand_in(CertificateKind kind, const EkPublic& key) {
  return std::vector<std::uint8_t>(600 + static_cast<std::size_t>(kind) * 600,
                                   static_cast<std::uint8_t>(key.kind));
}

ManufactureRequest everything() {
  return {{EkKind::kRsa2048, EkKind::kEccP384}, true, true, {kAlgorithmSha256}};
}

std::vector<std::uint32_t> handles_of(const TpmInventory& inventory) {
  std::vector<std::uint32_t> result;
  for (const PersistentObject& object : inventory.objects) result.push_back(object.handle);
  return result;
}

TEST(Manufacture, MakesWhatSwtpmSetupMakes) {
  TpmForTest port(TpmVersion::k20);
  const Result<Manufactured> made = manufacture(port, everything(), stand_in);
  ASSERT_OK(made);
  EXPECT_THAT(made->keys, SizeIs(2));
  EXPECT_THAT(made->certificates, ElementsAre(Field(&StoredCertificate::index, 0x01c00002u),
                                              Field(&StoredCertificate::index, 0x01c00016u),
                                              Field(&StoredCertificate::index, 0x01c08000u)));
  port.restart();
  const Result<TpmInventory> inventory = read_inventory(port);
  ASSERT_OK(inventory);
  EXPECT_THAT(handles_of(*inventory), ElementsAre(0x81010001u, 0x81010016u));
  EXPECT_EQ(describe(inventory->objects[0].area), "RSA 2048");
  EXPECT_EQ(inventory->objects[0].area.attributes, 0x000300b2u);
  EXPECT_EQ(inventory->objects[0].area.key, made->keys[0].key.key);
  EXPECT_EQ(describe(inventory->objects[1].area), "ECC P-384");
  EXPECT_EQ(inventory->objects[1].area.attributes, 0x000300f2u);
  EXPECT_EQ(inventory->objects[1].area.name_algorithm, kAlgorithmSha384);
  EXPECT_EQ(inventory->objects[1].area.key, made->keys[1].key.key);
  ASSERT_THAT(inventory->indices, SizeIs(3));
  for (const NvPublic& index : inventory->indices) EXPECT_EQ(index.attributes, 0x42072001 | kWritten);
  EXPECT_EQ(inventory->indices[0].size_bytes, 600);
  EXPECT_EQ(inventory->indices[2].size_bytes, 1200);
  EXPECT_TRUE(inventory->last_shutdown_orderly);
  for (const PcrSelection& bank : inventory->banks) {
    EXPECT_EQ(bank.registers, bank.algorithm == kAlgorithmSha256 ? 0x00ffffffu : 0u)
        << hash_name(bank.algorithm);
  }
}

TEST(Manufacture, MakesEachKindOfKey) {
  TpmForTest port(TpmVersion::k20);
  const Result<Manufactured> made =
      manufacture(port, {{EkKind::kRsa2048, EkKind::kRsa3072, EkKind::kEccP384}, false, false, {}}, stand_in);
  ASSERT_OK(made);
  EXPECT_THAT(made->certificates, IsEmpty());
  port.restart();
  const Result<TpmInventory> inventory = read_inventory(port);
  ASSERT_OK(inventory);
  EXPECT_THAT(handles_of(*inventory), ElementsAre(0x81010001u, 0x81010016u, 0x8101001cu));
  EXPECT_EQ(describe(inventory->objects[2].area), "RSA 3072");
  EXPECT_THAT(inventory->indices, IsEmpty());
}

TEST(Manufacture, LeavesNothingBehindInMemory) {
  TpmForTest port(TpmVersion::k20);
  ASSERT_OK(manufacture(port, everything(), stand_in));
  const auto transient = get_handles(port, 0x80000000);
  ASSERT_OK(transient);
  EXPECT_THAT(*transient, IsEmpty());
}

TEST(Manufacture, StoresNoMoreThanItMust) {
  TpmForTest port(TpmVersion::k20);
  ASSERT_OK(start_up(port));
  port.store.stores = 0;
  ASSERT_OK(manufacture(port, everything(), stand_in));
  // Two keys; three indices; four pieces of what is in them; the banks; the shutdown.
  EXPECT_EQ(port.store.stores, 11u);
}

TEST(Manufacture, StopsWhereTheAuthorityDoes) {
  TpmForTest port(TpmVersion::k20);
  const Certify none = [](CertificateKind, const EkPublic&) -> Result<std::vector<std::uint8_t>> {
    return Error(ErrorId::kSigningFailed, "no");
  };
  EXPECT_ERROR(manufacture(port, everything(), none), kSigningFailed);
}

TEST(Manufacture, RefusesCertificatesThatDoNotFit) {
  TpmForTest port(TpmVersion::k20);
  std::size_t size_bytes = 2048;
  const Certify sized = [&](CertificateKind, const EkPublic&) -> Result<std::vector<std::uint8_t>> {
    return std::vector<std::uint8_t>(size_bytes++);
  };
  const auto made = manufacture(port, everything(), sized);
  EXPECT_ERROR(made, kCertificateTooLarge);
  EXPECT_THAT(made.error().message, HasSubstr("index 0x1c00016 has 2049 bytes, an index holds at most 2048"));
}

TEST(Manufacture, SaysWhatTheTpmRefuses) {
  TpmForTest port(TpmVersion::k20);
  ASSERT_OK(manufacture(port, {{EkKind::kEccP384}, false, false, {}}, stand_in));
  // The handle is taken, and there is no such bank.
  const auto again = manufacture(port, {{EkKind::kEccP384}, false, false, {}}, stand_in);
  EXPECT_ERROR(again, kTpmCommandRefused);
  EXPECT_THAT(again.error().message, HasSubstr("TPM2_EvictControl was refused with code 0x14c"));
  EXPECT_ERROR(manufacture(port, {{}, false, false, {0x0012}}, stand_in), kTpmCommandRefused);
}

TEST(Inventory, SaysWhoTheTpmIs) {
  TpmForTest port(TpmVersion::k20);
  const Result<TpmInventory> inventory = read_inventory(port);
  ASSERT_OK(inventory);
  EXPECT_EQ(inventory->family, "2.0");
  EXPECT_EQ(inventory->level, 0u);
  EXPECT_GE(inventory->revision, 159u);
  EXPECT_EQ(inventory->manufacturer, "IBM");
  EXPECT_EQ(inventory->vendor, "SW TPM");
  EXPECT_EQ(inventory->firmware_version >> 32, 0x20191023u);
  EXPECT_EQ(inventory->lockout_failures, 0u);
  EXPECT_EQ(inventory->lockout_limit, 3u);
  EXPECT_EQ(inventory->lockout_recovery_seconds, 1000u);
  EXPECT_FALSE(inventory->owner_password || inventory->endorsement_password || inventory->lockout_password);
  EXPECT_THAT(inventory->objects, IsEmpty());
  EXPECT_THAT(inventory->indices, IsEmpty());
  EXPECT_GE(inventory->banks.size(), 4u);
}

// A TPM with certificates by an authority of its own, and the certificates as files.
struct Certified {
  Certified() {
    const Result<seal::Authority> authority =
        seal::make_authority({"Host 7", {kStartOf2026, seal::kNeverExpires}});
    EXPECT_OK(authority);
    put("root.pem", authority->root_certificate_pem);
    put("signing.pem", authority->signing_certificate_pem);
    const Result<TpmInventory> inventory = read_inventory(port);
    EXPECT_OK(inventory);
    const seal::Signer signer{authority->signing_certificate_pem, authority->signing_key_pem};
    const CredentialFacts facts{identity_of(*inventory),
                                {"QEMU", "pc-q35-7.2", "2026"},
                                "web01",
                                {kStartOf2026, seal::kNeverExpires}};
    Result<Manufactured> done =
        manufacture(port, everything(), [&](CertificateKind kind, const EkPublic& key) {
          return seal::issue_certificate(signer, credential_request(kind, key, facts));
        });
    EXPECT_OK(done);
    if (done) made = *done;
    for (std::size_t i = 0; i < made.certificates.size(); ++i) {
      const std::vector<std::uint8_t>& der = made.certificates[i].der;
      put(std::to_string(i) + ".der", {der.begin(), der.end()});
      openssl({"x509", "-inform", "DER", "-in", path(i, ".der"), "-out", path(i, ".pem")});
    }
  }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(scratch / name, std::ios::binary) << text;
  }
  std::string path(std::size_t i, const char* ending) const { return scratch / (std::to_string(i) + ending); }
  static std::string openssl(std::vector<std::string> words) {
    words.insert(words.begin(), "openssl");
    return testing::run(words).output;
  }
  std::string text(std::size_t i) const {
    return openssl({"x509", "-in", path(i, ".pem"), "-noout", "-text"});
  }

  testing::Scratch scratch;
  TpmForTest port{TpmVersion::k20};
  Manufactured made;
};

TEST(Credential, IsOneThatOpensslVerifies) {
  const Certified tpm;
  ASSERT_THAT(tpm.made.certificates, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_THAT(Certified::openssl({"verify", "-x509_strict", "-CAfile", tpm.scratch / "root.pem",
                                    "-untrusted", tpm.scratch / "signing.pem", tpm.path(i, ".pem")}),
                HasSubstr(": OK"));
    // One command of 1024 bytes writes it.
    EXPECT_LT(tpm.made.certificates[i].der.size(), 1024u);
  }
}

TEST(Credential, SaysWhatTheProfileWants) {
  const Certified tpm;
  ASSERT_THAT(tpm.made.certificates, SizeIs(3));
  const std::string rsa = tpm.text(0);
  EXPECT_THAT(rsa, HasSubstr("Subject: CN = web01"));
  EXPECT_THAT(rsa,
              HasSubstr("DirName:/2.23.133.2.1=id:49424D00/2.23.133.2.2=SW TPM/2.23.133.2.3=id:20191023"));
  EXPECT_THAT(rsa, HasSubstr("X509v3 Basic Constraints: critical\n                CA:FALSE"));
  EXPECT_THAT(rsa, HasSubstr("X509v3 Key Usage: critical\n                Key Encipherment\n"));
  EXPECT_THAT(rsa, HasSubstr("X509v3 Extended Key Usage: \n                2.23.133.8.1\n"));
  EXPECT_THAT(rsa, HasSubstr("X509v3 Authority Key Identifier"));
  EXPECT_THAT(tpm.text(1), HasSubstr("X509v3 Key Usage: critical\n                Key Agreement\n"));
  const std::string platform = tpm.text(2);
  EXPECT_THAT(platform,
              HasSubstr("DirName:/2.23.133.5.1.1=QEMU/2.23.133.5.1.4=pc-q35-7.2/2.23.133.5.1.5=2026"));
  EXPECT_THAT(platform, HasSubstr("X509v3 Extended Key Usage: \n                2.23.133.8.2\n"));
}

TEST(Credential, HasTheBytesThatSwtpmLocalcaWrites) {
  // Taken from a certificate of swtpm_localca 0.7.1 with 'openssl asn1parse'.
  CredentialFacts facts;
  facts.tpm = {"id:00001014", "swtpm", "id:20191023", "2.0", 0, 164};
  facts.platform = {"acme", "QEMU", "2.1"};
  const auto value_of = [&](CertificateKind kind, const EkPublic& key, std::string_view oid) {
    for (const seal::Extension& extension : credential_request(kind, key, facts).extensions) {
      if (octets::to_hex(extension.oid) == oid) return octets::to_hex(extension.value);
    }
    return std::string();
  };
  const EkPublic rsa{EkKind::kRsa2048, seal::RsaPublicKey{}};
  const EkPublic ecc{EkKind::kEccP384, seal::EcPublicKey{}};
  constexpr auto kEk = CertificateKind::kEndorsementKey;
  EXPECT_EQ(value_of(kEk, rsa, "0603551d11"),
            "3046a444304231163014060567810502010c0b69643a3030303031303134"
            "3110300e060567810502020c05737774706d31163014060567810502030c0b69643a3230313931303233");
  EXPECT_EQ(value_of(kEk, rsa, "0603551d09"), "3019301706056781050210310e300c0c03322e30020100020200a4");
  EXPECT_EQ(value_of(kEk, rsa, "0603551d25"), "300706056781050801");
  EXPECT_EQ(value_of(kEk, rsa, "0603551d13"), "3000");
  EXPECT_EQ(value_of(kEk, rsa, "0603551d0f"), "03020520");
  EXPECT_EQ(value_of(kEk, ecc, "0603551d0f"), "03020308");
  EXPECT_EQ(value_of(CertificateKind::kPlatform, rsa, "0603551d11"),
            "3039a43730353110300e06066781050501010c0461636d65"
            "3110300e06066781050501040c0451454d55310f300d06066781050501050c03322e31");
  EXPECT_EQ(value_of(CertificateKind::kPlatform, rsa, "0603551d09"), "");
}

TEST(Credential, NamesTheTpmWhereTheSubjectIsEmpty) {
  CredentialFacts facts;
  const EkPublic key{EkKind::kRsa2048, seal::RsaPublicKey{}};
  EXPECT_TRUE(credential_request(CertificateKind::kEndorsementKey, key, facts).extensions[0].critical);
  facts.common_name = "web01";
  EXPECT_FALSE(credential_request(CertificateKind::kEndorsementKey, key, facts).extensions[0].critical);
}

}  // namespace
}  // namespace nonvol::tpm
