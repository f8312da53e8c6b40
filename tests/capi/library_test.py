#!/usr/bin/env python3
"""The library as it is installed: what it exports, what it needs, and whether programs can be built with it.

    library_test.py --build BUILD_DIRECTORY --library LIBNONVOL --nonvol NONVOL --cc CC --cxx CXX
"""

import argparse
import json
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


class InstalledTree(unittest.TestCase):
    """For tests that build programs with what is installed."""

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = pathlib.Path(scratch.name)
        cls.prefix = cls.scratch / "prefix"
        run("cmake", "--install", GIVEN.build, "--prefix", cls.prefix, "--component", "library")

    def flags(self, package):
        directory, = self.prefix.glob("lib*/**/pkgconfig")
        environment = dict(os.environ, PKG_CONFIG_PATH=str(directory))
        return run("pkg-config", "--cflags", "--libs", package, env=environment).split()

    def environment(self):
        """In which programs find the library."""
        libraries, = {path.parent for path in self.prefix.glob("lib*/**/libnonvol.so.0")}
        return dict(os.environ, LD_LIBRARY_PATH=str(libraries))

    def build_in_c(self, source, program):
        strict = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")
        run(GIVEN.cc, *strict, source, "-o", program, *self.flags("nonvol"))

    def build_in_cpp(self, source, program):
        run(GIVEN.cxx, "-std=c++23", "-Wall", "-Werror", source, "-o", program, *self.flags("nonvol-cpp"))


class Pages(InstalledTree):
    """The examples in docs/library.md, and the headers by themselves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pages = (ROOT / "docs/library.md").read_text("utf-8")

    def example(self, language):
        """The one example in that language, and what the page says that it prints."""
        found = re.findall(rf"^```{language}\n(.*?)^```.*?^```text\n(.*?)^```", self.pages, re.MULTILINE | re.DOTALL)
        self.assertEqual(len(found), 1)
        return found[0]

    def built_and_run_twice(self, language, build):
        source, expected = self.example(language)
        folder = self.scratch / language
        folder.mkdir()
        path = folder / f"example.{language}"
        path.write_text(source, "utf-8")
        build(path, folder / "example")
        printed = "".join(run("./example", cwd=folder, env=self.environment()) for _ in range(2))
        self.assertEqual(printed, expected)

    def test_the_example_in_c(self):
        self.built_and_run_twice("c", self.build_in_c)

    def test_the_example_in_cpp(self):
        self.built_and_run_twice("cpp", self.build_in_cpp)

    def test_the_headers_in_cpp(self):
        (self.scratch / "all.cc").write_text("#include <nonvol/firmware.h>\n#include <nonvol/nonvol.h>\n"
                                             "#include <nonvol/vnvram.h>\n#include <storage/memory.h>\n", "utf-8")
        run(GIVEN.cxx, "-std=c++23", "-fsyntax-only", "-Wall", "-Werror", "all.cc", *self.flags("nonvol-cpp"),
            cwd=self.scratch)


class FirmwareExamples(InstalledTree):
    """Those of examples/, each in C and C++, against a root in which not all is well."""

    DESCRIPTORS = ("10-secure-enrolled.json", "20-secure.json", "30-broken-json.json", "40-split-raw.json",
                   "70-aarch64.json")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls.scratch / "root"
        chosen = [word for name in cls.DESCRIPTORS for word in ("--only", name)]
        run(ROOT / "tests/golden/helpers/make_root", *chosen, cls.root,
            env=dict(os.environ, FIXTURES=str(ROOT / "tests/golden/fixtures")))
        (cls.root / "fixture/vars-enrolled.fd").unlink()

    def check(self, name, status):
        """Both languages print the recorded text, from at most 40 lines."""
        expected = (HERE / "examples" / f"{name}.txt").read_text("utf-8")
        for language, build in (("c", self.build_in_c), ("cc", self.build_in_cpp)):
            with self.subTest(language=language):
                source = ROOT / "examples" / f"{name}.{language}"
                self.assertLessEqual(len(source.read_text("utf-8").splitlines()), 40)
                program = self.scratch / f"{name}-{language}"
                build(source, program)
                ended = subprocess.run([program, self.root], capture_output=True, text=True, check=False, timeout=60,
                                       env=self.environment())
                self.assertEqual((ended.stdout, ended.stderr, ended.returncode), (expected, "", status))
                nowhere = subprocess.run([program, self.root / "nowhere"], capture_output=True, text=True, check=False,
                                         timeout=60, env=self.environment())
                self.assertEqual(nowhere.stdout, "")
                self.assertRegex(nowhere.stderr, r"^NV5001: .*\n$")

    def test_load(self):
        self.check("firmware-load", 0)

    def test_select(self):
        self.check("firmware-select", 0)

    def test_explain(self):
        self.check("firmware-explain", 0)

    def test_lint(self):
        self.check("firmware-lint", 1)

    def test_python(self):
        printed = run(ROOT / "examples/firmware-select.py", self.root, env=self.environment())
        asked = run(GIVEN.nonvol, "firmware", "select", "--root", self.root, "--arch", "x86_64", "--machine", "q35",
                    "--require", "secure-boot", "--json")
        self.assertEqual(json.loads(printed), json.loads(asked))

    def test_documents_are_those_of_the_commands(self):
        program = self.scratch / "documents"
        self.build_in_c(HERE / "firmware_documents.c", program)
        for words in (["list"], ["select", "--arch", "x86_64"], ["explain", "--arch", "x86_64"], ["lint"]):
            with self.subTest(words=words):
                printed = json.loads(run(program, words[0], self.root, env=self.environment()))
                ended = subprocess.run([GIVEN.nonvol, "firmware", *words, "--root", self.root, "--json"],
                                       capture_output=True, text=True, check=False, timeout=60)
                asked = json.loads(ended.stdout)
                # What libvirt would choose is not the library's to say.
                asked["findings"] = [finding for finding in asked["findings"] if finding["id"] != "NV6506"]
                self.assertEqual(printed, asked)


def main():
    parser = argparse.ArgumentParser()
    for name in ("build", "library", "nonvol", "cc", "cxx"):
        parser.add_argument(f"--{name}", required=True)
    parser.parse_args(namespace=GIVEN)
    unittest.main(argv=sys.argv[:1])


if __name__ == "__main__":
    main()
