#include "tpm/swtpm_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "octets/text.h"
#include "seal/aead.h"
#include "seal/digest.h"
#include "seal/mac.h"

namespace nonvol::tpm {
namespace {

constexpr std::size_t kShortKeyBytes = 16;
constexpr std::size_t kLongKeyBytes = 32;
// A key in hexadecimal with 0x in front and some blanks behind it. What is longer is no key.
constexpr std::size_t kLargestFileBytes = 256;

// swtpm src/swtpm/key.c, key_from_pwdfile_fd().
constexpr std::array<std::uint8_t, 5> kSalt = {'s', 'w', 't', 'p', 'm'};
constexpr unsigned kIterations = 1000;

bool is_key_size(std::size_t size_bytes) {
  return size_bytes == kShortKeyBytes || size_bytes == kLongKeyBytes;
}

bool is_blank(char each) {
  return each == ' ' || (each >= '\t' && each <= '\r');  // isspace() of the C locale, as swtpm asks
}

// Digits with or without 0x in front, and blanks behind them (key_parse_as_hexkey()). What swtpm takes
// besides, any text behind the first blank, is not taken: it may be the rest of a key that was broken into
// lines.
std::optional<std::vector<std::uint8_t>> from_hexadecimal(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (!is_key_size(text.size() / 2)) return std::nullopt;
  return octets::from_hex(text);
}

}  // namespace

SwtpmKey& SwtpmKey::operator=(SwtpmKey&& other) noexcept {
  if (this != &other) {
    seal::wipe(bytes);
    bytes = std::move(other.bytes);
  }
  return *this;
}

SwtpmKey::~SwtpmKey() {
  seal::wipe(bytes);
}

Result<SwtpmKey> parse_swtpm_key(octets::Bytes content, const std::string& file) {
  if (content.size() <= kLargestFileBytes) {
    std::string text(content.begin(), content.end());
    std::optional<std::vector<std::uint8_t>> digits = from_hexadecimal(text);
    seal::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    if (digits) return SwtpmKey(*std::move(digits));
    if (is_key_size(content.size())) return SwtpmKey({content.begin(), content.end()});
  }
  return Error(ErrorId::kBadSwtpmKey,
               fmt::format(
                   "a key has 16 or 32 bytes, or 32 or 64 hexadecimal digits; the file has {} bytes and "
                   "is neither",
                   content.size()))
      .at(Place::in_file(file))
      .with_hint(fmt::format("wc -c {}", octets::shell_path(file)));
}

Result<SwtpmKey> swtpm_key_from_passphrase(octets::Bytes passphrase, SwtpmKdf kdf,
                                           std::size_t key_size_bytes) {
  if (!is_key_size(key_size_bytes)) {
    return Error(ErrorId::kBadSwtpmKey,
                 fmt::format("a key has 16 or 32 bytes, {} were asked for", key_size_bytes));
  }
  // swtpm takes it, with a warning: a key that everybody knows.
  if (passphrase.empty()) return Error(ErrorId::kBadSwtpmKey, "the passphrase has 0 bytes");
  if (kdf == SwtpmKdf::kSha512) {
    const std::array parts = {passphrase};
    Result<std::vector<std::uint8_t>> digest = seal::digest(seal::DigestAlgorithm::kSha512, parts);
    if (!digest) return digest.error();
    seal::wipe(std::span(*digest).subspan(key_size_bytes));
    digest->resize(key_size_bytes);
    return SwtpmKey(*std::move(digest));
  }
  SwtpmKey key(std::vector<std::uint8_t>(key_size_bytes, 0));
  if (Result<void> made = seal::pbkdf2_sha512(passphrase, kSalt, kIterations, key.bytes); !made) {
    return made.error();
  }
  return key;
}

}  // namespace nonvol::tpm
