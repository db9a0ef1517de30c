"""Drives moult-fetch and moult-unpack as the updater does: a SEQPACKET socket as descriptor 0, the others by number."""
import fcntl
import os
import pathlib
import socket
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / os.environ.get("MOULT_BIN", "build/asan")


class Answer:
    """What a job said: packets as dicts, and its last word."""

    def __init__(self, packets, status, log):
        self.packets = [dict(line.split("=", 1) for line in p.splitlines()) for p in packets[:-1]]
        self.last = packets[-1] if packets else ""
        self.status = status
        self.log = log

    @property
    def ok(self):
        return self.last == "ok" and self.status == 0

    @property
    def code(self):
        """The error code; None when it went well, and when it did not even refuse as it should."""
        return self.last.split(" ")[1] if self.last.startswith("err ") and self.status == 0 else None

    def of(self, kind):
        return [p for p in self.packets if p.get("kind") == kind]

    def one(self, kind):
        (packet,) = self.of(kind)
        return packet

    def __repr__(self):
        return f"{self.packets} {self.last!r} status {self.status} log {self.log!r}"


class Job:
    """A started job. `fds` maps the child's descriptor numbers to ours; `prefix` is a command that starts it."""

    def __init__(self, program, request, fds=None, env=None, prefix=()):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.log = tempfile.TemporaryFile()
        null = os.open(os.devnull, os.O_RDWR)
        wanted = {0: theirs.fileno(), 1: null, 2: self.log.fileno(), **(fds or {})}
        # Sources first move out of the way of the targets, then dup2 puts them in place without close-on-exec.
        high = {n: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for n, fd in wanted.items()}
        argv = [*prefix, str(BIN / program)]
        environment = {"PATH": os.environ["PATH"], **(env or {})}
        try:
            self.pid = os.posix_spawn(argv[0], argv, environment,
                                      file_actions=[(os.POSIX_SPAWN_DUP2, fd, n) for n, fd in high.items()])
        finally:
            for fd in (*high.values(), null):
                os.close(fd)
        theirs.close()
        if request is not None:
            self.say(request)

    def say(self, request):
        self.socket.send("\n".join(f"{k}={v}" for k, v in request.items()).encode())

    def packet(self, timeout=60):
        """The next packet as text, None at the end."""
        self.socket.settimeout(timeout)
        try:
            got = self.socket.recv(65536)
        except ConnectionResetError:
            return None
        return got.decode() if got else None

    def finish(self, first=()):
        """Receives everything up to the end."""
        packets = [*first]
        while (p := self.packet()) is not None:
            packets.append(p)
        self.socket.close()
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self.log.seek(0)
        return Answer(packets, status, self.log.read().decode(errors="replace"))


def run(program, request, **options):
    return Job(program, request, **options).finish()
