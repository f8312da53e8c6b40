#!/usr/bin/env python3
"""Debian's own firmware packages have exactly the faults that they have.

    debian_firmware_test.py --nonvol build/check/nonvol [unittest's words]
"""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

NONVOL = ""
SKIPPED = 77
PACKAGES = ("ovmf", "ovmf-ia32", "qemu-efi-aarch64", "qemu-efi-arm")
# What is expected was checked on these files by hand, with uefitool and in guests.
VERSION = "2022.11-6"
LARGEST_KIB = 256 * 1024

# (descriptor, severity, id, JSON Pointer, feature)
EXPECTED = [
    ("40-edk2-aarch64-secure-enrolled", "note", "NV3305", "/features/2", "verbose-static"),
    ("40-edk2-x86_64-secure-enrolled", "note", "NV3305", "/features/5", "verbose-dynamic"),
    ("50-edk2-aarch64-secure", "error", "NV3202", "/mapping/executable/filename", None),
    ("50-edk2-aarch64-secure", "note", "NV3308", "/mapping/nvram-template/filename", None),
    ("50-edk2-i386-secure", "note", "NV3305", "/features/3", "verbose-dynamic"),
    ("50-edk2-x86_64-secure", "note", "NV3305", "/features/4", "verbose-dynamic"),
    ("60-edk2-aarch64", "note", "NV3308", "/mapping/nvram-template/filename", None),
    ("60-edk2-aarch64", "warning", "NV3309", "/features", "secure-boot"),
    ("60-edk2-aarch64", "note", "NV3305", "/features/0", "verbose-static"),
    ("60-edk2-arm", "note", "NV3308", "/mapping/nvram-template/filename", None),
    ("60-edk2-arm", "note", "NV3306", "/features", "secure-boot"),
    ("60-edk2-arm", "note", "NV3305", "/features/0", "verbose-static"),
    ("60-edk2-x86_64", "note", "NV3306", "/features", "secure-boot"),
    ("60-edk2-x86_64", "note", "NV3305", "/features/2", "verbose-dynamic"),
]


# Debian's sound claims, each made false by a change to one descriptor: (descriptor, change, what must be found then).
def feature(name, present):
    def change(document):
        document["features"] = [known for known in document["features"] if known != name] + ([name] if present else [])
    return change


def template(path):
    def change(document):
        document["mapping"]["nvram-template"]["filename"] = path
    return change


def executable(path):
    def change(document):
        document["mapping"]["executable"]["filename"] = path
    return change


CHANGES = [
    ("60-edk2-x86_64", feature("requires-smm", True), ("NV3305", "requires-smm")),
    ("50-edk2-x86_64-secure", feature("requires-smm", False), ("NV3306", "requires-smm")),
    ("50-edk2-i386-secure", feature("requires-smm", False), ("NV3306", "requires-smm")),
    ("60-edk2-x86_64", feature("intel-tdx", True), ("NV3305", "intel-tdx")),
    ("60-edk2-x86_64", feature("amd-sev-snp", True), ("NV3305", "amd-sev-snp")),
    ("60-edk2-x86_64", feature("host-uefi-vars", True), ("NV3305", "host-uefi-vars")),
    ("50-edk2-i386-secure", feature("amd-sev", True), ("NV3305", "amd-sev")),
    ("60-edk2-aarch64", feature("acpi-s3", True), ("NV3305", "acpi-s3")),
    ("60-edk2-x86_64", feature("enrolled-keys", True), ("NV3305", "enrolled-keys")),
    ("40-edk2-x86_64-secure-enrolled", feature("enrolled-keys", False), ("NV3306", "enrolled-keys")),
    ("60-edk2-x86_64", template("/usr/share/OVMF/OVMF_VARS.fd"), ("NV3304", None)),
    ("60-edk2-x86_64", template("/usr/share/OVMF/OVMF_CODE_4M.fd"), ("NV3313", None)),
    ("60-edk2-x86_64", template("/usr/share/AAVMF/AAVMF_VARS.ms.fd"), ("NV3304", None)),
    ("60-edk2-x86_64", executable("/usr/share/OVMF/OVMF_VARS_4M.fd"), ("NV2801", None)),
    ("60-edk2-x86_64", executable("/usr/share/ovmf/OVMF.fd"), ("NV3304", None)),
    ("60-edk2-x86_64", executable("/usr/share/AAVMF/AAVMF_CODE.fd"), ("NV3302", None)),
    ("60-edk2-aarch64", executable("/usr/share/AAVMF/AAVMF32_CODE.fd"), None),
    ("60-edk2-arm", executable("/usr/share/AAVMF/AAVMF_CODE.fd"), ("NV3305", None)),
]


def descriptors_of_packages():
    paths = []
    for package in PACKAGES:
        listed = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, check=True).stdout
        paths += [path for path in listed.splitlines()
                  if path.startswith("/usr/share/qemu/firmware/") and path.endswith(".json")]
    return [pathlib.Path(path) for path in sorted(set(paths))]


