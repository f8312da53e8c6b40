$ printf '%064d' 1 >key1; printf '%064d\n' 2 >key2; printf '%064d' 3 >key3; echo short >bad

$ nonvol blob format ./e.nv --entry tpm:100:encrypted --entry boot:100 --uuid 00112233-4455-4677-8899-aabbccddeeff
! nonvol: NV7301: an image with encrypted entries needs a key
!   at:   ./e.nv
!   try:  openssl rand -out KEYFILE 32
[exit 4]

$ nonvol blob format ./e.nv --entry boot:100 --key-file key1
! nonvol: NV7304: a key was given, but none of the entries is to be encrypted
!   at:   ./e.nv
!   try:  nonvol help blob format
[exit 4]

$ nonvol blob format ./e.nv --entry tpm:100:encrypted --key-file bad
! nonvol: NV7303: a key is 32 bytes or 64 hexadecimal digits, this has 6 bytes
!   at:   bad
!   try:  openssl rand -out KEYFILE 32
[exit 2]

$ nonvol blob format ./e.nv --entry tpm:100:encrypted --key-file key1 --key-fd 3
! nonvol: NV1006: --key-file and --key-fd exclude each other
!   try:  nonvol help blob format
[exit 2]

$ nonvol blob format ./e.nv --entry tpm:100:encrypted --key-file none
! nonvol: NV5001: cannot open none: No such file or directory
!   at:   none
!   try:  nonvol explain NV5001
[exit 3]

$ nonvol blob format ./e.nv --entry tpm:100:encrypted --entry boot:100 --uuid 00112233-4455-4677-8899-aabbccddeeff --reserve 64K --key-file key1
created ./e.nv: 102,400 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  tpm   atomic, encrypted  100 bytes  at 16,384
  boot  atomic             100 bytes  at 28,672

# The same again, with the same key, is nothing to do; with another one it is not.
$ nonvol blob format ./e.nv --entry tpm:100:encrypted --entry boot:100 --key-file key1; nonvol blob format ./e.nv --entry tpm:100:encrypted --entry boot:100 --key-file key2
./e.nv is an image with these entries already; nothing to do
! nonvol: NV7302: the key opens none of the 1 key slots of ./e.nv
!   at:   ./e.nv
!   try:  nonvol explain NV7302
[exit 4]

$ printf secret | nonvol blob put ./e.nv tpm --key-file key1 --json; nonvol blob get ./e.nv tpm --key-fd 3 3<key1; grep -c secret e.nv
{
  "schema": "nonvol.blob.put/1",
  "image": "./e.nv",
  "dry_run": false,
  "nothing_to_do": false,
  "entry": {
    "name": "tpm",
    "kind": "atomic",
    "capacity_bytes": 100,
    "encrypted": true,
    "offset_bytes": 16384,
    "used_bytes": 6
  },
  "generation_before": 0,
  "generation_after": 1,
  "writes": [
    {
      "offset_bytes": 16384,
      "size_bytes": 4096,
      "what": "slot A of 'tpm'"
    }
  ],
  "flushes": 2
}
secret0
[exit 1]

# Without its key an entry is neither empty nor damaged. What is not encrypted needs none.
$ nonvol blob list ./e.nv; nonvol blob get ./e.nv tpm; printf x | nonvol blob put ./e.nv tpm; nonvol blob delete ./e.nv tpm; nonvol blob check ./e.nv --scrub
image        ./e.nv, 102,400 bytes
layout       version 1, crc32c, directory generation 0, encrypted entries
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        77,740 bytes
NAME  KIND               STATE          USED  CAPACITY  GENERATION
tpm   atomic, encrypted  present        6     100       1
boot  atomic             never-written  0     100       0
./e.nv: 2 entries, 4 slots read, all 102,400 bytes read, encrypted contents not looked at (no key); clean
! nonvol: NV7301: 'tpm' is encrypted, key needed
!   at:   ./e.nv, byte 0x4000
!   try:  nonvol explain NV7301
! nonvol: NV7301: 'tpm' is encrypted, key needed
!   at:   ./e.nv, byte 0x4000
!   try:  nonvol explain NV7301
! nonvol: NV7301: 'tpm' is encrypted, key needed
!   at:   ./e.nv, byte 0x4000
!   try:  nonvol explain NV7301

