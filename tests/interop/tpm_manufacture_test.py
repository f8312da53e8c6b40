#!/usr/bin/env python3
"""A real swtpm that nonvol's code made: held to one that swtpm_setup made, to tpm2-tools and to the openssl program.

    tpm_manufacture_test.py --make build/check/tests/interop/make_tpm [unittest's words]
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

SKIPPED = 77
PATIENCE_SECONDS = 60
MAKE = ""

LOCALCA = """statedir = {0}
signingkey = {0}/signkey.pem
issuercert = {0}/issuercert.pem
certserial = {0}/certserial
"""
SETUP = """create_certs_tool={0}
create_certs_tool_config={1}
create_certs_tool_options={2}
"""
PLATFORM = "--platform-manufacturer QEMU\n--platform-version 7.2\n--platform-model q35\n"


def run(*words, status=0, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=PATIENCE_SECONDS,
                          check=False, **more)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{words}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Swtpm:
    """A running swtpm on a directory of state, and tpm2-tools that speak to it."""

    def __init__(self, folder, version="--tpm2"):
        self.folder = folder
        self.socket = folder / "socket"
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["swtpm", "socket", *filter(None, [version]), "--tpmstate", f"dir={folder}", "--flags",
             "not-need-init,startup-clear", "--server", f"type=unixio,path={self.socket}", "--ctrl",
             f"type=unixio,path={self.socket}.ctrl"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.socket.exists():
            assert self.process.poll() is None and time.monotonic() < deadline, "swtpm does not listen"
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)

    def tpm2(self, tool, *words):
        return run(f"tpm2_{tool}", *words, env=os.environ | {"TPM2TOOLS_TCTI": f"swtpm:path={self.socket}"},
                   cwd=self.folder)


def described(tpm):
    """What tpm2-tools say, without names and keys, which differ between any two TPMs, and the certificates' sizes."""
    indices = re.sub(r"(?m)^\s*(name|size): .*\n", "", tpm.tpm2("nvreadpublic"))
    handles = tpm.tpm2("getcap", "handles-persistent")
    keys = [re.sub(r"(?m)^(name|qualified name|rsa|x|y): .*\n", "", tpm.tpm2("readpublic", "-c", handle))
            for handle in re.findall(r"0x[0-9A-Fa-f]+", handles)]
    # How much more fits depends on the certificates' sizes.
    variable = re.sub(r"(?m)^.*_AVAIL: .*\n", "", tpm.tpm2("getcap", "properties-variable"))
    return "\n".join([handles, indices, *keys, tpm.tpm2("getcap", "pcrs"), variable])


class Made(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="nonvol-tpm-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()

    def make(self, name, *keys, version="--tpm2"):
        folder = self.folder / name
        folder.mkdir()
        with Swtpm(folder, version) as tpm:
            run(MAKE, tpm.socket, folder, *keys)
        return folder

    def by_swtpm_setup(self, *words):
        folder, authority = self.folder / "setup", self.folder / "authority"
        folder.mkdir()
        authority.mkdir()
        (authority / "localca.conf").write_text(LOCALCA.format(authority))
        (authority / "options").write_text(PLATFORM)
        (authority / "setup.conf").write_text(
            SETUP.format(shutil.which("swtpm_localca"), authority / "localca.conf", authority / "options"))
        run("swtpm_setup", *words, "--tpmstate", folder, "--create-ek-cert", "--create-platform-cert", "--config",
            authority / "setup.conf", "--vmid", "web01")
        return folder

    def test_is_what_swtpm_setup_makes(self):
        self.maxDiff = None
        with Swtpm(self.by_swtpm_setup("--tpm2", "--pcr-banks", "sha256")) as theirs:
            wanted = described(theirs)
        with Swtpm(self.make("ours", "rsa2048", "secp384r1")) as ours:
            self.assertEqual(described(ours), wanted)

    def test_certificates_are_the_keys(self):
        folder = self.make("ours", "rsa2048", "secp384r1", "rsa3072")
        places = [("0x81010001", "0x1c00002"), ("0x81010016", "0x1c00016"), ("0x8101001c", "0x1c0001c"),
                  ("0x81010001", "0x1c08000")]
        with Swtpm(folder) as tpm:
            for handle, index in places:
                tpm.tpm2("nvread", index, "-o", "read.der")
                self.assertEqual((folder / "read.der").read_bytes(), (folder / f"{index}.der").read_bytes())
                run("openssl", "x509", "-inform", "DER", "-in", folder / "read.der", "-out", folder / "read.pem")
                verified = run("openssl", "verify", "-x509_strict", "-CAfile", folder / "root.pem", "-untrusted",
                               folder / "signing.pem", folder / "read.pem")
                self.assertIn(": OK", verified)
                tpm.tpm2("readpublic", "-c", handle, "-f", "pem", "-o", "key.pem")
                self.assertEqual(run("openssl", "x509", "-in", folder / "read.pem", "-noout", "-pubkey"),
                                 (folder / "key.pem").read_text())
            tpm.tpm2("getekcertificate", "-o", "read.der")
            self.assertEqual((folder / "read.der").read_bytes(), (folder / "0x1c00002.der").read_bytes())

    def test_keys_are_those_of_the_profile(self):
        """tpm2_createek has the profile's templates too: from the same seed they give the same keys."""
        folder = self.make("ours", "rsa2048", "secp384r1", "rsa3072")
        with Swtpm(folder) as tpm:
            for handle, algorithm in (("0x81010001", "rsa"), ("0x81010016", "ecc384"), ("0x8101001c", "rsa3072")):
                tpm.tpm2("readpublic", "-c", handle, "-f", "pem", "-o", "key.pem")
                tpm.tpm2("createek", "-c", "ek.ctx", "-G", algorithm, "-u", "created.pem", "-f", "pem")
                tpm.tpm2("flushcontext", "-t")
                self.assertEqual((folder / "created.pem").read_text(), (folder / "key.pem").read_text())

    def test_tpm_12_is_what_swtpm_setup_makes(self):
        found = []
        for folder in (self.by_swtpm_setup(), self.make("ours", "1.2", version="")):
            with Swtpm(folder, version="") as tpm:
                found.append(run(MAKE, tpm.socket, folder, "show-1.2"))
        self.assertEqual(found[1], found[0])
        self.assertIn("index 0x1000f000 attributes 0x20002", found[1])

    def test_tpm_12_keeps_certificates_behind_their_header(self):
        folder = self.make("ours", "1.2", version="")
        state = (folder / "tpm-00.permall").read_bytes()
        for index in ("0x1000f000", "0x1000f002"):
            der = (folder / f"{index}.der").read_bytes()
            header = bytes([0x10, 0x01, 0]) + (len(der) + 2).to_bytes(2, "big") + bytes([0x10, 0x02])
            self.assertIn(header + der, state)
            run("openssl", "x509", "-inform", "DER", "-in", folder / f"{index}.der", "-out", folder / "read.pem")
            run("openssl", "verify", "-x509_strict", "-CAfile", folder / "root.pem", "-untrusted",
                folder / "signing.pem", folder / "read.pem")


def main():
    global MAKE
    if len(sys.argv) < 3 or sys.argv[1] != "--make":
        sys.exit(__doc__)
    MAKE = pathlib.Path(sys.argv[2]).resolve()
    missing = [tool for tool in ("swtpm", "swtpm_setup", "swtpm_localca", "tpm2_getcap", "openssl")
               if shutil.which(tool) is None]
    if missing:
        print(f"skipped: no {', '.join(missing)}")
        sys.exit(SKIPPED)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])


if __name__ == "__main__":
    main()
