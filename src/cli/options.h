#pragma once

#include <vector>

#include "api/firmware.h"
#include "cli/command.h"

// Options that several commands share, and what they mean to the library. Private to cli/.
namespace nonvol::cli {

// The options that describe the wanted firmware, plus `more`.
std::vector<const OptionSpec*> with_request_options(std::vector<const OptionSpec*> more = {});
Result<api::FirmwareRequest> request_from(const Arguments& arguments);

// The thing that most commands about variables act on.
inline constexpr PositionalSpec kStoreWord{
    "GUEST|FILE", "A guest, or the path of a variable store (a word with '/', '.' or ':').", true,
    PositionalSpec::Kind::kGuestOrFile};

extern const OptionSpec kQemuVersionOption;
extern const OptionSpec kStyleOption;
extern const OptionSpec kDryRunOption;
emit::FlashStyle style_from(const Arguments& arguments);
Result<std::optional<descriptor::QemuVersion>> qemu_version_from(const Arguments& arguments);

}  // namespace nonvol::cli
