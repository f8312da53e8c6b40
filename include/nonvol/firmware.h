#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "outcome/result.h"

// Firmware for a guest, chosen by the firmware descriptors of this machine or of another root (QEMU's
// docs/interop/firmware.json; docs/library.md has an example of each call):
//
//   FirmwareOptions wanted;
//   wanted.require = {"secure-boot"};
//   Result<FirmwareAnswer> answer = select_firmware(wanted);
//   answer->chosen->executable, answer->qemu_arguments ...
//
// Each call reads what it needs anew and keeps nothing. Any thread may call at any time, as long as none
// changes the environment meanwhile (XDG_CONFIG_HOME and HOME lead to the user's descriptors).
//
// This interface is for programs that are compiled with nonvol; nonvol/nonvol.h is the one with a stable ABI.
namespace nonvol {

// What is wanted. Left empty, nothing is asked, but where it says otherwise.
struct FirmwareOptions {
  std::string root;                             // another root's files; empty: this machine's
  std::vector<std::string> search_directories;  // of this machine; empty: the specification's three
  std::string architecture;                     // as QEMU names it; empty: this machine's
  std::string machine;                          // alias or concrete name; empty: q35 or virt
  std::string interface_type = "uefi";
  std::vector<std::string> require;  // features
  std::vector<std::string> forbid;
  std::string device;  // "flash", "memory", "kernel", "igvm"
  std::string mode;    // of flash: "split", "combined", "stateless"
  std::string format;  // of the executable: "raw", "qcow2"
  std::optional<bool> secure_boot;
  std::string qemu_version;   // "7.2": settles what an alias means, and which arguments there are
  std::string nvram;          // path of the guest's own copy of the template, for the arguments
  std::string for_store;      // path of a variable store that there is already, which firmware shall take
  bool trust_claims = false;  // do not look whether what descriptors claim is true
  bool allow_missing_files = false;
  bool well_known = false;  // where no descriptor fits, firmware in the places where others put it
};

enum class DescriptorState {
  kUsable,
  kMasked,      // empty, or a link to /dev/null: hides its name
  kOverridden,  // a more specific directory has the same name
  kBroken,      // takes its name but cannot be used
};

struct FirmwareRule {
  std::string code;     // stable: "machine", "feature-missing", "file-missing" ...
  std::string message;  // one sentence
};

// A descriptor file, what it says, and what stands against it.
struct FirmwareDescriptor {
  std::string path;
  DescriptorState state = DescriptorState::kUsable;
  // Empty where the file could not be used, or does not say it.
  std::string description;
  std::string device;
  std::string mode;
  std::string executable;
  std::string executable_format;
  std::string nvram_template;
  std::string nvram_template_format;  // "raw", "qcow2", or "json" of the uefi-vars device
  std::vector<std::string> features;
  // Of what was asked about.
  std::size_t position = 0;          // from 1, in the order in which descriptors are considered
  bool fits = false;                 // nothing stands against it
  std::vector<FirmwareRule> failed;  // what does
  // The options of the command `nonvol firmware select` with which it would fit: "--machine q35". Both empty
  // where it fits, or nothing is known to help.
  std::string near_miss_with;
  std::string near_miss_without;
  // The command that makes of the store that was given one that this firmware takes.
  std::string conversion;
};

enum class FirmwareCertainty { kUnknown, kLikely, kProven };

struct FirmwareFinding {
  Finding finding;
  // Of lint: how sure it is, and what makes it so.
  FirmwareCertainty certainty = FirmwareCertainty::kUnknown;
  std::string rests_on;  // "the file's size", "module SecureBootConfigDxe"
  std::string feature;   // that is claimed wrongly; empty where no claim is concerned
};

struct FirmwareAnswer {
  // load: every descriptor file, in the order in which they are considered. select: those that were passed
  // over though they might have fitted. explain: every one, best first. lint: those that were looked at.
  std::vector<FirmwareDescriptor> descriptors;
  std::optional<FirmwareDescriptor> chosen;  // select, explain
  std::vector<std::string> machine_options;  // select: what -machine needs, for those who write their own
  std::vector<std::string> qemu_arguments;   // select: to be handed over as they are, without a shell
  std::vector<std::string> notes;            // select: what else to know
  std::vector<FirmwareFinding> findings;
  std::optional<Error> none_fits;  // select: why nothing was chosen, and what to do
  // The document that the command prints with --json, but without what `explain` says of libvirt's choice.
  std::string json;
};

// Errors of all: what cannot be asked (kBadCall, kContradiction, kUnknownArchitecture, kBadQemuVersion), and
// those of opening the root, a directory or the store that was named. Whatever is wrong with descriptors is a
// finding.

Result<FirmwareAnswer> load_firmware(const FirmwareOptions& options);
Result<FirmwareAnswer> select_firmware(const FirmwareOptions& options);
Result<FirmwareAnswer> explain_firmware(const FirmwareOptions& options);
// `descriptors`: names, with or without ".json", or paths; none: all of the search path. Of the options only
// root and search_directories count. Error: also kNoSuchDescriptor.
Result<FirmwareAnswer> lint_firmware(const FirmwareOptions& options,
                                     const std::vector<std::string>& descriptors = {});

}  // namespace nonvol
