"""sv with a thousand services: what it says of all of them, and what it is told about hundreds at once."""
import json
import re
import subprocess

import pytest
from world import BIN, SERV

PATIENCE = 120  # seconds: a thousand processes on a busy machine
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
    world.environ["SVWAIT"] = str(PATIENCE)
    world.start()
    assert count(world) == len(ALL)


def count(world):
    wire = world.wire()
    wire.socket.settimeout(PATIENCE)
    answer = wire.ask("status")
    wire.close()
    assert answer[-1] == "ok"
    return len(answer) - 1


def sv(world, *arguments):
    return subprocess.run([BIN / "sv", *arguments], env=world.environ, capture_output=True, text=True, timeout=PATIENCE)


def expected(form, names=ALL):
    return [form.format(name) for name in names]


def ok(done, form, names=SOME):
    """Said of each of them, and of nobody else."""
    assert plain(done.stdout) == expected(form, names) and done.stderr == "" and done.returncode == 0


def test_thousand_are_shown(world):
    fill(world)
    ok(sv(world, "status"), "down: {}: Ns", ALL)
    ok(sv(world, "status", *ALL), "down: {}: Ns", ALL)
    ok(sv(world, "status", "s0999"), "down: {}: Ns", ["s0999"])
    ok(sv(world, "check", *ALL), "ok: down: {}: Ns", ALL)
    listed = json.loads(sv(world, "--json", "status").stdout)
    assert sorted(s["service"] for s in listed) == ALL and {s["state"] for s in listed} == {"down"}


def test_hundreds_are_told(world):
    fill(world)
    ok(sv(world, "up", *SOME), "", [])
    ok(sv(world, "start", *SOME), "ok: run: {}: (pid N) Ns, normally down")
    before = pids(world)
    ok(sv(world, "restart", *SOME), "ok: run: {}: (pid N) Ns, normally down")
    after = pids(world)
    assert sorted(after) == SOME and not set(before.values()) & set(after.values())
    ok(sv(world, "stop", *SOME), "ok: down: {}: Ns")
    ok(sv(world, "shutdown", *SOME, "s0000"), "ok: {}: runsv not running", ["s0000", *SOME])
    assert count(world) == len(ALL) - len(SOME) - 1
    assert sv(world, "up", *SOME).returncode == 99  # as far as runit's sv counts


def pids(world):
    listed = json.loads(sv(world, "status", "--json", *SOME).stdout)
    return {s["service"]: s["pid"] for s in listed if s["state"] == "run"}


def test_thousand_run(world):
    fill(world, ALL)
    ok(sv(world, "start", *ALL), "ok: run: {}: (pid N) Ns", ALL)
    ok(sv(world, "status"), "run: {}: (pid N) Ns", ALL)
    ok(sv(world, "-v", "pause", *SOME), "ok: run: {}: (pid N) Ns, paused")
    ok(sv(world, "force-stop", *ALL), "ok: down: {}: Ns, normally up", ALL)


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_watch_of_a_thousand(world, arguments):
    fill(world)
    watch = subprocess.Popen([BIN / "sv", "watch", *arguments], env=world.environ, stdout=subprocess.PIPE, text=True)
    first = [watch.stdout.readline() for _ in ALL]
    assert all(name in line for name, line in zip(ALL, sorted(first, key=lambda line: re.search(r"s\d{4}", line)[0])))
    assert sv(world, "up", *SOME).returncode == 0
    waiting = set(SOME)
    while waiting:
        line = watch.stdout.readline()
        if re.search(r'^run: |"state":"run"', line):
            waiting.discard(re.search(r"s\d{4}", line)[0])
    watch.kill()
    watch.communicate()
