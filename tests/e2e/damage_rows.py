"""Stores for damage.py: a healthy one with variables in it, and what can go wrong with it.

Everything here is written from the description of the format (docs/formats/varstore.md) and shares nothing with
src/flash, so that a mistake there cannot hide.
"""

import dataclasses
import pathlib
import struct
import typing
import uuid
import zlib

GUID = "5d3f7a52-9a51-4c0e-8a7e-6e6f6e766f6c"
NAMES = [f"Probe{number}" for number in range(8)]
OVMF = pathlib.Path("/usr/share/OVMF")
VOLUME_HEADER, STORE_HEADER, RECORD_HEADER = 72, 28, 60
FTW_CALLER = uuid.UUID("fe5cea76-4f72-49e8-986f-2cd899dffe5d").bytes_le
PLAIN_STORE = uuid.UUID("ddcf3616-3275-4164-98b6-fe85707ffe7d").bytes_le


@dataclasses.dataclass(frozen=True)
class Layout:
    name: str
    size: int
    store_end: int
    working: int
    spare: int


LAYOUTS = {
    "ovmf-2m": Layout("ovmf-2m", 0x20000, 0xE000, 0xF000, 0x10000),
    "ovmf-4m": Layout("ovmf-4m", 0x84000, 0x40000, 0x41000, 0x42000),
}
TEMPLATES = {"ovmf-2m": "OVMF_VARS.fd", "ovmf-4m": "OVMF_VARS_4M.fd"}
KEYS = {"ovmf-2m": "OVMF_VARS.ms.fd", "ovmf-4m": "OVMF_VARS_4M.ms.fd"}


def value_of(name):
    return f"value of {name}".encode()


def record(name, data, state=0x3F):
    name = name.encode("utf-16-le") + b"\0\0"
    head = struct.pack("<HBBIQ16sIII16s", 0x55AA, state, 0, 7, 0, bytes(16), 0, len(name), len(data),
                       uuid.UUID(GUID).bytes_le)
    whole = head + name + data
    return whole + b"\xff" * (-len(whole) % 4)


def records_of(store):
    """Offset and size of each record, as far as the chain holds."""
    at, found = VOLUME_HEADER + STORE_HEADER, []
    while store[at : at + 2] == b"\xaa\x55":
        name, data = struct.unpack_from("<II", store, at + 0x24)
        size = RECORD_HEADER if store[at + 2] == 0xFF else RECORD_HEADER + name + data
        size += -size % 4
        found.append((at, size))
        at += size
    return found


def healthy(layout, template=None):
    """The template with the probes behind what it holds."""
    store = bytearray((OVMF / (template or TEMPLATES[layout])).read_bytes())
    at = VOLUME_HEADER + STORE_HEADER
    for offset, size in records_of(store):
        at = offset + size
    for name in NAMES:
        new = record(name, value_of(name))
        store[at : at + len(new)] = new
        at += len(new)
    return store


class Store:
    """A healthy store and the places in it that damage goes to."""

    def __init__(self, layout, template=None):
        self.layout = LAYOUTS[layout]
        self.bytes = healthy(layout, template)
        self.places = [offset for offset, _ in records_of(self.bytes)]
        self.probes = self.places[-len(NAMES) :]
        self.end = sum(records_of(self.bytes)[-1])

    def poke(self, offset, values):
        self.bytes[offset : offset + len(values)] = values
        return self

    def fill(self, offset, size, byte=0xFF):
        return self.poke(offset, bytes([byte]) * size)

    def sum_header(self):
        self.poke(0x32, b"\0\0")
        total = sum(struct.unpack_from("<36H", self.bytes)) & 0xFFFF
        return self.poke(0x32, struct.pack("<H", -total & 0xFFFF))

    def pend(self, spare_complete=True, target_complete=False, header_complete=False):
        """Leaves behind what a reclaim does that was stopped after the spare area was written."""
        layout = self.layout
        self.poke(layout.spare, self.bytes[: layout.store_end])
        header = struct.pack("<B3s16sIQQ", 0xF8 if header_complete else 0xFC, b"\xff" * 3, FTW_CALLER, 0xFFFFFFFF, 1, 0)
        flags = 0xFF & ~(2 if spare_complete else 0) & ~(4 if target_complete else 0)
        entry = struct.pack("<B7sQQQq", flags, b"\xff" * 7, 0, 0x48, layout.store_end - 0x48, -layout.spare)
        return self.poke(layout.working + 32, header + entry)


