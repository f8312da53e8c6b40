# needs: qemu-img qemu-storage-daemon
# What can have happened to a guest since it was created.
$ make_root "$WORK/root"

$ for name in changed gone damaged missing; do nonvol --home "$WORK/guests" create $name --root "$WORK/root" --arch x86_64 --machine pc --format raw || exit; done
created changed
guest        changed
machine      pc, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/changed/changed_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
created gone
guest        gone
machine      pc, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/gone/gone_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
created damaged
guest        damaged
machine      pc, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/damaged/damaged_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
created missing
guest        missing
machine      pc, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/missing/missing_VARS.fd (raw)
features     acpi-s3, verbose-dynamic

$ echo x >"$(find "$WORK/guests" -path '*damaged*' -name guest.json)"

$ nonvol --home "$WORK/guests" show damaged
! nonvol: NV4003: $WORK/guests/damaged/guest.json is not JSON: a value should be here
!   at:   $WORK/guests/damaged/guest.json:1:1
!   try:  nonvol explain NV4003
[exit 5]

$ rm "$(find "$WORK/guests" -path '*missing*' -name '*.fd')"

$ nonvol --home "$WORK/guests" show missing
guest        missing
machine      pc, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/missing/missing_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
created      <TIME> by nonvol <VERSION>
in use       no
! error NV4007: the variable store $WORK/guests/missing/missing_VARS.fd does not exist ($WORK/guests/missing/missing_VARS.fd)
[exit 1]

$ nonvol --home "$WORK/guests" vars list missing
! nonvol: NV5001: cannot open $WORK/guests/missing/missing_VARS.fd: No such file or directory
!   at:   $WORK/guests/missing/missing_VARS.fd
!   try:  nonvol explain NV5001
[exit 3]

$ poke "$WORK/root/fixture/code.fd" 0x100 ff

$ nonvol --home "$WORK/guests" show changed
guest        changed
machine      pc, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/changed/changed_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
store        ovmf-4m layout, 0 variables, 0 of 262,044 bytes used
created      <TIME> by nonvol <VERSION>
in use       no
! warning NV4008: the executable $WORK/root/fixture/code.fd has the same size as when the guest was created, but other contents ($WORK/root/fixture/code.fd)

$ nonvol --home "$WORK/guests" show changed --json
{
  "schema": "nonvol.show/1",
  "guest": "changed",
  "created": "<TIME>",
  "nonvol_version": "<VERSION>",
  "architecture": "x86_64",
  "machine": "pc",
  "interface": "uefi",
  "device": "flash",
  "mode": "split",
  "descriptor": "$WORK/root/usr/share/qemu/firmware/40-split-raw.json",
  "features": [
    "acpi-s3",
    "verbose-dynamic"
  ],
  "executable": {
    "path": "$WORK/root/fixture/code.fd",
    "format": "raw",
    "size_bytes": 3653632,
    "sha256": "38d6002bc198389188b4d35cf105785f27106438aeea9c0aab41f5af6e706aee"
  },
  "nvram_template": {
    "path": "$WORK/root/fixture/vars.fd",
    "format": "raw",
    "size_bytes": 540672,
    "sha256": "5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e"
  },
  "nvram": {
    "path": "$WORK/guests/changed/changed_VARS.fd",
    "format": "raw",
    "size_bytes": 540672,
    "master": null
  },
  "tpm": null,
  "directory": "$WORK/guests/changed",
  "in_use": false,
  "store": {
    "layout": "ovmf-4m",
    "blank": false,
    "live_variables": 0,
    "used_bytes": 0,
    "capacity_bytes": 262044
  },
  "findings": [
    {
      "id": "NV4008",
      "severity": "warning",
      "message": "the executable $WORK/root/fixture/code.fd has the same size as when the guest was created, but other contents",
      "place": {
        "file": "$WORK/root/fixture/code.fd"
      },
      "hint": "nonvol explain NV4008"
    }
  ]
}
! warning NV4008: the executable $WORK/root/fixture/code.fd has the same size as when the guest was created, but other contents ($WORK/root/fixture/code.fd)

$ rm "$WORK/root/fixture/code.fd"

$ nonvol --home "$WORK/guests" show gone
guest        gone
machine      pc, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/gone/gone_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
store        ovmf-4m layout, 0 variables, 0 of 262,044 bytes used
created      <TIME> by nonvol <VERSION>
in use       no
! error NV4009: the executable $WORK/root/fixture/code.fd does not exist ($WORK/root/fixture/code.fd)
[exit 1]

$ nonvol --home "$WORK/guests" --root "$WORK/root"
nonvol       <VERSION>
firmware     13 usable descriptors
             x86_64 q35 would boot /fixture/code-secure.fd
guests       4 in $WORK/guests
  changed  pc  $WORK/root/fixture/code.fd
  damaged                                                        damaged record
  gone     pc  $WORK/root/fixture/code.fd
  missing  pc  $WORK/root/fixture/code.fd
