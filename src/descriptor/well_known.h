#pragma once

#include <vector>

#include "descriptor/search.h"

namespace nonvol::descriptor {

// Firmware where distributions, QEMU's own packages and Homebrew put it, as if each place had a descriptor:
// for systems that have the files and no descriptors. `path` of each is not a file but a label
// ("well-known:/usr/share/OVMF/OVMF_CODE_4M.fd"). What is claimed is what the distributions' own descriptors
// or documents say of the files; whether they exist is not looked at. In the order of preference: with 4 MiB
// before 2 MiB, and without Secure Boot before with it, so that a plain request gets a plain build.
std::vector<DescriptorFile> well_known_firmware();

}  // namespace nonvol::descriptor
