#pragma once

#include <optional>
#include <string>

#include "emit/qemu.h"

namespace nonvol::emit {

struct LibvirtStyle {
  // format='' and templateFormat='' (libvirt 9.2, 10.10): without them libvirt takes every image for raw.
  bool formats = true;
  // The name of the guest: then a whole <domain> is written, the smallest that libvirt takes. Empty: the
  // elements that have to do with firmware.
  std::string domain_name = {};
  std::string virtualization = "kvm";  // of the whole domain: "kvm", "qemu"
};

// What libvirt is told so that it gives QEMU the plan: <os>, <features>, <pm>, and <devices> with the TPM,
// which libvirt connects to and does not start (libvirt 9.0); with every path explicit, so that libvirt has
// nothing to choose. `nvram_template` is what it would make a lost store from. Sources:
// libvirt's docs/formatdomain.rst and docs/schemas/domaincommon.rng. Errors: kLibvirtRefuses for what the
// format has no words for, a path with characters that XML cannot hold among it; those of
// tpm_device.
Result<std::string> libvirt_xml(const QemuPlan& plan,
                                const std::optional<descriptor::FirmwareFile>& nvram_template,
                                const LibvirtStyle& style);

}  // namespace nonvol::emit
