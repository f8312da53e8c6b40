# What can have happened to a guest since it was created.
$ make_root "$WORK/root"

$ for name in changed gone damaged missing; do nonvol --home "$WORK/guests" create $name --root "$WORK/root" --arch x86_64 --machine pc --format raw || exit; done

$ echo x >"$(find "$WORK/guests" -path '*damaged*' -name guest.json)"

$ nonvol --home "$WORK/guests" show damaged

$ rm "$(find "$WORK/guests" -path '*missing*' -name '*.fd')"

$ nonvol --home "$WORK/guests" show missing

$ nonvol --home "$WORK/guests" vars list missing

$ poke "$WORK/root/fixture/code.fd" 0x100 ff

$ nonvol --home "$WORK/guests" show changed

$ nonvol --home "$WORK/guests" show changed --json

$ rm "$WORK/root/fixture/code.fd"

$ nonvol --home "$WORK/guests" show gone

$ nonvol --home "$WORK/guests" --root "$WORK/root"
