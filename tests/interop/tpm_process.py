"""TPM emulators as processes, nonvol's and swtpm's, and clients of both their channels: the control protocol of QEMU
(docs/formats/tpm-control.md) and TPM 2.0 commands, spoken here byte by byte (TPM 2.0 Library, parts 2 and 3)."""

import argparse
import array
import contextlib
import hashlib
import json
import os
import pathlib
import select
import shutil
import socket
import struct
import subprocess
import sys
import time
import unittest

SKIPPED = 77
PATIENCE_SECONDS = 60
ENTRIES = ["permall:256K", "volatilestate:64K", "savestate:64K", "tpm-counters:4096:plain"]

# The control protocol (QEMU's backends/tpm/tpm_ioctl.h).
(GET_CAPABILITY, INIT, SHUTDOWN, GET_ESTABLISHED, SET_LOCALITY, HASH_START, HASH_DATA, HASH_END, CANCEL, STORE_VOLATILE,
 RESET_ESTABLISHED, GET_STATEBLOB, SET_STATEBLOB, STOP, GET_CONFIG, SET_DATAFD, SET_BUFFERSIZE, GET_INFO,
 LOCK_STORAGE) = range(1, 20)
PERMANENT, VOLATILE, SAVESTATE = 1, 2, 3
KINDS = (PERMANENT, VOLATILE, SAVESTATE)
NOTHING_THERE = 0x800  # TPM_RETRY

# TPM 2.0.
NO_SESSIONS, SESSIONS = 0x8001, 0x8002
OWNER = 0x40000001
PASSWORD = 0x40000009
FAILURE = 0x101
INITIALIZE = 0x100
NV_SPACE = 0x14B
OWNER_WRITE, AUTH_WRITE, COUNTER, OWNER_READ, AUTH_READ = 0x2, 0x4, 0x10, 0x20000, 0x40000
ORDERLY = 0x04000000
LOCKOUT_COUNTER = 0x20E
SHA256 = 0x000B


class Dead(Exception):
    """The other side has gone."""


def equal(what, found, wanted):
    assert found == wanted, f"{what}: {found!r}, not {wanted!r}"


def run_tests(documentation, needs, start, options=()):
    """A test program: its words are --nonvol, those of `options` (name, keywords of add_argument), and unittest's. `start`
    gets the first two. Without one of the tools it needs it is skipped."""
    parser = argparse.ArgumentParser(description=documentation, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nonvol", required=True, type=lambda word: pathlib.Path(word).resolve())
    for name, keywords in options:
        parser.add_argument(name, **keywords)
    given, rest = parser.parse_known_args()
    if lacking := missing(*needs):
        print(f"skipped: no {lacking}")
        sys.exit(SKIPPED)
    start(given)
    unittest.main(argv=[sys.argv[0], *rest])


def missing(*tools):
    """The first of these programs that this machine lacks."""
    return next((tool for tool in tools if shutil.which(tool) is None), None)


class Nonvol:
    """The program, with a home of its own."""

    def __init__(self, program, folder):
        self.program, self.folder = str(program), pathlib.Path(folder)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("NONVOL", "XDG"))}
        self.environment |= {"HOME": str(folder), "NONVOL_HOME": f"{folder}/guests", "LC_ALL": "C.UTF-8",
                             "NO_COLOR": "1"}

    def run(self, *words, status=0):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, check=False,
                              timeout=PATIENCE_SECONDS, env=self.environment)
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def make_image(self, name, *options, entries=ENTRIES):
        image = self.folder / name
        self.run("blob", "format", image, *(word for each in entries for word in ("--entry", each)), *options)
        return image

    def entries(self, image, *options):
        listed = json.loads(self.run("blob", "list", image, *options, "--json"))
        return {each["name"]: each for each in listed["entries"]}

    def stores(self, image, *options):
        """How often the permanent state was stored: its generation."""
        return self.entries(image, *options)["permall"]["generation"]

    def emulator(self, image, *options, name="tpm", **more):
        return Emulator(self, image, *options, name=name, **more)


