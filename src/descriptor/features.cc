#include "descriptor/features.h"

#include <algorithm>

namespace nonvol::descriptor {

bool is_known_feature(std::string_view feature) {
  static constexpr std::string_view kKnown[] = {
      kAcpiS3,       "acpi-s4",   "amd-sev",    "amd-sev-es", "amd-sev-snp",     kEnrolledKeys,
      kHostUefiVars, "intel-tdx", kRequiresSmm, kSecureBoot,  "verbose-dynamic", "verbose-static",
  };
  return std::ranges::find(kKnown, feature) != std::end(kKnown);
}

bool is_confidential_feature(std::string_view feature) {
  static constexpr std::string_view kConfidential[] = {"amd-sev", "amd-sev-es", "amd-sev-snp", "intel-tdx"};
  return std::ranges::find(kConfidential, feature) != std::end(kConfidential);
}

Requirements requirements_of(const std::vector<std::string>& features) {
  const auto has = [&](std::string_view feature) {
    return std::ranges::find(features, feature) != features.end();
  };
  Requirements result;
  result.smm = has(kRequiresSmm);
  result.secure_pflash = has(kRequiresSmm);
  result.uefi_vars_device = has(kHostUefiVars);
  result.s3 = has(kAcpiS3);
  return result;
}

}  // namespace nonvol::descriptor
