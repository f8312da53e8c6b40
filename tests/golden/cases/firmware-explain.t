$ make_root "$WORK/root"

$ nonvol firmware explain --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw
asked for uefi firmware, architecture x86_64, machine q35 (pc-q35-<newest>)

VERDICT  DESCRIPTOR                                         RULE          WHY
chosen   /usr/share/qemu/firmware/40-split-raw.json
fits     /usr/share/qemu/firmware/41-split-2m.json
fits     /usr/share/qemu/firmware/50-combined.json
fits     /usr/share/qemu/firmware/60-memory.json
near     /usr/share/qemu/firmware/10-secure-enrolled.json   secure-boot   asked for no Secure Boot, it has it
                                                                          would fit with --secure-boot on
near     /usr/share/qemu/firmware/20-secure.json            secure-boot   asked for no Secure Boot, it has it
                                                                          would fit with --secure-boot on
near     /usr/share/qemu/firmware/30-split-qcow2.json       format        asked for format raw, its executable is qcow2
                                                                          would fit with --format qcow2
near     /usr/share/qemu/firmware/51-stateless-sev.json     confidential  it is built for confidential guests, and none was asked for
                                                                          would fit with --require amd-sev
near     /usr/share/qemu/firmware/61-memory-uefi-vars.json  secure-boot   asked for no Secure Boot, it has it
                                                                          would fit with --secure-boot on
near     /usr/share/qemu/firmware/64-igvm.json              confidential  it is built for confidential guests, and none was asked for
                                                                          would fit with --require amd-sev-snp
no       /usr/share/qemu/firmware/62-bios.json              interface     asked for interface uefi, it has bios
no       /usr/share/qemu/firmware/70-aarch64.json           architecture  asked for architecture x86_64, it is for aarch64
                                                            file-missing  its executable /fixture/missing/aavmf-code.fd does not exist
                                                            file-missing  its NVRAM template /fixture/missing/aavmf-vars.fd does not exist
no       /usr/share/qemu/firmware/63-kernel-riscv64.json    interface     asked for interface uefi, it has uboot
                                                            architecture  asked for architecture x86_64, it is for riscv64

