# needs: jq
# Descriptors and the files they name: formats, sizes, layouts, templates, claims.
$ make_root "$WORK/root" --only 40-split-raw.json

$ here="$WORK/root/usr/share/qemu/firmware" && cd "$here" && sed 's,/fixture/vars.fd,/fixture/vars-2m.fd,' 40-split-raw.json >50-pair.json &&
> sed 's,/fixture/code.fd,/fixture/code.qcow2,' 40-split-raw.json >51-format.json &&
> sed 's,/fixture/code.fd,/fixture/none.fd,; s,/fixture/vars.fd,/fixture,' 40-split-raw.json >52-missing.json &&
> sed 's,"pc-i440fx-\*","q35",; s,"acpi-s3","enrolled-keys",' 40-split-raw.json >53-claims.json &&
> sed 's,"x86_64","aarch64",; s,"pc-i440fx-\*","virt-\*",; s,"acpi-s3","requires-smm",' 40-split-raw.json >54-sizes.json &&
> sed 's,/fixture/vars.fd,/fixture/u-boot.bin,; s,"acpi-s3","verbose-static",' 40-split-raw.json >55-no-store.json &&
> head -c 540672 /dev/zero >"$WORK/root/fixture/blank.fd" && sed 's,/fixture/vars.fd,/fixture/blank.fd,' 40-split-raw.json >56-blank.json

$ nonvol firmware lint --root "$WORK/root"
/usr/share/qemu/firmware/40-split-raw.json
  26:15: note NV3307: nothing speaks for or against acpi-s3, verbose-dynamic
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins
  26:15: warning NV3309: 'requires-smm' is claimed by 54-sizes.json and not by 40-split-raw.json,
  50-pair.json, 53-claims.json, 55-no-store.json, 56-blank.json, and all name the same code, /fixture/code.fd;
  the code does not tell who is right
      proven: the files are one
  26:15: note NV3309: 'verbose-static' is claimed by 55-no-store.json and not by 40-split-raw.json,
  50-pair.json, 53-claims.json, 54-sizes.json, 56-blank.json, and all name the same code, /fixture/code.fd;
  the code does not tell who is right
      proven: the files are one

/usr/share/qemu/firmware/50-pair.json
  13:19: error NV3304: the code expects a variable store of 540,672 bytes (ovmf-4m), and the template's has
  131,072 (ovmf-2m); such a pair starts and does not boot
      likely: the code's size, 3,653,632 bytes, which ovmf-4m has; the template's volume header
  26:15: note NV3307: nothing speaks for or against acpi-s3, verbose-dynamic
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins

/usr/share/qemu/firmware/51-format.json
  10:17: error NV3303: the executable, /fixture/code.qcow2, is a qcow2 image, and is to be opened as raw
      proven: the file's first bytes

/usr/share/qemu/firmware/52-missing.json
  9:19: error NV3202: the executable, /fixture/none.fd, does not exist
      proven: the file system
  13:19: error NV3202: the template, /fixture is a directory
      proven: the file system

/usr/share/qemu/firmware/53-claims.json
  21:9: warning NV3312: 'q35' is an alias and never matches: requests are compared by concrete names, as
  pc-q35-<newest>
      proven: QEMU's machines
  26:15: note NV3307: nothing speaks for or against verbose-dynamic
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins
  26:15: note NV3309: 'acpi-s3' is claimed by 40-split-raw.json, 50-pair.json, 56-blank.json and not by
  53-claims.json, 54-sizes.json, 55-no-store.json, and all name the same code, /fixture/code.fd; the code does
  not tell who is right
      proven: the files are one
  27:5: warning NV3310: 'enrolled-keys' without 'secure-boot': there are keys, and firmware that does not look
  at them
      proven: the descriptor itself
  27:5: error NV3305: 'enrolled-keys' is claimed, and a guest would start with Secure Boot off or unable to
  start anything
      proven: the template has no PK, no KEK, no db

