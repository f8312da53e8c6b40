#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "octets/reader.h"
#include "outcome/result.h"

namespace nonvol::efi {

// One node of a device path (UEFI 2.10, 10.3): its header's type and subtype, and what follows the header.
struct DevicePathNode {
  std::uint8_t type = 0;
  std::uint8_t subtype = 0;
  std::uint64_t offset_bytes = 0;  // of the header, in the bytes that were parsed
  std::vector<std::uint8_t> payload;

  // The text of the specification (10.6.1): "Pci(0x1f,0x2)". Where that would not say every byte of the node,
  // and for nodes that nonvol does not know: "Path(type,subtype,hex)".
  std::string text() const;
};

// How the parts of one path are told apart: by end nodes, which are not among the nodes of an instance.
struct DevicePath {
  std::vector<std::vector<DevicePathNode>> instances;  // never empty; ConOut has one for each console
  std::uint64_t offset_bytes = 0;
  std::uint64_t size_bytes = 0;  // with the end node
  bool ended = false;            // false: the bytes ended before the path did

  // "PciRoot(0x0)/Pci(0x1,0x1),PciRoot(0x0)/Serial(0x0)": device_path_from_text() makes the same bytes of it.
  std::string text() const;
  std::vector<std::string> instance_texts() const;
};

struct DevicePaths {
  std::vector<DevicePath> paths;
  std::vector<std::uint8_t> rest;  // from the first node that is none, to the end
  std::vector<Finding> findings;
};

// Device paths one behind the other, as a load option holds them; a variable such as ConOut holds one.
// `name` is whose they are ("Boot0001") and `base_bytes` where they begin there; both only appear in
// messages.
DevicePaths parse_device_paths(octets::Bytes bytes, std::string_view name, std::uint64_t base_bytes = 0);

// The bytes of a device path, end node included. Takes what DevicePath::text() prints, numbers also in
// decimal and GUIDs in either case; a file alone ("\EFI\BOOT\BOOTX64.EFI") is the short form that the boot
// manager looks for on every disk.
Result<std::vector<std::uint8_t>> device_path_from_text(std::string_view text);

}  // namespace nonvol::efi
