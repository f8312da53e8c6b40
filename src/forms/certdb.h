#pragma once

#include <string>
#include <vector>

#include "forms/form.h"
#include "outcome/result.h"

// Who signed a private authenticated variable: any one but PK, KEK, db, dbx and dbt with the attribute
// TIME_BASED_AUTHENTICATED_WRITE_ACCESS. Later updates must be by the same signer (UEFI 2.10, 8.2.2). edk2
// keeps a digest for each in one variable `certdb`; QEMU's uefi-vars and EC2 keep it beside the variable.
namespace nonvol::forms {

struct CertDbEntry {
  variable::Identity identity;
  // Usually 32 bytes; an older edk2 kept the signer's certificates themselves.
  std::vector<std::uint8_t> digest;
  friend bool operator==(const CertDbEntry&, const CertDbEntry&) = default;
};

struct CertDb {
  std::vector<CertDbEntry> entries;
  bool as_uefivars = false;  // python-uefivars wrote it: names with NUL, node sizes too small
};

// Pure reading of the variable's data. kCertDbDamaged names the first entry that is not right.
Result<CertDb> parse_certdb(const std::string& file_name, octets::Bytes data);
// As edk2 writes it (AuthService.c, InsertCertsToDb).
std::vector<std::uint8_t> build_certdb(const std::vector<CertDbEntry>& entries);

// Moves the digests out of `certdb` into the variables and removes it. Where it is damaged it stays as it is,
// with a finding that says why, and nothing is moved. Entries without a variable are dropped with a finding,
// as the firmware does at its next start (CleanCertsFromDb).
std::vector<Finding> digests_from_certdb(const std::string& file_name,
                                         std::vector<variable::Variable>& variables);

// The reverse: puts all digests into `certdb`, at the end where there was none, and takes them from the
// variables. No digest, no change: the firmware makes an empty one itself. kCertDbDamaged where there is one
// already that cannot be read; then nothing has been changed.
Result<void> certdb_from_digests(const std::string& file_name, std::vector<variable::Variable>& variables);

// One kDigestOfOtherFirmware for each variable that has a digest, where the two forms mean different things
// by it: QEMU's on one side, edk2's (flash, EC2) on the other. Bytes are moved all the same, so that a way
// back restores them; until then updates of that variable are refused, and reading it is not touched.
std::vector<Finding> digests_that_change_meaning(const std::string& file_name, Form from, Form to,
                                                 const std::vector<variable::Variable>& variables);

}  // namespace nonvol::forms
