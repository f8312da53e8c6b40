#!/usr/bin/env python3
"""nonvol and an independent implementation of docs/formats/nvram-image.md read what the other one wrote.

    seed_image_test.py --nonvol build/check/nonvol [unittest's words]
"""

import hashlib
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import aes_gcm  # noqa: E402
import seed_image  # noqa: E402
from seed_image import ATOMIC, CRC32C, PLAIN, SHA256, Entry, Image  # noqa: E402

NONVOL = ""
LONGEST_NAME = "ü" * 127 + "x"  # 255 bytes


def noise(size, seed):
    return random.Random(seed).randbytes(size)


class Interop(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nonvol-interop-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name).resolve() / "image.nv"
        self.key_file = self.path.with_name("key")
        self.key = noise(32, "key")
        self.key_file.write_bytes(self.key)

    def nonvol(self, command, *words, content=b"", status=0):
        """What it prints: `nonvol blob COMMAND IMAGE WORDS...`."""
        done = subprocess.run([NONVOL, "blob", command, str(self.path), *words], input=content, capture_output=True,
                              check=False, timeout=60)
        self.assertEqual(done.returncode, status, (command, words, done.stdout, done.stderr))
        return done.stdout

    def document(self, command, *words, status=0):
        return json.loads(self.nonvol(command, *words, "--json", status=status))

    def format(self, *entries, **options):
        words = [word for entry in entries for word in ("--entry", entry)]
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        return self.nonvol("format", *words)

    def read(self, key=None):
        return seed_image.read(self.path.read_bytes(), key)

    def assert_same(self, image, key=False):
        """nonvol finds in the file what `image` says."""
        words = ["--key-file", str(self.key_file)] if key else []
        listed = {each["name"]: each for each in self.document("list")["entries"]}
        self.assertEqual(list(listed), [each.name for each in image.entries])
        for entry in image.entries:
            found = listed[entry.name]
            self.assertEqual((found["offset_bytes"], found["capacity_bytes"], found["kind"], found["encrypted"]),
                             (entry.offset, entry.capacity, "plain" if entry.kind == PLAIN else "atomic",
                              entry.encrypted))
            if entry.kind == ATOMIC:
                self.assertEqual(found["generation"], entry.generation, entry.name)
            if entry.content is not None:
                self.assertEqual(self.nonvol("get", entry.name, *words), entry.content, entry.name)
            else:
                state = "deleted" if entry.generation else "never-written"
                self.assertEqual(found["state"], state)
                self.nonvol("get", entry.name, *words, status=3)
        self.nonvol("check", "--scrub", *words)


