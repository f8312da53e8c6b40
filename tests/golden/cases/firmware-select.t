# The first that fits is taken; every device and mode has its arguments.
$ make_root "$WORK/root"

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35
descriptor   /usr/share/qemu/firmware/10-secure-enrolled.json
             Secure Boot with SMM, certificates enrolled
executable   /fixture/code-secure.fd (raw)
template     /fixture/vars-enrolled.fd (raw)
device       flash, split
machine      q35 (pc-q35-<newest>), x86_64
needs        smm=on, secure pflash
features     acpi-s3, enrolled-keys, requires-smm, secure-boot, verbose-dynamic
arguments    -machine q35,smm=on,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code-secure.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@
             -global driver=cfi.pflash01,property=secure,value=on
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off
descriptor   /usr/share/qemu/firmware/30-split-qcow2.json
             Code and variables apart, qcow2
executable   /fixture/code.qcow2 (qcow2)
template     /fixture/vars.qcow2 (qcow2)
device       flash, split
machine      q35 (pc-q35-<newest>), x86_64
needs        none
features     acpi-s3, verbose-dynamic
arguments    -machine q35,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=qcow2,read-only=on,file.driver=file,file.filename=/fixture/code.qcow2
             -blockdev node-name=nonvol-vars,driver=qcow2,read-only=off,file.driver=file,file.filename=@NVRAM@
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot on --forbid enrolled-keys --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/20-secure.json",
  "source": "descriptor",
  "description": "Secure Boot with SMM, no certificates",
  "executable": {
    "path": "/fixture/code-secure.fd",
    "format": "raw"
  },
  "nvram_template": {
    "path": "/fixture/vars.fd",
    "format": "raw"
  },
  "device": "flash",
  "mode": "split",
  "machine": "q35",
  "machine_options": [
    "smm=on"
  ],
  "requirements": {
    "smm": true,
    "secure_pflash": true,
    "uefi_vars_device": false
  },
  "features": [
    "acpi-s3",
    "requires-smm",
    "secure-boot",
    "verbose-dynamic"
  ],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "q35,smm=on,pflash0=nonvol-code,pflash1=nonvol-vars",
    "-blockdev",
    "node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code-secure.fd",
    "-blockdev",
    "node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@",
    "-global",
    "driver=cfi.pflash01,property=secure,value=on"
  ],
  "nvram_placeholder": "@NVRAM@",
  "request": {
    "architecture": "x86_64",
    "machine": "q35",
    "canonical_machine": "pc-q35-<newest>",
    "interface": "uefi",
    "require": [],
    "forbid": [
      "enrolled-keys"
    ],
    "device": null,
    "mode": null,
    "format": null,
    "secure_boot": true,
    "allow_missing_files": false
  },
  "passed_over": [],
  "notes": [
    "@NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it",
    "the template has no keys, so Secure Boot stays off until some are enrolled; --require enrolled-keys asks for one that has"
  ],
  "findings": [],
  "error": null
}
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it
! note: the template has no keys, so Secure Boot stays off until some are enrolled; --require enrolled-keys asks for one that has

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine pc --format raw --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/40-split-raw.json",
  "source": "descriptor",
  "description": "Code and variables apart, raw; the mode is left out, which means split",
  "executable": {
    "path": "/fixture/code.fd",
    "format": "raw"
  },
  "nvram_template": {
    "path": "/fixture/vars.fd",
    "format": "raw"
  },
  "device": "flash",
  "mode": "split",
  "machine": "pc",
  "machine_options": [],
  "requirements": {
    "smm": false,
    "secure_pflash": false,
    "uefi_vars_device": false
  },
  "features": [
    "acpi-s3",
    "verbose-dynamic"
  ],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "pc,pflash0=nonvol-code,pflash1=nonvol-vars",
    "-blockdev",
    "node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code.fd",
    "-blockdev",
    "node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@"
  ],
  "nvram_placeholder": "@NVRAM@",
  "request": {
    "architecture": "x86_64",
    "machine": "pc",
    "canonical_machine": "pc-i440fx-<newest>",
    "interface": "uefi",
    "require": [],
    "forbid": [],
    "device": null,
    "mode": null,
    "format": "raw",
    "secure_boot": null,
    "allow_missing_files": false
  },
  "passed_over": [],
  "notes": [
    "@NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it"
  ],
  "findings": [],
  "error": null
}
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

