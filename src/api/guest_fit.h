#pragma once

#include <optional>
#include <string>

#include "api/context.h"

// Whether firmware, machine and guest go together, before QEMU would refuse or a guest would save nothing.
// Private to api/.
namespace nonvol::api {

// QEMU and nonvol read a guest's firmware by its path on this machine, also where the descriptor is another
// root's.
Result<guest::FirmwareChoice> choice_of(const Context& context, const std::string& path,
                                        const std::string& format);
// What a guest's variables are copied from; nothing where the firmware has no template.
Result<std::optional<guest::FirmwareChoice>> template_of(const Context& context,
                                                         const descriptor::Mapping& mapping);
// The descriptor's own path: search directories that were named are the machine's.
Result<std::string> descriptor_path(const Context& context, const std::string& path);

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

// The same of a guest as it is.
Result<void> check_guest_flash(const Context& context, const guest::Record& record,
                               const std::string& nvram_path);

// What the request copies for the guest: a template, or a combined image. Refused unless firmware keeps it as
// a store, because such a guest starts and saves nothing, or never starts. Errors: those of check_kept and
// check_json_store; kNvramInContainer for an image that lies over another file, which the copy would not
// find.
Result<void> check_store_source(const Context& context, const guest::CreateRequest& request);

}  // namespace nonvol::api
