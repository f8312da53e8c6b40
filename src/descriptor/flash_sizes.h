#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nonvol::descriptor {

// What a machine's flash banks get, as the guest sees it: of a qcow2 image the size inside it.
struct FlashSizes {
  std::uint64_t code_bytes = 0;
  std::optional<std::uint64_t> variables_bytes;  // nothing: only one bank is used
};

// Whether the machine has flash banks that firmware can be in. False for those that are known to have none
// ("microvm", "isapc"); true for machines that are not known.
bool has_flash(std::string_view architecture, std::string_view machine);

// Why QEMU would refuse these sizes on this machine or would not boot from them, as one sentence without a
// full stop; nothing where they fit or no rule is known. `machine` is an alias or a concrete name. Sources:
// QEMU 10.0, hw/i386/pc_sysfw.c (pc_system_flash_map: multiples of 4096 bytes, 8 MiB in all unless
// max-fw-size says more), hw/arm/virt.c and hw/riscv/virt.c (banks of 64 and 32 MiB, to be filled),
// hw/loongarch/virt.c (sectors of 256 KiB, banks of 16 MiB; a wrong size is an assertion there).
std::optional<std::string> flash_size_trouble(std::string_view architecture, std::string_view machine,
                                              const FlashSizes& sizes);

}  // namespace nonvol::descriptor
