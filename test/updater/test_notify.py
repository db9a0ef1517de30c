"""Notifications: what a receiver and the hook `notify` hear of an update, how often, and that neither holds anything up."""
import json
import os
import re
import time

import pytest

from fake_world import ROOT, World
from https_server import Server, reply
from job import run

SECRET = "/services/T000/very-secret"
WATCHED = {"UPDATE_PROBATION": "1"}


# --- the job

@pytest.fixture
def receiver():
    server = Server()
    server.routes[SECRET] = reply(200, b"ok")
    server.heard = lambda: [json.loads(r.body) for r in server.requests]
    yield server
    server.stop()


def post(url, body=b'{"event":"found"}', **more):
    ours, theirs = os.pipe()
    os.write(theirs, body)
    os.close(theirs)
    try:
        return run("moult-fetch", {"do": "post", "url": url, "total": 5, "stall": 1, **more}, fds={1: ours})
    finally:
        os.close(ours)


def test_the_message_gets_there_as_it_is(certificates):
    ca, *pair = certificates
    server = Server(*pair)
    server.routes["/x"] = reply(204)
    answer = post(server.url + "/x?key=1", ca=ca, token="hush")
    server.stop()
    assert answer.ok, answer
    (request,) = server.requests
    assert (request.method, request.target, request.body) == ("POST", "/x?key=1", b'{"event":"found"}')
    assert request.headers["content-type"] == "application/json" and request.headers["authorization"] == "Bearer hush"
    assert "expect" not in request.headers and request.headers["user-agent"].startswith("moult/")


@pytest.mark.parametrize("answer, code", [
    (reply(302, Location="/elsewhere"), "protocol"), (reply(307, Location="/elsewhere"), "protocol"), (reply(404), "missing"),
    (reply(403), "denied"), (reply(429), "limited"), (reply(500), "server"), (reply(400), "protocol"), (b"", "network"),
    (b"HTTP/1.1 200 X\r\n", "network")])
def test_what_a_receiver_may_answer(receiver, answer, code):
    receiver.routes[SECRET] = answer
    receiver.routes["/elsewhere"] = reply(200)
    got = post(receiver.url + SECRET)
    assert got.code == code, got
    assert [r.path for r in receiver.requests] == [SECRET]
    assert "secret" not in str(got) + got.log and "127.0.0.1" in got.last


def test_a_body_that_does_not_end_is_not_waited_for(receiver):
    receiver.routes[SECRET] = reply(200, b"x", length=1 << 40)
    receiver.hold = True
    began = time.monotonic()
    assert post(receiver.url + SECRET).ok
    assert time.monotonic() - began < 4


def test_a_receiver_that_says_nothing(receiver):
    receiver.routes[SECRET] = b"HTTP/1.1 200 X\r\n"
    receiver.hold = True
    assert post(receiver.url + SECRET).code == "network"


@pytest.mark.parametrize("url", ["http://hooks.example/very-secret", "https://a b/very-secret", "ftp://x/very-secret", ""])
def test_a_receiver_that_cannot_be_asked(url):
    answer = post(url)
    assert answer.code == "usage" and "secret" not in answer.last


@pytest.mark.parametrize("body", [b"", b"x" * 9000])
def test_a_message_of_no_or_too_many_bytes(receiver, body):
    answer = post(receiver.url + SECRET, body)
    assert answer.code == "usage" and not receiver.requests


# --- the receiver of a whole update

@pytest.fixture
def world(tmp_path, receiver):
    with World(tmp_path) as w:
        w.env |= {"NOTIFY_URL": receiver.url + SECRET, "NOTIFY_TOKEN": "hush", "VERBOSE": "1"}
        w.install("v1.0.0")
        w.publish("v1.0.0")
        yield w
        w.stop()
        assert not w.says("very-secret") and not w.says("hush")


def told(world, event):
    return sum(f"NOTIFY_URL was told of {event}" in line for line in world.log)


