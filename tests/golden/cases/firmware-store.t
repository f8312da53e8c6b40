# Firmware for a variable store that there is already.
$ make_root "$WORK/root" && make_root --store 2m "$WORK/old.fd" && make_root --store 4m "$WORK/new.fd"

$ nonvol firmware select --root "$WORK/root" --for-store "$WORK/old.fd"
descriptor   /usr/share/qemu/firmware/41-split-2m.json
             Code and variables apart, the small layout, for i386 as well
executable   /fixture/code-2m.fd (raw)
template     /fixture/vars-2m.fd (raw)
device       flash, split
machine      q35 (pc-q35-<newest>), x86_64
needs        none
features     acpi-s3, acpi-s4
arguments    -machine q35,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code-2m.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/old.fd
! passed over /usr/share/qemu/firmware/20-secure.json: it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
! passed over /usr/share/qemu/firmware/30-split-qcow2.json: it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
! passed over /usr/share/qemu/firmware/40-split-raw.json: it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
! passed over /usr/share/qemu/firmware/50-combined.json: it takes one flash with code and variables, and this is a flash store
! passed over /usr/share/qemu/firmware/60-memory.json: it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/61-memory-uefi-vars.json: it takes QEMU's uefi-vars JSON, and this is a flash store
! passed over /usr/share/qemu/firmware/10-secure-enrolled.json: it stands for a guest with enrolled keys, and the store has none; it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
! passed over /usr/share/qemu/firmware/51-stateless-sev.json: it is built for confidential guests, and none was asked for; it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/64-igvm.json: it is built for confidential guests, and none was asked for; it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/62-bios.json: asked for interface uefi, it has bios; it keeps no variables: the store would not be used
! after 'nonvol vars convert $WORK/old.fd $WORK/old-ovmf-4m.fd --to ovmf-4m' it would go with /usr/share/qemu/firmware/20-secure.json, /usr/share/qemu/firmware/30-split-qcow2.json, /usr/share/qemu/firmware/40-split-raw.json
! after 'nonvol vars convert $WORK/old.fd $WORK/old-qemu-json.json --to qemu-json' it would go with /usr/share/qemu/firmware/61-memory-uefi-vars.json

