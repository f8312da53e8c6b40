#!/usr/bin/env python3
"""The control channel of nonvol's TPM emulator: held to a real swtpm request by request, to swtpm_ioctl, to what
cloud-hypervisor sends; and what the process has given up when it listens.

    tpm_control_test.py --nonvol build/check/nonvol [unittest's words]
"""

import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from tpm_process import (  # noqa: E402
    AUTH_READ, AUTH_WRITE, CANCEL, GET_CAPABILITY, GET_CONFIG, GET_ESTABLISHED, GET_INFO, GET_STATEBLOB, HASH_DATA,
    HASH_END, HASH_START, INIT, LOCKOUT_COUNTER, LOCK_STORAGE, OWNER_READ, OWNER_WRITE, RESET_ESTABLISHED,
    SET_BUFFERSIZE, SET_DATAFD, SET_LOCALITY, SET_STATEBLOB, SHUTDOWN, STOP, STORE_VOLATILE, Control, Nonvol,
    Refused, Swtpm, missing, run_tests,
)

NONVOL = ""
TRY_AGAIN = 0x922  # TPM_RC_RETRY


def words(*values):
    return struct.pack(f">{len(values)}I", *values)


def info(flags, offset=0):
    return struct.pack(">QII", flags, offset, 0)


OFF = [
    (GET_CAPABILITY, b""), (GET_ESTABLISHED, b""), (SET_LOCALITY, b"\5\0\0\0"), (SET_LOCALITY, b"\0\0\0\0"),
    (HASH_START, b""), (HASH_DATA, words(4) + b"abcd"), (HASH_END, b""), (CANCEL, b""), (STORE_VOLATILE, b""),
    (RESET_ESTABLISHED, b"\3\0\0\0"), (GET_STATEBLOB, words(1, 1, 0)), (GET_STATEBLOB, words(1, 2, 0)),
    (GET_STATEBLOB, words(1, 3, 0)), (GET_STATEBLOB, words(1, 7, 0)), (SET_STATEBLOB, words(0, 1, 16) + bytes(16)),
    (SET_STATEBLOB, words(0, 9, 4) + b"abcd"), (STOP, b""), (GET_CONFIG, b""), (SET_BUFFERSIZE, words(0)),
    (SET_BUFFERSIZE, words(3968)), (SET_BUFFERSIZE, words(1)), (SET_BUFFERSIZE, words(99999)), (GET_INFO, info(1)),
    (GET_INFO, info(0)), (GET_INFO, info(1, 100000)), (LOCK_STORAGE, words(1)),
]
ON = [
    (INIT, words(0)), (GET_ESTABLISHED, b""), (SET_LOCALITY, b"\3\0\0\0"), (SET_LOCALITY, b"\0\0\0\0"),
    (SET_BUFFERSIZE, words(3968)), (SET_BUFFERSIZE, words(0)), (RESET_ESTABLISHED, b"\3\0\0\0"),
    (RESET_ESTABLISHED, b"\0\0\0\0"), (RESET_ESTABLISHED, b"\7\0\0\0"), (HASH_DATA, words(4) + b"abcd"),
    (HASH_END, b""),
    (HASH_START, b""), (HASH_DATA, words(4) + b"abcd"), (HASH_END, b""), (GET_ESTABLISHED, b""), (CANCEL, b""),
    (STORE_VOLATILE, b""), (GET_STATEBLOB, words(1, 1, 0)), (GET_STATEBLOB, words(1, 1, 100)),
    (GET_STATEBLOB, words(1, 1, 10_000_000)), (GET_STATEBLOB, words(1, 2, 0)), (GET_STATEBLOB, words(1, 3, 0)),
    (GET_STATEBLOB, words(1, 4, 0)), (GET_STATEBLOB, words(1, 0, 0)), (GET_STATEBLOB, words(0, 1, 0)),
    (SET_STATEBLOB, words(0, 1, 16) + b"x" * 16), (GET_INFO, info(1)), (GET_INFO, info(0xFF)), (LOCK_STORAGE, words(1)),
]
AFTERWARDS = [
    (STOP, b""), (STOP, b""), (GET_ESTABLISHED, b""), (GET_STATEBLOB, words(1, 1, 0)), (INIT, words(1)),
    (INIT, words(0)), (INIT, words(0xFF)), (0x14, b""), (0, b""), (0xFFFFFFFF, b""), (GET_CAPABILITY, b""),
    (SET_DATAFD, b""),
]


