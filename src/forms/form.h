#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/error.h"
#include "variable/variable.h"

namespace nonvol::forms {

// What a file that holds UEFI variables can be.
enum class Form : std::uint8_t {
  kFlash,             // edk2's flash store; recognised here, read by flash/
  kQemuJson,          // QEMU's uefi-vars device; also what virt-firmware writes, as long as QEMU takes it
  kVirtFirmwareJson,  // virt-firmware's JSON that QEMU would not take
  kUefivarsJson,      // python-uefivars' JSON: a bare list, or the stamp called "timestamp"
  kEc2,               // Amazon EC2's uefi-data
  kVmgs,              // Hyper-V's VMGS
  kUnknown,
};

std::string_view to_string(Form form);  // "QEMU's uefi-vars JSON", for messages
// "flash", "qemu-json", "virt-firmware-json", "uefivars-json", "ec2", "vmgs" or "unknown", for commands and
// programs.
std::string_view name_of(Form form);

// Whether a variable keeps its signer's digest beside it. In the others it is in the variable `certdb`.
bool keeps_digests(Form form);

// The variables of one file, each identity once, in the file's order; and what is to be said about them.
struct FormContents {
  Form form = Form::kUnknown;
  std::vector<variable::Variable> variables;
  std::vector<Finding> findings;
};

// Larger files are refused before they are looked at. Firmware stops at a few hundred KiB.
inline constexpr std::uint64_t kLargestTextBytes = std::uint64_t{16} << 20;
inline constexpr std::uint64_t kLargestVmgsBytes = std::uint64_t{64} << 20;

}  // namespace nonvol::forms