class Process:
    """An emulator with its two sockets. `with` ends it as SIGTERM does."""

    def __init__(self, folder, name, words, environment=None):
        self.path = pathlib.Path(folder) / f"{name}.sock"
        self.control_path = pathlib.Path(folder) / f"{name}.sock.ctrl"
        self.log_path = pathlib.Path(folder) / f"{name}.log"
        self.words = [str(word) for word in words]
        self.environment = environment
        self.process = None
        self.wanted_sockets = [self.path, self.control_path]

    def start(self):
        # What a killed one left behind is no sign that this one listens.
        for path in self.wanted_sockets:
            path.unlink(missing_ok=True)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env=self.environment)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not all(path.exists() for path in self.wanted_sockets):
            if self.process.poll() is not None:
                raise Dead(f"{self.words}: status {self.process.returncode}\n{self.log()}")
            assert time.monotonic() < deadline, f"{self.words} does not listen"
            time.sleep(0.001)
        return self

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return self.log_path.read_text("utf-8", "replace")

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait(self):
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self):
        self.process.kill()
        self.wait()

    def stop(self):
        if self.running():
            self.process.terminate()
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *_):
        if self.process:
            self.stop()

    def control(self):
        return Control(self.control_path)

    def tpm(self):
        return Tpm(connected(self.path))

    def tool(self, name, *words, status=0, **more):
        """A tool of tpm2-tools on the data socket: what it printed."""
        done = subprocess.run([f"tpm2_{name}", "-T", f"swtpm:path={self.path}", *map(str, words)], capture_output=True,
                              check=False, timeout=PATIENCE_SECONDS, **more)
        if status is not None:
            assert done.returncode == status, (name, words, done.returncode, done.stdout, done.stderr)
        return done

    def ioctl(self, *words, status=0):
        done = subprocess.run(["swtpm_ioctl", "--unix", str(self.control_path), *map(str, words)], capture_output=True,
                              check=False, timeout=PATIENCE_SECONDS)
        assert status is None or done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done


class Emulator(Process):
    """nonvol's, on an NVRAM image. Not started yet."""

    def __init__(self, nonvol, image, *options, name="tpm", data=True, before=()):
        super().__init__(nonvol.folder, name, [], nonvol.environment)
        self.words = [*map(str, before), nonvol.program, "tpm", "run", "--store", str(image), "--socket",
                      str(self.control_path)]
        if data:
            self.words += ["--data-socket", str(self.path)]
        else:
            self.wanted_sockets = [self.control_path]
        self.words += map(str, options)


class Swtpm(Process):
    """A real one, on a directory. Not started yet."""

    def __init__(self, folder, *options, name="swtpm", tpm12=False, data=True):
        super().__init__(folder, name, [])
        self.state = pathlib.Path(folder) / f"{name}.state"
        self.state.mkdir(exist_ok=True)
        self.words = ["swtpm", "socket", *([] if tpm12 else ["--tpm2"]), "--tpmstate", f"dir={self.state}", "--ctrl",
                      f"type=unixio,path={self.control_path}", *map(str, options)]
        if data:
            self.words += ["--server", f"type=unixio,path={self.path}"]
        else:
            self.wanted_sockets = [self.control_path]


def connected(path):
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    channel.settimeout(PATIENCE_SECONDS)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            channel.connect(str(path))
            return channel
        except (ConnectionRefusedError, FileNotFoundError):
            # It does not listen yet.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.001)


