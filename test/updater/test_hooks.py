"""Hooks of the app's service in the real updater: what they may say, what they are told, and that none of them can hold the
updater up, outlive its end or be left out by a life cut short."""
import os
import re
import signal
import tempfile
import time
from pathlib import Path

import pytest

from fake_world import ROOT, TIMEOUT, World

WATCHED = {"UPDATE_PROBATION": "1"}
NOTE = 'echo "${0##*/} $MOULT_FROM $MOULT_TO $MOULT_REASON app=$(cat $T/app)" >>$T/told'
GOES_BACK = {"pre": NOTE, "post": NOTE, "rollback": NOTE}


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        w.told = lambda: (tmp_path / "told").read_text().splitlines() if (tmp_path / "told").exists() else []
        w.idle_again = lambda: w.state()["phase"] == "idle"
        watch_the_app(w)
        yield w


def watch_the_app(world):
    """The file `app` says which release runs, or that none does, at every moment a hook may look."""
    def tell(init=world.init, tell=world.init.tell):
        (world.path / "app.new").write_text(init.lives[-1].split()[1] if init.pid else "down")
        (world.path / "app.new").rename(world.path / "app")
        tell()
    world.init.tell = tell
    (world.path / "app").write_text("down")


def first(world, tag="v1.0.0", **env):
    """It runs, it is the newest, and every poll is a line in the log, so that waiting for one is woken by it."""
    world.install(tag)
    world.publish(tag)
    world.start(VERBOSE="1", **env)
    world.wait(lambda: world.running == tag)


# --- what they may say

def test_the_order_of_an_update(world):
    for name, script in GOES_BACK.items():
        world.hook(name, script)
    first(world)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert world.told() == ["pre v1.0.0 v1.1.0 update app=v1.0.0", "post v1.0.0 v1.1.0 update app=v1.1.0"]
    assert world.state()["phase"] == "idle" and world.init.verbs == ["down", "up"]


def test_the_order_of_a_way_back(world):
    """rollback finds the app down and its files where they were."""
    for name, script in GOES_BACK.items():
        world.hook(name, script)
    world.hook("rollback", NOTE + "\nreadlink $T/state/current >>$T/told; cat $MOULT_RELEASE_DIR/data >>$T/told")
    first(world, **WATCHED)
    (world.state_dir / "current" / "data").write_text("rows\n")
    world.publish("v1.1.0", app="crash")
    world.wait_log("; back to v1.0.0")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.told() == ["pre v1.0.0 v1.1.0 update app=v1.0.0", "rollback v1.1.0 v1.0.0 back app=down", "releases/v1.0.0", "rows"]


def test_not_now_is_asked_again_and_costs_nothing(world):
    """The release stays on disk, nothing is fetched again, and the forge's allowance is not spent."""
    world.hook("pre", f"{NOTE}\n[ -e $T/may ] || exit 75")
    first(world)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 stays on disk and is not switched to: update/pre says not now")
    lists = len(world.asked("list"))
    world.wait(lambda: len(world.told()) >= 3)
    assert world.running == "v1.0.0" and not world.init.verbs
    assert len(world.asked("get")) == 1 and len(world.asked("list")) == lists
    assert sum("says not now" in line and "still" not in line for line in world.log) == 1
    assert not world.history()
    (world.path / "may").touch()
    world.wait_log("v1.1.0 is in place")
    assert len(world.asked("get")) == 1


def test_no_ends_the_attempt_and_the_release_is_not_bad(world):
    world.hook("pre", f"{NOTE}\n[ -e $T/may ] || exit 3")
    world.hook("rollback", NOTE)
    first(world)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 stays on disk and is not switched to: update/pre: exit code 3")
    world.wait_log("trying again in")
    assert world.running == "v1.0.0" and not world.init.verbs
    assert "bad" not in world.state() and [e["what"] for e in world.history()][:1] == ["refused"]
    (world.path / "may").touch()
    world.wait_log("v1.1.0 is in place")
    assert not any(line.startswith("rollback") for line in world.told())
    assert len(world.asked("get")) == 1


