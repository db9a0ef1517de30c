"""The whole cycle of the real updater in a fake world: what it does, what it refuses, and what it makes of a life cut short."""
import json
import os
import socket
import time

import pytest

from fake_world import World


WATCHED = {"UPDATE_PROBATION": "1"}  # otherwise a release is in place as soon as it is ready


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        yield w


# --- the story

def test_first_start_runs_the_newest_only(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert world.init.lives == ["good v1.1.0"]
    assert world.current == "v1.1.0"
    for line in ("Detected a new release v1.1.0, going to update now.", "fetched demo_1.1.0", "verified", "unpacked",
                 "app is stopped", "switched from v1.0.0 to v1.1.0", "v1.1.0 is ready"):
        assert world.says(line), line
    event = world.history()[-1]
    assert (event["what"], event["from"], event["to"]) == ("installed", "v1.0.0", "v1.1.0")
    assert world.state()["phase"] == "idle"


def test_a_release_comes_while_the_app_runs(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert world.init.lives == ["good v1.0.0", "good v1.1.0"]
    assert world.init.verbs == ["down", "up"]
    assert os.readlink(world.state_dir / "previous") == "releases/v1.0.0"


def test_no_api_request_while_nothing_changes(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.start(VERBOSE="1")
    world.wait(lambda: sum("v1.0.0 is the newest" in line for line in world.log) >= 3)
    assert len(world.asked("list")) == 1
    assert len(world.asked("probe")) >= 3


def test_with_a_token_the_list_is_asked_with_its_etag(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.start(VERBOSE="1", GH_TOKEN="ghp_secret")
    world.wait(lambda: sum("v1.0.0 is the newest" in line for line in world.log) >= 3)
    assert not world.asked("probe")
    assert [a.get("etag") for a in world.asked("list")[:2]] == [None, '"2"']
    assert not world.says("ghp_secret")


def test_withdrawn_and_lower_are_not_installed(world):
    world.install("v1.1.0")
    world.publish("v1.0.0")
    world.start(VERBOSE="1")
    world.wait(lambda: world.says("v1.1.0 is the newest") and world.running)
    assert world.init.lives == ["good v1.1.0"]
    assert not world.asked("get")


def test_a_program_without_an_archive_gets_the_repository_s_name(world):
    world.publish("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0", names=["demo-linux-amd64", "demo-linux-amd64.sig", "demo-linux-arm64"])
    world.wait(lambda: world.running == "v1.1.0")
    assert [(a["name"], a.get("bare")) for a in world.asked("install")] == [
        ("demo_1.0.0_linux_amd64.tar.gz", None), ("demo-linux-amd64", "demo")]


def test_what_the_app_wrote_goes_along(world):
    world.install("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    (world.state_dir / "current" / "data.db").write_text("rows")
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert (world.state_dir / "current" / "data.db").read_text() == "rows"
    assert world.says("took 1 files of the app along")


# --- bad releases

@pytest.mark.parametrize("app, reason", [("crash", "exit code 1"), ("mute", "not ready within 2 seconds")])
def test_a_bad_release_is_left_once_and_for_all(world, app, reason):
    world.install("v1.0.0")
    world.start(**WATCHED)
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0", app=app)
    world.wait_log("back to v1.0.0")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.current == "v1.0.0"
    assert reason in world.state()["bad"]
    world.wait_log("was tried and is bad")
    asked = len(world.asked("get"))
    world.publish("v1.1.1")  # the next release heals
    world.wait_log("v1.1.1 is in place")
    assert len(world.asked("get")) == asked + 1
    assert [e["what"] for e in world.history()] == ["bad", "back", "installed"]
    assert sum(life.startswith(app) for life in world.init.lives) == 1


def test_a_bad_release_is_tried_again_when_its_bytes_change(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", app="crash")
    world.start(GH_TOKEN="x", **WATCHED)
    world.wait_log("back to v1.0.0")
    world.publish("v1.1.0", app="good")
    world.wait_log("v1.1.0 is in place")


def test_nothing_to_go_back_to(world):
    world.publish("v1.0.0", app="crash")
    world.start(**WATCHED)
    world.wait_log("there is nothing to go back to")
    assert world.current == "v1.0.0"  # init goes on trying
    world.publish("v1.0.1")
    world.wait_log("v1.0.1 is in place")
    assert world.running == "v1.0.1"


def test_a_restart_by_hand_is_no_crash(world):
    """What a person asks for says nothing of the release; what comes after it is watched from the beginning."""
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(UPDATE_PROBATION="60")
    world.wait_log("v1.1.0 is ready")
    world.init.restart()
    world.wait(lambda: sum("v1.1.0 is ready" in line for line in world.log) == 2)
    with world.init.changed:  # `sv down`, `sv up`
        world.init.obey("down")
        world.init.obey("up")
    world.wait(lambda: sum("v1.1.0 is ready" in line for line in world.log) == 3)
    assert world.current == "v1.1.0" and "bad" not in world.state()
    world.init.crash()
    world.wait_log("back to v1.0.0")
    assert "v1.1.0" in world.state()["bad"]


@pytest.mark.parametrize("before, after, blamed", [("mute", "mute", False), ("mute", "good", False), ("crash", "crash", False),
                                                   ("good", "mute", True)])
def test_a_release_is_not_blamed_for_what_was_wrong_before_it(world, before, after, blamed):
    """C8: what the app depends on is down: no release is ready then, and going back helps nobody."""
    world.install("v1.0.0", app=before)
    world.init.seconds = 100
    world.start(UPDATE_READY="1", **WATCHED)
    world.wait(lambda: world.init.lives)
    world.publish("v1.1.0", app=after)
    if blamed:
        world.wait_log("back to v1.0.0")
        return
    world.wait_log("v1.1.0 is in place")
    assert world.current == "v1.1.0" and "bad" not in world.state()
    assert world.says("the app was no better before it came, so it stays") == (after != "good")


@pytest.mark.parametrize("other", [True, False])
@pytest.mark.parametrize("harm", [lambda run: run.write_text("goof v1.0.0"), lambda run: run.unlink(),
                                  lambda run: run.chmod(0o644)])
def test_no_way_back_to_a_damaged_release(world, other, harm):
    """C5: the last good one is compared by hash first; another sound one is taken, or what is there goes on."""
    if other:
        world.install("v0.9.0", link=False)
    world.install("v1.0.0")
    world.start(**WATCHED)
    world.wait(lambda: world.running == "v1.0.0")
    harm(world.state_dir / "releases" / "v1.0.0" / "run")
    world.publish("v1.1.0", app="crash")
    world.wait_log("v1.1.0 is bad")
    world.wait_log("v1.0.0 is damaged, run: ")
    if other:
        world.wait_log("; back to v0.9.0")
        assert world.current == "v0.9.0" and world.running == "v0.9.0"
        return
    world.wait_log("there is nothing to go back to: v1.1.0 stays, and the next release may heal it")
    assert world.current == "v1.1.0"
    world.publish("v1.1.1")
    world.wait_log("v1.1.1 is in place")
    assert world.running == "v1.1.1"


@pytest.mark.parametrize("code", ["archive", "unsafe", "toobig", "arch", "entry"])
def test_a_release_that_is_to_blame_never_reaches_the_app(world, code):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.fault("install", err=f"{code} it is so")
    world.start()
    world.wait_log("it is not tried again unless it changes")
    world.wait_log("was tried and is bad")
    assert world.init.lives == ["good v1.0.0"] and not world.init.verbs
    assert len(world.asked("install")) == 1
    assert not os.listdir(world.state_dir / "staging") and not os.listdir(world.state_dir / "download")


@pytest.mark.parametrize("code", ["full", "system", "usage"])
def test_bad_luck_is_no_bad_release(world, code):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.fault("install", err=f"{code} it is so")
    world.start()
    world.wait(lambda: sum("trying again in" in line for line in world.log) >= 2)
    assert "bad" not in world.state()
    assert len(world.asked("get")) == 1  # what was fetched is not fetched again
    world.heal()
    world.wait_log("v1.1.0 is in place")


@pytest.mark.parametrize("code", ["digest", "sums"])
def test_bytes_that_do_not_match_are_fetched_once_more(world, code):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.fault("install", err=f"{code} it is so")
    world.start()
    world.wait_log("it is not tried again unless it changes")
    world.wait_log("was tried and is bad")
    assert len(world.asked("install")) == 2
    assert world.init.lives == ["good v1.0.0"] and not world.init.verbs


# --- the network

@pytest.mark.parametrize("code", ["network", "limited", "missing", "denied", "server", "protocol"])
def test_the_app_starts_whatever_the_forge_does(world, code):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.fault("probe", err=f"{code} no way")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    assert world.says("Cannot obtain the latest release information!")
    world.heal()
    world.wait_log("v1.1.0 is in place")


def test_a_repository_before_its_first_release_is_no_trouble(world):
    world.install("v1.0.0")
    world.fault("probe", err="none o/r has no release yet")
    world.start(VERBOSE="1")
    world.wait(lambda: sum("still: o/r has no release yet" in line for line in world.log) >= 2 and world.running)
    assert not world.says("Cannot obtain") and world.running == "v1.0.0"
    assert sum("no release yet" in line and "still:" not in line for line in world.log) == 1
    world.publish("v1.1.0")
    world.heal()
    world.wait_log("v1.1.0 is in place")


def test_a_download_that_broke_is_resumed(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.forge["cut"] = [4, 8]
    world.save_forge()
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert [a.get("offset") for a in world.asked("get")] == [None, "4", "8"]
    assert world.says("(resumed)")


def test_not_before_survives_a_restart(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.fault("probe", err="limited no more today", wait=int(time.time()) + 1000)
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    world.stop()
    asked = len(world.asked())
    world.heal()
    world.start()
    world.wait(lambda: sum("is what runs" in line for line in world.log) >= 2)
    code, _, err = world.moult("update")
    assert code == 1 and "limited" in err
    assert "the forge says not before" in world.moult("status")[1]
    assert len(world.asked()) == asked


@pytest.mark.parametrize("what, says", [({"exit": 0}, "ended without an answer"), ({"exit": 3}, "ended without an answer"),
                                        ({"raw": ["x" * 5000]}, "no packet"),
                                        ({"raw": ["kind=asset\nname=x"]}, "not as agreed")])
def test_a_helper_that_breaks_protocol(world, what, says):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.fault("list", **what)
    world.start()
    world.wait_log(says)
    world.wait(lambda: world.running == "v1.0.0")
    world.heal()
    world.wait_log("v1.1.0 is in place")


def test_late_assets_are_waited_for(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", names=[], published=int(time.time()))
    world.start()
    world.wait_log("v1.1.0: it has no assets")
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0")
    assert world.moult("check")[0] == 0
    world.wait_log("v1.1.0 is in place")


def test_several_assets_are_an_error_and_no_loop(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", names=["a_linux_amd64.tar.gz", "b_linux_amd64.tar.gz"])
    world.start()
    world.wait_log("several assets fit")
    world.wait(lambda: len(world.asked("probe")) >= 1 and world.running == "v1.0.0")
    assert len(world.asked("list")) == 1 and not world.init.verbs


# --- the app's stop

def test_a_stubborn_app_is_killed_and_never_replaced_alive(world):
    world.install("v1.0.0", app="stubborn")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert world.init.verbs == ["down", "kill", "up"]
    assert world.running == "v1.1.0"


def test_an_app_that_a_person_stopped_stays_stopped(world):
    world.install("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    with world.init.changed:
        world.init.obey("down")
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert world.init.lives == ["good v1.0.0"]
    assert world.init.verbs[-1] == "down"


def test_init_does_not_let_us(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.init.denied = True
    world.start()
    world.wait_log("init does not let us stop app: you may not")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.current == "v1.0.0"


# --- lives cut short: whatever phase the state tells of, a whole release runs and the newest comes

BEFORE = ["idle", "probe", "plan", "fetch", "build", "verify", "unpack"]
DURING = ["stop", "carry", "switch"]
AFTER = ["switch", "start", "ready", "probation"]


@pytest.mark.parametrize("phase", BEFORE)
def test_recovery_before_the_stop(world, phase):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.write_state(phase=phase, tag="v1.1.0", asset="demo_1.1.0_linux_amd64.tar.gz")
    (world.state_dir / "staging" / "half" / "tree").mkdir(parents=True)
    (world.state_dir / "download").mkdir()
    (world.state_dir / "download" / "archive").write_text("half")
    (world.state_dir / "releases" / "v1.1.0.files").write_text("half")
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert world.init.lives == ["good v1.1.0"]
    assert not os.listdir(world.state_dir / "staging")


@pytest.mark.parametrize("turned, phase", [*((False, p) for p in DURING), *((True, p) for p in AFTER)])
@pytest.mark.parametrize("alive", [False, True], ids=["container", "updater"])
def test_recovery_of_a_move(world, turned, phase, alive):
    """The container was started anew, or only the updater died while the app was as the phase left it."""
    world.install("v1.0.0")
    world.install("v1.1.0", link=turned)
    (world.state_dir / "releases" / "v1.0.0" / "mine").write_text("precious")
    if turned:
        os.link(world.state_dir / "releases/v1.0.0/mine", world.state_dir / "releases/v1.1.0/mine")
    world.publish("v1.1.0")
    world.write_state(phase=phase, reason="update", **{"from": "v1.0.0", "to": "v1.1.0"}, start=1, tries=1)
    if alive:
        with world.init.changed:
            world.init.blocked = False
            world.init.want = "down" if phase in ("stop", "carry", "switch", "start") else "up"
            world.init.state = "down" if world.init.want == "down" else "wait"
            world.init.begin()
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert world.running == "v1.1.0"
    assert "good v1.0.0" not in world.init.lives
    assert (world.state_dir / "current" / "mine").read_text() == "precious"
    assert world.state()["phase"] == "idle"


@pytest.mark.parametrize("phase", ["stop", "carry", "switch", "start", "ready"])
def test_recovery_of_a_way_back(world, phase):
    world.install("v1.0.0")
    world.install("v1.1.0", app="crash", link=phase in ("stop", "carry", "switch"))
    world.write_state(phase=phase, reason="back", **{"from": "v1.1.0", "to": "v1.0.0"}, start=1, tries=1,
                      bad="v1.1.0 - 1700000000 it died")
    world.publish("v1.1.0", app="crash")
    world.start(VERBOSE="1", **WATCHED)
    world.wait(lambda: world.running == "v1.0.0" and world.says("back to v1.0.0"))
    assert world.init.lives == ["good v1.0.0"]
    assert "bad" in world.state()


def test_a_release_that_takes_the_container_down_is_given_up(world):
    world.install("v1.0.0")
    world.install("v1.1.0")
    world.publish("v1.1.0")
    world.write_state(phase="probation", reason="update", **{"from": "v1.0.0", "to": "v1.1.0"}, start=1, tries=3)
    world.start()
    world.wait(lambda: world.running == "v1.0.0" and world.says("back to v1.0.0"))
    assert world.init.lives == ["good v1.0.0"]
    assert world.state()["bad"].startswith("v1.1.0 ")


def test_a_move_to_what_is_not_there(world):
    world.install("v1.0.0")
    world.write_state(phase="switch", reason="update", **{"from": "v1.0.0", "to": "v1.1.0"}, start=1, tries=1)
    world.start()
    world.wait(lambda: world.running == "v1.0.0")


@pytest.mark.parametrize("text", ["", "garbage", "moult-state 1\nphase=stop\n"])
def test_a_damaged_state_is_set_aside(world, text):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    (world.state_dir / "state").write_text(text)
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert (world.state_dir / "state.bad").read_text() == text
    assert world.says("state is damaged")


@pytest.mark.parametrize("line", ["Detected a new release", "fetched", "verified", "unpacked", "app is stopped",
                                  "switched from", "v1.1.0 is ready"])
def test_killed_after_each_line_it_says(world, line):
    world.install("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    (world.state_dir / "current" / "mine").write_text("precious")
    world.publish("v1.1.0")
    world.wait_log(line)
    world.kill()
    del world.log[:]
    world.start()
    world.wait(lambda: world.running == "v1.1.0" and world.says("is what runs") or world.says("v1.1.0 is in place"))
    world.wait(lambda: world.running == "v1.1.0")
    assert (world.state_dir / "current" / "mine").read_text() == "precious"
    assert world.init.lives[-1] == "good v1.1.0"


# --- image and volume

def bake(world, tag, app="good"):
    (world.path / "baked").mkdir()
    (world.path / "baked" / "run").write_text(f"{app} {tag}")
    (world.path / "version").write_text(tag + "\n")


def test_the_image_alone(world):
    bake(world, "v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    assert world.current == str(world.path / "baked")


def test_the_volume_is_newer_than_the_image(world):
    bake(world, "v1.0.0")
    world.install("v1.2.0")
    world.start()
    world.wait(lambda: world.running == "v1.2.0")
    assert not world.init.verbs


def test_the_image_is_newer_than_the_volume(world):
    bake(world, "v1.3.0")
    world.install("v1.2.0")
    (world.state_dir / "releases" / "v1.2.0" / "mine").write_text("precious")
    world.publish("v1.0.0")
    world.start()
    world.wait_log("v1.3.0 is in place")
    assert world.init.lives == ["good v1.3.0"]
    assert (world.path / "baked" / "mine").read_text() == "precious"


def test_a_newer_release_comes_before_the_newer_image_runs(world):
    bake(world, "v1.3.0")
    world.install("v1.2.0")
    world.publish("v1.4.0")
    world.start()
    world.wait_log("v1.4.0 is in place")
    assert world.init.lives == ["good v1.4.0"]


def test_the_image_is_bad(world):
    bake(world, "v1.3.0", app="crash")
    world.install("v1.2.0")
    world.start(**WATCHED)
    world.wait_log("back to v1.2.0")
    world.wait(lambda: world.running == "v1.2.0")


# --- configuration

@pytest.mark.parametrize("env, says", [({"GH_USER": None}, "Please set GH_USER, GH_REPO environment variables!"),
                                       ({"SLEEP": "soon"}, "SLEEP=soon"), ({"GH_COLOUR": "red"}, "GH_COLOUR"),
                                       ({"UPDATE_MODE": "off"}, "UPDATE_MODE=off")])
def test_the_app_runs_without_updates(world, env, says):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(**env)
    world.wait(lambda: world.running == "v1.0.0" and world.says(says))
    assert not world.asked()
    code, out, _ = world.moult("status")
    assert code == 0 and "v1.0.0" in out
    if "UPDATE_MODE" not in env:
        assert "off" in out
        assert world.moult("check")[0] == 1


def test_check_mode_only_tells(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(UPDATE_MODE="check")
    world.wait_log("v1.1.0 is there; `moult update` installs it")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.moult("update")[0] == 0
    assert world.running == "v1.1.0"


def test_a_place_for_the_state_that_cannot_be_used(world):
    world.state_dir.rename(world.path / "elsewhere")
    world.state_dir.write_text("a file")
    world.start()
    world.wait(lambda: world.says("cannot be used") and not world.init.blocked)
    assert "cannot be used" in world.moult("status")[1]


# --- the command

def test_status_answers_in_the_middle_of_an_update(world):
    world.install("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    world.fault("install", hang=1)
    world.publish("v1.1.0")
    world.wait_log("fetched")
    code, out, _ = world.moult("status")
    assert code == 0 and "installing, phase verify, to v1.1.0" in out
    assert world.moult("update")[0] == 1  # busy
    code, out, _ = world.moult("status", "--json")
    assert json.loads(out)["candidate"] == "v1.1.0"
    assert world.running == "v1.0.0"


def test_the_command_tells_the_story(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0")
    world.publish("v1.2.0", draft=True)
    code, out, _ = world.moult("plan")
    assert code == 0
    assert "v1.2.0 rejected: is a draft" in out and "v1.1.0 chosen: demo_1.1.0_linux_amd64.tar.gz" in out
    assert "v1.0.0 rejected: is what runs" in out
    code, out, _ = world.moult("update")
    assert code == 0 and "v1.1.0 is in place" in out and "Detected" in out
    assert world.moult("update")[1].strip() == "v1.1.0 is the newest"
    code, out, _ = world.moult("rollback")
    assert code == 0 and "v1.0.0 is in place" in out
    assert world.running == "v1.0.0"
    code, out, _ = world.moult("list")
    assert out.splitlines() == ["  v1.1.0 (previous)", "* v1.0.0"]
    code, out, _ = world.moult("history", "--json")
    assert [json.loads(line)["to"] for line in out.splitlines()] == ["v1.1.0", "v1.0.0"]


def test_a_person_went_back_and_is_respected(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert world.moult("rollback")[0] == 0
    world.stop()
    with world.init.changed:
        world.init.obey("down")
        world.init.obey("up")
    world.start(VERBOSE="1")
    world.wait_log("a person went back from v1.1.0")
    assert world.running == "v1.0.0"
    assert world.moult("update", "v1.1.0")[0] == 0
    assert world.running == "v1.1.0"


def test_orders_that_make_no_sense(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    for words, code, says in ((["update", "../etc"], 100, "../etc: starts with"), (["rollback"], 1, "no release to go back to"),
                              (["rollback", "v9"], 1, "no such release"), (["update", "v1.0.0"], 1, "what runs"),
                              (["update", "v7"], 1, "no such release"), (["dance"], 100, "no such command"),
                              (["status", "now"], 100, "does not take"), ([], 100, "say what to do")):
        got, _, err = world.moult(*words)
        assert (got, says in err) == (code, True), (words, got, err)
    assert world.moult("-h")[0] == 0
    world.stop()
    assert world.moult("status")[0] == 111


def test_app_dir_that_leads_elsewhere(world):
    world.install("v1.0.0")
    (world.path / "app").mkdir()
    world.start(APP_DIR=str(world.path / "app"))
    world.wait_log("does not lead to")
    world.wait(lambda: world.running == "v1.0.0")


def test_old_releases_go_but_never_what_the_app_wrote(world):
    for i in range(1, 6):
        world.install(f"v0.{i}.0", link=False)
    (world.state_dir / "releases" / "v0.2.0" / "mine").write_text("precious")
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(UPDATE_KEEP="1")
    world.wait_log("removed v0.1.0")
    world.wait(lambda: world.moult("list")[0] == 0)
    assert world.moult("list")[1].split() == ["*", "v1.1.0", "v1.0.0", "(previous)", "v0.5.0", "v0.2.0"]


def test_a_crowd_at_the_socket(world):
    """More clients than there are places, and what is no request, leave the updater as it was."""
    world.install("v1.0.0")
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    crowd = []
    for _ in range(20):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.settimeout(30)
        s.connect(str(world.run_dir / "updater.sock"))
        crowd.append(s)
    assert crowd[-1].recv(4096).startswith(b"err full")
    code, _, err = world.moult("status")
    assert code == 1 and "connected already" in err
    for i, request in enumerate([b"", b"\0", b"x" * 5000, b"status\n", b"STATUS", b"update a b", b"status v1", b"update ../x"]):
        if request:
            crowd[i].send(request)
            assert crowd[i].recv(8192).startswith(b"err "), request
    for s in crowd:
        s.close()
    assert world.moult("status")[0] == 0


def ask(world, request):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(30)
    s.connect(str(world.run_dir / "updater.sock"))
    s.send(request)
    return s


def test_an_order_during_a_poll_is_obeyed_after_it(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.publish("v1.1.0", prerelease=True)
    gate = world.gate("list")
    world.start(UPDATE_MODE="check")
    with gate():  # the poll is in the middle of its question now
        order = ask(world, b"update v1.1.0")
        assert b"looking" in ask(world, b"status").recv(8192)  # and the order was heard
        assert ask(world, b"rollback").recv(8192).startswith(b"err busy")
    answers = []
    while not answers or answers[-1].startswith(b"event=") or answers[-1].startswith(b"bytes="):
        answers.append(order.recv(8192))
    assert answers[-1] == b"ok" and answers[-2] == b"event=v1.1.0 is in place"
    assert world.running == "v1.1.0"


def test_a_damaged_release_loses_nothing_of_the_apps(world):
    bake(world, "v1.0.0")
    world.install("v1.1.0")
    (world.state_dir / "releases" / "v1.1.0" / "run").unlink()
    (world.state_dir / "releases" / "v1.1.0" / "mine").write_text("precious")
    world.publish("v1.1.0")
    world.write_state(phase="idle", seen="v1.1.0", listed=int(time.time()))
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert world.init.lives == ["good v1.1.0"]
    assert (world.state_dir / "current" / "mine").read_text() == "precious"


def test_a_release_that_was_put_right_is_seen_by_who_asks(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", names=["a_linux_amd64.tar.gz", "b_linux_amd64.tar.gz"])
    world.start(SLEEP="86400")
    world.wait(lambda: world.says("several assets fit") and world.running)
    world.publish("v1.1.0")
    assert world.moult("check")[0] == 0
    assert world.running == "v1.1.0"


def test_other_variables_make_another_plan(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", names=["a_linux_amd64.tar.gz", "b_linux_amd64.tar.gz"])
    world.start(GH_TOKEN="x")
    world.wait(lambda: world.says("several assets fit") and world.running)
    world.stop()
    world.start(GH_TOKEN="x", GH_ASSET="b_*")
    world.wait_log("v1.1.0 is in place")


def test_a_repository_with_another_name_is_told_of_once(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.forge["moved"] = "new/name"
    world.save_forge()
    world.start(VERBOSE="1")
    world.wait(lambda: sum("v1.0.0 is the newest" in line for line in world.log) >= 3)
    assert sum("me/demo is new/name now: set GH_USER and GH_REPO" in line for line in world.log) == 1
