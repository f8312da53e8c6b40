#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"
#include "tpm/state.h"

namespace nonvol::tpm {

// The file or block device of swtpm's --tpmstate backend-uri=file://: a header of 192 bytes, and behind it
// the blobs (swtpm_blob.h) of one TPM's states. docs/formats/swtpm-state.md.

// More than three of the largest blobs need: of a block device that is larger, its front is enough.
inline constexpr std::size_t kLargestSwtpmLinearBytes = std::size_t{4} << 20;

using SwtpmBlobs = std::map<StateKind, octets::Bytes>;

// The blobs, in the bytes of the file, each not yet looked into. Without the permanent state there is no TPM.
// Errors: kNoSwtpmState (also a file or device that swtpm would format), kSwtpmLinear.
Result<SwtpmBlobs> decode_swtpm_linear(octets::Bytes file, const std::string& name);

// A whole new file. Error: kSwtpmLinear, where a blob is larger than kLargestSwtpmBlobBytes.
Result<std::vector<std::uint8_t>> encode_swtpm_linear(const SwtpmBlobs& blobs);

}  // namespace nonvol::tpm
