#!/usr/bin/env python3
"""Device paths as edk2 prints them: one boot of OVMF with an entry for each sample, which its shell's bcfg then shows.

    device_paths_test.py MAKE_DEVICE_PATHS

The samples' texts are what the unit test of src/efi holds nonvol to. bcfg asks edk2 for the form that is only for
display and has no shortcuts, so that some nodes say less there; those are listed below.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

BOOT_SHELL = pathlib.Path(__file__).resolve().parents[2] / "tools/boot-shell"
CODE = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.fd")
SKIPPED = 77
# Shown with the first arguments only.
SHORTENED = ("IPv4(", "IPv6(", "CDROM(", "BBS(")
# Shown in another form: what nonvol prints says more (a channel, a digest), or is the shortcut for a vendor's GUID.
OTHER_FORM = ("AcpiEx", "Ata(", "Ven", "UartFlowCtrl(", "DebugPort(", "Path(", "iSCSI(iqn.2026,")
ENTRY = re.compile(r"Variable: (Boot[0-9A-F]{4}).*\n\s*Desc\s*- x\n\s*DevPath - (.*)\n")


def agrees(ours, shown):
    ours, shown = ours.lower(), shown.lower()  # edk2 prints hexadecimal digits in upper case
    return ours == shown or (ours.startswith(tuple(name.lower() for name in SHORTENED))
                             and ours.startswith(shown.removesuffix(")") + ","))


def main():
    if not CODE.exists():
        print(f"skipped: there is no {CODE}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="nonvol-device-paths-") as name:
        directory = pathlib.Path(name)
        store = directory / "vars.fd"
        made = subprocess.run([sys.argv[1], str(store)], check=True, capture_output=True, text=True).stdout
        (directory / "script.nsh").write_text("bcfg boot dump -v > fs0:\\shown.txt\nreset -s\n")
        subprocess.run([str(BOOT_SHELL), "--dir", name, "--time-limit", "90", "--", "-machine", "q35",
                        "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={CODE}",
                        "-drive", f"if=pflash,unit=1,format=raw,file={store}"], check=True, timeout=120)
        text = (directory / "files/shown.txt").read_bytes().decode("utf-16").replace("\r", "")
    shown = dict(ENTRY.findall(text))
    wrong, compared = [], 0
    for entry, _, ours in (line.partition(" ") for line in made.splitlines()):
        if entry not in shown:
            wrong.append(f"{entry}: not shown, {ours} expected")
        elif not ours.startswith(OTHER_FORM) or ours == shown[entry].lower():
            compared += 1
            if not agrees(ours, shown[entry]):
                wrong.append(f"{entry}: edk2 shows {shown[entry]}, nonvol {ours}")
    print(f"{compared} of {len(made.splitlines())} device paths were compared", *wrong, sep="\n")
    return 1 if wrong or compared < 60 else 0


if __name__ == "__main__":
    sys.exit(main())
