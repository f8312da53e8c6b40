#include "cli/commands_blob_view.h"
#include "cli/commands_vars_store.h"
#include "cli/options.h"

namespace nonvol::cli {
namespace {

using Kind = PositionalSpec::Kind;

constexpr PositionalSpec kStore[] = {kStoreWord};
constexpr PositionalSpec kStoreAndMaybeVariable[] = {
    kStoreWord, {"VARIABLE", "Only this one; NAME-GUID says the vendor too.", false, Kind::kWord}};
constexpr PositionalSpec kSourceAndOutput[] = {
    {"SOURCE", "A guest, or a store of any form.", true, Kind::kGuestOrFile},
    {"OUTPUT", "The new file.", true, Kind::kFile}};

}  // namespace

std::vector<CommandSpec> vars_store_commands() {
  return {
      {"vars convert",
       "make a store of another layout or form",
       "Writes the live variables as a new file: for OVMF of 2 or 4 MiB, for ArmVirt (also padded to its 64 MiB "
       "flash), or as JSON of QEMU or virt-firmware or EC2's uefi-data. Order, attributes, time stamps, counts "
       "and key indices stay; what interrupted writes left is carried out; digests of signers move to where the "
       "target keeps them. What the target cannot hold is refused, never dropped. The new file is read back and "
       "compared before it gets its name. The source is not changed; dead records stay there alone.\nA store of another "
       "layout needs other firmware code: change both in the guest's definition in one step.",
       kSourceAndOutput,
       {&kToOption, &kPlainOption, &kReplaceOutputOption, &kDryRunOption},
       {"nonvol vars convert ./old_VARS.fd ./new_VARS_4M.fd --to ovmf-4m",
        "nonvol vars convert web01 ./web01.json --to qemu-json"},
       run_vars_convert},
      {"vars map",
       "draw a variable store to scale",
       "Draws the bytes of a flash store to scale, with letters and nothing but letters: headers, live and dead "
       "records, holes, free space, event log, the areas for interrupted writes, padding. Each part follows to its own "
       "scale. The store is shown as it stands; an interrupted write is not carried out. --svg makes a picture; --json "
       "gives regions that cover the file without gap or overlap.",
       kStore,
       {&kSvgOption},
       {"nonvol vars map web01", "nonvol vars map ./web01_VARS.fd --svg web01.svg"},
       run_vars_map},
      {"vars history",
       "show what variables were before",
       "Shows every record of each variable, dead ones too, in the order in which they were written, with state, "
       "offset, size and time stamp, and what changed from one to the next. Records stay until the firmware, or "
       "'nonvol vars compact', reclaims their room: then only the live ones are left.",
       kStoreAndMaybeVariable,
       {},
       {"nonvol vars history web01", "nonvol vars history web01 BootOrder"},
       run_vars_history},
  };
}

}  // namespace nonvol::cli
