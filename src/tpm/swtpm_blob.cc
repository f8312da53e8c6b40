#include "tpm/swtpm_blob.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "octets/writer.h"
#include "seal/aead.h"
#include "seal/cbc.h"
#include "seal/mac.h"
#include "seal/random.h"

namespace nonvol::tpm {
namespace {

// swtpm src/swtpm/swtpm_nvstore.c and tlv.h. Numbers are big-endian.
constexpr std::uint8_t kVersion = 2;
constexpr std::uint8_t kLeastVersion = 1;
constexpr std::size_t kHeaderBytes = 10;

enum Flag : std::uint16_t {
  kFileEncrypted = 0x01,
  kMigrationEncrypted = 0x02,
  kMigrationData = 0x04,
  kFileLongKey = 0x08,
  kMigrationLongKey = 0x10,
  kAllFlags = 0x1f,
};

constexpr std::uint16_t kMacTag = 3;
constexpr std::uint16_t kLastTag = 7;
// One that swtpm does not know it passes over, and so does this; more than these are not a state.
constexpr unsigned kMostFields = 16;

constexpr std::size_t kLongKeyBytes = 32;
constexpr std::size_t kMacBytes = 32;

// A migration blob is one in the other: the fields of a state file, without their header, are what the field
// of the outer layer holds.
struct Layer {
  std::uint16_t plain_tag;
  std::uint16_t encrypted_tag;
  std::uint16_t vector_tag;
  std::uint16_t encrypted_flag;
  std::uint16_t long_key_flag;
  const char* key_option;
};
constexpr Layer kFileLayer = {1, 2, 6, kFileEncrypted, kFileLongKey, "--key"};
constexpr Layer kMigrationLayer = {4, 5, 7, kMigrationEncrypted, kMigrationLongKey, "--migration-key"};

// A state, or what leads to one: wiped when it goes.
class Secret {
 public:
  explicit Secret(octets::Bytes bytes) : bytes_(bytes.begin(), bytes.end()) {}
  Secret(Secret&&) = default;
  Secret& operator=(Secret&&) = delete;
  ~Secret() { seal::wipe(bytes_); }

  std::vector<std::uint8_t>& bytes() { return bytes_; }
  std::vector<std::uint8_t> take() { return std::exchange(bytes_, {}); }

