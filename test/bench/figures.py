"""figures: init beside other supervisors and the floor, a row each; the limits are those that init has been set.

Of a row's rounds each is in another order, so that what else the machine does hits all alike."""
import contextlib
import functools
import os
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from signal import SIGKILL, SIGUSR1, SIGUSR2
from typing import Callable

import processes
import programs
import supervisors
import tracing
from table import count, decimal, kib, ms, us

OURS, BASE = "moult", "floor"
ROUNDS = {1: 15, 100: 9, 1000: 3}  # of lives with so many services
PATIENCE = 6    # seconds of one row that a supervisor may take; after that it takes no further part
WINDOW = 30     # seconds of idleness, and of the crash loop
LIVED = 2.2     # seconds that a service has run when it counts as one that lived
RESTARTED = 8   # services killed in each of so many rounds
KILLS = 3
YOUNG = 5       # rounds
SIGNALS = 300
ORPHANS = 1000
LAGS = 5        # rounds of so many
FLOODS = 5      # except where the last waits so many seconds:
SLOW_LAG = 0.1
PACED = 100     # orphans whose system calls and instructions are counted


@dataclass
class Row:
    what: str
    unit: Callable
    values: dict = field(default_factory=dict)  # title -> number; who is missing cannot do it
    limit: float = None
    of_floor: float = None                      # limit as a multiple of the floor's

    def must(self):
        if self.of_floor is not None and BASE in self.values:
            return self.of_floor * self.values[BASE]
        return self.limit


def say(what):
    print(f"bench: {what}", file=sys.stderr, flush=True)


def medians(values, pick=lambda value: value):
    return {title: statistics.median(map(pick, found)) for title, found in values.items() if found}


def rounds(known, number, measure):
    """title -> what measure(supervisor) returned, round by round. A peer that fails is left out, and that is said."""
    values = {it.title: [] for it in known}
    spent = dict.fromkeys(values, 0.0)
    order = random.Random(0)
    for _ in range(number):
        for it in order.sample(known, len(known)):
            if spent[it.title] >= PATIENCE:
                continue
            begun = time.monotonic()
            try:
                values[it.title].append(measure(it))
            except RuntimeError as error:
                if it.title in (OURS, BASE):
                    raise
                say(str(error).strip())
                spent[it.title] = PATIENCE
            spent[it.title] += time.monotonic() - begun
    return values


@dataclass
class Life:
    up: float    # seconds from PID 1's exec to the last service's
    pss: int     # bytes, of all processes of the supervisor, when all is calm
    down: float  # seconds from the request to PID 1's end


