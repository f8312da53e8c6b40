#include "efi/secure_boot.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "octets/text.h"
#include "seal/digest.h"

namespace nonvol::efi {
namespace {

using octets::Guid;
using variable::Variable;

// SHA-256 of nothing: what enrolment puts into a dbx that must not be empty.
constexpr std::string_view kDummyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const Variable* find(std::span<const Variable> variables, std::string_view name, const Guid& vendor) {
  const auto wanted = variable::make_identity(name, vendor);
  const auto found = std::ranges::find(variables, wanted.value_or(variable::Identity{}), &Variable::identity);
  return found == variables.end() ? nullptr : &*found;
}

std::optional<std::uint8_t> first_byte(const Variable* variable) {
  if (variable == nullptr || variable->data.empty()) return std::nullopt;
  return variable->data.front();
}

class Reporter {
 public:
  Reporter(const SecureBootKeys& keys, std::string_view now, std::string_view file)
      : keys_(keys), now_(now), file_(file) {}

  Result<SecureBootReport> report() {
    report_.is_setup_mode = keys_.is_setup_mode();
    report_.verifies_programs = keys_.verifies_programs();
    for (const KeyVariable* variable : keys_.all()) {
      if (Result<void> listed = list_certificates(*variable); !listed) return listed.error();
      const std::vector<Finding>& findings = variable->database.findings;
      report_.findings.insert(report_.findings.end(), findings.begin(), findings.end());
    }
    judge_mode();
    count_digests();
    judge_certificates();
    judge_platform_key();
    return std::move(report_);
  }

 private:
  void find_that(Severity severity, ErrorId id, std::string message) {
    report_.findings.push_back({severity, id, std::move(message), Place::in_file(std::string(file_)), {}});
  }

  Result<void> list_certificates(const KeyVariable& variable) {
    for (const SignatureList& list : variable.database.lists) {
      if (list.type != signature_type::kX509) continue;
      for (const Signature& signature : list.signatures) {
        const Result<const seal::Certificate*> certificate = read_once(signature.data);
        if (!certificate) return certificate.error();
        if (*certificate == nullptr) {
          find_that(Severity::kWarning, ErrorId::kUnreadableCertificate,
                    fmt::format("certificate at offset {:#x} of {}: its {} bytes are no X.509 certificate",
                                signature.offset_bytes, variable.name, signature.data.size()));
          continue;
        }
        ListedCertificate listed{variable.name, signature.owner, signature.offset_bytes,
                                 **certificate, nullptr,         false};
        listed.known = find_known_certificate(listed.certificate.sha256);
        listed.is_expired = !listed.certificate.not_after.empty() && listed.certificate.not_after < now_;
        report_.certificates.push_back(std::move(listed));
      }
    }
    return {};
  }

  // nullptr where it is no certificate.
  Result<const seal::Certificate*> read_once(const std::vector<std::uint8_t>& der) {
    const std::string key(der.begin(), der.end());
    const auto found = read_.find(key);
    if (found != read_.end()) return found->second ? &*found->second : nullptr;
    Result<seal::Certificate> parsed = seal::parse_certificate(der);
    if (!parsed && parsed.error().id == ErrorId::kLibraryMissing) return parsed.error();
    auto& kept = read_[key];
    if (parsed) kept = std::move(*parsed);
    return kept ? &*kept : nullptr;
  }

  void judge_mode() {
    if (keys_.is_setup_mode()) {
      find_that(Severity::kWarning, ErrorId::kSetupMode,
                fmt::format("{} has no PK: the firmware verifies nothing", file_));
    } else if (!keys_.verifies_programs()) {
      find_that(Severity::kWarning, ErrorId::kSecureBootDisabled,
                fmt::format("SecureBootEnable of {}: is {}, 1 is on", file_, *keys_.secure_boot_enable));
    }
    if (keys_.custom_mode.value_or(0) != 0) {
      find_that(Severity::kNote, ErrorId::kCustomMode,
                fmt::format("CustomMode of {}: is {}, and edk2 makes it 0 when it starts", file_,
                            *keys_.custom_mode));
    }
  }

  void count_digests() {
    for (const SignatureList& list : keys_.db.database.lists) {
      if (list.type != signature_type::kX509) report_.allowed_digests += list.signatures.size();
    }
    std::size_t revocations = 0;
    for (const SignatureList& list : keys_.dbx.database.lists) {
      for (const Signature& signature : list.signatures) {
        ++revocations;
        if (list.type == signature_type::kX509) continue;
        const bool is_dummy =
            list.type == signature_type::kSha256 && octets::to_hex(signature.data) == kDummyDigest;
        report_.has_dummy_revocation = report_.has_dummy_revocation || is_dummy;
        if (is_dummy) --revocations;
        if (!is_dummy) ++report_.revoked_digests;
      }
    }
    if (revocations == 0) {
      find_that(Severity::kWarning, ErrorId::kNothingRevoked,
                fmt::format("dbx of {} {}", file_,
                            !keys_.dbx.is_present          ? "does not exist"
                            : report_.has_dummy_revocation ? "holds only the digest of nothing"
                                                           : "revokes nothing"));
    }
  }

