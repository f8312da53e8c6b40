$ nonvol blob format ./a.nv --entry boot:4032 --entry none:16 --entry vars:8:plain --uuid 00112233-4455-4677-8899-aabbccddeeff
created ./a.nv: 45,056 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  4,032 bytes  at 16,384
  none  atomic  16 bytes     at 28,672
  vars  plain   8 bytes      at 40,960

# Old or new: one write, the other slot each time. Two flushes: what an earlier process wrote may not have had its own.
$ printf one >one; nonvol blob put ./a.nv boot -i one --dry-run; nonvol blob list ./a.nv
would write 'boot': 3 bytes, generation 1
  4,096 bytes  at 16,384  slot A of 'boot'
  2 flushes
image        ./a.nv, 45,056 bytes
layout       version 1, crc32c, directory generation 0
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        20,378 bytes
NAME  KIND    STATE          USED  CAPACITY  GENERATION
boot  atomic  never-written  0     4,032     0
none  atomic  never-written  0     16        0
vars  plain   present        8     8         -

$ nonvol blob put ./a.nv boot -i one
wrote 'boot': 3 bytes, generation 1
  4,096 bytes  at 16,384  slot A of 'boot'
  2 flushes

$ printf two | nonvol blob put ./a.nv boot -i - --json
{
  "schema": "nonvol.blob.put/1",
  "image": "./a.nv",
  "dry_run": false,
  "nothing_to_do": false,
  "entry": {
    "name": "boot",
    "kind": "atomic",
    "capacity_bytes": 4032,
    "encrypted": false,
    "offset_bytes": 16384,
    "used_bytes": 3
  },
  "generation_before": 1,
  "generation_after": 2,
  "writes": [
    {
      "offset_bytes": 20480,
      "size_bytes": 4096,
      "what": "slot B of 'boot'"
    }
  ],
  "flushes": 2
}

$ printf two | nonvol blob put ./a.nv boot
'boot' holds exactly that already; nothing to do

$ printf two | nonvol blob put ./a.nv boot --json
{
  "schema": "nonvol.blob.put/1",
  "image": "./a.nv",
  "dry_run": false,
  "nothing_to_do": true,
  "entry": {
    "name": "boot",
    "kind": "atomic",
    "capacity_bytes": 4032,
    "encrypted": false,
    "offset_bytes": 16384,
    "used_bytes": 3
  },
  "generation_before": 2,
  "generation_after": 2,
  "writes": [],
  "flushes": 1
}

$ nonvol blob put ./a.nv boot -i <(head -c 4032 /dev/zero)
wrote 'boot': 4,032 bytes, generation 3
  4,096 bytes  at 16,384  slot A of 'boot'
  2 flushes

$ : | nonvol blob put ./a.nv boot; nonvol blob get ./a.nv boot; nonvol blob list ./a.nv --json
wrote 'boot': 0 bytes, generation 4
  4,096 bytes  at 20,480  slot B of 'boot'
  2 flushes
{
  "schema": "nonvol.blob.list/1",
  "image": "./a.nv",
  "uuid": "00112233-4455-4677-8899-aabbccddeeff",
  "format_version": 1,
  "integrity": "crc32c",
  "seed_layout": false,
  "image_bytes": 45056,
  "encrypted": false,
  "directory_generation": 0,
  "slack_bytes": 20378,
  "entries": [
    {
      "name": "boot",
      "kind": "atomic",
      "capacity_bytes": 4032,
      "encrypted": false,
      "offset_bytes": 16384,
      "state": "present",
      "used_bytes": 0,
      "generation": 4
    },
    {
      "name": "none",
      "kind": "atomic",
      "capacity_bytes": 16,
      "encrypted": false,
      "offset_bytes": 28672,
      "state": "never-written",
      "used_bytes": 0,
      "generation": 0
    },
    {
      "name": "vars",
      "kind": "plain",
      "capacity_bytes": 8,
      "encrypted": false,
      "offset_bytes": 40960,
      "state": "present",
      "used_bytes": 8,
      "generation": 0
    }
  ],
  "findings": []
}

