# needs: qemu-storage-daemon qemu-img
# Guests of every firmware mode: what each has of its own, and what it is started with.
$ make_root "$WORK/root"

# An overlay over a master, which two guests share.
$ nonvol --home "$WORK/guests" create over1 --root "$WORK/root" --arch x86_64 --secure-boot off --format raw --store overlay --dry-run
would create over1
guest        over1
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/over1/over1_VARS.qcow2 (qcow2, overlay)
master       $WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd (540,672 bytes)
features     acpi-s3, verbose-dynamic

$ nonvol --home "$WORK/guests" create over1 --root "$WORK/root" --arch x86_64 --secure-boot off --format raw --store overlay
created over1
guest        over1
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/over1/over1_VARS.qcow2 (qcow2, overlay)
master       $WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd (540,672 bytes)
features     acpi-s3, verbose-dynamic

$ nonvol --home "$WORK/guests" create over2 --root "$WORK/root" --arch x86_64 --secure-boot off --format raw --store overlay --json
{
  "schema": "nonvol.create/1",
  "dry_run": false,
  "changed": true,
  "guest": "over2",
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
    "path": "$WORK/guests/over2/over2_VARS.qcow2",
    "format": "qcow2",
    "size_bytes": 16384,
    "master": {
      "path": "$WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd",
      "size_bytes": 540672,
      "sha256": "5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e"
    }
  },
  "tpm": null,
  "directory": "$WORK/guests/over2",
  "passed_over": [],
  "findings": []
}

$ nonvol --home "$WORK/guests" create over1 --root "$WORK/root" --arch x86_64 --secure-boot off --format raw --store overlay
over1 exists already, made from the same firmware; nothing to do

$ nonvol --home "$WORK/guests" create over1 --root "$WORK/root" --arch x86_64 --secure-boot off --format raw
! nonvol: NV4002: guest over1 exists in $WORK/guests
!   at:   $WORK/guests/over1
!   try:  nonvol show over1
[exit 4]

$ cd "$WORK/guests"; find . -name '*.qcow2' -o -path '*masters/*' | sort; cat over1/guest.json | tail -n 18
./.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd
./over1/over1_VARS.qcow2
./over2/over2_VARS.qcow2
  },
  "nvram_template": {
    "path": "$WORK/root/fixture/vars.fd",
    "format": "raw",
    "size_bytes": 540672,
    "sha256": "5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e"
  },
  "nvram": {
    "file": "over1_VARS.qcow2",
    "format": "qcow2",
    "size_bytes": 16384,
    "master": {
      "file": "../.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd",
      "size_bytes": 540672,
      "sha256": "5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e"
    }
  }
}

$ nonvol --home "$WORK/guests" emit qemu over1
-machine
q35,pflash0=nonvol-code,pflash1=nonvol-vars
-blockdev
node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/code.fd
-blockdev
node-name=nonvol-vars,driver=qcow2,read-only=off,file.driver=file,file.filename=$WORK/guests/over1/over1_VARS.qcow2

$ nonvol --home "$WORK/guests" vars set over1 Lang --guid 8be4df61-93ca-11d2-aa0d-00e098032b8c --text en
  + Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c): NV+BS+RT 656e
$WORK/guests/over1/over1_VARS.qcow2: written in place
! note NV2325: no undo record could be left beside $WORK/guests/over1/over1_VARS.qcow2 ($WORK/guests/over1/over1_VARS.qcow2)

$ nonvol --home "$WORK/guests" vars list over1; nonvol --home "$WORK/guests" vars list over2
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  2  Lang
no variables

$ poke "$(echo "$WORK"/guests/.masters/*.fd)" 0x1000 00

$ nonvol --home "$WORK/guests" show over1
guest        over1
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/over1/over1_VARS.qcow2 (qcow2, overlay)
master       $WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd (540,672 bytes)
features     acpi-s3, verbose-dynamic
created      <TIME> by nonvol <VERSION>
in use       no
! error NV4020: the master $WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd has the digest eeb4057176640a27119ab680594ffbc1cf7fe5e3194b8fc6a706ad6b6ea8f59e, not the one in its name ($WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd)
[exit 1]

