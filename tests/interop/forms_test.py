#!/usr/bin/env python3
"""The forms of UEFI variables, held to Python's own json, base64, zlib and struct in both directions.

    forms_test.py --convert build/check/tests/interop/forms_convert --dictionary src/forms/ec2_dictionary.cc
                  [unittest's words]
"""

import base64
import hashlib
import json
import os
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import uuid
import zlib

CONVERT = ""
DICTIONARY = b""
# Of the bytes in Amazon's python-uefivars, pyuefivars/aws_v0.py.
DICTIONARY_SHA256 = "b6c4f52acbb0ab9aa415290e6c223af871eaa3d430c96b8116899d994681535b"
AUTHENTICATED = 0x20
# qapi/uefi.json of QEMU: what must be there, and what may.
NEEDED = {"guid": str, "name": str, "attr": int, "data": str}
OPTIONAL = {"time": str, "digest": str}


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def counted(data):
    return struct.pack("<Q", len(data)) + data


def ec2_file(variables, no_digest="00" * 32):
    plain = struct.pack("<Q", len(variables))
    for variable in variables:
        plain += counted(variable["name"].encode()) + counted(bytes.fromhex(variable["data"]))
        plain += uuid.UUID(variable["guid"]).bytes_le + struct.pack("<I", variable["attr"])
        if variable["attr"] & AUTHENTICATED:
            plain += bytes.fromhex(variable.get("time", "00" * 16))
            plain += counted(bytes.fromhex(variable.get("digest", no_digest)))
    packer = zlib.compressobj(9, zdict=DICTIONARY)
    body = struct.pack("<I", 0) + packer.compress(plain) + packer.flush()
    return base64.b64encode(b"AMZNUEFI" + struct.pack("<I", crc32c(body)) + body)


def read_ec2(text):
    data = base64.b64decode(text, validate=True)
    magic, checksum, version = struct.unpack_from("<8sII", data)
    assert (magic, checksum, version) == (b"AMZNUEFI", crc32c(data[12:]), 0)
    unpacker = zlib.decompressobj(zdict=DICTIONARY)
    plain = unpacker.decompress(data[16:])
    assert unpacker.eof and not unpacker.unused_data
    place = 0

    def take(size):
        nonlocal place
        place += size
        assert place <= len(plain)
        return plain[place - size:place]

    def take_counted():
        return take(struct.unpack("<Q", take(8))[0])

    variables = []
    for _ in range(struct.unpack("<Q", take(8))[0]):
        variable = {"name": take_counted().decode(), "data": take_counted().hex()}
        variable["guid"] = str(uuid.UUID(bytes_le=take(16)))
        variable["attr"] = struct.unpack("<I", take(4))[0]
        if variable["attr"] & AUTHENTICATED:
            stamp, digest = take(16), take_counted()
            if any(stamp):
                variable["time"] = stamp.hex()
            if any(digest):
                variable["digest"] = digest.hex()
        variables.append(variable)
    assert place == len(plain)
    return variables


