#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: JSON, descriptors, choosing among them. Private to
// catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kFirmware[] = {
    {kJsonSyntax, kDamaged, "Not valid JSON", "The text breaks RFC 8259 at the place that is named.",
     "Mend the file; for a packaged file, tell the distribution."},
    {kJsonDuplicateKey, kDamaged, "A JSON object has the same member twice",
     "Readers disagree on which of the two counts, so that a file with one can mean two things.",
     "Remove one of the two members."},
    {kJsonTooDeep, kDamaged, "JSON is nested too deeply",
     "No document that nonvol reads nests deeper than a few levels; the limit keeps hostile files harmless.",
     "Check that the file is what its name says."},
    {kDescriptorTooLarge, kDamaged, "Descriptor file is too large",
     "Firmware descriptors are about a kilobyte; more than one mebibyte is not read.",
     "Check what the file is, and remove it from the search directory."},
    {kDescriptorUnreadable, kSurroundings, "Descriptor file cannot be read",
     "The file is there but reading it failed, for example for lack of permission. It still takes its "
     "name, so that a file of the same name in a less specific directory stays hidden.",
     "Mend permissions or remove the file."},
    {kDescriptorDanglingLink, kDamaged, "Descriptor is a link to nothing",
     "The link's target does not exist. It still takes its name, so that a file of the same name in a less "
     "specific directory stays hidden. libvirt 9 fails every firmware query while such a link exists.",
     "Remove the link, or point it to /dev/null if it was meant to hide the packaged file."},
    {kDescriptorNotAFile, kDamaged, "Descriptor name is not a file",
     "A directory, socket or device has a descriptor's name.", "Remove it from the search directory."},
    {kDescriptorMember, kDamaged, "Descriptor member is missing or of the wrong type",
     "QEMU's docs/interop/firmware.json says which members a descriptor has and of which type they are.",
     "Mend the file at the place that is named; for a packaged file, tell the distribution."},
    {kDescriptorUnknownMember, kDamaged, "Descriptor has a member that the schema does not know",
     "It may be a misspelling or come from a newer schema. It is ignored.",
     "Check the spelling against QEMU's docs/interop/firmware.json."},
    {kDescriptorUnknownFeature, kDamaged, "Descriptor names an unknown feature",
     "Some features are requirements that must be met to boot at all, and nothing marks which. A name that "
     "nonvol does not know may be one of them.",
     "Check the spelling, or whether a newer nonvol knows the name."},
    {kDescriptorUnknownValue, kDamaged, "Descriptor has a value outside the schema's list",
     "An interface type, device, mode or format has a value that nonvol does not know; such a descriptor "
     "is not chosen.",
     "Check the spelling, or whether a newer nonvol knows the value."},
    {kDescriptorMissingOptional, kDamaged, "Descriptor lacks a member that only strict readers need",
     "The schema requires 'description' and 'tags'; most readers, nonvol among them, do without, some do "
     "not.",
     "Add the member."},
    {kDescriptorNotJsonName, kDone, "File in a descriptor directory is not named *.json",
     "nonvol reads only names that end in .json. libvirt reads any name that does not begin with a dot, so "
     "that a leftover such as 10-x.json.dpkg-old is obeyed there.",
     "Remove or rename the file."},
    {kNoFirmwareFits, kNo, "No firmware satisfies the request",
     "Every descriptor fails at least one rule of the request.",
     "'nonvol firmware explain' with the same options shows each descriptor with its failed rules."},
    {kFirmwareFileMissing, kNo, "A file that the descriptor names does not exist",
     "The descriptor is installed but its executable or template is not; QEMU could not start with it.",
     "Install the package that has the file, or mask the descriptor. --allow-missing-files chooses it "
     "anyway."},
    {kNoSuchDescriptor, kNoSuchThing, "No such descriptor",
     "No descriptor of that name is in the search directories.",
     "'nonvol firmware list' shows what there is."},
    {kNothingFitsStore, kNo, "No firmware goes with the variable store",
     "Every descriptor is for a store of another layout or form, or could not keep what the store promises, such as "
     "Secure Boot.",
     "'nonvol firmware explain --for-store FILE' shows each with its reasons; 'nonvol vars convert' makes a store of "
     "another layout."},
    {kWellKnownPath, kDone, "Firmware was chosen by its path alone",
     "No descriptor fits, and --well-known allows firmware that lies where distributions are known to put it. What it "
     "can do and which machines it is for is assumed from the name.",
     "Install a package that ships descriptors, or write one into /etc/qemu/firmware."},
};

}  // namespace nonvol::catalogue_parts
