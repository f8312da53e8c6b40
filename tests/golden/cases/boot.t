# A store as firmware leaves it: its own menu, a DVD drive that it found, Debian's entry.
$ make_root --store 4m --variable Timeout:8be4df61-93ca-11d2-aa0d-00e098032b8c:0300 --variable BootOrder:8be4df61-93ca-11d2-aa0d-00e098032b8c:020000000010 --variable Boot0000:8be4df61-93ca-11d2-aa0d-00e098032b8c:090100002c0055006900410070007000000004071400c9bdb87cebf8344faaea3ee4af6516a10406140021aa2c4614760345836e8ab6f46623317fff0400 --variable Boot0002:8be4df61-93ca-11d2-aa0d-00e098032b8c:01000000200055004500460049002000510045004d00550020004400560044002d0052004f004d00200051004d00300030003000300035002000000002010c00d041030a0000000001010600021f03120a000200ffff00007fff04004eac0881119f594d850ee21a522c59b2 --variable Boot1000:8be4df61-93ca-11d2-aa0d-00e098032b8c:010000006200640065006200690061006e00000004012a00010000000008000000000000000010000000000067456b8b7b32c623643c9869663348730202040434005c004500460049005c00640065006200690061006e005c007300680069006d007800360034002e0065006600690000007fff0400 store.fd && cp store.fd before.fd

$ nonvol boot list ./store.fd
timeout      3 s
  1  0002  *  UEFI QEMU DVD-ROM QM00005   PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)
  2  0000  *  UiApp                       Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)
  3  1000  *  debian                      HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\EFI\debian\shimx64.efi

$ nonvol boot list ./store.fd --json
{
  "schema": "nonvol.boot.list/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "kind": "boot",
  "order": [
    "Boot0002",
    "Boot0000",
    "Boot1000"
  ],
  "next": null,
  "current": null,
  "timeout_seconds": 3,
  "waits_for_ever": false,
  "entries": [
    {
      "name": "Boot0002",
      "number": 2,
      "position": 1,
      "damaged": false,
      "active": true,
      "hidden": false,
      "made_by_firmware": true,
      "attributes": 1,
      "attribute_names": [
        "ACTIVE"
      ],
      "description": "UEFI QEMU DVD-ROM QM00005 ",
      "device_paths": [
        "PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)"
      ],
      "optional_data_hex": "4eac0881119f594d850ee21a522c59b2"
    },
    {
      "name": "Boot0000",
      "number": 0,
      "position": 2,
      "damaged": false,
      "active": true,
      "hidden": true,
      "made_by_firmware": false,
      "attributes": 265,
      "attribute_names": [
        "ACTIVE",
        "HIDDEN",
        "CATEGORY_APP"
      ],
      "description": "UiApp",
      "device_paths": [
        "Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)"
      ],
      "optional_data_hex": ""
    },
    {
      "name": "Boot1000",
      "number": 4096,
      "position": 3,
      "damaged": false,
      "active": true,
      "hidden": false,
      "made_by_firmware": false,
      "attributes": 1,
      "attribute_names": [
        "ACTIVE"
      ],
      "description": "debian",
      "device_paths": [
        "HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\\EFI\\debian\\shimx64.efi"
      ],
      "optional_data_hex": ""
    }
  ],
  "findings": []
}

$ nonvol boot list ./store.fd --kind sysprep
no entries

# The order.
$ nonvol boot order ./store.fd 1000 0002 --dry-run
  ~ BootOrder: Boot0002, Boot0000, Boot1000 -> Boot1000, Boot0002
./store.fd: would be written in place
! note NV2522: Boot0000 is no longer among the entries that BootOrder names, 2 now (./store.fd)

$ cmp store.fd before.fd

$ nonvol boot order ./store.fd 1000 --first
  ~ BootOrder: Boot0002, Boot0000, Boot1000 -> Boot1000, Boot0002, Boot0000
./store.fd: written in place

$ nonvol boot order ./store.fd Boot1000 boot0002
! nonvol: NV2530: number of a boot entry is 'boot0002', and must be 1 to 4 hexadecimal digits, or a name such as Boot0003
!   try:  nonvol help boot list
[exit 2]

