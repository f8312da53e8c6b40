// Feeds what holds or describes device paths: device paths in bytes and as text, load options, the boot
// manager's view and edits, descriptions.
//
// Input: byte 0 whose value the rest is (for descriptions); the rest is taken for each of these in turn.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "efi/boot.h"
#include "efi/describe.h"
#include "efi/device_path.h"
#include "efi/load_option.h"

namespace {

using namespace nonvol;
using octets::Bytes;

// Not assert(): that is gone in release builds, and the seeds are replayed there too.
void require(bool condition) {
  if (!condition) std::abort();
}

void require_shown(std::string_view text) {
  require(octets::is_utf8(text));
  require(
      std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
}

void require_said(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings)
    require(!finding.message.empty() && finding.id != ErrorId::kImpossible);
}

// Nothing is lost, and the text of a path says all of it.
void paths_in_bytes(Bytes bytes) {
  const efi::DevicePaths parsed = efi::parse_device_paths(bytes, "fuzz");
  std::uint64_t next = 0;
  for (const efi::DevicePath& path : parsed.paths) {
    require(path.offset_bytes == next && !path.instances.empty());
    next += path.size_bytes;
    const std::string text = path.text();
    require_shown(text);
    if (!path.ended) continue;
    const auto made = efi::device_path_from_text(text);
    require(made.has_value());
    require(std::ranges::equal(*made, bytes.subspan(path.offset_bytes, path.size_bytes)));
  }
  require(next + parsed.rest.size() == bytes.size());
  const bool sound = parsed.rest.empty() && !parsed.paths.empty() && parsed.paths.back().ended;
  require(sound == parsed.findings.empty());
  require_said(parsed.findings);
}

void path_in_text(std::string_view text) {
  const auto made = efi::device_path_from_text(text);
  if (!made) {
    require_shown(made.error().message);
    return require(made.error().id == ErrorId::kDevicePathText);
  }
  const efi::DevicePaths parsed = efi::parse_device_paths(*made, "fuzz");
  require(parsed.findings.empty() && parsed.paths.size() == 1);
  const auto again = efi::device_path_from_text(parsed.paths[0].text());
  require(again.has_value() && *again == *made);
}

void load_option(Bytes bytes) {
  const auto option = efi::parse_load_option(bytes, "fuzz");
  if (!option) return require(option.error().id == ErrorId::kLoadOption);
  require(std::ranges::equal(efi::load_option_bytes(*option), bytes));
  require_said(efi::device_paths(*option, "fuzz").findings);
}

variable::Variable named(std::string_view name, const octets::Guid& vendor, Bytes bytes) {
  variable::Variable result;
  result.identity = variable::make_identity(name, vendor).value_or(variable::Identity{});
  result.data.assign(bytes.begin(), bytes.end());
  return result;
}

void boot_manager(Bytes bytes) {
  const octets::Guid& global = variable::vendor::kGlobal;
  const Bytes order = bytes.first(std::min<std::size_t>(bytes.size(), 9));
  std::vector<variable::Variable> variables = {named("BootOrder", global, order),
                                               named("Boot0000", global, bytes),
                                               named("BootNext", global, order.first(order.size() / 2))};
  const efi::BootView view = efi::boot_view(variables, "fuzz.fd");
  require_said(view.findings);
  require(view.entries.size() == 1 && view.order.size() == order.size() / 2);
  const auto deleted = efi::delete_boot_entry(variables, 0);
  require(deleted && !deleted->empty());
  const auto added = efi::add_boot_entry(variables, efi::LoadOption{}, efi::OrderPosition::kFirst);
  require(added && added->number != 0 && added->edit.set.size() == 2);
  require(std::ranges::find(view.order, added->number) == view.order.end());
  const auto same = efi::set_boot_order(variables, view.order, true);
  require(!same || order.size() % 2 != 0 || order.empty() || same->empty());
}

void description(std::uint8_t which, Bytes bytes) {
  struct Name {
    std::string_view name;
    octets::Guid vendor;
  };
  static constexpr Name kNames[] = {
      {"Boot0001", variable::vendor::kGlobal},
      {"ConOut", variable::vendor::kGlobal},
      {"Key0000", variable::vendor::kGlobal},
      {"BootOrder", variable::vendor::kGlobal},
      {"OsIndications", variable::vendor::kGlobal},
      {"SbatLevel", variable::vendor::kShim},
      {"MemoryTypeInformation", octets::guid_literal("4c19049f-4137-4dd3-9c10-8b97a83ffdfa")},
      {"other", variable::vendor::kShim},
  };
  const Name& chosen = kNames[which % std::size(kNames)];
  const efi::Description result = efi::describe(named(chosen.name, chosen.vendor, bytes));
  require(!result.kind.empty());
  require_shown(result.summary);
  for (const std::string& line : result.lines) require_shown(line);
  require_said(result.findings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes == 0) return 0;
  const Bytes bytes = Bytes(data, size_bytes).subspan(1);
  paths_in_bytes(bytes);
  path_in_text(std::string(bytes.begin(), bytes.end()));
  load_option(bytes);
  boot_manager(bytes);
  description(data[0], bytes);
  return 0;
}
