"""The app and the updater are two users. An app that was taken over may do to itself what it likes, and nothing to what
decides which version of it runs."""
import os
import tempfile
from pathlib import Path

import pytest

from container import CALM, PROGRAMS, Container

UPDATER, APP = 64041, 64042
SECRET = "ghp_NobodyElseReadsThis0123456789abcd"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be three users")

# Each line is a try: what it is called, and a shell command that succeeds when there is a hole.
TRIES = f"""
change-a-program   echo x >>"$STATE_DIR/releases/v1.1.0/demo"
remove-a-program   rm -f "$STATE_DIR/releases/v1.1.0/demo" && [ ! -e "$STATE_DIR/releases/v1.1.0/demo" ]
add-a-release      mkdir "$STATE_DIR/releases/v9.9.9"
turn-the-link      ln -sfn /tmp "$STATE_DIR/current"
write-the-state    echo x >>"$STATE_DIR/state"
replace-the-state  mv "$STATE_DIR/state" "$STATE_DIR/old"
write-the-history  echo x >>"$STATE_DIR/history"
read-the-state     cat "$STATE_DIR/state"
look-into-staging  ls "$STATE_DIR/staging"
look-into-download ls "$STATE_DIR/download"
signal             kill -0 "$UPDATER_PID"
read-its-secrets   grep -q ghp_ "/proc/$UPDATER_PID/environ"
read-its-memory    head -c 1 "/proc/$UPDATER_PID/mem"
order-an-update    {PROGRAMS}/moult rollback
stop-the-updater   {PROGRAMS}/sv down updater
become-the-socket  rm -f "$RUN_DIR/updater.sock" && [ ! -e "$RUN_DIR/updater.sock" ]
"""

RUN = """#!/bin/sh
for process in /proc/[0-9]*; do
	[ "$(cat "$process/comm" 2>/dev/null)" != updater ] || export UPDATER_PID=${process#/proc/}
done
echo "user $(id -u), updater $UPDATER_PID"
while read -r name command; do
	[ -n "$name" ] || continue
	if sh -c "$command" >/dev/null 2>&1; then echo "try $name: it worked"; else echo "try $name: no"; fi
done <tries
echo tried
exec ./demo
"""


@pytest.fixture
def box(programs, forge, demo):
    """A container as the image has it: init is root, the updater and the app are users of their own."""
    with tempfile.TemporaryDirectory(prefix="moult-neighbour-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        for file, lines in (("passwd", f"root:x:0:0::/:/bin/sh\nmoult:x:{UPDATER}:{UPDATER}::/:/bin/false\n"
                                       f"app:x:{APP}:{APP}::/:/bin/false\n"),
                            ("group", f"root:x:0:\nmoult:x:{UPDATER}:\napp:x:{APP}:\n")):
            (directory / file).write_text(lines)
        (directory / "ca.pem").write_bytes(Path(forge.ca).read_bytes())  # where another user can read it
        env = {"GH_USER": "octo", "GH_REPO": "demo", "GH_URL": forge.url, "GH_API": forge.api, "SSL_CERT_FILE": directory / "ca.pem",
               "SLEEP": CALM, "UPDATE_PROBATION": 0}
        made = Container(directory, demo.files("v1.0.0"), "v1.0.0", env,
                         setup=f"mount --bind {directory}/passwd /etc/passwd && mount --bind {directory}/group /etc/group &&")
        made.add_file("app/user", "app\n")
        made.add_file("app/controllers", "moult\n")
        made.add_file("updater/env/GH_TOKEN", SECRET)
        yield made
        made.__exit__()
        print(made.text())  # shown with a failure
        assert made.sanitizer_reports() == []


def test_an_app_cannot_touch_the_updater(box, forge, publish):
    forge.tokens[SECRET] = "read"
    publish("v1.1.0", more={"run": RUN, "tries": TRIES})
    box.start()
    box.wait_log("^tried$")
    box.wait_installed("v1.1.0")
    found = box.find_log(r"^user (\d+), updater (\d+)$")
    assert found and int(found[1]) == APP and int(found[2]) > 1
    assert [line for line in box.log.lines if line.startswith("try ") and not line.endswith(": no")] == []
    assert box.count_log("^try .*: no$") == len(TRIES.split("\n")) - 2
    box.wait_version("1.1.0")
    assert box.current() == "v1.1.0"
    assert box.moult("status").returncode == 0


def test_the_tries_would_work_for_the_updater_itself(box, forge, publish):
    """The control of the test above: an app that is the same user can do all that files and signals allow."""
    box.add_file("app/user", "moult\n")
    forge.tokens[SECRET] = "read"
    publish("v1.1.0", more={"run": RUN, "tries": "\n".join(
        line for line in TRIES.split("\n") if line.split(" ")[0] in ("add-a-release", "read-the-state", "look-into-staging", "signal",
                                                                     "write-the-history")) + "\n"})
    box.start()
    box.wait_log("^tried$")
    assert box.count_log("^try .*: it worked$") == 5
