# Another layout: the live variables, in their order, with every field.
$ make_store --layout ovmf-2m old.fd Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3c:7:6465 Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:656e db:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3e:27:0102:2020-02-03T04:05:06Z Boot0001:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:0100

$ nonvol vars convert ./old.fd ./new.fd --to ovmf-4m --dry-run
3 variables of ./old.fd (ovmf-2m) would be written to ./new.fd (ovmf-4m)
  220 of 262,044 bytes of the store are used
  1 dead record in the source alone
  read back, and equal in every field
! note NV2343: ovmf-4m needs other firmware code than ovmf-2m: put both in place in one step; PCR 0 of the guest's TPM will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its recovery key (./old.fd)

$ test -e new.fd
[exit 1]

$ nonvol vars convert ./old.fd ./new.fd --to ovmf-4m
3 variables of ./old.fd (ovmf-2m) written to ./new.fd (ovmf-4m)
  220 of 262,044 bytes of the store are used
  1 dead record in the source alone
  read back, and equal in every field
! note NV2343: ovmf-4m needs other firmware code than ovmf-2m: put both in place in one step; PCR 0 of the guest's TPM will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its recovery key (./old.fd)

$ nonvol vars diff ./old.fd ./new.fd

$ stat -c '%s %a' new.fd
540672 600

$ nonvol vars list ./new.fd --raw
0x000064  added  8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT     2  Lang
0x0000ac  added  d719b2cb-3d3a-4596-a3bc-dad00e67656f  NV+BS+RT+AT  2  db
0x0000f0  added  8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT     2  Boot0001

$ nonvol vars convert ./new.fd ./back.fd --to ovmf-2m --json
{
  "schema": "nonvol.vars.convert/1",
  "source": {
    "guest": null,
    "path": "./new.fd",
    "in_use": false,
    "form": "ovmf-4m"
  },
  "output": {
    "path": "./back.fd",
    "form": "ovmf-2m",
    "size_bytes": 131072,
    "authenticated": true,
    "used_bytes": 220,
    "capacity_bytes": 57244
  },
  "dry_run": false,
  "replaced": false,
  "variables": 3,
  "dead_records_left_behind": 0,
  "findings": [
    {
      "id": "NV2343",
      "severity": "note",
      "message": "ovmf-2m needs other firmware code than ovmf-4m: put both in place in one step; PCR 0 of the guest's TPM will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its recovery key",
      "place": {
        "file": "./new.fd"
      },
      "hint": "nonvol explain NV2343"
    }
  ]
}
! note NV2343: ovmf-2m needs other firmware code than ovmf-4m: put both in place in one step; PCR 0 of the guest's TPM will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its recovery key (./new.fd)

$ nonvol vars diff ./old.fd ./back.fd

# Padded to the flash bank: the tail takes no room on the disk.
$ nonvol vars convert ./old.fd ./arm.fd --to armvirt-padded && stat -c '%s' arm.fd && test "$(stat -c '%b' arm.fd)" -lt 4096 && tail -c 1000000 arm.fd | tr -d '\0' | wc -c
3 variables of ./old.fd (ovmf-2m) written to ./arm.fd (armvirt-padded)
  220 of 262,044 bytes of the store are used
  1 dead record in the source alone
  read back, and equal in every field
67108864
0
! note NV2343: armvirt-padded needs other firmware code than ovmf-2m: put both in place in one step; PCR 0 of the guest's TPM will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its recovery key (./old.fd)

$ nonvol vars convert ./arm.fd ./arm-short.fd --to armvirt
3 variables of ./arm.fd (armvirt) written to ./arm-short.fd (armvirt)
  220 of 262,044 bytes of the store are used
  read back, and equal in every field

# Another form, and back.
$ nonvol vars convert ./old.fd ./q.json --to qemu-json && cat q.json
3 variables of ./old.fd (ovmf-2m) written to ./q.json (qemu-json)
  1 dead record in the source alone
  read back, and equal in every field
{
  "version": 2,
  "variables": [
    {
      "name": "Lang",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "attr": 7,
      "data": "656e"
    },
    {
      "name": "db",
      "guid": "d719b2cb-3d3a-4596-a3bc-dad00e67656f",
      "attr": 39,
      "data": "0102",
      "time": "e4070203040506000000000000000000"
    },
    {
      "name": "Boot0001",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "attr": 7,
      "data": "0100"
    }
  ]
}
! note NV2343: qemu-json needs other firmware code than ovmf-2m: put both in place in one step; PCR 0 of the guest's TPM will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its recovery key (./old.fd)

$ nonvol vars convert ./q.json ./from-q.fd --to ovmf-4m && cmp new.fd from-q.fd
3 variables of ./q.json (qemu-json) written to ./from-q.fd (ovmf-4m)
  220 of 262,044 bytes of the store are used
  read back, and equal in every field
! note NV2343: ovmf-4m needs other firmware code than qemu-json: put both in place in one step; PCR 0 of the guest's TPM will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its recovery key (./q.json)

$ for form in virt-firmware-json uefivars-json ec2; do nonvol vars convert ./old.fd ./$form --to $form >/dev/null 2>&1 && nonvol vars convert ./$form ./back-$form.fd --to ovmf-4m >/dev/null 2>&1 && cmp new.fd back-$form.fd; done

# What is there is not written over, unless it is said; owner and mode stay.
$ nonvol vars convert ./old.fd ./new.fd --to ovmf-4m
! nonvol: NV5005: ./new.fd exists
!   at:   ./new.fd
!   try:  nonvol help vars convert
[exit 4]

