#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: what lint finds in descriptors and the files they name. Private
// to catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kLint[] = {
    {kMaskReadersDiffer, kNo, "A mask or replacement that not every reader honours",
     "An empty file hides its name for every reader of the specification, and a file in a more specific directory "
     "takes the place of the same name in another; some programs know neither. A link to /dev/null is a mask to some "
     "readers only: libvirt takes the packaged file all the same.",
     "Put an empty file in the place of the link."},
    {kFileSizeForMachine, kNo, "Firmware does not fit the machine's flash",
     "QEMU refuses flash images of a wrong size, or maps them where the processor does not begin; what the rules are "
     "depends on the machine.",
     "Take the machine out of the targets, or pad the file to what the machine takes."},
    {kFormatNotAsSaid, kNo, "A file is not of the format that the descriptor says",
     "Opened as raw, a qcow2 image is no firmware; opened as qcow2, a raw file is refused.",
     "Correct the member 'format', or convert the file with qemu-img."},
    {kPairMismatch, kNo, "Code and template are of different layouts",
     "Code looks for its variable store where its own build puts it. With a store of another layout the guest starts "
     "and its screen stays black.",
     "Name the template that was built together with the code."},
    {kClaimFalse, kNo, "A claim that the files refute",
     "The descriptor claims a feature that its code or its template does not have. Guests are given this firmware "
     "because of that claim.",
     "Take the feature out of the descriptor, or name the files that have it. 'nonvol firmware inspect FILE' shows what "
     "an image holds."},
    {kClaimMissing, kNo, "The files have what the descriptor does not claim",
     "Requests that exclude the feature choose this firmware, and get it all the same; where the feature is a "
     "requirement, guests do not boot.",
     "Add the feature to the descriptor, or name files without it."},
    {kClaimUnproven, kNo, "A claim that could be neither proven nor refuted",
     "Nothing in the files speaks for the claim or against it: the code is not built like edk2's, or it lies in an "
     "image that could not be opened.",
     "Nothing need be done. 'nonvol firmware inspect FILE' shows what was found."},
    {kTemplateBlank, kNo, "The template is blank",
     "All of its bytes are the same. Firmware for ARM formats such a store at its first start, and this is a note. That "
     "for x86 does not: with FF throughout OVMF ends in an exception, with zeros it starts guests whose variables are "
     "lost when they are switched off. Programs that expect a volume header take it for damaged.",
     "For x86 name the template that was built with the code (OVMF_VARS*.fd). For ARM nothing need be done."},
    {kSameBinaryClaims, kNo, "Descriptors of one binary contradict each other",
     "Two descriptors name the same code, under one name or several, and only one of them claims a feature of it. One "
     "of them is wrong.",
     "Claim the feature in both or in none, or build the code twice."},
    {kFeaturesExclude, kNo, "A descriptor excludes itself",
     "Two features, or a feature and the mapping or a target, cannot go together.", "Take one of them out."},
    {kNeverChosen, kNo, "A descriptor that no request reaches",
     "An earlier descriptor has the same features, mode and formats, and all of this one's interfaces and machines. "
     "Readers take the first that fits.",
     "Rename one of them, or leave it if only guests that name its files are to have it."},
    {kMachineIsAlias, kNo, "A machine is named by its alias",
     "Descriptors name concrete machines, such as pc-q35-10.0, or globs over them; an alias such as q35 is replaced by "
     "the concrete name before it is compared, and never matches.",
     "Write a glob over the concrete names, as pc-q35-*."},
    {kTemplateNoStore, kNo, "The template is no variable store",
     "A guest's copy of it would be refused, or thrown away by the firmware.",
     "Name a template that belongs to the code; 'nonvol vars check FILE' says more about the file."},
    {kNamePrefix, kNo, "A descriptor's name does not say where it stands",
     "The schema advises two digits in front, because the byte order of the names decides which firmware is preferred.",
     "Rename it, as 60-NAME.json."},
    {kLibvirtTrips, kNo, "libvirt reads this otherwise, or not at all",
     "libvirt looks at every name in the directories that does not begin with a dot, gives up on the first that it "
     "cannot examine, and knows fewer mappings and features than the schema.",
     "Remove links to nothing; the rest is to be known, not mended."},
};

}  // namespace nonvol::catalogue_parts
