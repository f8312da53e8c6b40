#include "cli/result_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/text.h"
#include "storage/file_beside.h"

namespace nonvol::cli {
namespace {

bool holds(storage::FileSystem& files, const std::string& path, std::string_view text) {
  const auto status = files.status(path);
  if (!status || status->kind != storage::FileKind::kRegular || status->size_bytes != text.size())
    return false;
  const auto file = files.open_read(path);
  if (!file) return false;
  std::vector<std::uint8_t> bytes(text.size());
  const auto got = (*file)->read_at(0, bytes);
  return got && *got == text.size() &&
         std::ranges::equal(bytes, std::vector<std::uint8_t>(text.begin(), text.end()));
}

// What would stop the writing, as far as that can be seen without it.
Result<void> check_new_file(storage::FileSystem& files, const std::string& path) {
  if (files.status(path) || files.read_link(path)) {
    return Error(ErrorId::kAlreadyThere, fmt::format("cannot create {}: File exists", path))
        .at(Place::in_file(path));
  }
  const auto directory = files.open_directory(storage::directory_of(path));
  if (!directory) return directory.error();
  return {};
}

}  // namespace

Result<std::string> write_result(const Invocation& invocation, const std::string& path,
                                 std::string_view text) {
  storage::FileSystem& files = invocation.context.files;
  if (holds(files, path, text)) {
    return fmt::format("{} holds these {} bytes already\n", printable(path), text.size());
  }
  if (invocation.arguments.has("--dry-run")) {
    if (auto checked = check_new_file(files, path); !checked) return checked.error();
    return fmt::format("would write {} bytes to {}\n", text.size(), printable(path));
  }
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  if (auto written = storage::write_new_file(files, path, bytes); !written) return written.error();
  return fmt::format("wrote {} bytes to {}\n", text.size(), printable(path));
}

}  // namespace nonvol::cli
