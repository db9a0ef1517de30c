"""moult-build as its own process: what it makes of sources, what it refuses, and that nothing of a build remains."""
import array
import fcntl
import io
import os
import signal
import socket
import subprocess
import tarfile
import time

import pytest

from job import BIN

LIMIT = 30


class Builder:
    """A started moult-build that holds a listening socket, as init starts it."""

    def __init__(self, directory):
        self.directory = directory
        self.place = directory / "place"
        self.path = directory / "build.sock"
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.path))
        self.listener.listen(4)
        self.process = None

    def environment(self):
        return {"PATH": os.environ["PATH"], "BUILD_DIR": str(self.place), "LISTEN_FDS": "1"}

    def start(self):
        high = fcntl.fcntl(self.listener.fileno(), fcntl.F_DUPFD_CLOEXEC, 100)
        pid = os.posix_spawn(str(BIN / "moult-build"), ["./run"], self.environment(),
                             file_actions=[(os.POSIX_SPAWN_DUP2, high, 3)])
        os.close(high)
        self.process = pid
        return self

    def finish_program(self):
        """What init runs when it has ended."""
        return subprocess.run(["./finish", "-1", "9"], executable=str(BIN / "moult-build"), env=self.environment(),
                              capture_output=True, text=True)

    def ask(self, sources, **request):
        """Starts a job; returns our end of its socket, and the file for the result."""
        archive, result = open(self.directory / "source", "w+b"), open(self.directory / "result", "w+b")
        archive.write(sources)
        archive.seek(0)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(str(self.path))
        fds = array.array("i", [theirs.fileno(), archive.fileno(), result.fileno()])
        connection.sendmsg([b"j"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        words = {"do": "build", "tag": "main-0123456", "commit": "0" * 40, "name": "app", **request}
        ours.send("\n".join(f"{key.replace('_', '-')}={value}" for key, value in words.items()).encode())
        theirs.close()
        connection.close()
        archive.close()
        ours.settimeout(LIMIT)
        return ours, result

    def build(self, sources, **request):
        """A whole job: its packets, its last word, the names and bytes of the result."""
        ours, result = self.ask(sources, **request)
        packets = []
        while (packet := ours.recv(65536)):
            packets.append(packet.decode())
        assert os.waitpid(self.process, 0)[1] == 0
        self.process = None
        result.seek(0)
        members = {}
        if packets[-1] == "ok":
            with tarfile.open(fileobj=result) as tar:
                members = {m.name: tar.extractfile(m).read() if m.isfile() else m.linkname for m in tar}
        return packets[:-1], packets[-1], members

    def left(self):
        return sorted(os.listdir(self.place))

    def wait_until_it_builds(self):
        """Until the command has made a file `ready` among its sources."""
        deadline = time.monotonic() + LIMIT
        while not (self.place / "build/src/ready").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def close(self):
        self.listener.close()
        if self.process:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)


@pytest.fixture
def builder(tmp_path):
    b = Builder(tmp_path).start()
    yield b
    b.close()


def source(*, top="octo-app-0123456/", **files):
    """A source tarball as forges make it; a text that begins with #! is a program."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(top + name.replace("__", "/").replace("_dot_", "."))
            info.size = len(text)
            info.mode = 0o755 if text.startswith("#!") else 0o644
            tar.addfile(info, io.BytesIO(text.encode()))
    return out.getvalue()


def build_sh(text):
    return source(build_dot_sh="#!/bin/sh\nset -e\n" + text)


def test_build_sh_makes_the_release(builder):
    packets, last, members = builder.build(
        build_sh('mkdir out; echo "$MOULT_TAG $MOULT_NAME" > out/app; chmod +x out/app; ln -s app out/run'))
    assert last == "ok"
    assert members == {"app": b"main-0123456 app\n", "run": "app"}
    assert builder.left() == []


def test_without_build_sh_make_is_run(builder):
    _, last, members = builder.build(source(Makefile="app:\n\techo made > $@\n"))
    assert (last, members) == ("ok", {"app": b"made\n"})


def test_a_command_and_a_result_of_ones_own(builder):
    _, last, members = builder.build(source(main_dot_c="int main;"), command="mkdir -p a/b && cp main.c a/b/c",
                                     out="a/b")
    assert (last, members) == ("ok", {"c": b"int main;"})


def test_one_file_is_a_release_of_one_file(builder):
    _, last, members = builder.build(build_sh("mkdir bin; echo x > bin/tool"), out="bin/tool")
    assert (last, members) == ("ok", {"tool": b"x\n"})


def test_a_failed_build_tells_its_last_lines(builder):
    packets, last, _ = builder.build(build_sh("seq 1 40; echo no such library >&2; exit 3"))
    assert last == "err build the build ended with exit code 3 (exec ./build.sh)"
    lines = [p.split("text=")[1].rstrip("\n") for p in packets if p.startswith("kind=line")]
    assert lines == [str(n) for n in range(22, 41)] + ["no such library"]
    assert builder.left() == []


def test_a_build_that_is_killed_says_by_what(builder):
    assert builder.build(build_sh("kill -11 $$"))[1].startswith("err build the build was ended by signal 11")


@pytest.mark.parametrize("sources, request_, text", [
    (source(README="hello"), {}, "neither an executable build.sh nor a Makefile"),
    (build_sh("true"), {}, "left no out, no dist and no app; set BUILD_OUT"),
    (build_sh("true"), {"out": "missing"}, "has left no missing"),
    (build_sh("mkdir out"), {}, "holds no file"),
    (build_sh("mkdir out; mkfifo out/f"), {}, "f in the result is a device, a fifo or a socket"),
    (build_sh("true"), {"out": "../x"}, "leaves the sources"),
    (build_sh("true"), {"out": "/etc"}, "not below the sources"),
    (build_sh("true"), {"tag": "a/b"}, "holds a space, a slash"),
    (build_sh("true"), {"seconds": "0"}, "seconds=0 is not a number"),
    (b"<html>", {}, "the sources:"),
], ids=["nothing to run", "no result", "no such result", "empty", "a fifo", "climbs", "absolute", "tag", "number",
        "no archive"])
def test_refused(builder, sources, request_, text):
    _, last, _ = builder.build(sources, **request_)
    assert last.startswith("err ") and text in last
    assert builder.left() == []


def test_it_may_not_take_for_ever(builder):
    _, last, _ = builder.build(build_sh("sleep 1000"), seconds=1)
    assert last.startswith("err build the build took more than 1 seconds")
    assert builder.left() == []


def test_it_may_not_fill_the_disk(builder):
    script = "while :; do dd if=/dev/zero of=$(mktemp) bs=1M count=1 2>/dev/null; done"
    assert builder.build(build_sh(script), disk=4 << 20)[1].startswith("err build the build wrote more than 4194304")
    assert builder.left() == []


def test_no_file_of_it_grows_beyond_the_disk(builder):
    assert builder.build(build_sh("dd if=/dev/zero of=big bs=1M count=9"), disk=4 << 20)[1].startswith("err build")


def test_it_may_not_take_all_memory(builder):
    script = "python3 -c 'x = bytearray(600 << 20)' && mkdir out && touch out/never"
    assert builder.build(build_sh(script), memory=256 << 20)[1].startswith("err build")


def test_nothing_of_it_lives_on(builder, tmp_path):
    """Not what it put into the background, not what left its session, and what it locked is removed all the same."""
    script = """
mkdir out; echo x > out/app
sleep 1000 & echo $! >> pids
setsid sh -c 'sleep 1000 & echo $! >> pids; wait' & echo $! >> pids
while [ "$(wc -l < pids)" -lt 3 ]; do :; done
cp pids out/pids
mkdir -p locked/in; echo x > locked/in/f; chmod 0 locked"""
    _, last, members = builder.build(build_sh(script))
    assert last == "ok"
    for pid in members["pids"].split():
        assert not os.path.exists(f"/proc/{int(pid)}")
    assert builder.left() == []


def test_it_writes_nowhere_else(builder, tmp_path):
    """Landlock: this kernel has it. What is in /dev may be written to."""
    outside = tmp_path / "outside"
    script = f"mkdir out; echo x > /dev/null; ! touch {outside}; ! mkdir {outside}; echo fine > out/app"
    assert builder.build(build_sh(script))[2] == {"app": b"fine\n"}
    assert not outside.exists()


def test_its_environment_is_its_own(builder):
    _, _, members = builder.build(build_sh("mkdir out; env | sort | cut -d= -f1 > out/env; touch $HOME/h $TMPDIR/t"))
    assert set(members["env"].decode().split()) <= {"HOME", "LANG", "MOULT_COMMIT", "MOULT_NAME", "MOULT_TAG", "OLDPWD",
                                                    "PATH", "PWD", "TMPDIR", "SHLVL", "_"}


def test_killed_in_the_middle_it_leaves_nothing(builder):
    ours, _ = builder.ask(build_sh("echo $$ > pid; mv pid ready; sleep 1000"))
    builder.wait_until_it_builds()
    os.kill(builder.process, signal.SIGKILL)
    os.waitpid(builder.process, 0)
    builder.process = None
    assert builder.left() == ["build"]
    done = builder.finish_program()
    assert (done.returncode, done.stderr) == (0, "")
    assert builder.left() == []


def test_it_stops_when_nobody_waits_for_it_any_more(builder):
    ours, _ = builder.ask(build_sh("echo $$ > pid; mv pid ready; sleep 1000"))
    builder.wait_until_it_builds()
    ours.close()
    os.waitpid(builder.process, 0)
    builder.process = None
    assert builder.left() == []


def test_the_next_build_removes_what_the_last_one_left(tmp_path):
    b = Builder(tmp_path)
    (b.place / "build" / "old").mkdir(parents=True)
    b.place.chmod(0o700)
    b.start()
    assert b.build(build_sh("mkdir out; ls .. > out/seen"))[1:] == ("ok", {"seen": b"src\ntmp\n"})
    b.close()


def test_a_place_of_somebody_else_is_not_used(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    os.chown(place, 12345, 12345)
    b = Builder(tmp_path)
    done = b.finish_program()
    b.close()
    assert done.returncode == 111 and "belongs to another user (uid 12345)" in done.stderr


def test_a_link_is_no_place(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "place").symlink_to("elsewhere")
    b = Builder(tmp_path)
    assert b.finish_program().returncode == 111
    b.close()


def test_a_job_without_its_descriptors_is_refused(builder):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(str(builder.path))
    connection.send(b"j")
    assert os.WEXITSTATUS(os.waitpid(builder.process, 0)[1]) == 111
    builder.process = None


def test_only_the_updater_may_ask(builder):
    """Another user connects; the program ends without having taken his job."""
    client = ("import os, socket, sys; os.setresgid(12345, 12345, 12345); os.setresuid(12345, 12345, 12345);"
              "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.send(b'j'); s.recv(1)")
    os.chmod(builder.path, 0o666)
    for parent in (builder.directory, *builder.directory.parents):
        if os.stat(parent).st_uid == 0 and str(parent).startswith("/tmp/"):
            os.chmod(parent, 0o755)
    subprocess.run(["/usr/bin/python3", "-c", client, str(builder.path)], check=False, capture_output=True)
    assert os.WEXITSTATUS(os.waitpid(builder.process, 0)[1]) == 111
    builder.process = None


def test_help_version_and_wrong_use():
    def run(*arguments):
        return subprocess.run([str(BIN / "moult-build"), *arguments], capture_output=True, text=True)
    assert run("-h").stdout.startswith("usage: moult-build") and run("-h").returncode == 0
    assert run("-V").stdout.startswith("moult-build ")
    assert run("--wrong").returncode == 100
    assert run().returncode == 100 and "the service `builder` runs this program" in run().stderr
