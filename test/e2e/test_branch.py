"""GH_CHANNEL=branch:NAME: a container that follows a branch, and builds what it is at."""
import os
import time

import pytest

from container import CALM, PATIENCE, PROGRAMS

APP = """#!/bin/sh
echo "app of {word} is up"
trap 'kill -9 $!; exit 0' TERM
while :; do sleep 1000 & wait; done
"""


def sources(word, build="mkdir out && cp app.sh out/run && echo $MOULT_COMMIT > out/commit"):
    return {"build.sh": f"#!/bin/sh\nset -e\necho building {word}\n{build}\n", "app.sh": APP.format(word=word)}


@pytest.fixture
def branch_box(make_container, tmp_path):
    """A container of an image with version 1.0.0, that follows main and has the service that builds."""
    def make(builder=True, **env):
        box = make_container(**({"GH_CHANNEL": "branch:main", "BUILD_DIR": tmp_path / "build", "SLEEP": CALM,
                                 "UPDATE_PROBATION": 0} | env))
        if builder:
            box.add_file("builder/listen", f"unix {box.run_dir}/build.sock 0666\n")
            box.add_file("builder/down", "")
            for name in ("run", "finish"):
                os.symlink(PROGRAMS / "moult-build", box.service / "builder" / name)
        return box
    return make


def leftovers(box, tmp_path):
    """What is temporary, and is there."""
    download = box.inside(box.state_dir) / "download"
    staging = box.inside(box.state_dir) / "staging"
    place = tmp_path / "build"
    return [str(p) for d in (download, staging, place) if d.is_dir() for p in d.iterdir()]


def test_each_commit_is_built_and_runs(branch_box, forge, tmp_path):
    first = forge.push("main", sources("one"))
    box = branch_box().start()
    box.wait_log("^app of one is up")
    tag = f"main-{first[:7]}"
    box.wait_installed(tag)
    assert box.current() == tag
    assert (box.inside(box.state_dir) / "current/commit").read_text() == first + "\n"
    second = forge.push("main", sources("two"))
    mark = box.mark()
    assert box.check().returncode == 0
    box.wait_log("^app of two is up", after=mark)
    assert box.current() == f"main-{second[:7]}"
    assert leftovers(box, tmp_path) == []
    assert {r.where for r in forge.requests} == {"web", "storage"}  # nothing of it counts against the API's quota
    assert [(e["what"], e["to"]) for e in box.history()] == [("installed", tag), ("installed", f"main-{second[:7]}")]


def test_while_the_branch_stays_where_it_is_nothing_is_built(branch_box, forge):
    commit = forge.push("main", sources("one"))
    box = branch_box().start()
    box.wait_installed(f"main-{commit[:7]}")
    box.check()
    assert box.count_log("building main-") == 1
    assert f"main-{commit[:7]} is the newest" in box.moult("check").stdout + box.moult("status").stdout
    plan = box.moult("plan").stdout
    assert f"main-{commit[:7]} rejected: is what runs" in plan


def test_a_restart_keeps_what_was_built(branch_box, forge):
    commit = forge.push("main", sources("one"))
    box = branch_box().start()
    box.wait_installed(f"main-{commit[:7]}")
    mark = box.mark()
    box.restart()
    box.wait_log("^app of one is up", after=mark)
    assert box.current() == f"main-{commit[:7]}"
    assert box.count_log("building main-") == 1


def test_a_build_that_fails_changes_nothing_and_is_not_tried_again(branch_box, forge, tmp_path):
    bad = forge.push("main", sources("bad", "echo the compiler says no >&2; exit 2"))
    box = branch_box().start()
    box.wait_log(r"\| the compiler says no")
    box.wait_log(rf"main-{bad[:7]}: the build ended with exit code 2 \(exec ./build.sh\); it is not tried again")
    box.wait_version("1.0.0")
    assert box.current() == "baked"
    assert leftovers(box, tmp_path) == []
    assert "was tried and is bad" in box.check().stdout
    assert box.count_log(r"\| the compiler says no") == 1
    good = forge.push("main", sources("good"))
    box.check()
    box.wait_log("^app of good is up")
    assert box.current() == f"main-{good[:7]}"


def test_by_name_a_failed_build_is_tried_again(branch_box, forge, tmp_path):
    (tmp_path / "luck").write_text("bad")
    commit = forge.push("main", sources("one", f"grep -q good {tmp_path}/luck; mkdir out; cp app.sh out/run"))
    box = branch_box().start()
    box.wait_log("it is not tried again")
    (tmp_path / "luck").write_text("good")
    done = box.moult("update", f"main-{commit[:7]}", timeout=60)
    assert done.returncode == 0, done.stdout
    assert box.current() == f"main-{commit[:7]}"
    other = box.moult("update", "main-7654321")
    assert other.returncode == 1 and "only what the branch is at now can be built" in other.stdout


def test_a_bad_commit_is_left_for_the_one_before(branch_box, forge):
    good = forge.push("main", sources("good"))
    box = branch_box(UPDATE_READY=2, UPDATE_PROBATION=1).start()
    box.wait_installed(f"main-{good[:7]}")
    forge.push("main", sources("bad", "mkdir out; printf '#!/bin/sh\\nexit 3\\n' > out/run; chmod +x out/run"))
    mark = box.mark()
    box.check()
    box.wait_log("^app of good is up", after=mark)
    assert box.current() == f"main-{good[:7]}"


def test_killed_while_it_builds(branch_box, forge, tmp_path):
    """The next life builds it, and nothing of the first try is left."""
    (tmp_path / "gate").touch()
    commit = forge.push("main", sources("one", f"touch begun; while [ -e {tmp_path}/gate ]; do sleep 0.05; done;"
                                               "mkdir out; cp app.sh out/run"))
    box = branch_box().start()
    box.wait_log("building main-")
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "build/build/src/begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    box.kill()
    (tmp_path / "gate").unlink()
    box.start()
    box.wait_installed(f"main-{commit[:7]}")
    assert leftovers(box, tmp_path) == []


def test_no_such_branch(branch_box, forge):
    forge.push("trunk", sources("one"))
    box = branch_box().start()
    box.wait_log("octo/demo has neither a branch nor a tag main")
    box.wait_version("1.0.0")


def test_without_the_service_that_builds(branch_box, forge):
    forge.push("main", sources("one"))
    box = branch_box(builder=False).start()
    box.wait_log("there is no service builder: a release from a branch needs it")
    box.wait_version("1.0.0")


def test_a_private_repository(branch_box, forge):
    forge.repository("octo/demo").private = True
    forge.tokens["ghp_secret"] = "read"
    commit = forge.push("main", sources("one"))
    box = branch_box(GH_TOKEN="ghp_secret").start()
    box.wait_installed(f"main-{commit[:7]}")
    assert not [r for r in forge.requests if r.where == "storage" and "Authorization" in r.headers]
    assert "ghp_secret" not in box.text()


@pytest.mark.parametrize("variable, value, text", [
    ("GH_PIN", "^1", "a branch has no versions"),
    ("UPDATE_MIN_AGE", "1d", "nobody says how old a commit is"),
    ("GH_ASSET", "*.zip", "a branch has no assets"),
    ("BUILD_OUT", "../up", "a path below the sources"),
    ("BUILD_MEMORY", "much", "has to be bytes"),
])
def test_variables_that_do_not_go_with_a_branch(branch_box, variable, value, text):
    box = branch_box(**{variable: value}).start()
    box.wait_log(text)
    box.wait_version("1.0.0")
