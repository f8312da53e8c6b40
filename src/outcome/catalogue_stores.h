#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: variable stores in flash and their changes. Private to
// catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kStores[] = {
    {kNotAVariableStore, kDamaged, "Not a UEFI variable store",
     "The file does not begin with a firmware volume of the NV-data file system, which is how every edk2 "
     "flash variable store begins, and it is not blank either.",
     "Check that this is the variables file (…_VARS…) and not the code, and that it is raw, not qcow2."},
    {kVolumeChecksum, kDamaged, "Firmware volume header checksum is wrong",
     "The 16-bit sum over the volume header must be zero. edk2's flash drivers treat a volume that fails "
     "this as unformatted and erase it together with every variable in it.",
     "Do not boot this store; copy it aside first. The records behind the header may be intact."},
    {kVolumeLength, kDamaged, "Firmware volume length does not fit the file",
     "The volume header says how long the volume is; it cannot be longer than the file nor shorter than "
     "its headers.",
     "The file was cut off or is not what its header says; restore it from a copy."},
    {kVolumeBlocks, kDamaged, "Firmware volume block map is unusable",
     "The block map must cover the volume, and the volume must be a whole number of blocks.",
     "Do not boot this store; copy it aside first."},
    {kVolumeHeader, kDamaged, "Firmware volume header is not as edk2 writes it",
     "The header length, the revision or the file system of the volume is not what edk2's variable drivers "
     "accept.",
     "Check that this is the variables file and that it belongs to an edk2 firmware."},
    {kErasedHeader, kDamaged, "The header is erased but data lies behind it",
     "The store begins with erased flash, yet the fault-tolerant-write areas hold data. A write of the "
     "whole store was interrupted; the firmware would format the file and lose every variable.",
     "Do not boot this store; copy it aside first. The spare area may hold the complete old content."},
    {kStoreSignature, kDamaged, "Unknown variable store signature",
     "Behind the volume header edk2 writes a GUID that says how records are laid out: authenticated or "
     "plain. This one is neither.",
     "Do not boot this store; copy it aside first."},
    {kStoreState, kDamaged, "Variable store is not healthy",
     "The store header must say 'formatted' (0x5A) and 'healthy' (0xFE); edk2 does not use a store that "
     "says otherwise.",
     "Do not boot this store; copy it aside first."},
    {kStoreSize, kDamaged, "Variable store size does not fit its volume",
     "The store header says how many bytes the store has; they must fit behind the volume header.",
     "The header is damaged or the file is of another layout; restore it from a copy."},
    {kRecordSizes, kDamaged, "A variable record is larger than the room that is left",
     "A record's name and data sizes reach beyond the end of the store. edk2 ends its walk there or "
     "crashes, so that this record and everything behind it is lost to the firmware.",
     "What lies before was read. Copy the file aside before booting it."},
    {kRecordState, kDamaged, "A variable record has an unknown state",
     "A record's state byte only ever loses bits, in a fixed order. This value is not one that edk2 "
     "writes; the firmware ignores the record, or, on ARM, formats the whole store.",
     "'nonvol vars list FILE --raw' shows the record and where it lies."},
    {kRecordName, kDamaged, "A variable's name is malformed",
     "Names are UTF-16 with a final NUL and an even size in bytes.",
     "'nonvol vars list FILE --raw' shows the record and where it lies."},
    {kBytesAfterRecords, kDamaged, "Bytes lie behind the last record",
     "The walk over the records ended at a place that is neither erased flash nor a record. Records behind "
     "it are invisible to the firmware; most often a start mark was damaged.",
     "Copy the file aside before booting it: records behind the damage can still be there."},
    {kStoreTruncated, kDamaged, "The file ends before the store does",
     "The headers promise more bytes than the file has.", "The file was cut off; restore it from a copy."},
    {kBlankStore, kDone, "The store is blank",
     "The file is all zero or all 0xFF where a store would have its headers. That is how some "
     "distributions ship templates. ARM firmware formats such a file at first boot; x86 firmware keeps no "
     "variables in an all-zero file and crashes on an all-0xFF one.",
     "On x86 make the store from a formatted template (nonvol create); on ARM boot once."},
    {kPendingWrite, kDone, "An interrupted write of the store is pending",
     "The firmware was stopped while it rewrote the store. The new content lies in the spare area, and the "
     "firmware copies it over the store at its next start. nonvol reads the store as it will be after that; "
     "'--raw' shows what stands there before.",
     "Start the guest once, or let 'nonvol vars repair' finish the write."},
    {kNoSuchVariable, kNoSuchThing, "No such variable",
     "No live variable of that name, or of that name and vendor GUID, is in the store. Names are "
     "case-sensitive.",
     "'nonvol vars list' shows what there is; --raw also shows deleted records."},
    {kAmbiguousVariable, kUsage, "Several vendors have a variable of that name",
     "A variable is identified by vendor GUID and name together, and the name alone fits more than one.",
     "Add --guid, or write NAME-GUID."},
    {kStoreNotEditable, kDamaged, "The store is damaged, and is not edited",
     "An edit moves records and rewrites what stands around them, and could bury what a repair would save.",
     "'nonvol vars repair FILE --dry-run' shows what can be saved."},
    {kVariableTooLarge, kRefused, "The variable is larger than the firmware takes",
     "Each firmware build has a limit for header, name and data of one variable: 8,192 bytes (10,240 for "
     "authenticated ones) on OVMF of 2 MiB and on ARM, 33,792 on OVMF of 4 MiB. A larger one could be written to the "
     "file, but the firmware could not change it again.",
     "For a full dbx convert the guest to the layout of 4 MiB: 'nonvol vars convert'."},
    {kStoreFull, kRefused, "The store has no room for the variable",
     "Even without its dead records the store has fewer bytes free than the variable needs.",
     "Delete what is not needed, or convert the store to a larger layout: 'nonvol vars convert'."},
    {kNotInPlainStore, kRefused, "A plain store cannot hold authenticated variables",
     "Records of plain stores have no time stamp, count or key index, and firmware with such a store does not check "
     "signatures. Leaving them out would reopen the replay of old signed updates.",
     "Convert the store to an authenticated one with a firmware that uses it."},
    {kVendorNeeded, kUsage, "The vendor of a new variable is not known",
     "A variable is identified by vendor GUID and name. Names of the UEFI specification, such as BootOrder or db, have "
     "a vendor of their own; this name is none of them, and the store has no variable called so.",
     "Add --guid, or write NAME-GUID."},
    {kBadValue, kUsage, "The value cannot be understood",
     "A value is given as --hex (two digits for each byte), --text, --utf16, --input FILE or, for attributes, as names "
     "such as NV+BS+RT or a number.",
     "'nonvol help vars set' shows each form."},
    {kNotStorable, kRefused, "No firmware stores such a variable",
     "A variable in a store has data, and the attributes NON_VOLATILE and BOOTSERVICE_ACCESS, and none that UEFI does "
     "not know (UEFI 2.10, 8.2.1). A record without is never written by firmware, and some hang when they meet one.",
     "To remove a variable use 'nonvol vars delete'; for attributes leave --attributes out."},
    {kNothingToUndo, kNoSuchThing, "No change of the store is recorded",
     "Each command of nonvol that changes a store leaves a record of the change beside it, .NAME.undo; there is "
     "none. The last change was not nonvol's, or the record was removed.",
     "Take the store from a copy."},
    {kUndoDamaged, kDamaged, "The undo record is damaged",
     "The record of the last change was cut off, as by a power cut, or changed. It is not part of what a "
     "crash leaves whole: the store itself is.",
     "Take the store from a copy; the next change makes a new record."},
    {kStoreChangedSince, kRefused, "The store was changed since",
     "The bytes that the last command wrote are no longer there: the guest ran, or another program changed the store. "
     "Taking the change back would mix two states.",
     "'nonvol vars diff' against a copy shows what is different; set single variables with 'nonvol vars set'."},
    {kCannotReplace, kRefused, "The store cannot be replaced by a new file",
     "A change that needs more than appending one record is made by putting a new file in the place of the old one. "
     "A device, an NBD export and what is inside a qcow2 image are no files of their own.",
     "Make the changes one at a time, or copy the store to a raw file, change that and copy it back."},
    {kMeasuredBootChanges, kDone, "PCR 7 will have another value",
     "The firmware measures SecureBoot, PK, KEK, db and dbx into PCR 7 of the guest's TPM. What is sealed to it, "
     "such as a BitLocker or LUKS key, does not open at the next start, and asks for the recovery key.",
     "In a guest with a TPM, suspend BitLocker or enroll the LUKS key anew; have the recovery key at hand."},
    {kNoUndoRecord, kDone, "The change left no undo record",
     "The record of what was changed lies beside the store. A device, an NBD export and the inside of a qcow2 image "
     "have no such place, and a directory can be closed for writing.",
     "Keep a copy before the next change: 'nonvol vars export'."},
    {kRevocationsDoNotFit, kDone, "A current revocation list does not fit",
     "Microsoft's dbx for x86-64 has 443 digests in one variable of some 21 KiB. Firmware of the 2 MiB layout takes "
     "10 KiB for one variable, whatever room its store has; elsewhere the store can be full.",
     "Convert the guest to the layout of 4 MiB: 'nonvol vars convert'; or compact the store."},
    {kStoreNotConvertible, kDamaged, "A damaged store is not converted",
     "Records that cannot be read may be variables of the guest. A converted store without them would look whole, and "
     "what is lost, such as the platform key, would not be missed before the guest runs with Secure Boot off.",
     "'nonvol vars list --raw' shows what is there; repair the store first, or take single variables over with "
     "'nonvol vars import'."},
    {kDoesNotFit, kRefused, "The variables do not fit the other layout",
     "Firmware has a limit for each variable (header, name and data: on OVMF 2M and ArmVirt 8192 bytes, 10240 for an "
     "authenticated one, on OVMF 4M 33792), and a store has room for so much and no more. Nothing is left out to make "
     "the others fit.",
     "Delete what the guest does not need with 'nonvol vars delete', or stay with the larger layout; a current dbx for "
     "x86-64 fits no 2M build."},
    {kConvertedDiffers, kDefect, "The converted store is not what was written",
     "After a conversion the new file is read back by the same reader as any other store, and each field of each "
     "variable is compared. One was different, and the file was not put in place.",
     "Check the disk that the output lies on; if it is sound, report this as a defect."},
    {kOtherFirmwareNeeded, kDone, "The store needs other firmware now",
     "A store of one layout and firmware code of another do not work together: the guest does not start, or starts with "
     "volatile variables and Secure Boot off. Other code is another value of PCR 0 whatever its store holds. PCR 7 "
     "stays: SecureBoot, PK, KEK, db and dbx are kept byte by byte.",
     "Change the firmware path of the guest's definition and its store together, with the guest off; suspend BitLocker "
     "or have the recovery key at hand."},
    {kBootsFirmwareFile, kDone, "Boot entries that start files of the firmware itself",
     "The UEFI shell and the setup are files in the firmware's own volume, and their boot entries name that volume. "
     "edk2's boot manager removes entries whose file is not there and registers its own at each start.",
     "Nothing needs to be done; entries for disks and networks name devices and stay."},
    {kMoreThanAStore, kRefused, "The image holds more than a variable store",
     "A combined image such as OVMF.fd has the firmware's code behind the variables. A store of another layout in its "
     "place would be without code, and the old code would not read it.",
     "Cut the store out, convert that, and use it with split firmware: one image of code, one of variables."},
    {kReadWhileInUse, kDone, "The store was read while a guest has it open",
     "The firmware of a running guest may change its variables at any time, and a change takes several writes. What "
     "was read is a state between two of them, and the guest may have gone on since.",
     "For a result that is to be used, shut the guest down first."},
    {kOutputIsSource, kRefused, "The output is the source",
     "A conversion writes a new file and leaves the source as it is, so that there is a way back as long as nobody has "
     "booted the new one.",
     "Give the new file another name, and put it in place when the guest's firmware is changed."},
    {kNoRecords, kRefused, "Only flash stores have records",
     "Dead records, free space and areas for interrupted writes are in stores as edk2 keeps them in flash. The other "
     "forms are written whole and hold live variables only.",
     "'nonvol vars list' shows the variables of any form."},
};

}  // namespace nonvol::catalogue_parts
