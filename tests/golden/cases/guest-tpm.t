# Guests with TPMs of their own.
$ make_root "$WORK/root"

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --tpm --dry-run
would create web01
guest        web01
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/web01/web01_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
tpm          2.0 ($WORK/guests/web01/web01.nvram)
             listens at $WORK/guests/web01/tpm.sock

$ ls "$WORK/guests"
! ls: cannot access '$WORK/guests': No such file or directory
[exit 2]

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --tpm
created web01
guest        web01
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/web01/web01_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
tpm          2.0 ($WORK/guests/web01/web01.nvram)
             listens at $WORK/guests/web01/tpm.sock

$ ls "$WORK/guests/web01"
guest.json
web01.nvram
web01_VARS.fd

# The same again is nothing to do; another TPM, or none, is another guest.
$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --tpm=2.0
web01 exists already, made from the same firmware; nothing to do

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw
! nonvol: NV4002: guest web01 exists in $WORK/guests
!   at:   $WORK/guests/web01
!   try:  nonvol show web01
[exit 4]

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --tpm 1.2
! nonvol: NV4002: guest web01 exists in $WORK/guests
!   at:   $WORK/guests/web01
!   try:  nonvol show web01
[exit 4]

$ jq -c '.tpm | del(.size_bytes)' "$WORK/guests/web01/guest.json"
{"file":"web01.nvram","version":"2.0"}

$ nonvol --home "$WORK/guests" show web01
guest        web01
machine      q35, x86_64
firmware     uefi, flash, split
descriptor   $WORK/root/usr/share/qemu/firmware/40-split-raw.json
executable   $WORK/root/fixture/code.fd (raw, 3,653,632 bytes, sha256 38d6002bc198…)
template     $WORK/root/fixture/vars.fd (raw, 540,672 bytes, sha256 5d2ac383371b…)
nvram        $WORK/guests/web01/web01_VARS.fd (raw)
features     acpi-s3, verbose-dynamic
tpm          2.0 ($WORK/guests/web01/web01.nvram)
             listens at $WORK/guests/web01/tpm.sock
store        ovmf-4m layout, 0 variables, 0 of 262,044 bytes used
created      <TIME> by nonvol <VERSION>
in use       no

$ nonvol --home "$WORK/guests" show web01 --json | jq -c '.tpm | del(.size_bytes)'
{"path":"$WORK/guests/web01/web01.nvram","version":"2.0","socket_path":"$WORK/guests/web01/tpm.sock","in_use":false}

$ nonvol --home "$WORK/guests" --root "$WORK/root" --json | jq -c '.guests[0].tpm'
{"version":"2.0","in_use":false}

$ nonvol --home "$WORK/guests" tpm check web01
$WORK/guests/web01/web01.nvram: nothing wrong with its TPM 2.0

$ nonvol --home "$WORK/guests" emit qemu web01
-machine
q35,pflash0=nonvol-code,pflash1=nonvol-vars
-blockdev
node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/code.fd
-blockdev
node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/guests/web01/web01_VARS.fd
-chardev
socket,id=nonvol-tpm-socket,path=$WORK/guests/web01/tpm.sock
-tpmdev
emulator,id=nonvol-tpm,chardev=nonvol-tpm-socket
-device
tpm-crb,tpmdev=nonvol-tpm
! note: start the guest's TPM first: nonvol tpm run web01, or systemctl start nonvol-tpm@web01

$ nonvol --home "$WORK/guests" emit qemu web01 --json | jq -c .tpm
{"socket_path":"$WORK/guests/web01/tpm.sock","start":["nonvol tpm run web01","systemctl start nonvol-tpm@web01"]}

