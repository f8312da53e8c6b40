#!/usr/bin/env python3
"""Real firmware in real QEMU, started with what nonvol prints and nothing else for its firmware.

    e2e.py --nonvol PROGRAM [--keep] SCENARIO...        --keep leaves the directories where they are
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

BOOT_SHELL = pathlib.Path(__file__).resolve().parents[2] / "tools/boot-shell"
SKIPPED = 77
BOOT_SECONDS = 90
GUID = "5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c"
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
X86 = ["--arch", "x86_64", "--machine", "q35"]
PLAIN = [*X86, "--secure-boot", "off"]
DONE, NO_SUCH_THING, REFUSED = 0, 3, 4


class Failure(Exception):
    """What was expected did not happen."""


class Skip(Exception):
    """This machine lacks what the scenario needs."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


def equal(what, found, wanted):
    expect(found == wanted, f"{what}: {found!r}, not {wanted!r}")


class World:
    """One scenario's directory, with nonvol working in it."""

    def __init__(self, nonvol, directory):
        self.nonvol = nonvol
        self.directory = directory
        self.home = directory / "home"
        self.started = []
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("NONVOL", "XDG"))}
        self.environment.update(HOME=str(directory), LC_ALL="C.UTF-8", NO_COLOR="1")

    def run(self, *words, status=DONE):
        """nonvol's stdout; anything but `status` is a failure."""
        result = subprocess.run([self.nonvol, "--home", str(self.home), *words], capture_output=True, text=True,
                                env=self.environment, check=False, timeout=60)
        expect(result.returncode == status,
               f"nonvol {' '.join(words)}: exit {result.returncode}, not {status}\n{result.stdout}{result.stderr}")
        return result.stdout

    def json(self, *words, status=DONE):
        return json.loads(self.run(*words, "--json", status=status))

    def arguments(self, guest, *options):
        """QEMU's arguments, from the form that has one on each line."""
        return self.run("emit", "qemu", guest, *options).splitlines()

    def start(self, name, arguments, script, *options):
        directory = self.directory / name
        directory.mkdir()
        (directory / "script.nsh").write_text(script)
        command = [str(BOOT_SHELL), "--dir", str(directory), "--time-limit", str(BOOT_SECONDS), *options, "--",
                   *arguments]
        boot = Boot(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True), directory)
        self.started.append(boot)
        return boot

    def boot(self, name, arguments, script, *options):
        """A whole run of the guest: the files on its disk afterwards."""
        return self.start(name, arguments, script, *options).finish()

    def variables(self, guest, *options):
        """{(name, guid): data} as 'vars list' shows them."""
        document = self.json("vars", "list", guest, *options)
        equal("schema", document["schema"], "nonvol.vars.list/1")
        return {(each["name"], each["guid"]): bytes.fromhex(each["data_hex"]) for each in document["variables"]}

    def variable(self, guest, name, guid=GUID):
        target = self.directory / "variable.bin"
        self.run("vars", "get", guest, name, "--guid", guid, "-o", str(target))
        data = target.read_bytes()
        target.unlink()
        return data

    def stop_everything(self):
        for boot in self.started:
            boot.stop()


class Boot:
    """One run of QEMU through tools/boot-shell."""

    def __init__(self, process, directory):
        self.process = process
        self.directory = directory

    def console(self):
        log = self.directory / "serial.log"
        return log.read_text("utf-8", "replace") if log.exists() else ""

    def finish(self, status=0):
        said, _ = self.process.communicate(timeout=BOOT_SECONDS + 60)
        if self.process.returncode != status:
            log = self.directory / "qemu.log"
            raise Failure(f"{self.directory.name}: boot-shell ended with {self.process.returncode}, not {status}\n{said}"
                          f"{log.read_text() if log.exists() else ''}\nconsole: {self.console()[-1500:]}")
        return self.directory / "files"

    def wait_for(self, text):
        deadline = time.monotonic() + BOOT_SECONDS
        while text not in self.console():
            expect(self.process.poll() is None, f"QEMU ended before the console showed {text!r}: {self.console()}")
            expect(time.monotonic() < deadline, f"the console never showed {text!r}: {self.console()[-1500:]}")
            time.sleep(0.05)

    def kill_qemu(self):
        os.kill(int((self.directory / "qemu.pid").read_text()), signal.SIGKILL)
        self.process.wait(timeout=30)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)


def set_variable(name, data):
    return f"setvar {name} -guid {GUID} -bs -rt -nv ={data.hex()}\n"


def delete_variable(name):
    return f"setvar {name} -guid {GUID} -bs -rt -nv =\n"


