#pragma once

#include <optional>

#include "libvirt/choose.h"

// Private to libvirt/: what libvirt fills in once it has found firmware.
namespace nonvol::libvirt {

// qemuFirmwareEnableFeatures (9.0), qemuFirmwareEnableFeaturesModern (11.3): loader, template, SMM and
// features of the descriptor. The error is 9.0's, which took descriptors that it could not use.
std::optional<Error> complete_from(Domain& domain, const descriptor::Descriptor& chosen, Release release);

// qemuFirmwareFillDomainLegacy, qemuPrepareNVRAM: whether the built-in list of pairs knows the loader's path;
// then the template is filled in.
bool complete_from_list(Domain& domain, Release release);

// qemuFirmwareEnsureNVRAM: where the guest's variables will be.
void complete_nvram(Domain& domain, const Options& options);

}  // namespace nonvol::libvirt
