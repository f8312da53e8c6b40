#include "libvirt/choose.h"

#include <fmt/format.h>

#include "descriptor/features.h"
#include "libvirt/complete.h"
#include "libvirt/match.h"
#include "libvirt/refusals.h"

namespace nonvol::libvirt {
namespace {

using descriptor::Descriptor;

// 9.0 knows no formats, takes an empty <nvram> for none, and enrolled keys for a wish for Secure Boot
// (virDomainDefPostParseOs).
void as_9_0_reads(Domain& domain) {
  if (domain.enrolled_keys == true && !domain.secure_boot) domain.secure_boot = true;
  if (!domain.loader) return;
  Loader& loader = *domain.loader;
  loader.format.clear();
  loader.nvram_template_format.clear();
  if (!loader.nvram) return;
  loader.nvram->format = "raw";
  if (!loader.nvram->type_given && loader.nvram->path.empty()) loader.nvram.reset();
}

// qemuDomainDefBootPostParse and the parser, for a guest that was there before.
void as_existing_guest(Domain& domain, Release release) {
  const bool automatic = domain.firmware != FirmwareType::kNone;
  if (!automatic) {
    // 8.6 to 9.1 wrote features without firmware='', so that they are not held against an old guest.
    domain.asks_for_features = false;
    domain.secure_boot.reset();
    domain.enrolled_keys.reset();
  }
  if (release == Release::k9_0 || !automatic) return;
  // Before 9.2 nothing but raw firmware could have been chosen.
  if (!domain.loader) domain.loader.emplace();
  if (domain.loader->format.empty()) domain.loader->format = "raw";
}

std::optional<Error> launch_security_trouble(const Domain& domain, Release release) {
  const std::string& type = domain.launch_security;
  const bool known =
      type.empty() || type == "sev" || type == "s390-pv" || (type == "sev-snp" && release == Release::k11_3);
  if (known) return std::nullopt;
  return refusal(fmt::format("libvirt {} does not know the launch security '{}'", to_string(release), type),
                 fmt::format("Invalid value for attribute 'type' in element 'launchSecurity': '{}'.", type));
}

// qemuFirmwareSanityCheck: it fires for every honest descriptor of Secure Boot without SMM.
void look_at_features(const Candidate& chosen, Release release, std::vector<Finding>& findings) {
  const bool smm = chosen.descriptor.has_feature(descriptor::kRequiresSmm);
  const bool secure_boot = chosen.descriptor.has_feature(descriptor::kSecureBoot);
  const bool keys = chosen.descriptor.has_feature(descriptor::kEnrolledKeys);
  if (smm == secure_boot && (release == Release::k9_0 || !keys || secure_boot)) return;
  std::string message =
      smm != secure_boot
          ? fmt::format("it has {} and lacks {}, which libvirt's log calls an invalid set of features",
                        smm ? "requires-smm" : "secure-boot", smm ? "secure-boot" : "requires-smm")
          : "it has enrolled-keys and lacks secure-boot, which libvirt's log calls an invalid set of features";
  findings.push_back(
      {Severity::kNote, ErrorId::kLibvirtFeatures, std::move(message), Place::in_file(chosen.path), {}});
}

Error none_fits(const Domain& domain, const Answer& answer, Release release) {
  const std::string_view type = to_string(domain.firmware);
  Error error(ErrorId::kLibvirtNoneFits,
              fmt::format("libvirt finds no '{}' firmware for {} machine {} among {} descriptors", type,
                          domain.architecture, domain.machine, answer.passed_over.size()));
  error.notes.push_back(
      release == Release::k9_0
          ? fmt::format("libvirt's message: Unable to find any firmware to satisfy '{}'", type)
          : fmt::format("libvirt's message: Unable to find '{}' firmware that is compatible with the current "
                        "configuration",
                        type));
  for (const PassedOver& passed : answer.passed_over) {
    error.notes.push_back(fmt::format("passed over {}: {}", passed.path, passed.reason));
  }
  return error;
}

class Chooser {
 public:
  Chooser(Domain domain, const Descriptors& descriptors, const Options& options)
      : descriptors_(descriptors), options_(options), release_(options.release) {
    answer_.domain = std::move(domain);
  }

