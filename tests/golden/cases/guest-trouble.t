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
