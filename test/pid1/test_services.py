"""Services: started, restarted, finished, logged, ordered, found and lost."""
import os
import shutil
import signal
import time

import pytest


def test_reaps_a_thousand_orphans(world):
    world.service("app", "orphans 1000 out made pause")
    world.start()
    world.expect("made")
    world.later("count", "reaped pause")
    world.expect("reaped")


def test_orphans_stay_where_nobody_reaps(world):
    """The control of the test above: it can fail."""
    world.wrapper = [*world.wrapper, world.environ["SERV"], "orphans", "20", "zombies", "end", "0"]
    world.start(expect_socket=False)
    world.expect("zombies ")
    assert "zombies 0" not in world.lines()


@pytest.mark.parametrize("words, arguments", [("end 3", "3 0"), ("end 0", "0 0"), ("die 9", "-1 9"), ("die 15", "-1 15")])
def test_finish_gets_code_and_signal(world, words, arguments):
    world.service("app", words)
    world.script("app/finish", 'exec $SERV args 3 finish "$1" "$2"')
    world.start()
    world.expect(f"finish {arguments}\n")


def test_finish_that_hangs_is_killed(world):
    world.service("app", "out up end 0", timeout_finish="50")
    world.script("app/finish", "exec $SERV ignore 15 out finishing pause")
    world.start()
    world.expect("finishing")
    world.expect("up", 2)


def test_restart_at_once_then_back_off(world):
    world.service("app", "out up end 1")
    world.start()
    world.expect("starts again in 1 s")
    assert world.lines().count("up") == 2
    world.expect("starts again in 2 s")
    assert world.lines().count("up") == 3


def test_killed_service_that_lived_comes_back_at_once(world):
    world.service("app", "out up pause")
    world.start()
    first = world.watch("app", lambda s: s["state"] == "run" and int(s["for"]) >= 0)
    world.expect("up")
    assert world.ask("kill app") == ["ok"]
    second = world.watch("app", lambda s: s["state"] == "run" and s["pid"] != first["pid"])
    assert second["sig"] == "9" and second["deaths"] == "1"
    world.expect("up", 2)


def test_given_up_after_max_death_tally(world):
    world.service("app", "end 1", max_death_tally="2")
    world.start()
    status = world.watch("app", lambda s: s["state"] == "failed")
    assert status["deaths"] == "2"


def test_missing_and_unusable_run_is_said_and_tried_again(world):
    world.write("plain/run", "#!/bin/sh\n", 0o644)
    world.write("text/run", "echo\n", 0o755)
    world.write("gone/run", "#!/no/such/interpreter\n", 0o755)
    (world.svdir / "empty").mkdir()
    world.service("app", "out up pause")
    world.start()
    world.expect("[init] error: plain: cannot start ./run (is it executable?): Permission denied")
    world.expect("[init] error: text: cannot start ./run (a script must start with #!")
    world.expect("[init] error: gone: cannot start ./run (it or the interpreter")
    world.expect("[init] error: empty: cannot start ./run")
    world.expect("up")
    os.chmod(world.svdir / "plain/run", 0o755)
    world.watch("plain", lambda s: s["deaths"] != "0" and s["code"] == "0")


def test_down_file_and_up(world):
    world.service("app", "out up pause", down="")
    world.start()
    status = world.status("app")
    assert (status["state"], status["down"], status["want"]) == ("down", "1", "down")
    assert world.ask("up app") == ["ok"]
    world.watch("app", lambda s: s["state"] == "run")


def test_environment_user_and_notification(world):
    world.service("app", "env FOO env BAR env GONE env NOTIFICATION_FD ready pause", notification_fd="5")
    world.write("app/env/FOO", "a value  \nsecond line\n")
    world.write("app/env/BAR", "\n")
    world.write("app/env/GONE", "")
    world.start(GONE="here", BAR="there")
    world.expect("FOO=a value\n")
    world.expect("BAR=\n")
    world.expect("GONE=(unset)\n")
    world.expect("NOTIFICATION_FD=5\n")
    world.watch("app", lambda s: s["ready"] == "1")


def test_not_ready_before_it_says_so(world):
    world.service("app", "note 10 out up pause", notification_fd="3")
    world.start()
    world.expect("up")
    assert world.status("app")["ready"] == "0"


