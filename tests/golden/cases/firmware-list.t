# What a root has, in the order in which it would be chosen.
$ make_root "$WORK/root"

$ nonvol firmware list --root "$WORK/root"
/usr/share/qemu/firmware/10-secure-enrolled.json   x86_64        flash, split
/usr/share/qemu/firmware/20-secure.json            x86_64        flash, split
/usr/share/qemu/firmware/30-split-qcow2.json       x86_64        flash, split
/usr/share/qemu/firmware/40-split-raw.json         x86_64        flash, split
/usr/share/qemu/firmware/41-split-2m.json          x86_64, i386  flash, split
/usr/share/qemu/firmware/50-combined.json          x86_64        flash, combined
/usr/share/qemu/firmware/51-stateless-sev.json     x86_64        flash, stateless
/usr/share/qemu/firmware/60-memory.json            x86_64        memory
/usr/share/qemu/firmware/61-memory-uefi-vars.json  x86_64        memory, variables in a uefi-vars device
/usr/share/qemu/firmware/62-bios.json              i386, x86_64  memory
/usr/share/qemu/firmware/63-kernel-riscv64.json    riscv64       kernel
/usr/share/qemu/firmware/64-igvm.json              x86_64        igvm
/usr/share/qemu/firmware/70-aarch64.json           aarch64       flash, split