$ nonvol firmware select --root "$WORK/root" --arch i386 --machine pc
descriptor   /usr/share/qemu/firmware/41-split-2m.json
             Code and variables apart, the small layout, for i386 as well
executable   /fixture/code-2m.fd (raw)
template     /fixture/vars-2m.fd (raw)
device       flash, split
machine      pc (pc-i440fx-<newest>), i386
needs        none
features     acpi-s3, acpi-s4
arguments    -machine pc,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code-2m.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine pc --interface bios --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/62-bios.json",
  "source": "descriptor",
  "description": "Classic BIOS",
  "executable": {
    "path": "/fixture/bios.bin",
    "format": "raw"
  },
  "nvram_template": null,
  "device": "memory",
  "mode": null,
  "machine": "pc",
  "machine_options": [],
  "requirements": {
    "smm": false,
    "secure_pflash": false,
    "uefi_vars_device": false
  },
  "features": [
    "acpi-s3",
    "acpi-s4"
  ],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "pc",
    "-bios",
    "/fixture/bios.bin"
  ],
  "nvram_placeholder": null,
  "request": {
    "architecture": "x86_64",
    "machine": "pc",
    "canonical_machine": "pc-i440fx-<newest>",
    "interface": "bios",
    "require": [],
    "forbid": [],
    "device": null,
    "mode": null,
    "format": null,
    "secure_boot": null,
    "allow_missing_files": false
  },
  "passed_over": [],
  "notes": [],
  "findings": [],
  "error": null
}

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --mode combined --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/50-combined.json",
  "source": "descriptor",
  "description": "Code and variables in one file",
  "executable": {
    "path": "/fixture/combined.fd",
    "format": "raw"
  },
  "nvram_template": null,
  "device": "flash",
  "mode": "combined",
  "machine": "q35",
  "machine_options": [],
  "requirements": {
    "smm": false,
    "secure_pflash": false,
    "uefi_vars_device": false
  },
  "features": [
    "verbose-dynamic"
  ],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "q35,pflash0=nonvol-code",
    "-blockdev",
    "node-name=nonvol-code,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@",
    "-global",
    "ICH9-LPC.disable_s3=1"
  ],
  "nvram_placeholder": "@NVRAM@",
  "request": {
    "architecture": "x86_64",
    "machine": "q35",
    "canonical_machine": "pc-q35-<newest>",
    "interface": "uefi",
    "require": [],
    "forbid": [],
    "device": null,
    "mode": "combined",
    "format": null,
    "secure_boot": null,
    "allow_missing_files": false
  },
  "passed_over": [],
  "notes": [
    "@NVRAM@ in the arguments stands for the guest's own copy of the image; --nvram FILE names it"
  ],
  "findings": [],
  "error": null
}
! note: @NVRAM@ in the arguments stands for the guest's own copy of the image; --nvram FILE names it

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --mode stateless --require amd-sev-es --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/51-stateless-sev.json",
  "source": "descriptor",
  "description": "One file, read only, for encrypted guests",
  "executable": {
    "path": "/fixture/stateless.fd",
    "format": "raw"
  },
  "nvram_template": null,
  "device": "flash",
  "mode": "stateless",
  "machine": "q35",
  "machine_options": [],
  "requirements": {
    "smm": false,
    "secure_pflash": false,
    "uefi_vars_device": false
  },
  "features": [
    "amd-sev",
    "amd-sev-es",
    "amd-sev-snp",
    "verbose-dynamic"
  ],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "q35,pflash0=nonvol-code",
    "-blockdev",
    "node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/stateless.fd",
    "-global",
    "ICH9-LPC.disable_s3=1"
  ],
  "nvram_placeholder": null,
  "request": {
    "architecture": "x86_64",
    "machine": "q35",
    "canonical_machine": "pc-q35-<newest>",
    "interface": "uefi",
    "require": [
      "amd-sev-es"
    ],
    "forbid": [],
    "device": null,
    "mode": "stateless",
    "format": null,
    "secure_boot": null,
    "allow_missing_files": false
  },
  "passed_over": [],
  "notes": [
    "this firmware keeps no variables: they are gone at power-off"
  ],
  "findings": [],
  "error": null
}
! note: this firmware keeps no variables: they are gone at power-off

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --require host-uefi-vars --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/61-memory-uefi-vars.json",
  "source": "descriptor",
  "description": "Loaded into memory, variables kept by a device of QEMU",
  "executable": {
    "path": "/fixture/memory-vars.fd",
    "format": "raw"
  },
  "nvram_template": {
    "path": "/fixture/uefi-vars.json",
    "format": "json"
  },
  "device": "memory",
  "mode": null,
  "machine": "q35",
  "machine_options": [],
  "requirements": {
    "smm": false,
    "secure_pflash": false,
    "uefi_vars_device": true
  },
  "features": [
    "host-uefi-vars",
    "secure-boot"
  ],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "q35",
    "-bios",
    "/fixture/memory-vars.fd",
    "-global",
    "ICH9-LPC.disable_s3=1",
    "-device",
    "uefi-vars-x64,jsonfile=@NVRAM@"
  ],
  "nvram_placeholder": "@NVRAM@",
  "request": {
    "architecture": "x86_64",
    "machine": "q35",
    "canonical_machine": "pc-q35-<newest>",
    "interface": "uefi",
    "require": [
      "host-uefi-vars"
    ],
    "forbid": [],
    "device": null,
    "mode": null,
    "format": null,
    "secure_boot": null,
    "allow_missing_files": false
  },
  "passed_over": [],
  "notes": [
    "@NVRAM@ in the arguments stands for the guest's own copy of the JSON template; --nvram FILE names it"
  ],
  "findings": [],
  "error": null
}
! note: @NVRAM@ in the arguments stands for the guest's own copy of the JSON template; --nvram FILE names it

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --require intel-tdx --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/64-igvm.json",
  "source": "descriptor",
  "description": "An IGVM file for encrypted guests",
  "executable": {
    "path": "/fixture/guest.igvm",
    "format": "raw"
  },
  "nvram_template": null,
  "device": "igvm",
  "mode": null,
  "machine": "q35",
  "machine_options": [],
  "requirements": {
    "smm": false,
    "secure_pflash": false,
    "uefi_vars_device": false
  },
  "features": [
    "amd-sev-snp",
    "intel-tdx"
  ],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "q35,igvm-cfg=nonvol-igvm",
    "-object",
    "igvm-cfg,id=nonvol-igvm,file=/fixture/guest.igvm",
    "-global",
    "ICH9-LPC.disable_s3=1"
  ],
  "nvram_placeholder": null,
  "request": {
    "architecture": "x86_64",
    "machine": "q35",
    "canonical_machine": "pc-q35-<newest>",
    "interface": "uefi",
    "require": [
      "intel-tdx"
    ],
    "forbid": [],
    "device": null,
    "mode": null,
    "format": null,
    "secure_boot": null,
    "allow_missing_files": false
  },
  "passed_over": [],
  "notes": [
    "this firmware keeps no variables: they are gone at power-off"
  ],
  "findings": [],
  "error": null
}
! note: this firmware keeps no variables: they are gone at power-off

