"""sides: the two that are compared, ours and the peer, each in a container that watches a repository of one forge."""
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import client
import payload
import processes
import programs

NEVER = 3600  # seconds between two looks: updates happen when the bench asks for one
LIVED = 1.5   # seconds that the app has run when it is updated; runsv holds back one that lived less than one
OWNER = "octo"


class Forge:
    """test/forge in a process of its own, on the directory of what is published."""

    def __init__(self, directory, *repositories):
        self.directory = Path(directory)
        for repository in repositories:
            self.shelf(repository).mkdir(parents=True)
        self._process = subprocess.Popen(
            [sys.executable, programs.ROOT / "test/forge/forge.py", "--dir", directory], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.log = processes.Log(self._process.stderr)
        told = dict(self._process.stdout.readline().rstrip("\n").split("=", 1) for _ in range(4))
        if "ca" not in told:
            raise RuntimeError(f"the forge did not start:\n{self.log.tail()}")
        self.url, self.api, self.ca = told["url"], told["api"], told["ca"]

    def shelf(self, repository):
        return self.directory / OWNER / repository

    def stop(self):
        self._process.terminate()
        self._process.wait()


class Side:
    """A directory, a port and an environment; the subclass knows what to run in it and how to ask for an update.

    _environment()  beside what both have    _prepare()  the first version and the services    _command()  PID 1
    _programs()     of the updater, run anew for each update: name -> path

    slow_stop      ms that the app serves on after TERM
    instrumented   run the programs of the updater through test/bench/peak.c; then peaks() tells"""
    name = ""

    def __init__(self, directory, forge, tree, slow_stop=0, instrumented=False):
        self.directory = Path(directory)
        self.forge, self.tree = forge, tree
        self.shelf = forge.shelf(self.name)
        self.number = 0
        self.port = client.free_port()
        self.directory.mkdir(parents=True)
        self.instruments = self._instrument() if instrumented else None
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": "/", "GH_USER": OWNER, "GH_REPO": self.name, "GH_API": forge.api,
            "SLEEP": str(NEVER), "PORT": str(self.port), "SLOW_STOP": str(slow_stop),
            "APP_DIR": str(self.directory / "app"), "STATE_DIR": str(self.directory / "state"), **self._environment()}
        self.tree.publish(0, self.shelf)
        self._prepare()
        self.container = processes.Container(self._command(), self.environment)
        self.log = self.container.log

    def _instrument(self):
        directory = self.directory / "instruments"
        (directory / "real").mkdir(parents=True)
        for program, path in self._programs().items():
            shutil.copy(programs.ROOT / "build/bench/peak", directory / program)
            (directory / "real" / program).symlink_to(path)
        return directory

    def peaks(self):
        """program -> bytes: the most of any of its runs so far, and of the processes that stay."""
        found = {processes.name(pid): processes.peak(pid) for pid in self.residents()}
        for line in (self.instruments / "peaks").read_text().splitlines():
            program, kib = line.split()
            found[program] = max(found.get(program, 0), int(kib) * processes.KIB)
        return found

    def residents(self):
        """Process ids of everything but the app."""
        return [pid for pid in self.container.pids() if processes.name(pid) != "app"]

    def publish(self):
        """The next version; returns (tag, old version, new version)."""
        old = payload.version(self.number)
        self.number += 1
        return self.tree.publish(self.number, self.shelf), old, payload.version(self.number)

    def update(self):
        """Publishes a version and installs it. Seconds: the gap in the answers; from the answer of the forge that
        tells of the release to the new version's first."""
        time.sleep(LIVED)
        tag, old, new = self.publish()
        os.sync()  # or this side's fsync would wait for what the other side and the bench have written
        mark = self.forge.log.mark()
        with client.Client(self.port, old, new) as asking:
            self.ask_for_update(tag)
        told = self.forge.log.wait(f"{OWNER}/{self.name} {tag}", after=mark)
        return asking.gap, asking.first_new - told

    def wait_ready(self):
        """Until the first version answers; both sides hold it back until they have looked for a newer one."""
        processes.settle(lambda: client.ask(self.port) == payload.version(0), f"{self.name}: the app answers")

    def stop(self):
        self.container.stop()


def _write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


class Ours(Side):
    name = "ours"

    def _programs(self):
        return {name: programs.OURS / name for name in ("moult-fetch", "moult-unpack")}

    def _environment(self):
        return {"GH_URL": self.forge.url, "SSL_CERT_FILE": self.forge.ca, "RUN_DIR": str(self.directory / "run"),
                "SVDIR": str(self.directory / "service"), "UPDATE_READY": "10", "UPDATE_PROBATION": "1"}

    def _prepare(self):
        baked, version, service = self.directory / "baked", self.directory / "version", self.directory / "service"
        baked.mkdir()
        self.tree.install(0, baked)
        version.write_text(f"v{payload.version(0)}\n")
        (self.directory / "state").mkdir()
        (self.directory / "app").symlink_to("state/current")
        helpers = self.instruments or programs.OURS
        _write(service / "app/run", '#!/bin/sh\nexec "$APP_DIR/app"\n', 0o755)
        _write(service / "app/after", "updater\n")
        _write(service / "updater/run",
               f"#!/bin/sh\nexec {programs.OURS}/updater -d {helpers} -b {baked} -f {version}\n", 0o755)
        _write(service / "updater/notification-fd", "3\n")

    def _command(self):
        return [programs.OURS / "init"]

    def ask_for_update(self, tag):
        done = subprocess.run([programs.OURS / "moult", "update"], env=self.environment, text=True, capture_output=True,
                              timeout=processes.DEADLINE)
        if done.returncode != 0:
            raise RuntimeError(f"moult update ended with {done.returncode}:\n{done.stdout}{done.stderr}"
                               f"{self.log.tail()}")


class Peer(Side):
    name = "peer"

    def _programs(self):
        return {path.name: path for path in programs.find("wget", "jq", "tar", "gzip")}

    def _environment(self):
        path = f"{self.instruments}:{os.environ['PATH']}" if self.instruments else os.environ["PATH"]
        return {"PATH": path, "SVDIR": str(self.directory / "service"), "WGETRC": str(self.directory / "wgetrc")}

    def _prepare(self):
        self.tree.install(0, self.directory / "app")
        _write(self.directory / "state/version", f"v{payload.version(0)}\n")
        _write(self.directory / "wgetrc", f"ca_certificate = {self.forge.ca}\n")
        shutil.copytree(programs.ROOT / "test/bench/peer", self.directory / "service")

    def _command(self):
        return [shutil.which("runsvdir"), "-P", self.directory / "service"]

    def ask_for_update(self, tag):
        """Cuts its sleep short."""
        mark = self.log.mark()
        os.kill(self._asleep(), signal.SIGTERM)
        self.log.wait(f"installed {tag}", after=mark)
        self._asleep()

    def _asleep(self):
        return processes.settle(lambda: next((p for p in self.container.pids() if processes.name(p) == "sleep"), None),
                                "the peer's updater is asleep")
