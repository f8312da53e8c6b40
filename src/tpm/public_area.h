#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "octets/reader.h"
#include "seal/issue.h"

namespace nonvol::tpm {

// TPM_ALG_ID of the hashes (part 2, 6.3; the TCG's Algorithm Registry), which name PCR banks.
inline constexpr std::uint16_t kAlgorithmSha1 = 0x0004;
inline constexpr std::uint16_t kAlgorithmSha256 = 0x000b;
inline constexpr std::uint16_t kAlgorithmSha384 = 0x000c;
inline constexpr std::uint16_t kAlgorithmSha512 = 0x000d;
std::string hash_name(std::uint16_t algorithm);  // "sha256", as tpm2-tools has it; "0x0012" if not of these

// The public part of an object (TPMT_PUBLIC, part 2, 12.2.4).
struct PublicArea {
  std::uint16_t type = 0;  // an algorithm: 0x0001 RSA, 0x0023 ECC
  std::uint16_t name_algorithm = 0;
  std::uint32_t attributes = 0;
  std::optional<seal::PublicKey> key;  // of RSA, and of ECC on NIST's curves
};
// Reads no further than the area goes; the reader says when it is cut.
PublicArea read_public_area(octets::Reader& reader);
std::string describe(const PublicArea& area);  // "RSA 2048", "ECC P-384", or the type's number

}  // namespace nonvol::tpm
