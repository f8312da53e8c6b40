#include "descriptor/well_known.h"

#include <fmt/format.h>

#include "descriptor/features.h"

namespace nonvol::descriptor {
namespace {

enum class Build {
  kPlain,     // no Secure Boot is promised
  kSecure,    // Secure Boot behind SMM, no keys
  kEnrolled,  // the same, with keys in the template
};

struct Place {
  std::string_view where;  // whose packaging
  std::string_view architecture;
  Build build;
  std::string_view format;
  std::string_view code;
  std::string_view variables;
};

// Sources: the file lists of the packages ovmf, qemu-efi-* (Debian, Ubuntu), edk2-ovmf, edk2-aarch64 (Fedora,
// Arch), qemu-ovmf-* and qemu-uefi-* (openSUSE), edk2-bin (Gentoo), and pc-bios/ of QEMU.
constexpr Place kPlaces[] = {
    {"Debian", "x86_64", Build::kPlain, "raw", "/usr/share/OVMF/OVMF_CODE_4M.fd",
     "/usr/share/OVMF/OVMF_VARS_4M.fd"},
    {"Fedora", "x86_64", Build::kPlain, "qcow2", "/usr/share/edk2/ovmf/OVMF_CODE_4M.qcow2",
     "/usr/share/edk2/ovmf/OVMF_VARS_4M.qcow2"},
    {"Arch", "x86_64", Build::kPlain, "raw", "/usr/share/edk2/x64/OVMF_CODE.4m.fd",
     "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
    {"openSUSE", "x86_64", Build::kPlain, "raw", "/usr/share/qemu/ovmf-x86_64-4m-code.bin",
     "/usr/share/qemu/ovmf-x86_64-4m-vars.bin"},
    {"QEMU", "x86_64", Build::kPlain, "raw", "/usr/share/qemu/edk2-x86_64-code.fd",
     "/usr/share/qemu/edk2-i386-vars.fd"},
    {"QEMU", "x86_64", Build::kPlain, "raw", "/usr/local/share/qemu/edk2-x86_64-code.fd",
     "/usr/local/share/qemu/edk2-i386-vars.fd"},
    {"Homebrew", "x86_64", Build::kPlain, "raw", "/opt/homebrew/share/qemu/edk2-x86_64-code.fd",
     "/opt/homebrew/share/qemu/edk2-i386-vars.fd"},
    {"Fedora", "x86_64", Build::kPlain, "raw", "/usr/share/edk2/ovmf/OVMF_CODE.fd",
     "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
    {"Gentoo", "x86_64", Build::kPlain, "raw", "/usr/share/edk2-ovmf/OVMF_CODE.fd",
     "/usr/share/edk2-ovmf/OVMF_VARS.fd"},
    {"Debian", "x86_64", Build::kPlain, "raw", "/usr/share/OVMF/OVMF_CODE.fd",
     "/usr/share/OVMF/OVMF_VARS.fd"},
    {"Debian", "x86_64", Build::kEnrolled, "raw", "/usr/share/OVMF/OVMF_CODE_4M.ms.fd",
     "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"},
    {"Debian", "x86_64", Build::kSecure, "raw", "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd",
     "/usr/share/OVMF/OVMF_VARS_4M.fd"},
    {"Fedora", "x86_64", Build::kEnrolled, "qcow2", "/usr/share/edk2/ovmf/OVMF_CODE_4M.secboot.qcow2",
     "/usr/share/edk2/ovmf/OVMF_VARS_4M.secboot.qcow2"},
    {"Arch", "x86_64", Build::kSecure, "raw", "/usr/share/edk2/x64/OVMF_CODE.secboot.4m.fd",
     "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
    {"openSUSE", "x86_64", Build::kEnrolled, "raw", "/usr/share/qemu/ovmf-x86_64-smm-ms-code.bin",
     "/usr/share/qemu/ovmf-x86_64-smm-ms-vars.bin"},
    {"QEMU", "x86_64", Build::kSecure, "raw", "/usr/share/qemu/edk2-x86_64-secure-code.fd",
     "/usr/share/qemu/edk2-i386-vars.fd"},
    {"Fedora", "x86_64", Build::kEnrolled, "raw", "/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd",
     "/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd"},
    {"Debian", "i386", Build::kSecure, "raw", "/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd",
     "/usr/share/OVMF/OVMF32_VARS_4M.fd"},
    {"QEMU", "i386", Build::kPlain, "raw", "/usr/share/qemu/edk2-i386-code.fd",
     "/usr/share/qemu/edk2-i386-vars.fd"},
    {"Debian", "aarch64", Build::kPlain, "raw", "/usr/share/AAVMF/AAVMF_CODE.fd",
     "/usr/share/AAVMF/AAVMF_VARS.fd"},
    {"Debian", "aarch64", Build::kPlain, "raw", "/usr/share/AAVMF/AAVMF_CODE.no-secboot.fd",
     "/usr/share/AAVMF/AAVMF_VARS.fd"},
    {"Fedora", "aarch64", Build::kPlain, "qcow2", "/usr/share/edk2/aarch64/QEMU_EFI-silent-pflash.qcow2",
     "/usr/share/edk2/aarch64/vars-template-pflash.qcow2"},
    {"Fedora", "aarch64", Build::kPlain, "raw", "/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw",
     "/usr/share/edk2/aarch64/vars-template-pflash.raw"},
    {"Arch", "aarch64", Build::kPlain, "raw", "/usr/share/edk2/aarch64/QEMU_CODE.fd",
     "/usr/share/edk2/aarch64/QEMU_VARS.fd"},
    {"openSUSE", "aarch64", Build::kPlain, "raw", "/usr/share/qemu/aavmf-aarch64-code.bin",
     "/usr/share/qemu/aavmf-aarch64-vars.bin"},
    {"QEMU", "aarch64", Build::kPlain, "raw", "/usr/share/qemu/edk2-aarch64-code.fd",
     "/usr/share/qemu/edk2-arm-vars.fd"},
    {"QEMU", "aarch64", Build::kPlain, "raw", "/usr/local/share/qemu/edk2-aarch64-code.fd",
     "/usr/local/share/qemu/edk2-arm-vars.fd"},
    {"Homebrew", "aarch64", Build::kPlain, "raw", "/opt/homebrew/share/qemu/edk2-aarch64-code.fd",
     "/opt/homebrew/share/qemu/edk2-arm-vars.fd"},
    {"Debian", "arm", Build::kPlain, "raw", "/usr/share/AAVMF/AAVMF32_CODE.fd",
     "/usr/share/AAVMF/AAVMF32_VARS.fd"},
    {"Debian", "riscv64", Build::kPlain, "raw", "/usr/share/qemu-efi-riscv64/RISCV_VIRT_CODE.fd",
     "/usr/share/qemu-efi-riscv64/RISCV_VIRT_VARS.fd"},
    {"Fedora", "riscv64", Build::kPlain, "qcow2", "/usr/share/edk2/riscv/RISCV_VIRT_CODE.qcow2",
     "/usr/share/edk2/riscv/RISCV_VIRT_VARS.qcow2"},
    {"QEMU", "riscv64", Build::kPlain, "raw", "/usr/share/qemu/edk2-riscv-code.fd",
     "/usr/share/qemu/edk2-riscv-vars.fd"},
    {"Debian", "loongarch64", Build::kPlain, "raw", "/usr/share/qemu-efi-loongarch64/QEMU_EFI.fd",
     "/usr/share/qemu-efi-loongarch64/QEMU_VARS.fd"},
    {"QEMU", "loongarch64", Build::kPlain, "raw", "/usr/share/qemu/edk2-loongarch64-code.fd",
     "/usr/share/qemu/edk2-loongarch64-vars.fd"},
};

// A build that keeps its variables behind SMM runs on q35 only.
std::vector<std::string> machines_of(const Place& place) {
  if (place.architecture == "x86_64" || place.architecture == "i386") {
    if (place.build == Build::kPlain) return {"pc-i440fx-*", "pc-q35-*"};
    return {"pc-q35-*"};
  }
  if (place.architecture == "aarch64" || place.architecture == "arm") return {"virt-*"};
  return {"virt"};
}

std::vector<std::string> features_of(const Place& place) {
  std::vector<std::string> features;
  const auto add = [&](std::string_view feature) { features.emplace_back(feature); };
  if (place.architecture == "x86_64" || place.architecture == "i386") add(kAcpiS3);
  if (place.build == Build::kEnrolled) add(kEnrolledKeys);
  if (place.build != Build::kPlain) {
    add(kRequiresSmm);
    add(kSecureBoot);
  }
  return features;
}

DescriptorFile file_of(const Place& place) {
  Descriptor descriptor;
  descriptor.description =
      fmt::format("UEFI firmware for {}, found where {} puts it", place.architecture, place.where);
  descriptor.interface_types = {"uefi"};
  descriptor.mapping.executable = {std::string(place.code), std::string(place.format)};
  descriptor.mapping.nvram_template = FirmwareFile{std::string(place.variables), std::string(place.format)};
  descriptor.targets = {{std::string(place.architecture), machines_of(place)}};
  descriptor.features = features_of(place);
  DescriptorFile file;
  file.path = fmt::format("well-known:{}", place.code);
  file.descriptor = std::move(descriptor);
  return file;
}

}  // namespace

std::vector<DescriptorFile> well_known_firmware() {
  std::vector<DescriptorFile> result;
  for (const Place& place : kPlaces) result.push_back(file_of(place));
  return result;
}

}  // namespace nonvol::descriptor
