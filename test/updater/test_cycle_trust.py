"""What has to vouch for a release: what is asked for, what is remembered, what is told. The helpers are not the real
ones: that a wrong signature is found wrong is test_unpack_signed.py, all of it together test/e2e/test_signatures.py."""
import json
import os
import time

import pytest

from fake_world import World

KEY = "RWTUPF8yUJrGjwiDVRg4YrHs5EQoJ/8XsmE9TgXjyGU3XWf2062XeXtF"
SIGNER = "minisign 8FC69A50325F3CD4"


def archive(tag):
    return f"demo_{tag[1:]}_linux_amd64.tar.gz"


def signed(tag):
    return [archive(tag), archive(tag) + ".minisig"]


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        w.install("v1.0.0")
        yield w


def digestless(world, tag, *papers):
    world.publish(tag, names=[archive(tag), *papers])
    for asset in world.forge["releases"][0]["assets"]:
        asset["digest"] = ""
    world.save_forge()


def test_a_signed_release(world):
    world.publish("v1.1.0", names=signed("v1.1.0"))
    world.start(UPDATE_KEY=KEY)
    world.wait_log("v1.1.0 is in place")
    (ask,) = world.asked("install")
    assert ask["minisig"] == "1" and "sig" not in ask and ask["repo"] == "me/demo" and ask["tag"] == "v1.1.0"
    assert ask["keys"].startswith("minisign:8FC69A50325F3CD4:")
    assert world.says(f"signed by {SIGNER}")
    assert [a["url"].rsplit("/", 1)[-1] for a in world.asked("get")] == signed("v1.1.0")[::-1]
    assert world.history()[-1]["verified"] == f"signature by {SIGNER}"
    assert world.moult("history")[1].splitlines()[-1].endswith(f", signed by {SIGNER}")
    status = json.loads(world.moult("status", "--json")[1].splitlines()[0])
    assert (status["verify"], status["keys"], status["verified"]) == ("signature", SIGNER, f"signature by {SIGNER}")
    assert not os.listdir(world.state_dir / "download")


def test_all_that_vouches_for_it_is_fetched_and_handed_over(world):
    papers = ["checksums.txt", "checksums.txt.minisig", archive("v1.1.0") + ".minisig"]
    world.publish("v1.1.0", names=[archive("v1.1.0"), *papers])
    world.start(UPDATE_KEY=KEY)
    world.wait_log("v1.1.0 is in place")
    (ask,) = world.asked("install")
    assert (ask["minisig"], ask["sums-minisig"], ask["sums"], ask["sums-name"]) == ("1", "1", "1", "checksums.txt")
    assert [a["url"].rsplit("/", 1)[-1] for a in world.asked("get")] == [
        archive("v1.1.0") + ".minisig", "checksums.txt.minisig", "checksums.txt", archive("v1.1.0")]


