"""Whatever init reads, it lives on: files of service directories, names, the control socket.

Each case ends with the same proof: init answers, a healthy service can be added and comes up, TERM ends all with 0.
What init has to go without is in test_starved.py, what comes over it in test_storm.py.
"""
import os
import random
import shutil
import socket
import struct

import pytest
from world import BIN, UNSHARE

NOT_ROOT = ["--map-user=1234" if word == "--map-root-user" else word for word in UNSHARE]
SETTINGS = ["notification-fd", "timeout-up", "timeout-kill", "timeout-finish", "max-death-tally", "max-check-tally",
            "down-signal"]
FILES = ["run", "finish", "down", "log", "check", "after", "essential", "user", "env", "controllers", "limits", "listen",
         "control", *SETTINGS]


def proves_life(world):
    assert world.ask("status")[-1] == "ok"
    world.later("fresh", "exit 15 0 pause")
    world.wait_until(lambda: world.ask("status fresh")[-1] == "ok")
    world.watch("fresh", lambda s: s["state"] == "run")
    assert world.stop() == 0


# --- files

def bind_socket(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))


def bytes_of(content):
    def write(path):
        path.write_bytes(content)
        path.chmod(0o755)
    return write


MAKE = {
    "fifo": os.mkfifo,
    "directory": os.mkdir,
    "socket": bind_socket,
    "dangling link": lambda path: os.symlink("/no/such/file", path),
    "link loop": lambda path: os.symlink(path.name, path),
    "device": lambda path: os.symlink("/dev/zero", path),
    "empty": bytes_of(b""),
    "10 MB": bytes_of(b"x" * 10_000_000),
    "10 MB of names": bytes_of(b"x y\n" * 2_500_000),
    "junk": bytes_of(random.Random(1).randbytes(700)),
    "NUL bytes": bytes_of(b"\0" * 100),
    "empty lines": bytes_of(b"\n" * 1000),
    "format": bytes_of(b"%s%n%s%n\033[2J\n"),
}


@pytest.mark.parametrize("kind", MAKE)
def test_every_file_may_be(world, kind):
    """A service for each file, which is of this kind: only for want of a run, of its bounds or its sockets is one not up."""
    never_up = {"run", "down", "user"}
    never_up |= {"env"} if kind != "directory" else set()
    never_up |= {"limits", "listen"} if not kind.startswith("empty") else set()
    for file in FILES:
        world.service(file, f"exit 15 0 out {file}-up pause")
        path = world.svdir / file / file
        path.unlink(missing_ok=True)
        MAKE[kind](path)
    world.start()
    for file in FILES:
        if file not in never_up:
            world.expect(f"{file}-up\n")
    for file in never_up - {"down"} | set(SETTINGS):
        world.expect(f"error: {file}: ")
    assert world.status("down")["state"] == "down"
    for file in never_up:
        assert f"{file}-up" not in world.lines()
    proves_life(world)
    assert b"\033" not in world.output and b"\0" not in world.output


@pytest.mark.parametrize("file", [file for file in FILES if file not in ("down", "essential", "control")])
def test_unreadable(world, file):
    """Not as root, whom nothing is unreadable to."""
    world.wrapper = NOT_ROOT
    world.service("app", "out app-up end 0")
    path = world.svdir / "app" / file
    if file in ("log", "env"):
        path.mkdir()
    elif file != "run":
        path.write_text("1\n")
    path.chmod(0)
    world.start()
    if file in ("run", "user", "env", "limits", "listen"):
        world.expect("error: app: ")
        assert "app-up" not in world.lines()
    else:
        world.expect("app-up\n", 2)
    proves_life(world)


def test_unreadable_directories(world):
    """A service directory that is closed is not taken; when SVDIR is, nobody is let go."""
    world.wrapper = NOT_ROOT
    world.service("app", "exit 15 0 out up pause")
    world.service("closed", "out never")
    (world.svdir / "closed").chmod(0)
    world.start()
    world.expect("closed: cannot read the directory")
    world.expect("up")
    world.svdir.chmod(0)
    assert world.ask("rescan")[0].startswith("err system ")
    world.expect("cannot read the service directory")
    assert world.status("app")["state"] == "run"
    world.svdir.chmod(0o755)
    proves_life(world)


