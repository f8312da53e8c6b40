#include "efi/load_option.h"

#include <fmt/format.h>

#include <algorithm>

#include "efi/device_path_text_values.h"

namespace nonvol::efi {
namespace {

using octets::Bytes;
using octets::Reader;

constexpr octets::Guid kMadeByBootManager = octets::guid_literal("8108ac4e-9f11-4d59-850e-e21a522c59b2");
constexpr std::size_t kMaxPathListBytes = 0xffff;

std::vector<std::uint8_t> copy(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

Error damaged(std::string_view name, const std::string& what) {
  return Error(ErrorId::kLoadOption, fmt::format("load option {}: {}", name, what));
}

void append_number(std::vector<std::uint8_t>& out, std::uint64_t value, unsigned size_bytes) {
  for (unsigned i = 0; i < size_bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

// The length of UTF-16LE text up to its NUL; nullopt where there is none.
std::optional<std::size_t> terminated_bytes(Bytes utf16) {
  for (std::size_t i = 0; i + 1 < utf16.size(); i += 2) {
    if (utf16[i] == 0 && utf16[i + 1] == 0) return i;
  }
  return std::nullopt;
}

}  // namespace

bool LoadOption::made_by_firmware() const {
  return std::ranges::equal(optional_data, kMadeByBootManager.bytes);
}

std::vector<std::string> load_option_attribute_names(std::uint32_t attributes) {
  struct Known {
    std::uint32_t mask;
    std::uint32_t value;
    std::string_view name;
  };
  static constexpr Known kKnown[] = {
      {load_option::kActive, load_option::kActive, "ACTIVE"},
      {load_option::kForceReconnect, load_option::kForceReconnect, "FORCE_RECONNECT"},
      {load_option::kHidden, load_option::kHidden, "HIDDEN"},
      {load_option::kCategory, load_option::kCategoryApplication, "CATEGORY_APP"},
  };
  std::vector<std::string> names;
  for (const Known& known : kKnown) {
    if ((attributes & known.mask) != known.value) continue;
    names.emplace_back(known.name);
    attributes &= ~known.mask;
  }
  if (attributes != 0) names.push_back(fmt::format("{:#x}", attributes));
  return names;
}

Result<LoadOption> parse_load_option(Bytes value, std::string_view name) {
  Reader reader(value);
  LoadOption option;
  option.attributes = reader.u32("attributes");
  const std::uint16_t list_bytes = reader.u16("length of the device paths");
  if (reader.failure()) return damaged(name, describe(*reader.failure()));
  const auto description_bytes = terminated_bytes(value.subspan(reader.position_bytes()));
  if (!description_bytes) {
    return damaged(name, fmt::format("description at offset {:#x} does not end with a NUL within {} bytes",
                                     reader.position_bytes(), reader.left_bytes()));
  }
  option.description_utf16 = copy(reader.bytes("description", *description_bytes));
  reader.u16("end of the description");
  option.path_list_offset_bytes = reader.position_bytes();
  if (list_bytes > reader.left_bytes()) {
    return damaged(name, fmt::format("length of the device paths at offset 0x4 says {} bytes, {} are left",
                                     list_bytes, reader.left_bytes()));
  }
  option.path_list = copy(reader.bytes("device paths", list_bytes));
  option.optional_data = copy(reader.bytes("optional data", reader.left_bytes()));
  return option;
}

DevicePaths device_paths(const LoadOption& option, std::string_view name) {
  return parse_device_paths(option.path_list, name, option.path_list_offset_bytes);
}

std::vector<std::uint8_t> load_option_bytes(const LoadOption& option) {
  std::vector<std::uint8_t> value;
  append_number(value, option.attributes, 4);
  append_number(value, option.path_list.size(), 2);
  value.insert(value.end(), option.description_utf16.begin(), option.description_utf16.end());
  append_number(value, 0, 2);
  value.insert(value.end(), option.path_list.begin(), option.path_list.end());
  value.insert(value.end(), option.optional_data.begin(), option.optional_data.end());
  return value;
}

Result<LoadOption> make_load_option(std::string_view description, std::vector<std::uint8_t> path,
                                    std::vector<std::uint8_t> optional_data) {
  auto description_utf16 = utf16_from_text(description);
  if (!description_utf16) {
    return Error(ErrorId::kBootRequest, "description of a boot entry: must be UTF-8 without NUL");
  }
  if (path.empty() || path.size() > kMaxPathListBytes) {
    return Error(ErrorId::kBootRequest,
                 fmt::format("device path of a boot entry: has {} bytes, 1 to {} are possible", path.size(),
                             kMaxPathListBytes));
  }
  LoadOption option;
  option.attributes = load_option::kActive;
  option.description_utf16 = std::move(*description_utf16);
  option.path_list = std::move(path);
  option.optional_data = std::move(optional_data);
  option.path_list_offset_bytes = 4 + 2 + option.description_utf16.size() + 2;
  return option;
}

}  // namespace nonvol::efi
