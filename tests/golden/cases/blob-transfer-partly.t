# needs: nbdkit
# A medium that refuses one entry's slot in the middle of an import: the answer says what was written.
$ nonvol blob format ./a.nvram --entry one:100 --entry two:100 --entry three:100 >log; mkdir in; for n in one two three; do echo "of $n" >in/$n; done; nonvol blob dump ./a.nvram two --json | jq '.entries[0].slots[0].offset_bytes' >at

$ nbdkit --unix - --filter=protect file a.nvram protect=$(cat at)-$(($(cat at) + 4095)) --run 'nonvol blob import "$uri" ./in; echo "exit $?"'

$ nbdkit --unix - --filter=protect file a.nvram protect=$(cat at)-$(($(cat at) + 4095)) --run 'nonvol blob import "$uri" ./in --json; echo "exit $?"' | grep -v message

# Again, where it can be written.
$ nonvol blob import ./a.nvram ./in
