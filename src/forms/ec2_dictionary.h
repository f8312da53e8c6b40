#pragma once

#include <cstdint>
#include <vector>

// Inside this folder only.
namespace nonvol::forms {

// The bytes with which both sides of EC2's uefi-data prime zlib (RFC 1950, FDICT). They are part of the
// format: without exactly these, no such file can be read.
const std::vector<std::uint8_t>& ec2_dictionary();

}  // namespace nonvol::forms
