// Why each descriptor does or does not fit, and what would help: firmware-explain [ROOT]
#include <nonvol/firmware.h>

#include <cstdio>

int main(int count, char** words) {
  nonvol::FirmwareOptions options;
  if (count > 1) options.root = words[1];
  options.architecture = "x86_64";
  options.machine = "pc";
  options.secure_boot = true;
  const nonvol::Result<nonvol::FirmwareAnswer> firmware = nonvol::explain_firmware(options);
  if (!firmware) {
    std::fprintf(stderr, "%s: %s\n", to_string(firmware.error().id).c_str(),
                 firmware.error().message.c_str());
    return 1;
  }
  for (const nonvol::FirmwareDescriptor& found : firmware->descriptors) {
    std::printf("%s%s\n", found.path.c_str(), found.fits ? ": fits" : "");
    for (const nonvol::FirmwareRule& rule : found.failed)
      std::printf("  %s: %s\n", rule.code.c_str(), rule.message.c_str());
    if (!found.near_miss_with.empty()) std::printf("  would fit with %s\n", found.near_miss_with.c_str());
    if (!found.near_miss_without.empty())
      std::printf("  would fit without %s\n", found.near_miss_without.c_str());
  }
  return 0;
}
