"""AES-256-GCM from FIPS 197 and NIST SP 800-38D, slow and simple: so that what is sealed in an image can be opened by
something that shares no code with nonvol."""


def _multiply(a, b):
    """In GF(2^8) with the polynomial of FIPS 197, 4.2."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def _make_s_box():
    """FIPS 197, 5.1.1: the inverse, then an affine map."""
    box = []
    for value in range(256):
        inverse = next((each for each in range(256) if _multiply(value, each) == 1), 0)
        rotated = 0
        for shift in range(5):
            rotated ^= (inverse << shift | inverse >> (8 - shift)) & 0xFF
        box.append(rotated ^ 0x63)
    return bytes(box)


_S_BOX = _make_s_box()
_DOUBLED = bytes(_multiply(value, 2) for value in range(256))


def _round_keys(key):
    words = [key[at : at + 4] for at in range(0, 32, 4)]
    constant = 1
    while len(words) < 60:
        word = words[-1]
        if len(words) % 8 == 0:
            word = bytes(_S_BOX[each] for each in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _multiply(constant, 2)
        elif len(words) % 8 == 4:
            word = bytes(_S_BOX[each] for each in word)
        words.append(bytes(a ^ b for a, b in zip(word, words[-8])))
    return [b"".join(words[at : at + 4]) for at in range(0, 60, 4)]


def _encrypt_block(round_keys, block):
    state = bytes(a ^ b for a, b in zip(block, round_keys[0]))
    for number, round_key in enumerate(round_keys[1:], 1):
        state = bytes(_S_BOX[state[(at + 4 * (at % 4)) % 16]] for at in range(16))
        if number < 14:
            mixed = bytearray()
            for column in range(0, 16, 4):
                a, b, c, d = state[column : column + 4]
                mixed += bytes([_DOUBLED[a] ^ _DOUBLED[b] ^ b ^ c ^ d, a ^ _DOUBLED[b] ^ _DOUBLED[c] ^ c ^ d,
                                a ^ b ^ _DOUBLED[c] ^ _DOUBLED[d] ^ d, _DOUBLED[a] ^ a ^ b ^ c ^ _DOUBLED[d]])
            state = mixed
        state = bytes(a ^ b for a, b in zip(state, round_key))
    return state


def _ghash(subkey, data):
    """SP 800-38D, 6.4: the leftmost bit is the one of x^0."""
    subkey, tag = int.from_bytes(subkey, "big"), 0
    for at in range(0, len(data), 16):
        tag ^= int.from_bytes(data[at : at + 16], "big")
        product, power = 0, subkey
        for bit in range(127, -1, -1):
            if tag >> bit & 1:
                product ^= power
            power = power >> 1 ^ (0xE1 << 120 if power & 1 else 0)
        tag = product
    return tag.to_bytes(16, "big")


def _padded(data):
    return data + bytes(-len(data) % 16)


def _crypt(key, nonce, associated, text, encrypting):
    """Text of the other kind, and the tag."""
    keys = _round_keys(key)

    def mask(counter):
        return _encrypt_block(keys, nonce + counter.to_bytes(4, "big"))

    stream = b"".join(mask(2 + number) for number in range(-(-len(text) // 16)))
    other = bytes(a ^ b for a, b in zip(text, stream))
    cipher = other if encrypting else text
    sizes = (8 * len(associated)).to_bytes(8, "big") + (8 * len(cipher)).to_bytes(8, "big")
    hashed = _ghash(_encrypt_block(keys, bytes(16)), _padded(associated) + _padded(cipher) + sizes)
    return other, bytes(a ^ b for a, b in zip(hashed, mask(1)))


def seal(key, nonce, associated, text):
    """Cipher text and tag."""
    return _crypt(key, nonce, associated, text, True)


def unseal(key, nonce, associated, cipher, tag):
    """The text; None where the tag is not that of all this."""
    text, right = _crypt(key, nonce, associated, cipher, False)
    return text if right == tag else None
