# A code image in small, made by make_firmware_image: what it can do, both maps, the table, the parts.
$ cp "$FIXTURES/firmware/small.fd" code.fd && nonvol firmware inspect ./code.fd
./code.fd: 16,384 bytes, firmware code for x86_64
  version 2025.02-8+deb13u1
  expects a store of layout ovmf-4m, 540,672 bytes: proven, header of an empty store in module FvbServicesRuntimeDxe

  secure-boot        yes  likely  module SecureBootConfigDxe, and 'dbx' in SecurityStubDxe
  requires-smm       no   likely  variables are kept by module VariableRuntimeDxe, without SMM
  acpi-s3            yes  likely  modules S3Resume2Pei and S3SaveStateDxe
  amd-sev            yes  likely  module AmdSevDxe
  amd-sev-es         yes  proven  entries for SEV-ES and SEV-SNP in the reset vector's table
  amd-sev-snp        yes  proven  SEV metadata in the reset vector's table: 1 section
  intel-tdx          no   proven  no entry for it in the reset vector's table
  host-uefi-vars     no   likely  no module VirtMmCommunication
  debug-build        no   likely  no message of a debug build in the DXE core
  confidential-only  no   likely  a PEI core, and no place for secrets or hashes in the reset vector's table

         0x0 [=ZZ..............................-------------------------------d]
      0x4000 end; one letter is about 253 bytes

  =              353    2.2 %  headers of volumes, files and sections
  C               80    0.5 %  code: PE32 and TE images
  Z              653    4.0 %  compressed
  d              250    1.5 %  other sections and files: data, dependencies, names
  -            7,680   46.9 %  pad files, which keep others in their place
  .            7,368   45.0 %  free: erased

unpacked from the section at 0x90: 12,872 bytes

         0x0 [=CC=CCCCCCC......................................................]
      0x3248 end; one letter is about 199 bytes

  =              687    5.3 %  headers of volumes, files and sections
  C            1,001    7.8 %  code: PE32 and TE images
  d              432    3.4 %  other sections and files: data, dependencies, names
  .           10,752   83.5 %  free: erased

table below the reset vector: 110 bytes at 0x3f72
  00f771de-1a7e-4fcb-890e-68c77e2fb44e  SEV-ES reset block: 04b08000
  4c2eb361-7d9b-4cc3-8081-127c90d3d294  SEV launch secret: 0000000000100000
  dc886566-984a-4798-a75e-5585a7bf67cc  SEV metadata: aa000000
  11111111-2222-3333-4444-555555555555  unknown: da000000

         0x0        8,192  volume FVMAIN_COMPACT 48db5e17-707c-472d-91cd-1613e7ef51b0
        0x78          701    volume image 9e21fd93-9c72-4c15-8c4b-e77f1db2d792
        0x90          677      LZMA compressed, unpacks to 12,872
        +0x4          576        volume PEIFV 6938079b-b503-4e3d-9d24-b28337a25806
       +0x7c          142          PEI core PeiCore
      +0x10c          150          PEI module PlatformPei
      +0x1a4          154          PEI module S3Resume2Pei
      +0x248       12,288        volume DXEFV 7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1
      +0x2c0          150          DXE core DxeCore
      +0x358          166          DXE driver SecurityStubDxe
      +0x400          166          DXE driver SecureBootConfigDxe
      +0x4a8          158          DXE driver S3SaveStateDxe
      +0x548          146          DXE driver AmdSevDxe
      +0x5e0          198          DXE driver SmbiosPlatformDxe
      +0x6a8          242          DXE driver FvbServicesRuntimeDxe
      +0x7a0          166          DXE driver VariableRuntimeDxe
      +0x848       10,752          free
       0x338        7,368    free
      0x2000        8,192  volume SECFV 763bed0d-de9f-48f5-81f1-3e90e1b1a015
      0x2078          142    SEC core SecMain
      0x3f08          248    raw 1ba0062e-c779-4582-8566-336ae8f78f09

