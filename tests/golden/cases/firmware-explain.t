$ make_root "$WORK/root"

$ nonvol firmware explain --root "$WORK/root" --arch x86_64 --machine q35 --secure-boot off --format raw
asked for uefi firmware, architecture x86_64, machine q35 (pc-q35-<newest>)

no       /usr/share/qemu/firmware/10-secure-enrolled.json
           secure-boot: asked for no Secure Boot, it has it
no       /usr/share/qemu/firmware/20-secure.json
           secure-boot: asked for no Secure Boot, it has it
no       /usr/share/qemu/firmware/30-split-qcow2.json
           format: asked for format raw, its executable is qcow2
chosen   /usr/share/qemu/firmware/40-split-raw.json
fits     /usr/share/qemu/firmware/41-split-2m.json
fits     /usr/share/qemu/firmware/50-combined.json
fits     /usr/share/qemu/firmware/51-stateless-sev.json
fits     /usr/share/qemu/firmware/60-memory.json
no       /usr/share/qemu/firmware/61-memory-uefi-vars.json
           secure-boot: asked for no Secure Boot, it has it
no       /usr/share/qemu/firmware/62-bios.json
           interface: asked for interface uefi, it has bios
no       /usr/share/qemu/firmware/63-kernel-riscv64.json
           interface: asked for interface uefi, it has uboot
           architecture: asked for architecture x86_64, it is for riscv64
fits     /usr/share/qemu/firmware/64-igvm.json
no       /usr/share/qemu/firmware/70-aarch64.json
           architecture: asked for architecture x86_64, it is for aarch64
           file-missing: its executable /fixture/missing/aavmf-code.fd does not exist
           file-missing: its NVRAM template /fixture/missing/aavmf-vars.fd does not exist

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
    "mode": null,
    "format": "raw",
    "secure_boot": false,
    "allow_missing_files": false
  },
  "chosen": "/usr/share/qemu/firmware/40-split-raw.json",
  "descriptors": [
    {
      "descriptor": "/usr/share/qemu/firmware/10-secure-enrolled.json",
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "secure-boot",
          "message": "asked for no Secure Boot, it has it"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/20-secure.json",
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "secure-boot",
          "message": "asked for no Secure Boot, it has it"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/30-split-qcow2.json",
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "format",
          "message": "asked for format raw, its executable is qcow2"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/40-split-raw.json",
      "state": "usable",
      "fits": true,
      "failed": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/41-split-2m.json",
      "state": "usable",
      "fits": true,
      "failed": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/50-combined.json",
      "state": "usable",
      "fits": true,
      "failed": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/51-stateless-sev.json",
      "state": "usable",
      "fits": true,
      "failed": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/60-memory.json",
      "state": "usable",
      "fits": true,
      "failed": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/61-memory-uefi-vars.json",
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "secure-boot",
          "message": "asked for no Secure Boot, it has it"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/62-bios.json",
      "state": "usable",
      "fits": false,
      "failed": [
        {
          "code": "interface",
          "message": "asked for interface uefi, it has bios"
        }
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/63-kernel-riscv64.json",
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
      ]
    },
    {
      "descriptor": "/usr/share/qemu/firmware/64-igvm.json",
      "state": "usable",
      "fits": true,
      "failed": []
    },
    {
      "descriptor": "/usr/share/qemu/firmware/70-aarch64.json",
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
      ]
    }
  ],
  "findings": []
}

# Nothing fits: each one's reason.
$ nonvol firmware explain --root "$WORK/root" --arch aarch64 --machine virt
asked for uefi firmware, architecture aarch64, machine virt (virt-<newest>)

no       /usr/share/qemu/firmware/10-secure-enrolled.json
           architecture: asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/20-secure.json
           architecture: asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/30-split-qcow2.json
           architecture: asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/40-split-raw.json
           architecture: asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/41-split-2m.json
           architecture: asked for architecture aarch64, it is for x86_64, i386
no       /usr/share/qemu/firmware/50-combined.json
           architecture: asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/51-stateless-sev.json
           architecture: asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/60-memory.json
           architecture: asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/61-memory-uefi-vars.json
           architecture: asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/62-bios.json
           interface: asked for interface uefi, it has bios
           architecture: asked for architecture aarch64, it is for i386, x86_64
no       /usr/share/qemu/firmware/63-kernel-riscv64.json
           interface: asked for interface uefi, it has uboot
           architecture: asked for architecture aarch64, it is for riscv64
no       /usr/share/qemu/firmware/64-igvm.json
           architecture: asked for architecture aarch64, it is for x86_64
no       /usr/share/qemu/firmware/70-aarch64.json
           file-missing: its executable /fixture/missing/aavmf-code.fd does not exist
           file-missing: its NVRAM template /fixture/missing/aavmf-vars.fd does not exist