$ nonvol --home "$WORK/guests" emit qemu over2
! nonvol: NV4020: the master $WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd has the digest eeb4057176640a27119ab680594ffbc1cf7fe5e3194b8fc6a706ad6b6ea8f59e, not the one in its name
!   at:   $WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd
!   try:  nonvol explain NV4020
[exit 5]

$ nonvol --home "$WORK/guests" vars list over1
! nonvol: NV4020: the master $WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd has the digest eeb4057176640a27119ab680594ffbc1cf7fe5e3194b8fc6a706ad6b6ea8f59e, not the one in its name
!   at:   $WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd
!   try:  nonvol explain NV4020
[exit 5]

$ poke "$(echo "$WORK"/guests/.masters/*.fd)" 0x1000 ff

$ nonvol --home "$WORK/guests" delete over1 --keep-nvram
removed $WORK/guests/over1/guest.json
kept $WORK/guests/over1/over1_VARS.qcow2
kept $WORK/guests/.masters/5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd

$ nonvol --home "$WORK/guests" delete over2 --nvram; ls "$WORK/guests/.masters"
removed $WORK/guests/over2/guest.json
removed $WORK/guests/over2/over2_VARS.qcow2
5d2ac383371b408398accee7ec27c8c09ea5b74a0de0ceea6513388b15be5d1e.fd

$ nonvol --home "$WORK/guests" delete over1 --nvram; ls "$WORK/guests/.masters"
removed $WORK/guests/over1/over1_VARS.qcow2

# Only a raw template can lie under an overlay.
$ nonvol --home "$WORK/guests" create over3 --root "$WORK/root" --arch x86_64 --format qcow2 --store overlay
! nonvol: NV4024: an overlay needs flash firmware with a raw template, and guest over3 would have a template of format qcow2
!   try:  nonvol create over3 --store copy
[exit 4]

$ nonvol --home "$WORK/guests" create over3 --root "$WORK/root" --arch x86_64 --mode combined --store overlay
! nonvol: NV4024: an overlay needs flash firmware with a raw template, and guest over3 would have flash firmware of mode combined
!   try:  nonvol create over3 --store copy
[exit 4]

# Code and variables in one file: the guest has a copy of all of it.
$ nonvol --home "$WORK/guests" create one --root "$WORK/root" --arch x86_64 --mode combined
created one
guest        one
machine      q35, x86_64
firmware     uefi, flash, combined
descriptor   $WORK/root/usr/share/qemu/firmware/50-combined.json
executable   $WORK/root/fixture/combined.fd (raw, 4,194,304 bytes, sha256 9f64502891ed…)
nvram        $WORK/guests/one/one_FLASH.fd (raw)
features     verbose-dynamic

$ nonvol --home "$WORK/guests" emit qemu one
-machine
q35,pflash0=nonvol-code
-blockdev
node-name=nonvol-code,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/guests/one/one_FLASH.fd
-global
ICH9-LPC.disable_s3=1

$ nonvol --home "$WORK/guests" vars set one Lang --guid 8be4df61-93ca-11d2-aa0d-00e098032b8c --text en
  + Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c): NV+BS+RT 656e
$WORK/guests/one/one_FLASH.fd: written in place

$ nonvol --home "$WORK/guests" show one
guest        one
machine      q35, x86_64
firmware     uefi, flash, combined
descriptor   $WORK/root/usr/share/qemu/firmware/50-combined.json
executable   $WORK/root/fixture/combined.fd (raw, 4,194,304 bytes, sha256 9f64502891ed…)
nvram        $WORK/guests/one/one_FLASH.fd (raw)
features     verbose-dynamic
store        ovmf-4m layout, 1 variables, 72 of 262,044 bytes used
created      <TIME> by nonvol <VERSION>
in use       no

$ nonvol --home "$WORK/guests" upgrade one
one has this firmware already; nothing to do

$ poke "$WORK/root/fixture/combined.fd" 0x90000 77

