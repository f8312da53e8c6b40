#include "vnvram/slot.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <span>

#include "octets/crc32c.h"
#include "octets/text.h"
#include "seal/digest.h"
#include "seal/random.h"

namespace nonvol::vnvram {
namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {'N', 'V', 'S', '1'};
constexpr std::size_t kIntegrityAt = 4;
constexpr std::size_t kContentAt = 5;
constexpr std::size_t kCipherAt = 6;
constexpr std::size_t kGenerationAt = 8;
constexpr std::size_t kLengthAt = 16;
constexpr std::size_t kNonceAt = 20;
constexpr std::size_t kProofAt = 32;
constexpr std::size_t kTagBytes = 16;

void put_little_endian(std::span<std::uint8_t> to, std::uint64_t value) {
  for (std::uint8_t& octet : to) {
    octet = static_cast<std::uint8_t>(value);
    value >>= 8;
  }
}

void append_little_endian(std::vector<std::uint8_t>& to, std::uint64_t value, std::size_t size_bytes) {
  to.resize(to.size() + size_bytes);
  put_little_endian(std::span(to).last(size_bytes), value);
}

// What the cipher vouches for besides the text.
std::vector<std::uint8_t> associated_data(octets::Bytes identity, octets::Bytes slot) {
  std::vector<std::uint8_t> result(identity.begin(), identity.end());
  const octets::Bytes fixed = slot.first(kNonceAt);
  result.insert(result.end(), fixed.begin(), fixed.end());
  return result;
}

// The digest as it stands behind the tag, or alone where there is no cipher; unused bytes are zero.
Result<std::array<std::uint8_t, 32>> digest_of(octets::Bytes slot, const SlotHeader& header,
                                               octets::Bytes identity) {
  const octets::Bytes covered_header =
      slot.first(header.cipher == Cipher::kNone ? kProofAt : kProofAt + kTagBytes);
  const octets::Bytes payload = slot.subspan(kSlotHeaderBytes, header.length_bytes);
  std::array<std::uint8_t, 32> result{};
  if (header.integrity == Integrity::kCrc32c) {
    const std::uint32_t sum =
        octets::crc32c(payload, octets::crc32c(covered_header, octets::crc32c(identity)));
    put_little_endian(std::span(result).first(4), sum);
    return result;
  }
  Result<seal::Sha256Digest> digest = seal::sha256({identity, covered_header, payload});
  if (!digest) return digest.error();
  return *digest;
}

std::span<std::uint8_t> digest_place(std::span<std::uint8_t> slot, Cipher cipher) {
  return cipher == Cipher::kNone ? slot.subspan(kProofAt, 32)
                                 : slot.subspan(kProofAt + kTagBytes, 32 - kTagBytes);
}

// What the header says that cannot be, in words that continue "slot A"; empty if nothing.
std::string header_problem(octets::Bytes bytes, const SlotHeader& header, unsigned index,
                           std::uint64_t capacity_bytes, Integrity integrity) {
  if (bytes[kIntegrityAt] != static_cast<std::uint8_t>(integrity))
    return "has another kind of digest than the image";
  if (bytes[kContentAt] < 1 || bytes[kContentAt] > 2 || bytes[kCipherAt] > 1 || bytes[7] != 0) {
    return "has an unknown state or cipher";
  }
  if (header.length_bytes > capacity_bytes) {
    return fmt::format("says it holds {} bytes, the capacity is {}", header.length_bytes, capacity_bytes);
  }
  if (slot_of(header.generation) != index) {
    return fmt::format("holds generation {}, which belongs into the other slot", header.generation);
  }
  return {};
}

}  // namespace

std::vector<std::uint8_t> identity(const Uuid& uuid, std::uint64_t capacity_bytes, std::string_view name) {
  std::vector<std::uint8_t> result;
  result.reserve(uuid.size() + 8 + 2 + name.size());
  result.assign(uuid.begin(), uuid.end());
  append_little_endian(result, capacity_bytes, 8);
  append_little_endian(result, name.size(), 2);
  result.insert(result.end(), name.begin(), name.end());
  return result;
}

std::string describe_slot(unsigned index, const SlotFacts& facts) {
  const std::string_view problem =
      facts.state == SlotState::kZero ? "is all zeros" : std::string_view(facts.problem);
  return fmt::format("slot {} {}", index == 0 ? 'A' : 'B', problem);
}

SlotFacts read_slot_header(octets::Bytes slot, unsigned index, std::uint64_t capacity_bytes,
                           Integrity integrity) {
  SlotFacts facts;
  if (slot.size() < kSlotHeaderBytes) return {SlotState::kDamaged, {}, "is cut off"};
  const octets::Bytes bytes = slot.first(kSlotHeaderBytes);
  if (octets::all_equal(bytes, 0)) return facts;
  facts.state = SlotState::kDamaged;
  if (!std::ranges::equal(bytes.first(kMagic.size()), kMagic)) {
    facts.problem = "does not begin with a slot header";
    return facts;
  }
  octets::Reader reader(bytes.subspan(kGenerationAt));
  facts.header.integrity = integrity;
  facts.header.content = bytes[kContentAt] == 1 ? Content::kPresent : Content::kAbsent;
  facts.header.cipher = bytes[kCipherAt] == 0 ? Cipher::kNone : Cipher::kAes256Gcm;
  facts.header.generation = reader.u64("generation");
  facts.header.length_bytes = reader.u32("length");
  std::ranges::copy(reader.bytes("nonce", facts.header.nonce.size()), facts.header.nonce.begin());
  std::ranges::copy(reader.bytes("proof", facts.header.proof.size()), facts.header.proof.begin());
  facts.problem = header_problem(bytes, facts.header, index, capacity_bytes, integrity);
  if (facts.problem.empty()) facts.state = SlotState::kValid;
  return facts;
}

