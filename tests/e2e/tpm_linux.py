#!/usr/bin/env python3
"""Debian's cloud kernel with tpm2-tools in it uses a TPM whose state is in an NVRAM image, over two boots.

    tpm_linux.py NONVOL          with linux-image-cloud-amd64 installed, or NONVOL_TEST_KERNEL=/path/of/vmlinuz

There is no distribution in the guest: a kernel, and an initramfs of a shell and programs of this machine.
"""

import contextlib
import gzip
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from tpm_process import SKIPPED, Nonvol, equal, missing  # noqa: E402

OVMF = pathlib.Path("/usr/share/OVMF")
BOOT_SECONDS = 150
TOOLS = ["tpm2_pcrread", "tpm2_createprimary", "tpm2_evictcontrol", "tpm2_readpublic", "tpm2_nvdefine", "tpm2_nvwrite",
         "tpm2_nvread", "tpm2_getcap", "tpm2_create", "tpm2_load", "tpm2_unseal"]
LIBRARIES = ["libtss2-tcti-device.so.0"]
INIT = """#!/bin/dash
mount -t proc proc /proc
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
cd /tmp
export TPM2TOOLS_TCTI=device:/dev/tpmrm0
part() { echo "== $1"; shift; "$@" 2>&1; }
part pcrs tpm2_pcrread sha256:0,7,16
echo "== begin"
if tpm2_readpublic -c 0x81000001 >/dev/null 2>&1; then
  echo "the key is there already"
else
  tpm2_createprimary -Q -C o -G ecc -c primary.ctx && tpm2_evictcontrol -Q -C o -c primary.ctx 0x81000001
  tpm2_nvdefine -Q -C o -s 16 0x1500070 && printf 'said by a Linux!' | tpm2_nvwrite -Q -C o -i - 0x1500070
fi
part key tpm2_readpublic -c 0x81000001
part read tpm2_nvread -C o -s 16 0x1500070
printf 'sealed' | tpm2_create -Q -C 0x81000001 -i - -u seal.pub -r seal.priv
tpm2_load -Q -C 0x81000001 -u seal.pub -r seal.priv -c seal.ctx
part unsealed tpm2_unseal -c seal.ctx
part lockout tpm2_getcap properties-variable
echo "== end"
echo o > /proc/sysrq-trigger
while true; do sleep 1; done
"""


def kernel():
    named = os.environ.get("NONVOL_TEST_KERNEL")
    found = [pathlib.Path(named)] if named else sorted(pathlib.Path("/boot").glob("vmlinuz-*-cloud-amd64"))
    return found[-1] if found and os.access(found[-1], os.R_OK) else None


def needed_by(program):
    """The shared libraries that the loader says it wants."""
    said = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False, timeout=60).stdout
    return {pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", said)}


def archive(files, directories):
    """A cpio archive (newc) of {path: (content, mode)}."""
    parts = []

    def add(name, content, mode):
        fields = (len(parts) + 1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        parts.append(head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4))

    for name in directories:
        add(name, b"", stat.S_IFDIR | 0o755)
    for name, (content, mode) in files.items():
        add(name, content, stat.S_IFREG | mode)
    add("TRAILER!!!", b"", 0)
    return gzip.compress(b"".join(parts), compresslevel=1)


def initramfs():
    programs = [pathlib.Path(shutil.which(name)) for name in ("dash", "mount", "sleep", *TOOLS)]
    libraries = {path for line in subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True,
                                                 timeout=60).stdout.splitlines()
                 for path in [pathlib.Path(line.split(" => ")[-1])] if path.name in LIBRARIES}
    files = {"init": (INIT.encode(), 0o755)}
    for program in programs:
        files[f"bin/{program.name}"] = (program.read_bytes(), 0o755)
        libraries |= needed_by(program)
    for library in set(libraries):
        libraries |= needed_by(library)
    for library in libraries:
        # In one place, but for the loader, which programs name with its path.
        place = "lib64" if library.name.startswith("ld-linux") else "lib/x86_64-linux-gnu"
        files[f"{place}/{library.name}"] = (library.read_bytes(), 0o755)
    return archive(files, ["bin", "dev", "lib", "lib/x86_64-linux-gnu", "lib64", "proc", "tmp"])


def boot(folder, name, emulator):
    """{part of what the guest said: its lines}"""
    serial = folder / f"{name}.serial"
    variables = folder / f"{name}.vars.fd"
    shutil.copyfile(OVMF / "OVMF_VARS_4M.fd", variables)
    words = ["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-m", "384", "-nodefaults", "-display", "none",
             "-no-reboot", "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={OVMF}/OVMF_CODE_4M.fd",
             "-drive", f"if=pflash,unit=1,format=raw,file={variables}", "-serial", f"file:{serial}",
             "-kernel", str(kernel()), "-initrd", str(folder / "initramfs"), "-append", "console=ttyS0 quiet panic=-1",
             "-chardev", f"socket,id=tpm-control,path={emulator.control_path}",
             "-tpmdev", "emulator,id=tpm0,chardev=tpm-control", "-device", "tpm-crb,tpmdev=tpm0"]
    started = time.monotonic()
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as machine:
        try:
            _, said = machine.communicate(timeout=BOOT_SECONDS)
        except subprocess.TimeoutExpired:
            machine.kill()
            said = b"time was up"
    console = serial.read_text("utf-8", "replace").replace("\r", "")
    assert "== end" in console and not said, (console[-3000:], said)
    print(f"{name}: {time.monotonic() - started:.1f} s", flush=True)
    return {part.split("\n", 1)[0]: part.split("\n", 1)[1].strip() for part in console.split("== ")[1:-1]}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lacking = missing("qemu-system-x86_64", *TOOLS) or ("linux-image-cloud-amd64" if kernel() is None else None)
    if lacking or not (OVMF / "OVMF_CODE_4M.fd").exists():
        print(f"skipped: no {lacking or 'OVMF'}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="nonvol-tpm-") as name, contextlib.ExitStack() as cleanup:
        folder = pathlib.Path(name).resolve()
        (folder / "initramfs").write_bytes(initramfs())
        nonvol = Nonvol(pathlib.Path(sys.argv[1]).resolve(), folder)
        image = nonvol.make_image("tpm.nv")
        said = []
        for number in range(2):
            emulator = cleanup.enter_context(nonvol.emulator(image, data=False, name=f"tpm-{number}").start())
            said.append(boot(folder, f"boot-{number}", emulator))
            equal("the emulator's exit status", emulator.wait(), 0)
        for each in said:
            equal("what was read", each["read"], "said by a Linux!")
            equal("what was unsealed", each["unsealed"], "sealed")
            assert re.search(r"(?m)LOCKOUT_COUNTER: +0x0$", each["lockout"]), each["lockout"]
        assert "the key is there" not in said[0]["begin"] and "the key is there" in said[1]["begin"]
        equal("the key's name", said[1]["key"], said[0]["key"])
        equal("PCRs", said[1]["pcrs"], said[0]["pcrs"])
        assert re.search(r"(?m)^ +16: 0x0{64}$", said[0]["pcrs"]), said[0]["pcrs"]
        assert not re.search(r"(?m)^ +0 *: 0x0{64}$", said[0]["pcrs"]), said[0]["pcrs"]
    return 0


if __name__ == "__main__":
    sys.exit(main())