/usr/share/qemu/firmware/54-sizes.json
  21:9: error NV3302: machine virt-* of aarch64 would not start: the code has 3,653,632 bytes, and this
  machine's flash banks have 67,108,864
      proven: the files' sizes
  26:15: note NV3307: nothing speaks for or against requires-smm, verbose-dynamic
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins
  27:5: error NV3310: 'requires-smm' exists on x86 only, and a target is aarch64
      proven: the descriptor itself

/usr/share/qemu/firmware/55-no-store.json
  13:19: error NV3313: the template, /fixture/u-boot.bin, is no variable store that firmware could use: volume
  signature at offset 0x28 of /fixture/u-boot.bin: is 0x00000000, a firmware volume has 0x4856465f ('_FVH')
      proven: the template's bytes
  26:15: note NV3307: nothing speaks for or against verbose-dynamic, verbose-static
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins
  27:5: warning NV3310: 'verbose-static' and 'verbose-dynamic' exclude each other by the schema
      proven: the descriptor itself

/usr/share/qemu/firmware/56-blank.json
  13:19: error NV3308: the template, /fixture/blank.fd, is blank, nothing but zero bytes: x86 firmware does
  not format it, and would start guests that never save a variable
      proven: the template's bytes
  26:15: note NV3307: nothing speaks for or against acpi-s3, verbose-dynamic
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins

8 descriptors: 9 errors, 4 warnings, 8 notes
[exit 1]

$ nonvol firmware lint --root "$WORK/root" --json 53-claims
{
  "schema": "nonvol.firmware.lint/1",
  "clean": false,
  "directories": [
    "/usr/share/qemu/firmware"
  ],
  "descriptors": [
    {
      "descriptor": "/usr/share/qemu/firmware/53-claims.json",
      "state": "usable"
    }
  ],
  "findings": [
    {
      "id": "NV3312",
      "severity": "warning",
      "message": "'q35' is an alias and never matches: requests are compared by concrete names, as pc-q35-<newest>",
      "place": {
        "file": "/usr/share/qemu/firmware/53-claims.json",
        "line": 21,
        "column": 9,
        "json_pointer": "/targets/0/machines/0"
      },
      "certainty": "proven",
      "rests_on": "QEMU's machines",
      "feature": null,
      "hint": "nonvol explain NV3312"
    },
    {
      "id": "NV3307",
      "severity": "note",
      "message": "nothing speaks for or against verbose-dynamic",
      "place": {
        "file": "/usr/share/qemu/firmware/53-claims.json",
        "line": 26,
        "column": 15,
        "json_pointer": "/features"
      },
      "certainty": "unknown",
      "rests_on": "/fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH' begins",
      "feature": null,
      "hint": "nonvol explain NV3307"
    },
    {
      "id": "NV3309",
      "severity": "note",
      "message": "'acpi-s3' is claimed by 40-split-raw.json, 50-pair.json, 56-blank.json and not by 53-claims.json, 54-sizes.json, 55-no-store.json, and all name the same code, /fixture/code.fd; the code does not tell who is right",
      "place": {
        "file": "/usr/share/qemu/firmware/53-claims.json",
        "line": 26,
        "column": 15,
        "json_pointer": "/features"
      },
      "certainty": "proven",
      "rests_on": "the files are one",
      "feature": "acpi-s3",
      "hint": "nonvol explain NV3309"
    },
    {
      "id": "NV3310",
      "severity": "warning",
      "message": "'enrolled-keys' without 'secure-boot': there are keys, and firmware that does not look at them",
      "place": {
        "file": "/usr/share/qemu/firmware/53-claims.json",
        "line": 27,
        "column": 5,
        "json_pointer": "/features/0"
      },
      "certainty": "proven",
      "rests_on": "the descriptor itself",
      "feature": null,
      "hint": "nonvol explain NV3310"
    },
    {
      "id": "NV3305",
      "severity": "error",
      "message": "'enrolled-keys' is claimed, and a guest would start with Secure Boot off or unable to start anything",
      "place": {
        "file": "/usr/share/qemu/firmware/53-claims.json",
        "line": 27,
        "column": 5,
        "json_pointer": "/features/0"
      },
      "certainty": "proven",
      "rests_on": "the template has no PK, no KEK, no db",
      "feature": "enrolled-keys",
      "hint": "nonvol explain NV3305"
    }
  ],
  "counts": {
    "errors": 1,
    "warnings": 2,
    "notes": 2
  },
  "read": {
    "files": 6,
    "templates": 4,
    "images_unpacked": 1
  }
}
[exit 1]