def versions():
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}${Version}\n", *PACKAGES], capture_output=True,
                           text=True, check=False).stdout
    return [line.removeprefix("ii").strip() for line in shown.splitlines() if line.startswith("ii")]


class DebianFirmware(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nonvol-interop-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        for path in descriptors_of_packages():
            (self.folder / path.name).write_bytes(path.read_bytes())

    def nonvol(self, *words, status):
        done = subprocess.run([NONVOL, "firmware", "lint", "--search-dir", str(self.folder), *words], capture_output=True,
                              check=False, timeout=120)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout)

    def test_exactly_their_faults(self):
        report = self.nonvol("--json", status=1)
        found = [(pathlib.Path(finding["place"]["file"]).stem, finding["severity"], finding["id"],
                  finding["place"].get("json_pointer", ""), finding["feature"]) for finding in report["findings"]]
        self.assertEqual(found, EXPECTED)
        for finding in report["findings"]:
            self.assertIn(finding["certainty"], ("proven", "likely"))
            self.assertTrue(finding["rests_on"])

    def test_lines_are_where_the_members_are(self):
        for finding in self.nonvol("--json", status=1)["findings"]:
            place = finding["place"]
            lines = pathlib.Path(place["file"]).read_text("utf-8").splitlines()
            value = json.loads("\n".join(lines))
            for token in place["json_pointer"].split("/")[1:]:
                value = value[int(token)] if isinstance(value, list) else value[token]
            wanted = json.dumps(value) if isinstance(value, str) else "["
            self.assertTrue(lines[place["line"] - 1][place["column"] - 1 :].startswith(wanted), finding)

    def test_each_file_is_looked_at_once(self):
        before = {path.resolve() for path in self.named("executable") if path.exists()}
        read = self.nonvol("--json", status=1)["read"]
        self.assertEqual(read["images_unpacked"], len(before))
        templates = {path.resolve() for path in self.named("nvram-template")}
        self.assertEqual(read["templates"], len(templates))
        self.assertEqual(read["files"], len(before | templates))

    def named(self, member):
        for path in self.folder.glob("*.json"):
            yield pathlib.Path(json.loads(path.read_text("utf-8"))["mapping"][member]["filename"])

    def test_it_fits_into_memory(self):
        self.nonvol("--json", status=1)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, LARGEST_KIB)

    def test_what_is_made_wrong_is_found(self):
        for name, change, wanted in CHANGES:
            path = self.folder / f"{name}.json"
            original = path.read_bytes()
            document = json.loads(original)
            change(document)
            path.write_text(json.dumps(document), "utf-8")
            findings = self.nonvol("--json", str(path), status=1 if wanted else 0)["findings"]
            grave = [(finding["id"], finding["feature"]) for finding in findings if finding["severity"] != "note"]
            with self.subTest(name=name, wanted=wanted):
                if wanted:
                    self.assertIn(wanted, grave)
                else:
                    self.assertEqual(grave, [])
            path.write_bytes(original)

    def test_sarif_has_what_readers_of_it_need(self):
        document = self.nonvol("--sarif", status=1)
        self.assertEqual(document["version"], "2.1.0")
        self.assertTrue(document["$schema"].endswith("sarif-schema-2.1.0.json"))
        (run,) = document["runs"]
        driver = run["tool"]["driver"]
        self.assertEqual(driver["name"], "nonvol")
        rules = driver["rules"]
        self.assertEqual(len({rule["id"] for rule in rules}), len(rules))
        for rule in rules:
            for text in ("shortDescription", "fullDescription", "help"):
                self.assertTrue(rule[text]["text"])
        self.assertEqual([(result["level"], result["ruleId"]) for result in run["results"]],
                         [(severity, number) for _, severity, number, _, _ in EXPECTED])
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertTrue(result["message"]["text"])
            (location,) = result["locations"]
            uri = urllib.parse.urlsplit(location["physicalLocation"]["artifactLocation"]["uri"])
            self.assertEqual(uri.scheme, "file")
            self.assertTrue(pathlib.Path(urllib.parse.unquote(uri.path)).is_file())
            self.assertGreaterEqual(location["physicalLocation"]["region"]["startLine"], 1)
            self.assertGreaterEqual(location["physicalLocation"]["region"].get("startColumn", 1), 1)


if __name__ == "__main__":
    if sys.argv[1:2] != ["--nonvol"]:
        sys.exit(__doc__)
    NONVOL = str(pathlib.Path(sys.argv[2]).resolve())
    installed = versions()
    if len(installed) != len(PACKAGES) or not all(version.startswith(VERSION) for version in installed):
        print(f"needs {', '.join(PACKAGES)} {VERSION}; there are {installed}")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