$ nonvol boot order ./store.fd 1000 2
  ~ BootOrder: Boot1000, Boot0002, Boot0000 -> Boot1000, Boot0002
./store.fd: written in place
! note NV2522: Boot0000 is no longer among the entries that BootOrder names, 2 now (./store.fd)

$ nonvol boot order ./store.fd 1000 2 --json
{
  "schema": "nonvol.boot.order/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "dry_run": false,
  "nothing_to_do": true,
  "way": "nothing",
  "compacts": false,
  "completes_pending_write": false,
  "changes": [],
  "writes": [],
  "flushes": 0,
  "undo_record": null,
  "findings": []
}

$ nonvol boot list ./store.fd
timeout      3 s
  1  1000  *  debian                      HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\EFI\debian\shimx64.efi
  2  0002  *  UEFI QEMU DVD-ROM QM00005   PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)
  -  0000  *  UiApp                       Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)

$ nonvol boot order ./store.fd 0007
! nonvol: NV2526: boot entry Boot0007 does not exist: none of the 3 variables of that kind has the name
!   at:   ./store.fd
!   try:  nonvol boot list ./store.fd
[exit 3]

$ nonvol boot order ./store.fd 0002 0002
! nonvol: NV2511: new BootOrder: names Boot0002 twice
!   at:   ./store.fd
!   try:  nonvol explain NV2511
[exit 2]

$ nonvol boot order ./store.fd
! nonvol: NV1001: NUMBER... is missing
!   try:  nonvol boot order --help
[exit 2]

# For once, and for how long.
$ nonvol boot next ./store.fd 0000
  + BootNext: Boot0000
./store.fd: written in place

$ nonvol boot next ./store.fd 0000 --json
{
  "schema": "nonvol.boot.next/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "dry_run": false,
  "nothing_to_do": true,
  "way": "nothing",
  "compacts": false,
  "completes_pending_write": false,
  "changes": [],
  "writes": [],
  "flushes": 0,
  "undo_record": null,
  "findings": []
}

$ nonvol boot next ./store.fd 0009
! nonvol: NV2526: boot entry Boot0009 does not exist: none of the 3 variables of that kind has the name
!   at:   ./store.fd
!   try:  nonvol boot list ./store.fd
[exit 3]

$ nonvol boot next ./store.fd
! nonvol: NV1001: neither a number nor --clear is given
!   try:  nonvol help boot next
[exit 2]

$ nonvol boot next ./store.fd 0000 --clear
! nonvol: NV1001: a number and --clear are given
!   try:  nonvol help boot next
[exit 2]

$ nonvol boot timeout ./store.fd forever
  ~ Timeout: 3 seconds -> waits for the user
./store.fd: written in place
! note NV2533: edk2's builds for QEMU write Timeout anew at each start: with them the time is QEMU's to say (./store.fd)

$ nonvol boot timeout ./store.fd 65535
! nonvol: NV2532: number of seconds is '65535', and must be a number of at most 65534
!   try:  nonvol help boot timeout
[exit 2]

$ nonvol boot list ./store.fd
next         Boot0000
timeout      waits for the user
  1  1000  *  debian                      HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\EFI\debian\shimx64.efi
  2  0002  *  UEFI QEMU DVD-ROM QM00005   PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)
  -  0000  *  UiApp                       Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)

