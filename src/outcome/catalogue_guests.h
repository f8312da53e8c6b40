#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: guests, surroundings, QEMU arguments. Private to catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kGuests[] = {
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
    {kNvramMissing, kDamaged, "The guest's variable store is gone",
     "The record names a store that does not exist, or that is no file of the guest's own but a link, which may lead "
     "into another guest.",
     "Restore the store from a copy."},
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
    {kMasterChanged, kDamaged, "What the guest's overlay lies over has changed",
     "A guest made with --store overlay has only what differs from a master, a read-only copy of its template in the "
     ".masters directory of the home. That copy is gone or has other contents, so that the overlay means nothing any "
     "more; a guest started with it would see a mixture.",
     "Put the master back: the digest is its name, and the template may still be where the guest's record says."},
    {kFlashSize, kRefused, "The machine's flash cannot have this size",
     "Each machine of QEMU has rules for what its flash banks hold. QEMU would refuse this firmware, or start and never "
     "boot; of a qcow2 image the size inside it counts. A guest's own store must also have the size and the format that "
     "its record says, or the firmware would not find its variables.",
     "Choose firmware that was built for the machine; 'nonvol firmware list' shows for which one each is."},
    {kNoVariablesKept, kNo, "The guest keeps no variables",
     "Its firmware is mapped read-only, or loaded into memory, and has no store. What it or its operating system sets "
     "is gone at power-off: boot entries, keys, everything.",
     "Create a guest with --mode split if its variables shall be kept."},
    {kUpgradeLayout, kRefused, "The new firmware does not fit the guest's variables",
     "The firmware expects a variable store of another layout or size, or is loaded in another way. A guest upgraded to "
     "it would start and lose its variables, or not start.",
     "'nonvol vars convert' makes a store of another layout from the guest's; create a new guest for it."},
    {kStoreFormExcluded, kRefused, "The firmware's variables cannot be kept in this form",
     "An overlay is a qcow2 image over a raw template. Templates that are images themselves, JSON, and firmware that "
     "comes in one file with its variables are copied.",
     "Leave out --store, or say --store copy."},
    {kGuestChangedMeanwhile, kRefused, "The guest was changed meanwhile",
     "Another nonvol gave the guest other firmware, or made it anew, while this command looked at it. Nothing was "
     "done.",
     "Look at the guest, and repeat the command."},
    {kTpmSecretsAtStake, kRefused, "A TPM's secrets would be lost",
     "The guest has a TPM. What is sealed to it, the key of an encrypted disk first of all, can be opened by no other "
     "TPM: deleted is gone for good.",
     "Keep the image with --keep-nvram, or say --lose-tpm-secrets."},
    {kTpmImageMissing, kDamaged, "The image of the guest's TPM is missing",
     "The guest's record names an NVRAM image that is not in its directory, or is a link.",
     "Bring it back from a backup; a TPM that is made anew cannot open what was sealed to the old one."},
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
     "The one-argument-per-line form has no way to write this name; or it is longer than a unix socket's may be.",
     "Use --shell or --json; name another socket with --socket and --tpm-socket."},
    {kQemuTooOld, kRefused, "This QEMU cannot run the firmware",
     "The way this firmware is loaded does not exist in a QEMU of that version.",
     "Use a newer QEMU or other firmware."},
    {kBadQemuVersion, kUsage, "Not a QEMU version",
     "Versions are written as QEMU writes them: 7.2 or 7.2.22.", "Run 'qemu-system-x86_64 --version'."},
    {kMachineWithoutFlash, kRefused, "The machine has no flash",
     "Firmware that is mapped as flash needs a machine with flash banks, and QEMU's microvm and isapc have none.",
     "Choose another machine, or firmware that is loaded into memory: --device memory."},
};

}  // namespace nonvol::catalogue_parts
