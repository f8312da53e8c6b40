# Each header field and record damaged alone. Nothing is ever written to such a store.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable More:8be4df61-93ca-11d2-aa0d-00e098032b8c:01 good.fd

# Not a store at all; blank; cut off.
$ echo 'not a store' >text.fd; nonvol vars list ./text.fd
! nonvol: NV2101: ./text.fd has 12 bytes, a firmware volume header has 72
!   at:   ./text.fd, byte 0x0
!   try:  nonvol explain NV2101
[exit 5]

$ truncate -s 540672 zero.fd; nonvol vars list ./zero.fd
blank store (all zero): no variables
! note NV2209: ./zero.fd is blank: 68096 of its 540672 bytes were looked at and all are 0x00 (./zero.fd)

$ head -c 200000 good.fd >short.fd; nonvol vars list ./short.fd
! nonvol: NV2103: firmware volume length at offset 0x20 of ./short.fd: says 540672 bytes, the file has 200000
!   at:   ./short.fd, byte 0x20
!   try:  nonvol vars repair ./short.fd --dry-run
[exit 5]

# The volume header: checksum, length, block map, header length, revision.
$ cp good.fd x.fd; poke x.fd 0x32 0000; nonvol vars list ./x.fd
! nonvol: NV2102: firmware volume checksum at offset 0x32 of ./x.fd: says 0x0000, the rest of the header needs 0xb8af; edk2's flash drivers erase the whole file at this
!   at:   ./x.fd, byte 0x32
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ cp good.fd x.fd; poke x.fd 0x20 0000100000000000; nonvol vars list ./x.fd
! nonvol: NV2103: firmware volume length at offset 0x20 of ./x.fd: says 1048576 bytes, the file has 540672
!   at:   ./x.fd, byte 0x20
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ cp good.fd x.fd; poke x.fd 0x38 01000000; nonvol vars list ./x.fd
! nonvol: NV2104: block map at offset 0x38 of ./x.fd: covers 4096 bytes, the volume has 540672
!   at:   ./x.fd, byte 0x38
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ cp good.fd x.fd; poke x.fd 0x30 4a00; nonvol vars list ./x.fd
! nonvol: NV2105: firmware volume header length at offset 0x30 of ./x.fd: says 74 bytes, edk2 writes 72
!   at:   ./x.fd, byte 0x30
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ cp good.fd x.fd; poke x.fd 0x37 01; nonvol vars list ./x.fd
! nonvol: NV2105: firmware volume revision at offset 0x37 of ./x.fd: is 1, edk2 writes 2
!   at:   ./x.fd, byte 0x37
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

# The header erased, data behind it.
$ cp good.fd x.fd; poke x.fd 0 "$(printf 'ff%.0s' {1..4096})"; nonvol vars list ./x.fd
! nonvol: NV2106: header of ./x.fd is erased, yet data lies behind it: the first 65536 bytes are all 0xff, offset 0x41000 holds 0x2b
!   at:   ./x.fd, byte 0x0
!   note: the spare area can still hold the complete old content; firmware would erase it
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

# The store header: signature, format, state, size.
$ cp good.fd x.fd; poke x.fd 0x48 00; nonvol vars list ./x.fd
! nonvol: NV2201: variable store signature at offset 0x48 of ./x.fd: is aaf32c00-947b-439a-a180-2e144ec37792, edk2 has aaf32c78-947b-439a-a180-2e144ec37792 (authenticated) or ddcf3616-3275-4164-98b6-fe85707ffe7d (plain)
!   at:   ./x.fd, byte 0x48
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ cp good.fd x.fd; poke x.fd 0x5c 00; nonvol vars list ./x.fd
! nonvol: NV2202: variable store format at offset 0x5c of ./x.fd: is 0x00, a healthy store has 0x5a
!   at:   ./x.fd, byte 0x5c
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ cp good.fd x.fd; poke x.fd 0x5d ff; nonvol vars list ./x.fd
! nonvol: NV2202: variable store state at offset 0x5d of ./x.fd: is 0xff, a healthy store has 0xfe
!   at:   ./x.fd, byte 0x5d
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ cp good.fd x.fd; poke x.fd 0x58 ffffff00; nonvol vars list ./x.fd
! nonvol: NV2203: variable store size at offset 0x58 of ./x.fd: says 16777215 bytes, the volume has 262072 left
!   at:   ./x.fd, byte 0x58
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

