# libvirt's answer: its choice, what it fills in, and its refusals.
$ make_root "$WORK/root"

$ nonvol firmware select --compat libvirt --root "$WORK/root" --arch x86_64 --machine q35
descriptor   /usr/share/qemu/firmware/10-secure-enrolled.json
executable   /fixture/code-secure.fd (raw)
loader       pflash, readonly yes, secure yes
template     /fixture/vars-enrolled.fd (raw)
nvram        /var/lib/libvirt/qemu/nvram/@NAME@_VARS.fd (raw)
machine      q35 (pc-q35-<newest>), x86_64
features     secure-boot yes, enrolled-keys yes, smm on
arguments    -machine q35,smm=on,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code-secure.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=/var/lib/libvirt/qemu/nvram/@NAME@_VARS.fd
             -global driver=cfi.pflash01,property=secure,value=on
! note: @NAME@ stands for the name of the guest

$ nonvol firmware select --compat libvirt --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --nvram /srv/web01.fd
descriptor   /usr/share/qemu/firmware/40-split-raw.json
executable   /fixture/code.fd (raw)
loader       pflash, readonly yes
template     /fixture/vars.fd (raw)
nvram        /srv/web01.fd (raw)
machine      q35 (pc-q35-<newest>), x86_64
features     secure-boot no, enrolled-keys no
arguments    -machine q35,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=/srv/web01.fd

$ nonvol firmware select --compat libvirt --root "$WORK/root" --arch x86_64 --machine q35 --require amd-sev-es
! warning NV6506: libvirt takes nothing, nonvol's own rules take /usr/share/qemu/firmware/51-stateless-sev.json; libvirt passes over /usr/share/qemu/firmware/51-stateless-sev.json: its flash mode is stateless, and split is needed
! nonvol: NV6505: libvirt finds no 'efi' firmware for x86_64 machine q35 among 12 descriptors
!   note: libvirt's message: Unable to find 'efi' firmware that is compatible with the current configuration
!   note: passed over /usr/share/qemu/firmware/10-secure-enrolled.json: it lacks amd-sev
!   note: passed over /usr/share/qemu/firmware/20-secure.json: it lacks amd-sev
!   note: passed over /usr/share/qemu/firmware/30-split-qcow2.json: it lacks amd-sev
!   note: passed over /usr/share/qemu/firmware/40-split-raw.json: it lacks amd-sev
!   note: passed over /usr/share/qemu/firmware/41-split-2m.json: it lacks amd-sev
!   note: passed over /usr/share/qemu/firmware/50-combined.json: its flash mode is combined, and split is needed
!   note: passed over /usr/share/qemu/firmware/51-stateless-sev.json: its flash mode is stateless, and split is needed
!   note: passed over /usr/share/qemu/firmware/60-memory.json: it lacks amd-sev
!   note: passed over /usr/share/qemu/firmware/61-memory-uefi-vars.json: it lacks amd-sev
!   note: passed over /usr/share/qemu/firmware/62-bios.json: it does not offer the interface uefi
!   note: passed over /usr/share/qemu/firmware/63-kernel-riscv64.json: it does not offer the interface uefi
!   note: passed over /usr/share/qemu/firmware/70-aarch64.json: it is not for x86_64 machine pc-q35-<newest>
!   try:  nonvol explain NV6505
[exit 1]

$ nonvol firmware select --compat libvirt --root "$WORK/root" --arch x86_64 --machine q35 --require amd-sev --mode stateless
descriptor   /usr/share/qemu/firmware/51-stateless-sev.json
executable   /fixture/stateless.fd (raw)
loader       pflash, readonly yes, stateless yes
machine      q35 (pc-q35-<newest>), x86_64
features     secure-boot no, enrolled-keys no
arguments    -machine q35,pflash0=nonvol-code
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/stateless.fd

