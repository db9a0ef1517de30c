#!/usr/bin/python3
"""make bench: init beside other supervisors, and moult beside the updater that people write with runit, wget, jq and
tar (test/bench/peer). All sides run here, in the same run; every time is a median. It measures and shows; it judges
nothing, except that a figure over the limit set for it is marked.
"""
import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "forge"))

import figures  # noqa: E402
import payload  # noqa: E402
import processes  # noqa: E402
import programs  # noqa: E402
import supervisors  # noqa: E402
import unpacking  # noqa: E402
import updates  # noqa: E402
from figures import say  # noqa: E402
from table import Table, count, kib, ms  # noqa: E402

OURS = ["init", "sv", "updater", "moult", "moult-fetch", "moult-unpack"]
PEERS = ["runsvdir", "runsv", "sv", "bash", "wget", "jq", "tar", "gzip"]
UPDATES, SUPERVISORS = "updates", "supervisors"
SMALL, MIDDLE, LARGE = 1, 33, 107  # MB of tree
SETTINGS = [(SMALL, 0), (SMALL, 100), (MIDDLE, 0)]  # and ms that the app serves on after TERM
LIMIT = {"all": 1.6 * (1 << 20), "image": 1.65 * (1 << 20), "memory": 2 << 20, "downtime": 0.010, "updater": 1.3 * (1 << 20),
         "asleep": 300 << 10}


def measure_files(table, directory):
    ours, peers = [programs.OURS / name for name in OURS], programs.find(*PEERS)
    table.compare("files: supervisor", kib, programs.size(ours[:2]), programs.size(peers[:3]))
    table.compare("files: updater", kib, programs.size(ours[2:]), programs.size(peers[3:]), LIMIT["updater"])
    table.compare("files: both, with their shared libraries", kib, programs.size_with_libraries(ours),
                  programs.size_with_libraries(peers))
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


def measure_unpacking(table, program):
    """The ratio that must be reached is told as the limit: so much of what the peer takes."""
    plain, files = payload.real(LARGE * payload.MB, program)
    say(f"archives of {len(plain) // payload.MB} MB in {files} files of this machine, and of 10,000 small files")
    small = payload.Tree(10000 * 3000 + len(program), program, 3000).plain(1)
    archives = {"large.tar.gz": unpacking.pack(plain, "tar.gz"), "large.tar.zst": unpacking.pack(plain, "tar.zst"),
                "large.tar.xz": unpacking.pack(plain, "tar.xz"), "small.tar.gz": unpacking.pack(small, "tar.gz")}
    with unpacking.Packed(archives) as packed:
        for name, what, share in (("large.tar.gz", "107 MB, tar.gz", 0.7), ("large.tar.zst", "107 MB, tar.zst", 0.6),
                                  ("small.tar.gz", "10,000 files, tar.gz", 0.9)):
            ours, peer = packed.times(name)
            table.compare(f"fetch, verify, unpack: {what} / curl && sha256sum && tar && sync", ms, ours, peer, share * peer)
        for name, limit in (("large.tar.gz", 2), ("large.tar.zst", 11), ("large.tar.xz", 10.5)):
            table.compare(f"peak memory: fetch, verify, unpack {name[6:]}", kib, packed.peak(name), None, limit * (1 << 20))


def measure_idle(table, directory, tree):
    say(f"idle for {updates.IDLE} s")
    with updates.both(directory / "idle", tree) as pair:
        groups = {side.name: side.residents() for side in pair}
        groups["asleep"] = [pid for pid in groups["ours"] if processes.name(pid) == "updater"]
        idle = updates.idle(groups)
    ours, peer = idle["ours"], idle["peer"]
    table.compare("idle: memory (PSS) of all but the app", kib, ours.pss, peer.pss)
    table.compare("idle: memory (PSS) of the updater", kib, idle["asleep"].pss, None, LIMIT["asleep"])
    table.compare("idle: processes beside the app", count, len(groups["ours"]), len(groups["peer"]))
    table.compare(f"idle: context switches in {updates.IDLE} s", count, ours.switches, peer.switches)