$ nonvol --home "$WORK/guests" emit qemu web01 --tpm-socket "$WORK/a, b.sock" --shell
-machine q35,pflash0=nonvol-code,pflash1=nonvol-vars -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/code.fd -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/guests/web01/web01_VARS.fd -chardev 'socket,id=nonvol-tpm-socket,path=$WORK/a,, b.sock' -tpmdev emulator,id=nonvol-tpm,chardev=nonvol-tpm-socket -device tpm-crb,tpmdev=nonvol-tpm
! note: start the guest's TPM first: nonvol tpm run web01 --socket '$WORK/a, b.sock'

$ nonvol --home "$WORK/guests" emit libvirt web01 --tpm-socket /run/tpm.sock
<os>
  <type arch='x86_64' machine='q35'>hvm</type>
  <loader readonly='yes' type='pflash'>$WORK/root/fixture/code.fd</loader>
  <nvram template='$WORK/root/fixture/vars.fd'>$WORK/guests/web01/web01_VARS.fd</nvram>
</os>
<features>
  <acpi/>
</features>
<devices>
  <tpm model='tpm-crb'>
    <backend type='external'>
      <source type='unix' mode='connect' path='/run/tpm.sock'/>
    </backend>
  </tpm>
</devices>
! note: start the guest's TPM first: nonvol tpm run web01 --socket /run/tpm.sock

# Secrets are not deleted by the way.
$ nonvol --home "$WORK/guests" delete web01
! nonvol: NV4005: deleting web01 needs a word about its variables
!   try:  nonvol delete web01 --keep-nvram
[exit 4]

$ nonvol --home "$WORK/guests" delete web01 --nvram
! nonvol: NV4026: $WORK/guests/web01/web01.nvram holds the TPM of guest web01, and what is sealed to it would be lost
!   at:   $WORK/guests/web01/web01.nvram
!   try:  nonvol delete web01 --keep-nvram
[exit 4]

$ nonvol --home "$WORK/guests" delete web01 --nvram --dry-run --json 2>/dev/null | jq -r .id
NV4026

$ nonvol --home "$WORK/guests" delete web01 --lose-tpm-secrets
! nonvol: NV1001: --lose-tpm-secrets needs --nvram
!   try:  nonvol delete web01 --nvram --lose-tpm-secrets
[exit 2]

$ nonvol --home "$WORK/guests" delete web01 --keep-nvram --lose-tpm-secrets
! nonvol: NV1006: --lose-tpm-secrets and --keep-nvram exclude each other
!   try:  nonvol delete web01 --keep-nvram
[exit 2]

$ nonvol --home "$WORK/guests" delete web01 --nvram --lose-tpm-secrets --dry-run
would remove $WORK/guests/web01/guest.json
would remove $WORK/guests/web01/web01.nvram
would remove $WORK/guests/web01/web01_VARS.fd

$ nonvol --home "$WORK/guests" delete web01 --keep-nvram
removed $WORK/guests/web01/guest.json
kept $WORK/guests/web01/web01.nvram
kept $WORK/guests/web01/web01_VARS.fd

$ nonvol --home "$WORK/guests" delete web01 --nvram
! nonvol: NV4026: $WORK/guests/web01/web01.nvram holds the TPM of guest web01, and what is sealed to it would be lost
!   at:   $WORK/guests/web01/web01.nvram
!   try:  nonvol tpm show $WORK/guests/web01/web01.nvram
[exit 4]

$ nonvol --home "$WORK/guests" delete web01 --nvram --lose-tpm-secrets
removed $WORK/guests/web01/web01.nvram
removed $WORK/guests/web01/web01_VARS.fd

