#!/usr/bin/env python3
"""What OVMF does with damaged variable stores, beside what nonvol says that it will do; and the same after a repair.

    damage.py --tool PREDICT_STORE [--code NAME]... [--row NAME]... [--keep DIR]
              [--no-repair | --only-repaired | --observe]

Each row of damage_rows.py is booted under TCG, one guest at a time: the guest looks for the probes that the store holds,
sets a variable of its own, and is started again to see whether that was kept. --observe only prints what happened.
"""

import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import damage_rows
import e2e

FIRMWARE = {
    # name: code image, its layout, QEMU's machine, whether the variables are behind SMM
    "ovmf-4m": ("OVMF_CODE_4M.fd", "ovmf-4m", "q35", False),
    "ovmf-4m-smm": ("OVMF_CODE_4M.secboot.fd", "ovmf-4m", "q35,smm=on", True),
    "ovmf-2m": ("OVMF_CODE.fd", "ovmf-2m", "q35", False),
    "ovmf-2m-smm": ("OVMF_CODE.secboot.fd", "ovmf-2m", "q35,smm=on", True),
}
CANARY = b"canary"
LIMIT_SECONDS = 90
REPLAY_SECONDS = 150  # the firmware programs 256 KiB byte by byte
EXCEPTION = "X64 Exception Type"
Observation = collections.namedtuple("Observation", "outcome seen changed")


def script(write_canary):
    guid = damage_rows.GUID
    set_it = f"setvar Canary -guid {guid} -bs -rt -nv ={CANARY.hex()}\n" if write_canary else ""
    return f"{set_it}dmpstore -guid {guid} -s found.bin\n"


def variables_in(path):
    """{name: data} of what 'dmpstore -s' wrote."""
    content, found, at = (path.read_bytes() if path.exists() else b""), {}, 0
    while at + 8 <= len(content):
        name_size, data_size = (int.from_bytes(content[at + i : at + i + 4], "little") for i in (0, 4))
        name = content[at + 8 : at + 8 + name_size].decode("utf-16-le").rstrip("\0")
        start = at + 8 + name_size + 16 + 4
        found[name] = content[start : start + data_size]
        at = start + data_size + 4
    return found


def qemu_arguments(code, machine, smm, store):
    arguments = ["-machine", machine, "-drive", f"if=pflash,format=raw,readonly=on,file={code}"]
    if store is not None:
        arguments += ["-drive", f"if=pflash,format=raw,file={store}"]
    if smm:
        arguments += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
    return arguments


def run_guest(world, name, arguments, write_canary, limit):
    """("shell", variables), or how else the guest ended."""
    boot = world.start(name, arguments, script(write_canary), "--time-limit", str(limit))
    try:
        while boot.process.poll() is None:
            console = boot.console()
            if EXCEPTION in console:
                return "exception", {}
            if "Security Violation" in console or "No bootable option" in console:
                return "no shell", {}
            time.sleep(0.1)
    finally:
        boot.stop()
        boot.process.stdout.close()
    if EXCEPTION in boot.console():
        return "exception", {}
    if boot.process.returncode != 0:
        said = boot.directory / "qemu.log"
        refused = said.read_text().strip() if said.exists() else ""
        return (f"refused: {refused}" if boot.process.returncode != 124 else "hang"), {}
    return "shell", variables_in(boot.directory / "files" / "found.bin")


def observe(world, firmware, store, limit=LIMIT_SECONDS):
    """One row's outcome, in the words of flash::Prediction; the probes are those that the second start saw."""
    code, _, machine, smm = FIRMWARE[firmware]
    arguments = qemu_arguments(damage_rows.OVMF / code, machine, smm, store)
    before = store.read_bytes()
    end, seen = run_guest(world, "first", arguments, True, limit)
    after = store.read_bytes()
    changed = sum(a != b for a, b in zip(before, after)) + abs(len(before) - len(after))
    if end == "exception":
        destroyed = wiped(before, after, firmware)
        if changed and not destroyed:  # the next start may be the end of what this one left
            run_guest(world, "second", arguments, False, limit)
            destroyed = wiped(before, store.read_bytes(), firmware)
        return Observation("wipes-and-crashes" if destroyed else "crashes", [], changed)
    if end != "shell":
        return Observation("hangs" if end == "hang" else "refused" if end.startswith("refused") else end, [], changed)
    end, again = run_guest(world, "second", arguments, False, limit)
    if end == "exception":  # what the first start left behind was its end
        destroyed = wiped(before, store.read_bytes(), firmware)
        return Observation("wipes-and-crashes" if destroyed else "crashes", [], changed)
    if end != "shell":
        return Observation(f"second start: {end}", [], changed)
    kept = again.get("Canary") == CANARY
    return Observation("keeps" if kept else "volatile", probes_in(again if kept else seen), changed)


def wiped(before, after, firmware):
    """A new header where the firmware takes the store to begin, and no records behind it."""
    layout = damage_rows.LAYOUTS[FIRMWARE[firmware][1]]
    start = max(0, len(after) - layout.size)
    header, records = slice(start, start + 72), after[start + 72 : start + layout.store_end]
    return after[header] != before[header] and records.count(0xFF) == len(records)


