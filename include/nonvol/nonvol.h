#ifndef NONVOL_NONVOL_H
#define NONVOL_NONVOL_H

/*
 * A virtual machine's named blobs in one image, and firmware for it, for programs in C or in languages that
 * call C: the interface of libnonvol.so.0. What is here stays; what comes later has new names, new bits, or
 * new members at the end of structures that begin with their own size.
 *
 *     nonvol_nvram_setup(path, NULL, &nvram, &error);        opens the image and locks it
 *     nonvol_nvram_register_entry(nvram, &entry, &error);    every device each of its entries
 *     nonvol_nvram_start(nvram, 0, &error);                  reads the image and compares
 *     nonvol_nvram_write(nvram, "permall", ...);             durable when it returns
 *
 * Format: docs/formats/nvram-image.md. Examples: docs/library.md. Firmware: nonvol_firmware_select and what
 * stands around it, at the end.
 *
 * Results. A function that returns int gives 0, or the number of an error id: 7201 is what messages call
 * NV7201 and what 'nonvol explain NV7201' explains. It then stores an error object in *error if `error` is
 * not NULL; on success it stores NULL there. Results behind other pointers are not touched by a function that
 * fails, unless it says so.
 *
 * Text is UTF-8 with a NUL at its end. Sizes are in bytes. A NULL where an argument is needed is refused
 * (7508).
 *
 * Ownership. What is given to a function is copied and stays the caller's. Handles that a function gives are
 * the caller's until the function is called that frees them; strings belong to the handle they come from.
 *
 * Threads. Any thread may use a nonvol_nvram at any time, but for nonvol_nvram_delete, which must be alone.
 * Error objects and visitors are for one thread at a time. No exception leaves these functions; running out
 * of memory is an error like others (5020).
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define NONVOL_API __attribute__((visibility("default")))
#else
#define NONVOL_API
#endif

typedef struct nonvol_error nonvol_error;
typedef struct nonvol_nvram nonvol_nvram;
typedef struct nonvol_visitor nonvol_visitor;

/* ---- errors ---- */

/* The number that the function returned. */
NONVOL_API int nonvol_error_id(const nonvol_error* error);
/* One sentence. */
NONVOL_API const char* nonvol_error_message(const nonvol_error* error);
/* Where: a file, and a byte in it; may be empty. */
NONVOL_API const char* nonvol_error_place(const nonvol_error* error);
/* A command to type; may be empty. */
NONVOL_API const char* nonvol_error_hint(const nonvol_error* error);
/* More sentences: of 7501, one for each mismatch. `index` counts from 0; NULL behind the last. */
NONVOL_API size_t nonvol_error_note_count(const nonvol_error* error);
NONVOL_API const char* nonvol_error_note(const nonvol_error* error, size_t index);
/* Takes NULL too. */
NONVOL_API void nonvol_error_free(nonvol_error* error);

/* ---- entries ---- */

#define NONVOL_KIND_PLAIN 1  /* bytes in place */
#define NONVOL_KIND_ATOMIC 2 /* two slots: old or new, whatever happens */

#define NONVOL_ENTRY_ENCRYPTED 1u

/* An entry as a device wants it. */
typedef struct nonvol_entry {
  const char* name;        /* 1 to 255 bytes, no control characters, no dot in front */
  uint64_t capacity_bytes; /* the most that will ever be written; 1 to 2^30 */
  uint32_t kind;           /* NONVOL_KIND_... */
  uint32_t flags;          /* NONVOL_ENTRY_...; other bits are refused (7407) */
} nonvol_entry;

/* ---- measuring and formatting ---- */

#define NONVOL_FORMAT_SEED_LAYOUT 1u   /* the layout of 2013: plain entries only, no checksums */
#define NONVOL_FORMAT_SHA256 2u        /* digests by SHA-256 instead of CRC-32C */
#define NONVOL_FORMAT_LOSE_CONTENTS 4u /* format what is not empty */

/* Set everything to zero, then size_bytes = sizeof(nonvol_format_options), then what is wanted. */
typedef struct nonvol_format_options {
  size_t size_bytes;
  uint32_t flags;         /* NONVOL_FORMAT_...; other bits are refused (7508) */
  uint32_t lock_wait_ms;  /* how long to wait for another process that has the image open */
  uint64_t reserve_bytes; /* room for entries that are added later */
  uint64_t image_bytes;   /* of the whole image; 0: what is there keeps its size, else the least */
  const void* key;        /* 32 bytes or 64 hexadecimal digits; NULL: none. Needed for encrypted entries */
  size_t key_bytes;
  const char* luks_key_file; /* of a LUKS container around the image; NULL: none */
} nonvol_format_options;

