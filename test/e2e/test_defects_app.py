"""The replaced system left a crashed app down until the next release, replaced a slow one while it still ran, and had
no way back from a release that does not work."""
import pytest

import archives
import asked
from container import CALM


def script(text):
    """A `run` of a release that is not simply the demo."""
    return {"run": f"#!/bin/sh\n{text}\n"}


def test_a_crashed_app_comes_back(container):
    box = container("v1.0.0", GH_USER=None)
    box.wait_version("1.0.0")
    mark = box.mark()
    with box.events() as events:
        assert box.sv("kill", "app").returncode == 0
        events.wait(lambda event: event["deaths"] == "1")
        events.wait(lambda event: event["state"] == "run")
    box.wait_version("1.0.0", after=mark)


def test_a_slow_app_is_not_replaced_while_it_runs(container, publish):
    """Its finish script sees what stands there when it has ended: still the old release."""
    box = container("v1.0.0", SLOW_STOP=2500)
    box.wait_version("1.0.0")
    mark = box.mark()
    with box.events() as events:
        publish("v1.1.0")
        events.wait(lambda event: event["state"] == "stopping")
        assert box.app_version() == "1.0.0"
        assert box.current() == "baked"
        events.wait(lambda event: event["state"] == "down")
    box.wait_log("^app finish: code 0 signal 0 of baked", after=mark)
    box.wait_version("1.1.0", after=mark)
    box.wait_installed("v1.1.0", after=mark)
    assert box.service_state()["want"] == "up"
    assert box.count_log("Address already in use") == 0


def test_an_app_that_ignores_term_is_killed_and_replaced(container, publish):
    box = container("v1.0.0", IGNORE_TERM=1, SVWAIT=2)
    box.wait_version("1.0.0")
    mark = box.mark()
    publish("v1.1.0")
    box.wait_log("^app finish: code -1 signal 9 of baked", after=mark)
    box.wait_version("1.1.0", after=mark)
    box.wait_installed("v1.1.0", after=mark)
    assert box.service_state()["want"] == "up"


BAD = {
    "exits at once": script("exit 1"),
    "exits at once without an error": script("exit 0"),
    "crashes when it is ready": script("CRASH=300 exec ./demo"),
    "is killed": script("kill -SEGV $$"),
    "cannot be executed": {"run": "#!/etc\n"},
}


@pytest.mark.parametrize("kind", BAD)
def test_back_from_a_bad_release_once(container, forge, publish, kind):
    box = container("v1.0.0", SLEEP=CALM)
    box.wait_version("1.0.0")
    publish("v1.1.0", more=BAD[kind])
    mark = box.mark()
    told = box.check()
    assert told.returncode == 1 and "v1.1.0" in told.stdout
    box.wait_log("switched from v1.0.0 to v1.1.0", after=mark)
    box.wait_version("1.0.0", after=mark)
    for _ in range(2):
        box.check()
    assert box.app_version() == "1.0.0" and box.current() == "baked"
    assert asked.count(forge, asked.asset(archives.asset_name("v1.1.0", "demo"))) == 1
    assert box.count_log("^demo 1.0.0 .* ready", mark) == 1
    assert [event["what"] for event in box.history()] == ["bad", "back"]
    publish("v1.2.0")
    box.check()
    box.wait_version("1.2.0")


def test_a_bad_release_made_anew_gets_another_chance(container, forge, publish):
    box = container("v1.0.0", SLEEP=CALM)
    box.wait_version("1.0.0")
    publish("v1.1.0", more=BAD["exits at once"])
    box.check()
    assert "bad" in box.moult("list").stdout
    forge.delete("v1.1.0")
    publish("v1.1.0")
    box.check()
    box.wait_version("1.1.0")
    assert "bad" not in box.moult("list").stdout
    mark = box.mark()
    box.restart()
    box.wait_version("1.1.0", after=mark)


