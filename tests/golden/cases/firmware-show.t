$ make_root "$WORK/root"

$ nonvol firmware show 10-secure-enrolled.json --root "$WORK/root"
descriptor   /usr/share/qemu/firmware/10-secure-enrolled.json
             Secure Boot with SMM, certificates enrolled
interface    uefi
device       flash, split
executable   /fixture/code-secure.fd (raw, 3,653,632 bytes)
template     /fixture/vars-enrolled.fd (raw, 540,672 bytes)
target       x86_64: pc-q35-*
features     acpi-s3, enrolled-keys, requires-smm, secure-boot, verbose-dynamic

$ nonvol firmware show 61-memory-uefi-vars.json --root "$WORK/root" --json
{
  "schema": "nonvol.firmware.show/1",
  "descriptor": "/usr/share/qemu/firmware/61-memory-uefi-vars.json",
  "name": "61-memory-uefi-vars.json",
  "description": "Loaded into memory, variables kept by a device of QEMU",
  "interface_types": [
    "uefi"
  ],
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
  "targets": [
    {
      "architecture": "x86_64",
      "machines": [
        "pc-q35-*"
      ]
    }
  ],
  "features": [
    "host-uefi-vars",
    "secure-boot"
  ],
  "tags": [],
  "files": [
    {
      "role": "executable",
      "path": "/fixture/memory-vars.fd",
      "format": "raw",
      "exists": true,
      "size_bytes": 4194304
    },
    {
      "role": "uefi-vars-template",
      "path": "/fixture/uefi-vars.json",
      "format": "json",
      "exists": true,
      "size_bytes": 32
    }
  ],
  "findings": []
}

$ nonvol firmware show no-such.json --root "$WORK/root"
! nonvol: NV3203: no descriptor is named 'no-such.json'
!   try:  nonvol firmware list
[exit 3]