/*
 * How large an image of these entries is, before there is one. `options` may be NULL; flags, reserve_bytes
 * and image_bytes of it count. Errors: 7402, 7405, 7407.
 */
NONVOL_API int nonvol_nvram_measure(const nonvol_entry* entries, size_t entry_count,
                                    const nonvol_format_options* options, uint64_t* image_bytes,
                                    nonvol_error** error);

/*
 * Makes an image with nothing in its entries. `location` is a path, or an NBD URI. A missing file appears
 * whole or not at all; an empty file (no bytes, or zeros only), a device and an export are formatted in
 * place. An image of these very entries is left alone. `formatted`, which may be NULL, is set to 1, or 0 for
 * such an image. `options` may be NULL. Errors: 7401 not empty, 7301, 7302, those of nonvol_nvram_measure and
 * of files (5xxx).
 */
NONVOL_API int nonvol_nvram_format(const char* location, const nonvol_entry* entries, size_t entry_count,
                                   const nonvol_format_options* options, int* formatted,
                                   nonvol_error** error);

/* ---- an image in use ---- */

/* Set everything to zero, then size_bytes = sizeof(nonvol_setup_options), then what is wanted. */
typedef struct nonvol_setup_options {
  size_t size_bytes;
  const void* key; /* 32 bytes or 64 hexadecimal digits; NULL: none */
  size_t key_bytes;
  const char* luks_key_file; /* of a LUKS container around the image; NULL: none */
  uint32_t lock_wait_ms;     /* how long to wait for another process that has the image open */
} nonvol_setup_options;

/*
 * Opens the image at `location` (a path, or an NBD URI) for writing, under QEMU's image locks; on an NBD
 * server nothing keeps others out. Its content is not looked at before nonvol_nvram_start. `options` may be
 * NULL. Errors: 5007 in use, 7303, those of files (5xxx).
 */
NONVOL_API int nonvol_nvram_setup(const char* location, const nonvol_setup_options* options,
                                  nonvol_nvram** nvram, nonvol_error** error);

/*
 * Waits for all requests, also those that callbacks make meanwhile, and closes the image. Not from a
 * callback, and not while another thread is inside any function with this handle. Takes NULL too.
 */
NONVOL_API void nonvol_nvram_delete(nonvol_nvram* nvram);

/* Before start. Errors: 7406 registered already, 7407, 7506 after start. */
NONVOL_API int nonvol_nvram_register_entry(nonvol_nvram* nvram, const nonvol_entry* entry,
                                           nonvol_error** error);

/* At any time. What is queued for it is still done; its content stays in the image. Error: 7202. */
NONVOL_API int nonvol_nvram_deregister_entry(nonvol_nvram* nvram, const char* name, nonvol_error** error);

#define NONVOL_START_FAIL_IF_ENCRYPTED_WITHOUT_KEY 1u
#define NONVOL_START_FAIL_ON_UNREGISTERED 2u

/*
 * Reads the image, compares it with what is registered, and verifies every registered entry. Writes nothing.
 * `flags` are NONVOL_START_...; other bits are refused (7508). Errors: 7501 with a note for each mismatch,
 * and 7301 if asked for, after which it can be called again; those of images (71xx, 7302, 7304, 7306), after
 * which only nonvol_nvram_delete and another setup help; 7506 when it was started.
 */
NONVOL_API int nonvol_nvram_start(nonvol_nvram* nvram, uint32_t flags, nonvol_error** error);

#define NONVOL_SEVERITY_NOTE 0
#define NONVOL_SEVERITY_WARNING 1
#define NONVOL_SEVERITY_ERROR 2

/*
 * What the last start found: mismatches (7502 missing, 7503 too small, 7504 other kind, 7505 nobody
 * registered it), and what is wrong with entries (7203, 7204, 7205, 7301, 7305), which start in spite of it.
 * `id`, `severity` and `message`, each of which may be NULL, are set; the message lives until the next start
 * or delete. Returns 7202 for an index behind the last.
 */
