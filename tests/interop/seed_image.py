"""NVRAM images from docs/formats/nvram-image.md alone: writes the seed's layout and the extended one, and reads both.

Shares no code with nonvol, so that what the two agree on is what the page says. Where the page leaves a choice, this
makes another one than nonvol does. Anything that the page does not allow is a Malformed.
"""

import dataclasses
import hashlib
import os
import struct

import aes_gcm

PAGE, SECTOR, SLOT_HEADER = 4096, 512, 64
SEQUENCE, UTF8, OCTETS, INTEGER, BOOLEAN, SLACK = 0x30, 0x0C, 0x04, 0x02, 0x01, 0x80
PLAIN, ATOMIC = 1, 2
CRC32C, SHA256 = 1, 2
PRESENT, ABSENT = 1, 2


class Malformed(Exception):
    """Bytes that the specification does not allow."""


def require(condition, message):
    if not condition:
        raise Malformed(message)


def round_up(value, unit):
    return -(-value // unit) * unit


# --- CRC-32C, RFC 3720 B.4 -------------------------------------------------------------------------------------------


def _crc_of_byte(value):
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


_CRC_TABLE = [_crc_of_byte(value) for value in range(256)]


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ _CRC_TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


# --- DER -------------------------------------------------------------------------------------------------------------


def header(tag, size):
    """Tag and length octets, the shortest form."""
    if size < 0x80:
        return bytes([tag, size])
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length


def element(tag, *parts):
    content = b"".join(parts)
    return header(tag, len(content)) + content


def integer(value):
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def read_header(data, at):
    """Tag, where the content begins, where it ends."""
    require(at + 2 <= len(data), f"no element at {at}")
    tag, size, begin = data[at], data[at + 1], at + 2
    if size >= 0x80:
        octets = size & 0x7F
        require(0 < octets <= 8 and begin + octets <= len(data), f"length octets at {at}")
        size, begin = int.from_bytes(data[begin : begin + octets], "big"), begin + octets
    require(header(tag, size) == data[at:begin], f"the length at {at} is not in its shortest form")
    require(begin + size <= len(data), f"the element at {at} runs off the end")
    return tag, begin, begin + size


class Reader:
    """Elements one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def next_tag(self):
        return self.data[self.at] if self.at < len(self.data) else None

    def take(self, tag):
        require(self.next_tag() == tag, f"tag {self.next_tag()} instead of {tag}")
        _, begin, self.at = read_header(self.data, self.at)
        return self.data[begin : self.at]

    def integer(self):
        content = self.take(INTEGER)
        value = int.from_bytes(content, "big", signed=True)
        require(value >= 0 and integer(value) == element(INTEGER, content), "an INTEGER in DER that is not negative")
        return value

    def flag(self):
        """BOOLEAN DEFAULT FALSE: in DER it is there only if it is true."""
        if self.next_tag() != BOOLEAN:
            return False
        require(self.take(BOOLEAN) == b"\xff", "a BOOLEAN other than TRUE")
        return True

    def each(self, tag):
        content = Reader(self.take(tag))
        while content.next_tag() is not None:
            yield content

    def finish(self):
        require(self.next_tag() is None, "something behind the last field")


# --- what an image holds ---------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Entry:
    name: str
    kind: int
    capacity: int
    content: bytes | None = None  # None: absent
    generation: int = 0
    encrypted: bool = False
    offset: int = 0
    attributes: dict = dataclasses.field(default_factory=dict)
    damaged: list = dataclasses.field(default_factory=list)  # slots

    def slot_bytes(self):
        return round_up(SLOT_HEADER + self.capacity, PAGE)

    def blob_bytes(self):
        return self.capacity if self.kind == PLAIN else 2 * self.slot_bytes()

    def framing(self):
        """All octets in front of the blob."""
        inside = element(UTF8, self.name.encode()) + header(OCTETS, self.blob_bytes())
        return header(SEQUENCE, len(inside) + self.blob_bytes()) + inside


@dataclasses.dataclass
class Image:
    entries: list
    uuid: bytes = bytes(16)
    integrity: int = CRC32C
    seed_layout: bool = False
    attributes: dict = dataclasses.field(default_factory=dict)
    generation: int = 0  # of the directory
    user_key: bytes | None = None
    data_key: bytes | None = None
    key_slots: list = dataclasses.field(default_factory=list)

    def entry(self, name):
        return next(each for each in self.entries if each.name == name)


# --- slots -----------------------------------------------------------------------------------------------------------


def identity(uuid, entry):
    name = entry.name.encode()
    return uuid + struct.pack("<QH", entry.capacity, len(name)) + name


def digest(kind, *parts):
    data = b"".join(parts)
    return crc32c(data).to_bytes(4, "little") + bytes(28) if kind == CRC32C else hashlib.sha256(data).digest()


def slot_for(image, uuid, entry, content, generation):
    """Header and payload, filled up to a whole page."""
    payload = content or b""
    cipher = 1 if entry.encrypted else 0
    nonce = os.urandom(12) if cipher else bytes(12)
    front = struct.pack("<4sBBBBQI", b"NVS1", image.integrity, ABSENT if content is None else PRESENT, cipher, 0,
                        generation, len(payload))
    proof = b""
    if cipher:
        payload, proof = aes_gcm.seal(image.data_key, nonce, identity(uuid, entry) + front, payload)
    proof += digest(image.integrity, identity(uuid, entry), front + nonce, proof, payload)
    slot = front + nonce + proof[:32] + payload
    return slot + bytes(-len(slot) % PAGE)


def slots_for(image, uuid, entry):
    """Both, as after `generation` updates that end in the content."""
    places = [bytes(entry.slot_bytes())] * 2
    generations = [entry.generation] if entry.generation == 0 else [entry.generation - 1, entry.generation]
    for generation in generations:
        content = entry.content if generation == entry.generation else None if generation == 0 else b"older"[:entry.capacity]
        slot = slot_for(image, uuid, entry, content, generation)
        places[0 if generation % 2 else 1] = slot + bytes(entry.slot_bytes() - len(slot))
    return b"".join(places)


def read_slot(image, uuid, entry, data, index):
    """(generation, state, payload) of a slot that may be believed, "zero", or None."""
    front, nonce, proof = data[:20], data[20:32], data[32:64]
    if not any(data[:SLOT_HEADER]):
        return "zero"
    magic, integrity, state, cipher, zero, generation, length = struct.unpack("<4sBBBBQI", front)
    if (magic, zero, integrity) != (b"NVS1", 0, image.integrity) or state not in (PRESENT, ABSENT) or cipher > 1:
        return None
    if length > entry.capacity or generation % 2 == index or (cipher == 0 and any(nonce)):
        return None
    payload = data[SLOT_HEADER : SLOT_HEADER + length]
    covered = identity(uuid, entry) + front + nonce
    if cipher:
        right = proof[:16] + digest(integrity, covered, proof[:16], payload)[:16]
    else:
        right = digest(integrity, covered, payload)
    if proof != right:
        return None
    require(cipher == entry.encrypted, f"'{entry.name}' and its slot disagree on encryption")
    require(not any(data[SLOT_HEADER + length : round_up(SLOT_HEADER + length, PAGE)]), "no zeros behind the payload")
    if cipher and image.data_key:
        payload = aes_gcm.unseal(image.data_key, nonce, identity(uuid, entry) + front, payload, proof[:16])
        require(payload is not None, f"'{entry.name}' was not sealed with the image's key")
    return generation, state, payload


def read_slots(image, uuid, entry, blob):
    """Fills in the entry's content, generation and damage."""
    half = len(blob) // 2
    found = [read_slot(image, uuid, entry, blob[at : at + half], index) for index, at in enumerate((0, half))]
    good = [each for each in found if isinstance(each, tuple)]
    require(good, f"'{entry.name}' has no slot that can be believed")
    newest = max(good)
    if len(good) == 2:
        require(abs(good[0][0] - good[1][0]) == 1, f"an older generation of '{entry.name}' was put back")
    elif newest[0] != 0 or found[0] != "zero":
        entry.damaged = [index for index, each in enumerate(found) if not isinstance(each, tuple)]
    entry.generation = newest[0]
    entry.content = newest[2] if newest[1] == PRESENT else None


# --- the directory ---------------------------------------------------------------------------------------------------


def encode_attributes(attributes):
    if not attributes:
        return b""
    return element(0xA0, *(element(SEQUENCE, element(UTF8, name.encode()), element(OCTETS, value))
                           for name, value in attributes.items()))


def encode_entry(entry):
    flag = element(BOOLEAN, b"\xff") if entry.encrypted else b""
    return element(SEQUENCE, element(UTF8, entry.name.encode()), integer(entry.kind), integer(entry.offset),
                   integer(entry.capacity), flag, encode_attributes(entry.attributes))


def encode_directory(image, seal=b""):
    keys = b""
    if image.key_slots:
        keys = element(0xA1, *(element(SEQUENCE, integer(number), element(OCTETS, nonce), element(OCTETS, wrapped))
                               for number, nonce, wrapped in image.key_slots))
    return element(SEQUENCE, integer(1), element(OCTETS, image.uuid), integer(image.integrity),
                   encode_attributes(image.attributes), keys, element(SEQUENCE, *map(encode_entry, image.entries)), seal)


def sealed_directory(image):
    if not image.key_slots:
        return encode_directory(image)
    nonce = os.urandom(12)
    _, tag = aes_gcm.seal(image.data_key, nonce, encode_directory(image), b"")
    return encode_directory(image, element(0x82, nonce + tag))


def make_keys(image):
    """A data key under the user's key, in key slot 1 so that number and place differ."""
    image.data_key = os.urandom(32)
    nonce = os.urandom(12)
    wrapped, tag = aes_gcm.seal(image.user_key, nonce, image.uuid + b"\x01", image.data_key)
    image.key_slots = [(1, nonce, wrapped + tag)]


def read_attributes(fields):
    if fields.next_tag() != 0xA0:
        return {}
    attributes = {}
    for outer in fields.each(0xA0):
        attribute = Reader(outer.take(SEQUENCE))
        name = attribute.take(UTF8).decode()
        require(not attribute.flag(), f"'{name}' is mandatory and not known here")
        attributes[name] = attribute.take(OCTETS)
        attribute.finish()
    return attributes


def read_entry_info(fields):
    name, kind, offset, capacity = fields.take(UTF8).decode(), fields.integer(), fields.integer(), fields.integer()
    require(kind in (PLAIN, ATOMIC), f"kind {kind}")
    entry = Entry(name, kind, capacity, offset=offset, encrypted=fields.flag())
    entry.attributes = read_attributes(fields)
    fields.finish()
    return entry


def read_directory(payload, user_key):
    outer = Reader(payload)
    fields = Reader(outer.take(SEQUENCE))
    outer.finish()
    require(fields.integer() == 1, "another version")
    image = Image([], uuid=fields.take(OCTETS), integrity=fields.integer(), user_key=user_key)
    image.attributes = read_attributes(fields)
    if fields.next_tag() == 0xA1:
        for each in fields.each(0xA1):
            slot = Reader(each.take(SEQUENCE))
            image.key_slots.append((slot.integer(), slot.take(OCTETS), slot.take(OCTETS)))
            slot.finish()
    image.entries = [read_entry_info(Reader(each.take(SEQUENCE))) for each in fields.each(SEQUENCE)]
    seal = fields.take(0x82) if image.key_slots else None
    fields.finish()
    if user_key is not None and image.key_slots:
        unlock(image, seal)
    return image


def unlock(image, seal):
    opened = [aes_gcm.unseal(image.user_key, nonce, image.uuid + bytes([number]), wrapped[:32], wrapped[32:])
              for number, nonce, wrapped in image.key_slots]
    image.data_key = next((each for each in opened if each is not None), None)
    require(image.data_key is not None, "the key opens no key slot")
    proven = aes_gcm.unseal(image.data_key, seal[:12], encode_directory(image), b"", seal[12:])
    require(proven is not None, "the directory is not what was sealed")


# --- whole images ----------------------------------------------------------------------------------------------------


def in_outer_sequence(body, size):
    """The image of a body that was laid out for this many octets in front of it, or None if there are others."""
    front = header(SEQUENCE, len(body))
    return front + body if len(front) == size else None


def write_seed(entries):
    """Header and entries, nothing else. entries: name, size."""
    blobs = [Entry(name, PLAIN, size).framing() + bytes(size) for name, size in entries]
    return element(SEQUENCE, element(UTF8, b"qemu-nvram"), *blobs)


def one_slack(total):
    """A slack element that takes exactly so many bytes, if there is one."""
    sizes = (total - octets for octets in range(2, min(total, 10) + 1) if len(header(SLACK, total - octets)) == octets)
    return next((element(SLACK, bytes(size)) for size in sizes), None)


def place(body, front_size, entry):
    """Slack until the blob begins on a page, then all in front of the blob."""
    framing = entry.framing()
    gap = -(front_size + len(body) + len(framing)) % PAGE
    body += (one_slack(gap) or one_slack(gap + PAGE) if gap else b"") + framing
    entry.offset = front_size + len(body)


def write_extended(image, reserve=0, directory_capacity=5 * PAGE - SLOT_HEADER):
    directory = Entry(".directory", ATOMIC, directory_capacity)
    if image.user_key is not None:
        make_keys(image)
    for front_size in range(2, 11):
        body = bytearray(element(UTF8, b"qemu-nvram"))
        place(body, front_size, directory)
        body += bytes(directory.blob_bytes())
        for entry in image.entries:
            place(body, front_size, entry)
            body += entry.content if entry.kind == PLAIN else slots_for(image, image.uuid, entry)
        body += one_slack(reserve) or b""
        directory.content, directory.generation = sealed_directory(image), image.generation
        at = directory.offset - front_size
        body[at : at + directory.blob_bytes()] = slots_for(image, bytes(16), directory)
        whole = in_outer_sequence(bytes(body), front_size)
        if whole is not None:
            return whole
    raise AssertionError("no length fits")


def read_framing(data):
    """[(tag, name, where the content begins, where it ends)] of all elements behind the header."""
    tag, at, end = read_header(data, 0)
    require(tag == SEQUENCE and end == len(data), "one SEQUENCE as long as the image")
    require(data[at : at + 12] == element(UTF8, b"qemu-nvram"), "the header")
    at, elements = at + 12, []
    while at < end:
        tag, begin, following = read_header(data, at)
        if tag == SLACK:
            elements.append((tag, None, begin, following))
        else:
            require(tag == SEQUENCE, f"tag {tag} at {at}")
            fields = Reader(data[begin:following])
            name = fields.take(UTF8).decode()
            size = len(fields.take(OCTETS))
            fields.finish()
            elements.append((tag, name, following - size, following))
        at = following
    return elements


def confirm(entry, elements, data):
    """What the directory says of an entry is what its framing says, in an element of its own or in slack."""
    begin, end = entry.offset - len(entry.framing()), entry.offset + entry.blob_bytes()
    require(entry.offset % PAGE == 0, f"'{entry.name}' does not begin on a page")
    require(data[begin : entry.offset] == entry.framing(), f"'{entry.name}' has another framing")
    if (SEQUENCE, entry.name, entry.offset, end) in elements:
        return
    holder = [each for each in elements if each[0] == SLACK and each[2] <= begin and end <= each[3]]
    require(holder, f"'{entry.name}' lies neither in an element of its own nor in slack")
    require(begin // SECTOR >= round_up(holder[0][2], SECTOR) // SECTOR, f"'{entry.name}' shares its first sector")
    require(round_up(end, SECTOR) <= holder[0][3], f"'{entry.name}' shares its last sector")


def read(data, user_key=None):
    """The Image. With slots of one generation in another's place, overlaps and the like it is Malformed."""
    elements = read_framing(data)
    entries = [each for each in elements if each[0] == SEQUENCE]
    if not entries or entries[0][1] != ".directory":
        return Image([Entry(name, PLAIN, end - begin, data[begin:end], offset=begin)
                      for _, name, begin, end in entries], seed_layout=True)
    _, name, begin, end = entries[0]
    directory = Entry(name, ATOMIC, (end - begin) // 2 - SLOT_HEADER, offset=begin)
    # Which kind of digest the directory has is said in it, so both are tried.
    for kind in (CRC32C, SHA256):
        try:
            read_slots(Image([], integrity=kind), bytes(16), directory, data[begin:end])
        except Malformed:
            continue
        break
    require(directory.content is not None, "the directory cannot be believed")
    image = read_directory(directory.content, user_key)
    image.generation = directory.generation
    require({each[1] for each in entries[1:]} <= {each.name for each in image.entries}, "entries nobody lists")
    for entry in image.entries:
        confirm(entry, elements, data)
        blob = data[entry.offset : entry.offset + entry.blob_bytes()]
        if entry.kind == PLAIN:
            entry.content = blob
        else:
            read_slots(image, image.uuid, entry, blob)
    taken = sorted((each.offset, each.offset + each.blob_bytes()) for each in [directory, *image.entries])
    require(all(first[1] <= second[0] for first, second in zip(taken, taken[1:])), "blobs overlap")
    return image
