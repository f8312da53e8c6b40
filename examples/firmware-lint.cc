// What is wrong with the descriptors and the files that they name: firmware-lint [ROOT]
#include <nonvol/firmware.h>

#include <cstdio>

int main(int count, char** words) {
  nonvol::FirmwareOptions options;
  if (count > 1) options.root = words[1];
  const nonvol::Result<nonvol::FirmwareAnswer> firmware = nonvol::lint_firmware(options);
  if (!firmware) {
    std::fprintf(stderr, "%s: %s\n", to_string(firmware.error().id).c_str(),
                 firmware.error().message.c_str());
    return 2;
  }
  const char* const certainties[] = {"unknown", "likely", "proven"};
  bool problems = false;
  for (const nonvol::FirmwareFinding& found : firmware->findings) {
    const nonvol::Finding& finding = found.finding;
    std::printf("%s:%u:%u: %s %s: %s (%s: %s)\n", finding.place.file.c_str(),
                finding.place.line.value_or(0), finding.place.column.value_or(0),
                std::string(to_string(finding.severity)).c_str(), to_string(finding.id).c_str(),
                finding.message.c_str(), certainties[static_cast<int>(found.certainty)],
                found.rests_on.c_str());
    if (finding.severity != nonvol::Severity::kNote) problems = true;
  }
  return problems ? 1 : 0;
}
