#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descriptor/machine.h"
#include "libvirt/descriptors.h"
#include "libvirt/domain.h"

namespace nonvol::libvirt {

struct Options {
  Release release = Release::k11_3;
  // A guest that libvirt loads from disk, rather than one that is being defined.
  bool existing_guest = false;
  std::string nvram_directory;                          // where libvirt puts stores of its own
  std::optional<descriptor::QemuVersion> qemu_version;  // settles what a machine's alias means
};

// Where the firmware comes from.
enum class Origin {
  kNone,        // the domain needs none that libvirt would have to find: no loader, or BIOS given by path
  kDescriptor,  // a descriptor fits
  kList,        // libvirt's built-in list of pairs has the path
  kPaths,       // the paths are taken as they are
};
std::string_view to_string(Origin origin);

struct Answer {
  Origin origin = Origin::kNone;
  Domain domain;                        // as libvirt completes it
  std::optional<Candidate> chosen;      // with kDescriptor
  std::vector<PassedOver> passed_over;  // the descriptors ahead of it, or all, with the first reason
  std::optional<Error> refusal;         // kLibvirtRefuses, kLibvirtNoneFits: nothing else counts then
  std::vector<Finding> findings;        // kLibvirtFeatures: what libvirt only writes to its log
};

// What libvirt's QEMU driver makes of a domain's firmware when it is defined (new guest), or when an
// existing one is started: qemuFirmwareFillDomain with the validation around it. Looks at no file but what
// `descriptors` holds: as libvirt, it does not ask whether the firmware exists.
Answer choose(Domain domain, const Descriptors& descriptors, const Options& options);

}  // namespace nonvol::libvirt
