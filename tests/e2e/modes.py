#!/usr/bin/env python3
"""Guests of every firmware mode, started with what nonvol prints: each keeps what it promises, and no more.

    modes.py NONVOL [SCENARIO]...
"""

import hashlib
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from e2e import (GUID, SKIPPED, Failure, World, dump_variable, dumped, equal, expect, kept_over_a_restart, missing_here,
                 set_variable)

OVMF = pathlib.Path("/usr/share/OVMF")
CODE_4M, VARS_4M = OVMF / "OVMF_CODE_4M.fd", OVMF / "OVMF_VARS_4M.fd"
COMBINED = pathlib.Path("/usr/share/ovmf/OVMF.fd")
NO, REFUSED = 1, 4
KERNEL_SAYS, KERNEL_EXIT = b"the kernel runs", 33


def descriptor(world, name, mapping, features=("acpi-s3",)):
    """A search directory with this descriptor alone: the option that names it."""
    directory = world.directory / f"descriptors-{name}"
    directory.mkdir()
    (directory / f"10-{name}.json").write_text(json.dumps({
        "description": name, "interface-types": ["uefi"], "mapping": mapping,
        "targets": [{"architecture": "x86_64", "machines": ["pc-q35-*", "pc-i440fx-*"]}],
        "features": list(features), "tags": []}))
    return ["--arch", "x86_64", "--machine", "q35", "--search-dir", str(directory)]


def file(path, form="raw"):
    return {"filename": str(path), "format": form}


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def allocated_bytes(directory):
    return sum(each.stat().st_blocks * 512 for each in [directory, *directory.rglob("*")])


