"""sv with a thousand services: what it says of all of them, and what it is told about hundreds at once."""
import json
import re
import subprocess

import pytest
from world import BIN, SERV

ALL = [f"s{n:04}" for n in range(1000)]
SOME = ALL[100:400]


def plain(text):
    return sorted(re.sub(r"\b\d+s\b", "Ns", re.sub(r"pid \d+", "pid N", text)).splitlines())


def fill(world, up=()):
    """Services that cost as little as possible: serv without arguments, and no shell before it."""
    for name in ALL:
        (world.svdir / name).mkdir()
        (world.svdir / name / "run").symlink_to(SERV)
        if name not in up:
            (world.svdir / name / "down").touch()
    world.start()
    assert len(world.ask("status")) == len(ALL) + 1


def expected(form, names=ALL):
    return [form.format(name) for name in names]


def ok(done, form, names=SOME):
    """Said of each of them, and of nobody else."""
    assert plain(done.stdout) == expected(form, names) and done.stderr == "" and done.returncode == 0


def test_thousand_are_shown(world):
    fill(world)
    ok(world.sv("status"), "down: {}: Ns", ALL)
    ok(world.sv("status", *ALL), "down: {}: Ns", ALL)
    ok(world.sv("status", "s0999"), "down: {}: Ns", ["s0999"])
    ok(world.sv("check", *ALL), "ok: down: {}: Ns", ALL)
    listed = json.loads(world.sv("--json", "status").stdout)
    assert sorted(s["service"] for s in listed) == ALL and {s["state"] for s in listed} == {"down"}


def test_hundreds_are_told(world):
    fill(world)
    ok(world.sv("up", *SOME), "", [])
    ok(world.sv("start", *SOME), "ok: run: {}: (pid N) Ns, normally down")
    before = pids(world)
    ok(world.sv("restart", *SOME), "ok: run: {}: (pid N) Ns, normally down")
    after = pids(world)
    assert sorted(after) == SOME and not set(before.values()) & set(after.values())
    ok(world.sv("stop", *SOME), "ok: down: {}: Ns")
    ok(world.sv("shutdown", *SOME, "s0000"), "ok: {}: runsv not running", ["s0000", *SOME])
    assert len(world.ask("status")) == len(ALL) - len(SOME)
    assert world.sv("up", *SOME).returncode == 99  # as far as runit's sv counts


def pids(world):
    listed = json.loads(world.sv("status", "--json", *SOME).stdout)
    return {s["service"]: s["pid"] for s in listed if s["state"] == "run"}


def test_thousand_run(world):
    fill(world, ALL)
    ok(world.sv("start", *ALL), "ok: run: {}: (pid N) Ns", ALL)
    ok(world.sv("status"), "run: {}: (pid N) Ns", ALL)
    ok(world.sv("-v", "pause", *SOME), "ok: run: {}: (pid N) Ns, paused")
    ok(world.sv("force-stop", *ALL), "ok: down: {}: Ns, normally up", ALL)
    assert world.stop() == 0


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_watch_of_a_thousand(world, arguments):
    fill(world)
    watch = subprocess.Popen([BIN / "sv", "watch", *arguments], env=world.environ, stdout=subprocess.PIPE, text=True)
    first = [watch.stdout.readline() for _ in ALL]
    assert all(name in line for name, line in zip(ALL, sorted(first, key=lambda line: re.search(r"s\d{4}", line)[0])))
    assert world.sv("up", *SOME).returncode == 0
    waiting = set(SOME)
    while waiting:
        line = watch.stdout.readline()
        if re.search(r'^run: |"state":"run"', line):
            waiting.discard(re.search(r"s\d{4}", line)[0])
    watch.kill()
    watch.communicate()
