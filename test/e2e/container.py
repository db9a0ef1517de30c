"""container: init as a real PID 1, in pid and mount namespaces of its own (and a user namespace when we are not root),
with a service tree as the image has it. No Docker, no root.

    with Container(directory, env={"GH_USER": "octo", ...}) as box:     # started
        box.wait_log("demo 1.0.0 .* ready")      # an event, not a sleep; the timeout is only when to call it a failure
        assert box.app_version() == "1.0.0"
        box.moult("status"), box.sv("status", "app"), box.state(), box.history()
        with box.events("app") as events:        # what init says of the service, from now on
            events.wait(lambda e: e["state"] == "down")
        box.stop()                               # TERM; its exit code
        box.restart(), box.kill(); box.start()   # the same container again
        box.recreate(volume=False)               # another one of the same image, with or without its volume

Paths are those of the host: what the container writes can be read while it runs, also on what only it has mounted.
The log is everything that init and its services wrote, a list of lines.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / os.environ.get("MOULT_BIN", "build/asan")
PASSED_ON = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|runtime error:|LeakSanitizer")
CALM = 86400   # SLEEP of a container that looks at the forge when it starts and when it is told to
PATIENCE = 20  # seconds until an event that has not come counts as missing

# A container ends in no other way than by a signal or by the end of init, so whoever starts it must say where it is.
ENTER = 'echo "container up"; {setup} exec "$0" "$@"'

# Runs between the death of the app and its next start: what it sees is what stood there when the app ended.
APP_FINISH = """#!/bin/sh
echo "app finish: code $1 signal $2 of $(readlink "$STATE_DIR/current" | sed 's,.*/,,')"
"""
UPDATER_RUN = """#!/bin/sh
exec {programs}/updater -d {programs} -b {baked} -f {version}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


class Log:
    """Lines as they come; a thread fills it."""

    def __init__(self):
        self.lines = []
        self._grown = threading.Condition()

    def fill(self, stream):
        for line in stream:
            with self._grown:
                self.lines.append(line.rstrip("\n"))
                self._grown.notify_all()
        stream.close()

    def find(self, pattern, after=0):
        return next((found for line in self.lines[after:] if (found := re.search(pattern, line))), None)

    def wait(self, pattern, timeout, after):
        with self._grown:
            self._grown.wait_for(lambda: self.find(pattern, after), timeout)
        found = self.find(pattern, after)
        if found is None:
            raise AssertionError(f"no line like {pattern!r} within {timeout} s; the log:\n" + "\n".join(self.lines))
        return found


