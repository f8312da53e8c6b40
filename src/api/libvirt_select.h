#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/firmware.h"
#include "libvirt/choose.h"

namespace nonvol::api {

// Stands for the guest's name in the path of the store that libvirt would make, where no domain says it.
inline constexpr const char* kNamePlaceholder = "@NAME@";

struct LibvirtSelectRequest {
  std::string domain_file;   // path of a domain XML; empty: `firmware` says what is wanted
  FirmwareRequest firmware;  // with a domain file only style and QEMU's version count
  libvirt::Release release = libvirt::Release::k11_3;
  bool existing_guest = false;
  bool session = false;  // the daemon of one user, who has descriptors of their own
};

struct LibvirtSelectReport {
  libvirt::Release release;
  libvirt::Answer answer;
  std::string canonical_machine;
  std::optional<emit::QemuPlan> plan;  // nothing where libvirt refuses or has no firmware to give
  std::vector<std::string> machine_options;
  std::vector<std::string> qemu_arguments;
  std::vector<libvirt::PassedOver> skipped;  // files that libvirt does not consider at all
  std::vector<std::string> notes;
  std::vector<Finding> findings;  // kLibvirtDiffers, kLibvirtFeatures
};

// The answer that libvirt's QEMU driver would give on this machine, or on that of --root. Errors: those of
// reading the domain XML; kBadCommandLine for a wish that a domain XML cannot express; those of
// emit::qemu_arguments. That libvirt refuses is a report, not an error.
Result<LibvirtSelectReport> libvirt_select(const Context& context, const LibvirtSelectRequest& request);

// Where libvirt would choose otherwise for the same words, and by which rules: kLibvirtDiffers. Nothing where it
// would not, or where the words are none that a domain XML could say.
std::vector<Finding> libvirt_differences(const Context& context, const FirmwareRequest& request);

std::string to_json(const LibvirtSelectReport& report);

}  // namespace nonvol::api