ELF = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
RUNS = {
    "no first line": b"echo hello\n",
    "only #!": b"#!",
    "blanks after #!": b"#!   \n",
    "missing interpreter": b"#!/no/such/thing\n",
    "interpreter that is a directory": b"#!/usr\n",
    "interpreter that is a device": b"#!/dev/null\n",
    "its own interpreter": b"#!./run\n",
    "first line of 10 KB": b"#!/bin/sh " + b"a" * 10_000 + b"\n",
    "first line of NUL bytes": b"#!\0\0\0\0\n",
    "cut ELF file": ELF[:20],
    "ELF file without segments": ELF,
    "ELF file with a wrong segment": ELF + struct.pack("<IIQQQQQQ", 1, 7, 1 << 60, 1 << 60, 0, 1 << 60, 1 << 60, 3),
    "ELF file with a missing loader": ELF + struct.pack("<IIQQQQQQ", 3, 4, 120, 120, 120, 8, 8, 1) + b"/no/ldr\0",
}


@pytest.mark.parametrize("kind", RUNS)
def test_a_run_that_no_kernel_executes(world, kind):
    """It is tried again, and comes up when somebody has mended it."""
    world.write("app/run", "", 0o755)
    (world.svdir / "app/run").write_bytes(RUNS[kind])
    world.start()
    world.expect("app: starts again in ")
    world.script("app/new", "exec $SERV exit 15 0 out up pause")
    os.rename(world.svdir / "app/new", world.svdir / "app/run")
    assert world.ask("up app") == ["ok"]
    world.expect("up\n")
    proves_life(world)


def test_a_run_that_is_being_written(world):
    world.service("app", "exit 15 0 out up pause")
    with open(world.svdir / "app/run", "r+b"):
        world.start()
        world.expect("app: cannot start ./run: Text file busy")
    world.expect("up\n")
    proves_life(world)


def test_init_as_a_service_of_itself(world):
    world.service("inner", "")
    world.script("inner/run", f"SVDIR=$SVDIR/inner/services RUN_DIR=$RUN_DIR/inner exec {BIN}/init")
    world.service("inner/services/app", "exit 15 0 out app-up pause")
    world.start()
    world.expect("not PID 1")
    world.expect("app-up")
    proves_life(world)


def test_finish_check_and_logger_that_cannot_be_executed(world):
    for kind in ("fifo", "directory", "junk"):
        world.service(kind, "end 0")
        (world.svdir / kind / "log").mkdir()
        for file in ("finish", "check", "log/run"):
            MAKE[kind](world.svdir / kind / file)
    world.start()
    for name in ("fifo", "directory", "junk"):
        world.expect(f"error: {name}/log: cannot start ./run")
        world.expect(f"error: {name}: cannot start ./finish")
        world.expect(f"error: {name}: cannot start ./check")
    proves_life(world)


