#pragma once

#include <cstdint>
#include <string>

#include "api/context.h"
#include "seal/issue.h"

// The local certificate authority that vouches for this machine's TPMs: four files of a directory. Private to
// api/.
namespace nonvol::api {

inline constexpr const char* kAuthorityDirectory = ".tpm-authority";  // in the home

struct OpenAuthority {
  std::string directory;
  bool made = false;  // it was not there, or would be made
  seal::Signer signer;
  std::int64_t now_unix_seconds = 0;
};

// The one that is there, or a new one: in a directory that appears whole, for the owner alone. Empty: that of
// the home. Rehearsed: one that is missing is made in memory only. Errors: kAuthorityDamaged where files are
// missing, or where others than the owner could sign or exchange the keys: what they vouch for would be worth
// nothing, and who put up with that for the sake of a guest would learn it from nobody; kSigningFailed, and
// those of files.
Result<OpenAuthority> open_authority(const Context& context, const std::string& directory, bool rehearsal);

}  // namespace nonvol::api
