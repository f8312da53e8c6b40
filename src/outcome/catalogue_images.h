#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: NVRAM images, and defects of nonvol. Private to catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kImages[] = {
    {kNvramEmpty, kNoSuchThing, "The image is empty",
     "The file or device has no bytes, or nothing but zeros. Empty is not damaged: nothing was ever "
     "stored there.",
     "Make it an NVRAM image with 'nonvol blob format'."},
    {kNotAnNvram, kDamaged, "Not an NVRAM image",
     "The file does not begin as an NVRAM image does, with a SEQUENCE whose first member is \"qemu- "
     "nvram\". It is never formatted by being opened.",
     "Check the path. If the contents may go, 'nonvol blob format --lose-contents'."},
    {kNvramInContainer, kDamaged, "The image is inside another format",
     "The file is a qcow2 or LUKS image. nonvol opens those through qemu-storage-daemon, and needs the "
     "key of an encrypted one. What lies over another file is opened only where a guest's record says which: the name "
     "in the image could be any file of the machine.",
     "Give --luks-key-file, or install qemu-system-common."},
    {kNvramLength, kDamaged, "The image has another length than it says",
     "An NVRAM image is one ASN.1 value that is exactly as long as its file. A shorter file was cut "
     "off, a longer one has foreign bytes at its end.",
     "Restore the file from a copy; 'nonvol blob dump' shows what can still be read."},
    {kNvramFraming, kDamaged, "The image's framing is malformed",
     "Tags and lengths of the image are not the strict DER that format wrote; they never change after "
     "that.",
     "'openssl asn1parse -inform DER -in IMAGE' shows where the structure ends. Restore the image from "
     "a copy."},
    {kNvramDuplicateName, kDamaged, "Two entries have one name",
     "Entries are found by name, so names occur once. Which of the two is meant cannot be known.",
     "Restore the image from a copy."},
    {kNvramName, kDamaged, "An entry's name is not allowed",
     "Names are 1 to 255 bytes of UTF-8 without control characters.",
     "Restore the image from a copy, or make a new one with other names."},
    {kNvramLimit, kDamaged, "The image exceeds a limit",
     "Limits that no real image comes near keep hostile ones from using up memory and time: 1,024 "
     "entries, 1 GiB for a blob, 1 TiB for an image, generations below 2^64-1.",
     "Restore the image from a copy."},
    {kNvramDirectory, kDamaged, "The image's directory is damaged",
     "The entry '.directory' says what the image holds. It cannot be believed: both of its slots are "
     "damaged, its content is malformed, or it contradicts the framing.",
     "'nonvol blob dump' shows the framing, which does not depend on it. Restore the image from a "
     "copy."},
    {kNvramVersion, kDamaged, "The image is of another format version",
     "A later nonvol made the image in a way that this one does not know.", "Use a newer nonvol."},
    {kNvramMandatory, kDamaged, "The image needs something this nonvol does not know",
     "The image or an entry carries an attribute that is marked as mandatory for whoever uses it.",
     "Use a newer nonvol."},
    {kNvramOverlap, kDamaged, "Two entries overlap",
     "The directory puts two blobs on the same bytes, so writing one would destroy the other.",
     "Restore the image from a copy."},
    {kNvramUnfinished, kDamaged, "Formatting was not finished",
     "The image begins with zeros and has other bytes behind them. Format writes the beginning last, "
     "so it was most likely interrupted; or the beginning of an image was overwritten.",
     "If it never held anything, format it again with --lose-contents."},
    {kBlobAbsent, kNoSuchThing, "The entry holds nothing",
     "The entry exists and was never written, or its content was deleted. That is different from a "
     "blob of length 0.",
     "Write it with 'nonvol blob put'."},
    {kNoSuchEntry, kNoSuchThing, "No such entry",
     "The image has no entry of this name. Names are compared byte by byte.",
     "Run 'nonvol blob list IMAGE'."},
    {kSlotDamaged, kNo, "One of two slots is damaged",
     "An update was torn by a crash, or the medium lost bytes. The other slot is good and is what "
     "reading gives; the next update mends this one.",
     "Write the entry again when convenient; suspect the medium if it happens without a crash."},
    {kBlobDamaged, kDamaged, "The blob is damaged",
     "Neither of the entry's slots can be believed. It is not empty, and nothing is written over it "
     "unasked.",
     "Restore it from a copy with 'nonvol blob put --lose-damaged'."},
    {kOlderGeneration, kDamaged, "An older generation was put back",
     "Both slots are valid, but their generations do not follow each other: somebody restored an old "
     "slot, or part of an old image.",
     "'nonvol blob dump' shows both. Decide which is right and write it with 'nonvol blob put --lose- "
     "damaged'."},
    {kBlobTooLarge, kRefused, "The blob does not fit its entry",
     "An entry's capacity is fixed when it is made.",
     "Make it larger with 'nonvol blob resize', which copies the image."},
    {kPlainSize, kRefused, "A plain entry is written whole",
     "A plain entry has no length of its own, so what is written must have exactly its size.",
     "Give --fill 00 (or ff) to have the rest filled."},
    {kGenerationPin, kNo, "The entry has another generation than expected",
     "The generation that was pinned elsewhere is not the one in the image: an older image or entry "
     "was put back, or somebody wrote.",
     "Compare with the record that the number came from."},
    {kKeyNeeded, kRefused, "Encrypted, key needed",
     "The entry is encrypted and no key was given. It is not empty.", "Give --key-file or --key-fd."},
    {kWrongKey, kRefused, "The key does not open the image",
     "None of the image's key slots opens with this key. Damage would be reported as damage, so the "
     "key is another one.",
     "Use the key that the image was formatted or rekeyed with."},
    {kBadKeyFile, kUsage, "Not a key", "A key is 32 bytes, or 64 hexadecimal digits.",
     "Make one: 'openssl rand -out KEYFILE 32'."},
    {kNotEncrypted, kRefused, "The image is not encrypted",
     "A key was given for an image that has none, so nothing in it is protected.",
     "Leave the key out, or format an image with encrypted entries."},
    {kBlobNotAuthentic, kDamaged, "The blob was not sealed for this entry",
     "The stored bytes are undamaged, but the cipher does not vouch for them: they come from another "
     "entry, another image or generation, or were made without the key.",
     "Treat it as tampering. Restore it from a copy you trust."},
    {kDirectorySeal, kDamaged, "The directory was changed without the key",
     "The directory of an encrypted image is sealed with its data key, and the seal does not hold.",
     "Treat it as tampering. Restore the image from a copy you trust."},
    {kTwoKeys, kNo, "The image opens with two keys",
     "Exchanging the key was interrupted after the new key was stored and before the old one was removed.",
     "Run 'nonvol blob rekey' again, with either key."},
    {kNotEmpty, kRefused, "The target is not empty", "Format writes to what is missing or empty only.",
     "Give --lose-contents if what is there may go."},
    {kImageTooSmall, kRefused, "The image is too small",
     "Sizes of entries are fixed by format, and so is the image's.",
     "'nonvol blob measure' says how large it must be."},
    {kNoSlackLeft, kRefused, "No room for the entry",
     "A new entry goes into the slack that format left, in one piece.",
     "Make room with 'nonvol blob resize --reserve SIZE', which copies the image."},
    {kDirectoryFull, kRefused, "The directory is full", "The directory's capacity is fixed by format.",
     "'nonvol blob resize' copies into an image with a larger one."},
    {kSeedLayoutFixed, kRefused, "The seed's layout cannot do this",
     "The layout of 2013 has plain entries, fixed when it is made: no atomic or encrypted ones, no "
     "additions, no deletion.",
     "Format without --seed-layout, or copy with 'nonvol blob resize'."},
    {kEntryExists, kRefused, "The entry exists",
     "An entry of this name is there, with another size, kind or encryption.",
     "Choose another name, or 'nonvol blob resize'."},
    {kBadEntryRequest, kUsage, "An entry cannot be made so",
     "Names are 1 to 255 bytes of UTF-8 without control characters and do not begin with a dot; "
     "capacities are 1 byte to 1 GiB; only atomic entries can be encrypted.",
     "See 'nonvol help blob format'."},
    {kNvramFailed, kSurroundings, "The image failed before",
     "A write or flush of this image failed. What it holds now is not known, so nothing more is "
     "written until it is opened again.",
     "See to the storage, then open the image again; every entry is old or new."},
    {kCannotResize, kRefused, "The image cannot be replaced",
     "Resizing copies an image into a new file and gives that the old name. A device, a server's export and "
     "an image inside a qcow2 or LUKS container have no name that can be given away.",
     "'nonvol blob export' the contents, format a larger image, and 'nonvol blob import' them."},
    {kBadManifest, kDamaged, "The manifest of an export cannot be used",
     "'nvram.json' says which file of an exported directory belongs to which entry. It is not as 'nonvol "
     "blob export' writes it, names a file outside the directory, or is missing where it is needed.",
     "Export again; or remove nvram.json, so that files go by their names."},
    {kExportedFileChanged, kDamaged, "An exported file is not what was exported",
     "The manifest has the SHA-256 of each file, and this file has another one: it was changed, or damaged.",
     "If the change is meant, remove nvram.json: files are then taken as they are, by their names."},
    {kRegistrationMismatch, kRefused, "The image does not fit the devices",
     "What devices registered and what the image holds are not the same. Nothing was written.",
     "The notes name each entry; format, add or resize accordingly."},
    {kEntryMissing, kNo, "A registered entry is missing",
     "A device needs an entry that the image does not have.", "Add it with 'nonvol blob add'."},
    {kEntryTooSmall, kNo, "A registered entry is too small", "A device may write more than the entry holds.",
     "'nonvol blob resize'."},
    {kEntryOtherKind, kNo, "A registered entry is of another kind",
     "A device counts on updates that a crash cannot tear, or on bytes in place.",
     "Format or resize with the right kind."},
    {kEntryUnregistered, kNo, "An entry belongs to nobody",
     "The image has an entry that no device registered. It is left alone.",
     "Nothing, or check which device should have registered it."},
    {kWrongOrder, kUsage, "Not in this state", "Entries are registered before start, and used after it.",
     "See the order in nonvol/vnvram.h."},
    {kVisitorField, kDamaged, "A field is not as the device expects",
     "The blob holds DER fields, and one of them is missing, of another type, too long, or one too "
     "many.",
     "The blob may be of another version of the device."},
    {kBadCall, kUsage, "A library function was called wrongly",
     "A pointer that is needed was NULL, a structure had another size, or a bit was set that means nothing.",
     "See the function's description in nonvol/nonvol.h."},
};

}  // namespace nonvol::catalogue_parts
