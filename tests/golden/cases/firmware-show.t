$ make_root "$WORK/root"

$ nonvol firmware show 10-secure-enrolled.json --root "$WORK/root"

$ nonvol firmware show 61-memory-uefi-vars.json --root "$WORK/root" --json

$ nonvol firmware show no-such.json --root "$WORK/root"
