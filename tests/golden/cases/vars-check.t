# What firmware will do with a store, and what a repair saves of it.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Same:11111111-1111-4111-8111-111111111111:01 --variable Last:22222222-2222-4222-8222-222222222222:0203 good.fd

$ nonvol vars check ./good.fd
store        ./good.fd, layout ovmf-4m
firmware     firmware of the layout ovmf-4m, without SMM: keeps every variable
firmware     firmware of the layout ovmf-4m, with SMM: keeps every variable
space        262,044 bytes: 220 live in 3 variables, 0 dead in 0 records, 261,824 free
dbx          a current one (21,360 bytes) fits

$ nonvol vars check ./good.fd --smm off --json
{
  "schema": "nonvol.vars.check/1",
  "guest": null,
  "path": "./good.fd",
  "in_use": false,
  "layout": "ovmf-4m",
  "pending_write": false,
  "firmware": [
    {
      "code": "firmware of the layout ovmf-4m",
      "layout": "ovmf-4m",
      "smm": false,
      "outcome": "keeps",
      "sees": [
        {
          "name": "Lang",
          "guid": "8be4df61-93ca-11d2-aa0d-00e098032b8c"
        },
        {
          "name": "Same",
          "guid": "11111111-1111-4111-8111-111111111111"
        },
        {
          "name": "Last",
          "guid": "22222222-2222-4222-8222-222222222222"
        }
      ],
      "loses": [],
      "findings": []
    }
  ],
  "space": {
    "capacity_bytes": 262044,
    "live_bytes": 220,
    "dead_bytes": 0,
    "free_bytes": 261824,
    "live_variables": 3,
    "dead_records": 0
  },
  "revocations": {
    "needed_bytes": 21360,
    "limit_bytes": 33792,
    "available_bytes": 261824,
    "fits": true
  },
  "findings": []
}

$ nonvol vars repair ./good.fd
nothing to repair

# The pair that boots and saves nothing, and its opposite.
$ make_root --store 2m small.fd && nonvol vars check ./small.fd --code ovmf-4m
store        ./small.fd, layout ovmf-2m
firmware     ovmf-4m, without SMM: boots with volatile variables: nothing is ever saved
firmware     ovmf-4m, with SMM: crashes at every start
space        57,244 bytes: 0 live in 0 variables, 0 dead in 0 records, 57,244 free
dbx          a current one (21,360 bytes) does not fit
! error NV2702: ./small.fd has 131072 bytes, ovmf-4m looks for its store 540672 bytes before the code, where there is no flash; variables are kept in memory only, and the file stays as it is (./small.fd, byte 0x0)
! error NV2702: ./small.fd has 131072 bytes, ovmf-4m looks for its store 540672 bytes before the code, where there is no flash; this build cannot do without and stops with an exception (./small.fd, byte 0x0)
! note NV2330: a current dbx takes 21360 bytes, firmware of the layout ovmf-2m takes 10240 for one variable: it can never be applied here (./small.fd)
[exit 1]

$ nonvol vars check ./good.fd --code ovmf-2m
store        ./good.fd, layout ovmf-4m
firmware     ovmf-2m, without SMM: wipes the file, then crashes at every start
  loses      Lang, Same, Last
firmware     ovmf-2m, with SMM: hangs without a word
  loses      Lang, Same, Last
space        262,044 bytes: 220 live in 3 variables, 0 dead in 0 records, 261,824 free
dbx          a current one (21,360 bytes) fits
! error NV2703: firmware volume revision at offset 0x37 of ./good.fd: is 0xff, the firmware wants 0x2 (file of 540672 bytes, store of 131072: it looks at offset 0x64000); ovmf-2m erases 131072 bytes from offset 0x64000 on, spare area included, writes a header and stops with an exception (./good.fd, byte 0x64037)
! error NV2702: firmware volume revision at offset 0x37 of ./good.fd: is 0xff, the firmware wants 0x2 (file of 540672 bytes, store of 131072: it looks at offset 0x64000); ovmf-2m stops without a word (./good.fd, byte 0x64037)
[exit 1]

$ nonvol vars check ./small.fd
store        ./small.fd, layout ovmf-2m
firmware     firmware of the layout ovmf-2m, without SMM: keeps every variable
firmware     firmware of the layout ovmf-2m, with SMM: keeps every variable
space        57,244 bytes: 0 live in 0 variables, 0 dead in 0 records, 57,244 free
dbx          a current one (21,360 bytes) does not fit
! note NV2330: a current dbx takes 21360 bytes, firmware of the layout ovmf-2m takes 10240 for one variable: it can never be applied here (./small.fd)

$ nonvol vars check ./good.fd --code ./good.fd
! nonvol: NV1001: ./good.fd has 540672 bytes, as no code image of a known layout has
!   try:  nonvol help vars check
[exit 2]

