"""Whatever init has to go without, it lives on: processes, descriptors, disk, directories, a clock that can be trusted.

Each case ends with the proof of test_hostile.py; what was refused meanwhile is said, and made up for afterwards.
"""
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from test_hostile import proves_life
from world import BIN, ROOT, UNSHARE, values

UID = 12345 if os.getuid() == 0 else os.getuid()
AS_NOBODY = [*(["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"] if os.getuid() == 0 else []), *UNSHARE]


def limit(world, what, soft, hard=""):
    """From outside, as one who is allowed to: a user his own processes."""
    me = AS_NOBODY[:-len(UNSHARE)] if world.wrapper[:len(AS_NOBODY)] == AS_NOBODY else []
    subprocess.run([*me, "prlimit", f"--pid={world.pid}", f"--{what}={soft}:{hard}"], check=True)


def mounted(*commands):
    """init in a mount namespace in which these were done; PID 1 is still init itself."""
    return [*UNSHARE, "--mount", "sh", "-c", " && ".join(commands) + ' && exec "$0" "$@"']


def see_from_outside(world, place="/dev/shm/moult.*"):
    """The control socket, where only init's own mount namespace has it."""
    def is_there():
        try:
            found = list(Path(f"/proc/{world.pid}/root").glob(f"{place}/init.sock".lstrip("/")))
        except (OSError, IndexError):  # nobody has forked yet
            return False
        if found:
            world.run_dir = found[0].parent
        return bool(found)

    world.wait_until(is_there)
    world.wait_until(world.listens)


# --- no processes

def runs_as_nobody(world, **files):
    """A limit on processes counts those of one user, and root is above it. We are a stranger there, who is named."""
    os.chown(world.directory, UID, UID)
    world.wrapper = AS_NOBODY
    world.service("app", "exit 15 0 out up pause", controllers="65534", **files)


@pytest.mark.parametrize("essential", [False, True])
def test_no_process_for_a_restart(world, essential):
    """Not even an essential service is given up for it."""
    runs_as_nobody(world, **({"essential": ""} if essential else {}))
    world.start()
    world.expect("up\n")
    limit(world, "nproc", 1)
    assert world.ask("kill app") == ["ok"]
    world.expect("app: cannot start ./run: Resource temporarily unavailable")
    assert world.status("app")["state"] in ("wait", "backoff")
    limit(world, "nproc", 4096)
    world.expect("up\n", 2)
    proves_life(world)


def test_no_process_from_the_first_on(world):
    runs_as_nobody(world)
    world.script("app/log/run", "exec $SERV copy /dev/null")
    world.wrapper = [*world.wrapper, "prlimit", "--nproc=1:4096"]
    world.start()
    for name in ("app", "app/log"):
        world.expect(f"{name}: cannot start ./run: Resource temporarily unavailable")
    limit(world, "nproc", 4096)
    for name in ("app", "app/log"):
        world.watch(name, lambda s: s["state"] == "run")
    proves_life(world)


def test_no_process_for_check_and_finish(world):
    runs_as_nobody(world)
    world.script("app/check", '[ -e "$DIR/well" ]')
    world.script("app/finish", "$SERV out finished")
    world.start(DIR=str(world.directory))
    world.expect("up\n")
    limit(world, "nproc", 1)
    world.expect("app: cannot start ./check: Resource temporarily unavailable")
    assert world.ask("down app") == ["ok"]
    world.expect("app: cannot start ./finish: Resource temporarily unavailable")
    world.watch("app", lambda s: s["state"] == "down")
    limit(world, "nproc", 4096)
    (world.directory / "well").write_text("")
    assert world.ask("up app") == ["ok"]
    world.watch("app", lambda s: s["ready"] == "1")
    assert world.ask("down app") == ["ok"]
    world.expect("finished\n")
    proves_life(world)


def test_command_without_a_process(world):
    runs_as_nobody(world)
    world.wrapper = [*world.wrapper, "prlimit", "--nproc=1:4096"]
    assert world.start(world.environ["SERV"], "out", "never", expect_socket=False).finish() == 111
    assert "app: cannot start" in world.output.decode()


# --- no descriptors