$ nonvol --home "$WORK/guests" upgrade one --dry-run
would upgrade one
descriptor   $WORK/root/usr/share/qemu/firmware/50-combined.json
executable   $WORK/root/fixture/combined.fd (raw, 4,194,304 bytes, sha256 91e45e869bd5…)
before       $WORK/root/fixture/combined.fd (raw, 4,194,304 bytes, sha256 9f64502891ed…)
nvram        new code behind the guest's own 540,672 bytes of variables

$ nonvol --home "$WORK/guests" upgrade one --json
{
  "schema": "nonvol.upgrade/1",
  "guest": "one",
  "dry_run": false,
  "changed": true,
  "image_changes": true,
  "record_changes": true,
  "descriptor": "$WORK/root/usr/share/qemu/firmware/50-combined.json",
  "executable": {
    "path": "$WORK/root/fixture/combined.fd",
    "format": "raw",
    "size_bytes": 4194304,
    "sha256": "91e45e869bd597f3f2f93ccfc28aea6a5bf6d8606ae33d7d994947bcc06c6aa1"
  },
  "executable_before": {
    "path": "$WORK/root/fixture/combined.fd",
    "format": "raw",
    "size_bytes": 4194304,
    "sha256": "9f64502891edacf23570cf8b20caf6801d4777ac0ad37f73abd8acc9100ab3d5"
  },
  "variables_kept_bytes": 540672,
  "findings": []
}

$ nonvol --home "$WORK/guests" upgrade one; nonvol --home "$WORK/guests" vars list one
one has this firmware already; nothing to do
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  2  Lang

# Other firmware: of another layout, and loaded in another way.
$ make_root --store 2m small.fd; cat small.fd "$WORK/root/fixture/code-2m.fd" >"$WORK/root/fixture/small.fd"; mkdir other; sed s/combined.fd/small.fd/ "$FIXTURES/descriptors/sound/50-combined.json" >other/50.json

$ nonvol --home "$WORK/guests" upgrade one --root "$WORK/root" --search-dir other --to 50
! nonvol: NV4023: the image $WORK/root/fixture/small.fd has variables of layout ovmf-2m, and that of guest one layout ovmf-4m
!   at:   $WORK/root/fixture/small.fd
!   try:  nonvol explain NV4023
[exit 4]

$ nonvol --home "$WORK/guests" upgrade one --root "$WORK/root" --to 60-memory
! nonvol: NV4023: the firmware of $WORK/root/usr/share/qemu/firmware/60-memory.json is not for guest one: asked for firmware in flash, it is for memory
!   at:   $WORK/root/usr/share/qemu/firmware/60-memory.json
!   try:  nonvol explain NV4023
[exit 4]

$ nonvol --home "$WORK/guests" upgrade one --root "$WORK/root" --to 70-aarch64
! nonvol: NV3201: the firmware of $WORK/root/usr/share/qemu/firmware/70-aarch64.json is not for guest one: asked for architecture x86_64, it is for aarch64
!   at:   $WORK/root/usr/share/qemu/firmware/70-aarch64.json
!   try:  nonvol explain NV3201
[exit 1]

$ nonvol --home "$WORK/guests" upgrade one --root "$WORK/root" --to nosuch
! nonvol: NV3203: no descriptor is named 'nosuch'
!   try:  nonvol firmware list
[exit 3]

$ nonvol --home "$WORK/guests" upgrade nosuch
! nonvol: NV4001: there is no guest nosuch in $WORK/guests
!   try:  nonvol
[exit 3]

# A guest that shares its code has only a record to bring up to date.
$ nonvol --home "$WORK/guests" create split --root "$WORK/root" --arch x86_64 --secure-boot off --format raw >/dev/null

$ poke "$WORK/root/fixture/code.fd" 0x100 77

$ nonvol --home "$WORK/guests" upgrade split
upgraded split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 e749cfe2d392…)
before       $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)

$ nonvol --home "$WORK/guests" upgrade split --root "$WORK/root" --to 41-split-2m
! nonvol: NV4023: the code $WORK/root/fixture/code-2m.fd has 1966080 bytes and expects a store of layout ovmf-2m, and the store of guest split has layout ovmf-4m
!   at:   $WORK/root/fixture/code-2m.fd
!   try:  nonvol vars convert split ./split_ovmf-2m.fd --to ovmf-2m
[exit 4]