class Control:
    """A client of the control channel."""

    # What GET_CAPABILITY answers with: known, it marks the end of the answer before it.
    MARK = struct.pack(">I", GET_CAPABILITY)

    def __init__(self, path):
        self.channel = connected(path)
        self.channel.sendall(self.MARK)
        self.capabilities = self.exactly(8)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.channel.close()

    def exactly(self, size):
        got = bytearray()
        while len(got) < size:
            more = self.channel.recv(size - len(got))
            if not more:
                raise Dead(f"the control channel ended after {len(got)} of {size} bytes")
            got += more
        return bytes(got)

    def send(self, command, body=b""):
        self.channel.sendall(struct.pack(">I", command) + body)

    def ask(self, command, body=b""):
        """The whole answer, however long it is; and whether it came in one read."""
        self.send(command, body)
        first = self.channel.recv(1 << 20)
        if not first:
            raise Dead(f"no answer to {command:#x}")
        self.channel.sendall(self.MARK)
        whole = bytearray(first)
        while len(whole) < 12 or not whole.endswith(self.capabilities):
            readable, _, _ = select.select([self.channel], [], [], PATIENCE_SECONDS)
            more = self.channel.recv(1 << 20) if readable else b""
            if not more:
                raise Dead(f"the answer to {command:#x} has no end: {bytes(whole[:64]).hex()}")
            whole += more
        self.in_one_read = len(first) == len(whole) - 8
        return bytes(whole[:-8])

    def result(self, command, body=b""):
        return struct.unpack_from(">I", self.ask(command, body))[0]

    def done(self, command, body=b""):
        """Must succeed."""
        answer = self.ask(command, body)
        equal(f"result of {command:#x}", answer[:4].hex(), "00000000")
        return answer[4:]

    def init(self, flags=0):
        return self.result(INIT, struct.pack(">I", flags))

    def set_data(self, channel):
        """SET_DATAFD with this socket."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [channel.fileno()]))]
        self.channel.sendmsg([struct.pack(">I", SET_DATAFD)], rights)
        return struct.unpack(">I", self.exactly(4))[0]

    def data(self):
        """A data channel given as QEMU gives one."""
        ours, theirs = socket.socketpair()
        with theirs:
            equal("SET_DATAFD", self.set_data(theirs), 0)
        ours.settimeout(PATIENCE_SECONDS)
        return Tpm(ours)

    def get_blob(self, kind, flags=1):
        """(result, blob); swtpm sends long ones in pieces of at most 3 KiB for others than its socket."""
        self.send(GET_STATEBLOB, struct.pack(">III", flags, kind, 0))
        result, flags_now, total, length = struct.unpack(">IIII", self.exactly(16))
        equal("totlength and length", total, length)
        self.encrypted = bool(flags_now & 2)
        return result, self.exactly(length)

    def set_blob(self, kind, blob, flags=0):
        return self.result(SET_STATEBLOB, struct.pack(">III", flags, kind, len(blob)) + blob)

    def get_blobs(self):
        blobs = {}
        for kind in KINDS:
            result, blobs[kind] = self.get_blob(kind)
            assert result == 0 or (kind == SAVESTATE and result == NOTHING_THERE), (kind, hex(result))
        return blobs

    def restore(self, blobs, flags=1):
        """As QEMU does at the end of an incoming migration."""
        self.done(STOP)
        for kind in KINDS:
            if blobs[kind]:
                equal(f"SET_STATEBLOB of {kind}", self.set_blob(kind, blobs[kind]), 0)
        equal("INIT", self.init(flags), 0)


class Refused(Exception):
    """A TPM command was answered with an error code."""

    def __init__(self, command, code):
        super().__init__(f"command {command:#x}: {code:#x}")
        self.code = code


class Tpm:
    """TPM 2.0 commands on a data channel."""

    def __init__(self, channel):
        self.channel = channel
        self.in_one_read = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def close(self):
        self.channel.close()

    def exchange(self, command):
        """The response to these bytes."""
        try:
            self.channel.sendall(command)
            got = self.channel.recv(4096)
            first = len(got)
            while len(got) < 10 or len(got) < struct.unpack_from(">I", got, 2)[0]:
                more = self.channel.recv(4096)
                if not more:
                    raise Dead("the data channel ended")
                got += more
        except (ConnectionError, BrokenPipeError) as error:
            raise Dead(str(error)) from error
        self.in_one_read = first == len(got)
        return got

    def code(self, command, body=b"", tag=NO_SESSIONS):
        """The response code, and what is behind it."""
        answer = self.exchange(struct.pack(">HII", tag, 10 + len(body), command) + body)
        return struct.unpack_from(">I", answer, 6)[0], answer[10:]

    def command(self, command, body=b"", tag=NO_SESSIONS):
        code, behind = self.code(command, body, tag)
        if code:
            raise Refused(command, code)
        return behind

    def authorized(self, command, handles, parameters=b"", password=b""):
        """With an empty password unless told otherwise; the parameters of the response."""
        session = struct.pack(">IHBH", PASSWORD, 0, 0, len(password)) + password
        body = struct.pack(f">{len(handles)}I", *handles) + struct.pack(">I", len(session)) + session + parameters
        behind = self.command(command, body, SESSIONS)
        size = struct.unpack_from(">I", behind)[0] if behind else 0
        return behind[4 : 4 + size]

    def startup(self, state=False):
        return self.code(0x144, struct.pack(">H", int(state)))[0]

    def shutdown(self, state=False):
        self.command(0x145, struct.pack(">H", int(state)))

    def read_clock(self):
        return self.code(0x181)

    def random(self, size=16):
        return self.command(0x17B, struct.pack(">H", size))[2:]

    def property(self, name):
        behind = self.command(0x17A, struct.pack(">III", 6, name, 1))
        more, capability, count, found, value = struct.unpack_from(">BIIII", behind)
        equal("GetCapability", (capability, count, found), (6, 1, name))
        return value

    def define(self, index, size, attributes=OWNER_WRITE | OWNER_READ | AUTH_WRITE | AUTH_READ, password=b""):
        public = struct.pack(">IHIHH", index, SHA256, attributes, 0, size)
        auth = struct.pack(">H", len(password)) + password
        self.authorized(0x12A, [OWNER], auth + struct.pack(">H", len(public)) + public)

    def undefine(self, index):
        self.authorized(0x122, [OWNER, index])

    def write(self, index, data, offset=0):
        self.authorized(0x137, [OWNER, index], struct.pack(">H", len(data)) + data + struct.pack(">H", offset))

    def read(self, index, size, offset=0):
        return self.authorized(0x14E, [OWNER, index], struct.pack(">HH", size, offset))[2:]

    def increment(self, index):
        self.authorized(0x134, [OWNER, index])

    def counter(self, index):
        return struct.unpack(">Q", self.read(index, 8))[0]

    def extend(self, number, text):
        digest = hashlib.sha256(text).digest()
        self.authorized(0x182, [number], struct.pack(">IH", 1, SHA256) + digest)

    def pcrs(self, numbers=range(24), bank=SHA256):
        """Eight at a time, as the TPM gives them."""
        found = {}
        for start in range(0, 24, 8):
            wanted = [number for number in numbers if start <= number < start + 8]
            if not wanted:
                continue
            bits = bytearray(3)
            for number in wanted:
                bits[number // 8] |= 1 << number % 8
            behind = self.command(0x17E, struct.pack(">IHB", 1, bank, 3) + bytes(bits))
            count = struct.unpack_from(">I", behind, 14)[0]
            equal("PCR_Read", count, len(wanted))
            at = 18
            for number in wanted:
                size = struct.unpack_from(">H", behind, at)[0]
                found[number] = behind[at + 2 : at + 2 + size].hex()
                at += 2 + size
        return found

    def create_primary(self, hierarchy=OWNER):
        """A storage key on NIST P-256: its handle."""
        public = struct.pack(">HHIH", 0x23, SHA256, 0x30072, 0) + struct.pack(">HHHHHH", 6, 128, 0x43, 0x10, 3, 0x10)
        public += struct.pack(">HH", 0, 0)
        parameters = struct.pack(">HHH", 4, 0, 0) + struct.pack(">H", len(public)) + public + struct.pack(">HI", 0, 0)
        session = struct.pack(">IHBH", PASSWORD, 0, 0, 0)
        body = struct.pack(">II", hierarchy, len(session)) + session + parameters
        return struct.unpack_from(">I", self.command(0x131, body, SESSIONS))[0]

    def persist(self, handle, where):
        self.authorized(0x120, [OWNER, handle], struct.pack(">I", where))

    def flush(self, handle):
        self.command(0x165, struct.pack(">I", handle))

    def change_auth(self, hierarchy, password):
        self.authorized(0x129, [hierarchy], struct.pack(">H", len(password)) + password)


@contextlib.contextmanager
def nbd_server(folder, *words, name="nbd"):
    """nbdkit with these words: its URI."""
    path, pid = pathlib.Path(folder) / f"{name}.socket", pathlib.Path(folder) / f"{name}.pid"
    with subprocess.Popen(["nbdkit", "--foreground", "--exit-with-parent", "--unix", str(path), "--pidfile", str(pid),
                           *map(str, words)], stderr=subprocess.DEVNULL) as server:
        try:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while not pid.exists():
                assert server.poll() is None and time.monotonic() < deadline, "nbdkit does not serve"
                time.sleep(0.005)
            yield f"nbd+unix:///?socket={path}"
        finally:
            server.kill()
