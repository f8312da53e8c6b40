#!/usr/bin/env python3
"""Firmware images, taken apart by nonvol and by UEFIExtract (package uefitool-cli): the same volumes, files and
sections, in the same order. And hostile images, within an address space of 256 MiB.

    volumes_test.py --nonvol build/check/nonvol
"""

import argparse
import json
import lzma
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid

IMAGES = [
    "/usr/share/OVMF/OVMF_CODE.fd",
    "/usr/share/OVMF/OVMF_CODE.secboot.fd",
    "/usr/share/OVMF/OVMF_CODE_4M.fd",
    "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd",
    "/usr/share/OVMF/OVMF32_CODE_4M.secboot.fd",
    "/usr/share/ovmf/OVMF.fd",
    "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd",
    "/usr/share/AAVMF/AAVMF_CODE.fd",
    "/usr/share/AAVMF/AAVMF32_CODE.fd",
]

# What UEFIExtract calls a file type or section type, by the specification's number.
FILE_TYPES = {
    0x01: "Raw", 0x02: "Freeform", 0x03: "SEC core", 0x04: "PEI core", 0x05: "DXE core", 0x06: "PEI module",
    0x07: "DXE driver", 0x09: "Application", 0x0A: "SMM module", 0x0B: "Volume image", 0x0D: "SMM core", 0xF0: "Pad",
}
SECTION_TYPES = {
    0x02: "GUID defined", 0x10: "PE32 image", 0x12: "TE image", 0x13: "DXE dependency", 0x14: "Version", 0x15: "UI",
    0x17: "Volume image", 0x18: "Freeform subtype GUID", 0x19: "Raw", 0x1B: "PEI dependency", 0x1C: "MM dependency",
}
KINDS = {"Volume", "File", "Section"}
BOMB_LIMIT_BYTES = 256 << 20


def theirs(image, folder):
    copy = folder / "image.fd"
    shutil.copyfile(image, copy)
    subprocess.run(["UEFIExtract", copy.name, "report"], cwd=folder, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=120)  # its exit code tells nothing
    rows = []
    for line in (folder / "image.fd.report.txt").read_text("utf-8", errors="replace").splitlines()[1:]:
        cells = [cell.strip() for cell in line.split("|")]
        kind, subtype, base, size, name = cells[0], cells[1], cells[2], int(cells[3], 16), cells[5].lstrip("- ")
        if kind not in KINDS:
            continue
        offset = None if base == "N/A" else int(base, 16)
        guid = name.lower() if kind == "File" and subtype != "Pad" else None
        if kind == "Volume":
            subtype = "NVRAM" if subtype == "NVRAM" else "FFS"
        rows.append((kind, subtype, offset, size, guid))
    return rows


def ours(nonvol, image):
    answer = subprocess.run([nonvol, "firmware", "inspect", image, "--json"], capture_output=True, text=True,
                            timeout=120, check=True)
    document = json.loads(answer.stdout)
    if document["findings"]:
        raise SystemExit(f"{image}: findings in a sound image: {document['findings']}")
    rows = []
    for part in document["parts"]:
        offset = part["offset_bytes"] if part["space"] == 0 else None
        size = part["size_bytes"]
        if part["kind"] in ("file", "pad file"):
            guid = part["guid"] if part["kind"] == "file" else None
            rows.append(("File", FILE_TYPES.get(part["type"]), offset, size, guid))
        elif part["kind"] == "section":
            rows.append(("Section", SECTION_TYPES.get(part["type"]), offset, size, None))
        elif part["kind"] in ("volume", "variable store"):
            rows.append(("Volume", "NVRAM" if part["kind"] == "variable store" else "FFS", offset, size, None))
    return rows


def compare(nonvol, image, folder):
    expected, found = theirs(image, folder), ours(nonvol, image)
    for number, (one, other) in enumerate(zip(expected, found)):
        if one != other:
            raise SystemExit(f"{image}: part {number} is {one} for UEFIExtract, {other} for nonvol")
    if len(expected) != len(found):
        raise SystemExit(f"{image}: {len(expected)} parts for UEFIExtract, {len(found)} for nonvol")
    files = sum(1 for row in found if row[0] == "File")
    print(f"{image}: {len(found)} parts, {files} of them files, are the same")


# --- hostile images

def section(kind, content):
    return (len(content) + 4).to_bytes(3, "little") + bytes([kind]) + content