# What continuous integration shows beside the lines.
$ nonvol firmware lint --root "$WORK/root" --sarif 53-claims 56-blank | sed 's/"version": "[0-9.]*",$/"version": "<VERSION>",/'
{
  "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
  "version": "<VERSION>",
  "runs": [
    {
      "tool": {
        "driver": {
          "name": "nonvol",
          "version": "<VERSION>",
          "rules": [
            {
              "id": "NV3305",
              "shortDescription": {
                "text": "A claim that the files refute"
              },
              "fullDescription": {
                "text": "The descriptor claims a feature that its code or its template does not have. Guests are given this firmware because of that claim."
              },
              "help": {
                "text": "Take the feature out of the descriptor, or name the files that have it. 'nonvol firmware inspect FILE' shows what an image holds."
              }
            },
            {
              "id": "NV3307",
              "shortDescription": {
                "text": "A claim that could be neither proven nor refuted"
              },
              "fullDescription": {
                "text": "Nothing in the files speaks for the claim or against it: the code is not built like edk2's, or it lies in an image that could not be opened."
              },
              "help": {
                "text": "Nothing need be done. 'nonvol firmware inspect FILE' shows what was found."
              }
            },
            {
              "id": "NV3308",
              "shortDescription": {
                "text": "The template is blank"
              },
              "fullDescription": {
                "text": "All of its bytes are the same. Firmware for ARM formats such a store at its first start, and this is a note. That for x86 does not: with FF throughout OVMF ends in an exception, with zeros it starts guests whose variables are lost when they are switched off. Programs that expect a volume header take it for damaged."
              },
              "help": {
                "text": "For x86 name the template that was built with the code (OVMF_VARS*.fd). For ARM nothing need be done."
              }
            },
            {
              "id": "NV3309",
              "shortDescription": {
                "text": "Descriptors of one binary contradict each other"
              },
              "fullDescription": {
                "text": "Two descriptors name the same code, under one name or several, and only one of them claims a feature of it. One of them is wrong."
              },
              "help": {
                "text": "Claim the feature in both or in none, or build the code twice."
              }
            },
            {
              "id": "NV3310",
              "shortDescription": {
                "text": "A descriptor excludes itself"
              },
              "fullDescription": {
                "text": "Two features, or a feature and the mapping or a target, cannot go together."
              },
              "help": {
                "text": "Take one of them out."
              }
            },
            {
              "id": "NV3312",
              "shortDescription": {
                "text": "A machine is named by its alias"
              },
              "fullDescription": {
                "text": "Descriptors name concrete machines, such as pc-q35-10.0, or globs over them; an alias such as q35 is replaced by the concrete name before it is compared, and never matches."
              },
              "help": {
                "text": "Write a glob over the concrete names, as pc-q35-*."
              }
            }
          ]
        }
      },
      "originalUriBaseIds": {
        "ROOT": {
          "uri": "file://$WORK/root/"
        }
      },
      "results": [
        {
          "ruleId": "NV3312",
          "ruleIndex": 5,
          "level": "warning",
          "message": {
            "text": "'q35' is an alias and never matches: requests are compared by concrete names, as pc-q35-<newest>"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "usr/share/qemu/firmware/53-claims.json",
                  "uriBaseId": "ROOT"
                },
                "region": {
                  "startLine": 21,
                  "startColumn": 9
                }
              }
            }
          ],
          "properties": {
            "certainty": "proven",
            "restsOn": "QEMU's machines",
            "jsonPointer": "/targets/0/machines/0",
            "hint": "nonvol explain NV3312"
          }
        },
        {
          "ruleId": "NV3307",
          "ruleIndex": 1,
          "level": "note",
          "message": {
            "text": "nothing speaks for or against verbose-dynamic"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "usr/share/qemu/firmware/53-claims.json",
                  "uriBaseId": "ROOT"
                },
                "region": {
                  "startLine": 26,
                  "startColumn": 15
                }
              }
            }
          ],
          "properties": {
            "certainty": "unknown",
            "restsOn": "/fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH' begins",
            "jsonPointer": "/features",
            "hint": "nonvol explain NV3307"
          }
        },
        {
          "ruleId": "NV3309",
          "ruleIndex": 3,
          "level": "note",
          "message": {
            "text": "'acpi-s3' is claimed by 40-split-raw.json, 50-pair.json, 56-blank.json and not by 53-claims.json, 54-sizes.json, 55-no-store.json, and all name the same code, /fixture/code.fd; the code does not tell who is right"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "usr/share/qemu/firmware/53-claims.json",
                  "uriBaseId": "ROOT"
                },
                "region": {
                  "startLine": 26,
                  "startColumn": 15
                }
              }
            }
          ],
          "properties": {
            "certainty": "proven",
            "restsOn": "the files are one",
            "jsonPointer": "/features",
            "hint": "nonvol explain NV3309"
          }
        },
        {
          "ruleId": "NV3310",
          "ruleIndex": 4,
          "level": "warning",
          "message": {
            "text": "'enrolled-keys' without 'secure-boot': there are keys, and firmware that does not look at them"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "usr/share/qemu/firmware/53-claims.json",
                  "uriBaseId": "ROOT"
                },
                "region": {
                  "startLine": 27,
                  "startColumn": 5
                }
              }
            }
          ],
          "properties": {
            "certainty": "proven",
            "restsOn": "the descriptor itself",
            "jsonPointer": "/features/0",
            "hint": "nonvol explain NV3310"
          }
        },
        {
          "ruleId": "NV3305",
          "ruleIndex": 0,
          "level": "error",
          "message": {
            "text": "'enrolled-keys' is claimed, and a guest would start with Secure Boot off or unable to start anything"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "usr/share/qemu/firmware/53-claims.json",
                  "uriBaseId": "ROOT"
                },
                "region": {
                  "startLine": 27,
                  "startColumn": 5
                }
              }
            }
          ],
          "properties": {
            "certainty": "proven",
            "restsOn": "the template has no PK, no KEK, no db",
            "jsonPointer": "/features/0",
            "hint": "nonvol explain NV3305"
          }
        },
        {
          "ruleId": "NV3308",
          "ruleIndex": 2,
          "level": "error",
          "message": {
            "text": "the template, /fixture/blank.fd, is blank, nothing but zero bytes: x86 firmware does not format it, and would start guests that never save a variable"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "usr/share/qemu/firmware/56-blank.json",
                  "uriBaseId": "ROOT"
                },
                "region": {
                  "startLine": 13,
                  "startColumn": 19
                }
              }
            }
          ],
          "properties": {
            "certainty": "proven",
            "restsOn": "the template's bytes",
            "jsonPointer": "/mapping/nvram-template/filename",
            "hint": "nonvol explain NV3308"
          }
        },
        {
          "ruleId": "NV3307",
          "ruleIndex": 1,
          "level": "note",
          "message": {
            "text": "nothing speaks for or against acpi-s3, verbose-dynamic"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "usr/share/qemu/firmware/56-blank.json",
                  "uriBaseId": "ROOT"
                },
                "region": {
                  "startLine": 26,
                  "startColumn": 15
                }
              }
            }
          ],
          "properties": {
            "certainty": "unknown",
            "restsOn": "/fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH' begins",
            "jsonPointer": "/features",
            "hint": "nonvol explain NV3307"
          }
        }
      ]
    }
  ]
}

