# Every way to be wrong: what is usable is used, and each fault is named with its place.
$ make_root "$WORK/root" --faulty

$ nonvol firmware list --root "$WORK/root"
/usr/share/qemu/firmware/10-secure-enrolled.json         x86_64        flash, split
/usr/share/qemu/firmware/10-unknown-feature.json         x86_64        flash, split
/usr/share/qemu/firmware/11-no-description-no-tags.json  x86_64        flash, split
/usr/share/qemu/firmware/12-unknown-device.json          -             broken
/usr/share/qemu/firmware/13-unknown-mode.json            -             broken
/usr/share/qemu/firmware/14-unknown-format.json          -             broken
/usr/share/qemu/firmware/15-unknown-interface.json       x86_64        flash, split
/usr/share/qemu/firmware/16-unknown-member.json          x86_64        flash, split
/usr/share/qemu/firmware/17-no-mapping.json              -             broken
/usr/share/qemu/firmware/18-wrong-type.json              -             broken
/usr/share/qemu/firmware/19-split-without-template.json  -             broken
/usr/share/qemu/firmware/20-no-targets.json                            flash, split
/usr/share/qemu/firmware/20-secure.json                  x86_64        flash, split
/usr/share/qemu/firmware/30-broken-json.json             -             broken
/usr/share/qemu/firmware/30-split-qcow2.json             x86_64        flash, split
/usr/share/qemu/firmware/31-comment.json                 -             broken
/usr/share/qemu/firmware/32-duplicate-member.json        -             broken
/usr/share/qemu/firmware/33-too-deep.json                -             broken
/usr/share/qemu/firmware/34-not-an-object.json           -             broken
/usr/share/qemu/firmware/40-split-raw.json               x86_64        flash, split
/usr/share/qemu/firmware/41-split-2m.json                x86_64, i386  flash, split
/usr/share/qemu/firmware/50-combined.json                x86_64        flash, combined
/usr/share/qemu/firmware/51-stateless-sev.json           x86_64        flash, stateless
/usr/share/qemu/firmware/60-memory.json                  x86_64        memory
/usr/share/qemu/firmware/61-memory-uefi-vars.json        x86_64        memory, variables in a uefi-vars device
/usr/share/qemu/firmware/62-bios.json                    i386, x86_64  memory
/usr/share/qemu/firmware/63-kernel-riscv64.json          riscv64       kernel
/usr/share/qemu/firmware/64-igvm.json                    x86_64        igvm
/usr/share/qemu/firmware/70-aarch64.json                 aarch64       flash, split
! warning NV3110: '40-split-raw.json.dpkg-old' is not read, because its name does not end in .json; libvirt would read it (/usr/share/qemu/firmware/40-split-raw.json.dpkg-old)
! warning NV3107: the feature 'warp-drive' is not known; if it is a requirement, guests may fail to boot (/usr/share/qemu/firmware/10-unknown-feature.json at /features/1)
! note NV3109: 'description' and 'tags' is missing, which the schema requires; some readers refuse the file (/usr/share/qemu/firmware/11-no-description-no-tags.json)
! error NV3108: 'device' is 'punched-tape', and nonvol knows flash, kernel, memory, igvm (/usr/share/qemu/firmware/12-unknown-device.json at /mapping/device)
! error NV3108: 'mode' is 'twofold', and nonvol knows split, combined, stateless (/usr/share/qemu/firmware/13-unknown-mode.json at /mapping/mode)
! error NV3108: 'format' is 'vmdk', and nonvol knows raw, qcow2 (/usr/share/qemu/firmware/14-unknown-format.json at /mapping/executable/format)
! warning NV3108: the interface type 'uefi-ng' is not known; nonvol knows bios, openfirmware, uboot, uefi (/usr/share/qemu/firmware/15-unknown-interface.json at /interface-types/0)
! warning NV3106: the schema has no member 'featurs' here; it is ignored (/usr/share/qemu/firmware/16-unknown-member.json at /featurs)
! error NV3105: the member 'mapping' is missing (/usr/share/qemu/firmware/17-no-mapping.json)
! error NV3105: 'machines' is a string, and must be an array (/usr/share/qemu/firmware/18-wrong-type.json at /targets/0/machines)
! error NV3105: flash in split mode needs 'nvram-template' (/usr/share/qemu/firmware/19-split-without-template.json at /mapping)
! error NV3001: the text ends where a value should be (/usr/share/qemu/firmware/30-broken-json.json:4:1)
! error NV3001: a member's name in quotes should be here (/usr/share/qemu/firmware/31-comment.json:2:3)
! error NV3002: member 'features' appears twice in one object (/usr/share/qemu/firmware/32-duplicate-member.json:11:15)
! error NV3003: nests deeper than 32 levels (/usr/share/qemu/firmware/33-too-deep.json:1:48)
! error NV3105: the value is an array, and must be an object (/usr/share/qemu/firmware/34-not-an-object.json)

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
      "descriptor": "/usr/share/qemu/firmware/10-unknown-feature.json",
      "name": "10-unknown-feature.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Names a feature that nobody knows",
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
        "warp-drive"
      ],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/11-no-description-no-tags.json",
      "name": "11-no-description-no-tags.json",
      "state": "usable",
      "overridden_by": null,
      "description": null,
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
      "features": [],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/12-unknown-device.json",
      "name": "12-unknown-device.json",
      "state": "broken",
      "overridden_by": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/13-unknown-mode.json",
      "name": "13-unknown-mode.json",
      "state": "broken",
      "overridden_by": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/14-unknown-format.json",
      "name": "14-unknown-format.json",
      "state": "broken",
      "overridden_by": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/15-unknown-interface.json",
      "name": "15-unknown-interface.json",
      "state": "usable",
      "overridden_by": null,
      "description": "An interface of another time",
      "interface_types": [
        "uefi-ng"
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
      "features": [],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/16-unknown-member.json",
      "name": "16-unknown-member.json",
      "state": "usable",
      "overridden_by": null,
      "description": "Has a member that the schema does not know",
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
      "features": [],
      "tags": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/17-no-mapping.json",
      "name": "17-no-mapping.json",
      "state": "broken",
      "overridden_by": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/18-wrong-type.json",
      "name": "18-wrong-type.json",
      "state": "broken",
      "overridden_by": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/19-split-without-template.json",
      "name": "19-split-without-template.json",
      "state": "broken",
      "overridden_by": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/20-no-targets.json",
      "name": "20-no-targets.json",
      "state": "usable",
      "overridden_by": null,
      "description": "For no machine at all",
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
      "targets": [],
      "features": [],
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
      "descriptor": "/usr/share/qemu/firmware/30-broken-json.json",
      "name": "30-broken-json.json",
      "state": "broken",
      "overridden_by": null
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
      "descriptor": "/usr/share/qemu/firmware/31-comment.json",
      "name": "31-comment.json",
      "state": "broken",
      "overridden_by": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/32-duplicate-member.json",
      "name": "32-duplicate-member.json",
      "state": "broken",
      "overridden_by": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/33-too-deep.json",
      "name": "33-too-deep.json",
      "state": "broken",
      "overridden_by": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/34-not-an-object.json",
      "name": "34-not-an-object.json",
      "state": "broken",
      "overridden_by": null
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
  "findings": [
    {
      "id": "NV3110",
      "severity": "warning",
      "message": "'40-split-raw.json.dpkg-old' is not read, because its name does not end in .json; libvirt would read it",
      "place": {
        "file": "/usr/share/qemu/firmware/40-split-raw.json.dpkg-old"
      },
      "hint": "rm /usr/share/qemu/firmware/40-split-raw.json.dpkg-old"
    },
    {
      "id": "NV3107",
      "severity": "warning",
      "message": "the feature 'warp-drive' is not known; if it is a requirement, guests may fail to boot",
      "place": {
        "file": "/usr/share/qemu/firmware/10-unknown-feature.json",
        "json_pointer": "/features/1"
      },
      "hint": "nonvol explain NV3107"
    },
    {
      "id": "NV3109",
      "severity": "note",
      "message": "'description' and 'tags' is missing, which the schema requires; some readers refuse the file",
      "place": {
        "file": "/usr/share/qemu/firmware/11-no-description-no-tags.json"
      },
      "hint": "nonvol explain NV3109"
    },
    {
      "id": "NV3108",
      "severity": "error",
      "message": "'device' is 'punched-tape', and nonvol knows flash, kernel, memory, igvm",
      "place": {
        "file": "/usr/share/qemu/firmware/12-unknown-device.json",
        "json_pointer": "/mapping/device"
      },
      "hint": "nonvol explain NV3108"
    },
    {
      "id": "NV3108",
      "severity": "error",
      "message": "'mode' is 'twofold', and nonvol knows split, combined, stateless",
      "place": {
        "file": "/usr/share/qemu/firmware/13-unknown-mode.json",
        "json_pointer": "/mapping/mode"
      },
      "hint": "nonvol explain NV3108"
    },
    {
      "id": "NV3108",
      "severity": "error",
      "message": "'format' is 'vmdk', and nonvol knows raw, qcow2",
      "place": {
        "file": "/usr/share/qemu/firmware/14-unknown-format.json",
        "json_pointer": "/mapping/executable/format"
      },
      "hint": "nonvol explain NV3108"
    },
    {
      "id": "NV3108",
      "severity": "warning",
      "message": "the interface type 'uefi-ng' is not known; nonvol knows bios, openfirmware, uboot, uefi",
      "place": {
        "file": "/usr/share/qemu/firmware/15-unknown-interface.json",
        "json_pointer": "/interface-types/0"
      },
      "hint": "nonvol explain NV3108"
    },
    {
      "id": "NV3106",
      "severity": "warning",
      "message": "the schema has no member 'featurs' here; it is ignored",
      "place": {
        "file": "/usr/share/qemu/firmware/16-unknown-member.json",
        "json_pointer": "/featurs"
      },
      "hint": "nonvol explain NV3106"
    },
    {
      "id": "NV3105",
      "severity": "error",
      "message": "the member 'mapping' is missing",
      "place": {
        "file": "/usr/share/qemu/firmware/17-no-mapping.json"
      },
      "hint": "nonvol explain NV3105"
    },
    {
      "id": "NV3105",
      "severity": "error",
      "message": "'machines' is a string, and must be an array",
      "place": {
        "file": "/usr/share/qemu/firmware/18-wrong-type.json",
        "json_pointer": "/targets/0/machines"
      },
      "hint": "nonvol explain NV3105"
    },
    {
      "id": "NV3105",
      "severity": "error",
      "message": "flash in split mode needs 'nvram-template'",
      "place": {
        "file": "/usr/share/qemu/firmware/19-split-without-template.json",
        "json_pointer": "/mapping"
      },
      "hint": "nonvol explain NV3105"
    },
    {
      "id": "NV3001",
      "severity": "error",
      "message": "the text ends where a value should be",
      "place": {
        "file": "/usr/share/qemu/firmware/30-broken-json.json",
        "line": 4,
        "column": 1
      },
      "hint": "nonvol explain NV3001"
    },
    {
      "id": "NV3001",
      "severity": "error",
      "message": "a member's name in quotes should be here",
      "place": {
        "file": "/usr/share/qemu/firmware/31-comment.json",
        "line": 2,
        "column": 3
      },
      "hint": "nonvol explain NV3001"
    },
    {
      "id": "NV3002",
      "severity": "error",
      "message": "member 'features' appears twice in one object",
      "place": {
        "file": "/usr/share/qemu/firmware/32-duplicate-member.json",
        "line": 11,
        "column": 15
      },
      "hint": "nonvol explain NV3002"
    },
    {
      "id": "NV3003",
      "severity": "error",
      "message": "nests deeper than 32 levels",
      "place": {
        "file": "/usr/share/qemu/firmware/33-too-deep.json",
        "line": 1,
        "column": 48
      },
      "hint": "nonvol explain NV3003"
    },
    {
      "id": "NV3105",
      "severity": "error",
      "message": "the value is an array, and must be an object",
      "place": {
        "file": "/usr/share/qemu/firmware/34-not-an-object.json"
      },
      "hint": "nonvol explain NV3105"
    }
  ]
}
! warning NV3110: '40-split-raw.json.dpkg-old' is not read, because its name does not end in .json; libvirt would read it (/usr/share/qemu/firmware/40-split-raw.json.dpkg-old)
! warning NV3107: the feature 'warp-drive' is not known; if it is a requirement, guests may fail to boot (/usr/share/qemu/firmware/10-unknown-feature.json at /features/1)
! note NV3109: 'description' and 'tags' is missing, which the schema requires; some readers refuse the file (/usr/share/qemu/firmware/11-no-description-no-tags.json)
! error NV3108: 'device' is 'punched-tape', and nonvol knows flash, kernel, memory, igvm (/usr/share/qemu/firmware/12-unknown-device.json at /mapping/device)
! error NV3108: 'mode' is 'twofold', and nonvol knows split, combined, stateless (/usr/share/qemu/firmware/13-unknown-mode.json at /mapping/mode)
! error NV3108: 'format' is 'vmdk', and nonvol knows raw, qcow2 (/usr/share/qemu/firmware/14-unknown-format.json at /mapping/executable/format)
! warning NV3108: the interface type 'uefi-ng' is not known; nonvol knows bios, openfirmware, uboot, uefi (/usr/share/qemu/firmware/15-unknown-interface.json at /interface-types/0)
! warning NV3106: the schema has no member 'featurs' here; it is ignored (/usr/share/qemu/firmware/16-unknown-member.json at /featurs)
! error NV3105: the member 'mapping' is missing (/usr/share/qemu/firmware/17-no-mapping.json)
! error NV3105: 'machines' is a string, and must be an array (/usr/share/qemu/firmware/18-wrong-type.json at /targets/0/machines)
! error NV3105: flash in split mode needs 'nvram-template' (/usr/share/qemu/firmware/19-split-without-template.json at /mapping)
! error NV3001: the text ends where a value should be (/usr/share/qemu/firmware/30-broken-json.json:4:1)
! error NV3001: a member's name in quotes should be here (/usr/share/qemu/firmware/31-comment.json:2:3)
! error NV3002: member 'features' appears twice in one object (/usr/share/qemu/firmware/32-duplicate-member.json:11:15)
! error NV3003: nests deeper than 32 levels (/usr/share/qemu/firmware/33-too-deep.json:1:48)
! error NV3105: the value is an array, and must be an object (/usr/share/qemu/firmware/34-not-an-object.json)