def packed(content, says=None):
    """A GUIDed section with LZMA data that say they unpack to `says` bytes."""
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
    data = lzma.compress(content, format=lzma.FORMAT_ALONE, filters=filters)
    data = data[:5] + struct.pack("<Q", len(content) if says is None else says) + data[13:]
    guid = uuid.UUID("ee4e5898-3914-4259-9d6e-dc7bd79403cf").bytes_le
    return section(2, guid + struct.pack("<HH", 24, 1) + data)


def image_with(sections):
    content = b"".join(one + bytes(-len(one) % 4) for one in sections)
    header = uuid.UUID(int=1).bytes_le + bytes([0, 0xAA, 0x0B, 0]) + (len(content) + 24).to_bytes(3, "little")
    header = bytearray(header + b"\0")
    header[17] = 0
    header[16] = -sum(header) % 256
    header[17], header[23] = 0xAA, 0xF8
    size = (0x48 + len(header) + len(content) + 15) // 8 * 8
    volume = bytearray(16) + uuid.UUID("8c8ce578-8a3d-4f1c-9935-896185c32dd3").bytes_le
    volume += struct.pack("<Q4sIHHHBB", size, b"_FVH", 0x4FEFF, 0x48, 0, 0, 0, 2) + struct.pack("<IIII", size // 8, 8, 0, 0)
    total = sum(struct.unpack("<36H", volume)) % 0x10000
    struct.pack_into("<H", volume, 0x32, -total % 0x10000)
    return bytes(volume + header + content).ljust(size, b"\xff")


def damaged_volumes():
    """57.6 MB of volumes that are a header with a wrong checksum, and nothing else."""
    volume = bytes(16) + uuid.UUID("8c8ce578-8a3d-4f1c-9935-896185c32dd3").bytes_le
    volume += struct.pack("<Q4sIHHHBB", 72, b"_FVH", 0x4FEFF, 0x48, 1, 0, 0, 2) + struct.pack("<IIII", 9, 8, 0, 0)
    return volume * 800_000


def within_limits(nonvol, name, image, expected_id, folder, most_bytes=None, most_output_bytes=24 << 20):
    if most_bytes is not None and len(image) > most_bytes:
        raise SystemExit(f"{name}: the image has {len(image)} bytes, it was to have at most {most_bytes}")
    path = folder / "bomb.fd"
    path.write_bytes(image)
    answer = subprocess.run([nonvol, "firmware", "inspect", path, "--json"], capture_output=True, text=True, timeout=120,
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (BOMB_LIMIT_BYTES,) * 2))
    if answer.returncode != 5:
        raise SystemExit(f"{name}: exit code {answer.returncode}, not 5: {answer.stderr}")
    ids = {finding["id"] for finding in json.loads(answer.stdout)["findings"]}
    if ids != set(expected_id.split()):
        raise SystemExit(f"{name}: findings are {sorted(ids)}, not {expected_id} alone")
    output_bytes = len(answer.stdout) + len(answer.stderr)
    if output_bytes > most_output_bytes:
        raise SystemExit(f"{name}: {output_bytes} bytes were written about it, at most {most_output_bytes} are to be")
    print(f"{name}: {len(image)} bytes, {expected_id}")


def hostile(nonvol, folder):
    zeros = bytes(60 << 20)
    within_limits(nonvol, "says 4 GiB", image_with([packed(b"x", 4 << 30)]), "NV2805", folder, 1024)
    within_limits(nonvol, "says 2^63 bytes", image_with([packed(b"x", 1 << 63)]), "NV2805", folder, 1024)
    within_limits(nonvol, "says 60 MiB, holds a byte", image_with([packed(b"x", 60 << 20)]), "NV2806", folder, 1024)
    within_limits(nonvol, "holds 60 MiB", image_with([packed(zeros)]), "NV2804", folder)
    twice = [packed(section(0x19, b"x") + bytes(3) + packed(section(0x19, zeros[:0xFFFFF0]))) for _ in range(5)]
    within_limits(nonvol, "800,000 damaged volumes", damaged_volumes(), "NV2802 NV2809", folder)
    within_limits(nonvol, "five times 16 MiB, packed twice", image_with(twice), "NV2805", folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nonvol", required=True)
    arguments = parser.parse_args()
    if shutil.which("UEFIExtract") is None:
        print("UEFIExtract is not installed")
        sys.exit(77)
    nonvol = str(pathlib.Path(arguments.nonvol).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        present = [image for image in IMAGES if pathlib.Path(image).exists()]
        if not present:
            raise SystemExit("none of the packages' images is installed")
        for image in present:
            compare(nonvol, image, folder)
        hostile(nonvol, folder)


main()
