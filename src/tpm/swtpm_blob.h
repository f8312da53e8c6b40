#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "tpm/state.h"
#include "tpm/swtpm_key.h"

namespace nonvol::tpm {

// swtpm's framing of a state: what its state files hold, what QEMU carries from one host to the other in a
// migration and swtpm_ioctl saves. docs/formats/swtpm-state.md.

struct SwtpmKeys {
  const SwtpmKey* file = nullptr;       // --key
  const SwtpmKey* migration = nullptr;  // --migration-key
};

// The largest state of libtpms has 512 KiB (volatile, TPM 1.2); more than twice that is refused.
inline constexpr std::size_t kLargestSwtpmBlobBytes = std::size_t{1} << 20;

// The state inside a blob of either form. A state file and a key go together, as with swtpm: one that is not
// encrypted is refused where a key is given. Migration blobs are opened with those keys that they need.
// Errors: kSwtpmHeader, kSwtpmField, kSwtpmKeyNeeded, kSwtpmWrongKey, kLibraryMissing. `name` is for
// messages. Any number of threads.
Result<State> decode_swtpm_blob(octets::Bytes blob, const SwtpmKeys& keys, const std::string& name);

// How many bytes the key of an encrypted state file has. Nothing: its header says that it is not encrypted,
// or is none.
std::optional<std::size_t> swtpm_key_bytes(octets::Bytes blob);

// The content of a state file, encrypted where there is a key. Errors: kSwtpmField (larger than any state),
// kBadSwtpmKey (no such size), kLibraryMissing, kInputOutput. Without a key no library is needed. Any number
// of threads.
Result<std::vector<std::uint8_t>> encode_swtpm_file(octets::Bytes state, const SwtpmKey* key);

// What GET_STATEBLOB gives to a client that wants the state decrypted (PTM_STATE_FLAG_DECRYPTED, as QEMU
// does): encrypted with the migration key or not at all. Errors as above.
Result<std::vector<std::uint8_t>> encode_swtpm_migration(octets::Bytes state, const SwtpmKey* migration_key);

}  // namespace nonvol::tpm
