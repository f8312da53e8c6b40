# needs: qemu-storage-daemon
# A descriptor with which nothing is wrong.
$ make_root "$WORK/clean" --only 60-memory.json

$ nonvol firmware lint --root "$WORK/clean"
1 descriptor: 0 errors, 0 warnings, 0 notes

# What only notes are said about is clean, too: nobody can tell what code is that is not built like edk2's.
$ make_root "$WORK/notes" --only 40-split-raw.json

$ nonvol firmware lint --root "$WORK/notes"
/usr/share/qemu/firmware/40-split-raw.json
  26:15: note NV3307: nothing speaks for or against acpi-s3, verbose-dynamic
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins

1 descriptor: 0 errors, 0 warnings, 1 note

# Every way to be wrong that the reader knows.
$ make_root "$WORK/root" --faulty

$ nonvol firmware lint --root "$WORK/root"
/usr/share/qemu/firmware/10-secure-enrolled.json
  26:15: note NV3307: nothing speaks for or against secure-boot, requires-smm, acpi-s3, verbose-dynamic
      unknown: /fixture/code-secure.fd has no firmware volume: in none of its 3653632 bytes a header with
      '_FVH' begins

/usr/share/qemu/firmware/10-unknown-feature.json
  27:15: note NV3307: nothing speaks for or against acpi-s3
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins
  27:15: note NV3309: 'verbose-dynamic' is claimed by 40-split-raw.json and not by 10-unknown-feature.json,
  11-no-description-no-tags.json, 15-unknown-interface.json, 16-unknown-member.json, 20-no-targets.json, and
  all name the same code, /fixture/code.fd; the code does not tell who is right
      proven: the files are one
  29:5: warning NV3107: the feature 'warp-drive' is not known; if it is a requirement, guests may fail to boot
      proven: the descriptor itself

/usr/share/qemu/firmware/11-no-description-no-tags.json
  note NV3109: 'description' and 'tags' is missing, which the schema requires; some readers refuse the file
      proven: the descriptor itself
  26:15: note NV3309: 'acpi-s3' is claimed by 10-unknown-feature.json, 40-split-raw.json and not by
  11-no-description-no-tags.json, 15-unknown-interface.json, 16-unknown-member.json, 20-no-targets.json, and
  all name the same code, /fixture/code.fd; the code does not tell who is right
      proven: the files are one

/usr/share/qemu/firmware/12-unknown-device.json
  7:15: error NV3108: 'device' is 'punched-tape', and nonvol knows flash, kernel, memory, igvm
      proven: the descriptor itself

/usr/share/qemu/firmware/13-unknown-mode.json
  8:13: error NV3108: 'mode' is 'twofold', and nonvol knows split, combined, stateless
      proven: the descriptor itself

/usr/share/qemu/firmware/14-unknown-format.json
  11:17: error NV3108: 'format' is 'vmdk', and nonvol knows raw, qcow2
      proven: the descriptor itself

/usr/share/qemu/firmware/15-unknown-interface.json
  4:5: warning NV3108: the interface type 'uefi-ng' is not known; nonvol knows bios, openfirmware, uboot, uefi
      proven: the descriptor itself

/usr/share/qemu/firmware/16-unknown-member.json
  note NV3311: /usr/share/qemu/firmware/11-no-description-no-tags.json comes first and answers every request
  that this one would; only a guest that names its files gets it
      proven: both descriptors: features, device, mode, formats, interfaces, machines
  29:14: warning NV3106: the schema has no member 'featurs' here; it is ignored
      proven: the descriptor itself

/usr/share/qemu/firmware/17-no-mapping.json
  error NV3105: the member 'mapping' is missing
      proven: the descriptor itself

/usr/share/qemu/firmware/18-wrong-type.json
  21:19: error NV3105: 'machines' is a string, and must be an array
      proven: the descriptor itself

/usr/share/qemu/firmware/19-split-without-template.json
  6:14: error NV3105: flash in split mode needs 'nvram-template'
      proven: the descriptor itself

/usr/share/qemu/firmware/20-no-targets.json
  18:14: warning NV3108: 'targets' is empty; no machine can ask for it
      proven: the descriptor itself

