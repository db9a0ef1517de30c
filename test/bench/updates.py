"""updates: what an update costs, ours and the peer's in turn, in shuffled order; and what both cost between updates."""
import contextlib
import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import client
import payload
import processes
import sides

ROUNDS = 7     # updates of each side
RESTARTS = 15  # of the app alone
IDLE = 10      # seconds


@contextlib.contextmanager
def both(directory, tree, **options):
    """The two sides at their first version, each in its container."""
    with contextlib.ExitStack() as ends:
        forge = sides.Forge(Path(directory) / "forge", sides.Ours.name, sides.Peer.name)
        ends.callback(forge.stop)
        pair = []
        for kind in (sides.Ours, sides.Peer):
            pair.append(kind(Path(directory) / kind.name, forge, tree, **options))
            ends.callback(pair[-1].stop)
        for side in pair:
            side.wait_ready()
        yield pair


def app_alone(directory, tree, slow_stop):
    """Seconds: the gap in the answers when only the app stops and starts."""
    versions = []
    for number in range(2):
        release = Path(directory) / str(number)
        release.mkdir(parents=True)
        tree.install(number, release)
        versions.append((payload.version(number), ["/bin/sh", "-c", f"exec {release}/app"]))
    port = client.free_port()
    environment = {"PORT": str(port), "SLOW_STOP": str(slow_stop)}
    return statistics.median(client.bare_restart(port, *versions, environment) for _ in range(RESTARTS))


@dataclass
class Cost:
    """Medians, in seconds."""
    gap: float    # from the last answer of the old version to the first of the new
    whole: float  # from the forge's answer that tells of the release to there


def costs(pair, rounds=ROUNDS):
    """name of the side -> Cost."""
    order = random.Random(0)
    seen = {side.name: [] for side in pair}
    for _ in range(rounds):
        for side in order.sample(pair, len(pair)):
            seen[side.name].append(side.update())
    return {name: Cost(*map(statistics.median, zip(*figures))) for name, figures in seen.items()}


@dataclass
class Idle:
    switches: int  # context switches in IDLE seconds
    pss: int       # bytes


def idle(groups):
    """name -> Idle of groups of process ids, all in the same seconds."""
    before = {name: sum(map(processes.switches, pids)) for name, pids in groups.items()}
    time.sleep(IDLE)
    return {name: Idle(sum(map(processes.switches, pids)) - before[name], sum(map(processes.pss, pids)))
            for name, pids in groups.items()}


def peaks(directory, tree):
    """name of the side -> {program: bytes}, in one update by each."""
    with both(directory, tree, instrumented=True) as pair:
        for side in pair:
            side.update()
        return {side.name: side.peaks() for side in pair}
