"""What services write, relayed by init: LOG_FORMAT=prefix and json."""
import json
import os
import pty
import random
import re
import subprocess
from signal import SIGTERM

import pytest
from world import BIN, LIMIT, UNSHARE

LINES = 2000
FORMS = ["prefix", "json"]


def relayed(world):
    """All lines of services that came out whole, as (service, stream or None, text)."""
    found = []
    for line in world.output.decode().splitlines():
        if line.startswith("{"):
            fields = json.loads(line)
            if "service" in fields:
                found.append((fields["service"], fields["stream"], fields.get("message", fields)))
        elif match := re.fullmatch(r"([\w/-]+): (.*)", line):
            found.append((match[1], None, match[2]))
        else:
            assert line.startswith("[init] "), line
    return found


def numbers(lines, service, stream):
    """Of the lines that serv's noise made, each as it must be."""
    found = []
    for name, way, text in lines:
        if name == service and isinstance(text, str) and text.startswith(f"{stream} "):
            number = int(text[4:10])
            assert text == f"{stream} {number:06} " + "x" * (number % 97)
            assert way in (None, f"std{stream}")
            found.append(number)
    return found


@pytest.mark.parametrize("form", FORMS)
def test_ten_noisy_services_and_no_line_torn_or_lost(world, form):
    names = [f"noisy-{n}" for n in range(10)]
    for name in names:
        world.service(name, f"noise {LINES} out done pause")
    world.start(LOG_FORMAT=form)
    for name in names:
        world.expect(f'"service":"{name}","stream":"stdout","message":"done"' if form == "json" else f"{name}: done")
    assert world.stop() == 0
    lines = relayed(world)
    for name in names:
        for stream in ("out", "err"):
            assert numbers(lines, name, stream) == list(range(1, LINES + 1))
    assert len(lines) == 10 * (2 * LINES + 1)


@pytest.mark.parametrize("form", FORMS)
def test_a_death_loses_nothing_and_ends_the_line(world, form):
    world.service("app", "noise 500 part unended die 9", max_death_tally="3")
    world.start(LOG_FORMAT=form)
    world.expect("unended", 3)
    world.stop()
    lines = relayed(world)
    for stream in ("out", "err"):
        assert numbers(lines, "app", stream) == 3 * list(range(1, 501))
    assert [text for _, _, text in lines].count("unended") == 3


def test_last_words_come_out_before_the_end(world):
    world.service("app", "bye 15 goodbye out up pause")
    world.script("app/finish", f"exec $SERV noise {LINES}")
    world.start(LOG_FORMAT="prefix")
    world.expect("app: up")
    assert world.stop() == 0
    lines = relayed(world)
    assert ("app", None, "goodbye") in lines
    assert numbers(lines, "app", "out") == numbers(lines, "app", "err") == list(range(1, LINES + 1))


def test_a_service_that_vanishes_is_heard_to_its_end(world):
    world.service("app", f"bye 15 goodbye noise {LINES} out up pause")
    world.start(LOG_FORMAT="prefix")
    world.expect("app: up")
    os.rename(world.svdir / "app", world.directory / "gone")
    world.expect("app: goodbye\n")
    world.later("app", "out again pause")
    world.expect("app: again\n")
    assert numbers(relayed(world), "app", "err") == list(range(1, LINES + 1))


def test_only_stderr_of_one_with_a_logger_is_relayed(world):
    out = world.directory / "log"
    world.service("app", "out quiet err loud pause")
    world.script("app/log/run", f"exec $SERV err logging copy {out}")
    world.start(LOG_FORMAT="prefix")
    world.expect("app: loud\n")
    world.expect("app/log: logging\n")
    world.wait_until(lambda: out.exists() and out.read_text() == "quiet\n")
    world.stop()
    assert b"quiet" not in world.output


def test_everything_else_that_a_service_runs_is_relayed_too(world):
    world.service("app", "out up pause")
    world.script("app/check", "exec $SERV out checking end 0")
    world.script("app/finish", "exec $SERV err finishing end 0")
    world.start(LOG_FORMAT="prefix")
    world.expect("app: checking\n")
    world.stop()
    assert ("app", None, "finishing") in relayed(world)


def test_json_is_valid_whatever_is_written(world):
    """Garbage of every kind; objects keep their fields, and are still told apart."""
    chance, lines = random.Random(1), []
    for _ in range(2000):
        kind = chance.randrange(4)
        if kind == 0:
            lines.append(bytes(chance.choices(range(256), k=chance.randrange(80))).replace(b"\n", b""))
        elif kind == 1:
            lines.append(json.dumps({"n": chance.random(), "t": "\"\\\n\x7f€", "l": [[], {}, None]},
                                    ensure_ascii=chance.random() < 0.5).encode())
        elif kind == 2:
            lines.append(bytes(chance.choices(b'{}[]":,\\u0aefn1.- \t\r', k=chance.randrange(30))))
        else:
            lines.append(chance.choice(["ä", "€", "\U0001f41b", '"', "\x01", "a"]).encode() * chance.randrange(3000))
    garbage = world.directory / "garbage"
    garbage.write_bytes(b"\n".join(lines) + b"\n")
    world.script("app/run", f"cat {garbage}; exec $SERV out done pause")
    world.start(LOG_FORMAT="json")
    world.expect('"message":"done"')
    world.stop()
    kept, text = 0, ""
    for line in world.output.decode().splitlines():
        assert len(line.encode()) < 4096
        fields = json.loads(line)
        if fields.get("service") == "app":
            assert fields["stream"] == "stdout" and fields["time"].endswith("Z")
            kept += "n" in fields and fields["t"] == "\"\\\n\x7f€"
            text += fields.get("message", "") + ("" if fields.get("partial") else "\n")
    assert kept == sum(line.startswith(b'{"n"') for line in lines)
    for line in lines:
        if line and line == line[:1] * len(line) and line[:1] == b"a":
            assert line.decode() in text


