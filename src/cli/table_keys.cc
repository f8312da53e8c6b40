#include "cli/table_keys.h"

#include "cli/commands_keys.h"
#include "cli/options.h"

namespace nonvol::cli {
namespace {

using Kind = PositionalSpec::Kind;

constexpr PositionalSpec kStore[] = {
    {"GUEST|FILE", "A guest, or the path of a variable store of any form.", true, Kind::kGuestOrFile}};
constexpr PositionalSpec kStoreAndProgram[] = {
    kStore[0],
    {"PROGRAM", "An EFI program: a boot loader, a kernel, a unified kernel image.", true, Kind::kFile}};
constexpr PositionalSpec kStoreAndSwitch[] = {kStore[0], {"on|off", "What it shall be.", true, Kind::kWord}};

std::vector<CommandSpec> questions() {
  return {
      {"keys list",
       "show Secure Boot's keys and what they mean",
       "Shows whether Secure Boot is on, every certificate of PK, KEK, db, dbx and shim's MokList with the beginning "
       "of its SHA-256 and its end, how many digests there are, and what follows: whether the guest can receive new "
       "revocations, and whether media that are signed with Microsoft's certificates of 2023 start. The findings say "
       "what to do. Firmware does not look at dates: an expired certificate still vouches.",
       kStore,
       {},
       {"nonvol keys list web01", "nonvol keys list ./web01_VARS.fd --json"},
       run_keys_list},
      {"keys verify",
       "say whether a guest's firmware would start a program",
       "Compares a program's digest and signatures with db and dbx as edk2 does for a program on a disk, and exits "
       "with 0 where it would start and 1 where it would not. SBAT generations are shown; shim, not the firmware, "
       "judges them.",
       kStoreAndProgram,
       {},
       {"nonvol keys verify web01 ./shimx64.efi"},
       run_keys_verify},
      {"keys make",
       "make a key and its certificate, for tests",
       "Makes an RSA key of 2048 bits and a certificate that it signs for itself: private-key.pem, for the owner "
       "alone, and certificate.pem, as --pk, --kek and --db of 'nonvol keys enroll' and sbsign take it. The key is not "
       "encrypted: whoever has it signs for the guests that trust it.",
       {},
       {&kCommonNameOption, &kOutputDirectoryOption},
       {"nonvol keys make --common-name 'Test PK' --output-dir ./pk"},
       run_keys_make},
  };
}

std::vector<CommandSpec> edits() {
  return {
      {"keys enroll",
       "add keys and revocations to PK, KEK, db and dbx",
       "Adds what is not there, and never removes: certificates, signature lists, and updates that the guest's firmware "
       "would take. Enrolling PK in a guest without one turns Secure Boot on with the next start. Time stamps stay as "
       "they are, so that old updates cannot be replayed. PCR 7 changes: where a disk is sealed to it, have its "
       "recovery key at hand.\nAll changes or none, but in a device, an NBD export or a qcow2 image, where they are made one after the other; elsewhere 'nonvol vars undo' takes them back. Nothing to do is no error.",
       kStore,
       {&kPkOption, &kKekOption, &kDbOption, &kDbxOption, &kAuthOption, &kFromOption, &kKeyDirectoryOption,
        &kOwnerOption, &kSecureBootSwitchOption, &kTimeOption, &kDryRunOption},
       {"nonvol keys enroll web01 --pk pk.pem --kek kek.pem --db db.pem",
        "nonvol keys enroll web01 --from /usr/share/OVMF/OVMF_VARS_4M.ms.fd",
        "nonvol keys enroll web01 --auth DBXUpdate.bin"},
       run_keys_enroll},
      {"keys update",
       "add Microsoft's certificates of 2023",
       "Adds to KEK and db those of Microsoft's certificates of 2023 whose predecessor of 2011 the guest trusts, with "
       "nobody's signature: from the host it needs none. Their files are found in the directory by their SHA-256; get "
       "it from https://github.com/microsoft/secureboot_objects.",
       kStore,
       {&kMicrosoftOption, &kKeyDirectoryOption, &kDryRunOption},
       {"nonvol keys update web01 --microsoft-2023 --directory ./secureboot_objects"},
       run_keys_update},
      {"keys revoke",
       "put signers or programs into dbx",
       "What is in dbx does not start, whatever db says. Revoking who signed the guest's own boot loader stops it "
       "from starting: try 'nonvol keys verify' afterwards, and 'nonvol vars undo'.",
       kStore,
       {&kCertificateOption, &kDigestOption, &kProgramOption, &kRemoveFromDbOption, &kDryRunOption},
       {"nonvol keys revoke web01 --efi ./old-shimx64.efi",
        "nonvol keys revoke web01 --certificate old-signer.pem --remove-from-db"},
       run_keys_revoke},
      {"keys delete",
       "delete PK, KEK, db or dbx",
       "Without PK the guest goes back to setup mode, and SecureBootEnable goes with it, as when the guest itself "
       "deletes PK: nothing is verified, and whatever runs in the guest may enroll keys.",
       kStore,
       {&kKeyVariableOption, &kLoseSecureBootOption, &kDryRunOption},
       {"nonvol keys delete web01 --variable PK --lose-secure-boot"},
       run_keys_delete},
      {"keys mode",
       "switch Secure Boot on or off",
       "Sets SecureBootEnable. Off, the firmware verifies nothing and keeps the keys. Updates of keys have to be "
       "signed either way.",
       kStoreAndSwitch,
       {&kDryRunOption},
       {"nonvol keys mode web01 off"},
       run_keys_mode},
  };
}

}  // namespace

std::vector<CommandSpec> keys_commands() {
  std::vector<CommandSpec> result = questions();
  for (CommandSpec& command : edits()) result.push_back(std::move(command));
  return result;
}

}  // namespace nonvol::cli
