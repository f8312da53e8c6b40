#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "outcome/result.h"

namespace nonvol::descriptor {

// How QEMU is given the firmware (schema: FirmwareDevice).
enum class Device { kFlash, kKernel, kMemory, kIgvm };
std::string_view to_string(Device device);
std::optional<Device> parse_device(std::string_view text);

// What a flash file holds and how it is shared (schema: FirmwareFlashMode; absent means split).
enum class FlashMode { kSplit, kCombined, kStateless };
std::string_view to_string(FlashMode mode);
std::optional<FlashMode> parse_flash_mode(std::string_view text);

struct FirmwareFile {
  std::string path;
  std::string format;  // "raw" or "qcow2"; "raw" for everything that is not flash
};

struct Mapping {
  Device device = Device::kFlash;
  FlashMode mode = FlashMode::kSplit;             // flash only
  FirmwareFile executable;                        // the one file of every device
  std::optional<FirmwareFile> nvram_template;     // flash in split mode: always there; otherwise never
  std::optional<std::string> uefi_vars_template;  // memory: JSON template for the uefi-vars device
};

struct Target {
  std::string architecture;           // QEMU's name, compared for equality
  std::vector<std::string> machines;  // globs over concrete machine names, never aliases
};

// One firmware descriptor: QEMU's docs/interop/firmware.json, as of 11.0. Values that only need comparing
// stay text, so that a newer schema's architectures, interfaces, features and tags are kept as they are.
struct Descriptor {
  std::optional<std::string> description;
  std::vector<std::string> interface_types;
  Mapping mapping;
  std::vector<Target> targets;
  std::vector<std::string> features;
  std::vector<std::string> tags;

  bool has_feature(std::string_view feature) const;
};

// Reads descriptor texts one after the other, reusing memory. What does not stop a descriptor from being used
// (an unknown member or feature, a missing `description`) is appended to `findings`. Errors: kJson*,
// kDescriptorMember, kDescriptorUnknownValue, with the place as line:column or JSON Pointer.
class DescriptorReader {
 public:
  // `path` only appears in places.
  Result<Descriptor> read(std::string_view text, const std::string& path, std::vector<Finding>& findings);

 private:
  json::Document document_;
};

}  // namespace nonvol::descriptor
