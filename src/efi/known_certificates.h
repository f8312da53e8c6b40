#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "octets/guid.h"

namespace nonvol::efi {

inline constexpr octets::Guid kMicrosoftOwner = octets::guid_literal("77fa9abd-0359-4d32-bd60-28f4e78f784b");

enum class CertificateRole { kKeyExchangeKey, kWindows, kThirdParty, kOptionRom };

// One of the seven certificates with which Microsoft signs updates and programs.
struct KnownCertificate {
  std::string_view sha256_hex;
  std::string_view name;
  CertificateRole role;
  int year;
  std::string_view not_after;  // RFC 3339
};
std::span<const KnownCertificate> known_certificates();
// By the SHA-256 of the certificate; nullptr for any other.
const KnownCertificate* find_known_certificate(std::span<const std::uint8_t, 32> sha256);

// A platform key that many guests share.
struct KnownPlatformKey {
  std::string_view sha1_hex;  // as Microsoft's list of updates names platform keys
  std::string_view name;
  bool has_key_update;         // its owner published an update that brings the KEK of 2023
  bool is_private_key_public;  // anybody can sign with it
};
std::span<const KnownPlatformKey> known_platform_keys();
const KnownPlatformKey* find_known_platform_key(std::span<const std::uint8_t, 20> sha1);

}  // namespace nonvol::efi
