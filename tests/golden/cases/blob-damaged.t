# Each way to be wrong has its own id, and nothing is ever written to such an image. Entry boot: slot A at 16384, slot B at
# 20480; the directory: 4096 and 8192.
$ nonvol blob format ./good.nv --entry boot:100 --entry vars:100:plain --uuid 00112233-4455-4677-8899-aabbccddeeff --reserve 32K >out; for n in 1 2 3 4; do printf "content $n" | nonvol blob put ./good.nv boot >>out; cp good.nv "$n.nv"; done; nonvol blob check ./good.nv --scrub
./good.nv: 2 entries, 2 slots read, all 69,632 bytes read; clean

# Empty, something else, cut, too long.
$ : >x.nv; nonvol blob list ./x.nv
! nonvol: NV7101: ./x.nv is empty: it has no bytes
!   at:   ./x.nv
!   try:  nonvol blob format ./x.nv --entry NAME:SIZE
[exit 3]

$ truncate -s 1M x.nv; printf x | nonvol blob put ./x.nv boot
! nonvol: NV7101: ./x.nv is empty: all of its 1048576 bytes are zero
!   at:   ./x.nv
!   try:  nonvol blob format ./x.nv --entry NAME:SIZE
[exit 3]

$ echo text >x.nv; nonvol blob list ./x.nv
! nonvol: NV7102: ./x.nv does not begin with an ASN.1 SEQUENCE
!   at:   ./x.nv, byte 0x0
!   try:  nonvol explain NV7102
[exit 5]

$ head -c 20000 good.nv >x.nv; nonvol blob list ./x.nv
! nonvol: NV7104: the image says it is 69632 bytes long, ./x.nv has 20000
!   at:   ./x.nv, byte 0x1
!   try:  nonvol explain NV7104
[exit 5]

$ cp good.nv x.nv; printf more >>x.nv; nonvol blob list ./x.nv --json
{
  "schema": "nonvol.error/1",
  "id": "NV7104",
  "exit_code": 5,
  "message": "the image says it is 69632 bytes long, ./x.nv has 69636",
  "place": {
    "file": "./x.nv",
    "offset_bytes": 1
  },
  "notes": [],
  "hint": "nonvol explain NV7104"
}
! nonvol: NV7104: the image says it is 69632 bytes long, ./x.nv has 69636
!   at:   ./x.nv, byte 0x1
!   try:  nonvol explain NV7104
[exit 5]

# The framing: a tag, a name.
$ cp good.nv x.nv; poke x.nv 17 31; nonvol blob list ./x.nv
! nonvol: NV7105: the element at byte 17 has the tag 0x31, neither an entry (0x30) nor slack (0x80)
!   at:   ./x.nv, byte 0x11
!   try:  openssl asn1parse -inform DER -in ./x.nv
[exit 5]

$ cp good.nv x.nv; poke x.nv 16382 ff; cp x.nv y.nv; nonvol blob list ./x.nv; printf x | nonvol blob put ./x.nv boot; nonvol blob check ./x.nv; cmp x.nv y.nv
image        ./x.nv, 69,632 bytes
layout       version 1, crc32c, directory generation 0
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        unknown
NAME  KIND    STATE    USED  CAPACITY  GENERATION
boot  atomic  damaged  ?     100       ?
vars  plain   present  100   100       -
./x.nv: 2 entries, 0 slots read; 2 findings
! error NV7105: the blob of 'boot' is no OCTET STRING that fills the rest of its entry (./x.nv, byte 0x3ff2)
! error NV7105: the octets in front of the blob of 'boot' are not those of an entry of this name and size (./x.nv, byte 0x3ff2)
! nonvol: NV7105: the octets in front of the blob of 'boot' are not those of an entry of this name and size
!   at:   ./x.nv, byte 0x3ff2
!   try:  nonvol blob dump ./x.nv
! error NV7105: the blob of 'boot' is no OCTET STRING that fills the rest of its entry (./x.nv, byte 0x3ff2)
! error NV7105: the octets in front of the blob of 'boot' are not those of an entry of this name and size (./x.nv, byte 0x3ff2)