$ nonvol firmware select --compat libvirt --root "$WORK/root" --arch x86_64 --machine q35 --mode combined
! warning NV6506: libvirt takes nothing, nonvol's own rules take /usr/share/qemu/firmware/50-combined.json; libvirt passes over /usr/share/qemu/firmware/50-combined.json: its flash mode is combined, and split is needed
! nonvol: NV6505: libvirt finds no 'efi' firmware for x86_64 machine q35 among 12 descriptors
!   note: libvirt's message: Unable to find 'efi' firmware that is compatible with the current configuration
!   note: passed over /usr/share/qemu/firmware/10-secure-enrolled.json: its flash is read-only, and the loader is to be writable
!   note: passed over /usr/share/qemu/firmware/20-secure.json: its flash is read-only, and the loader is to be writable
!   note: passed over /usr/share/qemu/firmware/30-split-qcow2.json: its flash is read-only, and the loader is to be writable
!   note: passed over /usr/share/qemu/firmware/40-split-raw.json: its flash is read-only, and the loader is to be writable
!   note: passed over /usr/share/qemu/firmware/41-split-2m.json: its flash is read-only, and the loader is to be writable
!   note: passed over /usr/share/qemu/firmware/50-combined.json: its flash mode is combined, and split is needed
!   note: passed over /usr/share/qemu/firmware/51-stateless-sev.json: its flash mode is stateless, and split is needed
!   note: passed over /usr/share/qemu/firmware/60-memory.json: it is loaded as ROM, and the loader is pflash
!   note: passed over /usr/share/qemu/firmware/61-memory-uefi-vars.json: it is loaded as ROM, and the loader is pflash
!   note: passed over /usr/share/qemu/firmware/62-bios.json: it does not offer the interface uefi
!   note: passed over /usr/share/qemu/firmware/63-kernel-riscv64.json: it does not offer the interface uefi
!   note: passed over /usr/share/qemu/firmware/70-aarch64.json: it is not for x86_64 machine pc-q35-<newest>
!   try:  nonvol explain NV6505
[exit 1]

$ nonvol firmware select --compat libvirt --root "$WORK/root" --arch x86_64 --machine q35 --require intel-tdx
! nonvol: NV1001: a domain XML has no words for --require intel-tdx
!   try:  nonvol help firmware select
[exit 2]

$ nonvol firmware select --compat libvirt --root "$WORK/root" --arch x86_64 --machine q35 --device memory
descriptor   /usr/share/qemu/firmware/60-memory.json
executable   /fixture/memory.fd (raw)
loader       rom
machine      q35 (pc-q35-<newest>), x86_64
features     secure-boot no, enrolled-keys no
arguments    -machine q35
             -bios /fixture/memory.fd

$ nonvol firmware select --compat libvirt --root "$WORK/root" --arch x86_64 --machine q35 --device igvm
! nonvol: NV1001: a domain XML has no words for --device igvm
!   try:  nonvol help firmware select
[exit 2]

$ nonvol firmware select --compat libvirt --root "$WORK/root" --arch x86_64 --machine q35 --interface uboot
! nonvol: NV1001: a domain XML has no words for --interface uboot
!   try:  nonvol help firmware select
[exit 2]

