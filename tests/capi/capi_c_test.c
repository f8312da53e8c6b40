/* A program in C99 that uses all of nonvol.h. */

#define _XOPEN_SOURCE 700 /* mkdtemp */

#include <nonvol/nonvol.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

static void check(int holds, const char *what, int line) {
  if (holds) return;
  fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, line, what);
  ++failures;
}
#define CHECK(condition) check((condition) != 0, #condition, __LINE__)

/* Expects the number, with an error object to match. */
static void check_result(int wanted, int returned, nonvol_error *error, const char *what, int line) {
  if (wanted != returned || nonvol_error_id(error) != returned || (error == NULL) != (returned == 0)) {
    fprintf(stderr, "%s:%d: %s: returned %d (%s), expected %d\n", __FILE__, line, what, returned,
            nonvol_error_message(error), wanted);
    ++failures;
  }
  if (error != NULL && strlen(nonvol_error_message(error)) == 0) ++failures;
  nonvol_error_free(error);
}
#define RESULT(wanted, call)                                \
  do {                                                      \
    nonvol_error *error = NULL;                             \
    const int returned = (call);                            \
    check_result((wanted), returned, error, #call, __LINE__); \
  } while (0)
#define OK(call) RESULT(0, call)

static const nonvol_entry entries[] = {{"permall", 8000, NONVOL_KIND_ATOMIC, 0},
                                       {"vars", 4096, NONVOL_KIND_PLAIN, 0},
                                       {"volatilestate", 100, NONVOL_KIND_ATOMIC, 0}};

/* Opens and registers `count` of the entries. */
static nonvol_nvram *open_image(const char *path, size_t count) {
  nonvol_nvram *nvram = NULL;
  size_t i;
  OK(nonvol_nvram_setup(path, NULL, &nvram, &error));
  if (nvram == NULL) exit(1);
  for (i = 0; i < count; ++i) OK(nonvol_nvram_register_entry(nvram, &entries[i], &error));
  return nvram;
}

static void check_content(nonvol_nvram *nvram, const char *name, const char *text) {
  char buffer[8000];
  size_t size = 0;
  OK(nonvol_nvram_read(nvram, name, buffer, sizeof buffer, &size, &error));
  CHECK(size == strlen(text) && memcmp(buffer, text, size) == 0);
}

static void test_measure_and_format(const char *path) {
  nonvol_format_options options;
  uint64_t size = 0, seed_size = 0, larger = 0;
  int formatted = 7;
  FILE *file;
  memset(&options, 0, sizeof options);
  options.size_bytes = sizeof options;
  OK(nonvol_nvram_measure(entries, 3, NULL, &size, &error));
  CHECK(size > 2 * 8000 + 4096 && size % 4096 == 0);
  options.flags = NONVOL_FORMAT_SEED_LAYOUT;
  OK(nonvol_nvram_measure(&entries[1], 1, &options, &seed_size, &error));
  CHECK(seed_size > 4096 && seed_size < 4096 + 64);
  RESULT(7405, nonvol_nvram_measure(entries, 3, &options, &seed_size, &error));
  options.flags = 0;
  options.reserve_bytes = 65536;
  OK(nonvol_nvram_measure(entries, 3, &options, &larger, &error));
  CHECK(larger == size + 65536);
  options.image_bytes = 4096;
  RESULT(7402, nonvol_nvram_measure(entries, 3, &options, &larger, &error));

  OK(nonvol_nvram_format(path, entries, 3, NULL, &formatted, &error));
  CHECK(formatted == 1);
  OK(nonvol_nvram_format(path, entries, 3, NULL, &formatted, &error));
  CHECK(formatted == 0);
  RESULT(7401, nonvol_nvram_format(path, entries, 2, NULL, NULL, &error));
  file = fopen(path, "rb");
  CHECK(file != NULL && fseek(file, 0, SEEK_END) == 0 && (uint64_t)ftell(file) == size);
  if (file != NULL) fclose(file);
}

static void test_mismatch(const char *path) {
  const nonvol_entry strangers[] = {{"volatilestate", 101, NONVOL_KIND_ATOMIC, 0},
                                    {"nobody", 1, NONVOL_KIND_ATOMIC, 0}};
  nonvol_nvram *nvram = open_image(path, 2);
  nonvol_error *error = NULL;
  const char *message = NULL;
  int id = 0, severity = -1;
  OK(nonvol_nvram_register_entry(nvram, &strangers[0], &error));
  OK(nonvol_nvram_register_entry(nvram, &strangers[1], &error));
  RESULT(7406, nonvol_nvram_register_entry(nvram, &strangers[1], &error));
  CHECK(nonvol_nvram_start(nvram, 0, &error) == 7501);
  CHECK(nonvol_error_note_count(error) == 2);
  CHECK(strstr(nonvol_error_note(error, 0), "registered with 101 bytes, the image has 100") != NULL);
  CHECK(strstr(nonvol_error_note(error, 1), "'nobody'") != NULL);
  CHECK(nonvol_error_note(error, 2) == NULL);
  CHECK(strstr(nonvol_error_place(error), path) != NULL);
  CHECK(strcmp(nonvol_error_hint(error), "") == 0);
  nonvol_error_free(error);
  CHECK(nonvol_nvram_finding_count(nvram) == 2);
  CHECK(nonvol_nvram_finding(nvram, 1, &id, &severity, &message) == 0);
  CHECK(id == 7502 && severity == NONVOL_SEVERITY_ERROR && strstr(message, "nobody") != NULL);
  CHECK(nonvol_nvram_finding(nvram, 2, NULL, NULL, NULL) == 7202);
  CHECK(nonvol_nvram_entry_count(nvram) == 0);

  OK(nonvol_nvram_deregister_entry(nvram, "nobody", &error));
  RESULT(7202, nonvol_nvram_deregister_entry(nvram, "nobody", &error));
  OK(nonvol_nvram_deregister_entry(nvram, "volatilestate", &error));
  RESULT(7501, nonvol_nvram_start(nvram, NONVOL_START_FAIL_ON_UNREGISTERED, &error));
  RESULT(7506, nonvol_nvram_write(nvram, "permall", "x", 1, NULL, &error));
  OK(nonvol_nvram_start(nvram, 0, &error));
  CHECK(nonvol_nvram_finding(nvram, 0, &id, &severity, NULL) == 0);
  CHECK(id == 7505 && severity == NONVOL_SEVERITY_NOTE);
  RESULT(7506, nonvol_nvram_start(nvram, 0, &error));
  nonvol_nvram_delete(nvram);
}

static void test_contents(const char *path) {
  nonvol_nvram *nvram = open_image(path, 3);
  nonvol_nvram *second = NULL;
  nonvol_write_options fill;
  nonvol_entry_info info;
  char buffer[4];
  char whole[4096];
  size_t size = 99;
  uint64_t generation = 99;
  OK(nonvol_nvram_start(nvram, NONVOL_START_FAIL_ON_UNREGISTERED, &error));
  RESULT(5007, nonvol_nvram_setup(path, NULL, &second, &error));
  CHECK(second == NULL);
  RESULT(7201, nonvol_nvram_read(nvram, "permall", NULL, 0, &size, &error));
  OK(nonvol_nvram_write(nvram, "permall", "first", 5, NULL, &error));
  OK(nonvol_nvram_write(nvram, "permall", "second", 6, NULL, &error));
  OK(nonvol_nvram_read(nvram, "permall", NULL, 0, &size, &error));
  CHECK(size == 6);
  size = 0;
  RESULT(7206, nonvol_nvram_read(nvram, "permall", buffer, sizeof buffer, &size, &error));
  CHECK(size == 6);
  check_content(nvram, "permall", "second");
  OK(nonvol_nvram_generation(nvram, "permall", &generation, &error));
  CHECK(generation == 2);
  OK(nonvol_nvram_write(nvram, "volatilestate", NULL, 0, NULL, &error));
  check_content(nvram, "volatilestate", "");
  OK(nonvol_nvram_erase(nvram, "volatilestate", NULL, &error));
  RESULT(7201, nonvol_nvram_read(nvram, "volatilestate", NULL, 0, &size, &error));

  RESULT(7207, nonvol_nvram_write(nvram, "vars", "short", 5, NULL, &error));
  memset(&fill, 0, sizeof fill);
  fill.size_bytes = sizeof fill;
  fill.flags = NONVOL_WRITE_FILL;
  fill.fill = 0xff;
  OK(nonvol_nvram_write(nvram, "vars", "short", 5, &fill, &error));
  OK(nonvol_nvram_read(nvram, "vars", whole, sizeof whole, &size, &error));
  CHECK(size == 4096 && memcmp(whole, "short\xff", 6) == 0 && (unsigned char)whole[4095] == 0xff);

  memset(&info, 0, sizeof info);
  info.size_bytes = sizeof info;
  CHECK(nonvol_nvram_entry_count(nvram) == 3);
  CHECK(nonvol_nvram_entry(nvram, 1, &info) == 0);
  CHECK(strcmp(info.name, "vars") == 0 && info.capacity_bytes == 4096 && info.kind == NONVOL_KIND_PLAIN);
  CHECK(info.flags == 0 && info.registered == 1);
  CHECK(nonvol_nvram_entry(nvram, 3, &info) == 7202);
  CHECK(nonvol_nvram_damaged_slots(nvram) == 0);
  CHECK(nonvol_nvram_had_fatal_error(nvram) == 0);
  nonvol_nvram_delete(nvram);
}

struct progress {
  nonvol_nvram *nvram;
  int writes;
  int reads;
  int refused;
};

static void on_read(void *opaque, int result, const nonvol_error *error, const void *bytes, size_t count) {
  struct progress *progress = opaque;
  CHECK(result == 0 && error == NULL && count == 5 && memcmp(bytes, "async", 5) == 0);
  ++progress->reads;
}

static void on_write(void *opaque, int result, const nonvol_error *error) {
  struct progress *progress = opaque;
  CHECK(result == 0 && error == NULL);
  if (++progress->writes != 1) return;
  OK(nonvol_nvram_read_async(progress->nvram, "permall", 0, on_read, progress, &error));
  RESULT(7506, nonvol_nvram_process_requests(progress->nvram, &error));
}

static void on_refusal(void *opaque, int result, const nonvol_error *error) {
  struct progress *progress = opaque;
  CHECK(result == 7206 && nonvol_error_id(error) == 7206 && nonvol_error_message(error)[0] != 0);
  ++progress->refused;
}

static void test_async(const char *path) {
  static const char large[8001];
  nonvol_nvram *nvram = open_image(path, 3);
  struct progress progress;
  memset(&progress, 0, sizeof progress);
  progress.nvram = nvram;
  OK(nonvol_nvram_start(nvram, 0, &error));
  OK(nonvol_nvram_write_async(nvram, "permall", "async", 5, NULL, 0, on_write, &progress, &error));
  OK(nonvol_nvram_write_async(nvram, "volatilestate", "v", 1, NULL, 0, on_write, &progress, &error));
  OK(nonvol_nvram_process_requests(nvram, &error));
  OK(nonvol_nvram_process_requests(nvram, &error));
  CHECK(progress.writes == 2 && progress.reads == 1);
  OK(nonvol_nvram_read_async(nvram, "permall", NONVOL_WAIT_COMPLETION, on_read, &progress, &error));
  CHECK(progress.reads == 2);
  RESULT(7206, nonvol_nvram_write_async(nvram, "permall", large, sizeof large, NULL, NONVOL_WAIT_COMPLETION,
                                        on_refusal, &progress, &error));
  CHECK(progress.refused == 1);
  RESULT(7202, nonvol_nvram_erase_async(nvram, "nobody", NULL, 0, on_refusal, &progress, &error));
  CHECK(progress.refused == 1);
  OK(nonvol_nvram_erase_async(nvram, "volatilestate", NULL, 0, on_write, &progress, &error));
  nonvol_nvram_delete(nvram);
  CHECK(progress.writes == 3);
}

struct device {
  uint64_t counter;
  int locked;
  unsigned char seed[32];
  size_t seed_bytes;
  char owner[9];
};

static int device_fields(void *opaque, nonvol_visitor *visitor) {
  struct device *device = opaque;
  nonvol_visitor_u64(visitor, "counter", &device->counter);
  nonvol_visitor_begin(visitor, "secrets");
  nonvol_visitor_boolean(visitor, "locked", &device->locked);
  nonvol_visitor_octets(visitor, "seed", device->seed, &device->seed_bytes, sizeof device->seed);
  nonvol_visitor_end(visitor);
  if (nonvol_visitor_utf8(visitor, "owner", device->owner, sizeof device->owner - 1) != 0) return 0;
  if (nonvol_visitor_mode(visitor) == NONVOL_VISITOR_INPUT && device->counter == 0) {
    nonvol_visitor_fail(visitor, "counter", "is 0, which this device never writes");
  }
  return device->counter == 13 ? 42 : 0;
}

static void test_fields(const char *path) {
  static const char *const names[] = {"permall", "vars"};
  nonvol_nvram *nvram = open_image(path, 3);
  nonvol_error *error = NULL;
  struct device device, found;
  uint64_t size = 0;
  int i;
  OK(nonvol_nvram_start(nvram, 0, &error));
  memset(&device, 0, sizeof device);
  OK(nonvol_measure_fields(device_fields, &device, &size, &error));
  CHECK(size == 2 + 11 + 2 + 3 + 34 + 10);
  device.counter = UINT64_MAX;
  device.locked = 1;
  device.seed_bytes = 32;
  memset(device.seed, 0xab, 32);
  strcpy(device.owner, "swtpm");
  for (i = 0; i < 2; ++i) {
    memset(&found, 0, sizeof found);
    OK(nonvol_nvram_write_fields(nvram, names[i], device_fields, &device, NULL, &error));
    OK(nonvol_nvram_read_fields(nvram, names[i], device_fields, &found, &error));
    CHECK(found.counter == UINT64_MAX && found.locked == 1 && found.seed_bytes == 32);
    CHECK(memcmp(found.seed, device.seed, 32) == 0 && strcmp(found.owner, "swtpm") == 0);
  }
  device.seed_bytes = 33;
  CHECK(nonvol_nvram_write_fields(nvram, "permall", device_fields, &device, NULL, &error) == 7507);
  CHECK(strstr(nonvol_error_message(error), "'seed' is 33 bytes long, at most 32") != NULL);
  nonvol_error_free(error);
  device.seed_bytes = 0;
  memcpy(device.owner, "too long!", 9);
  RESULT(7507, nonvol_nvram_write_fields(nvram, "permall", device_fields, &device, NULL, &error));
  strcpy(device.owner, "");
  device.counter = 13;
  CHECK(nonvol_nvram_write_fields(nvram, "permall", device_fields, &device, NULL, &error) == 7507);
  CHECK(strstr(nonvol_error_message(error), "42") != NULL);
  nonvol_error_free(error);
  device.counter = 0;
  OK(nonvol_nvram_write_fields(nvram, "permall", device_fields, &device, NULL, &error));
  CHECK(nonvol_nvram_read_fields(nvram, "permall", device_fields, &found, &error) == 7507);
  CHECK(strstr(nonvol_error_message(error), "'counter' is 0, which this device never writes") != NULL);
  nonvol_error_free(error);
  nonvol_nvram_delete(nvram);
}

static void test_reopened(const char *path) {
  nonvol_nvram *nvram = open_image(path, 3);
  size_t size = 0;
  OK(nonvol_nvram_start(nvram, 0, &error));
  CHECK(nonvol_nvram_finding_count(nvram) == 0);
  check_content(nvram, "permall", "kept");
  RESULT(7201, nonvol_nvram_read(nvram, "volatilestate", NULL, 0, &size, &error));
  nonvol_nvram_delete(nvram);
}

static void write_last(const char *path) {
  nonvol_nvram *nvram = open_image(path, 3);
  OK(nonvol_nvram_start(nvram, 0, &error));
  OK(nonvol_nvram_write(nvram, "permall", "kept", 4, NULL, &error));
  nonvol_nvram_delete(nvram);
}

static nonvol_nvram *open_secret(const char *path, const nonvol_entry *secret, const char *key, uint32_t flags,
                                 int wanted) {
  nonvol_nvram *nvram = NULL;
  nonvol_setup_options options;
  memset(&options, 0, sizeof options);
  options.size_bytes = sizeof options;
  options.key = key;
  options.key_bytes = key == NULL ? 0 : strlen(key);
  OK(nonvol_nvram_setup(path, &options, &nvram, &error));
  OK(nonvol_nvram_register_entry(nvram, secret, &error));
  RESULT(wanted, nonvol_nvram_start(nvram, flags, &error));
  return nvram;
}

static void test_keys(const char *path) {
  const nonvol_entry secret = {"permall", 100, NONVOL_KIND_ATOMIC, NONVOL_ENTRY_ENCRYPTED};
  const char *key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  nonvol_format_options options;
  nonvol_setup_options bad_key;
  nonvol_nvram *nvram = NULL;
  int id = 0;
  memset(&options, 0, sizeof options);
  options.size_bytes = sizeof options;
  options.flags = NONVOL_FORMAT_SHA256;
  RESULT(7301, nonvol_nvram_format(path, &secret, 1, &options, NULL, &error));
  options.key = key;
  options.key_bytes = 5;
  RESULT(7303, nonvol_nvram_format(path, &secret, 1, &options, NULL, &error));
  options.key_bytes = 64;
  OK(nonvol_nvram_format(path, &secret, 1, &options, NULL, &error));
  memset(&bad_key, 0, sizeof bad_key);
  bad_key.size_bytes = sizeof bad_key;
  bad_key.key = "?";
  bad_key.key_bytes = 1;
  RESULT(7303, nonvol_nvram_setup(path, &bad_key, &nvram, &error));

  nvram = open_secret(path, &secret, key, NONVOL_START_FAIL_IF_ENCRYPTED_WITHOUT_KEY, 0);
  OK(nonvol_nvram_write(nvram, "permall", "secret", 6, NULL, &error));
  check_content(nvram, "permall", "secret");
  nonvol_nvram_delete(nvram);
  nonvol_nvram_delete(open_secret(path, &secret, "abcdefghijklmnopqrstuvwxyz012345", 0, 7302));
  nonvol_nvram_delete(open_secret(path, &secret, NULL, NONVOL_START_FAIL_IF_ENCRYPTED_WITHOUT_KEY, 7301));
  nvram = open_secret(path, &secret, NULL, 0, 0);
  CHECK(nonvol_nvram_finding(nvram, 0, &id, NULL, NULL) == 0 && id == 7301);
  RESULT(7301, nonvol_nvram_write(nvram, "permall", "x", 1, NULL, &error));
  nonvol_nvram_delete(nvram);
}

/* The folder as a root, which has no firmware. */
static void test_firmware(const char *folder) {
  const char *const require[] = {"secure-boot", NULL};
  nonvol_firmware_options options;
  nonvol_firmware_descriptor descriptor;
  nonvol_firmware_finding finding;
  nonvol_firmware *firmware = NULL;
  nonvol_error *error = NULL;
  memset(&options, 0, sizeof options);
  memset(&descriptor, 0, sizeof descriptor);
  memset(&finding, 0, sizeof finding);
  options.size_bytes = sizeof options;
  descriptor.size_bytes = sizeof descriptor;
  finding.size_bytes = sizeof finding;
  OK(nonvol_firmware_load(NULL, &firmware, &error));
  CHECK(strstr(nonvol_firmware_json(firmware), "nonvol.firmware.list/1") != NULL);
  nonvol_firmware_free(firmware);

  options.root = folder;
  options.require = require;
  CHECK(nonvol_firmware_select(&options, &firmware, &error) == 3201);
  CHECK(strstr(nonvol_error_hint(error), "--require secure-boot") != NULL);
  CHECK(strstr(nonvol_firmware_json(firmware), "nonvol.firmware.select/1") != NULL);
  CHECK(nonvol_firmware_chosen(firmware, &descriptor) == 3201);
  CHECK(nonvol_firmware_machine_options(firmware)[0] == NULL);
  CHECK(nonvol_firmware_qemu_arguments(firmware)[0] == NULL);
  CHECK(nonvol_firmware_notes(firmware)[0] == NULL);
  nonvol_error_free(error);
  nonvol_firmware_free(firmware);

  OK(nonvol_firmware_explain(&options, &firmware, &error));
  CHECK(nonvol_firmware_descriptor_count(firmware) == 0);
  CHECK(nonvol_firmware_descriptor_at(firmware, 0, &descriptor) == 7508);
  nonvol_firmware_free(firmware);
  OK(nonvol_firmware_lint(&options, NULL, &firmware, &error));
  CHECK(nonvol_firmware_finding_count(firmware) == 0);
  CHECK(nonvol_firmware_finding_at(firmware, 0, &finding) == 7508);
  nonvol_firmware_free(firmware);
  options.flags = 128;
  RESULT(7508, nonvol_firmware_explain(&options, &firmware, &error));
  CHECK(firmware == NULL);
  nonvol_firmware_free(NULL);
}

int main(void) {
  char folder[] = "/tmp/nonvol-c-XXXXXX";
  char path[64], secret[64];
  if (mkdtemp(folder) == NULL) return 1;
  sprintf(path, "%s/image", folder);
  sprintf(secret, "%s/secret", folder);
  test_measure_and_format(path);
  test_mismatch(path);
  test_contents(path);
  test_async(path);
  test_fields(path);
  write_last(path);
  test_reopened(path);
  test_keys(secret);
  test_firmware(folder);
  nonvol_nvram_delete(NULL);
  nonvol_error_free(NULL);
  remove(path);
  remove(secret);
  CHECK(remove(folder) == 0);
  printf("%s\n", failures == 0 ? "passed" : "FAILED");
  return failures == 0 ? 0 : 1;
}
