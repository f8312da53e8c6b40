#!/usr/bin/env python3
"""What a TPM emulator loses when it is killed, or when its image cannot be read or written: nothing that it answered.

    tpm_faults_test.py --nonvol build/check/nonvol [--seed NUMBER] [unittest's words]
"""

import json
import pathlib
import random
import struct
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
from tpm_process import (  # noqa: E402
    COUNTER, FAILURE, INIT, LOCKOUT_COUNTER, OWNER_READ, OWNER_WRITE, SHUTDOWN, Dead, Nonvol, Refused,
    missing, nbd_server, run_tests,
)

NONVOL = ""
SEED = 0
KILLS = 200
COUNTER_INDEX, DATA_INDEX, MORE_INDEX = 0x1500010, 0x1500011, 0x1500012
DATA_BYTES = 512
REFUSED, DAMAGED = 4, 5
FAIL = 9  # TPM_FAIL, a result of the control channel


def pattern(number):
    return struct.pack(">I", number) * (DATA_BYTES // 4)


class Faults(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nonvol-tpm-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.nonvol = Nonvol(NONVOL, self.folder)
        self.dice = random.Random(SEED)

    def image(self, *options, **more):
        return self.nonvol.make_image("tpm.nv", *options, **more)

    def prepare(self, tpm):
        tpm.define(COUNTER_INDEX, 8, OWNER_WRITE | OWNER_READ | COUNTER)
        tpm.increment(COUNTER_INDEX)
        tpm.define(DATA_INDEX, DATA_BYTES)
        tpm.write(DATA_INDEX, pattern(0))

    def test_killed_at_random(self):
        """200 times while a client counts and writes as fast as it can."""
        image = self.image()
        with self.nonvol.emulator(image, "--startup", "clear", "--store-limit", "0") as emulator:
            tpm = emulator.tpm()
            self.prepare(tpm)
            tpm.close()
            counted, written, tried = tpm_counter(emulator), 0, 0
            mornings = 0
            for _ in range(KILLS):
                tpm = emulator.tpm()
                killer = threading.Timer(self.dice.uniform(0.0005, 0.04), emulator.process.kill)
                killer.start()
                try:
                    while True:
                        tpm.increment(COUNTER_INDEX)
                        counted += 1
                        tried = written + 1
                        tpm.write(DATA_INDEX, pattern(tried))
                        written = tried
                except Dead:
                    tpm.close()
                killer.join()
                emulator.wait()
                emulator.start()
                with emulator.tpm() as tpm:
                    now = tpm.counter(COUNTER_INDEX)
                    # The one more was stored, and its answer never came.
                    self.assertIn(now, (counted, counted + 1))
                    data = tpm.read(DATA_INDEX, DATA_BYTES)
                    self.assertIn(data, (pattern(written), pattern(tried)), f"of {written} and {tried}")
                    mornings += now != counted or data != pattern(written)
                    counted, written = now, tried if data == pattern(tried) else written
                    tried = written
            with emulator.tpm() as tpm:
                print(f"{KILLS} kills, {counted} increments, {mornings} stored and not answered; lockout counter "
                      f"{tpm.property(LOCKOUT_COUNTER)}")
        self.assertGreater(counted, KILLS, "the client hardly got to count")

    def test_killed_while_it_starts(self):
        """Neither half a TPM nor a new one, whenever it ends."""
        image = self.image()
        with self.nonvol.emulator(image, "--startup", "clear") as emulator:
            with emulator.tpm() as tpm:
                self.prepare(tpm)
            for _ in range(30):
                emulator.kill()
                emulator.start()
                control = emulator.control()
                control.send(INIT, struct.pack(">I", 0))
                time.sleep(self.dice.uniform(0, 0.004))
                control.close()
            emulator.kill()
            emulator.start()
            with emulator.tpm() as tpm:
                self.assertEqual(tpm.counter(COUNTER_INDEX), 1)
                self.assertEqual(tpm.read(DATA_INDEX, DATA_BYTES), pattern(0))

    def expect_failure_mode(self, tpm):
        """Everything is answered with TPM_RC_FAILURE, also what needs no storage."""
        for command, body in ((0x17B, b"\0\4"), (0x181, b""), (0x144, b"\0\0")):
            self.assertEqual(tpm.code(command, body)[0], FAILURE)

    def store_until_refused(self, tpm):
        """Increments the counter: how often that was acknowledged."""
        for count in range(1000):
            try:
                tpm.increment(COUNTER_INDEX)
            except Refused as refused:
                self.assertEqual(refused.code, FAILURE)
                return count
        self.fail("the fault never came")

    def restart(self, emulator, **expect):
        """INIT and Startup, as a machine reset; the old TPM with all that it acknowledged."""
        with emulator.control() as control:
            self.assertEqual(control.init(), 0)
            with control.data() as tpm:
                self.assertEqual(tpm.startup(), 0)
                self.assertIn(tpm.counter(COUNTER_INDEX), expect["counter"])
                self.assertEqual(tpm.read(DATA_INDEX, DATA_BYTES), pattern(0))

    def failing(self, kind, error):
        """A new image, the file whose presence makes requests of this kind (all, without one) fail, and the server."""
        image, fault = self.image(), self.folder / "fault"
        option = f"error-{kind}" if kind else "error"
        words = ["--filter=error", "file", image, f"{option}={error}", f"{option}-rate=100%", f"{option}-file={fault}"]
        if kind == "flush":
            # That filter knows of no flushes.
            words = ["eval", f"get_size=stat -c %s {image}", "can_write=exit 0", "can_flush=exit 0",
                     f"pread=dd if={image} skip=$4 count=$3 iflag=skip_bytes,count_bytes status=none",
                     f"pwrite=dd of={image} seek=$4 conv=notrunc oflag=seek_bytes status=none",
                     f"flush=test ! -e {fault} || {{ echo {error} >&2; exit 1; }}"]
        return image, fault, nbd_server(self.folder, *words)

    def test_writes_fail(self):
        """A full or broken disk: 0x101 from then on, and the old TPM when it works again."""
        _, fault, server = self.failing("pwrite", "ENOSPC")
        with server as uri, self.nonvol.emulator(uri, "--startup", "clear") as emulator:
            with emulator.tpm() as tpm:
                self.prepare(tpm)
                tpm.increment(COUNTER_INDEX)
                fault.touch()
                self.assertEqual(self.store_until_refused(tpm), 0)
                self.expect_failure_mode(tpm)
            with emulator.control() as control:
                # While the disk is broken a reset helps nobody, and makes nothing new.
                control.init()
                with control.data() as tpm:
                    for _ in range(3):
                        tpm.startup()
                        with self.assertRaises(Refused):
                            tpm.increment(COUNTER_INDEX)
            fault.unlink()
            self.restart(emulator, counter=(2,))
            self.assertIn("NV", emulator.log())

    def test_flushes_fail(self):
        """What was written is not acknowledged; a later flush that succeeds says nothing about it."""
        _, fault, server = self.failing("flush", "EIO")
        with server as uri, self.nonvol.emulator(uri, "--startup", "clear") as emulator:
            with emulator.tpm() as tpm:
                self.prepare(tpm)
                tpm.increment(COUNTER_INDEX)
                fault.touch()
                self.assertEqual(self.store_until_refused(tpm), 0)
                self.expect_failure_mode(tpm)
            fault.unlink()
            self.restart(emulator, counter=(2, 3))

    def test_plain_file(self):
        """The same of a file, whose system calls fail once, by strace."""
        if missing("strace"):
            self.skipTest("no strace")
        for call, error, after in (("pwrite64", "ENOSPC", (2,)), ("fdatasync", "EIO", (2, 3))):
            with self.subTest(call=call):
                image = self.nonvol.make_image(f"{call}.nv")
                # Counted in each thread: that of TPM commands makes a TPM, starts it, prepares it and counts once.
                before = ["strace", "-f", "-o", self.folder / f"{call}.trace", "-e", f"trace={call}", "-e",
                          f"inject={call}:error={error}:when=8"]
                with self.nonvol.emulator(image, "--startup", "clear", before=before, name=call) as emulator:
                    with emulator.tpm() as tpm:
                        self.prepare(tpm)
                        tpm.increment(COUNTER_INDEX)
                        self.assertEqual(self.store_until_refused(tpm), 0)
                        self.expect_failure_mode(tpm)
                    self.restart(emulator, counter=after)
                    with emulator.control() as control:
                        control.send(SHUTDOWN)
                        control.exactly(4)
                    emulator.wait()
                self.assertIn("INJECTED", (self.folder / f"{call}.trace").read_text())

    def test_nothing_works(self):
        """What cannot be read is not taken for a computer without a TPM, neither at the start nor at a reset."""
        image, fault, server = self.failing("", "EIO")
        with server as uri, self.nonvol.emulator(uri, "--startup", "clear") as emulator:
            with emulator.tpm() as tpm:
                self.prepare(tpm)
                fault.touch()
                self.assertEqual(self.store_until_refused(tpm), 0)
            before = image.read_bytes()
            with emulator.control() as control, control.data() as tpm:
                for _ in range(2):
                    self.assertEqual(control.init(), FAIL)
                    self.expect_failure_mode(tpm)
            emulator.stop()
            with self.assertRaises(Dead):
                emulator.start()
            self.assertEqual(image.read_bytes(), before)
            fault.unlink()
            emulator.start()
            self.restart(emulator, counter=(1,))

    def newest(self, image):
        """Where the newest slot of the permanent state lies in the image, and where the other one does."""
        segments = json.loads(self.nonvol.run("blob", "map", image, "--json"))["segments"]
        mine = [each for each in segments if each["entry"] == "permall" and each["slot"] is not None]
        newest = next(each for each in mine if each["what"] == "newest")
        other = next(each for each in mine if each["slot"] != newest["slot"])
        return newest["begin_bytes"], other["begin_bytes"]

    def test_damaged(self):
        """One bit of the newest slot brings the one before it back; a bit of each is no TPM, and not a new one."""
        image = self.image()
        with self.nonvol.emulator(image, "--startup", "clear") as emulator, emulator.tpm() as tpm:
            self.prepare(tpm)
            tpm.increment(COUNTER_INDEX)
        content = bytearray(image.read_bytes())
        newest, other = self.newest(image)
        content[newest + 600] ^= 0x10
        image.write_bytes(content)
        with self.nonvol.emulator(image, "--startup", "clear") as emulator, emulator.tpm() as tpm:
            # Before the newest, which is the Shutdown at the end.
            self.assertEqual(tpm.counter(COUNTER_INDEX), 2)

        content[other + 600] ^= 0x10
        image.write_bytes(content)
        words = ("tpm", "run", "--store", image, "--socket", self.folder / "s")
        self.nonvol.run(*words, status=DAMAGED)
        self.assertEqual(image.read_bytes(), content)

    def test_damaged_at_init(self):
        """The incoming side of a migration that brings nothing reads the image as late as this."""
        image = self.image()
        with self.nonvol.emulator(image, "--startup", "clear") as emulator, emulator.tpm() as tpm:
            self.prepare(tpm)
        good = image.read_bytes()
        bad = bytearray(good)
        slots = self.newest(image)
        for start in slots:
            bad[start + 600] ^= 0x10
        first, end = min(slots), max(slots) + 256 * 1024
        image.write_bytes(bad)
        with self.nonvol.emulator(image, "--incoming") as emulator:
            with emulator.control() as control, control.data() as tpm:
                for _ in range(2):
                    self.assertEqual(control.init(), FAIL)
                    self.expect_failure_mode(tpm)
            self.assertEqual(image.read_bytes()[first:end], bad[first:end])
            image.write_bytes(good)
            self.restart(emulator, counter=(1,))

    def test_wrong_key(self):
        """A wrong key is refused at the start, and the image stays as it is."""
        for name in ("right", "wrong"):
            (self.folder / name).write_bytes(self.dice.randbytes(32))
        key = ("--key-file", self.folder / "right")
        image = self.image(*key, entries=["permall:256K:encrypted", "volatilestate:64K:encrypted"])
        with self.nonvol.emulator(image, *key, "--startup", "clear") as emulator, emulator.tpm() as tpm:
            self.prepare(tpm)
        before = image.read_bytes()
        self.nonvol.run("tpm", "run", "--store", image, "--socket", self.folder / "s", "--key-file",
                        self.folder / "wrong", status=REFUSED)
        self.assertEqual(image.read_bytes(), before)
        # Where the image is opened late it is the same for every command.
        with self.nonvol.emulator(image, "--key-file", self.folder / "wrong", "--incoming") as emulator:
            with emulator.control() as control, control.data() as tpm:
                self.assertEqual(control.init(), FAIL)
                self.expect_failure_mode(tpm)
        self.assertEqual(image.read_bytes(), before)
        with self.nonvol.emulator(image, *key, "--startup", "clear") as emulator, emulator.tpm() as tpm:
            self.assertEqual(tpm.counter(COUNTER_INDEX), 1)


def tpm_counter(emulator):
    with emulator.tpm() as tpm:
        return tpm.counter(COUNTER_INDEX)


def start(given):
    global NONVOL, SEED
    NONVOL, SEED = given.nonvol, given.seed
    print(f"--seed {SEED}", flush=True)


if __name__ == "__main__":
    run_tests(__doc__, ["nbdkit"], start,
              [("--seed", {"type": int, "default": random.SystemRandom().randrange(1 << 32)})])
