#include "api/firmware_inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "storage/medium.h"

namespace nonvol::api {
namespace {

Result<flash::ImageBytes> read_image(storage::BlockFile& file, const std::string& file_name) {
  const std::uint64_t size_bytes = file.size_bytes();
  if (auto checked = flash::check_image_size(file_name, size_bytes); !checked) return checked.error();
  constexpr std::uint64_t kPieceBytes = 1 << 20;
  flash::ImageBytes image;
  std::vector<std::uint8_t> piece(std::min(kPieceBytes, size_bytes));
  for (std::uint64_t at = 0; at < size_bytes;) {
    const auto got = file.read_at(at, piece);
    if (!got) return got.error();
    if (*got == 0) break;  // it was cut in the meantime
    image.append(octets::Bytes(piece).first(*got));
    at += *got;
  }
  return image;
}

// A FIFO, a terminal and /dev/zero have no size that says where they end; block devices have one.
Result<void> check_has_end(const Context& context, const std::string& path) {
  if (storage::is_uri(path)) return {};
  const auto status = context.files.status(path);
  if (!status || status->kind != storage::FileKind::kOther) return {};
  const auto file = context.files.open_read(path);
  if (!file) return file.error();
  if ((*file)->size_bytes() > 0) return {};
  return Error(ErrorId::kInputOutput, fmt::format("{} is no regular file", path)).at(Place::in_file(path));
}

}  // namespace

Result<FirmwareInspectReport> firmware_inspect(const Context& context, const std::string& guest_or_path) {
  auto place = find_store(context, guest_or_path);
  if (!place) return place.error();
  if (auto checked = check_has_end(context, place->path); !checked) return checked.error();
  const auto file = storage::open_medium(context.files, {place->path}, {});
  if (!file) return file.error();
  auto bytes = read_image(**file, place->path);
  if (!bytes) return bytes.error();
  auto image = flash::read_firmware_image(place->path, *std::move(bytes));
  if (!image) return image.error();
  flash::CodeFacts facts = flash::code_facts(*image);
  return FirmwareInspectReport{*std::move(place), *std::move(image), std::move(facts)};
}

}  // namespace nonvol::api
