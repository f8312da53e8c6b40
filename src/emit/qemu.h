#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descriptor/descriptor.h"
#include "descriptor/features.h"
#include "descriptor/machine.h"
#include "emit/tpm.h"
#include "outcome/result.h"

namespace nonvol::emit {

// Everything that QEMU's command line says about a guest's firmware and TPM.
struct QemuPlan {
  std::string machine;  // as -machine takes it; empty: no type is given
  descriptor::Device device = descriptor::Device::kFlash;
  descriptor::FlashMode mode = descriptor::FlashMode::kSplit;
  descriptor::FirmwareFile executable;
  // The guest's own copy: of the template in split mode, of the executable in combined mode, of the JSON
  // template where variables live in the uefi-vars device.
  std::optional<descriptor::FirmwareFile> nvram;
  descriptor::Requirements requirements;
  std::string architecture;
  std::optional<TpmPlan> tpm = std::nullopt;
};

enum class FlashStyle {
  kBlockdev,  // -blockdev and -machine pflash0=: QEMU 4.0 and later
  kDrive,     // -drive if=none and -machine pflash0=: QEMU 4.0 and later
};

struct QemuStyle {
  FlashStyle flash = FlashStyle::kBlockdev;
  std::optional<descriptor::QemuVersion> version;  // below 4.0: -drive if=pflash,unit=N whatever `flash` says
  // Each argument will stand on a line of its own, so that none may hold a line break.
  bool one_line_each = false;
};

// The arguments, to be handed to QEMU as they are, without a shell. -machine comes first; no accelerator,
// memory or disk is among them. Sources: QEMU's docs/interop/firmware.json (the options each mapping stands
// for) and its option parsers (a comma in a value is doubled). Errors: kNotRepresentable for a file name that
// has no form; kQemuTooOld; those of tpm_device.
Result<std::vector<std::string>> qemu_arguments(const QemuPlan& plan, const QemuStyle& style);

// `options` of -machine that the firmware needs, for those who write their own: "smm=on".
std::vector<std::string> machine_options(const QemuPlan& plan);

// One line that a POSIX shell splits into exactly these arguments.
std::string shell_line(const std::vector<std::string>& arguments);

}  // namespace nonvol::emit
