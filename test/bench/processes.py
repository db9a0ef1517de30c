"""processes: what /proc says of the processes of one container."""
import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from pathlib import Path

KIB = 1024
DEADLINE = 60


def children(pid):
    try:
        return [int(child) for task in os.listdir(f"/proc/{pid}/task")
                for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    except OSError:
        return []


def descendants(pid):
    found = children(pid)
    for child in found:
        found = found + descendants(child)
    return found


def name(pid):
    """Of the program, not of the script it runs."""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe")).removesuffix(" (deleted)")
    except OSError:
        return ""


def _fields(path):
    return dict(line.split(":", 1) for line in Path(path).read_text().splitlines() if ":" in line)


def pss(pid):
    """Bytes; pages shared with n processes count one n-th."""
    return int(_fields(f"/proc/{pid}/smaps_rollup")["Pss"].split()[0]) * KIB


def peak(pid):
    return int(_fields(f"/proc/{pid}/status")["VmHWM"].split()[0]) * KIB


def voluntary_switches(pid):
    return int(_fields(f"/proc/{pid}/status")["voluntary_ctxt_switches"])


def switches(pid):
    return voluntary_switches(pid) + int(_fields(f"/proc/{pid}/status")["nonvoluntary_ctxt_switches"])


def state(pid):
    """The letter that ps shows; Z for what is no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def settle(condition, what, timeout=DEADLINE):
    """Waits for what /proc shows and nothing announces. Returns what the condition gave."""
    end = time.monotonic() + timeout
    while not (found := condition()):
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {timeout} s")
        time.sleep(0.005)
    return found


def calm(pids, looks=4):
    """Waits until all of them sleep, and did so a few times in a row."""
    seen = 0

    def asleep():
        nonlocal seen
        seen = seen + 1 if all(state(pid) == "S" for pid in pids()) else 0
        return seen >= looks
    settle(asleep, "the processes come to rest")


class Log:
    """The lines of a stream, read by a thread; each with the time of its arrival."""

    def __init__(self, stream):
        self.lines = []
        self._changed = threading.Condition()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        for line in stream:
            with self._changed:
                self.lines.append((time.monotonic(), line.rstrip("\n")))
                self._changed.notify_all()

    def mark(self):
        return len(self.lines)

    def wait(self, text, after=0, timeout=DEADLINE):
        """When the first line from `after` on that holds the text came."""
        def find():
            return next((at for at, line in self.lines[after:] if text in line), None)
        with self._changed:
            self._changed.wait_for(find, timeout)
            found = find()
        if found is None:
            raise RuntimeError(f"no {text!r} in the log within {timeout} s; the last lines:\n{self.tail()}")
        return found

    def tail(self):
        """For messages."""
        return "\n".join(line for _, line in self.lines[-30:])


@contextlib.contextmanager
def undisturbed():
    """What is started within goes before everything else that the machine does, where that is allowed."""
    usual = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        pass
    try:
        yield
    finally:
        os.sched_setscheduler(0, *usual)


def namespaces(*more):
    """The command that makes its command PID 1; without root in a user namespace of its own."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--pid", "--fork", "--mount-proc", "--kill-child", *more, "--"]


class Container:
    """A command as PID 1 of its own pid namespace. All of it dies when this is stopped."""

    def __init__(self, command, environment):
        self._unshare = subprocess.Popen(namespaces() + [str(word) for word in command], env=environment, text=True,
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.log = Log(self._unshare.stdout)

    def wait(self):
        """Its exit code, when it has ended by itself."""
        return self._unshare.wait(DEADLINE)

    @property
    def pid1(self):
        return next(iter(children(self._unshare.pid)), None)

    def pids(self):
        return [self.pid1, *descendants(self.pid1)] if self.pid1 else []

    def stop(self):
        first = self.pid1
        try:
            end = os.pidfd_open(first) if first else None
        except ProcessLookupError:
            end = None
        self._unshare.send_signal(signal.SIGKILL)
        self._unshare.wait()
        if end is not None:
            select.select([end], [], [], DEADLINE)
            os.close(end)
