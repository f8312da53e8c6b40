#pragma once

#include <span>
#include <string>

#include "forms/form.h"
#include "outcome/result.h"

namespace nonvol::forms {

// More than this is never inflated: a store of EC2's firmware has some 100 KiB.
inline constexpr std::uint64_t kLargestEc2Bytes = std::uint64_t{4} << 20;

// Amazon EC2's uefi-data (docs/formats/ec2-uefi-data.md), as `aws ec2 get-instance-uefi-data` gives it and
// `aws ec2 register-image --uefi-data` takes it.
Result<FormContents> read_ec2(const std::string& file_name, octets::Bytes file);

// The text without a line break. kFormCannotHold where a variable has a stamp or a digest but not the
// attribute of an authenticated one, since only those have a place for them.
Result<std::string> write_ec2(std::span<const variable::Variable> variables);

}  // namespace nonvol::forms
