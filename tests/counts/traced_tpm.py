#!/usr/bin/env python3
"""Counts what a TPM emulator asks of the system for each command it answers, with strace.

    traced_tpm.py --nonvol build/check/nonvol [--show] CASE...

Exit status: 0 the counts are as they should be, 1 some are not, 77 this machine cannot trace.
"""

import argparse
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from traced import CALL, SKIPPED, Call, Failed, expect, libraries, opens, tracing_works  # noqa: E402

SYNCS = ("fsync", "fdatasync", "sync_file_range", "syncfs", "sync", "msync")
WRITES = ("write", "pwrite64", "writev", "pwritev", "pwritev2")
STAMPED = re.compile(r"^(\d+\.\d+) (.*)$")
STORED = ["pwrite64", "fdatasync"]
INDEX = 0x01C00100
LATE_US = 200_000


def command(code, handles=(), parameters=b"", authorised=False):
    """A TPM 2.0 command; authorised: with an empty password for the first handle."""
    body = b"".join(struct.pack(">I", handle) for handle in handles)
    if authorised:
        body += struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)
    body += parameters
    return struct.pack(">HII", 0x8002 if authorised else 0x8001, 10 + len(body), code) + body


def nv_define():
    public = struct.pack(">IHIHH", INDEX, 0x000B, 0x42050005, 0, 64)
    return command(0x12A, [0x4000000C], struct.pack(">HH", 0, len(public)) + public, True)


def nv_write(octet):
    return command(0x137, [INDEX, INDEX], struct.pack(">H", 64) + bytes([octet]) * 64 + struct.pack(">H", 0), True)


def pcr_extend():
    return command(0x182, [8], struct.pack(">IH", 1, 0x000B) + bytes(32), True)


# What each command does to the image.
COMMANDS = (
    ("Startup", command(0x144, parameters=b"\0\0"), STORED),
    ("SelfTest", command(0x143, parameters=b"\1"), []),
    ("GetRandom", command(0x17B, parameters=b"\0\x10"), []),
    ("PCR_Extend", pcr_extend(), []),
    ("NV_DefineSpace", nv_define(), STORED),
    ("NV_Write", nv_write(1), STORED),
    ("NV_Write of something else", nv_write(2), STORED),
    ("NV_Write of the same", nv_write(2), []),
    # The counter of wrong passwords, which is zero, becomes zero: libtpms stores all of the state again.
    ("DictionaryAttackLockReset", command(0x139, [0x4000000A], b"", True), []),
    ("NV_Read", command(0x14E, [INDEX, INDEX], struct.pack(">HH", 64, 0), True), []),
    ("GetCapability", command(0x17A, parameters=struct.pack(">III", 6, 0x100, 127)), []),
    ("Shutdown", command(0x145, parameters=b"\0\0"), STORED),
)


