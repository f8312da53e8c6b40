# A guest from nothing to gone.
$ make_root "$WORK/root"

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --dry-run

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw

$ nonvol --home "$WORK/guests" show web01

$ nonvol --home "$WORK/guests" show web01 --json

# The same request again changes nothing; another one is refused.
$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot on

# What does not work.
$ nonvol --home "$WORK/guests" create web/02 --root "$WORK/root"

$ nonvol --home "$WORK/guests" create web02 --root "$WORK/root" --arch x86_64 --machine q35 --mode combined

$ nonvol --home "$WORK/guests" show web03

# Deleting asks what to do with the variables, and is refused while QEMU has them.
$ nonvol --home "$WORK/guests" delete web01

$ like_qemu "$(find "$WORK/guests" -path '*web01*' -name '*.fd')" nonvol --home "$WORK/guests" delete web01 --nvram

$ nonvol --home "$WORK/guests" delete web01 --keep-nvram --dry-run

$ nonvol --home "$WORK/guests" delete web01 --keep-nvram

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw

$ nonvol --home "$WORK/guests" delete web01 --nvram

$ nonvol --home "$WORK/guests" delete web01 --nvram
