"""How a service says that it is ready, and how it is known to be still so."""
import os

import pytest
from world import AS_ROOT

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")


@pytest.mark.parametrize("content", ["3", "socket"])
def test_ready_by_notify_socket(world, content):
    world.service("app", "", notification_fd=content)
    world.service("next", "out next-up pause", after="app")
    world.script("app/run", 'exec $SERV out up notify STATUS=starting copy /dev/null notify "STATUS=up\nREADY=1" pause <$DIR/gate')
    gate = world.directory / "gate"
    gate.touch()
    world.start(DIR=str(world.directory))
    world.watch("app", lambda s: s["ready"] == "1")
    world.expect("next-up")


def test_a_helper_that_is_gone_at_once_counts(world):
    world.service("app", "", notification_fd="socket")
    world.script("app/run", "for i in 1 2 3 4 5; do $SERV notify X=$i; done\n$SERV notify READY=1\nexec $SERV out up pause")
    world.start()
    world.watch("app", lambda s: s["ready"] == "1")


def test_other_messages_make_nobody_ready(world):
    words = " ".join(f"notify {text}" for text in ("READY=0", "XREADY=1", "READY=11", "STATUS=READY=1", "READY"))
    world.service("app", f"note 10 {words} out up pause", notification_fd="socket")
    world.start()
    world.expect("up")
    assert world.ask("1 app") == ["ok"]
    world.expect("got 10")  # init has been round its loop since
    assert world.status("app")["ready"] == "0"


@ROOT_ONLY
def test_the_socket_is_only_for_its_user_and_goes_with_it(world):
    world.wrapper = AS_ROOT
    world.service("app", "notify READY=1 exit 15 0 pause", notification_fd="socket", user="12345")
    world.start()
    world.watch("app", lambda s: s["ready"] == "1")
    sockets = list(world.run_dir.glob("notify.*"))
    assert len(sockets) == 1 and sockets[0].stat().st_mode & 0o777 == 0o600 and sockets[0].stat().st_uid == 12345
    assert world.sv("stop", "app").returncode == 0
    assert list(world.run_dir.glob("notify.*")) == []


def test_nothing_is_announced_without_the_file(world):
    world.service("app", "env NOTIFY_SOCKET out up pause")
    world.start(NOTIFY_SOCKET=None)
    world.expect("NOTIFY_SOCKET=(unset)")
    assert world.status("app")["ready"] == "1"


def test_wrong_notification_fd_is_said(world):
    world.service("app", "out up pause", notification_fd="2")
    world.start()
    world.expect("app: notification-fd holds '2'; it must be a number from 3 to 47, or socket")
    world.expect("up")


@pytest.fixture
def checked(world):
    """A service whose check is that a file is there."""
    def make(**files):
        world.service("app", "exit 15 0 out up pause", **files)
        world.script("app/check", "exec test -e $DIR/healthy")
        (world.directory / "healthy").touch()
        world.start(DIR=str(world.directory))
        world.watch("app", lambda s: s["ready"] == "1")
        world.wire_limit = 30
        return world.directory / "healthy"
    return make


def test_check_goes_on(world, checked):
    healthy = checked()
    healthy.unlink()
    pid = world.watch("app", lambda s: s["ready"] == "0")["pid"]
    world.expect("app: its check fails")
    assert world.sv("-w", "0", "check", "app").returncode == 1
    healthy.touch()
    assert world.watch("app", lambda s: s["ready"] == "1")["pid"] == pid


def test_a_check_that_fails_too_often_is_a_restart(world, checked):
    healthy = checked(max_check_tally="2")
    pid = world.status("app")["pid"]
    healthy.unlink()
    world.expect("app: 2 checks in a row failed: it is started anew", limit=30)
    healthy.touch()
    now = world.watch("app", lambda s: s["ready"] == "1" and s["pid"] != pid)
    assert now["deaths"] == "1" and now["want"] == "up"
