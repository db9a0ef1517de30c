"""What a person chooses to run: moult start, stop, stable, pause, resume; and what he asks of the disk: verify, gc."""
import json
import os
import threading
import time

import pytest

from fake_world import World


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        yield w


def begin(world, *tags, current=None, **env):
    """These releases on disk; the updater looks for nothing by itself."""
    for tag in tags:
        world.install(tag, link=False)
    world.link("current", current or tags[0])
    world.write_state(phase="idle", floor=tags[-1])  # a person chose it: the highest does not come at start
    world.start(**{"UPDATE_MODE": "off", **env})
    world.wait(lambda: world.running == (current or tags[0]))


# --- start, stop

def test_start_takes_what_is_selected(world):
    begin(world, "v1.0.0", "v1.1.0", "v1.2.0")
    world.publish("v1.3.0")
    world.publish("v1.2.5")
    assert world.moult("stable", "mark")[1].startswith("v1.0.0 is the stable one")
    for words, tag in ((["v1.1.0"], "v1.1.0"), ([":latest"], "v1.2.0"), ([":stable"], "v1.0.0"), ([":new"], "v1.3.0"),
                       (["v1.2.5"], "v1.2.5"), ([":stable"], "v1.0.0")):
        code, out, err = world.moult("start", *words)
        assert code == 0 and out.splitlines()[-1] == f"{tag} is in place", (words, out, err)
        assert world.running == tag
    assert len(world.asked("get")) == 2


def test_latest_is_no_bad_one(world):
    begin(world, "v1.0.0", "v1.1.0", "v1.2.0")
    world.stop()
    with world.init.changed:
        world.init.obey("down")
        world.init.obey("up")
    world.write_state(phase="idle", floor="v1.2.0", bad=f"v1.2.0 - {int(time.time())} it crashed")
    world.start(UPDATE_MODE="off")
    world.wait(lambda: sum("v1.0.0 is what runs" in line for line in world.log) == 2)
    assert world.moult("start", ":latest")[0] == 0 and world.running == "v1.1.0"
    assert world.moult("start", ":latest")[1] == "app runs, v1.1.0\n"
    assert world.moult("start", "v1.2.0")[0] == 1  # the forge has no such release


def test_stop_is_kept_and_start_ends_it(world):
    begin(world, "v1.0.0")
    code, out, _ = world.moult("stop")
    assert code == 0 and "app is stopped" in out and world.running is None
    world.publish("v1.1.0")
    assert world.moult("update")[0] == 0
    assert world.running is None and world.current == "v1.1.0"
    code, out, _ = world.moult("start")
    assert (code, out) == (0, "app runs, v1.1.0\n")
    assert world.running == "v1.1.0"
    assert world.moult("stop")[0] == 0
    assert world.moult("start", ":new")[1] == "app runs, v1.1.0\n"  # it is the newest, and was down
    assert world.moult("stop")[0] == 0
    assert world.moult("start", "v1.0.0")[0] == 0 and world.running == "v1.0.0"
    lives = len(world.init.lives)
    assert world.moult("start")[0] == 0 and len(world.init.lives) == lives  # it is up: nothing to do


def test_what_start_and_stop_cannot_do(world):
    begin(world, "v1.0.0", "v1.1.0", UPDATE_READY="1")
    for words, code, says in ((["start", ":best"], 100, "is no selector; there are :current, :new, :latest and :stable"),
                              (["start", ":stable"], 1, "no release is marked stable"),
                              (["start", "v7"], 1, "no such release")):
        got, _, err = world.moult(*words)
        assert (got, says in err) == (code, True), (words, got, err)
    (world.state_dir / "releases/v1.1.0/run").write_text("harm")
    code, _, err = world.moult("start", ":latest")
    assert code == 1 and "it is damaged on disk" in err and world.running == "v1.0.0"
    world.init.denied = True
    code, _, err = world.moult("stop")
    assert code == 1 and "init does not let us: you may not" in err
    world.init.denied = False
    assert world.moult("stop")[0] == 0
    (world.state_dir / "releases/v1.0.0/run").write_text("broken v1.0.0")
    code, _, err = world.moult("start")
    assert code == 1 and "app does not stay up" in err


def test_start_says_when_it_is_not_ready_in_time(world):
    begin(world, "v1.0.0", UPDATE_READY="1")
    assert world.moult("stop")[0] == 0
    (world.state_dir / "releases/v1.0.0/run").write_text("mute v1.0.0")
    code, _, err = world.moult("start")
    assert code == 1 and "not ready within 1 seconds" in err


def test_an_unbending_app_is_not_killed_by_stop(world):
    world.install("v1.0.0", app="stubborn")
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running)
    code, _, err = world.moult("stop")
    assert code == 1 and "did not stop within 1 seconds (SVWAIT); `sv force-stop app` kills it" in err
    assert "kill" not in world.init.verbs


# --- stable

def test_stable_is_kept_and_shown(world):
    begin(world, "v1.0.0", "v0.9.0", "v0.8.0", "v0.7.0", UPDATE_KEEP="0")
    assert world.moult("stable", "show")[1] == "no release is marked stable\n"
    assert world.moult("stable", "mark", "v0.7.0")[0] == 0
    assert world.moult("stable", "show")[1] == "stable: v0.7.0\n"
    assert json.loads(world.moult("stable", "show", "--json")[1]) == {"tag": "v0.7.0"}
    assert os.readlink(world.state_dir / "stable") == "releases/v0.7.0"
    assert "  v0.7.0 (stable)" in world.moult("list")[1].splitlines()
    assert json.loads(world.moult("status", "--json")[1])["stable"] == "v0.7.0"
    code, out, _ = world.moult("gc")
    assert code == 0 and out.startswith("2 releases are removed")
    assert world.moult("list")[1].split() == ["*", "v1.0.0", "v0.7.0", "(stable)"]
    code, _, err = world.moult("stable", "mark", "v0.8.0")
    assert code == 1 and "no such release is on disk" in err


