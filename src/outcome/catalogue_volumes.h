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
    {kVolumeDamaged, kDamaged, "Firmware volume damaged",
     "A field of a firmware volume's header contradicts the rest of it or the file. What can be read of the volume "
     "is shown; firmware that is damaged there does not start.",
     "Install the firmware's package again."},
    {kVolumeFileDamaged, kDamaged, "File in a firmware volume damaged",
     "Size or checksum of a file in a firmware volume are wrong. The firmware passes over such a file, or over all "
     "that follow.",
     "Install the firmware's package again."},
    {kSectionDamaged, kDamaged, "Section in a firmware file damaged",
     "Size, checksum or content of a section are not what its kind must have.",
     "Install the firmware's package again."},
    {kUnpackLimit, kDamaged, "More in a firmware image than is unpacked",
     "Compressed sections say that they unpack to more than 64 MiB, or parts lie in parts more than 32 levels deep. "
     "No firmware of virtual machines comes near; the file may be made to harm its reader.",
     "Look where the file comes from."},
    {kUnpackFailed, kDamaged, "Compressed section cannot be unpacked",
     "The data of a compressed section are damaged, or the library that unpacks them is missing.",
     "Install the firmware's package again; liblzma is in the package liblzma5."},
    {kResetTableDamaged, kDamaged, "Table below the reset vector damaged",
     "x86 firmware ends with a table that tells QEMU where it keeps what confidential guests need. An entry of it "
     "points outside the file or has an impossible length; QEMU leaves the table out or does not start.",
     "Install the firmware's package again."},
    {kSectionNotOpened, kDone, "Packed in a way that is not read",
     "A section is packed with something else than LZMA. What is inside was not looked at, so that nothing is "
     "concluded from what was not found.",
     "Nothing has to be done."},
    {kTooManyParts, kDamaged, "More in a firmware image than is looked at or told",
     "The image is made of more than 50,000 volumes, files and sections, or more than 1,000 of them are damaged. Real "
     "ones have about a thousand parts, and none damaged.",
     "Look where the file comes from."},
};

}  // namespace nonvol::catalogue_parts
