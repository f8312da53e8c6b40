#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace nonvol::flash {

// A stretch of a file.
struct Range {
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// Where a firmware build expects what. Nothing in a store says this; the volume's length tells the builds
// apart. All offsets are from the start of the file.
struct Layout {
  std::string_view name;                  // "ovmf-2m", "ovmf-4m", "armvirt" or "unknown"
  std::uint64_t volume_bytes = 0;         // FvLength; 0 for "unknown"
  std::uint64_t variables_end_bytes = 0;  // headers and records lie before this
  Range event_log;                        // empty where the layout has none
  Range working;                          // fault-tolerant write: queue of pending writes
  Range spare;                            // fault-tolerant write: copy of the blocks being written
  std::uint32_t block_bytes = 0;          // erase block of the flash as the volume's header has it
  // PcdMaxVariableSize and PcdMaxAuthVariableSize of the builds: header, name and data of one variable. 0: no
  // limit is known. RiscVVirt, whose layout is ArmVirt's, allows 0x8400 to authenticated ones; the smaller
  // limit is the safe one.
  std::uint32_t variable_limit_bytes = 0;
  std::uint32_t authenticated_limit_bytes = 0;
};

// The layouts of edk2's virtual platforms. Lives as long as the process, as do all Layouts handed out here.
std::span<const Layout> known_layouts();

// "unknown" where no layout has that volume length.
const Layout& layout_of_volume(std::uint64_t volume_bytes);

// The layout that raw OVMF code of that size expects; nullptr for sizes that say nothing, as ARM's padded
// ones.
const Layout* layout_of_code(std::uint64_t code_bytes);

// The same for Arm's code, too, which is padded to the flash bank as its stores are.
const Layout* layout_of_code_file(std::uint64_t file_size_bytes);

// Whether it is ArmVirt's layout, which RiscVVirt has, too: such stores may be padded or blank.
bool is_arm(const Layout& layout);

// A guess for files without a header: only sizes that belong to one layout are answered.
const Layout& layout_of_blank_file(std::uint64_t file_size_bytes);

}  // namespace nonvol::flash
