#!/usr/bin/env python3
"""A guest's store of OVMF 2M, converted to 4M, under OVMF 4M: what the guest had, it still has.

    convert_test.py NONVOL [plain|secure_boot]...
"""

import os
import pathlib
import shutil
import struct
import sys
import tempfile

from e2e import GLOBAL, GUID, SKIPPED, Failure, World, dump_variable, dumped, equal, expect, missing_here, set_variable

OVMF = pathlib.Path("/usr/share/OVMF")
KEYS = ("PK", "KEK", "db", "dbx", "SecureBootEnable", "CustomMode", "VendorKeysNv", "certdb")


def flash(code, store, machine=("-machine", "q35")):
    return [*machine, "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={code}", "-drive",
            f"if=pflash,format=raw,unit=1,file={store}"]


def boot_option(description, path):
    """An active entry for a file that the boot manager looks for on every disk."""
    name = path.encode("utf-16-le") + b"\0\0"
    node = struct.pack("<BBH", 4, 4, 4 + len(name)) + name + struct.pack("<BBH", 0x7F, 0xFF, 4)
    return struct.pack("<IH", 1, len(node)) + description.encode("utf-16-le") + b"\0\0" + node


def own_variables(world, store):
    """What somebody made: an entry in front of the firmware's own, and a variable."""
    entry = boot_option("mine", "\\EFI\\mine\\boot.efi")
    world.run("vars", "set", str(store), "Boot0123", "--hex", entry.hex())
    order = world.variables(str(store)).get(("BootOrder", GLOBAL), b"")
    world.run("vars", "set", str(store), "BootOrder", "--hex", (b"\x23\x01" + order).hex())
    world.run("vars", "set", str(store), f"Own-{GUID}", "--hex", "00ff10")
    return entry


def convert(world, old, new):
    """To 4M; nothing may differ, and back is the same again."""
    report = world.json("vars", "convert", str(old), str(new), "--to", "ovmf-4m")
    equal("variables", report["variables"], len(world.variables(str(old))))
    equal("the new file", new.stat().st_size, 540672)
    world.run("vars", "diff", str(old), str(new))
    back = new.with_suffix(".2m")
    world.run("vars", "convert", str(new), str(back), "--to", "ovmf-2m")
    world.run("vars", "diff", str(old), str(back))


def expect_entries(world, before, after):
    """Every boot entry of the 2M guest is there after the boot of 4M, and in the order."""
    wanted, found = world.variables(str(before)), world.variables(str(after))
    for key in wanted:
        if key[1] == GLOBAL and key[0].startswith("Boot0"):
            equal(key[0], found.get(key), wanted[key])
    equal("BootOrder", found[("BootOrder", GLOBAL)], wanted[("BootOrder", GLOBAL)])


def plain(world):
    old, new = world.directory / "old.fd", world.directory / "new.fd"
    shutil.copyfile(OVMF / "OVMF_VARS.fd", old)
    value = os.urandom(40)
    world.boot("2m", flash(OVMF / "OVMF_CODE.fd", old), set_variable("Kept", value))
    own_variables(world, old)
    expect(len(world.variables(str(old))) > 8, "the firmware made no variables")
    convert(world, old, new)
    before = shutil.copyfile(new, world.directory / "before.fd")
    files = world.boot("4m", flash(OVMF / "OVMF_CODE_4M.fd", new),
                       dump_variable("Kept", "kept.bin") + dump_variable("Own", "own.bin"))
    equal("what the 4M guest reads", dumped(files / "kept.bin"), value)
    equal("nonvol's variable", dumped(files / "own.bin"), b"\x00\xff\x10")
    expect_entries(world, before, new)


def secure_boot(world):
    """With keys enrolled: they stay in force, with their time stamps, behind SMM too."""
    old, new = world.directory / "old.fd", world.directory / "new.fd"
    shutil.copyfile(OVMF / "OVMF_VARS.ms.fd", old)
    smm = ("-machine", "q35,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on")

    def boot(name, code, store, machine=("-machine", "q35")):
        run = world.start(name, flash(code, store, machine), "echo the shell runs\n", "--until", "No bootable option")
        run.finish()
        expect("the shell runs" not in run.console(), f"Secure Boot is not in force: {run.console()[-800:]}")

    boot("2m", OVMF / "OVMF_CODE.fd", old)
    own_variables(world, old)
    convert(world, old, new)
    before = shutil.copyfile(new, world.directory / "before.fd")
    boot("4m", OVMF / "OVMF_CODE_4M.secboot.fd", new, smm)
    expect_entries(world, before, new)
    different = world.json("vars", "diff", str(before), str(new), status=1)["changes"]
    for each in different:
        expect(each["name"] not in KEYS, f"{each['name']} is different after the boot of 4M")
    names = {name for name, _ in world.variables(str(new))}
    for name in ("PK", "KEK", "db", "dbx", "SecureBootEnable"):
        expect(name in names, f"{name} is gone")


SCENARIOS = {each.__name__: each for each in (plain, secure_boot)}


def main():
    reason = missing_here()
    if not reason and not (OVMF / "OVMF_VARS.ms.fd").exists():
        reason = "the 2M build of OVMF is not installed"
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    for name in sys.argv[2:] or SCENARIOS:
        with tempfile.TemporaryDirectory(prefix=f"nonvol-convert-{name}-") as directory:
            world = World(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(directory))
            try:
                SCENARIOS[name](world)
            except Failure as failure:
                print(f"{name}: FAILED: {failure}")
                return 1
            finally:
                world.stop_everything()
        print(f"{name}: as it should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
