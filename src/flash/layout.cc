#include "flash/layout.h"

namespace nonvol::flash {
namespace {

constexpr Layout kLayouts[] = {
    // OVMF of 1 and 2 MiB, Bhyve, Microvm.
    {.name = "ovmf-2m",
     .volume_bytes = 0x20000,
     .variables_end_bytes = 0xe000,
     .event_log = {0xe000, 0x1000},
     .working = {0xf000, 0x1000},
     .spare = {0x10000, 0x10000},
     .block_bytes = 0x1000,
     .variable_limit_bytes = 0x2000,
     .authenticated_limit_bytes = 0x2800},
    // OVMF of 4 MiB, CloudHv, IntelTdx.
    {.name = "ovmf-4m",
     .volume_bytes = 0x84000,
     .variables_end_bytes = 0x40000,
     .event_log = {0x40000, 0x1000},
     .working = {0x41000, 0x1000},
     .spare = {0x42000, 0x42000},
     .block_bytes = 0x1000,
     .variable_limit_bytes = 0x8400,
     .authenticated_limit_bytes = 0x8400},
    // ArmVirt, RiscVVirt, LoongArchVirt; the file is often padded to the size of the flash bank.
    {.name = "armvirt",
     .volume_bytes = 0xc0000,
     .variables_end_bytes = 0x40000,
     .event_log = {},
     .working = {0x40000, 0x40000},
     .spare = {0x80000, 0x40000},
     .block_bytes = 0x40000,
     .variable_limit_bytes = 0x2000,
     .authenticated_limit_bytes = 0x2800},
};

constexpr Layout kUnknown{.name = "unknown", .event_log = {}, .working = {}, .spare = {}};

}  // namespace

std::span<const Layout> known_layouts() {
  return kLayouts;
}

const Layout& layout_of_volume(std::uint64_t volume_bytes) {
  for (const Layout& layout : kLayouts) {
    if (layout.volume_bytes == volume_bytes) return layout;
  }
  return kUnknown;
}

const Layout* layout_of_code(std::uint64_t code_bytes) {
  // OVMF_CODE of the two split builds: the flash of 2 or 4 MiB less the variables in front of it.
  switch (code_bytes) {
    case 0x1e0000:
      return &layout_of_volume(0x20000);
    case 0x37c000:
      return &layout_of_volume(0x84000);
    default:
      return nullptr;
  }
}

const Layout& layout_of_blank_file(std::uint64_t file_size_bytes) {
  constexpr std::uint64_t kMebibyte = 1 << 20;
  switch (file_size_bytes) {
    case 16 * kMebibyte:  // LoongArchVirt's bank
    case 32 * kMebibyte:  // RiscVVirt's bank
    case 64 * kMebibyte:  // ArmVirt's bank
      return layout_of_volume(0xc0000);
    default:
      return layout_of_volume(file_size_bytes);
  }
}

bool is_arm(const Layout& layout) {
  return layout.name == "armvirt";
}

const Layout* layout_of_code_file(std::uint64_t file_size_bytes) {
  if (const Layout* layout = layout_of_code(file_size_bytes)) return layout;
  const Layout& bank = layout_of_blank_file(file_size_bytes);
  return is_arm(bank) ? &bank : nullptr;
}

}  // namespace nonvol::flash