$ nonvol firmware inspect ./code.fd --long | sed -n '/volume FVMAIN/,$p'
         0x0        8,192  volume FVMAIN_COMPACT 48db5e17-707c-472d-91cd-1613e7ef51b0
        0x78          701    volume image 9e21fd93-9c72-4c15-8c4b-e77f1db2d792
        0x90          677      LZMA compressed, unpacks to 12,872
        +0x0          580        volume image
        +0x4          576          volume PEIFV 6938079b-b503-4e3d-9d24-b28337a25806
       +0x7c          142            PEI core PeiCore 466b6650-7773-006b-0000-000000000000
       +0x94           84              PE32 image
       +0xe8           20              name 'PeiCore'
       +0xfc           14              version '1.0'
      +0x10c          150            PEI module PlatformPei 77636d50-746a-7478-586e-730000000000
      +0x124           84              PE32 image
      +0x178           28              name 'PlatformPei'
      +0x194           14              version '1.0'
      +0x1a4          154            PEI module S3Resume2Pei 68543453-7a77-6c73-3a59-6f7400000000
      +0x1bc           84              PE32 image
      +0x210           30              name 'S3Resume2Pei'
      +0x230           14              version '1.0'
      +0x244       12,292        volume image
      +0x248       12,288          volume DXEFV 7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1
      +0x2c0          150            DXE core DxeCore 46677944-7773-006b-0000-000000000000
      +0x2d8           89              PE32 image
      +0x334           20              name 'DxeCore'
      +0x348           14              version '1.0'
      +0x358          166            DXE driver SecurityStubDxe 78656653-6e76-807a-5b7d-7f6d50857300
      +0x370           92              PE32 image
      +0x3cc           36              name 'SecurityStubDxe'
      +0x3f0           14              version '1.0'
      +0x400          166            DXE driver SecureBootConfigDxe 7812ef07-6a76-7648-777d-4d7a7a737776
      +0x418           84              PE32 image
      +0x46c           44              name 'SecureBootConfigDxe'
      +0x498           14              version '1.0'
      +0x4a8          158            DXE driver S3SaveStateDxe 64553453-6a7a-7b59-697d-6f4f84720000
      +0x4c0           84              PE32 image
      +0x514           34              name 'S3SaveStateDxe'
      +0x538           14              version '1.0'
      +0x548          146            DXE driver AmdSevDxe 56666e41-7b69-7f4a-6d00-000000000000
      +0x560           84              PE32 image
      +0x5b4           24              name 'AmdSevDxe'
      +0x5cc           14              version '1.0'
      +0x5e0          198            DXE driver SmbiosPlatformDxe 6c646e26-7873-7356-697d-707a7e7a5287
      +0x5f8          120              PE32 image
      +0x670           40              name 'SmbiosPlatformDxe'
      +0x698           14              version '1.0'
      +0x6a8          242            DXE driver FvbServicesRuntimeDxe dd32013b-7710-707c-6b6e-7d5d817b8278
      +0x6c0          156              PE32 image
      +0x75c           48              name 'FvbServicesRuntimeDxe'
      +0x78c           14              version '1.0'
      +0x7a0          166            DXE driver VariableRuntimeDxe 6c7414de-6765-6c72-5a7e-787f757a7353
      +0x7b8           84              PE32 image
      +0x80c           42              name 'VariableRuntimeDxe'
      +0x838           14              version '1.0'
      +0x848       10,752            free
       0x338        7,368    free
      0x2000        8,192  volume SECFV 763bed0d-de9f-48f5-81f1-3e90e1b1a015
      0x2078          142    SEC core SecMain 50656653-6e65-0074-0000-000000000000
      0x2090           84      PE32 image
      0x20e4           20      name 'SecMain'
      0x20f8           14      version '1.0'
      0x2108        7,680    pad file
      0x3f08          248    raw 1ba0062e-c779-4582-8566-336ae8f78f09

