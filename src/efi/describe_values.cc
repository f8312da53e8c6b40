#include "efi/describe_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "efi/device_path_text_values.h"
#include "octets/text.h"

namespace nonvol::efi {
namespace {

using octets::Bytes;
using octets::Reader;

constexpr std::size_t kShownBytes = 32;

bool is_text_byte(std::uint8_t byte) {
  return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\r' || byte == '\t';
}

Bytes without_nul(Bytes data, std::size_t unit_bytes) {
  const bool ends = data.size() >= unit_bytes && octets::all_equal(data.last(unit_bytes), 0);
  return ends ? data.first(data.size() - unit_bytes) : data;
}

std::optional<std::string> ascii_text(Bytes data, std::size_t shortest) {
  const Bytes text = without_nul(data, 1);
  if (text.size() < shortest || !std::ranges::all_of(text, is_text_byte)) return std::nullopt;
  return std::string(text.begin(), text.end());
}

// Without a NUL at its end UTF-16 is not guessed: most pairs of bytes are some character.
std::optional<std::string> utf16_text(Bytes data, std::size_t shortest) {
  const Bytes text = without_nul(data, 2);
  if (data.size() % 2 != 0 || text.size() == data.size() || text.size() < 2 * shortest) return std::nullopt;
  return text_from_utf16(text);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string line(text.substr(0, end));
    std::erase(line, '\r');
    std::ranges::replace(line, '\t', ' ');
    lines.push_back(std::move(line));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

// EFI_MEMORY_TYPE (UEFI 2.10, 7.2).
constexpr std::string_view kMemoryTypeNames[] = {
    "reserved",     "loader code",  "loader data", "boot services code", "boot services data", "runtime code",
    "runtime data", "conventional", "unusable",    "ACPI reclaim",       "ACPI NVS",           "MMIO",
    "MMIO ports",   "PAL code",     "persistent",  "unaccepted",
};

std::string memory_type_name(std::uint32_t type) {
  return type < std::size(kMemoryTypeNames) ? std::string(kMemoryTypeNames[type])
                                            : fmt::format("type {}", type);
}

// Scan codes (UEFI 2.10, table 12.1).
std::string key_name(std::uint16_t scan_code, std::uint16_t character) {
  static constexpr std::string_view kNames[] = {
      "",   "Up", "Down", "Right", "Left", "Home", "End", "Insert", "Delete", "PageUp", "PageDown", "F1",
      "F2", "F3", "F4",   "F5",    "F6",   "F7",   "F8",  "F9",     "F10",    "F11",    "F12",      "Esc"};
  if (character > 0x20 && character < 0x7f) return std::string(1, static_cast<char>(character));
  if (character == '\r') return "Enter";
  if (character != 0) return fmt::format("character {:#x}", character);
  if (scan_code != 0 && scan_code < std::size(kNames)) return std::string(kNames[scan_code]);
  return fmt::format("scan code {:#x}", scan_code);
}

}  // namespace

std::string shown_text(Bytes utf16) {
  return shown(octets::utf8_from_utf16le(utf16).text, std::string::npos);
}

std::string shown_bytes(Bytes bytes) {
  if (bytes.size() <= kShownBytes) return octets::to_hex(bytes);
  return fmt::format("{}... ({} bytes)", octets::to_hex(bytes.first(kShownBytes)),
                     octets::with_commas(bytes.size()));
}

std::optional<std::uint64_t> whole_number(Bytes data, std::size_t size_bytes) {
  if (data.size() != size_bytes) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = size_bytes; i > 0; --i) value = value << 8 | data[i - 1];
  return value;
}

std::vector<std::string> os_indication_names(std::uint64_t value) {
  static constexpr std::string_view kNames[] = {
      "BOOT_TO_FW_UI",           "TIMESTAMP_REVOCATION",         "FILE_CAPSULE_DELIVERY_SUPPORTED",
      "FMP_CAPSULE_SUPPORTED",   "CAPSULE_RESULT_VAR_SUPPORTED", "START_OS_RECOVERY",
      "START_PLATFORM_RECOVERY", "JSON_CONFIG_DATA_REFRESH"};
  std::vector<std::string> names;
  for (std::size_t bit = 0; bit < std::size(kNames); ++bit) {
    if ((value >> bit & 1) != 0) names.emplace_back(kNames[bit]);
  }
  const std::uint64_t unknown = value >> std::size(kNames) << std::size(kNames);
  if (unknown != 0) names.push_back(fmt::format("{:#x}", unknown));
  return names;
}

Description describe_bytes(Bytes data) {
  return {
      .kind = "bytes", .summary = shown_bytes(data), .fields = {{"size_bytes", std::uint64_t{data.size()}}}};
}

std::optional<Description> describe_text(Bytes data, std::size_t shortest) {
  auto text = utf16_text(data, shortest);
  const bool is_utf16 = text.has_value();
  if (!text) text = ascii_text(data, shortest);
  if (!text) return std::nullopt;
  Description result{.kind = "text"};
  std::vector<std::string> lines = lines_of(*text);
  result.summary = lines.empty() ? "" : lines.front();
  if (lines.size() > 1) {
    result.summary += fmt::format(" ({} lines)", lines.size());
    result.lines = std::move(lines);
  }
  result.fields = {{"text", std::move(*text)}, {"encoding", std::string(is_utf16 ? "UTF-16LE" : "ASCII")}};
  return result;
}

std::optional<Description> describe_memory_types(Bytes data) {
  if (data.size() % 8 != 0) return std::nullopt;
  Description result{.kind = "memory types"};
  std::uint64_t pages_in_all = 0;
  std::vector<std::string> texts;
  Reader reader(data);
  while (reader.left_bytes() != 0) {
    const std::uint32_t type = reader.u32("type");
    const std::uint32_t pages = reader.u32("pages");
    // The last pair only says that there are no more: its type is the first one that does not exist.
    if (reader.left_bytes() == 0 && pages == 0) break;
    texts.push_back(fmt::format("{}: {} pages", memory_type_name(type), pages));
    pages_in_all += pages;
  }
  result.summary = fmt::format("{} pages in {} kinds of memory", pages_in_all, texts.size());
  result.lines = texts;
  result.fields = {{"pages", pages_in_all}, {"types", std::move(texts)}};
  return result;
}

bool is_hot_key(const variable::Identity& identity) {
  const std::string name = identity.name().text;
  return identity.vendor == variable::vendor::kGlobal && name.size() == 7 && name.starts_with("Key") &&
         name.find_first_not_of("0123456789ABCDEF", 3) == std::string::npos;
}

std::optional<Description> describe_hot_key(Bytes data) {
  static constexpr std::string_view kShift[] = {"Shift", "Control", "Alt", "Logo", "Menu", "SysReq"};
  Reader reader(data);
  const std::uint32_t key_data = reader.u32("key data");
  const std::uint32_t crc = reader.u32("checksum of the boot option");
  const std::uint16_t option = reader.u16("boot option");
  if (reader.failure()) return std::nullopt;
  const std::uint32_t key_count = key_data >> 30;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < std::size(kShift); ++i) {
    if ((key_data >> (8 + i) & 1) != 0) keys.emplace_back(kShift[i]);
  }
  for (std::uint32_t i = 0; i < key_count; ++i) {
    const std::uint16_t scan_code = reader.u16("scan code");
    const std::uint16_t character = reader.u16("character");
    if (reader.failure()) return std::nullopt;
    keys.push_back(key_name(scan_code, character));
  }
  if (reader.left_bytes() != 0) return std::nullopt;
  const std::string entry = fmt::format("Boot{:04X}", option);
  return Description{
      .kind = "hot key",
      .summary = fmt::format("{} starts {}", fmt::join(keys, "+"), entry),
      .fields = {{"keys", std::move(keys)}, {"entry", entry}, {"entry_crc32", fmt::format("{:08x}", crc)}}};
}

}  // namespace nonvol::efi