$ nonvol firmware select --root "$WORK/root" --arch riscv64 --machine virt --interface uboot --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/63-kernel-riscv64.json",
  "source": "descriptor",
  "description": "Loaded as a kernel",
  "executable": {
    "path": "/fixture/u-boot.bin",
    "format": "raw"
  },
  "nvram_template": null,
  "device": "kernel",
  "mode": null,
  "machine": "virt",
  "machine_options": [],
  "requirements": {
    "smm": false,
    "secure_pflash": false,
    "uefi_vars_device": false
  },
  "features": [],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "virt",
    "-kernel",
    "/fixture/u-boot.bin"
  ],
  "nvram_placeholder": null,
  "request": {
    "architecture": "riscv64",
    "machine": "virt",
    "canonical_machine": "virt",
    "interface": "uboot",
    "require": [],
    "forbid": [],
    "device": null,
    "mode": null,
    "format": null,
    "secure_boot": null,
    "allow_missing_files": false
  },
  "passed_over": [],
  "notes": [],
  "findings": [],
  "error": null
}

# An abbreviation, a full machine name and a machine that nothing is for.
$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine pc-q35-7.2 --secure-boot off
descriptor   /usr/share/qemu/firmware/30-split-qcow2.json
             Code and variables apart, qcow2
executable   /fixture/code.qcow2 (qcow2)
template     /fixture/vars.qcow2 (qcow2)
device       flash, split
machine      pc-q35-7.2, x86_64
needs        none
features     acpi-s3, verbose-dynamic
arguments    -machine pc-q35-7.2,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=qcow2,read-only=on,file.driver=file,file.filename=/fixture/code.qcow2
             -blockdev node-name=nonvol-vars,driver=qcow2,read-only=off,file.driver=file,file.filename=@NVRAM@
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine microvm
! nonvol: NV3201: none of 13 usable descriptors offers uefi firmware for x86_64 machine microvm as asked
!   try:  nonvol firmware explain --arch x86_64 --machine microvm
[exit 1]

