"""UPDATE_WINDOW in the fake world. No test waits for a clock to come round: the zone is a rule made so that its clock
shows just what the test wants it to show now."""
import time

import pytest

from fake_world import World


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        yield w


def clock_shows(hour, minute, second=0):
    """The rule of a zone where it is this time now, on whatever day."""
    east = hour * 3600 + minute * 60 + second - int(time.time()) % 86400
    west = abs(east)
    return f"<NOW>{'-' if east >= 0 else '+'}{west // 3600}:{west // 60 % 60:02}:{west % 60:02}"


def closed():
    return {"UPDATE_WINDOW": f"02:00-05:00 {clock_shows(12, 0)}"}


def opens_in(seconds):
    return {"UPDATE_WINDOW": f"02:00-05:00; 13:00-13:01 {clock_shows(12, 59, 60 - seconds)}"}


WAITS = "v1.1.0 is on disk and waits for UPDATE_WINDOW, which opens at "


def test_all_but_the_stop_is_done_before_the_window_opens(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(VERBOSE="1", **closed())
    world.wait_log(WAITS)
    world.wait(lambda: sum("still: " + WAITS in line for line in world.log) >= 2 and world.running)
    assert world.running == "v1.0.0" and not world.init.verbs
    assert len(world.asked("list")) == 1 and len(world.asked("install")) == 1  # nor is the forge asked in vain
    status = world.moult("status")[1]
    assert "update window: opens at " in status and "on disk, waits for it: v1.1.0" in status
    assert world.moult("check")[0] == 1
    assert world.moult("update")[0] == 0  # a person does not wait
    assert world.running == "v1.1.0" and len(world.asked("install")) == 1
    assert "staged" not in world.state()


def test_a_person_need_not_wait_for_what_is_not_the_forges_latest(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.publish("v0.9.9")  # a backport
    world.start(VERBOSE="1", **closed())
    world.wait_log("still: " + WAITS)
    assert world.moult("update")[0] == 0
    assert world.running == "v1.1.0"


def test_the_window_opens(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(SLEEP="3600", **opens_in(4))
    world.wait_log(WAITS)
    world.wait(lambda: world.running == "v1.0.0")
    world.wait_log("v1.1.0 is in place")
    assert len(world.asked("list")) == 2 and len(world.asked("install")) == 1
    assert "update window: open" in world.moult("status")[1]


@pytest.mark.parametrize("fault", [{"err": "network nobody answers"}, {"err": "limited no more today", "wait": 1000}])
def test_the_window_opens_and_the_forge_cannot_be_asked(world, fault):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(**opens_in(4))
    world.wait_log(WAITS)
    if "wait" in fault:
        fault = {**fault, "wait": int(time.time()) + fault["wait"]}
    world.fault("probe", **fault)
    world.wait_log("UPDATE_WINDOW is open: going to v1.1.0, which waited for it")
    world.wait_log("v1.1.0 is in place")


def test_what_waits_is_not_run_by_a_start_either(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(**closed())
    world.wait_log(WAITS)
    world.publish("v1.2.0")
    world.wait_log("v1.2.0 is on disk and waits")
    world.stop()
    world.fault("probe", err="network nobody answers")
    del world.log[:]
    world.start(**closed())
    world.wait_log("v1.0.0 is what runs: the highest on disk that is not bad, or that need not wait for UPDATE_WINDOW")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.state()["staged"] == "v1.2.0"
    world.stop()
    world.start()
    world.wait_log("v1.2.0 is in place")


def test_what_was_withdrawn_does_not_wait_any_more(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.publish("v1.1.0")
    world.start(**closed())
    world.wait_log(WAITS)
    world.wait(lambda: world.running == "v1.0.0")
    world.forge["releases"] = [r for r in world.forge["releases"] if r["tag"] == "v1.0.0"]
    world.save_forge()
    world.wait_log("v1.1.0 does not wait for the window any more")
    assert "staged" not in world.state()


def test_the_first_release_and_the_images_do_not_wait(world):
    world.publish("v1.0.0")
    world.start(**closed())
    world.wait_log("v1.0.0 is in place")
    world.stop()
    (world.path / "baked").mkdir()
    (world.path / "baked" / "run").write_text("good v1.3.0")
    (world.path / "version").write_text("v1.3.0\n")
    world.start(**closed())
    world.wait_log("v1.3.0 is in place")


def test_a_way_back_does_not_wait(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", app="crash")
    world.start(UPDATE_PROBATION="1", **closed())
    world.wait_log(WAITS)
    world.wait(lambda: world.running == "v1.0.0")
    assert world.moult("update")[0] == 1
    world.wait(lambda: world.says("back to v1.0.0") and world.running == "v1.0.0")


def test_check_mode_does_not_ask_the_api_at_each_look(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(UPDATE_MODE="check", VERBOSE="1", **closed())
    world.wait(lambda: sum("still: v1.1.0 is there" in line for line in world.log) >= 2 and world.running)
    assert len(world.asked("list")) == 1 and not world.asked("get")
