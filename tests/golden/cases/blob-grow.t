$ nonvol blob format ./a.nv --entry boot:100 --entry vars:8:plain --reserve 32K --uuid 00112233-4455-4677-8899-aabbccddeeff; printf content | nonvol blob put ./a.nv boot; printf 12345678 | nonvol blob put ./a.nv vars
created ./a.nv: 69,632 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  100 bytes  at 16,384
  vars  plain   8 bytes    at 28,672
wrote 'boot': 7 bytes, generation 1
  4,096 bytes  at 16,384  slot A of 'boot'
  2 flushes
wrote 'vars': 8 bytes
  8 bytes  at 28,672  blob of 'vars'
  1 flush

# Adding in slack.
$ cp a.nv before; nonvol blob add ./a.nv --entry rtc:256 --entry raw:16:plain --dry-run; cmp a.nv before
would add 'rtc': atomic, 256 bytes
would add 'raw': plain, 16 bytes
  8,192 bytes  at 32,768  both slots of 'rtc'
  13 bytes     at 32,755  framing of 'rtc'
  4,096 bytes  at 36,864  slot B of 'rtc'
  4,096 bytes  at 4,096   slot A of the directory
  16 bytes     at 45,056  blob of 'raw'
  9 bytes      at 45,047  framing of 'raw'
  4,096 bytes  at 8,192   slot B of the directory
  4 flushes

$ nonvol blob add ./a.nv --entry rtc:256 --entry raw:16:plain
added 'rtc': atomic, 256 bytes
added 'raw': plain, 16 bytes
  8,192 bytes  at 32,768  both slots of 'rtc'
  13 bytes     at 32,755  framing of 'rtc'
  4,096 bytes  at 36,864  slot B of 'rtc'
  4,096 bytes  at 4,096   slot A of the directory
  16 bytes     at 45,056  blob of 'raw'
  9 bytes      at 45,047  framing of 'raw'
  4,096 bytes  at 8,192   slot B of the directory
  4 flushes

$ nonvol blob add ./a.nv --entry rtc:256 --entry raw:16:plain --json
{
  "schema": "nonvol.blob.add/1",
  "image": "./a.nv",
  "dry_run": false,
  "nothing_to_do": true,
  "entries": [
    {
      "name": "rtc",
      "kind": "atomic",
      "capacity_bytes": 256,
      "encrypted": false,
      "offset_bytes": 32768,
      "was_there": true
    },
    {
      "name": "raw",
      "kind": "plain",
      "capacity_bytes": 16,
      "encrypted": false,
      "offset_bytes": 45056,
      "was_there": true
    }
  ],
  "writes": [],
  "flushes": 1
}

$ nonvol blob add ./a.nv --entry rtc:257; nonvol blob add ./a.nv --entry rtc:256:plain; nonvol blob add ./a.nv
! nonvol: NV7406: 'rtc' is there: atomic, 256 bytes, not encrypted; asked for is: atomic, 257 bytes, not encrypted
!   at:   ./a.nv, byte 0x8000
!   try:  nonvol blob list ./a.nv
! nonvol: NV7406: 'rtc' is there: atomic, 256 bytes, not encrypted; asked for is: plain, 256 bytes, not encrypted
!   at:   ./a.nv, byte 0x8000
!   try:  nonvol blob list ./a.nv
! nonvol: NV1001: --entry is missing
!   try:  nonvol help blob add
[exit 2]

# What does not fit is refused before the first is added.
$ cp a.nv before; nonvol blob add ./a.nv --entry small:10 --entry large:64K; cmp a.nv before
! nonvol: NV7403: 'large' needs 139281 bytes on a page boundary, the largest free piece of ./a.nv has 12288
!   at:   ./a.nv
!   try:  nonvol blob resize ./a.nv --reserve 147456

$ nonvol blob list ./a.nv; nonvol blob check ./a.nv --scrub
image        ./a.nv, 69,632 bytes
layout       version 1, crc32c, directory generation 2
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        44,933 bytes
NAME  KIND    STATE          USED  CAPACITY  GENERATION
boot  atomic  present        7     100       1
vars  plain   present        8     8         -
rtc   atomic  never-written  0     256       0
raw   plain   present        16    16        -
./a.nv: 4 entries, 4 slots read, all 69,632 bytes read; clean

# The directory has room for at least 16 more names of usual length.
$ nonvol blob format ./d.nv --reserve 256K --uuid 00112233-4455-4677-8899-aabbccddeeff; entries=(); for n in {101..120}; do entries+=(--entry "$(printf "%.0s$n" {1..80}):1:plain"); done; nonvol blob add ./d.nv "${entries[@]}"
created ./d.nv: 274,432 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
! nonvol: NV7404: the directory of ./d.nv holds up to 4032 bytes, it would need 4140
!   at:   ./d.nv, byte 0x1000
!   try:  nonvol blob resize ./d.nv
[exit 4]

