#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/firmware.h"
#include "guest/home.h"
#include "tpm/state.h"

namespace nonvol::api {

struct GuestCreateRequest {
  std::string name;
  FirmwareRequest firmware;
  guest::StoreKind store = guest::StoreKind::kCopy;
  std::optional<tpm::TpmVersion> tpm = std::nullopt;
};

// Of a guest's TPM, what is not in the record.
struct GuestTpm {
  std::string image_path;
  std::string socket_path;  // where it is listened to, if nobody says another place
  bool in_use = false;      // it runs, or something else has its image open
};

struct GuestCreateReport {
  guest::Record record;
  std::string directory;
  std::string nvram_path;   // empty where the guest keeps no variables
  std::string master_path;  // empty where they are no overlay
  std::optional<GuestTpm> tpm;
  bool dry_run = false;
  bool nothing_to_do = false;  // the guest is there already, made from the same request
  std::vector<PassedOver> passed_over;
  std::vector<Finding> findings;
};

struct GuestShowReport {
  guest::Record record;
  std::string directory;
  std::string nvram_path;   // empty where the guest keeps no variables
  std::string master_path;  // empty where they are no overlay
  std::optional<GuestTpm> tpm;
  bool in_use = false;
  // Of the variable store; nothing where it cannot be read.
  struct Store {
    std::string layout;
    bool blank = false;
    std::uint64_t live_variables = 0;
    std::uint64_t used_bytes = 0;
    std::uint64_t capacity_bytes = 0;
  };
  std::optional<Store> store;
  std::vector<Finding> findings;
};

struct GuestDeleteReport {
  std::string name;
  bool dry_run = false;
  guest::Deleted deleted;
};

struct StatusReport {
  std::string architecture;
  std::string home;
  std::vector<std::string> firmware_directories;
  std::uint64_t usable_descriptors = 0;
  std::optional<FirmwareSelectReport> choice;  // what `nonvol create` would take here
  struct Guest {
    std::string name;
    guest::EntryState state;
    std::string machine;
    std::string executable;
    bool in_use = false;
    std::string tpm_version;  // empty: no TPM
    bool tpm_in_use = false;
  };
  std::vector<Guest> guests;
  std::vector<Finding> findings;  // what needs attention
  std::vector<std::string> next;  // commands to type
};

// A TPM that must run before the guest does.
struct TpmToStart {
  std::string socket_path;
  std::vector<std::string> commands;  // each of which starts it
};

struct EmitQemuReport {
  std::string guest;
  std::vector<std::string> arguments;
  std::optional<TpmToStart> tpm;
};

// Makes a guest, with variables of its own where its firmware keeps any. Where nothing is said about device
// and mode, that is flash with a store, but for requests that only builds for confidential guests can
// satisfy. The same request for a guest that exists is nothing to do; another one is refused. Errors:
// kNoFirmwareFits, kLayoutMismatch, kNvramInContainer, kFlashSize, kMachineWithoutFlash, those of
// guest::Home, and with a TPM those of emit::tpm_device and of new_tpm_image.
Result<GuestCreateReport> guest_create(const Context& context, GuestCreateRequest request, bool dry_run);
Result<GuestShowReport> guest_show(const Context& context, const std::string& name);
// Errors: kNvramChoiceNeeded without `fate` where there are variables or a TPM, kNoVariablesKept where they
// should be kept and there are none, those of guest::Home.
Result<GuestDeleteReport> guest_delete(const Context& context, const std::string& name,
                                       std::optional<guest::NvramFate> fate, bool dry_run);
Result<StatusReport> status(const Context& context);
// With `tpm_socket` the guest's TPM is looked for there. Errors: kMasterChanged, kFlashSize,
// kMachineWithoutFlash, kNoTpmState for the socket of a guest without a TPM, kNotRepresentable for one whose
// path is too long, those of emit::qemu_arguments.
Result<EmitQemuReport> emit_qemu(const Context& context, const std::string& name,
                                 const emit::QemuStyle& style, const std::string& tpm_socket);

std::string to_json(const GuestCreateReport& report);
std::string to_json(const GuestShowReport& report);
std::string to_json(const GuestDeleteReport& report);
std::string to_json(const StatusReport& report);
std::string to_json(const EmitQemuReport& report);

}  // namespace nonvol::api
