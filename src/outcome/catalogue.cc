#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "outcome/error_id.h"

namespace nonvol {
namespace {

using enum ErrorId;
using enum ExitCode;

// Ascending by number. docs/errors.md, `nonvol explain ID` and the exit codes all come from here.
constexpr CatalogueEntry kCatalogue[] = {
    {kBadCommandLine, kUsage, "The command line cannot be understood",
     "An option is unknown, lacks its value, has a value outside what it accepts, or a required word is "
     "missing.",
     "Run the command with --help; the message names the word that was not understood."},
    {kUnknownCommand, kUsage, "No such command", "The first words are not a command of nonvol.",
     "Run 'nonvol help' for the list of commands."},
    {kUnknownArchitecture, kUsage, "Unknown architecture",
     "nonvol knows default machines only for the architectures that QEMU's firmware descriptors name.",
     "Give --machine as well, or check the spelling of --arch (QEMU's names: x86_64, aarch64, ...)."},
    {kUnknownErrorId, kNoSuchThing, "No such error id",
     "Ids are NV and four digits, and the number asked for is not in the catalogue.",
     "Run 'nonvol explain' without an id for the list."},
    {kBadGuestName, kUsage, "Not a guest name",
     "A guest's name becomes a directory and part of a file name: letters, digits, '-', '_' and '+', at "
     "most 64 bytes, beginning with a letter or digit. A word with '/', '.' or ':' is a path or URI, never "
     "a guest.",
     "Choose another name, or write ./NAME to mean a file."},
    {kContradiction, kUsage, "The request contradicts itself",
     "Two options of the request exclude each other, so that nothing could ever satisfy it.",
     "Drop one of the two options that the message names."},

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
    {kFormUnknown, kDamaged, "Not a form of UEFI variables that is known",
     "The file begins like none of the forms that are read: JSON of QEMU, virt-firmware or python-uefivars, "
     "EC2's uefi-data, Hyper-V's VMGS.",
     "Check that it is the right file, and whole; flash stores begin with a firmware volume instead."},
    {kFormTooLarge, kDamaged, "Too large for UEFI variables",
     "Firmware keeps some hundred KiB of variables. What is many times as large is not read into memory.",
     "Check that it is the right file."},
    {kFormCannotHold, kRefused, "The form has no place for something that a variable has",
     "Written in this form, the variable would come back without it. A lost time stamp allows old signed "
     "updates again, a lost digest of the signer ends all updates.",
     "Choose another form, or remove the variable first if it is not needed."},
    {kFormNotWritten, kRefused, "The form is only read",
     "A VMGS file holds a TPM's state and keys besides the variables, which a new file would not have; "
     "python-uefivars' own JSON is refused by QEMU.",
     "Write QEMU's JSON or EC2's uefi-data, or edit with the program that the file belongs to."},
    {kDuplicateVariable, kNo, "A variable is there twice",
     "Two entries have one vendor and name. Readers disagree on which of the two counts; the one that the "
     "file's own program takes was kept.",
     "Compare both before the file is written anew."},
    {kBytesBehindForm, kNo, "Bytes follow the end",
     "All variables were read, and something that belongs to none of them follows. It is not kept when the "
     "file is written anew.",
     "Check that the file was not put together from two."},
    {kVarsJsonMember, kDamaged, "A member of the JSON file is missing or of the wrong type",
     "QEMU's schema (qapi/uefi.json) has version and variables, and in each variable guid, name, attr, data "
     "and perhaps time and digest.",
     "Mend the member that the message names, or take the file from a copy."},
    {kVarsJsonUnknownMember, kDamaged, "An unknown member in the JSON file",
     "QEMU refuses a file with a member that its schema does not have, and does not start.",
     "Remove the member, or correct its spelling."},
    {kVarsJsonVersion, kDamaged, "Unknown version of the JSON file",
     "Only version 2 is known, as QEMU, virt-firmware and python-uefivars write it.",
     "Look for a newer nonvol."},
    {kVarsJsonValue, kDamaged, "A value in the JSON file cannot be understood",
     "A guid, a name, an attr, or hexadecimal digits are not as they must be. QEMU would take some of these "
     "silently for something else.",
     "Mend the value that the message names."},
    {kVarsJsonDialect, kNo, "Not as QEMU has it",
     "The file was read, but QEMU would refuse it or misread it: stamps are called timestamp, the variables "
     "are a bare list, or a name is not ASCII.",
     "Write it anew as QEMU's JSON before QEMU is given it."},
    {kEc2Text, kDamaged, "uefi-data is not base64",
     "EC2 hands its variables out as base64 text (RFC 4648), padded; line breaks do not matter.",
     "Fetch it again: aws ec2 get-instance-uefi-data."},
    {kEc2Header, kDamaged, "uefi-data has an unknown header",
     "It begins with 'AMZNUEFI', a checksum and version 0.", "Fetch it again, or look for a newer nonvol."},
    {kEc2Checksum, kDamaged, "uefi-data has a wrong checksum",
     "The CRC-32C covers all that follows it. Mostly the text was not copied whole.",
     "Fetch it again: aws ec2 get-instance-uefi-data."},
    {kEc2Stream, kDamaged, "uefi-data cannot be inflated",
     "The variables are a zlib stream with a dictionary that is part of the format. The stream is cut off, "
     "damaged, or wants another dictionary.",
     "Fetch it again, or look for a newer nonvol."},
    {kEc2Variable, kDamaged, "A variable in uefi-data is cut off or has no name",
     "Lengths inside say more than there is, or a name is not UTF-8. The checksum was right, so that this was "
     "written so.",
     "Tell whoever made the file."},
    {kVmgsHeader, kDamaged, "No valid VMGS header",
     "Two copies of the header are written in turn; at least one must have its checksum, and of two the newer "
     "is one ahead.",
     "Take the file from a copy. VMGS version 1 is not read."},
    {kVmgsFileTable, kDamaged, "The VMGS file table is damaged",
     "A file's place or size in the table does not fit the whole.", "Take the file from a copy."},
    {kVmgsEncrypted, kRefused, "The VMGS file is encrypted",
     "The variables of confidential and trusted-launch guests are encrypted with a key that is not in the "
     "file.",
     "Decrypt it with Microsoft's vmgstool and the key first."},
    {kVmgsNoVariables, kNo, "The VMGS file has no variables",
     "The file of the variables was never written: the guest has not started with it.", "Nothing."},
    {kVmgsRecord, kDamaged, "A variable in the VMGS file is damaged",
     "The variables before it were read. Hyper-V's firmware refuses all of them for one that is damaged.",
     "Take the file from a copy; what was read can be written in another form."},
    {kCertDbDamaged, kDamaged, "The variable certdb is damaged",
     "It says who signed each private authenticated variable. Firmware refuses all signed updates of them "
     "when it cannot read it.",
     "Take the store from a copy; PK, KEK, db and dbx do not depend on it."},
    {kCertDbEntryUnused, kNo, "An entry of certdb belongs to no variable",
     "The variable is not there, is not authenticated, or has an entry before this one. edk2 removes such "
     "entries at its next start.",
     "Nothing."},
    {kDigestOfOtherFirmware, kNo, "A signer's digest is not as the other firmware makes it",
     "edk2 and QEMU's uefi-vars both keep a SHA-256 of the signer, over different bytes, and one cannot be "
     "made from the other. The variable stays readable; updates of it will be refused.",
     "Delete and set the variable anew in the guest, or go back to the first form."},

    {kDevicePathNode, kDamaged, "A device path is damaged",
     "A node says a length that cannot be. Firmware stops there as well; what lies before it is shown, the rest is "
     "kept as bytes.",
     "Remove the variable, or set it anew with a path that the guest's firmware prints."},
    {kDevicePathEnd, kDamaged, "A device path has no end",
     "Every device path closes with an end node. Firmware that looks for it reads what lies behind the variable.",
     "Remove the variable, or set it anew."},
    {kDevicePathText, kUsage, "This is not a device path",
     "Device paths are written as the UEFI specification has them: nodes with their arguments in parentheses, "
     "slashes between them, and a file with backslashes at the end, such as "
     "HD(1,GPT,6b8b4567-327b-23c6-643c-986966334873)/\\EFI\\debian\\shimx64.efi.",
     "See docs/formats/boot-entries.md for all forms. In a shell, put single quotes around the path."},
    {kLoadOption, kDamaged, "A boot entry is damaged",
     "A load option is four bytes of attributes, the length of its device paths, a description that ends with "
     "NUL, and the paths. This one does not have them, and firmware skips it.",
     "Remove the variable."},
    {kBootRequest, kUsage, "This boot entry cannot be made",
     "A description is text without NUL, an entry has a device path of at most 65,535 bytes, and an order names "
     "each entry once.",
     "Change the request."},
    {kBootOrderLength, kDamaged, "The boot order has an odd length",
     "The order is a list of 16-bit numbers. The last byte belongs to none, and firmware may ignore the whole list.",
     "Set the order anew."},
    {kBootEntryMissing, kNo, "The boot order names an entry that is not there",
     "Firmware passes over it. It is what is left when an entry was deleted by hand, or when variables were lost.",
     "Set the order without it."},
    {kBootEntryNotInOrder, kNo, "A boot entry is not in the boot order",
     "Firmware does not start it by itself; it can be chosen in the menu or by BootNext.",
     "Nothing if that is meant; else set an order that names it, or delete the entry."},
    {kBootNextMissing, kNo, "The next boot names an entry that is not there",
     "BootNext is used once and removed; here it leads nowhere, and the boot goes on with the boot order.",
     "Clear it, or set it to an entry that exists."},
    {kBootOrderTwice, kNo, "The boot order names an entry twice",
     "Firmware would try the entry again after it failed.", "Set the order with each entry once."},
    {kBootVariableSize, kDamaged, "A boot variable has the wrong size",
     "BootNext, BootCurrent and Timeout are 16-bit numbers; firmware ignores others.",
     "Remove the variable, or set it anew."},
    {kNoSuchBootEntry, kNoSuchThing, "There is no such boot entry",
     "No variable has the name that this number makes, such as Boot0003.",
     "List the entries that there are."},
    {kNoFreeBootNumber, kRefused, "All numbers of boot entries are taken",
     "There are 65,536 of them, and an entry or the boot order uses each.",
     "Delete entries that are not needed."},

    {kNotACertificate, kDamaged, "Not a certificate",
     "The bytes are neither an X.509 certificate in DER nor text with certificates in PEM.",
     "'openssl x509 -in FILE -text' says what OpenSSL makes of it; the file may be a key, or another format."},
    {kBadPrivateKey, kUsage, "Not a usable private key",
     "A signature needs the private key of the signer's certificate, in PEM and not encrypted.",
     "Give the key that belongs to the certificate; 'openssl pkey' takes a passphrase away."},
    {kNotSignedData, kDamaged, "Not a signature that edk2 reads",
     "Updates and EFI programs are signed with PKCS #7 SignedData, in the encoding that edk2 expects.",
     "Make the signature anew with a tool for UEFI, such as sbsign or sign-efi-sig-list."},
    {kSigningFailed, kUsage, "Could not sign",
     "The key, the certificate or a name is not fit for what was asked.",
     "edk2 takes RSA keys and SHA-256; a certificate's common name has at most 64 bytes."},
    {kSignatureListSize, kNo, "A signature list has an impossible size",
     "Each list in PK, KEK, db and dbx says how long it is. One that is shorter than its own header or longer "
     "than what is left cannot be followed, and neither can what comes behind it. The lists before it count.",
     "Enroll what is missing behind it anew; editing the variable leaves the bytes alone."},
    {kSignatureSize, kNo, "Signatures do not fit their list",
     "A list says how long each signature is. The size must hold the owner's GUID, be what the type needs, and "
     "divide the list without a rest; edk2 refuses an update that is otherwise.",
     "Remove the list and enroll its signatures anew."},
    {kSignatureType, kNo, "Unknown signature type",
     "edk2 knows twelve types of signature. A list of any other is kept but means nothing to the firmware, and "
     "edk2 refuses an update with it.",
     "Nothing, unless the list should have been of a known type."},
    {kUpdateDamaged, kDamaged, "Not an authenticated update",
     "An .auth file is an EFI_VARIABLE_AUTHENTICATION_2: a time stamp, a PKCS #7 certificate with its length, "
     "and the new content of the variable.",
     "Check that the file is an .auth and not an .esl (signature list) or a certificate."},
    {kUpdateTimeField, kRefused, "An update's time stamp has more than date and time",
     "Padding, nanoseconds, zone and daylight of the time stamp must be zero; edk2 refuses the update otherwise.",
     "The update must be signed anew with a proper time stamp."},
    {kUpdateNotLater, kRefused, "An update is not later than the variable",
     "An update that replaces a variable must carry a later time stamp than the variable has, so that nobody "
     "can bring back an old content with its old signature.",
     "Use a newer update. One that appends is not held to this."},
    {kUpdateDigest, kRefused, "An update is not signed the way edk2 looks for",
     "edk2 looks for SHA-256 at one fixed place, which only a bare SignedData has there.",
     "Sign anew: SHA-256, DER, SignedData without a ContentInfo around it."},
    {kUpdateNotTrusted, kRefused, "No key of this guest vouches for an update",
     "PK and KEK take updates signed by the PK, db and dbx also those signed by a KEK. This one is signed by "
     "nobody of them, or its signature is for other content, another variable or other attributes.",
     "Find the update that is made for this platform key, or enroll the content itself from the host."},
    {kUpdatePayload, kRefused, "An update's content is not what the variable holds",
     "The variables of Secure Boot hold signature lists, and PK exactly one signature.",
     "Make the update anew from a proper signature list."},
    {kUpdateAttributes, kRefused, "Wrong attributes for a Secure Boot variable",
     "PK, KEK, db, dbx and dbt are non-volatile and authenticated by time; edk2 refuses any others.",
     "Give the attributes that the update was signed for, usually 0x27, or 0x67 to append."},
    {kUpdateOtherVariable, kRefused, "Not a variable of Secure Boot",
     "Only PK, KEK, db, dbx and dbt are verified here. Other authenticated variables are tied to whoever wrote "
     "them first, which needs the firmware's own list of signers.",
     "Set the variable in the guest."},
    {kSetupMode, kNo, "Setup mode: there is no platform key",
     "Without a PK the firmware verifies nothing: every program starts, and anybody may enroll keys.",
     "Enroll a platform key, after db and KEK."},
    {kSecureBootDisabled, kNo, "Secure Boot is switched off",
     "There is a platform key, but SecureBootEnable says 0, so the firmware verifies no program.",
     "Switch Secure Boot on."},
    {kCustomMode, kNo, "Custom mode is stored",
     "In custom mode edk2 takes updates of keys without verifying them. It goes back to standard mode whenever "
     "it starts.",
     "Nothing: the next start ends it."},
    {kNothingRevoked, kNo, "Nothing is revoked",
     "The dbx is missing, empty or holds only the digest of nothing, as templates have it. Boot loaders with "
     "known holes start.",
     "Enroll a current dbx."},
    {kNewMediaRefused, kNo, "New boot media will not start",
     "Microsoft's certificates of 2011 have expired, so that boot loaders are signed with those of 2023 only. "
     "This db trusts just the old ones.",
     "Enroll the certificates of 2023 in db."},
    {kNoNewRevocations, kNo, "New revocations cannot be received",
     "Microsoft's KEK of 2011 has expired, so that new updates of dbx are signed with that of 2023, which this KEK "
     "does not hold. Updates that were published before still verify.",
     "Enroll Microsoft Corporation KEK 2K CA 2023 in KEK."},
    {kNoKeyUpdate, kNo, "No update of KEK is known for this platform key",
     "Only the owner of the platform key can sign an update of KEK. Without one, a guest cannot get the KEK of "
     "2023 by itself.",
     "Enroll it from the host."},
    {kPublicPrivateKey, kNo, "The platform key is a test key",
     "The private key of this platform key is published, so that anybody can sign updates for this guest.",
     "Enroll a platform key of your own."},
    {kUnreadableCertificate, kNo, "A certificate cannot be read",
     "An entry of type X509 is no certificate. The firmware trusts nothing by it.", "Remove the entry."},
    {kNotAnEfiProgram, kDamaged, "Not an EFI program",
     "EFI programs are PE/COFF images; this file is none that edk2 would load.",
     "Check that the file is complete and made for UEFI."},
    {kProgramSignatures, kNo, "The table of signatures is damaged",
     "The signatures of a program stand one after the other at its end, each with its length. edk2 does not "
     "start a program whose signatures do not fill the table exactly.",
     "Sign the program anew."},
    {kOnePlatformKey, kRefused, "A guest has one platform key",
     "PK holds exactly one certificate, and whoever owns it decides about all other keys. Another one is not put "
     "in its place by the way.",
     "Delete PK first, if that is what you want, and enroll the new one then."},
    {kKeyFile, kDamaged, "The file holds no keys",
     "Keys come as certificates (X.509 in DER or PEM), as signature lists (.esl) or as signed updates (.auth).",
     "Look at the file with 'openssl x509 -text -noout -in FILE'; a certificate request or a private key is no "
     "certificate."},
    {kKnownCertificateMissing, kNoSuchThing, "A certificate of Microsoft's is not in the directory",
     "The guest needs a certificate of 2023 whose body nonvol does not ship: it has to be in a file, and is known by "
     "its SHA-256.",
     "Take it from https://github.com/microsoft/secureboot_objects, PreSignedObjects."},
    {kSecureBootLost, kRefused, "Secure Boot would be lost",
     "Without PK the guest is in setup mode: it starts every program, and whatever runs in it may enroll keys of its "
     "own. Without KEK or db it takes no updates, or starts nothing; without dbx what was revoked starts again.",
     "If that is what you want, say so with --lose-secure-boot."},
    {kNothingStarts, kNo, "No program starts",
     "Secure Boot is on and db holds neither certificates nor digests, so that the firmware refuses every program.",
     "Enroll in db who signs what the guest starts."},
    {kNoKeysInDirectory, kNoSuchThing, "The directory has no keys",
     "Keys are looked for as microsoft/secureboot_objects keeps them: files .der, .cer, .crt, .pem, .esl and .auth "
     "in PreSignedObjects/PK, KEK, DB and DBX and their folders Certificates, or the same without PreSignedObjects.",
     "Name the files themselves with --pk, --kek, --db and --dbx."},
    {kNoPlatformKey, kRefused, "There is no platform key",
     "Secure Boot cannot be switched on in setup mode: edk2 verifies programs only where there is a PK.",
     "Enroll PK, KEK and db first."},
    {kFlashSizeRefused, kNo, "QEMU does not start with a file of this size",
     "QEMU takes flash files in whole sectors of 4096 bytes, on x86 up to 8 MiB with the code "
     "together, and on other machines of the size of the flash bank. The guest does not start.",
     "'nonvol vars repair' gives the file the size of its store; start from a template where nothing "
     "is left of it."},
    {kFlashNotFound, kNo, "The firmware finds no flash where its store should be",
     "The file is shorter than the store of this build, or so blank that the flash driver's probe "
     "fails. A build without SMM boots and keeps variables in memory only: nothing that the guest sets "
     "survives, and the file never changes. A build with SMM stops.",
     "Give the guest a store of the layout that its code expects; 'nonvol vars repair' mends a file "
     "that was cut short."},
    {kVolumeWiped, kNo, "The firmware erases this store at its next start",
     "edk2's x86 flash driver compares six fields of the volume header. If one is wrong it erases the "
     "whole store with its spare area and writes a header alone, behind which the variable driver "
     "finds no store: the start ends in an exception, this one and every later one.",
     "Do not start the guest. 'nonvol vars repair' writes the header anew and keeps the variables."},
    {kStoreNotFound, kNo, "The firmware finds no variable store in the volume",
     "The volume header satisfies the flash driver, but a field of it or of the store header that the "
     "drivers above need is wrong. The start ends in an exception; the file stays as it is.",
     "'nonvol vars repair' writes the header anew and keeps the variables."},
    {kStoreFormatted, kNo, "The firmware formats this store at its next start",
     "The flash driver of ARM, RISC-V and LoongArch firmware erases a store that it does not like and "
     "begins an empty one: every boot entry and key is gone, Secure Boot is off, and the guest boots "
     "without a word.",
     "Do not start the guest. 'nonvol vars repair' mends what the driver objects to."},
    {kWriteReplayed, kDone, "An interrupted write will be completed",
     "The firmware was stopped while it rewrote the store. At its next start it copies the spare area "
     "over the store, so that a change made to the file in between is undone.",
     "Nothing; 'nonvol vars repair' does the same without starting the guest."},
    {kWriteReplayDestroys, kNo, "The firmware will copy damaged bytes over the store",
     "The write queue says that the spare area is complete, but what lies there is no variable store. "
     "The firmware does not look: it copies the bytes over the store at its next start.",
     "Do not start the guest. 'nonvol vars repair' takes the write off the queue."},
    {kStoreSizeMisleads, kNo, "The store header says another size than the layout has",
     "The variable driver takes the end of the records from the store header and does not check it in "
     "release builds.",
     "'nonvol vars repair' writes the header anew."},
    {kNamelessRecord, kNo, "A live record without a name stops the firmware",
     "A record whose attributes, name size or data size are unwritten counts as one with an empty "
     "name, and so does one whose name size is zero. If its state says that it is live, the firmware's "
     "search for the next variable finds it again and again: the start hangs.",
     "'nonvol vars repair' mends the record or leaves it out, and keeps the others."},
    {kOversizedRecord, kNo, "A live record reaches beyond the store",
     "The firmware believes the sizes of a record. With one that leaves the store it can neither list "
     "nor write variables, and hangs, stops with an exception or boots without keeping anything, as "
     "the size and the guest's memory will have it.",
     "'nonvol vars repair' mends the record or leaves it out, and keeps the others."},
    {kVariablesUnseen, kNo, "The firmware will not see all variables, and then erase them",
     "The firmware's walk over the records ends at damage, although readable records lie behind it. "
     "They are out of its sight, and it takes the place for free room that has to be cleaned: it "
     "erases them at its next start.",
     "Do not start the guest. 'nonvol vars repair' links the records again."},
    {kStateIgnored, kNo, "A record has a state that edk2 never writes",
     "x86 firmware takes such a variable for dead; ARM's flash driver formats the whole store at it.",
     "'nonvol vars repair' marks it deleted; 'nonvol vars list --all' shows what it holds."},
    {kNoRoomForABoot, kNo, "The store has no room for what a boot writes",
     "By its header the store ends so soon behind its records that each variable written at a boot "
     "makes the firmware copy the whole store. The start takes minutes or never ends.",
     "'nonvol vars repair' gives the store the size of its layout."},
    {kReplayOverwritten, kNo, "The firmware will write over what it restores",
     "Without SMM the variable driver reads the store before an interrupted write is completed, and appends where the records end that it has read. If those of the spare area go further, new variables are written into the middle of them.",
     "Do not start the guest. 'nonvol vars repair' completes the write first."},
    {kRepairVolumeHeader, kDone, "The volume header is written anew",
     "A field of the volume header is not what the firmware wants. The header holds nothing but "
     "constants of the layout.",
     "Nothing to do."},
    {kRepairStoreHeader, kDone, "The store header is written anew",
     "A field of the store header is not what the firmware wants, or it names the other kind of record "
     "headers than the records have. The kind is taken from the records themselves.",
     "Nothing to do."},
    {kRepairReplayed, kDone, "The interrupted write is completed",
     "The spare area is copied over the store, as the firmware would have done had it come so far.",
     "Nothing to do."},
    {kRepairQueue, kDone, "The write queue is written anew",
     "The fault-tolerant-write working area was damaged, or held a write that must not be taken up.",
     "Nothing to do."},
    {kRepairFromSpare, kDone, "The store is taken from the spare area",
     "The store is gone, but the spare area holds a complete image of it that no queue speaks of.",
     "Compare the variables with what the guest should have: the image may be older."},
    {kRepairMark, kDone, "A record's start mark is put back",
     "Everything else of the record is right, and it leads to the next one.", "Nothing to do."},
    {kRepairSize, kDone, "A record's size is put back",
     "One of the two sizes of a record is wrong, and follows from the other and from where the next "
     "record begins.",
     "Look at the variable that is named: a data size was taken to be without trailing 0xff."},
    {kRepairState, kDone, "A record of unknown state is marked deleted",
     "The state was damaged, so that nothing tells whether the variable was live. The firmware takes "
     "it for dead; so it stays.",
     "'nonvol vars list --all' shows what it holds; set the variable anew if it was live."},
    {kRepairGap, kDone, "A record that does not lead to the next one is kept",
     "The sizes of the record cannot be mended, but the firmware reads it as it stands.",
     "Look at the variable that is named."},
    {kRepairDropped, kDone, "Bytes that cannot be read as a record are left out",
     "The fields of a record are damaged in more than one place, so that nothing tells where its parts "
     "are.",
     "The message says what is known of it; the original file still has the bytes."},
    {kRepairBlank, kDone, "A blank store becomes an empty one",
     "Nothing is left to save in the file; x86 firmware does not start with a blank store.",
     "Take the store from a backup or a template if keys are needed."},
    {kRepairLength, kDone, "The file gets the size of its layout",
     "The firmware and QEMU find the store by the size of the file.", "Nothing to do."},
    {kRepairNoLayout, kDamaged, "Nothing tells the layout of the store",
     "Neither the volume header, nor the size of the file, nor a write queue in its place says for "
     "which firmware the store was.",
     "Name the code image with which the guest starts."},
    {kRepairOtherLayout, kRefused, "The store is sound but of another layout",
     "The store has the layout of another build than the one it is to be used with. That is no damage.",
     "Convert the store to the other layout, or use the code that it belongs to."},
    {kRepairNothingThere, kDamaged, "Nothing in the file is part of a variable store",
     "The file is not blank, and neither a header nor a single record was found in it.",
     "Take the store from a backup or a template."},

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

    {kNoSuchGuest, kNoSuchThing, "No such guest", "No guest of that name is in the home directory.",
     "'nonvol' lists the guests; --home or NONVOL_HOME says where they live."},
    {kGuestExists, kRefused, "A guest of that name exists",
     "It was created from another request, and a guest's store is never overwritten.",
     "Choose another name, or 'nonvol delete NAME --nvram' first."},
    {kRecordDamaged, kDamaged, "The guest's record is damaged",
     "guest.json says which firmware the guest boots; without it nothing can be said or emitted safely.",
     "Restore guest.json from a copy; the variable store beside it is not affected."},
    {kGuestRunning, kRefused, "The guest's store is in use",
     "A running QEMU holds its image lock on the variable store. A running guest's state is never changed.",
     "Shut the guest down first."},
    {kNvramChoiceNeeded, kRefused, "Say what happens to the variable store",
     "Deleting a guest's variables loses its boot entries and keys, so that it is never assumed.",
     "Add --nvram to delete the store too, or --keep-nvram to keep it."},
    {kModeNotYet, kRefused, "Guests of this firmware mode cannot be created",
     "nonvol creates guests whose firmware is a read-only code file with a variable store of their own "
     "(flash, split).",
     "Add --mode split, or use the arguments of 'nonvol firmware select'."},
    {kNvramMissing, kDamaged, "The guest's variable store is gone",
     "The record names a store that does not exist; QEMU would not start.", "Restore the store from a copy."},
    {kFirmwareChanged, kNo, "The firmware changed since the guest was created",
     "The file has another size or digest than the record says: a package update replaced it. The same "
     "layout boots on; another layout would lose the guest's variables.",
     "Compare the sizes: the same size usually means the same layout."},
    {kFirmwareGone, kNo, "The guest's firmware file is gone",
     "The file that the guest boots does not exist any more; QEMU would not start.",
     "Install the package that has it."},
    {kStoreLeftBehind, kRefused, "A variable store of that name was kept",
     "A guest of this name was deleted with --keep-nvram and its store is still there; it is never "
     "overwritten.",
     "Move its directory out of the way to keep it; 'nonvol delete NAME --nvram' removes it for good."},
    {kUnfinishedWork, kDone, "A directory of an interrupted command was left behind",
     "A create or delete was interrupted. What it left has a temporary name and is no guest.",
     "The next create or delete removes it."},
    {kForeignFiles, kRefused, "The guest's directory holds something else",
     "Deleting a guest removes the files that nonvol made. Something else lies beside them, such as a disk "
     "image, and might be all there is of it.",
     "Move it away and repeat the command."},

    {kLayoutMismatch, kRefused, "Code and variable store are of different layouts",
     "OVMF's 2 MiB and 4 MiB builds expect stores of different sizes. Paired wrongly, a guest starts, "
     "tells its operating system that variables are saved, and saves none, or does not start at all.",
     "Mend the descriptor so that executable and template are of one build."},
    {kFileMissing, kNoSuchThing, "No such file", "The file or directory does not exist.", "Check the path."},
    {kPermission, kSurroundings, "No permission", "The system refused access.",
     "Run as the user who owns the files, or choose another --home."},
    {kInputOutput, kSurroundings, "Input/output error", "The system reported a failure to read or write.",
     "See the system's log; nothing that was reported as done is affected."},
    {kNoSpace, kSurroundings, "No space left", "The file system is full or a quota is reached.",
     "Free some space and repeat the command; nothing was changed."},
    {kAlreadyThere, kRefused, "The file exists", "nonvol does not write over a file it did not make.",
     "Choose another path."},
    {kLibraryMissing, kSurroundings, "A library is missing",
     "nonvol loads OpenSSL's libcrypto only when a digest is needed, and libnbd only for an NBD server, and could "
     "not find the one that the message names.",
     "Install the package (Debian: libssl3, libnbd0)."},
    {kImageInUse, kRefused, "The image is in use",
     "A running QEMU, one of its tools or another nonvol holds the image, by the locks that QEMU puts on its "
     "images. Two that write at once would destroy what it holds.",
     "Stop the process that the message names, or wait for it."},
    {kNoFlush, kRefused, "The server cannot flush",
     "nonvol says that something is done when it is durable. An NBD server without the flush command can never say "
     "that, so nothing is written to it.",
     "Serve the image in another way, for example with 'nbdkit file' or 'qemu-storage-daemon'."},
    {kQemuToolMissing, kSurroundings, "A tool of QEMU is missing",
     "Images that are not plain files, such as qcow2 and LUKS, are opened by QEMU's qemu-storage-daemon, and it is in "
     "none of the directories of PATH.",
     "Install the package (Debian: qemu-system-common)."},
    {kQemuToolFailed, kSurroundings, "QEMU cannot open the image",
     "qemu-storage-daemon ended before it served the image. The message has the last line that it printed. A key that "
     "does not fit is told in this way, too.",
     "Look at the image with 'qemu-img info', and whether the key file holds the passphrase and nothing else."},
    {kOutOfMemory, kSurroundings, "Out of memory",
     "A program that uses nonvol as a library could not be given the memory, or the thread, that its request needs. An "
     "update that ends so may or may not have been written; the entry is old or new.",
     "Give the process more memory, or ask for less at a time."},

    {kNotRepresentable, kRefused, "A file name cannot be written in this form",
     "The one-argument-per-line form has no way to write this name.", "Use --shell or --json."},
    {kQemuTooOld, kRefused, "This QEMU cannot run the firmware",
     "The way this firmware is loaded does not exist in a QEMU of that version.",
     "Use a newer QEMU or other firmware."},
    {kBadQemuVersion, kUsage, "Not a QEMU version",
     "Versions are written as QEMU writes them: 7.2 or 7.2.22.", "Run 'qemu-system-x86_64 --version'."},

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
     "key of an encrypted one.",
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

    {kImpossible, kDefect, "A defect of nonvol",
     "Something happened that nonvol's authors thought impossible.",
     "Please report it with the whole message."},
};

}  // namespace

std::span<const CatalogueEntry> catalogue() {
  return kCatalogue;
}

const CatalogueEntry& catalogue_entry(ErrorId id) {
  const auto* found = std::ranges::lower_bound(kCatalogue, id, {}, &CatalogueEntry::id);
  if (found != std::end(kCatalogue) && found->id == id) return *found;
  return kCatalogue[std::size(kCatalogue) - 1];
}

std::string to_string(ErrorId id) {
  return fmt::format("NV{:04}", static_cast<unsigned>(id));
}

const CatalogueEntry* find_catalogue_entry(std::string_view text) {
  if (text.size() == 6 && (text[0] == 'N' || text[0] == 'n') && (text[1] == 'V' || text[1] == 'v')) {
    text.remove_prefix(2);
  }
  if (text.size() != 4) return nullptr;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return nullptr;
  const auto* found = std::ranges::find(kCatalogue, static_cast<ErrorId>(number), &CatalogueEntry::id);
  return found == std::end(kCatalogue) ? nullptr : found;
}

}  // namespace nonvol