def test_plan_tells_what_vouches(world):
    world.publish("v1.1.0", names=signed("v1.1.0"))
    world.publish("v1.2.0")
    world.start(UPDATE_KEY=KEY, UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    out = world.moult("plan")[1]
    assert f"v1.1.0 chosen: {archive('v1.1.0')}, signed in {archive('v1.1.0')}.minisig" in out
    assert "v1.2.0 rejected: only the forge's digest vouches for it, and no signature" in out


def test_an_unsigned_release_is_not_installed(world):
    world.publish("v1.1.0")
    world.start(UPDATE_KEY=KEY)
    world.wait_log("v1.1.0: only the forge's digest vouches for it")
    world.wait(lambda: world.running == "v1.0.0")
    assert not world.asked("get") and "bad" not in world.state()
    world.publish("v1.1.0", names=signed("v1.1.0"))  # signed after all
    assert world.moult("check")[0] == 0
    assert world.running == "v1.1.0"


def test_a_signature_that_is_late_is_waited_for(world):
    world.publish("v1.1.0", published=int(time.time()))
    world.start(UPDATE_KEY=KEY)
    world.wait_log("no signature of the kind of a pinned key")
    assert "pending" in world.moult("plan")[1]
    world.publish("v1.1.0", names=signed("v1.1.0"), published=int(time.time()))
    assert world.moult("check")[0] == 0
    world.wait_log("v1.1.0 is in place")


def test_a_wrong_signature_is_no_mark_against_the_release(world):
    """It may be signed anew, or the key be put right; what was fetched is not fetched again."""
    world.publish("v1.1.0", names=signed("v1.1.0"))
    world.fault("install", err="signature app.minisig does not belong to these bytes")
    world.start(UPDATE_KEY=KEY)
    world.wait(lambda: sum("does not belong to these bytes" in line for line in world.log) >= 2)
    assert "bad" not in world.state() and world.init.lives == ["good v1.0.0"] and not world.init.verbs
    assert [a["url"].rsplit("/", 1)[-1] for a in world.asked("get")].count(archive("v1.1.0")) == 1
    world.heal()
    world.wait_log("v1.1.0 is in place")


def test_a_wrong_signature_and_no_digest(world):
    """Nothing says that what was fetched is what the forge has: it is fetched again."""
    digestless(world, "v1.1.0", archive("v1.1.0") + ".minisig")
    world.fault("install", err="signature app.minisig does not belong to these bytes")
    world.start(UPDATE_KEY=KEY)
    world.wait(lambda: len(world.asked("install")) >= 2)
    world.heal()
    world.wait_log("v1.1.0 is in place")
    assert [a["url"].rsplit("/", 1)[-1] for a in world.asked("get")].count(archive("v1.1.0")) >= 2


@pytest.mark.parametrize("what", [{"signers": ""}, {"err": "signature it is empty"}])
def test_a_helper_that_did_not_verify_what_it_was_asked_to(world, what):
    world.publish("v1.1.0", names=signed("v1.1.0"))
    if "signers" in what:
        world.forge["signers"] = ""
        world.save_forge()
    else:
        world.fault("install", **what)
    world.start(UPDATE_KEY=KEY)
    world.wait_log("it verified something else" if "signers" in what else "it is empty")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.current == "v1.0.0"


def test_nothing_vouches_for_it(world):
    digestless(world, "v1.1.0")
    world.start()
    world.wait_log("nothing vouches for it: the forge says no digest of it, and it has no checksums file (UPDATE_VERIFY=none")
    world.wait(lambda: world.running == "v1.0.0")
    assert not world.asked("get")
    world.stop()
    world.start(UPDATE_VERIFY="none")
    world.wait_log("v1.1.0 is in place")
    assert world.says("is not verified, as UPDATE_VERIFY=none allows")
    assert world.history()[-1]["verified"] == "none"


def test_never_weaker_than_last_time(world):
    world.publish("v1.1.0", names=[archive("v1.1.0"), "checksums.txt"])
    world.start()
    world.wait_log("v1.1.0 is in place")
    assert world.state()["verified"] == "checksums" and world.state()["verified-of"] == "me/demo"
    world.publish("v1.2.0")
    world.wait_log("the last release was verified by its checksums (UPDATE_VERIFY=digest takes it all the same)")
    assert world.running == "v1.1.0"
    world.stop()
    world.start(UPDATE_VERIFY="digest")
    world.wait_log("v1.2.0 is in place")
    assert world.state()["verified"] == "digest"


def test_a_key_that_was_taken_away(world):
    world.publish("v1.1.0", names=signed("v1.1.0"))
    world.start(UPDATE_KEY=KEY)
    world.wait_log("v1.1.0 is in place")
    world.stop()
    world.publish("v1.2.0", names=[archive("v1.2.0"), "checksums.txt"])
    world.start()
    world.wait_log("the last release was verified by its signature")
    assert world.current == "v1.1.0"


def test_another_repository_begins_anew(world):
    world.write_state(phase="idle", verified_of="other/demo", verified_tag="v1.0.0", verified="signature")
    world.publish("v1.1.0")
    world.start()
    world.wait_log("v1.1.0 is in place")


def test_what_lies_on_disk_was_not_signed(world):
    """It was unpacked before a key was pinned: the same bytes, but nobody had verified whose they are."""
    world.publish("v1.1.0", names=signed("v1.1.0"))
    world.install("v1.1.0", link=False)
    world.link("current", "v1.0.0")
    world.write_state(phase="idle", bad="v1.1.0 - 1700000000 it died")
    world.start(UPDATE_KEY=KEY, UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    assert world.moult("update", "v1.1.0")[0] == 0
    assert [a["minisig"] for a in world.asked("install")] == ["1"]


@pytest.mark.parametrize("env, says", [({"UPDATE_KEY": "hello"}, "UPDATE_KEY: holds something that is no key"),
                                       ({"UPDATE_VERIFY": "signature"}, "needs a key in UPDATE_KEY or UPDATE_KEY_FILE"),
                                       ({"UPDATE_VERIFY": "sig"}, "UPDATE_VERIFY=sig")])
def test_wrong_variables_stop_updates_and_never_the_app(world, env, says):
    world.publish("v1.1.0", names=signed("v1.1.0"))
    world.start(**env)
    world.wait(lambda: world.running == "v1.0.0" and world.says(says))
    assert not world.asked()
