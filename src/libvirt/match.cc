#include "libvirt/match.h"

#include <fmt/format.h>

#include <algorithm>

#include "descriptor/features.h"

namespace nonvol::libvirt {
namespace {

using descriptor::Descriptor;
using descriptor::Device;
using descriptor::FlashMode;
using descriptor::Mapping;

bool is_format(const std::string& text) {
  return text == "raw" || text == "qcow2";
}

// The rules one after the other. Each member returns why the descriptor does not fit, or "".
class Matcher {
 public:
  Matcher(const Domain& domain, const Descriptor& candidate, const std::string& machine, Release release)
      : domain_(domain), candidate_(candidate), machine_(machine), old_(release == Release::k9_0) {}

  std::string run() const {
    for (const auto rule : {&Matcher::interface, &Matcher::paths, &Matcher::target, &Matcher::power,
                            &Matcher::features, &Matcher::smm, &Matcher::mapping, &Matcher::security}) {
      std::string reason = (this->*rule)();
      if (!reason.empty()) return reason;
    }
    return {};
  }

 private:
  const Loader* loader() const { return domain_.loader ? &*domain_.loader : nullptr; }

  std::string interface() const {
    std::string_view wanted;
    if (domain_.firmware != FirmwareType::kNone) {
      wanted = domain_.firmware == FirmwareType::kEfi ? "uefi" : "bios";
    } else if (loader() != nullptr && loader()->type != LoaderType::kNone) {
      wanted = loader()->type == LoaderType::kPflash ? "uefi" : "bios";
    }
    if (std::ranges::find(candidate_.interface_types, wanted) != candidate_.interface_types.end()) return {};
    return fmt::format("it does not offer the interface {}", wanted.empty() ? "none" : wanted);
  }

  // qemuFirmwareMatchesPaths; before 9.2 only without automatic selection, and of flash only.
  std::string paths() const {
    const Mapping& mapping = candidate_.mapping;
    if (old_ && domain_.firmware != FirmwareType::kNone) return {};
    if (old_ && mapping.device != Device::kFlash) return "its firmware is not for flash";
    const std::string& file = mapping.executable.path;
    if (mapping.device == Device::kKernel) {
      if (domain_.kernel.empty() || domain_.kernel == file) return {};
      return fmt::format("its kernel is {}, not {}", file, domain_.kernel);
    }
    if (loader() == nullptr) return {};
    if (!loader()->path.empty() && loader()->path != file) {
      return fmt::format("its executable is {}, not {}", file, loader()->path);
    }
    if (old_ || mapping.device != Device::kFlash || !loader()->nvram_template) return {};
    const std::string& wanted = *loader()->nvram_template;
    if (!mapping.nvram_template) return fmt::format("it has no NVRAM template, and {} is asked for", wanted);
    if (mapping.nvram_template->path == wanted) return {};
    return fmt::format("its NVRAM template is {}, not {}", mapping.nvram_template->path, wanted);
  }

  std::string target() const {
    for (const descriptor::Target& target : candidate_.targets) {
      if (target.architecture != domain_.architecture) continue;
      for (const std::string& glob : target.machines) {
        if (descriptor::matches_glob(machine_, glob)) return {};
      }
    }
    return fmt::format("it is not for {} machine {}", domain_.architecture, machine_);
  }

  bool has(std::string_view feature) const { return candidate_.has_feature(feature); }

  std::string power() const {
    if (domain_.suspend_to_memory == true && !has("acpi-s3")) return "it lacks acpi-s3";
    if (domain_.suspend_to_disk == true && !has("acpi-s4")) return "it lacks acpi-s4";
    return {};
  }

  std::string features() const {
    const auto differs = [&](std::optional<bool> wanted, std::string_view feature) -> std::string {
      if (!wanted || *wanted == has(feature)) return {};
      return fmt::format("it {} {}", *wanted ? "lacks" : "has", feature);
    };
    std::string reason = differs(domain_.secure_boot, descriptor::kSecureBoot);
    return reason.empty() ? differs(domain_.enrolled_keys, descriptor::kEnrolledKeys) : reason;
  }

  std::string smm() const {
    const bool must_be_secure = loader() != nullptr && loader()->secure.value_or(false);
    const bool must_not_be = loader() != nullptr && !loader()->secure.value_or(true);
    if (!has(descriptor::kRequiresSmm)) {
      return must_be_secure ? "it lacks requires-smm, and the loader is to be secure" : "";
    }
    if (old_) return {};
    if (domain_.smm == false) return "it has requires-smm, and SMM is off";
    if (must_not_be) return "it has requires-smm, and the loader is not to be secure";
    return {};
  }

  std::string mapping() const {
    if (candidate_.mapping.device == Device::kFlash) return flash();
    if (old_ || candidate_.mapping.device != Device::kMemory || loader() == nullptr) return {};
    if (loader()->type == LoaderType::kPflash) return "it is loaded as ROM, and the loader is pflash";
    if (loader()->readonly == false) return "it is loaded as ROM, and the loader is to be writable";
    return {};
  }

  std::string flash() const {
    const Mapping& mapping = candidate_.mapping;
    const Loader none;
    const Loader& wanted = loader() != nullptr ? *loader() : none;
    if (!old_ && wanted.type == LoaderType::kRom) return "it is for flash, and the loader is rom";
    const FlashMode mode = wanted.stateless == true ? FlashMode::kStateless : FlashMode::kSplit;
    if (mapping.mode != mode) {
      return fmt::format("its flash mode is {}, and {} is needed", to_string(mapping.mode), to_string(mode));
    }
    if (old_) return {};
    // Only a combined image would be writable, and that is never `mode` above.
    if (wanted.readonly == false) return "its flash is read-only, and the loader is to be writable";
    if (!is_format(mapping.executable.format)) {
      return fmt::format("its format is '{}'", mapping.executable.format);
    }
    if (!wanted.format.empty() && wanted.format != mapping.executable.format) {
      return fmt::format("its format is {}, not {}", mapping.executable.format, wanted.format);
    }
    if (mapping.nvram_template && !is_format(mapping.nvram_template->format)) {
      return fmt::format("its NVRAM template's format is '{}'", mapping.nvram_template->format);
    }
    return {};
  }

  std::string security() const {
    const std::string& type = domain_.launch_security;
    if (type == "sev" && !has("amd-sev")) return "it lacks amd-sev";
    if (type == "sev" && (domain_.sev_policy & kSevEncryptedState) != 0 && !has("amd-sev-es")) {
      return "it lacks amd-sev-es";
    }
    if (type == "sev-snp" && !has("amd-sev-snp")) return "it lacks amd-sev-snp";
    return {};
  }

  const Domain& domain_;
  const Descriptor& candidate_;
  const std::string& machine_;
  bool old_;
};

}  // namespace

std::string mismatch(const Domain& domain, const Descriptor& candidate, const std::string& machine,
                     Release release) {
  return Matcher(domain, candidate, machine, release).run();
}

}  // namespace nonvol::libvirt