/usr/share/qemu/firmware/20-secure.json
  26:15: note NV3307: nothing speaks for or against secure-boot, requires-smm, acpi-s3, verbose-dynamic
      unknown: /fixture/code-secure.fd has no firmware volume: in none of its 3653632 bytes a header with
      '_FVH' begins

/usr/share/qemu/firmware/30-broken-json.json
  4:1: error NV3001: the text ends where a value should be
      proven: the descriptor itself

/usr/share/qemu/firmware/30-split-qcow2.json
  14:19: error NV3308: the template, /fixture/vars.qcow2, is blank, nothing but zero bytes: x86 firmware does
  not format it, and would start guests that never save a variable
      proven: the template's bytes
  27:15: note NV3307: nothing speaks for or against acpi-s3, verbose-dynamic
      unknown: /fixture/code.qcow2 has no firmware volume: all of its 3653632 bytes are 00, as of a variable
      store that the firmware has not formatted yet

/usr/share/qemu/firmware/31-comment.json
  2:3: error NV3001: a member's name in quotes should be here
      proven: the descriptor itself

/usr/share/qemu/firmware/32-duplicate-member.json
  11:15: error NV3002: member 'features' appears twice in one object
      proven: the descriptor itself

/usr/share/qemu/firmware/33-too-deep.json
  1:48: error NV3003: nests deeper than 32 levels
      proven: the descriptor itself

/usr/share/qemu/firmware/34-not-an-object.json
  error NV3105: the value is an array, and must be an object
      proven: the descriptor itself

/usr/share/qemu/firmware/40-split-raw.json
  26:15: note NV3307: nothing speaks for or against acpi-s3, verbose-dynamic
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins

/usr/share/qemu/firmware/41-split-2m.json
  33:15: note NV3307: nothing speaks for or against acpi-s3
      unknown: /fixture/code-2m.fd has no firmware volume: in none of its 1966080 bytes a header with '_FVH'
      begins

/usr/share/qemu/firmware/50-combined.json
  8:13: note NV3315: libvirt never chooses a combined image: it asks for split or stateless ones
      proven: libvirt's qemu_firmware.c
  10:19: error NV2801: the executable, /fixture/combined.fd, has firmware volumes and no code in them
      proven: the file's firmware volumes

/usr/share/qemu/firmware/51-stateless-sev.json
  22:15: note NV3307: nothing speaks for or against amd-sev, amd-sev-es, amd-sev-snp, verbose-dynamic
      unknown: /fixture/stateless.fd has no firmware volume: in none of its 4194304 bytes a header with '_FVH'
      begins

/usr/share/qemu/firmware/61-memory-uefi-vars.json
  21:15: note NV3307: nothing speaks for or against secure-boot, host-uefi-vars
      unknown: /fixture/memory-vars.fd has no firmware volume: in none of its 4194304 bytes a header with
      '_FVH' begins
  22:5: note NV3315: libvirt before 12.1 ignores 'host-uefi-vars' and starts this firmware without the device
  it needs
      proven: libvirt's qemu_firmware.c

/usr/share/qemu/firmware/62-bios.json
  25:15: note NV3307: nothing speaks for or against acpi-s3
      unknown: /fixture/bios.bin has no firmware volume: in none of its 262144 bytes a header with '_FVH'
      begins

/usr/share/qemu/firmware/64-igvm.json
  7:15: note NV3315: libvirt 11 does not know the device 'igvm' and skips the file
      proven: libvirt's qemu_firmware.c
  18:15: note NV3307: nothing speaks for or against amd-sev-snp, intel-tdx
      unknown: /fixture/guest.igvm has no firmware volume: in none of its 4096 bytes a header with '_FVH'
      begins

/usr/share/qemu/firmware/70-aarch64.json
  10:19: error NV3202: the executable, /fixture/missing/aavmf-code.fd, does not exist
      proven: the file system
  14:19: error NV3202: the template, /fixture/missing/aavmf-vars.fd, does not exist
      proven: the file system

/usr/share/qemu/firmware/40-split-raw.json.dpkg-old
  warning NV3110: '40-split-raw.json.dpkg-old' is not read, because its name does not end in .json; libvirt
  would read it
      proven: the directory

29 descriptors: 15 errors, 5 warnings, 17 notes
[exit 1]