  Answer run() {
    Domain& domain = answer_.domain;
    if (release_ == Release::k9_0) as_9_0_reads(domain);
    if (options_.existing_guest) as_existing_guest(domain, release_);
    answer_.refusal = launch_security_trouble(domain, release_);
    if (!answer_.refusal) release_ == Release::k9_0 ? run_9_0() : run_11_3();
    return std::move(answer_);
  }

 private:
  Domain& domain() { return answer_.domain; }
  bool automatic() const { return answer_.domain.firmware != FirmwareType::kNone; }

  void run_11_3() {
    if ((answer_.refusal = request_trouble(domain(), release_))) return;
    const bool bios_by_path = !automatic() && (!domain().loader || domain().loader->type == LoaderType::kRom);
    if (!bios_by_path) {
      find_firmware();
      if (answer_.refusal) return;
      complete_nvram(domain(), options_);
    } else if (domain().loader) {
      answer_.origin = Origin::kPaths;
    }
    // virDomainDefValidate, which sees the completed domain.
    if ((answer_.refusal = machine_trouble(domain()))) return;
    answer_.refusal = request_trouble(domain(), release_);
  }

  // qemuFirmwareFillDomain up to 9.1, behind validation. The store counts as not there yet.
  void run_9_0() {
    if (read_only_flash() && !domain().loader->nvram && domain().loader->stateless != true) {
      domain().loader->nvram.emplace();
      complete_nvram(domain(), options_);
    }
    if ((answer_.refusal = keys_trouble(domain()))) return;
    if ((answer_.refusal = machine_trouble(domain()))) return;
    if ((answer_.refusal = request_trouble(domain(), release_))) return;
    if (!automatic()) {
      if (!domain().loader) return;
      answer_.origin = Origin::kPaths;
      const bool remote = domain().loader->nvram && !domain().loader->nvram->is_local();
      if (!read_only_flash() || domain().loader->nvram_template || remote) return finish_9_0();
    }
    find_firmware();
    if (!answer_.refusal) finish_9_0();
  }

  // Whatever is not said is raw.
  void finish_9_0() {
    complete_nvram(domain(), options_);
    if (!domain().loader || domain().loader->type != LoaderType::kPflash) return;
    domain().loader->format = "raw";
    if (domain().loader->nvram) domain().loader->nvram->format = "raw";
    if (domain().loader->nvram_template) domain().loader->nvram_template_format = "raw";
  }

  bool read_only_flash() const {
    const std::optional<Loader>& loader = answer_.domain.loader;
    return loader && loader->type == LoaderType::kPflash && loader->readonly == true;
  }

  void find_firmware() {
    if (descriptors_.failure) {
      answer_.refusal = *descriptors_.failure;
      return;
    }
    const std::string machine =
        descriptor::canonical_machine(domain().architecture, domain().machine, options_.qemu_version);
    for (const Candidate& candidate : descriptors_.candidates) {
      std::string reason = mismatch(domain(), candidate.descriptor, machine, release_);
      if (reason.empty()) return take(candidate);
      answer_.passed_over.push_back({candidate.path, std::move(reason)});
    }
    if (automatic()) {
      answer_.refusal = none_fits(domain(), answer_, release_);
      return;
    }
    // Explicit paths: libvirt's own list, then as they are.
    answer_.origin = complete_from_list(domain(), release_) ? Origin::kList : Origin::kPaths;
    if (domain().loader && domain().loader->format.empty()) domain().loader->format = "raw";
  }

  void take(const Candidate& candidate) {
    look_at_features(candidate, release_, answer_.findings);
    answer_.refusal = complete_from(domain(), candidate.descriptor, release_);
    answer_.origin = Origin::kDescriptor;
    answer_.chosen = candidate;
  }

  const Descriptors& descriptors_;
  const Options& options_;
  Release release_;
  Answer answer_;
};

}  // namespace

std::string_view to_string(Origin origin) {
  switch (origin) {
    case Origin::kNone:
      return "none";
    case Origin::kDescriptor:
      return "descriptor";
    case Origin::kList:
      return "list";
    case Origin::kPaths:
      return "paths";
  }
  return "none";
}

Answer choose(Domain domain, const Descriptors& descriptors, const Options& options) {
  return Chooser(std::move(domain), descriptors, options).run();
}

}  // namespace nonvol::libvirt
