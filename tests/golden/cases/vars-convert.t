# Another layout: the live variables, in their order, with every field.
$ make_store --layout ovmf-2m old.fd Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3c:7:6465 Lang:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:656e db:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3e:27:0102:2020-02-03T04:05:06Z Boot0001:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:0100

$ nonvol vars convert ./old.fd ./new.fd --to ovmf-4m --dry-run

$ test -e new.fd

$ nonvol vars convert ./old.fd ./new.fd --to ovmf-4m

$ nonvol vars diff ./old.fd ./new.fd

$ stat -c '%s %a' new.fd

$ nonvol vars list ./new.fd --raw

$ nonvol vars convert ./new.fd ./back.fd --to ovmf-2m --json

$ nonvol vars diff ./old.fd ./back.fd

# Padded to the flash bank: the tail takes no room on the disk.
$ nonvol vars convert ./old.fd ./arm.fd --to armvirt-padded && stat -c '%s' arm.fd && test "$(stat -c '%b' arm.fd)" -lt 4096 && tail -c 1000000 arm.fd | tr -d '\0' | wc -c

$ nonvol vars convert ./arm.fd ./arm-short.fd --to armvirt

# Another form, and back.
$ nonvol vars convert ./old.fd ./q.json --to qemu-json && cat q.json

$ nonvol vars convert ./q.json ./from-q.fd --to ovmf-4m && cmp new.fd from-q.fd

$ for form in virt-firmware-json uefivars-json ec2; do nonvol vars convert ./old.fd ./$form --to $form >/dev/null 2>&1 && nonvol vars convert ./$form ./back-$form.fd --to ovmf-4m >/dev/null 2>&1 && cmp new.fd back-$form.fd; done

# What is there is not written over, unless it is said; owner and mode stay.
$ nonvol vars convert ./old.fd ./new.fd --to ovmf-4m

$ chmod 640 new.fd; nonvol vars set ./new.fd Lang --text fr >/dev/null; nonvol vars convert ./old.fd ./new.fd --to ovmf-4m --replace && stat -c %a new.fd && nonvol vars diff ./old.fd ./new.fd

$ like_qemu new.fd nonvol vars convert ./old.fd ./new.fd --to ovmf-4m --replace 2>&1 | sed 's/ (process.*)//; s/process [0-9]*/process N/'

$ nonvol vars convert ./old.fd ./old.fd --to ovmf-4m --replace

$ ln -s old.fd link.fd; nonvol vars convert ./link.fd ./old.fd --to ovmf-4m --replace

$ mkdir there; nonvol vars convert ./old.fd ./there --to ovmf-4m --replace

$ nonvol vars convert ./old.fd ./missing/new.fd --to ovmf-4m

# A running guest's store can be read.
$ like_qemu old.fd nonvol vars convert ./old.fd ./running.fd --to ovmf-4m

# What does not fit is named, all of it; nothing is written.
$ make_store large.fd Large:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:*9000 dbx:d719b2cb-3d3a-4596-a3bc-dad00e67656f:3f:27:*21292 Small:8be4df61-93ca-11d2-aa0d-00e098032b8c:3f:7:00

$ nonvol vars convert ./large.fd ./small.fd --to ovmf-2m

$ test -e small.fd

# Firmware with its code behind the variables.
$ { cat old.fd; head -c 1966080 /dev/zero | tr '\0' x; } >OVMF.fd; nonvol vars convert ./OVMF.fd ./split.fd --to ovmf-4m

# Damage first.
$ cp old.fd damaged.fd; poke damaged.fd 0x66 11; nonvol vars convert ./damaged.fd ./whole.fd --to ovmf-4m

$ nonvol vars convert ./old.fd ./plain.fd --to armvirt --plain

$ nonvol vars convert ./old.fd ./plain.json --to qemu-json --plain

$ nonvol vars convert ./old.fd ./what.fd

$ nonvol vars convert ./old.fd ./what.fd --to ovmf-8m
