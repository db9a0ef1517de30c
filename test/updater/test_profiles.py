"""Profiles: variables, arguments and limits that a person starts the app with, and what becomes of them."""
import json
import os
import resource
import subprocess
import sys
import threading

import pytest

from fake_world import BIN, ROOT, TIMEOUT, World

BLUE = {"env": {"PORT": "8080", "GONE": None, "WHO": "a b=c ä"}, "arguments": ["--mode", "blue sky"], "limits": {"nofile": "64 128"}}
SHOW = """import json, os, resource, sys
print(json.dumps([sys.argv[1:], {k: os.environ.get(k) for k in ("PORT", "GONE", "WHO")}, resource.getrlimit(resource.RLIMIT_NOFILE)]))"""


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        yield w


def begin(world, **env):
    world.install("v1.0.0")
    world.start(**{"UPDATE_MODE": "off", "PROFILE_DIR": str(world.path / "etc"), **env})
    world.wait(lambda: world.running == "v1.0.0")


def profile(world, name, content=BLUE, place="state/profiles"):
    (world.path / place).mkdir(parents=True, exist_ok=True)
    (world.path / place / f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content))


def seen_by_the_app(world):
    """What a program sees that is started as docker/service/app/run starts it."""
    env = {"PATH": "/usr/bin:/bin", "STATE_DIR": str(world.state_dir), "PORT": "1", "GONE": "2", "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run([BIN / "moult", "exec", sys.executable, "-c", SHOW, "first"], env=env, capture_output=True, text=True,
                          timeout=TIMEOUT, check=True)
    return json.loads(done.stdout)


def in_force(world):
    return json.loads(world.moult("status", "--json")[1]).get("profile")


def test_a_profile_is_used_and_kept_until_it_is_changed(world):
    begin(world)
    assert seen_by_the_app(world)[:2] == [["first"], {"PORT": "1", "GONE": "2", "WHO": None}]
    profile(world, "blue")
    code, out, err = world.moult("start", ":current", "blue")
    assert code == 0, err
    assert world.init.verbs == ["down", "up"] and world.running == "v1.0.0"
    expected = [["first", "--mode", "blue sky"], {"PORT": "8080", "GONE": None, "WHO": "a b=c ä"}, [64, 128]]
    assert seen_by_the_app(world) == expected and in_force(world) == "blue"
    assert "profile: blue" in world.moult("status")[1]
    profile(world, "blue", {"env": {"PORT": "9"}})  # a file that changes, or goes, changes nothing
    world.publish("v1.1.0")
    assert world.moult("update")[0] == 0 and world.running == "v1.1.0"
    assert seen_by_the_app(world) == expected
    world.stop()
    world.start(UPDATE_MODE="off")
    world.wait(lambda: sum("v1.1.0 is what runs" in line for line in world.log) == 1)
    assert world.moult("rollback")[0] == 0 and seen_by_the_app(world) == expected
    assert world.moult("start", "v1.1.0", "blue")[0] == 0  # named anew: read anew
    assert seen_by_the_app(world)[1]["PORT"] == "9" and in_force(world) == "blue"
    lives = len(world.init.lives)
    assert world.moult("start", ":current", "blue")[0] == 0 and len(world.init.lives) == lives  # that is how it runs
    assert world.moult("start", ":latest", "none")[0] == 0
    assert in_force(world) is None and seen_by_the_app(world)[0] == ["first"]
    assert os.listdir(world.state_dir / "profiles.used") == []


def test_the_volume_comes_before_the_image(world):
    begin(world)
    profile(world, "both", {"env": {"PORT": "image"}}, "etc")
    assert world.moult("start", ":current", "both")[0] == 0 and seen_by_the_app(world)[1]["PORT"] == "image"
    profile(world, "both", {"env": {"PORT": "volume"}})
    assert world.moult("start", ":current", "both")[0] == 0 and seen_by_the_app(world)[1]["PORT"] == "volume"


@pytest.mark.parametrize("content, says", [
    ('{"env": {\n"PORT": 8080}}', 'line 2: env.PORT: has to be a text in quotes ("8080", not 8080)'),
    ('{"envs": {}}', "line 1: envs: is none of env, arguments, limits"),
    ('{"limits": {"files": 5}}', "line 1: limits.files: is no limit; there are nofile"),
    ("", "line 1: '{' is missing, the file ends here"), (" " * 70000, "it is larger than 65536 bytes"),
    (json.dumps({"env": {f"V{i}": "x" * 1000 for i in range(40)}}), "it holds more than 32768 bytes in all")],
    ids=["number", "part", "limit", "empty", "large", "much"])
def test_a_bad_profile_changes_nothing_and_says_where(world, content, says):
    begin(world)
    world.publish("v1.1.0")
    profile(world, "bad", content)
    code, out, err = world.moult("start", ":new", "bad")
    assert (code, out) == (1, "") and f"{world.state_dir}/profiles/bad.json: {says}" in err
    assert world.running == "v1.0.0" and world.init.verbs == [] and in_force(world) is None
    assert all(asked["do"] == "profile" for asked in world.asked())


