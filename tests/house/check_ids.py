#!/usr/bin/env python3
"""Is every error id produced by some test? Lists those that are not.

An id counts as produced when its NVnnnn stands in the expected output of a golden case, or its enumerator is the last
argument of EXPECT_ERROR or EXPECT_FINDING in a test. What 'nonvol explain' and 'nonvol help' print to stdout does not
count: these show every id there is.

    check_ids.py [ROOT]
"""

import pathlib
import re
import sys

ENUMERATOR = re.compile(r"^\s*(k\w+)\s*=\s*(\d{4})\s*,", re.MULTILINE)
EXPECTATION = re.compile(r"\b(?:EXPECT|ASSERT)_(?:ERROR|FINDING)\s*\(")
NUMBER = re.compile(r"\bNV(\d{4})\b")
SHOWS_EVERY_ID = re.compile(r"\bnonvol\s+(?:-\S+\s+)*(?:explain|help)\b")


def enumerators(root):
    """{number: enumerator}"""
    text = (root / "src/outcome/error_id.h").read_text("utf-8")
    body = text[text.index("enum class ErrorId"):]
    return {int(number): name for name, number in ENUMERATOR.findall(body[: body.index("};")])}


def last_argument(text, start):
    """The last argument of a call whose opening parenthesis ends at `start`."""
    depth, argument, position = 1, start, start
    while position < len(text):
        character = text[position]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return text[argument:position].strip()
        elif character == "," and depth == 1:
            argument = position + 1
        elif character == '"':
            position += 1
            while position < len(text) and text[position] != '"':
                position += 2 if text[position] == "\\" else 1
        position += 1
    return ""


def expected_in_code(root):
    names = set()
    for folder, pattern in (("src", "*_test.cc"), ("tests", "*.cc")):
        for path in (root / folder).rglob(pattern):
            text = path.read_text("utf-8")
            for match in EXPECTATION.finditer(text):
                names.add(last_argument(text, match.end()).rpartition("::")[2])
    return names


def printed_in_cases(root):
    numbers = set()
    for path in (root / "tests/golden/cases").glob("*.t"):
        shows_all = False
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("$ "):
                shows_all = SHOWS_EVERY_ID.search(line)
            elif not line.startswith(("#", "> ")) and (line.startswith("!") or not shows_all):
                numbers.update(int(number) for number in NUMBER.findall(line))
    return numbers


def check(root):
    """(ids that no test produces, ids that tests expect but do not exist)"""
    known = enumerators(root)
    names, numbers = expected_in_code(root), printed_in_cases(root)
    silent = [f"NV{number:04} {name}" for number, name in sorted(known.items())
              if name not in names and number not in numbers]
    return silent, [f"NV{number:04}" for number in sorted(numbers - known.keys())]


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    silent, unknown = check(root)
    for line in silent:
        print(f"no test produces {line}")
    for line in unknown:
        print(f"a golden case expects {line}, which is not in error_id.h")
    if not silent and not unknown:
        print(f"each of {len(enumerators(root))} ids is produced by a test")
    return 1 if silent or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
