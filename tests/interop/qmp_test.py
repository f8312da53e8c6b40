#!/usr/bin/env python3
"""The control socket of `nonvol blob serve`: a running QEMU is asked the same and must answer alike.

    qmp_test.py --nonvol PROGRAM SCENARIO...
"""

import argparse
import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
PATIENCE_SECONDS = 60


class Failure(Exception):
    """What was expected did not happen."""


class Skip(Exception):
    """This machine lacks what the scenario needs."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


def equal(what, found, wanted):
    expect(found == wanted, f"{what}: {found!r}, not {wanted!r}")


class Client:
    """One connection, which never waits longer than PATIENCE_SECONDS."""

    def __init__(self, path, server):
        self.pending = b""
        self.serial = 0
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(PATIENCE_SECONDS)
            try:
                self.socket.connect(str(path))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                self.socket.close()
                expect(server.poll() is None, f"the server ended with {server.returncode}")
                expect(time.monotonic() < deadline, f"nobody listens at {path}")
                time.sleep(0.02)
        self.greeting = self.line()

    def line(self):
        while b"\n" not in self.pending:
            more = self.socket.recv(1 << 16)
            expect(more, "the server hung up")
            self.pending += more
        text, self.pending = self.pending.split(b"\n", 1)
        expect(text.endswith(b"\r"), f"{text!r} ends without CR LF")
        return json.loads(text)

    def send(self, text):
        self.socket.sendall(text)

    def answers_to(self, text):
        """All that `text` is answered with: what comes before the answer to a request behind it."""
        self.serial += 1
        marker = f"marker-{self.serial}"
        self.send(text + b'\n{"execute": "query-version", "id": "%s"}' % marker.encode())
        answers = []
        while True:
            answer = self.line()
            if answer.get("id") == marker:
                return answers
            answers.append(answer)

    def command(self, execute, **arguments):
        request = {"execute": execute, "arguments": {key.replace("_", "-"): value for key, value in arguments.items()}}
        self.send(json.dumps(request).encode())
        while True:
            answer = self.line()
            if "event" not in answer:
                return answer

    def result_of(self, execute, **arguments):
        answer = self.command(execute, **arguments)
        expect("return" in answer, f"{execute}: {answer}")
        return answer["return"]

    def negotiate(self):
        self.result_of("qmp_capabilities")
        return self


class World:
    """A directory, and the processes that were started in it."""

    def __init__(self, nonvol, directory):
        self.nonvol = nonvol
        self.directory = directory
        self.started = []

    def need(self, program):
        if shutil.which(program) is None:
            raise Skip(f"{program} is not here")

    def start(self, *words):
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, cwd=self.directory, text=True)
        self.started.append(process)
        return process

    def run(self, *words, status=0):
        result = subprocess.run([self.nonvol, *[str(word) for word in words]], capture_output=True, text=True,
                                cwd=self.directory, check=False, timeout=PATIENCE_SECONDS)
        equal(f"exit status of {words}: {result.stderr}", result.returncode, status)
        return result.stdout

    def format(self, name="web.nvram"):
        self.run("blob", "format", f"./{name}", "--entry", "tpm:8K", "--entry", "raw:16:plain")
        return f"./{name}"

    def serve(self, image, name="nvram.sock"):
        path = self.directory / name
        return path, self.start(self.nonvol, "blob", "serve", image, "--socket", path)

    def end(self, process):
        process.wait(timeout=PATIENCE_SECONDS)
        return process.stdout.read(), process.stderr.read()

    def stop_all(self):
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()


# What a client can get wrong, and what it can get right. %C is a command with a text argument, %A that argument.
BEFORE_CAPABILITIES = [
    b'{"execute": "query-version", "id": 7}', b'{"execute": "nope"}', b"foo", b'foo{"execute": "query-version"}', b"[1, 2]",
    b"12", b'"abc"', b'{"execute": 1}', b"{}", b'{"execute": "qmp_capabilities", "extra": 1}',
    b'{"execute": "qmp_capabilities", "arguments": []}', b'{"execute": "qmp_capabilities", "arguments": {"x": 1}}',
]
AFTER_CAPABILITIES = [
    b'{"execute": "qmp_capabilities", "id": "x"}', b'{"execute": "nope", "id": 3}', b'{"execute": "%C"}',
    b'{"execute": "%C", "arguments": {"%A": 5}}', b'{"execute": "%C", "arguments": {"%A": "", "zzz": 5}}',
    b'{"execute": "%C", "id": {"a": [1, {"b": null}]}}', b'{"execute": ]', b'{"execute": "query-\nversion"}',
    b'{"execute": "nope", "execute": "nope"}', b'{"execute": "nope",}', b'{"execute" "nope"}', b'{"execute": "no\xff',
    b'{"execute": "nope", "id": "\xc3("}', b"]", b'{"execute": "query-version", "arguments": 5}', b"tru", b'"abc\n',
    b'{"return": {}}', b'{"execute": "query-version", "control": {}}', b'{"execute": "query-version", "arguments": {"a": 1}}',
    b'{"execute": "qu\\u0065ry-version", "id": 4}', b'{"execute":\n\n"nope"}{"execute": "nope"}',
]


def shape(value):
    """Names and types, all the way down."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return type(value).__name__