$ nonvol firmware lint --root "$WORK/root" --sarif=lint.sarif 56-blank
/usr/share/qemu/firmware/56-blank.json
  13:19: error NV3308: the template, /fixture/blank.fd, is blank, nothing but zero bytes: x86 firmware does
  not format it, and would start guests that never save a variable
      proven: the template's bytes
  26:15: note NV3307: nothing speaks for or against acpi-s3, verbose-dynamic
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins

1 descriptor: 1 error, 0 warnings, 1 note
! wrote 3560 bytes to lint.sarif
[exit 1]

$ jq -r '.runs[0].results[] | [.ruleId, .level, .locations[0].physicalLocation.region.startLine] | @tsv' lint.sarif
NV3308	error	13
NV3307	note	26

# The same again is nothing to do; another content is refused, and so is it by a dry run.
$ nonvol firmware lint --root "$WORK/root" --sarif=lint.sarif 56-blank
/usr/share/qemu/firmware/56-blank.json
  13:19: error NV3308: the template, /fixture/blank.fd, is blank, nothing but zero bytes: x86 firmware does
  not format it, and would start guests that never save a variable
      proven: the template's bytes
  26:15: note NV3307: nothing speaks for or against acpi-s3, verbose-dynamic
      unknown: /fixture/code.fd has no firmware volume: in none of its 3653632 bytes a header with '_FVH'
      begins

