#include "seal/issue.h"

#include <ctime>
#include <fstream>

#include "octets/text.h"
#include "seal/der.h"
#include "testing/child.h"
#include "testing/expect.h"

namespace nonvol::seal {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kStartOf2026 = 1767225600;

Authority authority_of(const std::string& name) {
  const Result<Authority> made = make_authority({name, {kStartOf2026, kNeverExpires}});
  EXPECT_OK(made);
  return made ? *made : Authority{};
}

Signer signer_of(const Authority& authority) {
  return {authority.signing_certificate_pem, authority.signing_key_pem};
}

void put(const std::string& path, octets::Bytes bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
void put(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}
std::vector<std::uint8_t> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A key of the openssl program: what it says of it, and the same as SubjectPublicKeyInfo.
struct OpensslKey {
  PublicKey key;
  std::string public_pem;
};

OpensslKey openssl_key(const testing::Scratch& scratch, const std::vector<std::string>& how) {
  std::vector<std::string> command = {"openssl", "genpkey", "-out", scratch / "key.pem"};
  command.insert(command.end(), how.begin(), how.end());
  EXPECT_EQ(testing::run(command).status, 0);
  OpensslKey result;
  result.public_pem = testing::run({"openssl", "pkey", "-in", scratch / "key.pem", "-pubout"}).output;
  testing::run({"openssl", "pkey", "-in", scratch / "key.pem", "-pubout", "-outform", "DER", "-out",
                scratch / "key.der"});
  const std::vector<std::uint8_t> der = bytes_of(scratch / "key.der");
  if (how[1] == "RSA") {
    const std::string text =
        testing::run({"openssl", "rsa", "-in", scratch / "key.pem", "-noout", "-modulus"}).output;
    const std::size_t begin = text.find('=') + 1;
    const auto modulus = octets::from_hex(text.substr(begin, text.find('\n') - begin));
    EXPECT_TRUE(modulus);
    result.key = RsaPublicKey{modulus.value_or(std::vector<std::uint8_t>()), 65537};
  } else {
    // The point is what the encoding ends with.
    EXPECT_GT(der.size(), 96u);
    result.key = EcPublicKey{EcCurve::kP384, {der.end() - 96, der.end() - 48}, {der.end() - 48, der.end()}};
  }
  return result;
}

struct Written {
  explicit Written(const Authority& authority) {
    put(root, authority.root_certificate_pem);
    put(signing, authority.signing_certificate_pem);
  }
  std::string verify(octets::Bytes certificate, const std::vector<std::string>& more = {}) const {
    put(scratch / "issued.der", certificate);
    testing::run(
        {"openssl", "x509", "-inform", "DER", "-in", scratch / "issued.der", "-out", scratch / "issued.pem"});
    std::vector<std::string> command = {"openssl", "verify",     "-x509_strict", "-CAfile",
                                        root,      "-untrusted", signing};
    command.insert(command.end(), more.begin(), more.end());
    command.push_back(scratch / "issued.pem");
    return testing::run(command).output;
  }
  std::string text(const std::vector<std::string>& words) const {
    std::vector<std::string> command = {"openssl", "x509", "-in", scratch / "issued.pem", "-noout"};
    command.insert(command.end(), words.begin(), words.end());
    return testing::run(command).output;
  }
  testing::Scratch scratch;
  std::string root = scratch / "root.pem";
  std::string signing = scratch / "signing.pem";
};

TEST(Authority, IsOneThatOpensslTrusts) {
  const Authority authority = authority_of("Host 7");
  const Written files(authority);
  const testing::Finished verified = testing::run(
      {"openssl", "verify", "-x509_strict", "-check_ss_sig", "-CAfile", files.root, files.signing});
  EXPECT_EQ(verified.status, 0) << verified.output;
  const std::string text = testing::run({"openssl", "x509", "-in", files.signing, "-noout", "-text"}).output;
  EXPECT_THAT(text, HasSubstr("Issuer: CN = Host 7 root"));
  EXPECT_THAT(text, HasSubstr("Subject: CN = Host 7\n"));
  EXPECT_THAT(text, HasSubstr("ecdsa-with-SHA384"));
  EXPECT_THAT(text, HasSubstr("Not Before: Jan  1 00:00:00 2026 GMT"));
  EXPECT_THAT(text, HasSubstr("Not After : Dec 31 23:59:59 9999 GMT"));
  EXPECT_THAT(text, HasSubstr("CA:TRUE, pathlen:0"));
  EXPECT_THAT(text, HasSubstr("Certificate Sign, CRL Sign"));
}

TEST(Authority, IsAnotherEachTime) {
  const Authority one = authority_of("Host 7");
  const Authority other = authority_of("Host 7");
  const Written files(one);
  put(files.signing, other.signing_certificate_pem);
  EXPECT_NE(testing::run({"openssl", "verify", "-CAfile", files.root, files.signing}).status, 0);
}

TEST(Authority, RefusesWhatNoCertificateCanSay) {
  EXPECT_ERROR(make_authority({"", {}}), kSigningFailed);
  EXPECT_ERROR(make_authority({std::string(60, 'n'), {}}), kSigningFailed);
  EXPECT_OK(make_authority({std::string(59, 'n'), {}}));
  EXPECT_ERROR(make_authority({"n", {0, kNeverExpires + 1}}), kSigningFailed);
  EXPECT_ERROR(make_authority({"n", {2, 1}}), kSigningFailed);
}

TEST(Issue, CertifiesKeysOfBothKinds) {
  const Authority authority = authority_of("Host 7");
  const Written files(authority);
  const std::vector<std::string> kinds[] = {{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"},
                                            {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"}};
  for (const auto& kind : kinds) {
    const OpensslKey key = openssl_key(files.scratch, kind);
    const Result<Der> issued =
        issue_certificate(signer_of(authority), {key.key, "web01 ü", {kStartOf2026, kNeverExpires}, {}});
    ASSERT_OK(issued);
    EXPECT_THAT(files.verify(*issued), HasSubstr(": OK"));
    EXPECT_EQ(files.text({"-pubkey"}), key.public_pem);
    const Result<Certificate> read = parse_certificate(*issued);
    ASSERT_OK(read);
    EXPECT_EQ(read->subject, "CN=web01 ü");
    EXPECT_EQ(read->issuer, "CN=Host 7");
    EXPECT_EQ(read->not_after, "9999-12-31T23:59:59Z");
    // 16 bytes, and in DER too.
    EXPECT_EQ(read->serial_hex.size(), 32u);
    EXPECT_THAT(read->serial_hex[0], ::testing::AllOf(::testing::Ge('4'), ::testing::Le('7')));
  }
}

TEST(Issue, TakesNumbersWithoutTheZerosInFront) {
  // 197 times the base point of P-384, whose x begins with a zero byte.
  const auto number = [](std::string_view hex) {
    return octets::from_hex(hex).value_or(std::vector<std::uint8_t>());
  };
  const EcPublicKey key{
      EcCurve::kP384,
      number(
          "4d104b26ee5671f72c10c986841d3e65d285e2516161b7baa341b12631b9e32b6f0d5896d8431c51d5d93a37cbc90e"),
      number(
          "f11a1e3f8b7b90538ee42cc00ee934a6e2ee25541607d8fb65c7a8b11e2f886853886eef3865ec933200b9f25599f29f")};
  ASSERT_EQ(key.x.size(), 47u);
  EXPECT_OK(
      issue_certificate(signer_of(authority_of("Host 7")), {key, "n", {kStartOf2026, kNeverExpires}, {}}));
}

TEST(Issue, CountsNothingAndRepeatsNothing) {
  const Authority authority = authority_of("Host 7");
  const OpensslKey key =
      openssl_key(testing::Scratch(), {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"});
  const auto serial = [&] {
    const Result<Der> issued =
        issue_certificate(signer_of(authority), {key.key, "n", {kStartOf2026, kNeverExpires}, {}});
    return issued ? parse_certificate(*issued)->serial_hex : std::string();
  };
  EXPECT_NE(serial(), serial());
}

TEST(Issue, WritesExtensionsAsTheyAreGiven) {
  const Authority authority = authority_of("Host 7");
  const Written files(authority);
  const OpensslKey key =
      openssl_key(files.scratch, {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"});
  CertificateRequest request{key.key, "n", {kStartOf2026, kNeverExpires}, {}};
  const std::uint8_t value[] = {0x03, 0x02, 0x03, 0x08};
  request.extensions.push_back({der_oid({2, 5, 29, 15}), true, {std::begin(value), std::end(value)}});
  request.extensions.push_back({der_oid({1, 2, 3, 4}), false, der_utf8("hello")});
  const Result<Der> issued = issue_certificate(signer_of(authority), request);
  ASSERT_OK(issued);
  EXPECT_THAT(files.verify(*issued), HasSubstr(": OK"));
  const std::string text = files.text({"-text"});
  EXPECT_THAT(text, HasSubstr("X509v3 Key Usage: critical\n                Key Agreement"));
  EXPECT_THAT(text, HasSubstr("1.2.3.4: \n                ..hello"));
  EXPECT_THAT(text, HasSubstr("X509v3 Authority Key Identifier"));
}

TEST(Issue, SignsWithAnothersAuthority) {
  // As swtpm_localca makes them: RSA-3072, by the openssl program.
  const testing::Scratch scratch;
  const testing::Finished made = testing::run(
      {"openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-keyout", scratch / "key", "-out",
       scratch / "certificate", "-subj", "/CN=swtpm-localca", "-addext", "keyUsage=critical,keyCertSign"});
  ASSERT_EQ(made.status, 0) << made.output;
  const auto text = [](const std::string& path) {
    const std::vector<std::uint8_t> bytes = bytes_of(path);
    return std::string(bytes.begin(), bytes.end());
  };
  const Signer signer{text(scratch / "certificate"), text(scratch / "key")};
  const OpensslKey key = openssl_key(testing::Scratch(), {"-algorithm", "RSA"});
  const Result<Der> issued =
      issue_certificate(signer, {key.key, "", {std::time(nullptr), kNeverExpires}, {}});
  ASSERT_OK(issued);
  put(scratch / "issued.der", *issued);
  testing::run(
      {"openssl", "x509", "-inform", "DER", "-in", scratch / "issued.der", "-out", scratch / "issued.pem"});
  EXPECT_THAT(
      testing::run({"openssl", "verify", "-CAfile", scratch / "certificate", scratch / "issued.pem"}).output,
      HasSubstr(": OK"));
}

TEST(Issue, RefusesAnAuthorityWhosePartsDoNotBelongTogether) {
  const Authority one = authority_of("Host 7");
  const Authority other = authority_of("Host 7");
  const OpensslKey key =
      openssl_key(testing::Scratch(), {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"});
  const CertificateRequest request{key.key, "n", {kStartOf2026, kNeverExpires}, {}};
  EXPECT_ERROR(issue_certificate({one.signing_certificate_pem, other.signing_key_pem}, request),
               kAuthorityDamaged);
  EXPECT_ERROR(issue_certificate({"", one.signing_key_pem}, request), kAuthorityDamaged);
  EXPECT_ERROR(issue_certificate({one.signing_certificate_pem, "nothing"}, request), kAuthorityDamaged);
  // A certificate that this authority issued is none of an authority.
  const testing::Scratch scratch;
  ASSERT_EQ(testing::run({"openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout",
                          scratch / "key", "-out", scratch / "certificate", "-subj", "/CN=leaf", "-addext",
                          "basicConstraints=CA:FALSE"})
                .status,
            0);
  const std::vector<std::uint8_t> leaf = bytes_of(scratch / "certificate");
  const std::vector<std::uint8_t> leaf_key = bytes_of(scratch / "key");
  EXPECT_ERROR(issue_certificate({{leaf.begin(), leaf.end()}, {leaf_key.begin(), leaf_key.end()}}, request),
               kAuthorityDamaged);
}

TEST(Issue, IsValidWhileWhatSignedIsValid) {
  constexpr std::int64_t kEnd = kStartOf2026 + 3600;
  const Result<Authority> made = make_authority({"Host 7", {kStartOf2026, kEnd}});
  ASSERT_OK(made);
  const Signer signer = signer_of(*made);
  const OpensslKey key =
      openssl_key(testing::Scratch(), {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"});
  const auto issue = [&](std::int64_t begin, std::int64_t end) {
    return issue_certificate(signer, {key.key, "n", {begin, end}, {}});
  };
  EXPECT_ERROR(issue(kStartOf2026 - 1, kNeverExpires), kAuthorityDamaged);
  EXPECT_ERROR(issue(kEnd + 1, kNeverExpires), kAuthorityDamaged);
  for (const std::int64_t end : {kNeverExpires, kEnd}) {
    const Result<Der> issued = issue(kEnd, end);
    ASSERT_OK(issued);
    EXPECT_EQ(parse_certificate(*issued)->not_after, "2026-01-01T01:00:00Z");
  }
  const Result<Der> shorter = issue(kStartOf2026, kStartOf2026 + 60);
  ASSERT_OK(shorter);
  EXPECT_EQ(parse_certificate(*shorter)->not_after, "2026-01-01T00:01:00Z");
}

TEST(Issue, RefusesKeysThatAreNone) {
  const Signer signer = signer_of(authority_of("Host 7"));
  const std::vector<std::uint8_t> ones(48, 1);
  // Not on the curve; longer than the curve's numbers.
  EXPECT_ERROR(issue_certificate(
                   signer, {EcPublicKey{EcCurve::kP384, ones, ones}, "n", {kStartOf2026, kNeverExpires}, {}}),
               kSigningFailed);
  EXPECT_ERROR(issue_certificate(
                   signer, {EcPublicKey{EcCurve::kP256, ones, ones}, "n", {kStartOf2026, kNeverExpires}, {}}),
               kSigningFailed);
}

}  // namespace
}  // namespace nonvol::seal