# Firmware of every kind, also such that keeps no variables.
$ made() { nonvol --home "$WORK/guests" create "$@" --root "$WORK/root" --json | jq -c '[.device, .mode, .nvram.path, .tpm.path]'; }
> made sev --arch x86_64 --require amd-sev --tpm 1.2
> made one --arch x86_64 --mode combined --tpm
> made bios --arch x86_64 --interface bios --device memory --machine pc --tpm
> made json --arch x86_64 --device memory --require host-uefi-vars --tpm
> made riscv --arch riscv64 --device kernel --interface uboot --tpm
> made igvm --arch x86_64 --device igvm --require amd-sev-snp --tpm
> made over --arch x86_64 --secure-boot off --format raw --store overlay --tpm
["flash","stateless",null,"$WORK/guests/sev/sev.nvram"]
["flash","combined","$WORK/guests/one/one_FLASH.fd","$WORK/guests/one/one.nvram"]
["memory",null,null,"$WORK/guests/bios/bios.nvram"]
["memory",null,"$WORK/guests/json/json_VARS.json","$WORK/guests/json/json.nvram"]
["kernel",null,null,"$WORK/guests/riscv/riscv.nvram"]
["igvm",null,null,"$WORK/guests/igvm/igvm.nvram"]
["flash","split","$WORK/guests/over/over_VARS.qcow2","$WORK/guests/over/over.nvram"]
! note NV4022: guest sev keeps no variables, which its stateless firmware has no store for: what it sets is gone at power-off ($WORK/guests/sev)
! note NV4022: guest igvm keeps no variables, which its igvm firmware has no store for: what it sets is gone at power-off ($WORK/guests/igvm)

$ nonvol --home "$WORK/guests" emit qemu sev
-machine
q35,pflash0=nonvol-code
-blockdev
node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/stateless.fd
-global
ICH9-LPC.disable_s3=1
-chardev
socket,id=nonvol-tpm-socket,path=$WORK/guests/sev/tpm.sock
-tpmdev
emulator,id=nonvol-tpm,chardev=nonvol-tpm-socket
-device
tpm-tis,tpmdev=nonvol-tpm
! note: start the guest's TPM first: nonvol tpm run sev, or systemctl start nonvol-tpm@sev

$ nonvol --home "$WORK/guests" emit qemu riscv
-machine
virt
-kernel
$WORK/root/fixture/u-boot.bin
-chardev
socket,id=nonvol-tpm-socket,path=$WORK/guests/riscv/tpm.sock
-tpmdev
emulator,id=nonvol-tpm,chardev=nonvol-tpm-socket
-device
tpm-tis-device,tpmdev=nonvol-tpm
! note: start the guest's TPM first: nonvol tpm run riscv, or systemctl start nonvol-tpm@riscv

$ nonvol --home "$WORK/guests" emit qemu riscv --qemu-version 7.0
! nonvol: NV6002: the device tpm-tis-device needs QEMU 7.1, and this one is 7.0
!   try:  nonvol explain NV6002
[exit 4]

$ nonvol --home "$WORK/guests" delete sev
! nonvol: NV4005: deleting sev needs a word about its TPM
!   try:  nonvol delete sev --keep-nvram
[exit 4]

$ nonvol --home "$WORK/guests" delete sev --keep-nvram
removed $WORK/guests/sev/guest.json
kept $WORK/guests/sev/sev.nvram

$ nonvol --home "$WORK/guests" show sev
! nonvol: NV4001: there is no guest sev in $WORK/guests; its TPM's image was kept
!   at:   $WORK/guests/sev
!   try:  nonvol
[exit 3]

$ nonvol --home "$WORK/guests" create sev --root "$WORK/root" --arch x86_64 --require amd-sev
! nonvol: NV4010: the TPM's image of an earlier guest sev is in $WORK/guests/sev
!   at:   $WORK/guests/sev
!   try:  mv $WORK/guests/sev $WORK/guests/sev.kept
[exit 4]

$ nonvol --home "$WORK/guests" delete over --nvram --lose-tpm-secrets | sed 's/removed //'; ls "$WORK/guests/.masters"
$WORK/guests/over/guest.json
$WORK/guests/over/over.nvram
$WORK/guests/over/over_VARS.qcow2

# An image that is gone.
$ nonvol --home "$WORK/guests" create web+03 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --tpm > /dev/null

$ nonvol --home "$WORK/guests" emit qemu web+03 > /dev/null
! note: start the guest's TPM first: nonvol tpm run web+03

