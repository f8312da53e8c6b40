#include "descriptor/select.h"

#include <fmt/format.h>

#include <algorithm>

namespace nonvol::descriptor {
namespace {

// Another request does not mend files, and may ask more of them.
std::optional<NearMiss> near_miss_that_holds(const Descriptor& descriptor, const Request& request,
                                             FileRules& files, const std::vector<FailedRule>& failed) {
  if (std::ranges::any_of(failed, [](const FailedRule& rule) { return rule.rule >= Rule::kFileMissing; }))
    return std::nullopt;
  std::optional<NearMiss> near = near_miss(descriptor, request);
  if (!near) return std::nullopt;
  std::vector<FailedRule> then;
  files.examine(descriptor, near->request, then);
  if (!then.empty()) return std::nullopt;
  return near;
}

Verdict verdict_on(const DescriptorFile& file, const Rules& rules, FileRules& files) {
  Verdict verdict;
  verdict.file = &file;
  switch (file.state) {
    case FileState::kMasked:
      verdict.failed.push_back(
          {Rule::kMasked, "the file is empty or a link to /dev/null, which hides the name"});
      break;
    case FileState::kOverridden:
      verdict.failed.push_back({Rule::kOverridden, fmt::format("{} takes its place", file.overridden_by)});
      break;
    case FileState::kBroken:
      verdict.failed.push_back({Rule::kBroken, file.error->message});
      break;
    case FileState::kUsable:
      rules.examine(*file.descriptor, verdict.failed);
      files.examine(*file.descriptor, rules.request(), verdict.failed);
      verdict.near_miss = near_miss_that_holds(*file.descriptor, rules.request(), files, verdict.failed);
      break;
  }
  return verdict;
}

// Firmware for another architecture or interface is further away than any that differs in other ways.
std::size_t weight(Rule rule) {
  constexpr std::size_t kAnotherKind = 1000;
  return rule == Rule::kArchitecture || rule == Rule::kInterface ? kAnotherKind : 1;
}

std::pair<int, std::size_t> rank(const Verdict& verdict) {
  std::size_t distance = 0;
  for (const FailedRule& rule : verdict.failed) distance += weight(rule.rule);
  switch (verdict.file->state) {
    case FileState::kUsable:
      return {0, distance};
    case FileState::kBroken:
      return {1, distance};
    case FileState::kOverridden:
      return {2, distance};
    case FileState::kMasked:
      break;
  }
  return {3, distance};
}

template <class Next>
Selection first_that_fits(Next next, const Request& request, FileRules& files) {
  const Rules rules(request);
  Selection result;
  while (std::optional<DescriptorFile> file = next()) {
    if (file->state != FileState::kUsable) continue;
    ++result.examined;
    if (!rules.fits(*file->descriptor)) continue;
    std::vector<FailedRule> failed;
    files.examine(*file->descriptor, request, failed);
    if (failed.empty()) {
      result.chosen = *std::move(file);
      break;
    }
    result.passed_over.push_back({std::move(file->path), std::move(failed)});
  }
  return result;
}

}  // namespace

Selection select_firmware(DescriptorSearch& search, const Request& request, FileRules& files) {
  return first_that_fits([&] { return search.next(); }, request, files);
}

Selection select_among(std::vector<DescriptorFile> candidates, const Request& request, FileRules& files) {
  std::size_t at = 0;
  const auto next = [&] {
    return at < candidates.size() ? std::optional(std::move(candidates[at++])) : std::nullopt;
  };
  return first_that_fits(next, request, files);
}

std::vector<Verdict> explain(const DescriptorSet& set, const Request& request, FileRules& files) {
  const Rules rules(request);
  std::vector<Verdict> result;
  for (const DescriptorFile& file : set.files) {
    result.push_back(verdict_on(file, rules, files));
    result.back().position = result.size();
  }
  std::ranges::stable_sort(result, {}, rank);
  return result;
}

}  // namespace nonvol::descriptor
