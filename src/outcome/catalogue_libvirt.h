#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: libvirt's documents and its choice of firmware. Private to
// catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kLibvirt[] = {
    {kXmlSyntax, kDamaged, "Not well-formed XML",
     "The text breaks the rules of XML at the place that is named.",
     "Mend the file; 'virsh dumpxml' writes it anew."},
};

}  // namespace nonvol::catalogue_parts
