#include "firmware/statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "descriptor/features.h"
#include "descriptor/flash_sizes.h"
#include "descriptor/machine.h"

namespace nonvol::firmware {
namespace {

using descriptor::Descriptor;
using descriptor::Device;
using descriptor::FlashMode;
using descriptor::Target;

// The schema's own list (FirmwareArchitecture, since QEMU 9.1).
constexpr std::string_view kArchitectures[] = {"aarch64", "arm", "i386", "loongarch64", "riscv64", "x86_64"};

class Rules {
 public:
  explicit Rules(const Subject& subject) : descriptor_(subject.descriptor), findings_(subject) {}

  LintFindings run() {
    features_among_each_other();
    features_and_mapping();
    for (std::size_t i = 0; i < descriptor_.targets.size(); ++i) target(i);
    if (descriptor_.targets.empty()) empty("targets", "/targets", "no machine can ask for it");
    libvirt();
    return findings_.take();
  }

 private:
  bool has(std::string_view feature) const { return descriptor_.has_feature(feature); }

  std::string at(std::string_view feature) const {
    const auto found = std::ranges::find(descriptor_.features, feature);
    return fmt::format("/features/{}", found - descriptor_.features.begin());
  }

  void exclude(Severity severity, std::string_view feature, std::string message) {
    findings_.add(severity, ErrorId::kFeaturesExclude, std::move(message), at(feature));
  }

  void empty(std::string_view what, std::string pointer, std::string_view then) {
    findings_.add(Severity::kWarning, ErrorId::kDescriptorUnknownValue,
                  fmt::format("'{}' is empty; {}", what, then), std::move(pointer));
  }

  void features_among_each_other() {
    if (has(descriptor::kEnrolledKeys) && !has(descriptor::kSecureBoot)) {
      exclude(
          Severity::kWarning, descriptor::kEnrolledKeys,
          "'enrolled-keys' without 'secure-boot': there are keys, and firmware that does not look at them");
    }
    if (has("verbose-static") && has("verbose-dynamic")) {
      exclude(Severity::kWarning, "verbose-static",
              "'verbose-static' and 'verbose-dynamic' exclude each other by the schema");
    }
    const auto& interfaces = descriptor_.interface_types;
    if (has(descriptor::kSecureBoot) && !interfaces.empty() &&
        std::ranges::find(interfaces, "uefi") == interfaces.end()) {
      exclude(Severity::kWarning, descriptor::kSecureBoot,
              "'secure-boot' is UEFI's, and 'uefi' is not among the interface types");
    }
  }

  void features_and_mapping() {
    const descriptor::Mapping& mapping = descriptor_.mapping;
    const bool flash_with_variables =
        mapping.device == Device::kFlash && mapping.mode != FlashMode::kStateless;
    if (has(descriptor::kHostUefiVars) && flash_with_variables) {
      exclude(Severity::kError, descriptor::kHostUefiVars,
              fmt::format(
                  "'host-uefi-vars' keeps variables in a device of QEMU, and flash in {} mode keeps them in "
                  "flash; the schema has 'memory' or 'stateless' for it",
                  to_string(mapping.mode)));
    }
    if (mapping.uefi_vars_template && !has(descriptor::kHostUefiVars)) {
      findings_.add(
          Severity::kWarning, ErrorId::kFeaturesExclude,
          "'uefi-vars' without the feature 'host-uefi-vars': readers that go by features add no device, "
          "and the firmware does not start",
          "/mapping/uefi-vars");
    }
  }

  void target(std::size_t index) {
    const Target& target = descriptor_.targets[index];
    const std::string pointer = fmt::format("/targets/{}", index);
    if (std::ranges::find(kArchitectures, target.architecture) == std::end(kArchitectures)) {
      findings_.add(Severity::kNote, ErrorId::kDescriptorUnknownValue,
                    fmt::format("the architecture '{}' is not in the schema's list", target.architecture),
                    pointer + "/architecture", "the schema as of QEMU 11.0");
    }
    if (target.machines.empty()) empty("machines", pointer + "/machines", "this target matches nothing");
    for (std::size_t m = 0; m < target.machines.size(); ++m) {
      machine(target, target.machines[m], fmt::format("{}/machines/{}", pointer, m));
    }
    architecture(target);
  }

  void machine(const Target& target, const std::string& glob, const std::string& pointer) {
    const bool is_glob = glob.find_first_of("*?") != std::string::npos;
    const std::string canonical = descriptor::canonical_machine(target.architecture, glob, std::nullopt);
    if (!is_glob && canonical != glob) {
      findings_.add(
          Severity::kWarning, ErrorId::kMachineIsAlias,
          fmt::format("'{}' is an alias and never matches: requests are compared by concrete names, as {}",
                      glob, canonical),
          pointer, "QEMU's machines");
    }
    if (has(descriptor::kRequiresSmm) && descriptor::is_x86(target.architecture) &&
        glob.starts_with("pc-i440fx-")) {
      findings_.add(Severity::kWarning, ErrorId::kFeaturesExclude,
                    fmt::format("'requires-smm' and machine '{}': edk2 drives SMM on Q35 only", glob),
                    pointer, "OvmfPkg's SmmAccess drivers");
    }
    if (descriptor_.mapping.device == Device::kFlash && !descriptor::has_flash(target.architecture, glob)) {
      findings_.add(Severity::kWarning, ErrorId::kFeaturesExclude,
                    fmt::format("machine '{}' has no flash to map this firmware into", glob), pointer,
                    "QEMU's machines");
    }
  }

  void architecture(const Target& target) {
    if (!descriptor::is_x86(target.architecture)) {
      for (const std::string_view feature :
           {descriptor::kRequiresSmm, std::string_view("amd-sev"), std::string_view("amd-sev-es"),
            std::string_view("amd-sev-snp"), std::string_view("intel-tdx")}) {
        if (!has(feature)) continue;
        exclude(feature == descriptor::kRequiresSmm ? Severity::kError : Severity::kWarning, feature,
                fmt::format("'{}' exists on x86 only, and a target is {}", feature, target.architecture));
      }
    }
  }

  void libvirt() {
    const descriptor::Mapping& mapping = descriptor_.mapping;
    const auto trips = [&](std::string message, std::string pointer) {
      findings_.add(Severity::kNote, ErrorId::kLibvirtTrips, std::move(message), std::move(pointer),
                    "libvirt's qemu_firmware.c");
    };
    if (mapping.device == Device::kFlash && mapping.mode == FlashMode::kCombined) {
      trips("libvirt never chooses a combined image: it asks for split or stateless ones", "/mapping/mode");
    }
    if (mapping.device == Device::kIgvm) {
      trips("libvirt 11 does not know the device 'igvm' and skips the file", "/mapping/device");
    }
    if (has(descriptor::kHostUefiVars)) {
      trips(
          "libvirt before 12.1 ignores 'host-uefi-vars' and starts this firmware without the device it needs",
          at(descriptor::kHostUefiVars));
    }
  }

  const Descriptor& descriptor_;
  FindingList findings_;
};

}  // namespace

LintFindings check_statements(const Subject& subject) {
  return Rules(subject).run();
}

}  // namespace nonvol::firmware