$ printf open | nonvol blob put ./e.nv boot; nonvol blob get ./e.nv boot; nonvol blob check ./e.nv --key-file key1 --scrub
wrote 'boot': 4 bytes, generation 1
  4,096 bytes  at 28,672  slot A of 'boot'
  2 flushes
open./e.nv: 2 entries, 4 slots read, all 102,400 bytes read; clean

$ nonvol blob get ./e.nv tpm --key-file key2; nonvol blob list ./e.nv --key-file key2 --json; nonvol blob get ./e.nv tpm --key-fd 99
{
  "schema": "nonvol.error/1",
  "id": "NV7302",
  "exit_code": 4,
  "message": "the key opens none of the 1 key slots of ./e.nv",
  "place": {
    "file": "./e.nv"
  },
  "notes": [],
  "hint": "nonvol explain NV7302"
}
! nonvol: NV7302: the key opens none of the 1 key slots of ./e.nv
!   at:   ./e.nv
!   try:  nonvol explain NV7302
! nonvol: NV7302: the key opens none of the 1 key slots of ./e.nv
!   at:   ./e.nv
!   try:  nonvol explain NV7302
! nonvol: NV5003: cannot read descriptor 99: Bad file descriptor
!   at:   descriptor 99
!   try:  nonvol explain NV5003
[exit 6]

# Exchanging the key.
$ nonvol blob rekey ./e.nv --key-file key1
! nonvol: NV1001: --new-key-file or --new-key-fd is missing
!   try:  nonvol help blob rekey
[exit 2]

$ nonvol blob rekey ./e.nv --new-key-file key2; nonvol blob rekey ./e.nv --key-file key3 --new-key-file key2; nonvol blob rekey ./e.nv --key-file key1 --new-key-file bad
! nonvol: NV7301: the key that opens ./e.nv now is needed to exchange it
!   at:   ./e.nv
!   try:  nonvol explain NV7301
! nonvol: NV7302: the key opens none of the 1 key slots of ./e.nv
!   at:   ./e.nv
!   try:  nonvol explain NV7302
! nonvol: NV7303: a key is 32 bytes or 64 hexadecimal digits, this has 6 bytes
!   at:   bad
!   try:  openssl rand -out KEYFILE 32
[exit 2]

$ cp e.nv before; nonvol blob rekey ./e.nv --key-file key1 --new-key-file key2 --dry-run; cmp e.nv before; nonvol blob rekey ./e.nv --key-file key1 --new-key-file key2 --json; nonvol blob get ./e.nv tpm --key-file key1; nonvol blob get ./e.nv tpm --key-file key2
./e.nv would open with the new key only
  4,096 bytes  at 4,096  slot A of the directory
  4,096 bytes  at 8,192  slot B of the directory
  3 flushes
{
  "schema": "nonvol.blob.rekey/1",
  "image": "./e.nv",
  "dry_run": false,
  "nothing_to_do": false,
  "writes": [
    {
      "offset_bytes": 4096,
      "size_bytes": 4096,
      "what": "slot A of the directory"
    },
    {
      "offset_bytes": 8192,
      "size_bytes": 4096,
      "what": "slot B of the directory"
    }
  ],
  "flushes": 3
}
secret
[no newline at the end]
! nonvol: NV7302: the key opens none of the 1 key slots of ./e.nv
!   at:   ./e.nv
!   try:  nonvol explain NV7302

$ nonvol blob rekey ./e.nv --key-file key1 --new-key-file key2; nonvol blob rekey ./e.nv --key-file key2 --new-key-fd 3 3<key3; nonvol blob get ./e.nv tpm --key-file key3
./e.nv opens with the new key only already; nothing to do
./e.nv opens with the new key only
  4,096 bytes  at 4,096  slot A of the directory
  4,096 bytes  at 8,192  slot B of the directory
  3 flushes
secret
[no newline at the end]

# Cut off between its two steps, both keys open the image; doing it again ends it.
$ cp e.nv half.nv; nonvol blob rekey ./half.nv --key-file key3 --new-key-file key1 >out; dd if=e.nv of=half.nv bs=4096 skip=2 seek=2 count=1 conv=notrunc status=none; nonvol blob get ./half.nv tpm --key-file key3; nonvol blob get ./half.nv tpm --key-file key1; nonvol blob check ./half.nv
secretsecret./half.nv: 2 entries, 4 slots read, encrypted contents not looked at (no key); 1 finding
! warning NV7307: the image opens with two keys: exchanging them was not finished (./half.nv, byte 0x1000)
[exit 1]

