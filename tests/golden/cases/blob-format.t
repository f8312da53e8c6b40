# How large an image must be.
$ nonvol blob measure --entry tpm:64K --entry vars:528KiB:plain --entry a:b:100:encrypted --reserve 1M
1,761,280 bytes
  tpm   atomic             65,536 bytes   at 16,384
  vars  plain              540,672 bytes  at 159,744
  a:b   atomic, encrypted  100 bytes      at 704,512

$ nonvol blob measure --entry tpm:64K --entry vars:8K:plain --json
{
  "schema": "nonvol.blob.measure/1",
  "image_bytes": 167936,
  "seed_layout": false,
  "entries": [
    {
      "name": "tpm",
      "kind": "atomic",
      "capacity_bytes": 65536,
      "encrypted": false,
      "offset_bytes": 16384,
      "blob_bytes": 139264
    },
    {
      "name": "vars",
      "kind": "plain",
      "capacity_bytes": 8192,
      "encrypted": false,
      "offset_bytes": 159744,
      "blob_bytes": 8192
    }
  ]
}

$ nonvol blob measure
12,288 bytes

$ nonvol blob measure --seed-layout --entry permall:256K --entry savestate:64K --entry volatile:4K
331,851 bytes, seed layout
  permall    plain  262,144 bytes  at 36
  savestate  plain  65,536 bytes   at 262,201
  volatile   plain  4,096 bytes    at 327,755

# A new image.
$ nonvol blob format ./a.nv --entry boot:4032 --entry vars:8K:plain --reserve 64K --uuid 00112233-4455-4677-8899-aabbccddeeff --dry-run
would create ./a.nv: 102,400 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  4,032 bytes  at 16,384
  vars  plain   8,192 bytes  at 28,672

$ ls

$ nonvol blob format ./a.nv --entry boot:4032 --entry vars:8K:plain --reserve 64K --uuid 00112233-4455-4677-8899-aabbccddeeff
created ./a.nv: 102,400 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  4,032 bytes  at 16,384
  vars  plain   8,192 bytes  at 28,672

$ stat -c '%a %s %n' a.nv; ls -A
600 102400 a.nv
a.nv

$ openssl asn1parse -inform DER -in a.nv | head -3
    0:d=0  hl=5 l=102395 cons: SEQUENCE          
    5:d=1  hl=2 l=  10 prim: UTF8STRING        :qemu-nvram
   17:d=1  hl=4 l=4055 prim: cont [ 0 ]        

# The same again keeps what it holds.
$ printf kept | nonvol blob put ./a.nv boot; nonvol blob format ./a.nv --entry boot:4032 --entry vars:8K:plain --uuid 00112233-4455-4677-8899-aabbccddeeff --json; nonvol blob get ./a.nv boot
wrote 'boot': 4 bytes, generation 1
  4,096 bytes  at 16,384  slot A of 'boot'
  1 flush
{
  "schema": "nonvol.blob.format/1",
  "image": "./a.nv",
  "dry_run": false,
  "nothing_to_do": true,
  "outcome": "nothing-to-do",
  "uuid": "00112233-4455-4677-8899-aabbccddeeff",
  "integrity": "crc32c",
  "seed_layout": false,
  "image_bytes": 102400,
  "entries": [
    {
      "name": "boot",
      "kind": "atomic",
      "capacity_bytes": 4032,
      "encrypted": false,
      "offset_bytes": 16384,
      "blob_bytes": 8192
    },
    {
      "name": "vars",
      "kind": "plain",
      "capacity_bytes": 8192,
      "encrypted": false,
      "offset_bytes": 28672,
      "blob_bytes": 8192
    }
  ]
}
kept
[no newline at the end]

# Anything else that is not empty is refused, and stays what it is.
$ cp a.nv before; nonvol blob format ./a.nv --entry boot:8K; cmp a.nv before
! nonvol: NV7401: ./a.nv holds an NVRAM image with other entries; it is left alone
!   at:   ./a.nv
!   try:  nonvol blob list ./a.nv

