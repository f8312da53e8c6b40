#!/usr/bin/env python3
"""The library as it is installed: what it exports, what it needs, and whether programs can be built with it.

    library_test.py --build BUILD_DIRECTORY --library LIBNONVOL --cc CC --cxx CXX
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GIVEN = argparse.Namespace()
# A program in C needs nothing else with it.
ALLOWED_LIBRARIES = re.compile(r"(libc|libm|ld-linux-[\w-]+)\.so\.\d+")


def run(*words, **options):
    result = subprocess.run(words, capture_output=True, text=True, check=False, timeout=250, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


class Exports(unittest.TestCase):
    def setUp(self):
        self.exported = {line.split()[-1] for line in run("nm", "-D", "--defined-only", GIVEN.library).splitlines()}
        self.recorded = set((HERE / "exported.txt").read_text("utf-8").split())

    def test_what_is_recorded_and_nothing_else(self):
        self.assertEqual(self.exported - {"NONVOL_0"}, self.recorded)

    def test_all_that_the_header_declares(self):
        header = (ROOT / "include/nonvol/nonvol.h").read_text("utf-8")
        declared = re.findall(r"^NONVOL_API [^;(]*?\b(nonvol_\w+)\(", header, re.MULTILINE)
        self.assertGreater(len(declared), 30)
        self.assertEqual({f"{name}@@NONVOL_0" for name in declared}, self.recorded)

    def test_libraries_that_it_needs(self):
        dynamic = run("readelf", "-d", GIVEN.library)
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
        self.assertIn("libc.so.6", needed)
        self.assertEqual([name for name in needed if not ALLOWED_LIBRARIES.fullmatch(name)], [])
        self.assertIn("[libnonvol.so.0]", dynamic)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.prefix = pathlib.Path(cls.scratch.name) / "prefix"
        run("cmake", "--install", GIVEN.build, "--prefix", cls.prefix, "--component", "library")
        cls.pages = (ROOT / "docs/library.md").read_text("utf-8")

    def example(self, language):
        """The one example in that language, and what the page says that it prints."""
        found = re.findall(rf"^```{language}\n(.*?)^```.*?^```text\n(.*?)^```", self.pages, re.MULTILINE | re.DOTALL)
        self.assertEqual(len(found), 1)
        return found[0]

    def flags(self, package):
        directory, = self.prefix.glob("lib*/**/pkgconfig")
        environment = dict(os.environ, PKG_CONFIG_PATH=str(directory))
        return run("pkg-config", "--cflags", "--libs", package, env=environment).split()

    def build_and_run(self, source_name, source, compiler, options, package):
        folder = pathlib.Path(self.scratch.name) / package
        folder.mkdir()
        (folder / source_name).write_text(source, "utf-8")
        run(*compiler, *options, "-Werror", source_name, "-o", "example", *self.flags(package), cwd=folder)
        libraries, = {path.parent for path in self.prefix.glob("lib*/**/libnonvol.so.0")}
        environment = dict(os.environ, LD_LIBRARY_PATH=str(libraries))
        return "".join(run("./example", cwd=folder, env=environment) for _ in range(2))

    def test_the_example_in_c(self):
        source, expected = self.example("c")
        printed = self.build_and_run("example.c", source, [GIVEN.cc], ["-std=c99", "-pedantic", "-Wall", "-Wextra"],
                                     "nonvol")
        self.assertEqual(printed, expected)

    def test_the_example_in_cpp(self):
        source, expected = self.example("cpp")
        printed = self.build_and_run("example.cc", source, [GIVEN.cxx], ["-std=c++23", "-Wall"], "nonvol-cpp")
        self.assertEqual(printed, expected)

    def test_the_header_in_cpp(self):
        folder = pathlib.Path(self.scratch.name)
        (folder / "both.cc").write_text("#include <nonvol/nonvol.h>\n#include <nonvol/vnvram.h>\n"
                                        "#include <storage/memory.h>\n", "utf-8")
        run(GIVEN.cxx, "-std=c++23", "-fsyntax-only", "-Wall", "-Werror", "both.cc", *self.flags("nonvol-cpp"),
            cwd=folder)


def main():
    parser = argparse.ArgumentParser()
    for name in ("build", "library", "cc", "cxx"):
        parser.add_argument(f"--{name}", required=True)
    parser.parse_args(namespace=GIVEN)
    unittest.main(argv=sys.argv[:1])


if __name__ == "__main__":
    main()
