#include "seal/signed_data.h"

#include <fstream>
#include <string>

#include "octets/text.h"
#include "seal/authenticode.h"
#include "testing/child.h"
#include "testing/expect.h"

namespace nonvol::seal {
namespace {

using octets::Bytes;
using ByteVector = std::vector<std::uint8_t>;

constexpr std::int64_t kStartOf2000 = 946684800;

const SelfSigned& signer() {
  // Long expired: edk2 does not look at dates.
  static const SelfSigned self = *make_self_signed({"signer", kStartOf2000, 1});
  return self;
}
const SelfSigned& other() {
  static const SelfSigned self = *make_self_signed({"other", kStartOf2000, 1});
  return self;
}

ByteVector bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}
const ByteVector& content() {
  static const ByteVector bytes = bytes_of("PK and what else is signed");
  return bytes;
}
ByteVector signed_content() {
  const auto made = sign_detached(content(), signer().certificate, signer().private_key_pem);
  EXPECT_OK(made);
  return made ? *made : ByteVector{};
}

std::string write(const testing::Scratch& scratch, std::string_view name, Bytes bytes) {
  const std::string path = scratch / name;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path;
}
ByteVector read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(SignedData, IsVerifiedByTheFirstThatVouches) {
  const ByteVector message = signed_content();
  const ByteVector garbage = bytes_of("no certificate");
  const Bytes trusted[] = {garbage, other().certificate, signer().certificate, signer().certificate};
  const auto found = verify_signed_data(message, content(), trusted);
  ASSERT_OK(found);
  EXPECT_EQ(*found, 2u);
  EXPECT_TRUE(is_bare_with_sha256(message));
}

TEST(SignedData, IsNotVerifiedByStrangersOrForOtherContent) {
  const ByteVector message = signed_content();
  const Bytes strangers[] = {other().certificate};
  const Bytes trusted[] = {signer().certificate};
  EXPECT_EQ(*verify_signed_data(message, content(), strangers), std::nullopt);
  EXPECT_EQ(*verify_signed_data(message, content(), {}), std::nullopt);
  ByteVector changed = content();
  changed.back() ^= 1;
  EXPECT_EQ(*verify_signed_data(message, changed, trusted), std::nullopt);
  EXPECT_EQ(*verify_signed_data(message, {}, trusted), std::nullopt);
  ByteVector torn = message;
  torn.back() ^= 1;
  EXPECT_EQ(*verify_signed_data(torn, content(), trusted), std::nullopt);
}

// By the openssl program, so that both directions are held to something that is not this code.
TEST(SignedData, MadeByOpensslIsVerified) {
  const testing::Scratch scratch;
  const std::string certificate = write(scratch, "c.der", signer().certificate);
  const std::string pem = scratch / "c.pem";
  ASSERT_EQ(testing::run({"openssl", "x509", "-inform", "DER", "-in", certificate, "-out", pem}).status, 0);
  const std::string key = write(scratch, "key.pem", bytes_of(signer().private_key_pem));
  const std::string text = write(scratch, "content", content());
  const std::string out = scratch / "p7";
  const testing::Finished done =
      testing::run({"openssl", "smime", "-sign", "-binary", "-noattr", "-md", "sha256", "-signer", pem,
                    "-inkey", key, "-outform", "DER", "-in", text, "-out", out});
  ASSERT_EQ(done.status, 0) << done.output;
  const ByteVector wrapped = read(out);
  const Bytes trusted[] = {signer().certificate};
  EXPECT_EQ(*verify_signed_data(wrapped, content(), trusted), 0u);
  EXPECT_FALSE(is_bare_with_sha256(wrapped)) << "a ContentInfo around it moves the algorithm";
}

TEST(SignedData, IsTakenByOpenssl) {
  const testing::Scratch scratch;
  const ByteVector bare = signed_content();
  // ContentInfo { signedData, [0] bare }, by hand.
  ByteVector wrapped = *octets::from_hex("3082000006092a864886f70d010702a0820000");
  wrapped[2] = static_cast<std::uint8_t>((bare.size() + 15) >> 8);
  wrapped[3] = static_cast<std::uint8_t>(bare.size() + 15);
  wrapped[17] = static_cast<std::uint8_t>(bare.size() >> 8);
  wrapped[18] = static_cast<std::uint8_t>(bare.size());
  wrapped.insert(wrapped.end(), bare.begin(), bare.end());
  const testing::Finished done = testing::run(
      {"openssl", "smime", "-verify", "-binary", "-noverify", "-inform", "DER", "-in",
       write(scratch, "p7", wrapped), "-content", write(scratch, "content", content()), "-out", "/dev/null"});
  EXPECT_EQ(done.status, 0) << done.output;
}

// A chain: the signer's issuer is trusted, or the issuer's issuer, or only the signer itself.
TEST(SignedData, LeadsToAnyTrustedCertificateOfItsChain) {
  const testing::Scratch scratch;
  const std::string script =
      "cd " + scratch.path() +
      " && openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=root -days 1"
      " && openssl req -newkey rsa:2048 -nodes -keyout middle.key -out middle.csr -subj /CN=middle"
      " && printf 'basicConstraints=critical,CA:TRUE' >ca.ext"
      " && openssl x509 -req -in middle.csr -CA root.pem -CAkey root.key -CAcreateserial -out middle.pem -days 1"
      " -extfile ca.ext"
      " && openssl req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=leaf"
      " && openssl x509 -req -in leaf.csr -CA middle.pem -CAkey middle.key -CAcreateserial -out leaf.pem -days 1"
      " && printf content >content"
      " && openssl smime -sign -binary -noattr -md sha256 -signer leaf.pem -inkey leaf.key -certfile middle.pem"
      " -outform DER -in content -out p7"
      " && for c in root middle leaf; do openssl x509 -in $c.pem -outform DER -out $c.der; done";
  const testing::Finished done = testing::run({"sh", "-c", script});
  ASSERT_EQ(done.status, 0) << done.output;
  const ByteVector message = read(scratch / "p7");
  const ByteVector text = bytes_of("content");
  for (const char* name : {"root.der", "middle.der", "leaf.der"}) {
    const ByteVector anchor = read(scratch / name);
    const Bytes trusted[] = {anchor};
    EXPECT_EQ(*verify_signed_data(message, text, trusted), 0u) << name;
  }
  const auto signers = signer_certificates(message);
  ASSERT_OK(signers);
  EXPECT_THAT(*signers, ::testing::ElementsAre(read(scratch / "leaf.der")));
}

TEST(SignedData, OfGarbageIsRefused) {
  EXPECT_ERROR(verify_signed_data({}, content(), {}), kNotSignedData);
  EXPECT_ERROR(verify_signed_data(bytes_of("garbage"), content(), {}), kNotSignedData);
  EXPECT_ERROR(verify_signed_data(ByteVector(0x10000, 0x30), content(), {}), kNotSignedData);
  EXPECT_ERROR(signer_certificates(bytes_of("garbage")), kNotSignedData);
  // A ContentInfo of type data instead of signedData.
  EXPECT_ERROR(verify_signed_data(*octets::from_hex("300f06092a864886f70d010701a0020400"), content(), {}),
               kNotSignedData);
  const ByteVector message = signed_content();
  for (std::size_t size_bytes = 0; size_bytes < message.size(); size_bytes += 37) {
    EXPECT_ERROR(signer_certificates(Bytes(message).first(size_bytes)), kNotSignedData);
  }
  EXPECT_FALSE(is_bare_with_sha256({}));
  EXPECT_FALSE(is_bare_with_sha256(Bytes(message).first(21)));
}

TEST(SignDetached, NeedsTheCertificatesOwnKey) {
  EXPECT_ERROR(sign_detached(content(), signer().certificate, other().private_key_pem), kBadPrivateKey);
  EXPECT_ERROR(sign_detached(content(), signer().certificate, "no key"), kBadPrivateKey);
  EXPECT_ERROR(sign_detached(content(), bytes_of("x"), signer().private_key_pem), kNotACertificate);
  const testing::Scratch scratch;
  const std::string plain = write(scratch, "key.pem", bytes_of(signer().private_key_pem));
  const std::string locked = scratch / "locked.pem";
  ASSERT_EQ(
      testing::run({"openssl", "pkey", "-in", plain, "-aes256", "-passout", "pass:x", "-out", locked}).status,
      0);
  const ByteVector text = read(locked);
  EXPECT_ERROR(sign_detached(content(), signer().certificate, std::string(text.begin(), text.end())),
               kBadPrivateKey);
}

TEST(Authenticode, NeedsItsOwnKindOfContent) {
  EXPECT_ERROR(read_authenticode(bytes_of("garbage")), kNotSignedData);
  const auto plain = read_authenticode(signed_content());
  EXPECT_ERROR(plain, kNotSignedData);
  EXPECT_THAT(plain.error().message, ::testing::HasSubstr("1.2.840.113549.1.7.1"));
  EXPECT_ERROR(verify_authenticode(signed_content(), ByteVector(32), {}), kNotSignedData);
}

}  // namespace
}  // namespace nonvol::seal