$ nonvol blob rekey ./half.nv --key-file key3 --new-key-file key1; nonvol blob get ./half.nv tpm --key-file key1; nonvol blob get ./half.nv tpm --key-file key3; nonvol blob check ./half.nv --key-file key1
./half.nv opens with the new key only
  4,096 bytes  at 8,192  slot B of the directory
  4,096 bytes  at 4,096  slot A of the directory
  3 flushes
secret./half.nv: 2 entries, 4 slots read; clean
! nonvol: NV7302: the key opens none of the 1 key slots of ./half.nv
!   at:   ./half.nv
!   try:  nonvol explain NV7302

# A directory that someone without the key changed: 'boot' is called 'toot'.
$ cp e.nv x.nv; poke_directory x.nv 0c04626f6f74 0c04746f6f74; nonvol blob list ./x.nv --key-file key3; nonvol blob get ./x.nv tpm --key-file key3
! nonvol: NV7306: the directory of ./x.nv is not what its owner sealed
!   at:   ./x.nv, byte 0x1000
!   try:  nonvol explain NV7306
! nonvol: NV7306: the directory of ./x.nv is not what its owner sealed
!   at:   ./x.nv, byte 0x1000
!   try:  nonvol explain NV7306
[exit 5]

# Adding, and copying under a fresh data key.
$ nonvol blob add ./e.nv --entry more:10; nonvol blob add ./e.nv --entry more:10 --entry also:10:encrypted --key-file key3 --dry-run; nonvol blob add ./e.nv --entry more:10 --entry also:10:encrypted --key-file key3 --json
would add 'more': atomic, 10 bytes
would add 'also': atomic, encrypted, 10 bytes
  8,192 bytes  at 45,056  both slots of 'more'
  14 bytes     at 45,042  framing of 'more'
  4,096 bytes  at 49,152  slot B of 'more'
  4,096 bytes  at 4,096   slot A of the directory
  8,192 bytes  at 57,344  both slots of 'also'
  14 bytes     at 57,330  framing of 'also'
  4,096 bytes  at 61,440  slot B of 'also'
  4,096 bytes  at 8,192   slot B of the directory
  4 flushes
{
  "schema": "nonvol.blob.add/1",
  "image": "./e.nv",
  "dry_run": false,
  "nothing_to_do": false,
  "entries": [
    {
      "name": "more",
      "kind": "atomic",
      "capacity_bytes": 10,
      "encrypted": false,
      "offset_bytes": 45056,
      "was_there": false
    },
    {
      "name": "also",
      "kind": "atomic",
      "capacity_bytes": 10,
      "encrypted": true,
      "offset_bytes": 57344,
      "was_there": false
    }
  ],
  "writes": [
    {
      "offset_bytes": 45056,
      "size_bytes": 8192,
      "what": "both slots of 'more'"
    },
    {
      "offset_bytes": 45042,
      "size_bytes": 14,
      "what": "framing of 'more'"
    },
    {
      "offset_bytes": 49152,
      "size_bytes": 4096,
      "what": "slot B of 'more'"
    },
    {
      "offset_bytes": 4096,
      "size_bytes": 4096,
      "what": "slot A of the directory"
    },
    {
      "offset_bytes": 57344,
      "size_bytes": 8192,
      "what": "both slots of 'also'"
    },
    {
      "offset_bytes": 57330,
      "size_bytes": 14,
      "what": "framing of 'also'"
    },
    {
      "offset_bytes": 61440,
      "size_bytes": 4096,
      "what": "slot B of 'also'"
    },
    {
      "offset_bytes": 8192,
      "size_bytes": 4096,
      "what": "slot B of the directory"
    }
  ],
  "flushes": 4
}
! nonvol: NV7301: the directory of ./e.nv is sealed; its key is needed to add to it
!   at:   ./e.nv
!   try:  nonvol explain NV7301