def test_a_release_that_is_withdrawn_while_it_waits_is_let_go(world):
    world.hook("pre", f"{NOTE}\n[ -e $T/may ] || exit 75")
    first(world)
    world.publish("v1.1.0")
    world.wait_log("says not now")
    world.forge["releases"] = [r for r in world.forge["releases"] if r["tag"] != "v1.1.0"]
    world.save_forge()
    lists = len(world.asked("list"))
    world.wait(lambda: len(world.asked("list")) > lists)
    (world.path / "may").touch()
    told = len(world.told())
    probes = len(world.asked("probe"))
    world.wait(lambda: len(world.asked("probe")) >= probes + 3)
    assert len(world.told()) == told and world.running == "v1.0.0"


def test_a_newer_release_takes_the_place_of_one_that_waits(world):
    world.hook("pre", f'{NOTE}\n[ "$MOULT_TO" = v1.2.0 ] || exit 75')
    first(world)
    world.publish("v1.1.0")
    world.wait_log("says not now")
    world.publish("v1.2.0")
    world.wait_log("v1.2.0 is in place")
    assert world.init.lives == ["good v1.0.0", "good v1.2.0"]


@pytest.mark.parametrize("code", [1, 75])
def test_post_and_rollback_cannot_stop_anything(world, code):
    world.hook("post", f"exit {code}")
    world.hook("rollback", f"exit {code}")
    first(world, **WATCHED)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert world.says("update/post") and world.says("; going on")
    world.publish("v1.2.0", app="crash")
    world.wait_log("back to v1.1.0")
    world.wait(lambda: world.running == "v1.1.0")


def test_what_pre_did_is_undone_when_the_app_cannot_be_stopped(world):
    for name, script in GOES_BACK.items():
        world.hook(name, script)
    world.init.denied = True
    first(world)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is not switched to: init does not let us stop app")
    assert world.told()[:2] == ["pre v1.0.0 v1.1.0 update app=v1.0.0", "rollback v1.1.0 v1.0.0 refused app=v1.0.0"]
    assert world.current == "v1.0.0"


def test_a_person_hears_what_the_hook_said(world):
    world.hook("pre", "exit 75")
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    code, _, err = world.moult("update")
    assert code == 1 and "update/pre says not now" in err
    world.hook("pre", "true")
    assert world.moult("update")[0] == 0
    world.hook("pre", NOTE)
    assert world.moult("rollback")[0] == 0
    assert world.told() == ["pre v1.1.0 v1.0.0 asked app=v1.1.0"]


def test_the_image_asks_as_well(world):
    (world.path / "baked").mkdir()
    (world.path / "baked" / "run").write_text("good v1.3.0")
    (world.path / "version").write_text("v1.3.0\n")
    world.install("v1.2.0")
    world.publish("v1.2.0")
    world.hook("pre", f"{NOTE}; echo $MOULT_RELEASE_DIR >>$T/told\n[ -e $T/may ] || exit 75")
    world.start()
    world.wait(lambda: world.running == "v1.2.0")
    assert world.told()[:2] == ["pre v1.2.0 v1.3.0 image app=down", str(world.path / "baked")]
    (world.path / "may").touch()
    world.wait_log("v1.3.0 is in place")


# --- what they are told, and what not

def test_what_a_hook_is_given(world):
    world.hook("pre", "env >$T/env; pwd >$T/pwd; readlink /proc/self/fd/0 >$T/stdin; ls -d $MOULT_DATA_DIR; ls /proc/self/fd >$T/fds")
    first(world, GH_TOKEN="ghp_secret", DATABASE_URL="postgres://db", MOULT_TO="spoof")
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    env = dict(line.split("=", 1) for line in (world.path / "env").read_text().splitlines())
    assert "ghp_secret" not in str(env) and "NOTIFICATION_FD" not in env
    assert (env["MOULT_FROM"], env["MOULT_TO"], env["MOULT_REASON"], env["MOULT_REPO"]) == ("v1.0.0", "v1.1.0", "update", "me/demo")
    assert env["MOULT_RELEASE_DIR"] == str(world.state_dir / "releases/v1.1.0")
    assert env["MOULT_FROM_DIR"] == str(world.state_dir / "releases/v1.0.0")
    assert env["MOULT_DATA_DIR"] == str(world.state_dir / "hooks") and os.path.isdir(env["MOULT_DATA_DIR"])
    assert env["DATABASE_URL"] == "postgres://db"
    assert (world.path / "pwd").read_text().strip() == str(world.hooks.parent)
    assert (world.path / "stdin").read_text().strip() == "/dev/null"
    assert set((world.path / "fds").read_text().split()) <= {"0", "1", "2", "3"}  # 3 is ls's own