$ chmod 640 new.fd; nonvol vars set ./new.fd Lang --text fr >/dev/null; nonvol vars convert ./old.fd ./new.fd --to ovmf-4m --replace && stat -c %a new.fd && nonvol vars diff ./old.fd ./new.fd
3 variables of ./old.fd (ovmf-2m) written to ./new.fd (ovmf-4m), in the place of the old file
  220 of 262,044 bytes of the store are used
  1 dead record in the source alone
  read back, and equal in every field
640
! note NV2343: ovmf-4m needs other firmware code than ovmf-2m: put both in place in one step; PCR 0 of the guest's TPM will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its recovery key (./old.fd)

$ like_qemu new.fd nonvol vars convert ./old.fd ./new.fd --to ovmf-4m --replace 2>&1 | sed -E 's/pid [0-9]+/pid N/'
nonvol: NV5007: $WORK/here/new.fd is in use by python3 (pid N)
  at:   $WORK/here/new.fd
  try:  nonvol explain NV5007

$ nonvol vars convert ./old.fd ./old.fd --to ovmf-4m --replace
! nonvol: NV2347: ./old.fd is what is to be converted
!   at:   ./old.fd
!   try:  nonvol vars convert ./old.fd ./old.fd.new --to ovmf-4m
[exit 4]

$ ln -s old.fd link.fd; nonvol vars convert ./link.fd ./old.fd --to ovmf-4m --replace
! nonvol: NV2347: ./old.fd is what is to be converted
!   at:   ./old.fd
!   try:  nonvol vars convert ./link.fd ./old.fd.new --to ovmf-4m
[exit 4]

$ mkdir there; nonvol vars convert ./old.fd ./there --to ovmf-4m --replace
! nonvol: NV5005: ./there exists and is no regular file
!   at:   ./there
!   try:  nonvol help vars convert
[exit 4]

$ nonvol vars convert ./old.fd ./missing/new.fd --to ovmf-4m
! nonvol: NV5001: cannot examine ./missing: No such file or directory
!   at:   ./missing
!   try:  nonvol explain NV5001
[exit 3]

# A running guest's store can be read.
$ like_qemu old.fd nonvol vars convert ./old.fd ./running.fd --to ovmf-4m
3 variables of ./old.fd (ovmf-2m) written to ./running.fd (ovmf-4m)
  220 of 262,044 bytes of the store are used
  1 dead record in the source alone
  read back, and equal in every field
! note NV2343: ovmf-4m needs other firmware code than ovmf-2m: put both in place in one step; PCR 0 of the guest's TPM will change, and what is sealed to it (BitLocker without Secure Boot) will ask for its recovery key (./old.fd)
! warning NV2346: ./old.fd is open in a running guest, which may change its variables while they are read and afterwards (./old.fd)

# What does not fit is named, all of it; nothing is written.
$ make_store large.fd Large:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:*9000 dbx:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3f:27:*21292 Small:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:00

$ nonvol vars convert ./large.fd ./small.fd --to ovmf-2m
! nonvol: NV2341: 3 variables do not fit a store of the layout ovmf-2m: Large-8be4df61-93ca-11d2-aa0d-00e098032b8c takes 9072 bytes with header and name, ovmf-2m takes 8192 at most for one that is not authenticated
!   at:   ./small.fd
!   note: dbx-d719b2cb-3d3a-4596-a3bc-dad00e67656f takes 21360 bytes with header and name, ovmf-2m takes 10240 at most for an authenticated one
!   try:  nonvol explain NV2341
[exit 4]

$ test -e small.fd
[exit 1]

# Firmware with its code behind the variables.
$ { cat old.fd; head -c 1966080 /dev/zero | tr '\0' x; } >OVMF.fd; nonvol vars convert ./OVMF.fd ./split.fd --to ovmf-4m
! nonvol: NV2345: ./OVMF.fd has 1966080 bytes behind the volume of 131072, and they are no padding: it holds the firmware's code too
!   at:   ./OVMF.fd, byte 0x20000
!   try:  head -c 131072 ./OVMF.fd > store.fd
[exit 4]

# Damage first.
$ cp old.fd damaged.fd; poke damaged.fd 0x66 11; nonvol vars convert ./damaged.fd ./whole.fd --to ovmf-4m
! nonvol: NV2340: ./damaged.fd is damaged, and the damage may hide variables: variable record at offset 0x64 of ./damaged.fd: its state is 0x11, edk2 writes 0x7f, 0x3f, 0x3e, 0x3d and 0x3c; x86 firmware passes over the variable, ARM firmware formats the store
!   at:   ./damaged.fd, byte 0x66
!   try:  nonvol vars repair ./damaged.fd --dry-run
[exit 5]

$ nonvol vars convert ./old.fd ./plain.fd --to armvirt --plain
! nonvol: NV2306: 1 of 3 variables have a time stamp, a count, a key index or authenticated access, and the records of a plain store have no place for them
!   at:   ./plain.fd
!   note: db-d719b2cb-3d3a-4596-a3bc-dad00e67656f
!   try:  nonvol explain NV2306
[exit 4]

$ nonvol vars convert ./old.fd ./plain.json --to qemu-json --plain
! nonvol: NV1006: --plain is of flash stores, and qemu-json is none
!   try:  nonvol help vars convert
[exit 2]

$ nonvol vars convert ./old.fd ./what.fd
! nonvol: NV1001: --to says what the new file is to be, and is missing
!   try:  nonvol help vars convert
[exit 2]

$ nonvol vars convert ./old.fd ./what.fd --to ovmf-8m
! nonvol: NV1001: --to is 'ovmf-8m', and must be one of ovmf-2m, ovmf-4m, armvirt, armvirt-padded, qemu-json, virt-firmware-json, uefivars-json, ec2
!   try:  nonvol vars convert --help
[exit 2]
