// Firmware with Secure Boot for a guest, ready to be started: firmware-select [ROOT]
#include <nonvol/firmware.h>

#include <cstdio>

int main(int count, char** words) {
  nonvol::FirmwareOptions options;
  if (count > 1) options.root = words[1];
  options.architecture = "x86_64";
  options.machine = "q35";
  options.require = {"secure-boot"};
  options.nvram = "web01.fd";
  const nonvol::Result<nonvol::FirmwareAnswer> firmware = nonvol::select_firmware(options);
  if (!firmware) {
    std::fprintf(stderr, "%s: %s\n", to_string(firmware.error().id).c_str(),
                 firmware.error().message.c_str());
    return 1;
  }
  for (const nonvol::FirmwareDescriptor& passed : firmware->descriptors) {
    for (const nonvol::FirmwareRule& rule : passed.failed)
      std::printf("not %s: %s\n", passed.path.c_str(), rule.message.c_str());
  }
  if (!firmware->chosen) {
    const nonvol::Error& why = *firmware->none_fits;
    std::fprintf(stderr, "%s: %s\n", to_string(why.id).c_str(), why.message.c_str());
    return 1;
  }
  const nonvol::FirmwareDescriptor& chosen = *firmware->chosen;
  std::printf("%s\ncopy %s (%s)\n", chosen.path.c_str(), chosen.nvram_template.c_str(),
              chosen.nvram_template_format.c_str());
  for (const std::string& argument : firmware->qemu_arguments) std::printf("%s\n", argument.c_str());
  return 0;
}