def test_its_output_is_in_the_log_a_line_each(world):
    world.hook("pre", "echo out; echo err >&2; printf 'no end'; printf '\\nbell\\007\\n'")
    first(world)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    for line in ("pre: out", "pre: err", "pre: no end", "pre: bell "):
        assert sum(said.endswith(line) for said in world.log) == 1, line


def test_too_much_output_is_counted_and_the_hook_not_stopped(world):
    world.hook("pre", "seq 1 5000; head -c 2000 /dev/zero | tr '\\0' x; echo; touch $T/whole")
    first(world)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert (world.path / "whole").exists()
    assert world.says("pre: 100") and not any(line.endswith("pre: 101") for line in world.log)
    assert world.says("pre: 4904 lines more are not shown")  # the long one came in 4 pieces


# --- hooks that hang

def processes(word):
    """Those whose command line holds this word and that are no zombies."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def wait_gone(word):
    """Killed processes that are init's now need its hand to be gone; there is nothing to be told by."""
    deadline = time.monotonic() + TIMEOUT
    while (left := processes(word)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left


HANGS = {
    "sleeps": "exec sleep {n}",
    "ignores": "trap '' TERM; sleep {n} & sleep {n} & wait; wait; sleep {n}",
    "fills": "yes {n}",
    "stopped": "sleep {n} & kill -STOP $$",
}


@pytest.mark.parametrize("how", HANGS)
def test_a_hook_that_hangs_is_ended_and_the_updater_answers_meanwhile(world, how):
    number = f"9{os.getpid()}{list(HANGS).index(how)}"
    world.hook("pre", "echo began\n" + HANGS[how].format(n=number))
    first(world, UPDATE_HOOK_TIMEOUT="2")
    world.publish("v1.1.0")
    world.wait_log("pre: began")
    code, out, _ = world.moult("status")
    assert code == 0 and "asking, phase pre-hook, to v1.1.0" in out
    assert world.moult("update")[0] == 1  # busy
    world.wait_log("update/pre: took longer than 2 seconds (UPDATE_HOOK_TIMEOUT)")
    assert world.says("had to be killed") == (how == "ignores")
    assert world.running == "v1.0.0" and "bad" not in world.state()
    world.hook("pre", "true")
    wait_gone(number)
    world.wait_log("v1.1.0 is in place")


def test_what_a_hook_leaves_behind_in_its_group_goes_with_it(world):
    number = f"8{os.getpid()}"
    world.hook("pre", f"sleep {number} & sleep {number} </dev/null >/dev/null 2>&1 &")
    first(world)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    wait_gone(number)


def test_the_updater_goes_in_order_in_the_middle_of_a_hook(world):
    """TERM reaches the hook, which may clean up; the next life runs it again."""
    world.hook("pre", f"trap 'echo cleaned; exit 1' TERM; {NOTE}; echo began; [ -e $T/may ] || sleep 1000 & wait")
    first(world)
    world.publish("v1.1.0")
    world.wait_log("pre: began")
    world.process.send_signal(signal.SIGTERM)
    world.process.wait(TIMEOUT)
    world.wait_log("pre: cleaned")
    assert world.state()["phase"] == "pre-hook"
    (world.path / "may").touch()
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert len(world.told()) == 2


def test_the_updater_goes_when_the_hook_does_not(world):
    world.hook("pre", "trap '' TERM; echo began; sleep 1000; sleep 1000")
    first(world)
    world.publish("v1.1.0")
    world.wait_log("pre: began")
    world.stop()
    world.wait_log("update/pre was ended: the next start runs it again")


# --- hooks that must not be run

def refuse_writable(world):
    (world.hooks / "pre").chmod(0o777)
    return "update/pre can be written by others; chmod go-w it"


def refuse_directory(world):
    world.hooks.chmod(0o777)
    return "update can be written by others"


def refuse_service(world):
    world.hooks.parent.chmod(0o777)
    return ". can be written by others"


def refuse_mode(world):
    (world.hooks / "pre").chmod(0o644)
    return "update/pre is not executable for the updater's user; chmod +x it"


def refuse_interpreter(world):
    (world.hooks / "pre").write_text("#!/no/such/shell\n")
    return "update/pre: the interpreter that its first line names is not there"


def refuse_text(world):
    (world.hooks / "pre").write_text("touch nothing\n")
    return "update/pre is no program"


def refuse_loop(world):
    (world.hooks / "pre").unlink()
    (world.hooks / "pre").symlink_to("pre")
    return "update/pre: "  # and what libc calls ELOOP: each in words of its own


def refuse_directory_as_hook(world):
    (world.hooks / "pre").unlink()
    (world.hooks / "pre").mkdir()
    return "update/pre is not executable"


@pytest.mark.parametrize("spoil", [refuse_writable, refuse_directory, refuse_service, refuse_mode, refuse_interpreter, refuse_text,
                                   refuse_loop, refuse_directory_as_hook])
def test_what_cannot_be_asked_is_a_no(world, spoil):
    world.hook("pre", "true")
    says = spoil(world)
    first(world)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 stays on disk and is not switched to: the hook " + says)
    assert world.running == "v1.0.0" and not world.init.verbs


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_hook_of_somebody_else_is_a_no(world):
    os.chown(world.hook("pre", "true"), 12345, 0)
    first(world)
    world.publish("v1.1.0")
    world.wait_log("the hook update/pre belongs to a user that is neither root nor the updater's; chown it")


# --- the examples of the README

def example(number):
    """The hooks of one of its code blocks, by the name in their second line: `# update/NAME: ...`."""
    blocks = [b for b in re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S) if "# update/" in b]
    scripts = re.split(r"^(?=#!)", blocks[number], flags=re.M)[1:]
    return {re.search(r"^# update/(\w+)", s, re.M)[1]: s for s in scripts}