@pytest.mark.parametrize("left", range(5))
def test_no_descriptors_for_anything(world, left):
    """So many more than are open now: a restart, a check, a logger's pipe and a scan all fail, and are made up for."""
    world.service("app", "exit 15 0 out up pause")
    world.start()
    world.expect("up\n")
    wire = world.wire()
    assert wire.ask("status")[-1] == "ok"
    highest = max(int(fd) for fd in os.listdir(f"/proc/{world.pid}/fd"))
    limit(world, "nofile", highest + 1 + left)
    world.script(".new/log/run", "exec $SERV copy /dev/null")
    world.script(".new/check", "exit 0")
    world.later("new", "exit 15 0 out new-up pause")
    wire.ask("rescan")
    for _ in range(3):
        assert wire.ask("kill app") == ["ok"]
        assert wire.ask("status")[-1] == "ok"
    limit(world, "nofile", 1024)
    assert wire.ask("rescan") == ["ok"]
    for name in ("app", "new"):
        wire.ask(f"up {name}")
        world.watch(name, lambda s: s["state"] == "run")
    world.watch("new/log", lambda s: s["state"] == "run")
    proves_life(world)


def test_its_own_three_descriptors_are_closed(world):
    world.wrapper = [*UNSHARE, "sh", "-c", 'exec "$0" "$@" 0<&- 1>&- 2>&-']
    world.service("app", "out nowhere exit 15 0 pause")
    world.start()
    world.watch("app", lambda s: s["state"] == "run")
    proves_life(world)


# --- no disk

def test_disk_is_full(world):
    """Where its socket would be and where its log goes: it is heard as soon as there is room."""
    full = world.directory / "full"
    full.mkdir()
    log = full / "log"
    world.wrapper = mounted(f"mount -t tmpfs -o size=16k none {full}", f"mkdir {full}/run",
                            f"exec 3>&1 >{log} 2>&1", f"! cat /dev/zero 2>/dev/null >{full}/ballast")
    world.service("app", "exit 15 0 end 1")
    world.start(RUN_DIR=f"{full}/run", expect_socket=False)
    see_from_outside(world, f"{full}/run")
    world.watch("app", lambda s: s["deaths"] == "2")
    inside = Path(f"/proc/{world.pid}/root{full}")
    assert (inside / "log").read_bytes() == b""
    (inside / "ballast").unlink()
    world.watch("app", lambda s: int(s["deaths"]) > 2)
    world.wait_until(lambda: b"lines lost" in (inside / "log").read_bytes())
    proves_life(world)


def test_no_inode_for_the_socket(world):
    """Then it is in the next place, as where RUN_DIR cannot be written at all."""
    full = world.directory / "full"
    full.mkdir()
    world.wrapper = mounted("mount -t tmpfs none /dev/shm", f"mount -t tmpfs -o nr_inodes=1 none {full}")
    world.service("app", "exit 15 0 out up pause")
    world.start(RUN_DIR=f"{full}/run", expect_socket=False)
    world.expect("cannot be used: the control socket is /dev/shm/moult.")
    world.expect("up\n")
    see_from_outside(world)
    proves_life(world)


def test_log_may_not_grow(world):
    """As RLIMIT_FSIZE has it. The XFSZ that its own writing brings is for nobody else."""
    log = world.directory / "log"
    world.wrapper = [*UNSHARE, "prlimit", "--fsize=0", "sh", "-c", f'exec "$0" "$@" 2>{log}']
    world.service("app", "hear")
    world.service("other", "end 1", down="")
    world.start()
    world.expect("hears")
    assert world.ask("up other") == ["ok"]
    world.watch("other", lambda s: s["deaths"] == "2")
    assert world.ask("1 app") == ["ok"]  # comes behind them
    world.expect("got 10")
    assert b"got 25" not in world.output
    proves_life(world)


# --- no directories

READ_ONLY = "mount -o remount,bind,ro /"


@pytest.mark.parametrize("missing", ["/proc", "/dev", "/run", "/etc"])
def test_without(world, missing):
    """ASan wants /proc at the end, so the code of a build with it is its own."""
    world.wrapper = mounted(f"mount -t tmpfs -o ro none {missing}")
    world.service("app", "exit 15 0 out up pause", essential="")
    world.start()
    world.expect("up\n")
    assert world.ask("status")[-1] == "ok"
    world.later("fresh", "exit 15 0 out fresh-up pause")
    world.expect("fresh-up\n")
    assert world.stop() == 0 or b"LeakSanitizer has encountered a fatal error" in world.output


