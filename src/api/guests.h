#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/firmware.h"
#include "guest/home.h"

namespace nonvol::api {

struct GuestCreateReport {
  guest::Record record;
  std::string directory;
  std::string nvram_path;
  bool dry_run = false;
  bool nothing_to_do = false;  // the guest is there already, made from the same request
  std::vector<PassedOver> passed_over;
  std::vector<Finding> findings;
};

struct GuestShowReport {
  guest::Record record;
  std::string directory;
  std::string nvram_path;
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
  };
  std::vector<Guest> guests;
  std::vector<Finding> findings;  // what needs attention
  std::vector<std::string> next;  // commands to type
};

struct EmitQemuReport {
  std::string guest;
  std::vector<std::string> arguments;
};

// Makes a guest whose firmware is a read-only code file with a store of its own. The same request for a guest
// that exists is nothing to do; another one is refused. Errors: kNoFirmwareFits, kModeNotYet, those of
// guest::Home.
Result<GuestCreateReport> guest_create(const Context& context, const std::string& name,
                                       FirmwareRequest request, bool dry_run);
Result<GuestShowReport> guest_show(const Context& context, const std::string& name);
Result<GuestDeleteReport> guest_delete(const Context& context, const std::string& name, guest::NvramFate fate,
                                       bool dry_run);
Result<StatusReport> status(const Context& context);
Result<EmitQemuReport> emit_qemu(const Context& context, const std::string& name,
                                 const emit::QemuStyle& style);

std::string to_json(const GuestCreateReport& report);
std::string to_json(const GuestShowReport& report);
std::string to_json(const GuestDeleteReport& report);
std::string to_json(const StatusReport& report);
std::string to_json(const EmitQemuReport& report);

}  // namespace nonvol::api