$ nonvol boot timeout ./store.fd 7 --json --dry-run
{
  "schema": "nonvol.boot.timeout/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "dry_run": true,
  "nothing_to_do": false,
  "way": "in-place",
  "compacts": false,
  "completes_pending_write": false,
  "changes": [
    {
      "name": "Timeout",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "before": {
        "name": "Timeout",
        "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
        "attributes": 7,
        "attribute_names": [
          "NON_VOLATILE",
          "BOOTSERVICE_ACCESS",
          "RUNTIME_ACCESS"
        ],
        "monotonic_count": 0,
        "public_key_index": 0,
        "size_bytes": 2,
        "data_hex": "ffff"
      },
      "after": {
        "name": "Timeout",
        "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
        "attributes": 7,
        "attribute_names": [
          "NON_VOLATILE",
          "BOOTSERVICE_ACCESS",
          "RUNTIME_ACCESS"
        ],
        "monotonic_count": 0,
        "public_key_index": 0,
        "size_bytes": 2,
        "data_hex": "0700"
      }
    }
  ],
  "writes": [
    {
      "offset_bytes": 1046,
      "size_bytes": 1,
      "what": "records"
    },
    {
      "offset_bytes": 1124,
      "size_bytes": 78,
      "what": "records"
    }
  ],
  "flushes": 0,
  "undo_record": null,
  "findings": [
    {
      "id": "NV2533",
      "severity": "note",
      "message": "edk2's builds for QEMU write Timeout anew at each start: with them the time is QEMU's to say",
      "place": {
        "file": "./store.fd"
      },
      "hint": "qemu-system-x86_64 -boot menu=on,splash-time=7000"
    }
  ]
}
! note NV2533: edk2's builds for QEMU write Timeout anew at each start: with them the time is QEMU's to say (./store.fd)

$ nonvol boot next ./store.fd --clear
  - BootNext: Boot0000
./store.fd: written in place

$ nonvol boot next ./store.fd --clear
nothing to do

# New entries.
$ nonvol boot add ./store.fd --description 'Zweite Hülle' --file /EFI/x.efi
  + Boot0001: Zweite Hülle: \EFI\x.efi
  ~ BootOrder: Boot1000, Boot0002 -> Boot1000, Boot0002, Boot0001
./store.fd: written as a new file in its place

$ nonvol boot add ./store.fd --description other --file '\EFI\y.efi' --partition-guid 8b6b4567-327b-23c6-643c-986966334873 --partition 2 --optional-data 6100 --first --json
{
  "schema": "nonvol.boot.add/1",
  "name": "Boot0003",
  "number": 3,
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "dry_run": false,
  "nothing_to_do": false,
  "way": "replace",
  "compacts": false,
  "completes_pending_write": false,
  "changes": [
    {
      "name": "Boot0003",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "before": null,
      "after": {
        "name": "Boot0003",
        "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
        "attributes": 7,
        "attribute_names": [
          "NON_VOLATILE",
          "BOOTSERVICE_ACCESS",
          "RUNTIME_ACCESS"
        ],
        "monotonic_count": 0,
        "public_key_index": 0,
        "size_bytes": 92,
        "data_hex": "0100000048006f007400680065007200000004012a00020000000000000000000000000000000000000067456b8b7b32c623643c986966334873020204041a005c004500460049005c0079002e0065006600690000007fff04006100"
      }
    },
    {
      "name": "BootOrder",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "before": {
        "name": "BootOrder",
        "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
        "attributes": 7,
        "attribute_names": [
          "NON_VOLATILE",
          "BOOTSERVICE_ACCESS",
          "RUNTIME_ACCESS"
        ],
        "monotonic_count": 0,
        "public_key_index": 0,
        "size_bytes": 6,
        "data_hex": "001002000100"
      },
      "after": {
        "name": "BootOrder",
        "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
        "attributes": 7,
        "attribute_names": [
          "NON_VOLATILE",
          "BOOTSERVICE_ACCESS",
          "RUNTIME_ACCESS"
        ],
        "monotonic_count": 0,
        "public_key_index": 0,
        "size_bytes": 8,
        "data_hex": "0300001002000100"
      }
    }
  ],
  "writes": [
    {
      "offset_bytes": 1266,
      "size_bytes": 1,
      "what": "records"
    },
    {
      "offset_bytes": 1352,
      "size_bytes": 260,
      "what": "records"
    }
  ],
  "flushes": 2,
  "undo_record": "$WORK/here/.store.fd.undo",
  "findings": []
}

$ nonvol boot add ./store.fd --description disk --path 'PciRoot(0x0)/Pci(0x2,0x0)' --no-order --inactive
  + Boot0004: disk: PciRoot(0x0)/Pci(0x2,0x0) (not active)
./store.fd: written in place

