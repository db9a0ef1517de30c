"""The process group of a service: what its run leaves behind goes with it, in the time that it is given."""
import os

import pytest


@pytest.fixture
def gate(world):
    """A fifo: who reads it in a service waits until the test opens it."""
    os.mkfifo(world.directory / "gate")
    world.environ["DIR"] = str(world.directory)
    return lambda: os.close(os.open(world.directory / "gate", os.O_WRONLY))


def leaves(world, child, main="copy /dev/null end 1", **files):
    """A service whose run starts a child in its own process group, and ends when the gate is opened."""
    world.service("app", "", **files)
    world.script("app/run", f"$SERV {child} &\nexec $SERV {main} <$DIR/gate")


def test_what_is_left_after_a_crash_is_told_to_go(world, gate):
    leaves(world, "exit 15 0 out child-up pause")
    world.script("app/finish", "exec $SERV out finish")
    world.start()
    world.expect("child-up")
    gate()
    world.expect("child-up", 2)
    assert world.lines().index("finish") < len(world.lines()) - 1 - world.lines()[::-1].index("child-up")
    assert "killed" not in world.output.decode()


def test_what_does_not_go_is_killed(world, gate):
    leaves(world, "note 15 out child-up pause", timeout_kill="50")
    world.start()
    world.expect("child-up")
    gate()
    world.expect("got 15")
    world.expect("child-up", 2)


def test_finish_waits_for_the_last_of_the_group(world, gate):
    world.service("app", "")
    world.script("app/run", "sh -c 'trap \"\" TERM; echo child-up; read line <$DIR/gate; echo child-gone' &\n"
                            "exec $SERV exit 15 0 out main-up pause")
    world.script("app/finish", "exec $SERV out finish")
    world.start()
    world.expect("child-up")
    world.expect("main-up")
    assert world.ask("down app") == ["ok"]
    world.watch("app", lambda s: s["state"] == "linger")
    assert world.sv("-w", "0", "stop", "app").stdout.startswith("timeout: finish: app: ")
    gate()
    world.watch("app", lambda s: s["state"] == "down")
    world.expect("finish")
    assert world.lines().index("child-gone") < world.lines().index("finish")


def test_a_deaf_group_ends_with_the_container(world, gate):
    leaves(world, "note 15 out child-up pause", main="exit 15 0 out main-up pause")
    world.script("app/run", "$SERV note 15 out child-up pause &\nexec $SERV exit 15 0 out main-up pause")
    world.start(SVWAIT="1")
    world.expect("child-up")
    world.expect("main-up")
    assert world.stop() == 0
    assert "did not stop in time: killed" in world.output.decode()


def test_a_session_of_its_own_is_left_alone(world):
    """sshd's sessions outlive it, as everywhere."""
    world.service("app", "sleeper out up pause")
    world.start()
    world.expect("up")
    assert world.ask("kill app") == ["ok"]
    world.expect("up", 2)
    assert world.stop() == 0
    assert world.output.decode().count("is left and is stopped") == 2