def test_logger_that_never_reads(world):
    """Its pipe is full: whoever writes waits, and nobody else does."""
    world.script("app/run", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done")
    world.service("app/log", "out logger-up pause")
    world.start(SVWAIT="1")
    world.expect("logger-up")
    proves_life(world)


@pytest.mark.parametrize("kind", MAKE)
def test_passwd_and_group_may_be(world, kind):
    """Whose user is looked up there does not start."""
    for table in ("passwd", "group"):
        MAKE[kind](world.directory / table)
    world.wrapper = [*UNSHARE, "--mount", "sh", "-c",
                     'mount -t tmpfs none /etc && cp -a "$DIR/passwd" "$DIR/group" /etc && exec "$0" "$@"']
    world.service("name", "out never", user="app")
    world.start(DIR=str(world.directory))
    world.expect("error: name: ")
    proves_life(world)
    assert "never" not in world.lines()


# --- env

@pytest.mark.parametrize("files, value, error", [
    (10_000, "x", "env/"), (1, "x" * 10_000_000, "env/V0"), (4, "x" * 4096, "env/"), (5000, "", None), (1, "\0\0\n", None),
], ids=["10000 files", "10 MB", "more than 16 KiB in all", "5000 that remove", "NUL bytes"])
def test_env_of(world, files, value, error):
    """More than there is room for is an error, one line of it; as much as fits is passed on."""
    world.write("app/env/V0", value)
    for n in range(1, files):
        os.link(world.svdir / "app/env/V0", world.svdir / f"app/env/V{n}")
    world.service("app", "out app-up exit 15 0 pause")
    world.start()
    if error is None:
        world.expect("app-up")
    else:
        world.expect(f"error: app: cannot take the variable {error}")
        world.expect("app: starts again in ")
        assert world.output.count(b"cannot take the variable") == 2  # one for each start
    proves_life(world)


@pytest.mark.parametrize("name", ["A=B", "=", "\n", "A\nB", "\033[2J", "%s%n", "-", "A B", "x" * 255, "\udcff"])
def test_env_with_the_name(world, name):
    world.service("app", "exit 15 0 pause")
    (world.svdir / "app/env").mkdir()
    (world.svdir / "app/env" / name).write_text("value")
    world.start()
    if "=" in name:
        world.expect("error: app: cannot take the variable env/")
    else:
        world.watch("app", lambda s: s["state"] == "run")
    proves_life(world)
    assert b"\033" not in world.output


# --- names

@pytest.mark.parametrize("name", ["a b", " ", "\n", "a\nb", "\033[2J", "%s%n%n", "caf\u00e9", "\udcff\udcfe", "x" * 65,
                                  "x" * 255, "a=b", "a'b", "$(exit)", "*", "\\", "~"])
def test_a_directory_that_is_no_name(world, name):
    world.service("good", "exit 15 0 pause")
    shutil.copytree(world.svdir / "good", world.svdir / name)
    world.start()
    world.expect("not taken: a name has 1 to 64 of")
    assert len(world.ask("status")) == 2
    assert b"\033" not in world.output
    proves_life(world)


@pytest.mark.parametrize("name", ["-", "--help", "+", ":", "@", "1", "a..b", "_", "x" * 64, "log", "app"])
def test_a_directory_that_is_a_name(world, name):
    world.service(name, "exit 15 0 out it-is-up pause")
    world.start()
    world.expect("it-is-up")
    assert world.status(name)["state"] == "run"
    proves_life(world)


@pytest.mark.parametrize("kind", MAKE)
def test_in_svdir_there_is_a(world, kind):
    """What is no directory is no service; an empty one is, without a run."""
    MAKE[kind](world.svdir / "thing")
    world.start()
    if kind == "directory":
        world.expect("thing: cannot start ./run")
    assert len(world.ask("status")) == (2 if kind == "directory" else 1)
    proves_life(world)


def test_a_service_that_is_a_link_to_svdir_or_to_root(world):
    os.symlink(world.svdir, world.svdir / "self")
    os.symlink("/", world.svdir / "root")
    world.start()
    for name in ("self", "root"):
        world.expect(f"{name}: cannot start ./run")
    proves_life(world)


def test_notification_without_an_end(world):
    """Megabytes without a newline are not ready, and then a newline is."""
    world.script("app/run", "head -c 3000000 /dev/zero >&3; echo written\n"
                            "read line < $GATE; echo >&3; exec $SERV exit 15 0 pause")
    world.write("app/notification-fd", "3")
    os.mkfifo(world.directory / "gate")
    world.start(GATE=str(world.directory / "gate"))
    world.expect("written")
    assert world.status("app")["ready"] == "0"
    (world.directory / "gate").write_text("go\n")
    world.watch("app", lambda s: s["ready"] == "1")
    proves_life(world)


# --- directories that change under it

def test_replaced_renamed_and_removed_while_it_starts(world):
    """Two hundred times something else is there, while it starts, dies and finishes."""
    world.start()
    for n in range(200):
        world.service(".next", "end 0", finish="#!/bin/sh\n", timeout_up="1")
        (world.svdir / ".next/finish").chmod(0o755)
        if n % 3 == 0:
            shutil.rmtree(world.svdir / "app", ignore_errors=True)
        elif (world.svdir / "app").exists():
            os.rename(world.svdir / "app", world.directory / f"old{n}")
        os.rename(world.svdir / ".next", world.svdir / "app")
        if n % 7 == 0:
            (world.svdir / "app/run").unlink()
        if n % 10 == 0:
            assert world.ask("status")[-1] == "ok"
    shutil.rmtree(world.svdir / "app")
    world.wait_until(lambda: world.ask("status") == ["ok"])
    world.later("app", "exit 15 0 out app-is-up pause")
    world.expect("app-is-up")
    proves_life(world)


def test_svdir_is_removed_and_comes_back(world):
    """Its parent is watched. Who runs goes on running: what cannot be read is not empty."""
    world.service("app", "exit 15 0 out up pause")
    world.start()
    world.expect("up")
    os.rename(world.svdir, world.directory / "aside")
    assert world.ask("rescan")[0].startswith("err system ")
    assert world.status("app")["state"] == "run"
    os.mkdir(world.svdir)
    world.expect("app: its directory has gone")
    proves_life(world)


@pytest.mark.parametrize("kind", ["fifo", "socket", "dangling link", "link loop", "device", "junk"])
def test_svdir_becomes_a(world, kind):
    world.service("app", "exit 15 0 out up pause")
    world.start()
    world.expect("up")
    os.rename(world.svdir, world.directory / "aside")
    MAKE[kind](world.svdir)
    assert world.ask("rescan")[0].startswith("err system ")
    assert world.status("app")["state"] == "run"
    world.svdir.unlink()
    os.rename(world.directory / "aside", world.svdir)
    proves_life(world)


# --- the control socket

def test_a_hundred_thousand_packets(world):
    world.service("app", "exit 15 0 out up pause")
    world.start()
    wire = world.wire()
    for n in range(100_000):
        wire.socket.send(b"check nobody")
        assert wire.socket.recv(100).startswith(b"err unknown ")
    proves_life(world)


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes(world, seed):
    """Of any length, also nothing at all; half of them begin like something that makes sense."""
    dice = random.Random(seed)
    world.service("app", "exit 15 0 pause")
    world.start()
    wire = world.wire()
    for _ in range(2000):
        request = dice.randbytes(dice.choice([0, 1, 2, 3, 10, 100, 4095, 4096, 4097, 60_000]))
        if dice.random() < 0.5:
            request = dice.choice([b"status ", b"up app", b"check \0", b"watch \n", b"kill  "]) + request
        wire.send(request)
        try:
            answer = wire.socket.recv(65536)
        except ConnectionResetError:
            answer = b""
        if answer == b"":
            wire.close()
            wire = world.wire()
    proves_life(world)


def test_clients_that_never_read(world):
    """They ask until their socket is full or they are dropped; the others do not notice."""
    for n in range(100):
        world.service(f"s{n}", "", down="")
    world.start()
    deaf = [world.wire() for _ in range(9)]
    for wire, request in zip(deaf, [b"status", b"watch", b"frob"] * 3):
        wire.socket.setblocking(False)
        with pytest.raises(OSError):
            while True:
                wire.send(request)
        assert len(world.ask("status")) == 101
    proves_life(world)


def test_clients_that_come_and_go(world):
    world.start()
    for n in range(3000):
        wire = world.wire()
        if n % 3 == 0:
            wire.send("status")
        if n % 3 == 1:
            wire.socket.shutdown(socket.SHUT_RD if n % 2 else socket.SHUT_WR)
        if n % 3 == 2:
            wire.send("watch")
        wire.close()
    fds = len(os.listdir(f"/proc/{world.pid}/fd"))
    world.wait_until(lambda: len(os.listdir(f"/proc/{world.pid}/fd")) <= fds)
    proves_life(world)