def comparable(answers, names):
    """Without what is QEMU's own: versions, the place and kind of a syntax error, and the names that were asked."""
    result = []
    for answer in answers:
        if "error" in answer:
            text = answer["error"]["desc"]
            for name in names:
                text = text.replace(f"'{name}'", "'%'")
            if text.startswith("JSON parse error, "):
                text = "JSON parse error, "
            answer = {**answer, "error": {**answer["error"], "desc": text}}
        else:
            answer = {**answer, "return": shape(answer["return"])}
        result.append(answer)
    return result


def same_as_qemu(world):
    world.need("qemu-system-x86_64")
    theirs_path = world.directory / "qemu.sock"
    qemu = world.start("qemu-system-x86_64", "-machine", "none", "-display", "none", "-nodefaults", "-qmp",
                       f"unix:{theirs_path},server=on,wait=off")
    ours_path, nonvol = world.serve(world.format())
    theirs, ours = Client(theirs_path, qemu), Client(ours_path, nonvol)
    equal("greeting", shape(ours.greeting), shape(theirs.greeting))

    def compare(request):
        asked = [request.replace(b"%C", command).replace(b"%A", argument)
                 for command, argument in ((b"human-monitor-command", b"command-line"), (b"nvram-get", b"name"))]
        wanted = comparable(theirs.answers_to(asked[0]), ["command-line"])
        found = comparable(ours.answers_to(asked[1]), ["name"])
        expect(wanted or b"query" in request, f"QEMU does not answer {asked[0]!r}")
        equal(f"answers to {asked[1]!r}", found, wanted)

    # Both refuse the marker too, with its id.
    for request in BEFORE_CAPABILITIES:
        compare(request)
    for client in (theirs, ours):
        equal("answer to qmp_capabilities", client.command("qmp_capabilities"), {"return": {}})
    for request in AFTER_CAPABILITIES:
        compare(request)
    commands = [client.result_of("query-commands") for client in (theirs, ours)]
    equal("shape of query-commands", shape(commands[1][0]), shape(commands[0][0]))
    both = {"qmp_capabilities", "query-version", "query-commands", "quit"}
    for listed in commands:
        expect(both <= {command["name"] for command in listed}, f"not all of {both} are listed")
    for client, process in ((theirs, qemu), (ours, nonvol)):
        equal("answer to quit", client.command("quit"), {"return": {}})
        equal("exit status after quit", process.wait(timeout=PATIENCE_SECONDS), 0)


