#include "firmware/hazards.h"

#include <fmt/format.h>

#include <algorithm>

#include "descriptor/machine.h"
#include "octets/text.h"

namespace nonvol::firmware {
namespace {

using descriptor::Descriptor;
using descriptor::DescriptorFile;
using descriptor::FileState;
using descriptor::Target;
using flash::Certainty;

// More requests would be nothing but slower: a thousand descriptors are a thousand times what packages ship.
constexpr std::size_t kMostCompared = 1000;

LintFinding about_file(Severity severity, ErrorId id, std::string message, const std::string& path,
                       std::string rests_on, std::string hint = {}) {
  return {{severity, id, std::move(message), Place::in_file(path), std::move(hint)},
          Certainty::kProven,
          std::move(rests_on),
          {}};
}

std::vector<std::string> hidden_by(const descriptor::DescriptorSet& set, const std::string& path) {
  std::vector<std::string> result;
  for (const DescriptorFile& file : set.files) {
    if (file.state == FileState::kOverridden && file.overridden_by == path) result.push_back(file.path);
  }
  return result;
}

void check_mask(const DescriptorFile& mask, const std::vector<std::string>& hidden,
                storage::FileSource& files, LintFindings& findings) {
  const auto link = files.read_link(mask.path);
  const auto status = files.status(mask.path);
  const bool is_empty_file = status && status->kind == storage::FileKind::kRegular;
  if (!is_empty_file && link) {
    const std::string then = hidden.empty()
                                 ? "it hides nothing here"
                                 : fmt::format("libvirt takes {} all the same", fmt::join(hidden, " and "));
    findings.push_back(
        about_file(hidden.empty() ? Severity::kNote : Severity::kWarning, ErrorId::kMaskReadersDiffer,
                   fmt::format("a link to {} is a mask to some readers only; {}", *link, then), mask.path,
                   "the link", fmt::format("rm {0} && touch {0}", octets::shell_path(mask.path))));
    return;
  }
  findings.push_back(about_file(Severity::kNote, ErrorId::kMaskReadersDiffer,
                                hidden.empty()
                                    ? "an empty file, and no other file of that name is there for it to hide"
                                    : fmt::format("an empty file hides {}", fmt::join(hidden, " and ")),
                                mask.path, "the file's size"));
}

void check_name(const DescriptorFile& file, LintFindings& findings) {
  const std::string_view name = file.name();
  const auto is_digit = [&](std::size_t i) { return i < name.size() && name[i] >= '0' && name[i] <= '9'; };
  if (is_digit(0) && is_digit(1) && !is_digit(2)) return;
  findings.push_back(
      about_file(Severity::kNote, ErrorId::kNamePrefix,
                 fmt::format("'{}' does not begin with two digits, as the schema advises; names are "
                             "taken in byte order",
                             name),
                 file.path, "the file's name"));
}

// libvirt examines every name that does not begin with a dot, and gives up on the first that it cannot
// (virQEMUInteropFetchConfigs).
void check_links(const descriptor::DescriptorSet& set, storage::FileSource& files,
                 const std::string& directory, LintFindings& findings) {
  const auto opened = files.open_directory(directory);
  if (!opened) return;
  auto entries = (*opened)->entries();
  if (!entries) return;
  std::ranges::sort(*entries, {}, &storage::DirectoryEntry::name);
  for (const storage::DirectoryEntry& entry : *entries) {
    if (entry.name.starts_with('.') || entry.kind == storage::FileKind::kRegular) continue;
    const std::string path = directory + "/" + entry.name;
    const auto link = files.read_link(path);
    const auto status = files.status(path);
    // In another root /dev/null need not exist. What only this user may not look at is no obstacle to
    // libvirt's daemon, which is root.
    if (status || !link || status.error().id == ErrorId::kPermission || *link == "/dev/null") continue;
    const auto told = std::ranges::find_if(set.files, [&](const DescriptorFile& file) {
      return file.path == path && file.error && file.error->id == ErrorId::kDescriptorDanglingLink;
    });
    if (told != set.files.end()) continue;
    findings.push_back(about_file(
        Severity::kError, ErrorId::kLibvirtTrips,
        fmt::format("the link leads to {}, {}; libvirt fails every question about firmware while it is "
                    "there",
                    *link,
                    status.error().id == ErrorId::kFileMissing
                        ? std::string("which does not exist")
                        : "which nobody can look at: " + status.error().message),
        path, "the link", "rm " + octets::shell_path(path)));
  }
}

// Whether every name that `narrow` matches is matched by `wide`.
bool covers(std::string_view wide, std::string_view narrow) {
  if (wide == narrow) return true;
  // The narrow glob is taken as a name. Its '*' is then one character, which a '*' of the wide one takes
  // rightly and a '?' would take wrongly.
  const bool may_err = wide.find('?') != std::string_view::npos && narrow.find('*') != std::string_view::npos;
  return !may_err && descriptor::matches_glob(narrow, wide);
}

bool covers(const std::vector<Target>& wide, const Target& narrow) {
  return std::ranges::all_of(narrow.machines, [&](const std::string& machine) {
    return std::ranges::any_of(wide, [&](const Target& target) {
      return target.architecture == narrow.architecture &&
             std::ranges::any_of(target.machines,
                                 [&](const std::string& glob) { return covers(glob, machine); });
    });
  });
}

bool same_set(std::vector<std::string> a, std::vector<std::string> b) {
  for (std::vector<std::string>* list : {&a, &b}) {
    std::ranges::sort(*list);
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  return a == b;
}

bool answers_all_of(const Descriptor& earlier, const Descriptor& later) {
  const auto format_of = [](const Descriptor& one) {
    return one.mapping.nvram_template ? one.mapping.nvram_template->format : std::string();
  };
  if (earlier.mapping.device != later.mapping.device || earlier.mapping.mode != later.mapping.mode ||
      earlier.mapping.executable.format != later.mapping.executable.format ||
      format_of(earlier) != format_of(later) ||
      earlier.mapping.uefi_vars_template.has_value() != later.mapping.uefi_vars_template.has_value()) {
    return false;
  }
  const bool interfaces = std::ranges::all_of(later.interface_types, [&](const std::string& interface) {
    return std::ranges::find(earlier.interface_types, interface) != earlier.interface_types.end();
  });
  return interfaces && same_set(earlier.features, later.features) &&
         std::ranges::all_of(later.targets,
                             [&](const Target& target) { return covers(earlier.targets, target); });
}

bool can_match(const Descriptor& descriptor) {
  return !descriptor.interface_types.empty() &&
         std::ranges::any_of(descriptor.targets,
                             [](const Target& target) { return !target.machines.empty(); });
}

}  // namespace

LintFindings check_directories(const descriptor::DescriptorSet& set, storage::FileSource& files) {
  LintFindings findings;
  for (const DescriptorFile& file : set.files) {
    if (file.state == FileState::kMasked) check_mask(file, hidden_by(set, file.path), files, findings);
    if (file.state == FileState::kOverridden) {
      const auto by = std::ranges::find(set.files, file.overridden_by, &DescriptorFile::path);
      if (by != set.files.end() && by->state != FileState::kMasked) {
        findings.push_back(about_file(
            Severity::kNote, ErrorId::kMaskReadersDiffer,
            fmt::format("{} takes its place; readers that know nothing of directories see both", by->path),
            file.path, "the files' names"));
      }
    }
    if (file.state == FileState::kUsable || file.state == FileState::kBroken) check_name(file, findings);
  }
  for (const std::string& directory : set.directories) check_links(set, files, directory, findings);
  return findings;
}

LintFindings check_order(std::span<const Subject> subjects, const std::vector<bool>& is_sound) {
  LintFindings findings;
  const std::size_t count = std::min(subjects.size(), kMostCompared);
  for (std::size_t later = 1; later < count; ++later) {
    if (!is_sound[later] || !can_match(subjects[later].descriptor)) continue;
    for (std::size_t earlier = 0; earlier < later; ++earlier) {
      if (!is_sound[earlier] || !answers_all_of(subjects[earlier].descriptor, subjects[later].descriptor)) {
        continue;
      }
      findings.push_back(about_file(
          Severity::kNote, ErrorId::kNeverChosen,
          fmt::format(
              "{} comes first and answers every request that this one would; only a guest that names its "
              "files gets it",
              subjects[earlier].path),
          subjects[later].path, "both descriptors: features, device, mode, formats, interfaces, machines"));
      break;
    }
  }
  return findings;
}

}  // namespace nonvol::firmware