$ nonvol vars check ./good.fd --code ./nowhere
! nonvol: NV5001: cannot examine ./nowhere: No such file or directory
!   at:   ./nowhere
!   try:  nonvol explain NV5001
[exit 3]

# The checksum of the volume header: firmware wipes the whole file.
$ cp good.fd x.fd && printf '\x00' | dd of=x.fd bs=1 seek=50 conv=notrunc status=none

$ nonvol vars list ./x.fd
! nonvol: NV2102: firmware volume checksum at offset 0x32 of ./x.fd: says 0xb800, the rest of the header needs 0xb8af; edk2's flash drivers erase the whole file at this
!   at:   ./x.fd, byte 0x32
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ nonvol vars check ./x.fd
store        ./x.fd, layout unknown
firmware     firmware of the layout ovmf-4m, without SMM: wipes the file, then crashes at every start
  loses      Lang, Same, Last
firmware     firmware of the layout ovmf-4m, with SMM: wipes the file, then crashes at every start
  loses      Lang, Same, Last
! error NV2703: firmware volume header sum at offset 0x32 of ./x.fd: is 0xff51, the firmware wants 0x0; firmware of the layout ovmf-4m erases 540672 bytes from offset 0x0 on, spare area included, writes a header and stops with an exception (./x.fd, byte 0x32)
[exit 1]

$ cp x.fd kept.fd && nonvol vars repair ./x.fd --dry-run && cmp x.fd kept.fd
warning NV2721: firmware volume header sum at offset 0x32 of ./x.fd: is 0xff51, the firmware wants 0x0; the volume header is written anew for the layout ovmf-4m (./x.fd, byte 0x32)
./x.fd: 0 variables could be read before, 3 would be after

$ nonvol vars repair ./x.fd
warning NV2721: firmware volume header sum at offset 0x32 of ./x.fd: is 0xff51, the firmware wants 0x0; the volume header is written anew for the layout ovmf-4m (./x.fd, byte 0x32)
./x.fd: 0 variables could be read before, 3 can be after
the damaged file is kept as $WORK/here/x.fd.damaged

$ cmp x.fd good.fd && cmp x.fd.damaged kept.fd

$ nonvol vars repair ./x.fd
nothing to repair

$ nonvol vars undo ./x.fd > out && cmp x.fd kept.fd

# A start mark in the middle.
$ cp good.fd x.fd && printf '\x00' | dd of=x.fd bs=1 seek=176 conv=notrunc status=none

$ nonvol vars check ./x.fd --smm off
store        ./x.fd, layout ovmf-4m
firmware     firmware of the layout ovmf-4m, without SMM: boots, and some variables are gone
  loses      Same, Last
space        262,044 bytes: 76 live in 1 variables, 0 dead in 0 records, 261,968 free
dbx          a current one (21,360 bytes) fits
! error NV2711: firmware of the layout ovmf-4m sees the records of ./x.fd up to offset 0xb0: 1 variables, and not 2 others that can be read, the first of them Same-11111111-1111-4111-8111-111111111111; it takes their place for free room and erases them (./x.fd, byte 0xb0)
[exit 1]

$ nonvol vars set ./x.fd Lang --text fr
! nonvol: NV2303: ./x.fd is not edited: records of ./x.fd end at offset 0xb0, yet offset 0xb0 holds 0x00 where the store should be erased (0xff); another record seems to begin at 0xf8, and the firmware sees nothing behind 0xb0
!   at:   ./x.fd
!   note: the damage comes first
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ nonvol vars repair ./x.fd --json
{
  "schema": "nonvol.vars.repair/1",
  "guest": null,
  "path": "./x.fd",
  "in_use": false,
  "dry_run": false,
  "layout": "ovmf-4m",
  "nothing_to_do": false,
  "live_before": 1,
  "live_after": 3,
  "original": "$WORK/here/x.fd.damaged.1",
  "undo_record": "$WORK/here/.x.fd.undo",
  "findings": [
    {
      "id": "NV2726",
      "severity": "warning",
      "message": "variable 'Same' at offset 0xb0 of ./x.fd: its start mark is 0x5500 instead of 0x55aa, and its sizes lead to the next record; the mark is put back",
      "place": {
        "file": "./x.fd",
        "offset_bytes": 176
      },
      "hint": "nonvol vars list ./x.fd --raw"
    }
  ]
}

$ nonvol vars diff ./good.fd ./x.fd

