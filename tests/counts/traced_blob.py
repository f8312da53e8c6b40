#!/usr/bin/env python3
"""Counts what NVRAM images ask of the system, with strace.

    traced_blob.py --nonvol build/check/nonvol --calls build/check/tests/counts/nvram_calls [--show] CASE...

Exit status: 0 the counts are as they should be, 1 some are not, 77 this machine cannot trace.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from traced import SKIPPED, Failed, Tracer, expect, expect_only_libc, libraries, opens, tracing_works  # noqa: E402

ENTRY_BYTES = 4096
GET_CALLS = 5  # openat, fstat, two preads, close
SYNCS = ("fsync", "fdatasync", "sync_file_range", "syncfs", "sync", "msync")
READS = ("read", "pread64", "readv", "preadv", "preadv2")
WRITES = ("write", "pwrite64", "writev", "pwritev", "pwritev2")


class World:
    def __init__(self, nonvol, calls, show, scratch):
        self.traced, self.calls = Tracer(nonvol, show), Tracer(calls, show)
        self.scratch, self.image = scratch, scratch / "image.nv"
        (scratch / "content").write_text("0123456789abcdef" * (ENTRY_BYTES // 16))

    def blob(self, command, *words):
        """Not traced; must succeed."""
        done = subprocess.run([self.traced.nonvol, "blob", command, *words], capture_output=True, text=True, check=False)
        expect(done.returncode == 0, f"blob {command}: {done.stderr}")

    def make_image(self, *entries, options=()):
        self.blob("format", str(self.image), *(word for each in entries for word in ("--entry", each)), *options)

    def put(self, name, *options):
        self.blob("put", str(self.image), name, "-i", str(self.scratch / "content"), *options)

    def get(self, target, name, *options):
        calls, out = self.traced.run(self.scratch, "blob", "get", target, name, *options)
        expect(out == (self.scratch / "content").read_text(), "something else was read")
        return calls

    def on_image(self, calls, names):
        return [call for call in calls if call.name in names and call.file == str(self.image)]


def has_library(calls, name):
    return any(each.startswith(f"{name}.so") for each in libraries(calls))


def between_marks(calls):
    """The names of the calls behind each getppid, up to the next."""
    parts = []
    for call in calls:
        if call.name == "getppid":
            parts.append([])
        elif parts:
            parts[-1].append(call.name)
    return parts


def case_library(world):
    world.make_image(f"a:{ENTRY_BYTES}", f"b:{ENTRY_BYTES}")
    world.put("a")
    world.put("b")
    calls, _ = world.calls.run(world.scratch, str(world.image))
    get, _, first, second, other, delete, _ = between_marks(calls)
    print("open, get, close:", *get)
    print("first put:", *first)
    print("later puts:", *second)
    expect(len(get) <= GET_CALLS, f"{len(get)} system calls instead of {GET_CALLS}")
    expect((get[0], get[-1]) == ("openat", "close"), "the calls are not from opening to closing")
    expect(first == ["fdatasync", "pwrite64", "fdatasync"],
           "the first put after opening makes durable what it finds, writes once and flushes once")
    for name, part in (("put", second), ("put of another entry", other), ("delete", delete)):
        expect(part == ["pwrite64", "fdatasync"], f"a {name} is one write and one flush, not {part}")
    return 0


def case_blob_get(world):
    world.make_image(f"a:{ENTRY_BYTES}", "b:100000")
    world.put("a")
    calls = world.get(str(world.image), "a")
    expect(opens(calls)[str(world.image)] == 1, f"the image was opened {opens(calls)[str(world.image)]} times")
    reads = world.on_image(calls, READS)
    print(f"{len(reads)} reads, {sum(call.result for call in reads)} bytes; {len(calls)} calls")
    expect(len(reads) == 2, f"{len(reads)} reads instead of 2: the front and the entry")
    expect(not world.on_image(calls, (*WRITES, *SYNCS)), "reading wrote or flushed")
    expect(not world.on_image(calls, ("fcntl",)), "a reader takes no lock")
    expect_only_libc(calls)
    return 0


def case_blob_list(world):
    number = 30
    world.make_image(*(f"entry {each}:{ENTRY_BYTES}" for each in range(number)))
    calls, _ = world.traced.run(world.scratch, "blob", "list", str(world.image))
    reads = world.on_image(calls, READS)
    # The front, an element of slack and one of an entry for each entry, and both slots at once.
    most = 3 * number + 6
    read_bytes, most_bytes = sum(call.result for call in reads), world.image.stat().st_size * 5 // 4
    print(f"{len(reads)} reads of {number} entries, {most} are allowed; {read_bytes} bytes, {most_bytes} are allowed")
    expect(number <= len(reads) <= most, "too many reads")
    expect(read_bytes <= most_bytes, "too many bytes were read")
    expect(opens(calls)[str(world.image)] == 1, "the image was opened more than once")
    expect(not world.on_image(calls, (*WRITES, *SYNCS)), "listing wrote or flushed")
    expect_only_libc(calls)
    return 0


def case_blob_put(world):
    world.make_image(f"a:{ENTRY_BYTES}")
    words = ("blob", "put", str(world.image), "a", "-i", str(world.scratch / "content"))
    calls, _ = world.traced.run(world.scratch, *words)
    on_image = [call.name for call in world.on_image(calls, (*WRITES, *SYNCS))]
    print("what changes the image:", *on_image)
    expect(on_image == ["fdatasync", "pwrite64", "fdatasync"], "a put is one write between two flushes")
    expect(opens(calls)[str(world.image)] == 1, f"the image was opened {opens(calls)[str(world.image)]} times")
    expect_only_libc(calls)
    again, _ = world.traced.run(world.scratch, *words)
    on_image = [call.name for call in world.on_image(again, (*WRITES, *SYNCS))]
    expect(on_image == ["fdatasync"], f"the same content again is made durable and not written: {on_image}")
    return 0


def case_blob_libraries(world):
    """libcrypto for what needs a digest or a cipher, libnbd for servers, neither for anything else."""
    (world.scratch / "key").write_bytes(bytes(32))
    key = ("--key-file", str(world.scratch / "key"))
    for options, entry, more in ((("--integrity", "sha256"), "a:4096", ()), (key, "a:4096:encrypted", key)):
        world.make_image(entry, options=options)
        world.put("a", *more)
        calls = world.get(str(world.image), "a", *more)
        expect(has_library(calls, "libcrypto"), f"{' '.join(options)}: libcrypto is loaded")
        expect(not has_library(calls, "libnbd"), f"{' '.join(options)}: libnbd is loaded for a path")
        world.image.unlink()
    if shutil.which("nbdkit") is None:
        print("nbdkit is not installed: no server was asked")
        return 0
    world.make_image("a:4096")
    world.put("a")
    socket = world.scratch / "socket"
    with subprocess.Popen(["nbdkit", "--foreground", "--exit-with-parent", "--unix", socket, "--pidfile",
                           world.scratch / "pid", "file", world.image]) as server:
        try:
            deadline = time.monotonic() + 30
            while not (world.scratch / "pid").exists():
                expect(server.poll() is None and time.monotonic() < deadline, "nbdkit does not serve")
                time.sleep(0.01)
            calls = world.get(f"nbd+unix:///?socket={socket}", "a")
        finally:
            server.kill()
    expect(has_library(calls, "libnbd"), "libnbd is loaded for a server")
    return 0


CASES = {name.removeprefix("case_"): function for name, function in globals().items() if name.startswith("case_")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nonvol", required=True)
    parser.add_argument("--calls", required=True)
    parser.add_argument("--show", action="store_true", help="print the whole trace")
    parser.add_argument("cases", nargs="+", choices=sorted(CASES), metavar="CASE")
    given = parser.parse_args()
    why_not = tracing_works()
    if why_not:
        print(f"skipped: {why_not}")
        return SKIPPED
    programs = [str(pathlib.Path(each).resolve()) for each in (given.nonvol, given.calls)]
    status = 0
    for name in given.cases:
        with tempfile.TemporaryDirectory(prefix="nonvol-counts-") as scratch:
            try:
                status = CASES[name](World(*programs, given.show, pathlib.Path(scratch).resolve())) or status
            except Failed as failed:
                print(f"{name}: {failed}")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