# Reading.
$ printf 'some bytes' | nonvol blob put ./a.nv boot; nonvol blob get ./a.nv boot
wrote 'boot': 10 bytes, generation 5
  4,096 bytes  at 16,384  slot A of 'boot'
  2 flushes
some bytes
[no newline at the end]

$ nonvol blob get ./a.nv boot -o out; stat -c %a out; cat out; ls -A
600
some bytesa.nv
one
out
! wrote 10 bytes to out

$ nonvol blob get ./a.nv boot --json
{
  "schema": "nonvol.blob.get/1",
  "image": "./a.nv",
  "entry": {
    "name": "boot",
    "kind": "atomic",
    "capacity_bytes": 4032,
    "encrypted": false,
    "offset_bytes": 16384,
    "generation": 5,
    "used_bytes": 10,
    "data_hex": "736f6d65206279746573"
  }
}

$ nonvol blob get ./a.nv boot -o out --json --expect-generation 5
{
  "schema": "nonvol.blob.get/1",
  "image": "./a.nv",
  "entry": {
    "name": "boot",
    "kind": "atomic",
    "capacity_bytes": 4032,
    "encrypted": false,
    "offset_bytes": 16384,
    "generation": 5,
    "used_bytes": 10
  }
}
! wrote 10 bytes to out

$ nonvol blob get ./a.nv boot --expect-generation 4
! nonvol: NV7208: 'boot' has generation 5, expected is 4
!   at:   ./a.nv, byte 0x4000
!   try:  nonvol blob list ./a.nv
[exit 1]

$ nonvol blob get ./a.nv vars --expect-generation 4
! nonvol: NV1006: 'vars' is plain and has no generation
!   try:  nonvol blob list ./a.nv
[exit 2]

$ nonvol blob get ./a.nv boot -o ./a.nv
! nonvol: NV1006: ./a.nv is the image itself
!   at:   ./a.nv
!   try:  nonvol help blob get
[exit 2]

$ nonvol blob get ./a.nv boot -o /dev/null
! nonvol: NV5005: /dev/null exists and is no regular file
!   at:   /dev/null
!   try:  nonvol explain NV5005
[exit 4]

$ ln -s out link; printf changed | nonvol blob put ./a.nv boot; nonvol blob get ./a.nv boot -o link; cat out; test -L link
wrote 'boot': 7 bytes, generation 6
  4,096 bytes  at 20,480  slot B of 'boot'
  2 flushes
changed
[no newline at the end]
! wrote 7 bytes to link

$ nonvol blob get ./a.nv none
! nonvol: NV7201: 'none' holds nothing: it was never written
!   at:   ./a.nv, byte 0x7000
!   try:  nonvol explain NV7201
[exit 3]

$ nonvol blob get ./a.nv None --json
{
  "schema": "nonvol.error/1",
  "id": "NV7202",
  "exit_code": 3,
  "message": "./a.nv has no entry 'None'",
  "place": {
    "file": "./a.nv"
  },
  "notes": [],
  "hint": "nonvol blob list ./a.nv"
}
! nonvol: NV7202: ./a.nv has no entry 'None'
!   at:   ./a.nv
!   try:  nonvol blob list ./a.nv
[exit 3]

# More than fits, and input that cannot be had.
$ cp a.nv before; head -c 4033 /dev/zero | nonvol blob put ./a.nv boot; cmp a.nv before
! nonvol: NV7206: 'boot' holds up to 4032 bytes, the input has more
!   at:   ./a.nv, byte 0x4000
!   try:  nonvol blob resize ./a.nv --entry boot:SIZE

$ nonvol blob put ./a.nv none -i /dev/zero; cmp a.nv before
! nonvol: NV7206: 'none' holds up to 16 bytes, the input has more
!   at:   ./a.nv, byte 0x7000
!   try:  nonvol blob resize ./a.nv --entry none:SIZE

