#!/usr/bin/env python3
"""Does systemd take the unit of a guest's TPM, and does the unit give the process no more rights than it has to?

    check_unit.py UNIT --program PROGRAM        UNIT is the file that is installed; PROGRAM stands in for its program
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
# Of 100 in 'systemd-analyze security', where a unit without any of its settings has 96.
MOST_EXPOSED = 20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("unit", type=pathlib.Path)
    parser.add_argument("--program", required=True)
    arguments = parser.parse_args()
    if shutil.which("systemd-analyze") is None:
        print("skipped: systemd-analyze is not installed")
        return SKIPPED
    text = arguments.unit.read_text("utf-8")
    commands = re.findall(r"^ExecStart=(\S+) tpm run %i$", text, re.MULTILINE)
    if len(commands) != 1 or not commands[0].startswith("/"):
        print(f"{arguments.unit}: no absolute 'nonvol tpm run %i' is started: {commands}")
        return 1
    with tempfile.TemporaryDirectory(prefix="nonvol-unit-") as name:
        unit = pathlib.Path(name) / arguments.unit.name
        unit.write_text(text.replace(commands[0], arguments.program), "utf-8")
        for words in (["verify", "--man=no", unit],
                      ["security", "--offline=yes", f"--threshold={MOST_EXPOSED}", "--no-pager", unit]):
            done = subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False)
            # A setting that it does not know is said, and is no failure of its own.
            said = done.stderr.strip() if words[0] == "verify" else ""
            if done.returncode != 0 or said:
                print(f"systemd-analyze {words[0]}: exit {done.returncode}\n{said or done.stdout[-3000:]}")
                return 1
    print(f"systemd takes {arguments.unit.name}, at most {MOST_EXPOSED} of 100 exposed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
