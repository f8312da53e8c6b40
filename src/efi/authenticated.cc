#include "efi/authenticated.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "efi/signature_list.h"
#include "octets/text.h"
#include "seal/certificate.h"
#include "seal/signed_data.h"

namespace nonvol::efi {
namespace {

using octets::Bytes;
using octets::Guid;
using octets::Reader;
using variable::Identity;

constexpr Guid kPkcs7 = octets::guid_literal("4aafd29d-68df-49ee-8aa9-347d375665a7");
constexpr std::uint16_t kCertificateRevision = 0x0200;
constexpr std::uint16_t kEfiGuidCertificate = 0x0ef1;
// WIN_CERTIFICATE and the GUID: what its length counts before the signature.
constexpr std::uint32_t kCertificateHeaderBytes = 24;

enum class Kind { kPlatformKey, kKeyExchangeKey, kDatabase };

struct SecureBootVariable {
  std::string_view name;
  Guid vendor;
  Kind kind;
};
constexpr SecureBootVariable kVariables[] = {
    {"PK", variable::vendor::kGlobal, Kind::kPlatformKey},
    {"KEK", variable::vendor::kGlobal, Kind::kKeyExchangeKey},
    {"db", variable::vendor::kImageSecurityDatabase, Kind::kDatabase},
    {"dbx", variable::vendor::kImageSecurityDatabase, Kind::kDatabase},
    {"dbt", variable::vendor::kImageSecurityDatabase, Kind::kDatabase},
};

std::optional<Kind> kind_of(const Identity& identity) {
  for (const SecureBootVariable& variable : kVariables) {
    if (variable::make_identity(variable.name, variable.vendor) == identity) return variable.kind;
  }
  return std::nullopt;
}

// What edk2 compares: year to second.
auto comparable(const EfiTime& time) {
  return std::tuple(time[0] | time[1] << 8, time[2], time[3], time[4], time[5], time[6]);
}

std::string time_text(const EfiTime& time) {
  const auto stamp = variable::parse_timestamp(time);
  return stamp ? variable::rfc3339(*stamp).value_or(octets::to_hex(time)) : "no time";
}

std::vector<Bytes> certificates_of(const SignatureDatabase& database) {
  std::vector<Bytes> result;
  for (const SignatureList& list : database.lists) {
    if (list.type != signature_type::kX509) continue;
    for (const Signature& signature : list.signatures) result.push_back(signature.data);
  }
  return result;
}

std::vector<std::uint8_t> copy_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

class UpdateVerifier {
 public:
  UpdateVerifier(const Identity& identity, std::uint32_t attributes, const UpdateContext& context,
                 std::string_view file)
      : identity_(identity), attributes_(attributes), context_(context), file_(file) {}

  Result<AcceptedUpdate> verify(Bytes auth) {
    const std::optional<Kind> kind = kind_of(identity_);
    if (!kind) {
      return refuse(ErrorId::kUpdateOtherVariable,
                    fmt::format("{}: is none of PK, KEK, db, dbx and dbt", identity_.text()));
    }
    const std::uint32_t needed =
        variable::attribute::kNonVolatile | variable::attribute::kTimeBasedAuthenticated;
    if ((attributes_ & needed) != needed) {
      return refuse(
          ErrorId::kUpdateAttributes,
          fmt::format("attributes of {}: are {:#x}, a variable of Secure Boot needs {:#x} among them", name(),
                      attributes_, needed));
    }
    const Result<AuthenticatedUpdate> update = parse_update(auth, file_);
    if (!update) return update.error();
    const SignatureDatabase payload = parse_signatures(update->payload, file_);
    AcceptedUpdate accepted;
    accepted.attributes = attributes_ & ~variable::attribute::kAppend;
    // ProcessVarWithPk and ProcessVarWithKek: in setup mode only PK itself has to be signed, by its own
    // content.
    if (context_.platform_key || *kind == Kind::kPlatformKey) {
      if (Result<void> vouched = check_signature(*update, *kind, payload, accepted); !vouched) {
        return vouched.error();
      }
    }
    if (Result<void> checked = check_payload(*update, *kind, payload); !checked) return checked.error();
    apply(*update, payload, accepted);
    return accepted;
  }

 private:
  std::string name() const { return identity_.name().text; }
  bool appends() const { return (attributes_ & variable::attribute::kAppend) != 0; }

  Error refuse(ErrorId id, std::string message) const {
    return Error(id, std::move(message)).at(Place::in_file(std::string(file_)));
  }

  Result<void> check_time(const AuthenticatedUpdate& update) const {
    // EFI_TIME: the pads are bytes 7 and 15, the rest from 8 on is nanosecond, zone and daylight.
    if (update.time[7] != 0 || !octets::all_equal(Bytes(update.time).subspan(8), 0)) {
      return refuse(ErrorId::kUpdateTimeField,
                    fmt::format("time stamp of {}: has {} behind the seconds, edk2 takes zeros only", file_,
                                octets::to_hex(Bytes(update.time).subspan(7))));
    }
    if (context_.current != nullptr && !appends() &&
        comparable(update.time) <= comparable(context_.current->time)) {
      return refuse(ErrorId::kUpdateNotLater,
                    fmt::format("time stamp of {}: is {}, {} has {} and takes only a later one", file_,
                                time_text(update.time), name(), time_text(context_.current->time)));
    }
    return {};
  }

