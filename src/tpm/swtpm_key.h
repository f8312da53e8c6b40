#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::tpm {

// What swtpm gets with --key or --migration-key: 16 bytes for AES-128 or 32 for AES-256, which also key the
// MAC. Its memory is wiped when it goes; it cannot be copied.
struct SwtpmKey {
  std::vector<std::uint8_t> bytes;

  explicit SwtpmKey(std::vector<std::uint8_t> key) : bytes(std::move(key)) {}
  SwtpmKey(SwtpmKey&& other) noexcept = default;
  SwtpmKey& operator=(SwtpmKey&& other) noexcept;
  SwtpmKey(const SwtpmKey&) = delete;
  SwtpmKey& operator=(const SwtpmKey&) = delete;
  ~SwtpmKey();
};

// A key file, format=hex or format=binary: told apart by looking, hexadecimal first. 32 random bytes that are
// all hexadecimal digits come once in 2^112. Wipe `content` after that. Error, which never shows the content:
// kBadSwtpmKey.
Result<SwtpmKey> parse_swtpm_key(octets::Bytes content, const std::string& file);

enum class SwtpmKdf {
  kPbkdf2,  // swtpm's default
  kSha512,
};

// The key of a passphrase, as swtpm's pwdfile= and kdf= give it. swtpm takes all bytes of that file, the
// newline at its end too. The size is 16 (swtpm's mode=aes-128-cbc, its default) or 32. Errors: kBadSwtpmKey
// (no passphrase, another size), kLibraryMissing.
Result<SwtpmKey> swtpm_key_from_passphrase(octets::Bytes passphrase, SwtpmKdf kdf,
                                           std::size_t key_size_bytes);

}  // namespace nonvol::tpm
