"""The main job: a container that follows the releases of a repository."""
import json

import pytest

import archives
import asked
from container import CALM

STORY = ("Detected a new release v1.1.0, going to update now", "fetched demo_1.1.0_", "verified demo_1.1.0_",
         "unpacked ", "app is stopped", "switched from v1.0.0 to v1.1.0", "demo 1.1.0 pid", "v1.1.0 is ready", "v1.1.0 is in place")


def test_a_release_that_appears_is_installed(make_container, publish):
    publish("v1.0.0")
    box = make_container()
    box.add_file("app/notification-fd", "4\n")
    box.start()
    box.wait_version("1.0.0")
    mark = box.mark()
    publish("v1.1.0")
    box.wait_version("1.1.0")
    box.wait_installed("v1.1.0", after=mark)
    told = [next((n for n, line in enumerate(box.log.lines[mark:]) if word in line), None) for word in STORY]
    assert None not in told and told == sorted(told), dict(zip(STORY, told))
    assert box.current() == "v1.1.0"
    assert box.releases() == ["v1.1.0"]
    told, = box.history()
    assert (told["what"], told["from"], told["to"]) == ("installed", "v1.0.0", "v1.1.0")


def test_the_commands_say_what_happened(container, publish):
    publish("v1.1.0")
    box = container(SLEEP=CALM)
    box.wait_installed("v1.1.0")
    status = box.moult("status")
    assert status.returncode == 0 and "v1.1.0" in status.stdout
    as_json = json.loads(box.moult("status", "--json").stdout)
    assert as_json["current"] == "v1.1.0"
    assert box.moult("list").stdout.splitlines() == ["* v1.1.0", "  v1.0.0 (image) (previous)"]
    assert "v1.1.0" in box.moult("history").stdout
    up = box.sv("status", "app")
    assert up.returncode == 0 and up.stdout.startswith("run: app: (pid ")


def test_first_start_runs_only_the_newest(container, publish):
    publish("v1.1.0")
    box = container("v1.0.0")
    box.wait_version("1.1.0")
    assert box.count_log("^demo 1.0.0 ") == 0


def test_first_start_with_nothing_newer(container, forge, publish):
    publish("v1.0.0")
    box = container("v1.0.0")
    box.wait_version("1.0.0")
    asked.polls(forge, 2)
    assert asked.count(forge, asked.stored) == 0
    assert box.count_log("^demo 1.0.0 .* ready") == 1


def test_an_unversioned_image_takes_what_is_published(container, publish):
    publish("v0.1.0")
    box = container("dev", more={"run": "#!/bin/sh\nexec ./demo\n"})
    box.wait_version("0.1.0")


def test_polls_that_find_nothing_cost_no_quota(container, forge, publish):
    publish("v1.1.0")
    box = container()
    box.wait_installed("v1.1.0")
    after = asked.polls(forge, 2, forge.mark())  # the first one makes sure
    asked.polls(forge, 3, after)
    assert asked.count(forge, asked.api, after) == 0


def test_several_releases_in_a_row(container, publish):
    box = container("v1.0.0")
    box.wait_version("1.0.0")
    for tag in ("v1.1.0", "v1.2.0", "v1.10.0"):
        mark = box.mark()
        publish(tag)
        box.wait_version(tag[1:])
        box.wait_installed(tag, after=mark)
    assert box.current() == "v1.10.0"


def test_update_to_a_named_release_and_back(container, publish):
    publish("v1.0.0")
    publish("v1.1.0")
    publish("v0.9.0")
    box = container("v1.0.0", UPDATE_MODE="check", SLEEP=CALM)
    box.wait_version("1.0.0")
    assert box.moult("update", "v0.9.0").returncode == 0
    box.wait_version("0.9.0")
    mark = box.mark()
    assert box.moult("rollback").returncode == 0
    box.wait_version("1.0.0", after=mark)
    refused = box.moult("update", "v7.7.7")
    assert refused.returncode == 1 and "v7.7.7" in refused.stdout
    wrong = box.moult("update", "../../etc")
    assert wrong.returncode == 100 and "../../etc" in wrong.stdout
    assert box.app_version() == "1.0.0"


