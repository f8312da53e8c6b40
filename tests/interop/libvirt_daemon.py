"""A libvirt daemon of the test's own: the session daemon of an unprivileged user, with every directory of its own.

libvirtd started by root is the system's daemon, whatever its environment says. So root runs it as `nobody` through
setpriv; anybody else runs it as themselves. It ends with the test, and by itself 60 seconds after its last client.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ("libvirtd", "virsh", "setpriv", "qemu-system-x86_64", "virt-xml-validate", "xmllint")
CALL_SECONDS = 30
START_SECONDS = 30


def missing():
    return [name for name in PROGRAMS if shutil.which(name) is None]


class Daemon:
    def __init__(self, existing=None):
        """`existing`: guests that it finds when it starts, name -> domain XML."""
        self.existing = existing or {}

    def __enter__(self):
        # Its sockets have to fit into 108 bytes of path.
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="nonvol-lv-"))
        self.descriptors = self.home / "config/qemu/firmware"
        self.prefix = []
        for name in ("config/qemu/firmware", "run", "cache", "data", "fw"):
            (self.home / name).mkdir(parents=True)
        guests = self.home / "config/libvirt/qemu"
        guests.mkdir(parents=True)
        for name, text in self.existing.items():
            (guests / f"{name}.xml").write_text(text, "utf-8")
        if os.geteuid() == 0:
            self.prefix = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
            subprocess.run(["chown", "-R", "nobody:nogroup", self.home], check=True)
        self.environment = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
            "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_RUNTIME_DIR": str(self.home / "run"), "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_DATA_HOME": str(self.home / "data")}
        self.log = open(self.home / "log", "wb")
        self.process = subprocess.Popen([*self.prefix, "libvirtd", "--timeout", "60"], cwd=self.home,
                                        env=self.environment, stdout=self.log, stderr=self.log)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait(self):
        end = time.monotonic() + START_SECONDS
        while self.virsh("version").returncode != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("libvirtd does not answer:\n" + (self.home / "log").read_text("utf-8", "replace"))
            time.sleep(0.1)

    def virsh(self, *words):
        # Never lets virsh start a daemon of its own instead.
        uri = f"qemu+unix:///session?socket={self.home}/run/libvirt/libvirt-sock"
        return subprocess.run([*self.prefix, "virsh", "-q", "-c", uri, *words], cwd=self.home, env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=CALL_SECONDS)

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)