# Installed, but its files are not.
$ nonvol firmware select --root "$WORK/root" --arch aarch64 --machine virt
! nonvol: NV3201: none of 13 usable descriptors offers uefi firmware for aarch64 machine virt as asked
!   note: passed over /usr/share/qemu/firmware/70-aarch64.json: its executable /fixture/missing/aavmf-code.fd does not exist
!   try:  nonvol firmware explain --arch aarch64 --machine virt
[exit 1]

$ nonvol firmware select --root "$WORK/root" --arch aarch64 --machine virt --allow-missing-files --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/70-aarch64.json",
  "source": "descriptor",
  "description": "64-bit Arm; its files are not installed",
  "executable": {
    "path": "/fixture/missing/aavmf-code.fd",
    "format": "raw"
  },
  "nvram_template": {
    "path": "/fixture/missing/aavmf-vars.fd",
    "format": "raw"
  },
  "device": "flash",
  "mode": "split",
  "machine": "virt",
  "machine_options": [],
  "requirements": {
    "smm": false,
    "secure_pflash": false,
    "uefi_vars_device": false
  },
  "features": [
    "verbose-static"
  ],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "virt,pflash0=nonvol-code,pflash1=nonvol-vars",
    "-blockdev",
    "node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/missing/aavmf-code.fd",
    "-blockdev",
    "node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@"
  ],
  "nvram_placeholder": "@NVRAM@",
  "request": {
    "architecture": "aarch64",
    "machine": "virt",
    "canonical_machine": "virt-<newest>",
    "interface": "uefi",
    "require": [],
    "forbid": [],
    "device": null,
    "mode": null,
    "format": null,
    "secure_boot": null,
    "allow_missing_files": true
  },
  "passed_over": [],
  "notes": [
    "@NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it"
  ],
  "findings": [],
  "error": null
}
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

# Requests that nothing could satisfy, and words that nobody knows.
$ nonvol firmware select --root "$WORK/root" --arch x86_64 --require acpi-s3 --forbid acpi-s3
! nonvol: NV1006: the feature acpi-s3 is both required and forbidden
!   try:  nonvol explain NV1006
[exit 2]

$ nonvol firmware select --root "$WORK/root" --arch vax
! nonvol: NV1003: no default machine is known for architecture 'vax'
!   try:  nonvol firmware select --arch vax --machine NAME
[exit 2]

$ nonvol firmware select --root "$WORK/root" --mode twofold
! nonvol: NV1001: --mode is 'twofold', and must be one of split, combined, stateless
!   try:  nonvol firmware select --help
[exit 2]

# A feature that nobody knows forbids nothing.
$ nonvol firmware select --root "$WORK/root" --arch x86_64 --forbid secureboot >/dev/null
! warning NV3107: --forbid names the feature 'secureboot', which is not known; check its spelling
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it