$ nonvol firmware inspect ./code.fd --json | sed '/"parts": /,$d'
{
  "schema": "nonvol.firmware.inspect/1",
  "guest": null,
  "path": "./code.fd",
  "in_use": false,
  "size_bytes": 16384,
  "has_code": true,
  "has_own_store": false,
  "architecture": "x86_64",
  "early_architecture": "x86_64",
  "version": "2025.02-8+deb13u1",
  "features": [
    {
      "name": "secure-boot",
      "value": true,
      "certainty": "likely",
      "rests_on": "module SecureBootConfigDxe, and 'dbx' in SecurityStubDxe"
    },
    {
      "name": "requires-smm",
      "value": false,
      "certainty": "likely",
      "rests_on": "variables are kept by module VariableRuntimeDxe, without SMM"
    },
    {
      "name": "acpi-s3",
      "value": true,
      "certainty": "likely",
      "rests_on": "modules S3Resume2Pei and S3SaveStateDxe"
    },
    {
      "name": "amd-sev",
      "value": true,
      "certainty": "likely",
      "rests_on": "module AmdSevDxe"
    },
    {
      "name": "amd-sev-es",
      "value": true,
      "certainty": "proven",
      "rests_on": "entries for SEV-ES and SEV-SNP in the reset vector's table"
    },
    {
      "name": "amd-sev-snp",
      "value": true,
      "certainty": "proven",
      "rests_on": "SEV metadata in the reset vector's table: 1 section"
    },
    {
      "name": "intel-tdx",
      "value": false,
      "certainty": "proven",
      "rests_on": "no entry for it in the reset vector's table"
    },
    {
      "name": "host-uefi-vars",
      "value": false,
      "certainty": "likely",
      "rests_on": "no module VirtMmCommunication"
    },
    {
      "name": "debug-build",
      "value": false,
      "certainty": "likely",
      "rests_on": "no message of a debug build in the DXE core"
    },
    {
      "name": "confidential-only",
      "value": false,
      "certainty": "likely",
      "rests_on": "a PEI core, and no place for secrets or hashes in the reset vector's table"
    }
  ],
  "store": {
    "layout": "ovmf-4m",
    "volume_bytes": 540672,
    "certainty": "proven",
    "rests_on": "header of an empty store in module FvbServicesRuntimeDxe"
  },
  "reset_table": {
    "offset_bytes": 16242,
    "size_bytes": 110,
    "entries": [
      {
        "guid": "00f771de-1a7e-4fcb-890e-68c77e2fb44e",
        "name": "SEV-ES reset block",
        "offset_bytes": 16312,
        "data_hex": "04b08000"
      },
      {
        "guid": "4c2eb361-7d9b-4cc3-8081-127c90d3d294",
        "name": "SEV launch secret",
        "offset_bytes": 16286,
        "data_hex": "0000000000100000"
      },
      {
        "guid": "dc886566-984a-4798-a75e-5585a7bf67cc",
        "name": "SEV metadata",
        "offset_bytes": 16264,
        "data_hex": "aa000000"
      },
      {
        "guid": "11111111-2222-3333-4444-555555555555",
        "name": "unknown",
        "offset_bytes": 16242,
        "data_hex": "da000000"
      }
    ],
    "sev_sections": [
      {
        "type": 1,
        "memory_offset_bytes": 8388608,
        "memory_bytes": 36864,
        "file_offset_bytes": 0,
        "file_bytes": 0
      }
    ],
    "tdx_sections": null
  },
  "unpacked": [
    {
      "part": 2,
      "size_bytes": 12872
    }
  ],

$ nonvol firmware inspect ./code.fd --json | sed -n '/"parts": /,$p' | head -n 62
  "parts": [
    {
      "kind": "volume",
      "type": null,
      "type_name": "volume",
      "name": null,
      "guid": "48db5e17-707c-472d-91cd-1613e7ef51b0",
      "file_system": "8c8ce578-8a3d-4f1c-9935-896185c32dd3",
      "parent": null,
      "depth": 0,
      "space": 0,
      "offset_bytes": 0,
      "size_bytes": 8192,
      "header_bytes": 120,
      "deleted": false
    },
    {
      "kind": "file",
      "type": 11,
      "type_name": "volume image",
      "name": null,
      "guid": "9e21fd93-9c72-4c15-8c4b-e77f1db2d792",
      "file_system": null,
      "parent": 0,
      "depth": 1,
      "space": 0,
      "offset_bytes": 120,
      "size_bytes": 701,
      "header_bytes": 24,
      "deleted": false
    },
    {
      "kind": "section",
      "type": 2,
      "type_name": "LZMA compressed",
      "name": null,
      "guid": "ee4e5898-3914-4259-9d6e-dc7bd79403cf",
      "file_system": null,
      "parent": 1,
      "depth": 2,
      "space": 0,
      "offset_bytes": 144,
      "size_bytes": 677,
      "header_bytes": 24,
      "deleted": false
    },
    {
      "kind": "section",
      "type": 23,
      "type_name": "volume image",
      "name": null,
      "guid": null,
      "file_system": null,
      "parent": 2,
      "depth": 3,
      "space": 1,
      "offset_bytes": 0,
      "size_bytes": 580,
      "header_bytes": 4,
      "deleted": false
    },
    {

$ nonvol firmware inspect ./code.fd --svg code.svg && grep -o '<title>.*</title>' code.svg | head -n 12
<title>headers of volumes, files and sections, volume FVMAIN_COMPACT 48db5e17-707c-472d-91cd-1613e7ef51b0, 120 bytes from 0x0</title>
<title>headers of volumes, files and sections, volume image 9e21fd93-9c72-4c15-8c4b-e77f1db2d792, 24 bytes from 0x78</title>
<title>headers of volumes, files and sections, volume image 9e21fd93-9c72-4c15-8c4b-e77f1db2d792, 24 bytes from 0x90</title>
<title>compressed, volume image 9e21fd93-9c72-4c15-8c4b-e77f1db2d792, 653 bytes from 0xa8</title>
<title>headers of volumes, files and sections, volume FVMAIN_COMPACT 48db5e17-707c-472d-91cd-1613e7ef51b0, 3 bytes from 0x335</title>
<title>free: erased, 7,368 bytes from 0x338</title>
<title>headers of volumes, files and sections, volume SECFV 763bed0d-de9f-48f5-81f1-3e90e1b1a015, 120 bytes from 0x2000</title>
<title>headers of volumes, files and sections, SEC core SecMain, 24 bytes from 0x2078</title>
<title>headers of volumes, files and sections, SEC core SecMain, 4 bytes from 0x2090</title>
<title>code: PE32 and TE images, SEC core SecMain, 80 bytes from 0x2094</title>
<title>headers of volumes, files and sections, SEC core SecMain, 4 bytes from 0x20e4</title>
<title>other sections and files: data, dependencies, names, SEC core SecMain, 16 bytes from 0x20e8</title>
! wrote 24970 bytes to code.svg

$ nonvol firmware inspect ./code.fd --svg code.svg
! code.svg holds these 24970 bytes already

$ nonvol firmware inspect ./code.fd --svg other.svg --dry-run; test ! -e other.svg && echo none
none
! would write 24970 bytes to other.svg

$ echo other >code.svg && nonvol firmware inspect ./code.fd --svg code.svg
! nonvol: NV5005: cannot create code.svg: File exists
!   at:   code.svg
!   try:  nonvol explain NV5005
[exit 4]

# A variable store, and both in one file.
$ make_root --store 2m store.fd && nonvol firmware inspect ./store.fd --json
{
  "schema": "nonvol.firmware.inspect/1",
  "guest": null,
  "path": "./store.fd",
  "in_use": false,
  "size_bytes": 131072,
  "has_code": false,
  "has_own_store": false,
  "architecture": null,
  "early_architecture": null,
  "version": null,
  "features": [
    {
      "name": "secure-boot",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    },
    {
      "name": "requires-smm",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    },
    {
      "name": "acpi-s3",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    },
    {
      "name": "amd-sev",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    },
    {
      "name": "amd-sev-es",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    },
    {
      "name": "amd-sev-snp",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    },
    {
      "name": "intel-tdx",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    },
    {
      "name": "host-uefi-vars",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    },
    {
      "name": "debug-build",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    },
    {
      "name": "confidential-only",
      "value": null,
      "certainty": "unknown",
      "rests_on": ""
    }
  ],
  "store": null,
  "reset_table": null,
  "unpacked": [],
  "parts": [
    {
      "kind": "variable store",
      "type": null,
      "type_name": "variable store",
      "name": null,
      "guid": "fff12b8d-7696-4c8b-a985-2747075b4f50",
      "file_system": "fff12b8d-7696-4c8b-a985-2747075b4f50",
      "parent": null,
      "depth": 0,
      "space": 0,
      "offset_bytes": 0,
      "size_bytes": 131072,
      "header_bytes": 72,
      "deleted": false
    }
  ],
  "findings": []
}

$ cat store.fd code.fd >both.fd && nonvol firmware inspect ./both.fd | sed -n '1,12p; /^ *0x.*volume/p'
./both.fd: 147,456 bytes, firmware code for x86_64 with a variable store
  version 2025.02-8+deb13u1
  expects a store of layout ovmf-2m, 131,072 bytes: proven, the variable store in the same file

  secure-boot        yes  likely  module SecureBootConfigDxe, and 'dbx' in SecurityStubDxe
  requires-smm       no   likely  variables are kept by module VariableRuntimeDxe, without SMM
  acpi-s3            yes  likely  modules S3Resume2Pei and S3SaveStateDxe
  amd-sev            yes  likely  module AmdSevDxe
  amd-sev-es         yes  proven  entries for SEV-ES and SEV-SNP in the reset vector's table
  amd-sev-snp        yes  proven  SEV metadata in the reset vector's table: 1 section
  intel-tdx          no   proven  no entry for it in the reset vector's table
  host-uefi-vars     no   likely  no module VirtMmCommunication
     0x20000        8,192  volume FVMAIN_COMPACT 48db5e17-707c-472d-91cd-1613e7ef51b0
     0x20078          701    volume image 9e21fd93-9c72-4c15-8c4b-e77f1db2d792
     0x22000        8,192  volume SECFV 763bed0d-de9f-48f5-81f1-3e90e1b1a015

# Padded as for ARM's flash: the padding is not kept in memory.
$ cp code.fd padded.fd && truncate -s 64M padded.fd && nonvol firmware inspect ./padded.fd | grep padding
  _       67,092,480  100.0 %  padding outside of volumes
      0x4000   67,092,480  padding

# Damage is told, and nothing concluded from what could not be seen.
$ cp code.fd damaged.fd && poke damaged.fd 0x32 0000 && nonvol firmware inspect ./damaged.fd | head -n 2; echo "${PIPESTATUS[0]}"
./damaged.fd: 16,384 bytes, firmware code for x86_64
  version 2025.02-8+deb13u1
5
! error NV2802: checksum of the volume at 0x0 of ./damaged.fd: says 0x0000, the rest of its header needs 0xd267 (./damaged.fd, byte 0x0)

$ cp code.fd damaged.fd && poke damaged.fd 0x8c 07 && nonvol firmware inspect ./damaged.fd | tail -n 3
      0x2000        8,192  volume SECFV 763bed0d-de9f-48f5-81f1-3e90e1b1a015
      0x2078          142    SEC core SecMain
      0x3f08          248    raw 1ba0062e-c779-4582-8566-336ae8f78f09
! error NV2803: header checksum of file 9e21fd93-9c72-4c15-8c4b-e77f1db2d792 at 0x78 of ./damaged.fd: says 0x03, the header needs 0xb9 (./damaged.fd, byte 0x78)
! error NV2804: size of the section at 0x90 of ./damaged.fd: says 677 bytes, 4 to 495 are possible (./damaged.fd, byte 0x90)
! error NV2803: size of file 09485e84-d7fe-2a9c-3961-59bd23c6ae93 at 0x280 of ./damaged.fd: says 6314309 bytes, 24 to 7552 are possible; the rest of the volume was not read (./damaged.fd, byte 0x280)

$ cp code.fd damaged.fd && poke damaged.fd 0xc0 5a5a5a5a && nonvol firmware inspect ./damaged.fd
./damaged.fd: 16,384 bytes, firmware code
  before the DXE core it runs as x86_64
  it does not say which version it is
  which store it expects cannot be told

  secure-boot        unknown          not all of the image could be looked into
  requires-smm       unknown          not all of the image could be looked into
  acpi-s3            unknown          not all of the image could be looked into
  amd-sev            unknown          not all of the image could be looked into
  amd-sev-es         yes      proven  entries for SEV-ES and SEV-SNP in the reset vector's table
  amd-sev-snp        yes      proven  SEV metadata in the reset vector's table: 1 section
  intel-tdx          no       proven  no entry for it in the reset vector's table
  host-uefi-vars     unknown          not all of the image could be looked into
  debug-build        unknown          no DXE core was found
  confidential-only  unknown          not all of the image could be looked into

         0x0 [=ZZ..............................-------------------------------d]
      0x4000 end; one letter is about 253 bytes

  =              353    2.2 %  headers of volumes, files and sections
  C               80    0.5 %  code: PE32 and TE images
  Z              653    4.0 %  compressed
  d              250    1.5 %  other sections and files: data, dependencies, names
  -            7,680   46.9 %  pad files, which keep others in their place
  .            7,368   45.0 %  free: erased

table below the reset vector: 110 bytes at 0x3f72
  00f771de-1a7e-4fcb-890e-68c77e2fb44e  SEV-ES reset block: 04b08000
  4c2eb361-7d9b-4cc3-8081-127c90d3d294  SEV launch secret: 0000000000100000
  dc886566-984a-4798-a75e-5585a7bf67cc  SEV metadata: aa000000
  11111111-2222-3333-4444-555555555555  unknown: da000000

         0x0        8,192  volume FVMAIN_COMPACT 48db5e17-707c-472d-91cd-1613e7ef51b0
        0x78          701    volume image 9e21fd93-9c72-4c15-8c4b-e77f1db2d792
       0x338        7,368    free
      0x2000        8,192  volume SECFV 763bed0d-de9f-48f5-81f1-3e90e1b1a015
      0x2078          142    SEC core SecMain
      0x3f08          248    raw 1ba0062e-c779-4582-8566-336ae8f78f09
! error NV2806: LZMA data at 0xa8 of ./damaged.fd: they are damaged (./damaged.fd, byte 0xa8)
[exit 5]

$ cp code.fd damaged.fd && poke damaged.fd 0x94 5a5a5a5a && nonvol firmware inspect ./damaged.fd | sed -n '/firmware code/,/^$/p'
./damaged.fd: 16,384 bytes, firmware code
  before the DXE core it runs as x86_64
  it does not say which version it is
  which store it expects cannot be told

! note NV2808: GUIDed section at 0x90 of ./damaged.fd: is packed as 5a5a5a5a-3914-4259-9d6e-dc7bd79403cf (GUIDed), which is not read; its 653 bytes were not looked at (./damaged.fd, byte 0x90)

$ cp code.fd damaged.fd && poke damaged.fd 0xad 0000000001000000 && nonvol firmware inspect ./damaged.fd | head -n 1
./damaged.fd: 16,384 bytes, firmware code
! error NV2805: LZMA data at 0xa8 of ./damaged.fd: its 653 bytes say that they unpack to 4294967296, 67108864 are left of the limit of 67108864; they were not unpacked (./damaged.fd, byte 0xa8)

$ cp code.fd damaged.fd && poke damaged.fd 0x3fce 1000 && nonvol firmware inspect ./damaged.fd --json | grep -A4 reset_table
  "reset_table": {
    "offset_bytes": 16336,
    "size_bytes": 0,
    "entries": [],
    "sev_sections": null,
! error NV2807: length of the reset vector's table: says 16 bytes, 18 to 16352 are possible (./damaged.fd, byte 0x3fce)

# No firmware.
$ mkfifo fifo; nonvol firmware inspect ./fifo
! nonvol: NV5003: ./fifo is no regular file
!   at:   ./fifo
!   try:  nonvol explain NV5003
[exit 6]

$ nonvol firmware inspect /dev/zero
! nonvol: NV5003: /dev/zero is no regular file
!   at:   /dev/zero
!   try:  nonvol explain NV5003
[exit 6]

$ nonvol firmware inspect ./missing.fd
! nonvol: NV5001: cannot open ./missing.fd: No such file or directory
!   at:   ./missing.fd
!   try:  nonvol explain NV5001
[exit 3]

$ head -c 4096 /dev/zero >blank.fd && nonvol firmware inspect ./blank.fd --json
{
  "schema": "nonvol.error/1",
  "id": "NV2801",
  "exit_code": 5,
  "message": "./blank.fd has no firmware volume: all of its 4096 bytes are 00, as of a variable store that the firmware has not formatted yet",
  "place": {
    "file": "./blank.fd"
  },
  "notes": [],
  "hint": "nonvol firmware list"
}
! nonvol: NV2801: ./blank.fd has no firmware volume: all of its 4096 bytes are 00, as of a variable store that the firmware has not formatted yet
!   at:   ./blank.fd
!   try:  nonvol firmware list
[exit 5]

$ echo text >text.fd && nonvol firmware inspect ./text.fd
! nonvol: NV2801: ./text.fd has no firmware volume: in none of its 5 bytes a header with '_FVH' begins
!   at:   ./text.fd
!   try:  nonvol firmware list
[exit 5]

$ truncate -s 65M large.fd && nonvol firmware inspect ./large.fd
! nonvol: NV2801: ./large.fd has 68157440 bytes, the largest flash of QEMU's machines has 67108864
!   at:   ./large.fd
!   try:  nonvol firmware list
[exit 5]

$ nonvol firmware inspect
! nonvol: NV1001: GUEST|FILE is missing
!   try:  nonvol firmware inspect --help
[exit 2]

# A guest: its store.
$ make_root root && nonvol create web01 --home "$WORK/guests" --root "$PWD/root" >/dev/null && nonvol firmware inspect web01 --home "$WORK/guests"
$WORK/guests/web01/web01_VARS.fd: 540,672 bytes, a variable store
  layout ovmf-4m; 'nonvol vars list' and 'nonvol vars map' look inside

         0x0 [VVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV]
     0x2c000 [VVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV]
     0x58000 [VVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV]
     0x84000 end; one letter is about 2,773 bytes

  V          540,672  100.0 %  variable store

         0x0      540,672  variable store