Result<bool> digest_matches(octets::Bytes slot, const SlotHeader& header, octets::Bytes identity) {
  Result<std::array<std::uint8_t, 32>> digest = digest_of(slot, header, identity);
  if (!digest) return digest.error();
  const octets::Bytes stored =
      octets::Bytes(header.proof).subspan(header.cipher == Cipher::kNone ? 0 : kTagBytes);
  return std::ranges::equal(stored, octets::Bytes(*digest).first(stored.size()));
}

Result<SlotFacts> examine_slot(octets::Bytes slot, unsigned index, std::uint64_t capacity_bytes,
                               Integrity integrity, octets::Bytes identity) {
  SlotFacts facts = read_slot_header(slot, index, capacity_bytes, integrity);
  if (facts.state != SlotState::kValid) return facts;
  if (slot.size() < kSlotHeaderBytes + facts.header.length_bytes) {
    return SlotFacts{SlotState::kDamaged, facts.header, "is cut off"};
  }
  Result<bool> matches = digest_matches(slot, facts.header, identity);
  if (!matches) return matches.error();
  if (!*matches)
    return SlotFacts{SlotState::kDamaged, facts.header, "does not have the digest that its header says"};
  return facts;
}

Chosen choose_slot(const SlotFacts& a, const SlotFacts& b) {
  const bool valid_a = a.state == SlotState::kValid;
  const bool valid_b = b.state == SlotState::kValid;
  if (valid_a && valid_b) {
    const unsigned newest = a.header.generation > b.header.generation ? 0 : 1;
    const std::uint64_t ahead =
        newest == 0 ? a.header.generation - b.header.generation : b.header.generation - a.header.generation;
    return {ahead == 1 ? Choice::kNewest : Choice::kRolledBack, newest, false};
  }
  // Slot A is all zeros until generation 1 is written to it, and never again.
  if (valid_b) return {Choice::kNewest, 1, a.state == SlotState::kDamaged || b.header.generation != 0};
  if (valid_a) return {Choice::kNewest, 0, true};
  return {};
}

Result<std::vector<std::uint8_t>> encode_slot(const SlotContent& content, Integrity integrity,
                                              octets::Bytes identity, const seal::Key* key) {
  std::vector<std::uint8_t> slot(round_up_to_page(kSlotHeaderBytes + content.payload.size()));
  std::span<std::uint8_t> bytes(slot);
  SlotHeader header{integrity, content.content, key == nullptr ? Cipher::kNone : Cipher::kAes256Gcm,
                    content.generation, static_cast<std::uint32_t>(content.payload.size())};
  std::ranges::copy(kMagic, bytes.begin());
  bytes[kIntegrityAt] = static_cast<std::uint8_t>(header.integrity);
  bytes[kContentAt] = static_cast<std::uint8_t>(header.content);
  bytes[kCipherAt] = static_cast<std::uint8_t>(header.cipher);
  put_little_endian(bytes.subspan(kGenerationAt, 8), header.generation);
  put_little_endian(bytes.subspan(kLengthAt, 4), header.length_bytes);
  const std::span<std::uint8_t> payload = bytes.subspan(kSlotHeaderBytes, content.payload.size());
  std::ranges::copy(content.payload, payload.begin());
  if (key != nullptr) {
    if (Result<void> drawn = seal::random_bytes(header.nonce); !drawn) return drawn.error();
    std::ranges::copy(header.nonce, bytes.subspan(kNonceAt).begin());
    Result<seal::Tag> tag = seal::seal_in_place(*key, header.nonce, associated_data(identity, slot), payload);
    if (!tag) return tag.error();
    std::ranges::copy(*tag, bytes.subspan(kProofAt).begin());
  }
  Result<std::array<std::uint8_t, 32>> digest = digest_of(slot, header, identity);
  if (!digest) return digest.error();
  const std::span<std::uint8_t> place = digest_place(bytes, header.cipher);
  std::ranges::copy(octets::Bytes(*digest).first(place.size()), place.begin());
  return slot;
}

Result<bool> decrypt_payload(std::span<std::uint8_t> slot, const SlotHeader& header, octets::Bytes identity,
                             const seal::Key& key) {
  seal::Tag tag;
  std::ranges::copy(octets::Bytes(header.proof).first(tag.size()), tag.begin());
  return seal::open_in_place(key, header.nonce, associated_data(identity, slot),
                             slot.subspan(kSlotHeaderBytes, header.length_bytes), tag);
}

}  // namespace nonvol::vnvram