def test_a_bad_release_stays_bad_in_the_next_container(container, forge, publish):
    publish("v1.1.0", more=BAD["exits at once"])
    box = container("v1.0.0", SLEEP=CALM)
    box.wait_version("1.0.0")
    mark, seen = box.mark(), forge.mark()
    box.recreate(volume=True)
    box.wait_version("1.0.0", after=mark)
    box.check()
    assert asked.count(forge, asked.stored, seen) == 0
    assert box.count_log("switched from .* to v1.1.0", mark) == 0


def test_the_first_and_only_release_is_bad(container, publish):
    """The container stays up, does not spin, and the next release heals it."""
    box = container("v1.0.0", more=BAD["exits at once"])
    box.wait_log("v1.0.0 is what runs")
    with box.events() as events:
        events.wait(lambda event: event["state"] == "backoff")
    publish("v1.1.0")
    box.wait_version("1.1.0")
    box.wait_installed("v1.1.0")


def test_a_release_that_never_becomes_ready(make_container, publish):
    box = make_container("v1.0.0", UPDATE_READY=2)
    box.add_file("app/notification-fd", "4\n")
    box.start()
    box.wait_version("1.0.0")
    publish("v1.1.0", more=script("echo waiting; NOTIFICATION_FD= exec sleep 1000"))
    box.wait_log("^waiting$")
    box.wait_version("1.0.0", after=box.mark())
    assert "bad" in box.moult("list").stdout


def test_a_crash_after_the_probation_is_only_a_crash(container, publish):
    box = container("v1.0.0")
    publish("v1.1.0")
    box.wait_installed("v1.1.0")
    mark = box.mark()
    assert box.sv("kill", "app").returncode == 0
    box.wait_version("1.1.0", after=mark)
    assert box.current() == "v1.1.0"


WRITES = script("""
echo "$(readlink -f .)" >>visits
mkdir -p data/deep; [ -e data/deep/file ] || echo first >data/deep/file
exec ./demo""")


def test_what_the_app_wrote_goes_along_and_back(container, publish):
    box = container("v1.0.0")
    box.wait_version("1.0.0")
    publish("v1.1.0", more=WRITES)
    box.wait_version("1.1.0")
    box.wait_installed("v1.1.0")
    (box.app_dir / "data" / "by-hand").write_text("precious\n")
    publish("v1.2.0", more=WRITES)
    box.wait_version("1.2.0")
    box.wait_installed("v1.2.0")
    assert (box.app_dir / "data" / "by-hand").read_text() == "precious\n"
    assert (box.app_dir / "data" / "deep" / "file").read_text() == "first\n"
    assert len((box.app_dir / "visits").read_text().splitlines()) == 2
    (box.app_dir / "data" / "later").write_text("of 1.2.0\n")
    mark = box.mark()
    assert box.moult("rollback").returncode == 0
    box.wait_version("1.1.0", after=mark)
    assert (box.app_dir / "data" / "later").read_text() == "of 1.2.0\n"
    assert (box.app_dir / "data" / "by-hand").read_text() == "precious\n"


def test_what_the_app_wrote_comes_back_from_a_bad_release(container, publish):
    box = container("v1.0.0")
    publish("v1.1.0")
    box.wait_installed("v1.1.0")
    (box.app_dir / "data").write_text("precious\n")
    mark = box.mark()
    publish("v1.2.0", more=script("echo new >written-by-bad; echo more >>data; exit 1"))
    box.wait_log("switched from .* to v1.2.0", after=mark)
    box.wait_version("1.1.0", after=mark)
    assert (box.app_dir / "data").read_text().startswith("precious\n")
    assert (box.app_dir / "written-by-bad").read_text() == "new\n"


def test_a_shipped_file_that_was_edited_is_kept_beside(container, publish):
    box = container("v1.0.0")
    publish("v1.1.0", more={"demo.conf": "shipped\n"})
    box.wait_installed("v1.1.0")
    (box.app_dir / "demo.conf").write_text("edited\n")
    publish("v1.2.0", more={"demo.conf": "shipped anew\n"})
    box.wait_installed("v1.2.0")
    assert (box.app_dir / "demo.conf").read_text() == "shipped anew\n"
    assert (box.app_dir / "demo.conf.local-v1.1.0").read_text() == "edited\n"
    assert box.find_log("update.*demo.conf")