$ nonvol firmware show 32-duplicate-member.json --root "$WORK/root"
! nonvol: NV3002: member 'features' appears twice in one object
!   at:   /usr/share/qemu/firmware/32-duplicate-member.json:11:15
!   try:  nonvol explain NV3002
[exit 5]

$ nonvol firmware show 30-broken-json.json --root "$WORK/root"
! nonvol: NV3001: the text ends where a value should be
!   at:   /usr/share/qemu/firmware/30-broken-json.json:4:1
!   try:  nonvol explain NV3001
[exit 5]

# Things that are no readable file.
$ rm -r "$WORK/root" && make_root "$WORK/root" --only 40-split-raw.json

$ cd "$WORK/root/usr/share/qemu/firmware" && ln -s nowhere.json 01-dangling.json && mkdir 02-directory.json

$ truncate -s 1048577 "$WORK/root/usr/share/qemu/firmware/03-large.json"

$ nonvol firmware list --root "$WORK/root"
/usr/share/qemu/firmware/01-dangling.json   -       broken
/usr/share/qemu/firmware/02-directory.json  -       broken
/usr/share/qemu/firmware/03-large.json      -       broken
/usr/share/qemu/firmware/40-split-raw.json  x86_64  flash, split
! error NV3103: the link leads to nowhere.json, which does not exist (/usr/share/qemu/firmware/01-dangling.json)
! error NV3104: it has a descriptor's name and is not a file (/usr/share/qemu/firmware/02-directory.json)
! error NV3101: the file is larger than 1048576 bytes, and is not read (/usr/share/qemu/firmware/03-large.json)

$ nonvol firmware select --root "$WORK/root" --arch x86_64 --machine q35
descriptor   /usr/share/qemu/firmware/40-split-raw.json
             Code and variables apart, raw; the mode is left out, which means split
executable   /fixture/code.fd (raw)
template     /fixture/vars.fd (raw)
device       flash, split
machine      q35 (pc-q35-<newest>), x86_64
needs        none
features     acpi-s3, verbose-dynamic
arguments    -machine q35,pflash0=nonvol-code,pflash1=nonvol-vars
             -blockdev node-name=nonvol-code,driver=raw,read-only=on,file.driver=file,file.filename=/fixture/code.fd
             -blockdev node-name=nonvol-vars,driver=raw,read-only=off,file.driver=file,file.filename=@NVRAM@
! error NV3103: the link leads to nowhere.json, which does not exist (/usr/share/qemu/firmware/01-dangling.json)
! error NV3104: it has a descriptor's name and is not a file (/usr/share/qemu/firmware/02-directory.json)
! error NV3101: the file is larger than 1048576 bytes, and is not read (/usr/share/qemu/firmware/03-large.json)
! note: @NVRAM@ in the arguments stands for the guest's own copy of the template; --nvram FILE names it
