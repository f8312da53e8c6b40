# What a root has, in the order in which it would be chosen.
$ make_root "$WORK/root"

$ nonvol firmware list --root "$WORK/root"

$ nonvol firmware list --root "$WORK/root" --json

# A machine without any.
$ mkdir "$WORK/bare"

$ nonvol firmware list --root "$WORK/bare"
