#include "descriptor/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "octets/text.h"

namespace nonvol::descriptor {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 20;

std::string path_of(const std::string& directory, const std::string& name) {
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  return path.append(directory).append("/").append(name);
}

Error not_a_file(const std::string& path) {
  return Error(ErrorId::kDescriptorNotAFile, "it has a descriptor's name and is not a file")
      .at(Place::in_file(path));
}

}  // namespace

std::vector<std::string> default_search_path(bool with_user) {
  std::vector<std::string> result{"/usr/share/qemu/firmware", "/etc/qemu/firmware"};
  if (!with_user) return result;
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  // The XDG specification has relative paths ignored.
  if (config != nullptr && config[0] == '/') {
    result.push_back(std::string(config) + "/qemu/firmware");
  } else if (home != nullptr && home[0] == '/') {
    result.push_back(std::string(home) + "/.config/qemu/firmware");
  }
  return result;
}

std::string_view to_string(FileState state) {
  switch (state) {
    case FileState::kUsable:
      return "usable";
    case FileState::kMasked:
      return "masked";
    case FileState::kOverridden:
      return "overridden";
    case FileState::kBroken:
      return "broken";
  }
  return "broken";
}

DescriptorSearch::DescriptorSearch(storage::FileSource& files, const std::vector<std::string>& search_path)
    : files_(files) {
  for (const std::string& path : search_path) collect(path);
  // Of one name the most specific comes first, because it is the one that counts.
  std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
    const int order = a.name.compare(b.name);
    return order != 0 ? order < 0 : a.directory > b.directory;
  });
}

Result<DescriptorSearch> DescriptorSearch::of_file(storage::FileSource& files, const std::string& path) {
  const std::size_t slash = path.rfind('/');
  DescriptorSearch search(files);
  search.names_.push_back(slash == std::string::npos ? "." : path.substr(0, slash));
  auto directory = files.open_directory(slash == 0 ? "/" : search.names_.front());
  if (!directory) return directory.error();
  search.directories_.push_back(*std::move(directory));
  search.entries_.push_back({path.substr(slash + 1), 0});
  return search;
}

void DescriptorSearch::collect(const std::string& path) {
  const auto complain = [&](const Error& error) { findings_.push_back(to_finding(error)); };
  auto directory = files_.open_directory(path);
  if (!directory) {
    if (directory.error().id != ErrorId::kFileMissing) complain(directory.error());
    return;
  }
  auto entries = (*directory)->entries();
  if (!entries) return complain(entries.error());
  names_.push_back(path);
  directories_.push_back(*std::move(directory));
  for (storage::DirectoryEntry& entry : *entries) {
    if (entry.name.starts_with('.')) continue;
    if (entry.name.ends_with(".json")) {
      entries_.push_back({std::move(entry.name), directories_.size() - 1});
    } else if (entry.kind != storage::FileKind::kDirectory) {
      findings_.push_back(
          {Severity::kWarning, ErrorId::kDescriptorNotJsonName,
           fmt::format("'{}' is not read, because its name does not end in .json; libvirt would read it",
                       entry.name),
           Place::in_file(path_of(path, entry.name)), "rm " + octets::shell_path(path_of(path, entry.name))});
    }
  }
}

std::optional<DescriptorFile> DescriptorSearch::next() {
  if (at_ == entries_.size()) return std::nullopt;
  const Entry& entry = entries_[at_];
  DescriptorFile file;
  file.path = path_of(names_[entry.directory], entry.name);
  if (at_ == 0 || entries_[counting_].name != entry.name) {
    counting_ = at_;
    read(file, entry);
  } else {
    file.state = FileState::kOverridden;
    file.overridden_by = path_of(names_[entries_[counting_].directory], entry.name);
  }
  ++at_;
  return file;
}

void DescriptorSearch::read(DescriptorFile& file, const Entry& entry) {
  storage::Directory& directory = *directories_[entry.directory];
  if (Result<void> done = directory.read(entry.name, kMaxFileBytes, buffer_); !done) {
    return unreadable(file, done.error());
  }
  if (buffer_.size_bytes == 0) return read_nothing(file);
  if (buffer_.size_bytes > kMaxFileBytes) {
    return broken(file, Error(ErrorId::kDescriptorTooLarge,
                              fmt::format("the file is larger than {} bytes, and is not read", kMaxFileBytes))
                            .at(Place::in_file(file.path)));
  }
  Result<Descriptor> descriptor = reader_.read(buffer_.text(), file.path, findings_);
  if (!descriptor) return broken(file, descriptor.error());
  file.descriptor = *std::move(descriptor);
}

// An empty file hides its name, and so does a link to /dev/null. A FIFO gives nothing either and is no
// descriptor.
void DescriptorSearch::read_nothing(DescriptorFile& file) {
  const Result<storage::FileStatus> status = files_.status(file.path);
  if (status && status->kind == storage::FileKind::kRegular) {
    file.state = FileState::kMasked;
  } else if (const Result<std::string> target = files_.read_link(file.path);
             target && *target == "/dev/null") {
    file.state = FileState::kMasked;
  } else {
    broken(file, not_a_file(file.path));
  }
}

void DescriptorSearch::unreadable(DescriptorFile& file, const Error& error) {
  if (error.id != ErrorId::kFileMissing) {
    const Result<storage::FileStatus> status = files_.status(file.path);
    const bool odd = status && status->kind != storage::FileKind::kRegular;
    if (odd) return broken(file, not_a_file(file.path));
    return broken(file, Error(ErrorId::kDescriptorUnreadable, error.message).at(Place::in_file(file.path)));
  }
  const Result<std::string> target = files_.read_link(file.path);
  // In another root /dev/null need not exist for the link to mean what it means.
  if (target && *target == "/dev/null") {
    file.state = FileState::kMasked;
    return;
  }
  broken(file, Error(ErrorId::kDescriptorDanglingLink,
                     fmt::format("the link leads to {}, which does not exist", target ? *target : "nothing"))
                   .at(Place::in_file(file.path))
                   .with_hint(fmt::format("ln -sf /dev/null {}", octets::shell_path(file.path))));
}

void DescriptorSearch::broken(DescriptorFile& file, Error error) {
  file.state = FileState::kBroken;
  findings_.push_back(to_finding(error));
  file.error = std::move(error);
}

DescriptorSet load_descriptors(storage::FileSource& files, const std::vector<std::string>& search_path) {
  DescriptorSearch search(files, search_path);
  DescriptorSet set;
  while (std::optional<DescriptorFile> file = search.next()) set.files.push_back(*std::move(file));
  set.directories = search.directories();
  set.findings = std::move(search.findings());
  return set;
}

}  // namespace nonvol::descriptor
