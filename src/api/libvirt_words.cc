#include <fmt/format.h>

#include "api/libvirt_parts.h"
#include "descriptor/features.h"

namespace nonvol::api {
namespace {

using descriptor::Device;
using descriptor::FlashMode;
using libvirt::Domain;
using libvirt::FirmwareType;
using libvirt::Loader;
using libvirt::LoaderType;

Loader& loader_of(Domain& domain) {
  return domain.loader ? *domain.loader : domain.loader.emplace();
}

Error no_words(std::string_view option, std::string_view value) {
  return Error(ErrorId::kBadCommandLine, fmt::format("a domain XML has no words for {} {}", option, value))
      .with_hint("nonvol help firmware select");
}

// What of a domain makes libvirt look for the feature, or for firmware without it.
bool ask_feature(Domain& domain, const std::string& feature, bool wanted) {
  if (feature == descriptor::kSecureBoot || feature == descriptor::kEnrolledKeys) {
    domain.asks_for_features = true;
    (feature == descriptor::kSecureBoot ? domain.secure_boot : domain.enrolled_keys) = wanted;
  } else if (feature == descriptor::kRequiresSmm) {
    loader_of(domain).secure = wanted;
  } else if (!wanted) {
    return false;
  } else if (feature == descriptor::kAcpiS3) {
    domain.suspend_to_memory = true;
  } else if (feature == "acpi-s4") {
    domain.suspend_to_disk = true;
  } else if (feature == "amd-sev-snp" || (feature == "amd-sev" && domain.launch_security.empty())) {
    domain.launch_security = feature == "amd-sev" ? "sev" : "sev-snp";
  } else if (feature == "amd-sev-es") {
    domain.launch_security = "sev";
    domain.sev_policy |= libvirt::kSevEncryptedState;
  } else {
    return feature == "amd-sev";
  }
  return true;
}

void require(descriptor::Request& rules, std::string_view feature) {
  rules.require.emplace_back(feature);
}

}  // namespace

Result<Domain> domain_from_words(const FirmwareRequest& request) {
  auto rules = complete_request(request.rules);
  if (!rules) return rules.error();
  Domain domain;
  domain.name = kNamePlaceholder;
  domain.virtualization = "kvm";
  domain.architecture = rules->architecture;
  domain.machine = rules->machine;
  domain.acpi = true;
  if (rules->interface != "uefi" && rules->interface != "bios")
    return no_words("--interface", rules->interface);
  domain.firmware = rules->interface == "uefi" ? FirmwareType::kEfi : FirmwareType::kBios;
  for (const std::string& feature : rules->require) {
    if (!ask_feature(domain, feature, true)) return no_words("--require", feature);
  }
  for (const std::string& feature : rules->forbid) {
    if (!ask_feature(domain, feature, false)) return no_words("--forbid", feature);
  }
  if (rules->secure_boot) ask_feature(domain, std::string(descriptor::kSecureBoot), *rules->secure_boot);
  if (rules->mode == FlashMode::kStateless) loader_of(domain).stateless = true;
  if (rules->mode == FlashMode::kCombined) loader_of(domain).readonly = false;
  if (rules->mode || rules->device == Device::kFlash) loader_of(domain).type = LoaderType::kPflash;
  if (rules->device == Device::kMemory) loader_of(domain).type = LoaderType::kRom;
  if (rules->device == Device::kKernel || rules->device == Device::kIgvm) {
    return no_words("--device", to_string(*rules->device));
  }
  if (!rules->format.empty()) loader_of(domain).format = rules->format;
  if (!request.nvram.empty()) loader_of(domain).nvram.emplace().path = request.nvram;
  return domain;
}

std::optional<descriptor::Request> own_request(const Domain& domain) {
  if (domain.firmware == FirmwareType::kNone) return std::nullopt;
  if (domain.loader && (!domain.loader->path.empty() || domain.loader->nvram_template)) return std::nullopt;
  descriptor::Request rules;
  rules.architecture = domain.architecture;
  rules.machine = domain.machine;
  rules.interface = domain.firmware == FirmwareType::kEfi ? "uefi" : "bios";
  rules.secure_boot = domain.secure_boot;
  if (domain.enrolled_keys) {
    (*domain.enrolled_keys ? rules.require : rules.forbid).emplace_back(descriptor::kEnrolledKeys);
  }
  if (domain.suspend_to_memory == true) require(rules, descriptor::kAcpiS3);
  if (domain.suspend_to_disk == true) require(rules, "acpi-s4");
  if (domain.launch_security == "sev") {
    require(rules, "amd-sev");
    if ((domain.sev_policy & libvirt::kSevEncryptedState) != 0) require(rules, "amd-sev-es");
  }
  if (domain.launch_security == "sev-snp") require(rules, "amd-sev-snp");
  bool no_smm = domain.smm == false;
  if (domain.loader) {
    const Loader& loader = *domain.loader;
    if (loader.secure.value_or(false)) require(rules, descriptor::kRequiresSmm);
    no_smm = no_smm || !loader.secure.value_or(true);
    if (loader.stateless.value_or(false)) rules.mode = FlashMode::kStateless;
    if (!loader.readonly.value_or(true)) rules.mode = FlashMode::kCombined;
    if (loader.type == LoaderType::kPflash) rules.device = Device::kFlash;
    if (loader.type == LoaderType::kRom) rules.device = Device::kMemory;
    rules.format = loader.format;
  }
  if (no_smm) rules.forbid.emplace_back(descriptor::kRequiresSmm);
  return rules;
}

}  // namespace nonvol::api
