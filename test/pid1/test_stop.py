"""Signals, the ordered end, exit codes, and the command on init's own command line."""
import os
import signal
import subprocess
import time

import pytest
from world import UNSHARE

CATCHABLE = [n for n in range(1, 65) if n not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGTERM,
                                                  signal.SIGINT)]


def test_relays_every_signal(world):
    for name in ("one", "two"):
        world.service(name, " ".join(f"note {n}" for n in CATCHABLE) + " out up pause")
    world.start()
    world.expect("up\n", 2)
    for n in CATCHABLE:
        world.signal(n)
        world.expect(f"got {n:02}\n", 2)


def test_rewrites_and_drops(world):
    world.service("app", "note 1 note 10 note 12 exit 3 5 out up pause", essential="")
    world.start("-r", "USR1:USR2", "-r", "HUP:0", "-r", "TERM:QUIT")
    world.expect("up")
    world.signal(signal.SIGHUP)
    world.signal(signal.SIGUSR1)
    world.expect("got 12")
    assert world.stop() == 5
    assert b"got 01" not in world.output and b"got 10" not in world.output


def test_stops_in_reverse_order(world):
    """db may go only when web, which comes after it, is gone."""
    world.service("db", "exit 15 0 out db-up pause")
    world.service("web", "exit 15 0 out web-up pause", after="db")
    for name in ("db", "web"):
        world.script(f"{name}/finish", f"exec $SERV out {name}-finished")
    world.start()
    world.expect("web-up")
    assert world.stop() == 0
    assert world.lines().index("web-finished") < world.lines().index("db-finished")


def test_independent_services_stop_at_once_together(world):
    """Each goes only when it has seen the other being told. Its sleep is killed by hand: the shell's child may lose a
    TERM between fork and exec, and would then be waited for as what is left of the group."""
    for name, other in (("a", "b"), ("b", "a")):
        os.mkfifo(world.directory / name)
        world.script(f"{name}/run", f"""
trap 'kill -9 $!; echo > $DIR/{other} & told=$!; read line < $DIR/{name}; wait $told; exit 0' TERM
echo {name}-up
while :; do sleep 1000 & wait; done""")
    world.start(DIR=str(world.directory), SVWAIT="15")
    world.expect("a-up")
    world.expect("b-up")
    assert world.stop() == 0
    assert b"killed" not in world.output


def test_deaf_service_is_named_and_killed_after_svwait(world):
    world.service("deaf", "ignore 15 out up pause")
    world.service("good", "exit 15 0 out up pause")
    world.start(SVWAIT="1")
    world.expect("up", 2)
    begun = time.monotonic()
    assert world.stop() == 0
    assert time.monotonic() - begun >= 1
    assert "[init] warning: deaf (pid" in world.output.decode() and "good (pid" not in world.output.decode()


def test_second_term_shortens_nothing_and_third_kills(world):
    world.service("deaf", "ignore 15 note 10 out up pause")
    world.start(SVWAIT="1000")
    world.expect("up")
    world.signal(signal.SIGTERM)
    world.expect("stopping all services")
    world.signal(signal.SIGTERM)
    world.signal(signal.SIGUSR1)  # comes after the second TERM: that did nothing
    world.expect("got 10")
    world.signal(signal.SIGTERM)
    assert world.finish() == 0
    assert b"deaf (pid" in world.output


def test_timeout_kill_and_down_signal(world):
    world.service("app", "ignore 15 note 3 out up pause", timeout_kill="1000", down_signal="SIGQUIT")
    world.start()
    world.expect("up")
    assert world.ask("down app") == ["ok"]
    world.expect("got 03")
    status = world.watch("app", lambda s: s["state"] == "down")
    assert status["sig"] == "9"


def test_stopped_service_is_woken_to_stop(world):
    world.service("app", "exit 15 0 out up pause")
    world.start()
    world.expect("up")
    assert world.ask("pause app") == ["ok"]
    assert world.status("app")["paused"] == "1"
    assert world.stop() == 0
    assert b"killed" not in world.output


def test_leftovers_are_named_and_stopped(world):
    world.service("app", "sleeper out up exit 15 0 pause")
    world.start()
    world.expect("up")
    assert world.stop() == 0
    assert "is left and is stopped" in world.output.decode()
    assert "serv (pid" in world.output.decode()


@pytest.mark.parametrize("number, environ, code", [
    (signal.SIGTERM, {}, 0), (signal.SIGINT, {}, 0),
    (signal.SIGTERM, {"SVEXIT": "signal"}, 143), (signal.SIGINT, {"SVEXIT": "signal"}, 130)])
def test_exit_code_of_a_clean_stop(world, number, environ, code):
    world.service("app", "exit 15 7 out up pause")
    world.start(**environ)
    world.expect("up")
    assert world.stop(number) == code


def test_exit_code_of_the_essential_service(world):
    world.service("app", "exit 15 7 out up pause", essential="")
    world.start()
    world.expect("up")
    assert world.stop() == 7


def test_essential_that_is_given_up_ends_the_container(world):
    world.service("app", "end 9", essential="", max_death_tally="2")
    world.service("other", "exit 15 0 pause")
    assert world.start(expect_socket=False).finish() == 9


