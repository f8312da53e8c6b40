#!/usr/bin/env python3
"""Firmware for a guest from Python, through ctypes: firmware-select.py [ROOT]. Prints what the command prints with --json.

Of the options only those are filled in that are used here; the structure is whole, because its size says what it holds.
"""

import ctypes
import json
import sys

TEXT, LIST = ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p)


class Options(ctypes.Structure):
    _fields_ = [("size_bytes", ctypes.c_size_t), ("flags", ctypes.c_uint32), ("secure_boot", ctypes.c_uint32),
                ("root", TEXT), ("search_directories", LIST), ("architecture", TEXT), ("machine", TEXT),
                ("interface_type", TEXT), ("require", LIST), ("forbid", LIST), ("device", TEXT), ("mode", TEXT),
                ("format", TEXT), ("qemu_version", TEXT), ("nvram", TEXT), ("for_store", TEXT)]


def main():
    library = ctypes.CDLL("libnonvol.so.0")
    library.nonvol_firmware_json.restype = TEXT
    options = Options(size_bytes=ctypes.sizeof(Options), architecture=b"x86_64", machine=b"q35")
    options.require = (TEXT * 2)(b"secure-boot", None)
    if len(sys.argv) > 1:
        options.root = sys.argv[1].encode()
    firmware = ctypes.c_void_p()
    result = library.nonvol_firmware_select(ctypes.byref(options), ctypes.byref(firmware), None)
    if not firmware:
        sys.exit(f"NV{result:04}")
    answer = json.loads(library.nonvol_firmware_json(firmware))
    library.nonvol_firmware_free(firmware)
    print(json.dumps(answer, indent=2))
    return 1 if result else 0


if __name__ == "__main__":
    sys.exit(main())
