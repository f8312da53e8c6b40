#include "seal/certificate.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "octets/text.h"
#include "testing/child.h"
#include "testing/expect.h"

namespace nonvol::seal {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kStartOf2026 = 1767225600;

SelfSigned made(const std::string& name) {
  const auto result = make_self_signed({name, kStartOf2026, 30});
  EXPECT_OK(result);
  return result ? *result : SelfSigned{};
}

std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string path_with(const testing::Scratch& scratch, std::string_view name, octets::Bytes bytes) {
  const std::string path = scratch / name;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path;
}

// What the openssl program says about a certificate, colons and line ends away.
std::string openssl_says(const std::string& path, std::vector<std::string> words) {
  std::vector<std::string> command = {"openssl", "x509", "-inform", "DER", "-in", path, "-noout"};
  command.insert(command.end(), words.begin(), words.end());
  const testing::Finished done = testing::run(command);
  EXPECT_EQ(done.status, 0) << done.output;
  std::string text = done.output;
  text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c == ':' || c == '\n'; }),
             text.end());
  return text.substr(text.find('=') + 1);
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

TEST(Certificate, SaysWhatOpensslSays) {
  const SelfSigned self = made("Owner, of \"web01\" ü");
  const auto certificate = parse_certificate(self.certificate);
  ASSERT_OK(certificate);
  EXPECT_EQ(certificate->subject_common_name, "Owner, of \"web01\" ü");
  EXPECT_EQ(certificate->subject, R"(CN=Owner\, of \"web01\" ü)");
  EXPECT_EQ(certificate->issuer, certificate->subject);
  EXPECT_EQ(certificate->not_before, "2026-01-01T00:00:00Z");
  EXPECT_EQ(certificate->not_after, "2026-01-31T00:00:00Z");
  EXPECT_EQ(certificate->key_kind, "RSA");
  EXPECT_EQ(certificate->key_bits, 2048u);
  EXPECT_TRUE(certificate->is_ca);
  EXPECT_EQ(certificate->der, self.certificate);

  const testing::Scratch scratch;
  const std::string path = path_with(scratch, "c.der", self.certificate);
  EXPECT_EQ(octets::to_hex(certificate->sha256), lower(openssl_says(path, {"-fingerprint", "-sha256"})));
  EXPECT_EQ(octets::to_hex(certificate->sha1), lower(openssl_says(path, {"-fingerprint", "-sha1"})));
  EXPECT_EQ(certificate->serial_hex, lower(openssl_says(path, {"-serial"})));
  EXPECT_EQ(openssl_says(path, {"-enddate", "-dateopt", "iso_8601"}), "2026-01-31 000000Z");
}

TEST(Certificate, OfOtherKindsIsReadToo) {
  const testing::Scratch scratch;
  const std::string out = scratch / "ec.der";
  const testing::Finished done = testing::run({"openssl",
                                               "req",
                                               "-x509",
                                               "-newkey",
                                               "ec",
                                               "-pkeyopt",
                                               "ec_paramgen_curve:P-256",
                                               "-nodes",
                                               "-keyout",
                                               scratch / "key",
                                               "-outform",
                                               "DER",
                                               "-out",
                                               out,
                                               "-subj",
                                               "/O=Example/CN=first/CN=second",
                                               "-days",
                                               "1",
                                               "-addext",
                                               "basicConstraints=CA:FALSE"});
  ASSERT_EQ(done.status, 0) << done.output;
  std::ifstream file(out, std::ios::binary);
  const std::vector<std::uint8_t> der{std::istreambuf_iterator<char>(file), {}};
  const auto certificate = parse_certificate(der);
  ASSERT_OK(certificate);
  EXPECT_EQ(certificate->key_kind, "EC");
  EXPECT_EQ(certificate->key_bits, 256u);
  EXPECT_EQ(certificate->subject, "CN=second,CN=first,O=Example");
  EXPECT_EQ(certificate->name(), "second");
}

// edk2 reads a certificate from the front of an entry and never asks what follows.
TEST(Certificate, MayBeFollowedByAnything) {
  const SelfSigned self = made("front");
  std::vector<std::uint8_t> longer = self.certificate;
  longer.insert(longer.end(), {0xde, 0xad});
  const auto certificate = parse_certificate(longer);
  ASSERT_OK(certificate);
  EXPECT_EQ(certificate->der, self.certificate);
}