$ nonvol blob format ./s.nv --seed-layout --entry aa:4 --entry ab:4 >out; poke s.nv "$(grep -abo ab s.nv | cut -d: -f1)" 6161; nonvol blob list ./s.nv
! nonvol: NV7106: two entries are named 'aa'
!   at:   ./s.nv, byte 0x1a
!   try:  nonvol explain NV7106
[exit 5]

$ nonvol blob format ./s2.nv --seed-layout --entry aa:4 --entry ab:4 >out; poke s2.nv "$(grep -abo ab s2.nv | cut -d: -f1)" 6107; nonvol blob list ./s2.nv
! nonvol: NV7107: the name of the entry at byte 26 has a control character in it
!   at:   ./s2.nv, byte 0x1a
!   try:  nonvol explain NV7107
[exit 5]

# Format writes the first page last.
$ cp good.nv x.nv; poke x.nv 0 "$(printf '00%.0s' {1..4096})"; nonvol blob list ./x.nv
! nonvol: NV7113: ./x.nv begins with zeros but is not empty: formatting it was not finished
!   at:   ./x.nv, byte 0x0
!   try:  nonvol blob format ./x.nv --lose-contents --entry NAME:SIZE
[exit 5]

# The directory: one slot is enough, none is not.
$ cp good.nv x.nv; nonvol blob add ./x.nv --entry more:10 >out; poke x.nv 8300 ff; nonvol blob list ./x.nv; nonvol blob check ./x.nv
image        ./x.nv, 69,632 bytes
layout       version 1, crc32c, directory generation 1
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        44,865 bytes
NAME  KIND    STATE          USED  CAPACITY  GENERATION
boot  atomic  present        9     100       4
vars  plain   present        100   100       -
more  atomic  never-written  0     10        0
./x.nv: 3 entries, 4 slots read; 1 finding
! warning NV7203: of the directory, slot B does not have the digest that its header says; the other slot is good (./x.nv, byte 0x1000)
! warning NV7203: of the directory, slot B does not have the digest that its header says; the other slot is good (./x.nv, byte 0x1000)
[exit 1]

$ cp good.nv x.nv; poke x.nv 8300 ff; nonvol blob list ./x.nv
! nonvol: NV7109: the directory cannot be read: slot A is all zeros, slot B does not have the digest that its header says
!   at:   ./x.nv, byte 0x1000
!   try:  nonvol blob dump ./x.nv
[exit 5]

# What the directory says, with a digest that fits: another version, a name twice, one blob on another's place.
$ cp good.nv x.nv; poke_directory x.nv 0201010410 0201020410; nonvol blob list ./x.nv
! nonvol: NV7110: the image has format version 2, this program knows 1
!   at:   ./x.nv
!   try:  nonvol blob dump ./x.nv
[exit 5]

$ cp good.nv x.nv; poke_directory x.nv 0c0476617273 0c04626f6f74; nonvol blob list ./x.nv
! nonvol: NV7106: the directory lists 'boot' twice
!   at:   ./x.nv
!   try:  nonvol blob dump ./x.nv
[exit 5]

$ cp good.nv x.nv; poke_directory x.nv 02027000 02024000; nonvol blob list ./x.nv; printf x | nonvol blob put ./x.nv vars --fill 00
! nonvol: NV7112: 'boot' and 'vars' overlap at byte 16384
!   at:   ./x.nv
!   try:  nonvol blob dump ./x.nv
! nonvol: NV7112: 'boot' and 'vars' overlap at byte 16384
!   at:   ./x.nv
!   try:  nonvol blob dump ./x.nv
[exit 5]

# An entry that the framing calls otherwise is neither read nor written.
$ cp good.nv x.nv; poke_directory x.nv 0c0476617273 0c0477617273; cp x.nv y.nv; nonvol blob check ./x.nv; nonvol blob get ./x.nv wars
./x.nv: 2 entries, 2 slots read; 3 findings
! error NV7109: the framing has an entry 'vars' of 100 bytes, the directory does not (./x.nv, byte 0x6ff6)
! error NV7109: the directory has an entry 'wars' that is neither in the framing nor inside slack (./x.nv, byte 0x7000)
! error NV7105: the octets in front of the blob of 'wars' are not those of an entry of this name and size (./x.nv, byte 0x6ff6)
! nonvol: NV7105: the octets in front of the blob of 'wars' are not those of an entry of this name and size
!   at:   ./x.nv, byte 0x6ff6
!   try:  nonvol blob dump ./x.nv
[exit 5]