def dump_variable(name, file):
    return f"dmpstore {name} -guid {GUID} -s {file}\n"


def dumped(path):
    """The data in what 'dmpstore -s' wrote: sizes of name and data, name, GUID, attributes, data, checksum."""
    expect(path.exists(), f"the guest wrote no {path.name}: it did not see the variable")
    content = path.read_bytes()
    name_size, data_size = struct.unpack_from("<II", content)
    start = 8 + name_size + 16 + 4
    return content[start : start + data_size]


def kept_over_a_restart(world, guest, arguments):
    """The guest sets a variable, is started again and reads it; nonvol reads the same bytes before and after."""
    value = os.urandom(24)
    world.boot(f"{guest}-write", arguments, set_variable("Kept", value))
    equal("nonvol after the first run", world.variable(guest, "Kept"), value)
    files = world.boot(f"{guest}-read", arguments, dump_variable("Kept", "kept.bin"))
    equal("the guest after a restart", dumped(files / "kept.bin"), value)
    equal("nonvol after the second run", world.variable(guest, "Kept"), value)
    equal("vars list", world.variables(guest)[("Kept", GUID)], value)


# --- scenarios -------------------------------------------------------------------------------------------------------


def split_blockdev(world):
    world.run("create", "web01", *PLAIN)
    equal("a fresh store", world.variables("web01"), {})
    kept_over_a_restart(world, "web01", world.arguments("web01"))
    world.run("delete", "web01", "--nvram")
    world.run("show", "web01", status=NO_SUCH_THING)


def split_drive(world):
    world.run("create", "web01", *PLAIN)
    kept_over_a_restart(world, "web01", world.arguments("web01", "--style", "drive"))


def old_qemu(world):
    """What QEMU 3.1 needs still works with the QEMU of today."""
    world.run("create", "web01", *PLAIN)
    arguments = world.arguments("web01", "--qemu-version", "3.1")
    expect(any(argument.startswith("if=pflash") for argument in arguments), f"no if=pflash in {arguments}")
    kept_over_a_restart(world, "web01", arguments)


def smm(world):
    """The variable store behind SMM: only works when -machine and -global are right."""
    world.run("create", "web01", *X86, "--require", "requires-smm", "--forbid", "enrolled-keys")
    kept_over_a_restart(world, "web01", world.arguments("web01"))


def enrolled_keys(world):
    """Secure Boot in force: the firmware says "Security Violation" to its own shell, which nobody signed."""
    world.run("create", "web01", *X86, "--require", "enrolled-keys")
    names = {name for name, _ in world.variables("web01")}
    for name in ("PK", "KEK", "db", "dbx", "SecureBootEnable"):
        expect(name in names, f"{name} is not in the fresh store: {sorted(names)}")
    boot = world.start("boot", world.arguments("web01"), "echo the shell runs\n", "--until", "No bootable option")
    boot.finish()
    # Some builds have no shell in them at all; that is as good.
    expect("the shell runs" not in boot.console(), f"Secure Boot is not in force: {boot.console()[-800:]}")
    after = world.variables("web01")
    for name in ("PK", "KEK", "db", "dbx", "SecureBootEnable", "BootOrder"):
        expect(name in {each for each, _ in after}, f"{name} is not in the store after a boot")
    equal("SecureBootEnable", [data for (name, _), data in after.items() if name == "SecureBootEnable"], [b"\x01"])


def layout_2m(world):
    code, template = "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"
    if not os.path.exists(code) or not os.path.exists(template):
        raise Skip("the 2M build of OVMF is not installed")
    descriptors = world.directory / "descriptors"
    descriptors.mkdir()
    descriptor = {
        "description": "OVMF, 2M layout", "interface-types": ["uefi"],
        "mapping": {"device": "flash", "mode": "split", "executable": {"filename": code, "format": "raw"},
                    "nvram-template": {"filename": template, "format": "raw"}},
        "targets": [{"architecture": "x86_64", "machines": ["pc-q35-*"]}], "features": [], "tags": [],
    }
    (descriptors / "10-ovmf-2m.json").write_text(json.dumps(descriptor))
    chosen = world.json("firmware", "select", *PLAIN, "--search-dir", str(descriptors))
    equal("the chosen executable", chosen["executable"]["path"], code)
    world.run("create", "web01", *PLAIN, "--search-dir", str(descriptors))
    kept_over_a_restart(world, "web01", world.arguments("web01"))