def test_a_release_that_a_person_left_is_not_forced_on_them(container, publish):
    publish("v1.1.0")
    box = container("v1.0.0", SLEEP=CALM)
    box.wait_installed("v1.1.0")
    mark = box.mark()
    assert box.moult("rollback").returncode == 0
    box.wait_version("1.0.0", after=mark)
    box.check()
    assert box.app_version() == "1.0.0"
    publish("v1.2.0")
    box.check()
    box.wait_version("1.2.0", after=mark)


def test_a_person_need_not_wait_for_the_clock(container, forge, publish):
    """An order that comes while a poll is under way is obeyed after it."""
    box = container("v1.0.0")
    box.wait_version("1.0.0")
    publish("v1.1.0")
    slow = forge.fault(where="api", delay=2)
    forge.wait_request(lambda request: asked.api(request) and slow.hits, done=False)
    planned = box.moult("plan")
    assert planned.returncode == 0 and "v1.1.0" in planned.stdout


def test_check_only(container, forge, publish):
    publish("v1.1.0")
    box = container("v1.0.0", UPDATE_MODE="check", SLEEP=CALM)
    box.wait_version("1.0.0")
    assert "v1.1.0" in box.moult("status").stdout
    assert "v1.1.0" in box.moult("plan").stdout
    assert "v1.1.0" in box.check().stdout
    assert asked.count(forge, asked.stored) == 0
    assert box.app_version() == "1.0.0"


def test_off_asks_nobody(container, forge, publish):
    publish("v1.1.0")
    box = container("v1.0.0", UPDATE_MODE="off")
    box.wait_version("1.0.0")
    assert "off" in box.moult("status").stdout
    assert forge.requests == []


def test_a_private_repository(container, forge, demo):
    forge.repository().private = True
    forge.tokens["s3cret"] = "read"
    forge.publish("v1.1.0", demo.assets("v1.1.0"))
    box = container("v1.0.0", GH_TOKEN="s3cret")
    box.wait_version("1.1.0")


@pytest.mark.parametrize("form", ["tgz", "tar.xz", "tar.bz2", "zip", pytest.param("tar.zst", marks=pytest.mark.skipif(
    not archives.has_zstd(), reason="no zstd command here"))])
def test_other_archives(container, forge, demo, form):
    forge.publish("v1.1.0", demo.assets("v1.1.0", form=form))
    container("v1.0.0").wait_version("1.1.0")


def test_a_program_without_an_archive(container, forge, demo):
    name = demo.name("v1.1.0", form="").removesuffix(".")
    program = {name: archives.demo_program("1.1.0")}
    forge.publish("v1.1.0", program | {f"{name}.sha256": archives.checksums(program), f"{name}.sig": b"not asked for"})
    container("v1.0.0").wait_version("1.1.0")


def test_everything_below_one_directory(container, forge, demo):
    forge.publish("v1.1.0", demo.assets("v1.1.0", wrap=True))
    container("v1.0.0").wait_version("1.1.0")


def test_term_ends_all_of_it(container, publish):
    publish("v1.1.0")
    box = container()
    box.wait_version("1.1.0")
    assert box.stop(timeout=7) == 0
    assert box.find_log("^app finish: code 0 signal 0 of v1.1.0")
    assert not box.app_answers()


def test_restart_keeps_the_release(container, forge, publish):
    publish("v1.1.0")
    box = container()
    box.wait_installed("v1.1.0")
    mark, seen = box.mark(), forge.mark()
    box.restart()
    box.wait_version("1.1.0", after=mark)
    assert asked.count(forge, asked.stored, seen) == 0
    assert box.count_log("^demo 1.0.0 ", mark) == 0
