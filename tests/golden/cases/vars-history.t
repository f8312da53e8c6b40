# What variables were before.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 store.fd; nonvol vars set ./store.fd Timeout --hex 0500 >/dev/null; nonvol vars set ./store.fd Lang --text fr >/dev/null; nonvol vars set ./store.fd Lang --text fr --attributes NV+BS >/dev/null; nonvol vars delete ./store.fd Timeout >/dev/null

$ nonvol vars history ./store.fd
Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
  0x000064 replaced: 3 bytes
    NV+BS+RT 656e67
  0x000100 replaced: 2 bytes
    data: 656e67 -> 6672
  0x000148 added, live: 2 bytes
    attributes: NV+BS+RT -> NV+BS
Timeout (8be4df61-93ca-11d2-aa0d-00e098032b8c)
  0x0000b0 deleted: 2 bytes
    NV+BS+RT 0500

$ nonvol vars history ./store.fd Lang-8be4df61-93ca-11d2-aa0d-00e098032b8c --json
{
  "schema": "nonvol.vars.history/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "layout": "ovmf-4m",
  "unreadable_records": 0,
  "variables": [
    {
      "name": "Lang",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "values": [
        {
          "offset_bytes": 100,
          "record_bytes": 76,
          "state": "replaced",
          "live": false,
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
          "data_hex": "656e67"
        },
        {
          "offset_bytes": 256,
          "record_bytes": 72,
          "state": "replaced",
          "live": false,
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
          "size_bytes": 2,
          "data_hex": "6672"
        },
        {
          "offset_bytes": 328,
          "record_bytes": 72,
          "state": "added",
          "live": true,
          "name": "Lang",
          "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
          "attributes": 3,
          "attribute_names": [
            "NON_VOLATILE",
            "BOOTSERVICE_ACCESS"
          ],
          "monotonic_count": 0,
          "public_key_index": 0,
          "size_bytes": 2,
          "data_hex": "6672"
        }
      ]
    }
  ],
  "findings": []
}

$ nonvol vars history ./store.fd NoSuch
! nonvol: NV2301: no record, live or dead, is named 'NoSuch'
!   at:   ./store.fd
!   try:  nonvol vars history ./store.fd
[exit 3]

# Time stamps, and a value written twice.
$ make_store stamps.fd db:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3c:27:01:2020-01-01T00:00:00Z db:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3c:27:01:2020-01-01T00:00:00Z db:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3f:27:*40:2024-01-01T00:00:00Z

$ nonvol vars history ./stamps.fd
db (d719b2cb-3d3a-4596-a3bc-dad00e67656f)
  0x000064 replaced: 1 bytes, <TIME>
    NV+BS+RT+AT 01
  0x0000a8 replaced: 1 bytes, <TIME>
    the same again
  0x0000ec added, live: 40 bytes, <TIME>
    time: <TIME> -> <TIME>
    data: 01 -> 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a… (40 bytes)

# Of a running guest too.
$ like_qemu stamps.fd nonvol vars history ./stamps.fd | head -1
db (d719b2cb-3d3a-4596-a3bc-dad00e67656f)
! warning NV2346: ./stamps.fd is open in a running guest, which may change its variables while they are read and afterwards (./stamps.fd)

$ nonvol vars compact ./store.fd >/dev/null; nonvol vars history ./store.fd
Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
  0x000064 added, live: 2 bytes
    NV+BS 6672

$ make_store empty.fd; nonvol vars history ./empty.fd
no records

$ echo '{"version":2,"variables":[]}' >q.json; nonvol vars history ./q.json
! nonvol: NV2348: ./q.json is QEMU's uefi-vars JSON: it has no records but the live variables
!   at:   ./q.json
!   try:  nonvol vars list ./q.json
[exit 4]
