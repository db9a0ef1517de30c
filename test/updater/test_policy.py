"""Which release comes, and when: the variables of the policy, in the fake world."""
import json
import time

import pytest

from fake_world import World


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        yield w


def says(world, text):
    return sum(text in line for line in world.log)


# --- GH_PIN, UPDATE_SKIP

def test_a_pin_holds_the_line_and_a_name_goes_beyond_it(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.publish("v2.0.0")
    world.start(GH_PIN="^1", VERBOSE="1")
    world.wait_log("v1.1.0 is in place")
    world.wait_log("v1.1.0 is the newest within GH_PIN=^1")
    assert "v2.0.0 rejected: is outside GH_PIN=^1" in world.moult("plan")[1]
    assert world.moult("update", "v2.0.0")[0] == 0
    world.wait_log("v2.0.0 is outside GH_PIN=^1 and stays")
    assert world.running == "v2.0.0"


def test_what_runs_outside_the_pin_is_said_once_and_stays(world):
    world.install("v2.0.0")
    world.publish("v1.1.0")
    world.publish("v2.1.0")
    world.start(GH_PIN="^1", VERBOSE="1")
    world.wait(lambda: says(world, "still: v2.0.0 is outside GH_PIN=^1 and stays") >= 2 and world.running)
    assert world.running == "v2.0.0" and not world.asked("get")
    assert says(world, "] v2.0.0 is outside GH_PIN=^1") == 1
    assert "last result: v2.0.0 is outside GH_PIN=^1 and stays" in world.moult("status")[1]
    assert world.moult("check")[0] == 0


def test_an_exact_pin(world):
    world.install("v1.0.0")
    for tag in ("v1.1.0", "v1.2.0", "v1.3.0"):
        world.publish(tag)
    world.start(GH_PIN="v1.2.0", VERBOSE="1")
    world.wait_log("v1.2.0 is in place")
    world.wait_log("v1.2.0 is the newest within GH_PIN=v1.2.0")


def test_a_release_to_be_skipped_comes_by_name_only(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.publish("v1.2.0")
    world.start(UPDATE_SKIP="v3, 1.2.0")
    world.wait_log("v1.1.0 is in place")
    assert "v1.2.0 rejected: is in UPDATE_SKIP" in world.moult("plan")[1]
    assert world.moult("update", "v1.2.0")[0] == 0
    assert world.running == "v1.2.0"


# --- GH_CHANNEL

@pytest.mark.parametrize("channel, runs", [("stable", "v1.1.0"), ("-beta", "v1.2.0-beta.3"), ("prerelease", "v1.3.0")])
def test_channels(world, channel, runs):
    world.install("v1.0.0")
    world.publish("v1.3.0", prerelease=True)
    world.publish("v1.2.0-beta.3")
    world.publish("v1.1.0")
    world.start(GH_CHANNEL=channel)
    world.wait_log(f"{runs} is in place")


def test_a_prerelease_is_seen_though_latest_stays_what_it_was(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.start(GH_CHANNEL="-rc", VERBOSE="1")
    world.wait(lambda: says(world, "v1.0.0 is the newest") >= 2)
    world.forge["latest"] = "v1.0.0"
    world.publish("v1.1.0-rc.1", prerelease=True)
    world.wait_log("v1.1.0-rc.1 is in place")
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert not world.asked("probe")
    assert [a.get("etag") for a in world.asked("list")[:2]] == [None, '"2"']


# --- UPDATE_MIN_AGE

def test_a_young_release_waits_and_costs_no_request(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", published=int(time.time()) + 1)
    world.start(UPDATE_MIN_AGE="3")
    world.wait_log("v1.1.0: is too young: UPDATE_MIN_AGE is over at ")
    world.wait(lambda: world.running == "v1.0.0")
    code, _, err = world.moult("check")  # looks properly
    assert code == 1 and "too young" in err
    assert "last result: v1.1.0: is too young" in world.moult("status")[1]
    asked = len(world.asked("list"))
    world.wait_log("v1.1.0 is in place")
    assert len(world.asked("list")) == asked + 1
    assert len(world.asked("probe")) > asked


def test_with_a_token_a_young_release_comes_without_a_change_of_the_list(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", published=int(time.time()) + 1)
    world.start(UPDATE_MIN_AGE="2", GH_TOKEN="x")
    world.wait_log("v1.1.0 is in place")
    asked = [a.get("etag") for a in world.asked("list")]
    assert asked[0] is None and asked[-1] is None and set(asked[1:-1]) <= {'"2"'}


def test_an_unknown_age_and_what_a_person_asks_for(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", published=0)
    world.start(UPDATE_MIN_AGE="1", VERBOSE="1")
    why = "v1.1.0: the forge does not say when it was published, and UPDATE_MIN_AGE is set"
    world.wait(lambda: says(world, "still: " + why) >= 2 and world.running == "v1.0.0")
    assert len(world.asked("list")) == 1
    assert world.moult("update")[0] == 1  # the newest one is still a matter of policy
    assert world.moult("update", "v1.1.0")[0] == 0
    assert world.running == "v1.1.0"


def test_check_mode_reports_within_the_policy(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.publish("v2.0.0")
    world.start(UPDATE_MODE="check", GH_PIN="~1.1")
    world.wait_log("v1.1.0 is there; `moult update` installs it")
    world.wait(lambda: world.running == "v1.0.0")
    assert not world.asked("get")


# --- many releases

def test_a_backport_is_latest_and_the_highest_is_pages_away(world):
    world.install("v1.8.0")
    world.publish("v1.8.0")
    world.publish("v2.0.0")
    for n in range(25):
        world.publish(f"v1.7.{n}")
    world.forge["latest"] = "v1.7.24"
    world.save_forge()
    world.start(VERBOSE="1")
    world.wait_log("v1.8.0 is the newest")  # a release below ours comes first: what is behind it is taken to be older
    assert [a["page"] for a in world.asked("list")] == ["1"]


def test_a_pinned_line_is_found_behind_pages_of_another(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.publish("v1.1.0")
    for n in range(25):
        world.publish(f"v2.{n}.0")
    world.start(GH_PIN="^1")
    world.wait_log("v1.1.0 is in place")
    assert [a["page"] for a in world.asked("list")[:3]] == ["1", "2", "3"]


def test_where_the_list_is_left_is_said(world):
    world.install("v1.0.0")
    for n in range(101):
        world.publish(f"v2.0.{n}")
    world.start(GH_PIN="^1", VERBOSE="1")
    world.wait_log("v1.0.0 is the newest within GH_PIN=^1 of the last 100 releases; older ones are not looked at")
    assert len(world.asked("list")) == 10


def test_the_first_release_is_the_forges_latest_though_backports_fill_the_first_page(world):
    world.publish("v2.0.0")
    for n in range(12):
        world.publish(f"v1.7.{n}")
    world.forge["latest"] = "v2.0.0"
    world.save_forge()
    world.start()
    world.wait_log("v2.0.0 is in place")
    assert world.init.lives == ["good v2.0.0"]


def test_projects_in_one_repository(world):
    world.install("app-v1.0.0")
    world.publish("app-v1.1.0", names=["app_linux_amd64.tar.gz"])
    world.publish("lib-v9.0.0", names=["lib_linux_amd64.tar.gz"])
    world.start()
    world.wait_log("app-v1.1.0 is in place")
    assert "lib-v9.0.0 rejected: is another project's than app-v1.1.0" in world.moult("plan")[1]


# --- tags that are no versions, and tags that move

def test_builds_come_by_the_time_of_their_publishing(world):
    now = int(time.time())
    world.install("build-7")
    world.publish("build-8", published=now - 500)
    world.publish("build-6", published=now - 900)
    world.start(VERBOSE="1")
    world.wait_log("build-8 is in place")
    world.publish("build-9", published=now - 700)  # published before what runs
    world.wait(lambda: says(world, "not build-9: is not newer than build-8"))
    assert world.moult("update", "build-9")[0] == 0 and world.running == "build-9"
    world.wait(lambda: says(world, "not build-8: a person went back from build-8"))
    world.publish("build-10", published=now)
    world.wait_log("build-10 is in place")
    assert world.moult("rollback")[0] == 0 and world.running == "build-9"
    world.stop()
    with world.init.changed:
        world.init.obey("down")
        world.init.obey("up")
    del world.log[:]
    world.start(VERBOSE="1")
    world.wait(lambda: says(world, "not build-10: a person went back from build-10") and world.running)
    assert world.running == "build-9"


def test_a_repository_is_without_versions_when_all_of_it_is(world):
    now = int(time.time())
    world.publish("v1.0.0", published=now - 9000)
    for n in range(12):
        world.publish(f"nightly-{n}", published=now - 900 + n)
    world.start()
    world.wait_log("v1.0.0 is in place")
    assert world.init.lives == ["good v1.0.0"]
    assert "nightly-3 rejected: its tag is no version (like v1.2.3), and v1.0.0 is one" in world.moult("plan")[1]


def test_an_archive_that_was_exchanged_is_told_of_once_and_not_taken(world):
    world.install("v1.0.0", asset="demo_1.0.0_linux_amd64.tar.gz")
    world.publish("v1.0.0", app="evil")
    world.start(VERBOSE="1", GH_TOKEN="x")
    world.wait_log("v1.0.0: is what runs, but the forge has another demo_1.0.0_linux_amd64.tar.gz under this tag now")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.moult("check")[0] == 0
    assert "v1.0.0 rejected: is what runs, but the forge has another" in world.moult("plan")[1]
    assert world.moult("update", "v1.0.0")[0] == 1
    assert world.init.lives == ["good v1.0.0"] and not world.asked("get")
    assert sum(line.startswith("[update] error:") or "] v1.0.0: is what runs, but" in line for line in world.log) == 1
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")


# --- what `moult plan` says, and where a repository went

def test_the_plan_has_a_line_for_each_asset_that_is_not_taken(world):
    world.install("v1.0.0")
    world.publish("v1.0.0")
    world.publish("v1.1.0", names=["a_linux_amd64.tar.gz", "b_linux_amd64.tar.gz", "a_linux_arm64.tar.gz"])
    world.publish("v1.2.0", names=["demo_linux_amd64.tar.gz", "demo_darwin_arm64.tar.gz", "demo_linux_amd64.zip",
                                   "demo.sbom.json", "checksums.txt"])
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    code, out, _ = world.moult("plan")
    assert code == 0 and out.splitlines()[:4] == [
        "v1.2.0 chosen: demo_linux_amd64.tar.gz, checked by checksums.txt",
        "  demo_darwin_arm64.tar.gz: is for another system",
        "  demo_linux_amd64.zip: fits no better than the one that is taken",
        "  demo.sbom.json: " + out.splitlines()[3].split(": ", 1)[1]]
    assert "  a_linux_arm64.tar.gz: is for another processor\n  v1.0.0" not in out
    assert "  a_linux_amd64.tar.gz: fits as well as another\n  b_linux_amd64.tar.gz: fits as well as another\n" in out
    objects = [json.loads(line) for line in world.moult("plan", "--json")[1].splitlines()]
    assert objects[1] == {"tag": "v1.2.0", "asset-1": "demo_darwin_arm64.tar.gz: is for another system",
                          "asset-2": "demo_linux_amd64.zip: fits no better than the one that is taken",
                          "asset-3": out.splitlines()[3].strip()}


def test_a_plan_of_many_assets_comes_whole(world):
    world.install("v1.0.0")
    names = [f"demo_darwin_arm64_with_a_name_that_is_rather_long_{n:03}.tar.gz" for n in range(300)]
    for n in range(8):
        world.publish(f"v1.1.{n}", names=names)
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    code, out, _ = world.moult("plan")
    assert code == 0
    assert sum(line.startswith("  demo_darwin_arm64_with") for line in out.splitlines()) == 5 * 300
    assert sum(line.startswith("v1.1.") for line in out.splitlines()) == 8


def test_a_repository_that_moved_to_another_owner_is_not_followed(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    for asset in world.forge["releases"][0]["assets"]:
        asset["url"] = "http://127.0.0.1:9/stranger/demo/releases/download/v1.1.0/" + asset["name"]
    world.save_forge()
    world.start(VERBOSE="1")
    world.wait(lambda: says(world, "the repository is stranger's now, as demo: set GH_USER and GH_REPO to follow it there") >= 2
               and world.running)
    assert world.running == "v1.0.0" and not world.asked("get")
    assert says(world, "error: v1.1.0: the repository is stranger's now") == 1
