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
    {kDomainElement, kDamaged, "Domain XML lacks something, or holds a value that libvirt does not take",
     "libvirt's own parser stops at the element that is named.",
     "Mend the element; 'virt-xml-validate FILE domain' shows what the schema expects."},
    {kDomainTooLarge, kDamaged, "Domain XML is too large",
     "Domain XML has a few kilobytes; more than one mebibyte, elements nested more than 256 deep or more than "
     "256 attributes at one element are not read.",
     "Check that the file is what its name says."},
    {kLibvirtRefuses, kNo, "libvirt refuses the domain",
     "What the domain asks of its firmware contradicts itself, the machine, or what this release of libvirt can "
     "do; or its search for firmware fails as a whole. Of a guest that is to become a domain: domain XML has no words "
     "for its firmware. libvirt's own message, where it has one, stands in a note.",
     "Change the domain as the message says."},
    {kLibvirtNoneFits, kNo, "libvirt finds no firmware for the domain",
     "Every descriptor that libvirt reads fails at least one of its rules; the notes have the first of each.",
     "Change the domain, or install firmware that fits."},
    {kLibvirtDiffers, kDone, "libvirt's choice is not nonvol's",
     "With the same request, nonvol's own rules choose other firmware, or none: they also ask whether files "
     "exist and fit. docs/formats/libvirt-selection.md lists every difference.",
     "'nonvol firmware explain' shows nonvol's side."},
    {kLibvirtFeatures, kDone, "libvirt's log will call the descriptor's features invalid",
     "libvirt expects secure-boot and requires-smm together, and enrolled-keys only with secure-boot. It uses the "
     "descriptor all the same; Secure Boot on aarch64 never has SMM.",
     "Nothing needs doing."},
};

}  // namespace nonvol::catalogue_parts
