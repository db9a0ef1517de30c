"""The command moult: what it asks, what it prints, how it ends."""
import json
import os
import pty
import re
import subprocess

import pytest

from fake_world import BIN, TIMEOUT, World

VERBS = ["status", "check", "plan", "update", "rollback", "notes", "start", "stop", "stable", "pause", "resume", "verify", "gc", "exec",
         "list", "history"]


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        yield w


def running(world, tag="v1.0.0", **env):
    world.install(tag)
    world.start(**{"UPDATE_MODE": "off", **env})
    world.wait(lambda: world.running == tag)


# --- what it is asked

@pytest.mark.parametrize("words, code, says", [
    ([], 100, "say what to do"), (["dance"], 100, "dance: no such command"), (["status", "now"], 100, "now: status does not take this"),
    (["update", "a", "b"], 100, "b: update does not take this"), (["update", "--loud"], 100, "--loud: update does not take"),
    (["update", ""], 100, "no word of this command is empty"), (["update", "a b"], 100, "holds a space"),
    (["update", "a\nb"], 100, "holds a space"), (["update", "v" * 2000], 100, "too long"),
    (["stable"], 100, "stable wants show | mark [TAG]"), (["exec"], 100, "exec wants PROGRAM"),
    (["stable", "dance"], 100, "dance: stable takes show | mark [TAG]"),
    (["stable"], 100, "stable wants show | mark [TAG]"), (["stable", "dance"], 100, "dance: stable takes show | mark [TAG]"),
    (["history", "-n"], 100, "has to be a number from 1"), (["history", "-n", "x"], 100, "-n x: has to be"),
    (["history", "-n", "0"], 100, "-n 0: has to be"), (["status", "-n", "3"], 100, "-n: status does not take"),
    (["status"], 111, "cannot be reached")])
def test_asked_wrongly(tmp_path, words, code, says):
    done = subprocess.run([BIN / "moult", *words], env={"RUN_DIR": str(tmp_path)}, capture_output=True, text=True, timeout=TIMEOUT)
    assert (done.returncode, says in done.stderr, done.stdout) == (code, True, ""), done


@pytest.mark.parametrize("tag", ["../../etc", "..", ".", "-x", "v1/2", "v1\\2", "$(id)", "`id`", "v1;id", "%2e%2e", "v1\x1b[2J", "é",
                                 "@baked", "v1.files", "v1.carried", "v" * 129])
def test_a_hostile_tag_is_no_path(world, tag):
    """E9: from a person's hand as well; from the forge it is the plan's to refuse."""
    running(world)
    for verb in (["update"], ["rollback"], ["start"], ["verify"], ["stable", "mark"]):
        code, out, err = world.moult(*verb, tag)
        assert (code, out) == (100, ""), err
    assert sorted(os.listdir(world.state_dir / "releases")) == ["v1.0.0", "v1.0.0.files"]
    assert world.running == "v1.0.0" and not world.asked()


def test_help_tells_of_each_command(world):
    """Each is in the list, has a page of its own with an example, and stands in the manual."""
    code, out, _ = world.moult("-h")
    assert code == 0 and world.moult("--help")[1] == out
    listed = re.findall(r"moult (\w+)", out)
    assert listed[:len(VERBS)] == VERBS and len(re.findall("^(?:usage:|      ) moult", out, re.M)) == len(VERBS)
    manual = (BIN.parents[1] / "updater/moult.1").read_text()
    for verb in VERBS:
        code, page, _ = world.moult(verb, "-h")
        assert code == 0 and page.startswith(f"usage: moult {verb}") and f"example: moult {verb}" in page
        assert re.search(rf"^\.It Cm {verb}", manual, re.M), verb


def test_exit_codes_are_those_of_the_manual(world):
    running(world)
    assert world.moult("list")[0] == 0
    assert world.moult("rollback")[0] == 1
    assert world.moult("update", "-v")[0] == 100
    world.stop()
    assert world.moult("list")[0] == 111
    assert "0 done; 1 the updater said no" in world.moult("-h")[1]


# --- what it prints

def test_json_is_an_object_a_line_with_numbers_and_truths(world):
    running(world)
    world.install("v0.9.0", link=False)
    world.publish("v1.0.0")
    status = json.loads(world.moult("status", "--json")[1])
    assert status["current"] == "v1.0.0" and status["ready"] is True and status["pid"] > 1000 and status["failures"] == 0
    rows = [json.loads(line) for line in world.moult("list", "--json")[1].splitlines()]
    assert [(r["tag"], r["current"], r["image"]) for r in rows] == [("v1.0.0", True, False), ("v0.9.0", False, False)]
    plan = [json.loads(line) for line in world.moult("plan", "--json")[1].splitlines()]
    assert [(p["tag"], p["verdict"]) for p in plan] == [("v1.0.0", "rejected")] and plan[0]["when"] > 0
    code, out, err = world.moult("rollback", "v7", "--json")
    assert code == 1 and json.loads(out)["error"] == "missing" and "v7" in err
    code, out, err = world.moult("rollback", "v0.9.0", "--json")
    assert code == 0 and json.loads(out.splitlines()[-1]) == {"event": "v0.9.0 is in place"}
    event = json.loads(world.moult("history", "--json")[1])
    assert (event["what"], event["to"]) == ("installed", "v0.9.0") and event["took_ms"] >= 0


