#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nonvol::descriptor {

inline constexpr std::string_view kAcpiS3 = "acpi-s3";
inline constexpr std::string_view kEnrolledKeys = "enrolled-keys";
inline constexpr std::string_view kHostUefiVars = "host-uefi-vars";
inline constexpr std::string_view kRequiresSmm = "requires-smm";
inline constexpr std::string_view kSecureBoot = "secure-boot";

// The features that say under which confidential technology firmware runs: amd-sev, amd-sev-es, amd-sev-snp,
// intel-tdx.
bool is_confidential_feature(std::string_view feature);

// Whether the schema has the feature (FirmwareFeature, as of QEMU 11.0).
bool is_known_feature(std::string_view feature);

// What a launcher must do for a firmware with these features to boot and to be safe. The schema mixes
// abilities with requirements; these are the requirements.
struct Requirements {
  bool smm = false;            // -machine smm=on
  bool secure_pflash = false;  // only SMM code may program the variable flash
  bool uefi_vars_device = false;
  bool s3 = false;  // whether suspend to RAM works; where not, the guest must not be offered it
};
Requirements requirements_of(const std::vector<std::string>& features);

}  // namespace nonvol::descriptor
