#pragma once

#include <vector>

#include "api/context.h"

// Whether firmware and machine go together, before QEMU would refuse or a guest would save nothing. Private
// to api/.
namespace nonvol::api {

// The two files of a flash, as far as there are two.
struct FlashFiles {
  guest::FirmwareChoice code;
  std::optional<guest::FirmwareChoice> variables;
};

// The size that a guest sees of a firmware file: of a qcow2 image the one inside it. Errors: kFlashSize for
// what is no qcow2 image although it should be, and those of files.
Result<std::uint64_t> visible_bytes(storage::FileSource& files, const guest::FirmwareChoice& file);

// QEMU's rules for the flash of this machine. A file that is not there is passed over: others say so. Errors:
// kMachineWithoutFlash, kFlashSize.
Result<void> check_flash(const Context& context, const std::string& architecture, const std::string& machine,
                         const FlashFiles& files);

// What the request copies for the guest: a template, or a combined image. One that no firmware would take as
// a store is copied all the same, since nonvol does not know all firmware, but becomes a finding. Errors:
// kLayoutMismatch for a template of another layout than the code expects: such a guest starts and saves
// nothing; kNvramInContainer for one that lies over another file, which the copy would not find.
Result<void> check_store_source(const Context& context, const guest::CreateRequest& request,
                                std::vector<Finding>& findings);

}  // namespace nonvol::api
