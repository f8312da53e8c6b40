# All that an image is made of. No key is needed.
$ nonvol blob format ./a.nvram --entry tpm:64K --entry 'vars <1>:5000:plain' --reserve 40K --uuid 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c >log && for i in 1 2 3; do printf "state $i" | nonvol blob put ./a.nvram tpm >>log; done; nonvol blob add ./a.nvram --entry later:100 >>log

$ nonvol blob dump ./a.nvram
./a.nvram: 208,896 bytes, extended layout

offset   framing  content  what
0x0      17       0        header "qemu-nvram"
0x11     4        4,055    slack
0xfec    20       8,192    entry '.directory'
0x3000   4        4,077    slack
0x3ff1   15       139,264  entry 'tpm'
0x26000  4        4,074    slack
0x26fee  18       5,000    entry 'vars <1>'
0x28388  4        44,148   slack

directory at 0x1000
  slot A at 0x1000: valid, generation 1, present, 91 bytes, crc32c, newest
  slot B at 0x2000: valid, generation 0, present, 71 bytes, crc32c
  format version 1, image 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c, crc32c, 3 entries

entry 'tpm' at 0x4000: atomic, capacity 65,536 bytes
  slot A at 0x4000: valid, generation 3, present, 7 bytes, crc32c, newest
  slot B at 0x15000: valid, generation 2, present, 7 bytes, crc32c

entry 'vars <1>' at 0x27000: plain, capacity 5,000 bytes

entry 'later' at 0x29000: atomic, capacity 100 bytes, added in slack
  slot A at 0x29000: zero
  slot B at 0x2a000: valid, generation 0, absent, 0 bytes, crc32c, newest

$ nonvol blob dump ./a.nvram later --json
{
  "schema": "nonvol.blob.dump/1",
  "image": "./a.nvram",
  "image_bytes": 208896,
  "declared_bytes": 208896,
  "seed_layout": false,
  "header_bytes": 17,
  "read_to_bytes": 208896,
  "elements": [
    {
      "type": "slack",
      "offset_bytes": 17,
      "framing_bytes": 4,
      "content_offset_bytes": 21,
      "content_bytes": 4055
    },
    {
      "type": "entry",
      "name": ".directory",
      "offset_bytes": 4076,
      "framing_bytes": 20,
      "content_offset_bytes": 4096,
      "content_bytes": 8192
    },
    {
      "type": "slack",
      "offset_bytes": 12288,
      "framing_bytes": 4,
      "content_offset_bytes": 12292,
      "content_bytes": 4077
    },
    {
      "type": "entry",
      "name": "tpm",
      "offset_bytes": 16369,
      "framing_bytes": 15,
      "content_offset_bytes": 16384,
      "content_bytes": 139264
    },
    {
      "type": "slack",
      "offset_bytes": 155648,
      "framing_bytes": 4,
      "content_offset_bytes": 155652,
      "content_bytes": 4074
    },
    {
      "type": "entry",
      "name": "vars <1>",
      "offset_bytes": 159726,
      "framing_bytes": 18,
      "content_offset_bytes": 159744,
      "content_bytes": 5000
    },
    {
      "type": "slack",
      "offset_bytes": 164744,
      "framing_bytes": 4,
      "content_offset_bytes": 164748,
      "content_bytes": 44148
    }
  ],
  "directory": {
    "offset_bytes": 4096,
    "slots": [
      {
        "slot": "a",
        "offset_bytes": 4096,
        "size_bytes": 4096,
        "verdict": "valid",
        "newest": true,
        "content": "present",
        "generation": 1,
        "length_bytes": 91,
        "integrity": "crc32c",
        "cipher": "none",
        "proof_hex": "dd59ce0600000000000000000000000000000000000000000000000000000000"
      },
      {
        "slot": "b",
        "offset_bytes": 8192,
        "size_bytes": 4096,
        "verdict": "valid",
        "newest": false,
        "content": "present",
        "generation": 0,
        "length_bytes": 71,
        "integrity": "crc32c",
        "cipher": "none",
        "proof_hex": "5599e38d00000000000000000000000000000000000000000000000000000000"
      }
    ],
    "content": {
      "format_version": 1,
      "uuid": "5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c",
      "integrity": "crc32c",
      "attributes": [],
      "key_slots": [],
      "sealed": false
    }
  },
  "entries": [
    {
      "name": "later",
      "kind": "atomic",
      "in_directory": true,
      "added": true,
      "offset_bytes": 167936,
      "content_bytes": 8192,
      "capacity_bytes": 100,
      "encrypted": false,
      "attributes": [],
      "slots": [
        {
          "slot": "a",
          "offset_bytes": 167936,
          "size_bytes": 4096,
          "verdict": "zero",
          "newest": false
        },
        {
          "slot": "b",
          "offset_bytes": 172032,
          "size_bytes": 4096,
          "verdict": "valid",
          "newest": true,
          "content": "absent",
          "generation": 0,
          "length_bytes": 0,
          "integrity": "crc32c",
          "cipher": "none",
          "proof_hex": "9b3a338400000000000000000000000000000000000000000000000000000000"
        }
      ]
    }
  ],
  "findings": []
}

