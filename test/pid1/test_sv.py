"""sv: the command line, the lines and the exit codes of runit's sv."""
import json
import os
import re
import subprocess

import pytest

OBEDIENT = "exit 15 0 out up pause"


def plain(text):
    """Without what differs from run to run: process ids and seconds."""
    return re.sub(r"\b\d+s\b", "Ns", re.sub(r"pid \d+", "pid N", text))


def fill(world):
    world.service("a", OBEDIENT)
    world.script("a/log/run", "exec cat > /dev/null")
    world.service("b", OBEDIENT, down="")
    world.start()
    for name in ("a", "a/log"):
        world.watch(name, lambda s: s["state"] == "run")


@pytest.mark.parametrize("arguments, output, code", [
    (["status", "a", "b"], "run: a: (pid N) Ns; run: log: (pid N) Ns\ndown: b: Ns\n", 0),
    (["status", "a/log"], "run: a/log: (pid N) Ns\n", 0),
    (["status", "nope", "a"], "fail: nope: unable to change to service directory: file does not exist\n"
                              "run: a: (pid N) Ns; run: log: (pid N) Ns\n", 1),
    (["s", "b"], "down: b: Ns\n", 0),
    (["up", "a"], "", 0),
    (["-v", "down", "a"], "ok: down: a: Ns, normally up\n", 0),
    (["start", "a"], "ok: run: a: (pid N) Ns\n", 0),
    (["start", "a", "b"], "ok: run: a: (pid N) Ns\nok: run: b: (pid N) Ns, normally down\n", 0),
    (["stop", "a", "b"], "ok: down: b: Ns\nok: down: a: Ns, normally up\n", 0),
    (["restart", "a"], "ok: run: a: (pid N) Ns\n", 0),
    (["try-restart", "a"], "ok: run: a: (pid N) Ns\n", 0),
    (["try-restart", "b"], "ok: down: b: Ns\n", 0),
    (["force-restart", "a"], "ok: run: a: (pid N) Ns\n", 0),
    (["force-stop", "a"], "ok: down: a: Ns, normally up\n", 0),
    (["-v", "once", "b"], "ok: run: b: (pid N) Ns, normally down, want down\n", 0),
    (["-v", "pause", "a"], "ok: run: a: (pid N) Ns, paused\n", 0),
    (["check", "a", "b"], "ok: run: a: (pid N) Ns\nok: down: b: Ns\n", 0),
    (["shutdown", "a"], "ok: a: runsv not running\n", 0),
    (["-w", "1", "stop", "nope", "b"], "fail: nope: unable to change to service directory: file does not exist\n"
                                       "ok: down: b: Ns\n", 1),
])
def test_lines_and_codes(world, arguments, output, code):
    fill(world)
    done = world.sv(*arguments)
    # Who is done first is said first.
    assert (sorted(plain(done.stdout).splitlines()), done.returncode, done.stderr) == (sorted(output.splitlines()), code, "")


@pytest.mark.parametrize("arguments", [[], ["frob", "a"], ["up"], ["-x", "up", "a"], ["-w", "soon", "up", "a"], ["-w"]])
def test_asked_wrongly(world, arguments):
    world.start()
    done = world.sv(*arguments)
    assert done.returncode == 100 and done.stdout == "" and done.stderr != ""


def test_stop_of_what_ran_once(world):
    world.service("a", "end 0", down="")
    world.start()
    world.ask("once a")
    world.watch("a", lambda s: s["deaths"] == "1" and s["state"] == "down")
    assert plain(world.sv("stop", "a").stdout) == "ok: down: a: Ns\n"


def test_service_as_a_path(world):
    """Known by where it leads to; where sv does not know SVDIR, by its last part."""
    fill(world)
    (world.directory / "link").symlink_to(world.svdir / "a")
    (world.directory / "elsewhere/a").mkdir(parents=True)
    for path in (f"{world.svdir}/a", f"{world.svdir}/a/", f"{world.directory}/link", f"{world.svdir}/../link/"):
        assert plain(world.sv("status", path).stdout) == f"run: {path}: (pid N) Ns; run: log: (pid N) Ns\n"
    for path in (f"{world.svdir}/a/log", f"{world.directory}/link/log/"):
        assert plain(world.sv("status", path).stdout) == f"run: {path}: (pid N) Ns\n"
    for path in (f"{world.directory}/elsewhere/a", f"{world.svdir}/a/log/..//../../elsewhere/a/"):
        assert world.sv("down", path).stdout == f"fail: {path}: runsv not running\n"
    path = f"{world.svdir}/a/"
    assert plain(world.sv("status", path, SVDIR="/nowhere").stdout) == f"run: {path}: (pid N) Ns; run: log: (pid N) Ns\n"
    assert world.status("a")["want"] == "up"


def test_named_twice(world):
    fill(world)
    assert plain(world.sv("restart", "a", "a", "b", "a").stdout).splitlines().count("ok: run: a: (pid N) Ns") == 3
    assert plain(world.sv("shutdown", "a", "a").stdout) == "ok: a: runsv not running\n" * 2


