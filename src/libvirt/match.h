#pragma once

#include <string>

#include "libvirt/choose.h"

// Private to libvirt/.
namespace nonvol::libvirt {

// Why libvirt does not take the descriptor for the domain (qemuFirmwareMatchDomain): the first rule that
// fails, in libvirt's order. Empty where it fits. `machine` is the concrete name.
std::string mismatch(const Domain& domain, const descriptor::Descriptor& candidate,
                     const std::string& machine, Release release);

}  // namespace nonvol::libvirt