class Cipher(unittest.TestCase):
    """The other implementation's cipher against the test cases 13, 14 and 16 of the GCM specification."""

    def test_cases(self):
        cases = [
            ("00" * 32, "00" * 12, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
            ("00" * 32, "00" * 12, "", "00" * 16, "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
            ("feffe9928665731c6d6a8f9467308308" * 2, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
             "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
             "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
             "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
             "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662", "76fc6ece0f4e1768cddf8853bb2d551b"),
        ]
        for case in cases:
            key, nonce, associated, text, cipher, tag = map(bytes.fromhex, case)
            self.assertEqual(aes_gcm.seal(key, nonce, associated, text), (cipher, tag))
            self.assertEqual(aes_gcm.unseal(key, nonce, associated, cipher, tag), text)
            self.assertIsNone(aes_gcm.unseal(key, nonce, associated + b"x", cipher, tag))

    def test_crc(self):
        self.assertEqual(seed_image.crc32c(b"123456789"), 0xE3069283)


class SeedLayout(Interop):
    SIZES = [[1], [127, 128], [255, 256, 65535], [65536], [262144, 65536, 4096], list(range(1, 120, 7)), []]

    def test_the_same_bytes(self):
        for sizes in self.SIZES:
            entries = [(f"entry {number}", size) for number, size in enumerate(sizes)]
            self.path.unlink(missing_ok=True)
            if entries:
                self.format(*(f"{name}:{size}" for name, size in entries), seed_layout=True)
                self.assertEqual(self.path.read_bytes(), seed_image.write_seed(entries), sizes)

    def test_the_drawing_in_the_page(self):
        wanted = bytes.fromhex("30 83 05 10 4B 0C 0A 71 65 6D 75 2D 6E 76 72 61 6D 30 83 04 00 0E 0C 07 70 65 72 6D 61 6C 6C"
                               "04 83 04 00 00")
        written = seed_image.write_seed([("permall", 262144), ("volatilestate", 65536), ("savestate", 4096)])
        self.assertEqual(written[: len(wanted)], wanted)
        self.assertEqual(len(written), 0x05104B + 5)

    def test_nonvol_reads_and_writes_what_the_seed_wrote(self):
        self.path.write_bytes(seed_image.write_seed([("permall", 3000), (LONGEST_NAME, 70000), ("s", 1)]))
        self.assert_same(self.read())
        contents = {"permall": noise(3000, 1), LONGEST_NAME: noise(70000, 2), "s": b"\x05"}
        for name, content in contents.items():
            self.nonvol("put", name, content=content)
        image = self.read()
        self.assertTrue(image.seed_layout)
        self.assertEqual({each.name: each.content for each in image.entries}, contents)
        self.assert_same(image)


class NonvolWrites(Interop):
    def test_every_kind(self):
        for integrity in ("crc32c", "sha256"):
            self.path.unlink(missing_ok=True)
            self.format("tiny:1", "page:4032", "over:4033", f"{LONGEST_NAME}:5000", "vars:5000:plain", "big:100000",
                        integrity=integrity, reserve="64K", uuid="6d1b2a3c-4d5e-4f60-8192-a3b4c5d6e7f8")
            image = self.read()
            self.assertEqual(image.integrity, CRC32C if integrity == "crc32c" else SHA256)
            self.assertEqual(image.uuid.hex(), "6d1b2a3c4d5e4f608192a3b4c5d6e7f8")
            self.assertEqual([each.generation for each in image.entries], [0] * 6)
            self.assert_same(image)
            for round_number in range(3):
                for name, size in (("tiny", 1), ("page", 4032), ("over", 4033 - round_number), (LONGEST_NAME, 0),
                                   ("vars", 5000), ("big", 99999)):
                    content = noise(size, round_number)
                    changed = content != self.read().entry(name).content
                    before = self.read().entry(name).generation
                    self.nonvol("put", name, content=content)
                    found = self.read().entry(name)
                    self.assertEqual(found.content, content)
                    self.assertEqual(found.generation, before + changed if name != "vars" else 0, name)
            self.nonvol("delete", "over")
            self.assertIsNone(self.read().entry("over").content)
            self.assert_same(self.read())

    def test_added_entries(self):
        self.format("first:100", "odd:777:plain", reserve="200K")
        framing = [each[1:] for each in seed_image.read_framing(self.path.read_bytes())]
        for number in range(9):
            name = f"added {number}"
            self.nonvol("add", "--entry", f"{name}:{10 ** (number % 4)}{':plain' if number % 3 == 2 else ''}")
            if number % 3 != 2:
                self.nonvol("put", name, content=b"x" * (number % 2))
            self.assertEqual(self.read().generation, number + 1)
            self.assert_same(self.read())
        self.assertEqual([each[1:] for each in seed_image.read_framing(self.path.read_bytes())], framing)

    def test_many_entries(self):
        self.format(*(f"entry number {number}:{1 + number * 31}" for number in range(200)))
        image = self.read()
        self.assertEqual([each.capacity for each in image.entries], [1 + number * 31 for number in range(200)])

    def test_encrypted(self):
        key = ("--key-file", str(self.key_file))
        self.format("secret:3000:encrypted", "open:3000", "empty:10:encrypted", key_file=self.key_file, reserve="64K")
        contents = {"secret": noise(2999, 3), "open": noise(300, 4)}
        for name, content in contents.items():
            self.nonvol("put", name, *key, content=content)
        self.nonvol("add", "--entry", "later:77:encrypted", *key)
        self.nonvol("put", "later", *key, content=b"")
        image = self.read(self.key)
        self.assertEqual({each.name: each.content for each in image.entries},
                         {**contents, "empty": None, "later": b""})
        self.assert_same(image, key=True)
        locked = self.read()
        self.assertNotEqual(locked.entry("secret").content, contents["secret"])
        self.assertEqual(locked.entry("open").content, contents["open"])
        new_key = self.path.with_name("new key")
        new_key.write_text(noise(32, "new").hex() + "\n")
        self.nonvol("rekey", *key, "--new-key-file", str(new_key))
        with self.assertRaisesRegex(seed_image.Malformed, "the key opens no key slot"):
            self.read(self.key)
        self.assertEqual(self.read(noise(32, "new")).entry("secret").content, contents["secret"])

    def test_the_other_reader_is_not_blind(self):
        self.format("a:4032")
        self.nonvol("put", "a", content=b"first")
        good = self.path.read_bytes()
        offset = self.read().entry("a").offset
        for at in (*range(17), *range(offset - 8, offset)):
            data = bytearray(good)
            data[at] ^= 1
            with self.assertRaises(seed_image.Malformed, msg=f"byte {at}"):
                seed_image.read(bytes(data))
        for at in (*range(offset, offset + 36), offset + 64, offset + 68):
            data = bytearray(good)
            data[at] ^= 1
            entry = seed_image.read(bytes(data)).entry("a")
            self.assertEqual((entry.damaged, entry.content, entry.generation), ([0], None, 0), at - offset)


class SpecificationWrites(Interop):
    def image(self, **facts):
        entries = [Entry("tiny", ATOMIC, 1, b"x", 1), Entry("none", ATOMIC, 10), Entry("deleted", ATOMIC, 10, None, 2),
                   Entry("empty", ATOMIC, 4096, b"", 5), Entry("plain", PLAIN, 777, noise(777, 5)),
                   Entry(LONGEST_NAME, ATOMIC, 4032, noise(4032, 6), 2**40),
                   Entry("large", ATOMIC, 90000, noise(89999, 7), 2)]
        return Image(entries, uuid=noise(16, 8), **facts)

    def test_nonvol_reads_it(self):
        for integrity in (CRC32C, SHA256):
            for reserve in (0, 2, 131, 100000):
                image = self.image(integrity=integrity, generation=reserve)
                self.path.write_bytes(seed_image.write_extended(image, reserve))
                self.assert_same(image)
                self.assertEqual(self.document("list")["uuid"].replace("-", ""), image.uuid.hex())

    def test_nonvol_goes_on_with_it(self):
        image = self.image(attributes={"x-of-somebody": b"kept"})
        image.entries[0].attributes = {"a": b"", "b": noise(200, 9)}
        self.path.write_bytes(seed_image.write_extended(image, 100000))
        self.nonvol("put", "tiny", content=b"y")
        self.nonvol("delete", "empty")
        self.nonvol("put", LONGEST_NAME, content=b"short")
        self.nonvol("put", "plain", content=noise(777, 10))
        self.nonvol("add", "--entry", "more:100")
        after = self.read()
        self.assertEqual([(each.content, each.generation) for each in after.entries],
                         [(b"y", 2), (None, 0), (None, 2), (None, 6), (noise(777, 10), 0), (b"short", 2**40 + 1),
                          (noise(89999, 7), 2), (None, 0)])
        self.assertEqual(after.attributes, image.attributes)
        self.assertEqual(after.entry("tiny").attributes, image.entries[0].attributes)
        self.assert_same(after)

    def test_encrypted(self):
        image = Image([Entry("secret", ATOMIC, 3000, noise(1000, 1), 3, encrypted=True), Entry("open", ATOMIC, 10, b"1", 1),
                       Entry("none", ATOMIC, 10, encrypted=True)], uuid=noise(16, 8), integrity=SHA256, user_key=self.key)
        self.path.write_bytes(seed_image.write_extended(image, 0))
        self.assert_same(image, key=True)
        self.nonvol("get", "secret", status=4)
        self.nonvol("put", "secret", "--key-file", str(self.key_file), content=b"changed")
        self.assertEqual(self.read(self.key).entry("secret").content, b"changed")

    def test_damage_is_seen_as_the_page_says(self):
        image = self.image()
        good = seed_image.write_extended(image)
        newest = image.entry("large").offset + image.entry("large").slot_bytes()  # generation 2 is in slot B
        data = bytearray(good)
        data[newest + 50000] ^= 0x10
        self.path.write_bytes(data)
        self.assertEqual(self.nonvol("get", "large"), b"older")
        found = self.document("check", status=1)
        self.assertEqual((found["damaged_slots"], [each["id"] for each in found["findings"]]), (1, ["NV7203"]))
        data[newest - image.entry("large").slot_bytes() + 64] ^= 1
        self.path.write_bytes(data)
        before = hashlib.sha256(data).digest()
        self.nonvol("get", "large", status=5)
        self.nonvol("put", "large", content=b"x", status=5)
        self.assertEqual(hashlib.sha256(self.path.read_bytes()).digest(), before)


def main():
    global NONVOL
    if len(sys.argv) < 3 or sys.argv[1] != "--nonvol":
        print(__doc__)
        return 2
    NONVOL = os.path.abspath(sys.argv[2])
    return 0 if unittest.main(argv=[sys.argv[0], *sys.argv[3:]], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
