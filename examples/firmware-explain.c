/* Why each descriptor does or does not fit, and what would help: firmware-explain [ROOT] */
#include <nonvol/nonvol.h>
#include <stdio.h>

int main(int count, char **words) {
  nonvol_firmware_options options = {.size_bytes = sizeof options,
                                     .root = count > 1 ? words[1] : NULL,
                                     .architecture = "x86_64",
                                     .machine = "pc",
                                     .secure_boot = NONVOL_SECURE_BOOT_ON};
  nonvol_firmware_descriptor descriptor = {.size_bytes = sizeof descriptor};
  nonvol_firmware *firmware = NULL;
  nonvol_error *error = NULL;
  size_t i, j;

  if (nonvol_firmware_explain(&options, &firmware, &error)) {
    fprintf(stderr, "NV%04d: %s\n", nonvol_error_id(error), nonvol_error_message(error));
    nonvol_error_free(error);
    return 1;
  }
  for (i = 0; i < nonvol_firmware_descriptor_count(firmware); ++i) {
    nonvol_firmware_descriptor_at(firmware, i, &descriptor);
    printf("%s%s\n", descriptor.path, descriptor.fits ? ": fits" : "");
    for (j = 0; j < descriptor.failed_count; ++j) {
      printf("  %s: %s\n", descriptor.failed[j].code, descriptor.failed[j].message);
    }
    if (*descriptor.near_miss_with) printf("  would fit with %s\n", descriptor.near_miss_with);
    if (*descriptor.near_miss_without) printf("  would fit without %s\n", descriptor.near_miss_without);
  }
  nonvol_firmware_free(firmware);
  return 0;
}