def working_header(size):
    head = uuid.UUID("9e58292b-7c68-497d-a0ce-6500fd9f1b95").bytes_le
    queue = struct.pack("<Q", size - 32)
    crc = zlib.crc32(head + b"\xff" * 8 + queue)
    return head + struct.pack("<I", crc) + b"\xfe\xff\xff\xff" + queue


def in_record(number, offset, values):
    return lambda store: store.poke(store.probes[number] + offset, values)


def header_field(offset, values, checksum=True):
    def damage(store):
        store.poke(offset, values)
        return store.sum_header() if checksum else store
    return damage


def pend_then(change, **flags):
    return lambda store: change(store.pend(**flags))


def erase_block_0(store):
    return store.fill(0, 0x1000)


def cut(size):
    def damage(store):
        store.bytes = store.bytes[:size] if size >= 0 else store.bytes[: len(store.bytes) + size]
        return store
    return damage


def extend(size, byte=0xFF):
    def damage(store):
        store.bytes += bytes([byte]) * (size - len(store.bytes))
        return store
    return damage


def blank(byte):
    return lambda store: store.fill(0, len(store.bytes), byte)


def replaced_by(layout):
    def damage(store):
        store.bytes = healthy(layout)
        return store
    return damage


def noise(store):
    state, out = 0x2545F491, bytearray()
    while len(out) < len(store.bytes):  # the same at every run
        state = state * 1664525 + 1013904223 & 0xFFFFFFFF
        out += struct.pack("<I", state ^ state >> 15)
    store.bytes = out[: len(store.bytes)]
    return store


def torn_tail(store):
    new = bytearray(record("Torn", b"x" * 40))
    new[2] = 0xFF
    return store.poke(store.end, new[:70])


def as_vanished(store):
    """What the firmware leaves of a store whose header it did not like."""
    header = bytes(store.bytes[:VOLUME_HEADER])
    return store.fill(0, len(store.bytes)).poke(0, header)


@dataclasses.dataclass(frozen=True)
class Row:
    name: str
    damage: typing.Callable
    repair: bool = True  # nonvol repairs it so that every probe is back, but for those in `lost`
    lost: tuple = ()  # probes that the damage makes dead or unreadable
    mangled: tuple = ()  # probes that the firmware reads with other data
    replay: bool = False  # the firmware takes up an interrupted write