$ nonvol firmware select --root "$WORK/root" --for-store "$WORK/old.fd" --json
{
  "schema": "nonvol.firmware.select/1",
  "descriptor": "/usr/share/qemu/firmware/41-split-2m.json",
  "source": "descriptor",
  "description": "Code and variables apart, the small layout, for i386 as well",
  "executable": {
    "path": "/fixture/code-2m.fd",
    "format": "raw"
  },
  "nvram_template": {
    "path": "/fixture/vars-2m.fd",
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
    "acpi-s3",
    "acpi-s4"
  ],
  "tags": [
    "LAYOUT=2M"
  ],
  "qemu_arguments": [
    "-machine",
    "q35,pflash0=nonvol-code,pflash1=nonvol-vars",
    "-blockdev",
    "node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code-2m.fd",
    "-blockdev",
    "node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/old.fd"
  ],
  "nvram_placeholder": null,
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
  "passed_over": [
    {
      "descriptor": "/usr/share/qemu/firmware/20-secure.json",
      "failed": [
        {
          "code": "store",
          "message": "it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/30-split-qcow2.json",
      "failed": [
        {
          "code": "store",
          "message": "it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/40-split-raw.json",
      "failed": [
        {
          "code": "store",
          "message": "it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/50-combined.json",
      "failed": [
        {
          "code": "store",
          "message": "it takes one flash with code and variables, and this is a flash store"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/60-memory.json",
      "failed": [
        {
          "code": "store",
          "message": "it keeps no variables: the store would not be used"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/61-memory-uefi-vars.json",
      "failed": [
        {
          "code": "store",
          "message": "it takes QEMU's uefi-vars JSON, and this is a flash store"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/10-secure-enrolled.json",
      "failed": [
        {
          "code": "store",
          "message": "it stands for a guest with enrolled keys, and the store has none"
        },
        {
          "code": "store",
          "message": "it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/51-stateless-sev.json",
      "failed": [
        {
          "code": "confidential",
          "message": "it is built for confidential guests, and none was asked for"
        },
        {
          "code": "store",
          "message": "it keeps no variables: the store would not be used"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/64-igvm.json",
      "failed": [
        {
          "code": "confidential",
          "message": "it is built for confidential guests, and none was asked for"
        },
        {
          "code": "store",
          "message": "it keeps no variables: the store would not be used"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/62-bios.json",
      "failed": [
        {
          "code": "interface",
          "message": "asked for interface uefi, it has bios"
        },
        {
          "code": "store",
          "message": "it keeps no variables: the store would not be used"
        }
      ]
    }
  ],
  "store": {
    "path": "$WORK/old.fd",
    "form": "flash",
    "layout": "ovmf-2m",
    "format": "raw",
    "size_bytes": 131072,
    "blank": false,
    "has_platform_key": false,
    "secure_boot": false
  },
  "conversions": [
    {
      "to": "ovmf-4m",
      "command": "nonvol vars convert $WORK/old.fd $WORK/old-ovmf-4m.fd --to ovmf-4m",
      "descriptors": [
        "/usr/share/qemu/firmware/20-secure.json",
        "/usr/share/qemu/firmware/30-split-qcow2.json",
        "/usr/share/qemu/firmware/40-split-raw.json"
      ]
    },
    {
      "to": "qemu-json",
      "command": "nonvol vars convert $WORK/old.fd $WORK/old-qemu-json.json --to qemu-json",
      "descriptors": [
        "/usr/share/qemu/firmware/61-memory-uefi-vars.json"
      ]
    }
  ],
  "notes": [],
  "findings": [],
  "error": null
}
! passed over /usr/share/qemu/firmware/20-secure.json: it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
! passed over /usr/share/qemu/firmware/30-split-qcow2.json: it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
! passed over /usr/share/qemu/firmware/40-split-raw.json: it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
! passed over /usr/share/qemu/firmware/50-combined.json: it takes one flash with code and variables, and this is a flash store
! passed over /usr/share/qemu/firmware/60-memory.json: it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/61-memory-uefi-vars.json: it takes QEMU's uefi-vars JSON, and this is a flash store
! passed over /usr/share/qemu/firmware/10-secure-enrolled.json: it stands for a guest with enrolled keys, and the store has none; it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
! passed over /usr/share/qemu/firmware/51-stateless-sev.json: it is built for confidential guests, and none was asked for; it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/64-igvm.json: it is built for confidential guests, and none was asked for; it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/62-bios.json: asked for interface uefi, it has bios; it keeps no variables: the store would not be used
! after 'nonvol vars convert $WORK/old.fd $WORK/old-ovmf-4m.fd --to ovmf-4m' it would go with /usr/share/qemu/firmware/20-secure.json, /usr/share/qemu/firmware/30-split-qcow2.json, /usr/share/qemu/firmware/40-split-raw.json
! after 'nonvol vars convert $WORK/old.fd $WORK/old-qemu-json.json --to qemu-json' it would go with /usr/share/qemu/firmware/61-memory-uefi-vars.json

# What it would have to become for other firmware.
$ rm "$WORK/root/usr/share/qemu/firmware/41-split-2m.json"

$ nonvol firmware select --root "$WORK/root" --for-store "$WORK/old.fd"
! nonvol: NV3210: none of 10 descriptors for x86_64 has firmware for machine q35 that goes with $WORK/old.fd
!   note: after 'nonvol vars convert $WORK/old.fd $WORK/old-ovmf-4m.fd --to ovmf-4m' it would go with /usr/share/qemu/firmware/20-secure.json, /usr/share/qemu/firmware/30-split-qcow2.json, /usr/share/qemu/firmware/40-split-raw.json
!   note: after 'nonvol vars convert $WORK/old.fd $WORK/old-qemu-json.json --to qemu-json' it would go with /usr/share/qemu/firmware/61-memory-uefi-vars.json
!   try:  nonvol firmware explain --arch x86_64 --machine q35 --for-store $WORK/old.fd
[exit 1]

$ nonvol firmware explain --root "$WORK/root" --for-store "$WORK/old.fd"
asked for uefi firmware, architecture x86_64, machine q35 (pc-q35-<newest>)

VERDICT  DESCRIPTOR                                         RULE          WHY
no       /usr/share/qemu/firmware/20-secure.json            store         it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
no       /usr/share/qemu/firmware/30-split-qcow2.json       store         it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
no       /usr/share/qemu/firmware/40-split-raw.json         store         it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
no       /usr/share/qemu/firmware/50-combined.json          store         it takes one flash with code and variables, and this is a flash store
no       /usr/share/qemu/firmware/60-memory.json            store         it keeps no variables: the store would not be used
no       /usr/share/qemu/firmware/61-memory-uefi-vars.json  store         it takes QEMU's uefi-vars JSON, and this is a flash store
no       /usr/share/qemu/firmware/10-secure-enrolled.json   store         it stands for a guest with enrolled keys, and the store has none
                                                            store         it expects a store of layout ovmf-4m (540,672 bytes), and this one has ovmf-2m (131,072 bytes)
no       /usr/share/qemu/firmware/51-stateless-sev.json     confidential  it is built for confidential guests, and none was asked for
                                                            store         it keeps no variables: the store would not be used
no       /usr/share/qemu/firmware/64-igvm.json              confidential  it is built for confidential guests, and none was asked for
                                                            store         it keeps no variables: the store would not be used
no       /usr/share/qemu/firmware/62-bios.json              interface     asked for interface uefi, it has bios
                                                            store         it keeps no variables: the store would not be used
no       /usr/share/qemu/firmware/70-aarch64.json           architecture  asked for architecture x86_64, it is for aarch64
                                                            file-missing  its executable /fixture/missing/aavmf-code.fd does not exist
                                                            file-missing  its NVRAM template /fixture/missing/aavmf-vars.fd does not exist
no       /usr/share/qemu/firmware/63-kernel-riscv64.json    interface     asked for interface uefi, it has uboot
                                                            architecture  asked for architecture x86_64, it is for riscv64
! after 'nonvol vars convert $WORK/old.fd $WORK/old-ovmf-4m.fd --to ovmf-4m' it would go with /usr/share/qemu/firmware/20-secure.json, /usr/share/qemu/firmware/30-split-qcow2.json, /usr/share/qemu/firmware/40-split-raw.json
! after 'nonvol vars convert $WORK/old.fd $WORK/old-qemu-json.json --to qemu-json' it would go with /usr/share/qemu/firmware/61-memory-uefi-vars.json

# Secure Boot is not to be lost: the plain build is passed over.
$ nonvol firmware select --root "$WORK/root" --for-store "$WORK/root/fixture/vars-enrolled.fd" --machine pc
! nonvol: NV3210: none of 10 descriptors for x86_64 has firmware for machine pc that goes with $WORK/root/fixture/vars-enrolled.fd
!   try:  nonvol firmware explain --arch x86_64 --machine pc --for-store $WORK/root/fixture/vars-enrolled.fd
[exit 1]

$ nonvol firmware select --root "$WORK/root" --for-store "$WORK/root/fixture/combined.fd"
descriptor   /usr/share/qemu/firmware/50-combined.json
             Code and variables in one file
executable   /fixture/combined.fd (raw)
device       flash, combined
machine      q35 (pc-q35-<newest>), x86_64
needs        none
features     verbose-dynamic
arguments    -machine q35,pflash0=nonvol-code
             -blockdev node-name=nonvol-code,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/root/fixture/combined.fd
             -global ICH9-LPC.disable_s3=1
! passed over /usr/share/qemu/firmware/10-secure-enrolled.json: it takes a store in flash of its own, and this is flash with more than a store in it
! passed over /usr/share/qemu/firmware/20-secure.json: it takes a store in flash of its own, and this is flash with more than a store in it
! passed over /usr/share/qemu/firmware/30-split-qcow2.json: it takes a store in flash of its own, and this is flash with more than a store in it
! passed over /usr/share/qemu/firmware/40-split-raw.json: it takes a store in flash of its own, and this is flash with more than a store in it
! passed over /usr/share/qemu/firmware/60-memory.json: it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/61-memory-uefi-vars.json: it takes QEMU's uefi-vars JSON, and this is flash with more than a store in it
! passed over /usr/share/qemu/firmware/51-stateless-sev.json: it is built for confidential guests, and none was asked for; it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/64-igvm.json: it is built for confidential guests, and none was asked for; it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/62-bios.json: asked for interface uefi, it has bios; it keeps no variables: the store would not be used

$ nonvol firmware select --root "$WORK/root" --for-store "$WORK/root/fixture/uefi-vars.json" --arch x86_64
descriptor   /usr/share/qemu/firmware/61-memory-uefi-vars.json
             Loaded into memory, variables kept by a device of QEMU
executable   /fixture/memory-vars.fd (raw)
template     /fixture/uefi-vars.json (json)
device       memory, variables in a uefi-vars device
machine      q35 (pc-q35-<newest>), x86_64
needs        a uefi-vars device
features     host-uefi-vars, secure-boot
arguments    -machine q35
             -bios /fixture/memory-vars.fd
             -global ICH9-LPC.disable_s3=1
             -device uefi-vars-x64,jsonfile=$WORK/root/fixture/uefi-vars.json
! passed over /usr/share/qemu/firmware/10-secure-enrolled.json: it takes a store in flash of its own, and this is QEMU's uefi-vars JSON
! passed over /usr/share/qemu/firmware/20-secure.json: it takes a store in flash of its own, and this is QEMU's uefi-vars JSON
! passed over /usr/share/qemu/firmware/30-split-qcow2.json: it takes a store in flash of its own, and this is QEMU's uefi-vars JSON
! passed over /usr/share/qemu/firmware/40-split-raw.json: it takes a store in flash of its own, and this is QEMU's uefi-vars JSON
! passed over /usr/share/qemu/firmware/50-combined.json: it takes one flash with code and variables, and this is QEMU's uefi-vars JSON
! passed over /usr/share/qemu/firmware/60-memory.json: it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/51-stateless-sev.json: it is built for confidential guests, and none was asked for; it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/64-igvm.json: it is built for confidential guests, and none was asked for; it keeps no variables: the store would not be used
! passed over /usr/share/qemu/firmware/62-bios.json: asked for interface uefi, it has bios; it keeps no variables: the store would not be used
! after 'nonvol vars convert $WORK/root/fixture/uefi-vars.json $WORK/root/fixture/uefi-vars-ovmf-4m.fd --to ovmf-4m' it would go with /usr/share/qemu/firmware/20-secure.json, /usr/share/qemu/firmware/30-split-qcow2.json, /usr/share/qemu/firmware/40-split-raw.json

$ nonvol firmware select --root "$WORK/root" --for-store "$WORK/root/fixture/code.fd"
! nonvol: NV2101: volume signature at offset 0x28 of $WORK/root/fixture/code.fd: is 0x00000000, a firmware volume has 0x4856465f ('_FVH')
!   at:   $WORK/root/fixture/code.fd, byte 0x28
!   try:  nonvol explain NV2101
[exit 5]

$ nonvol firmware select --root "$WORK/root" --for-store "$WORK/absent.fd"
! nonvol: NV5001: cannot examine $WORK/absent.fd: No such file or directory
!   at:   $WORK/absent.fd
!   try:  nonvol explain NV5001
[exit 3]

# Places, where there are no descriptors.
$ mkdir -p "$WORK/bare/usr/share/OVMF" && cp "$WORK/root/fixture/code.fd" "$WORK/bare/usr/share/OVMF/OVMF_CODE_4M.fd" && cp "$WORK/root/fixture/vars.fd" "$WORK/bare/usr/share/OVMF/OVMF_VARS_4M.fd"

$ nonvol firmware select --root "$WORK/bare" --for-store "$WORK/new.fd" --well-known
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
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=$WORK/new.fd
! warning NV3211: no descriptor fits; /usr/share/OVMF/OVMF_CODE_4M.fd was found by its path alone, and what it can do is assumed (/usr/share/OVMF/OVMF_CODE_4M.fd)

$ nonvol firmware select --root "$WORK/bare" --for-store "$WORK/old.fd" --well-known
! nonvol: NV3210: none of 0 descriptors for x86_64 has firmware for machine q35 that goes with $WORK/old.fd
!   note: after 'nonvol vars convert $WORK/old.fd $WORK/old-ovmf-4m.fd --to ovmf-4m' it would go with well-known:/usr/share/OVMF/OVMF_CODE_4M.fd
!   try:  nonvol firmware explain --arch x86_64 --machine q35 --for-store $WORK/old.fd
[exit 1]
