#include "emit/tpm.h"

#include <fmt/format.h>

#include <algorithm>

namespace nonvol::emit {
namespace {

struct VirtMachine {
  std::string_view architecture;
  descriptor::QemuVersion since;
};

// Where the machine 'virt' takes a tpm-tis-device, and from which QEMU on.
constexpr VirtMachine kVirtMachines[] = {
    {"aarch64", {5, 0}}, {"arm", {5, 0}}, {"riscv64", {7, 1}}, {"loongarch64", {7, 2}}};

Error no_such_tpm(std::string message) {
  return Error(ErrorId::kTpmProfile, std::move(message)).with_hint("nonvol help create");
}

}  // namespace

Result<TpmDevice> tpm_device(std::string_view architecture, std::string_view machine,
                             std::string_view version) {
  if (descriptor::is_x86(architecture)) {
    // QEMU takes the device, but hw/i386/acpi-microvm.c makes no table that tells the guest of it, and an
    // isapc has no ACPI.
    if (machine == "microvm" || machine == "isapc") {
      return no_such_tpm(fmt::format(
          "a guest would not find a TPM: QEMU's machine {} has no ACPI table that says there is one",
          machine));
    }
    // The CRB interface is one of TPM 2.0 alone.
    if (version == "1.2") return TpmDevice{"tpm-tis", "tpm-tis", {2, 11}};
    return TpmDevice{"tpm-crb", "tpm-crb", {2, 12}};
  }
  const auto* const found = std::ranges::find(kVirtMachines, architecture, &VirtMachine::architecture);
  if (found == std::end(kVirtMachines)) {
    return no_such_tpm(fmt::format("nonvol knows no TPM device of QEMU's for {}", architecture));
  }
  const bool is_virt = machine.empty() || machine == "virt" || machine.starts_with("virt-");
  if (!is_virt) {
    return no_such_tpm(fmt::format("QEMU has a TPM device for {} only on machine virt, and this is {}",
                                   architecture, machine));
  }
  if (version == "1.2") {
    return no_such_tpm(fmt::format("TPM 1.2 is for x86 guests only, and this is {}", architecture));
  }
  return TpmDevice{"tpm-tis-device", "tpm-tis", found->since};
}

}  // namespace nonvol::emit