$ nonvol boot add ./store.fd --description driver --file '\d.efi' --kind driver --dry-run
  + Driver0000: driver: \d.efi
  + DriverOrder: Driver0000
./store.fd: would be written as a new file in its place

$ nonvol boot list ./store.fd
timeout      waits for the user
  1  0003  *  other                       HD(2,GPT,8b6b4567-327b-23c6-643c-986966334873,0x0,0x0)/\EFI\y.efi
  2  1000  *  debian                      HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\EFI\debian\shimx64.efi
  3  0002  *  UEFI QEMU DVD-ROM QM00005   PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)
  4  0001  *  Zweite Hülle               \EFI\x.efi
  -  0000  *  UiApp                       Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)
  -  0004     disk                        PciRoot(0x0)/Pci(0x2,0x0)
! note NV2522: Boot0004 is none of the 4 entries that BootOrder names (./store.fd)

$ nonvol boot add ./store.fd --file '\x.efi'
! nonvol: NV1001: --description is missing
!   try:  nonvol help boot add
[exit 2]

$ nonvol boot add ./store.fd --description x
! nonvol: NV2531: neither --path nor --file is given, one is needed
!   try:  nonvol help boot add
[exit 2]

$ nonvol boot add ./store.fd --description x --file '\x.efi' --path 'Pci(0x2,0x0)'
! nonvol: NV2531: both --path and --file are given, one is needed
!   try:  nonvol help boot add
[exit 2]

$ nonvol boot add ./store.fd --description x --file '\x.efi' --partition 2
! nonvol: NV2531: --partition is given without --partition-guid, by which firmware finds a partition
!   try:  nonvol help boot add
[exit 2]

$ nonvol boot add ./store.fd --description x --file '\x.efi' --partition-guid 8b6b4567
! nonvol: NV2531: --partition-guid is '8b6b4567', and must be a GUID
!   try:  nonvol help boot add
[exit 2]

$ nonvol boot add ./store.fd --description x --file '\x.efi' --partition-guid 8b6b4567-327b-23c6-643c-986966334873 --partition two
! nonvol: NV2531: --partition is 'two', and must be a number of at most 4294967295
!   try:  nonvol help boot add
[exit 2]

$ nonvol boot add ./store.fd --description x --path 'Pci(0x2' --partition-guid 8b6b4567-327b-23c6-643c-986966334873
! nonvol: NV2531: --partition-guid goes with --file, a --path says it itself
!   try:  nonvol help boot add
[exit 2]

$ nonvol boot add ./store.fd --description x --path 'Pci(0x2'
! nonvol: NV2503: device path node 'Pci(0x2': its parentheses do not match
!   try:  nonvol explain NV2503
[exit 2]

$ nonvol boot add ./store.fd --description x --file '\x.efi' --optional-data 6
! nonvol: NV2308: --optional-data is '6', and must be pairs of digits
!   try:  nonvol help boot add
[exit 2]

$ nonvol boot add ./store.fd --description x --file '\x.efi' --first --no-order
! nonvol: NV1001: 2 of --first, --last and --no-order are given, at most one fits
!   try:  nonvol help boot add
[exit 2]

# They go as they came, out of the order too.
$ nonvol boot next ./store.fd 0003
  + BootNext: Boot0003
./store.fd: written in place

$ nonvol boot delete ./store.fd 0001 0003 0003 --json --dry-run | jq -c '.schema, [.changes[] | [.name, .after == null]]'
"nonvol.boot.delete/1"
[["BootOrder",false],["Boot0001",true],["Boot0003",true],["BootNext",true]]

$ nonvol boot delete ./store.fd 0001 0003 0003
  ~ BootOrder: Boot0003, Boot1000, Boot0002, Boot0001 -> Boot1000, Boot0002
  - Boot0001: Zweite Hülle: \EFI\x.efi
  - Boot0003: other: HD(2,GPT,8b6b4567-327b-23c6-643c-986966334873,0x0,0x0)/\EFI\y.efi
  - BootNext: Boot0003
./store.fd: written as a new file in its place