$ nonvol blob resize ./e.nv --entry tpm:200; nonvol blob resize ./e.nv --new-data-key
! nonvol: NV7301: 'tpm' is encrypted, key needed
!   at:   ./e.nv, byte 0x4000
!   try:  nonvol explain NV7301
! nonvol: NV7301: --new-data-key is for encrypted images, and needs their key
!   at:   ./e.nv
!   try:  nonvol blob list ./e.nv
[exit 4]

$ nonvol blob resize ./e.nv --entry tpm:200 --new-data-key --key-file key3; nonvol blob get ./e.nv tpm --key-file key3; nonvol blob list ./e.nv
copied ./e.nv: 102,400 bytes before, 61,440 bytes now
  tpm   atomic, encrypted  200 bytes  at 16,384
  boot  atomic             100 bytes  at 28,672
  more  atomic             10 bytes   at 40,960
  also  atomic, encrypted  10 bytes   at 53,248
secretimage        ./e.nv, 61,440 bytes
layout       version 1, crc32c, directory generation 0, encrypted entries
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        20,369 bytes
NAME  KIND               STATE          USED  CAPACITY  GENERATION
tpm   atomic, encrypted  present        6     200       1
boot  atomic             present        4     100       1
more  atomic             never-written  0     10        0
also  atomic, encrypted  never-written  0     10        0

# A slot of another image under the same key: undamaged, but not authentic. The UUIDs are the same, the data keys are not.
$ nonvol blob format ./f.nv --entry tpm:200:encrypted --entry boot:100 --uuid 00112233-4455-4677-8899-aabbccddeeff --key-file key3 >out; for n in 1 2 3; do printf "$n" | nonvol blob put ./f.nv tpm --key-file key3 >>out; done; dd if=f.nv of=e.nv bs=4096 skip=4 seek=4 count=2 conv=notrunc status=none; nonvol blob get ./e.nv tpm --key-file key3; nonvol blob check ./e.nv; nonvol blob check ./e.nv --key-file key3
./e.nv: 4 entries, 8 slots read, encrypted contents not looked at (no key); clean
./e.nv: 4 entries, 8 slots read; 1 finding
! nonvol: NV7305: generation 3 of 'tpm' is undamaged but was not sealed for this entry with the image's key
!   at:   ./e.nv, byte 0x4000
!   try:  nonvol explain NV7305
! error NV7305: generation 3 of 'tpm' is undamaged but was not sealed for this entry with the image's key (./e.nv, byte 0x4000)
[exit 1]

# An image that has no encrypted entry.
$ nonvol blob format ./p.nv --entry a:10 --uuid 00112233-4455-4677-8899-aabbccddeeff --reserve 32K >out; nonvol blob list ./p.nv --key-file key1; nonvol blob rekey ./p.nv --key-file key1 --new-key-file key2; nonvol blob rekey ./p.nv --new-key-file key2; nonvol blob resize ./p.nv --new-data-key
! nonvol: NV7304: a key was given, but nothing in ./p.nv is encrypted
!   at:   ./p.nv
!   try:  nonvol explain NV7304
! nonvol: NV7304: a key was given, but nothing in ./p.nv is encrypted
!   at:   ./p.nv
!   try:  nonvol explain NV7304
! nonvol: NV7304: nothing in ./p.nv is encrypted
!   at:   ./p.nv
!   try:  nonvol explain NV7304
! nonvol: NV7304: --new-data-key is for encrypted images, and this is none
!   at:   ./p.nv
!   try:  nonvol blob list ./p.nv
[exit 4]

$ nonvol blob add ./p.nv --entry s:10:encrypted; nonvol blob add ./p.nv --entry s:10:encrypted --key-file key1; printf hidden | nonvol blob put ./p.nv s --key-file key1; nonvol blob get ./p.nv s --key-file key1
added 's': atomic, encrypted, 10 bytes
  8,192 bytes  at 28,672  both slots of 's'
  11 bytes     at 28,661  framing of 's'
  4,096 bytes  at 32,768  slot B of 's'
  4,096 bytes  at 4,096   slot A of the directory
  2 flushes
wrote 's': 6 bytes, generation 1
  4,096 bytes  at 28,672  slot A of 's'
  2 flushes
hidden
[no newline at the end]
! nonvol: NV7301: an encrypted entry needs a key, and ./p.nv has none yet
!   at:   ./p.nv
!   try:  nonvol explain NV7301
