"""A world in which the updater and its jobs are the real ones: they ask a forge on loopback and unpack its archives. Only
init is a thread (fake_world), and the app is a witness: at each of its starts it looks at every byte that it finds, and it
writes as an app does. What it finds wrong, and what is wrong at the end, is in `wrong`.

    with RealWorld(path, forge) as w:
        w.start_app()                       # v1.0.0 runs, and has written
        w.trace("-n", 17, "-a", "kill")     # see tracer.c
        w.start(); w.wait_end()             # until that killed it, or v1.1.0 is in place
        w.trace(); w.start(); w.wait_settled("v1.1.0")
        w.check("v1.1.0")
"""
import contextlib
import hashlib
import json
import os
import re
import socket
import subprocess
import sys

from fake_world import BIN, ROOT, TIMEOUT, Init, World

sys.path.insert(0, str(ROOT / "test" / "forge"))
import archives  # noqa: E402
from forge import Forge  # noqa: E402

OWN, SHIPPED = "data/journal", "config"  # what the app writes: a file of its own, and one that the release brought
FAR = 86400
LARGE = "v1.2.0"  # the tag of a release of 21 MB that hardly weigh anything on their way
SETTLED = re.compile(r"is in place$|is the newest$|trying again in|; back to v|nothing to go back to|was tried and is bad|"
                     "the app runs without updates$")


def build_tracer():
    env = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    subprocess.run(["make", "-s", "-C", str(ROOT), "build/test/tracer"], check=True, env=env)
    return ROOT / "build" / "test" / "tracer"


def files_of(tag, app="good"):
    """What a release holds: path -> (bytes, mode)."""
    large = {"large": (b"much of the same\n" * (20 << 16), 0o644)} if tag == LARGE else {}
    return large | {"run": (f"{app} {tag}".encode(), 0o755), "bin/tool": (b"#!/bin/sh\necho %s\n" % tag.encode(), 0o755),
            "config": (f"shipped by {tag}".encode(), 0o644), "share/doc/help": (tag.encode() * 3000, 0o644),
            f"only-in-{tag}": (b"", 0o644)}


class Witness(Init):
    """The app, as far as a disk sees it."""

    def __init__(self, world):
        super().__init__(world)
        self.wrong = []
        self.quiet = False  # it writes nothing any more
        self.journal = b""
        self.edits = {}  # tag -> what it made of the shipped file
        self.apps = {}   # tag -> the first word of its `run`

    def expect(self, condition, what):
        if not condition:
            self.wrong.append(f"life {len(self.lives)}, {self.lives[-1] if self.lives else 'none'}: {what}")

    def _read(self, path):
        try:
            return (self.world.state_dir / "current" / path).read_bytes()
        except OSError as error:
            return error.strerror

    def look(self, tag):
        """Everything below `current` is of this release, or the app's."""
        for path, (data, _) in files_of(tag, self.apps.get(tag, "good")).items():
            wanted = self.edits.get(tag, data) if path == SHIPPED else data
            self.expect(self._read(path) == wanted, f"{path} is not {tag}'s but {self._read(path)!r:.60}")
        if self.journal:
            self.expect(self._read(OWN) == self.journal, f"{OWN} has lost a line")
        for other, text in self.edits.items():
            if other != tag:
                self.expect(self._read(f"{SHIPPED}.local-{other}") == text, f"what was edited in {other} is lost")
        there = {str(p.relative_to(self.world.state_dir / "current")) for p in (self.world.state_dir / "current").rglob("*")
                 if not p.is_dir()}
        own = {OWN, "data/link", *(f"{SHIPPED}.local-{other}" for other in self.edits)}
        self.expect(there <= own | set(files_of(tag)), f"there is more than that: {sorted(there - own - set(files_of(tag)))}")

    def write(self, tag, what):
        if self.quiet:
            return
        top = self.world.state_dir / "current"
        line = f"{what} of life {len(self.lives)} in {tag}\n".encode()
        (top / "data").mkdir(exist_ok=True)
        if not self.journal:
            (top / "data/link").symlink_to("journal")
        for path in (OWN, SHIPPED):
            with open(top / path, "ab") as file:
                file.write(line)
        self.journal += line
        self.edits[tag] = self.edits.get(tag, files_of(tag)[SHIPPED][0]) + line

    def app_starts(self, text):
        if len(text.split()) != 2:
            self.wrong.append(f"run is not whole: {text!r}")
            return
        tag = text.split()[1]
        self.look(tag)
        if not self.wrong:
            self.write(tag, "start")

    def reboot(self):
        """The container was killed and starts anew."""
        with self.changed:
            self.pid, self.ready, self.state, self.want = 0, False, "wait", "up"
            self.deaths, self.blocked = 0, True
            for watcher in self.watchers:
                watcher.close()
            self.watchers.clear()

    def app_stops(self):
        if self.lives and not self.wrong:
            self.write(self.lives[-1].split()[1], "end")


