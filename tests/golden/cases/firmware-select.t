# The first that fits is taken; every device and mode has its arguments.
$ make_root "$WORK/root"

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot on --forbid enrolled-keys --json

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine pc --format raw --json

$ nonvol firmware select --root "$WORK/root" --arch i386 --machine pc

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine pc --interface bios --json

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --mode combined --json

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --mode stateless --require amd-sev-es --json

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --require host-uefi-vars --json

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --require intel-tdx --json

$ nonvol firmware select --root "$WORK/root" --arch riscv64 --machine virt --interface uboot --json

# An abbreviation, a full machine name and a machine that nothing is for.
$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine pc-q35-7.2 --secure-boot off

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine microvm

# Installed, but its files are not.
$ nonvol firmware select --root "$WORK/root" --arch aarch64 --machine virt

$ nonvol firmware select --root "$WORK/root" --arch aarch64 --machine virt --allow-missing-files --json

# Requests that nothing could satisfy, and words that nobody knows.
$ nonvol firmware select --root "$WORK/root" --arch x86_64 --require acpi-s3 --forbid acpi-s3

$ nonvol firmware select --root "$WORK/root" --arch vax

$ nonvol firmware select --root "$WORK/root" --mode twofold
