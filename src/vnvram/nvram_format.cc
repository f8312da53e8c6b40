#include <fmt/format.h>

#include "nonvol/vnvram.h"
#include "octets/text.h"
#include "seal/random.h"
#include "storage/lent_file.h"
#include "storage/posix.h"
#include "vnvram/format.h"
#include "vnvram/open.h"

namespace nonvol::vnvram {
namespace {

FormatRequest request_of(const FormatOptions& options) {
  return {.layout = options.layout, .integrity = options.integrity, .user_key = options.user_key};
}

// Whether the image is the one that is asked for. Errors: kWrongKey.
Result<bool> is_already(storage::BlockFile& file, const std::string& file_name,
                        const FormatOptions& options) {
  Result<Image> image = Image::open(storage::lent_file(file), file_name);
  if (!image || !same_layout(*image, request_of(options))) return false;
  if (!image->has_keys() || options.user_key == nullptr) return true;
  if (Result<void> unlocked = image->unlock(*options.user_key); !unlocked) return unlocked.error();
  return true;
}

Error not_empty(const std::string& file_name, Occupant occupant) {
  return Error(ErrorId::kNotEmpty,
               fmt::format("{} is not empty: it holds {}", file_name,
                           occupant == Occupant::kNvram ? "an NVRAM image with other entries"
                                                        : "something that is no NVRAM image"))
      .at(Place::in_file(file_name));
}

// In place: what has a size keeps it unless another one is asked for.
Result<void> format_as_asked(storage::BlockFile& file, const FormatOptions& options) {
  FormatRequest request = request_of(options);
  if (!request.layout.size_bytes && file.size_bytes() != 0) request.layout.size_bytes = file.size_bytes();
  Result<Layout> layout = plan_layout(request.layout);
  if (!layout) return layout.error();
  return format(file, *layout, request);
}

Result<std::string> name_beside(const std::string& path) {
  std::uint8_t random[8];
  if (Result<void> drawn = seal::random_bytes(random); !drawn) return drawn.error();
  return fmt::format("{}.{}.new", path, octets::to_hex(random));
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Under another name first, so that there is never half an image under the right one.
Result<void> format_new(storage::FileSystem& files, const std::string& path, const FormatOptions& options) {
  Result<std::string> other = name_beside(path);
  if (!other) return other.error();
  Result<void> done = [&]() -> Result<void> {
    Result<std::unique_ptr<storage::BlockFile>> file = files.create_new(*other);
    if (!file) return file.error();
    return format_as_asked(**file, options);
  }();
  if (done) done = files.rename_new(*other, path);
  if (done) return files.sync_directory(folder_of(path));
  // What stopped this is what the caller has to know; a file that cannot be removed either has a name that
  // says what it is.
  (void)files.remove_file(*other);
  return done;
}

}  // namespace

Result<std::uint64_t> measure(const LayoutRequest& request) {
  Result<Layout> layout = plan_layout(request);
  if (!layout) return layout.error();
  return layout->size_bytes;
}

Result<Formatted> format(storage::BlockFile& file, const std::string& file_name,
                         const FormatOptions& options) {
  // A request that cannot be met is told before what the file holds is looked at.
  if (Result<Layout> planned = plan_layout(options.layout); !planned) return planned.error();
  Result<Occupant> there = occupant(file, file_name);
  if (!there) return there.error();
  if (*there == Occupant::kNvram) {
    Result<bool> already = is_already(file, file_name, options);
    if (already && *already) {
      // It may come from a process that was killed before its flush.
      if (Result<void> flushed = file.flush(); !flushed) return flushed.error();
      return Formatted::kAlready;
    }
    if (!already && !options.lose_contents) return already.error();
  }
  if (*there != Occupant::kNothing && !options.lose_contents) return not_empty(file_name, *there);
  if (Result<void> done = format_as_asked(file, options); !done) return done.error();
  return Formatted::kYes;
}

Result<Formatted> format(const std::string& location, const FormatOptions& options) {
  const std::unique_ptr<storage::FileSystem> files = storage::posix_file_system();
  Result<std::unique_ptr<storage::BlockFile>> file =
      open_file(*files, {location, options.luks_key_file},
                {storage::Access::kReadWrite, nullptr, options.lock_wait_ms});
  if (file) return format(**file, location, options);
  // Of a container the key's file can be missing as well.
  const bool missing = !is_uri(location) && file.error().id == ErrorId::kFileMissing;
  if (!missing || files->status(location)) return file.error();
  if (Result<Layout> planned = plan_layout(options.layout); !planned) return planned.error();
  if (Result<void> done = format_new(*files, location, options); !done) return done.error();
  return Formatted::kYes;
}

}  // namespace nonvol::vnvram
