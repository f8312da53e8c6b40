#include "tpm/tpm12.h"

#include <fstream>

#include "testing/child.h"
#include "testing/expect.h"
#include "tpm/tpm_for_test.h"

namespace nonvol::tpm {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Result<std::vector<std::uint8_t>> stand_in(CertificateKind kind, const EkPublic&) {
  return std::vector<std::uint8_t>(700 + static_cast<std::size_t>(kind));
}

TEST(Manufacture12, MakesWhatSwtpmSetupMakes) {
  TpmForTest port(TpmVersion::k12);
  const Result<Manufactured> made = manufacture_12(port, {true, true, true}, stand_in);
  ASSERT_OK(made);
  ASSERT_THAT(made->keys, SizeIs(1));
  EXPECT_EQ(std::get<seal::RsaPublicKey>(made->keys[0].key.key).modulus.size(), 256u);
  port.restart();
  const Result<TpmInventory12> inventory = read_inventory_12(port);
  ASSERT_OK(inventory);
  ASSERT_THAT(inventory->indices, SizeIs(2));
  EXPECT_EQ(inventory->indices[0].index, 0x1000f000u);
  EXPECT_EQ(inventory->indices[0].size_bytes, 707u);
  EXPECT_EQ(inventory->indices[0].attributes, 0x00020002u);
  EXPECT_EQ(inventory->indices[1].index, 0x1000f002u);
  EXPECT_EQ(inventory->indices[1].size_bytes, 708u);
  EXPECT_TRUE(inventory->enabled && inventory->activated && inventory->endorsement_key_made);
  EXPECT_FALSE(inventory->owned || inventory->memory_locked);
}

TEST(Manufacture12, StoresTheCertificateBehindItsHeader) {
  TpmForTest port(TpmVersion::k12);
  const Certify certify = [](CertificateKind, const EkPublic&) -> Result<std::vector<std::uint8_t>> {
    return std::vector<std::uint8_t>{0x30, 0x02, 0x05, 0x00};
  };
  ASSERT_OK(manufacture_12(port, {true, true, false}, certify));
  const State state = port.store.load(StateKind::kPermanent).value().value_or(State());
  const std::vector<std::uint8_t> stored = {0x10, 0x01, 0x00, 0x00, 0x06, 0x10, 0x02, 0x30, 0x02, 0x05, 0x00};
  EXPECT_NE(std::search(state.begin(), state.end(), stored.begin(), stored.end()), state.end());
}

TEST(Manufacture12, RefusesCertificatesThatDoNotFit) {
  TpmForTest port(TpmVersion::k12);
  const Certify large = [](CertificateKind, const EkPublic&) -> Result<std::vector<std::uint8_t>> {
    return std::vector<std::uint8_t>(2094);
  };
  const auto made = manufacture_12(port, {true, true, false}, large);
  EXPECT_ERROR(made, kCertificateTooLarge);
  EXPECT_THAT(made.error().message, HasSubstr("has 2101 bytes with its header, the TPM's memory has 2100"));
}

TEST(Manufacture12, SaysWhatTheTpmRefuses) {
  TpmForTest port(TpmVersion::k12);
  ASSERT_OK(manufacture_12(port, {}, stand_in));
  const auto again = manufacture_12(port, {}, stand_in);
  EXPECT_ERROR(again, kTpmCommandRefused);
  EXPECT_EQ(again.error().message, "TPM_CreateEndorsementKeyPair was refused with code 0x8");
  EXPECT_EQ(again.error().hint, "");
}

TEST(Inventory12, SaysWhoTheTpmIs) {
  TpmForTest port(TpmVersion::k12);
  const Result<TpmInventory12> inventory = read_inventory_12(port);
  ASSERT_OK(inventory);
  EXPECT_EQ(inventory->manufacturer, "IBM");
  EXPECT_EQ(inventory->level, 2);
  EXPECT_EQ(inventory->errata, 3);
  EXPECT_THAT(inventory->indices, IsEmpty());
  EXPECT_FALSE(inventory->endorsement_key_made || inventory->owned);
  const TpmIdentity identity = identity_of(*inventory);
  EXPECT_EQ(identity.manufacturer, "id:49424D00");
  EXPECT_THAT(identity.version, ::testing::MatchesRegex("id:[0-9A-F]+"));
  EXPECT_EQ(identity.version.size(), 11u);
  EXPECT_EQ(identity.revision, 116u);
}

TEST(Credential12, IsOneThatOpensslVerifies) {
  const Result<seal::Authority> authority = seal::make_authority({"Host 7", {}});
  ASSERT_OK(authority);
  TpmForTest port(TpmVersion::k12);
  const Result<TpmInventory12> inventory = read_inventory_12(port);
  ASSERT_OK(inventory);
  const CredentialFacts facts{identity_of(*inventory), {"QEMU", "q35", "7.2"}, "web01", {}};
  const seal::Signer signer{authority->signing_certificate_pem, authority->signing_key_pem};
  const Result<Manufactured> made =
      manufacture_12(port, {true, true, true}, [&](CertificateKind kind, const EkPublic& key) {
        return seal::issue_certificate(signer, credential_request(kind, key, facts));
      });
  ASSERT_OK(made);
  ASSERT_THAT(made->certificates, SizeIs(2));
  const testing::Scratch scratch;
  std::ofstream(scratch / "root") << authority->root_certificate_pem;
  std::ofstream(scratch / "signing") << authority->signing_certificate_pem;
  std::string text;
  for (const StoredCertificate& certificate : made->certificates) {
    std::ofstream(scratch / "der", std::ios::binary)
        << std::string(certificate.der.begin(), certificate.der.end());
    testing::run({"openssl", "x509", "-inform", "DER", "-in", scratch / "der", "-out", scratch / "pem"});
    EXPECT_THAT(testing::run({"openssl", "verify", "-x509_strict", "-CAfile", scratch / "root", "-untrusted",
                              scratch / "signing", scratch / "pem"})
                    .output,
                HasSubstr(": OK"));
    text = testing::run({"openssl", "x509", "-in", scratch / "pem", "-noout", "-text"}).output;
    EXPECT_THAT(text, HasSubstr("Subject: \n"));
    EXPECT_THAT(text, HasSubstr("X509v3 Subject Alternative Name: critical"));
  }
  EXPECT_THAT(text, HasSubstr("2.23.133.2.4=QEMU/2.23.133.2.5=q35/2.23.133.2.6=7.2"));
}

}  // namespace
}  // namespace nonvol::tpm