attention
error NV4009: guest changed: the executable $WORK/root/fixture/code.fd does not exist ($WORK/root/fixture/code.fd)
error NV4003: $WORK/guests/damaged/guest.json is not JSON: a value should be here ($WORK/guests/damaged/guest.json:1:1)
error NV4009: guest gone: the executable $WORK/root/fixture/code.fd does not exist ($WORK/root/fixture/code.fd)
error NV4009: guest missing: the executable $WORK/root/fixture/code.fd does not exist ($WORK/root/fixture/code.fd)
error NV4007: guest missing: the variable store $WORK/guests/missing/missing_VARS.fd does not exist ($WORK/guests/missing/missing_VARS.fd)
next
  nonvol show changed
  nonvol emit qemu changed
  nonvol help

# Nothing is started that would destroy the store, or lose what the guest writes.
$ make_root "$WORK/root2"

$ make() { nonvol --home "$WORK/two" create "$1" --root "$WORK/root2" --arch x86_64 --secure-boot off --format raw "${@:2}" >/dev/null; }; for guest in none cut other blank random image big link evil; do make $guest; done; make over --store overlay; make_root --store 2m small.fd; head -c 540672 /dev/zero >zero.fd; yes x | head -c 540672 >random.fd; qemu-img create -q -f qcow2 image.qcow2 540672; cd "$WORK/two"; rm none/none_VARS.fd; truncate -s 4096 cut/cut_VARS.fd; cp "$OLDPWD/zero.fd" blank/blank_VARS.fd; cp "$OLDPWD/random.fd" random/random_VARS.fd; cp "$OLDPWD/image.qcow2" image/image_VARS.fd; cp "$OLDPWD/small.fd" other/other_VARS.fd; sed -i '/"nvram": {/,$s/540672/131072/' other/guest.json; mv link/link_VARS.fd link/link_VARS.old; ln -s "$WORK/two/evil/evil_VARS.fd" link/link_VARS.fd; sed -i 's/"machine": "q35"/"machine": "q35\\n-drive\\nfile=\/dev\/sda"/' evil/guest.json; qemu-img resize -q -f qcow2 over/over_VARS.qcow2 8388608

$ for guest in none cut other blank random image over link evil; do nonvol --home "$WORK/two" emit qemu $guest; done
! nonvol: NV4007: the variable store $WORK/two/none/none_VARS.fd does not exist
!   at:   $WORK/two/none/none_VARS.fd
!   try:  nonvol show none
! nonvol: NV4021: the variable store $WORK/two/cut/cut_VARS.fd has 4096 bytes, the guest was created with 540672
!   at:   $WORK/two/cut/cut_VARS.fd
!   try:  nonvol show cut
! nonvol: NV4013: the code $WORK/root2/fixture/code.fd expects a store of layout ovmf-4m, and $WORK/two/other/other_VARS.fd has layout ovmf-2m
!   at:   $WORK/two/other/other_VARS.fd
!   try:  nonvol explain NV4013
! nonvol: NV2101: $WORK/two/blank/blank_VARS.fd is blank, all 0x00, and firmware for x86_64 neither formats nor saves to such a store
!   at:   $WORK/two/blank/blank_VARS.fd
!   try:  nonvol explain NV2101
! nonvol: NV2101: volume signature at offset 0x28 of $WORK/two/random/random_VARS.fd: is 0x0a780a78, a firmware volume has 0x4856465f ('_FVH')
!   at:   $WORK/two/random/random_VARS.fd, byte 0x28
!   try:  nonvol explain NV2101
! nonvol: NV4021: the variable store $WORK/two/image/image_VARS.fd has 196616 bytes, the guest was created with 540672
!   at:   $WORK/two/image/image_VARS.fd
!   try:  nonvol show image
! nonvol: NV4021: the overlay $WORK/two/over/over_VARS.qcow2 shows 8388608 bytes, and its master has 540672
!   at:   $WORK/two/over/over_VARS.qcow2, byte 0x18
!   try:  nonvol show over
! nonvol: NV4007: the variable store $WORK/two/link/link_VARS.fd is a symbolic link, and must be a file
!   at:   $WORK/two/link/link_VARS.fd
!   try:  nonvol explain NV4007
! nonvol: NV4003: $WORK/two/evil/guest.json: 'machine' says 'q35\x0a-drive\x0afile=/dev/sda', which is not a machine
!   at:   $WORK/two/evil/guest.json at /machine
!   try:  nonvol explain NV4003
[exit 5]