def test_what_is_bad_or_unproven_is_not_stable(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", app="crash")
    world.start(UPDATE_PROBATION="60")
    world.wait_log("; back to v1.0.0")
    code, _, err = world.moult("stable", "mark", "v1.1.0")
    assert code == 1 and "it is bad: it " in err
    world.publish("v1.2.0")
    world.wait_log("v1.2.0 is ready")
    code, _, err = world.moult("stable", "mark")
    assert code == 1 and "it has to pass its probation first" in err
    assert world.moult("gc")[0] == 1 and world.moult("verify")[0] == 1  # busy
    assert world.moult("stable", "mark", "v1.0.0")[0] == 0


# --- pause

def test_a_pause_holds_back_and_ends(world):
    world.install("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    assert world.moult("pause")[1] == "nothing is installed by itself until `moult resume`\n"
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is there; updates are paused: `moult resume` or `moult update` installs it")
    status = world.moult("status")[1]
    assert "paused: until `moult resume`" in status
    assert world.moult("check")[0] == 0 and world.running == "v1.0.0"
    world.stop()
    world.start()  # it is remembered
    world.wait(lambda: sum("updates are paused" in line for line in world.log) >= 3)
    assert world.running == "v1.0.0" and json.loads(world.moult("status", "--json")[1])["paused"] is True
    assert world.moult("resume")[1] == "newer releases are installed again\n"
    world.wait_log("v1.1.0 is in place")
    assert world.moult("resume")[1] == "nothing was paused\n"


def test_a_pause_of_a_time_ends_by_itself(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.start(SLEEP="3600")
    world.wait(lambda: world.running == "v1.0.0")
    code, out, _ = world.moult("pause", "3")
    assert code == 0 and out.startswith("nothing is installed by itself until 20")
    status = json.loads(world.moult("status", "--json")[1])
    assert status["paused"] is True and status["paused-until"] > time.time()
    world.publish("v1.1.0")
    assert "updates are paused" in world.moult("check")[1]
    world.wait_log("v1.1.0 is in place")  # not an hour later
    assert "paused" not in world.moult("status")[1]


def test_an_order_is_obeyed_during_a_pause(world):
    begin(world, "v1.0.0")
    assert world.moult("pause", "1h")[0] == 0
    world.publish("v1.1.0")
    assert world.moult("update")[0] == 0 and world.running == "v1.1.0"
    world.publish("v1.2.0")
    assert world.moult("start", ":new")[0] == 0 and world.running == "v1.2.0"


@pytest.mark.parametrize("duration", ["0", "-1", "soon", "5y", "1.5h", "400000000"])
def test_no_pause(world, duration):
    begin(world, "v1.0.0")
    code, _, err = world.moult("pause", duration)
    assert code == 100 and (f"{duration}: has to be seconds (or 90m, 12h, 7d)" in err or "does not take this" in err)


# --- verify

def test_verify_tells_what_is_wrong(world):
    begin(world, "v1.0.0", "v1.1.0")
    files = world.state_dir / "releases/v1.0.0.files"
    sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    files.write_text(files.read_text() + f"f 0644 3 {sha} conf\nf 0644 3 {sha} gone\nd 0755 - - empty\n")
    tree = world.state_dir / "releases/v1.0.0"
    (tree / "conf").write_text("abc")
    (tree / "gone").write_text("abc")
    (tree / "empty").mkdir()
    assert world.moult("verify") == (0, "v1.0.0: all 4 entries are as they were shipped\n", "")
    (tree / "conf").write_text("abd")
    (tree / "own").write_text("the app's")
    code, out, _ = world.moult("verify")
    assert code == 0 and out.splitlines() == [
        "changed: conf: it has another content",
        "v1.0.0: nothing is missing or damaged; 1 of 4 entries were changed, which may be the app's work"]
    (tree / "gone").unlink()
    (tree / "run").write_text("good v9.9.9")
    code, out, err = world.moult("verify", "v1.0.0", "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 1 and {(f["finding"], f["path"]) for f in found[:-1]} == {("changed", "conf"), ("missing", "gone"), ("damaged", "run")}
    assert found[-1]["error"] == "damaged" and "2 of 4 entries are missing or damaged" in err
    assert world.moult("verify", "v1.1.0")[0] == 0
    code, _, err = world.moult("verify", "v7")
    assert code == 1 and "no such release is on disk" in err
    (world.state_dir / "releases/v1.1.0.files").write_text("no manifest")
    assert "its manifest cannot be read" in world.moult("verify", "v1.1.0")[2]
    assert world.running == "v1.0.0" and world.init.verbs == []


def test_status_is_answered_during_a_verify_and_polls_go_on(world):
    begin(world, "v1.0.0", UPDATE_MODE="restart")
    with open(world.state_dir / "releases/v1.0.0/big", "wb") as f:
        f.truncate(1 << 24)
    files = world.state_dir / "releases/v1.0.0.files"
    files.write_text(files.read_text() + f"f 0644 {1 << 24} {'0' * 64} big\n")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(world.moult("verify")))
    thread.start()
    seen = set()
    while thread.is_alive():
        seen.add(json.loads(world.moult("status", "--json")[1])["updater"])
    thread.join()
    assert "verifying" in seen and answers[0][0] in (0, 1)
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
