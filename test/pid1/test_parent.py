"""init that is not PID 1: somebody's child, and yet the parent of all that its services leave behind."""
import contextlib
import os
import signal
import subprocess
from pathlib import Path

import pytest
from world import LIMIT


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_adopts_and_reaps(world):
    """The orphan of a service comes to init, and is no zombie when it dies."""
    world.wrapper = []
    world.service("app", "sleeper out app-up exit 15 0 pause")
    world.start()
    world.expect("not PID 1")
    world.expect("app-up")
    service = world.status("app")["pid"]
    world.wait_until(lambda: len(children(world.pid)) == 2)
    orphan, = set(children(world.pid)) - {service}
    os.kill(int(orphan), signal.SIGKILL)
    world.wait_until(lambda: children(world.pid) == [service])
    assert world.stop() == 0


def test_leaves_alone_what_is_not_its(world):
    """At its end it stops its services and not everybody."""
    bystander = subprocess.Popen([world.environ["SERV"], "pause"])
    try:
        world.wrapper = []
        world.service("app", "exit 15 7 out app-up pause", essential="")
        world.start()
        world.expect("app-up")
        assert world.stop() == 7
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


# The parent dies: it is a shell that says who its child is and then waits to be killed.
PARENT = ["sh", "-c", '"$@" & echo child-$!; wait', "sh"]


def start_below_a_parent(world, *arguments):
    world.wrapper = PARENT
    world.start(*arguments)
    world.expect("child-")
    world.expect("app-up")


@pytest.mark.parametrize("name, number", [("USR1", 10), ("10", 10), ("HUP", 1)])
def test_gets_the_signal_it_wants_when_its_parent_dies(world, name, number):
    world.service("app", f"note {number} exit 15 0 out app-up pause")
    start_below_a_parent(world, "-p", name)
    world.process.kill()
    world.expect(f"got {number:02}")
    assert world.ask("exit app") == ["ok"]
    os.kill(int(next(line for line in world.lines() if line.startswith("child-"))[6:]), signal.SIGTERM)
    world.finish()


def test_ends_in_order_when_its_parent_dies(world):
    world.service("app", "exit 15 0 out app-up pause")
    world.script("app/finish", "exec $SERV args 3 finish $1 $2")
    start_below_a_parent(world, "-p", "TERM")
    world.process.kill()
    world.expect("stopping all services")
    world.expect("finish 0 0")
    world.finish()


def test_without_it_nothing_ends(world):
    """The control of the tests above."""
    world.service("app", "note 10 exit 15 0 out app-up pause")
    start_below_a_parent(world)
    world.process.kill()
    world.process.wait(LIMIT)
    assert world.status("app")["state"] == "run"
    os.kill(int(next(line for line in world.lines() if line.startswith("child-"))[6:]), signal.SIGTERM)
    world.finish()
    assert b"got 10" not in world.output


@pytest.mark.parametrize("name", ["0", "65", "FOO", "-1", ""])
def test_a_parent_signal_that_is_none(world, name):
    assert world.start("-p", name, expect_socket=False).finish() == 100
    assert "-p" in world.output.decode() and "is no signal" in world.output.decode()


@pytest.mark.parametrize("files, number", [({}, 15), ({"down_signal": "QUIT"}, 3)])
def test_services_get_their_down_signal_when_init_is_killed(world, files, number):
    """As PID 1 it takes them with it; otherwise they would live on with nobody to stop them."""
    world.wrapper = []
    world.service("app", f"note 1 exit {number} 0 out app-up pause", **files)
    world.script("app/log/run", "while read line; do echo logged-$line; done; echo logger-ends")
    world.start()
    world.expect("logged-app-up")
    service = int(world.status("app")["pid"])
    os.kill(world.pid, signal.SIGKILL)
    try:
        world.expect("logger-ends")  # its service has gone
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(service, signal.SIGKILL)