@pytest.mark.parametrize("name, code, says", [
    ("green", 1, "there is no profile green: neither"), ("../../etc/passwd", 100, "the profile's name has to be 1 to 64 letters"),
    ("x" * 65, 100, "the profile's name"), (".hidden", 100, "the profile's name"), ("dir", 1, "dir.json: is no file")])
def test_no_such_profile(world, name, code, says):
    begin(world)
    (world.state_dir / "profiles/dir.json").mkdir(parents=True)
    got, _, err = world.moult("start", ":current", name)
    assert (got, says in err) == (code, True), err


def test_a_move_that_fails_takes_its_profile_back(world):
    begin(world, UPDATE_PROBATION="1")
    profile(world, "blue")
    profile(world, "red", {"env": {"PORT": "red"}})
    assert world.moult("start", ":current", "blue")[0] == 0
    world.publish("v1.1.0", app="crash")
    code, _, err = world.moult("start", ":new", "red")
    assert code == 1 and "back to v1.0.0" in err
    assert world.running == "v1.0.0" and in_force(world) == "blue" and seen_by_the_app(world)[1]["PORT"] == "8080"


def test_a_profile_that_the_app_does_not_run_with_is_to_blame_itself(world):
    begin(world, UPDATE_PROBATION="60")
    profile(world, "red", {"env": {"PORT": "red"}})
    answers = []
    thread = threading.Thread(target=lambda: answers.append(world.moult("start", ":current", "red")))
    thread.start()
    world.wait_log("v1.0.0 is ready")
    assert in_force(world) == "red"
    world.init.crash()
    thread.join()
    assert answers[0][0] == 1 and "v1.0.0 does not run with profile red: it did not stay up: exit code 1; back to v1.0.0" in answers[0][2]
    assert in_force(world) is None and world.running == "v1.0.0" and "bad" not in world.state()


@pytest.mark.parametrize("phase, link, comes_down", [("stop", "", True), ("start", "", False), ("probation", "blue", False)])
def test_killed_while_a_profile_is_put_on(world, phase, link, comes_down):
    """It is put on in any case, and only while the app is down."""
    world.install("v1.0.0")
    used = world.state_dir / "profiles.used"
    used.mkdir()
    name = "blue.0123456789abcdef"
    (used / name).write_text("moult-profile 1 blue\nenv PORT=blue\nend\n")
    if link:
        (world.state_dir / "profile").symlink_to(f"profiles.used/{name}")
    world.write_state(phase=phase, reason="asked", to="v1.0.0", profile_to=name, start="1", tries="1", **{"from": "v1.0.0"})
    world.start(UPDATE_MODE="off")
    world.wait_log("v1.0.0 is in place")
    assert in_force(world) == "blue" and seen_by_the_app(world)[1]["PORT"] == "blue"
    assert ("down" in world.init.verbs) == comes_down and world.running == "v1.0.0"


def test_a_damaged_profile_does_not_keep_the_app_down(world):
    world.state_dir.joinpath("profile").write_text("moult-profile 1 blue\nenv PORT=blue\n")
    env = {"PATH": "/usr/bin:/bin", "STATE_DIR": str(world.state_dir)}
    done = subprocess.run([BIN / "moult", "exec", "env"], env=env, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0 and "PORT" not in done.stdout and "is damaged: the app starts without its profile" in done.stderr
    done = subprocess.run([BIN / "moult", "exec", "/nowhere"], env=env, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 111 and "/nowhere cannot be started: No such file" in done.stderr


def test_a_limit_above_the_hard_one_is_said_and_the_app_starts(world):
    world.state_dir.joinpath("profile").write_text("moult-profile 1 x\nlimit nofile 4096\nend\n")
    env = {"PATH": "/usr/bin:/bin", "STATE_DIR": str(world.state_dir)}

    def as_nobody():
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        os.setuid(65534)

    os.chmod(world.path, 0o755)
    program = world.path / "moult"
    program.write_bytes((BIN / "moult").read_bytes())
    program.chmod(0o755)
    for parent in list(world.path.parents)[:3]:
        os.chmod(parent, 0o755)
    done = subprocess.run([program, "exec", "sh", "-c", "ulimit -n"], env=env, capture_output=True, text=True, timeout=TIMEOUT,
                          preexec_fn=as_nobody)
    assert done.returncode == 0 and done.stdout == "256\n" and "limit nofile is set as high as it may be, 256, not to 4096" in done.stderr


def test_the_images_run_script_starts_the_app_with_it(world):
    begin(world)
    profile(world, "blue", {"arguments": ["one two"]})
    app = world.state_dir / "releases/v1.0.0/run"
    assert world.moult("start", ":current", "blue")[0] == 0
    app.write_text('#!/bin/sh\nprintf "%s," "$0" "$@"\n')
    env = {"PATH": f"{BIN}:/usr/bin:/bin", "STATE_DIR": str(world.state_dir), "APP_DIR": str(world.state_dir / "current")}
    done = subprocess.run(["/bin/sh", ROOT / "docker/service/app/run"], env=env, capture_output=True, text=True, timeout=TIMEOUT)
    assert done.stdout == f"{env['APP_DIR']}/run,one two,", done.stderr