def qemu_img(*words):
    done = subprocess.run(["qemu-img", *map(str, words)], capture_output=True, text=True, check=False, timeout=60)
    expect(done.returncode == 0, f"qemu-img {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
    return done.stdout


# --- scenarios -------------------------------------------------------------------------------------------------------


def split_qcow2(world):
    """Code and template are qcow2 images, as Fedora has them: the guest's size is what is inside."""
    code, template = world.directory / "code.qcow2", world.directory / "vars.qcow2"
    qemu_img("convert", "-O", "qcow2", CODE_4M, code)
    qemu_img("convert", "-O", "qcow2", VARS_4M, template)
    options = descriptor(world, "qcow2", {"device": "flash", "mode": "split", "executable": file(code, "qcow2"),
                                          "nvram-template": file(template, "qcow2")})
    before = digest(template)
    world.run("create", "web01", *options)
    expect(str(world.json("show", "web01")["nvram"]["path"]).endswith("/web01_VARS.qcow2"), "the store has another name")
    kept_over_a_restart(world, "web01", world.arguments("web01"))
    equal("the template", digest(template), before)


def overlay(world):
    """A few KiB over a master that two guests share; in a place whose name has all that QEMU and shells care about."""
    world.home = world.directory / "a, b:c 'd' \"e\" $f"
    plain = ["--arch", "x86_64", "--machine", "q35", "--secure-boot", "off", "--store", "overlay"]
    world.run("create", "web01", *plain)
    world.run("create", "web02", *plain)
    directory = world.home / "web01"
    created = allocated_bytes(directory)
    expect(created <= 20 * 1024, f"a new guest takes {created} bytes")
    master = pathlib.Path(world.json("show", "web01")["nvram"]["master"]["path"])
    before = digest(master)
    equal("the master's name", master.name, f"{before}.fd")
    equal("masters", sorted(each.name for each in master.parent.iterdir()), [master.name])

    arguments = world.arguments("web01")
    kept_over_a_restart(world, "web01", arguments)
    equal("the master after two runs", digest(master), before)
    equal("the other guest", world.variables("web02"), {})
    qemu_img("check", directory / "web01_VARS.qcow2")
    booted = allocated_bytes(directory)
    expect(booted < VARS_4M.stat().st_size // 2, f"after two runs the guest takes {booted} bytes")
    print(f"overlay: {created} bytes on disk when new, {booted} after two runs")

    # What nonvol sets, the guest reads, also by -drive.
    world.run("vars", "set", "web01", "Set", "--guid", GUID, "--hex", "c0ffee")
    files = world.boot("drive", world.arguments("web01", "--style", "drive"), dump_variable("Set", "set.bin"))
    equal("what nonvol set", dumped(files / "set.bin"), b"\xc0\xff\xee")

    # A master that changed is never used again, by anybody.
    content = bytearray(master.read_bytes())
    content[0x1000] ^= 1
    master.chmod(0o600)
    master.write_bytes(content)
    for command in (("emit", "qemu", "web01"), ("vars", "list", "web02"), ("boot", "list", "web01"),
                    ("vars", "set", "web01", "Set", "--guid", GUID, "--hex", "00")):
        world.run(*command, status=5)
    found = world.json("show", "web01", status=NO)["findings"]
    equal("what show finds", [each["id"] for each in found], ["NV4020"])
    content[0x1000] ^= 1
    master.write_bytes(content)
    equal("with the master put back", world.variable("web01", "Set"), b"\xc0\xff\xee")
    world.run("delete", "web01", "--nvram")
    expect(master.exists(), "the master went while a guest needs it")
    world.run("delete", "web02", "--nvram")
    expect(not master.exists(), "nobody needs the master, and it stays")


def combined(world):
    """Code and variables in one file of the guest's own; an update of the code leaves the variables."""
    image = world.directory / "firmware.fd"
    shutil.copyfile(COMBINED, image)
    options = descriptor(world, "combined", {"device": "flash", "mode": "combined", "executable": file(image)})
    world.run("create", "web01", *options, "--mode", "combined")
    arguments = world.arguments("web01")
    kept_over_a_restart(world, "web01", arguments)
    value = world.variable("web01", "Kept")
    equal("the installed file", digest(image), digest(COMBINED))

    # Another build of the same layout, which keeps its variables behind SMM.
    other = world.directory / "other.fd"
    other.write_bytes((OVMF / "OVMF_VARS.fd").read_bytes() + (OVMF / "OVMF_CODE.secboot.fd").read_bytes())
    wanted = descriptor(world, "other", {"device": "flash", "mode": "combined", "executable": file(other)},
                        ("requires-smm", "secure-boot"))  # X64 code with SMM hangs where S3 is offered
    path = f"{wanted[-1]}/10-other.json"
    equal("a dry run", world.json("upgrade", "web01", "--to", path, "--dry-run")["image_changes"], True)
    equal("the variable before", world.variable("web01", "Kept"), value)
    equal("upgrade", world.json("upgrade", "web01", "--to", path)["variables_kept_bytes"], 131072)
    equal("again", world.json("upgrade", "web01", "--to", path)["changed"], False)
    upgraded = world.arguments("web01")
    expect(any("smm=on" in each for each in upgraded), f"the new build's needs are not in {upgraded}")
    files = world.boot("upgraded", upgraded, dump_variable("Kept", "kept.bin") + set_variable("New", b"\x99"))
    equal("the variable under the new code", dumped(files / "kept.bin"), value)
    equal("what the new code set", world.variable("web01", "New"), b"\x99")
    own = pathlib.Path(world.json("show", "web01")["nvram"]["path"]).read_bytes()
    equal("code is the new one", own[131072:] == other.read_bytes()[131072:], True)

    # Of another layout: refused, and nothing changes.
    big = world.directory / "big.fd"
    big.write_bytes(VARS_4M.read_bytes() + CODE_4M.read_bytes())
    wanted = descriptor(world, "big", {"device": "flash", "mode": "combined", "executable": file(big)})
    world.run("upgrade", "web01", "--to", f"{wanted[-1]}/10-big.json", status=REFUSED)
    equal("the variable at the end", world.variable("web01", "New"), b"\x99")


def stateless(world):
    """What the guest sets is there until it is powered off."""
    options = descriptor(world, "stateless", {"device": "flash", "mode": "stateless", "executable": file(CODE_4M)})
    world.run("create", "web01", *options, "--mode", "stateless")
    equal("what show says", [each["id"] for each in world.json("show", "web01")["findings"]], ["NV4022"])
    before = digest(CODE_4M)
    arguments = world.arguments("web01")
    value = os.urandom(16)
    files = world.boot("set", arguments, set_variable("Gone", value) + dump_variable("Gone", "gone.bin"))
    equal("in the same run", dumped(files / "gone.bin"), value)
    files = world.boot("after", arguments, dump_variable("Gone", "gone.bin"))
    equal("after a power-off", (files / "gone.bin").read_bytes(), b"")
    equal("the code", digest(CODE_4M), before)
    world.run("vars", "list", "web01", status=NO)
    world.run("delete", "web01")


def memory(world):
    """-bios, of an image with a store in it that nobody can write to."""
    options = descriptor(world, "memory", {"device": "memory", "filename": str(COMBINED)})
    world.run("create", "web01", *options, "--device", "memory")
    arguments = world.arguments("web01")
    equal("arguments", arguments[2:4], ["-bios", str(COMBINED)])
    files = world.boot("boot", arguments, "echo runs > ran.txt\n")
    expect((files / "ran.txt").exists(), "the shell's script did not run")


def tiny_kernel():
    """Multiboot (0.6.96, 3.1): loaded to 1 MiB, says something on the serial line, ends QEMU through isa-debug-exit."""
    code = b"\x66\xba\xf8\x03" + b"".join(b"\xb0" + bytes([each]) + b"\xee" for each in KERNEL_SAYS)
    code += b"\x66\xba\xf4\x00\xb0" + bytes([KERNEL_EXIT >> 1]) + b"\xee\xf4\xeb\xfd"
    magic, flags, base = 0x1BADB002, 0x00010000, 0x100000
    header = struct.pack("<8I", magic, flags, -(magic + flags) & 0xFFFFFFFF, base, base, 0, 0, base + 32)
    return header + code + bytes(4096)


def kernel(world):
    """-kernel, of a kernel of 48 instructions."""
    image = world.directory / "kernel.bin"
    image.write_bytes(tiny_kernel())
    options = descriptor(world, "kernel", {"device": "kernel", "filename": str(image)})
    world.run("create", "web01", *options, "--device", "kernel")
    serial = world.directory / "serial.log"
    command = ["qemu-system-x86_64", *world.arguments("web01"), "-accel", "tcg", "-m", "64", "-nodefaults", "-display",
               "none", "-no-reboot", "-serial", f"file:{serial}", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
    equal(f"QEMU's end ({done.stderr})", done.returncode, KERNEL_EXIT)
    expect(KERNEL_SAYS in serial.read_bytes(), f"the kernel said {serial.read_bytes()!r}")
    world.run("vars", "list", "web01", status=NO)


def newer_qemu(world):
    """What the installed QEMU has no device for: arguments for the one that has, and a refusal for this one."""
    template = world.directory / "template.json"
    world.run("vars", "convert", str(VARS_4M), str(template), "--to", "qemu-json")
    options = descriptor(world, "uefi-vars", {"device": "memory", "filename": str(COMBINED),
                                              "uefi-vars": {"template": str(template)}}, ("host-uefi-vars",))
    world.run("create", "web01", *options, "--device", "memory")
    store = world.json("show", "web01")["nvram"]
    equal("form", store["format"], "json")
    world.run("vars", "set", "web01", "Kept", "--guid", GUID, "--hex", "0102")
    equal("vars get", world.variable("web01", "Kept"), b"\x01\x02")
    equal("the store is what changed", world.variables(str(store["path"]))[("Kept", GUID)], b"\x01\x02")
    equal("the template", world.variables(str(template)), {})
    arguments = world.arguments("web01", "--qemu-version", "10.1")
    comma = str(store["path"]).replace(",", ",,")
    equal("the device", arguments[-2:], ["-device", f"uefi-vars-x64,jsonfile={comma}"])
    world.run("emit", "qemu", "web01", "--qemu-version", "7.2", status=REFUSED)

    image = world.directory / "firmware.igvm"
    image.write_bytes(b"IGVM" + bytes(508))
    options = descriptor(world, "igvm", {"device": "igvm", "filename": str(image)}, ("amd-sev-snp",))
    world.run("create", "web02", *options, "--device", "igvm", "--require", "amd-sev-snp")
    arguments = world.arguments("web02", "--qemu-version", "10.1")
    equal("the object", arguments[:4], ["-machine", "q35,igvm-cfg=nonvol-igvm", "-object",
                                        f"igvm-cfg,id=nonvol-igvm,file={image}"])
    world.run("emit", "qemu", "web02", "--qemu-version", "7.2", status=REFUSED)


class RunningTpm:
    """'nonvol tpm run GUEST', from when it says as a systemd service does that it is ready."""

    def __init__(self, world, guest):
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notices.settimeout(60)
        path = world.directory / "notify"
        notices.bind(str(path))
        try:
            self.process = subprocess.Popen(
                [world.nonvol, "--home", str(world.home), "tpm", "run", guest, "--json"], stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, env={**world.environment, "NOTIFY_SOCKET": str(path)})
            world.started.append(self)
            equal("the notice", notices.recv(100), b"READY=1")
        finally:
            notices.close()
            path.unlink()

    def finish(self):
        said, complaints = self.process.communicate(timeout=60)
        equal("what the TPM says", (self.process.returncode, complaints), (0, ""))
        return json.loads(said)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=30)


def with_tpm(world):
    """A guest with a TPM, started with what nonvol prints: the firmware measures into it, and it is the same next time."""
    world.home = world.directory / "a, b"
    directory = world.home / "web01"
    world.run("create", "web01", "--arch", "x86_64", "--machine", "q35", "--secure-boot", "off", "--tpm")
    arguments = world.arguments("web01")
    comma = str(directory / "tpm.sock").replace(",", ",,")
    expect(f"socket,id=nonvol-tpm-socket,path={comma}" in arguments, f"no socket in {arguments}")

    def generation():
        entries = world.json("tpm", "show", "web01")["entries"]
        return next(each["generation"] for each in entries if each["name"] == "permall")

    generations = [generation()]
    value = os.urandom(24)
    for number, script in enumerate((set_variable("Kept", value), dump_variable("Kept", "kept.bin"))):
        tpm = RunningTpm(world, "web01")
        expect(world.json("show", "web01")["tpm"]["in_use"], "a TPM that runs is not in use")
        for choice in (("--nvram", "--lose-tpm-secrets"), ("--keep-nvram",)):
            world.run("delete", "web01", *choice, status=REFUSED)
        files = world.boot(f"run-{number}", arguments, script)
        # QEMU tells it to end.
        report = tpm.finish()
        equal("ended by", report["ended_by"], "SHUTDOWN")
        # Some hundred, of which a guest without a driver for it would have sent none.
        expect(report["commands"] >= 50, f"the firmware sent the TPM {report['commands']} commands")
        world.run("tpm", "check", "web01")
        generations.append(generation())
    equal("the variable of the first run", dumped(files / "kept.bin"), value)
    expect(generations[0] < generations[1] < generations[2], f"generations of the TPM's state: {generations}")
    print(f"with_tpm: {report['commands']} commands in the second boot, generations {generations}")

    # A socket that is left is not in the way of another emulator, nor of the end of the guest.
    for _ in range(2):
        RunningTpm(world, "web01").stop()
        expect((directory / "tpm.sock").is_socket(), "a killed emulator cannot have removed its socket")
    world.run("delete", "web01", "--nvram", status=REFUSED)
    world.run("delete", "web01", "--nvram", "--lose-tpm-secrets")
    expect(not directory.exists(), "the guest is still there")


SCENARIOS = {each.__name__: each for each in (split_qcow2, overlay, combined, stateless, memory, kernel, newer_qemu,
                                              with_tpm)}


def run_scenario(name, nonvol):
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"nonvol-e2e-{name}-"))
    world, began = World(nonvol, directory), time.monotonic()
    try:
        SCENARIOS[name](world)
    except (Failure, subprocess.TimeoutExpired, KeyError, ValueError) as error:
        print(f"{name}: FAILED after {time.monotonic() - began:.1f} s: {type(error).__name__}: {error}")
        return False
    finally:
        world.stop_everything()
        shutil.rmtree(directory)
    print(f"{name}: as it should be ({time.monotonic() - began:.1f} s)")
    return True


def main():
    reason = missing_here()
    for path in (COMBINED, OVMF / "OVMF_CODE.secboot.fd", VARS_4M):
        if not path.exists():
            reason = f"there is no {path}"
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    nonvol = str(pathlib.Path(sys.argv[1]).resolve())
    return 0 if all([run_scenario(name, nonvol) for name in sys.argv[2:] or SCENARIOS]) else 1


if __name__ == "__main__":
    sys.exit(main())