$ nonvol boot delete ./store.fd 0004 0009
! nonvol: NV2526: boot entry Boot0009 does not exist: none of the 3 variables of that kind has the name
!   at:   ./store.fd
!   try:  nonvol boot list ./store.fd
[exit 3]

$ nonvol boot delete ./store.fd 0004
  - Boot0004: disk: PciRoot(0x0)/Pci(0x2,0x0) (not active)
./store.fd: written in place

$ nonvol boot list ./store.fd
timeout      waits for the user
  1  1000  *  debian                      HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\EFI\debian\shimx64.efi
  2  0002  *  UEFI QEMU DVD-ROM QM00005   PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)
  -  0000  *  UiApp                       Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)

# What it means, where variables are shown.
$ nonvol vars list ./store.fd --long
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  62   Boot0000   UiApp: Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  108  Boot0002   UEFI QEMU DVD-ROM QM00005 : PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  118  Boot1000   debian: HD(1,GPT,8b6b4567-327b-23c6-643c-986966334873,0x800,0x100000)/\EFI\debian\shimx64.efi
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  2    Timeout    waits for the user
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  4    BootOrder  Boot1000, Boot0002

$ nonvol vars get ./store.fd Boot0002
name         Boot0002
guid         8be4df61-93ca-11d2-aa0d-00e098032b8c
attributes   NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS
size         108 bytes
meaning      UEFI QEMU DVD-ROM QM00005 : PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)
             made by the boot manager, which removes it when the device is gone
00000000  01 00 00 00 20 00 55 00  45 00 46 00 49 00 20 00  |.... .U.E.F.I. .|
00000010  51 00 45 00 4d 00 55 00  20 00 44 00 56 00 44 00  |Q.E.M.U. .D.V.D.|
00000020  2d 00 52 00 4f 00 4d 00  20 00 51 00 4d 00 30 00  |-.R.O.M. .Q.M.0.|
00000030  30 00 30 00 30 00 35 00  20 00 00 00 02 01 0c 00  |0.0.0.5. .......|
00000040  d0 41 03 0a 00 00 00 00  01 01 06 00 02 1f 03 12  |.A..............|
00000050  0a 00 02 00 ff ff 00 00  7f ff 04 00 4e ac 08 81  |............N...|
00000060  11 9f 59 4d 85 0e e2 1a  52 2c 59 b2              |..YM....R,Y.|

$ nonvol vars get ./store.fd Boot0002 --json
{
  "schema": "nonvol.vars.get/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "variable": {
    "name": "Boot0002",
    "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
    "attributes": 7,
    "attribute_names": [
      "NON_VOLATILE",
      "BOOTSERVICE_ACCESS",
      "RUNTIME_ACCESS"
    ],
    "monotonic_count": 0,
    "public_key_index": 0,
    "size_bytes": 108,
    "data_hex": "01000000200055004500460049002000510045004d00550020004400560044002d0052004f004d00200051004d00300030003000300035002000000002010c00d041030a0000000001010600021f03120a000200ffff00007fff04004eac0881119f594d850ee21a522c59b2",
    "offset_bytes": 408,
    "record_bytes": 188,
    "state": "added",
    "state_byte": 63
  },
  "description": {
    "kind": "load option",
    "summary": "UEFI QEMU DVD-ROM QM00005 : PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)",
    "lines": [
      "made by the boot manager, which removes it when the device is gone"
    ],
    "fields": {
      "description": "UEFI QEMU DVD-ROM QM00005 ",
      "active": true,
      "attributes": [
        "ACTIVE"
      ],
      "device_paths": [
        "PciRoot(0x0)/Pci(0x1f,0x2)/Sata(0x2,0xffff,0x0)"
      ],
      "made_by_firmware": true,
      "optional_data_hex": "4eac0881119f594d850ee21a522c59b2"
    },
    "findings": []
  },
  "findings": []
}