$ rm "$WORK/guests/web+03/web+03.nvram"

$ nonvol --home "$WORK/guests" show web+03 > /dev/null
! error NV4027: the TPM's image $WORK/guests/web+03/web+03.nvram does not exist ($WORK/guests/web+03/web+03.nvram)
[exit 1]

$ nonvol --home "$WORK/guests" emit qemu web+03
! nonvol: NV4027: the TPM's image $WORK/guests/web+03/web+03.nvram does not exist
!   at:   $WORK/guests/web+03/web+03.nvram
!   try:  nonvol show web+03
[exit 5]

$ nonvol --home "$WORK/guests" delete web+03 --nvram
removed $WORK/guests/web+03/guest.json
removed $WORK/guests/web+03/web+03_VARS.fd

# Machines without one.
$ nonvol --home "$WORK/guests" create riscv12 --root "$WORK/root" --arch riscv64 --device kernel --interface uboot --tpm 1.2
! nonvol: NV8109: TPM 1.2 is for x86 guests only, and this is riscv64
!   try:  nonvol help create
[exit 2]

$ nonvol --home "$WORK/guests" create web04 --root "$WORK/root" --arch x86_64 --tpm 3.0
! nonvol: NV1001: '3.0' is one word too many
!   try:  nonvol create --help
[exit 2]

$ nonvol --home "$WORK/guests" create web04 --root "$WORK/root" --arch x86_64 --tpm=3.0
! nonvol: NV1001: --tpm is '3.0', and must be one of 2.0, 1.2
!   try:  nonvol create --help
[exit 2]

# A guest without one.
$ nonvol --home "$WORK/guests" create web05 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw > /dev/null

$ nonvol --home "$WORK/guests" tpm run web05
! nonvol: NV8101: guest web05 has no TPM
!   try:  nonvol show web05
[exit 3]

$ nonvol --home "$WORK/guests" emit qemu web05 --tpm-socket /run/tpm.sock
! nonvol: NV8101: guest web05 has no TPM to connect to
!   try:  nonvol show web05
[exit 3]

$ nonvol --home "$WORK/guests" delete web05 --nvram --lose-tpm-secrets
removed $WORK/guests/web05/guest.json
removed $WORK/guests/web05/web05_VARS.fd

# A unix socket's path has its limit.
$ long="$WORK/$(printf 'x%.0s' {1..100})"
> nonvol --home "$long" create web06 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --tpm > /dev/null
> nonvol --home "$long" emit qemu web06 --json 2>/dev/null | jq -r '.id, .hint'
> nonvol --home "$long" tpm run web06 --json 2>/dev/null | jq -r '.id, .hint'
> nonvol --home "$long" emit libvirt web06 --json 2>/dev/null | jq -r '.id, .hint'
> nonvol --home "$long" emit qemu web06 --tpm-socket /run/web06.sock 2>&1 | grep -c web06.sock
NV6001
nonvol emit qemu web06 --tpm-socket /run/nonvol-web06.sock
NV6001
nonvol tpm run web06 --socket /run/nonvol-web06.sock
NV6001
nonvol emit libvirt web06 --tpm-socket /run/nonvol-web06.sock
2

# A guest's TPM is the one that it was made with, of that version; one that was lost is never replaced by starting it.
$ nonvol --home "$WORK/guests" create web07 --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --tpm > /dev/null
> nonvol --home "$WORK/guests" tpm run web07 --tpm1.2
> nonvol blob delete "$WORK/guests/web07/web07.nvram" permall > /dev/null
> nonvol --home "$WORK/guests" tpm run web07
! nonvol: NV8103: guest web07 has a TPM 2.0, and this is one of version 1.2
!   try:  nonvol show web07
! nonvol: NV8101: $WORK/guests/web07/web07.nvram holds no TPM any more
!   at:   $WORK/guests/web07/web07.nvram
!   try:  nonvol blob list $WORK/guests/web07/web07.nvram
[exit 3]
