"""control/X: programs that stand in for signals."""
import os

import pytest
from world import AS_ROOT


def test_exit_0_is_instead_of_the_signal(world):
    world.service("app", "note 1 note 15 note 10 out up pause")
    world.script("app/control/h", 'echo "control h $1"; exit 0')
    world.start()
    world.expect("up")
    pid = world.status("app")["pid"]
    assert world.ask("hup app") == ["ok"]
    world.expect(f"control h {pid}\n")
    assert world.ask("1 app") == ["ok"]
    world.expect("got 10")
    assert "got 01" not in world.lines()


def test_anything_else_lets_the_signal_through(world):
    world.service("app", "note 1 note 10 out up pause")
    world.script("app/control/h", "echo control-h; exit 3")
    world.write("app/control/1", "not executable")
    world.start()
    world.expect("up")
    assert world.ask("hup app") == ["ok"]
    world.expect("got 01")
    assert world.ask("1 app") == ["ok"]
    world.expect("got 10")
    assert world.lines().index("control-h") < world.lines().index("got 01")


def test_down_is_t_and_then_d(world):
    world.service("app", "exit 15 0 out up pause")
    world.script("app/control/t", "echo control-t; exit 1")
    world.script("app/control/d", "echo control-d; exit 0")
    world.start()
    world.expect("up")
    assert world.sv("stop", "app").returncode == 0
    world.expect("control-d")
    assert world.lines().index("control-t") < world.lines().index("control-d")


def test_down_signal_is_what_t_stands_in_for(world):
    world.service("app", "note 15 exit 3 7 out up pause", down_signal="QUIT")
    world.script("app/control/t", "echo control-t; exit 1")
    world.start()
    world.expect("up")
    assert world.sv("stop", "app").returncode == 0
    assert world.status("app")["code"] == "7" and "got 15" not in world.lines()


def test_up_and_exit_have_theirs(world):
    world.service("app", "exit 15 0 out up pause", down="")
    world.script("app/control/u", "echo control-u")
    world.script("app/control/x", "echo control-x")
    world.script("app/control/t", "echo control-t; exit 1")
    world.start()
    assert world.sv("start", "app").returncode == 0
    world.expect("control-u")
    assert world.ask("exit app") == ["ok"]
    world.expect("control-t")


def test_kill_has_its_own_but_not_at_the_end(world):
    world.service("app", "note 15 note 10 out up pause", timeout_kill="50")
    world.script("app/control/k", "echo control-k; exit 0")
    world.start()
    world.expect("up")
    pid = world.status("app")["pid"]
    assert world.ask("kill app") == ["ok"]
    world.expect("control-k")
    assert world.ask("1 app") == ["ok"]
    world.expect("got 10")
    assert world.status("app")["pid"] == pid
    assert world.sv("stop", "app").returncode == 0  # timeout-kill asks nobody


def test_one_that_hangs_does_not_keep_it_up(world):
    world.service("app", "exit 15 0 out up pause")
    world.script("app/control/h", "exec $SERV out control-h pause")
    world.start()
    world.expect("up")
    assert world.ask("hup app") == ["ok"]
    world.expect("control-h")
    assert world.ask("alarm app") == ["ok"]  # waits for its turn
    assert world.sv("stop", "app").returncode == 0


def test_signals_to_init_take_the_same_way(world):
    world.service("app", "note 1 note 10 out up pause")
    world.script("app/control/h", "echo control-h")
    world.start()
    world.expect("up")
    world.signal(1)
    world.expect("control-h")
    world.signal(10)
    world.expect("got 10")
    assert "got 01" not in world.lines()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_it_runs_as_the_user_with_the_environment(world):
    world.wrapper = AS_ROOT
    world.service("app", "out up pause", user="12345")
    world.write("app/env/COLOUR", "green")
    world.script("app/control/h", "exec $SERV id env COLOUR")
    world.start()
    world.expect("up")
    assert world.ask("hup app") == ["ok"]
    world.expect("COLOUR=green")
    world.expect("id 12345 12345 ")