$ nonvol blob format ./s.nv --seed-layout --entry a:4 >out; nonvol blob add ./s.nv --entry b:4
! nonvol: NV7405: ./s.nv has the seed's layout, which takes no more entries
!   at:   ./s.nv
!   try:  nonvol explain NV7405
[exit 4]

# Resizing: everything that is not named stays, generations go on.
$ cp a.nv before; nonvol blob resize ./a.nv --entry boot:8K --drop raw --reserve 12K --dry-run; cmp a.nv before
would copy ./a.nv: 69,632 bytes before, 69,632 bytes afterwards
  boot  atomic  8,192 bytes  at 16,384
  vars  plain   8 bytes      at 45,056
  rtc   atomic  256 bytes    at 49,152

$ chmod 640 a.nv; nonvol blob resize ./a.nv --entry boot:8K --drop raw --reserve 12K; stat -c '%a %s' a.nv; ls -A
copied ./a.nv: 69,632 bytes before, 69,632 bytes now
  boot  atomic  8,192 bytes  at 16,384
  vars  plain   8 bytes      at 45,056
  rtc   atomic  256 bytes    at 49,152
640 69632
a.nv
before
d.nv
out
s.nv

$ nonvol blob list ./a.nv; nonvol blob get ./a.nv boot; nonvol blob get ./a.nv vars; nonvol blob check ./a.nv --scrub
image        ./a.nv, 69,632 bytes
layout       version 1, crc32c, directory generation 0
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        28,570 bytes
NAME  KIND    STATE          USED  CAPACITY  GENERATION
boot  atomic  present        7     8,192     1
vars  plain   present        8     8         -
rtc   atomic  never-written  0     256       0
content12345678./a.nv: 3 entries, 4 slots read, all 69,632 bytes read; clean

$ nonvol blob resize ./a.nv --entry boot:8K --reserve 12K; nonvol blob resize ./a.nv --entry boot:8K:atomic --reserve 12K --json
./a.nv has this layout already; nothing to do
{
  "schema": "nonvol.blob.resize/1",
  "image": "./a.nv",
  "dry_run": false,
  "nothing_to_do": true,
  "seed_layout": false,
  "image_bytes_before": 69632,
  "image_bytes": 69632,
  "entries": [
    {
      "name": "boot",
      "kind": "atomic",
      "capacity_bytes": 8192,
      "encrypted": false,
      "offset_bytes": 16384,
      "blob_bytes": 24576
    },
    {
      "name": "vars",
      "kind": "plain",
      "capacity_bytes": 8,
      "encrypted": false,
      "offset_bytes": 45056,
      "blob_bytes": 8
    },
    {
      "name": "rtc",
      "kind": "atomic",
      "capacity_bytes": 256,
      "encrypted": false,
      "offset_bytes": 49152,
      "blob_bytes": 8192
    }
  ]
}

$ openssl asn1parse -inform DER -in a.nv | cut -c1-40
    0:d=0  hl=5 l=69627 cons: SEQUENCE  
    5:d=1  hl=2 l=  10 prim: UTF8STRING 
   17:d=1  hl=4 l=4055 prim: cont [ 0 ] 
 4076:d=1  hl=4 l=8208 cons: SEQUENCE   
 4080:d=2  hl=2 l=  10 prim: UTF8STRING 
 4092:d=2  hl=4 l=8192 prim: OCTET STRIN
12288:d=1  hl=4 l=4078 prim: cont [ 0 ] 
16370:d=1  hl=4 l=24586 cons: SEQUENCE  
16374:d=2  hl=2 l=   4 prim: UTF8STRING 
16380:d=2  hl=4 l=24576 prim: OCTET STRI
40960:d=1  hl=4 l=4082 prim: cont [ 0 ] 
45046:d=1  hl=2 l=  16 cons: SEQUENCE   
45048:d=2  hl=2 l=   4 prim: UTF8STRING 
45054:d=2  hl=2 l=   8 prim: OCTET STRIN
45064:d=1  hl=4 l=4071 prim: cont [ 0 ] 
49139:d=1  hl=4 l=8201 cons: SEQUENCE   
49143:d=2  hl=2 l=   3 prim: UTF8STRING 
49148:d=2  hl=4 l=8192 prim: OCTET STRIN
57344:d=1  hl=4 l=12284 prim: cont [ 0 ]