# The first record: sizes, state, name.
$ cp good.fd x.fd; poke x.fd 0x88 ffffff00; nonvol vars list ./x.fd
no variables
! error NV2204: variable record at offset 0x64 of ./x.fd: its name and data take 16777218 bytes, the store has 261984 left; the firmware ends its walk here or crashes, and nonvol takes neither this variable nor what lies behind it (./x.fd, byte 0x88)
[exit 5]

$ cp good.fd x.fd; poke x.fd 0x66 15; nonvol vars list ./x.fd
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  1  More
! error NV2205: variable record at offset 0x64 of ./x.fd: its state is 0x15, edk2 writes 0x7f, 0x3f, 0x3e, 0x3d and 0x3c; x86 firmware passes over the variable, ARM firmware formats the store (./x.fd, byte 0x66)
[exit 5]

$ cp good.fd x.fd; poke x.fd 0xa8 41; nonvol vars list ./x.fd
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  3  LangA
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  1  More
! error NV2206: name of the variable record at offset 0x64 of ./x.fd: has 10 bytes and no NUL at its end; x86 firmware compares the bytes as they are, ARM firmware formats the store (./x.fd, byte 0xa0)
[exit 5]

# Its start mark, so that what follows cannot be reached.
$ cp good.fd x.fd; poke x.fd 0x64 0000; nonvol vars list ./x.fd --json
{
  "schema": "nonvol.vars.list/1",
  "guest": null,
  "path": "./x.fd",
  "in_use": false,
  "form": "flash",
  "layout": "ovmf-4m",
  "blank": null,
  "authenticated": true,
  "capacity_bytes": 262044,
  "used_bytes": 0,
  "variables": [],
  "findings": [
    {
      "id": "NV2207",
      "severity": "error",
      "message": "records of ./x.fd end at offset 0x64, yet offset 0x64 holds 0x00 where the store should be erased (0xff); another record seems to begin at 0xb0, and the firmware sees nothing behind 0x64",
      "place": {
        "file": "./x.fd",
        "offset_bytes": 100
      },
      "hint": "nonvol vars list ./x.fd --raw"
    }
  ]
}
! error NV2207: records of ./x.fd end at offset 0x64, yet offset 0x64 holds 0x00 where the store should be erased (0xff); another record seems to begin at 0xb0, and the firmware sees nothing behind 0x64 (./x.fd, byte 0x64)
[exit 5]

# A variable that cannot be reached is not said to be absent.
$ nonvol vars get ./x.fd More
! nonvol: NV2207: records of ./x.fd end at offset 0x64, yet offset 0x64 holds 0x00 where the store should be erased (0xff); another record seems to begin at 0xb0, and the firmware sees nothing behind 0x64
!   at:   ./x.fd, byte 0x64
!   note: no live variable is named 'More' in what could be read
!   try:  nonvol vars list ./x.fd --raw
[exit 5]

# A write that was interrupted: the firmware will replace what is listed.
$ cp good.fd x.fd; poke x.fd 0x41020 "fc$(printf '00%.0s' {1..23})0100000000000000$(printf '00%.0s' {1..8})fd$(printf '00%.0s' {1..39})"; nonvol vars list ./x.fd
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  3  Lang
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  1  More
! error NV2210: a write of ./x.fd was interrupted and is pending at offset 0x41048: at its next start the firmware copies the spare area at 0x42000 over the store, but what it would copy does not fit the store, and it was not applied here (./x.fd, byte 0x41048)
[exit 5]