# From a domain XML.
$ cat > web01.xml <<'END'
> <domain type='kvm'>
>   <name>web01</name>
>   <os firmware='efi'>
>     <type arch='x86_64' machine='q35'>hvm</type>
>     <firmware><feature enabled='no' name='secure-boot'/></firmware>
>   </os>
>   <features><acpi/></features>
> </domain>
> END

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain web01.xml --json
{
  "schema": "nonvol.firmware.select/1",
  "compat": "libvirt",
  "libvirt_version": "11.3",
  "descriptor": "/usr/share/qemu/firmware/30-split-qcow2.json",
  "executable": {
    "path": "/fixture/code.qcow2",
    "format": "qcow2"
  },
  "nvram_template": {
    "path": "/fixture/vars.qcow2",
    "format": "qcow2"
  },
  "device": "flash",
  "mode": "split",
  "loader": {
    "path": "/fixture/code.qcow2",
    "type": "pflash",
    "readonly": true,
    "secure": null,
    "stateless": null,
    "format": "qcow2"
  },
  "nvram": {
    "type": "file",
    "path": "/var/lib/libvirt/qemu/nvram/web01_VARS.qcow2",
    "format": "qcow2"
  },
  "origin": "descriptor",
  "machine": "q35",
  "machine_options": [],
  "features": [
    "acpi-s3",
    "verbose-dynamic"
  ],
  "qemu_arguments": [
    "-machine",
    "q35,pflash0=nonvol-code,pflash1=nonvol-vars",
    "-blockdev",
    "node-name=nonvol-code,driver=qcow2,read-only=on,file.driver=file,file.filename=/fixture/code.qcow2",
    "-blockdev",
    "node-name=nonvol-vars,driver=qcow2,read-only=off,file.driver=file,file.filename=/var/lib/libvirt/qemu/nvram/web01_VARS.qcow2"
  ],
  "domain": {
    "name": "web01",
    "architecture": "x86_64",
    "machine": "q35",
    "canonical_machine": "pc-q35-<newest>",
    "firmware": "efi",
    "secure_boot": false,
    "enrolled_keys": false,
    "smm": null,
    "acpi": true
  },
  "passed_over": [
    {
      "descriptor": "/usr/share/qemu/firmware/10-secure-enrolled.json",
      "reason": "it has secure-boot"
    },
    {
      "descriptor": "/usr/share/qemu/firmware/20-secure.json",
      "reason": "it has secure-boot"
    }
  ],
  "skipped": [
    {
      "descriptor": "/usr/share/qemu/firmware/64-igvm.json",
      "reason": "libvirt does not know the device 'igvm'"
    }
  ],
  "notes": [],
  "findings": [],
  "refusal": null
}

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain web01.xml --existing-guest
descriptor   /usr/share/qemu/firmware/40-split-raw.json
executable   /fixture/code.fd (raw)
loader       pflash, readonly yes
template     /fixture/vars.fd (raw)
nvram        /var/lib/libvirt/qemu/nvram/web01_VARS.fd (raw)
machine      q35 (pc-q35-<newest>), x86_64
features     secure-boot no, enrolled-keys no
arguments    -machine q35,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=/var/lib/libvirt/qemu/nvram/web01_VARS.fd
! warning NV6506: libvirt takes /usr/share/qemu/firmware/40-split-raw.json, nonvol's own rules take /usr/share/qemu/firmware/30-split-qcow2.json; libvirt passes over /usr/share/qemu/firmware/30-split-qcow2.json: its format is qcow2, not raw (/usr/share/qemu/firmware/40-split-raw.json)

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain web01.xml --libvirt-version 9.0
! warning NV6506: libvirt takes nothing, nonvol's own rules take /usr/share/qemu/firmware/30-split-qcow2.json; libvirt refuses: libvirt cannot look for firmware at all: libvirt does not know the device 'igvm'
! nonvol: NV6504: libvirt cannot look for firmware at all: libvirt does not know the device 'igvm'
!   at:   /usr/share/qemu/firmware/64-igvm.json
!   note: libvirt's message: unknown device type
!   try:  rm /usr/share/qemu/firmware/64-igvm.json
[exit 1]

$ XDG_CONFIG_HOME="$WORK/config" nonvol firmware select --compat libvirt --search-dir "$WORK/root/usr/share/qemu/firmware" --domain web01.xml --libvirt-session | grep nvram
nvram        $WORK/config/libvirt/qemu/nvram/web01_VARS.qcow2 (qcow2)
             -blockdev node-name=nonvol-vars,driver=qcow2,read-only=off,file.driver=file,file.filename=$WORK/config/libvirt/qemu/nvram/web01_VARS.qcow2
