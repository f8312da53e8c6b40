#include "descriptor/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace nonvol::descriptor {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 20;

struct Entry {
  std::string name;
  std::size_t directory;  // index into the open directories; higher is more specific
};

struct OpenDirectory {
  std::string path;
  std::unique_ptr<storage::Directory> directory;
};

class Loader {
 public:
  Loader(storage::FileSource& files, DescriptorSet& set) : files_(files), set_(set) {}

  void load(const std::vector<std::string>& search_path) {
    for (const std::string& path : search_path) collect(path);
    // Byte order of the names; of one name the most specific first, because it is the one that counts.
    std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
      const int order = a.name.compare(b.name);
      return order != 0 ? order < 0 : a.directory > b.directory;
    });
    set_.files.reserve(entries_.size());
    for (const Entry& entry : entries_) {
      const bool counts = set_.files.empty() || set_.files.back().name != entry.name;
      DescriptorFile& file = set_.files.emplace_back();
      file.name = entry.name;
      file.path = directories_[entry.directory].path + "/" + entry.name;
      if (counts) {
        read(file, *directories_[entry.directory].directory);
        counting_path_ = file.path;
      } else {
        file.state = FileState::kOverridden;
        file.overridden_by = counting_path_;
      }
    }
  }

 private:
  void add_finding(Severity severity, Error error) { set_.findings.push_back(to_finding(error, severity)); }

  void collect(const std::string& path) {
    auto directory = files_.open_directory(path);
    if (!directory) {
      if (directory.error().id != ErrorId::kFileMissing) add_finding(Severity::kError, directory.error());
      return;
    }
    auto entries = (*directory)->entries();
    if (!entries) return add_finding(Severity::kError, entries.error());
    set_.directories.push_back(path);
    directories_.push_back({path, *std::move(directory)});
    for (storage::DirectoryEntry& entry : *entries) {
      if (entry.name.starts_with('.')) continue;
      if (entry.name.ends_with(".json")) {
        entries_.push_back({std::move(entry.name), directories_.size() - 1});
      } else if (entry.kind != storage::FileKind::kDirectory) {
        ignored(path, entry.name);
      }
    }
  }

  void ignored(const std::string& directory, const std::string& name) {
    const std::string path = directory + "/" + name;
    add_finding(Severity::kWarning,
                Error(ErrorId::kDescriptorNotJsonName,
                      fmt::format("'{}' is not read, because its name does not end in .json; "
                                  "libvirt would read it",
                                  name))
                    .at(Place::in_file(path))
                    .with_hint("rm " + path));
  }

  void read(DescriptorFile& file, storage::Directory& directory) {
    if (Result<void> done = directory.read(file.name, kMaxFileBytes, buffer_); !done) {
      return unreadable(file, done.error());
    }
    // An empty file hides its name; a link to /dev/null reads as empty and so does the same.
    if (buffer_.size_bytes == 0) {
      file.state = FileState::kMasked;
      return;
    }
    if (buffer_.size_bytes > kMaxFileBytes) {
      return broken(file,
                    Error(ErrorId::kDescriptorTooLarge,
                          fmt::format("the file is larger than {} bytes, and is not read", kMaxFileBytes))
                        .at(Place::in_file(file.path)));
    }
    Result<Descriptor> descriptor = reader_.read(buffer_.text(), file.path, set_.findings);
    if (!descriptor) return broken(file, descriptor.error());
    file.descriptor = *std::move(descriptor);
  }

  void unreadable(DescriptorFile& file, const Error& error) {
    if (error.id != ErrorId::kFileMissing) {
      const Result<storage::FileStatus> status = files_.status(file.path);
      const bool odd = status && status->kind != storage::FileKind::kRegular;
      return broken(file, Error(odd ? ErrorId::kDescriptorNotAFile : ErrorId::kDescriptorUnreadable,
                                odd ? "the name ends in .json but is not a file" : error.message)
                              .at(Place::in_file(file.path)));
    }
    const Result<std::string> target = files_.read_link(file.path);
    // In another root /dev/null need not exist for the link to mean what it means.
    if (target && *target == "/dev/null") {
      file.state = FileState::kMasked;
      return;
    }
    broken(file,
           Error(ErrorId::kDescriptorDanglingLink,
                 fmt::format("the link leads to {}, which does not exist", target ? *target : "nothing"))
               .at(Place::in_file(file.path))
               .with_hint(fmt::format("ln -sf /dev/null {}", file.path)));
  }

  void broken(DescriptorFile& file, Error error) {
    file.state = FileState::kBroken;
    add_finding(Severity::kError, error);
    file.error = std::move(error);
  }

  storage::FileSource& files_;
  DescriptorSet& set_;
  std::vector<OpenDirectory> directories_;
  std::vector<Entry> entries_;
  std::string counting_path_;
  storage::TextBuffer buffer_;
  DescriptorReader reader_;
};

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

DescriptorSet load_descriptors(storage::FileSource& files, const std::vector<std::string>& search_path) {
  DescriptorSet set;
  Loader(files, set).load(search_path);
  return set;
}

}  // namespace nonvol::descriptor