NONVOL_API size_t nonvol_nvram_finding_count(const nonvol_nvram* nvram);
NONVOL_API int nonvol_nvram_finding(const nonvol_nvram* nvram, size_t index, int* id, int* severity,
                                    const char** message);

/* Slots that were damaged beside a good one when start looked: torn updates, or rot. */
NONVOL_API unsigned nonvol_nvram_damaged_slots(const nonvol_nvram* nvram);

/* Set size_bytes = sizeof(nonvol_entry_info) before. */
typedef struct nonvol_entry_info {
  size_t size_bytes;
  const char* name; /* lives until nonvol_nvram_delete */
  uint64_t capacity_bytes;
  uint32_t kind;  /* NONVOL_KIND_... */
  uint32_t flags; /* NONVOL_ENTRY_... */
  int registered; /* 1 or 0 */
} nonvol_entry_info;

/* All entries of the image after start, registered or not; none before. Returns 7202 for an index behind the
 * last. */
NONVOL_API size_t nonvol_nvram_entry_count(const nonvol_nvram* nvram);
NONVOL_API int nonvol_nvram_entry(const nonvol_nvram* nvram, size_t index, nonvol_entry_info* info);

/* 1 after a failed write or flush: nothing is believed any more, all that follows fails with 7408. 0
 * otherwise. */
NONVOL_API int nonvol_nvram_had_fatal_error(const nonvol_nvram* nvram);

/* How many updates an atomic entry has seen; 0 of plain ones. Errors: 7202, 7204 not known, 7408, 7506. */
NONVOL_API int nonvol_nvram_generation(nonvol_nvram* nvram, const char* name, uint64_t* generation,
                                       nonvol_error** error);

/* ---- contents ---- */

/*
 * Reads what the entry holds. `content_bytes` is set to its size, also when the buffer is too small (7206,
 * nothing is copied). With a NULL buffer, and buffer_bytes 0, that is all. A content of 0 bytes is a content.
 * Errors: 7201 never written or erased, 7202, 7204, 7205, 7301, 7305, 7408, 7506.
 */
NONVOL_API int nonvol_nvram_read(nonvol_nvram* nvram, const char* name, void* buffer, size_t buffer_bytes,
                                 size_t* content_bytes, nonvol_error** error);

#define NONVOL_WRITE_FILL 1u        /* a plain entry is filled up with the byte `fill` */
#define NONVOL_WRITE_OVER_DAMAGE 2u /* give up what cannot be believed (7204, 7205) for the new content */

/* Set everything to zero, then size_bytes = sizeof(nonvol_write_options), then what is wanted. */
typedef struct nonvol_write_options {
  size_t size_bytes;
  uint32_t flags; /* NONVOL_WRITE_...; other bits are refused (7508) */
  uint8_t fill;
} nonvol_write_options;

/*
 * Replaces what the entry holds: one write, and a flush that writers of other entries may share. Durable when
 * it returns 0. A plain entry takes exactly its capacity, unless it is to be filled up. `options` may be
 * NULL. Errors: 7202, 7204, 7205, 7206, 7207, 7301, 7408, 7506; of files (5xxx), after which nothing is
 * believed any more.
 */
NONVOL_API int nonvol_nvram_write(nonvol_nvram* nvram, const char* name, const void* bytes, size_t byte_count,
                                  const nonvol_write_options* options, nonvol_error** error);

/* An atomic entry is absent afterwards (7201), a plain one holds zeros. Otherwise as nonvol_nvram_write. */
NONVOL_API int nonvol_nvram_erase(nonvol_nvram* nvram, const char* name, const nonvol_write_options* options,
                                  nonvol_error** error);

/* ---- asynchronously ---- */

/*
 * Called once for each request, in order, on one thread of the library's. `result` is 0 or the number of the
 * error; `error` and `bytes` live until the callback returns. It may call everything but nonvol_nvram_delete;
 * nonvol_nvram_process_requests and NONVOL_WAIT_COMPLETION are refused there (7506), for they would wait for
 * themselves.
 */
typedef void nonvol_read_done(void* opaque, int result, const nonvol_error* error, const void* bytes,
                              size_t byte_count);
typedef void nonvol_write_done(void* opaque, int result, const nonvol_error* error);

#define NONVOL_WAIT_COMPLETION 2u /* return after the callback has run */

