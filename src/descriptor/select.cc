#include "descriptor/select.h"

#include <fmt/format.h>

#include <algorithm>

namespace nonvol::descriptor {
namespace {

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
      // Another request does not mend files.
      if (std::ranges::none_of(verdict.failed,
                               [](const FailedRule& rule) { return rule.rule >= Rule::kFileMissing; }))
        verdict.near_miss = near_miss(*file.descriptor, rules.request());
      break;
  }
  return verdict;
}

}  // namespace

Selection select_firmware(DescriptorSearch& search, const Request& request, FileRules& files) {
  const Rules rules(request);
  Selection result;
  while (std::optional<DescriptorFile> file = search.next()) {
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

std::vector<Verdict> explain(const DescriptorSet& set, const Request& request, FileRules& files) {
  const Rules rules(request);
  std::vector<Verdict> result;
  for (const DescriptorFile& file : set.files) {
    result.push_back(verdict_on(file, rules, files));
    result.back().position = result.size();
  }
  const auto rank = [](const Verdict& verdict) {
    switch (verdict.file->state) {
      case FileState::kUsable:
        return std::pair(0, verdict.failed.size());
      case FileState::kBroken:
        return std::pair(1, verdict.failed.size());
      case FileState::kOverridden:
        return std::pair(2, verdict.failed.size());
      case FileState::kMasked:
        break;
    }
    return std::pair(3, verdict.failed.size());
  };
  std::ranges::stable_sort(result, {}, rank);
  return result;
}

}  // namespace nonvol::descriptor