def compare_supervisors(names, beside):
    """The table of these rows: init, what it must reach, the floor, the others."""
    known = [it for it in supervisors.known() if it.title in (figures.OURS, *beside)]
    titles = [it.title for it in known]
    table = Table("", titles[0], "must be", *titles[1:])
    for row in figures.measure(known, names):
        table.figure(row, titles)
    return table


def machine(load, seconds):
    return (f"{os.cpu_count()} cores, {platform.machine()}, Linux {platform.release()}, load {load:.1f} at the start; "
            f"all in the same run of {seconds:.0f} s")


def about_updates(trees):
    packed = ", ".join(f"{len(tree.archive(1)) / payload.MB:.1f}" for tree in trees.values())
    return (f"Times are medians of {updates.ROUNDS} updates. Trees of {', '.join(map(str, trees))} MB are {packed} MB "
            "as tar.gz. PSS counts a library in part when other programs on the machine use it, to the peers' favour.")


def about_supervisors():
    lives = ", ".join(f"{rounds} with {number}" for number, rounds in figures.ROUNDS.items())
    return (f"Each is PID 1 over services that are one small static program; medians; lives: {lives} services. "
            "The floor only forks, executes, relays and reaps (test/bench/floor.c). "
            "– is what a program cannot do, or did not come to an end with.")


def compare_updates(directory):
    """The table, and what is to be said of it."""
    table = Table("", "moult", "runit + wget + jq + tar", "ratio", "our limit")
    program = (programs.ROOT / "build/demo" / f"demo-{payload.FIRST}").read_bytes()
    say("trees to update to")
    trees = {size: payload.Tree(size * payload.MB, program) for size in (SMALL, MIDDLE, LARGE)}
    measure_files(table, directory)
    measure_updates(table, directory, trees)
    each = measure_memory(table, directory, trees)
    measure_unpacking(table, program)
    measure_idle(table, directory, trees[SMALL])
    return table, [each, about_updates(trees)]


def run(directory, only, beside):
    """What is shown: tables and paragraphs."""
    begun, load = time.monotonic(), os.getloadavg()[0]
    tables, told = [], []
    rows = [name for name in figures.ROWS if {name, SUPERVISORS} & only]
    if rows:
        tables.append(compare_supervisors(rows, beside))
        told.append(about_supervisors())
    if UPDATES in only:
        table, words = compare_updates(directory)
        tables.append(table)
        told += words
    return [*tables, *told, machine(load, time.monotonic() - begun) + "."]


def lacking(only):
    """What has to be built first."""
    tools = programs.ROOT / "build/bench"
    needed = [programs.OURS / name for name in (OURS if UPDATES in only else OURS[:2])]
    if only != {UPDATES}:
        needed += [tools / "floor", tools / "service"]
    if UPDATES in only:
        needed += [tools / "peak", programs.ROOT / "build/demo" / f"demo-{payload.FIRST}"]
    return [str(path.relative_to(programs.ROOT)) for path in needed if not path.is_file()]


def main():
    parser = argparse.ArgumentParser(description="moult beside its peers, measured here and now.")
    known = (UPDATES, SUPERVISORS, *figures.ROWS)
    parser.add_argument("--only", action="append", metavar="WHAT", choices=known,
                        help=f"a part or a row; may be given again: {', '.join(known)}")
    parser.add_argument("--beside", action="append", metavar="PEER",
                        help="only this one, for the supervisors; may be given again: floor, runit, ...")
    parser.add_argument("--markdown", type=Path, help="write the tables there as Markdown, too")
    options = parser.parse_args()
    only = set(options.only or (UPDATES, SUPERVISORS))
    missing = lacking(only)
    if missing:
        print(f"bench: no {', '.join(missing)}; `make bench` builds them", file=sys.stderr)
        return 100
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=programs.ROOT / "build/bench"))
    try:
        shown = run(directory, only, options.beside or [it.title for it in supervisors.known()])
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print("\n\n".join(it.text() if isinstance(it, Table) else it for it in shown))
    if options.markdown:
        text = "\n\n".join(it.markdown() if isinstance(it, Table) else it for it in shown)
        options.markdown.write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