/*
 * Queued and done in order; updates of different entries that follow each other share a flush. `done` may be
 * NULL. `flags` are 0 or NONVOL_WAIT_COMPLETION. The bytes to write are copied. Returns 7202, 7506, 7508 or
 * 5020 when nothing was queued, and `done` is not called then; with NONVOL_WAIT_COMPLETION also what `done`
 * was given.
 */
NONVOL_API int nonvol_nvram_read_async(nonvol_nvram* nvram, const char* name, uint32_t flags,
                                       nonvol_read_done* done, void* opaque, nonvol_error** error);
NONVOL_API int nonvol_nvram_write_async(nonvol_nvram* nvram, const char* name, const void* bytes,
                                        size_t byte_count, const nonvol_write_options* options,
                                        uint32_t flags, nonvol_write_done* done, void* opaque,
                                        nonvol_error** error);
NONVOL_API int nonvol_nvram_erase_async(nonvol_nvram* nvram, const char* name,
                                        const nonvol_write_options* options, uint32_t flags,
                                        nonvol_write_done* done, void* opaque, nonvol_error** error);

/* Returns when all that was queued before is done and its callbacks have run. Error: 7506 in a callback. */
NONVOL_API int nonvol_nvram_process_requests(nonvol_nvram* nvram, nonvol_error** error);

/* ---- a device's fields ---- */

/*
 * Goes through a device's fields in their order; one function serves writing, reading and measuring. On input
 * the values are set, on output they are taken, when measuring they are left alone and the largest size is
 * counted. Returns 0, or another number to refuse, which stops everything with 7507 and says that number. The
 * visitor lives until it returns.
 */
typedef int nonvol_fields(void* opaque, nonvol_visitor* visitor);

#define NONVOL_VISITOR_INPUT 0
#define NONVOL_VISITOR_OUTPUT 1
#define NONVOL_VISITOR_MEASURE 2

NONVOL_API int nonvol_visitor_mode(const nonvol_visitor* visitor);

/*
 * One field each. `field` is its name, for messages. Return 0, or 7507 once anything failed; what follows
 * then does nothing, and the caller of the fields function is told why, so that looking at it here is only
 * needed before a value that was read is used. Strings and octets are limited to `max_bytes` in both
 * directions: `buffer` has room for so many, that of utf8 for one more, the NUL. `byte_count` is how many
 * octets there are. A boolean is 0 or 1.
 */
NONVOL_API int nonvol_visitor_u64(nonvol_visitor* visitor, const char* field, uint64_t* value);
NONVOL_API int nonvol_visitor_boolean(nonvol_visitor* visitor, const char* field, int* value);
NONVOL_API int nonvol_visitor_octets(nonvol_visitor* visitor, const char* field, void* buffer,
                                     size_t* byte_count, size_t max_bytes);
NONVOL_API int nonvol_visitor_utf8(nonvol_visitor* visitor, const char* field, char* buffer,
                                   size_t max_bytes);
/* Fields between them are a structure of their own; at most 16 inside each other. */
NONVOL_API int nonvol_visitor_begin(nonvol_visitor* visitor, const char* field);
NONVOL_API int nonvol_visitor_end(nonvol_visitor* visitor);
/* For what only the device can see to be wrong: "is 3, known are 1 and 2". */
NONVOL_API int nonvol_visitor_fail(nonvol_visitor* visitor, const char* field, const char* problem);

/* The most that these fields can take: the capacity to register. Error: 7507. */
NONVOL_API int nonvol_measure_fields(nonvol_fields* fields, void* opaque, uint64_t* size_bytes,
                                     nonvol_error** error);
/* As nonvol_nvram_write and nonvol_nvram_read; a plain entry is filled up with zeros. Error: also 7507. */
NONVOL_API int nonvol_nvram_write_fields(nonvol_nvram* nvram, const char* name, nonvol_fields* fields,
                                         void* opaque, const nonvol_write_options* options,
                                         nonvol_error** error);
NONVOL_API int nonvol_nvram_read_fields(nonvol_nvram* nvram, const char* name, nonvol_fields* fields,
                                        void* opaque, nonvol_error** error);

/* ---- firmware ---- */

