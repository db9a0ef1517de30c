"""A world with init as its real PID 1: own user, pid and mount namespaces, made by unshare; no root needed.

Tests wait for what init or a service says, never for time: a deadline is only what makes a test fail.
"""
import os
import select
import shutil
import socket
import subprocess
import time
from pathlib import Path
from signal import SIGTERM

ROOT = Path(__file__).resolve().parents[2]
BIN = (ROOT / os.environ.get("MOULT_BIN", "build/asan")).resolve()
SERV = ROOT / "build/dev/serv"
LIMIT = 10  # seconds until a test has failed
AS_ROOT = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child=KILL"]  # with every user there is
UNSHARE = ["unshare", "--user", "--map-root-user", "--fork", "--pid", "--mount-proc", "--kill-child=KILL"]


class Wire:
    """A client of the control socket."""

    def __init__(self, path, limit):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(path)
        self.socket.settimeout(limit)

    def send(self, request):
        self.socket.send(request if isinstance(request, bytes) else request.encode())

    def receive(self):
        return self.socket.recv(65536).decode()

    def ask(self, request):
        """All packets of one answer, the last one included."""
        self.send(request)
        packets = []
        while True:
            packet = self.receive()
            packets.append(packet)
            if packet in ("", "ok") or packet.startswith("err "):
                return packets

    def close(self):
        self.socket.close()


def values(packet):
    return dict(line.split("=", 1) for line in packet.splitlines())


class World:
    def __init__(self, directory, wrapper=UNSHARE):
        self.directory = Path(directory)
        self.svdir = self.directory / "service"
        self.run_dir = self.directory / "run"
        self.svdir.mkdir()
        self.wrapper = wrapper
        self.process = None
        self.output = bytearray()  # grows in place: some write megabytes, in small pieces
        self.wire_limit = LIMIT
        self.environ = {"PATH": os.environ["PATH"], "SVDIR": str(self.svdir), "RUN_DIR": str(self.run_dir),
                        "SERV": str(SERV), "ASAN_OPTIONS": "detect_leaks=0", "UBSAN_OPTIONS": "print_stacktrace=1"}

    # --- before the start

    def write(self, path, text, mode=0o644):
        path = self.svdir / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def script(self, path, text):
        self.write(path, "#!/bin/sh\n" + text + "\n", 0o755)

    def service(self, name, words, **files):
        """A service that is serv with these words; files: others in its directory, _ for -."""
        for file, text in files.items():
            self.write(f"{name}/{file.replace('_', '-')}", text)
        self.script(f"{name}/run", f"exec $SERV {words}")

    def later(self, name, words, **files):
        """A service directory that appears all at once."""
        hidden = "." + name
        self.service(hidden, words, **files)
        os.rename(self.svdir / hidden, self.svdir / name)

    # --- running it

    def start(self, *arguments, stdin=subprocess.DEVNULL, expect_socket=True, **environ):
        env = {**self.environ, **environ}
        env = {name: value for name, value in env.items() if value is not None}
        self.process = subprocess.Popen([*self.wrapper, str(BIN / "init"), *arguments], env=env, stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
        if expect_socket:
            self.wait_until(self.listens)
        return self

    def listens(self):
        try:
            self.wire().close()
        except OSError:
            return False
        return True

    @property
    def pid(self):
        """PID 1, as it is called outside."""
        if "--fork" not in self.wrapper:
            return self.process.pid
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])

    def signal(self, number):
        os.kill(self.pid, number)

    def read_some(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
            raise AssertionError(f"not within {LIMIT} s; the output was:\n" + self.output.decode(errors="replace"))
        piece = os.read(self.process.stdout.fileno(), 65536)
        self.output += piece
        return piece

    def expect(self, text, count=1, limit=LIMIT):
        """Waits until the output holds text so many times."""
        deadline = time.monotonic() + limit
        wanted, found, at, ended = text.encode(), 0, 0, False
        while found < count:
            next_one = self.output.find(wanted, at)
            if next_one != -1:
                found, at = found + 1, next_one + len(wanted)
                continue
            if ended:
                raise AssertionError(f"ended without {text!r}; the output was:\n"
                                     + self.output.decode(errors="replace"))
            at = max(at, len(self.output) - len(wanted) + 1)  # what has been looked through stays so
            ended = not self.read_some(deadline)

    def wait_until(self, true):
        """Only for what nobody announces: looks again whenever something is written, and every 10 ms."""
        deadline = time.monotonic() + LIMIT
        while not true():
            if self.process.poll() is not None:
                self.finish()
                raise AssertionError("init ended:\n" + self.output.decode(errors="replace"))
            if time.monotonic() > deadline:
                raise AssertionError("not in time; the output was:\n" + self.output.decode(errors="replace"))
            if select.select([self.process.stdout], [], [], 0.01)[0]:
                self.output += os.read(self.process.stdout.fileno(), 65536)

    def finish(self):
        """Waits for the end, and returns the exit code."""
        deadline = time.monotonic() + LIMIT
        while self.read_some(deadline):
            pass
        return self.process.wait(LIMIT)

    def stop(self, number=SIGTERM):
        self.signal(number)
        return self.finish()

    def lines(self):
        return self.output.decode(errors="replace").splitlines()

    # --- asking it

    def wire(self):
        return Wire(str(self.run_dir / "init.sock"), self.wire_limit)

    def ask(self, request):
        wire = self.wire()
        try:
            return wire.ask(request)
        finally:
            wire.close()

    def status(self, service):
        return values(self.ask(f"status {service}")[0])

    def watch(self, service, true):
        """Waits until the status of a service, as watch tells it, is as wanted; returns that status."""
        wire = self.wire()
        wire.send(f"watch {service}")
        try:
            while True:
                packet = wire.receive()
                assert packet and not packet.startswith("err "), f"{service}: {packet!r}"
                if true(values(packet)):
                    return values(packet)
        finally:
            wire.close()

    def sv(self, *arguments, **environ):
        env = {**self.environ, **environ}
        return subprocess.run([str(BIN / "sv"), *arguments], env=env, capture_output=True, text=True, timeout=LIMIT * 2)

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()  # unshare takes PID 1 with it
            self.process.wait()
        if self.process is not None:
            self.process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)
