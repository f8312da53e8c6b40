# A name in a more specific directory replaces or hides the same name elsewhere.
$ make_root "$WORK/root" --only 40-split-raw.json --only 41-split-2m.json

$ mkdir -p "$WORK/root/etc/qemu/firmware"

$ sed s/code.fd/code-secure.fd/ "$FIXTURES/descriptors/sound/40-split-raw.json" >"$WORK/root/etc/qemu/firmware/40-split-raw.json"

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35

# An empty file hides.
$ : >"$WORK/root/etc/qemu/firmware/40-split-raw.json"

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35

$ nonvol firmware list --root "$WORK/root"

# A link to /dev/null hides as well.
$ ln -s /dev/null "$WORK/root/etc/qemu/firmware/41-split-2m.json"

$ nonvol firmware list --root "$WORK/root"

# Only the directories that are named.
$ nonvol firmware list --search-dir "$FIXTURES/descriptors/sound" --allow-missing-files
