"""Whenever the container dies, and whatever is left of its disk, the next one runs a complete release and gets to the
newest one."""
import os
import re
from pathlib import Path

import pytest

import archives
import asked
from container import CALM

MOMENTS = ("Detected a new release", "fetched demo", "verified demo", "unpacked", "app is stopped", "switched from",
           "demo 1.1.0 pid", "v1.1.0 is ready", "v1.1.0 is in place")


@pytest.fixture
def box(container):
    box = container("v1.0.0", SLEEP=CALM)
    box.wait_version("1.0.0")
    return box


def converges(box):
    """After the next start a complete release runs, in the end the newest, and then nothing moves any more."""
    mark = box.mark()
    box.start()
    box.wait_log(r"^demo 1\.[01]\.0 pid .* ready", after=mark)
    box.wait_log(r"v1\.1\.0 is (in place|what runs)", after=mark)
    box.wait_version("1.1.0", after=mark)
    box.check()
    assert box.app_version() == "1.1.0" and box.current() == "v1.1.0" and box.releases() == ["v1.1.0"]
    assert box.count_log("^demo 1.1.0 pid .* ready", mark) == 1
    assert not [path for path in box.files() if path.startswith("staging/")]
    assert "bad" not in box.moult("list").stdout


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at(box, publish, moment):
    publish("v1.1.0")
    box.begin_check()
    box.wait_log(moment)
    box.kill()
    converges(box)


def test_killed_while_it_fetches(box, forge, publish):
    publish("v1.1.0")
    forge.fault(asked.ARCHIVE, stall=100_000)
    box.begin_check()
    forge.wait_request(asked.archive, done=False)
    box.kill()
    converges(box)


def test_killed_while_it_unpacks(box, forge, demo):
    many = {f"many/{number}": b"%d\n" % number * 50 for number in range(3000)}
    forge.publish("v1.1.0", demo.assets("v1.1.0", more=many))
    box.begin_check()
    box.wait_log("verified demo")
    box.kill()
    converges(box)
    assert (box.app_dir / "many" / "2999").read_bytes() == b"2999\n" * 50


def test_killed_while_the_app_stops(make_container, publish):
    """Between stop and start: the app is down, and nothing but the next container can start it."""
    box = make_container("v1.0.0", SLEEP=CALM, SLOW_STOP=3000).start()
    box.wait_version("1.0.0")
    publish("v1.1.0")
    with box.events() as events:
        box.begin_check()
        events.wait(lambda event: event["state"] == "stopping")
        box.kill()
    box.env["SLOW_STOP"] = "0"
    converges(box)


def test_killed_in_the_probation_again_and_again(make_container, publish):
    """Nobody knows whose fault that is. It is not tried for ever: the old release runs in the end."""
    publish("v1.1.0")
    box = make_container("v1.0.0", SLEEP=CALM, UPDATE_PROBATION=60)
    for _ in range(3):
        mark = box.mark()
        box.start()
        box.wait_version("1.1.0", after=mark)
        box.kill()
    mark = box.mark()
    box.start()
    box.wait_version("1.0.0", after=mark)
    assert "bad" in box.moult("list").stdout


def test_the_updater_is_killed(container, forge, publish):
    """init starts it again, and it goes on."""
    box = container("v1.0.0")
    box.wait_version("1.0.0")
    forge.fault(asked.ARCHIVE, stall=100_000)
    publish("v1.1.0")
    forge.wait_request(asked.archive, done=False)
    mark = box.mark()
    assert box.sv("kill", "updater").returncode == 0
    box.wait_version("1.1.0", after=mark)
    assert box.service_state("app")["want"] == "up"


def test_recreated_with_the_volume(container, forge, publish):
    publish("v1.1.0")
    box = container("v1.0.0")
    box.wait_installed("v1.1.0")
    mark, seen = box.mark(), forge.mark()
    box.recreate(volume=True)
    box.wait_version("1.1.0", after=mark)
    assert asked.count(forge, asked.stored, seen) == 0
    assert box.count_log("^demo 1.0.0", mark) == 0


@pytest.mark.parametrize("volume", [True, False], ids=["empty-volume", "image-layer"])
def test_recreated_without_the_volume(container, publish, volume):
    publish("v1.1.0")
    box = container("v1.0.0", volume=volume)
    box.wait_installed("v1.1.0")
    mark = box.mark()
    box.recreate(volume=False)
    box.wait_version("1.1.0", after=mark)
    assert box.count_log("^demo 1.0.0", mark) == 0


def test_the_volume_without_the_forge(container, forge, publish):
    publish("v1.1.0")
    box = container("v1.0.0")
    box.wait_installed("v1.1.0")
    forge.fault(status=503, times=None)
    mark = box.mark()
    box.recreate(volume=True)
    box.wait_version("1.1.0", after=mark)


def test_a_newer_image_on_an_older_volume(make_container, publish):
    publish("v1.1.0")
    old = make_container("v1.0.0").start()
    old.wait_installed("v1.1.0")
    old.stop()
    new = make_container("v1.2.0")
    new.use_state(old.state_dir)
    new.start()
    new.wait_version("1.2.0")
    assert new.count_log("^demo 1.1.0") == 0


