#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: what lint finds in descriptors and the files they name. Private
// to catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kLint[] = {
    {kMaskReadersDiffer, kNo, "A mask that not every reader honours",
     "An empty file hides its name for every reader of the specification; a link to /dev/null does so for some, and "
     "libvirt takes the packaged file all the same.",
     "Put an empty file in its place."},
};

}  // namespace nonvol::catalogue_parts