# Blank files.
$ head -c 540672 /dev/zero > zero.fd && nonvol vars check ./zero.fd
store        ./zero.fd, layout ovmf-4m
firmware     firmware of the layout ovmf-4m, without SMM: boots with volatile variables: nothing is ever saved
firmware     firmware of the layout ovmf-4m, with SMM: crashes at every start
! error NV2702: the first 4096 bytes of the store in ./zero.fd are all 0x00, 0x50 or 0x70, by which firmware of the layout ovmf-4m cannot tell flash from other memory; variables are kept in memory only, and the file stays as it is (./zero.fd, byte 0x0)
! error NV2702: the first 4096 bytes of the store in ./zero.fd are all 0x00, 0x50 or 0x70, by which firmware of the layout ovmf-4m cannot tell flash from other memory; this build cannot do without and stops with an exception (./zero.fd, byte 0x0)
[exit 1]

$ nonvol vars repair ./zero.fd
error NV2731: all 540672 bytes of the volume in ./zero.fd are 0x00: an empty store of the layout ovmf-4m is written (./zero.fd, byte 0x0)
./zero.fd: 0 variables could be read before, 0 can be after
the damaged file is kept as $WORK/here/zero.fd.damaged

# Firmware code behind the store, as in a combined image: it stays where it is.
$ { cat good.fd; head -c 40 /dev/zero; printf '_FVH'; head -c 100000 /dev/zero | tr '\0' 'c'; } > all.fd && cp all.fd before.fd && nonvol vars check ./all.fd --smm off
store        ./all.fd, layout ovmf-4m
firmware     firmware of the layout ovmf-4m, without SMM: keeps every variable
space        262,044 bytes: 220 live in 3 variables, 0 dead in 0 records, 261,824 free
dbx          a current one (21,360 bytes) fits

$ printf '\x00' | dd of=all.fd bs=1 seek=50 conv=notrunc status=none; nonvol vars repair ./all.fd && cmp all.fd before.fd
warning NV2721: firmware volume header sum at offset 0x32 of ./all.fd: is 0xff51, the firmware wants 0x0; the volume header is written anew for the layout ovmf-4m (./all.fd, byte 0x32)
./all.fd: 0 variables could be read before, 3 can be after
the damaged file is kept as $WORK/here/all.fd.damaged

# A record whose data size reaches over the ones behind it, into erased flash.
$ cp good.fd x.fd && printf '\x40' | dd of=x.fd bs=1 seek=$((0x64 + 0x29)) conv=notrunc status=none; nonvol vars check ./x.fd --smm off
store        ./x.fd, layout ovmf-4m
firmware     firmware of the layout ovmf-4m, without SMM: boots, and some variables are gone
  loses      Same, Last
space        262,044 bytes: 16,460 live in 1 variables, 0 dead in 0 records, 245,584 free
dbx          a current one (21,360 bytes) fits
! error NV2711: firmware of the layout ovmf-4m sees the records of ./x.fd up to offset 0x40b0: 1 variables, and not 2 others that can be read, the first of them Same-11111111-1111-4111-8111-111111111111; it takes their place for free room and erases them (./x.fd, byte 0x40b0)
[exit 1]

$ nonvol vars set ./x.fd Lang --text fr
! nonvol: NV2303: ./x.fd is not edited: variable 'Lang' at offset 0x64 of ./x.fd: its data size says 0x4003 bytes, up to the next record there are 0x3 without padding; the size is put back, and is too small if the data ended in 0xff
!   at:   ./x.fd
!   try:  nonvol vars repair ./x.fd --dry-run
[exit 5]

$ nonvol vars repair ./x.fd && nonvol vars diff ./good.fd ./x.fd
warning NV2727: variable 'Lang' at offset 0x64 of ./x.fd: its data size says 0x4003 bytes, up to the next record there are 0x3 without padding; the size is put back, and is too small if the data ended in 0xff (./x.fd, byte 0x8c)
./x.fd: 1 variables could be read before, 3 can be after
the damaged file is kept as $WORK/here/x.fd.damaged.2

# What nothing speaks for, and what is no flash.
$ head -c 1000 good.fd > cut.fd; nonvol vars check ./cut.fd
! nonvol: NV2103: firmware volume length at offset 0x20 of ./cut.fd: says 540672 bytes, the file has 1000
!   at:   ./cut.fd, byte 0x20
!   try:  nonvol vars repair ./cut.fd --dry-run
[exit 5]

$ nonvol vars export ./good.fd -o all.json && nonvol vars check ./all.json
! wrote 3 variables to all.json
! nonvol: NV2348: ./all.json is QEMU's uefi-vars JSON, which no firmware maps as flash
!   at:   ./all.json
!   try:  nonvol vars list ./all.json
[exit 4]

$ nonvol vars export ./good.fd -o all.json
! nonvol: NV5005: cannot create all.json: File exists
!   at:   all.json
!   try:  nonvol explain NV5005
[exit 4]
