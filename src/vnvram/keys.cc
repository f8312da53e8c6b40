#include "vnvram/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "octets/text.h"
#include "seal/random.h"

namespace nonvol::vnvram {
namespace {

constexpr std::size_t kSealNonceBytes = 12;

// What a wrapped key is bound to.
std::vector<std::uint8_t> wrap_data(const Uuid& uuid, std::uint8_t number) {
  std::vector<std::uint8_t> result(uuid.begin(), uuid.end());
  result.push_back(number);
  return result;
}

}  // namespace

Result<seal::Key> parse_key(octets::Bytes content, const std::string& file) {
  if (content.size() == seal::Key::kSizeBytes) return seal::Key(content.first<seal::Key::kSizeBytes>());
  octets::Bytes digits = content;
  if (!digits.empty() && digits.back() == '\n') digits = digits.first(digits.size() - 1);
  if (!digits.empty() && digits.back() == '\r') digits = digits.first(digits.size() - 1);
  if (digits.size() == 2 * seal::Key::kSizeBytes) {
    std::optional<std::vector<std::uint8_t>> bytes =
        octets::from_hex({reinterpret_cast<const char*>(digits.data()), digits.size()});
    if (bytes) {
      seal::Key key(
          std::span<const std::uint8_t, seal::Key::kSizeBytes>(bytes->data(), seal::Key::kSizeBytes));
      seal::wipe(*bytes);
      return key;
    }
  }
  return Error(ErrorId::kBadKeyFile,
               fmt::format("a key is 32 bytes or 64 hexadecimal digits, this has {} bytes", content.size()))
      .at(Place::in_file(file))
      .with_hint("openssl rand -out KEYFILE 32");
}

Result<seal::Key> random_key() {
  std::array<std::uint8_t, seal::Key::kSizeBytes> bytes;
  if (Result<void> drawn = seal::random_bytes(bytes); !drawn) return drawn.error();
  seal::Key key{std::span<const std::uint8_t, seal::Key::kSizeBytes>(bytes)};
  seal::wipe(bytes);
  return key;
}

Result<KeySlot> wrap_key(const seal::Key& data_key, const seal::Key& user_key, const Uuid& uuid,
                         std::uint8_t number) {
  KeySlot slot{number, {}, {}};
  if (Result<void> drawn = seal::random_bytes(slot.nonce); !drawn) return drawn.error();
  std::ranges::copy(data_key.bytes(), slot.wrapped.begin());
  Result<seal::Tag> tag = seal::seal_in_place(user_key, slot.nonce, wrap_data(uuid, number),
                                              std::span(slot.wrapped).first(seal::Key::kSizeBytes));
  if (!tag) return tag.error();
  std::ranges::copy(*tag, slot.wrapped.begin() + seal::Key::kSizeBytes);
  return slot;
}

Result<std::optional<UnwrappedKey>> unwrap_key(const Directory& directory, const seal::Key& user_key) {
  for (std::size_t i = 0; i < directory.key_slots.size(); ++i) {
    const KeySlot& slot = directory.key_slots[i];
    std::array<std::uint8_t, seal::Key::kSizeBytes> text;
    std::copy_n(slot.wrapped.begin(), text.size(), text.begin());
    seal::Tag tag;
    std::copy_n(slot.wrapped.begin() + seal::Key::kSizeBytes, tag.size(), tag.begin());
    Result<bool> opened =
        seal::open_in_place(user_key, slot.nonce, wrap_data(directory.uuid, slot.number), text, tag);
    if (!opened) return opened.error();
    if (!*opened) continue;
    std::optional<UnwrappedKey> key(
        UnwrappedKey{seal::Key(std::span<const std::uint8_t, seal::Key::kSizeBytes>(text)), i});
    seal::wipe(text);
    return key;
  }
  return std::optional<UnwrappedKey>();
}

Result<void> seal_directory(Directory& directory, const seal::Key& data_key) {
  seal::Nonce nonce;
  if (Result<void> drawn = seal::random_bytes(nonce); !drawn) return drawn.error();
  Result<seal::Tag> tag = seal::seal_in_place(data_key, nonce, encode(directory, false), {});
  if (!tag) return tag.error();
  directory.seal.assign(nonce.begin(), nonce.end());
  directory.seal.insert(directory.seal.end(), tag->begin(), tag->end());
  return {};
}

Result<bool> seal_holds(const Directory& directory, const seal::Key& data_key) {
  seal::Nonce nonce;
  seal::Tag tag;
  if (directory.seal.size() != nonce.size() + tag.size()) return false;
  std::copy_n(directory.seal.begin(), nonce.size(), nonce.begin());
  std::copy_n(directory.seal.begin() + kSealNonceBytes, tag.size(), tag.begin());
  return seal::open_in_place(data_key, nonce, encode(directory, false), {}, tag);
}

}  // namespace nonvol::vnvram