$ nonvol --home "$WORK/guests" upgrade split --root "$WORK/root" --to 20-secure --json
{
  "schema": "nonvol.upgrade/1",
  "guest": "split",
  "dry_run": false,
  "changed": true,
  "image_changes": false,
  "record_changes": true,
  "descriptor": "$WORK/root/usr/share/qemu/firmware/20-secure.json",
  "executable": {
    "path": "$WORK/root/fixture/code-secure.fd",
    "format": "raw",
    "size_bytes": 3653632,
    "sha256": "5ea38a2e327e816f44c3967c420582707867d552eb346ad9aa4463c9fa73b95c"
  },
  "executable_before": {
    "path": "$WORK/root/fixture/code.fd",
    "format": "raw",
    "size_bytes": 3653632,
    "sha256": "e749cfe2d392fc1f762d9ec75883d9facf64b11316b4402f0e24270497345cd2"
  },
  "variables_kept_bytes": null,
  "findings": []
}

# Firmware that keeps no variables.
$ nonvol --home "$WORK/guests" create sev --root "$WORK/root" --arch x86_64 --require amd-sev
created sev
guest        sev
machine      q35, x86_64
firmware     uefi, flash, stateless
descriptor   $WORK/root/usr/share/qemu/firmware/51-stateless-sev.json
executable   $WORK/root/fixture/stateless.fd (raw, 4,194,304 bytes, sha256 fe7aacfd12a4…)
nvram        none: variables are gone at power-off
features     amd-sev, amd-sev-es, amd-sev-snp, verbose-dynamic
! note NV4022: guest sev keeps no variables, which its stateless firmware has no store for: what it sets is gone at power-off ($WORK/guests/sev)

$ nonvol --home "$WORK/guests" show sev --json
{
  "schema": "nonvol.show/1",
  "guest": "sev",
  "created": "<TIME>",
  "nonvol_version": "<VERSION>",
  "architecture": "x86_64",
  "machine": "q35",
  "interface": "uefi",
  "device": "flash",
  "mode": "stateless",
  "descriptor": "$WORK/root/usr/share/qemu/firmware/51-stateless-sev.json",
  "features": [
    "amd-sev",
    "amd-sev-es",
    "amd-sev-snp",
    "verbose-dynamic"
  ],
  "executable": {
    "path": "$WORK/root/fixture/stateless.fd",
    "format": "raw",
    "size_bytes": 4194304,
    "sha256": "fe7aacfd12a48e63e87c58ae23962afe3ebc653d79f6dc0df48ecfd4a175c02a"
  },
  "nvram_template": null,
  "nvram": null,
  "tpm": null,
  "directory": "$WORK/guests/sev",
  "in_use": false,
  "store": null,
  "findings": [
    {
      "id": "NV4022",
      "severity": "note",
      "message": "guest sev keeps no variables, which its stateless firmware has no store for: what it sets is gone at power-off",
      "place": {
        "file": "$WORK/guests/sev"
      },
      "hint": "nonvol explain NV4022"
    }
  ]
}
! note NV4022: guest sev keeps no variables, which its stateless firmware has no store for: what it sets is gone at power-off ($WORK/guests/sev)

$ nonvol --home "$WORK/guests" emit qemu sev
-machine
q35,pflash0=nonvol-code
-blockdev
node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/stateless.fd
-global
ICH9-LPC.disable_s3=1

$ nonvol --home "$WORK/guests" vars list sev
! nonvol: NV4022: guest sev keeps no variables, which its stateless firmware has no store for: what it sets is gone at power-off
!   try:  nonvol show sev
[exit 1]

$ nonvol --home "$WORK/guests" boot list sev
! nonvol: NV4022: guest sev keeps no variables, which its stateless firmware has no store for: what it sets is gone at power-off
!   try:  nonvol show sev
[exit 1]

$ nonvol --home "$WORK/guests" delete sev --keep-nvram
! nonvol: NV4022: guest sev keeps no variables, which its stateless firmware has no store for: what it sets is gone at power-off
!   try:  nonvol show sev
[exit 1]

