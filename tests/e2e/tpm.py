#!/usr/bin/env python3
"""Guests with a TPM whose state is in an NVRAM image: real QEMU, real OVMF, nonvol's emulator, and swtpm at the other
end of migrations. What the TPM holds is read over a data channel of the test's own, which takes the place of QEMU's.

    tpm.py NONVOL [SCENARIO]...        --seed NUMBER for those that kill
"""

import argparse
import contextlib
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from tpm_process import (  # noqa: E402
    Refused, FAILURE, LOCKOUT_COUNTER, SKIPPED, Nonvol, Swtpm, connected, equal, missing,
)

OVMF = pathlib.Path("/usr/share/OVMF")
BOOTED = "to skip"  # startup.nsh: the shell's first question
BOOT_SECONDS = 90
REFUSED = 4
INDEX = 0x1500050
KEPT = b"what the TPM was told before"


class Qmp:
    def __init__(self, path):
        self.channel = connected(path)
        self.stream = self.channel.makefile("rw", encoding="utf-8")
        self.stream.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}))
        self.stream.flush()
        while True:
            line = self.stream.readline()
            assert line, f"QEMU went away at {command}"
            answer = json.loads(line)
            if "error" in answer:
                raise AssertionError(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def close(self):
        self.stream.close()
        self.channel.close()


class Machine:
    """A running QEMU with the TPM behind this control channel."""

    def __init__(self, world, name, control_path, *, device="tpm-crb", incoming=False, variables=None):
        self.world, self.name = world, name
        self.serial, self.log = world.folder / f"{name}.serial", world.folder / f"{name}.qemu.log"
        self.migration = world.folder / f"{name}.migration"
        monitor = world.folder / f"{name}.qmp"
        for path in (self.serial, monitor, self.migration):
            path.unlink(missing_ok=True)
        variables = variables or world.variables
        words = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-m", "128", "-nodefaults", "-display",
                 "none", "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={OVMF}/OVMF_CODE_4M.fd",
                 "-drive", f"if=pflash,unit=1,format=qcow2,file={variables}", "-serial", f"file:{self.serial}",
                 "-chardev", f"socket,id=tpm-control,path={control_path}",
                 "-tpmdev", "emulator,id=tpm0,chardev=tpm-control",
                 "-device", f"{device},tpmdev=tpm0", "-qmp", f"unix:{monitor},server=on,wait=off"]
        if incoming:
            words += ["-incoming", f"unix:{self.migration}"]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        world.cleanup.callback(self.kill)
        self.qmp = None
        while self.qmp is None:
            assert self.process.poll() is None, f"{name}: {self.said()}"
            with contextlib.suppress(FileNotFoundError):
                self.qmp = Qmp(monitor) if monitor.exists() else None
            time.sleep(0.01)

    def said(self):
        return self.log.read_text("utf-8", "replace")

    def console(self):
        return self.serial.read_text("utf-8", "replace") if self.serial.exists() else ""

    def wait_until(self, holds, what):
        deadline = time.monotonic() + BOOT_SECONDS
        while not holds():
            assert self.process.poll() is None, f"{self.name} ended before {what}: {self.said()}"
            assert time.monotonic() < deadline, f"{self.name}: never {what}: {self.console()[-800:]} {self.said()}"
            time.sleep(0.02)

    def booted(self, times=1):
        self.wait_until(lambda: self.console().count(BOOTED) >= times, "the shell")
        return self

    def quit(self):
        """As when the guest powered itself off: the emulator is told to end."""
        self.qmp.ask("quit")
        self.qmp.close()
        equal(f"QEMU's exit status ({self.said()})", self.process.wait(BOOT_SECONDS), 0)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(BOOT_SECONDS)
        if self.qmp:
            with contextlib.suppress(OSError):
                self.qmp.close()

    def status(self):
        return self.qmp.ask("query-status")["status"]

    def monitor(self, line):
        said = self.qmp.ask("human-monitor-command", **{"command-line": line})
        equal(line, said, "")

    def migration_status(self):
        return self.qmp.ask("query-migrate").get("status")

    def migrate_to(self, other, wanted=("completed",)):
        self.qmp.ask("migrate", uri=f"unix:{other.migration}")
        self.wait_until(lambda: self.migration_status() in ("completed", "failed"), "the end of migration")
        status = self.migration_status()
        assert status in wanted, f"the migration {status}, not {wanted}: {self.said()} {other.said()}"

    def migration_refused_by(self, other):
        """The destination ends because of the TPM; the guest goes on here. QEMU may have sent all before it noticed."""
        self.migrate_to(other, ("completed", "failed"))
        assert other.process.wait(BOOT_SECONDS) != 0, "a guest without its TPM runs"
        assert "tpm" in other.said(), other.said()
        if self.status() != "running":
            self.qmp.ask("cont")
        self.runs()

    def runs(self):
        self.wait_until(lambda: self.status() == "running", "running")
        return self