  Result<void> check_signature(const AuthenticatedUpdate& update, Kind kind, const SignatureDatabase& payload,
                               AcceptedUpdate& accepted) const {
    if (Result<void> timed = check_time(update); !timed) return timed.error();
    if (!seal::is_bare_with_sha256(update.signed_data)) {
      return refuse(
          ErrorId::kUpdateDigest,
          fmt::format("signature of {}: has no SHA-256 at byte 13 of its {}, where edk2 looks for it", file_,
                      update.signed_data.size()));
    }
    const std::vector<std::uint8_t> content =
        update_to_sign(identity_, attributes_, update.time, update.payload);
    const auto try_all = [&](const std::vector<Bytes>& trusted, Authority authority) -> Result<bool> {
      const auto found = seal::verify_signed_data(update.signed_data, content, trusted);
      if (!found) return found.error();
      if (!*found) return false;
      accepted.authority = authority;
      accepted.signer = copy_of(trusted[**found]);
      return true;
    };
    Result<bool> vouched = false;
    if (context_.platform_key) {
      vouched = try_platform_key(update, try_all);
      if (vouched && !*vouched && kind == Kind::kDatabase) {
        const SignatureDatabase keys = parse_signatures(context_.key_exchange_keys, "KEK");
        vouched = try_all(certificates_of(keys), Authority::kKeyExchangeKey);
      }
    } else {
      // AuthVarTypePayload: the first signature of the new PK.
      std::vector<Bytes> own = certificates_of(payload);
      own.resize(std::min<std::size_t>(own.size(), 1));
      vouched = try_all(own, Authority::kItself);
    }
    if (!vouched) return vouched.error();
    if (*vouched) return {};
    const std::string_view nobody = !context_.platform_key    ? "the new PK itself does not vouch"
                                    : kind == Kind::kDatabase ? "neither PK nor any KEK vouches"
                                                              : "PK does not vouch";
    return refuse(ErrorId::kUpdateNotTrusted,
                  fmt::format("signature of {}: {} for it as an update of {} with attributes {:#x}", file_,
                              nobody, name(), attributes_));
  }

  // AuthVarTypePk: the signer's own certificate has to be PK, a chain to it does not do.
  template <class TryAll>
  Result<bool> try_platform_key(const AuthenticatedUpdate& update, TryAll& try_all) const {
    const SignatureDatabase platform = parse_signatures(*context_.platform_key, "PK");
    const Result<std::vector<seal::Der>> signers = seal::signer_certificates(update.signed_data);
    if (!signers) return signers.error();
    if (platform.lists.empty() || platform.lists.front().signatures.empty()) return false;
    const std::vector<std::uint8_t>& key = platform.lists.front().signatures.front().data;
    if (signers->empty() || signers->front() != key) return false;
    return try_all({key}, Authority::kPlatformKey);
  }

  Result<void> check_payload(const AuthenticatedUpdate& update, Kind kind,
                             const SignatureDatabase& payload) const {
    if (update.payload.empty()) return {};
    if (!is_well_formed(payload)) {
      const std::string reason = payload.findings.empty() ? "" : ": " + payload.findings.front().message;
      return refuse(ErrorId::kUpdatePayload,
                    fmt::format("content of {}: its {} bytes are not signature lists that edk2 takes{}",
                                file_, update.payload.size(), reason));
    }
    if (kind == Kind::kPlatformKey && payload.signature_count() > 1) {
      return refuse(ErrorId::kUpdatePayload, fmt::format("content of {}: holds {} signatures, PK is 1", file_,
                                                         payload.signature_count()));
    }
    // edk2 reads the first certificate of each list and refuses one whose key is not RSA.
    for (const SignatureList& list : payload.lists) {
      if (list.type != signature_type::kX509 || list.signatures.empty()) continue;
      const Result<seal::Certificate> certificate = seal::parse_certificate(list.signatures.front().data);
      if (certificate && certificate->key_kind == "RSA") continue;
      return refuse(
          ErrorId::kUpdatePayload,
          fmt::format("content of {}: the certificate at offset {:#x} of it {}", file_,
                      list.signatures.front().offset_bytes,
                      certificate ? "has a key of kind " + certificate->key_kind + ", edk2 takes RSA"
                                  : std::string("cannot be read")));
    }
    return {};
  }

  void apply(const AuthenticatedUpdate& update, const SignatureDatabase& payload,
             AcceptedUpdate& accepted) const {
    accepted.time = update.time;
    if (context_.current == nullptr || !appends()) {
      accepted.data = copy_of(update.payload);
      accepted.deletes = update.payload.empty();
      return;
    }
    SignatureDatabase whole = parse_signatures(context_.current->data, name());
    append(whole, payload);
    accepted.data = serialize(whole);
    // An append with an older stamp keeps the newer one, so that it cannot reopen replay.
    if (comparable(update.time) < comparable(context_.current->time)) accepted.time = context_.current->time;
  }