 private:
  std::vector<std::uint8_t> bytes_;
};

Error field_error(const std::string& name, std::string message) {
  return Error(ErrorId::kSwtpmField, std::move(message)).at(Place::in_file(name));
}

Error header_error(const std::string& name, std::uint64_t offset_bytes, std::string message) {
  return Error(ErrorId::kSwtpmHeader, std::move(message)).at(Place::at_byte(name, offset_bytes));
}

// swtpm would pass over what is wrong here: nothing vouches for the flags.
bool good_flags(std::uint16_t flags) {
  const auto needs = [flags](Flag flag, Flag other) { return (flags & flag) == 0 || (flags & other) != 0; };
  return (flags & ~kAllFlags) == 0 && needs(kMigrationEncrypted, kMigrationData) &&
         needs(kFileLongKey, kFileEncrypted) && needs(kMigrationLongKey, kMigrationEncrypted);
}

// SWTPM_NVRAM_CheckHeader(), and what swtpm's callers make of it: of the versions only 2 was ever released.
Result<std::uint16_t> read_header(octets::Bytes blob, const std::string& name) {
  if (blob.size() > kLargestSwtpmBlobBytes) {
    return header_error(name, 0,
                        fmt::format("the blob has {} bytes, states of swtpm at most {}", blob.size(),
                                    kLargestSwtpmBlobBytes));
  }
  octets::Reader reader(blob);
  const std::uint8_t version = reader.u8("version");
  const std::uint8_t least_version = reader.u8("min_version");
  const std::uint16_t header_bytes = reader.big_u16("hdrsize");
  const std::uint16_t flags = reader.big_u16("flags");
  const std::uint32_t total_bytes = reader.big_u32("totlen");
  if (const auto& failure = reader.failure()) {
    return header_error(name, 0, fmt::format("swtpm's header is cut: {}", octets::describe(*failure)));
  }
  if (version != kVersion || least_version > kVersion) {
    return header_error(name, 0,
                        fmt::format("'version' is {} and 'min_version' {}; only {} is known", version,
                                    least_version, kVersion));
  }
  if (header_bytes != kHeaderBytes) {
    return header_error(name, 2, fmt::format("'hdrsize' is {}, not {}", header_bytes, kHeaderBytes));
  }
  if (!good_flags(flags)) {
    return header_error(name, 4,
                        fmt::format("'flags' is {:#06x}, which swtpm never writes (known: {:#06x})", flags,
                                    static_cast<unsigned>(kAllFlags)));
  }
  if (total_bytes != blob.size()) {
    return header_error(name, 6,
                        fmt::format("'totlen' is {}, the blob has {} bytes", total_bytes, blob.size()));
  }
  return flags;
}

// By tag, in the bytes that were given.
using Fields = std::array<std::optional<octets::Bytes>, kLastTag + 1>;

// Stricter than tlv_data_find_tag(), which stops at the first field of a tag and looks no further.
Result<Fields> read_fields(octets::Bytes bytes, std::uint64_t base_bytes, const std::string& name) {
  Fields fields{};
  octets::Reader reader(bytes, base_bytes);
  for (unsigned count = 0; reader.left_bytes() > 0; ++count) {
    if (count == kMostFields)
      return field_error(name, fmt::format("there are more than {} fields", kMostFields));
    const std::uint64_t at = reader.offset_bytes();
    const std::uint16_t tag = reader.big_u16("tag");
    const std::uint32_t length_bytes = reader.big_u32("length");
    const octets::Bytes content = reader.bytes("content", length_bytes);
    if (const auto& failure = reader.failure()) {
      return field_error(name, fmt::format("a field is cut: {}", octets::describe(*failure)));
    }
    if (tag > kLastTag) continue;
    if (fields[tag]) return field_error(name, fmt::format("field {} comes again at byte {:#x}", tag, at));
    fields[tag] = content;
  }
  return fields;
}

Result<octets::Bytes> needed(const Fields& fields, std::uint16_t tag, std::uint16_t flags,
                             const std::string& name) {
  if (fields[tag]) return *fields[tag];
  return field_error(name, fmt::format("'flags' is {:#06x}, but there is no field {}", flags, tag));
}

// In SWTPM_SymmetricKeyData_Encrypt() the padding of PKCS #7 goes up to the size of the key, which for
// AES-256 is two blocks. The MAC was right: where this is wrong, whoever had the key made it so.
Result<void> remove_padding(std::vector<std::uint8_t>& text, std::size_t unit_bytes,
                            const std::string& name) {
  const std::uint8_t padding_bytes = text.empty() ? std::uint8_t{0} : text.back();
  const bool good = padding_bytes > 0 && padding_bytes <= unit_bytes && padding_bytes <= text.size() &&
                    std::all_of(text.end() - padding_bytes, text.end(),
                                [padding_bytes](std::uint8_t each) { return each == padding_bytes; });
  if (!good) {
    return field_error(name, fmt::format("the padding of {} decrypted bytes ends with {}, not with 1 to {}",
                                         text.size(), padding_bytes, unit_bytes));
  }
  text.erase(text.end() - padding_bytes, text.end());
  return {};
}

Error wrong_key(const std::string& name, std::string message) {
  return Error(ErrorId::kSwtpmWrongKey, std::move(message)).at(Place::in_file(name));
}

// SWTPM_NVRAM_DecryptData(): the MAC first, over ciphertext and initial vector.
Result<Secret> decrypt(const Fields& fields, const Layer& layer, std::uint16_t flags, const SwtpmKey& key,
                       const std::string& name) {
  const std::size_t key_bytes = (flags & layer.long_key_flag) != 0 ? kLongKeyBytes : kLongKeyBytes / 2;
  if (key.bytes.size() != key_bytes) {
    return wrong_key(name, fmt::format("encrypted with a key of {} bytes ({}), this one has {}", key_bytes,
                                       layer.key_option, key.bytes.size()));
  }
  const Result<octets::Bytes> text = needed(fields, layer.encrypted_tag, flags, name);
  if (!text) return text.error();
  const Result<octets::Bytes> mac = needed(fields, kMacTag, flags, name);
  if (!mac) return mac.error();
  const Result<octets::Bytes> vector = needed(fields, layer.vector_tag, flags, name);
  if (!vector) return vector.error();
  // The MAC covers both without saying where one ends. With the sizes that swtpm writes, a block that is
  // taken from one for the other makes nonsense of the first block of the text; swtpm reads other sizes too,
  // and no vector at all. One of 32 bytes comes with a short key after the other of its two keys was a long
  // one (SWTPM_RollAndSetGlobalIvec()).
  const bool good_vector = vector->size() == key_bytes || vector->size() == kLongKeyBytes;
  if (!good_vector || mac->size() != kMacBytes || text->size() % key_bytes != 0) {
    return field_error(
        name,
        fmt::format("encrypted text, initial vector and MAC have {}, {} and {} bytes; with "
                    "a key of {}, they must have a multiple of {}, {} and {}",
                    text->size(), vector->size(), mac->size(), key_bytes, key_bytes, key_bytes, kMacBytes));
  }
  const Result<seal::Sha256Digest> right = seal::hmac_sha256(key.bytes, {*text, *vector});
  if (!right) return right.error();
  if (!seal::same_mac(*right, *mac)) {
    return wrong_key(name,
                     fmt::format("the HMAC of {} encrypted bytes does not match under this key of {} ({})",
                                 text->size(), key_bytes, layer.key_option));
  }
  Secret plain(*text);
  if (Result<void> done =
          seal::cbc_decrypt_in_place(key.bytes, vector->first(seal::kAesBlockBytes), plain.bytes());
      !done) {
    return done.error();
  }
  if (Result<void> done = remove_padding(plain.bytes(), key_bytes, name); !done) return done.error();
  return plain;
}

// What a layer holds.
Result<Secret> open_layer(const Fields& fields, const Layer& layer, std::uint16_t flags, const SwtpmKey* key,
                          const std::string& name) {
  if ((flags & layer.encrypted_flag) != 0) {
    if (key != nullptr) return decrypt(fields, layer, flags, *key, name);
    return Error(ErrorId::kSwtpmKeyNeeded,
                 fmt::format("'flags' is {:#06x}: encrypted with the key that swtpm had as {}", flags,
                             layer.key_option))
        .at(Place::in_file(name));
  }
  const Result<octets::Bytes> plain = needed(fields, layer.plain_tag, flags, name);
  if (!plain) return plain.error();
  return Secret(*plain);
}

std::vector<std::uint8_t> with_header(std::uint16_t flags, octets::Bytes fields) {
  octets::Writer writer;
  writer.u8(kVersion).u8(kLeastVersion).big_u16(kHeaderBytes).big_u16(flags);
  writer.big_u32(static_cast<std::uint32_t>(kHeaderBytes + fields.size())).bytes(fields);
  return writer.take();
}

std::vector<std::uint8_t> plain_field(std::uint16_t tag, octets::Bytes content) {
  octets::Writer writer;
  writer.big_u16(tag).big_u32(static_cast<std::uint32_t>(content.size())).bytes(content);
  return writer.take();
}

// SWTPM_NVRAM_EncryptData(), in its order of fields.
Result<std::vector<std::uint8_t>> encrypted_fields(const Layer& layer, octets::Bytes content,
                                                   const SwtpmKey& key) {
  const std::size_t key_bytes = key.bytes.size();
  if (key_bytes != kLongKeyBytes && key_bytes != kLongKeyBytes / 2) {
    return Error(ErrorId::kBadSwtpmKey, fmt::format("a key has 16 or 32 bytes, this one has {}", key_bytes));
  }
  // Of this CBC uses the first 16 bytes, but it is as long as the key: swtpm before August 2026 reads no
  // other.
  std::vector<std::uint8_t> vector(key_bytes);
  if (Result<void> done = seal::random_bytes(vector); !done) return done.error();
  const std::size_t padding_bytes = key_bytes - content.size() % key_bytes;
  std::vector<std::uint8_t> text;
  text.reserve(content.size() +
               padding_bytes);  // so that nothing plain stays behind in memory that was given up
  text.assign(content.begin(), content.end());
  text.insert(text.end(), padding_bytes, static_cast<std::uint8_t>(padding_bytes));
  if (Result<void> done =
          seal::cbc_encrypt_in_place(key.bytes, octets::Bytes(vector).first(seal::kAesBlockBytes), text);
      !done) {
    return done.error();
  }
  const Result<seal::Sha256Digest> mac = seal::hmac_sha256(key.bytes, {text, vector});
  if (!mac) return mac.error();
  octets::Writer writer;
  writer.bytes(plain_field(layer.encrypted_tag, text));
  writer.bytes(plain_field(kMacTag, *mac)).bytes(plain_field(layer.vector_tag, vector));
  return writer.take();
}

std::uint16_t encrypted_flags(const Layer& layer, const SwtpmKey& key) {
  const unsigned long_key = key.bytes.size() == kLongKeyBytes ? layer.long_key_flag : 0u;
  return static_cast<std::uint16_t>(layer.encrypted_flag | long_key);
}

Result<void> check_state_size(octets::Bytes state) {
  // Leaves room for the fields of both layers, their padding and the header.
  constexpr std::size_t kLargestStateBytes = kLargestSwtpmBlobBytes - 1024;
  if (state.size() <= kLargestStateBytes) return {};
  return Error(ErrorId::kSwtpmField, fmt::format("the state has {} bytes, a blob of swtpm holds {}",
                                                 state.size(), kLargestStateBytes));
}

}  // namespace

std::optional<std::size_t> swtpm_key_bytes(octets::Bytes blob) {
  const Result<std::uint16_t> flags = read_header(blob, "");
  if (!flags || (*flags & kFileEncrypted) == 0) return std::nullopt;
  return (*flags & kFileLongKey) != 0 ? kLongKeyBytes : kLongKeyBytes / 2;
}

Result<State> decode_swtpm_blob(octets::Bytes blob, const SwtpmKeys& keys, const std::string& name) {
  const Result<std::uint16_t> flags = read_header(blob, name);
  if (!flags) return flags.error();
  Result<Fields> fields = read_fields(blob.subspan(kHeaderBytes), kHeaderBytes, name);
  if (!fields) return fields.error();
  if ((*flags & kMigrationData) == 0) {
    // SWTPM_NVRAM_GetDecryptedData() takes a state for encrypted when there is a key, and fails. So does
    // this: who gives a key does not expect a state that anybody may have put there.
    if (keys.file != nullptr && (*flags & kFileEncrypted) == 0) {
      return wrong_key(name, fmt::format("'flags' is {:#06x}: not encrypted, but a key of {} bytes was given",
                                         *flags, keys.file->bytes.size()));
    }
    Result<Secret> state = open_layer(*fields, kFileLayer, *flags, keys.file, name);
    if (!state) return state.error();
    return state->take();
  }
  // SWTPM_NVRAM_SetStateBlob().
  Result<Secret> inner = open_layer(*fields, kMigrationLayer, *flags, keys.migration, name);
  if (!inner) return inner.error();
  const bool moved = (*flags & kMigrationEncrypted) != 0;  // offsets are of the decrypted bytes then
  const auto base_bytes =
      moved ? 0 : static_cast<std::uint64_t>((*fields)[kMigrationLayer.plain_tag]->data() - blob.data());
  fields = read_fields(inner->bytes(), base_bytes, name);
  if (!fields) return fields.error();
  Result<Secret> state = open_layer(*fields, kFileLayer, *flags, keys.file, name);
  if (!state) return state.error();
  return state->take();
}

Result<std::vector<std::uint8_t>> encode_swtpm_file(octets::Bytes state, const SwtpmKey* key) {
  if (Result<void> checked = check_state_size(state); !checked) return checked.error();
  if (key == nullptr) return with_header(0, plain_field(kFileLayer.plain_tag, state));
  const Result<std::vector<std::uint8_t>> fields = encrypted_fields(kFileLayer, state, *key);
  if (!fields) return fields.error();
  return with_header(encrypted_flags(kFileLayer, *key), *fields);
}

Result<std::vector<std::uint8_t>> encode_swtpm_migration(octets::Bytes state, const SwtpmKey* migration_key) {
  if (Result<void> checked = check_state_size(state); !checked) return checked.error();
  Secret inner(plain_field(kFileLayer.plain_tag, state));
  if (migration_key == nullptr) {
    return with_header(kMigrationData, plain_field(kMigrationLayer.plain_tag, inner.bytes()));
  }
  const Result<std::vector<std::uint8_t>> fields =
      encrypted_fields(kMigrationLayer, inner.bytes(), *migration_key);
  if (!fields) return fields.error();
  const unsigned flags = kMigrationData | encrypted_flags(kMigrationLayer, *migration_key);
  return with_header(static_cast<std::uint16_t>(flags), *fields);
}

}  // namespace nonvol::tpm
