"""Who comes after whom, going up and going down; circles; what is left; and the exit code, as init(8) has it in its table.

Plain waiting, one time limit and one circle are in test_services.py, the single services that stop in test_stop.py.
"""
import os
import signal

import pytest
from world import UNSHARE

TERM, INT = signal.SIGTERM, signal.SIGINT


def ordered(world, name, after=""):
    """Says when it is up, is ready only behind that, and says last of all that it has gone."""
    world.service(name, f"exit 15 0 out {name}-up ready pause", notification_fd="3", after=after)
    world.script(f"{name}/finish", f"exec $SERV out {name}-gone")


GRAPHS = {
    "a chain": {"a": "", "b": "a", "c": "b", "d": "c", "e": "d"},
    "a chain whose names are in reverse": {"e": "", "d": "e", "c": "d", "b": "c", "a": "b"},
    "a diamond": {"a": "", "left": "a", "right": "a", "z": "left right"},
    "a ladder": {"a": "", "b": "a", "c": "a b", "d": "a b c", "e": "a b c d"},
    "two that share": {"m": "", "n": "", "a": "m n", "z": "n m"},
    "the same name twice": {"m": "", "a": "m m\n\tm"},
    "nobody of that name": {"m": "", "a": "nobody m .. /m $m"},
}


@pytest.mark.parametrize("graph", GRAPHS)
def test_up_in_order_and_down_in_reverse(world, graph):
    before = {name: set(after.split()) & set(GRAPHS[graph]) for name, after in GRAPHS[graph].items()}
    for name, after in GRAPHS[graph].items():
        ordered(world, name, after)
    world.start()
    for name in before:
        world.expect(f"{name}-up")
        world.watch(name, lambda s: s["ready"] == "1")
    assert world.stop() == 0
    lines = world.lines()
    for name, firsts in before.items():
        for first in firsts:
            assert lines.index(f"{first}-up") < lines.index(f"{name}-up")
            assert lines.index(f"{name}-gone") < lines.index(f"{first}-gone")
    assert "killed" not in world.output.decode() and "circle" not in world.output.decode()


CIRCLES = {
    "itself": ({"a": "a"}, [{"a"}]),
    "itself and another": ({"m": "", "a": "a m"}, [{"a"}]),
    "two": ({"a": "b", "b": "a"}, [{"a", "b"}]),
    "three": ({"a": "c", "b": "a", "c": "b"}, [{"a", "b", "c"}]),
    "one with a tail": ({"a": "b", "b": "a", "t": "a", "u": "t"}, [{"a", "b"}]),
    "one with a head": ({"h": "", "a": "h b", "b": "a"}, [{"a", "b"}]),
    "two circles": ({"a": "b", "b": "a", "x": "y", "y": "z", "z": "x"}, [{"a", "b"}, {"x", "y", "z"}]),
    "two circles through one": ({"a": "b c", "b": "a", "c": "a"}, [{"a", "b"}, {"a", "c"}]),
    "one of twenty": ({f"n{n}": f"n{(n + 1) % 20}" for n in range(20)}, [{f"n{n}" for n in range(20)}]),
}


def circle_of(line):
    """[init] error: a circle: a after b after a; a goes first"""
    names = line.split("circle: ")[1].split(";")[0].split(" after ")
    return names if names[0] == names[-1] else pytest.fail(line)


@pytest.mark.parametrize("kind", CIRCLES)
def test_circle_of(world, kind):
    """It is named, each name once and in its order; all come up, what is not in it without a word; and all stop."""
    graph, circles = CIRCLES[kind]
    for name, after in graph.items():
        ordered(world, name, after)
    world.service("bystander", "exit 15 0 out bystander-up pause")
    world.start()
    for name in (*graph, "bystander"):
        world.expect(f"{name}-up")
        world.wait_until(lambda: world.status(name)["state"] == "run")
    assert world.stop() == 0
    named = [circle_of(line) for line in world.lines() if "circle" in line]
    assert sorted(map(sorted, map(set, named))) == sorted(map(sorted, circles))
    for names in named:
        assert len(names) == len(set(names)) + 1
        for name, after in zip(names, names[1:]):
            assert after in graph[name].split()
    for name in graph:
        assert f"{name}-gone" in world.lines()
    assert "killed" not in world.output.decode()