1 descriptor: 1 error, 0 warnings, 1 note
! lint.sarif holds these 3560 bytes already
[exit 1]

$ nonvol firmware lint --root "$WORK/root" --sarif=lint.sarif 53-claims >/dev/null
! nonvol: NV5005: cannot create lint.sarif: File exists
!   at:   lint.sarif
!   try:  nonvol explain NV5005
[exit 4]

$ nonvol firmware lint --root "$WORK/root" --sarif=lint.sarif 53-claims --dry-run >/dev/null
! nonvol: NV5005: cannot create lint.sarif: File exists
!   at:   lint.sarif
!   try:  nonvol explain NV5005
[exit 4]

$ nonvol firmware lint --root "$WORK/root" --sarif=other.sarif 53-claims --dry-run >/dev/null; test ! -e other.sarif && echo none
none
! would write 7524 bytes to other.sarif

$ nonvol firmware lint --root "$WORK/root" --sarif=missing/other.sarif 53-claims --dry-run >/dev/null
! nonvol: NV5001: cannot open directory missing: No such file or directory
!   at:   missing
!   try:  nonvol explain NV5001
[exit 3]

$ nonvol firmware lint --root "$WORK/root" --sarif other.sarif
! nonvol: NV3203: no descriptor is named 'other.sarif'
!   try:  nonvol firmware lint --sarif=other.sarif
[exit 3]

$ nonvol firmware lint --root "$WORK/root" --sarif ./other.json
! nonvol: NV5001: cannot examine ./other.json: No such file or directory
!   at:   ./other.json
!   try:  nonvol firmware lint --sarif=./other.json
[exit 3]

$ nonvol firmware lint --help | grep sarif
  --sarif[=FILE]
      beside the lines: --sarif=FILE writes a new file; --sarif alone prints
  nonvol firmware lint --root debian/ovmf --sarif=lint.sarif

$ nonvol firmware lint --root "$WORK/root" --sarif --json
{
  "schema": "nonvol.error/1",
  "id": "NV1001",
  "exit_code": 2,
  "message": "--json and --sarif both want standard output",
  "place": null,
  "notes": [],
  "hint": "nonvol firmware lint --json --sarif=FILE"
}
! nonvol: NV1001: --json and --sarif both want standard output
!   try:  nonvol firmware lint --json --sarif=FILE
[exit 2]