def probes_in(variables):
    return sorted(name for name in damage_rows.NAMES if variables.get(name) == damage_rows.value_of(name))


def outcome_word(row, observation):
    """'keeps' becomes what it means for the variables that were live in the store."""
    if observation.outcome != "keeps":
        return observation.outcome
    if set(observation.seen) >= set(damage_rows.NAMES) - set(row.lost) - set(row.mangled):
        return "keeps-after-replay" if row.replay else "keeps"
    return "loses-variables" if observation.seen else "formats"


class Bench:
    def __init__(self, options, directory):
        self.options = options
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def tool(self, *words):
        result = subprocess.run([self.options.tool, *map(str, words)], capture_output=True, text=True, check=False,
                                timeout=60)
        if result.returncode != 0:
            raise e2e.Failure(f"{' '.join(map(str, words))}: {result.returncode} {result.stderr}")
        return json.loads(result.stdout)

    def world(self, name):
        directory = self.directory / name
        directory.mkdir(parents=True)
        return e2e.World(None, directory)

    def boot(self, name, firmware, content, limit=LIMIT_SECONDS):
        world = self.world(name)
        store = world.directory / "store.fd"
        store.write_bytes(content)
        try:
            return observe(world, firmware, store, limit)
        finally:
            world.stop_everything()

    def row(self, row, firmware):
        """(what happened, what was predicted, trouble)."""
        layout = FIRMWARE[firmware][1]
        damaged = bytes(row.damage(damage_rows.Store(layout)).bytes)
        name = f"{firmware}.{row.name}"
        if self.options.only_repaired:
            return self.only_repaired(row, firmware, damaged, name)
        limit = REPLAY_SECONDS if row.name.startswith("pending") else LIMIT_SECONDS
        observation = self.boot(name, firmware, damaged, limit)
        happened = outcome_word(row, observation)
        if self.options.observe:
            return happened, "-", "", observation
        path = self.directory / f"{name}.fd"
        path.write_bytes(damaged)
        predicted = self.tool("predict", path, "--code", layout, *(["--smm"] if FIRMWARE[firmware][3] else []))
        trouble = []
        if predicted["outcome"] != happened:
            trouble.append(f"predicted {predicted['outcome']}")
        if happened in ("keeps", "keeps-after-replay", "loses-variables"):
            said = sorted(set(predicted["live"]) & set(damage_rows.NAMES) - set(row.mangled))
            if said != observation.seen:
                trouble.append(f"predicted {said}, the guest has {observation.seen}")
        if row.repair and not self.options.no_repair:
            trouble += self.repaired(row, firmware, path, name)
        return happened, predicted["outcome"], "; ".join(trouble), observation

    def only_repaired(self, row, firmware, damaged, name):
        path = self.directory / f"{name}.fd"
        path.write_bytes(damaged)
        trouble = self.repaired(row, firmware, path, name) if row.repair else []
        return "-", "-", "; ".join(trouble), Observation("-", [], 0)

    def repaired(self, row, firmware, path, name):
        target = path.with_suffix(".repaired.fd")
        plan = self.tool("repair", path, "--code", FIRMWARE[firmware][1], "-o", target)
        if row.name == "none":
            return [f"a healthy store is repaired: {plan}"] if plan["steps"] else []
        observation = self.boot(f"{name}.repaired", firmware, target.read_bytes())
        wanted = sorted(set(damage_rows.NAMES) - set(row.lost))
        if observation.outcome != "keeps" or observation.seen != wanted:
            return [f"after repair: {observation.outcome}, {observation.seen} instead of {wanted}"]
        return []


def run(options, directory):
    bench, failures = Bench(options, directory), 0
    print(f"{'firmware':12} {'damage':24} {'happened':18} {'predicted':18} probes changed", flush=True)
    for firmware in options.code or list(FIRMWARE):
        if not (damage_rows.OVMF / FIRMWARE[firmware][0]).exists():
            print(f"{firmware:12} is not installed")
            continue
        for row in damage_rows.ROWS:
            if options.row and row.name not in options.row:
                continue
            happened, predicted, trouble, observation = bench.row(row, firmware)
            failures += bool(trouble)
            print(f"{firmware:12} {row.name:24} {happened:18} {predicted:18} {len(observation.seen):6} "
                  f"{observation.changed:7} {'WRONG: ' + trouble if trouble else ''}", flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tool")
    parser.add_argument("--code", action="append", choices=list(FIRMWARE))
    parser.add_argument("--row", action="append", choices=[row.name for row in damage_rows.ROWS])
    parser.add_argument("--keep")
    parser.add_argument("--no-repair", action="store_true")
    parser.add_argument("--only-repaired", action="store_true")
    parser.add_argument("--observe", action="store_true")
    options = parser.parse_args()
    if shutil.which("qemu-system-x86_64") is None or not damage_rows.OVMF.exists():
        print("QEMU or OVMF is not installed")
        return e2e.SKIPPED
    if options.keep:
        failures = run(options, pathlib.Path(options.keep))
    else:
        with tempfile.TemporaryDirectory(prefix="nonvol-damage-") as directory:
            failures = run(options, pathlib.Path(directory))
    print(f"{failures} rows are other than predicted" if failures else "all as predicted")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
