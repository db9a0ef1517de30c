"""A command on a terminal, as `docker run -it` has it: init is PID 1, leads the session and has its controlling terminal."""
import os
import signal

import pytest
from terminal import CTRL_BACKSLASH, CTRL_C, CTRL_Z, Terminal
from world import BIN, LIMIT, UNSHARE

LEADER = [*UNSHARE, "setsid", "--ctty"]
SHELL = ["--", "/bin/sh", "-i"]


class Console(Terminal):
    """With init on it."""

    def __init__(self, world):
        super().__init__()
        self.world = world

    def start(self, *arguments, wrapper=LEADER, **environ):
        return self.run([*wrapper, str(BIN / "init"), *arguments],
                        {**self.world.environ, "PS1": "ready> ", "HISTFILE": "/dev/null", **environ})

    @property
    def pid(self):
        """PID 1, as it is called outside."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
            return int(children.read().split()[0])


@pytest.fixture
def terminal(world):
    made = Console(world)
    yield made
    made.end()  # unshare takes PID 1 with it
    print(made.output.decode(errors="replace"))  # shown with a failure
    assert b"runtime error" not in made.output and b"AddressSanitizer" not in made.output


def is_in_the_foreground(terminal):
    foreground, _, own = terminal.line("foreground ").split()
    return foreground == own


# A shell, and its jobs


def test_ctrl_c_is_for_the_job(terminal):
    terminal.start(*SHELL)
    terminal.expect("ready> ")
    terminal.type("$SERV group out job-is-up pause")
    assert is_in_the_foreground(terminal)
    terminal.expect("job-is-up\r\n")
    terminal.type(CTRL_C)
    terminal.expect("ready> ")
    terminal.type("echo code-$?-$((40 + 2))")
    terminal.expect("code-130-42")
    assert b"stopping" not in terminal.output
    terminal.type("exit 3")
    assert terminal.finish() == 3


def test_ctrl_c_at_the_prompt_ends_nothing(terminal):
    terminal.start(*SHELL)
    terminal.expect("ready> ")
    terminal.type(CTRL_C)
    terminal.expect("ready> ")
    terminal.type("exit 0")
    assert terminal.finish() == 0


def test_ctrl_z_and_fg(terminal):
    terminal.start(*SHELL)
    terminal.expect("ready> ")
    terminal.type("$SERV note 18 exit 2 9 out job-is-up pause")
    terminal.expect("job-is-up\r\n")
    terminal.type(CTRL_Z)
    terminal.expect("ready> ")
    terminal.type("jobs")
    terminal.expect("topped")
    terminal.type("fg")
    terminal.expect("got 18")
    terminal.type(CTRL_C)
    terminal.expect("ready> ")
    terminal.type("echo code-$?")
    terminal.expect("code-9")


def test_background_jobs_and_what_is_typed_go_their_ways(terminal):
    terminal.start(*SHELL)
    terminal.expect("ready> ")
    terminal.type("$SERV note 2 out job-is-up pause &")
    terminal.expect("job-is-up\r\n")
    terminal.type("cat")
    terminal.type("first")
    terminal.expect("first\r\nfirst")
    terminal.type(CTRL_C)
    terminal.expect("ready> ")
    terminal.type("kill %1; wait; echo all-$((40 + 2))")
    terminal.expect("all-42")
    assert b"got 02" not in terminal.output


def test_ctrl_backslash(terminal):
    terminal.start(*SHELL)
    terminal.expect("ready> ")
    terminal.type("$SERV note 3 out job-is-up pause")
    terminal.expect("job-is-up\r\n")
    terminal.type(CTRL_BACKSLASH)
    terminal.expect("got 03")


def test_resize(terminal):
    terminal.start(*SHELL)
    terminal.expect("ready> ")
    terminal.type("stty size")
    terminal.expect("24 80")
    terminal.type("$SERV note 28 out job-is-up pause")
    terminal.expect("job-is-up\r\n")
    terminal.resize(50, 132)
    terminal.expect("got 28")
    terminal.type(CTRL_C)
    terminal.expect("ready> ")
    terminal.type("stty size")
    terminal.expect("50 132")


def test_a_shell_is_stopped_with_the_container(terminal):
    """An interactive shell does not mind TERM."""
    terminal.start(*SHELL, SVWAIT="1")
    terminal.expect("ready> ")
    terminal.type("$SERV note 1 exit 15 0 out job-is-up pause")
    terminal.expect("job-is-up\r\n")
    os.kill(terminal.pid, signal.SIGTERM)
    terminal.expect("stopping all services")
    terminal.expect("app (pid ")
    assert terminal.finish() == 137


# A program

def test_a_program_has_the_terminal(world, terminal):
    """Ctrl-C and the rest are the command's: neither init's nor those of the services beside it."""
    world.service("other", "note 2 note 3 note 20 note 28 out other-is-up pause")
    terminal.start(world.environ["SERV"], "note", "2", "note", "3", "note", "20", "note", "28", "group", "out", "program-is-up", "pause")
    terminal.see("other-is-up\r\n", "program-is-up\r\n")
    assert is_in_the_foreground(terminal)
    for typed, number in ((CTRL_C, "02"), (CTRL_BACKSLASH, "03"), (CTRL_Z, "20")):
        terminal.type(typed)
        terminal.expect(f"got {number}")
    terminal.resize(30, 90)
    terminal.expect("got 28")
    assert b"stopping" not in terminal.output
    for number in ("02", "03", "20"):
        assert terminal.output.count(f"got {number}".encode()) == 1


def test_a_program_ends_by_ctrl_c(world, terminal):
    terminal.start(world.environ["SERV"], "out", "is-up", "pause")
    terminal.expect("is-up\r\n")
    terminal.type(CTRL_C)
    assert terminal.finish() == 130


def test_a_program_reads_what_is_typed(world, terminal):
    terminal.start("/bin/sh", "-c", "read line; echo read-$line-$((40 + 2)); exit 4")
    terminal.type("this")
    terminal.expect("read-this-42")
    assert terminal.finish() == 4


def test_a_program_that_comes_back_has_it_again(world, terminal):
    terminal.start(world.environ["SERV"], "exit", "2", "7", "group", "out", "is-up", "pause", GH_USER="somebody")
    for _ in range(2):
        assert is_in_the_foreground(terminal)
        terminal.expect("is-up\r\n")
        terminal.type(CTRL_C)
    terminal.expect("exited with code 7")


def test_hang_up_ends_the_shell_and_so_the_container(terminal):
    terminal.start(*SHELL, SVWAIT="1")
    terminal.expect("ready> ")
    terminal.hang_up()
    terminal.process.wait(LIMIT)


def test_hang_up_of_a_program_that_does_not_mind(world, terminal):
    """init's own log has nowhere to go any more, and it lives."""
    terminal.start(world.environ["SERV"], "ignore", "1", "exit", "15", "6", "out", "is-up", "pause")
    terminal.expect("is-up\r\n")
    terminal.hang_up()
    assert world.status("app")["state"] == "run"
    assert world.ask("rescan") == ["ok"]
    world.ask("term app")
    assert terminal.process.wait(LIMIT) == 6