# One of them by its name, and by its path.
$ nonvol firmware lint --root "$WORK/root" 10-unknown-feature
/usr/share/qemu/firmware/10-unknown-feature.json
  27:15: note NV3307: nothing speaks for or against acpi-s3
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins
  27:15: note NV3309: 'verbose-dynamic' is claimed by 40-split-raw.json and not by 10-unknown-feature.json,
  11-no-description-no-tags.json, 15-unknown-interface.json, 16-unknown-member.json, 20-no-targets.json, and
  all name the same code, /fixture/code.fd; the code does not tell who is right
      proven: the files are one
  29:5: warning NV3107: the feature 'warp-drive' is not known; if it is a requirement, guests may fail to boot
      proven: the descriptor itself

1 descriptor: 0 errors, 1 warning, 2 notes
[exit 1]

$ nonvol firmware lint --root "$WORK/root" "$FIXTURES/descriptors/faulty/16-unknown-member.json"
$FIXTURES/descriptors/faulty/16-unknown-member.json
  29:14: warning NV3106: the schema has no member 'featurs' here; it is ignored
      proven: the descriptor itself

1 descriptor: 0 errors, 1 warning, 0 notes
[exit 1]

$ nonvol firmware lint --root "$WORK/root" no-such
! nonvol: NV3203: no descriptor is named 'no-such'
!   try:  nonvol firmware list
[exit 3]

$ nonvol firmware lint ./no-such.json
! nonvol: NV5001: cannot examine ./no-such.json: No such file or directory
!   at:   ./no-such.json
!   try:  nonvol explain NV5001
[exit 3]

# The search directories.
$ make_root "$WORK/paths" --only 40-split-raw.json --only 41-split-2m.json --only 60-memory.json --only 61-memory-uefi-vars.json

$ mkdir -p "$WORK/paths/etc/qemu/firmware" && cd "$WORK/paths/etc/qemu/firmware" && : >40-split-raw.json && ln -s /dev/null 41-split-2m.json &&
> ln -s /nowhere 42-link.json && ln -s /nowhere leftover && cp "$FIXTURES/descriptors/sound/60-memory.json" 60-memory.json.dpkg-old &&
> cp "$FIXTURES/descriptors/sound/60-memory.json" . && cp "$FIXTURES/descriptors/sound/60-memory.json" again.json

$ nonvol firmware lint --root "$WORK/paths"
/etc/qemu/firmware/40-split-raw.json
  note NV3301: an empty file hides /usr/share/qemu/firmware/40-split-raw.json
      proven: the file's size

/etc/qemu/firmware/41-split-2m.json
  warning NV3301: a link to /dev/null is a mask to some readers only; libvirt takes
  /usr/share/qemu/firmware/41-split-2m.json all the same
      proven: the link

/etc/qemu/firmware/42-link.json
  error NV3103: the link leads to /nowhere, which does not exist
      proven: the directory

/usr/share/qemu/firmware/60-memory.json
  note NV3301: /etc/qemu/firmware/60-memory.json takes its place; readers that know nothing of directories see
  both
      proven: the files' names

/usr/share/qemu/firmware/61-memory-uefi-vars.json
  21:15: note NV3307: nothing speaks for or against secure-boot, host-uefi-vars
      unknown: /fixture/memory-vars.fd has no firmware volume: in none of its 4194304 bytes a header with
      '_FVH' begins
  22:5: note NV3315: libvirt before 12.1 ignores 'host-uefi-vars' and starts this firmware without the device
  it needs
      proven: libvirt's qemu_firmware.c

/etc/qemu/firmware/again.json
  note NV3314: 'again.json' does not begin with two digits, as the schema advises; names are taken in byte
  order
      proven: the file's name
  note NV3311: /etc/qemu/firmware/60-memory.json comes first and answers every request that this one would;
  only a guest that names its files gets it
      proven: both descriptors: features, device, mode, formats, interfaces, machines

/etc/qemu/firmware/60-memory.json.dpkg-old
  warning NV3110: '60-memory.json.dpkg-old' is not read, because its name does not end in .json; libvirt would
  read it
      proven: the directory

/etc/qemu/firmware/leftover
  error NV3315: the link leads to /nowhere, which does not exist; libvirt fails every question about firmware
  while it is there
      proven: the link

9 descriptors: 2 errors, 2 warnings, 6 notes
[exit 1]