def test_an_update_is_told(world, receiver):
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0")
    world.wait_log("NOTIFY_URL was told of installed v1.1.0")
    found, installed = receiver.heard()
    assert (found["event"], found["from"], found["to"], found["reason"]) == ("found", "v1.0.0", "v1.1.0", "")
    assert (installed["event"], installed["from"], installed["to"], installed["reason"]) == ("installed", "v1.0.0", "v1.1.0", "update")
    assert installed["repo"] == "me/demo" and installed["host"] == os.uname().nodename
    assert installed["version"] == (ROOT / "VERSION").read_text().strip()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", installed["time"])
    assert installed["text"] == installed["content"] == f"me/demo on {os.uname().nodename}: v1.1.0 is in place of v1.0.0"
    assert receiver.requests[0].headers["authorization"] == "Bearer hush"


def test_a_way_back_is_told(world, receiver):
    world.start(**WATCHED)
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0", app="crash")
    world.wait_log("NOTIFY_URL was told of rolled-back v1.0.0")
    assert [m["event"] for m in receiver.heard()] == ["found", "rolled-back"]
    back = receiver.heard()[-1]
    assert (back["from"], back["to"]) == ("v1.1.0", "v1.0.0") and "v1.1.0 is bad: " in back["reason"]


def test_what_is_to_blame_is_told(world, receiver):
    world.publish("v1.1.0")
    world.fault("install", err="unsafe it holds <!channel>")
    world.start()
    world.wait_log("NOTIFY_URL was told of failed v1.1.0")
    failed = receiver.heard()[-1]
    assert "<!channel>" in failed["reason"] and "?!channel?" in failed["text"]


def test_the_same_failure_is_told_once_and_another_one_as_well(world, receiver):
    world.publish("v1.1.0")
    world.fault("install", err="full no room")
    world.start()
    world.wait(lambda: sum("trying again in" in line for line in world.log) >= 2 and told(world, "failed"))
    world.fault("install", err="unsafe it is so")
    world.wait(lambda: told(world, "failed") == 2)
    assert [m["event"] for m in receiver.heard()] == ["found", "failed", "failed"]


@pytest.mark.parametrize("code, heard", [("denied", ["failed"]), ("network", [])])
def test_a_token_that_is_not_accepted_is_told_an_outage_is_not(world, receiver, code, heard):
    world.fault("probe", err=f"{code} no way")
    world.start()
    world.wait(lambda: sum("trying again in" in line for line in world.log) >= 2)
    world.wait(lambda: told(world, "failed") == len(heard))
    assert [m["event"] for m in receiver.heard()] == heard


def test_a_release_that_waits_for_a_person_is_told_once_also_after_a_restart(world, receiver):
    world.publish("v1.1.0")
    world.start(UPDATE_MODE="check")
    def seen():
        return sum("v1.1.0 is there; `moult update` installs it" in line for line in world.log)
    world.wait(lambda: told(world, "found") and seen() >= 3)
    world.stop()
    del world.log[:]
    world.start(UPDATE_MODE="check")
    world.wait(lambda: seen() >= 3)
    world.publish("v1.2.0")
    world.wait(lambda: told(world, "found v1.2.0"))
    assert [(m["event"], m["to"]) for m in receiver.heard()] == [("found", "v1.1.0"), ("found", "v1.2.0")]


def test_a_release_that_is_too_young_is_told(world, receiver):
    world.publish("v1.1.0")
    world.start(UPDATE_MIN_AGE="300d")
    world.wait(lambda: told(world, "found v1.1.0"))
    assert receiver.heard()[0]["reason"] and not world.init.verbs


def test_a_receiver_that_is_down_is_tried_again_and_said_once(world, receiver):
    receiver.routes[SECRET] = [reply(500), reply(500), reply(200), reply(200)]
    world.start(UPDATE_MODE="check")
    world.publish("v1.1.0")
    world.wait_log("NOTIFY_URL was told of found v1.1.0")
    assert sum("was not reached" in line for line in world.log) == 1
    assert world.says("NOTIFY_URL (127.0.0.1:") and world.says("answers 500; it is tried again")
    assert len({r.body for r in receiver.requests}) == 1 and len(receiver.requests) == 3