$ nonvol firmware explain --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw --json
{
  "schema": "nonvol.firmware.explain/1",
  "request": {
    "architecture": "x86_64",
    "machine": "q35",
    "canonical_machine": "pc-q35-<newest>",
    "interface": "uefi",
    "require": [],
    "forbid": [],
    "device": null,
    "mode": null,
    "format": "raw",
    "secure_boot": false,
    "allow_missing_files": false
  },
  "chosen": "/usr/share/qemu/firmware/40-split-raw.json",
  "descriptors": [
    {
      "descriptor": "/usr/share/qemu/firmware/40-split-raw.json",
      "position": 4,
      "state": "usable",
      "fits": true,
      "failed": [],
      "near_miss": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/41-split-2m.json",
      "position": 5,
      "state": "usable",
      "fits": true,
      "failed": [],
      "near_miss": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/50-combined.json",
      "position": 6,
      "state": "usable",
      "fits": true,
      "failed": [],
      "near_miss": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/60-memory.json",
      "position": 8,
      "state": "usable",
      "fits": true,
      "failed": [],
      "near_miss": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/10-secure-enrolled.json",
      "position": 1,
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "secure-boot",
          "message": "asked for no Secure Boot, it has it"
        }
      ],
      "near_miss": {
        "with": "--secure-boot on",
        "without": "",
        "changes": 1
      }
    },
    {
      "descriptor": "/usr/share/qemu/firmware/20-secure.json",
      "position": 2,
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "secure-boot",
          "message": "asked for no Secure Boot, it has it"
        }
      ],
      "near_miss": {
        "with": "--secure-boot on",
        "without": "",
        "changes": 1
      }
    },
    {
      "descriptor": "/usr/share/qemu/firmware/30-split-qcow2.json",
      "position": 3,
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "format",
          "message": "asked for format raw, its executable is qcow2"
        }
      ],
      "near_miss": {
        "with": "--format qcow2",
        "without": "",
        "changes": 1
      }
    },
    {
      "descriptor": "/usr/share/qemu/firmware/51-stateless-sev.json",
      "position": 7,
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "confidential",
          "message": "it is built for confidential guests, and none was asked for"
        }
      ],
      "near_miss": {
        "with": "--require amd-sev",
        "without": "",
        "changes": 1
      }
    },
    {
      "descriptor": "/usr/share/qemu/firmware/61-memory-uefi-vars.json",
      "position": 9,
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "secure-boot",
          "message": "asked for no Secure Boot, it has it"
        }
      ],
      "near_miss": {
        "with": "--secure-boot on",
        "without": "",
        "changes": 1
      }
    },
    {
      "descriptor": "/usr/share/qemu/firmware/64-igvm.json",
      "position": 12,
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "confidential",
          "message": "it is built for confidential guests, and none was asked for"
        }
      ],
      "near_miss": {
        "with": "--require amd-sev-snp",
        "without": "",
        "changes": 1
      }
    },
    {
      "descriptor": "/usr/share/qemu/firmware/62-bios.json",
      "position": 10,
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "interface",
          "message": "asked for interface uefi, it has bios"
        }
      ],
      "near_miss": {
        "with": "--interface bios",
        "without": "",
        "changes": 1
      }
    },
    {
      "descriptor": "/usr/share/qemu/firmware/70-aarch64.json",
      "position": 13,
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "architecture",
          "message": "asked for architecture x86_64, it is for aarch64"
        },
        {
          "code": "file-missing",
          "message": "its executable /fixture/missing/aavmf-code.fd does not exist"
        },
        {
          "code": "file-missing",
          "message": "its NVRAM template /fixture/missing/aavmf-vars.fd does not exist"
        }
      ],
      "near_miss": null
    },
    {
      "descriptor": "/usr/share/qemu/firmware/63-kernel-riscv64.json",
      "position": 11,
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "interface",
          "message": "asked for interface uefi, it has uboot"
        },
        {
          "code": "architecture",
          "message": "asked for architecture x86_64, it is for riscv64"
        }
      ],
      "near_miss": {
        "with": "--interface uboot --arch riscv64 --machine virt",
        "without": "",
        "changes": 3
      }
    }
  ],
  "findings": []
}

# Nothing fits: each one's reason.
$ nonvol firmware explain --root "$WORK/root" --arch aarch64 --machine virt
asked for uefi firmware, architecture aarch64, machine virt (virt-<newest>)

VERDICT  DESCRIPTOR                                         RULE          WHY
no       /usr/share/qemu/firmware/70-aarch64.json           file-missing  its executable /fixture/missing/aavmf-code.fd does not exist
                                                            file-missing  its NVRAM template /fixture/missing/aavmf-vars.fd does not exist
no       /usr/share/qemu/firmware/10-secure-enrolled.json   architecture  asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/20-secure.json            architecture  asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/30-split-qcow2.json       architecture  asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/40-split-raw.json         architecture  asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/41-split-2m.json          architecture  asked for architecture aarch64, it is for x86_64, i386
no       /usr/share/qemu/firmware/50-combined.json          architecture  asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/60-memory.json            architecture  asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/61-memory-uefi-vars.json  architecture  asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/51-stateless-sev.json     architecture  asked for architecture aarch64, it is for x86_64
                                                            confidential  it is built for confidential guests, and none was asked for
no       /usr/share/qemu/firmware/64-igvm.json              architecture  asked for architecture aarch64, it is for x86_64
                                                            confidential  it is built for confidential guests, and none was asked for
no       /usr/share/qemu/firmware/62-bios.json              interface     asked for interface uefi, it has bios
                                                            architecture  asked for architecture aarch64, it is for i386, x86_64
no       /usr/share/qemu/firmware/63-kernel-riscv64.json    interface     asked for interface uefi, it has uboot
                                                            architecture  asked for architecture aarch64, it is for riscv64
! warning NV6506: libvirt takes /usr/share/qemu/firmware/70-aarch64.json, nonvol's own rules take nothing; nonvol's rule file-missing: its executable /fixture/missing/aavmf-code.fd does not exist; nonvol's rule file-missing: its NVRAM template /fixture/missing/aavmf-vars.fd does not exist (/usr/share/qemu/firmware/70-aarch64.json)
