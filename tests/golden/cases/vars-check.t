# What firmware will do with a store, and what a repair saves of it.
$ make_root --store 4m --variable Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:656e67 --variable Same:11111111-1111-4111-8111-111111111111:01 --variable Last:22222222-2222-4222-8222-222222222222:0203 good.fd

$ nonvol vars check ./good.fd

$ nonvol vars check ./good.fd --smm off --json

$ nonvol vars repair ./good.fd

# The pair that boots and saves nothing, and its opposite.
$ make_root --store 2m small.fd && nonvol vars check ./small.fd --code ovmf-4m

$ nonvol vars check ./good.fd --code ovmf-2m

$ nonvol vars check ./small.fd

$ nonvol vars check ./good.fd --code ./good.fd

$ nonvol vars check ./good.fd --code ./nowhere

# The checksum of the volume header: firmware wipes the whole file.
$ cp good.fd x.fd && printf '\x00' | dd of=x.fd bs=1 seek=50 conv=notrunc status=none

$ nonvol vars list ./x.fd

$ nonvol vars check ./x.fd

$ cp x.fd kept.fd && nonvol vars repair ./x.fd --dry-run && cmp x.fd kept.fd

$ nonvol vars repair ./x.fd

$ cmp x.fd good.fd && cmp x.fd.damaged kept.fd

$ nonvol vars repair ./x.fd

$ nonvol vars undo ./x.fd > out && cmp x.fd kept.fd

# A start mark in the middle.
$ cp good.fd x.fd && printf '\x00' | dd of=x.fd bs=1 seek=176 conv=notrunc status=none

$ nonvol vars check ./x.fd --smm off

$ nonvol vars set ./x.fd Lang --text fr

$ nonvol vars repair ./x.fd --json

$ nonvol vars diff ./good.fd ./x.fd

# Blank files.
$ head -c 540672 /dev/zero > zero.fd && nonvol vars check ./zero.fd

$ nonvol vars repair ./zero.fd