$ printf x | nonvol blob put ./x.nv wars --fill 00; nonvol blob delete ./x.nv wars; cmp x.nv y.nv
! nonvol: NV7105: the octets in front of the blob of 'wars' are not those of an entry of this name and size
!   at:   ./x.nv, byte 0x6ff6
!   try:  nonvol blob dump ./x.nv
! nonvol: NV7105: the octets in front of the blob of 'wars' are not those of an entry of this name and size
!   at:   ./x.nv, byte 0x6ff6
!   try:  nonvol blob dump ./x.nv

# A damaged slot beside a good one is found, not fatal, and mended by the next write, also of the same content.
$ cp good.nv x.nv; poke x.nv 16450 ff; nonvol blob get ./x.nv boot; nonvol blob check ./x.nv --json
content 4{
  "schema": "nonvol.blob.check/1",
  "image": "./x.nv",
  "uuid": "00112233-4455-4677-8899-aabbccddeeff",
  "format_version": 1,
  "integrity": "crc32c",
  "seed_layout": false,
  "image_bytes": 69632,
  "encrypted": false,
  "directory_generation": 0,
  "scrub": false,
  "unlocked": false,
  "entries": 2,
  "slots_read": 2,
  "damaged_slots": 1,
  "read_bytes": 0,
  "findings": [
    {
      "id": "NV7203",
      "severity": "warning",
      "message": "of 'boot', slot A does not have the digest that its header says; the other slot is good",
      "place": {
        "file": "./x.nv",
        "offset_bytes": 16384
      },
      "hint": "nonvol explain NV7203"
    }
  ]
}
! warning NV7203: of 'boot', slot A does not have the digest that its header says; the other slot is good (./x.nv, byte 0x4000)
[exit 1]

$ nonvol blob list ./x.nv; printf 'content 4' | nonvol blob put ./x.nv boot; nonvol blob check ./x.nv
image        ./x.nv, 69,632 bytes
layout       version 1, crc32c, directory generation 0
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        53,071 bytes
NAME  KIND    STATE    USED  CAPACITY  GENERATION
boot  atomic  present  9     100       4
vars  plain   present  100   100       -
wrote 'boot': 9 bytes, generation 5
  4,096 bytes  at 16,384  slot A of 'boot'
  2 flushes
./x.nv: 2 entries, 2 slots read; clean
! warning NV7203: of 'boot', slot A does not have the digest that its header says; the other slot is good (./x.nv, byte 0x4000)

$ cp good.nv x.nv; poke x.nv 20550 ff; nonvol blob get ./x.nv boot; nonvol blob check ./x.nv --expect-generation boot=4
content 3./x.nv: 2 entries, 2 slots read; 2 findings
! warning NV7203: of 'boot', slot B does not have the digest that its header says; the other slot is good (./x.nv, byte 0x4000)
! error NV7208: 'boot' has generation 3, expected is 4 (./x.nv, byte 0x4000)
[exit 1]

# Neither slot.
$ poke x.nv 16450 ff; cp x.nv y.nv; nonvol blob get ./x.nv boot; nonvol blob list ./x.nv
image        ./x.nv, 69,632 bytes
layout       version 1, crc32c, directory generation 0
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        53,071 bytes
NAME  KIND    STATE    USED  CAPACITY  GENERATION
boot  atomic  damaged  ?     100       ?
vars  plain   present  100   100       -
! nonvol: NV7204: the blob of 'boot' cannot be read: slot A does not have the digest that its header says, slot B does not have the digest that its header says
!   at:   ./x.nv, byte 0x4000
!   try:  nonvol blob dump ./x.nv boot
! error NV7204: the blob of 'boot' cannot be read: slot A does not have the digest that its header says, slot B does not have the digest that its header says (./x.nv, byte 0x4000)
[exit 5]

