#include "api/firmware_lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "api/firmware_cache.h"

namespace nonvol::api {
namespace {

using descriptor::DescriptorFile;
using descriptor::DescriptorSet;

bool is_path(const std::string& word) {
  return word.find('/') != std::string::npos;
}

// The file that counts of a name.
Result<std::string> path_of(const DescriptorSet& set, const std::string& name) {
  for (const DescriptorFile& file : set.files) {
    if (file.state == descriptor::FileState::kOverridden) continue;
    if (file.name() == name || file.name() == name + ".json") return file.path;
  }
  return Error(ErrorId::kNoSuchDescriptor, fmt::format("no descriptor is named '{}'", name))
      .with_hint("nonvol firmware list");
}

Result<void> add_file(const Context& context, const std::string& path, DescriptorSet& set) {
  // A link to nothing is a finding; nothing at all is a mistake of who typed it.
  const auto status = context.files.status(path);
  if (!status && !context.files.read_link(path)) return status.error();
  auto search = descriptor::DescriptorSearch::of_file(context.files, path);
  if (!search) return search.error();
  while (auto file = search->next()) set.files.push_back(*std::move(file));
  std::ranges::move(search->findings(), std::back_inserter(set.findings));
  return {};
}

// Leaves of the whole answer what is about the files that were asked for.
void keep_only(firmware::LintResult& result, const std::vector<std::string>& paths) {
  const auto is_other = [&](const std::string& path) {
    return std::ranges::find(paths, path) == paths.end();
  };
  std::erase_if(result.files, [&](const firmware::LintedFile& file) { return is_other(file.path); });
  std::erase_if(result.findings,
                [&](const firmware::LintFinding& finding) { return is_other(finding.finding.place.file); });
}

}  // namespace

std::size_t FirmwareLintReport::count(Severity severity) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      result.findings,
      [&](const firmware::LintFinding& finding) { return finding.finding.severity == severity; }));
}

Result<FirmwareLintReport> firmware_lint(const Context& context, const FirmwareLintRequest& request) {
  auto files = FirmwareFiles::open(context);
  if (!files) return files.error();
  auto cache = firmware_cache(context, *files);
  FirmwareLintReport report;

  DescriptorSet named_by_path;
  std::vector<std::string> names;
  for (const std::string& word : request.descriptors) {
    if (!is_path(word)) {
      names.push_back(word);
    } else if (auto added = add_file(context, word, named_by_path); !added) {
      return added.error();
    }
  }
  if (!named_by_path.files.empty()) report.result = lint(named_by_path, context.files, cache, false);
  if (!names.empty() || request.descriptors.empty()) {
    auto set = files->load();
    if (!set) return set.error();
    std::vector<std::string> wanted;
    for (const std::string& name : names) {
      auto path = path_of(*set, name);
      if (!path) return path.error();
      wanted.push_back(*std::move(path));
    }
    firmware::LintResult searched = lint(*set, files->descriptor_source(), cache, true);
    if (!names.empty()) keep_only(searched, wanted);
    report.directories = set->directories;
    if (context.search_dirs.empty()) report.root = context.root;
    std::ranges::move(searched.files, std::back_inserter(report.result.files));
    std::ranges::move(searched.findings, std::back_inserter(report.result.findings));
  }
  report.result.counts = cache.counts();
  return report;
}

}  // namespace nonvol::api