class Events:
    """The stream of init's `watch`: dictionaries, each a change of a service."""

    def __init__(self, path, service):
        self.seen = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.connect(str(path))
        self._socket.send(f"watch {service}".encode())
        self._next(PATIENCE)  # the present state

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _next(self, timeout):
        self._socket.settimeout(max(timeout, 0.001))
        packet = self._socket.recv(65536).decode()
        if "=" not in packet:
            raise AssertionError(f"watch ended: {packet!r}")
        event = dict(pair.partition("=")[::2] for pair in packet.split("\n") if pair)
        self.seen.append(event)
        return event

    def wait(self, predicate, timeout=PATIENCE):
        """The first event, from the last one seen on, that the predicate accepts."""
        deadline = time.monotonic() + timeout
        event = self.seen[-1]
        while not predicate(event):
            try:
                event = self._next(deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(f"no such event within {timeout} s; these came: {self.seen}") from None
        return event


class Container:
    """env is added to what the image and the deployment would set; None takes a variable away.

    baked   files of the release in the image, path -> bytes, and its tag; no tag: the image says it is unversioned
    volume  True: STATE_DIR starts empty, as a new volume does. False: as it is in the image, `current` -> baked
    setup   shell commands run in the namespaces before init, each ended by a semicolon (root only: mounts)
    """

    def __init__(self, directory, baked, tag, env, volume=True, setup=""):
        self.directory = Path(directory)
        self.service = self.directory / "service"
        self.state_dir = self.directory / "state"
        self.run_dir = self.directory / "run"
        self.app_dir = self.directory / "app"
        self.baked = self.directory / "baked"
        self.version_file = self.directory / "version"
        self.port = free_port()
        self.setup = setup
        self.log = Log()
        self.init_pid = None
        self._orders = []
        self._volume = volume
        self._process = None
        self._reader = None
        self.env = self._environment(env)
        self._make_image(baked, tag)

    def _environment(self, given):
        env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        env |= {"SVDIR": self.service, "STATE_DIR": self.state_dir, "RUN_DIR": self.run_dir, "APP_DIR": self.app_dir,
                "PORT": self.port}
        return {name: str(value) for name, value in (env | given).items() if value is not None}

    # the image

    def _make_image(self, baked, tag):
        for path, data in baked.items():
            write(self.baked / path, "", 0o755 if data[:2] == b"#!" or data[:4] == b"\x7fELF" else 0o644)
            (self.baked / path).write_bytes(data)
        self.baked.mkdir(exist_ok=True)
        if tag is not None:
            write(self.version_file, tag + "\n")
        self.app_dir.symlink_to(self.state_dir / "current")
        shutil.copytree(ROOT / "docker" / "service", self.service, symlinks=True)
        (self.service / "updater" / "run").unlink()  # it leads to where the image has it
        paths = {"programs": PROGRAMS, "baked": self.baked, "version": self.version_file}
        self.add_file("updater/run", UPDATER_RUN.format(**paths), 0o755)
        self.add_file("app/finish", APP_FINISH, 0o755)
        self._make_state()

    def _make_state(self):
        self.state_dir.mkdir()
        if not self._volume:
            (self.state_dir / "current").symlink_to(self.baked)

    def use_state(self, directory):
        """Another container's volume instead of one of its own."""
        self.state_dir = Path(directory)
        self.env["STATE_DIR"] = str(directory)
        self.app_dir.unlink()
        self.app_dir.symlink_to(self.state_dir / "current")

    def add_file(self, path, text, mode=0o644):
        """A file in a service directory: "app/down"."""
        write(self.service / path, text, mode)

    # life

    def start(self):
        assert self._process is None, "it runs"
        enter = ["unshare", "--pid", "--fork", "--mount-proc", "--propagation", "private", "--kill-child=KILL"]
        if os.geteuid() != 0:
            enter += ["--user", "--map-root-user"]
        mark = self.mark()
        self._process = subprocess.Popen(
            enter + ["sh", "-c", ENTER.format(setup=self.setup), PROGRAMS / "init"], env=self.env, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self._reader = threading.Thread(target=self.log.fill, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        self.wait_log("^container up$", after=mark)
        pid = self._process.pid
        self.init_pid = int(Path(f"/proc/{pid}/task/{pid}/children").read_text())
        return self

    def signal(self, number):
        os.kill(self.init_pid, number)

    def wait(self, timeout=PATIENCE):
        """Waits for the end of the container; its exit code, 128 + N when signal N ended it."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the container has not ended within {timeout} s; the log:\n{self.text()}") from None
        self._reader.join(PATIENCE)
        for order in self._orders:
            order.wait(PATIENCE)
        self._process, self.init_pid, self._orders = None, None, []
        return code if code >= 0 else 128 - code

    def stop(self, timeout=PATIENCE):
        """As docker stop, without its KILL."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        """As a machine that loses power, less what the file system would lose."""
        self.signal(signal.SIGKILL)
        return self.wait()

    def restart(self):
        """As docker restart: nothing on disk changes."""
        self.stop()
        return self.start()

    def recreate(self, volume, tag=None):
        """A new container; the volume of the old one or none. tag: of a newer image with the same files."""
        if self._process:
            self.stop()
        shutil.rmtree(self.run_dir, ignore_errors=True)
        if not volume:
            shutil.rmtree(self.state_dir)
            self._make_state()
        if tag is not None:
            write(self.version_file, tag + "\n")
        return self.start()

    def __enter__(self):
        return self if self._process else self.start()

    def __exit__(self, *_):
        if self._process:
            self.kill()

    # what it says

    def mark(self):
        """A place in the log, for `after`."""
        return len(self.log.lines)

    def text(self):
        return "\n".join(self.log.lines)

    def find_log(self, pattern, after=0):
        return self.log.find(pattern, after)

    def count_log(self, pattern, after=0):
        return sum(1 for line in self.log.lines[after:] if re.search(pattern, line))

    def wait_log(self, pattern, timeout=PATIENCE, after=0):
        return self.log.wait(pattern, timeout, after)

    def wait_version(self, number, timeout=PATIENCE, after=0):
        """Until the app of this version says that it is ready, and answers so."""
        self.wait_log(rf"^demo {re.escape(number)} pid \d+ ready", timeout, after)
        assert self.app_version() == number

    def wait_installed(self, tag, timeout=PATIENCE, after=0):
        """Until the updater holds the release to be good, which is the end of an update."""
        self.wait_log(rf"\[update\] {re.escape(tag)} is in place$", timeout, after)

    def app_version(self, timeout=5):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=timeout) as answer:
            return answer.read().decode().split()[1]

    def app_answers(self):
        try:
            return bool(self.app_version())
        except OSError:
            return False

    def sanitizer_reports(self):
        return [line for line in self.log.lines if SANITIZER.search(line)]

    # asking it

    def command(self, program, *arguments, timeout=PATIENCE):
        return subprocess.run([PROGRAMS / program, *arguments], env=self.env, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False)

    def moult(self, *arguments, timeout=PATIENCE):
        return self.command("moult", *arguments, timeout=timeout)

    def check(self, timeout=60):
        """A look at the forge now, and all that follows from it. Not by the clock: give SLEEP=CALM as well."""
        done = self.moult("check", timeout=timeout)
        assert "busy" not in done.stdout, done.stdout
        return done

    def begin_check(self):
        """The same, without waiting for what comes of it."""
        self._orders.append(subprocess.Popen([PROGRAMS / "moult", "check"], env=self.env, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def sv(self, *arguments, timeout=PATIENCE):
        return self.command("sv", *arguments, timeout=timeout)

    def service_state(self, service="app"):
        """What init says of it now: state, pid, deaths ... as strings."""
        with self.events(service) as events:
            return events.seen[0]

    def events(self, service="app"):
        return Events(self.run_dir / "init.sock", service)

    # what it has on disk

    def inside(self, path):
        """The path as the container sees it."""
        return Path(f"/proc/{self.init_pid}/root{path}") if self.init_pid else Path(path)

    def state(self):
        text = (self.inside(self.state_dir) / "state").read_text()
        return dict(line.partition("=")[::2] for line in text.splitlines() if "=" in line)

    def history(self):
        file = self.inside(self.state_dir) / "history"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def current(self):
        """Name of the release that `current` points to ("baked" for the image's)."""
        return os.path.basename(os.readlink(self.inside(self.state_dir) / "current"))

    def releases(self):
        """Tags of the releases that are complete on disk."""
        directory = self.inside(self.state_dir) / "releases"
        return sorted(entry.name for entry in directory.iterdir() if entry.is_dir()) if directory.is_dir() else []

    def files(self):
        """Every path below STATE_DIR."""
        top = self.inside(self.state_dir)
        return sorted(str(path.relative_to(top)) for path in top.rglob("*"))

    def wait_processes(self, text, count, timeout=PATIENCE):
        """Until so many processes have this text in their command line: what is behind a fork tells nobody of its exec."""
        deadline = time.monotonic() + timeout
        while (found := sum(text in line for line in self.processes().values())) != count:
            assert time.monotonic() < deadline, f"{found} processes with {text!r}, not {count}: {self.processes()}"
            time.sleep(0.01)

    def processes(self):
        """pid -> command line of everything in the container, by the host's numbers."""
        found = {}
        for entry in Path(f"/proc/{self.init_pid}/root/proc").iterdir() if self.init_pid else ():
            if entry.name.isdigit():
                try:
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                except OSError:
                    continue  # gone already
        return found
