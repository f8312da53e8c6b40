#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nonvol/vnvram.h"
#include "vnvram/image.h"

// What Nvram::start looks at before devices may use an image. Reads only.
namespace nonvol::vnvram {

// What does not fit, all of it: kEntryMissing, kEntryTooSmall, kEntryOtherKind, and kEntryUnregistered as a
// note or an error. In the order of registration, then of the image.
std::vector<Finding> compare(const std::vector<Registration>& registered, const Image& image,
                             bool unregistered_is_error);

// kRegistrationMismatch with a note for each finding that is an error; nothing if none is.
Result<void> require_match(const std::vector<Finding>& findings, const std::string& file_name);

// Reads one entry and says what cannot be believed: kSlotDamaged (counted in `damaged_slots`), kBlobDamaged,
// kOlderGeneration, kBlobNotAuthentic, kKeyNeeded. Gives its generation, where it is known. Errors: those of
// reading, and others that are not about this entry alone.
Result<std::optional<std::uint64_t>> verify(Image& image, std::size_t index, std::vector<Finding>& findings,
                                            unsigned& damaged_slots);

}  // namespace nonvol::vnvram