def test_a_reader_that_stalls_stops_nobody_for_ever(world):
    """The pipe that init shares with us is not read: services wait, then go on, and what they lost is counted."""
    total = 60000
    world.service("app", f"out up noise {total} ready pause", notification_fd="3")
    world.service("other", "pause")
    world.start(LOG_FORMAT="prefix")
    wire = world.wire()
    wire.send("watch app")
    while "ready=1" not in wire.receive():
        assert world.ask("status other")[-1] == "ok"
    wire.close()
    assert world.sv("status", "other").returncode == 0
    world.expect("lines lost: stdout was not read\n", 2)
    assert world.stop() == 0
    lines = relayed(world)
    kept = numbers(lines, "app", "out") + numbers(lines, "app", "err")
    lost = [int(text.split()[0]) for _, _, text in lines if text.endswith("lines lost: stdout was not read")]
    assert len(kept) > 100 and len(lost) == 2
    assert len(kept) + sum(lost) == 2 * total
    assert numbers(lines, "app", "err") == list(range(1, 1 + len(numbers(lines, "app", "err"))))


def test_a_slow_reader_loses_nothing(world):
    world.service("app", f"noise {LINES * 10} out done pause")
    world.start(LOG_FORMAT="prefix")
    world.wait_until(lambda: b"app: done" in world.output)  # reads now and then, 64 KiB at most
    world.stop()
    assert numbers(relayed(world), "app", "out") == list(range(1, LINES * 10 + 1))


def test_a_closed_stdout_does_not_stop_services(world):
    ready = world.directory / "ready"
    world.script("app/run", f"$SERV noise {LINES * 10}; echo > {ready}; exec $SERV pause")
    world.start(LOG_FORMAT="prefix")
    world.process.stdout.close()
    world.watch("app", lambda s: s["state"] == "run")
    while not ready.exists():
        assert world.ask("status app")[-1] == "ok"
    status = world.status("app")
    assert status["state"] == "run" and "sig" not in status  # nor was anybody sent a SIGPIPE
    world.signal(SIGTERM)
    assert world.process.wait(LIMIT) == 0


def test_the_end_does_not_wait_for_a_reader_that_stalls(world):
    world.service("app", "out up noise 60000 pause")
    world.service("clerk", "out up pause")
    world.start(LOG_FORMAT="prefix", SVWAIT="1")
    world.expect("up\n", 2)
    world.signal(SIGTERM)
    assert world.process.wait(LIMIT) == 0


def test_the_command_on_a_terminal_is_not_relayed(world):
    """It has the terminal itself; services beside it are relayed there."""
    world.service("beside", "out up pause")
    master, slave = pty.openpty()
    command = [BIN / "init", "sh", "-c", "test -t 1 && test -t 2 && echo on-it; exec $SERV pause"]
    init = subprocess.Popen(["setsid", "--ctty", "--wait", *UNSHARE, *command],
                            env={**world.environ, "LOG_FORMAT": "prefix"}, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    seen = b""
    while b"beside: up" not in seen or b"on-it" not in seen:
        seen += os.read(master, 1000)
    assert b"app: " not in seen
    init.kill()
    init.wait()
    os.close(master)


def test_services_get_the_limit_of_files_back(world):
    world.wrapper = ["prlimit", "--nofile=1000:9000", *world.wrapper]
    world.script("app/run", "ulimit -Sn; ulimit -Hn; exec $SERV out done pause")
    world.start(LOG_FORMAT="prefix")
    world.expect("app: done")
    assert [text for _, _, text in relayed(world)] == ["1000", "9000", "done"]
    with open(f"/proc/{world.pid}/limits", encoding="ascii") as limits:
        assert re.search(r"Max open files +5120 +9000", limits.read())


@pytest.mark.parametrize("form", [None, "text"])
def test_text_is_not_relayed(world, form):
    world.script("app/run", f"test /proc/self/fd/1 -ef /proc/{os.getpid()}/fd/1; "
                            "readlink /proc/self/fd/1 /proc/1/fd/1; exec $SERV out done pause")
    world.start(LOG_FORMAT=form)
    world.expect("done\n")
    pipes = [line for line in world.lines() if line.startswith("pipe:")]
    assert len(pipes) == 2 and pipes[0] == pipes[1]