def odd_path(world):
    """QEMU, the shell and JSON each have characters of their own; the guest's place has them all."""
    world.home = world.directory / "a, b 'c' \"d\" $e"
    world.run("create", "web01", *PLAIN)
    kept_over_a_restart(world, "web01", world.arguments("web01"))
    world.boot("drive", world.arguments("web01", "--style", "drive"), "")
    world.boot("old", world.arguments("web01", "--qemu-version", "3.1"), "")

    world.home = world.directory / "two\nlines, 'quoted'"
    world.run("create", "web02", *PLAIN)
    line = world.run("emit", "qemu", "web02", "--shell").removesuffix("\n")
    # A quoted newline may stand for itself; what counts is what the shell makes of it.
    unquoted = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True).stdout
    shell_form, line_form = unquoted.decode().split("\0")[:-1], world.arguments("web02")
    for name, arguments in (("shell", shell_form), ("lines", line_form)):
        value = os.urandom(8)
        world.boot(f"newline-{name}", arguments, set_variable("Kept", value))
        equal(f"nonvol after the run with the form {name}", world.variable("web02", "Kept"), value)
    from_json = world.json("emit", "qemu", "web02")["qemu_arguments"]
    expect(from_json in (shell_form, line_form), f"the arguments as JSON are others: {from_json}")
    # With --style drive the newline stands in an argument, and one argument a line has no way to say that.
    world.run("emit", "qemu", "web02", "--style", "drive", status=REFUSED)


def running(world):
    world.run("create", "web01", *PLAIN)
    world.run("create", "other", *PLAIN)
    boot = world.start("boot", world.arguments("web01"), set_variable("Before", b"\x01\x02") + "echo variable is set\npause\n")
    boot.wait_for("variable is set")
    for choice in ("--nvram", "--keep-nvram"):
        world.run("delete", "web01", choice, status=REFUSED)
    equal("read while QEMU runs", world.variable("web01", "Before"), b"\x01\x02")
    expect(("Before", GUID) in world.variables("web01"), "vars list while QEMU runs lacks the variable")
    world.run("show", "web01")
    world.run("delete", "other", "--nvram")  # another guest is not in the way
    expect(boot.process.poll() is None, f"QEMU ended too early: {boot.console()}")
    boot.stop()
    equal("read after QEMU ended", world.variable("web01", "Before"), b"\x01\x02")
    world.run("delete", "web01", "--nvram")
    world.run("show", "web01", status=NO_SUCH_THING)


def rewritten(world):
    world.run("create", "web01", *PLAIN)
    arguments = world.arguments("web01")
    world.boot("set", arguments, "".join(set_variable(name, bytes([index, 1])) for index, name in
                                         enumerate(("Deleted", "Rewritten", "Grown", "Left"))))
    world.boot("change", arguments, delete_variable("Deleted") + set_variable("Rewritten", b"\x01\x07") +
               set_variable("Grown", bytes(range(200))))
    found = {name: data for (name, guid), data in world.variables("web01").items() if guid == GUID}
    equal("the guest's variables", found, {"Rewritten": b"\x01\x07", "Grown": bytes(range(200)), "Left": b"\x03\x01"})
    world.run("vars", "get", "web01", "Deleted", "--guid", GUID, "-o", str(world.directory / "x"), status=NO_SUCH_THING)
    everything = world.json("vars", "list", "web01", "--raw")["variables"]
    expect(len([each for each in everything if each["name"] == "Rewritten"]) >= 2, "--raw shows no replaced record")
    expect(any(each["name"] == "Deleted" for each in everything), "--raw shows no deleted record")


def killed(world):
    """QEMU dies while the guest writes: whatever is left can be read, and holds a value that was written."""
    world.run("create", "web01", *PLAIN)
    arguments = world.arguments("web01")
    values = [bytes([number]) * (40 + number) for number in range(8)]
    script = "echo loop begins\n:again\n" + "".join(set_variable("Counter", value) for value in values) + "goto again\n"
    for number, delay in enumerate((0.31, 0.73, 1.17)):
        boot = world.start(f"kill-{number}", arguments, set_variable("Stays", b"\x55") + script)
        boot.wait_for("loop begins")
        time.sleep(delay)  # somewhere in the loop; there is nothing to wait for
        boot.kill_qemu()
        found = {name: data for (name, guid), data in world.variables("web01").items() if guid == GUID}
        equal("a variable that was not being written", found.get("Stays"), b"\x55")
        expect(found.get("Counter") in values, f"Counter is {found.get('Counter')!r}, which nobody wrote")
        equal("vars get", world.variable("web01", "Counter"), found["Counter"])
    files = world.boot("after", arguments, dump_variable("Counter", "counter.bin") + dump_variable("Stays", "stays.bin"))
    equal("the guest after all that", dumped(files / "stays.bin"), b"\x55")
    equal("guest and nonvol", dumped(files / "counter.bin"), world.variable("web01", "Counter"))


