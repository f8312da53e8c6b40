#!/usr/bin/env python3
"""Is the house still built the way ARCHITECTURE.md says? Reads source text only.

  * a folder of src/ includes from itself and from lower levels, and its CMake links say the same;
  * heavy headers stay where they belong; nothing throws;
  * every folder of src/ has a README.md; no file is longer than 600 lines.

    check_includes.py [ROOT]
"""

import pathlib
import re
import sys

LEVELS = {
    "outcome": 0,
    "octets": 1, "json": 1, "seal": 1,
    "storage": 2, "variable": 2,
    "flash": 3, "efi": 3, "forms": 3, "descriptor": 3, "vnvram": 3, "tpm": 3,
    "guest": 4, "varstore": 4, "firmware": 4, "libvirt": 4, "serve": 4, "migration": 4, "fleet": 4, "emit": 4,
    "api": 5,
    "qmp": 6, "cli": 6, "console": 6, "capi": 6,
    "programs": 7,
}
# The public headers, and the folder whose interface each is: to include one is to include from that folder.
PUBLIC = {"nonvol/vnvram.h": "vnvram", "nonvol/nonvol.h": "capi", "nonvol/firmware.h": "capi"}
# Level 1 stands on octets, and the command line starts the control socket; otherwise folders of one level do not see
# each other.
SIDEWAYS = {("json", "octets"), ("seal", "octets"), ("cli", "qmp")}
# Headers that bring a library along or start every locale before main(), and the only folders that may include them.
HEAVY = {"iostream": {"programs"}, "openssl/": {"seal"}, "pugixml": {"libvirt"}, "libtpms/": {"tpm"}}
LONGEST = 600
CODE = {".cc", ".h"}
TEXT = CODE | {".py", ".sh", ".cmake", ".md"}
COUNTED_FOLDERS = ("src", "include", "tests", "tools", "bench", "docs", "cmake")
# Made by a program, and as long as there are things to say.
NOT_COUNTED = ("docs/errors.md", "docs/commands/")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
FOLDER_CALL = re.compile(r"nonvol_folder\s*\(\s*(\w+)([^)]*)\)")
KEYWORDS = ("SOURCES", "LINKS", "TESTS", "TEST_LINKS")


def is_test(path):
    return path.stem.endswith("_test")


def may_include(folder, other):
    if folder == other or (folder, other) in SIDEWAYS:
        return True
    return LEVELS[other] < LEVELS[folder]


def read_links(folder):
    """What the folder's nonvol_folder() call says, by keyword; None where there is no such call."""
    cmake = folder / "CMakeLists.txt"
    call = FOLDER_CALL.search(re.sub(r"#[^\n]*", "", cmake.read_text("utf-8"))) if cmake.exists() else None
    if call is None:
        return None
    said, keyword = {name: set() for name in KEYWORDS}, None
    for word in call[2].split():
        if word in said:
            keyword = word
        elif keyword:
            said[keyword].add(word)
    return said


def check_file(path, folder, said, used, complaints):
    text = path.read_text("utf-8")
    for match in INCLUDE.finditer(text):
        where = f"{path}:{text.count(chr(10), 0, match.start(2)) + 1}"
        name = match[2]
        for heavy, homes in HEAVY.items():
            if name.startswith(heavy) and folder not in homes:
                complaints.append(f"{where}: <{name}> belongs in src/{', '.join(sorted(homes))} only")
        first = PUBLIC.get(name, name.split("/")[0])
        if match[1] == "<" or "/" not in name:
            continue
        if first == "testing" and is_test(path):
            continue
        if first not in LEVELS:
            complaints.append(f'{where}: "{name}" is of no folder of src/')
            continue
        if is_test(path) and said and first in said["TEST_LINKS"]:
            continue
        if not may_include(folder, first):
            way = "upward" if LEVELS[first] > LEVELS[folder] else "sideways"
            complaints.append(f'{where}: {way} include of "{name}": {folder} is level {LEVELS[folder]}, '
                              f"{first} level {LEVELS[first]}")
        if first != folder and not is_test(path):
            used.add(first)
    if not is_test(path):
        plain = NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
        for match in re.finditer(r"\bthrow\b", plain):
            complaints.append(f"{path}:{plain.count(chr(10), 0, match.start()) + 1}: throws; return an Error instead")


def check_links(folder, said, used, complaints):
    where = folder / "CMakeLists.txt"
    for missing in sorted(used - said["LINKS"]):
        complaints.append(f"{where}: includes {missing}/ but does not name it in LINKS")
    for link in sorted(said["LINKS"]):
        if link in LEVELS and not may_include(folder.name, link):
            complaints.append(f"{where}: links {link}, which is not of a lower level")


def check_folder(folder, complaints):
    if not (folder / "README.md").exists():
        complaints.append(f"{folder}: has no README.md")
    if folder.name not in LEVELS:
        complaints.append(f"{folder}: is not in the table of levels of {pathlib.Path(__file__).name}")
        return
    said, used = read_links(folder), set()
    for path in sorted(folder.rglob("*")):
        if path.suffix in CODE:
            check_file(path, folder.name, said, used, complaints)
    for name, home in PUBLIC.items():
        path = folder.parents[1] / "include" / name
        if home == folder.name and path.exists():
            check_file(path, home, said, used, complaints)
    if said is not None:
        check_links(folder, said, used, complaints)


def check_lengths(root, complaints):
    for folder in COUNTED_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root).as_posix()
            if path.suffix not in TEXT or not path.is_file() or inside.startswith(NOT_COUNTED):
                continue
            lines = path.read_bytes().count(b"\n")
            if lines > LONGEST:
                complaints.append(f"{path}: {lines} lines; no file is longer than {LONGEST}")


def check(root):
    complaints = []
    for path in sorted((root / "include").rglob("*.h")):
        if path.relative_to(root / "include").as_posix() not in PUBLIC:
            complaints.append(f"{path}: is not in the table of public headers of {pathlib.Path(__file__).name}")
    for folder in sorted((root / "src").iterdir()):
        if folder.is_dir():
            check_folder(folder, complaints)
    check_lengths(root, complaints)
    return complaints


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    complaints = check(root)
    print("\n".join(complaints) if complaints else "the folders are in order")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