def test_circle_that_is_made_later(world):
    """`after` is read at each start; m keeps b waiting until a waits too."""
    ordered(world, "a")
    ordered(world, "b", "a")
    world.service("m", "pause", notification_fd="3", down="")
    world.start()
    world.expect("b-up")
    for name in "ab":
        world.ask(f"down {name}")
        world.watch(name, lambda s: s["state"] == "down")
    world.write("a/after", "b")
    world.write("b/after", "m a")
    for name in "mba":
        assert world.ask(f"up {name}") == ["ok"]
    assert [world.status(name)["state"] for name in "mba"] == ["run", "wait", "wait"]
    world.ask("down m")
    world.expect("a circle: ")
    world.expect("a-up", 2)
    world.expect("b-up", 2)
    assert world.stop() == 0


def test_time_limits_in_a_chain(world):
    """Each one waits for the one before it, not for the first of them all."""
    for name, after in (("a", ""), ("b", "a"), ("c", "b")):
        world.service(name, f"exit 15 0 out {name}-up pause", notification_fd="3", timeout_up="100", after=after)
    world.start()
    world.expect("c-up")
    lines = world.lines()
    said = [line for line in lines if "not ready after 100 ms" in line]
    assert [line.split(": ", 2)[1:2] + [line.split(": ")[2].split()[0]] for line in said] == [["b", "a"], ["c", "b"]]
    assert lines.index(said[0]) < lines.index("b-up") < lines.index(said[1]) < lines.index("c-up")


def test_what_is_given_up_keeps_nobody_waiting(world):
    world.service("a", "end 1", notification_fd="3", max_death_tally="2")
    ordered(world, "b", "a")
    world.start()
    world.expect("a: died 2 times in a row")
    world.expect("b-up")
    assert world.stop() == 0


def test_what_was_never_executed_keeps_nobody_waiting_longer_than_its_time(world):
    world.write("a/run", "no program", 0o755)
    world.write("a/timeout-up", "100")
    ordered(world, "b", "a")
    world.start()
    world.expect("b: a is not ready after 100 ms")
    world.expect("b-up")
    assert world.stop() == 0


def test_loggers_outlive_their_services(world):
    """Each has the last line of its service, and ends because there is nothing more to read."""
    for name, after in (("a", ""), ("b", "a"), ("c", "b")):
        world.service(name, "", after=after, notification_fd="3")
        world.script(f"{name}/run", f"trap : TERM\n$SERV exit 15 0 ready pause\necho {name}-last")
        world.script(f"{name}/log/run", f"sed -u 's/^/log:/'; echo {name}-logger-gone")
    world.start()
    for name in "abc":
        world.watch(name, lambda s: s["ready"] == "1")
    assert world.stop() == 0
    lines = world.lines()
    for name in "abc":
        assert lines.index(f"log:{name}-last") < lines.index(f"{name}-logger-gone")


LATE = {
    "service": ("$SERV ignore 15 out up pause", "warning: app (pid ", "app: killed by"),
    "logger": ("$SERV exit 15 0 pause", "warning: app/log (pid ", "app/log: killed by"),
    "left-over": ("(trap '' TERM; exec setsid $SERV out up pause) & exec $SERV exit 15 0 pause", "warning: serv (pid ",
                  "reaped the orphan"),
}


@pytest.mark.parametrize("what", LATE)
def test_named_before_it_is_killed(world, what):
    run, said, died = LATE[what]
    world.script("app/run", run)
    if what == "logger":
        world.service("app/log", "ignore 15 out up pause")
    world.start(SVWAIT="0", VERBOSE="1")
    world.expect("up\n")
    assert world.stop() == 0
    lines = [line for line in world.lines() if said in line or died in line]
    assert said in lines[0] and died in lines[-1] and len(lines) == 2


# --- exit codes: the rows of the table in init(8)

def run_of(words, **files):
    return {"words": words, "files": files}


ROWS = {
    # a service that is essential, and ends for good
    "once, exits 0": (run_of("end 0", down="", essential=""), "once", 0),
    "once, exits 9": (run_of("end 9", down="", essential=""), "once", 9),
    "once, exits 255": (run_of("end 255", down="", essential=""), "once", 255),
    "once, KILL": (run_of("die 9", down="", essential=""), "once", 137),
    "once, SEGV": (run_of("die 11", down="", essential=""), "once", 139),
    "given up, exits 3": (run_of("end 3", max_death_tally="1", essential=""), None, 3),
    "given up, ABRT": (run_of("die 6", max_death_tally="2", essential=""), None, 134),
    "given up, exits 0": (run_of("end 0", max_death_tally="1", essential=""), None, 0),
    # one that is told to stop
    "TERM, exits 7": (run_of("exit 15 7 out up pause", essential=""), TERM, 7),
    "INT, exits 7": (run_of("exit 15 7 out up pause", essential=""), INT, 7),
    "TERM, of TERM": (run_of("out up pause", essential=""), TERM, 143),
    "TERM, of its down-signal": (run_of("out up pause", essential="", down_signal="QUIT"), TERM, 131),
    "TERM, too late": (run_of("ignore 15 out up pause", essential=""), TERM, 137),
    "TERM, was down": (run_of("end 5", down="", essential=""), TERM, 0),
    # nobody who says what the code is
    "TERM, not essential": (run_of("exit 15 7 out up pause"), TERM, 0),
    "INT, not essential": (run_of("exit 15 7 out up pause"), INT, 0),
    "TERM, not essential, too late": (run_of("ignore 15 out up pause"), TERM, 0),
    # SVEXIT=signal
    "SVEXIT, TERM": (run_of("exit 15 7 out up pause", essential=""), (TERM,), 143),
    "SVEXIT, INT": (run_of("exit 15 7 out up pause", essential=""), (INT,), 130),
    "SVEXIT, ends by itself": (run_of("end 3", max_death_tally="1", essential=""), (None,), 3),
}


