#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: what firmware does with a store, and repair. Private to
// catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kDamage[] = {
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
};

}  // namespace nonvol::catalogue_parts
