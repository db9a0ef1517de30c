"""Whatever comes over init, it lives on: each signal, from inside and outside; many of them; many dead; being paused."""
import os
import shutil
import signal

import pytest
from test_hostile import proves_life
from world import UNSHARE

CAUGHT = [n for n in range(1, 65) if n not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD)]
RELAYED = [n for n in CAUGHT if n not in (signal.SIGTERM, signal.SIGINT)]  # these two are the end


def test_every_signal_from_inside(world):
    """KILL and STOP do not reach PID 1 at all, the others are passed on like all that come."""
    others = [n for n in range(1, 65) if n not in (signal.SIGTERM, signal.SIGINT, signal.SIGCONT)]
    world.service("app", "hear")
    world.service("sender", "block " + " ".join(f"tell {n}" for n in others) + " end 0", down="")
    world.service("waker", f"block tell {signal.SIGCONT:d} end 0", down="")  # CONT and the stopping ones undo each other
    world.start()
    world.expect("hears")
    assert world.ask("once sender") == ["ok"]
    for n in RELAYED:
        if n != signal.SIGCONT:
            world.expect(f"got {n:02}\n")
    assert world.ask("once waker") == ["ok"]
    world.expect(f"got {signal.SIGCONT:02}\n")
    assert world.output.count(b"got ") == len(RELAYED)
    proves_life(world)


DEADLY = ["SEGV", "ILL", "FPE", "BUS", "SYS", "TRAP", "ABRT", "PIPE", "XCPU", "XFSZ", "ALRM", "QUIT", "STKFLT", "PWR"]


@pytest.mark.parametrize("number", [getattr(signal, "SIG" + name, 16) for name in DEADLY] + [32, 33, 34, 64])
def test_deadly_signal_from_outside(world, number):
    world.service("app", "hear")
    world.start()
    world.expect("hears")
    world.signal(number)
    world.expect(f"got {number:02}\n")
    proves_life(world)


def test_a_storm_of_signals(world):
    world.service("app", "exit 15 0 ignore 10 ignore 40 out up pause")
    world.start()
    world.expect("up")
    pid = world.pid
    for n in range(20_000):
        os.kill(pid, signal.SIGUSR1)
        os.kill(pid, 40)
        if n % 1000 == 0:
            assert world.ask("status app")[-1] == "ok"
    proves_life(world)


def test_a_storm_of_dead(world):
    """Five thousand orphans in bursts, and init answers all the while."""
    for n in range(5):
        world.service(f"s{n}", "orphans 1000 ready exit 15 0 pause", notification_fd="3")
    world.start()
    for n in range(5):
        while world.status(f"s{n}")["ready"] == "0":
            pass
    world.later("count", "reaped exit 15 0 pause")
    world.expect("reaped")
    proves_life(world)


def test_paused_while_much_happens(world):
    """As `docker pause` does it, or a machine that sleeps: afterwards it finds all of it at once."""
    for name in ("killed", "removed", "hears"):
        world.service(name, "hear" if name == "hears" else f"exit 15 0 out {name}-up pause")
    world.service("killer", "", down="")
    os.mkfifo(world.directory / "gate")
    world.start(GATE=str(world.directory / "gate"))
    for text in ("killed-up", "removed-up", "hears"):
        world.expect(f"{text}\n")
    victim = world.status("killed")["pid"]
    world.script("killer/run", f"read go < $GATE; exec $SERV orphans 500 kill {victim} out has-killed exit 15 0 pause")
    assert world.ask("up killer") == ["ok"]
    world.watch("killer", lambda s: s["state"] == "run")
    pid = world.pid
    os.kill(pid, signal.SIGSTOP)
    (world.directory / "gate").write_text("go\n")
    world.expect("has-killed")
    shutil.rmtree(world.svdir / "removed")
    world.later("added", "exit 15 0 out added-up pause")
    for number in (signal.SIGUSR1, signal.SIGHUP):
        os.kill(pid, number)
    waiting = world.wire()
    waiting.send("status hears")
    os.kill(pid, signal.SIGCONT)
    assert "state=run" in waiting.receive()
    world.expect("killed-up", 2)
    for text in ("added-up\n", "removed: its directory has gone\n", "got 10\n", "got 01\n"):
        world.expect(text)
    proves_life(world)


def test_nobody_reads_its_log_any_more(world):
    """The PIPE that its own writing brings is for nobody else."""
    fifo = world.directory / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    world.wrapper = [*UNSHARE, "sh", "-c", 'exec "$0" "$@" 2>"$FIFO"']
    world.service("app", "hear")
    world.service("other", "end 1", down="")
    world.start(FIFO=str(fifo))
    world.expect("hears")
    os.close(reader)
    assert world.ask("up other") == ["ok"]
    world.watch("other", lambda s: s["deaths"] == "2")  # each is logged
    assert world.ask("1 app") == ["ok"]  # comes behind them
    world.expect("got 10")
    assert b"got 13" not in world.output
    proves_life(world)
