#include <cstdlib>

#include "descriptor/descriptor.h"

// Whatever is read as a descriptor holds together: what its mapping promises is there.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace nonvol::descriptor;
  static DescriptorReader reader;  // reused from text to text, as the program does
  std::vector<nonvol::Finding> findings;
  const auto descriptor = reader.read({reinterpret_cast<const char*>(data), size_bytes}, "x.json", findings);
  if (!descriptor) {
    if (descriptor.error().message.empty()) std::abort();
    return 0;
  }
  const Mapping& mapping = descriptor->mapping;
  if (mapping.executable.path.empty() || mapping.executable.format.empty()) std::abort();
  const bool split = mapping.device == Device::kFlash && mapping.mode == FlashMode::kSplit;
  if (split != mapping.nvram_template.has_value()) std::abort();
  if (mapping.uefi_vars_template && mapping.device != Device::kMemory) std::abort();
  for (const Target& target : descriptor->targets) {
    if (target.architecture.empty()) std::abort();
  }
  return 0;
}
