#pragma once

#include <string>

#include "api/context.h"
#include "flash/layout.h"

// Whether firmware will keep what a guest's store holds. Private to api/.
namespace nonvol::api {

// A flash store, or an image that has one in front of its code, and the firmware that it is for.
struct StoreUse {
  std::string path;
  std::string format = "raw";
  std::string code_path;
  std::string architecture;
  const flash::Layout* expected = nullptr;  // by the code, where its size says
  bool is_combined = false;
  bool smm = false;
};

// Reads a raw store as far as its volume goes; of a qcow2 image the size inside says which build it is for.
// A blank store is ARM's alone: OVMF boots over one that is all zero and never saves, and stops in an
// exception over one that is all FF. Errors: kLayoutMismatch; kFlashSize where the file is not as long as its
// layout, or has no code of its layout behind the store; kNotAVariableStore for what the firmware would
// format, wipe or never save to (flash::predict); those of reading.
Result<void> check_kept(const Context& context, const StoreUse& use);

// The same of QEMU's JSON for its uefi-vars device: kNotAVariableStore for anything else.
Result<void> check_json_store(const Context& context, const std::string& path);

// Everything that QEMU would open for the guest: there, of the recorded formats and sizes, and a store that
// the firmware keeps. Errors: those of Home::check_firmware and check_master, of check_guest_flash and of the
// two above.
Result<void> check_guest(const Context& context, guest::Home& home, const guest::Record& record);

}  // namespace nonvol::api