class World:
    def __init__(self, nonvol, folder, cleanup):
        self.folder, self.cleanup = folder, cleanup
        self.nonvol = Nonvol(nonvol, folder)
        self.template = folder / "template.qcow2"
        subprocess.run(["qemu-img", "convert", "-O", "qcow2", OVMF / "OVMF_VARS_4M.fd", self.template], check=True,
                       timeout=60)
        self.variables = self.new_variables("vars")

    def new_variables(self, name):
        path = self.folder / f"{name}.qcow2"
        shutil.copyfile(self.template, path)
        return path

    def emulator(self, image, *options, **more):
        emulator = self.nonvol.emulator(image, *options, **more).start()
        self.cleanup.enter_context(emulator)
        return emulator

    def swtpm(self, *options, **more):
        return self.cleanup.enter_context(Swtpm(self.folder, *options, data=False, **more).start())

    def boot(self, name, emulator, **more):
        return Machine(self, name, emulator.control_path, **more).booted()


@contextlib.contextmanager
def taken(emulator):
    """The TPM, beside QEMU; of a swtpm over the data channel, which QEMU no longer has."""
    if isinstance(emulator, Swtpm):
        with emulator.control() as control, control.data() as tpm:
            yield tpm
    else:
        with emulator.tpm() as tpm:
            yield tpm


def pcrs_of(emulator):
    with taken(emulator) as tpm:
        return tpm.pcrs()


def measured(pcrs):
    """A guest's firmware extended the first eight, and nobody the others that a reset makes zero."""
    for number in range(8):
        assert set(pcrs[number]) != {"0"}, f"PCR {number} is empty: the firmware measured nothing"
    assert set(pcrs[16]) == {"0"}, pcrs[16]
    return pcrs


def has_measured(emulator):
    with contextlib.suppress(Refused, AssertionError):
        measured(pcrs_of(emulator))
        return True
    return False


# --- scenarios -------------------------------------------------------------------------------------------------------


def boots(world, device="tpm-crb", times=3):
    """Several boots, power off each time: PCRs are the same, and each boot stores as often as it must."""
    image = world.nonvol.make_image("tpm.nv")
    seen, stores = [], 0
    for number in range(times):
        # As it came from the factory: what the firmware measures depends on its variables.
        variables = world.new_variables(f"vars-{number}")
        emulator = world.emulator(image)
        machine = world.boot(f"boot-{number}", emulator, device=device, variables=variables)
        now = world.nonvol.stores(image)
        equal(f"stores of boot {number}", now - stores, 2 if number == 0 else 1)
        seen.append(measured(pcrs_of(emulator)))
        machine.quit()
        equal("the emulator's exit status", emulator.wait(), 0)
        stores = world.nonvol.stores(image)
        equal(f"stores of power off {number}", stores - now, 1)
    for pcrs in seen[1:]:
        equal("PCRs of a later boot", pcrs, seen[0])


def boots_tis(world):
    boots(world, "tpm-tis", 1)


