#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "efi/known_certificates.h"
#include "efi/signature_list.h"
#include "outcome/result.h"
#include "seal/certificate.h"
#include "variable/variable.h"

namespace nonvol::efi {

// One variable of signature lists. Parsed as lists only: certificates are read when they are shown.
struct KeyVariable {
  std::string_view name;  // "PK", "KEK", "db", "dbx", "dbt", "MokList"
  bool is_present = false;
  std::array<std::uint8_t, variable::kTimestampSizeBytes> time{};
  SignatureDatabase database;
};

// What a guest's variables say about Secure Boot, the way edk2 reads them when it starts
// (AuthVariableLibInitialize). SetupMode, SecureBoot, AuditMode and DeployedMode are not among them: edk2
// makes the first two anew at each start and does not know the others.
struct SecureBootKeys {
  KeyVariable pk{"PK"};
  KeyVariable kek{"KEK"};
  KeyVariable db{"db"};
  KeyVariable dbx{"dbx"};
  KeyVariable dbt{"dbt"};
  KeyVariable mok_list{"MokList"};  // shim's, which the firmware does not look at
  std::optional<std::uint8_t> secure_boot_enable;
  std::optional<std::uint8_t> custom_mode;

  bool is_setup_mode() const { return !pk.is_present; }
  // Secure Boot is on: the firmware verifies what it starts. Without the switch it makes one that says on.
  bool verifies_programs() const { return pk.is_present && secure_boot_enable.value_or(1) == 1; }
  std::vector<const KeyVariable*> all() const { return {&pk, &kek, &db, &dbx, &dbt, &mok_list}; }
};

// Looks for the variables by vendor and name. `file` is what places say.
SecureBootKeys read_secure_boot_keys(std::span<const variable::Variable> variables, std::string_view file);

// A certificate in one of the variables.
struct ListedCertificate {
  std::string_view variable;
  octets::Guid owner;
  std::uint64_t offset_bytes = 0;  // in the variable's data
  seal::Certificate certificate;
  const KnownCertificate* known = nullptr;
  bool is_expired = false;  // which firmware does not mind; new things are no longer signed with it
};

struct SecureBootReport {
  bool is_setup_mode = false;
  bool verifies_programs = false;
  std::vector<ListedCertificate> certificates;
  std::size_t allowed_digests = 0;  // in db
  std::size_t revoked_digests = 0;  // in dbx, programs and certificates, the dummy not counted
  bool has_dummy_revocation = false;
  // Microsoft's: has the KEK of 2023, or needs no signature.
  bool receives_new_revocations = false;
  // Loaders signed with Windows UEFI CA 2023, or with Microsoft UEFI CA 2023 as shim is, start.
  bool starts_new_windows_media = false;
  bool starts_new_third_party_media = false;
  // Of the seven, those that neither KEK nor db holds.
  std::vector<const KnownCertificate*> missing;
  const KnownPlatformKey* platform_key = nullptr;
  std::vector<Finding> findings;
};

// `now` is RFC 3339 in UTC, "2026-11-21T00:00:00Z". Each distinct certificate is read once. Errors:
// kLibraryMissing.
Result<SecureBootReport> report_secure_boot(const SecureBootKeys& keys, std::string_view now,
                                            std::string_view file);

}  // namespace nonvol::efi