@pytest.fixture
def tools(world, tmp_path, monkeypatch):
    """Programs that the examples call, as scripts that note what they were asked."""
    (tmp_path / "bin").mkdir()

    def put(name, script="true", directory=tmp_path / "bin"):
        path = directory / name
        path.write_text(f'#!/bin/sh\necho {name} "$@" >>{tmp_path}/told\nT={tmp_path}\n{script}\n')
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    return put


def install_example(world, number):
    for name, script in example(number).items():
        world.hook(name, "").write_text(script.replace("/yourapp", "/run"))


@pytest.fixture
def database(world, tools):
    """A file whose text is the schema; it is dumped and restored by being copied."""
    install_example(world, 0)
    tools("pg_dump", 'for last; do :; done; [ "$last" = postgres://db ] && cp $T/database "${2#--file=}"')
    tools("pg_restore", 'for last; do :; done; [ "$3" = --dbname=postgres://db ] && cp "$last" $T/database')
    (world.path / "database").write_text("old\n")
    first(world, DATABASE_URL="postgres://db", **WATCHED)
    return (world.path / "database").read_text


@pytest.mark.parametrize("app, end, schema", [("good", "v1.1.0 is in place", "new\n"), ("crash", "; back to v1.0.0", "old\n")])
def test_the_example_that_migrates_a_database(world, tools, database, app, end, schema):
    tools(app, "echo new >$T/database")  # `run` of the release is a script of one word: its name
    world.publish("v1.1.0", app=app)
    world.wait_log(end)
    assert database() == schema and [line.split()[0] for line in world.told()][:2] == ["pg_dump", app]
    assert not os.listdir(world.state_dir / "hooks")


def test_the_example_leaves_things_as_they_were_when_it_fails(world, tools, database):
    tools("good", "echo half >$T/database; false")
    world.publish("v1.1.0")
    world.wait_log("update/pre: exit code 1")
    assert database() == "old\n" and not os.listdir(world.state_dir / "hooks")
    tools("pg_dump", "false")
    world.publish("v1.2.0")
    world.wait_log("v1.2.0 stays on disk and is not switched to: update/pre says not now")
    assert database() == "old\n"


@pytest.mark.parametrize("app, last", [("good", "v1.1.0 is in place"), ("crash", "; back to v1.0.0")])
def test_the_example_that_drains_a_load_balancer(world, tools, app, last):
    install_example(world, 1)
    tools("curl", "")
    first(world, LB_URL="http://lb", **WATCHED)
    world.publish("v1.1.0", app=app)
    world.wait_log(last)
    assert [line.split()[-1].rsplit("/", 1)[-1] for line in world.told()] == ["drain", "ready"]


# --- rights