@pytest.mark.parametrize("row", ROWS)
def test_exit_code(world, row):
    app, event, code = ROWS[row]
    environ = {"SVEXIT": "signal"} if isinstance(event, tuple) else {}
    event = event[0] if isinstance(event, tuple) else event
    world.service("app", app["words"], **app["files"])
    world.service("other", "exit 15 77 out other-up pause")
    world.start(SVWAIT="1", expect_socket=event is not None, **environ)
    if event == "once":
        world.expect("other-up")
        assert world.ask("once app") == ["ok"]
    elif event is not None:
        world.expect("other-up")
        if "up" in app["words"].split():
            world.wait_until(lambda: "up" in world.lines())
        world.signal(event)
    assert world.finish() == code


COMMANDS = {
    "exits 0": (["end", "0"], None, {}, 0),
    "exits 42": (["end", "42"], None, {}, 42),
    "KILL": (["die", "9"], None, {}, 137),
    "SEGV": (["die", "11"], None, {}, 139),
    "TERM, exits 7": (["exit", "15", "7", "out", "up", "pause"], TERM, {}, 7),
    "TERM, of TERM": (["out", "up", "pause"], TERM, {}, 143),
    "TERM, too late": (["ignore", "15", "out", "up", "pause"], TERM, {"SVWAIT": "0"}, 137),
    "SVEXIT, TERM": (["exit", "15", "7", "out", "up", "pause"], TERM, {"SVEXIT": "signal"}, 143),
    "SVEXIT, exits 42": (["end", "42"], None, {"SVEXIT": "signal"}, 42),
}


@pytest.mark.parametrize("row", COMMANDS)
def test_exit_code_of_a_command(world, row):
    words, event, environ, code = COMMANDS[row]
    world.start(world.environ["SERV"], *words, expect_socket=False, **environ)
    if event is not None:
        world.expect("up\n")
        world.signal(event)
    assert world.finish() == code


@pytest.mark.parametrize("command, code", [
    ("/no/such/file", 127), ("no-such-command", 127), ("/etc/passwd/x", 111), ("/etc/passwd", 126), ("/etc", 126),
    ("TEXT", 126), ("NO-INTERPRETER", 127), ("LOOP", 111)])
def test_exit_code_of_a_command_that_cannot_be_executed(world, command, code):
    for name, text in (("TEXT", "echo\n"), ("NO-INTERPRETER", "#!/no/such/interpreter\n")):
        world.write(f"../{name}", text, 0o755)
    os.symlink("LOOP", world.directory / "LOOP")
    path = command if command[0] == "/" or command.islower() else str(world.directory / command)
    assert world.start(path, expect_socket=False).finish() == code


def test_of_two_essential_services_the_first_to_end_counts(world):
    world.service("a", "end 3", down="", essential="")
    world.service("b", "exit 15 4 out up pause", essential="")
    world.start()
    world.expect("up\n")
    world.ask("once a")
    assert world.finish() == 3


def test_of_two_essential_services_that_are_stopped_the_last_counts(world):
    world.service("a", "exit 15 3 out up pause", essential="")
    world.service("b", "exit 15 4 out up pause", essential="", after="a")
    world.start()
    world.expect("up\n", 2)
    assert world.stop() == 3


@pytest.mark.parametrize("arguments, commands, code", [
    (["-x"], "true", 100), ([], 'rm -r "$SVDIR"', 100), ([], "mount -t tmpfs none /dev && exec 0<&-", 111)])
def test_exit_code_of_a_start_that_fails(world, arguments, commands, code):
    world.wrapper = [*UNSHARE, "--mount", "sh", "-c", commands + ' && exec "$0" "$@"']
    assert world.start(*arguments, expect_socket=False).finish() == code