! warning NV6506: libvirt takes $WORK/root/usr/share/qemu/firmware/30-split-qcow2.json, nonvol's own rules take nothing; nonvol's rule file-missing: its executable /fixture/code.qcow2 does not exist; nonvol's rule file-missing: its NVRAM template /fixture/vars.qcow2 does not exist ($WORK/root/usr/share/qemu/firmware/30-split-qcow2.json)

# What libvirt refuses.
$ sed 's/enabled=.no. name=.secure-boot./&\/><feature enabled="yes" name="enrolled-keys"/' web01.xml > contradiction.xml

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain contradiction.xml
! nonvol: NV6504: enrolled keys are asked for, and Secure Boot is ruled out
!   note: libvirt's message: firmware feature 'enrolled-keys' cannot be enabled when firmware feature 'secure-boot' is disabled
!   try:  nonvol explain NV6504
[exit 1]

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain contradiction.xml --existing-guest --json
{
  "schema": "nonvol.firmware.select/1",
  "compat": "libvirt",
  "libvirt_version": "11.3",
  "descriptor": null,
  "executable": null,
  "nvram_template": null,
  "device": null,
  "mode": null,
  "loader": null,
  "nvram": null,
  "origin": "none",
  "machine": "q35",
  "machine_options": [],
  "features": [],
  "qemu_arguments": [],
  "domain": {
    "name": "web01",
    "architecture": "x86_64",
    "machine": "q35",
    "canonical_machine": "pc-q35-<newest>",
    "firmware": "efi",
    "secure_boot": false,
    "enrolled_keys": true,
    "smm": null,
    "acpi": true
  },
  "passed_over": [],
  "skipped": [
    {
      "descriptor": "/usr/share/qemu/firmware/64-igvm.json",
      "reason": "libvirt does not know the device 'igvm'"
    }
  ],
  "notes": [
    "libvirt keeps an existing guest in its list all the same; the refusal comes when it is started"
  ],
  "findings": [],
  "refusal": {
    "id": "NV6504",
    "exit_code": 1,
    "message": "enrolled keys are asked for, and Secure Boot is ruled out",
    "place": null,
    "notes": [
      "libvirt's message: firmware feature 'enrolled-keys' cannot be enabled when firmware feature 'secure-boot' is disabled"
    ],
    "hint": "nonvol explain NV6504"
  }
}
! nonvol: NV6504: enrolled keys are asked for, and Secure Boot is ruled out
!   note: libvirt's message: firmware feature 'enrolled-keys' cannot be enabled when firmware feature 'secure-boot' is disabled
!   try:  nonvol explain NV6504
! note: libvirt keeps an existing guest in its list all the same; the refusal comes when it is started
[exit 1]

$ sed 's/ firmware=.efi.//' web01.xml > manual.xml

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain manual.xml
! nonvol: NV6504: firmware features are asked for, and <os> has no firmware=''
!   note: libvirt's message: cannot use feature-based firmware autoselection when firmware autoselection is disabled
!   try:  nonvol explain NV6504
[exit 1]

$ sed 's/<firmware>.*/<loader type="rom">\/usr\/share\/seabios\/bios.bin<\/loader>/; s/ firmware=.efi.//' web01.xml > rom.xml

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain rom.xml
descriptor   none; the paths are taken as they are
executable   /usr/share/seabios/bios.bin (raw)
loader       rom
machine      q35 (pc-q35-<newest>), x86_64
features     left open
arguments    -machine q35
             -bios /usr/share/seabios/bios.bin

# Both answers differ: files that are not there, names and directories that only one reads.
$ rm "$WORK/root/fixture/code.qcow2"

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain web01.xml
descriptor   /usr/share/qemu/firmware/30-split-qcow2.json
executable   /fixture/code.qcow2 (qcow2)
loader       pflash, readonly yes
template     /fixture/vars.qcow2 (qcow2)
nvram        /var/lib/libvirt/qemu/nvram/web01_VARS.qcow2 (qcow2)
machine      q35 (pc-q35-<newest>), x86_64
features     secure-boot no, enrolled-keys no
arguments    -machine q35,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=qcow2,read-only=on,file.driver=file,file.filename=/fixture/code.qcow2
             -blockdev node-name=nonvol-vars,driver=qcow2,read-only=off,file.driver=file,file.filename=/var/lib/libvirt/qemu/nvram/web01_VARS.qcow2
