"""One system call of PID 1 fails, and it lives on: every call that it makes below its mark, one after the other.

strace is attached to init alone, from outside its namespaces, once it is up. Which calls it makes, and how often, is seen by playing a
scene without a fault; then the scene is played again and again and in each play one of these calls fails. Whoever asks again gets what
he wants, nothing is lost for good, no descriptor and no zombie is left, and init sleeps. The sanitizers' own calls would be in the way:
a build that has them is represented by the plain one.

Left out is what cannot fail with right arguments, and close(): the kernel frees the descriptor whatever it answers, while a call that is
made to fail from outside is not made at all.
"""
import collections
import contextlib
import functools
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from world import BIN, LIMIT, ROOT, UNSHARE, World, values

PROGRAM = (ROOT / "build/dev" if "asan" in BIN.name else BIN) / "init"
ROOT_USER = os.getuid() == 0
SPACE = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child=KILL"] if ROOT_USER else UNSHARE
PARTS = 4  # of one test each, side by side; in half of them init relays what services write
EACH = 8  # the first so many calls of a name fail one by one,
SPREAD = 4  # then so many of the rest
PATIENCE = 0.25  # seconds until somebody asks again
NUDGE = "once other"  # something else dies: for a death that could not be heard of

ERRORS = {
    "accept4": ["EMFILE", "ECONNABORTED"],
    "access": ["ENOMEM"],
    "clone": ["EAGAIN", "ENOMEM"],
    "clone3": ["EAGAIN", "ENOMEM"],
    "epoll_ctl": ["ENOSPC", "ENOMEM"],
    "epoll_pwait": ["EINTR", "EBADF"],
    "epoll_wait": ["EINTR", "EBADF"],
    "faccessat": ["ENOMEM"],
    "faccessat2": ["ENOMEM"],
    "fcntl": ["EMFILE"],
    "fork": ["EAGAIN", "ENOMEM"],
    "getdents64": ["EIO", "ENOMEM"],
    "getsockopt": ["ENOBUFS"],
    "inotify_add_watch": ["ENOSPC"],
    "kill": ["EPERM"],
    "openat": ["EMFILE", "EIO"],
    "open": ["EMFILE", "EIO"],
    "pipe2": ["EMFILE", "ENFILE"],
    "poll": ["EINTR", "ENOMEM"],
    "read": ["EIO", "EINTR"],
    "recvfrom": ["ECONNRESET", "EINTR"],
    "sendto": ["EPIPE", "EAGAIN"],
    "vfork": ["EAGAIN", "ENOMEM"],
    "wait4": ["ECHILD"],
    "waitid": ["ECHILD"],
    "write": ["EAGAIN", "ENOSPC"],
}
OTHERWISE = ["ENOMEM", "EPERM"]
CANNOT_FAIL = {"close", "exit", "exit_group", "restart_syscall", "rt_sigreturn", "rt_sigprocmask", "rt_sigaction",
               "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "clock_gettime"}


class Lost(AssertionError):
    """Something that never came, or PID 1 is dead."""


def injection(name, error, n):
    return ["-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={n}"]


class Strace:
    """Attached to one process, or with -f also to all that it makes; detached at the end of a with."""

    def __init__(self, pid, trace, *arguments):
        self.trace, self.arguments = Path(trace), [*arguments, "-p", str(pid)]

    def __enter__(self):
        self.process = subprocess.Popen(["strace", "-o", self.trace, *self.arguments], stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        assert "attached" in line, line
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=LIMIT)

        self.text = self.trace.read_text(errors="replace")


class Scene:
    """A world, and what is played in it."""

    passing = ("fresh", "fresh/log", "proof", "proof/log")  # all others are there for ever

    def __init__(self, **environ):
        self.environ = environ
        self.world = World(tempfile.mkdtemp(prefix="moult-"), [*SPACE, "sh", "-c", f'shift; exec {PROGRAM} "$@"', "sh"])
        self.world.directory.chmod(0o755)
        self.trace = self.world.directory / "trace"
        self.whole = 0  # descriptors, when all is up and nobody asks

    def begin(self):
        world = self.world
        world.service("db", "note 1 exit 15 0 ready out db-up pause", notification_fd="3")
        user = {"user": "nobody"} if ROOT_USER else {}
        world.service("web", "note 1 exit 15 0 out web-up pause", after="db", limits="nofile 256\n", **user)
        world.write("web/env/FOO", "a value")
        world.service("tick", "orphans 3 end 0", down="")
        world.service("other", "end 0", down="")
        world.script("web/control/1", "exit 0")
        world.start(**self.environ)
        for name in ("db", "web"):
            self.want(name, [], lambda s: s["state"] == "run" and s["ready"] == "1")
        for name in ("tick", "other"):  # what is opened for a service when it first runs
            self.want(name, [f"once {name}"], lambda s: s["state"] == "down" and s["deaths"] != "0")
        self.rest()
        self.whole = self.descriptors()
        return self

    def end(self):
        self.world.end()

    # --- asking, and asking again

    def drain(self):
        """Reads what init and the services write, for they must not find a full pipe."""
        out = self.world.process.stdout.fileno()
        os.set_blocking(out, False)
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(out, 65536):
                self.world.output += piece
        os.set_blocking(out, True)

    def pause(self, deadline, what):
        self.drain()
        if self.world.process.poll() is not None:
            raise Lost(f"PID 1 ended with {self.world.process.returncode} at: {what}")
        if time.monotonic() > deadline:
            raise Lost(f"never came: {what}")
        time.sleep(0.003)

    def ask(self, request):
        """The packets of the answer, or None: whoever is turned away or cut off may come again."""
        try:
            packets = self.world.ask(request)
        except TimeoutError:
            raise Lost(f"no answer to: {request}") from None
        except OSError:
            return None
        return None if packets[-1] == "" or packets[-1].startswith(("err full", "err system")) else packets

    def want(self, name, requests, true):
        """Asks for it, and when nothing came of it for the next in requests, until the status of the service is as wanted."""
        deadline, again, turn = time.monotonic() + LIMIT, 0, itertools.cycle(requests)
        while True:
            if time.monotonic() >= again and requests and self.ask(next(turn)):
                again = time.monotonic() + PATIENCE
            packets = self.ask(f"status {name}")
            if packets:
                status = values(packets[0]) if packets[-1] == "ok" else None
                if not status and name not in self.passing:
                    raise Lost(f"{name} is no more, which nobody wanted")
                if true(status):
                    return status
            self.pause(deadline, f"{requests}: {name} is {packets}")

    def rest(self):
        """Until init sleeps, has no dead child, and holds what it held at the start."""
        deadline, last = time.monotonic() + LIMIT, None
        while True:
            stat = Path(f"/proc/{self.world.pid}/status").read_text()
            now = ("State:\tS" in stat, re.findall(r"switches:\t(\d+)", stat))
            if now[0] and now == last and not self.dead():
                return
            last = now
            self.pause(deadline, f"init rests; sleeping, switches: {now}, dead children: {self.dead()}")

    def dead(self):
        pid = self.world.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        dead = []
        for child in children:
            with contextlib.suppress(OSError):  # reaped meanwhile
                dead += [child] if ") Z " in Path(f"/proc/{child}/stat").read_text() else []
        return dead

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.world.pid}/fd"))

    # --- what is played

    def appear(self, name):
        hidden = "." + name
        self.world.script(f"{hidden}/log/run", "exec $SERV copy /dev/null")
        self.world.script(f"{hidden}/finish", "exit 0")
        self.world.script(f"{hidden}/check", "exit 0")
        self.world.later(name, "note 1 exit 15 0 out fresh-up pause", listen=f"unix {self.world.directory}/{name}\n")
        # without asking, if inotify or the scan that it leads to is not what fails
        self.want(name, ["rescan"], lambda s: s and s["state"] == "run" and s["ready"] == "1" and s["log"] == "run")

    def disappear(self, name):
        os.rename(self.world.svdir / name, self.world.svdir / ".gone")
        self.want(name, ["rescan", f"term {name}", NUDGE], lambda s: not s)
        self.want(f"{name}/log", ["rescan", f"term {name}/log", NUDGE], lambda s: not s)
        shutil.rmtree(self.world.svdir / ".gone")

    def comes_back(self, name):
        before = self.want(name, [f"up {name}"], lambda s: s["state"] == "run")
        self.want(name, [f"kill {name}", f"up {name}", NUDGE], lambda s: s["state"] == "run" and s["pid"] != before["pid"])

    def live(self):
        self.appear("fresh")
        self.comes_back("db")
        while self.ask("1 web") is None:
            pass
        self.want("web", ["down web", "term web", NUDGE], lambda s: s["state"] == "down")
        self.want("web", ["up web", "up db", "term db"], lambda s: s["state"] == "run")
        self.world.signal(signal.SIGHUP)
        deaths = self.want("tick", [], lambda s: s["state"] == "down")["deaths"]
        self.want("tick", ["once tick", NUDGE], lambda s: s["state"] == "down" and s["deaths"] != deaths)
        for request in ("status", "no such request"):
            while self.ask(request) is None:
                pass
        self.disappear("fresh")

    def is_whole(self):
        """Nothing fails any more: what was there is there, and what is new comes up."""
        self.want("db", ["up db", "term db"], lambda s: s["state"] == "run" and s["ready"] == "1")
        self.want("web", ["up web", "up db", "term db"], lambda s: s["state"] == "run")
        self.appear("proof")
        self.disappear("proof")
        self.rest()
        deadline = time.monotonic() + LIMIT
        while self.descriptors() > self.whole:
            self.pause(deadline, f"descriptors: {self.descriptors()}, at the start: {self.whole}")


