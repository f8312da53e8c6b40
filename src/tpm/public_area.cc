#include "tpm/public_area.h"

#include <fmt/format.h>

#include <string_view>

namespace nonvol::tpm {
namespace {

using octets::Bytes;
using octets::Reader;

constexpr std::uint16_t kAlgorithmRsa = 0x0001;
constexpr std::uint16_t kAlgorithmNull = 0x0010;
constexpr std::uint16_t kAlgorithmRsaes = 0x0015;
constexpr std::uint16_t kAlgorithmEcdaa = 0x001a;
constexpr std::uint16_t kAlgorithmEcc = 0x0023;
constexpr std::uint32_t kDefaultExponent = 65537;  // what 0 stands for: part 2, 12.2.3.5

// TPM2B (part 2, 10.4).
Bytes sized(Reader& reader, std::string_view field) {
  return reader.bytes(field, reader.big_u16(field));
}

// TPMT_SYM_DEF_OBJECT and the scheme behind it (part 2, 11.1.7 and 11.2.3).
void pass_symmetric(Reader& reader) {
  if (reader.big_u16("symmetric") != kAlgorithmNull) {
    reader.big_u16("keyBits");
    reader.big_u16("mode");
  }
}
void pass_scheme(Reader& reader, std::string_view field) {
  const std::uint16_t scheme = reader.big_u16(field);
  if (scheme == kAlgorithmNull || scheme == kAlgorithmRsaes) return;
  reader.big_u16("hashAlg");
  if (scheme == kAlgorithmEcdaa) reader.big_u16("count");
}

// TPM_ECC_CURVE (part 2, 6.4).
std::optional<seal::EcCurve> curve_of(std::uint16_t number) {
  if (number == 0x0003) return seal::EcCurve::kP256;
  if (number == 0x0004) return seal::EcCurve::kP384;
  if (number == 0x0005) return seal::EcCurve::kP521;
  return std::nullopt;
}

}  // namespace

PublicArea read_public_area(Reader& reader) {
  PublicArea area;
  area.type = reader.big_u16("type");
  area.name_algorithm = reader.big_u16("nameAlg");
  area.attributes = reader.big_u32("objectAttributes");
  sized(reader, "authPolicy");
  if (area.type == kAlgorithmRsa) {
    pass_symmetric(reader);
    pass_scheme(reader, "scheme");
    reader.big_u16("keyBits");
    const std::uint32_t exponent = reader.big_u32("exponent");
    const Bytes modulus = sized(reader, "unique");
    area.key =
        seal::RsaPublicKey{{modulus.begin(), modulus.end()}, exponent == 0 ? kDefaultExponent : exponent};
  } else if (area.type == kAlgorithmEcc) {
    pass_symmetric(reader);
    pass_scheme(reader, "scheme");
    const auto curve = curve_of(reader.big_u16("curveID"));
    pass_scheme(reader, "kdf");
    const Bytes x = sized(reader, "x");
    const Bytes y = sized(reader, "y");
    if (curve) area.key = seal::EcPublicKey{*curve, {x.begin(), x.end()}, {y.begin(), y.end()}};
  }
  return area;
}

std::string hash_name(std::uint16_t algorithm) {
  switch (algorithm) {
    case kAlgorithmSha1:
      return "sha1";
    case kAlgorithmSha256:
      return "sha256";
    case kAlgorithmSha384:
      return "sha384";
    case kAlgorithmSha512:
      return "sha512";
    default:
      return fmt::format("{:#06x}", algorithm);
  }
}

std::string describe(const PublicArea& area) {
  if (area.key) {
    if (const auto* rsa = std::get_if<seal::RsaPublicKey>(&*area.key)) {
      return fmt::format("RSA {}", rsa->modulus.size() * 8);
    }
    return fmt::format("ECC {}", to_string(std::get<seal::EcPublicKey>(*area.key).curve));
  }
  return fmt::format("{:#06x}", area.type);
}

}  // namespace nonvol::tpm
