#include "efi/verify.h"

#include "octets/text.h"
#include "seal/digest.h"
#include "testing/expect.h"
#include "testing/key_samples.h"

namespace nonvol::efi {
namespace {

using namespace test_keys;
using octets::Bytes;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const octets::Guid kX509Sha256 = octets::guid_literal("3bd2a492-96c0-4079-b420-fcf98ef103ed");

// What sbsign makes of a program, signed by these keys one after the other. Empty without the program.
ByteVector signed_by(const std::vector<std::string>& keys, const ByteVector& program = make_program()) {
  const testing::Scratch scratch;
  std::string in = write_file(scratch, "0.efi", program);
  for (const std::string& key : keys) {
    write_key(scratch, key);
    const std::string out = in + "x";
    const testing::Finished done =
        shell(scratch, "sbsign --key '" + key + ".key' --cert '" + key + ".pem' --output " + out + " " + in);
    if (done.status != 0) return {};
    in = out;
  }
  return read_file(in);
}

#define REQUIRE_SBSIGN() \
  if (!has_program("sbsign")) GTEST_SKIP() << "needs the package sbsigntool"

// Keys of a guest with Secure Boot on.
SecureBootKeys keys_with(const ByteVector& db, const ByteVector& dbx = {}) {
  SecureBootKeys keys;
  keys.pk.is_present = true;
  keys.db.database = parse_signatures(db, "db");
  keys.dbx.database = parse_signatures(dbx, "dbx");
  return keys;
}

ByteVector list_with(const std::string& key) {
  return list_of(kX509, {key_named(key).certificate});
}

ImageVerdict judge(const ByteVector& file, const SecureBootKeys& keys) {
  const auto image = parse_portable_executable(file, "boot.efi");
  EXPECT_OK(image);
  if (!image) return {};
  const auto verdict = verify_image(file, *image, keys);
  EXPECT_OK(verdict);
  return verdict ? *verdict : ImageVerdict{};
}

ByteVector digest_of(const ByteVector& file) {
  return judge(file, SecureBootKeys{}).sha256;
}

TEST(VerifyImage, OfAnUnsignedProgramAsksForItsDigest) {
  const ByteVector program = make_program();
  const ByteVector named = list_of(kSha256, {ByteVector(32, 1), digest_of(program)});
  EXPECT_EQ(judge(program, keys_with(list_with("ca"))).verdict, Verdict::kUnknown);
  EXPECT_EQ(judge(program, keys_with(named)).verdict, Verdict::kAllowedByDigest);
  EXPECT_EQ(judge(program, keys_with(named, named)).verdict, Verdict::kRevokedDigest);
  EXPECT_EQ(judge(program, keys_with({}, named)).verdict, Verdict::kRevokedDigest);
  EXPECT_THAT(judge(program, keys_with(named)).signatures, SizeIs(0));
}

TEST(VerifyImage, WithoutSecureBootStartsAnything) {
  const ByteVector program = make_program();
  SecureBootKeys keys = keys_with({}, list_of(kSha256, {digest_of(program)}));
  keys.secure_boot_enable = 1;
  EXPECT_EQ(judge(program, keys).verdict, Verdict::kRevokedDigest);
  keys.secure_boot_enable = 0;
  EXPECT_EQ(judge(program, keys).verdict, Verdict::kNotVerified);
  keys.secure_boot_enable = 1;
  keys.pk.is_present = false;
  EXPECT_EQ(judge(program, keys).verdict, Verdict::kNotVerified);
}

TEST(VerifyImage, OfASignedProgramAsksForItsSigner) {
  REQUIRE_SBSIGN();
  const ByteVector program = signed_by({"vendor"});
  const ImageVerdict good = judge(program, keys_with(joined({list_with("other"), list_with("vendor")})));
  EXPECT_EQ(good.verdict, Verdict::kAllowedBySigner);
  ASSERT_THAT(good.signatures, SizeIs(1));
  EXPECT_EQ(good.signatures[0].signer, key_named("vendor").certificate);
  EXPECT_EQ(good.signatures[0].allowed_by, key_named("vendor").certificate);
  EXPECT_TRUE(good.signatures[0].digest_matches);
  EXPECT_EQ(good.sha256, digest_of(make_program()));

  EXPECT_EQ(judge(program, keys_with(list_with("other"))).verdict, Verdict::kUnknown);
  EXPECT_EQ(judge(program, keys_with({})).verdict, Verdict::kUnknown);
  EXPECT_EQ(judge(program, keys_with(list_of(kSha256, {good.sha256}))).verdict, Verdict::kAllowedByDigest);
}

TEST(VerifyImage, OfAChangedProgramTrustsNoSigner) {
  REQUIRE_SBSIGN();
  ByteVector program = signed_by({"vendor"});
  program.at(program::kHeadersBytes) ^= 1;
  const ImageVerdict verdict = judge(program, keys_with(list_with("vendor")));
  EXPECT_EQ(verdict.verdict, Verdict::kUnknown);
  EXPECT_FALSE(verdict.signatures.at(0).digest_matches);
}

TEST(VerifyImage, IsEndedByAnythingInDbx) {
  REQUIRE_SBSIGN();
  const ByteVector program = signed_by({"vendor"});
  const ByteVector db = list_with("vendor");
  EXPECT_EQ(judge(program, keys_with(db, list_with("other"))).verdict, Verdict::kAllowedBySigner);
  EXPECT_EQ(judge(program, keys_with(db, list_of(kSha256, {digest_of(program)}))).verdict,
            Verdict::kRevokedDigest);
  const ImageVerdict by_signer = judge(program, keys_with(db, list_with("vendor")));
  EXPECT_EQ(by_signer.verdict, Verdict::kRevokedSigner);
  EXPECT_EQ(by_signer.signatures.at(0).revoked_by, key_named("vendor").certificate);

  const auto vendor = seal::parse_certificate(key_named("vendor").certificate);
  const Bytes parts[] = {vendor->to_be_signed};
  ByteVector revocation = *seal::digest(seal::DigestAlgorithm::kSha256, parts);
  revocation.resize(48);
  EXPECT_EQ(judge(program, keys_with(db, list_of(kX509Sha256, {revocation}))).verdict,
            Verdict::kRevokedSigner);
  revocation[0] ^= 1;
  EXPECT_EQ(judge(program, keys_with(db, list_of(kX509Sha256, {revocation}))).verdict,
            Verdict::kAllowedBySigner);
}

TEST(VerifyImage, WithTwoSignaturesTakesEither) {
  REQUIRE_SBSIGN();
  const ByteVector program = signed_by({"first", "second"});
  for (const char* key : {"first", "second"}) {
    const ImageVerdict verdict = judge(program, keys_with(list_with(key)));
    EXPECT_EQ(verdict.verdict, Verdict::kAllowedBySigner) << key;
    EXPECT_THAT(verdict.signatures, SizeIs(2));
  }
  const ByteVector both = joined({list_with("first"), list_with("second")});
  for (const char* key : {"first", "second"}) {
    EXPECT_EQ(judge(program, keys_with(both, list_with(key))).verdict, Verdict::kRevokedSigner) << key;
  }
}

TEST(VerifyImage, WithADamagedTableRefuses) {
  REQUIRE_SBSIGN();
  ByteVector program = signed_by({"vendor"});
  program.resize(program.size() + 8);
  const std::size_t table = program.at(program::kSecurityEntry + 4) | program.at(program::kSecurityEntry + 5)
                                                                          << 8;
  poke(program, program::kSecurityEntry + 4, table + 8, 4);
  const ImageVerdict verdict = judge(program, keys_with(list_with("vendor")));
  EXPECT_EQ(verdict.verdict, Verdict::kBrokenSignatures);
  EXPECT_EQ(verdict.signatures.at(0).allowed_by, key_named("vendor").certificate);
}

TEST(VerifyImage, PassesOverSignaturesThatItCannotRead) {
  ByteVector garbage = {16, 0, 0, 0, 0, 2, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8};
  const ImageVerdict verdict = judge(make_program({.signatures = garbage}), keys_with(list_with("vendor")));
  EXPECT_EQ(verdict.verdict, Verdict::kUnknown);
  EXPECT_THAT(verdict.signatures.at(0).unreadable, HasSubstr("no PKCS #7 SignedData"));
}

// sbverify says the same of the same program, its chain included.
TEST(VerifyImage, AgreesWithSbverify) {
  REQUIRE_SBSIGN();
  const testing::Scratch scratch;
  write_file(scratch, "in.efi", make_program());
  const testing::Finished made = shell(
      scratch,
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 1"
      " && openssl req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=leaf"
      " && openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 1"
      " && sbsign --key leaf.key --cert leaf.pem --output out.efi in.efi"
      " && sbverify --cert ca.pem out.efi && openssl x509 -in ca.pem -outform DER -out ca.der");
  ASSERT_EQ(made.status, 0) << made.output;
  const ByteVector program = read_file(scratch / "out.efi");
  EXPECT_EQ(judge(program, keys_with(list_of(kX509, {read_file(scratch / "ca.der")}))).verdict,
            Verdict::kAllowedBySigner);
  write_key(scratch, "other");
  EXPECT_NE(shell(scratch, "sbverify --cert other.pem out.efi").status, 0);
  EXPECT_EQ(judge(program, keys_with(list_with("other"))).verdict, Verdict::kUnknown);
}

TEST(Verdict, SaysWhetherItStarts) {
  int starting = 0;
  for (const Verdict verdict :
       {Verdict::kNotVerified, Verdict::kAllowedBySigner, Verdict::kAllowedByDigest, Verdict::kRevokedDigest,
        Verdict::kRevokedSigner, Verdict::kUnknown, Verdict::kBrokenSignatures}) {
    EXPECT_EQ(to_string(verdict).starts_with("starts"), starts(verdict));
    starting += starts(verdict) ? 1 : 0;
  }
  EXPECT_EQ(starting, 3);
}

}  // namespace
}  // namespace nonvol::efi
