#!/usr/bin/env python3
"""Microsoft's real certificates and a boot loader that is signed with two of them: Debian's shim and Debian's template.

    microsoft_keys.py NONVOL [SHIM]

The certificates' bodies come out of the signatures of shim, which carry who issued them. SHIM is by default where the package
shim-signed installs it, or else the file alone is taken out of the package: to install it would bring GRUB and change what
an EFI machine boots.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
SHIM = pathlib.Path("/usr/lib/shim/shimx64.efi.signed")
TEMPLATE = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
BLANK = pathlib.Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
OLD, NEW = "Microsoft Corporation UEFI CA 2011", "Microsoft UEFI CA 2023"
MICROSOFT = "77fa9abd-0359-4d32-bd60-28f4e78f784b"
CERTIFICATE = re.compile(r"subject=.*?CN = ([^\n]*)\n.*?(-----BEGIN.*?-----END CERTIFICATE-----\n)", re.DOTALL)
DONE, NO, NO_SUCH_THING = 0, 1, 3


class Failure(Exception):
    """What was expected did not happen."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


class Skip(Exception):
    """This machine lacks what the test needs."""


def certificates_of(program, directory):
    """Everything that the program's signatures carry, by common name."""
    found = {}
    for number in range(1, 4):
        signature = directory / f"signature-{number}"
        copy = directory / "copy.efi"
        shutil.copyfile(program, copy)
        subprocess.run(["sbattach", "--detach", signature, "--signum", str(number), copy], check=False,
                       capture_output=True, timeout=60)
        if not signature.exists():
            break
        shown = subprocess.run(["openssl", "pkcs7", "-inform", "DER", "-in", signature, "-print_certs"], check=True,
                               capture_output=True, text=True, timeout=60).stdout
        found.update(dict(CERTIFICATE.findall(shown)))
    return found


def scenario(nonvol, shim, directory):
    def run(*words, status=DONE):
        result = subprocess.run([nonvol, *map(str, words)], capture_output=True, text=True, check=False, timeout=60)
        expect(result.returncode == status,
               f"nonvol {words}: exit {result.returncode}, not {status}\n{result.stdout}{result.stderr}")
        return result.stdout

    found = certificates_of(shim, directory)
    if OLD not in found or NEW not in found:
        raise Skip(f"{shim} is signed with {sorted(found)}")
    (directory / "old.pem").write_text(found[OLD])
    objects = directory / "objects"
    objects.mkdir()

    template = directory / "template.fd"
    shutil.copyfile(TEMPLATE, template)
    run("keys", "verify", template, shim)
    (objects / "third party.crt").write_text(found[NEW])
    before = template.read_bytes()
    run("keys", "update", template, "--microsoft-2023", "--directory", objects, status=NO_SUCH_THING)
    expect(template.read_bytes() == before, "an update that lacks files changed the store")

    store = directory / "vars.fd"
    shutil.copyfile(BLANK, store)
    run("keys", "make", "--common-name", "own", "--output-dir", directory / "own")
    own = directory / "own/certificate.pem"
    run("keys", "enroll", store, "--pk", own, "--kek", own, "--db", directory / "old.pem")
    expect(not json.loads(run("keys", "list", store, "--json"))["starts_new_third_party_media"], "nothing is new yet")
    update = ["keys", "update", store, "--microsoft-2023", "--directory", objects]
    planned = json.loads(run(*update, "--dry-run", "--json"))
    made = json.loads(run(*update, "--json"))
    expect(made["steps"] == planned["steps"], f"{made['steps']}, not {planned['steps']}")
    expect([(each["variable"], each["name"]) for each in made["steps"]] == [("db", NEW)], f"steps: {made['steps']}")
    expect(len(made["notes"]) == 3, f"of KEK, Windows and option ROMs nothing is said: {made['notes']}")
    expect(json.loads(run(*update, "--json"))["nothing_to_do"], "the update is made twice")
    listed = json.loads(run("keys", "list", store, "--json"))
    expect(listed["starts_new_third_party_media"], "the certificate of 2023 is not found in db")
    expect([each["owner"] for each in listed["certificates"] if each["name"] == NEW] == [MICROSOFT], "its owner")

    # Shim has both signatures: with either certificate it starts; a revoked one spoils the other.
    run("keys", "verify", store, shim)
    run("keys", "revoke", store, "--certificate", directory / "old.pem", "--remove-from-db")
    run("keys", "verify", store, shim, status=NO)
    run("vars", "undo", store)
    run("keys", "delete", store, "--variable", "db", "--lose-secure-boot")
    run("keys", "verify", store, shim, status=NO)
    run("keys", "enroll", store, "--db", objects / "third party.crt")
    run("keys", "verify", store, shim)


def shim_of_package(directory):
    """The file out of the package, without installing that; where there is no way to get it, its usual place."""
    try:
        subprocess.run(["apt-get", "-q", "download", "shim-signed"], cwd=directory, check=True, capture_output=True, timeout=120)
        package = next(directory.glob("shim-signed_*.deb"))
        subprocess.run(["dpkg-deb", "-x", package, directory / "shim"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError, StopIteration):
        return SHIM
    return directory / "shim" / SHIM.relative_to("/")


def run_in(directory):
    shim = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else SHIM
    if not shim.exists():
        shim = shim_of_package(directory)
    for path in (shim, TEMPLATE, BLANK):
        if not path.exists():
            print(f"skipped: there is no {path}")
            return SKIPPED
    scenario(str(pathlib.Path(sys.argv[1]).resolve()), shim, directory)
    print("as it should be")
    return 0


def main():
    for program in ("sbattach", "openssl"):
        if shutil.which(program) is None:
            print(f"skipped: there is no {program}")
            return SKIPPED
    with tempfile.TemporaryDirectory(prefix="nonvol-microsoft-keys-") as name:
        try:
            return run_in(pathlib.Path(name))
        except Skip as reason:
            print(f"skipped: {reason}")
            return SKIPPED
        except (Failure, subprocess.SubprocessError, KeyError, ValueError) as error:
            print(f"FAILED: {type(error).__name__}: {error}")
            return 1


if __name__ == "__main__":
    sys.exit(main())
