"""supervisors: init beside runit, s6 and tini, each as PID 1 over one service that does nothing."""
import os
import random
import select
import shutil
import statistics
from pathlib import Path

import processes
import programs

STAMP = programs.ROOT / "build/bench/stamp"
ROUNDS = 15
LONG_AGO = 1700000000  # the tree is as old as in an image: runsvdir waits a second when it has just been changed


class Supervisor:
    """names are of the programs it needs installed; the first is PID 1."""

    def __init__(self, title, paths, arguments):
        self.title = title
        self.paths = paths
        self.arguments = arguments  # a function of the service tree

    def start(self, directory):
        """Returns the container and the nanoseconds from PID 1's exec to that of the service."""
        service = Path(directory) / "service/first"
        service.mkdir(parents=True)
        shutil.copy(STAMP, service / "run")
        os.utime(service.parent, (LONG_AGO, LONG_AGO))
        begin, end = Path(directory) / "begin", service / "stamp"
        clocks = [_fifo(begin), _fifo(end)]
        container = processes.Container(
            [STAMP, begin, self.paths[0], *self.arguments(service.parent)],
            {"PATH": os.environ["PATH"], "SVDIR": str(service.parent), "RUN_DIR": str(Path(directory) / "run")})
        times = [_read(clock, container) for clock in clocks]
        return container, times[1] - times[0]


def _fifo(path):
    os.mkfifo(path)
    return os.open(path, os.O_RDWR)  # so that nobody waits in open, and the end is never reached


def _read(fd, container):
    ready, _, _ = select.select([fd], [], [], processes.DEADLINE)
    if not ready:
        raise RuntimeError(f"the service was not started:\n{container.log.tail()}")
    text = os.read(fd, 64)
    os.close(fd)
    return int(text)


def known():
    return [
        Supervisor("moult", [programs.OURS / "init", programs.OURS / "sv"], lambda tree: []),
        Supervisor("runit", programs.find("runsvdir", "runsv", "sv"), lambda tree: ["-P", tree]),
        Supervisor("s6", programs.find("s6-svscan", "s6-supervise", "s6-svc"), lambda tree: [tree]),
        Supervisor("tini", programs.find("tini"), lambda tree: ["--", STAMP, tree / "first/stamp"]),
    ]


def start_times(supervisors, directory):
    """title -> the median, in seconds; the order of each round is another one."""
    times = {supervisor.title: [] for supervisor in supervisors}
    order = random.Random(0)
    for number in range(ROUNDS):
        for supervisor in order.sample(supervisors, len(supervisors)):
            container, nanoseconds = supervisor.start(Path(directory) / f"{number}-{supervisor.title}")
            container.stop()
            times[supervisor.title].append(nanoseconds / 1e9)
    return {title: statistics.median(values) for title, values in times.items()}


def residents(container):
    """Process ids of the supervisor, without the service."""
    return [pid for pid in container.pids() if processes.name(pid) not in ("run", "stamp")]