$ nonvol --home "$WORK/guests" delete sev
removed $WORK/guests/sev/guest.json

$ nonvol --home "$WORK/guests" create bios --root "$WORK/root" --arch x86_64 --device memory --forbid host-uefi-vars
created bios
guest        bios
machine      q35, x86_64
firmware     uefi, memory
descriptor   $WORK/root/usr/share/qemu/firmware/60-memory.json
executable   $WORK/root/fixture/memory.fd (raw, 4,194,304 bytes, sha256 80b436778ee8…)
nvram        none: variables are gone at power-off
features     none
! note NV4022: guest bios keeps no variables, which its memory firmware has no store for: what it sets is gone at power-off ($WORK/guests/bios)

$ nonvol --home "$WORK/guests" emit qemu bios
-machine
q35
-bios
$WORK/root/fixture/memory.fd
-global
ICH9-LPC.disable_s3=1

$ nonvol --home "$WORK/guests" create old --root "$WORK/root" --arch x86_64 --interface bios --device memory --machine pc; nonvol --home "$WORK/guests" emit qemu old
created old
guest        old
machine      pc, x86_64
firmware     bios, memory
descriptor   $WORK/root/usr/share/qemu/firmware/62-bios.json
executable   $WORK/root/fixture/bios.bin (raw, 262,144 bytes, sha256 e4082533d759…)
nvram        none
features     acpi-s3, acpi-s4
-machine
pc
-bios
$WORK/root/fixture/bios.bin

$ nonvol --home "$WORK/guests" create riscv --root "$WORK/root" --arch riscv64 --device kernel --interface uboot; nonvol --home "$WORK/guests" emit qemu riscv
created riscv
guest        riscv
machine      virt, riscv64
firmware     uboot, kernel
descriptor   $WORK/root/usr/share/qemu/firmware/63-kernel-riscv64.json
executable   $WORK/root/fixture/u-boot.bin (raw, 524,288 bytes, sha256 1d9d39756962…)
nvram        none
features     none
-machine
virt
-kernel
$WORK/root/fixture/u-boot.bin

$ nonvol --home "$WORK/guests" create igvm --root "$WORK/root" --arch x86_64 --device igvm --require amd-sev-snp; nonvol --home "$WORK/guests" emit qemu igvm --qemu-version 10.1
created igvm
guest        igvm
machine      q35, x86_64
firmware     uefi, igvm
descriptor   $WORK/root/usr/share/qemu/firmware/64-igvm.json
executable   $WORK/root/fixture/guest.igvm (raw, 4,096 bytes, sha256 9e1ac6478b17…)
nvram        none: variables are gone at power-off
features     amd-sev-snp, intel-tdx
-machine
q35,igvm-cfg=nonvol-igvm
-object
igvm-cfg,id=nonvol-igvm,file=$WORK/root/fixture/guest.igvm
-global
ICH9-LPC.disable_s3=1
! note NV4022: guest igvm keeps no variables, which its igvm firmware has no store for: what it sets is gone at power-off ($WORK/guests/igvm)

$ nonvol --home "$WORK/guests" emit qemu igvm --qemu-version 7.2
! nonvol: NV6002: igvm firmware needs QEMU 10.1, and this one is 7.2
!   try:  nonvol explain NV6002
[exit 4]

# Variables in a device of QEMU, kept in a JSON file.
$ nonvol --home "$WORK/guests" create json --root "$WORK/root" --arch x86_64 --device memory --require host-uefi-vars
created json
guest        json
machine      q35, x86_64
firmware     uefi, memory
descriptor   $WORK/root/usr/share/qemu/firmware/61-memory-uefi-vars.json
executable   $WORK/root/fixture/memory-vars.fd (raw, 4,194,304 bytes, sha256 edcf00097549…)
template     $WORK/root/fixture/uefi-vars.json (json, 32 bytes, sha256 43e4896baf3f…)
nvram        $WORK/guests/json/json_VARS.json (json)
features     host-uefi-vars, secure-boot