  bool holds(std::string_view variable, CertificateRole role, int year) const {
    return std::ranges::any_of(report_.certificates, [&](const ListedCertificate& listed) {
      return listed.variable == variable && listed.known != nullptr && listed.known->role == role &&
             listed.known->year == year;
    });
  }

  void judge_certificates() {
    using enum CertificateRole;
    for (const KnownCertificate& known : known_certificates()) {
      const std::string_view home = known.role == kKeyExchangeKey ? "KEK" : "db";
      if (!holds(home, known.role, known.year)) report_.missing.push_back(&known);
    }
    const bool verifies = report_.verifies_programs;
    report_.receives_new_revocations = report_.is_setup_mode || holds("KEK", kKeyExchangeKey, 2023);
    report_.starts_new_windows_media = !verifies || holds("db", kWindows, 2023);
    report_.starts_new_third_party_media = !verifies || holds("db", kThirdParty, 2023);
    // Who trusts none of Microsoft's certificates means it so.
    if (!report_.receives_new_revocations && holds("KEK", kKeyExchangeKey, 2011)) {
      find_that(Severity::kWarning, ErrorId::kNoNewRevocations,
                fmt::format(
                    "KEK of {} holds Microsoft's certificate of 2011 and not that of 2023: the guest cannot "
                    "receive new revocations",
                    file_));
    }
    const bool lacks_windows = !report_.starts_new_windows_media && holds("db", kWindows, 2011);
    const bool lacks_third_party = !report_.starts_new_third_party_media && holds("db", kThirdParty, 2011);
    if (lacks_windows || lacks_third_party) {
      find_that(Severity::kWarning, ErrorId::kNewMediaRefused,
                fmt::format("db of {} lacks {}{}{}: new boot media will not start", file_,
                            lacks_windows ? "Windows UEFI CA 2023" : "",
                            lacks_windows && lacks_third_party ? " and " : "",
                            lacks_third_party ? "Microsoft UEFI CA 2023" : ""));
    }
  }

  void judge_platform_key() {
    const auto pk = std::ranges::find(report_.certificates, "PK", &ListedCertificate::variable);
    if (pk == report_.certificates.end()) return;
    report_.platform_key = find_known_platform_key(pk->certificate.sha1);
    const std::string& name = pk->certificate.name();
    // How those name a key who publish it with the source of their firmware; the last is Debian's.
    constexpr std::string_view kPublicNames[] = {"DO NOT TRUST", "DO NOT SHIP", "SnakeOil"};
    const bool says_so = std::ranges::any_of(kPublicNames, [&](std::string_view word) {
      return pk->certificate.subject.find(word) != std::string::npos;
    });
    if (says_so || (report_.platform_key != nullptr && report_.platform_key->is_private_key_public)) {
      find_that(Severity::kError, ErrorId::kPublicPrivateKey,
                fmt::format("PK of {} is '{}', whose private key is public", file_, name));
    }
    const bool has_update = report_.platform_key != nullptr && report_.platform_key->has_key_update;
    if (!report_.receives_new_revocations && holds("KEK", CertificateRole::kKeyExchangeKey, 2011) &&
        !has_update) {
      find_that(
          Severity::kWarning, ErrorId::kNoKeyUpdate,
          fmt::format("PK of {} is '{}', whose owner is not known to have signed an update of KEK: the guest "
                      "cannot get the KEK of 2023 by itself",
                      file_, name));
    }
  }

  const SecureBootKeys& keys_;
  std::string_view now_;
  std::string_view file_;
  SecureBootReport report_;
  std::map<std::string, std::optional<seal::Certificate>> read_;
};

}  // namespace

SecureBootKeys read_secure_boot_keys(std::span<const Variable> variables, std::string_view file) {
  SecureBootKeys keys;
  const auto read = [&](KeyVariable& into, const Guid& vendor) {
    const Variable* found = find(variables, into.name, vendor);
    if (found == nullptr) return;
    into.is_present = true;
    into.time = found->time;
    into.database = parse_signatures(found->data, fmt::format("{} of {}", into.name, file));
  };
  read(keys.pk, variable::vendor::kGlobal);
  read(keys.kek, variable::vendor::kGlobal);
  read(keys.db, variable::vendor::kImageSecurityDatabase);
  read(keys.dbx, variable::vendor::kImageSecurityDatabase);
  read(keys.dbt, variable::vendor::kImageSecurityDatabase);
  read(keys.mok_list, variable::vendor::kShim);
  keys.secure_boot_enable =
      first_byte(find(variables, "SecureBootEnable", variable::vendor::kSecureBootEnable));
  keys.custom_mode = first_byte(find(variables, "CustomMode", variable::vendor::kCustomMode));
  return keys;
}

Result<SecureBootReport> report_secure_boot(const SecureBootKeys& keys, std::string_view now,
                                            std::string_view file) {
  return Reporter(keys, now, file).report();
}

}  // namespace nonvol::efi