def test_after_a_way_back_no_release_is_both_current_and_previous(world):
    world.install("v1.0.0")
    world.publish("v1.1.0", app="crash")
    world.start(UPDATE_PROBATION="1")
    world.wait_log("back to v1.0.0")
    world.wait(lambda: world.state()["phase"] == "idle")
    code, out, _ = world.moult("list")
    assert code == 0 and out.splitlines()[1] == "* v1.0.0" and "bad" in out.splitlines()[0]
    status = json.loads(world.moult("status", "--json")[1])
    assert status["current"] == "v1.0.0" and status.get("previous") != "v1.0.0"


def test_history_reads_like_a_story(world):
    world.install("v1.0.0")
    world.publish("v1.1.0")
    world.start(UPDATE_PROBATION="1")
    world.wait_log("v1.1.0 is in place")
    world.publish("v1.2.0", app="crash")
    world.wait_log("back to v1.1.0")
    world.wait(lambda: world.state()["phase"] == "idle")
    lines = world.moult("history")[1].splitlines()
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  "
    for line, tells in zip(lines, (r"installed    v1\.0\.0 -> v1\.1\.0; a newer release, in \d+\.\d s",
                                   r"turned out   bad: v1\.2\.0; it .*exit code 1, in \d+\.\d s",
                                   r"went back    v1\.2\.0 -> v1\.1\.0; v1\.2\.0 is bad: .*, in \d+\.\d s"), strict=True):
        assert re.fullmatch(stamp + tells, line), line
    assert world.moult("history", "-n", "2")[1].splitlines() == lines[1:]
    assert len(world.moult("history", "-n", "1", "--json")[1].splitlines()) == 1
    assert world.moult("history", "-n", "100")[1].splitlines() == lines


def test_history_shows_what_is_not_of_its_making(world):
    running(world)
    with open(world.state_dir / "history", "w") as f:
        f.write('{"time":"2026-01-02T03:04:05Z","what":"dreamt","from":"","to":"v9","why":""}\nnot json\n')
    assert world.moult("history")[1] == "2026-01-02 03:04:05  dreamt  v9\nnot json\n"


def on_a_terminal(world, *words):
    """What moult draws where it is looked at."""
    master, slave = pty.openpty()
    process = subprocess.Popen([BIN / "moult", *words], env={"RUN_DIR": str(world.run_dir)}, stdout=slave)
    os.close(slave)
    drawn = b""
    try:
        while piece := os.read(master, 4096):
            drawn += piece
    except OSError:  # the other end is closed: all was read
        pass
    os.close(master)
    return process.wait(TIMEOUT), drawn.decode()


def test_progress_on_a_terminal_and_plain_lines_elsewhere(world):
    running(world)
    world.publish("v1.1.0")
    code, drawn = on_a_terminal(world, "update")
    assert code == 0 and re.search(r"\r\x1b\[K\[[#.]+\] +\d+ %  0\.0 of 0\.0 KiB", drawn)
    assert drawn.endswith("v1.1.0 is in place\r\n")
    world.publish("v1.2.0")
    code, out, _ = world.moult("update")
    assert code == 0 and "\x1b" not in out and out.splitlines()[-1] == "v1.2.0 is in place"



def test_plan_shows_the_notes_of_the_chosen_release(world):
    running(world)
    world.publish("v1.1.0", notes=["# 1.1", "", "- faster"])
    code, out, _ = world.moult("plan", "--notes")
    assert code == 0 and out.splitlines()[-4:] == ["v1.1.0:", "# 1.1", "", "- faster"] and "v1.1.0 chosen" in out
    assert world.moult("notes", "v1.1.0") == (0, "# 1.1\n\n- faster\n", "")
    code, out, _ = world.moult("plan", "--notes", "--json")
    assert [json.loads(line).get("line") for line in out.splitlines()[-3:]] == ["# 1.1", "", "- faster"]
    world.publish("v1.0.0")
    assert world.moult("notes", "v1.0.0")[1] == "nothing is said of it\n"
    code, _, err = world.moult("notes", "v7")
    assert code == 1 and "no such release" in err
    assert world.running == "v1.0.0" and not world.asked("get")
    assert json.loads(world.moult("status", "--json")[1])["updater"] == "idle"
