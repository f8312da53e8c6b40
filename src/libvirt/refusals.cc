#include "libvirt/refusals.h"

#include <fmt/format.h>

namespace nonvol::libvirt {
namespace {

bool is_format(const std::string& text) {
  return text.empty() || text == "raw" || text == "qcow2";
}

std::optional<Error> format_trouble(const Loader& loader) {
  const auto look = [](std::string_view what, const std::string& format) -> std::optional<Error> {
    if (is_format(format)) return std::nullopt;
    return refusal(fmt::format("the {} format is '{}', and must be raw or qcow2", what, format),
                   fmt::format("Unsupported {} format '{}'", what, format));
  };
  if (auto trouble = look("nvram template", loader.nvram_template_format)) return trouble;
  if (loader.nvram) {
    if (auto trouble = look("nvram", loader.nvram->format)) return trouble;
  }
  return look("loader", loader.format);
}

// What 9.0 did not let stand beside firmware=''.
std::optional<Error> old_attribute_trouble(const Loader& loader) {
  const auto beside = [](std::string_view what) {
    return refusal(fmt::format("before libvirt 9.2 {} may not stand beside firmware=''", what),
                   fmt::format("{} cannot be specified when firmware autoselection is enabled", what));
  };
  if (loader.readonly) return beside("loader attribute 'readonly'");
  if (loader.type != LoaderType::kNone) return beside("loader attribute 'type'");
  if (!loader.path.empty()) return beside("loader path");
  if (loader.nvram_template) return beside("nvram attribute 'template'");
  if (loader.secure == false) return beside("loader attribute 'secure'");
  return std::nullopt;
}

std::optional<Error> automatic_trouble(const Domain& domain, Release release) {
  if (auto trouble = keys_trouble(domain)) return trouble;
  if (!domain.loader) return std::nullopt;
  if (release == Release::k9_0) {
    if (auto trouble = old_attribute_trouble(*domain.loader)) return trouble;
  }
  if (domain.loader->nvram && domain.firmware != FirmwareType::kEfi) {
    return refusal("only EFI firmware has variables, and <nvram> is there",
                   fmt::format("firmware type '{}' does not support nvram", to_string(domain.firmware)));
  }
  return std::nullopt;
}

std::optional<Error> manual_trouble(const Domain& domain) {
  if (domain.asks_for_features) {
    return refusal("firmware features are asked for, and <os> has no firmware=''",
                   "cannot use feature-based firmware autoselection when firmware autoselection is disabled");
  }
  if (domain.loader && domain.loader->path.empty()) {
    return refusal("neither does <os> have firmware='' nor <loader> a path",
                   "no loader path specified and firmware auto selection disabled");
  }
  return std::nullopt;
}

std::optional<Error> stateless_trouble(const Domain& domain) {
  const Loader& loader = *domain.loader;
  if (loader.stateless == true && loader.nvram_template) {
    return refusal("stateless firmware has no variables, and <nvram> names a template",
                   "NVRAM template is not permitted when loader is stateless");
  }
  if (loader.stateless == true && loader.nvram) {
    return refusal("stateless firmware has no variables, and <nvram> is there",
                   "NVRAM is not permitted when loader is stateless");
  }
  if (loader.stateless != false) return std::nullopt;
  if (domain.firmware == FirmwareType::kNone && loader.type != LoaderType::kPflash) {
    return refusal("stateless='no' asks for variables, which only a pflash loader has",
                   "Only pflash loader type permits NVRAM");
  }
  if (domain.firmware == FirmwareType::kBios) {
    return refusal("stateless='no' asks for variables, which BIOS does not have",
                   "Only EFI firmware permits NVRAM");
  }
  return std::nullopt;
}

bool is_x86(const Domain& domain) {
  return domain.architecture == "x86_64" || domain.architecture == "i386";
}

bool is_q35(const Domain& domain) {
  return is_x86(domain) && (domain.machine == "q35" || domain.machine.starts_with("pc-q35"));
}

std::optional<Error> secure_trouble(const Domain& domain) {
  const std::string of = "the firmware keeps its variables from the guest's kernel by SMM, ";
  if (!is_q35(domain)) {
    return refusal(of + fmt::format("which needs a q35 machine, and this one is {}", domain.machine),
                   "Secure boot is supported with q35 machine types only");
  }
  if (domain.architecture != "x86_64") {
    return refusal(of + fmt::format("which libvirt has for x86_64 only, and this is {}", domain.architecture),
                   "Secure boot is supported for x86_64 architecture only");
  }
  if (domain.firmware == FirmwareType::kNone && domain.smm != true) {
    return refusal(of + "and <features> does not turn SMM on", "Secure boot requires SMM feature enabled");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> keys_trouble(const Domain& domain) {
  if (domain.enrolled_keys != true || domain.secure_boot != false) return std::nullopt;
  return refusal("enrolled keys are asked for, and Secure Boot is ruled out",
                 "firmware feature 'enrolled-keys' cannot be enabled when firmware feature 'secure-boot' is "
                 "disabled");
}

Error refusal(std::string reason, std::string message) {
  return Error(ErrorId::kLibvirtRefuses, std::move(reason))
      .with_note(fmt::format("libvirt's message: {}", message));
}

std::optional<Error> request_trouble(const Domain& domain, Release release) {
  if (domain.loader) {
    if (auto trouble = format_trouble(*domain.loader)) return trouble;
  }
  auto trouble =
      domain.firmware != FirmwareType::kNone ? automatic_trouble(domain, release) : manual_trouble(domain);
  if (trouble) return trouble;
  return domain.loader ? stateless_trouble(domain) : std::nullopt;
}

std::optional<Error> machine_trouble(const Domain& domain) {
  const bool efi =
      domain.firmware == FirmwareType::kEfi || (domain.loader && domain.loader->type == LoaderType::kPflash);
  if (efi && is_x86(domain) && !domain.acpi) {
    return refusal("EFI firmware on x86 needs ACPI, and <features> has no <acpi/>",
                   "UEFI requires ACPI on this architecture");
  }
  if (!efi && domain.architecture == "aarch64" && domain.acpi) {
    return refusal("ACPI on aarch64 needs EFI firmware, and the domain has none",
                   "ACPI requires UEFI on this architecture");
  }
  if (!domain.loader) return std::nullopt;
  if (domain.loader->secure == true) {
    if (auto trouble = secure_trouble(domain)) return trouble;
  }
  if (domain.loader->nvram) {
    const std::string& type = domain.loader->nvram->type;
    if (type != "file" && type != "block" && type != "network") {
      return refusal(fmt::format("<nvram> is of type '{}', and must be file, block or network", type),
                     fmt::format("unsupported nvram disk type '{}'", type));
    }
  }
  return std::nullopt;
}

}  // namespace nonvol::libvirt
