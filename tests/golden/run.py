#!/usr/bin/env python3
"""Runs transcripts and compares what they print, byte by byte. See README.md beside this file for how a case is written.

    run.py --bin-dir DIR [--bin-dir DIR]... [--record] [--jobs N] CASE...
"""

import argparse
import concurrent.futures
import dataclasses
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS_PER_COMMAND = 60
SKIPPED = 77
# An output line that begins like something of the transcript's own is written with a backslash in front.
OWN_MARKS = ("$ ", "> ", "!", "#", "[exit ", "[no newline", "\\")
TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


class BadCase(Exception):
    """The case itself cannot be understood."""


@dataclasses.dataclass
class Step:
    before: list[str]  # comments and empty lines in front of the command
    command: list[str]
    expected: list[str]


@dataclasses.dataclass
class Settings:
    bin_dirs: list[str]
    fixtures: pathlib.Path
    version: str
    record: bool


def is_layout(line):
    return line == "" or line.startswith("#")


def parse(text, name):
    """A transcript as steps, and what follows the last one."""
    steps, pending, step = [], [], None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("$ "):
            step = Step(pending, [line[2:]], [])
            steps.append(step)
            pending = []
        elif line.startswith("> ") and step and not step.expected and not pending:
            step.command.append(line[2:])
        elif is_layout(line):
            pending.append(line)
        elif step is None:
            raise BadCase(f"{name}:{number}: output stands before the first command")
        elif any(part.startswith("#") for part in pending):
            raise BadCase(f"{name}:{number}: a comment stands inside of a command's output")
        else:
            step.expected += [*pending, line]  # empty lines between two lines of output belong to it
            pending = []
    return steps, pending


def quoted(line):
    return "\\" + line if line.startswith(OWN_MARKS) else line


def lines_of(text, mark=""):
    """Output as transcript lines, so that no two different outputs look alike."""
    if not text:
        return []
    lines = text.split("\n")
    ended = lines.pop() if lines[-1] == "" else None
    lines = [mark + line if mark else quoted(line) for line in lines]
    if ended is None:
        lines.append("[no newline at the end of stderr]" if mark else "[no newline at the end]")
    return lines


def transcript(stdout, stderr, status):
    lines = lines_of(stdout) + lines_of(stderr, "! ")
    if status != 0:
        lines.append(f"[exit {status}]")
    # Empty lines at the end would read as layout, and a lone '! ' would end in a space that editors remove.
    lines = ["!" if line == "! " else line for line in lines]
    for index in range(len(lines) - 1, -1, -1):
        if lines[index] != "":
            break
        lines[index] = "\\"
    return lines


def normalised(text, work, settings):
    text = text.replace(str(work), "$WORK").replace(str(settings.fixtures), "$FIXTURES")
    text = TIME.sub("<TIME>", text)
    if settings.version:
        text = re.sub(r"(?<![\w.])" + re.escape(settings.version) + r"(?![\w.])", "<VERSION>", text)
    return text


def environment(work, settings):
    """The same for everybody. A case that wants one of the variables sets it in its command."""
    fixed = {
        "PATH": os.pathsep.join([*settings.bin_dirs, "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": f"{work}/home",
        "XDG_CONFIG_HOME": f"{work}/home/.config",
        "XDG_STATE_HOME": f"{work}/home/.local/state",
        "TMPDIR": f"{work}/tmp",
        "NO_COLOR": "1",
        "COLUMNS": "80",
        "WORK": str(work),
        "FIXTURES": str(settings.fixtures),
    }
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            fixed[name] = os.environ[name]
    return fixed


def run_command(command, work, settings):
    result = subprocess.run(["bash", "-c", "\n".join(command)], cwd=f"{work}/here", env=environment(work, settings),
                            stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_PER_COMMAND)
    # Bytes that are not UTF-8 are shown as \xNN rather than lost.
    out, err = (normalised(part.decode("utf-8", "backslashreplace"), work, settings)
                for part in (result.stdout, result.stderr))
    return transcript(out, err, result.returncode)


def missing_helpers(text, settings):
    """The programs of a '# needs: a b' line that are not there."""
    path = environment("", settings)["PATH"]
    wanted = [name for line in text.splitlines() if line.startswith("# needs:") for name in line[8:].split()]
    return [name for name in wanted if shutil.which(name, path=path) is None]


def written(steps, rest):
    lines = []
    for step in steps:
        lines += step.before
        lines += ["$ " + step.command[0], *("> " + line for line in step.command[1:])]
        lines += step.expected
    return "\n".join([*lines, *rest]).rstrip("\n") + "\n"


def run_case(path, settings):
    """(status, what to say): 0 as expected, 1 not, SKIPPED."""
    text = path.read_text(encoding="utf-8")
    missing = missing_helpers(text, settings)
    if missing:
        return SKIPPED, f"{path.name}: skipped, there is no {', no '.join(missing)}"
    steps, rest = parse(text, path.name)
    if not steps:
        raise BadCase(f"{path.name}: there is no command in it")
    work = pathlib.Path(tempfile.mkdtemp(prefix="nonvol-golden-")).resolve()
    try:
        for directory in ("home", "here", "tmp"):
            (work / directory).mkdir()
        actual = [dataclasses.replace(step, expected=run_command(step.command, work, settings)) for step in steps]
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", str(work)], check=False)
        shutil.rmtree(work, ignore_errors=True)
    before, after = written(steps, rest), written(actual, rest)
    if before == after:
        return 0, ""
    if settings.record:
        path.write_text(after, encoding="utf-8")
        return 0, f"{path.name}: recorded"
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), f"{path.name} (expected)",
                                f"{path.name} (printed)", lineterm="", n=6)
    return 1, "\n".join(diff)


def guarded(path, settings):
    try:
        return run_case(path, settings)
    except BadCase as error:
        return 1, str(error)
    except subprocess.TimeoutExpired as error:
        return 1, f"{path.name}: not done after {SECONDS_PER_COMMAND} s: {error.cmd[-1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin-dir", action="append", default=[], help="where nonvol and helpers are")
    parser.add_argument("--fixtures", default=HERE / "fixtures", type=pathlib.Path)
    parser.add_argument("--version-text", default="", help="the version, shown as <VERSION>")
    parser.add_argument("--record", action="store_true", help="write what is printed into the cases")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("cases", nargs="+", type=pathlib.Path)
    given = parser.parse_args()
    bin_dirs = [str(pathlib.Path(directory).resolve()) for directory in given.bin_dir]
    settings = Settings(bin_dirs, given.fixtures.resolve(), given.version_text, given.record)
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        results = list(pool.map(lambda path: guarded(path, settings), given.cases))
    for _, message in results:
        if message:
            print(message)
    statuses = [status for status, _ in results]
    if 1 in statuses:
        print("If this is what it should print: tests/golden/record NAME")
        return 1
    return SKIPPED if statuses and all(status == SKIPPED for status in statuses) else 0


if __name__ == "__main__":
    sys.exit(main())
