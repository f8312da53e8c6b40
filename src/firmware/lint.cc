#include "firmware/lint.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "firmware/claims.h"
#include "firmware/fit.h"
#include "firmware/hazards.h"
#include "firmware/locate.h"
#include "firmware/statements.h"

namespace nonvol::firmware {
namespace {

using descriptor::DescriptorFile;

constexpr std::uint64_t kLargestDescriptorBytes = std::uint64_t{1} << 20;

void append(LintFindings& findings, LintFindings more) {
  std::ranges::move(more, std::back_inserter(findings));
}

// Told by the name or the kind of a file; what else a search reports stands in a descriptor's text.
constexpr ErrorId kOfDirectory[] = {ErrorId::kDescriptorUnreadable, ErrorId::kDescriptorDanglingLink,
                                    ErrorId::kDescriptorNotAFile, ErrorId::kDescriptorNotJsonName};

// What the reader and the search found themselves.
LintFindings of_reading(const descriptor::DescriptorSet& set) {
  LintFindings findings;
  for (const Finding& finding : set.findings) {
    const bool of_directory = std::ranges::find(kOfDirectory, finding.id) != std::end(kOfDirectory);
    findings.push_back(
        {finding, flash::Certainty::kProven, of_directory ? "the directory" : "the descriptor itself", {}});
  }
  return findings;
}

std::vector<Subject> subjects_of(const descriptor::DescriptorSet& set) {
  std::vector<Subject> subjects;
  for (const DescriptorFile& file : set.files) {
    if (file.descriptor) subjects.push_back({file.path, *file.descriptor});
  }
  return subjects;
}

// What two descriptors say of one binary is told once, in words that name both.
void drop_repeated(LintFindings& findings, const LintFindings& of_same_code) {
  std::erase_if(findings, [&](const LintFinding& finding) {
    return finding.finding.id == ErrorId::kClaimMissing &&
           std::ranges::any_of(of_same_code, [&](const LintFinding& other) {
             return other.feature == finding.feature && !other.feature.empty() &&
                    other.finding.place.file == finding.finding.place.file;
           });
  });
}

// Of a name that libvirt trips over the search cannot know better than that libvirt reads it.
void drop_read_by_libvirt(LintFindings& findings, const LintFindings& of_directories) {
  std::erase_if(findings, [&](const LintFinding& finding) {
    return finding.finding.id == ErrorId::kDescriptorNotJsonName &&
           std::ranges::any_of(of_directories, [&](const LintFinding& other) {
             return other.finding.id == ErrorId::kLibvirtTrips &&
                    other.finding.place.file == finding.finding.place.file;
           });
  });
}

bool has_error(const LintFindings& findings) {
  return std::ranges::any_of(
      findings, [](const LintFinding& finding) { return finding.finding.severity == Severity::kError; });
}

// Code that has been told to be missing, of another format or empty is not looked into.
bool can_be_examined(const Subject& subject, FirmwareFileCache& files) {
  const FileFacts& code = files.file(subject.descriptor.mapping.executable.path);
  return !code.trouble && code.file_bytes != 0 && code.format == subject.descriptor.mapping.executable.format;
}

std::string text_of_descriptor(storage::FileSource& descriptors, const std::string& path) {
  const auto file = descriptors.open_read(path);
  if (!file || (*file)->size_bytes() > kLargestDescriptorBytes) return {};
  std::vector<std::uint8_t> bytes((*file)->size_bytes());
  const auto got = (*file)->read_at(0, bytes);
  if (!got) return {};
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*got)};
}

// Members become lines and columns, which editors and code review understand. Each text is read again once;
// lint is the only one who needs this.
void add_lines(LintFindings& findings, storage::FileSource& descriptors) {
  std::map<std::string, std::string> texts;
  for (LintFinding& finding : findings) {
    Place& place = finding.finding.place;
    if (place.line || place.json_pointer.empty()) continue;
    auto [known, is_new] = texts.try_emplace(place.file);
    if (is_new) known->second = text_of_descriptor(descriptors, place.file);
    if (const auto found = locate(known->second, place.json_pointer)) {
      place.line = found->line;
      place.column = found->column;
    }
  }
}

// By file in the order of the search, then by line.
void sort_by_file(LintFindings& findings, const std::vector<LintedFile>& files) {
  std::map<std::string, std::size_t> order;
  for (const LintedFile& file : files) order.emplace(file.path, order.size());
  const auto rank = [&](const LintFinding& finding) {
    const auto found = order.find(finding.finding.place.file);
    return found == order.end() ? order.size() : found->second;
  };
  std::ranges::stable_sort(findings, [&](const LintFinding& a, const LintFinding& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    const Place& left = a.finding.place;
    const Place& right = b.finding.place;
    if (left.file != right.file) return left.file < right.file;
    return left.line.value_or(0) < right.line.value_or(0);
  });
}

}  // namespace

LintResult lint(const descriptor::DescriptorSet& set, storage::FileSource& descriptors,
                FirmwareFileCache& files, bool directories) {
  LintResult result;
  for (const DescriptorFile& file : set.files) result.files.push_back({file.path, file.state});
  const std::vector<Subject> subjects = subjects_of(set);
  std::vector<bool> is_sound;
  for (const Subject& subject : subjects) {
    const CodeLook* code =
        can_be_examined(subject, files) ? &files.code(subject.descriptor.mapping.executable.path) : nullptr;
    LintFindings fit = check_fit(subject, files, code == nullptr ? nullptr : &code->facts);
    LintFindings claims = code == nullptr ? LintFindings{} : check_claims(subject, *code);
    is_sound.push_back(!has_error(fit) && !has_error(claims));
    append(result.findings, check_statements(subject));
    append(result.findings, std::move(fit));
    append(result.findings, std::move(claims));
  }
  LintFindings of_same_code;
  for (const SameCode& same : group_by_code(subjects, files)) append(of_same_code, check_same_code(same));
  drop_repeated(result.findings, of_same_code);
  append(result.findings, std::move(of_same_code));
  append(result.findings, of_reading(set));
  if (directories) {
    LintFindings of_directories = check_directories(set, descriptors);
    drop_read_by_libvirt(result.findings, of_directories);
    append(result.findings, std::move(of_directories));
    append(result.findings, check_order(subjects, is_sound));
  }
  add_lines(result.findings, descriptors);
  sort_by_file(result.findings, result.files);
  result.counts = files.counts();
  return result;
}

}  // namespace nonvol::firmware
