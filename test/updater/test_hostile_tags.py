"""Tags and names come from outside and become paths, arguments and lines: none becomes more than that."""
import os

import pytest

from fake_world import World

# A '/' is what tags of a repository with several projects have; the others nobody has by accident.
NO_PATHS = ["../../v9.0.0", "/v9.0.0", "app/v9.0.0", "..", ".v9.0.0", "-v9.0.0", "v9.0.0;touch pwned", "$(touch pwned)",
            "v9.0.0\\", "v9.0.0 x", "v9.0.0.files", "v9.0.0.carried", "@baked", "v" + "9" * 127 + "x"]


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        yield w


def files_below(directory):
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def nothing_came_of_it(world, before):
    """No file anywhere but the updater's own three, and the app runs on."""
    ours = {"state/state", "state/state.new", "state/history", "state/current", "state/previous", "run/updater.sock", "helpers/asked"}
    assert {path for path in files_below(world.path) if path not in before} <= ours
    assert world.running == "v1.0.0" and world.init.verbs == []


@pytest.mark.parametrize("tag", NO_PATHS)
def test_of_a_release(world, tag):
    """It is refused by name and costs one question for the list, not one for each poll, and one more after a restart:
    what was learnt is on disk and can be read."""
    world.install("v1.0.0")
    for directory in ("download", "staging"):
        (world.state_dir / directory).mkdir()
    before = files_below(world.path)
    world.publish(tag, names=["demo_linux_amd64.tar.gz"])
    before.append("helpers/files/demo_linux_amd64.tar.gz")
    world.forge["latest"] = tag
    world.save_forge()
    world.start(VERBOSE="1")
    world.wait(lambda: world.running and len(world.asked("probe")) >= 3)
    nothing_came_of_it(world, before)
    told = [line for line in world.log if "its tag" in line]
    assert told and all(tag in line for line in told)
    assert len(world.asked("list")) == 1
    assert not world.asked("get")
    world.stop()
    world.start(VERBOSE="1")
    world.wait(lambda: len(world.asked("probe")) >= 5)
    assert not world.says("state is damaged") and len(world.asked("list")) == 2


@pytest.mark.parametrize("tag", NO_PATHS)
def test_asked_for_by_a_person(world, tag):
    world.install("v1.0.0")
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    before = files_below(world.path)
    for verb in ("update", "rollback"):
        code, _, err = world.moult(verb, "--", tag) if tag.startswith("-") else world.moult(verb, tag)
        assert code in (1, 100) and err, (verb, tag)
    nothing_came_of_it(world, before)
    assert not world.asked()


@pytest.mark.parametrize("tag", NO_PATHS)
def test_of_the_image(world, tag):
    """The image is run all the same; it counts as unversioned, so any release is newer."""
    (world.path / "baked").mkdir()
    (world.path / "baked" / "run").write_text("good image")
    (world.path / "version").write_text(tag + "\n")
    world.start()
    world.wait(lambda: world.running == "image")
    assert f" {tag} " not in world.moult("status")[1]
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")


def test_on_disk(world):
    """What somebody put into releases/ under a name that is no tag is not run, not listed and not removed."""
    world.install("v1.0.0")
    for name in (".hidden", "-rf", "a b", "@baked", "v9.0.0;x"):
        (world.state_dir / "releases" / name).mkdir()
    before = files_below(world.state_dir / "releases")
    world.start(UPDATE_KEEP="1")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.moult("list")[1].split() == ["*", "v1.0.0"]
    world.publish("v1.1.0")
    world.wait_log("v1.1.0 is in place")
    assert set(before) <= set(files_below(world.state_dir / "releases"))


@pytest.mark.parametrize("name", ["demo $(touch pwned)_linux_amd64.tar.gz", "demo;touch pwned;_linux_amd64.tar.gz",
                                  "-rf_linux_amd64.tar.gz", "..demo_linux_amd64.tar.gz", "%s%n%2e%2e_linux_amd64.tar.gz",
                                  "d\u00e9mo_linux_amd64.tar.gz", "=\"'`_linux_amd64.tar.gz"])
def test_an_assets_name_is_only_a_name(world, name):
    world.install("v1.0.0")
    world.publish("v1.1.0", names=[name])
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert world.asked("install")[0]["name"] == name
    assert not [path for path in files_below(world.path) if "pwned" in path and not path.startswith("helpers/files/")]
    assert not os.listdir(world.state_dir / "staging")
