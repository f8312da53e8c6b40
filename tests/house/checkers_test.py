#!/usr/bin/env python3
"""The checkers themselves: each must find what is wrong in a small tree that is wrong in one way."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ERROR_IDS = """#pragma once
enum class ExitCode : int {
  kDone = 0,
};
enum class ErrorId : std::uint16_t {
  kFirst = 1001,

  kSecond = 2203,
};
"""
GOOD = {
    "src/outcome/README.md": "# outcome\n",
    "src/outcome/CMakeLists.txt": "nonvol_folder(outcome SOURCES error.cc)\n",
    "src/outcome/error_id.h": ERROR_IDS,
    "src/octets/README.md": "# octets\n",
    "src/octets/CMakeLists.txt": "nonvol_folder(octets\n  SOURCES a.cc\n  LINKS outcome\n  TESTS a_test.cc)\n",
    "src/octets/a.h": '#include "outcome/error_id.h"\n#include <vector>\n',
    "src/octets/a.cc": '#include "octets/a.h"\n// never throw\nconst char* s = "throw";\n',
    "src/octets/a_test.cc": '#include "octets/a.h"\n#include "testing/expect.h"\n'
                            "TEST(A, B) { EXPECT_ERROR(f(1, \"x)\", g(2)), kFirst); throw 1; }\n",
    "tests/golden/cases/a.t": "$ nonvol vars list x\n! nonvol: NV2203: no\n[exit 5]\n",
}


class Tree(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)

    def build(self, **changes):
        files = dict(GOOD, **changes.pop("files", {}))
        for name, text in files.items():
            path = self.root / name
            if text is None:
                path.unlink(missing_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def run_checker(self, name, *arguments):
        result = subprocess.run([sys.executable, str(HERE / name), *arguments], capture_output=True, text=True,
                                check=False)
        self.assertEqual(result.stderr, "")
        return result.returncode, result.stdout

    def expect(self, checker, complaint, files):
        self.build(files=files)
        status, said = self.run_checker(checker, str(self.root))
        self.assertEqual(status, 1 if complaint else 0, said)
        self.assertIn(complaint, said)


class Includes(Tree):
    def expect_includes(self, complaint, files=None):
        self.expect("check_includes.py", complaint, files or {})

    def test_good(self):
        self.expect_includes("")

    def test_upward(self):
        self.expect_includes('error.h:1: upward include of "octets/a.h"',
                             {"src/outcome/error.h": '#include "octets/a.h"\n'})

    def test_sideways(self):
        self.expect_includes('sideways include of "efi/x.h"', {
            "src/flash/README.md": "", "src/efi/README.md": "", "src/efi/x.h": "",
            "src/flash/x.cc": '#include "efi/x.h"\n'})

    def test_json_may_use_octets(self):
        self.expect_includes("", {"src/json/README.md": "", "src/json/x.cc": '#include "octets/a.h"\n'})

    def test_octets_may_not_use_json(self):
        self.expect_includes("sideways", {"src/json/README.md": "", "src/octets/b.cc": '#include "json/x.h"\n'})

    def test_folder_that_is_not_in_the_table(self):
        self.expect_includes("not in the table", {"src/util/README.md": ""})

    def test_include_of_no_folder(self):
        self.expect_includes("of no folder", {"src/octets/b.cc": '#include "misc/x.h"\n'})

    def test_readme(self):
        self.expect_includes("has no README.md", {"src/octets/README.md": None})

    def test_heavy_headers(self):
        self.expect_includes("<iostream> belongs in src/programs", {"src/octets/b.cc": "#include <iostream>\n"})
        self.expect_includes("<openssl/evp.h> belongs in src/seal", {"src/octets/b.cc": "#include <openssl/evp.h>\n"})

    def test_throw(self):
        self.expect_includes("b.cc:2: throws", {"src/octets/b.cc": "void f() {\n  throw 1;\n}\n"})

    def test_link_that_is_missing(self):
        self.expect_includes("includes outcome/ but does not name it",
                             {"src/octets/CMakeLists.txt": "nonvol_folder(octets SOURCES a.cc)\n"})

    def test_link_that_goes_up(self):
        self.expect_includes("links storage, which is not of a lower level",
                             {"src/octets/CMakeLists.txt": "nonvol_folder(octets SOURCES a.cc LINKS outcome storage)\n"})

    def test_test_file_must_not_go_up_unless_linked(self):
        upward = {"src/octets/b_test.cc": '#include "storage/x.h"\n'}
        self.expect_includes("upward include", upward)
        self.expect_includes("", {**upward, "src/octets/CMakeLists.txt":
                                  "nonvol_folder(octets SOURCES a.cc LINKS outcome TESTS b_test.cc TEST_LINKS storage)\n"})

    def test_public_headers_are_of_the_level_of_their_folder(self):
        public = {"src/vnvram/README.md": "", "include/nonvol/vnvram.h": '#include "octets/a.h"\n'}
        self.expect_includes("", {**public, "src/vnvram/x.cc": '#include "nonvol/vnvram.h"\n'})
        self.expect_includes('upward include of "nonvol/vnvram.h": octets is level 1, vnvram level 3',
                             {**public, "src/octets/b.cc": '#include "nonvol/vnvram.h"\n'})

    def test_public_header_that_looks_up(self):
        self.expect_includes('vnvram.h:1: upward include of "guest/x.h"', {
            "src/vnvram/README.md": "", "src/guest/README.md": "", "src/guest/x.h": "",
            "include/nonvol/vnvram.h": '#include "guest/x.h"\n'})

    def test_public_header_that_is_not_in_the_table(self):
        self.expect_includes("not in the table of public headers", {"include/nonvol/x.h": ""})

    def test_length(self):
        self.expect_includes("601 lines", {"tests/x.cc": "\n" * 601})
        self.expect_includes("", {"tests/x.cc": "\n" * 600})


class Ids(Tree):
    def expect_ids(self, complaint, files=None):
        self.expect("check_ids.py", complaint, files or {})

    def test_good(self):
        self.expect_ids("")

    def test_not_in_code(self):
        self.expect_ids("no test produces NV1001 kFirst", {"src/octets/a_test.cc": "// kFirst, EXPECT_ERROR\n"})
        self.expect_ids("no test produces NV1001 kFirst", {"src/octets/a_test.cc": "EXPECT_ERROR(f(kFirst), kSecond);\n"})

    def test_not_in_cases(self):
        for case in ("$ nonvol explain NV2203\nNV2203 is\n", "$ nonvol --json explain\nNV2203\n", "# NV2203\n$ true\n",
                     "$ echo NV2203\n", "$ cat <<E\n> NV2203\n> E\n"):
            self.expect_ids("no test produces NV2203 kSecond", {"tests/golden/cases/a.t": case})

    def test_firmware_explain_counts(self):
        self.expect_ids("", {"tests/golden/cases/a.t": "$ nonvol firmware explain\nNV2203\n"})

    def test_error_of_explain_counts(self):
        self.expect_ids("", {"tests/golden/cases/a.t": "$ nonvol explain x\n! nonvol: NV2203: no\n[exit 3]\n"})

    def test_unknown(self):
        self.expect_ids("NV4444", {"tests/golden/cases/b.t": "$ nonvol x\n! NV4444\n"})


class Generated(Tree):
    PROGRAM = """#!/bin/sh
if [ "$1" = errors ]; then echo '# Errors'; else mkdir -p "$2" && echo create > "$2/create.md"; fi
"""

    def check(self, *options):
        program = self.root / "nonvol-docs"
        program.write_text(self.PROGRAM, "utf-8")
        os.chmod(program, 0o755)
        return self.run_checker("check_generated.py", "--program", str(program), "--root", str(self.root), *options)

    def test_missing_different_and_left_over(self):
        self.build(files={"docs/commands/old.md": "old\n", "docs/errors.md": "# Error\n"})
        status, said = self.check()
        self.assertEqual(status, 1)
        for text in ("-# Error\n", "+# Errors\n", "+create\n", "-old\n", "--update"):
            self.assertIn(text, said)

    def test_update_makes_it_good(self):
        self.build(files={"docs/commands/old.md": "old\n"})
        self.assertEqual(self.check("--update")[0], 0)
        self.assertEqual(self.check()[0], 0)
        self.assertFalse((self.root / "docs/commands/old.md").exists())


if __name__ == "__main__":
    unittest.main()