def reset(world):
    """A reset of the machine is a new boot, and an orderly end of the one before."""
    image = world.nonvol.make_image("tpm.nv")
    emulator = world.emulator(image)
    world.boot("settled", emulator).quit()
    emulator.wait()
    emulator.start()
    machine = world.boot("reset", emulator)
    stores = world.nonvol.stores(image)
    machine.qmp.ask("system_reset")
    machine.booted(2)
    equal("stores of a reset: Shutdown and Startup", world.nonvol.stores(image) - stores, 2)
    first = measured(pcrs_of(emulator))
    machine.quit()
    emulator.wait()
    emulator.start()
    machine = world.boot("again", emulator)
    equal("PCRs of a boot and of a reset", pcrs_of(emulator), first)
    with taken(emulator) as tpm:
        equal("the lockout counter", tpm.property(LOCKOUT_COUNTER), 0)
    machine.quit()


def killed(world):
    """QEMU, then the emulator, end somewhere in a boot; the next boot works, with the same TPM."""
    image = world.nonvol.make_image("tpm.nv")
    with world.nonvol.emulator(image, "--startup", "clear", name="first") as emulator, emulator.tpm() as tpm:
        tpm.define(INDEX, 32)
        tpm.write(INDEX, KEPT)
    emulator = world.emulator(image)
    for number in range(6):
        machine = Machine(world, f"kill-{number}", emulator.control_path)
        time.sleep(world.dice.uniform(0.2, 3.5))  # somewhere in the boot; there is nothing to wait for
        if number % 2:
            emulator.kill()
            machine.kill()
            emulator.start()
        else:
            machine.kill()
    world.variables = world.new_variables("after")
    machine = world.boot("after", emulator)
    with taken(emulator) as tpm:
        equal("an index from before", tpm.read(INDEX, len(KEPT)), KEPT)
        equal("the lockout counter", tpm.property(LOCKOUT_COUNTER), 0)
        measured(tpm.pcrs())
    machine.quit()
    equal("the emulator's exit status", emulator.wait(), 0)


def tell(emulator):
    """Something that must come along: an index, and an extended PCR. All PCRs."""
    with taken(emulator) as tpm:
        tpm.define(INDEX, 32)
        tpm.write(INDEX, KEPT)
        tpm.extend(16, b"come along")
        return tpm.pcrs()


def told(emulator, pcrs):
    with taken(emulator) as tpm:
        equal("PCRs", tpm.pcrs(), pcrs)
        equal("the index", tpm.read(INDEX, len(KEPT)), KEPT)
        tpm.write(INDEX, b"written after")
        equal("the index, written", tpm.read(INDEX, 13), b"written after")


def migrate(world, source, destination, shared_image=False):
    """From one emulator to the other: the same TPM. swtpm has one client of its control channel at a time."""
    apart = isinstance(source, Swtpm)
    if apart:
        with source.control() as control, control.data() as tpm:
            equal("INIT", control.init(), 0)
            equal("Startup", tpm.startup(), 0)
            tpm.define(INDEX, 32)
            tpm.write(INDEX, KEPT)
            tpm.shutdown()
    machine = world.boot("source", source)
    pcrs = None if apart else tell(source)
    other = Machine(world, "destination", destination.control_path, incoming=True)
    machine.migrate_to(other)
    other.runs()
    machine.kill()
    if apart:
        pcrs = measured(pcrs_of(source))
    if shared_image:
        # The destination has it now, and the source keeps off.
        with taken(source) as tpm:
            equal("a command on the source", tpm.code(0x17B, b"\0\4")[0], FAILURE)
    if isinstance(destination, Swtpm):
        other.kill()
        told(destination, pcrs)
    else:
        told(destination, pcrs)
        other.quit()
        equal("the emulator's exit status", destination.wait(), 0)