def open_forge():
    """One that has patience with thousands of runs an hour."""
    forge = Forge(plain=True)
    forge.quota.anonymous = sys.maxsize
    return forge


def publish(forge, tag, app="good"):
    forge.publish(tag, archives.release(tag, files_of(tag, app), project="demo"))


def is_json(text):
    with contextlib.suppress(ValueError):
        return bool(json.loads(text))
    return False


class RealWorld(World):
    may_tear = 0  # lines of the history: one, where the power was cut

    def __init__(self, path, forge, apps=(), **env):
        super().__init__(path, Witness)
        self.helpers = BIN
        self.forge_server = forge
        self.init.apps = dict(apps)
        self.env |= {"GH_USER": forge.owner, "GH_REPO": forge.repo, "GH_URL": forge.url, "GH_API": forge.api,
                     "SLEEP": str(FAR), "VERBOSE": "1", "ASAN_OPTIONS": "detect_leaks=0", **env}

    def install(self, tag, app="good", link=True):
        """On disk as an update of long ago left it."""
        tree = self.state_dir / "releases" / tag
        lines = [f"moult-manifest 1 {tag} demo.tar.gz sha256:{hashlib.sha256(tag.encode()).hexdigest()} 1700000000"]
        for path, (data, mode) in files_of(tag, app).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(data)
            (tree / path).chmod(mode)
            lines.append(f"f {mode:04o} {len(data)} {hashlib.sha256(data).hexdigest()} {path}")
        lines += [f"d 0755 - - {path.relative_to(tree)}" for path in tree.rglob("*") if path.is_dir()]
        (self.state_dir / "releases" / f"{tag}.files").write_text("\n".join(lines) + "\n")
        if link:
            self.link("current", tag)

    def start_app(self):
        with self.init.changed:
            self.init.blocked = False
            self.init.begin()

    def trace(self, *words):
        self.wrapper = [ROOT / "build" / "test" / "tracer", *map(str, words)] if words else []

    def settled(self):
        """The line that says how the course of things ended, if it did."""
        lines = [line for line in self.log if SETTLED.search(line)]
        if self.says("is to run instead of"):  # that is watched after the poll
            lines = [line for line in lines if not line.endswith("is the newest")]
        return lines[0] if lines else None

    def ask(self, request):
        """One packet of the updater's answer: it is not in the middle of anything then."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
            s.settimeout(TIMEOUT)
            s.connect(str(self.run_dir / "updater.sock"))
            s.send(request.encode())
            return s.recv(8192).decode()

    def wait_end(self):
        """Until what was started is dead, or idle again. True when it is dead."""
        self.wait(lambda: self.process.poll() is not None or self.settled())
        with contextlib.suppress(OSError):
            self.ask("status")
        return self.process.poll() is not None

    def start(self, **env):
        del self.log[:]
        super().start(**env)

    def start_again(self, **env):
        """After its death; init has tried meanwhile to start the app again, if it had died."""
        self.trace()
        self.process.wait()
        self.process = None
        with self.init.changed:
            if self.init.state == "backoff":
                self.init.begin()
        self.start(**env)

    def is_marked(self, tag):
        return tag in self.state().get("bad", "") if (self.state_dir / "state").exists() else False

    def harmed_at(self):
        """The call that the tracer did harm to, in words."""
        lines = (self.path / "calls").read_text().splitlines()
        return next((" ".join(line.split("\t")) for line in lines if "\tharmed\t" in line), None)

    def check(self, tag):
        """At the end of it all."""
        with contextlib.suppress(AssertionError):
            self.wait(lambda: self.running == tag)
        wrong = list(self.init.wrong)
        if self.running != tag or self.current != tag:
            wrong.append(f"{self.running} runs and current is {self.current}, not {tag}")
        if self.state()["phase"] != "idle":
            wrong.append(f"phase {self.state()['phase']}")
        wrong += [f"{room}/ holds {sorted(os.listdir(self.state_dir / room))}" for room in ("staging", "download")
                  if os.listdir(self.state_dir / room)]
        wrong += self.damaged()
        torn = sum(not is_json(line) for line in self._history_lines())
        return wrong + [f"{torn} lines of the history are torn"] * (torn > self.may_tear)

    def _history_lines(self):
        with contextlib.suppress(FileNotFoundError):
            return (self.state_dir / "history").read_text().splitlines()
        return []

    def damaged(self):
        """What is wrong with the releases that count as whole."""
        wrong = []
        for listed in (self.state_dir / "releases").glob("*.files"):
            tag = listed.name.removesuffix(".files")
            for path, (data, mode) in files_of(tag, self.init.apps.get(tag, "good")).items():
                file = listed.with_name(tag) / path
                wanted = self.init.edits.get(tag, data) if path == SHIPPED else data
                if not file.is_file() or file.read_bytes() != wanted or file.stat().st_mode & 0o777 != mode:
                    wrong.append(f"releases/{tag}/{path} is not what was shipped")
        return wrong
