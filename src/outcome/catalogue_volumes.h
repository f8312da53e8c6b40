#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: firmware images. Private to catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kVolumes[] = {
    {kNotAFirmwareImage, kDamaged, "Not a firmware image",
     "No firmware volume was found in the file: neither code nor a variable store of UEFI firmware.",
     "Check the path; a qcow2 image must be given as such."},
};

}  // namespace nonvol::catalogue_parts