class Last(Scene):
    """The scene of the end: one obedient, one deaf, one with a logger, one left over by somebody."""

    def begin(self):
        world = self.world
        world.service("app", "exit 15 7 out up pause", essential="", after="db")
        world.service("db", "exit 15 0 pause")
        world.script("db/log/run", "exec $SERV copy /dev/null")
        world.script("db/finish", "exit 0")
        world.service("deaf", "sleeper ignore 15 out up pause", timeout_kill="20")
        world.start(SVWAIT="1", **self.environ)
        world.expect("up", 2)
        for name in ("app", "db", "deaf", "db/log"):
            self.want(name, [], lambda s: s["state"] == "run")
        self.rest()
        self.whole = self.descriptors()
        return self

    def live(self):
        self.world.signal(signal.SIGTERM)
        try:
            code = self.world.finish()
        except AssertionError:
            raise Lost(f"does not end within {LIMIT} s") from None
        if code not in (7, 137):  # the second: what could not be told to go was killed in the end
            raise Lost(f"ended with {code}")


class Stage:
    """Holds the scene that is there, and clears it away."""

    def __init__(self, kind):
        self.kind, self.present = kind, None

    def scene(self):
        if not self.present:
            self.present = self.kind()
            self.present.begin()
        return self.present

    def clear(self):
        if self.present:
            self.present.end()
        self.present = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.clear()


