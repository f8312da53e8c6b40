/* Prints the document of one call, for library_test.py: firmware_documents list|select|explain|lint ROOT */
#include <nonvol/nonvol.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **words) {
  nonvol_firmware_options options = {.size_bytes = sizeof options, .architecture = "x86_64"};
  nonvol_firmware *firmware = NULL;
  if (count != 3) return 2;
  options.root = words[2];
  if (strcmp(words[1], "list") == 0) nonvol_firmware_load(&options, &firmware, NULL);
  if (strcmp(words[1], "select") == 0) nonvol_firmware_select(&options, &firmware, NULL);
  if (strcmp(words[1], "explain") == 0) nonvol_firmware_explain(&options, &firmware, NULL);
  if (strcmp(words[1], "lint") == 0) nonvol_firmware_lint(&options, NULL, &firmware, NULL);
  puts(nonvol_firmware_json(firmware));
  nonvol_firmware_free(firmware);
  return 0;
}