$ nonvol blob put ./a.nv boot -i missing; nonvol blob put ./a.nv None -i one; cmp a.nv before
! nonvol: NV5001: cannot open missing: No such file or directory
!   at:   missing
!   try:  nonvol explain NV5001
! nonvol: NV7202: ./a.nv has no entry 'None'
!   at:   ./a.nv
!   try:  nonvol blob list ./a.nv

$ printf x | nonvol blob put ./a.nv boot --fill 00; cmp a.nv before
! nonvol: NV1006: 'boot' is atomic and holds as many bytes as are put; --fill is for plain entries
!   try:  nonvol blob list ./a.nv

# Plain entries are all of their bytes.
$ printf 1234567 | nonvol blob put ./a.nv vars
! nonvol: NV7207: 'vars' is plain and has 8 bytes, these are 7
!   at:   ./a.nv, byte 0xa000
!   try:  nonvol explain NV7207
[exit 4]

$ printf 1234567 | nonvol blob put ./a.nv vars --fill f; printf 1234567 | nonvol blob put ./a.nv vars --fill 2E --dry-run
would write 'vars': 8 bytes
  8 bytes  at 40,960  blob of 'vars'
  1 flush
! nonvol: NV1001: --fill is 'f', and must be two hexadecimal digits
!   try:  nonvol help blob put

$ printf 1234567 | nonvol blob put ./a.nv vars --fill 2e; nonvol blob get ./a.nv vars
wrote 'vars': 8 bytes
  8 bytes  at 40,960  blob of 'vars'
  1 flush
1234567.
[no newline at the end]

$ printf 1234567. | nonvol blob put ./a.nv vars
'vars' holds exactly that already; nothing to do

$ nonvol blob delete ./a.nv vars --fill 2b --json; nonvol blob get ./a.nv vars
{
  "schema": "nonvol.blob.delete/1",
  "image": "./a.nv",
  "dry_run": false,
  "nothing_to_do": false,
  "entry": {
    "name": "vars",
    "kind": "plain",
    "capacity_bytes": 8,
    "encrypted": false,
    "offset_bytes": 40960,
    "used_bytes": 8
  },
  "generation_before": null,
  "generation_after": null,
  "writes": [
    {
      "offset_bytes": 40960,
      "size_bytes": 8,
      "what": "blob of 'vars'"
    }
  ],
  "flushes": 1
}
++++++++
[no newline at the end]

$ nonvol blob delete ./a.nv vars; nonvol blob delete ./a.nv vars; nonvol blob get ./a.nv vars | od -A n -t x1
filled 'vars': 8 bytes
  8 bytes  at 40,960  blob of 'vars'
  1 flush
'vars' holds exactly that already; nothing to do
 00 00 00 00 00 00 00 00

# Deleted is neither never written nor empty.
$ nonvol blob delete ./a.nv boot --dry-run; nonvol blob delete ./a.nv boot --json; nonvol blob delete ./a.nv boot
would delete 'boot', generation 7
  4,096 bytes  at 16,384  slot A of 'boot'
  2 flushes
{
  "schema": "nonvol.blob.delete/1",
  "image": "./a.nv",
  "dry_run": false,
  "nothing_to_do": false,
  "entry": {
    "name": "boot",
    "kind": "atomic",
    "capacity_bytes": 4032,
    "encrypted": false,
    "offset_bytes": 16384,
    "used_bytes": 0
  },
  "generation_before": 6,
  "generation_after": 7,
  "writes": [
    {
      "offset_bytes": 16384,
      "size_bytes": 4096,
      "what": "slot A of 'boot'"
    }
  ],
  "flushes": 2
}
'boot' holds nothing already; nothing to do

$ nonvol blob get ./a.nv boot; nonvol blob delete ./a.nv none --json
{
  "schema": "nonvol.blob.delete/1",
  "image": "./a.nv",
  "dry_run": false,
  "nothing_to_do": true,
  "entry": {
    "name": "none",
    "kind": "atomic",
    "capacity_bytes": 16,
    "encrypted": false,
    "offset_bytes": 28672,
    "used_bytes": 0
  },
  "generation_before": 0,
  "generation_after": 0,
  "writes": [],
  "flushes": 1
}
! nonvol: NV7201: 'boot' holds nothing: it was deleted
!   at:   ./a.nv, byte 0x4000
!   try:  nonvol explain NV7201