def made(trace):
    """name -> how often, in a trace of one process."""
    return collections.Counter(re.findall(r"^(\w+)\(", trace, re.M))


def names_of_children(scene):
    """Of the calls between the birth of a child and its exec."""
    before = scene.want("web", [], lambda s: s["state"] == "run")
    with Strace(scene.world.pid, scene.trace, "-f") as strace:
        scene.want("web", ["kill web"], lambda s: s["state"] == "run" and s["pid"] != before["pid"])
    trace = strace.text
    names, done = set(), set(re.findall(r"^\d+", trace)[:1])
    for pid, name in re.findall(r"^(\d+) +(\w+)\(", trace, re.M):
        names |= {name} if pid not in done else set()
        done |= {pid} if name == "execve" else set()
    assert "execve" in names and len(names) > 5
    return sorted(names - CANNOT_FAIL)


def which(count):
    """The calls of one name that are made to fail."""
    rest = count - EACH
    return [*range(1, min(count, EACH) + 1), *sorted({EACH + 1 + rest * i // SPREAD for i in range(SPREAD) if rest > 0})]


def plays(kind):
    """(name, error, n) for every fault of a scene, from a play without one."""
    with Stage(kind) as stage:
        scene = stage.scene()
        with Strace(scene.world.pid, scene.trace) as strace:
            scene.live()
    counts = made(strace.text)
    print(sorted(counts.items()))  # shown with a failure
    assert counts["openat"] + counts["open"] > 5 and counts["write"], counts
    return [(name, error, n) for name, count in sorted(counts.items()) if name not in CANNOT_FAIL
            for error in ERRORS.get(name, OTHERWISE) for n in which(count)]


class Faults:
    """Counts what was made to fail, and keeps what came of it."""

    def __init__(self):
        self.injected, self.found = collections.Counter(), []

    def play(self, scene, fault):
        strace = Strace(scene.world.pid, scene.trace, *injection(*fault))
        try:
            with strace:
                scene.live()
        finally:
            self.injected[fault[0]] += "(INJECTED)" in strace.text
        if scene.world.process.poll() is None:
            scene.is_whole()

    def play_child(self, scene, fault):
        deaths = scene.want("web", ["up web"], lambda s: s["state"] == "run").get("deaths")
        with Strace(scene.world.pid, scene.trace, *injection(*fault), "-f") as strace:
            scene.want("web", ["kill web"], lambda s: s["deaths"] != deaths and s["state"] in ("run", "backoff"))
        self.injected[fault[0]] += strace.text.count("(INJECTED)")
        scene.want("web", ["down web"], lambda s: s["state"] == "down")  # and the back-off begins anew
        scene.is_whole()

    @contextlib.contextmanager
    def kept(self, stage, fault):
        """What gets lost meanwhile is for the end, and the next fault has another world."""
        try:
            yield fault
        except Lost as lost:
            scene = stage.scene()
            scene.drain()
            tail = scene.world.output.decode(errors="replace").splitlines()[-6:]
            self.found.append(f"{':'.join(map(str, fault))}: {lost}\n    " + "\n    ".join(tail))
            stage.clear()

    def tell(self, capsys, what):
        with capsys.disabled():
            names = ", ".join(f"{name} {count}" for name, count in sorted(self.injected.items()))
            print(f"\nfaults, {what}: {sum(self.injected.values())} calls failed: {names}", file=sys.stderr)
        assert not self.found, f"{len(self.found)} found\n" + "\n".join(self.found)


@pytest.mark.parametrize("part", range(PARTS))
def test_lives_on(part, capsys):
    faults, kind = Faults(), functools.partial(Scene, LOG_FORMAT="json" if part % 2 else "text")
    with Stage(kind) as stage:
        for fault in plays(kind)[part::PARTS]:
            with faults.kept(stage, fault):
                faults.play(stage.scene(), fault)
    faults.tell(capsys, "while it lives")


@pytest.mark.parametrize("part", range(PARTS))
def test_ends_in_time(part, capsys):
    faults, kind = Faults(), functools.partial(Last, LOG_FORMAT="json" if part % 2 else "text")
    for fault in plays(kind)[part::PARTS]:
        with Stage(kind) as stage, faults.kept(stage, fault):
            faults.play(stage.scene(), fault)
    faults.tell(capsys, "while it ends")


def test_a_child_fails_before_its_exec(capsys):
    """The first call of each name that is made on the way from PID 1 to the program fails in every child, and in what becomes of it:
    the service is tried again, and comes up when nothing fails any more."""
    faults = Faults()
    with Stage(Scene) as stage:
        for name in names_of_children(stage.scene()):
            with faults.kept(stage, (name, ERRORS.get(name, OTHERWISE)[0], 1)) as fault:
                faults.play_child(stage.scene(), fault)
    faults.tell(capsys, "in its children")
