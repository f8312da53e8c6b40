#include "api/context.h"

#include <fmt/format.h>

#include "storage/posix.h"

namespace nonvol::api {

Result<FirmwareFiles> FirmwareFiles::open(const Context& context) {
  FirmwareFiles result(context);
  if (context.root.empty()) return result;
  auto rooted = storage::posix_rooted_source(context.root);
  if (!rooted) return rooted.error();
  result.rooted_ = *std::move(rooted);
  return result;
}

Result<descriptor::DescriptorSet> FirmwareFiles::load() {
  if (context_->search_dirs.empty()) {
    const bool with_user = rooted_ == nullptr;
    return descriptor::load_descriptors(source(), descriptor::default_search_path(with_user));
  }
  // Directories of the specification may be absent; one that somebody typed may not.
  for (const std::string& directory : context_->search_dirs) {
    if (auto status = own_->status(directory); !status) return status.error();
  }
  return descriptor::load_descriptors(*own_, context_->search_dirs);
}

}  // namespace nonvol::api
