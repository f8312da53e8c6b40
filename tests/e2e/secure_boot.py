#!/usr/bin/env python3
"""Keys that nonvol put into a blank store, in force in real firmware: OVMF with SMM starts the program that their db
vouches for and no other, and nonvol foretells which.

    secure_boot.py NONVOL [--keep]

Two disks hold efitools' HelloWorld.efi as \\EFI\\BOOT\\BOOTX64.EFI: unsigned on the first, signed on the second. The boot
manager tries them in this order. In the second run the signed one is in dbx.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
BOOT_SECONDS = 90
CODE = pathlib.Path("/usr/share/OVMF/OVMF_CODE_4M.secboot.fd")
BLANK = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
PROGRAM = pathlib.Path("/usr/lib/efitools/x86_64-linux-gnu/HelloWorld.efi")
STARTED, REFUSED, OVER = "This file is used to prove", "Access Denied", "No bootable option"
DONE, NO = 0, 1


class Failure(Exception):
    """What was expected did not happen."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


class World:
    """A directory with a store, keys, programs and disks."""

    def __init__(self, nonvol, directory):
        self.nonvol, self.directory = nonvol, directory
        self.store = directory / "vars.fd"
        shutil.copyfile(BLANK, self.store)

    def run(self, *words, status=DONE):
        result = subprocess.run([self.nonvol, *map(str, words)], capture_output=True, text=True, check=False, timeout=60)
        expect(result.returncode == status,
               f"nonvol {words}: exit {result.returncode}, not {status}\n{result.stdout}{result.stderr}")
        return result.stdout

    def list(self):
        return json.loads(self.run("keys", "list", self.store, "--json"))

    def make_key(self, name):
        self.run("keys", "make", "--common-name", f"nonvol e2e {name}", "--output-dir", self.directory / name)
        return self.directory / name / "certificate.pem"

    def make_disk(self, name, program):
        image = self.directory / f"{name}.img"
        for command in (["mformat", "-C", "-f", "1440", "-i", image, "::"], ["mmd", "-i", image, "::EFI", "::EFI/BOOT"],
                        ["mcopy", "-i", image, program, "::EFI/BOOT/BOOTX64.EFI"]):
            subprocess.run(command, check=True, timeout=60)
        return image

    def boot(self, name, disks, until):
        """What the guest's console shows until one of the texts does."""
        log = self.directory / f"{name}.log"
        command = ["qemu-system-x86_64", "-machine", "q35,smm=on", "-accel", "tcg", "-m", "256", "-nodefaults",
                   "-display", "none", "-global", "driver=cfi.pflash01,property=secure,value=on",
                   "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={CODE}",
                   "-drive", f"if=pflash,unit=1,format=raw,file={self.store}", "-serial", f"file:{log}"]
        for index, disk in enumerate(disks):
            command += ["-drive", f"if=none,id=disk{index},format=raw,readonly=on,file={disk}",
                        "-device", f"virtio-blk-pci,drive=disk{index},bootindex={index}"]
        qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + BOOT_SECONDS
            while True:
                console = log.read_text("utf-8", "replace") if log.exists() else ""
                if any(text in console for text in until):
                    return console
                expect(qemu.poll() is None, f"QEMU ended with {qemu.returncode}\n{console[-800:]}")
                expect(time.monotonic() < deadline, f"none of {until} in {BOOT_SECONDS} s\n{console[-800:]}")
                time.sleep(0.05)
        finally:
            qemu.kill()
            qemu.wait()


def scenario(world):
    pk, kek, db = (world.make_key(name) for name in ("pk", "kek", "db"))
    signed = world.directory / "signed.efi"
    subprocess.run(["sbsign", "--key", db.parent / "private-key.pem", "--cert", db, "--output", signed, PROGRAM],
                   check=True, capture_output=True, timeout=60)
    disks = [world.make_disk("unsigned", PROGRAM), world.make_disk("signed", signed)]

    # Without SecureBootEnable, which the firmware makes itself.
    world.run("keys", "enroll", world.store, "--pk", pk, "--kek", kek, "--db", db)
    world.run("keys", "verify", world.store, PROGRAM, status=NO)
    world.run("keys", "verify", world.store, signed)
    console = world.boot("allowed", disks, (STARTED, OVER))
    expect(REFUSED in console, f"the unsigned program was not refused\n{console[-800:]}")
    expect(STARTED in console, f"the signed program did not start\n{console[-800:]}")
    expect(console.index(REFUSED) < console.index(STARTED), "the refused program was not the first, unsigned one")
    after = world.list()
    expect(after["verifies_programs"] and after["secure_boot_enable"] == 1, f"the firmware's own switch: {after}")
    expect([each["variable"] for each in after["certificates"]] == ["PK", "KEK", "db"], "the firmware changed the keys")

    world.run("keys", "revoke", world.store, "--efi", signed)
    world.run("keys", "verify", world.store, signed, status=NO)
    console = world.boot("revoked", disks, (STARTED, OVER))
    expect(STARTED not in console and console.count(REFUSED) >= 2, f"the revoked program was not refused\n{console[-800:]}")

    # Setup mode: everything starts, the unsigned program first.
    world.run("keys", "delete", world.store, "--variable", "PK", "--lose-secure-boot")
    world.run("keys", "verify", world.store, PROGRAM)
    console = world.boot("setup", disks, (STARTED, OVER))
    expect(STARTED in console and REFUSED not in console, f"setup mode refused a program\n{console[-800:]}")


def missing_here():
    for program in ("qemu-system-x86_64", "mformat", "mcopy", "sbsign"):
        if shutil.which(program) is None:
            return f"there is no {program}"
    for path in (CODE, BLANK, PROGRAM):
        if not path.exists():
            return f"there is no {path}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nonvol")
    parser.add_argument("--keep", action="store_true", help="leave the directory where it is")
    given = parser.parse_args()
    reason = missing_here()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    directory = pathlib.Path(tempfile.mkdtemp(prefix="nonvol-e2e-secure-boot-"))
    began = time.monotonic()
    try:
        scenario(World(str(pathlib.Path(given.nonvol).resolve()), directory))
    except (Failure, subprocess.SubprocessError, KeyError, ValueError) as error:
        print(f"secure_boot: FAILED after {time.monotonic() - began:.1f} s: {type(error).__name__}: {error}")
        return 1
    finally:
        if given.keep:
            print(f"secure_boot: see {directory}")
        else:
            shutil.rmtree(directory)
    print(f"secure_boot: as it should be ({time.monotonic() - began:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
