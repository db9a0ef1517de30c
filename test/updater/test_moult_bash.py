"""Completion for bash: what the shell is told for a command line, with the cursor at its end."""
import re
import subprocess

import pytest

from fake_world import BIN, ROOT

SCRIPT = ROOT / "updater/command/moult.bash"
VERBS = "status check plan update rollback notes start stop stable pause resume verify gc exec list history".split()
# The words as bash breaks them, and what it asks for when Tab is pressed.
ASK = r"""
set -u
source "$1"
complete -p moult | grep -qx 'complete -F _moult moult' || exit 1
COMP_WORDS=("${@:2}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_moult moult "${COMP_WORDS[-1]}" ''
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
"""
LIST = "#!/bin/sh\n[ $1 = list ] && printf '  v1.1.0 (image) bad: it is so\\n* v1.0.0 (previous)\\n  w2\\n'\n"


def complete(directory, line):
    words = [part for word in line.split(" ") for part in re.split("(:)", word) if part or not word]
    done = subprocess.run(["bash", "--norc", "-c", ASK, "bash", SCRIPT, *words], text=True, check=True,
                          env={"PATH": f"{directory}:/usr/bin:/bin", "STATE_DIR": f"{directory}/state",
                               "PROFILE_DIR": f"{directory}/image"}, capture_output=True)
    assert done.stderr == ""
    return sorted(set(done.stdout.splitlines()))


@pytest.mark.parametrize("line, replies", [
    ("moult ", VERBS),
    ("moult h", ["history"]),
    ("moult -", ["--json", "-V", "-h"]),
    ("moult --json pl", ["plan"]),
    ("moult update ", ["v1.0.0", "v1.1.0", "w2"]),
    ("moult rollback v1.0", ["v1.0.0"]),
    ("moult update --", ["--json"]),
    ("moult history -", ["--json", "-h", "-n"]),
    ("moult history -n ", []),
    ("moult start ", [":current", ":latest", ":new", ":stable", "v1.0.0", "v1.1.0", "w2"]),
    ("moult start :", ["current", "latest", "new", "stable"]),
    ("moult start :st", ["stable"]),
    ("moult start v1.1", ["v1.1.0"]),
    ("moult start v1.1.0 ", ["blue", "green", "none"]),
    ("moult start :new gr", ["green"]),
    ("moult start v1.1.0 blue ", []),
    ("moult stable ", ["mark", "show"]),
    ("moult stable mark w", ["w2"]),
    ("moult stable show ", []),
    ("moult verify v1.0", ["v1.0.0"]),
    ("moult plan --n", ["--notes"]),
    ("moult status ", []),
])
def test_replies(tmp_path, line, replies):
    (tmp_path / "moult").write_text(LIST)
    for name in ("state/profiles/green.json", "image/blue.json", "image/green.json", "image/README"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "moult").chmod(0o755)
    assert complete(tmp_path, line) == sorted(replies)


def test_verbs_are_those_that_moult_has(tmp_path):
    page = subprocess.run([BIN / "moult", "-h"], capture_output=True, text=True, check=True).stdout
    assert sorted(re.findall(r"^(?:usage:|      ) moult (\w+)", page, re.M)) == sorted(VERBS) == complete(tmp_path, "moult ")


def test_no_updater_no_tags(tmp_path):
    (tmp_path / "moult").write_text("#!/bin/sh\necho 'moult: the updater cannot be reached' >&2\nexit 111\n")
    (tmp_path / "moult").chmod(0o755)
    assert complete(tmp_path, "moult update ") == []