def still_there(world, image, name):
    """After a restart on the destination's image: what was written there."""
    with world.nonvol.emulator(image, "--startup", "clear", name=name) as emulator, emulator.tpm() as tpm:
        equal("the index after a restart", tpm.read(INDEX, 13), b"written after")
        equal("the lockout counter", tpm.property(LOCKOUT_COUNTER), 0)


def migrate_shared(world):
    """Both emulators on one image: the lock goes over with the state."""
    image = world.nonvol.make_image("tpm.nv")
    source = world.emulator(image, name="one")
    destination = world.emulator(image, "--incoming", name="two")
    migrate(world, source, destination, shared_image=True)
    still_there(world, image, "three")


def migrate_apart(world):
    """An image of each; the destination's is nobody's until the state comes."""
    one, two = world.nonvol.make_image("one.nv"), world.nonvol.make_image("two.nv")
    source = world.emulator(one, name="one")
    destination = world.emulator(two, "--incoming", name="two")
    world.nonvol.run("blob", "delete", two, "volatilestate")  # not locked
    migrate(world, source, destination)
    still_there(world, two, "three")
    before = world.nonvol.entries(one)["permall"]
    assert before["used_bytes"] > 0, "the source's image was emptied"


def migration_keys(world):
    """(nonvol's options, swtpm's)"""
    key = world.folder / "migration.key"
    key.write_text(world.dice.randbytes(32).hex())
    return (["--migration-key-file", key], ["--migration-key", f"file={key},format=hex,mode=aes-256-cbc"])


def migrate_key(world):
    """Encrypted on its way; nobody without the key can take it, and then the guest goes on where it was."""
    ours, _ = migration_keys(world)
    one = world.nonvol.make_image("one.nv")
    source = world.emulator(one, *ours, name="one")
    machine = world.boot("source", source)
    pcrs = tell(source)
    deaf = world.emulator(world.nonvol.make_image("two.nv"), "--incoming", name="two")
    machine.migration_refused_by(Machine(world, "deaf", deaf.control_path, incoming=True))
    with taken(source) as tpm:
        equal("PCRs after a migration that failed", tpm.pcrs(), pcrs)
        tpm.write(INDEX, KEPT)
    destination = world.emulator(world.nonvol.make_image("three.nv"), "--incoming", *ours, name="three")
    other = Machine(world, "destination", destination.control_path, incoming=True)
    machine.migrate_to(other)
    other.runs()
    told(destination, pcrs)


def migrate_from_swtpm(world):
    source = world.swtpm(name="theirs")
    image = world.nonvol.make_image("tpm.nv")
    migrate(world, source, world.emulator(image, "--incoming", name="ours"))
    still_there(world, image, "again")


def migrate_to_swtpm(world):
    migrate(world, world.emulator(world.nonvol.make_image("tpm.nv"), name="ours"), world.swtpm(name="theirs"))


def migrate_from_swtpm_key(world):
    ours, theirs = migration_keys(world)
    image = world.nonvol.make_image("tpm.nv")
    migrate(world, world.swtpm(*theirs, name="theirs"), world.emulator(image, "--incoming", *ours, name="ours"))
    still_there(world, image, "again")


def migrate_to_swtpm_key(world):
    ours, theirs = migration_keys(world)
    migrate(world, world.emulator(world.nonvol.make_image("tpm.nv"), *ours, name="ours"),
            world.swtpm(*theirs, name="theirs"))


