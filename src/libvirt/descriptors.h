#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descriptor/descriptor.h"
#include "storage/file_source.h"

namespace nonvol::libvirt {

// Whose behaviour is followed: Debian 12's libvirt, or the one of 2025 (Debian 13). 9.2 rewrote the
// selection.
enum class Release { k9_0, k11_3 };
std::string_view to_string(Release release);  // "9.0", "11.3"

struct Candidate {
  std::string path;
  descriptor::Descriptor descriptor;  // only what libvirt reads of it
};

// A file that libvirt does not consider, or a descriptor that does not fit, and why.
struct PassedOver {
  std::string path;
  std::string reason;
};

struct Descriptors {
  std::vector<Candidate> candidates;  // in the order in which they are tried
  std::vector<PassedOver> skipped;
  std::optional<Error> failure;  // every look at descriptors fails, as long as this is so
};

// Reads descriptors as libvirt does (qemuInteropFetchConfigs, qemuFirmwareParse), which is not what the
// specification or nonvol's own DescriptorSearch say: any name that does not begin with a dot counts,
// whatever it ends in; a link to /dev/null hides nothing; one dangling link makes every query fail; before
// 9.2 one broken file did so too. docs/formats/libvirt-selection.md compares the two.
Descriptors read_descriptors(storage::FileSource& files, const std::vector<std::string>& search_path,
                             Release release);

// One descriptor's text as libvirt takes it; the reason where it does not.
struct ReadDescriptor {
  std::optional<descriptor::Descriptor> descriptor;
  std::string reason;
  std::string message;  // libvirt's, as it begins
};
ReadDescriptor read_descriptor(std::string_view text, const std::string& path);

}  // namespace nonvol::libvirt