# What does not fit: an order with a number twice, one that is not there and half a number, BootNext that names nothing,
# a Timeout of one byte, and an entry of two.
$ make_root --store 4m --variable Timeout:8be4df61-93ca-11d2-aa0d-00e098032b8c:03 --variable BootOrder:8be4df61-93ca-11d2-aa0d-00e098032b8c:00000900000005 --variable BootNext:8be4df61-93ca-11d2-aa0d-00e098032b8c:0800 --variable Boot0000:8be4df61-93ca-11d2-aa0d-00e098032b8c:090100002c0055006900410070007000000004071400c9bdb87cebf8344faaea3ee4af6516a10406140021aa2c4614760345836e8ab6f46623317fff0400 --variable Boot0005:8be4df61-93ca-11d2-aa0d-00e098032b8c:0100 odd.fd

$ nonvol boot list ./odd.fd
next         Boot0008
  1  0000  *  UiApp      Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)
  -  0005     (damaged)
! error NV2520: BootOrder has 7 bytes, 3 numbers of 2 bytes and 1 byte too many (./odd.fd)
! error NV2525: Timeout has 1 bytes, it is a number of 2 (./odd.fd)
! error NV2510: load option Boot0005: 'attributes' at offset 0x0 needs 4 bytes, 2 are left (./odd.fd)
! warning NV2521: BootOrder names Boot0009 at position 2, which does not exist (./odd.fd)
! warning NV2524: BootOrder names Boot0000 at positions 1 and 3 (./odd.fd)
! note NV2522: Boot0005 is none of the 3 entries that BootOrder names (./odd.fd)
! warning NV2523: BootNext names Boot0008, which does not exist (./odd.fd)
[exit 5]

$ nonvol boot list ./odd.fd --json | jq -c '.findings[] | [.id, .hint]'
["NV2520","nonvol boot order ./odd.fd 0000"]
["NV2525","nonvol vars list ./odd.fd --long"]
["NV2510","nonvol boot delete ./odd.fd 0005"]
["NV2521","nonvol boot order ./odd.fd 0000"]
["NV2524","nonvol boot order ./odd.fd 0000"]
["NV2522","nonvol boot order ./odd.fd 0000 0005"]
["NV2523","nonvol boot next ./odd.fd --clear"]
! error NV2520: BootOrder has 7 bytes, 3 numbers of 2 bytes and 1 byte too many (./odd.fd)
! error NV2525: Timeout has 1 bytes, it is a number of 2 (./odd.fd)
! error NV2510: load option Boot0005: 'attributes' at offset 0x0 needs 4 bytes, 2 are left (./odd.fd)
! warning NV2521: BootOrder names Boot0009 at position 2, which does not exist (./odd.fd)
! warning NV2524: BootOrder names Boot0000 at positions 1 and 3 (./odd.fd)
! note NV2522: Boot0005 is none of the 3 entries that BootOrder names (./odd.fd)
! warning NV2523: BootNext names Boot0008, which does not exist (./odd.fd)

$ nonvol vars get ./odd.fd Boot0005
name         Boot0005
guid         8be4df61-93ca-11d2-aa0d-00e098032b8c
attributes   NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS
size         2 bytes
00000000  01 00                                             |..|
! error NV2510: load option Boot0005: 'attributes' at offset 0x0 needs 4 bytes, 2 are left

$ nonvol boot order ./odd.fd 0000 && nonvol boot delete ./odd.fd 0005 && nonvol boot next ./odd.fd --clear && nonvol boot timeout ./odd.fd 3 && nonvol boot list ./odd.fd
  ~ BootOrder: Boot0000, Boot0009, Boot0000 -> Boot0000
./odd.fd: written in place
  - Boot0005: 0100
./odd.fd: written in place
  - BootNext: Boot0008
./odd.fd: written in place
  ~ Timeout: 03 -> 3 seconds
./odd.fd: written in place
timeout      3 s
  1  0000  *  UiApp  Fv(7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1)/FvFile(462caa21-7614-4503-836e-8ab6f4662331)
! note NV2533: edk2's builds for QEMU write Timeout anew at each start: with them the time is QEMU's to say (./odd.fd)

$ nonvol boot list ./no-such.fd
! nonvol: NV5001: cannot open ./no-such.fd: No such file or directory
!   at:   ./no-such.fd
!   try:  nonvol explain NV5001
[exit 3]