TEST(Certificate, OfNoBytesOrGarbageIsRefused) {
  EXPECT_ERROR(parse_certificate({}), kNotACertificate);
  EXPECT_ERROR(parse_certificate(bytes_of("-----BEGIN CERTIFICATE-----")), kNotACertificate);
  std::vector<std::uint8_t> cut = made("cut").certificate;
  cut.pop_back();
  EXPECT_ERROR(parse_certificate(cut), kNotACertificate);
}

TEST(Certificate, HasTheBytesThatRevocationsDigest) {
  const SelfSigned self = made("tbs");
  const auto certificate = parse_certificate(self.certificate);
  ASSERT_OK(certificate);
  // SEQUENCE { tbsCertificate, … }: behind a header of four bytes.
  ASSERT_GT(certificate->to_be_signed.size(), 100u);
  EXPECT_TRUE(std::equal(certificate->to_be_signed.begin(), certificate->to_be_signed.end(),
                         self.certificate.begin() + 4));
}

TEST(DecodeCertificates, ReadsPemWithAnyNumber) {
  const SelfSigned one = made("one");
  const SelfSigned two = made("two");
  const testing::Scratch scratch;
  std::string text = "a comment\n" + one.private_key_pem;
  for (const SelfSigned* each : {&one, &two}) {
    const auto path = path_with(scratch, "c.der", each->certificate);
    text += testing::run({"openssl", "x509", "-inform", "DER", "-in", path}).output;
  }
  const auto decoded = decode_certificates(bytes_of(text));
  ASSERT_OK(decoded);
  EXPECT_THAT(*decoded, ::testing::ElementsAre(one.certificate, two.certificate));
  const auto single = decode_certificates(two.certificate);
  ASSERT_OK(single);
  EXPECT_THAT(*single, ::testing::ElementsAre(two.certificate));
}

TEST(DecodeCertificates, RefusesWhatHoldsNone) {
  EXPECT_ERROR(decode_certificates({}), kNotACertificate);
  EXPECT_ERROR(decode_certificates(bytes_of("hello")), kNotACertificate);
  EXPECT_ERROR(decode_certificates(bytes_of(made("key").private_key_pem)), kNotACertificate);
  EXPECT_ERROR(
      decode_certificates(bytes_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")),
      kNotACertificate);
}

TEST(SelfSigned, HasAKeyThatOpensslTakes) {
  const SelfSigned self = made("key");
  const testing::Scratch scratch;
  const std::string path = path_with(scratch, "key.pem", bytes_of(self.private_key_pem));
  const testing::Finished done = testing::run({"openssl", "pkey", "-in", path, "-noout", "-text"});
  EXPECT_EQ(done.status, 0);
  EXPECT_THAT(done.output, HasSubstr("2048 bit"));
  EXPECT_NE(made("key").certificate, self.certificate);
}

TEST(SelfSigned, IsTheSameInPem) {
  const SelfSigned self = made("both");
  const auto decoded = decode_certificates(bytes_of(self.certificate_pem));
  ASSERT_OK(decoded);
  EXPECT_THAT(*decoded, ::testing::ElementsAre(self.certificate));
}

TEST(SelfSigned, NeedsANameAndAValidity) {
  EXPECT_ERROR(make_self_signed({"", kStartOf2026, 1}), kSigningFailed);
  EXPECT_ERROR(make_self_signed({std::string(65, 'x'), kStartOf2026, 1}), kSigningFailed);
  EXPECT_ERROR(make_self_signed({"x", kStartOf2026, 0}), kSigningFailed);
  EXPECT_ERROR(make_self_signed({"x", kStartOf2026, 36501}), kSigningFailed);
}

// The examples of FIPS 180-4 for "abc".
TEST(Digest, OfEachAlgorithm) {
  const std::vector<std::uint8_t> ab = {'a', 'b'};
  const std::vector<std::uint8_t> c = {'c'};
  const octets::Bytes parts[] = {ab, c};
  const auto start = [&](DigestAlgorithm algorithm) {
    const auto result = digest(algorithm, parts);
    if (!result || result->size() != digest_size_bytes(algorithm)) return std::string("failed");
    return octets::to_hex(*result).substr(0, 8);
  };
  EXPECT_EQ(start(DigestAlgorithm::kSha1), "a9993e36");
  EXPECT_EQ(start(DigestAlgorithm::kSha256), "ba7816bf");
  EXPECT_EQ(start(DigestAlgorithm::kSha384), "cb00753f");
  EXPECT_EQ(start(DigestAlgorithm::kSha512), "ddaf35a1");
  EXPECT_EQ(to_string(DigestAlgorithm::kSha384), "SHA-384");
}

}  // namespace
}  // namespace nonvol::seal
