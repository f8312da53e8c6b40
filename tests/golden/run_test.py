#!/usr/bin/env python3
"""The runner itself: what it must notice, and that recording and running agree."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parent / "run.py"


class Runner(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.case = pathlib.Path(self.scratch.name) / "case.t"

    def run_case(self, text, *options):
        self.case.write_text(text, encoding="utf-8")
        return subprocess.run([sys.executable, str(RUN), "--version-text", "0.1.0", *options, str(self.case)],
                              capture_output=True, text=True, check=False)

    def expect(self, status, text):
        result = self.run_case(text)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout

    def test_same(self):
        self.expect(0, "# a comment\n\n$ echo a; echo b >&2; exit 3\na\n! b\n[exit 3]\n\n# another\n$ true\n")

    def test_differences_are_noticed(self):
        for text in ("$ echo a\nb\n", "$ echo a\n", "$ true\na\n", "$ echo a >&2\na\n", "$ false\n", "$ true\n[exit 1]\n",
                     "$ printf a\na\n", "$ echo ' a'\na\n", "$ echo; echo a\na\n", "$ echo a; echo\na\n",
                     "$ printf '# x\\n'\n", "$ printf '\\n'\n"):
            self.assertIn("+++", self.expect(1, text), text)

    def test_recording_then_running(self):
        hard = ("printf 'a\\n\\nb\\n\\n\\n'", "printf 'no end'", "printf '$ x\\n> x\\n! x\\n# x\\n[exit 1]\\n\\\\x\\n'",
                "printf 'x\\n\\n' >&2", "printf '\\n\\n'", "printf '\\377\\n'", "cat <<E\n> two\n> E")
        text = "# first\n" + "\n".join(f"\n# next\n$ {command}" for command in hard) + "\n# last\n"
        self.assertEqual(self.run_case(text, "--record").returncode, 0)
        recorded = self.case.read_text(encoding="utf-8")
        self.expect(0, recorded)
        self.assertEqual(recorded.count("# next"), len(hard))
        self.assertTrue(recorded.endswith("# last\n"))
        self.assertIn("[no newline at the end]\n", recorded)

    def test_what_changes_is_normalised(self):
        self.expect(0, "$ pwd; echo nonvol 0.1.0 not 10.1.0; echo 2026-01-02T03:04:05Z; echo $FIXTURES/x\n"
                       "$WORK/here\nnonvol <VERSION> not 10.1.0\n<TIME>\n$FIXTURES/x\n")

    def test_environment_is_fixed(self):
        self.expect(0, "$ echo ${NONVOL_HOME-unset} $HOME $NO_COLOR $LC_ALL\nunset $WORK/home 1 C.UTF-8\n")

    def test_steps_share_a_directory(self):
        self.expect(0, "$ echo x >f\n$ cat f\nx\n")

    def test_needs(self):
        self.expect(77, "# needs: bash no-such-program\n$ no-such-program\n")

    def test_bad_cases(self):
        for text in ("", "output\n$ true\n", "$ echo a; echo b\na\n# no\nb\n"):
            self.expect(1, text)


if __name__ == "__main__":
    unittest.main()
