$ make_root "$WORK/root"

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

$ nonvol --home "$WORK/guests" emit qemu web01
-machine
q35,pflash0=nonvol-code,pflash1=nonvol-vars
-blockdev
node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/code.fd
-blockdev
node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/guests/web01/web01_VARS.fd

$ nonvol --home "$WORK/guests" emit qemu web01 --style drive
-machine
q35,pflash0=nonvol-code,pflash1=nonvol-vars
-drive
if=none,id=nonvol-code,format=raw,readonly=on,file=$WORK/root/fixture/code.fd
-drive
if=none,id=nonvol-vars,format=raw,readonly=off,file=$WORK/guests/web01/web01_VARS.fd

$ nonvol --home "$WORK/guests" emit qemu web01 --qemu-version 3.1
-machine
q35
-drive
if=pflash,unit=0,format=raw,readonly=on,file=$WORK/root/fixture/code.fd
-drive
if=pflash,unit=1,format=raw,readonly=off,file=$WORK/guests/web01/web01_VARS.fd

$ nonvol --home "$WORK/guests" emit qemu web01 --shell
-machine q35,pflash0=nonvol-code,pflash1=nonvol-vars -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/code.fd -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/guests/web01/web01_VARS.fd

$ nonvol --home "$WORK/guests" emit qemu web01 --json
{
  "schema": "nonvol.emit.qemu/1",
  "guest": "web01",
  "qemu_arguments": [
    "-machine",
    "q35,pflash0=nonvol-code,pflash1=nonvol-vars",
    "-blockdev",
    "node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/code.fd",
    "-blockdev",
    "node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/guests/web01/web01_VARS.fd"
  ],
  "tpm": null
}

$ nonvol --home "$WORK/guests" emit qemu web01 --qemu-version seven
! nonvol: NV6003: 'seven' is not a QEMU version such as 7.2 or 10.0.3
!   try:  qemu-system-x86_64 --version
[exit 2]

# Secure Boot needs SMM.
$ nonvol --home "$WORK/guests" create web02 --root "$WORK/root" --arch x86_64 --machine q35 --require enrolled-keys
created web02
guest        web02
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/10-secure-enrolled.json
executable   $WORK/root/fixture/code-secure.fd (raw, 3,653,632 bytes, sha256 5ea38a2e327e…)
template     $WORK/root/fixture/vars-enrolled.fd (raw, 540,672 bytes, sha256 f4138785e0a3…)
nvram        $WORK/guests/web02/web02_VARS.fd (raw)
features     acpi-s3, enrolled-keys, requires-smm, secure-boot, verbose-dynamic

$ nonvol --home "$WORK/guests" emit qemu web02
-machine
q35,smm=on,pflash0=nonvol-code,pflash1=nonvol-vars
-blockdev
node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/code-secure.fd
-blockdev
node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/guests/web02/web02_VARS.fd
-global
driver=cfi.pflash01,property=secure,value=on

# Firmware that older QEMUs cannot run.
$ nonvol --home "$WORK/guests" create web03 --root "$WORK/root" --arch x86_64 --machine q35 --require host-uefi-vars
! nonvol: NV3201: none of 13 usable descriptors offers uefi firmware of mode split for x86_64 machine q35 as asked
!   try:  nonvol firmware explain --arch x86_64 --machine q35 --require host-uefi-vars --mode split
[exit 1]

$ nonvol --home "$WORK/guests" emit qemu web03 --qemu-version 7.2
! nonvol: NV4001: there is no guest web03 in $WORK/guests
!   try:  nonvol
[exit 3]

# A place with every character that QEMU, shells and lines treat in a way of their own.
$ nonvol --home "$WORK/a, b 'c'"$'\n'd create web04 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw
created web04
guest        web04
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/a, b 'c'\x0ad/web04/web04_VARS.fd (raw)
features     acpi-s3, verbose-dynamic

$ nonvol --home "$WORK/a, b 'c'"$'\n'd emit qemu web04
-machine
q35,pflash0=nonvol-code,pflash1=nonvol-vars
-blockdev
node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/code.fd
-blockdev
{"node-name": "nonvol-vars", "driver": "raw", "read-only": false, "file": {"driver": "file", "filename": "$WORK/a, b 'c'\nd/web04/web04_VARS.fd"}}

$ nonvol --home "$WORK/a, b 'c'"$'\n'd emit qemu web04 --style drive
! nonvol: NV6001: '$WORK/a, b '\''c'\''\x0ad/web04/web04_VARS.fd' has a line break, and this option has no other way to write it
!   try:  nonvol explain NV6001
[exit 4]

$ nonvol --home "$WORK/a, b 'c'"$'\n'd emit qemu web04 --style drive --shell
-machine q35,pflash0=nonvol-code,pflash1=nonvol-vars -drive if=none,id=nonvol-code,format=raw,readonly=on,file=$WORK/root/fixture/code.fd -drive 'if=none,id=nonvol-vars,format=raw,readonly=off,file=$WORK/a,, b '\''c'\''
d/web04/web04_VARS.fd'
