#pragma once

#include "outcome/error_id.h"

// Part of the catalogue, ascending by number: TPMs, and what is nobody's fault but nonvol's. Private to
// catalogue.cc.
namespace nonvol::catalogue_parts {

using enum ErrorId;
using enum ExitCode;

inline constexpr CatalogueEntry kTpm[] = {
    {kNoTpmState, kNoSuchThing, "There is no TPM state",
     "Nothing was ever stored in the entry 'permall', which holds what a TPM must not forget, or it was deleted.",
     "'nonvol tpm create IMAGE' makes a TPM, 'nonvol tpm import' brings one of swtpm."},
    {kTpmStateDamaged, kDamaged, "TPM state that libtpms does not take",
     "The bytes are not the state of a TPM, are cut, or are of a later version of libtpms than the one installed. No "
     "TPM is made in place of it: everything sealed to the old one would be lost.",
     "Take the state from a backup, or run a newer libtpms."},
    {kTpmOtherVersion, kRefused, "State of another version of TPM",
     "TPM 1.2 and TPM 2.0 do not read each other's state.",
     "Leave the version out: the state says which it is."},
    {kTpmStateThere, kRefused, "There is a TPM already",
     "The image holds the state of a TPM. What is sealed to it can be opened by no other.",
     "Take another image, or say --lose-tpm-secrets."},
    {kTpmCommandRefused, kSurroundings, "The TPM refused a command",
     "While a TPM was being made or looked at, it answered a command with an error, or with bytes that are "
     "no answer to it; the message has the command and the response code of the TPM specification.",
     "'tpm2_rc_decode CODE' of tpm2-tools explains the code."},
    {kTpmStateChanged, kRefused, "Somebody else changed the TPM's state",
     "While the lock on the image was given away, for a migration, another process stored a state there. The TPM that "
     "gave it away would turn back what the other has done, and stops.",
     "Start the guest again where it ran last."},
    {kTpmStateTooLarge, kRefused, "An entry is too small for TPM state",
     "The entry of the image holds less than the state has bytes.",
     "'nonvol blob resize IMAGE --entry NAME:SIZE'; a full TPM 2.0 needs 192K for 'permall'."},
    {kTpmSandbox, kSurroundings, "The kernel refused the sandbox",
     "The emulator gives up every right that it does not need before it listens. The kernel would not let it.",
     "Say --no-sandbox if the kernel has no seccomp."},
    {kTpmProfile, kUsage, "Not possible with this version of TPM",
     "The option is for the other version of TPM, or for a TPM that is made anew; or QEMU has no TPM of this version on "
     "the guest's machine.",
     "Leave the option out, or choose another version or machine."},
    {kNoSwtpmState, kNoSuchThing, "No state of swtpm there",
     "The directory has neither tpm2-00.permall nor tpm-00.permall, or the file has no section for it.",
     "Name the directory that swtpm got with --tpmstate dir=, or the file of --tpmstate backend-uri=file://."},
    {kSwtpmHeader, kDamaged, "Not a state file of swtpm",
     "State files of swtpm begin with ten bytes: version, least version, header size, flags and total length.",
     "Check that the file is what its name says."},
    {kSwtpmField, kDamaged, "A state file of swtpm is damaged",
     "Behind the header stand fields with tag and length; one of them is cut, comes twice, or is missing.",
     "Take the file from a backup."},
    {kSwtpmKeyNeeded, kRefused, "The state of swtpm is encrypted",
     "swtpm encrypted it with the key that it got with --key or --migration-key.",
     "Give the same key with --swtpm-key-file."},
    {kSwtpmWrongKey, kRefused, "Not the key of this state, or the state is damaged",
     "The code that authenticates the encrypted bytes (HMAC-SHA256) does not match. swtpm uses one key for both.",
     "Give the key that swtpm had; AES-128 and AES-256 are told apart by the length of the key."},
    {kBadSwtpmKey, kUsage, "Not a key for swtpm's state",
     "A key is 16 or 32 bytes, or as many in hexadecimal with or without 0x in front.",
     "Give the file that swtpm got as --key file=; a passphrase goes with --swtpm-passphrase-file."},
    {kSwtpmLinear, kDamaged, "A linear state file of swtpm is damaged",
     "The 192 bytes at its front say where each state lies; what they say does not fit the file. swtpm would format "
     "such a file anew; nonvol does not.",
     "Take the file from a backup."},
    {kAuthorityDamaged, kDamaged, "The local certificate authority cannot be used",
     "Its directory lacks one of the files that belong together, or one of them is not what its name says; others than "
     "its owner have its keys; or its certificate is not valid today.",
     "'chmod go-rwx' takes the rights from others, but not a key that somebody copied. Take lost files from a backup; a "
     "new authority, in another directory, signs as well but is another one."},
    {kCertificateTooLarge, kRefused, "A certificate does not fit into the TPM",
     "An index of a TPM 2.0's memory holds up to 2048 bytes; all the memory of a TPM 1.2 has 2100.",
     "Use shorter names in the authority's subject."},
    {kImpossible, kDefect, "A defect of nonvol",
     "Something happened that nonvol's authors thought impossible.",
     "Please report it with the whole message."},
};

}  // namespace nonvol::catalogue_parts