def test_not_ready_stands_last(world):
    world.service("app", "note 15 out up pause", notification_fd="3")
    world.script("app/log/run", "exec cat > /dev/null")
    world.start()
    for name in ("app", "app/log"):
        world.watch(name, lambda s: s["state"] == "run")
    assert plain(world.sv("status", "app").stdout) == "run: app: (pid N) Ns, not ready; run: log: (pid N) Ns\n"
    world.ask("term app")
    assert plain(world.sv("status", "app").stdout) == "run: app: (pid N) Ns, got TERM, not ready; run: log: (pid N) Ns\n"


def test_failures_keep_out_of_json(world):
    fill(world)
    done = world.sv("status", "--json", "nope", "b", "file")
    assert [s["service"] for s in json.loads(done.stdout)] == ["b"]
    assert done.stderr.count("fail: ") == 2 and done.returncode == 2


def test_time_out_and_kill(world):
    world.service("deaf", "ignore 15 out up pause")
    world.start()
    world.expect("up")
    done = world.sv("-w", "0", "stop", "deaf")
    assert plain(done.stdout) == "timeout: run: deaf: (pid N) Ns, want down, got TERM\n"
    assert done.returncode == 1
    done = world.sv("force-stop", "deaf", SVWAIT="0")
    assert plain(done.stdout) == "kill: run: deaf: (pid N) Ns, want down, got TERM\n"
    assert done.returncode == 1
    assert world.watch("deaf", lambda s: s["state"] == "down")["sig"] == "9"


def test_start_waits_for_ready(world):
    world.service("app", "out up pause", notification_fd="3")
    world.start()
    world.expect("up")
    assert world.sv("-w", "0", "start", "app").returncode == 1
    world.service("app", "ready out up pause")
    assert plain(world.sv("restart", "app").stdout) == "ok: run: app: (pid N) Ns\n"


def test_start_is_not_content_with_a_process_that_is_going(world):
    """runit's sv says ok here, with the old process, and leaves the service down."""
    world.script("app/run", "trap 'kill -9 $!; read line < $GATE; exit 0' TERM\necho up\nwhile :; do sleep 1000 & wait $!; done")
    os.mkfifo(world.directory / "gate")
    world.start(GATE=str(world.directory / "gate"))
    world.expect("up")
    old = world.status("app")["pid"]
    assert world.sv("down", "app").returncode == 0
    start = subprocess.Popen([str(world_bin(world)), "start", "app"], env=world.environ, stdout=subprocess.PIPE, text=True)
    world.watch("app", lambda s: s["want"] == "up")
    (world.directory / "gate").write_text("go\n")
    output = start.communicate()[0]
    assert plain(output) == "ok: run: app: (pid N) Ns\n" and f"(pid {old})" not in output


def world_bin(world):
    from world import BIN
    return BIN / "sv"


def test_json_and_all_services(world):
    fill(world)
    assert sorted(plain(world.sv("status").stdout).splitlines()) == ["down: b: Ns", "run: a: (pid N) Ns; run: log: (pid N) Ns"]
    listed = json.loads(world.sv("status", "--json").stdout)
    assert {s["service"]: (s["state"], s["normally"], s["log"]) for s in listed} == {
        "a": ("run", "up", "run"), "b": ("down", "down", "none")}
    assert json.loads(world.sv("status", "--json", "a").stdout)[0]["pid"] > 1
    assert json.loads(world.sv("--json", "status", "nope").stdout) == []


def test_watch(world):
    fill(world)
    watch = subprocess.Popen([str(world_bin(world)), "watch", "b"], env=world.environ, stdout=subprocess.PIPE, text=True,
                             bufsize=1)
    assert plain(watch.stdout.readline()) == "down: b: Ns\n"
    world.sv("up", "b")
    while plain(watch.stdout.readline()) != "run: b: (pid N) Ns, normally down\n":
        pass
    watch.terminate()
    watch.communicate()
    watch = subprocess.Popen([str(world_bin(world)), "watch", "--json"], env=world.environ, stdout=subprocess.PIPE,
                             text=True, bufsize=1)
    assert {json.loads(watch.stdout.readline())["service"] for _ in range(3)} == {"a", "a/log", "b"}
    watch.terminate()
    watch.communicate()


def test_as_init_script(world):
    fill(world)
    for name, verb, code in (("a", "status", 0), ("b", "status", 3), ("c", "status", 4), ("a", "frob", 2), ("a", "stop", 0),
                             ("a", "status", 3), ("a", "start", 0), ("a", "restart", 0)):
        link = world.directory / name
        if not link.exists():
            link.symlink_to(world_bin(world))
        done = subprocess.run([str(link), verb], env=world.environ, capture_output=True, text=True)
        assert done.returncode == code, (name, verb, done)


def test_without_init(world):
    done = world.sv("status", "a")
    assert done.returncode == 100 and done.stderr.startswith("fatal: cannot reach init")