def several_clients(world):
    path, server = world.serve(world.format())
    clients = [Client(path, server).negotiate() for _ in range(3)]
    blob = bytes(range(256)) * 32
    put = clients[0].result_of("nvram-put", name="tpm", data=base64.b64encode(blob).decode())
    equal("what nvram-put returns", put, {"name": "tpm", "generation": 1})
    for client in clients[1:]:
        got = client.result_of("nvram-get", name="tpm")
        equal("what another client gets", base64.b64decode(got["data"]), blob)
    # A format that is refused, here for want of a key, takes nothing away from anyone.
    encrypted = [{"name": "secret", "capacity-bytes": 64, "encrypted": True}]
    refused = clients[1].command("nvram-format", entries=encrypted, lose_contents=True)["error"]["desc"]
    expect("NV7301" in refused, f"an encrypted entry without a key: {refused}")
    refused = clients[1].command("nvram-format", entries=[{"name": "other", "capacity-bytes": 64}])["error"]["desc"]
    expect("NV7401" in refused, f"contents that nobody gave up: {refused}")
    equal("formatted", clients[1].result_of("query-nvram")["formatted"], True)
    got = clients[2].result_of("nvram-get", name="tpm")
    equal("what is there after refusals", base64.b64decode(got["data"]), blob)
    # A request in single bytes does not keep the others waiting.
    for byte in b'{"execute": "nvram-delete", "arguments": {"name": "tpm"':
        clients[1].send(bytes([byte]))
        expect("return" in clients[2].command("query-version"), "another client is not answered")
    clients[1].send(b"}}")
    equal("what nvram-delete returns", clients[1].line()["return"], {"name": "tpm", "generation": 2})
    entries = clients[2].result_of("query-nvram")["entries"]
    equal("states", [(entry["name"], entry["state"]) for entry in entries], [("tpm", "deleted"), ("raw", "present")])
    # One leaves in the middle of a request.
    clients[1].send(b'{"execute": ')
    clients[1].socket.close()
    clients[2].result_of("nvram-put", name="tpm", data="Zm9v")
    server.terminate()
    out, err = world.end(server)
    equal("exit status after SIGTERM: " + err, server.returncode, 0)
    expect("until SIGTERM" in out and "clients: 3" in out, out)
    expect(not path.exists(), "the socket is still there")
    equal("what is in the image", world.run("blob", "get", "./web.nvram", "tpm"), "foo")


def half_closed(world):
    """A client may stop sending before it reads, as `socat - UNIX:` does at the end of its input."""
    world.run("blob", "format", "./web.nvram", "--entry", "big:4M")
    path, server = world.serve("./web.nvram")
    client = Client(path, server).negotiate()
    blob = base64.b64encode(b"x" * (4 << 20)).decode()
    client.result_of("nvram-put", name="big", data=blob)
    for _ in range(8):
        client.send(b'{"execute": "nvram-get", "arguments": {"name": "big"}}')
    client.socket.shutdown(socket.SHUT_WR)
    for _ in range(8):
        equal("a late answer", client.line()["return"]["data"], blob)
    equal("what follows the last answer", client.socket.recv(1), b"")
    Client(path, server).negotiate().result_of("quit")
    equal("exit status", server.wait(timeout=PATIENCE_SECONDS), 0)