$ for guest in none cut other blank random image over link evil; do nonvol --home "$WORK/two" show $guest; done 2>&1 >/dev/null
error NV4007: the variable store $WORK/two/none/none_VARS.fd does not exist ($WORK/two/none/none_VARS.fd)
error NV4021: the variable store $WORK/two/cut/cut_VARS.fd has 4096 bytes, the guest was created with 540672 ($WORK/two/cut/cut_VARS.fd)
error NV2103: firmware volume length at offset 0x20 of $WORK/two/cut/cut_VARS.fd: says 540672 bytes, the file has 4096 ($WORK/two/cut/cut_VARS.fd, byte 0x20)
error NV4013: the code $WORK/root2/fixture/code.fd expects a store of layout ovmf-4m, and $WORK/two/other/other_VARS.fd has layout ovmf-2m ($WORK/two/other/other_VARS.fd)
error NV2101: $WORK/two/blank/blank_VARS.fd is blank, all 0x00, and firmware for x86_64 neither formats nor saves to such a store ($WORK/two/blank/blank_VARS.fd)
note NV2209: $WORK/two/blank/blank_VARS.fd is blank: 68096 of its 540672 bytes were looked at and all are 0x00 ($WORK/two/blank/blank_VARS.fd)
error NV2101: volume signature at offset 0x28 of $WORK/two/random/random_VARS.fd: is 0x0a780a78, a firmware volume has 0x4856465f ('_FVH') ($WORK/two/random/random_VARS.fd, byte 0x28)
error NV4021: the variable store $WORK/two/image/image_VARS.fd has 196616 bytes, the guest was created with 540672 ($WORK/two/image/image_VARS.fd)
note NV2209: $WORK/two/image/image_VARS.fd is blank: 68096 of its 540672 bytes were looked at and all are 0x00 ($WORK/two/image/image_VARS.fd)
error NV4021: the overlay $WORK/two/over/over_VARS.qcow2 shows 8388608 bytes, and its master has 540672 ($WORK/two/over/over_VARS.qcow2, byte 0x18)
nonvol: NV4007: the variable store $WORK/two/link/link_VARS.fd is a symbolic link, and must be a file
  at:   $WORK/two/link/link_VARS.fd
  try:  nonvol explain NV4007
nonvol: NV4003: $WORK/two/evil/guest.json: 'machine' says 'q35\x0a-drive\x0afile=/dev/sda', which is not a machine
  at:   $WORK/two/evil/guest.json at /machine
  try:  nonvol explain NV4003
[exit 5]

$ nonvol --home "$WORK/two" emit libvirt blank
! nonvol: NV2101: $WORK/two/blank/blank_VARS.fd is blank, all 0x00, and firmware for x86_64 neither formats nor saves to such a store
!   at:   $WORK/two/blank/blank_VARS.fd
!   try:  nonvol explain NV2101
[exit 5]

$ cd "$WORK/two/big"; cp ../../here/image.qcow2 big_VARS.qcow2; qemu-img create -q -f qcow2 -b "$WORK/root2/fixture/vars.fd" -F raw big_VARS.qcow2; sed -i '/"nvram": {/,$s/big_VARS.fd/big_VARS.qcow2/; /"nvram": {/,$s/raw/qcow2/' guest.json; nonvol --home "$WORK/two" emit qemu big
! nonvol: NV7103: the variable store $WORK/two/big/big_VARS.qcow2 is a qcow2 image over '$WORK/root2/fixture/vars.fd', and the record names no master
!   at:   $WORK/two/big/big_VARS.qcow2, byte 0x8
!   try:  nonvol show big
[exit 5]

$ rm -f "$WORK/two/none/guest.json"; ln -s "$WORK/two/blank/guest.json" "$WORK/two/none/guest.json"; nonvol --home "$WORK/two" show none
! nonvol: NV4003: $WORK/two/none/guest.json is a symbolic link, and a record must be a file
!   at:   $WORK/two/none/guest.json
!   try:  nonvol explain NV4003
[exit 5]

$ nonvol --home "$WORK/two" create odd --root "$WORK/root2" --arch x86_64 --machine $'q35\n-drive'
! nonvol: NV1001: --machine is 'q35\x0a-drive': letters, digits, '.', '_', '+' and '-' are allowed
!   try:  nonvol help create
[exit 2]

# Code of the same size does not say that the store is still of its layout, or there.
$ nonvol --home "$WORK/two" upgrade other
! nonvol: NV4023: the code $WORK/root2/fixture/code.fd has 3653632 bytes and expects a store of layout ovmf-4m, and the store of guest other has layout ovmf-2m
!   at:   $WORK/root2/fixture/code.fd
!   try:  nonvol vars convert other ./other_ovmf-4m.fd --to ovmf-4m
[exit 4]

$ rm "$WORK/two/cut/cut_VARS.fd"; nonvol --home "$WORK/two" upgrade cut
! nonvol: NV5001: cannot open $WORK/two/cut/cut_VARS.fd: No such file or directory
!   at:   $WORK/two/cut/cut_VARS.fd
!   try:  nonvol explain NV5001
[exit 3]