def nvram_entry(world):
    """The variable store is a plain entry of an NVRAM image that QEMU maps a slice of, beside one of somebody else's."""
    image, store, others = (world.directory / name for name in ("web01, all.nv", "vars.fd", "permall"))
    template = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
    size = template.stat().st_size
    others.write_bytes(os.urandom(199_999))
    world.run("blob", "format", str(image), "--entry", f"vars:{size}:plain", "--entry", "permall:200000")
    world.run("blob", "put", str(image), "vars", "-i", str(template))
    world.run("blob", "put", str(image), "permall", "-i", str(others))
    before = {each["name"]: each for each in world.json("blob", "list", str(image))["entries"]}
    slice_of = {"driver": "raw", "node-name": "vars", "offset": before["vars"]["offset_bytes"], "size": size,
                "file": {"driver": "file", "filename": str(image)}}
    code = {"driver": "raw", "node-name": "code", "read-only": True,
            "file": {"driver": "file", "filename": "/usr/share/OVMF/OVMF_CODE_4M.fd"}}
    arguments = ["-machine", "q35,pflash0=code,pflash1=vars", "-blockdev", json.dumps(code), "-blockdev",
                 json.dumps(slice_of)]

    value = os.urandom(24)
    world.boot("write", arguments, set_variable("Kept", value))
    boot = world.start("running", arguments, set_variable("Later", value[::-1]) + "echo variable is set\npause\n")
    boot.wait_for("variable is set")
    for name in before:
        world.run("blob", "put", str(image), name, "-i", str(template), "--wait-ms", "0", status=REFUSED)
    boot.stop()
    files = world.boot("read", arguments, dump_variable("Kept", "kept.bin") + dump_variable("Later", "later.bin"))
    equal("the guest after restarts", (dumped(files / "kept.bin"), dumped(files / "later.bin")), (value, value[::-1]))

    world.run("blob", "get", str(image), "vars", "-o", str(store))
    found = {name: data for (name, guid), data in world.variables(str(store)).items() if guid == GUID}
    equal("the store in the entry", found, {"Kept": value, "Later": value[::-1]})
    world.run("blob", "check", str(image), "--scrub")
    after = {each["name"]: each for each in world.json("blob", "list", str(image))["entries"]}
    equal("the other entry", after["permall"], before["permall"])
    world.run("blob", "get", str(image), "permall", "-o", str(store))
    equal("the other entry's content", store.read_bytes() == others.read_bytes(), True)


SCENARIOS = {each.__name__: each for each in (split_blockdev, split_drive, old_qemu, smm, enrolled_keys, layout_2m,
                                              odd_path, running, rewritten, killed, nvram_entry)}


def missing_here():
    for program in ("qemu-system-x86_64", "mformat", "mcopy"):
        if shutil.which(program) is None:
            return f"there is no {program}"
    if not os.path.exists("/usr/share/OVMF/OVMF_CODE_4M.fd"):
        return "ovmf is not installed"
    return None


def run_scenario(name, nonvol, keep):
    directory = pathlib.Path(tempfile.mkdtemp(prefix=f"nonvol-e2e-{name}-"))
    world, began = World(nonvol, directory), time.monotonic()
    try:
        SCENARIOS[name](world)
    except Skip as reason:
        print(f"{name}: skipped: {reason}")
        return SKIPPED
    except (Failure, subprocess.TimeoutExpired, KeyError, ValueError) as error:
        print(f"{name}: FAILED after {time.monotonic() - began:.1f} s: {type(error).__name__}: {error}")
        return 1
    finally:
        world.stop_everything()
        if keep:
            print(f"{name}: see {directory}")
        else:
            shutil.rmtree(directory)
    print(f"{name}: as it should be ({time.monotonic() - began:.1f} s)")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nonvol")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--expect-list", help="names with ';' between: fail unless these are the scenarios")
    parser.add_argument("scenarios", nargs="*", choices=[*SCENARIOS, []])
    given = parser.parse_args()
    if given.expect_list is not None:
        return 0 if given.expect_list.split(";") == list(SCENARIOS) else 1
    reason = missing_here()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    nonvol = str(pathlib.Path(given.nonvol).resolve())
    statuses = [run_scenario(name, nonvol, given.keep) for name in given.scenarios or SCENARIOS]
    return 1 if 1 in statuses else max(statuses, default=0)


if __name__ == "__main__":
    sys.exit(main())
