$ make_root "$WORK/root"

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw

$ nonvol --home "$WORK/guests" emit qemu web01

$ nonvol --home "$WORK/guests" emit qemu web01 --style drive

$ nonvol --home "$WORK/guests" emit qemu web01 --qemu-version 3.1

$ nonvol --home "$WORK/guests" emit qemu web01 --shell

$ nonvol --home "$WORK/guests" emit qemu web01 --json

$ nonvol --home "$WORK/guests" emit qemu web01 --qemu-version seven

# Secure Boot needs SMM.
$ nonvol --home "$WORK/guests" create web02 --root "$WORK/root" --arch x86_64 --machine q35 --require enrolled-keys

$ nonvol --home "$WORK/guests" emit qemu web02

# Firmware that older QEMUs cannot run.
$ nonvol --home "$WORK/guests" create web03 --root "$WORK/root" --arch x86_64 --machine q35 --require host-uefi-vars

$ nonvol --home "$WORK/guests" emit qemu web03 --qemu-version 7.2

# A place with every character that QEMU, shells and lines treat in a way of their own.
$ nonvol --home "$WORK/a, b 'c'"$'\n'd create web04 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw

$ nonvol --home "$WORK/a, b 'c'"$'\n'd emit qemu web04

$ nonvol --home "$WORK/a, b 'c'"$'\n'd emit qemu web04 --style drive

$ nonvol --home "$WORK/a, b 'c'"$'\n'd emit qemu web04 --style drive --shell