class Bench:
    """A method a row or a few that are measured together; `known` are the supervisors."""

    def __init__(self, known, directory):
        self.known, self.directory = known, directory

    def _run(self, supervisor, number=1, **environment):
        return supervisor.run(self.directory, number, **environment)

    def _all(self, ends, known, number=1, **environment):
        """All at once, at rest. title -> Running."""
        running = {it.title: ends.enter_context(self._run(it, number, **environment)) for it in known}
        for it in running.values():
            it.up()
            it.calm()
        return running

    @property
    def _many(self):
        return [it for it in self.known if it.many]

    @property
    def _restarting(self):
        return [it for it in self.known if it.restarts]

    # --- files

    def sizes(self):
        natives = [it for it in self.known if it.native]
        commands = ("sv", "s6-svc", "nitroctl", "dinitctl")
        command = {it.title: it.paths[-1:] for it in natives if it.paths[-1].name in commands}
        return [
            Row("files: PID 1", kib, {it.title: programs.size(it.paths[:1]) for it in natives}, 48 << 10),
            Row("files: its command", kib, {title: programs.size(paths) for title, paths in command.items()}, 30 << 10),
            Row("files: all, with shared libraries", kib,
                {it.title: programs.size_with_libraries(it.paths) for it in natives})]

    # --- whole lives

    @functools.cache
    def _lives(self, number):
        say(f"lives with {number} services")

        def live(supervisor):
            with self._run(supervisor, number) as running:
                up = running.up()
                running.calm()
                pss = sum(map(processes.pss, running.residents()))
                return Life(up, pss, running.stop())
        return rounds(self.known if number == 1 else self._many, ROUNDS[number], live)

    def memory(self):
        return [Row(f"memory (PSS): {number} service{'s' if number > 1 else ''}", kib,
                    medians(self._lives(number), lambda life: life.pss), limit << 10)
                for number, limit in ((1, 80), (100, 96), (1000, 200))]

    def start(self):
        return [Row("its exec to the service's", ms, medians(self._lives(1), lambda life: life.up), of_floor=1.3)]

    def stop(self):
        return [Row("stop: 1 service", ms, medians(self._lives(1), lambda life: life.down)),
                Row("stop: 100 services", ms, medians(self._lives(100), lambda life: life.down), of_floor=1.2)]

    def thousand(self):
        return [Row("1,000 services: all up", ms, medians(self._lives(1000), lambda life: life.up), of_floor=1.3),
                Row("1,000 services: stop", ms, medians(self._lives(1000), lambda life: life.down), of_floor=1.3)]

    # --- 30 seconds of nothing, and of a service that dies at once

    @functools.cache
    def _window(self):
        say(f"idle and crash loop, {WINDOW} s of all at once")
        with contextlib.ExitStack() as ends:
            calm = self._all(ends, self._many, 10) | self._all(ends, [it for it in self.known if not it.many])
            pids = {title: it.residents() for title, it in calm.items()}
            crashing = {it.title: ends.enter_context(self._run(it, BENCH_CRASH="1")) for it in self._restarting}
            begun = {title: it.journal.wait("start")[0].seconds for title, it in crashing.items()}
            before = {title: sum(map(processes.voluntary_switches, pids[title])) for title in pids}
            time.sleep(WINDOW)
            switches = {title: sum(map(processes.voluntary_switches, pids[title])) - before[title] for title in pids}
            time.sleep(max(0, max(begun.values()) + WINDOW - time.monotonic()))
            starts = {title: sum(entry.seconds < begun[title] + WINDOW for entry in it.journal.find("start"))
                      for title, it in crashing.items()}
        return switches, starts

    def idle(self):
        return [Row(f"idle: switches in {WINDOW} s, 10 services", count, self._window()[0], 0)]

    def crash(self):
        return [Row(f"crash loop: starts in {WINDOW} s", count, self._window()[1], 10)]

    # --- restarts

    def restart(self):
        say("restarts of services that lived")
        times = {it.title: [] for it in self._restarting}
        order = random.Random(0)
        with contextlib.ExitStack() as ends:
            running = self._all(ends, self._restarting, RESTARTED)
            for _ in range(KILLS):
                time.sleep(LIVED)
                spent = dict.fromkeys(running, 0.0)
                services = {title: it.services() for title, it in running.items()}
                victims = [(title, name) for title, names in services.items() for name in names]
                for title, name in order.sample(victims, len(victims)):
                    if spent[title] < PATIENCE / KILLS:
                        times[title].append(_kill(running[title], services[title][name], name))
                        spent[title] += times[title][-1]
            ends.pop_all().close()
            calls = self._restart_calls(ends)
        return [Row("kill -9 until it runs again, had lived", ms, medians(times), 0.63e-3),
                Row("– system calls for that", count, calls, 19)]

    def _restart_calls(self, ends):
        say("system calls of a restart")
        running = self._all(ends, self._restarting)
        time.sleep(LIVED)
        calls = {}
        for title, it in running.items():
            (name, pid), = it.services().items()
            calls[title] = tracing.system_calls(it.residents(), it.residents, lambda: _kill(it, pid, name))
        return calls

    def young(self):
        say("restarts of young services")

        def twice(supervisor):
            with self._run(supervisor) as running:
                running.up()
                first, second = (_kill(running, pid, name) for _ in range(2)
                                 for name, pid in running.services().items())
                return first, second
        times = rounds(self._restarting, YOUNG, twice)
        return [Row("– killed within its first second", ms, medians(times, lambda pair: pair[0]), 0.63e-3),
                Row("– and at once again", ms, medians(times, lambda pair: pair[1]))]

    # --- signals

    def signal(self):
        say("signals")
        relaying = [it for it in self.known if it.relays]
        order = random.Random(0)
        times = {it.title: [] for it in relaying}
        with contextlib.ExitStack() as ends:
            running = self._all(ends, relaying)
            for _ in range(SIGNALS):
                for title in order.sample(sorted(running), len(running)):
                    times[title].append(_signal(running[title]))
            calls = {title: tracing.system_calls([it.pid1], it.residents, lambda: [_signal(it) for _ in range(20)]) / 20
                     for title, it in running.items()}
        return [Row("signal to PID 1 until the service has it", us, medians(times), of_floor=1.1),
                Row("– system calls for that", decimal, calls, 2)]

    # --- orphans

    def orphans(self):
        say(f"orphans, {ORPHANS} in a row")

        def lag(supervisor):
            with self._run(supervisor, BENCH_ORPHANS=str(ORPHANS)) as running:
                running.up()
                running.calm()
                found = [_make_orphans(running)]
                while found[0] < SLOW_LAG and len(found) < FLOODS:
                    found.append(_make_orphans(running))
                return statistics.median(found)
        lags = rounds(self.known, LAGS, lag)
        natives = [it for it in self.known if it.native]
        say("orphans counted")
        return [Row(f"orphans: lag after the last of {ORPHANS:,}", ms, medians(lags), of_floor=1),
                Row("– system calls each", decimal, medians(rounds(natives, 1, self._orphan_calls)), of_floor=1),
                Row("– instructions each", count, medians(rounds(natives, 1, self._orphan_instructions)), of_floor=1)]

    def _orphan_calls(self, supervisor):
        with self._run(supervisor, BENCH_ORPHANS=str(PACED), BENCH_PACED="1") as running:
            running.up()
            running.calm()
            calls = tracing.system_calls([running.pid1], running.residents, lambda: _make_orphans(running, PATIENCE))
            return calls / PACED

    def _orphan_instructions(self, supervisor):
        """From the difference of two lives that differ in the number of orphans only."""
        few, many = (tracing.instructions(supervisor, self.directory, lambda it: _make_orphans(it, PATIENCE),
                                          BENCH_ORPHANS=str(number), BENCH_PACED="1") for number in (1, 1 + PACED))
        return round((many - few) / PACED)


