"""supervisors: the programs that init is measured beside, and how each is started over the same service directories."""
import os
import select
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGHUP, SIGTERM
from typing import Callable

import journal
import processes
import programs

SERVICE = programs.ROOT / "build/bench/service"
FLOOR = programs.ROOT / "build/bench/floor"
LONG_AGO = 1700000000  # the tree is as old as in an image: runsvdir waits a second when it has just been changed
MEMORY = Path("/dev/shm")


def place():
    """Where the service trees and the sockets are: in memory, so that no disk is waited for, unless nothing may be
    executed there."""
    usable = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    return MEMORY if usable else SERVICE.parent


def _terminate(running):
    os.kill(running.pid1, SIGTERM)


def _stop_runit(running):
    """runsvdir ends at once on TERM and takes all with it; this is its orderly way."""
    subprocess.run(["sv", "-w", "60", "force-stop", *running.tree.iterdir()], stdout=subprocess.DEVNULL, check=False)
    os.kill(running.pid1, SIGHUP)


@dataclass(frozen=True)
class Supervisor:
    title: str
    paths: tuple          # PID 1's program, its others, the command last
    arguments: Callable   # of the service tree and its names
    many: bool = True     # can have more than one service
    restarts: bool = True
    relays: bool = False  # USR1
    native: bool = True   # a program, not a script
    ask_to_stop: Callable = _terminate

    def run(self, directory, count=1, prefix=(), **environment):
        return Running(self, directory, count, prefix, environment)


class Running:
    """The supervisor as PID 1 over so many services; all of it is gone at the end of the with."""

    def __init__(self, supervisor, directory, count, prefix, environment):
        self.supervisor, self.count = supervisor, count
        self.directory = Path(tempfile.mkdtemp(prefix=f"{supervisor.title}-", dir=directory))
        self.tree = self.directory / "service"
        self.names = [f"s{number:04}" for number in range(count)]
        shutil.copy(SERVICE, self.directory / "run")
        for name in self.names:
            (self.tree / name).mkdir(parents=True)
            os.link(self.directory / "run", self.tree / name / "run")
        os.utime(self.tree, (LONG_AGO, LONG_AGO))
        self.journal = journal.Journal(self.directory / "journal")
        command = [SERVICE, "exec", *prefix, supervisor.paths[0], *supervisor.arguments(self.tree, self.names)]
        self.container = processes.Container(command, {
            "PATH": os.environ["PATH"], "SVDIR": str(self.tree), "RUN_DIR": str(self.directory / "state"),
            "NITRO_SOCK": str(self.directory / "nitro.sock"), "BENCH_JOURNAL": str(self.journal.path), **environment})
        self.pid1 = None

    def __enter__(self):
        try:
            self.journal.wait("exec")
            self.pid1 = self.container.pid1
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.container.stop()
        self.journal.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def up(self):
        """Waits until all services have started; seconds from PID 1's exec until the last one's main."""
        try:
            started = self.journal.wait("start", self.count)
        except RuntimeError as error:
            raise RuntimeError(f"{self.supervisor.title}: {error}\n{self.container.log.tail()}") from error
        return max(it.seconds for it in started) - self.journal.find("exec")[0].seconds

    def services(self):
        """Name -> process id."""
        found = {}
        for pid in self.container.pids():
            try:
                path = Path(os.readlink(f"/proc/{pid}/exe"))
            except OSError:
                continue
            if path.name == "run":
                found[path.parent.name] = pid
        return found

    def residents(self):
        """Process ids of the supervisor, without the services."""
        return [pid for pid in self.container.pids() if processes.name(pid) != "run"]

    def calm(self):
        """Waits until nobody has anything to do."""
        processes.calm(self.container.pids)

    def stop(self, timeout=processes.DEADLINE):
        """Seconds until PID 1 has ended in an orderly way."""
        end = os.pidfd_open(self.pid1)
        try:
            begun = time.monotonic()
            self.supervisor.ask_to_stop(self)
            ended, _, _ = select.select([end], [], [], timeout)
            seconds = time.monotonic() - begun
        finally:
            os.close(end)
        if not ended:
            raise RuntimeError(f"{self.supervisor.title}: does not end\n{self.container.log.tail()}")
        return seconds


def _first(tree, names):
    return [tree / names[0] / "run"]


def _supervisord(tree, names):
    """Writes its configuration. What it does not say is left at the default."""
    path = tree.parent / "supervisord.conf"
    sections = ["[supervisord]", "nodaemon=true", "silent=true", "logfile=/dev/null", "logfile_maxbytes=0",
                f"pidfile={tree.parent}/supervisord.pid", "minfds=10000"]
    for name in names:
        sections += [f"[program:{name}]", f"command={tree}/{name}/run", f"directory={tree}/{name}", "autorestart=true",
                     "stdout_logfile=NONE", "stderr_logfile=NONE"]
    path.write_text("\n".join(sections) + "\n")
    return ["-c", path]


def _dinit(tree, names):
    where = tree.parent / "dinit.d"
    where.mkdir()
    for name in names:
        (where / name).write_text(f"type = process\ncommand = {tree}/{name}/run\nworking-dir = {tree}/{name}\n"
                                  "restart = true\n")
    (where / "boot").write_text("type = internal\n" + "".join(f"waits-for = {name}\n" for name in names))
    return ["-o", "-d", where, "-p", tree.parent / "dinit.sock"]


def _given():
    """Peers that Debian does not have, by the path that the environment gives: BENCH_NITRO=/path/to/nitro."""
    for title, arguments in (("nitro", lambda tree, names: [tree]), ("dinit", _dinit)):
        path = os.environ.get(f"BENCH_{title.upper()}")
        if path:
            command = Path(path).with_name(f"{title}ctl")
            yield Supervisor(title, (Path(path), *([command] if command.exists() else [])), arguments)


def known():
    find = programs.find
    return [
        Supervisor("moult", (programs.OURS / "init", programs.OURS / "sv"), lambda tree, names: [], relays=True),
        Supervisor("floor", (FLOOR,), lambda tree, names: [len(names), *_first(tree, names)], restarts=False,
                   relays=True),
        Supervisor("runit", tuple(find("runsvdir", "runsv", "sv")), lambda tree, names: ["-P", tree],
                   ask_to_stop=_stop_runit),
        Supervisor("s6", tuple(find("s6-svscan", "s6-supervise", "s6-svc")), lambda tree, names: ["-c", "1024", tree]),
        Supervisor("tini", tuple(find("tini")), lambda tree, names: ["--", *_first(tree, names)], many=False,
                   restarts=False, relays=True),
        Supervisor("dumb-init", tuple(find("dumb-init")), _first, many=False, restarts=False, relays=True),
        Supervisor("catatonit", tuple(find("catatonit")), lambda tree, names: ["--", *_first(tree, names)], many=False,
                   restarts=False, relays=True),
        Supervisor("supervisord", tuple(find("supervisord", "supervisorctl")), _supervisord, native=False),
        *_given(),
    ]