$ nonvol blob dump ./a.nvram .directory | tail -4
directory at 0x1000
  slot A at 0x1000: valid, generation 1, present, 91 bytes, crc32c, newest
  slot B at 0x2000: valid, generation 0, present, 71 bytes, crc32c
  format version 1, image 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c, crc32c, 3 entries

# What is stored in a slot, also in the older one; a plain entry has its blob only.
$ nonvol blob dump ./a.nvram tpm --slot a -o newest; cat newest; echo; nonvol blob dump ./a.nvram tpm --slot b -o -; echo
  slot A at 0x4000: valid, generation 3, present, 7 bytes, crc32c, newest
state 3
state 2
! wrote 7 bytes to newest

$ nonvol blob dump ./a.nvram tpm --slot b -o older --json
{
  "schema": "nonvol.blob.dump.payload/1",
  "image": "./a.nvram",
  "entry": "tpm",
  "slot": {
    "slot": "b",
    "offset_bytes": 86016,
    "size_bytes": 69632,
    "verdict": "valid",
    "newest": false,
    "content": "present",
    "generation": 2,
    "length_bytes": 7,
    "integrity": "crc32c",
    "cipher": "none",
    "proof_hex": "730397dd00000000000000000000000000000000000000000000000000000000"
  },
  "size_bytes": 7,
  "whole_slot": false
}
! wrote 7 bytes to older

$ nonvol blob dump ./a.nvram 'vars <1>' -o - | wc -c
5000

# What makes no sense, or is not there.
$ nonvol blob dump ./a.nvram tpm -o x
! nonvol: NV1001: 'tpm' is atomic and has two slots: --slot a or --slot b
!   try:  nonvol blob dump ./a.nvram tpm
[exit 2]

$ nonvol blob dump ./a.nvram 'vars <1>' --slot a -o x
! nonvol: NV1001: 'vars <1>' is plain and has no slots
!   try:  nonvol blob dump ./a.nvram 'vars <1>'
[exit 2]

$ nonvol blob dump ./a.nvram --slot a -o x
! nonvol: NV1001: --output and --slot are of one entry, and NAME is missing
!   try:  nonvol help blob dump
[exit 2]

$ nonvol blob dump ./a.nvram tpm --slot a
! nonvol: NV1001: --slot says what --output is to write, and that is missing
!   try:  nonvol help blob dump
[exit 2]

$ nonvol blob dump ./a.nvram tpm --slot a -o newest
! nonvol: NV5005: cannot create newest: File exists
!   at:   newest
!   try:  nonvol explain NV5005
[exit 4]

$ nonvol blob dump ./a.nvram later --slot a -o x
! nonvol: NV7201: slot A of 'later' holds nothing: it was never written
!   at:   ./a.nvram, byte 0x29000
!   try:  nonvol explain NV7201
[exit 3]

$ nonvol blob dump ./a.nvram nobody
! nonvol: NV7202: ./a.nvram has no entry 'nobody'
!   at:   ./a.nvram
!   try:  nonvol blob dump ./a.nvram
[exit 3]

$ nonvol blob dump ./a.nvram nobody --json
{
  "schema": "nonvol.error/1",
  "id": "NV7202",
  "exit_code": 3,
  "message": "./a.nvram has no entry 'nobody'",
  "place": {
    "file": "./a.nvram"
  },
  "notes": [],
  "hint": "nonvol blob dump ./a.nvram"
}
! nonvol: NV7202: ./a.nvram has no entry 'nobody'
!   at:   ./a.nvram
!   try:  nonvol blob dump ./a.nvram
[exit 3]

$ nonvol blob dump web01
! nonvol: NV4001: 'web01' would be a guest, and guests have no NVRAM image yet; a path has a '/' or '.' in it
!   try:  nonvol blob dump ./web01
[exit 3]

