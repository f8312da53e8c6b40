# A system with firmware and no descriptors.
$ make_root "$WORK/made" && mkdir -p "$WORK/root/usr/share/OVMF" && cp "$WORK/made/fixture/code.fd" "$WORK/root/usr/share/OVMF/OVMF_CODE_4M.fd" && cp "$WORK/made/fixture/vars.fd" "$WORK/root/usr/share/OVMF/OVMF_VARS_4M.fd"

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35
! nonvol: NV3201: none of 0 usable descriptors offers uefi firmware for x86_64 machine q35 as asked
!   note: on Debian the packages ovmf and qemu-efi-aarch64 have descriptors
!   try:  nonvol firmware explain --arch x86_64 --machine q35
[exit 1]

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --well-known
descriptor   well-known:/usr/share/OVMF/OVMF_CODE_4M.fd
             UEFI firmware for x86_64, found where Debian puts it
executable   /usr/share/OVMF/OVMF_CODE_4M.fd (raw)
template     /usr/share/OVMF/OVMF_VARS_4M.fd (raw)
device       flash, split
machine      q35 (pc-q35-<newest>), x86_64
needs        none
features     acpi-s3
arguments    -machine q35,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/usr/share/OVMF/OVMF_CODE_4M.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@
! warning NV3211: no descriptor fits; /usr/share/OVMF/OVMF_CODE_4M.fd was found by its path alone, and what it can do is assumed (/usr/share/OVMF/OVMF_CODE_4M.fd)
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35 --well-known --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "well-known:/usr/share/OVMF/OVMF_CODE_4M.fd",
  "source": "well-known",
  "description": "UEFI firmware for x86_64, found where Debian puts it",
  "executable": {
    "path": "/usr/share/OVMF/OVMF_CODE_4M.fd",
    "format": "raw"
  },
  "nvram_template": {
    "path": "/usr/share/OVMF/OVMF_VARS_4M.fd",
    "format": "raw"
  },
  "device": "flash",
  "mode": "split",
  "machine": "q35",
  "machine_options": [],
  "requirements": {
    "smm": false,
    "secure_pflash": false,
    "uefi_vars_device": false
  },
  "features": [
    "acpi-s3"
  ],
  "tags": [],
  "qemu_arguments": [
    "-machine",
    "q35,pflash0=nonvol-code,pflash1=nonvol-vars",
    "-blockdev",
    "node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/usr/share/OVMF/OVMF_CODE_4M.fd",
    "-blockdev",
    "node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@"
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
    "mode": null,
    "format": null,
    "secure_boot": null,
    "allow_missing_files": false
  },
  "passed_over": [],
  "notes": [
    "@NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it"
  ],
  "findings": [
    {
      "id": "NV3211",
      "severity": "warning",
      "message": "no descriptor fits; /usr/share/OVMF/OVMF_CODE_4M.fd was found by its path alone, and what it can do is assumed",
      "place": {
        "file": "/usr/share/OVMF/OVMF_CODE_4M.fd"
      },
      "hint": "nonvol firmware inspect /usr/share/OVMF/OVMF_CODE_4M.fd"
    }
  ],
  "error": null
}
! warning NV3211: no descriptor fits; /usr/share/OVMF/OVMF_CODE_4M.fd was found by its path alone, and what it can do is assumed (/usr/share/OVMF/OVMF_CODE_4M.fd)
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it

$ nonvol firmware select --root "$WORK/root" --arch aarch64 --well-known --allow-missing-files
! nonvol: NV3201: none of 0 usable descriptors offers uefi firmware for aarch64 machine virt as asked
!   note: on Debian the packages ovmf and qemu-efi-aarch64 have descriptors
!   note: none of the well-known places has such firmware either
!   try:  nonvol firmware explain --arch aarch64 --machine virt
[exit 1]

# A descriptor that fits is preferred to any place.
$ nonvol firmware select --root "$WORK/made" --arch x86_64 --machine q35 --well-known
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
