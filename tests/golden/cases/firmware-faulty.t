# Every way to be wrong: what is usable is used, and each fault is named with its place.
$ make_root "$WORK/root" --faulty

$ nonvol firmware list --root "$WORK/root"

$ nonvol firmware list --root "$WORK/root" --json

$ nonvol firmware show 32-duplicate-member.json --root "$WORK/root"

$ nonvol firmware show 30-broken-json.json --root "$WORK/root"

# Things that are no readable file.
$ rm -r "$WORK/root" && make_root "$WORK/root" --only 40-split-raw.json

$ cd "$WORK/root/usr/share/qemu/firmware" && ln -s nowhere.json 01-dangling.json && mkdir 02-directory.json

$ truncate -s 1048577 "$WORK/root/usr/share/qemu/firmware/03-large.json"

$ nonvol firmware list --root "$WORK/root"

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35
