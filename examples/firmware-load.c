/* Which firmware descriptors there are, in the order in which they count: firmware-load [ROOT] */
#include <nonvol/nonvol.h>
#include <stdio.h>

int main(int count, char **words) {
  static const char *const states[] = {"usable", "masked", "overridden", "broken"};
  nonvol_firmware_options options = {.size_bytes = sizeof options, .root = count > 1 ? words[1] : NULL};
  nonvol_firmware_descriptor descriptor = {.size_bytes = sizeof descriptor};
  nonvol_firmware *firmware = NULL;
  nonvol_error *error = NULL;
  size_t i;

  if (nonvol_firmware_load(&options, &firmware, &error)) {
    fprintf(stderr, "NV%04d: %s\n", nonvol_error_id(error), nonvol_error_message(error));
    nonvol_error_free(error);
    return 1;
  }
  for (i = 0; i < nonvol_firmware_descriptor_count(firmware); ++i) {
    nonvol_firmware_descriptor_at(firmware, i, &descriptor);
    printf("%zu %s: %s", descriptor.position, descriptor.path, states[descriptor.state]);
    if (descriptor.state == NONVOL_DESCRIPTOR_USABLE) printf(", %s %s", descriptor.device, descriptor.mode);
    printf("\n");
  }
  nonvol_firmware_free(firmware);
  return 0;
}
