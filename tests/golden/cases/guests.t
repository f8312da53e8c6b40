# A guest from nothing to gone.
$ make_root "$WORK/root"

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --dry-run
would create web01
guest        web01
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/web01/web01_VARS.fd (raw)
features     acpi-s3, verbose-dynamic

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw
created web01
guest        web01
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/web01/web01_VARS.fd (raw)
features     acpi-s3, verbose-dynamic

$ nonvol --home "$WORK/guests" show web01
guest        web01
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/web01/web01_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
store        ovmf-4m layout, 0 variables, 0 of 262,044 bytes used
created      <TIME> by nonvol <VERSION>
in use       no

$ nonvol --home "$WORK/guests" show web01 --json
{
  "schema": "nonvol.show/1",
  "guest": "web01",
  "created": "<TIME>",
  "nonvol_version": "<VERSION>",
  "architecture": "x86_64",
  "machine": "q35",
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
    "path": "$WORK/guests/web01/web01_VARS.fd",
    "format": "raw",
    "size_bytes": 540672,
    "master": null
  },
  "tpm": null,
  "directory": "$WORK/guests/web01",
  "in_use": false,
  "store": {
    "layout": "ovmf-4m",
    "blank": false,
    "live_variables": 0,
    "used_bytes": 0,
    "capacity_bytes": 262044
  },
  "findings": []
}

# The same request again changes nothing; another one is refused.
$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw
web01 exists already, made from the same firmware; nothing to do

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot on
! nonvol: NV4002: guest web01 exists in $WORK/guests
!   at:   $WORK/guests/web01
!   try:  nonvol show web01
[exit 4]

# Code of one layout with a template of another would boot and save nothing.
$ mkdir mixed; sed s/vars.fd/vars-2m.fd/ "$FIXTURES/descriptors/sound/40-split-raw.json" >mixed/40.json

$ nonvol --home "$WORK/guests" create web09 --root "$WORK/root" --search-dir mixed --arch x86_64 --format raw
! nonvol: NV3201: none of 1 usable descriptors offers uefi firmware of mode split for x86_64 machine q35 as asked
!   note: passed over mixed/40.json: its code expects a store of layout ovmf-4m, and its template has layout ovmf-2m
!   try:  nonvol firmware explain --arch x86_64 --machine q35 --mode split --format raw
[exit 1]

# A template that is no store is copied, and said to be none.
$ mkdir odd; sed s/vars.fd/uefi-vars.json/ "$FIXTURES/descriptors/sound/40-split-raw.json" >odd/40.json

$ nonvol --home "$WORK/guests" create web08 --root "$WORK/root" --search-dir odd --arch x86_64 --format raw --dry-run
! nonvol: NV3201: none of 1 usable descriptors offers uefi firmware of mode split for x86_64 machine q35 as asked
!   note: passed over odd/40.json: the variable store has 32 bytes, and QEMU takes multiples of 4,096 only
!   try:  nonvol firmware explain --arch x86_64 --machine q35 --mode split --format raw
[exit 1]

# What does not work.
$ nonvol --home "$WORK/guests" create web/02 --root "$WORK/root"
! nonvol: NV1005: 'web/02' is no guest name: letters, digits, '-', '_' and '+' are allowed, and a letter or digit at the beginning
!   try:  nonvol explain NV1005
[exit 2]

$ nonvol --home "$WORK/guests" show web03
! nonvol: NV4001: there is no guest web03 in $WORK/guests
!   try:  nonvol
[exit 3]

# Deleting asks what to do with the variables, and is refused while QEMU has them.
$ nonvol --home "$WORK/guests" delete web01
! nonvol: NV4005: deleting web01 needs a word about its variables
!   try:  nonvol delete web01 --keep-nvram
[exit 4]

$ like_qemu "$(find "$WORK/guests" -path '*web01*' -name '*.fd')" nonvol --home "$WORK/guests" delete web01 --nvram
! nonvol: NV4004: guest web01 is running: $WORK/guests/web01/web01_VARS.fd is in use
!   at:   $WORK/guests/web01/web01_VARS.fd
!   try:  nonvol explain NV4004
[exit 4]

$ nonvol --home "$WORK/guests" delete web01 --keep-nvram --dry-run
would remove $WORK/guests/web01/guest.json
would keep $WORK/guests/web01/web01_VARS.fd

$ nonvol --home "$WORK/guests" delete web01 --keep-nvram
removed $WORK/guests/web01/guest.json
kept $WORK/guests/web01/web01_VARS.fd

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw
! nonvol: NV4010: the variable store of an earlier guest web01 is in $WORK/guests/web01
!   at:   $WORK/guests/web01
!   try:  mv $WORK/guests/web01 $WORK/guests/web01.kept
[exit 4]

$ nonvol --home "$WORK/guests" delete web01 --nvram
removed $WORK/guests/web01/web01_VARS.fd

$ nonvol --home "$WORK/guests" delete web01 --nvram
! nonvol: NV4001: there is no guest web01 in $WORK/guests
!   try:  nonvol
[exit 3]
