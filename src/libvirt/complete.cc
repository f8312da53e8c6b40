#include "libvirt/complete.h"

#include <fmt/format.h>

#include "descriptor/features.h"
#include "libvirt/refusals.h"

namespace nonvol::libvirt {
namespace {

using descriptor::Descriptor;
using descriptor::Device;
using descriptor::FlashMode;
using descriptor::Mapping;

struct Pair {
  std::string_view code;
  std::string_view variables;
};

// DEFAULT_LOADER_NVRAM of qemu_conf.c.
constexpr Pair kPairs[] = {
    {"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
    {"/usr/share/OVMF/OVMF_CODE.secboot.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
    {"/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF_VARS.fd"},
    {"/usr/share/AAVMF/AAVMF32_CODE.fd", "/usr/share/AAVMF/AAVMF32_VARS.fd"},
};

// 9.0 knows raw images only, and finds that out after it has settled on a descriptor.
std::optional<Error> old_format_trouble(const Mapping& mapping) {
  const auto look = [](std::string_view what, const std::string& format) -> std::optional<Error> {
    if (format == "raw") return std::nullopt;
    return refusal(fmt::format("before libvirt 9.2 only raw firmware could be used, and the first descriptor "
                               "that fits is {}",
                               format),
                   fmt::format("unsupported {} format '{}'", what, format));
  };
  if (auto trouble = look("flash", mapping.executable.format)) return trouble;
  return mapping.nvram_template ? look("nvram template", mapping.nvram_template->format) : std::nullopt;
}

void complete_flash(Loader& loader, const Mapping& mapping) {
  loader.type = LoaderType::kPflash;
  loader.readonly = true;
  loader.format = mapping.executable.format;
  loader.path = mapping.executable.path;
  if (mapping.mode != FlashMode::kSplit) return;
  loader.nvram_template.reset();
  loader.nvram_template_format.clear();
  // libvirt cannot write a store that is not a file or device of its own.
  if (loader.nvram && !loader.nvram->is_local()) return;
  loader.nvram_template = mapping.nvram_template->path;
  loader.nvram_template_format = mapping.nvram_template->format;
}

// qemuFirmwareSetOsFeatures
void complete_features(Domain& domain, const Descriptor& chosen) {
  domain.secure_boot = chosen.has_feature(descriptor::kSecureBoot);
  domain.enrolled_keys = chosen.has_feature(descriptor::kEnrolledKeys);
  // Nobody knows what keys a store holds that libvirt does not make.
  const bool unknown = domain.loader && domain.loader->type == LoaderType::kPflash &&
                       domain.loader->stateless != true && !domain.loader->nvram_template;
  if (unknown) domain.enrolled_keys.reset();
}

}  // namespace

std::optional<Error> complete_from(Domain& domain, const Descriptor& chosen, Release release) {
  const bool old = release == Release::k9_0;
  const Mapping& mapping = chosen.mapping;
  if (mapping.device == Device::kKernel) {
    domain.kernel = mapping.executable.path;
  } else if (!domain.loader) {
    domain.loader.emplace();
  }
  if (mapping.device == Device::kFlash) {
    if (old) {
      if (auto trouble = old_format_trouble(mapping)) return trouble;
    }
    complete_flash(*domain.loader, mapping);
  } else if (mapping.device == Device::kMemory) {
    domain.loader->type = LoaderType::kRom;
    domain.loader->path = mapping.executable.path;
  }
  if (chosen.has_feature(descriptor::kRequiresSmm)) {
    if (old && domain.smm == false) {
      return refusal("the first descriptor that fits needs SMM, and <features> turns it off",
                     "domain has SMM turned off but chosen firmware requires it");
    }
    domain.smm = true;
    // libvirt takes it for granted that there is a loader here, which a kernel mapping does not make.
    if (domain.loader) domain.loader->secure = true;
  }
  if (old) return std::nullopt;
  for (const std::string& interface : chosen.interface_types) {
    if (domain.firmware != FirmwareType::kNone) break;
    if (interface == "uefi") domain.firmware = FirmwareType::kEfi;
    if (interface == "bios") domain.firmware = FirmwareType::kBios;
  }
  if (domain.firmware != FirmwareType::kNone) complete_features(domain, chosen);
  return std::nullopt;
}

bool complete_from_list(Domain& domain, Release release) {
  if (!domain.loader) return false;
  Loader& loader = *domain.loader;
  if (loader.type != LoaderType::kPflash || loader.readonly == false || loader.stateless == true)
    return false;
  // 9.0 looks at the list only when it makes the store, and not for a loader that may be written.
  if (release == Release::k9_0 && (loader.readonly != true || loader.nvram_template)) return false;
  if (!loader.format.empty() && loader.format != "raw") return false;
  for (const Pair& pair : kPairs) {
    if (pair.code != loader.path) continue;
    loader.readonly = true;
    loader.format = "raw";
    // A template that the domain names stays: one code image can have several.
    if (!loader.nvram_template) {
      loader.nvram_template = pair.variables;
      loader.nvram_template_format = "raw";
    }
    if (loader.nvram_template_format.empty()) loader.nvram_template_format = "raw";
    return true;
  }
  return false;
}

void complete_nvram(Domain& domain, const Options& options) {
  if (!domain.loader) return;
  Loader& loader = *domain.loader;
  if (loader.type != LoaderType::kPflash || loader.readonly != true || loader.stateless == true) return;
  if (loader.nvram && loader.nvram->format.empty()) loader.nvram->format = loader.format;
  if (loader.nvram && !loader.nvram->is_empty()) return;
  // A format without a path is forgotten here; it only helped to choose.
  NvramSource store;
  store.format = options.release == Release::k9_0       ? "raw"
                 : loader.nvram_template_format.empty() ? loader.format
                                                        : loader.nvram_template_format;
  std::string_view ending;
  if (store.format == "raw") {
    const bool named_raw = loader.nvram_template && loader.nvram_template->ends_with(".raw");
    const bool new_rules = options.release != Release::k9_0 && !options.existing_guest;
    ending = named_raw && new_rules ? ".raw" : ".fd";
  } else if (store.format == "qcow2") {
    ending = ".qcow2";
  }
  store.path = fmt::format("{}/{}_VARS{}", options.nvram_directory, domain.name, ending);
  loader.nvram = std::move(store);
}

}  // namespace nonvol::libvirt
