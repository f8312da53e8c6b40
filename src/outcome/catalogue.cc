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
     "'nonvol vars list FILE --all' shows the record and where it lies."},
    {kRecordName, kDamaged, "A variable's name is malformed",
     "Names are UTF-16 with a final NUL and an even size in bytes.",
     "'nonvol vars list FILE --all' shows the record and where it lies."},
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
     "firmware copies it over the store at its next start; what nonvol reads is the store before that.",
     "Start the guest once, or read with care: variables can be other ones after the next start."},
    {kNoSuchVariable, kNoSuchThing, "No such variable",
     "No live variable of that name, or of that name and vendor GUID, is in the store. Names are "
     "case-sensitive.",
     "'nonvol vars list' shows what there is; --all also shows deleted records."},
    {kAmbiguousVariable, kUsage, "Several vendors have a variable of that name",
     "A variable is identified by vendor GUID and name together, and the name alone fits more than one.",
     "Add --guid, or write NAME-GUID."},

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

    {kNotRepresentable, kRefused, "A file name cannot be written in this form",
     "The one-argument-per-line form has no way to write this name.", "Use --shell or --json."},
    {kQemuTooOld, kRefused, "This QEMU cannot run the firmware",
     "The way this firmware is loaded does not exist in a QEMU of that version.",
     "Use a newer QEMU or other firmware."},
    {kBadQemuVersion, kUsage, "Not a QEMU version",
     "Versions are written as QEMU writes them: 7.2 or 7.2.22.", "Run 'qemu-system-x86_64 --version'."},

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