# What --only may name, in the order of the table.
ROWS = ("sizes", "memory", "idle", "start", "restart", "young", "crash", "stop", "signal", "orphans", "thousand")


def _kill(running, pid, name):
    """Seconds from the kill until main of the next one."""
    mark = running.journal.mark()
    begun = time.monotonic()
    os.kill(pid, SIGKILL)
    return running.journal.wait("start", name=name, after=mark)[0].seconds - begun


def _signal(running):
    mark = running.journal.mark()
    begun = time.monotonic()
    os.kill(running.pid1, SIGUSR1)
    return running.journal.wait("signal", after=mark)[0].seconds - begun


def _make_orphans(running, timeout=processes.DEADLINE):
    """The lag of the last, in seconds."""
    (pid,) = running.services().values()
    mark = running.journal.mark()
    os.kill(pid, SIGUSR2)
    try:
        return running.journal.wait("orphans", after=mark, timeout=timeout)[0].seconds
    except RuntimeError as error:
        raise RuntimeError(f"{running.supervisor.title}: {error}") from error


def measure(known, names):
    """The rows of these names, in the table's order."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=supervisors.place()) as directory, processes.undisturbed():
        bench = Bench(known, directory)
        return [row for name in ROWS if name in names for row in getattr(bench, name)()]
