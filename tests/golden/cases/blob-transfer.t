# Names that a shell or a file system would take amiss; content that is there, empty, deleted and never written.
$ nonvol blob format ./a.nvram --entry tpm:64K --entry raw:16:plain --entry 'a/b %c;d:100' --entry 'blüte:100' --entry empty:100 --entry gone:100 --entry never:100 --entry=-x:100 --entry nvram.json:100 --uuid 5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c >log; for n in tpm 'a/b %c;d' blüte gone -x nvram.json; do printf 'of %s' "$n" | nonvol blob put ./a.nvram -- "$n" >>log; done; printf '' | nonvol blob put ./a.nvram empty >>log; nonvol blob delete ./a.nvram gone >>log

$ nonvol blob export ./a.nvram ./out --dry-run; ls

$ nonvol blob export ./a.nvram ./out; stat -c '%A %n' out out/*; ls -1 out; cat out/nvram.json

$ nonvol blob export ./a.nvram ./out

$ mkdir made; nonvol blob export ./a.nvram ./made --json | jq -c '.schema, .directory, (.entries | length), .findings'

$ nonvol blob export ./a.nvram ./log

# Back: nothing to do, one that changed, a new image.
$ nonvol blob import ./a.nvram ./out

$ printf other | nonvol blob put ./a.nvram tpm >log; nonvol blob import ./a.nvram ./out --dry-run; nonvol blob get ./a.nvram tpm; echo; nonvol blob import ./a.nvram ./out; nonvol blob get ./a.nvram tpm; echo

$ nonvol blob import ./b.nvram ./out

$ nonvol blob import ./b.nvram ./out --format --dry-run; ls b.nvram

$ nonvol blob import ./b.nvram ./out --format --json

$ nonvol blob list ./b.nvram | grep -v uuid; nonvol blob export ./b.nvram ./again >log; diff -r out again | grep -c generation; rm out/nvram.json again/nvram.json; diff -r out again && echo same

# Without a manifest, by the files' names.
$ mkdir plain; printf 1 >'plain/a%2fb %25c%3bd'; printf 2 >plain/tpm; nonvol blob import ./a.nvram ./plain; nonvol blob get ./a.nvram 'a/b %c;d'; echo

$ nonvol blob import ./c.nvram ./plain --format

$ touch 'plain/50%'; nonvol blob import ./a.nvram ./plain; rm 'plain/50%'

# Everything is looked at before the first is written.
$ printf 3 >plain/tpm; printf x >plain/nobody; nonvol blob import ./a.nvram ./plain; rm plain/nobody; nonvol blob get ./a.nvram tpm; echo

$ head -c 101 /dev/zero >plain/never; nonvol blob import ./a.nvram ./plain --json | jq -r .id,.message; rm plain/never; printf 1 >plain/raw; nonvol blob import ./a.nvram ./plain; rm plain/raw; nonvol blob get ./a.nvram tpm; echo

# Manifests that are not as they should be, and a file that is not what the manifest says.
$ nonvol blob export ./a.nvram ./m >log; cp m/nvram.json good.json; printf X >>m/tpm; nonvol blob import ./a.nvram ./m

$ edit() { jq "$1" good.json >m/nvram.json; nonvol blob import ./a.nvram ./m 2>&1 | head -2; }; edit '.schema = "x"'; edit 'del(.entries)'; edit '.entries[0].file = "../good.json"'; edit '.entries[0].kind = "odd"'; edit '.entries[0].capacity_bytes = "1"'; edit '.entries[1].name = "tpm"'; edit '.entries[0].name = ""'; edit '.entries[0].file = "none"'; echo '{' >m/nvram.json; nonvol blob import ./a.nvram ./m 2>&1 | head -2; mkdir m/dir; edit '.entries[0].file = "dir"'

$ nonvol blob import ./a.nvram ./nowhere

# A damaged entry is left out of an export, and not written over by an import.
$ cp b.nvram d.nvram; nonvol blob put ./d.nvram tpm -i log >log2; s=$(nonvol blob dump ./d.nvram tpm --json | jq '.entries[0].slots[].offset_bytes'); for o in $s; do poke d.nvram $((o + 64)) ffff; done; nonvol blob export ./d.nvram ./damaged; ls damaged

$ nonvol blob import ./d.nvram ./plain

# Encrypted entries: never without the key, decrypted with it.
$ openssl rand -out key 32; nonvol blob format ./e.nvram --entry k:100:encrypted --entry open:100 --key-file key >log; printf secret | nonvol blob put ./e.nvram k --key-file key >log; nonvol blob export ./e.nvram ./secrets; ls secrets

$ nonvol blob export ./e.nvram ./secrets --key-file key; cat secrets/k; echo

$ nonvol blob import ./e2.nvram ./secrets --format; nonvol blob import ./e2.nvram ./secrets --format --key-file key; nonvol blob get ./e2.nvram k --key-file key; echo; nonvol blob import ./e2.nvram ./secrets