  const Identity& identity_;
  std::uint32_t attributes_;
  const UpdateContext& context_;
  std::string_view file_;
};

void append_bytes(std::vector<std::uint8_t>& out, Bytes bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_little_endian(std::vector<std::uint8_t>& out, std::uint64_t value, unsigned size_bytes) {
  for (unsigned i = 0; i < size_bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace

std::string_view to_string(Authority authority) {
  switch (authority) {
    case Authority::kPlatformKey:
      return "PK";
    case Authority::kKeyExchangeKey:
      return "KEK";
    case Authority::kItself:
      return "itself";
    case Authority::kNobody:
      return "nobody";
  }
  return "";
}

Result<AuthenticatedUpdate> parse_update(Bytes auth, std::string_view file) {
  const std::string where(file);
  const auto damaged = [&](std::uint64_t offset_bytes, std::string message) {
    return Error(ErrorId::kUpdateDamaged, std::move(message)).at(Place::at_byte(where, offset_bytes));
  };
  Reader reader(auth);
  AuthenticatedUpdate update;
  const Bytes time = reader.bytes("time stamp", update.time.size());
  const std::uint32_t length_bytes = reader.u32("certificate length");
  reader.u16("certificate revision");  // edk2 does not look at it
  const std::uint16_t type = reader.u16("certificate type");
  const Guid guid = reader.guid("certificate GUID");
  if (reader.failure()) {
    return damaged(reader.failure()->offset_bytes, fmt::format("{} is no authenticated update: {}", file,
                                                               octets::describe(*reader.failure())));
  }
  std::ranges::copy(time, update.time.begin());
  if (type != kEfiGuidCertificate || guid != kPkcs7) {
    return damaged(22,
                   fmt::format("certificate type at offset 0x16 of {}: is {:#x} with GUID {}, an update has "
                               "{:#x} with {}",
                               file, type, guid.text(), kEfiGuidCertificate, kPkcs7.text()));
  }
  const std::uint64_t most = kCertificateHeaderBytes + reader.left_bytes();
  if (length_bytes < kCertificateHeaderBytes || length_bytes > most) {
    return damaged(
        16, fmt::format("certificate length at offset 0x10 of {}: says {} bytes, {} to {} are possible", file,
                        length_bytes, kCertificateHeaderBytes, most));
  }
  update.signed_data = reader.bytes("signature", length_bytes - kCertificateHeaderBytes);
  update.payload = reader.bytes("payload", reader.left_bytes());
  return update;
}

std::vector<std::uint8_t> update_to_sign(const Identity& identity, std::uint32_t attributes,
                                         const EfiTime& time, Bytes payload) {
  std::vector<std::uint8_t> out = identity.name_utf16;
  append_bytes(out, identity.vendor.bytes);
  append_little_endian(out, attributes, 4);
  append_bytes(out, time);
  append_bytes(out, payload);
  return out;
}

Result<std::optional<UpdateTarget>> find_update_target(const AuthenticatedUpdate& update) {
  const Result<std::vector<seal::Der>> signers = seal::signer_certificates(update.signed_data);
  if (!signers) return signers.error();
  const std::vector<Bytes> trusted(signers->begin(), signers->end());
  for (const SecureBootVariable& variable : kVariables) {
    const Identity identity = variable::make_identity(variable.name, variable.vendor).value_or(Identity{});
    for (const std::uint32_t attributes :
         {kSecureBootAttributes, kSecureBootAttributes | variable::attribute::kAppend}) {
      const auto content = update_to_sign(identity, attributes, update.time, update.payload);
      const auto found = seal::verify_signed_data(update.signed_data, content, trusted);
      if (!found) return found.error();
      if (*found) return std::optional(UpdateTarget{identity, attributes, copy_of(trusted[**found])});
    }
  }
  return std::optional<UpdateTarget>();
}

Result<AcceptedUpdate> verify_update(const Identity& identity, std::uint32_t attributes, Bytes auth,
                                     const UpdateContext& context, std::string_view file) {
  return UpdateVerifier(identity, attributes, context, file).verify(auth);
}

Result<std::vector<std::uint8_t>> make_update(const Identity& identity, std::uint32_t attributes,
                                              const EfiTime& time, Bytes payload, Bytes certificate_der,
                                              std::string_view private_key_pem) {
  const auto signed_data = seal::sign_detached(update_to_sign(identity, attributes, time, payload),
                                               certificate_der, private_key_pem);
  if (!signed_data) return signed_data.error();
  std::vector<std::uint8_t> out(time.begin(), time.end());
  append_little_endian(out, kCertificateHeaderBytes + signed_data->size(), 4);
  append_little_endian(out, kCertificateRevision, 2);
  append_little_endian(out, kEfiGuidCertificate, 2);
  append_bytes(out, kPkcs7.bytes);
  append_bytes(out, *signed_data);
  append_bytes(out, payload);
  return out;
}

}  // namespace nonvol::efi
