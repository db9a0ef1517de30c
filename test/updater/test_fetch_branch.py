"""moult-fetch asks for the commit of a branch, and gets its sources."""
import pathlib
import sys

import pytest

from job import run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "forge"))
from forge import Forge  # noqa: E402


@pytest.fixture
def forge():
    with Forge(tokens={"good": "read"}) as f:
        yield f


def ask(forge, ref, **more):
    return run("moult-fetch", {"do": "ref", "url": forge.url, "owner": forge.owner, "repo": forge.repo, "ca": forge.ca,
                               "tag": ref, **more})


def test_the_commit_of_a_branch_costs_nothing_of_the_api(forge):
    forge.push("main", {"a": "1"})
    commit = forge.push("main", {"a": "2"})
    other = forge.push("feature/main", {"a": "3"})
    tag = forge.push("refs/tags/nightly", {"a": "4"})
    assert ask(forge, "main").packets[-1]["commit"] == commit
    assert ask(forge, "feature/main").packets[-1]["commit"] == other
    assert ask(forge, "nightly").packets[-1]["commit"] == tag
    assert {r.where for r in forge.requests} == {"web"}


def test_no_such_branch_and_no_such_repository(forge):
    forge.push("main", {"a": "1"})
    answer = ask(forge, "mai")
    assert answer.code == "none" and "octo/app has neither a branch nor a tag mai" in answer.last
    assert ask(forge, "main", repo="absent").code == "denied"


def test_a_private_repository_takes_the_token_as_a_password(forge):
    forge.repository("octo/secret").private = True
    commit = forge.push("main", {"a": "1"}, repo="octo/secret")
    assert ask(forge, "main", repo="secret").code == "denied"
    assert ask(forge, "main", repo="secret", token="bad").code == "denied"
    assert ask(forge, "main", repo="secret", token="good").packets[-1]["commit"] == commit


@pytest.mark.parametrize("fault, code", [
    ({"status": 503}, "server"),
    ({"status": 429}, "limited"),
    ({"status": 200, "headers": {"content-type": "text/html"}, "body": b"<html>"}, "protocol"),
    ({"status": 200, "headers": {"content-type": "application/x-git-upload-pack-advertisement"}, "body": b"<html>"},
     "protocol"),
    ({"status": 200, "headers": {"content-type": "application/x-git-upload-pack-advertisement"},
      "body": b"001e# service=git-upload-pack\n0000"}, "network"),
])
def test_what_goes_wrong(forge, fault, code):
    forge.push("main", {"a": "1"})
    forge.fault("/octo/app.git/info/refs", **fault)
    answer = ask(forge, "main")
    assert answer.code == code, answer
