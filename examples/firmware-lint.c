/* What is wrong with the descriptors and the files that they name: firmware-lint [ROOT] */
#include <nonvol/nonvol.h>
#include <stdio.h>

int main(int count, char **words) {
  static const char *const severities[] = {"note", "warning", "error"};
  static const char *const certainties[] = {"unknown", "likely", "proven"};
  nonvol_firmware_options options = {.size_bytes = sizeof options, .root = count > 1 ? words[1] : NULL};
  nonvol_firmware_finding finding = {.size_bytes = sizeof finding};
  nonvol_firmware *firmware = NULL;
  nonvol_error *error = NULL;
  int problems = 0;
  size_t i;

  if (nonvol_firmware_lint(&options, NULL, &firmware, &error)) {
    fprintf(stderr, "NV%04d: %s\n", nonvol_error_id(error), nonvol_error_message(error));
    nonvol_error_free(error);
    return 2;
  }
  for (i = 0; i < nonvol_firmware_finding_count(firmware); ++i) {
    nonvol_firmware_finding_at(firmware, i, &finding);
    printf("%s:%u:%u: %s NV%04d: %s", finding.file, finding.line, finding.column,
           severities[finding.severity], finding.id, finding.message);
    printf(" (%s: %s)\n", certainties[finding.certainty], finding.rests_on);
    if (finding.severity != NONVOL_SEVERITY_NOTE) problems = 1;
  }
  nonvol_firmware_free(firmware);
  return problems;
}
