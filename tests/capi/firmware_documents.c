/* Prints the four documents of a root, for library_test.py. */
#include <nonvol/nonvol.h>
#include <stdio.h>

static void print(nonvol_firmware *firmware) {
  fputs(nonvol_firmware_json(firmware), stdout);
  nonvol_firmware_free(firmware);
}

int main(int count, char **words) {
  nonvol_firmware_options options = {.size_bytes = sizeof options, .root = words[count - 1]};
  nonvol_firmware *firmware = NULL;
  options.architecture = "x86_64";
  nonvol_firmware_load(&options, &firmware, NULL);
  print(firmware);
  nonvol_firmware_select(&options, &firmware, NULL);
  print(firmware);
  nonvol_firmware_explain(&options, &firmware, NULL);
  print(firmware);
  nonvol_firmware_lint(&options, NULL, &firmware, NULL);
  print(firmware);
  return 0;
}