$ nonvol firmware list --root "$WORK/root" --json
{
  "schema": "nonvol.firmware.list/1",
  "directories": [
    "/usr/share/qemu/firmware"
  ],
  "descriptors": [
    {
      "descriptor": "/usr/share/qemu/firmware/10-secure-enrolled.json",
      "name": "10-secure-enrolled.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Secure Boot with SMM, certificates enrolled",
      "interface_types": [
        "uefi"
      ],
      "executable": {
        "path": "/fixture/code-secure.fd",
        "format": "raw"
      },
      "nvram_template": {
        "path": "/fixture/vars-enrolled.fd",
        "format": "raw"
      },
      "device": "flash",
      "mode": "split",
      "targets": [
        {
          "architecture": "x86_64",
          "machines": [
            "pc-q35-*"
          ]
        }
      ],
      "features": [
        "acpi-s3",
        "enrolled-keys",
        "requires-smm",
        "secure-boot",
        "verbose-dynamic"
      ],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/20-secure.json",
      "name": "20-secure.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Secure Boot with SMM, no certificates",
      "interface_types": [
        "uefi"
      ],
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
      "targets": [
        {
          "architecture": "x86_64",
          "machines": [
            "pc-q35-*"
          ]
        }
      ],
      "features": [
        "acpi-s3",
        "requires-smm",
        "secure-boot",
        "verbose-dynamic"
      ],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/30-split-qcow2.json",
      "name": "30-split-qcow2.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Code and variables apart, qcow2",
      "interface_types": [
        "uefi"
      ],
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
      "targets": [
        {
          "architecture": "x86_64",
          "machines": [
            "pc-i440fx-*",
            "pc-q35-*"
          ]
        }
      ],
      "features": [
        "acpi-s3",
        "verbose-dynamic"
      ],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/40-split-raw.json",
      "name": "40-split-raw.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Code and variables apart, raw; the mode is left out, which means split",
      "interface_types": [
        "uefi"
      ],
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
      "targets": [
        {
          "architecture": "x86_64",
          "machines": [
            "pc-i440fx-*",
            "pc-q35-*"
          ]
        }
      ],
      "features": [
        "acpi-s3",
        "verbose-dynamic"
      ],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/41-split-2m.json",
      "name": "41-split-2m.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Code and variables apart, the small layout, for i386 as well",
      "interface_types": [
        "uefi"
      ],
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
      "targets": [
        {
          "architecture": "x86_64",
          "machines": [
            "pc-i440fx-*",
            "pc-q35-*"
          ]
        },
        {
          "architecture": "i386",
          "machines": [
            "pc-i440fx-*"
          ]
        }
      ],
      "features": [
        "acpi-s3",
        "acpi-s4"
      ],
      "tags": [
        "LAYOUT=2M"
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/50-combined.json",
      "name": "50-combined.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Code and variables in one file",
      "interface_types": [
        "uefi"
      ],
      "executable": {
        "path": "/fixture/combined.fd",
        "format": "raw"
      },
      "nvram_template": null,
      "device": "flash",
      "mode": "combined",
      "targets": [
        {
          "architecture": "x86_64",
          "machines": [
            "pc-i440fx-*",
            "pc-q35-*"
          ]
        }
      ],
      "features": [
        "verbose-dynamic"
      ],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/51-stateless-sev.json",
      "name": "51-stateless-sev.json",
      "state": "usable",
      "overridden_by": null,
      "description": "One file, read only, for encrypted guests",
      "interface_types": [
        "uefi"
      ],
      "executable": {
        "path": "/fixture/stateless.fd",
        "format": "raw"
      },
      "nvram_template": null,
      "device": "flash",
      "mode": "stateless",
      "targets": [
        {
          "architecture": "x86_64",
          "machines": [
            "pc-q35-*"
          ]
        }
      ],
      "features": [
        "amd-sev",
        "amd-sev-es",
        "amd-sev-snp",
        "verbose-dynamic"
      ],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/60-memory.json",
      "name": "60-memory.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Loaded into memory, no variables kept",
      "interface_types": [
        "uefi"
      ],
      "executable": {
        "path": "/fixture/memory.fd",
        "format": "raw"
      },
      "nvram_template": null,
      "device": "memory",
      "mode": null,
      "targets": [
        {
          "architecture": "x86_64",
          "machines": [
            "pc-i440fx-*",
            "pc-q35-*"
          ]
        }
      ],
      "features": [],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/61-memory-uefi-vars.json",
      "name": "61-memory-uefi-vars.json",
      "state": "usable",
      "overridden_by": null,
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
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/62-bios.json",
      "name": "62-bios.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Classic BIOS",
      "interface_types": [
        "bios"
      ],
      "executable": {
        "path": "/fixture/bios.bin",
        "format": "raw"
      },
      "nvram_template": null,
      "device": "memory",
      "mode": null,
      "targets": [
        {
          "architecture": "i386",
          "machines": [
            "pc-i440fx-*"
          ]
        },
        {
          "architecture": "x86_64",
          "machines": [
            "pc-i440fx-*",
            "pc-q35-*"
          ]
        }
      ],
      "features": [
        "acpi-s3",
        "acpi-s4"
      ],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/63-kernel-riscv64.json",
      "name": "63-kernel-riscv64.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Loaded as a kernel",
      "interface_types": [
        "uboot"
      ],
      "executable": {
        "path": "/fixture/u-boot.bin",
        "format": "raw"
      },
      "nvram_template": null,
      "device": "kernel",
      "mode": null,
      "targets": [
        {
          "architecture": "riscv64",
          "machines": [
            "virt*"
          ]
        }
      ],
      "features": [],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/64-igvm.json",
      "name": "64-igvm.json",
      "state": "usable",
      "overridden_by": null,
      "description": "An IGVM file for encrypted guests",
      "interface_types": [
        "uefi"
      ],
      "executable": {
        "path": "/fixture/guest.igvm",
        "format": "raw"
      },
      "nvram_template": null,
      "device": "igvm",
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
        "amd-sev-snp",
        "intel-tdx"
      ],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/70-aarch64.json",
      "name": "70-aarch64.json",
      "state": "usable",
      "overridden_by": null,
      "description": "64-bit Arm; its files are not installed",
      "interface_types": [
        "uefi"
      ],
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
      "targets": [
        {
          "architecture": "aarch64",
          "machines": [
            "virt-*"
          ]
        }
      ],
      "features": [
        "verbose-static"
      ],
      "tags": []
    }
  ],
  "findings": []
}

# A machine without any.
$ mkdir "$WORK/bare"

$ nonvol firmware list --root "$WORK/bare"
no firmware descriptors