! warning NV6506: libvirt takes /usr/share/qemu/firmware/30-split-qcow2.json, nonvol's own rules take /usr/share/qemu/firmware/40-split-raw.json; nonvol's rule file-missing: its executable /fixture/code.qcow2 does not exist (/usr/share/qemu/firmware/30-split-qcow2.json)

$ mv "$WORK/root/usr/share/qemu/firmware/40-split-raw.json" "$WORK/root/usr/share/qemu/firmware/05-split-raw.json.dpkg-old"

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain web01.xml | head -1
descriptor   /usr/share/qemu/firmware/05-split-raw.json.dpkg-old
! warning NV6506: libvirt takes /usr/share/qemu/firmware/05-split-raw.json.dpkg-old, nonvol's own rules take /usr/share/qemu/firmware/41-split-2m.json; nonvol does not read /usr/share/qemu/firmware/05-split-raw.json.dpkg-old: its name or its directory is none of those that count (/usr/share/qemu/firmware/05-split-raw.json.dpkg-old)

$ ln -s /nowhere "$WORK/root/usr/share/qemu/firmware/99-gone.json"

$ nonvol firmware select --compat libvirt --root "$WORK/root" --domain web01.xml
! warning NV6506: libvirt takes nothing, nonvol's own rules take /usr/share/qemu/firmware/41-split-2m.json; libvirt refuses: libvirt cannot look for firmware at all: a link in the directory leads nowhere
! nonvol: NV6504: libvirt cannot look for firmware at all: a link in the directory leads nowhere
!   at:   /usr/share/qemu/firmware/99-gone.json
!   note: libvirt's message: Unable to access /usr/share/qemu/firmware/99-gone.json
!   try:  rm /usr/share/qemu/firmware/99-gone.json
[exit 1]

# The version of QEMU that an alias stands for is the same for both.
$ make_root "$WORK/old" --only 40-split-raw.json && sed -i 's/pc-q35-[^"]*/pc-q35-7.*/' "$WORK/old/usr/share/qemu/firmware/40-split-raw.json"

$ nonvol firmware select --compat libvirt --root "$WORK/old" --arch x86_64 --machine q35 --qemu-version 7.2 | head -1
descriptor   /usr/share/qemu/firmware/40-split-raw.json
! note: @NAME@ stands for the name of the guest

# Mistakes.
$ echo '<domain' > broken.xml; nonvol firmware select --compat libvirt --domain broken.xml
! nonvol: NV6501: not well-formed XML: Error parsing start element tag
!   at:   broken.xml:1:8
!   try:  nonvol explain NV6501
[exit 5]

$ printf "<domain type='kvm'>\n  <name>a</name>\n  <os firmware='uefi'><type>hvm</type></os>\n</domain>\n" > uefi.xml

$ nonvol firmware select --compat libvirt --domain uefi.xml --json
{
  "schema": "nonvol.error/1",
  "id": "NV6502",
  "exit_code": 5,
  "message": "'firmware' of <os> is 'uefi', and must be 'efi' or 'bios'",
  "place": {
    "file": "uefi.xml",
    "line": 3,
    "column": 3
  },
  "notes": [],
  "hint": "nonvol explain NV6502"
}
! nonvol: NV6502: 'firmware' of <os> is 'uefi', and must be 'efi' or 'bios'
!   at:   uefi.xml:3:3
!   try:  nonvol explain NV6502
[exit 5]

$ nonvol firmware select --compat libvirt --domain nothing.xml
! nonvol: NV5001: cannot open nothing.xml: No such file or directory
!   at:   nothing.xml
!   try:  nonvol explain NV5001
[exit 3]

