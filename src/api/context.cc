#include "api/context.h"

#include <fmt/format.h>

#include "storage/posix.h"

namespace nonvol::api {

Result<guest::Home> open_home(const Context& context) {
  if (!context.home.empty()) return guest::Home(context.files, context.home);
  return Error(ErrorId::kBadCommandLine,
               "HOME is not set to an absolute path, so that no place for guests is known")
      .with_hint("nonvol --home DIR");
}

Result<FirmwareFiles> FirmwareFiles::open(const Context& context) {
  FirmwareFiles result(context);
  if (context.root.empty()) return result;
  auto rooted = storage::posix_rooted_source(context.root);
  if (!rooted) return rooted.error();
  result.rooted_ = *std::move(rooted);
  return result;
}

Result<FirmwareFiles::Where> FirmwareFiles::where() {
  if (context_->search_dirs.empty()) {
    const bool with_user = rooted_ == nullptr;
    return Where{source(), descriptor::default_search_path(with_user)};
  }
  for (const std::string& directory : context_->search_dirs) {
    if (auto status = own_->status(directory); !status) return status.error();
  }
  return Where{*own_, context_->search_dirs};
}

Result<descriptor::DescriptorSet> FirmwareFiles::load() {
  auto place = where();
  if (!place) return place.error();
  return descriptor::load_descriptors(place->files, place->directories);
}

Result<descriptor::DescriptorSearch> FirmwareFiles::search() {
  auto place = where();
  if (!place) return place.error();
  return descriptor::DescriptorSearch(place->files, place->directories);
}

}  // namespace nonvol::api