$ nonvol blob format ./a.nv --entry boot:4032 --entry vars:8K:plain --uuid 11111111-4455-4677-8899-aabbccddeeff; cmp a.nv before
! nonvol: NV7401: ./a.nv holds an NVRAM image with other entries; it is left alone
!   at:   ./a.nv
!   try:  nonvol blob list ./a.nv

$ echo 'somebody needs this' >text; cp text before; nonvol blob format ./text --entry boot:4032 --json; cmp text before
{
  "schema": "nonvol.error/1",
  "id": "NV7401",
  "exit_code": 4,
  "message": "./text holds something that is not an NVRAM image; it is left alone",
  "place": {
    "file": "./text"
  },
  "notes": [],
  "hint": "file ./text"
}
! nonvol: NV7401: ./text holds something that is not an NVRAM image; it is left alone
!   at:   ./text
!   try:  file ./text

$ head -c 8192 /dev/zero >x; printf data >>x; cp x before; nonvol blob format ./x --entry boot:4032; cmp x before
! nonvol: NV7401: ./x holds something that is not an NVRAM image; it is left alone
!   at:   ./x
!   try:  file ./x

$ nonvol blob format ./a.nv --entry boot:8K --lose-contents --dry-run --uuid 00112233-4455-4677-8899-aabbccddeeff; nonvol blob get ./a.nv boot
would format, losing what is there, ./a.nv: 102,400 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  8,192 bytes  at 16,384
kept
[no newline at the end]

$ nonvol blob format ./a.nv --entry boot:8K --lose-contents --uuid 00112233-4455-4677-8899-aabbccddeeff; nonvol blob get ./a.nv boot
formatted, losing what was there, ./a.nv: 102,400 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  8,192 bytes  at 16,384
! nonvol: NV7201: 'boot' holds nothing: it was never written
!   at:   ./a.nv, byte 0x4000
!   try:  nonvol explain NV7201
[exit 3]

# An empty file grows; one of zeros, or a device, has the size it has.
$ touch empty.nv; nonvol blob format ./empty.nv --entry boot:100 --size 64K --uuid 00112233-4455-4677-8899-aabbccddeeff; stat -c %s empty.nv
formatted ./empty.nv: 65,536 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  100 bytes  at 16,384
65536

$ truncate -s 40K zero.nv; nonvol blob format ./zero.nv --entry boot:100 --uuid 00112233-4455-4677-8899-aabbccddeeff --integrity sha256; stat -c %s zero.nv
formatted ./zero.nv: 40,960 bytes, sha256, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  100 bytes  at 16,384
40960

$ truncate -s 8K small.nv; nonvol blob format ./small.nv --entry boot:100; stat -c %s small.nv
8192
! nonvol: NV7402: the image has 8192 bytes, the entries need 24576
!   try:  nonvol explain NV7402

$ nonvol blob format ./small.nv --entry boot:100 --size 1M --uuid 00112233-4455-4677-8899-aabbccddeeff; stat -c %s small.nv
formatted ./small.nv: 1,048,576 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  100 bytes  at 16,384
1048576

$ ln -s link-target link.nv; nonvol blob format ./link.nv --entry a:1; ls -A | grep link
link.nv
! nonvol: NV5005: cannot rename to ./link.nv: File exists
!   at:   ./link.nv
!   try:  nonvol explain NV5005

# The seed's bytes: SEQUENCE, "qemu-nvram", entries, nothing else.
$ nonvol blob format ./seed.nv --seed-layout --entry permall:256K --entry savestate:64K --entry volatile:4K
created ./seed.nv: 331,851 bytes, seed layout
  permall    plain  262,144 bytes  at 36
  savestate  plain  65,536 bytes   at 262,201
  volatile   plain  4,096 bytes    at 327,755

$ od -A d -t x1 -N 48 seed.nv
0000000 30 83 05 10 46 0c 0a 71 65 6d 75 2d 6e 76 72 61
0000016 6d 30 83 04 00 0e 0c 07 70 65 72 6d 61 6c 6c 04
0000032 83 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00
0000048

$ nonvol blob format ./seed.nv --seed-layout --entry permall:256K --entry savestate:64K --entry volatile:4K
./seed.nv is an image with these entries already; nothing to do