$ nonvol blob check ./x.nv; nonvol blob delete ./x.nv boot; printf new | nonvol blob put ./x.nv boot; cmp x.nv y.nv
./x.nv: 2 entries, 2 slots read; 1 finding
! error NV7204: the blob of 'boot' cannot be read: slot A does not have the digest that its header says, slot B does not have the digest that its header says (./x.nv, byte 0x4000)
! nonvol: NV7204: the blob of 'boot' cannot be read: slot A does not have the digest that its header says, slot B does not have the digest that its header says
!   at:   ./x.nv, byte 0x4000
!   try:  nonvol blob dump ./x.nv boot
! nonvol: NV7204: the blob of 'boot' cannot be read: slot A does not have the digest that its header says, slot B does not have the digest that its header says
!   at:   ./x.nv, byte 0x4000
!   try:  nonvol blob dump ./x.nv boot

$ printf new | nonvol blob put ./x.nv boot --lose-damaged; nonvol blob get ./x.nv boot
wrote 'boot': 3 bytes, generation 5
  4,096 bytes  at 16,384  slot A of 'boot'
  2 flushes
new
[no newline at the end]

# Slot A of generation 1 beside slot B of generation 4.
$ cp good.nv x.nv; dd if=1.nv of=x.nv bs=4096 skip=4 seek=4 count=1 conv=notrunc status=none; cp x.nv y.nv; nonvol blob get ./x.nv boot; nonvol blob list ./x.nv --json; nonvol blob check ./x.nv; printf x | nonvol blob put ./x.nv boot; cmp x.nv y.nv
{
  "schema": "nonvol.blob.list/1",
  "image": "./x.nv",
  "uuid": "00112233-4455-4677-8899-aabbccddeeff",
  "format_version": 1,
  "integrity": "crc32c",
  "seed_layout": false,
  "image_bytes": 69632,
  "encrypted": false,
  "directory_generation": 0,
  "slack_bytes": 53071,
  "entries": [
    {
      "name": "boot",
      "kind": "atomic",
      "capacity_bytes": 100,
      "encrypted": false,
      "offset_bytes": 16384,
      "state": "rolled-back",
      "used_bytes": 9,
      "generation": 4
    },
    {
      "name": "vars",
      "kind": "plain",
      "capacity_bytes": 100,
      "encrypted": false,
      "offset_bytes": 28672,
      "state": "present",
      "used_bytes": 100,
      "generation": 0
    }
  ],
  "findings": [
    {
      "id": "NV7205",
      "severity": "error",
      "message": "the slots of 'boot' hold generations that do not follow each other",
      "place": {
        "file": "./x.nv",
        "offset_bytes": 16384
      },
      "hint": "nonvol explain NV7205"
    }
  ]
}
./x.nv: 2 entries, 2 slots read; 1 finding
! nonvol: NV7205: the slots of 'boot' hold the generations 1 and 4, which do not follow each other
!   at:   ./x.nv, byte 0x4000
!   try:  nonvol blob dump ./x.nv boot
! error NV7205: the slots of 'boot' hold generations that do not follow each other (./x.nv, byte 0x4000)
! error NV7205: the slots of 'boot' hold the generations 1 and 4, which do not follow each other (./x.nv, byte 0x4000)
! nonvol: NV7205: the slots of 'boot' hold the generations 1 and 4, which do not follow each other
!   at:   ./x.nv, byte 0x4000
!   try:  nonvol blob dump ./x.nv boot

# All of the image put back: only who noted the generation can tell.
$ nonvol blob check ./3.nv; nonvol blob check ./3.nv --expect-generation boot=4 --expect-generation gone=1; nonvol blob check ./3.nv --expect-generation boot
./3.nv: 2 entries, 2 slots read; clean
./3.nv: 2 entries, 2 slots read; 2 findings
! error NV7208: 'boot' has generation 3, expected is 4 (./3.nv, byte 0x4000)
! error NV7202: 'gone' is expected at generation 1 and is not there (./3.nv, byte 0x0)
! nonvol: NV1001: --expect-generation is 'boot', and must be NAME=N
!   try:  nonvol help blob check
[exit 2]

# Copying damage is refused.
$ nonvol blob resize ./x.nv --entry boot:200; cmp x.nv y.nv; ls -A | grep '^[.]'
! nonvol: NV7205: the slots of 'boot' hold the generations 1 and 4, which do not follow each other
!   at:   ./x.nv, byte 0x4000
!   try:  nonvol blob dump ./x.nv boot
[exit 1]