def test_a_receiver_that_stays_down_is_given_up(world, receiver):
    receiver.routes[SECRET] = reply(503)
    world.start(UPDATE_MODE="check")
    world.publish("v1.1.0")
    world.wait_log("was not told of found v1.1.0")
    assert len(receiver.requests) == 4 and sum("was not reached" in line for line in world.log) == 1


def test_a_receiver_that_says_no_is_not_asked_again(world, receiver):
    receiver.routes[SECRET] = reply(302, Location="/elsewhere")
    world.start(UPDATE_MODE="check")
    world.publish("v1.1.0")
    world.wait_log("was not told of found v1.1.0")
    assert len(receiver.requests) == 1 and world.says("redirects (302): name the receiver itself")


def test_a_receiver_that_hangs_holds_nothing_up_and_the_queue_has_an_end(world, receiver):
    receiver.routes[SECRET] = b""
    receiver.hold = True
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    for i in range(1, 11):
        world.publish(f"v1.{i}.0")
        assert world.moult("check")[0] == 0
        assert world.running == f"v1.{i}.0"
    assert world.says("16 notifications wait for NOTIFY_URL: the oldest is dropped (found v1.1.0)")
    assert len(receiver.requests) == 1


# --- the hook

def test_the_hook_hears_it_too(world):
    world.hook("notify", 'echo "$1|$MOULT_EVENT|$MOULT_REPO|$MOULT_FROM|$MOULT_TO|$MOULT_REASON|$MOULT_TEXT" >>$T/told; env >$T/env')
    world.start(NOTIFY_URL=None)
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0")
    world.wait_log("update/notify was told of installed v1.1.0")
    text = f"me/demo on {os.uname().nodename}: v1.1.0 is"
    assert (world.path / "told").read_text().splitlines() == [
        f"found|found|me/demo|v1.0.0|v1.1.0||{text} there",
        f"installed|installed|me/demo|v1.0.0|v1.1.0|update|{text} in place of v1.0.0"]
    assert "NOTIFY_" not in (world.path / "env").read_text()


def test_a_hook_that_hangs_holds_nothing_up(world, receiver):
    world.hook("notify", "trap '' TERM; echo told >>$T/told; sleep 1000; sleep 1000")
    world.start(UPDATE_HOOK_TIMEOUT="1")
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0")
    world.wait_log("NOTIFY_URL was told of installed v1.1.0")
    world.wait_log("update/notify: took longer than 1 seconds (UPDATE_HOOK_TIMEOUT) and had to be killed")
    world.wait_log("v1.1.0 is in place")
    assert len(receiver.requests) == 2


def test_a_hook_that_fails_or_must_not_be_run_is_said(world):
    world.hook("notify", "exit 3")
    world.start(NOTIFY_URL=None)
    world.publish("v1.1.0")
    world.wait_log("update/notify: exit code 3")
    world.wait_log("v1.1.0 is in place")
    (world.hooks / "notify").chmod(0o777)
    world.publish("v1.2.0")
    world.wait_log("the hook update/notify can be written by others; chmod go-w it; it is not told of installed v1.2.0")


def test_the_example_of_the_readme(world):
    (script,) = [b for b in re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S) if "# update/notify" in b]
    (world.path / "bin").mkdir()
    curl = world.path / "bin" / "curl"
    curl.write_text(f'#!/bin/sh\nfor a; do printf "%s\\n" "$a"; done >>{world.path}/told\n')
    curl.chmod(0o755)
    world.hook("notify", "").write_text(script)
    world.start(NOTIFY_URL=None, NTFY_URL="https://ntfy.example/topic", PATH=f"{world.path}/bin:{os.environ['PATH']}")
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0")
    world.wait_log("update/notify was told of installed v1.1.0")
    words = (world.path / "told").read_text().splitlines()
    assert words[-1] == "https://ntfy.example/topic" and f"me/demo on {os.uname().nodename}: v1.1.0 is in place of v1.0.0" in words
    assert not any("is there" in word for word in words)
