#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: other forms of variables, and what values mean. Private to
// catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kValues[] = {
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
    {kBootNumber, kUsage, "This is not the number of a boot entry",
     "Entries are named by one to four hexadecimal digits, as firmware and efibootmgr show them, or by the variable's "
     "whole name, such as Boot0003.",
     "'nonvol boot list' shows the numbers that there are."},
    {kBootPathWords, kUsage, "It is not said what the new entry starts",
     "A new entry takes either a whole device path with --path, or a file with --file; the latter can be on a partition "
     "that --partition-guid names, which --partition gives a number.",
     "'nonvol help boot add' shows each form."},
    {kBootTimeout, kUsage, "The boot menu cannot wait that long",
     "Timeout is a number of 16 bits: 0 to 65,534 seconds. 65,535 stands for waiting until somebody chooses.",
     "Give seconds, or 'forever'."},
    {kTimeoutSetByQemu, kDone, "Firmware of a QEMU guest sets the timeout anew",
     "edk2's builds for QEMU, OVMF as well as ArmVirtQemu, write Timeout at each start: what QEMU is told with "
     "-boot menu=on,splash-time=MILLISECONDS, else a default of their own. What the store says counts for other "
     "firmware.",
     "Give QEMU the time."},
};

}  // namespace nonvol::catalogue_parts
