#include "api/firmware_cache.h"

#include "storage/medium.h"
#include "storage/posix.h"

namespace nonvol::api {

firmware::FirmwareFileCache firmware_cache(const Context& context, FirmwareFiles& files) {
  // Images of QEMU's are opened by qemu-storage-daemon, which knows this machine's paths only.
  const auto open_container =
      [&context](const std::string& path) -> Result<std::unique_ptr<storage::BlockFile>> {
    if (context.root.empty()) return storage::open_medium(context.files, {path}, {});
    const auto host_path = storage::host_path_in_root(context.root, path);
    if (!host_path) return host_path.error();
    return storage::open_medium(context.files, {*host_path}, {});
  };
  return firmware::FirmwareFileCache(files.source(), open_container);
}

}  // namespace nonvol::api
