"""Every setting that people run containers with, under the real engine: a service directory, a command and a baked application come up,
hear TERM, end in time with their code, and leave no zombie behind. Needs a Docker Engine: see engine.py."""
import contextlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "pid1"))
from terminal import CTRL_C, CTRL_Z, Terminal  # noqa: E402  (the path comes first)

# Says that it is up, leaves an orphan to whoever reaps, and ends with a code of its own.
WEB = """#!/bin/sh
trap 'echo "$NAME saw TERM"; kill -9 $!; exit 7' TERM
trap 'exit 1' USR1
(true &)
echo "$NAME is UP as $(id -u)"
echo "sv says: $(/usr/bin/sv status $NAME)"
while :; do sleep 1000 & wait $!; done
"""

TMPFS = ["--tmpfs", "/run:exec"]
USER = ["-u", "12345:0"]
SETTINGS = {
    "default": [],
    "read-only": ["--read-only"],
    "read-only with a tmpfs": ["--read-only", *TMPFS],
    "any user": USER,
    "any user, read-only": [*USER, "--read-only"],
    "any user, read-only with a tmpfs": [*USER, "--read-only", "--tmpfs", "/run:exec,mode=1777"],
    "any user, any group": ["-u", "12345:12345"],
    "no new privileges, no capabilities": [*USER, "--security-opt", "no-new-privileges", "--cap-drop", "ALL"],
    "root without capabilities": ["--cap-drop", "ALL"],
    "under --init": ["--init"],
    "in the host's pid namespace": ["--pid=host"],
    "on a terminal": ["-t"],
    # Not even the engine starts a container without it, so it is taken away just before init.
    "without /proc": ["--cap-add=SYS_ADMIN", "--entrypoint=/bin/sh"],
}
NOT_PID_1 = ("under --init", "in the host's pid namespace")


def context(directory, dockerfile, **files):
    (directory / "Dockerfile").write_text(dockerfile)
    for name, content in files.items():
        (directory / name.replace("__", "/")).parent.mkdir(exist_ok=True)
        (directory / name.replace("__", "/")).write_text(content)
        (directory / name.replace("__", "/")).chmod(0o755)
    return directory


class Way:
    """One way to have a program in a container."""

    def __init__(self, image, name, code, command=()):
        self.image, self.name, self.code, self.command = image, name, code, list(command)

    def run(self, engine, *arguments):
        command = self.command
        if "--entrypoint=/bin/sh" in arguments:
            command = ["-c", "umount -l /proc && exec /init " + " ".join(command)]
        return engine.run(self.image, "-e", f"NAME={self.name}", *arguments, command=command)


@pytest.fixture(scope="module")
def ways(engine, images, tmp_path_factory):
    """An essential service beside what is in the image; a command; and the image's own service with a baked application."""
    def build(name, dockerfile, **files):
        return engine.build(f"moult-test:matrix-{name}",
                            context(tmp_path_factory.mktemp(name), f"FROM {images.alpine}\n{dockerfile}\n", **files))

    return {
        "service": Way(build("service", "RUN rm -r /service/app\nCOPY web /service/web", web__run=WEB, web__essential=""), "web", 7),
        "command": Way(build("command", "COPY web /usr/bin/web", web=WEB), "app", 7, ["web"]),
        "baked": Way(build("baked", "COPY web /usr/share/moult/baked/", web=WEB), "app", 0),
    }


def zombies(engine, box):
    listing = engine.docker("top", box.id, "-eo", "pid,stat,comm").stdout.splitlines()[1:]
    assert listing
    return [line for line in listing if line.split()[1].startswith("Z")]


def comes_up(box, way, user="0"):
    box.wait_log(f"{way.name} is UP as {user}", 20)  # without the 30 s that it would wait for an updater that is not ready
    box.wait_log(f"sv says: run: {way.name}: (pid ", 20)


def ends(box, way):
    code, seconds = box.stop(20)
    log = box.logs()
    assert f"{way.name} saw TERM" in log
    assert f"{way.name} (pid" not in log  # it was not killed
    assert (code, seconds < 5) == (way.code, True), seconds


