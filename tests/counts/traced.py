#!/usr/bin/env python3
"""Counts what the real program asks of the system, with strace.

    traced.py --nonvol build/check/nonvol [--show] CASE...

Exit status: 0 the counts are as they should be, 1 some are not, 77 this machine cannot trace.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# System calls of a run of `firmware select` that do not depend on how many descriptors there are: the loader and
# libc starting (about 30), memory, the directory, the answer, and what the two files of the chosen descriptor are (15:
# both are looked at, opened and their first bytes read, then the template's headers and records).
FIXED_CALLS = 66
CALLS_PER_DESCRIPTOR = 3  # open, read, close
STEP_BYTES = 64 * 1024
WORKING_BLOCK_BYTES = 4 * 1024
SKIPPED = 77

CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(?:<([^>]*)>)?")
FIRST_FILE = re.compile(r"^\d+<([^>]*)>")
PATH = re.compile(r'"([^"]*)"')


class Call:
    """One system call: its name, the file it is about where there is one, and what it returned."""

    def __init__(self, name, arguments, result, opened):
        self.name, self.arguments, self.opened = name, arguments, opened
        self.result = -1 if result == "?" else int(result, 0)
        file = FIRST_FILE.match(arguments)
        self.file = file.group(1) if file else None

    @property
    def path(self):
        found = PATH.search(self.arguments)
        return found.group(1) if found else ""


class Failed(Exception):
    pass


def expect(holds, words):
    if not holds:
        raise Failed(words)


class Tracer:
    def __init__(self, nonvol, show):
        self.nonvol, self.show = nonvol, show

    def run(self, scratch, *words, home=None):
        """All calls of one run, which must succeed, and what it printed."""
        log = scratch / "trace"
        environment = {"PATH": os.environ["PATH"], "HOME": str(scratch), "NONVOL_HOME": str(home or scratch / "guests")}
        done = subprocess.run(["strace", "-f", "-y", "-s", "0", "-o", log, self.nonvol, *words], env=environment,
                              capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"{' '.join(words)}: exit status {done.returncode}\n{done.stderr}")
        # "-s 0" leaves out what is read and written, not the paths.
        calls = []
        for line in log.read_text("utf-8", "replace").splitlines():
            found = CALL.match(line)
            if found:
                calls.append(Call(*found.groups()))
        if self.show:
            print(log.read_text("utf-8", "replace"))
        expect(calls and calls[0].name == "execve", "the trace does not begin with execve")
        return calls, done.stdout


def tracing_works():
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"strace may not trace here: {tried.stderr.strip()}"


def opens(calls):
    """{path: how often it was opened with success}"""
    return collections.Counter(call.opened for call in calls
                               if call.name in ("open", "openat", "openat2") and call.result >= 0)


def libraries(calls):
    names = {pathlib.Path(path).name for path in opens(calls)}
    return {name for name in names if re.search(r"\.so(\.|$)", name) and name != "ld.so.cache"}


def expect_only_libc(calls):
    loaded = libraries(calls)
    expect(all(name.startswith(("libc.so", "libc-", "ld-")) for name in loaded),
           f"only libc may be loaded, not {', '.join(sorted(loaded))}")


def descriptor(firmware, machine, features):
    return json.dumps({
        "description": "made for counting", "interface-types": ["uefi"],
        "mapping": {"device": "flash", "executable": {"filename": str(firmware / "CODE.fd"), "format": "raw"},
                    "nvram-template": {"filename": str(firmware / "VARS.fd"), "format": "raw"}},
        "targets": [{"architecture": "x86_64", "machines": [machine]}], "features": features, "tags": []}, indent=4)


def write_descriptors(scratch, unfit, behind):
    """A directory with `unfit` descriptors that do not fit, one that does, and `behind` others behind it."""
    folder = scratch / "descriptors"
    folder.mkdir()
    shutil.copyfile("/usr/share/OVMF/OVMF_CODE_4M.fd", scratch / "CODE.fd")
    shutil.copyfile("/usr/share/OVMF/OVMF_VARS_4M.fd", scratch / "VARS.fd")
    for number in range(unfit):
        (folder / f"10-{number:04}.json").write_text(descriptor(scratch, "pc-q35-*", ["secure-boot"]))
    (folder / "50-fits.json").write_text(descriptor(scratch, "pc-q35-*", []))
    for number in range(behind):
        (folder / f"60-{number:04}.json").write_text(descriptor(scratch, "pc-q35-*", []))
    return folder


def select(tracer, scratch, unfit, behind):
    folder = write_descriptors(scratch, unfit, behind)
    calls, out = tracer.run(scratch, "firmware", "select", "--arch", "x86_64", "--machine", "q35", "--secure-boot",
                            "off", "--search-dir", str(folder), "--json")
    expect(json.loads(out)["descriptor"] == str(folder / "50-fits.json"), "another descriptor was chosen")
    opened = opens(calls)
    for path in sorted(folder.iterdir()):
        wanted = 1 if path.name <= "50-fits.json" else 0
        expect(opened[str(path)] == wanted, f"{path.name} was opened {opened[str(path)]} times, not {wanted}")
    expect(opened[str(folder)] == 1, f"the directory was opened {opened[str(folder)]} times")
    expect_only_libc(calls)
    read = unfit + 1
    most = CALLS_PER_DESCRIPTOR * read + FIXED_CALLS
    print(f"{len(calls)} system calls for {read} descriptors; {most} are allowed")
    expect(len(calls) <= most, "too many system calls")
    about = collections.Counter()
    for call in calls:
        path = call.opened if call.name.startswith("openat") else call.file
        if path and path.startswith(f"{folder}/"):
            about[path] += 1
    expect(max(about.values()) <= CALLS_PER_DESCRIPTOR,
           f"{max(about.values())} system calls on one descriptor, {CALLS_PER_DESCRIPTOR} are allowed")


def case_select(tracer, scratch):
    select(tracer, scratch, unfit=5, behind=3)


def case_select_many(tracer, scratch):
    select(tracer, scratch, unfit=105, behind=10)


def case_list_variables(tracer, scratch):
    stores = [pathlib.Path(path) for path in ("/usr/share/OVMF/OVMF_VARS_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd",
                                              "/usr/share/AAVMF/AAVMF_VARS.ms.fd")]
    stores = [store for store in stores if store.exists()]
    if not stores:
        print("neither ovmf nor qemu-efi-aarch64 is installed")
        return SKIPPED
    for store in stores:
        calls, out = tracer.run(scratch, "vars", "list", str(store), "--json")
        used = json.loads(out)["used_bytes"] + 0x64  # the two headers come first
        read = [call for call in calls
                if call.file == str(store) and call.name in ("read", "pread64", "readv", "preadv", "preadv2")]
        read_bytes = sum(max(call.result, 0) for call in read)
        most = -(-used // STEP_BYTES) * STEP_BYTES + STEP_BYTES + WORKING_BLOCK_BYTES
        print(f"{store.name}: {read_bytes} bytes in {len(read)} reads, {used} in use; {most} are allowed")
        expect(0 < read_bytes <= most, "too many bytes were read")
        mapped = any(call.name == "mmap" and f"<{store}>" in call.arguments for call in calls)
        expect(not mapped, "the store was mapped, which reads it all")
        # Once to see whether a QEMU has it, once to read it.
        expect(opens(calls)[str(store)] <= 2, f"the store was opened {opens(calls)[str(store)]} times")
        expect_only_libc(calls)
    return 0


def case_create(tracer, scratch):
    folder = write_descriptors(scratch, unfit=2, behind=0)
    home = scratch / "guests"
    home.mkdir()
    (home / ".lock").touch()  # left by an earlier create: the home's own name is durable
    words = ("create", "web01", "--arch", "x86_64", "--machine", "q35", "--secure-boot", "off", "--search-dir",
             str(folder), "--json")
    calls, _ = tracer.run(scratch, *words, home=home)
    synced = [call.file for call in calls if call.name in ("fsync", "fdatasync", "sync_file_range", "syncfs", "sync")]
    opened_as_directories = {call.opened for call in calls if call.name == "openat" and "O_DIRECTORY" in call.arguments}
    directories = [path for path in synced if path in opened_as_directories]
    files = [path for path in synced if path not in directories]
    print("made durable, in this order:", *synced, sep="\n  ")
    expect(len(files) == 2 and len(set(files)) == 2, f"2 files are made durable, once each: {files}")
    expect(len(directories) == 2 and directories[-1] == str(home),
           f"2 directories are made durable, the guest's and then the home: {directories}")
    expect(not any("SYNC" in call.arguments for call in calls if call.name == "openat"), "no file is opened O_SYNC")
    expect(any(name.startswith("libcrypto.so") for name in libraries(calls)), "libcrypto is loaded to take digests")
    again, _ = tracer.run(scratch, *words, home=home)
    expect(not any(call.name in ("fsync", "fdatasync") and call.file != str(home) for call in again),
           "creating it again made files durable")
    expect_only_libc(again)
    return 0


CASES = {name.removeprefix("case_"): function for name, function in globals().items() if name.startswith("case_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nonvol", required=True)
    parser.add_argument("--show", action="store_true", help="print the whole trace")
    parser.add_argument("cases", nargs="+", choices=sorted(CASES), metavar="CASE")
    given = parser.parse_args()
    why_not = tracing_works()
    if why_not:
        print(f"skipped: {why_not}")
        return SKIPPED
    tracer = Tracer(str(pathlib.Path(given.nonvol).resolve()), given.show)
    status = 0
    for name in given.cases:
        # As the kernel names it: a link on the way would hide the files from the counts.
        with tempfile.TemporaryDirectory(prefix="nonvol-counts-") as scratch:
            try:
                status = CASES[name](tracer, pathlib.Path(scratch).resolve()) or status
            except Failed as failed:
                print(f"{name}: {failed}")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