def test_essential_that_is_told_down_does_not(world):
    world.service("app", "exit 15 9 out up pause", essential="")
    world.start()
    world.expect("up")
    world.ask("down app")
    world.watch("app", lambda s: s["state"] == "down")
    world.ask("up app")
    world.watch("app", lambda s: s["state"] == "run")


@pytest.mark.parametrize("words, code", [("end 0", 0), ("end 42", 42), ("die 9", 137), ("die 15", 143)])
def test_command_ends_the_container_with_its_code(world, words, code):
    world.start("--", world.environ["SERV"], *words.split(), expect_socket=False)
    assert world.finish() == code


@pytest.mark.parametrize("command, code", [("/no/such/file", 127), ("no-such-command", 127), ("/etc/passwd", 126)])
def test_command_that_cannot_be_executed(world, command, code):
    world.start(command, expect_socket=False)
    assert world.finish() == code


def test_command_without_svdir_is_found_in_path_and_stopped(world):
    os.rmdir(world.svdir)
    world.start("serv", "exit", "15", "7", "out", "up", "pause",
                PATH=f"{os.path.dirname(world.environ['SERV'])}:/usr/bin")
    world.expect("up")
    assert world.status("app")["state"] == "run"
    assert world.stop() == 7
    assert b"error" not in world.output


def test_nothing_to_do_is_an_error(world):
    os.rmdir(world.svdir)
    assert world.start(expect_socket=False).finish() == 100


def test_command_takes_the_other_files_of_app(world):
    world.write("app/env/FOO", "from-file")
    world.script("app/finish", 'exec $SERV args 3 finish "$1" "$2"')
    world.script("app/log/run", "exec sed s/^/logged:/")
    world.start(world.environ["SERV"], "env", "FOO", "end", "4", expect_socket=False)
    assert world.finish() == 4
    assert "logged:FOO=from-file" in world.lines() and "logged:finish 4 0" in world.lines()


def test_updated_command_comes_back(world):
    world.start(world.environ["SERV"], "out", "up", "end", "3", GH_USER="somebody")
    world.expect("up", 2)


def test_updated_command_that_is_essential_does_not(world):
    world.write("app/essential", "")
    world.start(world.environ["SERV"], "out", "up", "end", "3", GH_USER="somebody", expect_socket=False)
    assert world.finish() == 3
    assert world.lines().count("up") == 1


def world_init(world):
    from world import BIN
    return BIN / "init"


@pytest.mark.parametrize("arguments, environ, text", [
    (["-x"], {}, "-x: no such option"),
    (["-r", "TERM"], {}, "-r TERM: must be FROM:TO"),
    (["-r", "TERM:0"], {}, "a container must have a way to be stopped"),
    (["-r", "FOO:TERM"], {}, "'FOO' is no signal"),
    (["-r"], {}, "must be FROM:TO"),
    (["-p", "FOO"], {}, "-p: 'FOO' is no signal"),
    (["-p"], {}, "is no signal; use names such as TERM"),
    ([], {"SVDIR": "service"}, "SVDIR is 'service'; it must be a path that starts with /")])
def test_asked_wrongly(world, arguments, environ, text):
    assert world.start(*arguments, expect_socket=False, **environ).finish() == 100
    assert text in world.output.decode()


@pytest.mark.parametrize("environ, text", [
    ({"SVWAIT": "soon"}, "SVWAIT is 'soon'; it must be seconds from 0 to 3600: 7 is used"),
    ({"SVWAIT": "7x"}, "SVWAIT is '7x'"),
    ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'; it must be text, prefix or json: text is used"),
    ({"SVEXIT": "yes"}, "SVEXIT is 'yes'")])
def test_a_slip_in_a_variable_keeps_nobody_from_starting(world, environ, text):
    world.service("app", "out up exit 15 0 pause")
    world.start(**environ)
    world.expect("up")
    assert world.stop() == 0
    assert text in world.output.decode()


def test_help_and_version(world):
    assert world.start("-h", expect_socket=False).finish() == 0
    assert "usage: init" in world.output.decode()


def test_without_proc(world):
    world.wrapper = [*UNSHARE, "sh", "-c", 'mount -t tmpfs none /proc && exec "$0" "$@"']
    world.service("app", "sleeper exit 15 0 out up pause", essential="")
    world.start()
    world.expect("up")
    code = world.stop()
    # The leak checker of a sanitizer build wants /proc, where it would also read that it is switched off.
    assert code == 0 or "LeakSanitizer has encountered a fatal error" in world.output.decode()


def test_run_dir_that_cannot_be_used(world):
    world.service("app", "env RUN_DIR out up pause")
    world.wrapper = [*UNSHARE, "sh", "-c", 'mount -t tmpfs none /dev/shm && exec "$0" "$@"']
    world.start(RUN_DIR="/proc/no/such", expect_socket=False)
    world.expect("RUN_DIR /proc/no/such cannot be used: the control socket is /dev/shm/moult.")
    world.expect("RUN_DIR=/dev/shm/moult.")


def test_full_log_does_not_block(world):
    """Nobody reads what init writes, and still it works."""
    world.service("app", "end 1", timeout_kill="x")
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    world.process = subprocess.Popen([*UNSHARE, str(world_init(world))], env=world.environ, stdout=subprocess.PIPE,
                                     stderr=writer, bufsize=0)
    world.wait_until(world.listens)
    world.watch("app", lambda s: s["deaths"] == "2")
    os.close(writer)
    os.close(reader)
