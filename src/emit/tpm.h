#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "descriptor/machine.h"
#include "outcome/result.h"

namespace nonvol::emit {

// A guest's TPM, which another process emulates.
struct TpmPlan {
  std::string version;      // "1.2" or "2.0"
  std::string socket_path;  // of the emulator's control channel
};

// QEMU's device for it.
struct TpmDevice {
  std::string_view model;         // of -device
  std::string_view libvirt_name;  // the same of a domain's <tpm model=''>
  descriptor::QemuVersion since;  // with -tpmdev emulator
};

// The device that guests of this machine find: tpm-crb on x86, or tpm-tis for TPM 1.2; tpm-tis-device on the
// virt machines of others. Error: kTpmProfile for what no QEMU has. Sources: QEMU's hw/tpm/Kconfig,
// docs/specs/tpm.rst and the TYPE_TPM_TIS_SYSBUS that hw/*/virt.c allow; libvirt's
// qemuValidateDomainDeviceDefTPM, which has TPM 1.2 on x86 only.
Result<TpmDevice> tpm_device(std::string_view architecture, std::string_view machine,
                             std::string_view version);

}  // namespace nonvol::emit
