#!/usr/bin/env python3
"""tpm2-tools on nonvol's TPM emulator, over restarts of it; and what each TPM command costs in stores and flushes.

    tpm_tools_test.py --nonvol build/check/nonvol [unittest's words]
"""

import pathlib
import re
import struct
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from tpm_process import (  # noqa: E402
    AUTH_READ, COUNTER, INIT, NV_SPACE, ORDERLY, OWNER, OWNER_READ, OWNER_WRITE, SHUTDOWN, STOP, Nonvol,
    Refused, missing, run_tests,
)

NONVOL = ""
KEY, INDEX = "0x81000001", "0x1500030"
FIRST_INDEX, INDEX_BYTES = 0x1500100, 2048
# Of a TPM whose NV is full, and which was shut down with STATE: what libtpms 0.9 marshals of it.
FULL_BYTES = 147_000
LOCKOUT = 0x4000000A


class Kept(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nonvol-tpm-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.nonvol = Nonvol(NONVOL, self.folder)

    def emulator(self, *options, image_options=(), entries=None, **more):
        self.image = self.nonvol.make_image("tpm.nv", *image_options, **({"entries": entries} if entries else {}))
        return self.nonvol.emulator(self.image, *options, **more)

    def restart(self, emulator, kill=False):
        if kill:
            emulator.kill()
        else:
            self.assertEqual(emulator.stop(), 0)
        emulator.start()


class Tools(Kept):
    def tool(self, emulator, *words, **more):
        return emulator.tool(*words, cwd=self.folder, **more).stdout

    def test_keys(self):
        """A persistent key signs, and what it sealed is unsealed, after every kind of restart."""
        key = self.folder / "key"
        key.write_bytes(bytes(range(32)))
        encrypted = ["permall:256K:encrypted", "volatilestate:64K:encrypted"]
        emulator = self.emulator("--startup", "clear", "--key-file", key, image_options=["--key-file", key],
                                 entries=encrypted)
        with emulator:
            tool = lambda *words, **more: self.tool(emulator, *words, **more)
            (self.folder / "secret").write_bytes(b"what only this TPM gives back")
            (self.folder / "text").write_bytes(b"what was signed")
            tool("createprimary", "-C", "o", "-G", "rsa2048", "-c", "primary.ctx")
            tool("evictcontrol", "-C", "o", "-c", "primary.ctx", KEY)
            tool("flushcontext", "-t")
            tool("create", "-C", KEY, "-i", "secret", "-u", "seal.pub", "-r", "seal.priv")
            tool("startauthsession", "-S", "session.ctx")
            tool("policypcr", "-S", "session.ctx", "-l", "sha256:0,16", "-L", "pcr.policy")
            tool("flushcontext", "session.ctx")
            tool("create", "-C", KEY, "-i", "secret", "-u", "pcr.pub", "-r", "pcr.priv", "-L", "pcr.policy")
            tool("create", "-C", KEY, "-G", "ecc256:ecdsa", "-u", "sign.pub", "-r", "sign.priv")
            tool("flushcontext", "-t")
            tool("readpublic", "-c", KEY, "-o", "key.pub")
            before = (self.folder / "key.pub").read_bytes()
            for kill in (False, True, False):
                self.restart(emulator, kill)
                tool("readpublic", "-c", KEY, "-o", "key.pub")
                self.assertEqual((self.folder / "key.pub").read_bytes(), before)
                tool("load", "-C", KEY, "-u", "seal.pub", "-r", "seal.priv", "-c", "seal.ctx")
                self.assertEqual(tool("unseal", "-c", "seal.ctx"), b"what only this TPM gives back")
                tool("flushcontext", "-t")
                tool("load", "-C", KEY, "-u", "pcr.pub", "-r", "pcr.priv", "-c", "pcr.ctx")
                self.assertEqual(tool("unseal", "-c", "pcr.ctx", "-p", "pcr:sha256:0,16"),
                                 b"what only this TPM gives back")
                tool("pcrextend", "16:sha256=" + "5a" * 32)
                tool("unseal", "-c", "pcr.ctx", "-p", "pcr:sha256:0,16", status=1)
                tool("flushcontext", "-t")
                tool("load", "-C", KEY, "-u", "sign.pub", "-r", "sign.priv", "-c", "sign.ctx")
                tool("sign", "-c", "sign.ctx", "-g", "sha256", "-o", "signature", "text")
                tool("verifysignature", "-c", "sign.ctx", "-g", "sha256", "-m", "text", "-s", "signature")
                tool("flushcontext", "-t")
            # A TPM that was cleared knows none of it, and another start brings nothing back.
            tool("nvdefine", "-C", "o", "-s", "8", INDEX)
            tool("clear")
            for _ in range(2):
                tool("readpublic", "-c", KEY, status=1)
                self.assertNotIn(INDEX[2:].encode(), tool("getcap", "handles-nv-index"))
                self.restart(emulator)
            self.assertNotIn(b"what only this TPM", self.image.read_bytes())

    def test_nv(self):
        with self.emulator("--startup", "clear", "--store-limit", "0") as emulator:
            tool = lambda *words, **more: self.tool(emulator, *words, **more)
            tool("nvdefine", "-C", "o", "-s", "32", "-a", "ownerread|ownerwrite", INDEX)
            tool("nvwrite", "-C", "o", "-i", "-", INDEX, input=b"thirty-two bytes that must last!")
            tool("nvdefine", "-C", "o", "-a", "ownerread|ownerwrite|nt=counter", "0x1500031")
            for _ in range(3):
                tool("nvincrement", "-C", "o", "0x1500031")
            self.restart(emulator)
            self.assertEqual(tool("nvread", "-C", "o", INDEX), b"thirty-two bytes that must last!")
            tool("nvincrement", "-C", "o", "0x1500031")
            before = struct.unpack(">Q", tool("nvread", "-C", "o", "0x1500031"))[0]
            tool("nvundefine", "-C", "o", INDEX)
            # A new counter begins where the last one ended: also an undefined one never goes back.
            tool("nvundefine", "-C", "o", "0x1500031")
            self.restart(emulator, kill=True)
            tool("nvdefine", "-C", "o", "-a", "ownerread|ownerwrite|nt=counter", "0x1500031")
            tool("nvincrement", "-C", "o", "0x1500031")
            self.assertGreater(struct.unpack(">Q", tool("nvread", "-C", "o", "0x1500031"))[0], before)

    def test_full(self):
        """Indices until the TPM has no more space; it still works, also after restarts."""
        with self.emulator("--startup", "clear", "--store-limit", "0") as emulator:
            with emulator.tpm() as tpm:
                indices, size, index = [], INDEX_BYTES, FIRST_INDEX
                while size >= 16:
                    try:
                        tpm.define(index, size)
                    except Refused as refused:
                        self.assertEqual(refused.code, NV_SPACE)
                        size //= 2
                        continue
                    # Not to be compressed, and another in each.
                    content = bytes((index * 31 + at * at) % 251 for at in range(size))
                    for at in range(0, size, 1024):
                        tpm.write(index, content[at : at + 1024], at)
                    indices.append((index, content))
                    index += 1
                tpm.shutdown(state=True)
            self.restart(emulator)
            with emulator.tpm() as tpm:
                for index, content in indices:
                    found = b"".join(tpm.read(index, min(1024, len(content) - at), at)
                                     for at in range(0, len(content), 1024))
                    self.assertEqual(found, content, hex(index))
                with self.assertRaises(Refused):
                    tpm.define(0x1500FFF, INDEX_BYTES)
                tpm.write(indices[0][0], b"it still writes")
                tpm.shutdown(state=True)
            used = self.nonvol.entries(self.image)["permall"]["used_bytes"]
            print(f"full: {len(indices)} indices, a state of {used} bytes")
            self.assertGreater(used, FULL_BYTES)
            self.restart(emulator, kill=True)
            found = self.tool(emulator, "nvread", "-C", "o", "-s", "15", hex(indices[0][0]))
            self.assertEqual(found, b"it still writes")
            self.tool(emulator, "clear")
            with emulator.tpm() as tpm:
                tpm.define(0x1500FFF, INDEX_BYTES)


class Costs(Kept):
    CALLS = re.compile(r"(?m)^\d+ +(pwrite64|fdatasync|sendto)\((\d+)<([^>]*)>(.*)$")

    def stores_of(self, action):
        before = self.nonvol.stores(self.image)
        action()
        return self.nonvol.stores(self.image) - before

    def table(self, emulator, control, tpm):
        """What each action stores (docs/formats/tpm-control.md): checks it, gives the sum."""
        key = []
        define = lambda index, size, attributes: lambda: tpm.define(index, size, attributes)
        plain, counter = OWNER_WRITE | OWNER_READ | AUTH_READ, OWNER_WRITE | OWNER_READ | COUNTER
        rows = [
            ("the first INIT", 1, lambda: control.done(INIT, bytes(4))),
            ("the first Startup", 1, tpm.startup),
            ("GetRandom", 0, tpm.random),
            ("PCR_Read", 0, tpm.pcrs),
            ("PCR_Extend", 0, lambda: tpm.extend(16, b"x")),
            ("ReadClock", 0, tpm.read_clock),
            ("CreatePrimary", 0, lambda: key.append(tpm.create_primary())),
            ("EvictControl", 1, lambda: tpm.persist(key[0], 0x81000001)),
            ("FlushContext", 0, lambda: tpm.flush(key[0])),
            ("NV_DefineSpace", 1, define(0x1500040, 2048, plain)),
            ("NV_Write of 32 bytes", 1, lambda: tpm.write(0x1500040, b"n" * 32)),
            ("NV_Write of the same", 0, lambda: tpm.write(0x1500040, b"n" * 32)),
            ("NV_Write of 1024 bytes", 1, lambda: tpm.write(0x1500040, b"m" * 1024)),
            ("NV_Read", 0, lambda: tpm.read(0x1500040, 32)),
            ("NV_DefineSpace of a counter", 1, define(0x1500041, 8, counter)),
            ("NV_Increment", 1, lambda: tpm.increment(0x1500041)),
            ("HierarchyChangeAuth", 1, lambda: tpm.change_auth(LOCKOUT, b"x")),
            # libtpms stores it again, and the emulator sees that nothing changed.
            ("HierarchyChangeAuth to what it was", 0, lambda: tpm.change_auth(OWNER, b"")),
            ("Shutdown(CLEAR)", 1, tpm.shutdown),
            ("INIT", 0, lambda: control.done(INIT, bytes(4))),
            ("Startup", 1, tpm.startup),
            ("an unknown command", 0, lambda: tpm.code(0xFFFF)),
            ("a refused command", 0, lambda: self.assertRaises(Refused, tpm.define, 0x1500040, 2048)),
            ("NV_DefineSpace of an orderly counter", 1, define(0x1500042, 8, counter | ORDERLY)),
            ("its first NV_Increment", 1, lambda: tpm.increment(0x1500042)),
            ("200 more", 0, lambda: [tpm.increment(0x1500042) for _ in range(200)]),
            ("Shutdown(STATE)", 1, lambda: tpm.shutdown(state=True)),
            ("STOP", 0, lambda: control.done(STOP)),
        ]
        for name, wanted, action in rows:
            with self.subTest(name):
                self.assertEqual(self.stores_of(action), wanted)
        return sum(wanted for _, wanted, _ in rows)

    def test_stores_and_flushes(self):
        """Each store is one write and one flush, before the answer; nothing else is written or flushed but counters."""
        if missing("strace"):
            self.skipTest("no strace")
        trace = self.folder / "trace"
        before = ["strace", "-f", "-y", "-s", "0", "-o", trace, "-e",
                  "trace=pwrite64,pwritev,write,fdatasync,fsync,sendto"]
        with self.emulator("--startup", "none", before=before) as emulator:
            control = emulator.control()
            tpm = control.data()
            stores = self.table(emulator, control, tpm)
            # strace itself does not end.
            control.send(SHUTDOWN)
            control.exactly(4)
            tpm.close()
            control.close()
            emulator.wait()
        calls = [(name, file, arguments) for name, _, file, arguments in self.CALLS.findall(trace.read_text())]
        counters = self.nonvol.entries(self.image)["tpm-counters"]["offset_bytes"]
        offset = lambda arguments: int(re.search(r", (\d+)\) += ", arguments).group(1))
        on_image = [(name, arguments) for name, file, arguments in calls if file == str(self.image)]
        writes = [arguments for name, arguments in on_image if name == "pwrite64" and offset(arguments) < counters]
        flushes = [name for name, _ in on_image if name == "fdatasync"]
        self.assertEqual(len(writes), stores)
        # One more when the image is opened: what is found in it may have been written by a process that died.
        self.assertEqual(len(flushes), stores + 1)
        unflushed = False
        for name, file, arguments in calls:
            if name == "pwrite64" and offset(arguments) < counters:
                self.assertFalse(unflushed, "two writes and no flush")
                unflushed = True
            elif name == "fdatasync":
                unflushed = False
            elif name == "sendto":
                self.assertFalse(unflushed, "the answer came before the flush")
        self.assertGreater(sum(name == "sendto" for name, _, _ in calls), stores)


def start(given):
    global NONVOL
    NONVOL = given.nonvol


if __name__ == "__main__":
    run_tests(__doc__, ["tpm2_createprimary", "tpm2_nvdefine"], start)