$ mkfifo fifo; nonvol firmware select --compat libvirt --domain fifo
! nonvol: NV5003: fifo is no regular file
!   at:   fifo
!   try:  nonvol explain NV5003
[exit 6]

$ nonvol firmware select --compat libvirt --domain /dev/zero
! nonvol: NV5003: /dev/zero is no regular file
!   at:   /dev/zero
!   try:  nonvol explain NV5003
[exit 6]

$ printf "<domain type='kvm'>\n  <name>a&b</name>\n</domain>\n" > bare.xml; nonvol firmware select --compat libvirt --domain bare.xml
! nonvol: NV6501: not well-formed XML: '&' begins no reference; the character itself is written '&amp;'
!   at:   bare.xml:2:10
!   try:  nonvol explain NV6501
[exit 5]

$ nonvol firmware select --domain web01.xml
! nonvol: NV1001: --domain needs --compat libvirt
!   try:  nonvol firmware select --help
[exit 2]

$ nonvol firmware select --compat libvirt --domain web01.xml --arch x86_64
! nonvol: NV1001: --arch is for the domain XML to say
!   try:  nonvol firmware select --help
[exit 2]

$ nonvol firmware select --compat libvirt --allow-missing-files
! nonvol: NV1001: --allow-missing-files is nothing that libvirt does
!   try:  nonvol firmware select --help
[exit 2]

# The domain XML of a guest, and what libvirt would make of it.
$ rm "$WORK/root/usr/share/qemu/firmware/99-gone.json"

$ nonvol --home "$WORK/guests" create web01 --root "$WORK/root" --arch x86_64 --machine q35 --require enrolled-keys --trust-claims > created
! warning NV3110: '05-split-raw.json.dpkg-old' is not read, because its name does not end in .json; libvirt would read it (/usr/share/qemu/firmware/05-split-raw.json.dpkg-old)

$ nonvol --home "$WORK/guests" emit libvirt web01
<os>
  <type arch='x86_64' machine='q35'>hvm</type>
  <loader readonly='yes' secure='yes' type='pflash'>$WORK/root/fixture/code-secure.fd</loader>
  <nvram template='$WORK/root/fixture/vars-enrolled.fd'>$WORK/guests/web01/web01_VARS.fd</nvram>
</os>
<features>
  <acpi/>
  <smm state='on'/>
</features>

$ nonvol --home "$WORK/guests" emit libvirt web01 --domain > web01.xml; cat web01.xml
<domain type='kvm'>
  <name>web01</name>
  <memory unit='MiB'>1024</memory>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <loader readonly='yes' secure='yes' type='pflash'>$WORK/root/fixture/code-secure.fd</loader>
    <nvram template='$WORK/root/fixture/vars-enrolled.fd'>$WORK/guests/web01/web01_VARS.fd</nvram>
  </os>
  <features>
    <acpi/>
    <smm state='on'/>
  </features>
</domain>

$ nonvol firmware select --compat libvirt --search-dir "$WORK/root/usr/share/qemu/firmware" --domain web01.xml
descriptor   none; the paths are taken as they are
executable   $WORK/root/fixture/code-secure.fd (raw)
loader       pflash, readonly yes, secure yes
template     $WORK/root/fixture/vars-enrolled.fd (format left open)
nvram        $WORK/guests/web01/web01_VARS.fd (raw)
machine      q35 (pc-q35-<newest>), x86_64
features     smm on
arguments    -machine q35,smm=on,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=$WORK/root/fixture/code-secure.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/guests/web01/web01_VARS.fd
             -global driver=cfi.pflash01,property=secure,value=on

$ nonvol --home "$WORK/guests" emit libvirt web01 --json
{
  "schema": "nonvol.emit.libvirt/1",
  "guest": "web01",
  "xml": "<os>\n  <type arch='x86_64' machine='q35'>hvm</type>\n  <loader readonly='yes' secure='yes' type='pflash'>$WORK/root/fixture/code-secure.fd</loader>\n  <nvram template='$WORK/root/fixture/vars-enrolled.fd'>$WORK/guests/web01/web01_VARS.fd</nvram>\n</os>\n<features>\n  <acpi/>\n  <smm state='on'/>\n</features>\n",
  "tpm": null
}

