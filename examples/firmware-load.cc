// Which firmware descriptors there are, in the order in which they count: firmware-load [ROOT]
#include <nonvol/firmware.h>

#include <cstdio>

int main(int count, char** words) {
  nonvol::FirmwareOptions options;
  if (count > 1) options.root = words[1];
  const nonvol::Result<nonvol::FirmwareAnswer> firmware = nonvol::load_firmware(options);
  if (!firmware) {
    std::fprintf(stderr, "%s: %s\n", to_string(firmware.error().id).c_str(),
                 firmware.error().message.c_str());
    return 1;
  }
  const char* const states[] = {"usable", "masked", "overridden", "broken"};
  for (const nonvol::FirmwareDescriptor& found : firmware->descriptors) {
    std::printf("%zu %s: %s", found.position, found.path.c_str(), states[static_cast<int>(found.state)]);
    if (found.state == nonvol::DescriptorState::kUsable)
      std::printf(", %s %s", found.device.c_str(), found.mode.c_str());
    std::printf("\n");
  }
  return 0;
}
