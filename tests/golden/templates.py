#!/usr/bin/env python3
"""What `nonvol vars list --json` says of the templates that distributions ship and of stores that guests have written.

    templates.py --nonvol PROGRAM [--record]

Templates are known by the SHA-256 of the file, so that another version of a package is no failure; the answer for each is
in templates/<first 16 digits>.json. Stores of guests are in stores/*.fd.xz, with their answers beside them. Exit code 77
where there was nothing to compare.
"""

import argparse
import difflib
import glob
import hashlib
import lzma
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PLACES = ("/usr/share/OVMF/*VARS*.fd", "/usr/share/AAVMF/*VARS*.fd", "/usr/share/qemu/*vars*.fd", "/usr/share/ovmf/*VARS*.fd")


def answer(nonvol, path):
    done = subprocess.run([nonvol, "vars", "list", path, "--json"], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        return f"exit code {done.returncode}\n{done.stderr}"
    return done.stdout.replace(str(path), "STORE")


def compare(name, golden, got, record):
    """Whether the answer is the recorded one; with `record` it becomes that."""
    if record:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(got, "utf-8")
        return True
    wanted = golden.read_text("utf-8")
    if wanted == got:
        return True
    print(f"{name}: differs from {golden.name}")
    sys.stdout.writelines(difflib.unified_diff(wanted.splitlines(True), got.splitlines(True), "recorded", "printed"))
    return False


def check_templates(nonvol, record):
    """(compared, failed), each a list of names."""
    compared, failed = [], []
    for path in sorted({found for place in PLACES for found in glob.glob(place)}):
        digest = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()[:16]
        golden = HERE / "templates" / f"{digest}.json"
        if not record and not golden.exists():
            print(f"{path}: of a version that is not known here ({digest})")
            continue
        compared.append(path)
        if not compare(path, golden, answer(nonvol, path), record):
            failed.append(path)
    return compared, failed


def check_stores(nonvol, record):
    compared, failed = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for packed in sorted((HERE / "stores").glob("*.fd.xz")):
            path = pathlib.Path(scratch) / packed.stem
            path.write_bytes(lzma.decompress(packed.read_bytes()))
            compared.append(packed.name)
            if not compare(packed.name, packed.with_suffix("").with_suffix(".json"), answer(nonvol, str(path)), record):
                failed.append(packed.name)
    return compared, failed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nonvol", required=True)
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    templates, bad_templates = check_templates(arguments.nonvol, arguments.record)
    stores, bad_stores = check_stores(arguments.nonvol, arguments.record)
    print(f"{len(templates)} templates and {len(stores)} stores compared, {len(bad_templates) + len(bad_stores)} differ")
    if bad_templates or bad_stores:
        return 1
    return 0 if templates or stores else 77


if __name__ == "__main__":
    sys.exit(main())