ROWS = [
    Row("none", lambda store: store),
    Row("volume-checksum", header_field(0x32, b"\x12\x34", checksum=False)),
    Row("volume-signature", header_field(0x28, b"_FVX")),
    Row("volume-length", header_field(0x20, b"\0\0\x01")),
    Row("volume-revision", header_field(0x37, b"\x01")),
    Row("volume-guid", header_field(0x10, b"\0")),
    Row("volume-zero-vector", header_field(0x00, b"\x55")),
    Row("volume-attributes", header_field(0x2C, b"\0\0\0\0")),
    Row("volume-block-length", header_field(0x3C, b"\0\x20")),
    Row("volume-block-count", header_field(0x38, b"\0\x01")),
    Row("volume-header-length", header_field(0x30, b"\x4a\0")),
    Row("store-guid", lambda store: store.poke(0x48, b"\0")),
    Row("store-plain-guid", lambda store: store.poke(0x48, PLAIN_STORE)),
    Row("store-state", lambda store: store.poke(0x5D, b"\xff")),
    Row("store-format", lambda store: store.poke(0x5C, b"\xff")),
    Row("store-size-small", lambda store: store.poke(0x58, struct.pack("<I", store.probes[4] - 0x48))),
    Row("store-size-roomy", lambda store: store.poke(0x58, struct.pack("<I", store.end + 0x8000 - 0x48))),
    Row("store-size-large", lambda store: store.poke(0x58, struct.pack("<I", 0x80000))),
    Row("store-size-huge", lambda store: store.poke(0x58, b"\xff\xff\xff\xff")),
    Row("start-mark", in_record(3, 0, b"\0\0")),
    Row("state-7f", in_record(3, 2, b"\x7f"), lost=("Probe3",)),
    Row("state-11", in_record(3, 2, b"\x11"), lost=("Probe3",)),
    Row("state-ff", in_record(3, 2, b"\xff"), lost=("Probe3",)),
    Row("state-3e", in_record(3, 2, b"\x3e")),
    Row("name-size-7fffffff", in_record(3, 0x24, b"\xff\xff\xff\x7f")),
    Row("name-size-ffffffff", in_record(3, 0x24, b"\xff\xff\xff\xff")),
    Row("first-name-size-ffffffff", lambda store: store.poke(store.probes[0] + 0x24, b"\xff\xff\xff\xff")),
    Row("name-size-0", in_record(3, 0x24, b"\0\0\0\0")),
    Row("name-size-odd", in_record(3, 0x24, b"\x0b\0\0\0")),
    Row("data-size-7fffffff", in_record(3, 0x28, b"\xff\xff\xff\x7f")),
    Row("data-size-beyond", in_record(3, 0x28, b"\0\0\x08\0")),
    Row("data-size-ffffffff", in_record(3, 0x28, b"\xff\xff\xff\xff")),
    Row("data-size-larger", in_record(3, 0x28, b"\x40\0\0\0"), mangled=("Probe3",)),
    Row("attributes-ffffffff", in_record(3, 4, b"\xff\xff\xff\xff"), lost=("Probe3",)),
    Row("dead-name-size-ffffffff", lambda store: in_record(3, 0x24, b"\xff\xff\xff\xff")(in_record(3, 2, b"\x3c")(store)),
        lost=("Probe3",)),
    Row("dead-data-size-beyond", lambda store: in_record(3, 0x28, b"\0\0\x08\0")(in_record(3, 2, b"\x3c")(store)),
        lost=("Probe3",)),
    Row("dead-name-size-7fffffff", lambda store: in_record(3, 0x24, b"\xff\xff\xff\x7f")(in_record(3, 2, b"\x3c")(store)),
        lost=("Probe3",)),
    Row("tail-torn", torn_tail),
    Row("tail-bytes", lambda store: store.poke(store.end + 0x200, b"stray bytes")),
    Row("ftw-crc", lambda store: store.poke(store.layout.working + 0x10, b"\0\0\0\0")),
    Row("ftw-erased", lambda store: store.fill(store.layout.working, 0x1000)),
    Row("ftw-zero", lambda store: store.fill(store.layout.working, 0x1000, 0)),
    Row("ftw-state", lambda store: store.poke(store.layout.working + 0x14, b"\xfc")),
    Row("pending-target-intact", pend_then(lambda store: store), replay=True),
    Row("pending-target-edited", pend_then(lambda store: in_record(3, 2, b"\x3d")(store)), replay=True),
    Row("pending-block-0-erased", pend_then(erase_block_0)),
    Row("pending-records-erased", pend_then(lambda store: store.fill(0x64, store.layout.store_end - 0x64)), replay=True),
    Row("pending-store-header", pend_then(lambda store: store.fill(0x48, 28)), replay=True),
    Row("pending-no-spare", pend_then(lambda store: store, spare_complete=False)),
    Row("pending-target-done", pend_then(lambda store: store, target_complete=True)),
    Row("pending-spare-damaged", pend_then(lambda store: store.fill(store.layout.spare, 0x1000, 0x11))),
    Row("all-ff", blank(0xFF), lost=tuple(NAMES)),
    Row("all-00", blank(0), lost=tuple(NAMES)),
    Row("noise", noise, repair=False),
    Row("wiped-before", as_vanished, lost=tuple(NAMES)),
    Row("other-layout", lambda store: replaced_by("ovmf-2m" if store.layout.name == "ovmf-4m" else "ovmf-4m")(store),
        repair=False),
    Row("short-64k", cut(0x10000)),
    Row("short-4k", cut(-0x1000)),
    Row("long-4k", lambda store: extend(len(store.bytes) + 0x1000)(store)),
    Row("long-4k-00", lambda store: extend(len(store.bytes) + 0x1000, 0)(store)),
    Row("long-1m", extend(0x100000)),
    Row("long-1m-00", extend(0x100000, 0)),
    Row("empty", cut(0), repair=False),
]
