# Names that a shell or a file system would take amiss; content that is there, empty, deleted and never written.
$ nonvol blob format ./a.nvram --entry tpm:64K --entry raw:16:plain --entry 'a/b %c;d:100' --entry 'blüte:100' --entry empty:100 --entry gone:100 --entry never:100 --entry=-x:100 --entry nvram.json:100 --uuid 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c >log; for n in tpm 'a/b %c;d' blüte gone -x nvram.json; do printf 'of %s' "$n" | nonvol blob put ./a.nvram -- "$n" >>log; done; printf '' | nonvol blob put ./a.nvram empty >>log; nonvol blob delete ./a.nvram gone >>log

$ nonvol blob export ./a.nvram ./out --dry-run; ls
would export 7 of 9 entries of ./a.nvram to ./out
  tpm         tpm               6 bytes
  raw         raw               16 bytes
  a/b %c;d    a%2fb%20%25c%3bd  11 bytes
  blüte      blüte            9 bytes
  empty       empty             0 bytes
  gone        -                 deleted
  never       -                 never-written
  -x          %2dx              5 bytes
  nvram.json  %-8               13 bytes
a.nvram
log

$ nonvol blob export ./a.nvram ./out; stat -c '%A %n' out out/*; ls -1 out; cat out/nvram.json
exported 7 of 9 entries of ./a.nvram to ./out
  tpm         tpm               6 bytes
  raw         raw               16 bytes
  a/b %c;d    a%2fb%20%25c%3bd  11 bytes
  blüte      blüte            9 bytes
  empty       empty             0 bytes
  gone        -                 deleted
  never       -                 never-written
  -x          %2dx              5 bytes
  nvram.json  %-8               13 bytes
drwx------ out
-rw------- out/%-8
-rw------- out/%2dx
-rw------- out/a%2fb%20%25c%3bd
-rw------- out/blüte
-rw------- out/empty
-rw------- out/nvram.json
-rw------- out/raw
-rw------- out/tpm
%-8
%2dx
a%2fb%20%25c%3bd
blüte
empty
nvram.json
raw
tpm
{
  "schema": "nonvol.blob.export/1",
  "image": "./a.nvram",
  "seed_layout": false,
  "uuid": "5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c",
  "integrity": "crc32c",
  "image_bytes": 245760,
  "entries": [
    {
      "name": "tpm",
      "kind": "atomic",
      "capacity_bytes": 65536,
      "encrypted": false,
      "generation": 1,
      "state": "present",
      "file": "tpm",
      "size_bytes": 6,
      "sha256": "d337fd5a08b6c6bb6fff8412b9680813d3ce4f0fb8c087e67b985d3dfa4effdc"
    },
    {
      "name": "raw",
      "kind": "plain",
      "capacity_bytes": 16,
      "encrypted": false,
      "generation": 0,
      "state": "present",
      "file": "raw",
      "size_bytes": 16,
      "sha256": "374708fff7719dd5979ec875d56cd2286f6d3cf7ec317a3b25632aab28ec37bb"
    },
    {
      "name": "a/b %c;d",
      "kind": "atomic",
      "capacity_bytes": 100,
      "encrypted": false,
      "generation": 1,
      "state": "present",
      "file": "a%2fb%20%25c%3bd",
      "size_bytes": 11,
      "sha256": "3004e2527b7abeee8b3801d73f29eabae2e029aee8ae88f5f56f0e10d80dd482"
    },
    {
      "name": "blüte",
      "kind": "atomic",
      "capacity_bytes": 100,
      "encrypted": false,
      "generation": 1,
      "state": "present",
      "file": "blüte",
      "size_bytes": 9,
      "sha256": "860547c0370bbb39126ff4c43ab96d295855a0b0d0efc951aaaaf7cba5e3856f"
    },
    {
      "name": "empty",
      "kind": "atomic",
      "capacity_bytes": 100,
      "encrypted": false,
      "generation": 1,
      "state": "present",
      "file": "empty",
      "size_bytes": 0,
      "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    },
    {
      "name": "gone",
      "kind": "atomic",
      "capacity_bytes": 100,
      "encrypted": false,
      "generation": 2,
      "state": "deleted",
      "file": null,
      "size_bytes": null,
      "sha256": null
    },
    {
      "name": "never",
      "kind": "atomic",
      "capacity_bytes": 100,
      "encrypted": false,
      "generation": 0,
      "state": "never-written",
      "file": null,
      "size_bytes": null,
      "sha256": null
    },
    {
      "name": "-x",
      "kind": "atomic",
      "capacity_bytes": 100,
      "encrypted": false,
      "generation": 1,
      "state": "present",
      "file": "%2dx",
      "size_bytes": 5,
      "sha256": "1673d8018aa510573d6db21f2de4754519e463ff121fc02ecc9da4a612c463a5"
    },
    {
      "name": "nvram.json",
      "kind": "atomic",
      "capacity_bytes": 100,
      "encrypted": false,
      "generation": 1,
      "state": "present",
      "file": "%-8",
      "size_bytes": 13,
      "sha256": "2736e1791c817121c4662f0de9feef7c83b12a82213b76b0ea66e8a90fb12b32"
    }
  ]
}

$ nonvol blob export ./a.nvram ./out
! nonvol: NV5005: ./out is not empty: it has '%-8'
!   at:   ./out
!   try:  nonvol explain NV5005
[exit 4]

$ mkdir made; nonvol blob export ./a.nvram ./made --json | jq -c '.schema, .directory, (.entries | length), .findings'
"nonvol.blob.export/1"
"./made"
9
[]

$ nonvol blob export ./a.nvram ./log
! nonvol: NV5005: ./log is there and is no directory
!   at:   ./log
!   try:  nonvol explain NV5005
[exit 4]

# Back: nothing to do, one that changed, a new image.
$ nonvol blob import ./a.nvram ./out
./a.nvram holds all of ./out already; nothing to do

$ printf other | nonvol blob put ./a.nvram tpm >log; nonvol blob import ./a.nvram ./out --dry-run; nonvol blob get ./a.nvram tpm; echo; nonvol blob import ./a.nvram ./out; nonvol blob get ./a.nvram tpm; echo
would import ./out into ./a.nvram
  tpm         tpm               6 bytes   written
  raw         raw               16 bytes  unchanged
  a/b %c;d    a%2fb%20%25c%3bd  11 bytes  unchanged
  blüte      blüte            9 bytes   unchanged
  empty       empty             0 bytes   unchanged
  -x          %2dx              5 bytes   unchanged
  nvram.json  %-8               13 bytes  unchanged
other
imported ./out into ./a.nvram
  tpm         tpm               6 bytes   written
  raw         raw               16 bytes  unchanged
  a/b %c;d    a%2fb%20%25c%3bd  11 bytes  unchanged
  blüte      blüte            9 bytes   unchanged
  empty       empty             0 bytes   unchanged
  -x          %2dx              5 bytes   unchanged
  nvram.json  %-8               13 bytes  unchanged
of tpm

$ nonvol blob import ./b.nvram ./out
! nonvol: NV5001: cannot open ./b.nvram: No such file or directory
!   at:   ./b.nvram
!   try:  nonvol explain NV5001
[exit 3]

$ nonvol blob import ./b.nvram ./out --format --dry-run; ls b.nvram
would format ./b.nvram from the manifest
would import ./out into ./b.nvram
  tpm         tpm               6 bytes   written
  raw         raw               16 bytes  written
  a/b %c;d    a%2fb%20%25c%3bd  11 bytes  written
  blüte      blüte            9 bytes   written
  empty       empty             0 bytes   written
  -x          %2dx              5 bytes   written
  nvram.json  %-8               13 bytes  written
! ls: cannot access 'b.nvram': No such file or directory
[exit 2]

$ nonvol blob import ./b.nvram ./out --format --json
{
  "schema": "nonvol.blob.import/1",
  "image": "./b.nvram",
  "directory": "./out",
  "dry_run": false,
  "formatted": true,
  "nothing_to_do": false,
  "entries": [
    {
      "name": "tpm",
      "file": "tpm",
      "size_bytes": 6,
      "outcome": "written",
      "generation": 1
    },
    {
      "name": "raw",
      "file": "raw",
      "size_bytes": 16,
      "outcome": "unchanged",
      "generation": 0
    },
    {
      "name": "a/b %c;d",
      "file": "a%2fb%20%25c%3bd",
      "size_bytes": 11,
      "outcome": "written",
      "generation": 1
    },
    {
      "name": "blüte",
      "file": "blüte",
      "size_bytes": 9,
      "outcome": "written",
      "generation": 1
    },
    {
      "name": "empty",
      "file": "empty",
      "size_bytes": 0,
      "outcome": "written",
      "generation": 1
    },
    {
      "name": "-x",
      "file": "%2dx",
      "size_bytes": 5,
      "outcome": "written",
      "generation": 1
    },
    {
      "name": "nvram.json",
      "file": "%-8",
      "size_bytes": 13,
      "outcome": "written",
      "generation": 1
    }
  ],
  "failure": null
}

$ nonvol blob list ./b.nvram | grep -v uuid; nonvol blob export ./b.nvram ./again >log; diff -r out again | grep -c generation; rm out/nvram.json again/nvram.json; diff -r out again && echo same
image        ./b.nvram, 245,760 bytes
layout       version 1, crc32c, directory generation 0
slack        40,733 bytes
NAME        KIND    STATE          USED  CAPACITY  GENERATION
tpm         atomic  present        6     65,536    1
raw         plain   present        16    16        -
a/b %c;d    atomic  present        11    100       1
blüte      atomic  present        9     100       1
empty       atomic  present        0     100       1
gone        atomic  never-written  0     100       0
never       atomic  never-written  0     100       0
-x          atomic  present        5     100       1
nvram.json  atomic  present        13    100       1
2
same

# Without a manifest, by the files' names.
$ mkdir plain; printf 1 >'plain/a%2fb %25c%3bd'; printf 2 >plain/tpm; nonvol blob import ./a.nvram ./plain; nonvol blob get ./a.nvram 'a/b %c;d'; echo
imported ./plain into ./a.nvram
  a/b %c;d  a%2fb %25c%3bd  1 bytes  written
  tpm       tpm             1 bytes  written
1

$ nonvol blob import ./c.nvram ./plain --format
! nonvol: NV7420: ./plain has no nvram.json, which --format makes the image from
!   at:   ./plain
!   try:  nonvol explain NV7420
[exit 5]

$ touch 'plain/50%'; nonvol blob import ./a.nvram ./plain; rm 'plain/50%'
! nonvol: NV7202: '50%' is named as no entry's file is
!   at:   ./plain/50%
!   try:  nonvol explain NV7202

# Everything is looked at before the first is written.
$ printf 3 >plain/tpm; printf x >plain/nobody; nonvol blob import ./a.nvram ./plain; rm plain/nobody; nonvol blob get ./a.nvram tpm; echo
2
! nonvol: NV7202: ./a.nvram has no entry 'nobody'
!   at:   ./a.nvram
!   try:  nonvol blob list ./a.nvram

$ head -c 101 /dev/zero >plain/never; nonvol blob import ./a.nvram ./plain --json | jq -r .id,.message; rm plain/never; printf 1 >plain/raw; nonvol blob import ./a.nvram ./plain; rm plain/raw; nonvol blob get ./a.nvram tpm; echo
NV7206
'never' holds up to 100 bytes, never has 101
2
! nonvol: NV7206: 'never' holds up to 100 bytes, never has 101
!   at:   ./plain/never
!   try:  nonvol explain NV7206
! nonvol: NV7207: 'raw' is plain and has 16 bytes, raw has 1
!   at:   ./plain/raw
!   try:  nonvol explain NV7207

# Manifests that are not as they should be, and a file that is not what the manifest says.
$ nonvol blob export ./a.nvram ./m >log; cp m/nvram.json good.json; printf X >>m/tpm; nonvol blob import ./a.nvram ./m
! nonvol: NV7421: tpm has the SHA-256 f1d106f917e3…, the manifest says d4735e3a265e…
!   at:   ./m/tpm
!   try:  rm ./m/nvram.json
[exit 5]

$ edit() { jq "$1" good.json >m/nvram.json; nonvol blob import ./a.nvram ./m 2>&1 | head -2; }; edit '.schema = "x"'; edit 'del(.entries)'; edit '.entries[0].file = "../good.json"'; edit '.entries[0].kind = "odd"'; edit '.entries[0].capacity_bytes = "1"'; edit '.entries[1].name = "tpm"'; edit '.entries[0].name = ""'; edit '.entries[0].file = "none"'; echo '{' >m/nvram.json; nonvol blob import ./a.nvram ./m 2>&1 | head -2; mkdir m/dir; edit '.entries[0].file = "dir"'
nonvol: NV7420: the manifest has the schema 'x', and must have nonvol.blob.export/1
  at:   ./m/nvram.json
nonvol: NV7420: the manifest has no array 'entries'
  at:   ./m/nvram.json
nonvol: NV7420: the manifest names '../good.json' as the file of 'tpm'
  at:   ./m/nvram.json at /entries/0
nonvol: NV7420: the manifest gives 'tpm' the kind 'odd', neither plain nor atomic
  at:   ./m/nvram.json at /entries/0
nonvol: NV7420: the manifest gives 'tpm' no capacity_bytes
  at:   ./m/nvram.json at /entries/0
nonvol: NV7420: the manifest has the entry 'tpm' twice
  at:   ./m/nvram.json at /entries/1
nonvol: NV7420: the manifest has an entry whose name is empty
  at:   ./m/nvram.json at /entries/0
nonvol: NV5001: cannot examine ./m/none: No such file or directory
  at:   ./m/none
nonvol: NV3001: the text ends where a member's name in quotes should be
  at:   ./m/nvram.json:2:1
nonvol: NV7420: the file of 'tpm' is no regular file
  at:   ./m/dir

$ nonvol blob import ./a.nvram ./nowhere
! nonvol: NV5001: cannot open directory ./nowhere: No such file or directory
!   at:   ./nowhere
!   try:  nonvol explain NV5001
[exit 3]

# A damaged entry is left out of an export, and not written over by an import.
$ cp b.nvram d.nvram; nonvol blob put ./d.nvram tpm -i log >log2; s=$(nonvol blob dump ./d.nvram tpm --json | jq '.entries[0].slots[].offset_bytes'); for o in $s; do poke d.nvram $((o + 64)) ffff; done; nonvol blob export ./d.nvram ./damaged; echo "exit $?"; ls damaged
exported 6 of 9 entries of ./d.nvram to ./damaged
  tpm         -                 damaged
  raw         raw               16 bytes
  a/b %c;d    a%2fb%20%25c%3bd  11 bytes
  blüte      blüte            9 bytes
  empty       empty             0 bytes
  gone        -                 never-written
  never       -                 never-written
  -x          %2dx              5 bytes
  nvram.json  %-8               13 bytes
exit 7
%-8
%2dx
a%2fb%20%25c%3bd
blüte
empty
nvram.json
raw
! error NV7204: the blob of 'tpm' cannot be read: slot A does not have the digest that its header says, slot B does not have the digest that its header says (./d.nvram, byte 0x4000)

$ nonvol blob import ./d.nvram ./plain
! nonvol: NV7204: the blob of 'tpm' cannot be read: slot A does not have the digest that its header says, slot B does not have the digest that its header says
!   at:   ./d.nvram, byte 0x4000
!   try:  nonvol blob dump ./d.nvram tpm
[exit 5]

# Encrypted entries: never without the key, decrypted with it.
$ openssl rand -out key 32; nonvol blob format ./e.nvram --entry k:100:encrypted --entry open:100 --key-file key >log; printf secret | nonvol blob put ./e.nvram k --key-file key >log; nonvol blob export ./e.nvram ./secrets; ls secrets
! nonvol: NV7301: 'k' is encrypted, key needed
!   at:   ./e.nvram
!   try:  nonvol blob export ./e.nvram ./secrets --key-file FILE
! ls: cannot access 'secrets': No such file or directory
[exit 2]

$ nonvol blob export ./e.nvram ./secrets --key-file key; cat secrets/k; echo
exported 1 of 2 entries of ./e.nvram to ./secrets
  k     k  6 bytes
  open  -  never-written
secret
! note: encrypted entries are exported decrypted; only the owner can read the files

$ nonvol blob import ./e2.nvram ./secrets --format; nonvol blob import ./e2.nvram ./secrets --format --key-file key; nonvol blob get ./e2.nvram k --key-file key; echo; nonvol blob import ./e2.nvram ./secrets
formatted ./e2.nvram from the manifest
imported ./secrets into ./e2.nvram
  k  k  6 bytes  written
secret
! nonvol: NV7301: an image with encrypted entries needs a key
!   at:   ./e2.nvram
!   try:  openssl rand -out KEYFILE 32
! nonvol: NV7301: 'k' is encrypted, key needed
!   at:   ./e2.nvram, byte 0x4000
!   try:  nonvol explain NV7301
[exit 4]
