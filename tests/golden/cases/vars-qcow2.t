# needs: qemu-img qemu-storage-daemon qemu-io
# A store inside a qcow2 image is read and changed in place; what needs a new file is refused.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Other:11111111-1111-4111-8111-111111111111:01 store.fd

$ qemu-img convert -O qcow2 store.fd store.qcow2 && nonvol vars list ./store.qcow2

$ nonvol vars check ./store.qcow2 --smm off

$ nonvol vars set ./store.qcow2 Lang --text fr --dry-run

$ nonvol vars set ./store.qcow2 Lang --text fr

$ nonvol vars set ./store.fd Lang --text fr && qemu-img compare store.fd store.qcow2

$ nonvol vars set ./store.fd Lang --text de && nonvol vars delete ./store.fd Other && nonvol vars set ./store.fd New --guid 12345678-1234-1234-1234-123456789abc --hex 01 > out

# Several changes, one after the other.
$ nonvol vars import ./store.qcow2 ./store.fd --replace

$ nonvol vars diff ./store.fd ./store.qcow2

$ nonvol vars compact ./store.qcow2

$ nonvol vars undo ./store.qcow2

# A store that somebody has open is not changed.
$ qemu-io -f raw -c 'sleep 3000' store.fd > io 2>&1 & sleep 1; nonvol vars set ./store.fd Lang --text x 2>&1 | sed 's/[0-9]\{3,\} /N /'; wait

$ nonvol vars get ./store.fd Lang --json | jq -r .variable.data_hex