def test_bad_files_are_named_and_the_rest_goes_on(world):
    world.service("number", "out number-up pause", timeout_kill="soon", down_signal="BOO")
    world.service("user", "out user-up pause", user="no-such-user")
    world.write("env/env/A", "x" * 20000)
    world.service("env", "out env-up pause")
    os.mkdir(world.svdir / "number/timeout-up")
    os.mkfifo(world.svdir / "number/notification-fd")
    world.service("has space", "out space-up pause")
    world.start()
    world.expect("number: timeout-kill holds 'soon'; it must be a number from 0 to 2147483647")
    world.expect("number: down-signal holds 'BOO'")
    world.expect("number: timeout-up is not a file")
    world.expect("number: notification-fd is not a file")
    world.expect("user: user holds 'no-such-user'")
    world.expect("env: cannot take the variable env/A")
    world.expect("has space: not taken")
    world.expect("number-up")
    for name in ("user-up", "env-up", "space-up"):
        assert name not in world.lines()


def test_log_loses_no_line(world):
    """Service and logger are both killed again and again; every line that was written is there, once, in order."""
    out = world.directory / "log"
    world.script("app/run", f'n=$(cat {world.directory}/n 2>/dev/null || echo 0); echo $((n + 200)) > '
                            f'{world.directory}/n\n$SERV lines $((n + 1)) $((n + 200)); exec $SERV pause')
    world.script("app/log/run", f"exec $SERV copy {out}")
    world.start()
    world.watch("app", lambda s: s["state"] == "run" and s["log"] == "run")
    for n in range(1, 6):
        # Whole pages only: a logger killed between reading and writing would lose lines, and that would be its doing.
        world.wait_until(lambda: out.exists() and len(out.read_text().splitlines()) == 200 * n)
        assert world.ask("kill app/log") == ["ok"]
        assert world.ask("kill app") == ["ok"]
    world.wait_until(lambda: len(out.read_text().splitlines()) == 1200)
    assert out.read_text().split() == [str(n) for n in range(1, 1201)]


def test_log_is_drained_at_the_end(world):
    out = world.directory / "log"
    world.service("app", "exit 15 0 pause")
    world.script("app/finish", "exec $SERV lines 1 500")
    world.script("app/log/run", f"exec $SERV copy {out}")
    world.start()
    world.watch("app", lambda s: s["state"] == "run")
    assert world.stop() == 0
    assert out.read_text().split() == [str(n) for n in range(1, 501)]


def test_after_waits_for_ready(world):
    world.service("db", "note 10 out db-up pause", notification_fd="3")
    world.script("db/run", "$SERV out db-up; read line < $GATE; $SERV ready; exec $SERV pause")
    gate = world.directory / "gate"
    os.mkfifo(gate)
    world.service("web", "out web-up pause", after="db no-such-service\n")
    world.start(GATE=str(gate))
    world.expect("db-up")
    assert world.status("web")["state"] == "wait"
    gate.write_text("go\n")
    world.watch("web", lambda s: s["state"] == "run")


def test_check_makes_ready(world):
    """Run at once and then every second until it passes, as the service's user, in its directory."""
    world.service("db", "out db-up pause")
    world.script("db/check", "$SERV out checked; exec test -e pass")
    world.service("web", "out web-up pause", after="db")
    world.start()
    world.expect("checked")
    assert (world.status("db")["ready"], world.status("web")["state"]) == ("0", "wait")
    world.write("db/pass", "")
    world.expect("web-up")
    assert world.status("db")["ready"] == "1"
    assert world.output.count(b"checked") < 4


def test_check_of_a_dead_service_makes_nobody_ready(world):
    os.mkfifo(world.directory / "gate")
    world.script("app/run", "echo up\nexec $SERV pause")
    world.script("app/check", "echo checking; read line < $GATE")
    world.start(GATE=str(world.directory / "gate"))
    world.expect("checking")
    world.ask("kill app")
    status = world.watch("app", lambda s: s["deaths"] == "1" and s["state"] == "run")
    assert status["ready"] == "0"


def test_after_gives_up_after_timeout_up(world):
    world.service("db", "pause", notification_fd="3", timeout_up="100")
    world.service("web", "out web-up pause", after="db")
    world.start()
    world.expect("web: db is not ready after 100 ms")
    world.expect("web-up")


def test_after_does_not_wait_for_what_is_down(world):
    world.service("db", "pause", down="")
    world.service("web", "out web-up pause", after="db")
    world.start()
    world.expect("web-up")