class Emulator:
    """One that is traced, from its start to its end, and its threads' calls with the time of each."""

    def __init__(self, nonvol, show, scratch):
        self.nonvol, self.show, self.scratch = nonvol, show, scratch
        self.image, self.data = scratch / "tpm.nv", scratch / "data"
        environment = {"PATH": os.environ["PATH"], "HOME": str(scratch)}
        made = subprocess.run([nonvol, "tpm", "create", self.image], env=environment, capture_output=True, text=True,
                              check=False)
        expect(made.returncode == 0, f"tpm create: {made.stderr}")
        # Threads begin late, so that one which nobody waits for is caught by the sandbox.
        self.words = ["strace", "-ff", "-ttt", "-y", "-s", "0", "-o", scratch / "trace",
                      f"--inject=rseq:delay_enter={LATE_US}", nonvol, "tpm", "run", self.image, "--data-socket",
                      self.data, "--store-limit", "0", "--terminate"]
        self.environment = environment

    def connect(self, path):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(60)
        deadline = time.monotonic() + 60
        while True:
            try:
                client.connect(str(path))
                return client
            except OSError:
                expect(time.monotonic() < deadline, "the emulator does not listen")
                time.sleep(0.005)

    def run(self, commands):
        """What each was answered with. The emulator ends when its control channel is closed."""
        with subprocess.Popen(self.words, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as running:
            try:
                with self.connect(f"{self.data}.ctrl"), self.connect(self.data) as client:
                    answers = []
                    for one in commands:
                        client.sendall(one)
                        answers.append(client.recv(4096))
                _, errors = running.communicate(timeout=60)
            except OSError as error:
                raise Failed(f"a command is not answered: {error}") from error
            finally:
                running.kill()
        expect(running.returncode == 0, f"tpm run: exit status {running.returncode}\n{errors}")
        return answers

    def threads(self):
        """[[(seconds, call)] of each thread], the main one first."""
        logs = sorted(self.scratch.glob("trace.*"), key=lambda log: log.read_text("utf-8", "replace").split(" ", 1)[0])
        threads = []
        for log in logs:
            text = log.read_text("utf-8", "replace")
            if self.show:
                print(text)
            stamped = [STAMPED.match(line) for line in text.splitlines()]
            calls = [(float(each.group(1)), CALL.match(each.group(2))) for each in stamped if each]
            threads.append([(seconds, Call(*found.groups())) for seconds, found in calls if found])
        return threads


def first(calls, name):
    found = next((index for index, (_, call) in enumerate(calls) if call.name == name), None)
    expect(found is not None, f"the trace has no {name}")
    return found


def case_tpm_commands(emulator):
    """One write and one flush before the answer to a command that changes the state, nothing for any other."""
    answers = emulator.run([sent for _, sent, _ in COMMANDS])
    data = next(calls for calls in emulator.threads() if any(call.name == "recvfrom" for _, call in calls))
    parts = [[]]  # from one command's arrival to the next one's
    for _, call in data:
        if call.name == "recvfrom" and call.result > 0:
            parts.append([])
        elif not (call.name == "recvfrom" and call.result == 0):
            parts[-1].append(call)
    expect(len(parts) == len(COMMANDS) + 1, f"{len(parts) - 1} commands arrived in one piece, not {len(COMMANDS)}")
    for (name, _, wanted), answer, calls in zip(COMMANDS, answers, parts[1:]):
        code = struct.unpack(">I", answer[6:10])[0]
        expect(code == 0, f"{name} is answered with code {code:#x}")
        names = [call.name for call in calls]
        expect(names.count("sendto") == 1, f"{name} is answered with one system call, not {names}")
        before = calls[:names.index("sendto")]
        on_image = [call.name for call in before if call.name in WRITES + SYNCS and call.file == str(emulator.image)]
        print(f"{name}:", *(on_image or ["-"]))
        expect(on_image == wanted, f"{name}: {on_image} before the answer instead of {wanted}")
        later = [call.name for call in calls[names.index("sendto") + 1:] if call.file == str(emulator.image)]
        expect(not later, f"{name}: {later} after the answer")
    # What a command takes once all memory is there: it comes, is stored, and is answered.
    steady = [call.name for call in parts[1 + [name for name, _, _ in COMMANDS].index("NV_Write of something else")]]
    expect(steady == [*STORED, "sendto"], f"an NV_Write is {steady}")
    return 0


def case_tpm_start(emulator):
    """What starting opens, and that all of it, threads too, comes before the sandbox."""
    emulator.run([])
    threads = emulator.threads()
    main = threads[0]
    sandbox = first(main, "seccomp")
    before = [call for _, call in main[:sandbox]]
    after = [call for thread in threads for seconds, call in thread if seconds > main[sandbox][0]]
    image = str(emulator.image)
    loaded = sorted(libraries(before))
    on_image = [call.name for call in before if call.name in WRITES + SYNCS and call.file == image]
    print(f"{opens(before)[image]} opens of the image;", *on_image, *loaded)
    expect(opens(before)[image] <= 2, "the image is opened once to be used, and once to see what it is")
    expect(on_image == ["fdatasync"], "what a killed emulator left is made durable, and nothing is written")
    expect(all(name.startswith(("libc.so", "ld-", "libtpms.so", "libcrypto.so")) for name in loaded), "libraries")
    expect(not opens(after), f"opened inside the sandbox: {dict(opens(after))}")
    # libc registers rseq(2) for each thread when it begins to run, and ends the process where that is refused.
    begun = [seconds for thread in threads for seconds, call in thread if call.name == "rseq"]
    expect(len(begun) == len(threads) == 3, f"{len(threads)} threads, of which {len(begun)} have begun")
    expect(max(begun) < main[sandbox][0], "a thread begins to run when the sandbox is closed")
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
    status = 0
    for name in given.cases:
        with tempfile.TemporaryDirectory(prefix="nonvol-counts-") as scratch:
            try:
                nonvol = str(pathlib.Path(given.nonvol).resolve())
                status = CASES[name](Emulator(nonvol, given.show, pathlib.Path(scratch).resolve())) or status
            except Failed as failed:
                print(f"{name}: {failed}")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