$ nonvol blob format ./s2.nv --seed-layout --entry a:100:atomic
! nonvol: NV7405: 'a' is asked to be atomic, the seed's layout has plain entries only
!   try:  nonvol explain NV7405
[exit 4]

$ nonvol blob format ./s2.nv --seed-layout --entry a:100 --uuid 00112233-4455-4677-8899-aabbccddeeff
! nonvol: NV1006: --seed-layout and --uuid exclude each other
!   try:  nonvol help blob format
[exit 2]

$ nonvol blob format ./s2.nv --seed-layout --entry a:100 --integrity sha256
! nonvol: NV1006: --seed-layout and --integrity exclude each other
!   try:  nonvol help blob format
[exit 2]

# What cannot be asked for.
$ nonvol blob format nv --entry a:1
! nonvol: NV4001: 'nv' would be a guest, and guests have no NVRAM image yet; a path has a '/' or '.' in it
!   try:  nonvol blob format ./nv
[exit 3]

$ nonvol blob format ./n.nv --entry a
! nonvol: NV1001: --entry 'a' has no size; it is NAME:SIZE[:plain|:atomic][:encrypted]
!   try:  nonvol help blob format
[exit 2]

$ nonvol blob format ./n.nv --entry a:1:plain:atomic
! nonvol: NV1001: --entry 'a:1:plain:atomic' has 'plain' where a size or a kind belongs; it is NAME:SIZE[:plain|:atomic][:encrypted]
!   try:  nonvol help blob format
[exit 2]

$ nonvol blob format ./n.nv --entry a:99999999999G
! nonvol: NV1001: --entry 'a:99999999999G' has '99999999999G' where a size or a kind belongs; it is NAME:SIZE[:plain|:atomic][:encrypted]
!   try:  nonvol help blob format
[exit 2]

$ nonvol blob format ./n.nv --entry a:1 --entry a:2
! nonvol: NV7407: the name 'a' was given to two entries
!   try:  nonvol explain NV7407
[exit 2]

$ nonvol blob format ./n.nv --entry .directory:1
! nonvol: NV7407: the name '.directory' begins with a dot; such names belong to the format
!   try:  nonvol explain NV7407
[exit 2]

$ nonvol blob format ./n.nv --entry a:1:plain:encrypted --key-file k
! nonvol: NV5001: cannot open k: No such file or directory
!   at:   k
!   try:  nonvol explain NV5001
[exit 3]

$ nonvol blob format ./n.nv --entry a:2G
! nonvol: NV7407: 'a' is to have a capacity of 2147483648 bytes, possible are 1 to 1073741824
!   try:  nonvol explain NV7407
[exit 2]

$ nonvol blob format ./n.nv --entry a:1 --size many
! nonvol: NV1001: --size is 'many', and must be bytes or a number with K, M, G, KiB, MiB or GiB
!   try:  nonvol help blob format
[exit 2]

$ nonvol blob format ./n.nv --entry a:100 --size 4K
! nonvol: NV7402: the image has 4096 bytes, the entries need 24576
!   try:  nonvol explain NV7402
[exit 4]

$ nonvol blob format ./n.nv --entry a:1 --uuid 1234
! nonvol: NV1001: --uuid is '1234', and must be a UUID
!   try:  nonvol help blob format
[exit 2]

$ nonvol blob format ./n.nv --entry a:1 --wait-ms soon
! nonvol: NV1001: --wait-ms is 'soon', and must be a number
!   try:  nonvol help blob format
[exit 2]

$ nonvol blob format ./no/such/n.nv --entry a:1
! nonvol: NV5001: cannot examine ./no/such: No such file or directory
!   at:   ./no/such
!   try:  nonvol explain NV5001
[exit 3]

$ nonvol blob format ./no/such/n.nv --entry a:1 --dry-run
! nonvol: NV5001: cannot examine ./no/such: No such file or directory
!   at:   ./no/such
!   try:  nonvol explain NV5001
[exit 3]

$ ls -A | grep -e n.nv -e s2 -e '^[.]'
[exit 1]
