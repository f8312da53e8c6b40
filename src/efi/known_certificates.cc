#include "efi/known_certificates.h"

#include <algorithm>

#include "octets/text.h"

namespace nonvol::efi {
namespace {

using enum CertificateRole;

// https://github.com/microsoft/secureboot_objects, PreSignedObjects.
constexpr KnownCertificate kCertificates[] = {
    {"a1117f516a32cefcba3f2d1ace10a87972fd6bbe8fe0d0b996e09e65d802a503", "Microsoft Corporation KEK CA 2011",
     kKeyExchangeKey, 2011, "2026-06-24T20:51:29Z"},
    {"48e99b991f57fc52f76149599bff0a58c47154229b9f8d603ac40d3500248507", "Microsoft Corporation UEFI CA 2011",
     kThirdParty, 2011, "2026-06-27T21:32:45Z"},
    {"e8e95f0733a55e8bad7be0a1413ee23c51fcea64b3c8fa6a786935fddcc71961",
     "Microsoft Windows Production PCA 2011", kWindows, 2011, "2026-10-19T18:51:42Z"},
    {"3cd3f0309edae228767a976dd40d9f4affc4fbd5218f2e8cc3c9dd97e8ac6f9d",
     "Microsoft Corporation KEK 2K CA 2023", kKeyExchangeKey, 2023, "2038-03-02T20:31:35Z"},
    {"076f1fea90ac29155ebf77c17682f75f1fdd1be196da302dc8461e350a9ae330", "Windows UEFI CA 2023", kWindows,
     2023, "2035-06-13T19:08:29Z"},
    {"f6124e34125bee3fe6d79a574eaa7b91c0e7bd9d929c1a321178efd611dad901", "Microsoft UEFI CA 2023",
     kThirdParty, 2023, "2038-06-13T19:31:47Z"},
    {"e5be3e64c6e66a281457ecdece0d6d0787577aad2a3a0144262c10c14ba8d8f1", "Microsoft Option ROM UEFI CA 2023",
     kOptionRom, 2023, "2038-10-26T19:12:20Z"},
};

// Updates of the KEK: PostSignedObjects/KEK/kek_update_map.json of the same repository, July 2026. The first
// two are in Debian's templates (packages ovmf and qemu-efi-aarch64); the key of the second is in these
// packages too.
constexpr KnownPlatformKey kPlatformKeys[] = {
    {"cdcf075ae405d5fc99ba09547ca55fb7fac2e0ff", "Debian UEFI Secure Boot (PK/KEK key)", false, false},
    {"d3d12f907e937b33362f523a8110ad897fd8dfc8", "Debian's snakeoil test key", false, true},
    {"fdfc7f3c7ef3e05776add79878216c9be0e19597", "Red Hat Secure Boot (PK/KEK key 1)", true, false},
    {"8058e8cc51749652804bbd6f39aed713d119c64b", "Microsoft Hyper-V Firmware PK", true, false},
    {"3d8660c0cb2d57b189c3d7995572a552f75e48b5", "Windows OEM Devices PK", true, false},
};

}  // namespace

std::span<const KnownCertificate> known_certificates() {
  return kCertificates;
}

const KnownCertificate* find_known_certificate(std::span<const std::uint8_t, 32> sha256) {
  const auto* found = std::ranges::find(kCertificates, octets::to_hex(sha256), &KnownCertificate::sha256_hex);
  return found == std::end(kCertificates) ? nullptr : found;
}

std::span<const KnownPlatformKey> known_platform_keys() {
  return kPlatformKeys;
}

const KnownPlatformKey* find_known_platform_key(std::span<const std::uint8_t, 20> sha1) {
  const auto* found = std::ranges::find(kPlatformKeys, octets::to_hex(sha1), &KnownPlatformKey::sha1_hex);
  return found == std::end(kPlatformKeys) ? nullptr : found;
}

}  // namespace nonvol::efi
