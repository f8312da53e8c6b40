/* Firmware with Secure Boot for a guest, ready to be started: firmware-select [ROOT] */
#include <nonvol/nonvol.h>
#include <stdio.h>

int main(int count, char **words) {
  const char *const require[] = {"secure-boot", NULL};
  nonvol_firmware_options options = {.size_bytes = sizeof options,
                                     .root = count > 1 ? words[1] : NULL,
                                     .architecture = "x86_64",
                                     .machine = "q35",
                                     .require = require,
                                     .nvram = "web01.fd"};
  nonvol_firmware_descriptor chosen = {.size_bytes = sizeof chosen};
  nonvol_firmware_descriptor passed = {.size_bytes = sizeof passed};
  nonvol_firmware *firmware = NULL;
  nonvol_error *error = NULL;
  const char *const *word;
  size_t i, j;

  const int result = nonvol_firmware_select(&options, &firmware, &error);
  for (i = 0; i < nonvol_firmware_descriptor_count(firmware); ++i) { /* also where nothing fits */
    nonvol_firmware_descriptor_at(firmware, i, &passed);
    for (j = 0; j < passed.failed_count; ++j) printf("not %s: %s\n", passed.path, passed.failed[j].message);
  }
  if (result) {
    fprintf(stderr, "NV%04d: %s\n", nonvol_error_id(error), nonvol_error_message(error));
  } else {
    nonvol_firmware_chosen(firmware, &chosen);
    printf("%s\ncopy %s (%s)\n", chosen.path, chosen.nvram_template, chosen.nvram_template_format);
    for (word = nonvol_firmware_qemu_arguments(firmware); *word; ++word) printf("%s\n", *word);
  }
  nonvol_error_free(error);
  nonvol_firmware_free(firmware);
  return result ? 1 : 0;
}