class Kept(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nonvol-tpm-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.nonvol = Nonvol(NONVOL, self.folder)

    def both(self, *, tpm12=False, data=False):
        """A new TPM of each, not switched on."""
        ours = self.nonvol.emulator(self.image(tpm12), "--startup", "none", *(["--tpm1.2"] if tpm12 else []), data=data)
        theirs = Swtpm(self.folder, tpm12=tpm12, data=data)
        return self.enterContext(ours), self.enterContext(theirs)

    def image(self, tpm12=False):
        entries = ["permall:256K", "volatilestate:576K", "savestate:128K"] if tpm12 else None
        return self.nonvol.make_image("tpm.nv", **({"entries": entries} if entries else {}))


class BesideSwtpm(Kept):
    def answers(self, emulator, requests):
        with emulator.control() as control:
            return [(command, body, control.ask(command, body), control.in_one_read) for command, body in requests]

    @staticmethod
    def comparable(command, body, answer):
        """Without the bytes of a state, which differ between any two TPMs, and of a description of the TPM."""
        if command == GET_STATEBLOB and len(answer) > 16:
            return answer[:16] + f" and {len(answer) - 16} bytes".encode()
        if command == GET_CAPABILITY:
            # Theirs may lack LOCK_STORAGE, and sends headers of TPM commands, for a client that is not on a socket.
            return answer[:4] + words(struct.unpack_from(">I", answer, 4)[0] & 0x7FFF)
        return answer

    def differences(self, tpm12):
        """{(position, command): (what we answer, what swtpm does)}, of results alone where only they are there"""
        ours, theirs = self.both(tpm12=tpm12)
        found = {}
        for name, requests in (("off", OFF), ("on", ON), ("afterwards", AFTERWARDS)):
            answered = zip(self.answers(ours, requests), self.answers(theirs, requests), strict=True)
            for at, ((command, body, our, one_read), (_, _, their, _)) in enumerate(answered):
                self.assertTrue(one_read, f"{command:#x} came in pieces")
                if self.comparable(command, body, our) != self.comparable(command, body, their):
                    found[(name, at, command)] = (our[:4].hex(), their[:4].hex())
        return found

    # On purpose:
    # CANCEL_TPM_CMD never waits to find out whether a TPM is on.
    # A blob that is nothing: what it is refused with. QEMU shows the number.
    # LOCK_STORAGE is younger than some swtpm.
    # A kind of state that does not exist is an error, and not one that the TPM has none of.
    # libtpms cannot cancel a command of TPM 1.2; the client, who does not know, is not told of a failure.
    WANTED = {("off", 7, CANCEL): ("00000000", "0000000a"), ("off", 14, SET_STATEBLOB): ("00000009", "00000003"),
              ("on", 22, GET_STATEBLOB): ("00000009", "00000800"), ("on", 23, GET_STATEBLOB): ("00000009", "00000800")}
    OLD_SWTPM = {("off", 25, LOCK_STORAGE): ("00000000", "0000000a"),
                 ("on", 28, LOCK_STORAGE): ("00000000", "0000000a")}

    def without_old(self, found):
        return {key: value for key, value in found.items() if self.OLD_SWTPM.get(key) != value}

    def test_tpm20(self):
        self.assertEqual(self.without_old(self.differences(tpm12=False)), self.WANTED)

    def test_tpm12(self):
        wanted = self.WANTED | {("on", 15, CANCEL): ("00000000", "00000009")}
        self.assertEqual(self.without_old(self.differences(tpm12=True)), wanted)

    def test_measured_launch(self):
        """HASH_START, DATA and END leave the same in PCRs, before TPM2_Startup and after it."""
        found = []
        for emulator in self.both():
            with emulator.control() as control, control.data() as tpm:
                self.assertEqual(control.init(), 0)
                control.done(HASH_START)
                control.done(HASH_DATA, words(5) + b"hello")
                control.done(HASH_DATA, words(4096) + bytes(4096))
                control.done(HASH_END)
                self.assertEqual(tpm.startup(), 0)
                before = tpm.pcrs()
                control.done(HASH_START)
                control.done(HASH_DATA, words(1) + b"x")
                control.done(HASH_END)
                established = control.done(GET_ESTABLISHED)
                control.done(SET_LOCALITY, b"\3\0\0\0")
                tpm.extend(20, b"of locality 3")
                control.done(SET_LOCALITY, b"\0\0\0\0")
                control.done(RESET_ESTABLISHED, b"\3\0\0\0")
                found.append((before, tpm.pcrs(), established, control.done(GET_ESTABLISHED)))
        self.assertEqual(found[0], found[1])
        self.assertNotEqual(found[0][0][0], "0" * 64)
        self.assertNotEqual(found[0][1][17], "f" * 64)

    def test_volatile_state(self):
        """STORE_VOLATILE is found again by the next process, once if INIT says so."""
        ours, theirs = self.both()
        for emulator in (ours, theirs):
            with emulator.control() as control, control.data() as tpm:
                self.assertEqual(control.init(), 0)
                self.assertEqual(tpm.startup(), 0)
                tpm.extend(16, b"kept")
                pcr = tpm.pcrs([16])
                control.done(STORE_VOLATILE)
            emulator.kill()
            emulator.start()
            with emulator.control() as control, control.data() as tpm:
                self.assertEqual(control.init(1), 0)
                self.assertEqual(tpm.pcrs([16]), pcr)
                self.assertEqual(control.init(0), 0)
                self.assertEqual(tpm.code(0x17E, words(1) + b"\0\x0b\3\0\0\1")[0], 0x100)

    def test_shutdown(self):
        for emulator in self.both():
            with emulator.control() as control, control.data():
                control.init()
                control.send(SHUTDOWN)
                self.assertEqual(control.exactly(4), bytes(4))
                self.assertEqual(emulator.wait(), 0)
            # Whatever it left behind is not in the way of the next one.
            emulator.process = subprocess.Popen(emulator.words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            with emulator.control() as control:
                control.init()

    def test_pieces(self):
        """A request may come byte by byte, and several may come at once."""
        ours, _ = self.both()
        with ours.control() as control:
            for byte in words(SET_BUFFERSIZE, 0):
                control.channel.sendall(bytes([byte]))
            self.assertEqual(control.exactly(16)[:4], bytes(4))
            control.channel.sendall(words(GET_CONFIG, SET_BUFFERSIZE, 0, GET_CAPABILITY))
            self.assertEqual(control.exactly(8 + 16 + 8)[-8:], control.capabilities)
            # Who does not come to an end keeps nobody waiting.
            control.channel.sendall(words(SET_STATEBLOB, 0, 1, 1000))
            with ours.control() as other:
                self.assertEqual(other.done(STOP), b"")

    def test_hostile(self):
        """Lengths beyond any limit, descriptors that are none of ours, clients that go in the middle."""
        ours, _ = self.both()
        for _ in range(20):
            control = ours.control()
            control.channel.sendall(words(SET_STATEBLOB, 0, 1, 0xFFFFFFFF))
            self.assertNotEqual(control.exactly(4), bytes(4))
            control.channel.sendall(words(HASH_DATA, 0xFFFFFFF0))
            self.assertNotEqual(control.exactly(4), bytes(4))
            control.close()
        with open("/dev/null", "rb") as null, ours.control() as control:
            # It is taken, and is nobody who sends commands.
            control.set_data(null)
            before = len(os.listdir(f"/proc/{ours.pid}/fd"))
            for _ in range(50):
                control.set_data(null)
            self.assertLessEqual(len(os.listdir(f"/proc/{ours.pid}/fd")), before + 2)
            with control.data() as tpm:
                self.assertEqual(control.init(), 0)
                self.assertEqual(tpm.startup(), 0)


class Resets(Kept):
    GUESSED, PASSWORD = 0x1500060, b"secret"

    def attack(self, tpm):
        """Uses a password that is guarded against guessing; from then on the TPM distrusts every power cut."""
        tpm.define(self.GUESSED, 8, OWNER_WRITE | OWNER_READ | AUTH_READ | AUTH_WRITE, self.PASSWORD)
        self.use(tpm)

    def use(self, tpm):
        parameters = struct.pack(">H", 8) + bytes(8) + bytes(2)
        try:
            tpm.authorized(0x137, [self.GUESSED, self.GUESSED], parameters, self.PASSWORD)
        except Refused as refused:
            # First it stores that somebody may be guessing.
            self.assertEqual(refused.code, TRY_AGAIN)
            tpm.authorized(0x137, [self.GUESSED, self.GUESSED], parameters, self.PASSWORD)

    def test_a_reset_is_no_power_cut(self):
        """INIT, STOP, SHUTDOWN and signals send the Shutdown that the guest did not: nothing is counted as a guess."""
        ours = self.enterContext(self.nonvol.emulator(self.image(), "--startup", "none", data=False))

        def again(end):
            with ours.control() as control, control.data() as tpm:
                control.init()
                self.assertEqual(tpm.startup(), 0)
                if end is None:
                    self.attack(tpm)
                else:
                    self.use(tpm)
                counted.append(tpm.property(LOCKOUT_COUNTER))
                if end:
                    end(control)

        counted = []
        again(None)
        again(lambda control: control.init())
        again(lambda control: control.done(STOP))
        again(lambda control: (control.send(SHUTDOWN), ours.wait(), ours.start()))
        again(lambda control: (ours.stop(), ours.start()))
        again(lambda control: (ours.kill(), ours.start()))
        self.assertEqual(counted, [0] * 6)
        # The last was as good as a power cut.
        again(lambda control: control.done(STOP))
        self.assertEqual(counted[-1], 1)


class Clients(Kept):
    IOCTLS = [["-c"], ["-b", "0"], ["-b", "3968"], ["--info", "1"], ["-g"], ["-i"], ["-e"], ["-l", "3"], ["-r", "3"],
              ["-l", "0"], ["-l", "7"], ["-r", "0"], ["-h", "data to hash"], ["-e"], ["-C"], ["-v"], ["--stop"],
              ["--stop"], ["-e"], ["-i"], ["-i", "--something"], ["-s"]]

    def test_swtpm_ioctl(self):
        """The tool prints the same of both, but for what they can."""
        outcomes = []
        for emulator in self.both(data=True):
            said = []
            for option in self.IOCTLS:
                done = emulator.ioctl(*option, status=None)
                printed = re.sub(rb"0x[0-9a-f]+", b"", done.stdout) if option == ["-c"] else done.stdout
                said.append((option, done.returncode, printed, done.stderr))
            emulator.wait()
            outcomes.append(said)
        self.assertEqual(outcomes[0], outcomes[1])

    def test_save_and_load(self):
        """States that swtpm_ioctl saved of one and loads into the other, with an index and a PCR in them."""
        for first, second in ((0, 1), (1, 0)):
            with self.subTest(first=first):
                folder = self.folder / str(first)
                folder.mkdir()
                nonvol = Nonvol(NONVOL, folder)
                pair = [nonvol.emulator(nonvol.make_image("tpm.nv"), "--startup", "none"), Swtpm(folder)]
                with pair[first] as one, pair[second] as other:
                    one.ioctl("-i")
                    with one.tpm() as tpm:
                        self.assertEqual(tpm.startup(), 0)
                        tpm.define(0x1500020, 32)
                        tpm.write(0x1500020, b"what both have to know" + bytes(10))
                        tpm.extend(16, b"x")
                        pcrs = tpm.pcrs()
                    for kind in ("permanent", "volatile"):
                        one.ioctl("--save", kind, folder / kind)
                    one.ioctl("--stop")
                    other.ioctl("--stop")
                    for kind in ("permanent", "volatile"):
                        other.ioctl("--load", kind, folder / kind)
                    other.ioctl("-i")
                    with other.tpm() as tpm:
                        self.assertEqual(tpm.read(0x1500020, 22), b"what both have to know")
                        self.assertEqual(tpm.pcrs(), pcrs)

    def test_cloud_hypervisor(self):
        """Its Emulator::new and what follows (tpm/src/emulator.rs): replies are read into 16 bytes, in one read."""
        ours, _ = self.both()
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(ours.control_path))
            channel.settimeout(10)
            control = Control.__new__(Control)
            control.channel = channel

            def ask(command, body=b""):
                channel.sendall(words(command) + body)
                return channel.recv(16)

            ours_end, theirs_end = socket.socketpair()
            with theirs_end:
                self.assertEqual(control.set_data(theirs_end), 0)
            ours_end.settimeout(10)
            # Is it a TPM 2.0? TPM2_ReadClock before INIT; then what it can.
            ours_end.sendall(bytes.fromhex("80010000000a00000181"))
            probe = ours_end.recv(4096)
            self.assertEqual(probe[:2], b"\x80\x01")
            self.assertGreaterEqual(len(probe), 10)
            answer = ask(GET_CAPABILITY)
            self.assertEqual(len(answer), 8)
            self.assertEqual(struct.unpack(">I", answer[4:])[0] & 0x348F, 0x348F)
            self.assertEqual(ask(STOP), bytes(4))
            sizes = struct.unpack(">IIII", ask(SET_BUFFERSIZE, words(0)))
            self.assertEqual(sizes[0], 0)
            self.assertEqual(ask(STOP), bytes(4))
            self.assertEqual(struct.unpack(">IIII", ask(SET_BUFFERSIZE, words(3968)))[:2], (0, 3968))
            self.assertEqual(ask(INIT, words(0)), bytes(4))
            self.assertEqual(ask(GET_ESTABLISHED), bytes(8))
            for locality in (0, 3, 0):
                self.assertEqual(ask(SET_LOCALITY, bytes([locality, 0, 0, 0])), bytes(4))
            ours_end.sendall(bytes.fromhex("80010000000c000001440000"))
            self.assertEqual(ours_end.recv(4096).hex(), "80010000000a00000000")
            self.assertEqual(ask(CANCEL), bytes(4))
            self.assertEqual(ask(SHUTDOWN), bytes(4))
            ours_end.close()
        self.assertEqual(ours.wait(), 0)

    def test_cancel(self):
        """A key that takes long, called off from the other channel."""
        ours, _ = self.both()
        with ours.control() as control, control.data() as tpm:
            control.init()
            tpm.startup()
            # An RSA-3072 key out of a new seed each time, until one takes so long that it can be cancelled.
            sensitive, seed = struct.pack(">HHH", 4, 0, 0), 0
            for seed in range(40):
                unique = struct.pack(">HI", 4, seed)
                public = struct.pack(">HHIH", 1, 0xB, 0x30072, 0) + struct.pack(">HHHHHI", 6, 128, 0x43, 0x10, 3072, 0)
                public += unique
                session = struct.pack(">IHBH", 0x40000009, 0, 0, 0)
                body = struct.pack(">II", 0x40000001, len(session)) + session + sensitive
                body += struct.pack(">H", len(public)) + public + struct.pack(">HI", 0, 0)
                tpm.channel.sendall(struct.pack(">HII", 0x8002, 10 + len(body), 0x131) + body)
                control.done(CANCEL)
                answer = tpm.channel.recv(4096)
                code = struct.unpack_from(">I", answer, 6)[0]
                if code == 0x909:  # TPM_RC_CANCELED
                    return
                self.assertEqual(code, 0, hex(code))
                tpm.flush(struct.unpack_from(">I", answer, 10)[0])
        self.fail("none was cancelled")


class Sandbox(Kept):
    HARMLESS = ("accept4", "recvmsg", "recvfrom", "sendto", "sendmsg", "shutdown", "getsockopt", "mmap", "mprotect",
                "exit", "exit_group")

    def test_what_is_left(self):
        with self.nonvol.emulator(self.image(), "--startup", "clear") as ours, ours.tpm() as tpm, \
                ours.control() as control:
            tpm.random()
            control.done(GET_CONFIG)
            for task in pathlib.Path(f"/proc/{ours.pid}/task").iterdir():
                lines = (task / "status").read_text().splitlines()
                status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
                self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "1"), task)
            limits = pathlib.Path(f"/proc/{ours.pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0")
            targets = [os.readlink(each) for each in pathlib.Path(f"/proc/{ours.pid}/fd").iterdir()]
            others = [each for each in targets if not each.startswith(("socket:", "anon_inode:")) and
                      each not in ("/dev/null", str(ours.log_path), str(self.folder / "tpm.nv"))]
            self.assertEqual(others, [])
            # Not to be looked at: its files in /proc belong to root whoever runs it (prctl(2), PR_SET_DUMPABLE).
            if os.getuid() != 0:
                self.assertEqual(os.stat(f"/proc/{ours.pid}/environ").st_uid, 0)

    def test_no_core(self):
        with self.nonvol.emulator(self.image(), "--startup", "clear", data=True) as ours:
            with ours.tpm() as tpm:
                tpm.random()
            ours.process.send_signal(signal.SIGABRT)
            status = os.waitid(os.P_PID, ours.pid, os.WEXITED)
            self.assertEqual(status.si_status, signal.SIGABRT)
            self.assertEqual(status.si_code, os.CLD_KILLED, "it dumped its memory")

    def test_opens_nothing(self):
        """From the moment that it listens it opens and maps nothing, whatever it is asked."""
        if missing("strace"):
            self.skipTest("no strace")
        trace = self.folder / "trace"
        before = ["strace", "-f", "-y", "-o", str(trace), "-e", "trace=%file,%process,%network,mmap,mprotect,seccomp"]
        with self.nonvol.emulator(self.image(), "--startup", "none", before=before) as ours:
            with ours.control() as control, control.data() as tpm:
                control.done(GET_INFO, info(0xFF))
                self.assertEqual(control.init(), 0)
                tpm.startup()
                tpm.create_primary()
                tpm.define(0x1500021, 8)
                tpm.extend(16, b"x")
                control.done(STORE_VOLATILE)
                blobs = control.get_blobs()
                control.restore(blobs)
                tpm.random()
                control.send(SHUTDOWN)
                control.exactly(4)
            ours.wait()
        calls = re.findall(r"(?m)^\d+ +(\w+)\((.*)$", trace.read_text())
        since = next(at for at, (name, _) in enumerate(calls) if name == "seccomp")
        for name, arguments in calls[since + 1 :]:
            # Whether another file has taken the image's name; and the sockets' names, which stay.
            if name == "newfstatat" or (name == "unlink" and "EPERM" in arguments):
                continue
            self.assertIn(name, self.HARMLESS, f"{name}({arguments}")
            if name in ("mmap", "mprotect"):
                self.assertNotIn("PROT_EXEC", arguments)
                self.assertNotRegex(arguments, r"\d+<", "a file was mapped")
        self.assertGreater(len(calls), since + 20)

    def test_incoming_waits(self):
        """Until the state comes the image is not locked, and no more of it is read than what kind of file it is."""
        if missing("strace"):
            self.skipTest("no strace")
        image, trace = self.image(), self.folder / "trace"
        before = ["strace", "-f", "-y", "-o", str(trace), "-e", "trace=read,pread64,readv,fcntl,flock,fdatasync,pwrite64"]
        with self.nonvol.emulator(image, "--incoming", before=before) as ours:
            with ours.control() as control, control.data() as tpm:
                self.assertEqual(tpm.read_clock()[0], 0x101)
                for _ in range(2):
                    control.done(STOP)
                    control.done(SET_BUFFERSIZE, words(0))
                control.done(GET_CONFIG)
                control.send(SHUTDOWN)
                control.exactly(4)
            ours.wait()
        seen = re.findall(rf"(?m)^\d+ +(\w+)\(\d+<{re.escape(str(image))}>, (.*)$", trace.read_text())
        for name, arguments in seen:
            self.assertIn(name, ("read", "pread64"), arguments)
            self.assertRegex(arguments, r"= [0-9]{1,3}$", "more than the first bytes was read")


def start(given):
    global NONVOL
    NONVOL = given.nonvol


if __name__ == "__main__":
    run_tests(__doc__, ["swtpm", "swtpm_ioctl"], start)
