"""moult-fetch against the GitHub look-alike: the way of a release from the first look to the file."""
import os
import pathlib
import sys
import time

import pytest

from job import run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "forge"))
from forge import Forge  # noqa: E402

NAME = "app_1.2.0_linux_amd64.tar.gz"
DATA = os.urandom(300000)


@pytest.fixture
def forge():
    with Forge(tokens={"good": "read"}) as f:
        f.publish("v1.1.0", {NAME.replace("2", "1", 1): b"old"})
        f.publish("v1.2.0", {NAME: DATA, "checksums.txt": b"sums"})
        yield f


def ask(forge, do, **more):
    request = {"do": do, "api": forge.api, "url": forge.url, "owner": forge.owner, "repo": forge.repo, "ca": forge.ca}
    return run("moult-fetch", {**request, **more})


def get(forge, path, **more):
    (asset,) = [a for a in ask(forge, "list", token="good").of("asset") if a["name"] == NAME]
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return run("moult-fetch", {"do": "get", "url": asset["api" if "token" in more else "url"], "cap": asset["size"],
                                   "home": forge.api, "ca": forge.ca, "stall": 2, **more}, fds={1: fd})
    finally:
        os.close(fd)


def test_a_look_costs_nothing_of_the_api(forge):
    assert ask(forge, "probe").packets[-1] == {"tag": "v1.2.0"}
    assert {r.where for r in forge.requests} == {"web"}
    assert ask(forge, "probe", repo="absent").code == "missing"


def test_the_list_and_nothing_new(forge):
    first = ask(forge, "list", token="good")
    assert [r["tag"] for r in first.of("release")] == ["v1.2.0", "v1.1.0"]
    assert [a["name"] for a in first.of("asset")][:2] == [NAME, "checksums.txt"]
    assert first.of("asset")[0]["digest"].startswith("sha256:") and first.of("asset")[0]["size"] == str(len(DATA))
    second = ask(forge, "list", token="good", etag=first.one("cache")["etag"])
    assert second.ok and second.one("cache") == {"kind": "cache", "unchanged": "1"}
    forge.publish("v1.3.0")
    assert len(ask(forge, "list", token="good", etag=first.one("cache")["etag"]).of("release")) == 3


def test_pages_and_tags(forge):
    for n in range(12):
        forge.publish(f"v2.{n}.0")
    page = ask(forge, "list")
    assert len(page.of("release")) == 10 and page.one("cache")["more"] == "1"
    page = ask(forge, "list", page=2)
    assert len(page.of("release")) == 4 and page.one("cache")["more"] == "0"
    assert ask(forge, "release", tag="v1.1.0").one("release")["tag"] == "v1.1.0"
    assert ask(forge, "release", tag="v9").code == "missing"


@pytest.mark.parametrize("status", [403, 429])
def test_the_hour_is_used_up(forge, status):
    now = int(time.time())
    forge.exhaust(status, reset=now + 900)
    answer = ask(forge, "list")
    assert answer.code == "limited"
    assert abs(int(answer.one("wait")["until"]) - now - 900) < 30
    assert ask(forge, "probe").ok


def test_bad_tokens(forge):
    assert ask(forge, "list", token="stolen").code == "denied"


@pytest.mark.parametrize("how", [{}, {"token": "good", "accept": "octet"}])
def test_the_file_comes_and_the_token_stays(forge, tmp_path, how):
    assert get(forge, tmp_path / "f", **how).ok
    assert (tmp_path / "f").read_bytes() == DATA
    storage = [r for r in forge.requests if r.where == "storage"]
    assert storage and not any("authorization" in {h.lower() for h in r.headers.keys()} for r in storage)


def test_cut_off_and_resumed_with_a_new_signature(forge, tmp_path):
    forge.fault(where="storage", truncate=100000)
    first = get(forge, tmp_path / "f")
    there = (tmp_path / "f").stat().st_size
    assert first.code == "network" and 0 < there <= 100000
    etag = first.of("progress")[0]["etag"]
    second = get(forge, tmp_path / "f", offset=there, etag=etag)
    assert second.ok and (tmp_path / "f").read_bytes() == DATA
    assert second.of("progress")[0]["bytes"] == str(there)
    targets = [r.target for r in forge.requests if r.where == "storage"]
    assert len(targets) == 2


def test_another_file_in_its_place_is_taken_whole(forge, tmp_path):
    forge.fault(where="storage", truncate=100000, then=lambda: forge.swap("v1.2.0", NAME, b"x" * 200000))
    first = get(forge, tmp_path / "f")
    assert first.code == "network"
    there = (tmp_path / "f").stat().st_size
    assert get(forge, tmp_path / "f", offset=there, etag=first.of("progress")[0]["etag"]).ok
    assert (tmp_path / "f").read_bytes() == b"x" * 200000


@pytest.mark.parametrize("fault, code", [
    ({"status": 503}, "server"), ({"html": True}, "protocol"), ({"reset": 1000}, "network"), ({"stall": 1000}, "network"),
    ({"endless": True}, "toobig"), ({"loop": True}, "protocol"), ({"truncate": -1}, "network"),
    ({"location": "https://169.254.169.254/"}, "protocol"),
])
def test_what_goes_wrong_at_the_storage(forge, tmp_path, fault, code):
    forge.fault(where="storage", times=None, **fault)
    answer = get(forge, tmp_path / "f")
    assert answer.code == code, answer


@pytest.mark.parametrize("fault, code", [({"bad_json": True}, "network"), ({"html": True}, "protocol"), ({"status": 500}, "server")])
def test_what_goes_wrong_at_the_api(forge, fault, code):
    forge.fault(where="api", **fault)
    answer = ask(forge, "list")
    assert answer.code == code, answer


def test_notes_are_told_when_they_are_asked_for(forge):
    """What a release's people say of it, without what a terminal would obey."""
    forge.publish("v1.3.0", body="# 1.3\r\n\x1b[2J- \u202efaster\n")
    told = ask(forge, "release", tag="v1.3.0", token="good", notes="1")
    assert told.ok and [n["line"] for n in told.of("note")] == ["# 1.3", "?[2J- ?faster"]
    assert ask(forge, "release", tag="v1.3.0", token="good").of("note") == []
    assert ask(forge, "release", tag="v1.2.0", token="good", notes="1").of("note") == []
    assert ask(forge, "release", tag="v1.2.0", token="good", notes="2").code == "usage"