def test_after_goes_on_to_the_next_name(world):
    """One that is not waited for at all does not make the others superfluous; and there may be very many."""
    names = [f"n{n}" for n in range(300)]
    for name in names:
        world.service(name, "pause", notification_fd="3", timeout_up="0")
    world.script("db/run", "echo db-up; read line < $GATE; $SERV ready; exec $SERV pause")
    world.write("db/notification-fd", "3")
    os.mkfifo(world.directory / "gate")
    world.service("web", "out web-up pause", after=" ".join([*names, "db"]))
    world.start(GATE=str(world.directory / "gate"))
    world.expect("db-up")
    assert world.status("web")["state"] == "wait"
    (world.directory / "gate").write_text("go\n")
    world.expect("web-up")


def test_a_circle_is_named_and_started(world):
    world.service("a", "out a-up pause", after="b")
    world.service("b", "out b-up pause", after="c")
    world.service("c", "out c-up pause", after="a")
    world.start()
    world.expect("a circle: ")
    for name in "abc":
        world.expect(f"{name}-up")
    assert world.output.count(b"a circle") == 1
    assert world.stop() == 0


def test_directories_come_and_go(world):
    world.start()
    world.later("new", "exit 15 0 out new-up pause")
    world.expect("new-up")
    wire = world.wire()
    wire.send("watch new")
    wire.receive()  # from here on it is told of changes
    os.rename(world.svdir / "new", world.svdir / ".old")
    while "state=gone" not in wire.receive():
        pass
    assert world.ask("status new")[0].startswith("err unknown ")
    os.rename(world.svdir / ".old", world.svdir / "new")
    world.expect("new-up", 2)


def test_svdir_may_be_a_link_that_flips(world):
    world.service("one", "out one-up exit 15 0 pause")
    other = world.directory / "other"
    shutil.copytree(world.svdir, other)
    os.rename(other / "one", other / "two")
    (other / "two/run").write_text("#!/bin/sh\nexec $SERV out two-up pause\n")
    real = world.directory / "real"
    os.rename(world.svdir, real)
    os.symlink(real, world.svdir)
    world.start()
    world.expect("one-up")
    os.symlink(other, world.directory / "new")
    os.rename(world.directory / "new", world.svdir)
    world.expect("two-up")
    world.expect("one: its directory has gone")


def test_a_directory_that_another_one_is_renamed_over_is_a_new_service(world):
    world.service("app", "exit 15 0 out old-up pause")
    world.script("app/log/run", "exec $SERV copy $DIR/old-log")
    world.service("other", "out other-up pause")
    log = world.directory / "old-log"
    world.start(DIR=str(world.directory))
    world.wait_until(lambda: log.exists() and log.read_text() == "old-up\n")
    world.expect("other-up")
    world.service(".new", "out new-up pause")
    os.rename(world.svdir / "app", world.svdir / ".old")
    os.rename(world.svdir / ".new", world.svdir / "app")
    world.expect("new-up")
    assert log.read_text() == "old-up\n"
    assert world.status("other")["deaths"] == "0"


def test_a_service_may_be_a_link_that_flips(world):
    for name in ("v1", "v2"):
        world.service(f".{name}", f"exit 15 0 out {name}-up pause")
    os.symlink(".v1", world.svdir / "app")
    world.start()
    world.expect("v1-up")
    os.symlink(".v2", world.svdir / ".next")
    os.rename(world.svdir / ".next", world.svdir / "app")
    world.expect("app: its directory is another one now")
    world.expect("v2-up")


def test_what_stays_the_same_is_left_alone(world):
    world.service("app", "out app-up pause")
    world.start()
    world.expect("app-up")
    world.later("new", "out new-up pause")
    world.expect("new-up")
    assert world.ask("rescan") == ["ok"]
    assert world.status("app")["deaths"] == "0"


def test_hup_rescans(world):
    world.start()
    world.service("late", "note 1 out late-up pause")
    world.expect("late-up")
    world.signal(signal.SIGHUP)
    world.expect("got 01")


def test_idle_sleeps(world):
    world.service("app", "out up pause")
    world.start()
    world.watch("app", lambda s: s["state"] == "run")
    world.expect("up")
    wire = world.wire()  # left open: its end would be an event
    wire.ask("status")

    def sleeping_switches():
        while True:
            lines = open(f"/proc/{world.pid}/status").read().splitlines()
            if any(line.startswith("State:\tS") for line in lines):
                return [line for line in lines if line.startswith("voluntary")]

    before = sleeping_switches()
    time.sleep(1)  # this is the thing measured: a second in which nothing may happen
    assert sleeping_switches() == before
