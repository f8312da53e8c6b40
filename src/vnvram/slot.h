#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "seal/aead.h"
#include "vnvram/directory.h"

// The two slots of an atomic blob (docs/formats/nvram-image.md, "Slots"). Bytes in, bytes out.
namespace nonvol::vnvram {

enum class Content : std::uint8_t { kPresent = 1, kAbsent = 2 };
enum class Cipher : std::uint8_t { kNone = 0, kAes256Gcm = 1 };

struct SlotHeader {
  Integrity integrity = Integrity::kCrc32c;
  Content content = Content::kPresent;
  Cipher cipher = Cipher::kNone;
  std::uint64_t generation = 0;
  std::uint32_t length_bytes = 0;
  seal::Nonce nonce{};
  std::array<std::uint8_t, 32> proof{};  // digest, or tag and half a digest
};

// What binds a slot to its entry and image: part of every digest and of the cipher's associated data.
std::vector<std::uint8_t> identity(const Uuid& uuid, std::uint64_t capacity_bytes, std::string_view name);

// The slot that holds a generation: 0 is A, 1 is B.
constexpr unsigned slot_of(std::uint64_t generation) {
  return generation % 2 == 1 ? 0 : 1;
}

enum class SlotState { kZero, kValid, kDamaged };

struct SlotFacts {
  SlotState state = SlotState::kZero;
  SlotHeader header;         // of a valid slot, and as far as it makes sense of a damaged one
  std::string problem = {};  // of a damaged slot, in words that continue "slot A"
};

// "slot B does not have the digest that its header says".
std::string describe_slot(unsigned index, const SlotFacts& facts);

// The header alone: kValid means plausible, the digest has not been looked at. `index` 0 is A.
SlotFacts read_slot_header(octets::Bytes slot, unsigned index, std::uint64_t capacity_bytes,
                           Integrity integrity);

// Digest of header and payload; `slot` holds at least 64 + header.length_bytes bytes. Errors:
// kLibraryMissing.
Result<bool> digest_matches(octets::Bytes slot, const SlotHeader& header, octets::Bytes identity);

// Both of these: a slot that may be believed. `slot` holds the whole slot or at least what its header says.
Result<SlotFacts> examine_slot(octets::Bytes slot, unsigned index, std::uint64_t capacity_bytes,
                               Integrity integrity, octets::Bytes identity);

enum class Choice {
  kNewest,      // `slot` is the blob
  kRolledBack,  // both are valid and their generations do not follow each other
  kDamaged,     // neither can be believed
};
struct Chosen {
  Choice choice = Choice::kDamaged;
  unsigned slot = 0;
  bool other_damaged = false;  // beside the newest: a torn update, or rot
};
Chosen choose_slot(const SlotFacts& a, const SlotFacts& b);

struct SlotContent {
  Content content = Content::kPresent;
  std::uint64_t generation = 0;
  octets::Bytes payload;
};

// Header, payload and zeros up to the next page: what one update writes. With a key the payload is encrypted
// under a fresh nonce. Errors: kLibraryMissing, kInputOutput (no random numbers).
Result<std::vector<std::uint8_t>> encode_slot(const SlotContent& content, Integrity integrity,
                                              octets::Bytes identity, const seal::Key* key);

// Makes the payload of a valid slot readable, where it is. False: not what was sealed under this key.
Result<bool> decrypt_payload(std::span<std::uint8_t> slot, const SlotHeader& header, octets::Bytes identity,
                             const seal::Key& key);

}  // namespace nonvol::vnvram
