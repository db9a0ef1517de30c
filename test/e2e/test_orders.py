"""What a person orders, with the real init and the real jobs: the app is restarted by hand during its probation, started by
selector and with a profile, stopped; a release is verified, and its notes are shown."""
import json
import os

from container import CALM, PROGRAMS

RUN = """#!/bin/sh
echo "run {version}: mode ${{MODE:-unset}}, arguments $*, files $(ulimit -n)"
exec "$APP_DIR/demo"
"""
PATH = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}"}  # moult is where the image's run script finds it


def run(version):
    return {"run": RUN.format(version=version)}


def write_profile(box, content):
    profiles = box.inside(box.state_dir) / "profiles"
    profiles.mkdir(exist_ok=True)
    (profiles / "blue.json").write_text(json.dumps(content))


def test_a_restart_by_hand_during_the_probation(container, publish):
    publish("v1.1.0")
    box = container(SLEEP=CALM, UPDATE_PROBATION=60)
    box.wait_log("v1.1.0 is ready")
    mark = box.mark()
    assert box.sv("restart", "app").returncode == 0
    box.wait_log("v1.1.0 is ready", after=mark)  # watched anew
    assert "bad" not in box.state() and box.current() == "v1.1.0"


def test_a_profile_reaches_the_app_and_stays(container, publish):
    box = container(more=run("1.0.0"), SLEEP=CALM, UPDATE_PROBATION=0, **PATH)
    box.wait_log("run 1.0.0: mode unset, arguments , files")
    box.wait_log("is the newest|has no release")
    write_profile(box, {"env": {"MODE": "blue"}, "arguments": ["a", "b"], "limits": {"nofile": 200}})
    assert box.moult("start", ":current", "blue").returncode == 0
    box.wait_log("run 1.0.0: mode blue, arguments a b, files 200$")
    publish("v1.1.0", run("1.1.0"))
    assert box.moult("start", ":new").returncode == 0
    box.wait_log("run 1.1.0: mode blue, arguments a b, files 200$")
    mark = box.mark()
    box.restart()
    box.wait_log("run 1.1.0: mode blue, arguments a b, files 200$", after=mark)
    write_profile(box, {"env": {"MODE": 1}})
    wrong = box.moult("start", ":current", "blue")
    assert wrong.returncode == 1 and "profiles/blue.json: line 1: env.MODE: has to be a text in quotes" in wrong.stdout
    mark = box.mark()
    assert box.moult("start", ":current", "none").returncode == 0
    box.wait_log("run 1.1.0: mode unset, arguments , files", after=mark)


def test_stop_start_verify_and_notes(container, publish):
    publish("v1.1.0", body="- faster\n- \x1b[31msmaller")
    box = container(SLEEP=CALM, UPDATE_PROBATION=0)
    box.wait_installed("v1.1.0")
    assert box.moult("verify").stdout == "v1.1.0: all 2 entries are as they were shipped\n"
    assert box.moult("stop").returncode == 0 and box.service_state()["state"] == "down"
    assert box.moult("start").returncode == 0 and box.service_state()["state"] == "run"
    assert box.moult("notes", "v1.1.0").stdout == "- faster\n- ?[31msmaller\n"
    program = box.inside(box.state_dir) / "releases/v1.1.0/demo"
    program.chmod(0o644)
    damaged = box.moult("verify")
    assert damaged.returncode == 1 and damaged.stdout.startswith("damaged: demo: it is not executable any more\n")
    program.chmod(0o755)