# What cannot be an image.
$ echo 'no image' >text; nonvol blob dump ./text
! nonvol: NV7102: ./text does not begin with an ASN.1 SEQUENCE
!   at:   ./text, byte 0x0
!   try:  nonvol explain NV7102
[exit 5]

$ truncate -s 8192 zeros; nonvol blob dump ./zeros
! nonvol: NV7101: ./zeros is empty: all of its 8192 bytes are zero
!   at:   ./zeros
!   try:  nonvol blob format ./zeros --entry NAME:SIZE
[exit 3]

# The newer slot torn: the other one is the blob. What the torn one holds can still be had, all of it.
$ cp a.nvram x.nvram; poke x.nvram 0x4045 45; nonvol blob dump ./x.nvram tpm
./x.nvram: 208,896 bytes, extended layout

offset   framing  content  what
0x0      17       0        header "qemu-nvram"
0x11     4        4,055    slack
0xfec    20       8,192    entry '.directory'
0x3000   4        4,077    slack
0x3ff1   15       139,264  entry 'tpm'
0x26000  4        4,074    slack
0x26fee  18       5,000    entry 'vars <1>'
0x28388  4        44,148   slack

directory at 0x1000
  slot A at 0x1000: valid, generation 1, present, 91 bytes, crc32c, newest
  slot B at 0x2000: valid, generation 0, present, 71 bytes, crc32c
  format version 1, image 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c, crc32c, 3 entries

entry 'tpm' at 0x4000: atomic, capacity 65,536 bytes
  slot A at 0x4000: damaged, generation 3, present, 7 bytes, crc32c; it does not have the digest that its header says
  slot B at 0x15000: valid, generation 2, present, 7 bytes, crc32c, newest
! warning NV7203: slot A of 'tpm' does not have the digest that its header says; slot B is good (./x.nvram, byte 0x4000)

$ nonvol blob dump ./x.nvram tpm --slot a -o torn; head -c 7 torn; echo
  slot A at 0x4000: damaged, generation 3, present, 7 bytes, crc32c; it does not have the digest that its header says
stateE3
! note: the slot's header is not to be believed; this is all that the slot holds
! wrote 69568 bytes to torn

# Both damaged, and an older one put back.
$ cp x.nvram y.nvram; poke y.nvram 0x15045 ff; nonvol blob dump ./y.nvram tpm | tail -3
entry 'tpm' at 0x4000: atomic, capacity 65,536 bytes
  slot A at 0x4000: damaged, generation 3, present, 7 bytes, crc32c; it does not have the digest that its header says
  slot B at 0x15000: damaged, generation 2, present, 7 bytes, crc32c; it does not have the digest that its header says
! error NV7204: neither slot of 'tpm' can be believed: slot A does not have the digest that its header says, slot B does not have the digest that its header says (./y.nvram, byte 0x4000)

$ cp a.nvram y.nvram; for i in 4 5; do echo $i | nonvol blob put ./y.nvram tpm >log; done; dd if=a.nvram of=y.nvram bs=4096 skip=21 seek=21 count=1 conv=notrunc status=none; nonvol blob dump ./y.nvram tpm | tail -3
entry 'tpm' at 0x4000: atomic, capacity 65,536 bytes
  slot A at 0x4000: valid, generation 5, present, 2 bytes, crc32c
  slot B at 0x15000: valid, generation 2, present, 7 bytes, crc32c
! error NV7205: slot A of 'tpm' holds generation 5, slot B generation 2; they must differ by 1 (./y.nvram, byte 0x4000)

# The directory damaged: the framing is what is left, and slots are told by their looks.
$ cp a.nvram x.nvram; poke x.nvram 0x1050 ffff; poke x.nvram 0x2050 ffff; nonvol blob dump ./x.nvram
./x.nvram: 208,896 bytes, extended layout

offset   framing  content  what
0x0      17       0        header "qemu-nvram"
0x11     4        4,055    slack
0xfec    20       8,192    entry '.directory'
0x3000   4        4,077    slack
0x3ff1   15       139,264  entry 'tpm'
0x26000  4        4,074    slack
0x26fee  18       5,000    entry 'vars <1>'
0x28388  4        44,148   slack

directory at 0x1000
  slot A at 0x1000: damaged, generation 1, present, 91 bytes, crc32c; it does not have the digest that its header says
  slot B at 0x2000: damaged, generation 0, present, 71 bytes, crc32c; it does not have the digest that its header says
  cannot be read

entry 'tpm' at 0x4000: not in the directory, 139,264 bytes, looks atomic
  slot A at 0x4000: unchecked, generation 3, present, 7 bytes, crc32c
  slot B at 0x15000: unchecked, generation 2, present, 7 bytes, crc32c

