"""Completion for bash: what the shell is told for a command line, with the cursor at its end."""
import re
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "svc/sv.bash"
VERBS = """status watch up down once pause cont hup alarm interrupt quit 1 2 term kill exit start stop restart reload
try-restart shutdown check force-stop force-reload force-restart force-shutdown""".split()
SERVICES = ["a@x:1", "a@y", "app", "apple", "db"]
# The words as bash breaks them, and what it asks for when Tab is pressed.
ASK = r"""
set -u
source "$1"
complete -p sv | grep -qx 'complete -F _sv sv' || exit 1
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=("${@:3}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_sv sv "${COMP_WORDS[-1]}" ''
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""


def complete(svdir, line):
    words = [part for word in line.split(" ") for part in re.split(r"([:@])", word) if part or not word]
    done = subprocess.run(["bash", "--norc", "-c", ASK, "bash", SCRIPT, line, *words], cwd=svdir, text=True, check=True,
                          env={"PATH": "/usr/bin:/bin", "SVDIR": str(svdir)}, capture_output=True)
    assert done.stderr == ""
    return sorted(done.stdout.splitlines())


@pytest.fixture
def svdir(tmp_path):
    for name in (*SERVICES, "app/log", "app/env", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    return tmp_path


@pytest.mark.parametrize("line, replies", [
    ("sv ", VERBS),
    ("sv re", ["reload", "restart"]),
    ("sv force-", ["force-reload", "force-restart", "force-shutdown", "force-stop"]),
    ("sv -", ["--json", "-V", "-h", "-v", "-w"]),
    ("sv --", ["--json"]),
    ("sv -w ", []),
    ("sv -w 7", []),
    ("sv -vw 7", []),
    ("sv -w 7 sta", ["start", "status"]),
    ("sv -w7 -v st", ["start", "status", "stop"]),
    ("sv --json wa", ["watch"]),
    ("sv status ", SERVICES),
    ("sv -w 7 up ", SERVICES),
    ("sv status -", ["--json"]),
    ("sv watch --j", ["--json"]),
    ("sv status --json d", ["db"]),
    ("sv up -", []),
    ("sv up a", ["a@x:1", "a@y", "app", "apple"]),
    ("sv up app", ["app", "app/log", "apple"]),
    ("sv up app/", ["app/log"]),
    ("sv up app/l", ["app/log"]),
    ("sv up app/e", []),
    ("sv up db/", []),
    ("sv up nope", []),
    ("sv up app d", ["db"]),
    ("sv up fi", []),
    ("sv up a@", ["x:1", "y"]),
    ("sv up a@x:", ["1"]),
    ("sv up ./a", ["./a@x:1", "./a@y", "./app", "./apple"]),
])
def test_replies(svdir, line, replies):
    assert complete(svdir, line) == sorted(replies)


def test_verbs_are_those_that_sv_has(world):
    usage = world.sv("-h").stdout.split("commands:")[1].split()
    assert sorted([*usage, "status", "watch"]) == sorted(VERBS)