/*
 * Firmware for a guest, chosen by firmware descriptors (QEMU's docs/interop/firmware.json). Each of the four
 * calls reads what it needs, and gives a handle with the whole answer, which nothing changes any more: any
 * thread may look at it. All strings and arrays in it live until nonvol_firmware_free. Arrays of strings,
 * here and in the options, end with NULL.
 *
 *     nonvol_firmware_select(&options, &firmware, &error);
 *     nonvol_firmware_chosen(firmware, &descriptor);
 *     execv(..., nonvol_firmware_qemu_arguments(firmware) and others);
 *     nonvol_firmware_free(firmware);
 *
 * Any thread may call at any time, as long as none changes the environment meanwhile (XDG_CONFIG_HOME and
 * HOME lead to the user's descriptors). Of qcow2 files what is inside is read through qemu-storage-daemon.
 */
typedef struct nonvol_firmware nonvol_firmware;

#define NONVOL_FIRMWARE_TRUST_CLAIMS 1u        /* do not look whether what descriptors claim is true */
#define NONVOL_FIRMWARE_ALLOW_MISSING_FILES 2u /* of the files that descriptors name */
#define NONVOL_FIRMWARE_WELL_KNOWN 4u          /* where nothing fits, paths where others put firmware */

#define NONVOL_SECURE_BOOT_ANY 0u
#define NONVOL_SECURE_BOOT_ON 1u  /* implements it; whether it has keys is the feature enrolled-keys */
#define NONVOL_SECURE_BOOT_OFF 2u /* does not */

/*
 * Set everything to zero, then size_bytes = sizeof(nonvol_firmware_options), then what is wanted. What is
 * NULL is not asked, but where it says otherwise.
 */
typedef struct nonvol_firmware_options {
  size_t size_bytes;
  uint32_t flags;                        /* NONVOL_FIRMWARE_...; other bits are refused (7508) */
  uint32_t secure_boot;                  /* NONVOL_SECURE_BOOT_... */
  const char* root;                      /* another root's files; NULL: this machine's */
  const char* const* search_directories; /* of this machine; NULL: the specification's three */
  const char* architecture;              /* as QEMU names it; NULL: this machine's */
  const char* machine;                   /* alias or concrete name; NULL: q35 or virt */
  const char* interface_type;            /* NULL: "uefi" */
  const char* const* require;            /* features */
  const char* const* forbid;
  const char* device;       /* "flash", "memory", "kernel", "igvm" */
  const char* mode;         /* of flash: "split", "combined", "stateless" */
  const char* format;       /* of the executable: "raw", "qcow2" */
  const char* qemu_version; /* "7.2": settles what an alias means, and which arguments there are */
  const char* nvram;        /* path of the guest's own copy of the template, for the arguments */
  const char* for_store;    /* path of a variable store that there is already, which firmware shall take */
} nonvol_firmware_options;

/*
 * `options` may be NULL. Errors of all four: 7508 and 6003 for options that are wrong, 1003, 1006, and those
 * of opening the root, a directory or the store that was named (5xxx, and of stores others). Whatever is
 * wrong with descriptors is no error but a finding. *firmware is NULL after an error, unless it says so.
 */

/* Every descriptor file, in the order in which they are considered. Of the options root and
 * search_directories count. */
NONVOL_API int nonvol_firmware_load(const nonvol_firmware_options* options, nonvol_firmware** firmware,
                                    nonvol_error** error);
/*
 * The first descriptor that fits; for a store the one with the newest firmware. Where none fits: 3201, for a
 * store 3210, with a note for each that was passed over, and *firmware is set all the same.
 */
NONVOL_API int nonvol_firmware_select(const nonvol_firmware_options* options, nonvol_firmware** firmware,
                                      nonvol_error** error);
/* Every descriptor, best first, with all that stands against it. That none fits is no error. */
NONVOL_API int nonvol_firmware_explain(const nonvol_firmware_options* options, nonvol_firmware** firmware,
                                       nonvol_error** error);
/*
 * What is wrong with `descriptors` (names, with or without ".json", or paths), or with all and the search
 * path, if it is NULL. Of the options root and search_directories count. Error: also 3203.
 */
NONVOL_API int nonvol_firmware_lint(const nonvol_firmware_options* options, const char* const* descriptors,
                                    nonvol_firmware** firmware, nonvol_error** error);
/* Takes NULL too. */
NONVOL_API void nonvol_firmware_free(nonvol_firmware* firmware);

/*
 * The answer as `nonvol firmware list`, `select`, `explain` and `lint` print it with --json. What `explain`
 * says of libvirt's choice (6506) is left out: the library does not know libvirt's rules.
 */
