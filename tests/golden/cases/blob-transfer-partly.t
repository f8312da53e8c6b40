# needs: nbdkit
# A medium that refuses one entry's slot in the middle of an import: the answer says what was written.
$ nonvol blob format ./a.nvram --entry one:100 --entry two:100 --entry three:100 >log; cp a.nvram b.nvram; mkdir in; for n in one two three; do echo "of $n" >in/$n; done; nonvol blob dump ./a.nvram two --json | jq '.entries[0].slots[0].offset_bytes' >at

$ nbdkit --unix "$PWD/disk" --filter=protect file a.nvram protect=$(cat at)-$(($(cat at) + 4095)) --run 'nonvol blob import "$uri" ./in; echo "exit $?"' 2>err; grep -v '^nbdkit:' err
imported part of ./in into nbd+unix://?socket=$WORK/here/disk
  one    one    7 bytes  written
  three  three  9 bytes  written
  two    two    7 bytes  failed
exit 7
nonvol: NV5002: cannot write nbd+unix://?socket=$WORK/here/disk: nbd_aio_command_completed: write: command failed: Operation not permitted
  at:   nbd+unix://?socket=$WORK/here/disk
  try:  nonvol explain NV5002

$ nbdkit --unix "$PWD/disk2" --filter=protect file b.nvram protect=$(cat at)-$(($(cat at) + 4095)) --run 'nonvol blob import "$uri" ./in --json; echo "exit $?"' 2>err
{
  "schema": "nonvol.blob.import/1",
  "image": "nbd+unix://?socket=$WORK/here/disk2",
  "directory": "./in",
  "dry_run": false,
  "formatted": false,
  "nothing_to_do": false,
  "entries": [
    {
      "name": "one",
      "file": "one",
      "size_bytes": 7,
      "outcome": "written",
      "generation": 1
    },
    {
      "name": "three",
      "file": "three",
      "size_bytes": 9,
      "outcome": "written",
      "generation": 1
    },
    {
      "name": "two",
      "file": "two",
      "size_bytes": 7,
      "outcome": "failed",
      "generation": 0
    }
  ],
  "failure": {
    "id": "NV5002",
    "exit_code": 6,
    "message": "cannot write nbd+unix://?socket=$WORK/here/disk2: nbd_aio_command_completed: write: command failed: Operation not permitted",
    "place": {
      "file": "nbd+unix://?socket=$WORK/here/disk2"
    },
    "notes": [],
    "hint": "nonvol explain NV5002"
  }
}
exit 7

# Again, where it can be written.
$ nonvol blob import ./a.nvram ./in
imported ./in into ./a.nvram
  one    one    7 bytes  unchanged
  three  three  9 bytes  unchanged
  two    two    7 bytes  written
