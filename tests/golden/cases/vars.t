$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Same:11111111-1111-4111-8111-111111111111:01 --variable Same:22222222-2222-4222-8222-222222222222:0203 store.fd

$ nonvol vars list ./store.fd
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  3  Lang
11111111-1111-4111-8111-111111111111  NV+BS+RT  1  Same
22222222-2222-4222-8222-222222222222  NV+BS+RT  2  Same

$ nonvol vars list ./store.fd --json
{
  "schema": "nonvol.vars.list/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "form": "flash",
  "layout": "ovmf-4m",
  "blank": null,
  "authenticated": true,
  "capacity_bytes": 262044,
  "used_bytes": 220,
  "variables": [
    {
      "name": "Lang",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "attributes": 7,
      "attribute_names": [
        "NON_VOLATILE",
        "BOOTSERVICE_ACCESS",
        "RUNTIME_ACCESS"
      ],
      "monotonic_count": 0,
      "public_key_index": 0,
      "size_bytes": 3,
      "data_hex": "656e67",
      "offset_bytes": 100,
      "record_bytes": 76,
      "state": "added",
      "state_byte": 63
    },
    {
      "name": "Same",
      "guid": "11111111-1111-4111-8111-111111111111",
      "attributes": 7,
      "attribute_names": [
        "NON_VOLATILE",
        "BOOTSERVICE_ACCESS",
        "RUNTIME_ACCESS"
      ],
      "monotonic_count": 0,
      "public_key_index": 0,
      "size_bytes": 1,
      "data_hex": "01",
      "offset_bytes": 176,
      "record_bytes": 72,
      "state": "added",
      "state_byte": 63
    },
    {
      "name": "Same",
      "guid": "22222222-2222-4222-8222-222222222222",
      "attributes": 7,
      "attribute_names": [
        "NON_VOLATILE",
        "BOOTSERVICE_ACCESS",
        "RUNTIME_ACCESS"
      ],
      "monotonic_count": 0,
      "public_key_index": 0,
      "size_bytes": 2,
      "data_hex": "0203",
      "offset_bytes": 248,
      "record_bytes": 72,
      "state": "added",
      "state_byte": 63
    }
  ],
  "findings": []
}

$ nonvol vars get ./store.fd Lang
name         Lang
guid         8be4df61-93ca-11d2-aa0d-00e098032b8c
attributes   NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS
size         3 bytes
00000000  65 6e 67                                          |eng|

$ nonvol vars get ./store.fd Lang --json
{
  "schema": "nonvol.vars.get/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "variable": {
    "name": "Lang",
    "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
    "attributes": 7,
    "attribute_names": [
      "NON_VOLATILE",
      "BOOTSERVICE_ACCESS",
      "RUNTIME_ACCESS"
    ],
    "monotonic_count": 0,
    "public_key_index": 0,
    "size_bytes": 3,
    "data_hex": "656e67",
    "offset_bytes": 100,
    "record_bytes": 76,
    "state": "added",
    "state_byte": 63
  },
  "findings": []
}

$ nonvol vars get ./store.fd Lang -o lang.bin && od -An -c lang.bin
   e   n   g
! wrote 3 bytes to lang.bin

# One name, two vendors.
$ nonvol vars get ./store.fd Same
! nonvol: NV2302: 2 vendors have a variable named 'Same'
!   at:   ./store.fd
!   note: 11111111-1111-4111-8111-111111111111
!   note: 22222222-2222-4222-8222-222222222222
!   try:  nonvol vars get ./store.fd Same --guid 11111111-1111-4111-8111-111111111111
[exit 2]

$ nonvol vars get ./store.fd Same --guid 22222222-2222-4222-8222-222222222222
name         Same
guid         22222222-2222-4222-8222-222222222222
attributes   NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS
size         2 bytes
00000000  02 03                                             |..|

$ nonvol vars get ./store.fd Same-11111111-1111-4111-8111-111111111111
name         Same
guid         11111111-1111-4111-8111-111111111111
attributes   NON_VOLATILE, BOOTSERVICE_ACCESS, RUNTIME_ACCESS
size         1 byte
00000000  01                                                |.|

# Not there.
$ nonvol vars get ./store.fd lang
! nonvol: NV2301: no live variable is named 'lang'
!   at:   ./store.fd
!   try:  nonvol vars list ./store.fd
[exit 3]

$ nonvol vars list ./no-such.fd
! nonvol: NV5001: cannot open ./no-such.fd: No such file or directory
!   at:   ./no-such.fd
!   try:  nonvol explain NV5001
[exit 3]

$ nonvol vars list no-such-guest --home "$WORK/guests"
! nonvol: NV4001: there is no guest no-such-guest in $WORK/guests
!   try:  nonvol
[exit 3]

# A deleted record is shown only when asked for.
$ poke store.fd 0x66 3d

$ nonvol vars list ./store.fd
11111111-1111-4111-8111-111111111111  NV+BS+RT  1  Same
22222222-2222-4222-8222-222222222222  NV+BS+RT  2  Same

$ nonvol vars list ./store.fd --raw
0x000064  deleted  8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  3  Lang
0x0000b0  added    11111111-1111-4111-8111-111111111111  NV+BS+RT  1  Same
0x0000f8  added    22222222-2222-4222-8222-222222222222  NV+BS+RT  2  Same

$ nonvol vars list ./store.fd --raw --json
{
  "schema": "nonvol.vars.list/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "form": "flash",
  "layout": "ovmf-4m",
  "blank": null,
  "authenticated": true,
  "capacity_bytes": 262044,
  "used_bytes": 220,
  "variables": [
    {
      "name": "Lang",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "attributes": 7,
      "attribute_names": [
        "NON_VOLATILE",
        "BOOTSERVICE_ACCESS",
        "RUNTIME_ACCESS"
      ],
      "monotonic_count": 0,
      "public_key_index": 0,
      "size_bytes": 3,
      "data_hex": "656e67",
      "offset_bytes": 100,
      "record_bytes": 76,
      "state": "deleted",
      "state_byte": 61,
      "live": false
    },
    {
      "name": "Same",
      "guid": "11111111-1111-4111-8111-111111111111",
      "attributes": 7,
      "attribute_names": [
        "NON_VOLATILE",
        "BOOTSERVICE_ACCESS",
        "RUNTIME_ACCESS"
      ],
      "monotonic_count": 0,
      "public_key_index": 0,
      "size_bytes": 1,
      "data_hex": "01",
      "offset_bytes": 176,
      "record_bytes": 72,
      "state": "added",
      "state_byte": 63,
      "live": true
    },
    {
      "name": "Same",
      "guid": "22222222-2222-4222-8222-222222222222",
      "attributes": 7,
      "attribute_names": [
        "NON_VOLATILE",
        "BOOTSERVICE_ACCESS",
        "RUNTIME_ACCESS"
      ],
      "monotonic_count": 0,
      "public_key_index": 0,
      "size_bytes": 2,
      "data_hex": "0203",
      "offset_bytes": 248,
      "record_bytes": 72,
      "state": "added",
      "state_byte": 63,
      "live": true
    }
  ],
  "findings": []
}