NONVOL_API const char* nonvol_firmware_json(const nonvol_firmware* firmware);

#define NONVOL_DESCRIPTOR_USABLE 0
#define NONVOL_DESCRIPTOR_MASKED 1     /* empty, or a link to /dev/null: hides its name */
#define NONVOL_DESCRIPTOR_OVERRIDDEN 2 /* a more specific directory has the same name */
#define NONVOL_DESCRIPTOR_BROKEN 3     /* takes its name but cannot be used */

typedef struct nonvol_firmware_rule {
  const char* code;    /* stable: "machine", "feature-missing", "file-missing" ... */
  const char* message; /* one sentence */
} nonvol_firmware_rule;

/* Set size_bytes = sizeof(nonvol_firmware_descriptor) before. Strings are empty where there is nothing to
 * say. */
typedef struct nonvol_firmware_descriptor {
  size_t size_bytes;
  const char* path;
  int state; /* NONVOL_DESCRIPTOR_... */
  int fits;  /* 1: nothing stands against it. 0 also where nothing was asked */
  /* What it says, as far as it could be used; of those passed over and linted nothing. */
  const char* description;
  const char* device;
  const char* mode; /* of flash */
  const char* executable;
  const char* executable_format;
  const char* nvram_template;
  const char* nvram_template_format; /* "raw", "qcow2", or "json" of the uefi-vars device */
  const char* const* features;
  /* Of load and explain: from 1, in the order in which they are considered. */
  size_t position;
  /* What stands against it. */
  const nonvol_firmware_rule* failed;
  size_t failed_count;
  /* Of explain: options of `nonvol firmware select` to give and to leave out with which it would fit. */
  const char* near_miss_with;
  const char* near_miss_without;
  /* With a store: the command that makes of it one that this firmware takes. */
  const char* conversion;
} nonvol_firmware_descriptor;

/*
 * load, explain: all. select: those that were passed over though they might have fitted. lint: those that
 * were looked at. Returns 7508 for an index behind the last.
 */
NONVOL_API size_t nonvol_firmware_descriptor_count(const nonvol_firmware* firmware);
NONVOL_API int nonvol_firmware_descriptor_at(const nonvol_firmware* firmware, size_t index,
                                             nonvol_firmware_descriptor* descriptor);
/* select: what was chosen; explain: what would be. Returns 3201 where nothing was. */
NONVOL_API int nonvol_firmware_chosen(const nonvol_firmware* firmware,
                                      nonvol_firmware_descriptor* descriptor);

/* Of select; nothing in them otherwise. Never NULL. */
/* What -machine needs, for those who write their own: "smm=on". */
NONVOL_API const char* const* nonvol_firmware_machine_options(const nonvol_firmware* firmware);
/* One argument each, to be handed to QEMU as they are, without a shell. Without `nvram` the copy is
 * "@NVRAM@". */
NONVOL_API const char* const* nonvol_firmware_qemu_arguments(const nonvol_firmware* firmware);
/* What else there is to know. */
NONVOL_API const char* const* nonvol_firmware_notes(const nonvol_firmware* firmware);

#define NONVOL_CERTAINTY_UNKNOWN 0
#define NONVOL_CERTAINTY_LIKELY 1
#define NONVOL_CERTAINTY_PROVEN 2

/* Set size_bytes = sizeof(nonvol_firmware_finding) before. Strings are empty where there is nothing to say.
 */
typedef struct nonvol_firmware_finding {
  size_t size_bytes;
  int id;       /* as errors have them */
  int severity; /* NONVOL_SEVERITY_... */
  const char* message;
  const char* place; /* "60-edk2.json:3:5" */
  const char* file;  /* the parts of it */
  uint32_t line;     /* from 1; 0: none */
  uint32_t column;   /* from 1, in bytes; 0: none */
  const char* hint;
  int certainty;        /* of lint: NONVOL_CERTAINTY_... */
  const char* rests_on; /* of lint: what makes it so certain */
  const char* feature;  /* of lint: that is claimed wrongly */
} nonvol_firmware_finding;

/* Of all four. Returns 7508 for an index behind the last. */
NONVOL_API size_t nonvol_firmware_finding_count(const nonvol_firmware* firmware);
NONVOL_API int nonvol_firmware_finding_at(const nonvol_firmware* firmware, size_t index,
                                          nonvol_firmware_finding* finding);

#ifdef __cplusplus
}
#endif

#endif
