$ make_root "$WORK/root"

$ nonvol firmware explain --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw

$ nonvol firmware explain --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --json

# Nothing fits: each one's reason.
$ nonvol firmware explain --root "$WORK/root" --arch aarch64 --machine virt
