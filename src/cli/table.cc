#include <algorithm>

#include "cli/commands.h"
#include "cli/commands_blob.h"
#include "cli/commands_blob_view.h"
#include "cli/commands_boot.h"
#include "cli/commands_firmware_inspect.h"
#include "cli/commands_firmware_lint.h"
#include "cli/commands_libvirt.h"
#include "cli/commands_tpm.h"
#include "cli/commands_vars_edit.h"
#include "cli/commands_vars_store.h"
#include "cli/options.h"
#include "cli/table_keys.h"

namespace nonvol::cli {
namespace {

using Kind = PositionalSpec::Kind;

constexpr PositionalSpec kDescriptorWord[] = {
    {"DESCRIPTOR", "Name of a descriptor, with or without .json, or the path of a file.", true,
     Kind::kDescriptor}};
constexpr PositionalSpec kNewGuest[] = {
    {"GUEST", "Name of the new guest: letters, digits, '-', '_' and '+', at most 64.", true, Kind::kWord}};
constexpr PositionalSpec kGuest[] = {{"GUEST", "Name of a guest.", true, Kind::kGuest}};
constexpr PositionalSpec kStore[] = {kStoreWord};
constexpr PositionalSpec kStoreAndVariable[] = {
    kStoreWord,
    {"VARIABLE", "Name of a variable; NAME-GUID, as Linux writes it, says the vendor too.", true,
     Kind::kWord}};
constexpr PositionalSpec kErrorIdWord[] = {{"ID", "An id such as NV2203.", false, Kind::kErrorId}};
constexpr PositionalSpec kCommandWord[] = {{"COMMAND", "The words of a command.", false, Kind::kCommand}};

constexpr std::string_view kRequestWords =
    "Firmware descriptors are read from /usr/share/qemu/firmware, /etc/qemu/firmware and "
    "$XDG_CONFIG_HOME/qemu/firmware (default ~/.config); a name in a later directory replaces the same "
    "name in an earlier one, and an empty file or a link to /dev/null hides it. Names are taken in byte "
    "order, and the first descriptor that satisfies everything asked for is chosen.\nA descriptor whose "
    "files do not exist is passed over, and the answer says so.";

std::string firmware_select_words() {
  return "Says which firmware satisfies the request, with all that a launcher needs: executable, template, "
         "formats, mode, machine options and QEMU arguments. Exit code 1 when none does.\n" +
         std::string(kRequestWords) +
         "\nWith --compat libvirt the answer is libvirt's, by its rules and with its refusals, and says where nonvol's "
         "own is another.";
}

std::string create_words() {
  return "Chooses firmware as 'nonvol firmware select' does and makes the guest's own variables from it, with a "
         "record beside them: a copy of the template, or an overlay over one; of firmware that is one file with "
         "its variables, all of it. Without --mode and --device it takes flash firmware with a template, and "
         "builds for confidential guests where only they can do what is required; those keep no variables. A crash leaves the whole guest or none; an existing guest "
         "or store is never written over. Creating a guest again with the same request is nothing to do.\nWith --tpm the guest also gets an NVRAM "
         "image with the state of a new TPM, which 'nonvol tpm run' emulates.\n" +
         std::string(kRequestWords);
}

// Commands keep views of their words, so that what is put together lives as long as the process.
std::vector<CommandSpec> firmware_commands() {
  static const std::string select_words = firmware_select_words();
  return {
      {"firmware list",
       "list firmware descriptors in the order in which they are considered",
       "Lists every descriptor file of the search directories in the byte order of the names, with what it "
       "is for. Files that are masked, overridden or broken are listed as such.",
       {},
       {},
       {"nonvol firmware list", "nonvol firmware list --root /srv/tree --json"},
       run_firmware_list},
      {"firmware show",
       "show one firmware descriptor and the files it names",
       "Shows what a descriptor says, and whether its files exist.",
       kDescriptorWord,
       {},
       {"nonvol firmware show 60-edk2-x86_64.json"},
       run_firmware_show},
      {"firmware select",
       "choose firmware, with ready QEMU arguments",
       select_words,
       {},
       with_libvirt_options(
           with_request_options({&kStyleOption, &kNvramFileOption, &kForStoreOption, &kWellKnownOption})),
       {"nonvol firmware select", "nonvol firmware select --require enrolled-keys --nvram /srv/web01_VARS.fd",
        "nonvol firmware select --arch aarch64 --json",
        "nonvol firmware select --compat libvirt --domain web01.xml"},
       run_firmware_select},
      {"firmware explain",
       "say for every firmware descriptor why it does not fit",
       "Shows each descriptor, best first, with every rule of the request that it fails, in words and with a stable "
       "code; for those that nearly fit, the options with which they would.",
       {},
       with_request_options({&kForStoreOption}),
       {"nonvol firmware explain --secure-boot off --json"},
       run_firmware_explain},
  };
}

std::vector<CommandSpec> guest_commands() {
  static const std::string creation_words = create_words();
  return {
      {"create",
       "create a guest with its own variable store",
       creation_words,
       kNewGuest,
       with_request_options({&kStoreKindOption, &kTpmOption, &kDryRunOption}),
       {"nonvol create web01", "nonvol create web02 --require enrolled-keys --dry-run",
        "nonvol create web03 --store overlay", "nonvol create web04 --tpm"},
       run_create},
      {"show",
       "show a guest",
       "Shows which firmware a guest boots, whether that firmware is still what it was when the guest was "
       "created, the state of its variable store, and where its TPM is.",
       kGuest,
       {},
       {"nonvol show web01"},
       run_show},
      {"delete",
       "delete a guest, and its variable store or not",
       "Removes a guest. What happens to its variables is never guessed: one of --nvram and --keep-nvram "
       "must be given where there are any, or a TPM. A guest whose store a QEMU has open, or whose TPM runs, is "
       "not deleted. A kept overlay keeps its master too.\nWhat is sealed to a TPM, the key of an encrypted disk "
       "first of all, is lost with it: its image is deleted only with --nvram and --lose-tpm-secrets.",
       kGuest,
       {&kDeleteNvramOption, &kKeepNvramOption, &kLoseGuestTpmOption, &kDryRunOption},
       {"nonvol delete web01 --nvram", "nonvol delete web01 --keep-nvram"},
       run_delete},
      {"upgrade",
       "give a guest other firmware, or the installed update of its own",
       "Makes a guest boot another build of its firmware, with the variables it has. Where the guest has a copy of "
       "the code, because it is one file with the variables, the new code is put behind the guest's own variables; "
       "other guests share the installed file, and only their record changes. Firmware that expects variables of "
       "another layout, or is loaded in another way, is refused.\nA crash leaves the old image or the new one, and "
       "repeating the command finishes it. When the guest has this firmware already, there is nothing to do.",
       kGuest,
       {&kUpgradeToOption, &kDryRunOption},
       {"nonvol upgrade web01 --dry-run", "nonvol upgrade web01 --to 60-edk2-x86_64.json"},
       run_upgrade},
      {"emit qemu",
       "print the QEMU arguments of a guest's firmware",
       "Prints what QEMU must be given for the guest's firmware, variables and TPM: the machine, the flash "
       "drives, what the firmware requires, and the socket of the TPM, which must run before QEMU starts. "
       "Accelerator, memory and disks are the caller's. One "
       "argument stands on each line, without quoting, so that 'mapfile -t' reads them; --shell gives one "
       "quoted line.\nA path with a line break takes the JSON form of -blockdev; with -drive there is no "
       "such form, and --shell or --json is needed.",
       kGuest,
       {&kStyleOption, &kQemuVersionOption, &kTpmSocketOption, &kShellOption},
       {"mapfile -t firmware < <(nonvol emit qemu web01)", "nonvol emit qemu web01 --style drive --shell"},
       run_emit_qemu},
  };
}

std::vector<CommandSpec> store_commands() {
  return {
      {"vars list",
       "list the UEFI variables of a guest or a store",
       "Lists the variables that the firmware would see, each with vendor GUID, attributes (NV, BS, RT, AT, …), "
       "size and name. A store is edk2's flash (also inside a qcow2 image or an NBD export, or at the front of "
       "firmware and variables in one file), QEMU's uefi-vars JSON, virt-firmware's JSON, EC2's uefi-data or a "
       "Hyper-V VMGS file. Where a write of the firmware was interrupted, the store is shown as its next start "
       "will make it. No more of the file is read than holds records.\nA store of a running guest can be read; "
       "what is seen may be in the middle of a change.",
       kStore,
       {&kRawOption, &kLongOption},
       {"nonvol vars list web01", "nonvol vars list web01 --long",
        "nonvol vars list ./web01_VARS.fd --raw --json"},
       run_vars_list},
      {"vars get",
       "show one UEFI variable, or write its bytes to a file",
       "Shows the value of a live variable, as far as its meaning is known and as a hex dump, or writes just its bytes "
       "with --output.",
       kStoreAndVariable,
       {&kGuidOption, &kOutputOption},
       {"nonvol vars get web01 BootOrder",
        "nonvol vars get web01 db-d719b2cb-3d3a-4596-a3bc-dad00e67656f --output db.esl"},
       run_vars_get},
  };
}

std::vector<CommandSpec> other_commands() {
  return {
      {"explain",
       "explain an error id",
       "Shows what an id means and what to do about it; without an id, lists them.",
       kErrorIdWord,
       {},
       {"nonvol explain NV2203"},
       run_explain},
      {"help",
       "show the commands, or one of them",
       "Shows the list of commands, or all about one.",
       kCommandWord,
       {},
       {"nonvol help firmware select"},
       run_help},
      {"version",
       "show nonvol's version",
       "Shows nonvol's version.",
       {},
       {},
       {"nonvol version --json"},
       run_version},
  };
}

// In the order in which help lists them.
std::vector<CommandSpec> make_commands() {
  std::vector<CommandSpec> result = {
      {"",
       "show this machine: firmware, guests, what needs attention",
       "Shows how many firmware descriptors can be used and which firmware a new guest would boot, the "
       "guests, what needs attention, and what to type next.",
       {},
       {},
       {"nonvol", "nonvol --json"},
       run_status},
  };
  for (const auto& commands_of :
       {firmware_commands, firmware_inspect_commands, firmware_lint_commands, guest_commands,
        libvirt_commands, store_commands, vars_edit_commands, vars_store_commands, boot_commands,
        keys_commands, blob_commands, blob_view_commands, tpm_commands, other_commands}) {
    for (CommandSpec& command : commands_of()) result.push_back(std::move(command));
  }
  return result;
}

}  // namespace

std::span<const OptionSpec> global_options() {
  static constexpr OptionSpec kOptions[] = {
      {.name = "--json", .help = "Give the result as one JSON document."},
      {.name = "--home",
       .value = "DIR",
       .help = "Where guests live (default: NONVOL_HOME, else /var/lib/nonvol for root, else "
               "$XDG_STATE_HOME/nonvol)."},
      {.name = "--root",
       .value = "DIR",
       .help = "Read descriptors and firmware of another root file system."},
      {.name = "--search-dir",
       .value = "DIR",
       .help = "Read descriptors from this directory instead of the usual three; of several, later ones are "
               "more specific.",
       .repeatable = true},
      {.name = "--help", .help = "Show this text.", .letter = 'h'},
  };
  return kOptions;
}

const std::vector<CommandSpec>& commands() {
  static const std::vector<CommandSpec> all = make_commands();
  return all;
}

const CommandSpec* find_command(std::string_view words) {
  const auto found = std::ranges::find(commands(), words, &CommandSpec::words);
  return found == commands().end() ? nullptr : &*found;
}

}  // namespace nonvol::cli
