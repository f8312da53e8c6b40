#include <fmt/format.h>

#include <algorithm>

#include "api/libvirt_parts.h"
#include "octets/text.h"

namespace nonvol::api {
namespace {

// Why nonvol's rules do not take what libvirt takes.
std::vector<std::string> own_reasons(const FirmwareExplainReport& own, const std::string& path) {
  std::vector<std::string> reasons;
  for (const descriptor::Verdict& verdict : own.verdicts) {
    if (verdict.file->path != path) continue;
    for (const descriptor::FailedRule& rule : verdict.failed) {
      reasons.push_back(fmt::format("nonvol's rule {}: {}", code(rule.rule), rule.message));
    }
    return reasons;
  }
  return {"nonvol does not read " + path + ": its name or its directory is none of those that count"};
}

// Why libvirt does not take what nonvol takes; empty where it would have, if nothing had come before.
std::string libvirt_reason(const libvirt::Descriptors& read, const LibvirtSelectReport& report,
                           const std::string& path) {
  for (const auto* list : {&report.answer.passed_over, &read.skipped}) {
    const auto found = std::ranges::find(*list, path, &libvirt::PassedOver::path);
    if (found != list->end()) return fmt::format("libvirt passes over {}: {}", path, found->reason);
  }
  if (report.answer.refusal) return "libvirt refuses: " + report.answer.refusal->message;
  const bool known =
      std::ranges::find(read.candidates, path, &libvirt::Candidate::path) != read.candidates.end();
  return known ? std::string() : fmt::format("libvirt does not read {}", path);
}

}  // namespace

std::optional<Finding> difference(const Context& context, const libvirt::Domain& asked,
                                  const libvirt::Descriptors& read, const FirmwareRequest& wanted,
                                  const LibvirtSelectReport& report) {
  std::optional<descriptor::Request> rules = own_request(asked);
  if (!rules) return std::nullopt;
  FirmwareRequest request;
  request.rules = *std::move(rules);
  // What a domain does not say, and both answers rest on.
  request.rules.qemu_version = wanted.rules.qemu_version;
  request.trust_claims = wanted.trust_claims;
  const Result<FirmwareExplainReport> own = firmware_explain(context, request);
  const bool libvirt_has = report.answer.chosen && !report.answer.refusal;
  const std::string theirs = libvirt_has ? report.answer.chosen->path : std::string();
  std::string ours;
  if (own && own->chosen != nullptr) ours = own->chosen->path;
  if (theirs == ours) return std::nullopt;

  std::vector<std::string> reasons;
  if (!own) {
    reasons.push_back("nonvol refuses: " + own.error().message);
  } else if (!theirs.empty()) {
    reasons = own_reasons(*own, theirs);
  }
  if (!ours.empty()) reasons.push_back(libvirt_reason(read, report, ours));
  std::erase(reasons, std::string());
  const auto named = [](const std::string& path) { return path.empty() ? std::string("nothing") : path; };
  return Finding{Severity::kWarning,
                 ErrorId::kLibvirtDiffers,
                 fmt::format("libvirt takes {}, nonvol's own rules take {}; {}", named(theirs), named(ours),
                             fmt::join(reasons, "; ")),
                 theirs.empty() ? Place{} : Place::in_file(theirs),
                 {}};
}

std::vector<Finding> libvirt_differences(const Context& context, const FirmwareRequest& request) {
  LibvirtSelectRequest same;
  same.firmware = request;
  Result<LibvirtSelectReport> theirs = libvirt_select(context, same);
  if (!theirs) return {};
  std::erase_if(theirs->findings,
                [](const Finding& finding) { return finding.id != ErrorId::kLibvirtDiffers; });
  return std::move(theirs->findings);
}

}  // namespace nonvol::api
