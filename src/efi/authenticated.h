#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "variable/variable.h"

namespace nonvol::efi {

using EfiTime = std::array<std::uint8_t, variable::kTimestampSizeBytes>;

// The attributes of PK, KEK, db, dbx and dbt: non-volatile, in boot services and at runtime, authenticated by
// time.
inline constexpr std::uint32_t kSecureBootAttributes = 0x27;

// EFI_VARIABLE_AUTHENTICATION_2 (UEFI 2.10, 8.2.2) and what follows it: the content of an .auth file. Views
// into the bytes that were parsed.
struct AuthenticatedUpdate {
  EfiTime time{};
  octets::Bytes signed_data;
  octets::Bytes payload;  // the new content, or what is appended
};

// Errors: kUpdateDamaged. `file` is what places say.
Result<AuthenticatedUpdate> parse_update(octets::Bytes auth, std::string_view file);

// What is signed (UEFI 2.10, 8.2.2): name without NUL, vendor, attributes, time, payload.
std::vector<std::uint8_t> update_to_sign(const variable::Identity& identity, std::uint32_t attributes,
                                         const EfiTime& time, octets::Bytes payload);

// What an update was made for, which its file does not say.
struct UpdateTarget {
  variable::Identity identity;
  std::uint32_t attributes = 0;
  std::vector<std::uint8_t> signer;  // the certificate in the update that signed it, DER
};

// Finds it by trying the five variables, to replace and to append: the signature fits one of these. It says
// nothing of whether any guest trusts the signer. nullopt: made for something else, or damaged. Errors:
// kNotSignedData, kLibraryMissing.
Result<std::optional<UpdateTarget>> find_update_target(const AuthenticatedUpdate& update);

// What an update meets in the guest. All views.
struct UpdateContext {
  const variable::Variable* current = nullptr;  // the variable itself; nullptr: there is none
  std::optional<octets::Bytes> platform_key;    // content of PK; nullopt: setup mode
  octets::Bytes key_exchange_keys;              // content of KEK
};

enum class Authority { kPlatformKey, kKeyExchangeKey, kItself, kNobody };
std::string_view to_string(Authority authority);

struct AcceptedUpdate {
  Authority authority = Authority::kNobody;  // who vouches; in setup mode nobody has to
  std::vector<std::uint8_t> signer;          // the certificate that vouches, in DER; empty with kNobody
  bool deletes = false;                      // the variable goes
  std::vector<std::uint8_t> data;            // new content of the whole variable
  EfiTime time{};
  std::uint32_t attributes = 0;  // as they are stored
};

// What edk2 does with the update (AuthService.c; of PK, KEK, db, dbx and dbt). `attributes` are those of the
// call: the file does not say them, and they are signed, so that an update made to append verifies only with
// variable::attribute::kAppend. Custom mode is left out: it ends before any guest runs. Errors:
// kUpdateDamaged, kUpdateOtherVariable, kUpdateAttributes, kUpdateTimeField, kUpdateNotLater, kUpdateDigest,
// kUpdateNotTrusted, kUpdatePayload, kLibraryMissing.
Result<AcceptedUpdate> verify_update(const variable::Identity& identity, std::uint32_t attributes,
                                     octets::Bytes auth, const UpdateContext& context, std::string_view file);

// An .auth file. Errors: those of seal::sign_detached().
Result<std::vector<std::uint8_t>> make_update(const variable::Identity& identity, std::uint32_t attributes,
                                              const EfiTime& time, octets::Bytes payload,
                                              octets::Bytes certificate_der,
                                              std::string_view private_key_pem);

}  // namespace nonvol::efi
