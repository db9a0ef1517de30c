"""The replaced system stopped the app, unpacked what was not there, and wrote down the new version all the same. Here
nothing happens to the app before all bytes of the new release are there, are the right ones, and are unpacked."""
import hashlib
import re

import pytest

import archives
import asked
from container import CALM

NAME = archives.asset_name("v1.1.0", "demo")


@pytest.fixture
def box(container):
    box = container("v1.0.0", SLEEP=CALM, UPDATE_PROBATION=0)
    box.wait_version("1.0.0")
    return box


def untouched(box):
    """The app has been serving all the time."""
    assert box.app_version() == "1.0.0"
    assert box.service_state("app")["deaths"] == "0"
    assert box.current() == "baked"


TRANSPORT = {
    "404": {"status": 404},
    "403": {"status": 403},
    "503": {"status": 503},
    "reset before the answer": {"reset": -1},
    "reset in the middle": {"reset": 50},
    "truncated": {"truncate": 50},
    "truncated, no length": {"truncate": 50, "chunked": True},
    "nothing": {"truncate": 0},
    "a page": {"html": True},
    "empty": {"body": b""},
    "in a circle": {"loop": True},
}


def test_a_failed_download_is_tried_again_by_the_clock(container, forge, publish):
    box = container("v1.0.0")
    box.wait_version("1.0.0")
    fault = forge.fault(asked.ARCHIVE, status=503, times=2)
    publish("v1.1.0")
    box.wait_version("1.1.0")
    assert fault.hits == 2 and box.count_log(r"\[update\] error: v1.1.0: .*503") == 2


@pytest.mark.parametrize("what, name", [(asked.ARCHIVE, name) for name in TRANSPORT] + [
    (asked.CHECKSUMS, name) for name in ("404", "truncated", "a page", "empty")])
def test_a_failed_download(box, forge, publish, what, name):
    """It fails in the log and nowhere else, and the next look gets it."""
    fault = forge.fault(what, **TRANSPORT[name], times=None)
    publish("v1.1.0")
    told = box.check()
    assert told.returncode == 1 and "v1.1.0" in told.stdout and fault.hits > 0
    box.wait_log(r"\[update\] error: v1.1.0: ")
    untouched(box)
    forge.clear_faults()
    box.check()
    box.wait_version("1.1.0")


def test_a_stalled_download_is_dropped(container, forge, publish):
    box = container("v1.0.0")
    box.wait_version("1.0.0")
    forge.fault(asked.ARCHIVE, stall=100_000)
    publish("v1.1.0")
    forge.wait_request(asked.archive, done=False)
    assert box.moult("status").returncode == 0  # and nobody has to wait for it
    untouched(box)
    box.wait_log("update.*v1.1.0.*(stall|too slow|slow)", timeout=90)
    box.wait_version("1.1.0")


def test_what_has_come_is_not_fetched_again(container, forge, publish):
    forge.fault(asked.ARCHIVE, truncate=100_000)
    publish("v1.1.0")
    box = container("v1.0.0", SLEEP=CALM)
    box.wait_version("1.0.0")
    mark = forge.mark()
    box.check()
    box.wait_version("1.1.0")
    again = forge.wait_request(asked.archive, after=mark)
    assert again.status == 206 and again.headers["Range"].startswith("bytes=")


def refused_once(box, forge, reason, attempts=1):
    """The release is refused with a reason, the app goes on, and the same bytes are not fetched again."""
    for _ in range(attempts):
        told = box.check()
    assert told.returncode == 1 and re.search(reason, told.stdout), told.stdout
    box.wait_log(rf"\[update\] error: v1.1.0: .*({reason})")
    untouched(box)
    fetched = asked.count(forge, asked.asset(NAME))
    for _ in range(2):
        box.check()
    assert asked.count(forge, asked.asset(NAME)) == fetched
    untouched(box)
    assert re.search(f"v1.1.0 rejected: .*({reason})", box.moult("plan").stdout)
    assert "bad" in box.moult("history").stdout


def test_a_wrong_digest(box, forge, demo):
    forge.publish("v1.1.0", demo.assets("v1.1.0", sums=False), digest="sha256:" + "0" * 64)
    refused_once(box, forge, "digest|sha256", attempts=2)
    forge.delete("v1.1.0")
    forge.publish("v1.1.0", demo.assets("v1.1.0"))  # put right, with another digest
    box.check()
    box.wait_version("1.1.0")


def test_bytes_that_changed_on_the_way(box, forge, publish):
    """The release is good: what was damaged is fetched again, and the release is not held to be bad for ever."""
    forge.fault(asked.ARCHIVE, corrupt=100_000)
    publish("v1.1.0")
    told = box.check()
    assert told.returncode == 1 and re.search("digest|sha256", told.stdout)
    untouched(box)
    box.check()
    box.wait_version("1.1.0")


def test_a_checksums_file_that_says_otherwise(box, forge, demo):
    assets = demo.assets("v1.1.0")
    assets["checksums.txt"] = f"{'0' * 64}  {NAME}\n".encode()
    forge.publish("v1.1.0", assets)
    refused_once(box, forge, "checksums file", attempts=2)


def test_a_checksums_file_that_does_not_know_it(box, forge, demo):
    assets = demo.assets("v1.1.0")
    assets["checksums.txt"] = f"{'0' * 64}  another.tar.gz\n".encode()
    forge.publish("v1.1.0", assets)
    refused_once(box, forge, "checksums file", attempts=2)


def test_the_checksums_file_is_enough(box, forge, demo):
    """As for assets that were uploaded before the forge computed digests."""
    forge.publish("v1.1.0", demo.assets("v1.1.0"), digest=None)
    box.check()
    box.wait_version("1.1.0")


BROKEN = {
    "truncated": "archive|end|truncated",
    "truncated-tar": "archive|end|truncated",
    "not-an-archive": "archive",
    "empty-archive": "no file",
    "other-arch": "aarch64|arm64|architecture|machine|x86",
    "dotdot": r"\.\./escaped",
    "absolute": "/tmp/escaped",
    "symlink-out": "link",
    "symlink-then-file": "way|link",
    "symlink-two-hops": "out|link",
    "hardlink-out": "link",
    "device": "null|device",
    "fifo": "pipe|fifo",
    "setuid": "suid",
    "duplicate": "demo|twice|duplicate",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_an_archive_that_is_not_to_be_unpacked(box, forge, demo, tmp_path, kind):
    """Its digest is right, so it was made like this; nothing of it may get out of its place."""
    data = archives.HOSTILE[kind](demo.files("v1.1.0"))
    forge.publish("v1.1.0", {NAME: data, "checksums.txt": archives.checksums({NAME: data})})
    refused_once(box, forge, BROKEN[kind])
    assert not [path for path in box.files() if "escaped" in path]
    assert not list(tmp_path.rglob("escaped"))
    assert box.releases() == []


def test_the_checksums_changed_on_the_way(box, forge, publish):
    forge.fault(asked.CHECKSUMS, corrupt=10)
    publish("v1.1.0")
    assert box.check().returncode == 1
    untouched(box)
    box.check()
    box.wait_version("1.1.0")


def test_what_is_unpacked_is_what_was_verified(container, forge, publish):
    publish("v1.1.0")
    box = container("v1.0.0")
    box.wait_installed("v1.1.0")
    release = forge.release("v1.1.0").assets[NAME]
    first = (box.state_dir / "releases" / "v1.1.0.files").read_text().splitlines()[0]
    assert hashlib.sha256(release.data).hexdigest() in first