def migration_fails(world):
    """The destination dies in the middle of the transfer, and refuses the TPM at its end: the source takes its lock
    again and goes on."""
    ours, _ = migration_keys(world)
    image = world.nonvol.make_image("tpm.nv")
    source = world.emulator(image, *ours, name="one")
    machine = world.boot("source", source)
    pcrs = tell(source)

    # In the middle of the guest's memory: the TPM was not asked yet.
    destination = world.emulator(image, "--incoming", name="two")
    other = Machine(world, "dies-early", destination.control_path, incoming=True)
    machine.qmp.ask("migrate-set-parameters", **{"max-bandwidth": 200_000})
    machine.qmp.ask("migrate", uri=f"unix:{other.migration}")
    machine.wait_until(lambda: machine.qmp.ask("query-migrate").get("ram", {}).get("transferred", 0) > 100_000,
                       "memory on its way")
    other.kill()
    destination.kill()
    machine.wait_until(lambda: machine.migration_status() == "failed", "the failure")
    machine.runs()
    world.nonvol.run("blob", "delete", image, "volatilestate", status=REFUSED)  # it was locked all the while

    # When the TPM's state was sent, the source had given its lock away.
    machine.qmp.ask("migrate-set-parameters", **{"max-bandwidth": 1 << 30})
    destination = world.emulator(world.nonvol.make_image("other.nv"), "--incoming", name="three")
    refusing = Machine(world, "refuses", destination.control_path, incoming=True)
    machine.migration_refused_by(refusing)
    with taken(source) as tpm:
        equal("PCRs", tpm.pcrs(), pcrs)
        tpm.write(INDEX, b"goes on")
        equal("the index", tpm.read(INDEX, 7), b"goes on")
    world.nonvol.run("blob", "delete", image, "volatilestate", status=REFUSED)  # locked again

    # Third time lucky.
    destination = world.emulator(image, *ours, "--incoming", name="four")
    other = Machine(world, "works", destination.control_path, incoming=True)
    machine.migrate_to(other)
    other.runs()
    other.qmp.ask("system_reset")
    other.booted()  # a console of its own, that begins here
    # What it shows may still be of before the reset.
    other.wait_until(lambda: has_measured(destination), "the firmware's measurements")
    with taken(destination) as tpm:
        measured(tpm.pcrs())
        equal("the index", tpm.read(INDEX, 7), b"goes on")
    machine.kill()
    other.quit()


def snapshots(world):
    """savevm and loadvm bring the TPM back as it was then, PCRs and what is stored."""
    image = world.nonvol.make_image("tpm.nv")
    emulator = world.emulator(image)
    machine = world.boot("snapshot", emulator)
    machine.monitor("savevm booted")
    machine.monitor("loadvm booted")
    machine.runs()
    # The guest of the snapshot still has its TPM.
    machine.qmp.ask("system_reset")
    machine.booted(2)
    pcrs = tell(emulator)
    measured({number: value for number, value in pcrs.items() if number != 16} | {16: "0"})

    machine.monitor("savevm then")
    with taken(emulator) as tpm:
        tpm.write(INDEX, b"written after")
        tpm.extend(16, b"and forgotten")
        tpm.extend(0, b"and forgotten")
        assert tpm.pcrs() != pcrs
    machine.monitor("loadvm then")
    machine.runs()
    told(emulator, pcrs)
    machine.quit()
    equal("the emulator's exit status", emulator.wait(), 0)


SCENARIOS = [boots, boots_tis, reset, killed, migrate_shared, migrate_apart, migrate_key, migrate_from_swtpm,
             migrate_to_swtpm, migrate_from_swtpm_key, migrate_to_swtpm_key, migration_fails, snapshots]


def main():
    names = {each.__name__: each for each in SCENARIOS}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nonvol")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    given = parser.parse_args()
    lacking = missing("qemu-system-x86_64", "qemu-img", "swtpm")
    if lacking or not (OVMF / "OVMF_CODE_4M.fd").exists():
        print(f"skipped: no {lacking or 'OVMF'}")
        return SKIPPED
    failed = 0
    for name in given.scenarios or names:
        begin = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="nonvol-tpm-") as folder, contextlib.ExitStack() as cleanup:
            world = World(pathlib.Path(given.nonvol).resolve(), pathlib.Path(folder).resolve(), cleanup)
            world.dice = random.Random(given.seed)
            try:
                names[name](world)
                print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"{name} (--seed {given.seed}): {traceback.format_exc()}")
                for path in sorted(world.folder.glob("*.log")):
                    print(f"{path.name}:\n{path.read_text('utf-8', 'replace')}", flush=True)
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main())
