"""The replaced system installed whatever differed from what it had, withdrawn and lower releases too, and broke on more
or fewer than one asset that fitted."""
import pytest

import archives
import asked
from container import CALM

NAME = archives.asset_name("v1.1.0", "demo")


def stays(box, forge, version="1.0.0"):
    """Two looks later the same app runs, nothing was fetched, and the app was not touched."""
    for _ in range(2):
        box.check()
    assert asked.count(forge, asked.stored) == 0
    assert box.app_version() == version
    assert box.service_state("app")["deaths"] == "0"


@pytest.fixture
def box(container, publish):
    publish("v1.0.0", created_at=1)
    box = container("v1.0.0", SLEEP=CALM, UPDATE_PROBATION=0)
    box.wait_version("1.0.0")
    return box


def test_a_lower_release(box, forge, publish):
    publish("v0.9.9")
    stays(box, forge)


def test_versions_are_no_strings(container, forge, publish):
    publish("v1.9.0")
    box = container("v1.10.0", SLEEP=CALM)
    box.wait_version("1.10.0")
    stays(box, forge, "1.10.0")


def test_a_withdrawn_release(box, forge, publish):
    publish("v1.1.0")
    box.check()
    box.wait_version("1.1.0")
    forge.delete("v1.1.0")
    mark = box.mark()
    box.check()
    assert box.app_version() == "1.1.0"
    assert box.count_log("^demo ", mark) == 0


def test_a_backport_is_the_latest(box, forge, publish):
    """`latest` of the forge goes by date; what is installed goes by version."""
    publish("v1.1.0", created_at=2)
    box.check()
    box.wait_version("1.1.0")
    mark, seen = box.mark(), forge.mark()
    publish("v1.0.1")
    box.check()
    assert asked.count(forge, asked.stored, seen) == 0
    assert box.app_version() == "1.1.0" and box.count_log("^demo ", mark) == 0


def test_a_newer_one_behind_a_backport(box, publish):
    publish("v1.1.0", created_at=2)
    publish("v1.0.1")
    box.check()
    box.wait_version("1.1.0")


def test_a_prerelease(box, forge, publish):
    publish("v1.1.0-rc.1", prerelease=True)
    publish("v2.0.0", prerelease=True)
    stays(box, forge)


def test_a_prerelease_that_only_its_name_tells(box, forge, publish):
    publish("v1.1.0-rc.1")
    stays(box, forge)
    assert "v1.1.0-rc.1" in box.moult("plan").stdout


def test_a_draft(box, forge, publish):
    publish("v1.1.0", draft=True)
    stays(box, forge)


ARCH = archives.goarch()
ASSETS = {
    "several": (f"client_1.1.0_linux_{ARCH}.tar.gz", f"server_1.1.0_linux_{ARCH}.tar.gz"),
    "none for this system": ("demo_1.1.0_darwin_arm64.tar.gz", "demo_1.1.0_windows_amd64.zip"),
    "none for this processor": ("demo_1.1.0_linux_s390x.tar.gz",),
    "only checksums": ("checksums.txt",),
    "none at all": (),
}


@pytest.mark.parametrize("kind", ASSETS)
def test_not_exactly_one_asset(box, forge, kind):
    """A clear error that names what there is; no download, no stop, and no loop: one question for each look."""
    forge.publish("v1.1.0", {name: b"x" for name in ASSETS[kind]})
    mark = forge.mark()
    told = box.check().stdout
    assert "v1.1.0" in told and all(name in told for name in ASSETS[kind])
    assert "v1.1.0" in box.moult("status").stdout
    box.wait_log("update.*v1.1.0")
    stays(box, forge)
    assert asked.count(forge, asked.probe, mark) == 3
    assert asked.count(forge, asked.api, mark) <= 3


def test_a_pattern_picks_one_of_several(container, forge, demo):
    assets = demo.assets("v1.1.0", sums=False)
    assets[f"demo-extra_1.1.0_linux_{ARCH}.tar.gz"] = b"not this one"
    forge.publish("v1.1.0", assets)
    box = container("v1.0.0", GH_ASSET="demo_{version}_{os}_{arch}.tar.gz")
    box.wait_version("1.1.0")


def test_an_upload_that_has_not_ended(box, forge, demo):
    """A release is seen before its assets are there: it waits, and that is no failure."""
    forge.publish("v1.1.0", {NAME: demo.assets("v1.1.0")[NAME]}, state="starter")
    stays(box, forge)
    assert "v1.1.0" in box.moult("plan").stdout
    forge.upload("v1.1.0", NAME, demo.assets("v1.1.0")[NAME])
    box.check()
    box.wait_version("1.1.0")


def test_a_release_without_assets_yet(box, forge, demo):
    forge.publish("v1.1.0", {})
    stays(box, forge)
    for name, data in demo.assets("v1.1.0").items():
        forge.upload("v1.1.0", name, data)
    box.check()
    box.wait_version("1.1.0")


@pytest.mark.parametrize("tag", ["../../v9.0.0", "release/v9.0.0", ".v9.0.0", "-v9.0.0", "v9.0.0;reboot",
                                 "v" + "9" * 200])
def test_a_tag_that_is_no_file_name(box, forge, demo, tag):
    forge.publish(tag, demo.assets("v9.0.0"))
    stays(box, forge)
    assert not [path for path in box.files() if "9.0.0" in path or "999" in path]
