#!/usr/bin/env python3
"""Does `nonvol firmware select --compat libvirt` give libvirt's answer? Asks both, of many domains by chance.

libvirt's answer is what `virsh domxml-to-native qemu-argv` prints, which selects firmware without starting anything;
which template the variables come from shows only in the store of a guest that is started, so that a few are.

    libvirt_test.py --nonvol PROGRAM [--emit PROGRAM] [--seed N] [--sets N] [--requests N] SCENARIO
"""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess
import sys
import time

import libvirt_cases
import libvirt_daemon

SKIPPED = 77
PACKAGED = [pathlib.Path("/usr/share/qemu/firmware"), pathlib.Path("/etc/qemu/firmware")]
USUAL_SEED = 5
# How often each must occur at least with that seed, or the comparison says nothing.
AT_LEAST = {"split": 60, "stateless": 5, "memory": 3, "kernel": 3, "by path": 30, "no firmware": 5, "refused": 100,
            "none fits": 20, "no query": 5}


class Asker:
    """Asks libvirt and nonvol the same thing."""

    def __init__(self, daemon, nonvol):
        self.daemon, self.nonvol = daemon, nonvol
        version = daemon.virsh("version", "--daemon").stdout
        number = re.search(r"Running against daemon: (\d+)\.(\d+)", version)
        self.old = (int(number[1]), int(number[2])) < (9, 2)
        self.release = "9.0" if self.old else "11.3"
        qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True, check=True).stdout
        self.qemu_version = re.search(r"version (\d+\.\d+)", qemu)[1]
        self.packaged = sorted({path.name for directory in PACKAGED if directory.is_dir()
                                for path in directory.iterdir()})

    def write_set(self, files):
        for path in self.daemon.descriptors.iterdir():
            path.unlink()
        for name, text in files.items():
            path = self.daemon.descriptors / name
            path.symlink_to(text[1]) if isinstance(text, tuple) else path.write_text(text, "utf-8")

    def write_domain(self, text):
        path = self.daemon.home / "domain.xml"
        path.write_text(text, "utf-8")
        return path

    def libvirt(self, path):
        """(what QEMU would be given, None) or (None, message)"""
        done = self.daemon.virsh("domxml-to-native", "qemu-argv", str(path))
        if done.returncode != 0:
            return None, done.stderr.strip()
        return read_arguments(shlex.split(done.stdout)), None

    def nonvol_document(self, path, *options):
        done = subprocess.run([self.nonvol, "firmware", "select", "--compat", "libvirt", "--libvirt-version", self.release,
                               "--libvirt-session", "--qemu-version", self.qemu_version, "--domain", path, "--json",
                               *options],
                              env={**self.daemon.environment, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")},
                              capture_output=True, text=True, timeout=30)
        if done.returncode not in (0, 1):
            raise AssertionError(f"nonvol: exit {done.returncode}\n{done.stderr}{path.read_text()}")
        return json.loads(done.stdout)


def read_arguments(words):
    """What of QEMU's arguments has to do with firmware."""
    nodes, result = {}, {"code": None, "store": None, "rom": None, "kernel": None, "smm": None, "secure": False}
    for option, value in zip(words, words[1:]):
        if option == "-blockdev":
            node = json.loads(value)
            nodes[node["node-name"]] = node
        elif option == "-bios":
            result["rom"] = value
        elif option == "-kernel":
            result["kernel"] = value
        elif option == "-machine":
            smm = re.search(r",smm=(on|off)", value)
            result["smm"] = smm[1] == "on" if smm else None
        elif option == "-global" and value == "driver=cfi.pflash01,property=secure,value=on":
            result["secure"] = True
    for name, bank in (("code", "pflash0"), ("store", "pflash1")):
        image, file = nodes.get(f"libvirt-{bank}-format"), nodes.get(f"libvirt-{bank}-storage")
        if image:
            result[name] = {"path": file.get("filename", file["driver"]), "format": image["driver"],
                            "readonly": image["read-only"]}
    return result


def read_document(document):
    """The same of nonvol's answer."""
    result = {"code": None, "store": None, "rom": None, "kernel": None, "smm": document["domain"]["smm"], "secure": False}
    if document["device"] == "flash":
        loader, store = document["loader"], document["nvram"]
        result["code"] = {"path": loader["path"], "format": loader["format"], "readonly": bool(loader["readonly"])}
        if store:
            path = store["path"] or "nbd"
            result["store"] = {"path": path, "format": store["format"], "readonly": False}
    elif document["device"] == "memory":
        result["rom"] = document["executable"]["path"]
    elif document["device"] == "kernel":
        result["kernel"] = document["executable"]["path"]
    # It is a property of the flash drive.
    if document["device"] == "flash":
        result["secure"] = bool(document["loader"]["secure"])
    return result


def kind_of(document):
    refusal = document["refusal"]
    if refusal:
        return {"NV6505": "none fits"}.get(refusal["id"], "no query" if "at all" in refusal["message"] else "refused")
    if document["origin"] == "none":
        return "no firmware"
    if document["origin"] != "descriptor":
        return "by path"
    return document["mode"] or document["device"]


def libvirt_message(document):
    """The message that nonvol says libvirt has."""
    notes = [note for note in document["refusal"]["notes"] if note.startswith("libvirt's message: ")]
    return notes[0].split(": ", 1)[1]


def differences(asked, message, document, domain_kernel):
    """In words; empty where both say the same."""
    if document["refusal"]:
        if asked:
            return f"libvirt takes {asked}, nonvol says that it refuses: {document['refusal']['message']}"
        if libvirt_message(document) not in message:
            return f"libvirt's message is {message!r}, nonvol says {libvirt_message(document)!r}"
        return ""
    if asked is None:
        return f"libvirt refuses: {message}"
    said = read_document(document)
    # A kernel of the guest's own is none of the firmware's business.
    if said["kernel"] is None and asked["kernel"] == domain_kernel:
        asked = {**asked, "kernel": None}
    return "" if said == asked else f"libvirt: {asked}\nnonvol:  {said}"


def compare(asker, arguments):
    """Hundreds of domains against tens of descriptor sets."""
    chance = random.Random(arguments.seed)
    counts, wrong = collections.Counter(), []
    for _ in range(arguments.sets):
        fw = str(asker.daemon.home / "fw")
        files, executables = libvirt_cases.descriptor_set(chance, fw, asker.packaged)
        asker.write_set(files)
        for _ in range(arguments.requests):
            text = libvirt_cases.domain(chance, fw, executables, not asker.old)
            path = asker.write_domain(text)
            asked, message = asker.libvirt(path)
            document = asker.nonvol_document(path)
            counts[kind_of(document)] += 1
            kernel = re.search(r"<kernel>(.*?)</kernel>", text)
            different = differences(asked, message, document, kernel[1] if kernel else None)
            if different:
                wrong.append(f"{different}\n{text}\n{json.dumps(files, indent=1)}")
    print(f"seed {arguments.seed}, libvirt {asker.release}: {sum(counts.values())} domains, {len(wrong)} answered otherwise")
    for kind, count in sorted(counts.items()):
        print(f"  {kind}: {count}")
    assert not wrong, "\n\n".join(wrong[:3])
    rare = {kind: counts[kind] for kind, least in AT_LEAST.items() if counts[kind] < least}
    assert not rare or arguments.seed != USUAL_SEED, f"too few of {rare}, wanted {AT_LEAST}"


def templates(asker, arguments):
    """Guests that are started: their stores are copies of the template that nonvol names."""
    chance = random.Random(arguments.seed)
    fw = asker.daemon.home / "fw"
    (fw / "CODE.fd").write_bytes(bytes(65536))
    target = [{"architecture": "x86_64", "machines": ["pc-q35-*"]}]
    files = {name: "" for name in asker.packaged}
    for number, features in enumerate((["secure-boot", "enrolled-keys"], ["secure-boot"], ["acpi-s3"], [])):
        (fw / f"VARS_{number}.fd").write_bytes(chance.randbytes(65536))
        mapping = {"device": "flash", "executable": {"filename": f"{fw}/CODE.fd", "format": "raw"},
                   "nvram-template": {"filename": f"{fw}/VARS_{number}.fd", "format": "raw"}}
        files[f"{number}0-one.json"] = json.dumps({"interface-types": ["uefi"], "mapping": mapping, "targets": target,
                                                   "features": features})
    asker.write_set(files)
    seen = set()
    wishes = ["", "<feature enabled='no' name='enrolled-keys'/>", "<feature enabled='no' name='secure-boot'/>"]
    for wish in wishes:
        text = (f"<domain type='qemu'><name>guest{len(seen)}</name><memory unit='MiB'>64</memory><os firmware='efi'>"
                f"<type arch='x86_64' machine='q35'>hvm</type>{f'<firmware>{wish}</firmware>' if wish else ''}</os>"
                "<features><acpi/></features></domain>")
        path = asker.write_domain(text)
        document = asker.nonvol_document(path)
        started = asker.daemon.virsh("create", "--paused", str(path))
        assert started.returncode == 0, started.stderr
        try:
            store = pathlib.Path(document["nvram"]["path"]).read_bytes()
        finally:
            asker.daemon.virsh("destroy", f"guest{len(seen)}")
        wanted = pathlib.Path(document["nvram_template"]["path"]).read_bytes()
        assert store == wanted, f"the store is no copy of {document['nvram_template']}"
        seen.add(document["nvram_template"]["path"])
    assert len(seen) == len(wishes), seen
    print(f"{len(seen)} guests started, each with a copy of the template that nonvol names")


FEATURES_ALONE = (
    "<domain type='qemu'><name>guest</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type>"
    "<firmware><feature enabled='yes' name='secure-boot'/></firmware><loader readonly='yes' type='pflash'>/fw/CODE.fd"
    "</loader></os><features><acpi/></features></domain>")


def existing_guest(asker, _):
    """What libvirt refuses in a domain that is being defined, and not in one that it has."""
    asker.write_set({name: "" for name in asker.packaged})
    path = asker.write_domain(FEATURES_ALONE)
    defined = asker.daemon.virsh("define", str(path))
    document = asker.nonvol_document(path)
    assert defined.returncode != 0 and document["refusal"], (defined, document)
    assert libvirt_message(document) in defined.stderr, (document["refusal"], defined.stderr)
    native = asker.daemon.virsh("domxml-to-native", "qemu-argv", "--domain", "guest")
    assert native.returncode == 0, native.stderr
    different = differences(read_arguments(shlex.split(native.stdout)), None,
                            asker.nonvol_document(path, "--existing-guest"), None)
    assert not different, different
    print("features without firmware='': refused for a new guest, passed over for an existing one")


def accepted(asker, path, name):
    """What libvirt gives QEMU for a domain that its schema and itself take."""
    checked = subprocess.run(["virt-xml-validate", path, "domain"], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr + path.read_text()
    defined = asker.daemon.virsh("define", str(path))
    assert defined.returncode == 0, defined.stderr
    native = asker.daemon.virsh("domxml-to-native", "qemu-argv", "--domain", name)
    assert native.returncode == 0, native.stderr
    assert asker.daemon.virsh("undefine", "--keep-nvram", name).returncode == 0
    return read_arguments(shlex.split(native.stdout))


def emit(asker, arguments):
    """Domains for guests of every mode: libvirt takes them and gives QEMU the files they name."""
    asker.write_set({name: "" for name in asker.packaged})
    code, store = "/fw/CODE & 'more'.fd", "/fw/web01.fd"
    image = {"path": code, "format": "raw", "readonly": True}
    own = {"path": store, "format": "raw", "readonly": False}
    nothing = {"code": None, "store": None, "rom": None, "kernel": None, "smm": None, "secure": False}
    wanted = {"split": {"code": image, "store": own}, "secure": {"code": image, "store": own, "smm": True, "secure": True},
              "stateless": {"code": image}, "combined": {"code": own}, "memory": {"rom": code}, "kernel": {"kernel": code}}
    if not asker.old:
        wanted["qcow2"] = {"code": {**image, "format": "qcow2"}, "store": {**own, "format": "qcow2"}}
    for kind, parts in wanted.items():
        files = [code] if kind in ("stateless", "memory", "kernel") else [code, store, "/fw/VARS.fd"]
        xml = subprocess.run([arguments.emit, kind, *files], capture_output=True, text=True, check=True).stdout
        found = accepted(asker, asker.write_domain(xml), f"emitted-{kind}")
        assert found == {**nothing, **parts}, (kind, found)
    print(f"libvirt takes {', '.join(wanted)}")


def guest_of_nonvol(asker, *words):
    """A domain for a guest that nonvol makes, as `words` want it."""
    fw = asker.daemon.home / "fw"
    for name, source in (("CODE.fd", "OVMF_CODE_4M.secboot.fd"), ("VARS.fd", "OVMF_VARS_4M.fd")):
        shutil.copyfile(f"/usr/share/OVMF/{source}", fw / name)
    mapping = {"device": "flash", "executable": {"filename": f"{fw}/CODE.fd", "format": "raw"},
               "nvram-template": {"filename": f"{fw}/VARS.fd", "format": "raw"}}
    asker.write_set({"10-one.json": json.dumps({
        "description": "one", "interface-types": ["uefi"], "mapping": mapping, "tags": [],
        "targets": [{"architecture": "x86_64", "machines": ["pc-q35-*"]}], "features": ["requires-smm", "secure-boot"]})})
    options = ["--home", asker.daemon.home / "guests", "--search-dir", asker.daemon.descriptors]
    subprocess.run([asker.nonvol, "create", "web01", "--arch", "x86_64", "--machine", "q35", *words, *options], check=True,
                   capture_output=True)
    xml = subprocess.run([asker.nonvol, "emit", "libvirt", "web01", "--domain", "qemu", "--libvirt-version", asker.release,
                          *options], check=True, capture_output=True, text=True).stdout
    return asker.write_domain(xml)


def emit_guest(asker, arguments):
    """The same of a guest that nonvol made."""
    fw = asker.daemon.home / "fw"
    path = guest_of_nonvol(asker)
    found = accepted(asker, path, "web01")
    assert found["code"]["path"] == f"{fw}/CODE.fd" and found["secure"] and found["smm"], found
    assert found["store"]["path"].startswith(f"{asker.daemon.home}/guests/web01/"), found
    different = differences(found, None, asker.nonvol_document(path), None)
    assert not different, different
    print("libvirt takes the domain of a guest that nonvol made")


def emit_tpm(asker, _):
    """A guest with a TPM that nonvol runs: libvirt starts it, and the QEMU that it starts finds the TPM."""
    path = guest_of_nonvol(asker, "--tpm")
    accepted(asker, path, "web01")
    home = asker.daemon.home / "guests"
    tpm = subprocess.Popen([asker.nonvol, "--home", home, "tpm", "run", "web01", "--json"], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 30
        while not (home / "web01/tpm.sock").is_socket():
            assert tpm.poll() is None and time.monotonic() < end, "the TPM does not run"
            time.sleep(0.02)
        # libvirt does not give QEMU's user the socket of a TPM that it did not start.
        if asker.daemon.prefix:
            subprocess.run(["chown", "-R", "nobody:nogroup", home], check=True)
        started = asker.daemon.virsh("create", "--paused", str(path))
        assert started.returncode == 0, started.stderr
        try:
            seen = asker.daemon.virsh("qemu-monitor-command", "--hmp", "web01", "info tpm").stdout
        finally:
            asker.daemon.virsh("destroy", "web01")
        assert "model=tpm-crb" in seen and "type=emulator" in seen, seen
        said, complaints = tpm.communicate(timeout=30)
    finally:
        tpm.kill()
    assert tpm.returncode == 0 and json.loads(said)["ended_by"] == "SHUTDOWN", (said, complaints)
    print("libvirt starts a guest with a TPM that nonvol runs")


SCENARIOS = {"compare": compare, "templates": templates, "existing_guest": existing_guest, "emit": emit,
             "emit_guest": emit_guest, "emit_tpm": emit_tpm}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nonvol", required=True, type=lambda text: str(pathlib.Path(text).resolve()))
    parser.add_argument("--emit", type=lambda text: str(pathlib.Path(text).resolve()),
                        help="the program emit_libvirt, for the scenario emit")
    parser.add_argument("--seed", type=int, default=USUAL_SEED)
    parser.add_argument("--sets", type=int, default=40)
    parser.add_argument("--requests", type=int, default=12)
    parser.add_argument("scenario", choices=SCENARIOS)
    arguments = parser.parse_args()
    if missing := libvirt_daemon.missing():
        print(f"skipped: {', '.join(missing)} not installed")
        return SKIPPED
    existing = {"guest": FEATURES_ALONE} if arguments.scenario == "existing_guest" else None
    with libvirt_daemon.Daemon(existing) as daemon:
        SCENARIOS[arguments.scenario](Asker(daemon, arguments.nonvol), arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
