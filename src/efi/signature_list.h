#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "octets/guid.h"
#include "octets/reader.h"
#include "outcome/error.h"

namespace nonvol::efi {

// EFI_SIGNATURE_LIST (UEFI 2.10, 32.4.1): what PK, KEK, db, dbx, dbt and shim's MokList hold. A database is
// lists one after the other; a list is signatures of one type and one size, each with its owner.

// What edk2 accepts in these variables (mSupportSigItem of AuthService.c).
struct SignatureType {
  octets::Guid guid;
  std::string_view name;                         // "X509", "SHA256", "X509_SHA256", ...
  std::optional<std::uint32_t> data_size_bytes;  // without the owner; nullopt: any
};
std::span<const SignatureType> signature_types();
// nullptr for a type that edk2 does not know.
const SignatureType* find_signature_type(const octets::Guid& guid);

namespace signature_type {
inline constexpr octets::Guid kX509 = octets::guid_literal("a5c059a1-94e4-4aa7-87b5-ab155c2bf072");
inline constexpr octets::Guid kSha1 = octets::guid_literal("826ca512-cf10-4ac9-b187-be01496631bd");
inline constexpr octets::Guid kSha256 = octets::guid_literal("c1c41626-504c-4092-aca9-41f936934328");
inline constexpr octets::Guid kSha384 = octets::guid_literal("ff3e5307-9fd0-48c9-85f1-8ad56c701e01");
inline constexpr octets::Guid kSha512 = octets::guid_literal("093e0fae-a6c4-4f50-9f1b-d41e2b89c19a");
// The digest of a certificate's tbsCertificate and the time from which it is revoked.
inline constexpr octets::Guid kX509Sha256 = octets::guid_literal("3bd2a492-96c0-4079-b420-fcf98ef103ed");
inline constexpr octets::Guid kX509Sha384 = octets::guid_literal("7076876e-80c2-4ee6-aad2-28b349a6865b");
inline constexpr octets::Guid kX509Sha512 = octets::guid_literal("446dbf63-2502-4cda-bcfa-2465d2b0fe9d");
}  // namespace signature_type

struct Signature {
  octets::Guid owner;
  std::vector<std::uint8_t> data;
  std::uint64_t offset_bytes = 0;  // where it was read; of the owner, in the variable's data
  friend bool operator==(const Signature&, const Signature&) = default;
};

struct SignatureList {
  octets::Guid type;
  std::vector<std::uint8_t> header;  // no type that exists has one
  std::uint32_t signature_size_bytes = 0;
  std::vector<Signature> signatures;
  std::vector<std::uint8_t> rest;  // what the size of a signature does not divide
  std::uint64_t offset_bytes = 0;
  friend bool operator==(const SignatureList&, const SignatureList&) = default;
};

struct SignatureDatabase {
  std::vector<SignatureList> lists;
  std::vector<std::uint8_t> rest;  // from the first list that cannot be followed
  std::vector<Finding> findings;

  std::size_t signature_count() const;
};

// Never fails: what cannot be followed is a finding (kSignatureListSize, kSignatureSize, kSignatureType), and
// what lies before it is in the model. `file` is what places say, such as "db of web01.fd".
SignatureDatabase parse_signatures(octets::Bytes data, std::string_view file);

// The inverse: serialize(parse_signatures(x)) is x.
std::vector<std::uint8_t> serialize(const SignatureDatabase& database);

// Whether edk2 would take it as the new content of such a variable (CheckSignatureListFormat).
bool is_well_formed(const SignatureDatabase& database);

bool contains(const SignatureDatabase& database, const octets::Guid& type, octets::Bytes data);

// Adds one signature unless its type and data are there already; says whether it did. Digests join the last
// list of their type, a certificate gets a list of its own, as in Microsoft's updates.
bool add(SignatureDatabase& database, const octets::Guid& type, const octets::Guid& owner,
         octets::Bytes data);

// What edk2 appends when an update is appended (FilterSignatureList): the additions' lists without the
// signatures that the database has already, owner included. Returns how many signatures were added.
std::size_t append(SignatureDatabase& database, const SignatureDatabase& additions);

// Removes every signature of this type and data, whoever owns it, and lists that become empty. Returns how
// many.
std::size_t remove(SignatureDatabase& database, const octets::Guid& type, octets::Bytes data);

// Keeps the first of signatures with the same type and data: the firmware never looks at the owner. Returns
// how many went. It changes what a TPM measures.
std::size_t remove_duplicates(SignatureDatabase& database);

}  // namespace nonvol::efi
