#include "cli/commands.h"
#include "cli/commands_boot.h"
#include "cli/options.h"

namespace nonvol::cli {
namespace {

using Kind = PositionalSpec::Kind;

constexpr PositionalSpec kStore[] = {kStoreWord};
constexpr PositionalSpec kStoreAndNumbers[] = {
    kStoreWord,
    {"NUMBER...", "Entries: hexadecimal digits as 'boot list' shows them, or names such as Boot0003.", true,
     Kind::kWord}};
constexpr PositionalSpec kStoreAndNumber[] = {
    kStoreWord, {"NUMBER", "An entry: hexadecimal digits, or a name such as Boot0003.", false, Kind::kWord}};
constexpr PositionalSpec kStoreAndSeconds[] = {kStoreWord,
                                               {"SECONDS", "0 to 65534, or 'forever'.", true, Kind::kWord}};

std::vector<CommandSpec> order_commands() {
  return {
      {"boot list",
       "list the boot entries of a guest or a store",
       "Shows what the firmware's boot manager finds, in its order: position, number, '*' for active, description and "
       "device path; entries that the order does not name stand at the end. What does not fit together is said, with a "
       "command that mends it in --json. The entries of a store that never booted are missing: firmware makes them.",
       kStore,
       {&kBootKindOption},
       {"nonvol boot list web01", "nonvol boot list ./web01_VARS.fd --kind driver --json"},
       run_boot_list},
      {"boot order",
       "set the order in which entries are tried",
       "Entries that are not named go out of the order but stay there, unless --first keeps them behind. All that are "
       "named must exist. edk2 adds what it finds on its own, such as a new disk, at the end again.",
       kStoreAndNumbers,
       {&kKeepOthersOption, &kBootKindOption, &kDryRunOption},
       {"nonvol boot order web01 0003 0001", "nonvol boot order web01 0003 --first"},
       run_boot_order},
      {"boot next",
       "choose what the next start boots, once",
       "Sets BootNext, which edk2 reads and takes away at the front of its next start, whatever becomes of the entry.",
       kStoreAndNumber,
       {&kClearOption, &kDryRunOption},
       {"nonvol boot next web01 0003", "nonvol boot next web01 --clear"},
       run_boot_next},
      {"boot timeout",
       "set how long the boot menu waits",
       "Sets Timeout, the seconds in which somebody can enter the menu before the order is tried. edk2's builds for QEMU "
       "write Timeout anew at each start, from QEMU's '-boot menu=on,splash-time=MILLISECONDS', so that this counts for "
       "other firmware only.",
       kStoreAndSeconds,
       {&kDryRunOption},
       {"nonvol boot timeout web01 0", "nonvol boot timeout web01 forever"},
       run_boot_timeout},
  };
}

std::vector<CommandSpec> entry_commands() {
  return {
      {"boot add",
       "add a boot entry",
       "Makes an entry with the first free number, and puts it into the order. A file without a partition is the short "
       "form that firmware looks for on every disk.",
       kStore,
       {&kDescriptionOption, &kDevicePathOption, &kBootFileOption, &kPartitionGuidOption, &kPartitionOption,
        &kOptionalDataOption, &kFirstOption, &kLastOption, &kNoOrderOption, &kInactiveOption,
        &kBootKindOption, &kDryRunOption},
       {"nonvol boot add web01 --description debian --file '\\EFI\\debian\\shimx64.efi' --first",
        "nonvol boot add web01 --description disk --path 'PciRoot(0x0)/Pci(0x2,0x0)' --no-order"},
       run_boot_add},
      {"boot delete",
       "delete boot entries",
       "Deletes entries, all that are named or none, and takes them out of the order and out of BootNext. Entries that "
       "edk2 made for devices come back at the next start while the device is there.",
       kStoreAndNumbers,
       {&kBootKindOption, &kDryRunOption},
       {"nonvol boot delete web01 0003"},
       run_boot_delete},
  };
}

}  // namespace

std::vector<CommandSpec> boot_commands() {
  std::vector<CommandSpec> result = order_commands();
  for (CommandSpec& command : entry_commands()) result.push_back(std::move(command));
  return result;
}

}  // namespace nonvol::cli
