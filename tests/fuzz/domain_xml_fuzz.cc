#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libvirt/choose.h"

using namespace nonvol;

namespace {

libvirt::Descriptors candidates() {
  libvirt::Descriptors result;
  for (const bool secure : {true, false}) {
    libvirt::Candidate candidate;
    candidate.path = secure ? "/d/10.json" : "/d/20.json";
    candidate.descriptor.interface_types = {"uefi"};
    candidate.descriptor.mapping.executable = {"/fw/code", "raw"};
    candidate.descriptor.mapping.nvram_template =
        descriptor::FirmwareFile{"/fw/vars", secure ? "raw" : "qcow2"};
    candidate.descriptor.targets = {{"x86_64", {"pc-q35-*"}}};
    if (secure) candidate.descriptor.features = {"secure-boot", "requires-smm"};
    result.candidates.push_back(candidate);
  }
  return result;
}

}  // namespace

// Any text: parsed, and where it is a domain, given firmware by every set of rules. What comes out is whole:
// a refusal, or paths wherever a loader is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const libvirt::Descriptors kDescriptors = candidates();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<libvirt::Domain> domain = libvirt::parse_domain(text, "fuzz.xml");
  if (!domain) {
    if (domain.error().message.empty() || domain.error().place.empty()) std::abort();
    return 0;
  }
  if (domain->name.empty()) std::abort();
  for (const libvirt::Release release : {libvirt::Release::k9_0, libvirt::Release::k11_3}) {
    for (const bool existing : {false, true}) {
      const libvirt::Options options{
          .release = release, .existing_guest = existing, .nvram_directory = "/nv", .qemu_version = {}};
      const libvirt::Answer answer = libvirt::choose(*domain, kDescriptors, options);
      if (answer.refusal) continue;
      const bool chosen = answer.origin == libvirt::Origin::kDescriptor;
      if (chosen != answer.chosen.has_value()) std::abort();
      if (answer.origin != libvirt::Origin::kNone && answer.domain.loader->path.empty()) std::abort();
    }
  }
  return 0;
}