@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_a_hook_has_the_updater_s_user_and_none_of_its_capabilities():
    """In a mount namespace whose /etc/passwd knows moult; pytest's own directories are closed to that one."""
    with tempfile.TemporaryDirectory() as directory, World(directory) as world:
        world.path.chmod(0o755)
        for path in (world.helpers, world.helpers / "files"):
            path.chmod(0o777)
        (world.path / "passwd").write_text("root:x:0:0::/:/bin/sh\nmoult:x:10001:10001::/:/bin/sh\n")
        world.wrapper = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/passwd && exec "$@"', world.path / "passwd"]
        world.hook("pre", 'echo "I am $(id -u):$(id -g)"; grep -E "Cap(Prm|Eff|Inh|Amb)" /proc/self/status; touch $MOULT_DATA_DIR/mine')
        first(world)
        world.publish("v1.1.0")
        world.wait_log("v1.1.0 is in place")
        assert world.says("pre: I am 10001:10001")
        assert [line.split()[-1] for line in world.log if "pre: Cap" in line] == ["0" * 16] * 4
        assert (world.state_dir / "hooks" / "mine").stat().st_uid == 10001


# --- lives cut short

MOMENTS = {"pre": "good", "post": "good", "rollback": "crash"}


@pytest.mark.parametrize("name", MOMENTS)
def test_killed_in_the_middle_of_a_hook(world, name):
    """The next life knows, runs it again, and ends where it should."""
    world.hook(name, f"{NOTE}; echo began; [ -e $T/may ] || exec sleep 1000")
    first(world, **WATCHED)
    (world.state_dir / "current" / "mine").write_text("precious")
    world.publish("v1.1.0", app=MOMENTS[name])
    world.wait_log(f"{name}: began")
    assert world.state()["phase"] == f"{name}-hook"
    world.kill()
    (world.path / "may").touch()
    world.start(**WATCHED)
    end = "v1.0.0" if name == "rollback" else "v1.1.0"
    world.wait(lambda: len(world.told()) >= 2 and world.running == end and world.idle_again())
    assert [line.split()[:3] for line in world.told()][-1] == [line.split()[:3] for line in world.told()][0]
    assert (world.state_dir / "current" / "mine").read_text() == "precious"
    assert world.init.lives.count("crash v1.1.0") <= 1


@pytest.mark.parametrize("name", MOMENTS)
def test_a_hook_that_takes_the_container_down_each_time_is_left_out(world, name):
    for other in MOMENTS:
        world.hook(other, f"echo {other} >>$T/told")
    to = {"pre": "v1.1.0", "post": "v1.1.0", "rollback": "v1.0.0"}[name]
    world.install("v1.0.0", link=name != "post")
    world.install("v1.1.0", link=name == "post")
    world.write_state(phase=f"{name}-hook", reason="back" if name == "rollback" else "update", start=1, tries=1,
                      **{"from": "v1.1.0" if to == "v1.0.0" else "v1.0.0", "to": to}, hook_tries=3)
    world.start()
    world.wait_log(f"update/{name} did not come to its end in 3 lives of the updater")
    world.wait(lambda: world.running is not None)
    assert name not in world.told()


def test_a_move_that_is_given_up_at_the_start_is_undone(world):
    world.hook("rollback", NOTE)
    world.install("v1.0.0")
    world.write_state(phase="stop", reason="update", **{"from": "v1.0.0", "to": "v1.1.0"}, start=1, tries=1)
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.told() == ["rollback v1.1.0 v1.0.0 refused app=down"]
    world.kill()
    world.start(UPDATE_MODE="off")
    world.wait(lambda: sum("is what runs" in line for line in world.log) == 2)
    assert len(world.told()) == 1


@pytest.mark.parametrize("phase", ["stop", "carry", "switch"])
def test_a_way_back_that_was_interrupted_runs_rollback_once_the_link_is_turned(world, phase):
    world.hook("rollback", NOTE)
    world.install("v1.0.0")
    world.install("v1.1.0", app="crash", link=False)
    world.write_state(phase=phase, reason="back", **{"from": "v1.1.0", "to": "v1.0.0"}, start=1, tries=1,
                      bad="v1.1.0 - 1700000000 it died")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    assert world.told() == ["rollback v1.1.0 v1.0.0 back app=down"]


def test_no_hook_no_write_and_no_word(world):
    first(world)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert not world.says("update/") and not (world.state_dir / "hooks").exists()