def fatal_error(world):
    """A medium that refuses one slot: every client hears of it once."""
    world.need("nbdkit")
    world.format()
    dump = json.loads(world.run("blob", "dump", "./web.nvram", "tpm", "--json"))
    slot = dump["entries"][0]["slots"][0]["offset_bytes"]
    disk = world.directory / "nbd.sock"
    world.start("nbdkit", "--foreground", "--exit-with-parent", "--unix", disk, "--filter=protect", "file", "web.nvram",
                f"protect={slot}-{slot + 4095}")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not disk.exists():
        expect(time.monotonic() < deadline, "nbdkit does not start")
        time.sleep(0.02)
    path, server = world.serve(f"nbd+unix:///?socket={disk}")
    first, second = (Client(path, server).negotiate() for _ in range(2))
    stranger = Client(path, server)
    first.result_of("nvram-put", name="raw", data=base64.b64encode(b"0123456789abcdef").decode())
    first.send(b'{"execute": "nvram-put", "arguments": {"name": "tpm", "data": "Zm9v"}}')
    heard = [first.line(), first.line()]
    errors = [answer["error"] for answer in heard if "error" in answer]
    equal("class of the error", [error["class"] for error in errors], ["GenericError"])
    for events in ([answer for answer in heard if "event" in answer], [second.line()]):
        equal("events", [event["event"] for event in events], ["NVRAM_FATAL_ERROR"])
        equal("shape of the event", shape(events[0]), {"timestamp": {"seconds": "int", "microseconds": "int"},
                                                       "event": "str", "data": {"image": "str", "desc": "str"}})
    # Nothing more is taken, and nothing more is announced.
    for _ in range(2):
        expect("NV7408" in second.command("nvram-put", name="raw", data="AAAAAAAAAAAAAAAAAAAAAA==")["error"]["desc"],
               "an update is taken after the failure")
    equal("events after the first", first.answers_to(b""), [])
    equal("query-nvram", first.result_of("query-nvram")["failed"], True)
    equal("what a client that did not negotiate heard", [answer for answer in stranger.answers_to(b"") if "event" in answer],
          [])
    first.result_of("quit")
    equal("exit status after a failure", server.wait(timeout=PATIENCE_SECONDS), 6)


def sockets(world):
    """Whose a name is, and what is left behind."""
    image = world.format()
    path, server = world.serve(image)
    Client(path, server).negotiate()
    equal("mode of the socket", stat.S_IMODE(os.stat(path).st_mode), 0o600)
    other = world.format("other.nvram")
    expect("NV5005" in world.end(world.serve(other)[1])[1], "the name of a living server is taken")
    server.send_signal(signal.SIGKILL)
    world.end(server)
    expect(path.exists(), "a killed server leaves its socket")
    path, server = world.serve(other)
    Client(path, server).negotiate().result_of("quit")
    equal("exit status", server.wait(timeout=PATIENCE_SECONDS), 0)
    expect(not path.exists(), "the socket is still there")
    path.write_text("mine")
    expect("NV5005" in world.end(world.serve(other)[1])[1], "a file is replaced by a socket")
    equal("the file", path.read_text(), "mine")
    expect("NV1001" in world.end(world.serve(other, "x" * 120)[1])[1], "a path that no socket can have is taken")


def locked(world):
    """The image belongs to the server as long as it runs, whether formatted or not."""
    world.need("qemu-img")
    (world.directory / "new.nvram").write_bytes(b"")
    path, server = world.serve("./new.nvram")
    client = Client(path, server).negotiate()
    equal("an empty file", client.result_of("query-nvram"), {"image": "./new.nvram", "formatted": False})
    client.result_of("nvram-format", entries=[{"name": "tpm", "capacity-bytes": 4032}])
    client.result_of("nvram-put", name="tpm", data="Zm9v")
    world.run("blob", "delete", "./new.nvram", "tpm", "--wait-ms", "0", status=4)
    busy = subprocess.run(["qemu-io", "-f", "raw", "-c", "write 0 512", "new.nvram"], cwd=world.directory, check=False,
                          capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    expect("lock" in busy.stderr, f"qemu-io writes to the image: {busy}")
    client.result_of("quit")
    equal("exit status", server.wait(timeout=PATIENCE_SECONDS), 0)
    world.run("blob", "delete", "./new.nvram", "tpm", "--wait-ms", "0")


SCENARIOS = [same_as_qemu, several_clients, half_closed, fatal_error, sockets, locked]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nonvol", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("scenario", nargs="+", choices=[scenario.__name__ for scenario in SCENARIOS])
    options = parser.parse_args()
    for scenario in SCENARIOS:
        if scenario.__name__ not in options.scenario:
            continue
        with tempfile.TemporaryDirectory() as directory:
            world = World(options.nonvol, pathlib.Path(directory))
            try:
                scenario(world)
            except Skip as reason:
                print(f"{scenario.__name__}: skipped: {reason}")
                return SKIPPED
            except Failure as failure:
                print(f"{scenario.__name__}: {failure}")
                return 1
            finally:
                world.stop_all()
        print(f"{scenario.__name__}: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
