#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "descriptor/search.h"
#include "guest/home.h"
#include "storage/file_system.h"

namespace nonvol::api {

inline constexpr const char* kVersion = NONVOL_VERSION;

// Where a request is carried out. Made once per process by the skins; tests make their own.
struct Context {
  storage::FileSystem& files;
  std::string home;                      // where guests live; empty where nobody can say
  std::string root;                      // empty: the machine's own root
  std::vector<std::string> search_dirs;  // empty: the specification's three directories
  std::function<std::string()> now;      // RFC 3339 UTC
};

// Where guests live. kBadCommandLine where neither an option nor the environment says.
Result<guest::Home> open_home(const Context& context);

// The files that firmware is chosen from: the machine's own, or another root's with paths as seen from inside
// it.
class FirmwareFiles {
 public:
  static Result<FirmwareFiles> open(const Context& context);
  storage::FileSource& source() { return rooted_ ? *rooted_ : *own_; }
  // Search directories given by name are the machine's own even where the files they name are another root's.
  storage::FileSource& descriptor_source() { return context_->search_dirs.empty() ? source() : *own_; }
  // One that somebody typed must exist: kFileMissing.
  Result<descriptor::DescriptorSet> load();
  Result<descriptor::DescriptorSearch> search();

 private:
  explicit FirmwareFiles(const Context& context) : context_(&context), own_(&context.files) {}
  struct Where {
    storage::FileSource& files;
    std::vector<std::string> directories;
  };
  Result<Where> where();

  const Context* context_;
  storage::FileSource* own_;
  std::unique_ptr<storage::FileSource> rooted_;
};

}  // namespace nonvol::api