@pytest.mark.parametrize("kind", ["service", "command", "baked"])
@pytest.mark.parametrize("setting", SETTINGS)
def test_comes_up_and_ends(engine, ways, setting, kind):
    arguments, way = SETTINGS[setting], ways[kind]
    user = arguments[arguments.index("-u") + 1].partition(":")[0] if "-u" in arguments else "0"
    with way.run(engine, *arguments) as box:
        comes_up(box, way, user)
        assert zombies(engine, box) == []
        ends(box, way)
        assert ("not PID 1" in box.logs()) == (setting in NOT_PID_1)


# Kubernetes' shareProcessNamespace: somebody else is PID 1, and the containers of a pod see each other.

@contextlib.contextmanager
def pod(engine, image):
    with engine.run(image, "--ipc=shareable", "--entrypoint=/bin/sleep", command=["1000"]) as pause:
        yield [f"--pid=container:{pause.id}", f"--ipc=container:{pause.id}"]


def test_in_a_pod_with_one_process_namespace(engine, ways):
    """Each stops its own and touches nobody else's."""
    with pod(engine, ways["service"].image) as shared, ways["service"].run(engine, *shared) as one:
        comes_up(one, ways["service"])
        with ways["command"].run(engine, *shared) as other:
            comes_up(other, ways["command"])
            ends(other, ways["command"])
            assert "not PID 1" in other.logs()
        assert "saw TERM" not in one.logs() and one.logs().count("is UP") == 1
        assert "run: web: (pid " in one.exec("/usr/bin/sv", "status", "web").stdout
        assert zombies(engine, one) == []
        ends(one, ways["service"])
        assert "not PID 1" in one.logs()


def test_in_a_pod_that_cannot_write_the_run_directory(engine, ways):
    """What the containers of a pod share besides is /dev/shm, where the socket is then: the second does not take it from the first."""
    with pod(engine, ways["service"].image) as shared, ways["service"].run(engine, *shared, *USER, "--read-only") as one:
        comes_up(one, ways["service"], "12345")
        with ways["command"].run(engine, *shared, *USER, "--read-only") as other:
            comes_up(other, ways["command"], "12345")
            assert "run: web: (pid " in one.exec("/usr/bin/sv", "status", "web").stdout
            assert "run: app: (pid " in other.exec("/usr/bin/sv", "status", "app").stdout
            ends(other, ways["command"])
        ends(one, ways["service"])


# docker run -it

def test_a_shell_on_a_terminal(engine, ways, tmp_path):
    """Job control as in any shell: Ctrl-C and Ctrl-Z are for the job, the size is the user's, and its exit code is docker's."""
    terminal = Terminal()
    identity = tmp_path / "id"
    try:
        terminal.run(["setsid", "--ctty", "--wait", "docker", "run", "-it", "--cidfile", identity, *engine.network,
                      "-e", "PS1=ready> ", ways["command"].image, "sh"], engine.env)
        terminal.expect("ready> ")
        terminal.type("while [ \"$(stty size)\" != '50 132' ]; do :; done; echo size-$((40 + 2))")
        # docker's client does not hear of a size before it waits for the container
        terminal.insist("size-42", lambda: (terminal.resize(50, 131), terminal.resize(50, 132)))
        terminal.type("""sh -c 'trap "echo back-$((40 + 2))" CONT; echo job-$((40 + 2)); while :; do sleep 0.1; done'""")
        terminal.expect("job-42")
        terminal.type(CTRL_Z)
        terminal.expect("topped")
        terminal.type("fg")
        terminal.expect("back-42")
        terminal.type(CTRL_C)
        terminal.expect("ready> ")
        terminal.type("echo code-$?")
        terminal.expect("code-130")
        terminal.type("exit 5")
        assert terminal.finish() == 5
        assert b"stopping" not in terminal.output
    finally:
        terminal.end()
        if identity.exists():
            engine.docker("rm", "-f", "-v", identity.read_text())


# No process can be made

def test_no_more_processes(engine, ways):
    """The limit of the container is reached: init lives, says so, and tries again until it is lifted."""
    way = ways["service"]
    with way.run(engine, "--pids-limit=100") as box:
        comes_up(box, way)
        engine.docker("update", "--pids-limit=1", box.id)
        engine.docker("kill", "--signal=USR1", box.id)  # which is handed on
        box.wait_log("web: cannot start ./run: Resource temporarily unavailable")
        assert box.inspect("State")["Running"]
        engine.docker("update", "--pids-limit=100", box.id)
        box.wait_log("web is UP", count=2)
        ends(box, way)