@pytest.mark.parametrize("shm", [True, False])
def test_read_only_root(world, shm):
    """With a /dev/shm that can be written, and without any place at all: then the socket has an abstract name."""
    world.wrapper = mounted(f"mount -t tmpfs -o {'rw' if shm else 'ro'} none /dev/shm", READ_ONLY)
    if not shm:
        world.wrapper.insert(1, "--net")  # which abstract names belong to
    world.service("app", "exit 15 0 out up pause")
    world.script("app/check", f'set -x; exec {BIN}/sv status app >&2')
    world.start(expect_socket=False)
    world.expect("the control socket is /dev/shm/moult." if shm else "the control socket is @moult.")
    world.expect("up\n")
    world.expect("run: app: (pid ")
    if shm:
        see_from_outside(world)
        proves_life(world)
    else:
        world.later("fresh", "exit 15 0 out fresh-up pause")
        world.expect("fresh-up\n")
        assert world.stop() == 0


BAD_RUN_DIRS = {
    "a file": lambda path: path.write_text(""),
    "a fifo": os.mkfifo,
    "a dangling link": lambda path: os.symlink("/no/such", path),
    "a link loop": lambda path: os.symlink(path.name, path),
    "one that has a directory init.sock": lambda path: (path / "init.sock").mkdir(parents=True),
    "one that has a file init.sock": lambda path: (path.mkdir(), (path / "init.sock").write_text("")),
    "one with a path that is too long for a socket": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("kind", BAD_RUN_DIRS)
def test_run_dir_is(world, kind):
    world.wrapper = mounted("mount -t tmpfs none /dev/shm")
    path = world.run_dir
    BAD_RUN_DIRS[kind](path)
    if "too long" in kind:
        path = path / ("d" * 100)
    world.service("app", "exit 15 0 out up pause")
    world.start(RUN_DIR=str(path), expect_socket=False)
    world.expect(f"RUN_DIR {path} cannot be used: the control socket is /dev/shm/moult.")
    world.expect("up\n")
    see_from_outside(world)
    proves_life(world)


@pytest.mark.parametrize("kind", ["a socket that nobody listens to", "missing with its parents"])
def test_run_dir_that_is_taken_over(world, kind):
    """What a predecessor left behind does not keep it from its place."""
    if kind.startswith("missing"):
        world.run_dir = world.run_dir / "a/b/c"
        world.environ["RUN_DIR"] = str(world.run_dir)
    else:
        world.run_dir.mkdir()
        os.mknod(world.run_dir / "init.sock", stat.S_IFSOCK | 0o600)
    world.service("app", "exit 15 0 out up pause")
    world.start()
    world.expect("up\n")
    proves_life(world)


def test_run_dir_is_removed(world):
    """It serves those who are connected, and TERM still ends it."""
    world.service("app", "exit 15 7 out up pause", essential="")
    world.start()
    world.expect("up\n")
    wire = world.wire()
    shutil.rmtree(world.run_dir)
    assert values(wire.ask("status app")[0])["state"] == "run"
    assert world.stop() == 7


# --- a clock that jumps

def test_wall_clock_that_jumps(world):
    """By years, forwards and backwards, at each look: back-off and time limits do not notice, the log shows it."""
    program = (BIN / "init").read_bytes()
    world.service("app", "end 1")
    world.service("deaf", "ignore 15 out up pause", timeout_kill="50")
    world.start(LD_PRELOAD=str(ROOT / "build/dev/jumping_clock.so"), LOG_FORMAT="json",
                ASAN_OPTIONS="detect_leaks=0:verify_asan_link_order=0")
    world.expect("starts again in 1 s")
    world.expect("starts again in 2 s")
    world.expect('"up"')
    world.ask("down deaf")
    world.watch("deaf", lambda s: s["state"] == "down")
    years = {line[9:13] for line in world.lines() if line.startswith('{"time":"')}
    # A static program takes no such library, nor does one that has a sanitizer in itself.
    assert len(years) > 1 or b"libasan.so" not in program  # that it exited and that it starts again: one look after the other
    proves_life(world)


def test_clock_that_began_a_century_ago(world):
    """As the monotonic clock of a time namespace may have it: nothing that is counted with it overflows."""
    world.wrapper = [UNSHARE[0], "--time", "--monotonic=3200000000", *UNSHARE[1:]]
    world.service("app", "end 1")
    world.service("deaf", "ignore 15 out up pause", timeout_kill="50")
    world.start()
    world.expect("starts again in 1 s")
    world.expect("starts again in 2 s")
    world.expect("up\n")
    assert world.status("deaf")["for"] in ("0", "1", "2", "3")
    world.ask("down deaf")
    world.watch("deaf", lambda s: s["state"] == "down")
    proves_life(world)