entry 'vars <1>' at 0x27000: not in the directory, 5,000 bytes, of unknown kind
! error NV7204: neither slot of '.directory' can be believed: slot A does not have the digest that its header says, slot B does not have the digest that its header says (./x.nvram, byte 0x1000)
[exit 5]

$ nonvol blob dump ./x.nvram tpm --slot a -o -; echo
state 3

# Cut off, lengthened, and with an element whose tag is none.
$ head -c 100000 a.nvram >cut.nvram; nonvol blob dump ./cut.nvram
./cut.nvram: 100,000 bytes, extended layout
  it says that it has 208,896 bytes; its elements can be read up to byte 155,648

offset  framing  content  what
0x0     17       0        header "qemu-nvram"
0x11    4        4,055    slack
0xfec   20       8,192    entry '.directory'
0x3000  4        4,077    slack
0x3ff1  15       139,264  entry 'tpm'

directory at 0x1000
  slot A at 0x1000: valid, generation 1, present, 91 bytes, crc32c, newest
  slot B at 0x2000: valid, generation 0, present, 71 bytes, crc32c
  format version 1, image 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c, crc32c, 3 entries

entry 'tpm' at 0x4000: atomic, capacity 65,536 bytes
  slot A at 0x4000: valid, generation 3, present, 7 bytes, crc32c, newest
  slot B at 0x15000: valid, generation 2, present, 7 bytes, crc32c

entry 'vars <1>' at 0x27000: plain, capacity 5,000 bytes

entry 'later' at 0x29000: atomic, capacity 100 bytes
  slot A at 0x29000: missing; it lies behind the end of the file
  slot B at 0x2a000: missing; it lies behind the end of the file
! error NV7104: the image says it is 208896 bytes long, ./cut.nvram has 100000 (./cut.nvram, byte 0x1)
! error NV7204: neither slot of 'later' can be believed: slot A lies behind the end of the file, slot B lies behind the end of the file (./cut.nvram, byte 0x29000)
[exit 5]

$ (cat a.nvram; echo) >long.nvram; nonvol blob dump ./long.nvram | head -3
./long.nvram: 208,897 bytes, extended layout
  it says that it has 208,896 bytes; its elements can be read up to byte 208,896

! error NV7104: the image says it is 208896 bytes long, ./long.nvram has 208897 (./long.nvram, byte 0x1)

$ cp a.nvram x.nvram; poke x.nvram 0x26000 31; nonvol blob dump ./x.nvram --json | jq -c '[.read_to_bytes, (.elements | length), (.entries | map(.name))], .findings[]'
[155648,4,["tpm","vars <1>","later"]]
{"id":"NV7105","severity":"error","message":"the element at byte 155648 has the tag 0x31, neither an entry (0x30) nor slack (0x80)","place":{"file":"./x.nvram","offset_bytes":155648},"hint":"openssl asn1parse -inform DER -in ./x.nvram"}
! error NV7105: the element at byte 155648 has the tag 0x31, neither an entry (0x30) nor slack (0x80) (./x.nvram, byte 0x26000)

# The seed's layout, and an encrypted image.
$ nonvol blob format ./s.nvram --seed-layout --entry a:10 --entry b:20 >log; nonvol blob dump ./s.nvram
./s.nvram: 58 bytes, the seed's layout

offset  framing  content  what
0x0     14       0        header "qemu-nvram"
0xe     7        10       entry 'a'
0x1f    7        20       entry 'b'

entry 'a' at 0x15: plain, capacity 10 bytes

entry 'b' at 0x26: plain, capacity 20 bytes

$ head -c 32 /dev/zero >key; nonvol blob format ./e.nvram --entry k:100:encrypted --key-file key --uuid 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c >log; echo secret | nonvol blob put ./e.nvram k --key-file key >log; nonvol blob dump ./e.nvram | tail -9
directory at 0x1000
  slot A at 0x1000: zero
  slot B at 0x2000: valid, generation 0, present, 148 bytes, crc32c, newest
  format version 1, image 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c, crc32c, 1 entries
  key slot 0 in use

entry 'k' at 0x4000: atomic, capacity 100 bytes, encrypted
  slot A at 0x4000: valid, generation 1, present, 7 bytes, crc32c, aes-256-gcm, newest
  slot B at 0x5000: valid, generation 0, absent, 0 bytes, crc32c, aes-256-gcm

$ nonvol blob dump ./e.nvram k --slot a -o - | grep -c secret
0
[exit 1]
