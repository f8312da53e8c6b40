#!/usr/bin/env python3
"""Are the pages that nonvol-docs makes the ones that are checked in?

    check_generated.py --program build/check/nonvol-docs [--root ROOT] [--update]
"""

import argparse
import difflib
import pathlib
import subprocess
import sys
import tempfile


def pages(folder):
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}


def made(program):
    """Every generated page by its path below docs/."""
    errors = subprocess.run([program, "errors"], check=True, capture_output=True, text=True).stdout
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([program, "markdown", scratch], check=True, stdout=subprocess.DEVNULL)
        commands = pages(pathlib.Path(scratch))
    return {"errors.md": errors, **{f"commands/{name}": text for name, text in commands.items()}}


def checked_in(docs):
    found = {f"commands/{name}": text for name, text in pages(docs / "commands").items()}
    if (docs / "errors.md").exists():
        found["errors.md"] = (docs / "errors.md").read_text("utf-8")
    return found


def differences(old, new):
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield from difflib.unified_diff(old.get(name, "").splitlines(), new.get(name, "").splitlines(),
                                            f"docs/{name} (checked in)", f"docs/{name} (made now)", lineterm="", n=2)


def update(docs, old, new):
    for name in old.keys() - new.keys():
        (docs / name).unlink()
    for name, text in new.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, "utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    parser.add_argument("--update", action="store_true")
    given = parser.parse_args()
    docs = given.root / "docs"
    old, new = checked_in(docs), made(given.program)
    if given.update:
        update(docs, old, new)
        return 0
    lines = list(differences(old, new))
    if old != new:
        print("\n".join(lines))
        print(f"Make them anew: python3 tests/house/check_generated.py --program {given.program} --update")
        return 1
    print(f"{len(new)} pages are as nonvol-docs makes them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
