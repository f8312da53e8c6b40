# To scale: the file, then each part of the store.
$ make_store --layout ovmf-2m a.fd Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3c:7:*3000 Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:*3000 Gone:8be4df61-93ca-11d2-aa0d-00e098032b8c:3d:7:*500 'a<b&c:11111111-1111-4111-8111-111111111111:3f:7:*2000' --poke 0x12000:00

$ nonvol vars map ./a.fd
./a.fd: 131,072 bytes, layout ovmf-2m

         0x0 [oo##........................eewwwSSSSssssssssssssssssssssssssssss]
     0x20000 end; one letter is about 2,017 bytes

  used   [oooooooooooooo##############ooo#########] 8,788 bytes of 57,244, 4 records
  store  [oo####..................................] 57,344 bytes from 0x0
  log    [eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee] 4,096 bytes from 0xe000
  work   [wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww] 4,096 bytes from 0xf000
  spare  [SSSSSsssssssssssssssssssssssssssssssssss] 65,536 bytes from 0x10000

  =              100    0.1 %  headers of the volume and of the store
  #            5,144    3.9 %  live records: what the firmware sees
  o            3,644    2.8 %  dead records: deleted, replaced or unfinished
  .           48,456   37.0 %  free: the next record goes there
  e            4,096    3.1 %  event log, erased
  W               32    0.0 %  working area: the queue of interrupted writes
  w            4,064    3.1 %  working area, erased
  S            8,193    6.3 %  spare area: what a write saved before
  s           57,343   43.7 %  spare area, erased

$ nonvol vars map ./a.fd --json
{
  "schema": "nonvol.vars.map/1",
  "guest": null,
  "path": "./a.fd",
  "in_use": false,
  "layout": "ovmf-2m",
  "file_bytes": 131072,
  "regions": [
    {
      "begin_bytes": 0,
      "size_bytes": 100,
      "what": "headers",
      "name": null,
      "guid": null,
      "state": null
    },
    {
      "begin_bytes": 100,
      "size_bytes": 3072,
      "what": "dead",
      "name": "Lang",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "state": "replaced"
    },
    {
      "begin_bytes": 3172,
      "size_bytes": 3072,
      "what": "live",
      "name": "Lang",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "state": "added"
    },
    {
      "begin_bytes": 6244,
      "size_bytes": 572,
      "what": "dead",
      "name": "Gone",
      "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c",
      "state": "deleted"
    },
    {
      "begin_bytes": 6816,
      "size_bytes": 2072,
      "what": "live",
      "name": "a<b&c",
      "guid": "11111111-1111-4111-8111-111111111111",
      "state": "added"
    },
    {
      "begin_bytes": 8888,
      "size_bytes": 48456,
      "what": "free",
      "name": null,
      "guid": null,
      "state": null
    },
    {
      "begin_bytes": 57344,
      "size_bytes": 4096,
      "what": "event-log-erased",
      "name": null,
      "guid": null,
      "state": null
    },
    {
      "begin_bytes": 61440,
      "size_bytes": 32,
      "what": "working",
      "name": null,
      "guid": null,
      "state": null
    },
    {
      "begin_bytes": 61472,
      "size_bytes": 4064,
      "what": "working-erased",
      "name": null,
      "guid": null,
      "state": null
    },
    {
      "begin_bytes": 65536,
      "size_bytes": 8193,
      "what": "spare",
      "name": null,
      "guid": null,
      "state": null
    },
    {
      "begin_bytes": 73729,
      "size_bytes": 57343,
      "what": "spare-erased",
      "name": null,
      "guid": null,
      "state": null
    }
  ],
  "findings": []
}

$ nonvol vars map ./a.fd --svg a.svg && head -3 a.svg && grep -o '<title>[^<]*</title>' a.svg && tail -c 7 a.svg
<svg xmlns="http://www.w3.org/2000/svg" width="960" height="686" viewBox="0 0 960 686" role="img" aria-labelledby="title desc" font-family="sans-serif" font-size="13">
  <title id="title">Variable store ./a.fd</title>
  <desc id="desc">131,072 bytes, 4 records; the first bar is the whole file to scale, each bar below it one part to its own scale.</desc>
<title>headers of the volume and of the store, 100 bytes from 0x0</title>
<title>dead records: deleted, replaced or unfinished, 'Lang', 3,072 bytes from 0x64</title>
<title>live records: what the firmware sees, 'Lang', 3,072 bytes from 0xc64</title>
<title>dead records: deleted, replaced or unfinished, 'Gone', 572 bytes from 0x1864</title>
<title>live records: what the firmware sees, 'a&lt;b&amp;c', 2,072 bytes from 0x1aa0</title>
<title>free: the next record goes there, 48,456 bytes from 0x22b8</title>
<title>event log, erased, 4,096 bytes from 0xe000</title>
<title>working area: the queue of interrupted writes, 32 bytes from 0xf000</title>
<title>working area, erased, 4,064 bytes from 0xf020</title>
<title>spare area: what a write saved before, 8,193 bytes from 0x10000</title>
<title>spare area, erased, 57,343 bytes from 0x12001</title>
<title>dead records: deleted, replaced or unfinished, 'Lang', 3,072 bytes from 0x64</title>
<title>live records: what the firmware sees, 'Lang', 3,072 bytes from 0xc64</title>
<title>dead records: deleted, replaced or unfinished, 'Gone', 572 bytes from 0x1864</title>
<title>live records: what the firmware sees, 'a&lt;b&amp;c', 2,072 bytes from 0x1aa0</title>
<title>headers of the volume and of the store, 100 bytes from 0x0</title>
<title>dead records: deleted, replaced or unfinished, 'Lang', 3,072 bytes from 0x64</title>
<title>live records: what the firmware sees, 'Lang', 3,072 bytes from 0xc64</title>
<title>dead records: deleted, replaced or unfinished, 'Gone', 572 bytes from 0x1864</title>
<title>live records: what the firmware sees, 'a&lt;b&amp;c', 2,072 bytes from 0x1aa0</title>
<title>free: the next record goes there, 48,456 bytes from 0x22b8</title>
<title>event log, erased, 4,096 bytes from 0xe000</title>
<title>working area: the queue of interrupted writes, 32 bytes from 0xf000</title>
<title>working area, erased, 4,064 bytes from 0xf020</title>
<title>spare area: what a write saved before, 8,193 bytes from 0x10000</title>
<title>spare area, erased, 57,343 bytes from 0x12001</title>
</svg>
! wrote 8761 bytes to a.svg

$ nonvol vars map ./a.fd --svg - | cmp - a.svg

$ nonvol vars map ./a.fd --svg a.svg
! a.svg holds these 8761 bytes already

# Padding, and code behind the store.
$ make_store --layout armvirt --pad 67108864 arm.fd Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:656e && nonvol vars map ./arm.fd
./arm.fd: 67,108,864 bytes, layout armvirt

         0x0 [..wwss-----------------------------------------------------------]
    0x800000 [-----------------------------------------------------------------]
   0x1000000 [-----------------------------------------------------------------]
   0x1800000 [-----------------------------------------------------------------]
   0x2000000 [-----------------------------------------------------------------]
   0x2800000 [-----------------------------------------------------------------]
   0x3000000 [-----------------------------------------------------------------]
   0x3800000 [-----------------------------------------------------------------]
   0x4000000 end; one letter is about 129,056 bytes

  used   [########################################] 72 bytes of 262,044, 1 record
  store  [........................................] 262,144 bytes from 0x0
  work   [wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww] 262,144 bytes from 0x40000
  spare  [ssssssssssssssssssssssssssssssssssssssss] 262,144 bytes from 0x80000

  =              100    0.0 %  headers of the volume and of the store
  #               72    0.0 %  live records: what the firmware sees
  .          261,972    0.4 %  free: the next record goes there
  W               32    0.0 %  working area: the queue of interrupted writes
  w          262,112    0.4 %  working area, erased
  s          262,144    0.4 %  spare area, erased
  -       66,322,432   98.8 %  padding behind the volume

$ { cat a.fd; head -c 1966080 /dev/zero | tr '\0' x; } >OVMF.fd; nonvol vars map ./OVMF.fd | head -9
./OVMF.fd: 2,097,152 bytes, layout ovmf-2m

         0x0 [o#............ewSSsssssssssssssssCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC]
     0x40000 [CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC]
     0x80000 [CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC]
     0xc0000 [CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC]
    0x100000 [CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC]
    0x140000 [CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC]
    0x180000 [CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC]

# Damaged, blank, and not flash.
$ cp a.fd damaged.fd; poke damaged.fd 0x8c ffffff7f; nonvol vars map ./damaged.fd
./damaged.fd: 131,072 bytes, layout ovmf-2m

         0x0 [++++........................eewwwSSSSssssssssssssssssssssssssssss]
     0x20000 end; one letter is about 2,017 bytes

  used   [++++++..................................] 57,244 bytes of 57,244, 1 record
  store  [++++++..................................] 57,344 bytes from 0x0
  log    [eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee] 4,096 bytes from 0xe000
  work   [wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww] 4,096 bytes from 0xf000
  spare  [SSSSSsssssssssssssssssssssssssssssssssss] 65,536 bytes from 0x10000

  =              100    0.1 %  headers of the volume and of the store
  !               60    0.0 %  damaged record
  .           48,456   37.0 %  free: the next record goes there
  +            8,728    6.7 %  behind the records, and not erased
  e            4,096    3.1 %  event log, erased
  W               32    0.0 %  working area: the queue of interrupted writes
  w            4,064    3.1 %  working area, erased
  S            8,193    6.3 %  spare area: what a write saved before
  s           57,343   43.7 %  spare area, erased
! error NV2204: variable record at offset 0x64 of ./damaged.fd: its name and data take 2147483657 bytes, the store has 57184 left; the firmware ends its walk here or crashes, and nonvol takes neither this variable nor what lies behind it (./damaged.fd, byte 0x88)
[exit 5]

$ head -c 540672 /dev/zero >blank.fd; nonvol vars map ./blank.fd
./blank.fd: 540,672 bytes, layout ovmf-4m

         0x0 [bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb]
     0x2c000 [bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb]
     0x58000 [bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb]
     0x84000 end; one letter is about 2,773 bytes


  b          540,672  100.0 %  blank: the firmware will format it
! note NV2209: ./blank.fd is blank: 540672 of its 540672 bytes were looked at and all are 0x00 (./blank.fd)

$ echo '{"version":2,"variables":[]}' >q.json; nonvol vars map ./q.json
! nonvol: NV2348: ./q.json is QEMU's uefi-vars JSON: it has no records but the live variables
!   at:   ./q.json
!   try:  nonvol vars list ./q.json
[exit 4]
