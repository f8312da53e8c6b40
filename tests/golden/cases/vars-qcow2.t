# needs: qemu-img qemu-storage-daemon qemu-io
# A store inside a qcow2 image is read and changed in place; what needs a new file is refused.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Other:11111111-1111-4111-8111-111111111111:01 store.fd

$ qemu-img convert -O qcow2 store.fd store.qcow2 && nonvol vars list ./store.qcow2
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  3  Lang
11111111-1111-4111-8111-111111111111  NV+BS+RT  1  Other

$ nonvol vars check ./store.qcow2 --smm off
store        ./store.qcow2, layout ovmf-4m
firmware     firmware of the layout ovmf-4m, without SMM: keeps every variable
space        262,044 bytes: 152 live in 2 variables, 0 dead in 0 records, 261,892 free
dbx          a current one (21,360 bytes) fits

$ nonvol vars set ./store.qcow2 Lang --text fr --dry-run
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 6672
./store.qcow2: would be written in place

$ nonvol vars set ./store.qcow2 Lang --text fr
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 6672
./store.qcow2: written in place
! note NV2325: no undo record could be left beside ./store.qcow2 (./store.qcow2)

$ nonvol vars set ./store.fd Lang --text fr && qemu-img compare store.fd store.qcow2
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 656e67 -> 6672
./store.fd: written in place
Images are identical.

$ nonvol vars set ./store.fd Lang --text de && nonvol vars delete ./store.fd Other && nonvol vars set ./store.fd New --guid 12345678-1234-1234-1234-123456789abc --hex 01 > out
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 6672 -> 6465
./store.fd: written in place
  - Other (11111111-1111-4111-8111-111111111111): NV+BS+RT 01
./store.fd: written in place

# Several changes, one after the other.
$ nonvol vars import ./store.qcow2 ./store.fd --replace
  - Other (11111111-1111-4111-8111-111111111111): NV+BS+RT 01
  ~ Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c)
    data: 6672 -> 6465
  + New (12345678-1234-1234-1234-123456789abc): NV+BS+RT 01
./store.qcow2: written in place
! note NV2325: no undo record could be left beside ./store.qcow2 (./store.qcow2)

$ nonvol vars diff ./store.fd ./store.qcow2

$ nonvol vars compact ./store.qcow2
! nonvol: NV2323: $WORK/here/store.qcow2 is no file of its own, and this change needs more than appending to it
!   at:   $WORK/here/store.qcow2
!   try:  nonvol explain NV2323
[exit 4]

$ nonvol vars undo ./store.qcow2
! nonvol: NV2320: no change of $WORK/here/store.qcow2 is recorded
!   at:   $WORK/here/.store.qcow2.undo
!   try:  nonvol explain NV2320
[exit 3]

# A store that somebody has open is not changed.
$ qemu-io -f raw -c 'sleep 3000' store.fd > io 2>&1 & sleep 1; nonvol vars set ./store.fd Lang --text x 2>&1 | sed 's/pid [0-9]*/pid N/'; wait
nonvol: NV5007: $WORK/here/store.fd is in use by qemu-io (pid N)
  at:   $WORK/here/store.fd
  try:  nonvol explain NV5007

$ nonvol vars get ./store.fd Lang --json | jq -r .variable.data_hex
6465
