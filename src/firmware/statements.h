#pragma once

#include "firmware/finding.h"

namespace nonvol::firmware {

// What a descriptor says that cannot be meant, by itself and without a look at any file: features that
// exclude or need each other, the mapping or the targets (kFeaturesExclude), aliases among machines
// (kMachineIsAlias), empty lists and unknown architectures (kDescriptorUnknownValue), and what libvirt cannot
// make use of (kLibvirtTrips). Members and types are DescriptorReader's.
LintFindings check_statements(const Subject& subject);

}  // namespace nonvol::firmware
