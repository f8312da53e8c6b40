# needs: nbdkit
# An image on an NBD server, which lives as long as the command.
$ cat >on-server <<'END'
> rm -f "$WORK/nbd.sock"
> nbdkit -U "$WORK/nbd.sock" memory size=64K --run "$1"
> END

$ export image="nbd+unix:///?socket=$WORK/nbd.sock"; bash on-server 'nonvol blob format "$image" --entry boot:100 --uuid 00112233-4455-4677-8899-aabbccddeeff; printf data | nonvol blob put "$image" boot; nonvol blob get "$image" boot; nonvol blob format "$image" --entry boot:100; nonvol blob format "$image" --entry boot:200; nonvol blob add "$image" --entry more:10; nonvol blob list "$image"; nonvol blob check "$image" --scrub'
formatted nbd+unix:///?socket=$WORK/nbd.sock: 65,536 bytes, crc32c, uuid 00112233-4455-4677-8899-aabbccddeeff
  boot  atomic  100 bytes  at 16,384
wrote 'boot': 4 bytes, generation 1
  4,096 bytes  at 16,384  slot A of 'boot'
  1 flush
datanbd+unix:///?socket=$WORK/nbd.sock is an image with these entries already; nothing to do
added 'more': atomic, 10 bytes
  8,192 bytes  at 28,672  both slots of 'more'
  14 bytes     at 28,658  framing of 'more'
  4,096 bytes  at 32,768  slot B of 'more'
  4,096 bytes  at 4,096   slot A of the directory
  2 flushes
image        nbd+unix:///?socket=$WORK/nbd.sock, 65,536 bytes
layout       version 1, crc32c, directory generation 1
uuid         00112233-4455-4677-8899-aabbccddeeff
slack        40,884 bytes
NAME  KIND    STATE          USED  CAPACITY  GENERATION
boot  atomic  present        4     100       1
more  atomic  never-written  0     10        0
nbd+unix:///?socket=$WORK/nbd.sock: 2 entries, 4 slots read, all 65,536 bytes read; clean
! nonvol: NV7401: nbd+unix:///?socket=$WORK/nbd.sock holds an NVRAM image with other entries; it is left alone
!   at:   nbd+unix:///?socket=$WORK/nbd.sock
!   try:  nonvol blob list 'nbd+unix:///?socket=$WORK/nbd.sock'

$ bash on-server 'nonvol blob format "nbd+unix:///?socket=$WORK/nbd.sock" --entry large:64K'
! nonvol: NV7402: the image has 65536 bytes, the entries need 155648
!   try:  nonvol explain NV7402
[exit 4]