# A link stays a link.
$ ln -s a.nv link.nv; nonvol blob resize ./link.nv --size 96K --json; test -L link.nv && stat -c %s a.nv
{
  "schema": "nonvol.blob.resize/1",
  "image": "./link.nv",
  "dry_run": false,
  "nothing_to_do": false,
  "seed_layout": false,
  "image_bytes_before": 69632,
  "image_bytes": 98304,
  "entries": [
    {
      "name": "boot",
      "kind": "atomic",
      "capacity_bytes": 8192,
      "encrypted": false,
      "offset_bytes": 16384,
      "blob_bytes": 24576
    },
    {
      "name": "vars",
      "kind": "plain",
      "capacity_bytes": 8,
      "encrypted": false,
      "offset_bytes": 45056,
      "blob_bytes": 8
    },
    {
      "name": "rtc",
      "kind": "atomic",
      "capacity_bytes": 256,
      "encrypted": false,
      "offset_bytes": 49152,
      "blob_bytes": 8192
    }
  ]
}
98304

# Room for a large entry.
$ nonvol blob add ./a.nv --entry large:64K; nonvol blob resize ./a.nv --reserve 144K >out; nonvol blob add ./a.nv --entry large:64K
added 'large': atomic, 65,536 bytes
  139,264 bytes  at 61,440   both slots of 'large'
  17 bytes       at 61,423   framing of 'large'
  4,096 bytes    at 131,072  slot B of 'large'
  4,096 bytes    at 4,096    slot A of the directory
  2 flushes
! nonvol: NV7403: 'large' needs 139281 bytes on a page boundary, the largest free piece of ./a.nv has 40956
!   at:   ./a.nv
!   try:  nonvol blob resize ./a.nv --reserve 147456

# What would lose something is refused.
$ cp a.nv before; nonvol blob resize ./a.nv --entry boot:6; nonvol blob resize ./a.nv --entry vars:16; nonvol blob resize ./a.nv --drop none; nonvol blob resize ./a.nv --drop boot --entry boot:10; nonvol blob resize ./a.nv --size 4K; cmp a.nv before
! nonvol: NV7206: 'boot' holds 7 bytes, its new capacity is 6
!   at:   ./a.nv, byte 0x4000
!   try:  nonvol explain NV7206
! nonvol: NV7207: 'vars' holds 8 bytes and is to be plain with 16
!   at:   ./a.nv, byte 0xb000
!   try:  nonvol explain NV7207
! nonvol: NV7202: ./a.nv has no entry 'none'
!   at:   ./a.nv
!   try:  nonvol blob list ./a.nv
! nonvol: NV7407: 'boot' is to be dropped and to be changed
!   try:  nonvol explain NV7407
! nonvol: NV7402: the image has 4096 bytes, the entries need 200704
!   try:  nonvol explain NV7402

# The seed's layout, resized and made another.
$ printf data | nonvol blob put ./s.nv a; nonvol blob resize ./s.nv --entry b:4:plain; nonvol blob get ./s.nv a; nonvol blob list ./s.nv --json | grep seed_layout
wrote 'a': 4 bytes
  4 bytes  at 21  blob of 'a'
  1 flush
copied ./s.nv: 25 bytes before, 36 bytes now
  a  plain  4 bytes  at 21
  b  plain  4 bytes  at 32
data  "seed_layout": true,

$ nonvol blob resize ./s.nv --entry c:100:atomic >out; nonvol blob get ./s.nv a; nonvol blob list ./s.nv | grep -v uuid
dataimage        ./s.nv, 32,768 bytes
layout       version 1, crc32c, directory generation 0
slack        16,299 bytes
NAME  KIND    STATE          USED  CAPACITY  GENERATION
a     plain   present        4     4         -
b     plain   present        4     4         -
c     atomic  never-written  0     100       0

# Only a file of its own.
$ nonvol blob resize 'nbd+unix:///?socket=none.sock' --size 1M; nonvol blob resize /dev/null --size 1M; nonvol blob resize ./missing.nv
! nonvol: NV7409: nbd+unix:///?socket=none.sock is on a server, which cannot replace it
!   at:   nbd+unix:///?socket=none.sock
!   try:  nonvol blob export 'nbd+unix:///?socket=none.sock' DIRECTORY
! nonvol: NV7409: /dev/null is a device, which has the size it has
!   at:   /dev/null
!   try:  nonvol blob export /dev/null DIRECTORY
! nonvol: NV5001: cannot examine ./missing.nv: No such file or directory
!   at:   ./missing.nv
!   try:  nonvol explain NV5001
[exit 3]

$ printf 'QFI\xfb' >q.nv; truncate -s 4K q.nv; nonvol blob resize ./q.nv --size 1M
! nonvol: NV7409: ./q.nv is a qcow2 or LUKS container, which would be left behind
!   at:   ./q.nv
!   try:  nonvol blob export ./q.nv DIRECTORY
[exit 4]
