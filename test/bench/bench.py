#!/usr/bin/python3
"""make bench: moult beside the updater that people write with runit, wget, jq and tar (test/bench/peer), and its init
beside other supervisors. Both sides run here, in the same run; every time is a median. It measures and shows; it judges
nothing, except that a figure over the limit set for it is marked.
"""
import argparse
import contextlib
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "forge"))

import payload  # noqa: E402
import programs  # noqa: E402
import supervisors  # noqa: E402
import updates  # noqa: E402
from table import Table, count, kib, ms  # noqa: E402

OURS = ["init", "sv", "updater", "moult", "moult-fetch", "moult-unpack"]
PEERS = ["runsvdir", "runsv", "sv", "bash", "wget", "jq", "tar", "gzip"]
SMALL, MIDDLE, LARGE = 1, 33, 107  # MB of tree
SETTINGS = [(SMALL, 0), (SMALL, 100), (MIDDLE, 0)]  # and ms that the app serves on after TERM
LIMIT = {"init": 56 << 10, "all": 1.4 * (1 << 20), "image": 1.6 * (1 << 20), "memory": 2 << 20, "downtime": 0.020}


def say(what):
    print(f"bench: {what}", file=sys.stderr, flush=True)


def measure_files(table, directory):
    ours, peers = [programs.OURS / name for name in OURS], programs.find(*PEERS)
    table.compare("files: supervisor", kib, programs.size(ours[:2]), programs.size(peers[:3]))
    table.compare("files: updater", kib, programs.size(ours[2:]), programs.size(peers[3:]))
    table.compare("files: both, with their shared libraries", kib, programs.size_with_libraries(ours),
                  programs.size_with_libraries(peers))
    table.compare("files: init", kib, programs.size(ours[:1]), None, LIMIT["init"])
    image, scratch = programs.image(directory / "image"), programs.image(directory / "scratch", "layout-scratch")
    table.compare("files: all that an image gets, with licences", kib, image, None, LIMIT["all"])
    table.compare("files: scratch image, with certificate authorities", kib, scratch, None, LIMIT["image"])


def measure_updates(table, directory, trees):
    """The whole time is told once for a size."""
    told = []
    for size, slow_stop in SETTINGS:
        where = directory / f"update-{size}-{slow_stop}"
        say(f"{updates.ROUNDS} updates of each, {size} MB tree, app serves on for {slow_stop} ms after TERM")
        app = updates.app_alone(where / "alone", trees[SMALL], slow_stop)
        with updates.both(where, trees[size], slow_stop=slow_stop) as pair:
            cost = updates.costs(pair)
        ours, peer = cost["ours"], cost["peer"]
        stop = f"app serves on for {slow_stop} ms" if slow_stop else "app stops at once"
        table.compare(f"downtime: {size} MB tree, {stop}", ms, ours.gap, peer.gap)
        beyond = (cost.gap - app for cost in (ours, peer))
        table.compare(f"– the same less the app's own {ms(app)}", ms, *beyond, LIMIT["downtime"])
        if slow_stop == 0:
            told.append((f"update: {size} MB tree, release seen to new version serving", ours.whole, peer.whole))
    for what, ours, peer in told:
        table.compare(what, ms, ours, peer)


def measure_memory(table, directory, trees):
    """Returns in words what each process of the last update needed."""
    for size, tree in trees.items():
        say(f"peak memory, {size} MB tree")
        peaks = updates.peaks(directory / f"peak-{size}", tree)
        most = {name: max(found, key=found.get) for name, found in peaks.items()}
        table.compare(f"peak memory: {size} MB tree ({most['ours']} / {most['peer']})", kib,
                      *(peaks[name][most[name]] for name in ("ours", "peer")), LIMIT["memory"])
    each = (", ".join(f"{name} {kib(found[name])}" for name in sorted(found, key=found.get, reverse=True))
            for found in peaks.values())
    return f"Peaks with the {size} MB tree: {'; '.join(each)}."


def measure_idle(table, others, directory, tree, known):
    say(f"idle for {updates.IDLE} s")
    with contextlib.ExitStack() as ends:
        pair = ends.enter_context(updates.both(directory / "idle", tree))
        groups = {side.name: side.residents() for side in pair}
        for supervisor in known:
            container, _ = supervisor.start(directory / "idle" / supervisor.title)
            ends.callback(container.stop)
            groups[supervisor.title] = supervisors.residents(container)
        idle = updates.idle(groups)
    ours, peer = idle["ours"], idle["peer"]
    table.compare("idle: memory (PSS) of all but the app", kib, ours.pss, peer.pss)
    table.compare("idle: processes beside the app", count, len(groups["ours"]), len(groups["peer"]))
    table.compare(f"idle: context switches in {updates.IDLE} s", count, ours.switches, peer.switches)
    alone = [idle[supervisor.title] for supervisor in known]
    others.add("idle: memory (PSS)", *(kib(it.pss) for it in alone))
    others.add(f"idle: context switches in {updates.IDLE} s", *(count(it.switches) for it in alone))


def measure_supervisors(others, directory, known):
    say(f"{supervisors.ROUNDS} starts of each supervisor")
    times = supervisors.start_times(known, directory / "start")
    others.add("files", *(kib(programs.size(it.paths)) for it in known))
    others.add("files, with shared libraries", *(kib(programs.size_with_libraries(it.paths)) for it in known))
    others.add("its exec to the service's exec", *(ms(times[it.title]) for it in known))


def conditions(trees, load, seconds):
    packed = ", ".join(f"{len(tree.archive(1)) / payload.MB:.1f}" for tree in trees.values())
    return (f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, load {load:.1f} at the start; "
            f"both sides in the same run of {seconds:.0f} s; times are medians of {updates.ROUNDS} updates, "
            f"{supervisors.ROUNDS} starts. Trees of {', '.join(map(str, trees))} MB are {packed} MB as tar.gz. "
            "PSS counts a library in part when other programs on the machine use it, which favours the peers.")


def run(directory):
    """Returns the two tables and two paragraphs: the processes one by one, and what all was measured on."""
    begun, load = time.monotonic(), os.getloadavg()[0]
    table = Table("", "moult", "runit + wget + jq + tar", "ratio", "our limit")
    known = supervisors.known()
    others = Table("", *(supervisor.title for supervisor in known))
    program = (programs.ROOT / "build/demo" / f"demo-{payload.FIRST}").read_bytes()
    say("trees to update to")
    trees = {size: payload.Tree(size * payload.MB, program) for size in (SMALL, MIDDLE, LARGE)}
    measure_files(table, directory)
    measure_updates(table, directory, trees)
    each = measure_memory(table, directory, trees)
    measure_supervisors(others, directory, known)
    measure_idle(table, others, directory, trees[SMALL], known)
    return table, others, each, conditions(trees, load, time.monotonic() - begun)


def main():
    parser = argparse.ArgumentParser(description="moult beside its peers, measured here and now.")
    parser.add_argument("--markdown", type=Path, help="write the tables there as Markdown, too")
    options = parser.parse_args()
    missing = [name for name in OURS if not (programs.OURS / name).is_file()]
    if missing:
        print(f"bench: {programs.OURS}: no {' '.join(missing)}; `make static` builds them", file=sys.stderr)
        return 100
    (programs.ROOT / "build/bench").mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=programs.ROOT / "build/bench"))
    try:
        *tables, each, how = run(directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("\n\n".join([table.text() for table in tables] + [each, how]))
    if options.markdown:
        options.markdown.write_text("\n\n".join([table.markdown() for table in tables] + [each, how]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
