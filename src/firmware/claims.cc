#include "firmware/claims.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "descriptor/features.h"

namespace nonvol::firmware {
namespace {

using descriptor::Device;
using flash::Certainty;
using flash::CodeFacts;
using flash::Trait;

// QEMU's docs/interop/firmware.json says what each feature promises. Of verbose-* it says that much is
// logged, which a build without debug output never does; nobody's guest fails for that.
constexpr CodeClaim kClaims[] = {
    {descriptor::kSecureBoot, &CodeFacts::secure_boot, Severity::kError, false, Severity::kNote,
     "a guest that asks for Secure Boot gets none",
     "a guest that asks for firmware without Secure Boot gets it"},
    {descriptor::kRequiresSmm, &CodeFacts::requires_smm, Severity::kError, false, Severity::kError,
     "its variables would be out of its reach in a flash that only SMM may write",
     "a guest without SMM does not boot"},
    {descriptor::kHostUefiVars, &CodeFacts::uefi_vars_device, Severity::kError, false, Severity::kError,
     "the device it is given is not used, and variables are lost",
     "a guest without the uefi-vars device does not boot"},
    {descriptor::kAcpiS3, &CodeFacts::acpi_s3, Severity::kWarning, true, Severity::kNote,
     "a guest that is suspended does not resume", ""},
    {"amd-sev", &CodeFacts::amd_sev, Severity::kError, true, Severity::kNote,
     "a guest under SEV does not start", ""},
    {"amd-sev-es", &CodeFacts::amd_sev_es, Severity::kError, true, Severity::kNote,
     "a guest under SEV-ES does not start", ""},
    {"amd-sev-snp", &CodeFacts::amd_sev_snp, Severity::kError, true, Severity::kNote,
     "a guest under SEV-SNP does not start", ""},
    {"intel-tdx", &CodeFacts::intel_tdx, Severity::kError, true, Severity::kNote,
     "a guest under TDX does not start", ""},
    {"verbose-dynamic", &CodeFacts::debug_build, Severity::kNote, true, Severity::kNote,
     "nothing is logged where that is captured", ""},
    {"verbose-static", &CodeFacts::debug_build, Severity::kNote, true, Severity::kNote, "nothing is logged",
     ""},
};

// Copies of one code are looked for among so many files of its size; links to it among all.
constexpr std::size_t kMostCompared = 16;

Severity weighed(Severity severity, Certainty certainty) {
  return severity == Severity::kError && certainty != Certainty::kProven ? Severity::kWarning : severity;
}

std::string pointer_of(const descriptor::Descriptor& descriptor, std::string_view feature) {
  const auto found = std::ranges::find(descriptor.features, feature);
  if (found == descriptor.features.end()) return "/features";
  return fmt::format("/features/{}", found - descriptor.features.begin());
}

// Whether a machine of that architecture can run code of the other: 64-bit processors start in modes that run
// the older code.
bool runs(std::string_view machine, std::string_view code) {
  return machine == code || (machine == "x86_64" && code == "i386") ||
         (machine == "aarch64" && code == "arm");
}

void check_architecture(const Subject& subject, const CodeFacts& facts, FindingList& findings) {
  if (facts.architecture.empty()) return;
  const std::vector<descriptor::Target>& targets = subject.descriptor.targets;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if (runs(targets[i].architecture, facts.architecture)) continue;
    findings.add_resting(Severity::kError, ErrorId::kClaimFalse,
                         fmt::format("a target is {}, and the code is built for {}", targets[i].architecture,
                                     facts.architecture),
                         fmt::format("/targets/{}/architecture", i), Certainty::kProven,
                         "the machine type in the header of the DXE core");
  }
}

// A build that only starts in confidential guests, offered to everybody.
void check_confidential(const Subject& subject, const CodeFacts& facts, FindingList& findings) {
  const Trait& only = facts.confidential_only;
  if (only.value != true) return;
  for (const std::string_view feature : {"amd-sev", "amd-sev-es", "amd-sev-snp", "intel-tdx"}) {
    if (subject.descriptor.has_feature(feature)) return;
  }
  findings.add_resting(
      weighed(Severity::kError, only.certainty), ErrorId::kClaimMissing,
      "none of the features for confidential guests is claimed, and the code is built for these alone; "
      "an ordinary guest may be given it",
      "/features", only.certainty, only.rests_on);
}

std::string joined_names(const std::vector<const Subject*>& subjects) {
  std::vector<std::string_view> names;
  for (const Subject* subject : subjects) names.push_back(subject->name());
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string verdict(const Trait& trait) {
  if (!trait.value) return "the code does not tell who is right";
  return *trait.value ? "the code has it" : "the code does not have it";
}

}  // namespace

std::span<const CodeClaim> code_claims() {
  return kClaims;
}

LintFindings check_claims(const Subject& subject, const CodeLook& code) {
  FindingList findings(subject);
  const descriptor::Mapping& mapping = subject.descriptor.mapping;
  if (!code.trouble && !code.facts.has_code) {
    const bool is_flash = mapping.device == Device::kFlash;
    findings.add(
        Severity::kError, ErrorId::kNotAFirmwareImage,
        fmt::format("the executable, {}, has firmware volumes and no code in them", mapping.executable.path),
        is_flash ? "/mapping/executable/filename" : "/mapping/filename", "the file's firmware volumes");
    return findings.take();
  }
  std::vector<std::string_view> unproven;
  for (const CodeClaim& claim : kClaims) {
    const Trait& trait = code.facts.*claim.trait;
    const bool claimed = subject.descriptor.has_feature(claim.feature);
    const std::string feature(claim.feature);
    if (claimed && !trait.value) {
      unproven.push_back(claim.feature);
    } else if (claimed && !*trait.value) {
      findings.add_resting(
          weighed(claim.if_false, trait.certainty), ErrorId::kClaimFalse,
          fmt::format("'{}' is claimed, and the code does not have it: {}", feature, claim.then),
          pointer_of(subject.descriptor, feature), trait.certainty, trait.rests_on, feature);
    } else if (!claimed && trait.value == true && !claim.may_be_left_out) {
      findings.add_resting(
          weighed(claim.if_left_out, trait.certainty), ErrorId::kClaimMissing,
          fmt::format("'{}' is not claimed, and the code has it: {}", feature, claim.then_left_out),
          "/features", trait.certainty, trait.rests_on, feature);
    }
  }
  const bool no_template =
      !mapping.nvram_template && !mapping.uefi_vars_template &&
      !(mapping.device == Device::kFlash && mapping.mode == descriptor::FlashMode::kCombined);
  if (no_template && subject.descriptor.has_feature(descriptor::kEnrolledKeys)) {
    unproven.push_back(descriptor::kEnrolledKeys);
  }
  check_architecture(subject, code.facts, findings);
  check_confidential(subject, code.facts, findings);
  if (!unproven.empty()) {
    findings.add_resting(
        Severity::kNote, ErrorId::kClaimUnproven,
        fmt::format("nothing speaks for or against {}", fmt::join(unproven, ", ")), "/features",
        Certainty::kUnknown,
        code.trouble ? code.trouble->message : "the code, which was searched for signs of it");
  }
  return findings.take();
}

LintFindings check_same_code(const SameCode& same) {
  LintFindings result;
  for (const CodeClaim& claim : kClaims) {
    std::vector<const Subject*> claiming;
    std::vector<const Subject*> silent;
    for (const Subject* subject : same.subjects) {
      (subject->descriptor.has_feature(claim.feature) ? claiming : silent).push_back(subject);
    }
    if (claiming.empty() || silent.empty()) continue;
    const Trait& trait = same.code->facts.*claim.trait;
    const Subject& wrong = trait.value == false ? *claiming.front() : *silent.front();
    FindingList findings(wrong);
    findings.add_resting(
        claim.may_be_left_out ? Severity::kNote : Severity::kWarning, ErrorId::kSameBinaryClaims,
        fmt::format("'{}' is claimed by {} and not by {}, and all name the same code, {}; {}", claim.feature,
                    joined_names(claiming), joined_names(silent), wrong.descriptor.mapping.executable.path,
                    verdict(trait)),
        pointer_of(wrong.descriptor, claim.feature), Certainty::kProven,
        trait.value ? fmt::format("the files are one; {}", trait.rests_on) : "the files are one",
        std::string(claim.feature));
    for (LintFinding& finding : findings.take()) result.push_back(std::move(finding));
  }
  return result;
}

std::vector<SameCode> group_by_code(std::span<const Subject> subjects, FirmwareFileCache& files) {
  // Of different files only those of one size can be the same.
  std::map<std::uint64_t, std::vector<SameCode>> by_size;
  for (const Subject& subject : subjects) {
    const std::string& path = subject.descriptor.mapping.executable.path;
    const FileFacts& facts = files.file(path);
    if (facts.trouble) continue;
    std::vector<SameCode>& groups = by_size[facts.file_bytes];
    std::size_t compared = 0;
    const auto known = std::ranges::find_if(groups, [&](const SameCode& group) {
      const std::string& other = group.subjects.front()->descriptor.mapping.executable.path;
      if (&files.file(other) == &facts) return true;
      return compared++ < kMostCompared && files.same_content(other, path);
    });
    if (known != groups.end()) {
      known->subjects.push_back(&subject);
    } else {
      groups.push_back({{&subject}, nullptr});
    }
  }
  std::vector<SameCode> result;
  for (auto& [size, groups] : by_size) {
    for (SameCode& group : groups) {
      if (group.subjects.size() < 2) continue;
      group.code = &files.code(group.subjects.front()->descriptor.mapping.executable.path);
      result.push_back(std::move(group));
    }
  }
  return result;
}

}  // namespace nonvol::firmware