def test_an_older_image_on_a_newer_volume(make_container, publish):
    publish("v1.2.0")
    first = make_container("v1.1.0").start()
    first.wait_installed("v1.2.0")
    first.stop()
    second = make_container("v1.0.0")
    second.use_state(first.state_dir)
    second.start()
    second.wait_version("1.2.0")
    assert second.count_log("^demo 1.0.0") == 0


def test_two_updaters_on_one_volume(make_container, forge, publish):
    """The second one says so and leaves the volume alone; its app runs."""
    first = make_container("v1.0.0", SLEEP=CALM).start()
    first.wait_version("1.0.0")
    second = make_container("v1.0.0", SLEEP=CALM)
    second.use_state(first.state_dir)
    second.start()
    second.wait_version("1.0.0")
    second.wait_log(f"update.*{second.state_dir}")
    assert str(second.state_dir) in second.moult("status").stdout
    publish("v1.1.0")
    second.check()
    first.check()
    first.wait_version("1.1.0")
    assert asked.count(forge, asked.asset(archives.asset_name("v1.1.0", "demo"))) == 1


def small_disk(box, kilobytes):
    box.setup = f"mount -t tmpfs -o size={kilobytes}k,mode=755 none {box.state_dir} &&"
    return box


@pytest.mark.parametrize("kilobytes", [64, 1000])
def test_the_disk_is_full(make_container, forge, publish, kilobytes):
    """It fails where it may: before the app is stopped. And it says why."""
    box = small_disk(make_container("v1.0.0", SLEEP=CALM), kilobytes).start()
    box.wait_version("1.0.0")
    publish("v1.1.0")
    told = box.check()
    assert told.returncode == 1 and "room" in told.stdout
    assert box.app_version() == "1.0.0"
    assert box.service_state()["deaths"] == "0"
    assert box.current() == "baked"
    assert box.releases() == []


def test_the_disk_is_full_while_it_unpacks(make_container, forge, demo):
    """What is in the archive is more than its size made one think; the next release, a smaller one, is installed."""
    box = small_disk(make_container("v1.0.0", SLEEP=CALM), 24 * 1024).start()
    box.wait_version("1.0.0")
    forge.publish("v1.1.0", demo.assets("v1.1.0", more={"large": os.urandom(1 << 20) * 32}))
    told = box.check()
    assert told.returncode == 1 and re.search("[Nn]o space|full", told.stdout)
    assert box.current() == "baked" and box.releases() == []
    assert box.service_state()["deaths"] == "0"
    forge.publish("v1.2.0", demo.assets("v1.2.0"))
    box.check()
    box.wait_version("1.2.0")


def other_kind(path, make):
    """Something else in the place of what is there."""
    path.rmdir() if path.is_dir() else path.unlink()
    make(path)


def relink(path, target):
    path.unlink()
    path.symlink_to(target)


DAMAGE = {
    "state is garbage": lambda disk: (disk / "state").write_bytes(bytes(range(256)) * 8),
    "state is empty": lambda disk: (disk / "state").write_text(""),
    "state is gone": lambda disk: (disk / "state").unlink(),
    "state is a directory": lambda disk: other_kind(disk / "state", Path.mkdir),
    "state is a fifo": lambda disk: other_kind(disk / "state", os.mkfifo),
    "history is garbage": lambda disk: (disk / "history").write_bytes(b"\0" * 5000),
    "history is a directory": lambda disk: other_kind(disk / "history", Path.mkdir),
    "history is a fifo": lambda disk: other_kind(disk / "history", os.mkfifo),
    "a manifest is garbage": lambda disk: (disk / "releases" / "v1.1.0.files").write_bytes(b"\0" * 5000),
    "a manifest is gone": lambda disk: (disk / "releases" / "v1.1.0.files").unlink(),
    "staging is a file": lambda disk: other_kind(disk / "staging", Path.touch),
    "download is a file": lambda disk: other_kind(disk / "download", Path.touch),
    "current is gone": lambda disk: (disk / "current").unlink(),
    "current leads nowhere": lambda disk: relink(disk / "current", "releases/v9.9.9"),
    "a release is not whole": lambda disk: (disk / "releases" / "v1.1.0" / "demo").unlink(),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_volume(container, publish, kind):
    """Something whole runs, what is damaged is got again, and the next release comes as always."""
    publish("v1.1.0")
    box = container("v1.0.0", SLEEP=CALM)
    box.wait_installed("v1.1.0")
    box.stop()
    DAMAGE[kind](box.state_dir)
    mark = box.mark()
    box.start()
    box.wait_version("1.1.0", after=mark)
    box.wait_log(r"v1\.1\.0 is (in place$|what runs)", after=mark)
    publish("v1.2.0")
    assert box.check().returncode == 0
    box.wait_version("1.2.0", after=mark)
    assert box.moult("status").returncode == 0 and box.current() == "v1.2.0"