$ nonvol --home "$WORK/guests" vars set json Lang --guid 8be4df61-93ca-11d2-aa0d-00e098032b8c --text en
  + Lang (8be4df61-93ca-11d2-aa0d-00e098032b8c): NV+BS+RT 656e
$WORK/guests/json/json_VARS.json: written as a new file in its place

$ nonvol --home "$WORK/guests" vars list json
8be4df61-93ca-11d2-aa0d-00e098032b8c  NV+BS+RT  2  Lang

$ nonvol --home "$WORK/guests" emit qemu json --qemu-version 10.1
-machine
q35
-bios
$WORK/root/fixture/memory-vars.fd
-global
ICH9-LPC.disable_s3=1
-device
uefi-vars-x64,jsonfile=$WORK/guests/json/json_VARS.json

$ nonvol --home "$WORK/guests" emit qemu json --qemu-version 7.2
! nonvol: NV6002: firmware that keeps its variables in a device needs QEMU 10.0, and this one is 7.2
!   try:  nonvol explain NV6002
[exit 4]

$ nonvol --home "$WORK/guests" --root "$WORK/root"
nonvol       <VERSION>
firmware     13 usable descriptors
             x86_64 q35 would boot /fixture/code-secure.fd
guests       7 in $WORK/guests
  bios   q35   $WORK/root/fixture/memory.fd
  igvm   q35   $WORK/root/fixture/guest.igvm
  json   q35   $WORK/root/fixture/memory-vars.fd
  old    pc    $WORK/root/fixture/bios.bin
  one    q35   $WORK/root/fixture/combined.fd
  riscv  virt  $WORK/root/fixture/u-boot.bin
  split  q35   $WORK/root/fixture/code-secure.fd
next
  nonvol show bios
  nonvol emit qemu bios
  nonvol help

# What became of a guest since: QEMU would refuse it, or not boot.
$ sed -i 's/"pc"/"microvm"/' "$WORK/guests/old/guest.json"; sed -i 's/"q35"/"microvm"/' "$WORK/guests/split/guest.json"; nonvol --home "$WORK/guests" emit qemu old | head -n 2; nonvol --home "$WORK/guests" emit qemu split
-machine
microvm
! nonvol: NV6010: x86_64 machine microvm has no flash, and $WORK/root/fixture/code-secure.fd is flash firmware
!   at:   $WORK/root/fixture/code-secure.fd
!   try:  nonvol explain NV6010
[exit 4]

$ truncate -s 4194000 "$WORK/guests/one/one_FLASH.fd"; nonvol --home "$WORK/guests" emit qemu one
! nonvol: NV4021: the variable store $WORK/guests/one/one_FLASH.fd has 4194000 bytes, the guest was created with 4194304
!   at:   $WORK/guests/one/one_FLASH.fd
!   try:  nonvol show one
[exit 4]

$ qemu-img create -q -f qcow2 -b vars.fd -F raw "$WORK/root/fixture/vars.qcow2"; nonvol --home "$WORK/guests" create lies-over --root "$WORK/root" --arch x86_64 --format qcow2
! nonvol: NV7103: $WORK/root/fixture/vars.qcow2 needs another file besides itself, which a copy would not find
!   at:   $WORK/root/fixture/vars.qcow2, byte 0x8
!   try:  qemu-img info $WORK/root/fixture/vars.qcow2
[exit 5]

# Other firmware must go with the variables that the guest has: Secure Boot is not lost on the way.
$ nonvol --home "$WORK/guests" create keyed --root "$WORK/root" --arch x86_64 --machine q35 --require enrolled-keys | head -1
created keyed

$ nonvol --home "$WORK/guests" upgrade keyed --root "$WORK/root" --to 40-split-raw.json
! nonvol: NV4023: this firmware does not go with the variables of guest keyed: the store has Secure Boot on, and this firmware does not promise to enforce it
!   at:   $WORK/guests/keyed/keyed_VARS.fd
!   try:  nonvol firmware select --for-store $WORK/guests/keyed/keyed_VARS.fd
[exit 4]

$ nonvol --home "$WORK/guests" upgrade keyed --root "$WORK/root" --to 20-secure.json --dry-run | head -1
would upgrade keyed