$ make_root "$WORK/root2"

$ nonvol --home "$WORK/guests" create web02 --root "$WORK/root2" --arch x86_64 --machine q35 --format qcow2 > created

$ nonvol --home "$WORK/guests" emit libvirt web02
<os>
  <type arch='x86_64' machine='q35'>hvm</type>
  <loader readonly='yes' type='pflash' format='qcow2'>$WORK/root2/fixture/code.qcow2</loader>
  <nvram template='$WORK/root2/fixture/vars.qcow2' templateFormat='qcow2' format='qcow2'>$WORK/guests/web02/web02_VARS.qcow2</nvram>
</os>
<features>
  <acpi/>
</features>

$ nonvol --home "$WORK/guests" emit libvirt web02 --libvirt-version 9.0
! nonvol: NV6504: libvirt before 9.2 takes every flash image for raw, and the firmware is qcow2
!   try:  nonvol explain NV6504
[exit 1]

$ nonvol --home "$WORK/guests" emit libvirt web03
! nonvol: NV4001: there is no guest web03 in $WORK/guests
!   try:  nonvol
[exit 3]

# Guests of the other modes.
$ cat > guest <<'END'
> #!/bin/sh
> # guest NAME OPTIONS: created from the second root, then its domain XML.
> name=$1; shift
> nonvol --home "$WORK/guests" create "$name" --root "$WORK/root2" --arch x86_64 --machine q35 "$@" > created 2> notes || cat notes >&2
> nonvol --home "$WORK/guests" emit libvirt "$name"
> END

$ sh guest overlay --secure-boot off --format raw --store overlay
! nonvol: NV6504: the variable store of overlay is an overlay on a master, and libvirt would have QEMU open it without the master, as an empty store
!   at:   $WORK/guests/overlay/overlay_VARS.qcow2
!   try:  nonvol explain NV6504
[exit 1]

$ sh guest combined --mode combined
<os>
  <type arch='x86_64' machine='q35'>hvm</type>
  <loader readonly='no' type='pflash'>$WORK/guests/combined/combined_FLASH.fd</loader>
</os>
<features>
  <acpi/>
</features>
<pm>
  <suspend-to-mem enabled='no'/>
</pm>

$ sh guest stateless --mode stateless --require amd-sev
<os>
  <type arch='x86_64' machine='q35'>hvm</type>
  <loader readonly='yes' type='pflash' stateless='yes'>$WORK/root2/fixture/stateless.fd</loader>
</os>
<features>
  <acpi/>
</features>
<pm>
  <suspend-to-mem enabled='no'/>
</pm>

$ sh guest memory --device memory --forbid host-uefi-vars
<os>
  <type arch='x86_64' machine='q35'>hvm</type>
  <loader type='rom'>$WORK/root2/fixture/memory.fd</loader>
</os>
<features>
  <acpi/>
</features>
<pm>
  <suspend-to-mem enabled='no'/>
</pm>

$ sh guest json-store --device memory --require host-uefi-vars
! nonvol: NV6504: the firmware keeps its variables in a uefi-vars device, for which libvirt has an element only since 12.1, and nonvol does not write it
!   try:  nonvol explain NV6504
[exit 1]

$ sh guest igvm --device igvm --require intel-tdx --trust-claims
! nonvol: NV6504: libvirt's domain XML has no element for IGVM firmware
!   try:  nonvol explain NV6504
[exit 1]

$ nonvol --home "$WORK/guests" create kernel --root "$WORK/root2" --arch riscv64 --interface uboot --device kernel > created; nonvol --home "$WORK/guests" emit libvirt kernel
<os>
  <type arch='riscv64' machine='virt'>hvm</type>
  <kernel>$WORK/root2/fixture/u-boot.bin</kernel>
</os>