def vmgs_file(variables):
    """Headers with the sequence numbers 7 and 8, of which the older one has an empty table."""
    nvram = b""
    for variable in variables:
        name, data = variable["name"].encode("utf-16-le") + b"\0\0", bytes.fromhex(variable["data"])
        nvram += struct.pack("<III16s16sHH", 0, 48 + len(name) + len(data), variable["attr"],
                             bytes.fromhex(variable.get("time", "00" * 16)), uuid.UUID(variable["guid"]).bytes_le,
                             len(name), len(data)) + name + data
    blocks = -(-len(nvram) // 4096)

    def header(sequence, table_block, checksum=0):
        return struct.pack("<8sIIIIIIHH132x", b"GUESTRTS", 0x30000, checksum, sequence, 168, table_block, 1, 0, 0)

    file = b""
    for sequence, table_block in ((7, 2), (8, 3)):
        file += header(sequence, table_block, zlib.crc32(header(sequence, table_block))).ljust(512, b"\0")
    file = file.ljust(3 * 4096, b"\0") + (bytes(64) + struct.pack("<IIQ", 4, blocks, len(nvram))).ljust(4096, b"\0")
    return (file + nvram).ljust(1 << 22, b"\0")


def some_variables(count):
    """Names, sizes and bytes by chance, the same every time."""
    chance = random.Random("variables")
    variables = []
    for number in range(count):
        attributes = chance.choice((3, 7, 0x27))
        variable = {"name": f"Boot{number:04X}" if number % 3 else f"Some name {number} \"\\\t~",
                    "guid": str(uuid.UUID(bytes=chance.randbytes(16))), "attr": attributes,
                    "data": chance.randbytes(chance.choice((0, 1, 30, 4000))).hex()}
        if attributes & AUTHENTICATED:
            variable["time"] = struct.pack("<HBBBBBxIhBx", 2010 + number, 3, 6, 19, 17, 21, 0, 0, 0).hex()
            if number % 2:
                variable["digest"] = chance.randbytes(32).hex()
        variables.append(variable)
    return variables


class Forms(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nonvol-forms-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def convert(self, form, content, status=0):
        """What forms_convert writes, and what it says."""
        before, after = self.folder / "before", self.folder / "after"
        before.write_bytes(content)
        done = subprocess.run([CONVERT, form, str(before), str(after)], capture_output=True, check=False, timeout=60,
                              text=True)
        self.assertEqual(done.returncode, status, done.stderr)
        return after.read_bytes() if status == 0 else b"", done.stderr

    def read_qemu(self, content):
        document = json.loads(content)
        self.assertEqual(set(document), {"version", "variables"})
        self.assertEqual(document["version"], 2)
        for variable in document["variables"]:
            self.assertLessEqual(set(NEEDED), set(variable))
            for name, value in variable.items():
                self.assertIsInstance(value, (NEEDED | OPTIONAL)[name])
            self.assertRegex(variable["data"], "^([0-9a-f]{2})*$")
            self.assertRegex(variable.get("time", "0" * 32), "^[0-9a-f]{32}$")
            self.assertTrue(variable["name"].isascii())
        return document["variables"]

    def test_the_dictionary_is_amazons(self):
        self.assertEqual(hashlib.sha256(DICTIONARY).hexdigest(), DICTIONARY_SHA256)

    def test_ec2_is_read_and_json_written(self):
        for count in (0, 1, 200):
            variables = some_variables(count)
            for no_digest in ("00" * 32, ""):  # python-uefivars, virt-firmware
                content, said = self.convert("qemu", ec2_file(variables, no_digest))
                self.assertEqual(self.read_qemu(content), variables)
                self.assertEqual(said, "")

    def test_json_is_read_and_ec2_written(self):
        for count in (0, 1, 200):
            variables = some_variables(count)
            for indent in (None, 4):
                document = json.dumps({"version": 2, "variables": variables}, indent=indent)
                content, said = self.convert("ec2", document.encode())
                self.assertEqual(read_ec2(content), variables)
                self.assertEqual(said, "")

    def test_names_outside_ascii(self):
        variables = [{"name": "Vari\u00e9t\u00e9 \U0001f512", "guid": str(uuid.UUID(int=1)), "attr": 7, "data": "00"}]
        for ascii_only in (True, False):
            document = json.dumps({"version": 2, "variables": variables}, ensure_ascii=ascii_only)
            content, said = self.convert("ec2", document.encode())
            self.assertEqual(read_ec2(content), variables)
            self.assertIn("NV2415", said)
        content, _ = self.convert("virt-firmware", ec2_file(variables))
        self.assertEqual(json.loads(content)["variables"], variables)
        self.assertIn("NV2403", self.convert("qemu", ec2_file(variables), status=1)[1])

    def test_the_json_of_uefivars(self):
        variables = some_variables(20)
        theirs = [{("timestamp" if name == "time" else name): value for name, value in variable.items()}
                  for variable in variables]
        for document in (theirs, {"version": 2, "variables": theirs}):
            content, said = self.convert("qemu", json.dumps(document).encode())
            self.assertEqual(self.read_qemu(content), variables)
            self.assertIn("NV2415", said)

    def test_vmgs_is_read(self):
        variables = some_variables(20)
        for variable in variables:
            variable.pop("digest", None)
        content, said = self.convert("qemu", vmgs_file(variables))
        self.assertEqual(self.read_qemu(content), variables)
        self.assertEqual(said, "")


def main():
    global CONVERT, DICTIONARY
    if len(sys.argv) < 5 or sys.argv[1] != "--convert" or sys.argv[3] != "--dictionary":
        print(__doc__)
        return 2
    CONVERT = os.path.abspath(sys.argv[2])
    DICTIONARY = bytes.fromhex("".join(re.findall(r'"([0-9a-f]+)"', pathlib.Path(sys.argv[4]).read_text("utf-8"))))
    return 0 if unittest.main(argv=[sys.argv[0], *sys.argv[5:]], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