$ nonvol blob delete ./a.nv boot --fill 00; nonvol blob delete ./a.nv None
! nonvol: NV1006: 'boot' is atomic and can be absent; --fill is for plain entries
!   try:  nonvol blob list ./a.nv
! nonvol: NV7202: ./a.nv has no entry 'None'
!   at:   ./a.nv
!   try:  nonvol blob list ./a.nv
[exit 3]

$ nonvol blob list ./a.nv
image        ./a.nv, 45,056 bytes
layout       version 1, crc32c, directory generation 0
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        20,378 bytes
NAME  KIND    STATE          USED  CAPACITY  GENERATION
boot  atomic  deleted        0     4,032     7
none  atomic  never-written  0     16        0
vars  plain   present        8     8         -

# The same on the seed's layout.
$ nonvol blob format ./s.nv --seed-layout --entry a:4 --entry b:4; printf data | nonvol blob put ./s.nv b; nonvol blob get ./s.nv b; nonvol blob list ./s.nv
created ./s.nv: 36 bytes, seed layout
  a  plain  4 bytes  at 21
  b  plain  4 bytes  at 32
wrote 'b': 4 bytes
  4 bytes  at 32  blob of 'b'
  1 flush
dataimage        ./s.nv, 36 bytes
layout       seed: no generations, no digests, no UUID
slack        0 bytes
NAME  KIND   STATE    USED  CAPACITY  GENERATION
a     plain  present  4     4         -
b     plain  present  4     4         -

$ nonvol blob list ./s.nv --json; nonvol blob delete ./s.nv b; nonvol blob check ./s.nv
{
  "schema": "nonvol.blob.list/1",
  "image": "./s.nv",
  "uuid": null,
  "format_version": null,
  "integrity": null,
  "seed_layout": true,
  "image_bytes": 36,
  "encrypted": false,
  "directory_generation": null,
  "slack_bytes": 0,
  "entries": [
    {
      "name": "a",
      "kind": "plain",
      "capacity_bytes": 4,
      "encrypted": false,
      "offset_bytes": 21,
      "state": "present",
      "used_bytes": 4,
      "generation": 0
    },
    {
      "name": "b",
      "kind": "plain",
      "capacity_bytes": 4,
      "encrypted": false,
      "offset_bytes": 32,
      "state": "present",
      "used_bytes": 4,
      "generation": 0
    }
  ],
  "findings": []
}
filled 'b': 4 bytes
  4 bytes  at 32  blob of 'b'
  1 flush
./s.nv: 2 entries, 0 slots read; clean

# One process writes, and says who it is; reading goes on. The writer here waits for its input.
$ mkfifo pipe; nonvol blob put ./a.nv none -i pipe & exec 3>pipe; printf x | nonvol blob put ./a.nv boot --wait-ms 0 2>&1 | sed 's/pid [0-9]*/pid N/'; nonvol blob get ./a.nv vars | od -A n -t x1; printf mine >&3; exec 3>&-; wait; nonvol blob get ./a.nv none
nonvol: NV5007: ./a.nv is in use by nonvol (pid N)
  at:   ./a.nv
  try:  nonvol explain NV5007
 00 00 00 00 00 00 00 00
wrote 'none': 4 bytes, generation 1
  4,096 bytes  at 28,672  slot A of 'none'
  2 flushes
mine
[no newline at the end]

$ nonvol blob list a; nonvol blob list ./missing.nv; nonvol blob list .
! nonvol: NV4001: 'a' would be a guest, and guests have no NVRAM image yet; a path has a '/' or '.' in it
!   try:  nonvol blob list ./a
! nonvol: NV5001: cannot open ./missing.nv: No such file or directory
!   at:   ./missing.nv
!   try:  nonvol explain NV5001
! nonvol: NV5003: cannot open .: Is a directory
!   at:   .
!   try:  nonvol explain NV5003
[exit 6]
