#include "cli/commands.h"
#include "cli/commands_vars_edit.h"
#include "cli/options.h"

namespace nonvol::cli {
namespace {

using Kind = PositionalSpec::Kind;

constexpr PositionalSpec kStore[] = {kStoreWord};
constexpr PositionalSpec kStoreAndVariable[] = {
    kStoreWord,
    {"VARIABLE", "Name of a variable; NAME-GUID, as Linux writes it, says the vendor too.", true,
     Kind::kWord}};
constexpr PositionalSpec kStoreAndVariables[] = {
    kStoreWord, {"VARIABLE...", "Names of variables; NAME-GUID says the vendor too.", true, Kind::kWord}};
constexpr PositionalSpec kStoreAndSource[] = {
    kStoreWord,
    {"SOURCE", "Where variables come from: a guest, or a store of any form.", true, Kind::kGuestOrFile}};
constexpr PositionalSpec kTwoStores[] = {
    {"BEFORE", "A guest, or a store of any form.", true, Kind::kGuestOrFile},
    {"AFTER", "Another one.", true, Kind::kGuestOrFile}};

constexpr std::string_view kEditWords =
    "A single change is appended in place in the firmware's own order, with two flushes; more than one, or one that "
    "needs the room of dead records, is written as a new file in the place of the old one. A power cut leaves the "
    "store as it was or as it is to be. A store that a running guest holds is not changed. 'nonvol vars undo' takes "
    "the last change back. In a device, an NBD export or a qcow2 image several changes are made one after the other, each "
    "whole, and cannot be undone.";

std::string with_edit_words(std::string_view words) {
  return std::string(words) + "\n" + std::string(kEditWords);
}

std::vector<CommandSpec> change_commands() {
  static const std::string set_words = with_edit_words(
      "Sets a variable, and keeps its attributes, time stamp, count and key index. A new variable gets the vendor that "
      "belongs to its name, or the one that is given.");
  static const std::string delete_words = with_edit_words("Deletes variables: all that are named, or none.");
  static const std::string import_words = with_edit_words(
      "Sets all variables of another store or file, with attributes, time stamps, counts and key indices.");
  return {
      {"vars set",
       "set a UEFI variable",
       set_words,
       kStoreAndVariable,
       {&kHexOption, &kTextOption, &kUtf16Option, &kInputOption, &kAttributesOption, &kGuidOption,
        &kAppendOption, &kDryRunOption},
       {"nonvol vars set web01 Timeout --hex 0500",
        "nonvol vars set ./web01_VARS.fd Mine-12345678-1234-1234-1234-123456789abc --text hello"},
       run_vars_set},
      {"vars delete",
       "delete UEFI variables",
       delete_words,
       kStoreAndVariables,
       {&kGuidOption, &kDryRunOption},
       {"nonvol vars delete web01 BootNext"},
       run_vars_delete},
      {"vars import",
       "take variables over from another store",
       import_words,
       kStoreAndSource,
       {&kVariableOption, &kReplaceOption, &kDryRunOption},
       {"nonvol vars import web01 ./backup.json",
        "nonvol vars import web01 ./old_VARS.fd --variable BootOrder"},
       run_vars_import},
  };
}

std::vector<CommandSpec> whole_store_commands() {
  return {
      {"vars export",
       "write variables to a file of another form",
       "Writes the variables that the firmware would see, or those named, as QEMU's uefi-vars JSON, virt-firmware's "
       "JSON, python-uefivars' JSON or EC2's uefi-data. What the form cannot hold is refused, not dropped.",
       kStore,
       {&kFormOption, &kVariableOption, &kExportOutputOption},
       {"nonvol vars export web01 --output backup.json", "nonvol vars export web01 --form ec2"},
       run_vars_export},
      {"vars diff",
       "compare the variables of two stores",
       "Compares live variables field by field: value, attributes, time stamp, count, key index. Order and dead "
       "records make no difference. Exit code 1 when they differ.",
       kTwoStores,
       {},
       {"nonvol vars diff web01 ./backup.json"},
       run_vars_diff},
      {"vars compact",
       "rewrite a store without its dead records",
       "Keeps every live variable in its order, drops what was deleted or replaced, and thereby spares the guest's "
       "next boots the firmware's own, slow reclaim. Old values are evidence too: 'nonvol vars history' shows "
       "them, and afterwards they are gone but for the undo record.",
       kStore,
       {&kDryRunOption},
       {"nonvol vars compact web01"},
       run_vars_compact},
      {"vars undo",
       "take the last change of a store back",
       "Puts back the bytes that stood there before the last command of nonvol that changed the store. Refused when "
       "the store was changed since, as by a running guest. A second undo brings the change back.",
       kStore,
       {&kDryRunOption},
       {"nonvol vars undo web01"},
       run_vars_undo},
  };
}

std::vector<CommandSpec> damage_commands() {
  return {
      {"vars check",
       "say what firmware will do with a store",
       "Predicts what the guest's firmware makes of its store at the next start: keep it, take up an interrupted write, "
       "lose variables, format it anew, run with variables that are never saved, wipe it and crash, crash, hang. Also "
       "what is live, dead and free, and whether a current dbx would fit. Without a guest or --code the store itself "
       "says which firmware it is for. Exit code 1 when the firmware would not keep everything, or a finding is an "
       "error.",
       kStore,
       {&kCodeOption, &kSmmOption},
       {"nonvol vars check web01",
        "nonvol vars check ./web01_VARS.fd --code /usr/share/OVMF/OVMF_CODE_4M.fd"},
       run_vars_check},
      {"vars repair",
       "save what firmware would destroy",
       "Makes a damaged store one that its firmware takes, with every variable that can be read: carries out an "
       "interrupted write whose target is damaged, writes damaged headers anew, puts start marks and sizes right, "
       "drops what cannot be read and says what it was. The damaged file is kept beside it as NAME.damaged. A "
       "store that a running guest holds is not changed.",
       kStore,
       {&kCodeOption, &kSmmOption, &kDryRunOption},
       {"nonvol vars repair web01 --dry-run", "nonvol vars repair ./web01_VARS.fd --code ovmf-4m"},
       run_vars_repair},
  };
}

}  // namespace

std::vector<CommandSpec> vars_edit_commands() {
  std::vector<CommandSpec> result = change_commands();
  for (CommandSpec& command : damage_commands()) result.push_back(std::move(command));
  for (CommandSpec& command : whole_store_commands()) result.push_back(std::move(command));
  return result;
}

}  // namespace nonvol::cli