# Other terminals

@pytest.mark.parametrize("leader", [["setsid", "--ctty", "--wait", *UNSHARE], ["setsid", "--ctty", "--wait"]])
def test_in_the_session_of_somebody_else(world, terminal, leader):
    """The terminal is his; the command has it while it lives, whether init is PID 1 or not."""
    terminal.start(world.environ["SERV"], "note", "2", "group", "out", "is-up", "pause", wrapper=leader)
    assert is_in_the_foreground(terminal)
    terminal.expect("is-up\r\n")
    terminal.type(CTRL_C)
    terminal.expect("got 02")
    assert world.ask("kill app") == ["ok"]
    assert terminal.finish() == 137


def test_the_terminal_goes_back_to_whom_it_belongs(world, terminal):
    """A script that starts init, not as PID 1, and reads from the terminal afterwards."""
    script = '"$@"; echo code-$?; read line; echo read-$line-$((40 + 2))'
    terminal.start(world.environ["SERV"], "group", "end", "3", wrapper=["setsid", "--ctty", "--wait", "sh", "-c", script, "sh"])
    assert is_in_the_foreground(terminal)
    terminal.expect("code-3")
    terminal.type("this")
    terminal.expect("read-this-42")


def test_a_terminal_that_controls_nobody(world, terminal):
    """`-t` without a session of its own: the command is started all the same."""
    terminal.start(world.environ["SERV"], "exit", "15", "7", "group", "out", "is-up", "pause", wrapper=UNSHARE)
    terminal.expect("foreground ")
    terminal.expect("is-up\r\n")
    world.ask("term app")
    assert terminal.finish() == 7


def test_without_a_terminal_the_command_leads_a_session(world):
    world.start(world.environ["SERV"], "exit", "15", "7", "group", "out", "is-up", "pause")
    world.expect("is-up")
    assert "foreground -1 own" in world.output.decode()
    pid = int(world.status("app")["pid"])
    assert f"own {pid}\n" in world.output.decode()
    assert world.stop(signal.SIGTERM) == 7


def test_a_service_never_has_the_terminal(world, terminal):
    world.service("other", "group out is-up pause")
    terminal.start()
    assert terminal.line("foreground ").startswith("-1 ")
