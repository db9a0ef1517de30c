"""What is the updater's own is nobody else's: the app's user gets at nothing of it, a link that somebody planted leads nowhere,
one who swaps names while it works gains nothing, a clock that is wrong holds nothing up, and who only reads finds whole
releases."""
import os
import subprocess
import threading
import time

import pytest

from fake_world import ROOT
from real_world import files_of
from story import STORIES

MOULT, APP = 64990, 64991  # users that nobody has

TRY = """
import os, signal, sys
state, pid = sys.argv[1], int(sys.argv[2])
def attempt(what, go):
    try:
        go()
        print(what)
    except OSError:
        pass
def write(path, flags=os.O_WRONLY):
    return lambda: os.close(os.open(f"{state}/{path}", flags, 0o600))
for path in ("state", "history", "current/run", "current/config", "releases/v1.1.0.files"):
    attempt(f"writes {path}", write(path))
for path in ("new", "releases/new", "current/new", "staging/new", "download/new"):
    attempt(f"makes {path}", write(path, os.O_WRONLY | os.O_CREAT))
for path in ("staging", "download"):
    attempt(f"reads {path}", lambda: os.listdir(f"{state}/{path}"))
attempt("reads state", write("state", os.O_RDONLY))
attempt("turns current", lambda: os.replace(f"{state}/previous", f"{state}/current"))
attempt("removes a release", lambda: os.rename(f"{state}/releases/v1.0.0", f"{state}/releases/gone"))
for number in (0, signal.SIGTERM, signal.SIGKILL):
    attempt(f"signals with {number}", lambda: os.kill(pid, number))
attempt("looks into it", lambda: os.close(os.open(f"/proc/{pid}/mem", os.O_RDONLY)))
attempt("sees its variables", lambda: os.close(os.open(f"/proc/{pid}/environ", os.O_RDONLY)))
print("done")
"""


def as_root_of_a_mount_namespace(world):
    """There, and only there, the machine has a user moult."""
    passwd = world.path / "passwd"
    passwd.write_text(f"root:x:0:0:::\nmoult:x:{MOULT}:{MOULT}:::\n")
    group = world.path / "group"
    group.write_text(f"root:x:0:\nmoult:x:{MOULT}:\n")
    world.wrapper = ["unshare", "--mount", "sh", "-c",
                     f'mount --bind {passwd} /etc/passwd && mount --bind {group} /etc/group && exec "$@"', "sh"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become two users")
def test_the_apps_user_gets_at_nothing(forges, scratch):
    scratch.chmod(0o755)
    with STORIES["update"].begin(scratch / "w", forges) as w:
        as_root_of_a_mount_namespace(w)
        w.start()
        w.wait(lambda: w.says("v1.1.0 is in place"))
        status = dict(line.split(":", 1) for line in open(f"/proc/{w.process.pid}/status"))
        assert status["Uid"].split() == [str(MOULT)] * 4
        for room in ("staging", "download"):
            st = (w.state_dir / room).stat()
            assert (st.st_mode & 0o777, st.st_uid) == (0o700, MOULT)
        assert (w.state_dir / "state").stat().st_mode & 0o777 == 0o600
        done = subprocess.run(["setpriv", f"--reuid={APP}", f"--regid={APP}", "--clear-groups", "/usr/bin/python3", "-c", TRY,
                               w.state_dir, str(w.process.pid)], capture_output=True, text=True, check=True)
        assert done.stdout == "done\n"
        code = subprocess.run(["setpriv", f"--reuid={APP}", f"--regid={APP}", "--clear-groups",
                               os.environ.get("MOULT_BIN", "build/asan") + "/moult", "rollback"],
                              env={"RUN_DIR": str(w.run_dir)}, cwd=ROOT, capture_output=True, text=True, check=False)
        assert code.returncode == 1 and "denied" in code.stderr and w.current == "v1.1.0"


PLANTED = ["staging", "download", "download/archive", "download/sums", "state.new", "current.new", "previous.new", "history",
           "releases/v1.1.0", "releases/v1.1.0.files", "releases/v1.1.0.carried", "releases/v1.0.0.carried", "kept"]


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("kind", ["file", "directory", "nothing"])
def test_a_planted_link_leads_nowhere(name, kind, forges, scratch):
    """It is removed or refused in words; what it points to stays as it is, and so does what runs."""
    victim = scratch / "victim"
    if kind == "directory":
        (victim / "inner").mkdir(parents=True)
    elif kind == "file":
        victim.write_text("precious")
    with STORIES["update"].begin(scratch / "w", forges) as w:
        place = w.state_dir / name
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(victim)
        w.start()
        w.wait_end()
        w.wait(lambda: w.running)
        assert not w.init.wrong
        assert w.current == "v1.1.0" or w.says("error: ")
        assert w.current == w.running
    assert {"directory": lambda: os.listdir(victim) == ["inner"] and not os.listdir(victim / "inner"),
            "file": lambda: victim.read_text() == "precious", "nothing": lambda: not os.path.lexists(victim)}[kind]()


def swap_names(world, victim, stop):
    """A process of the updater's own user gone mad: whatever name it sees appear, it puts its own in the place."""
    evil = world.path / "evil"
    while not stop.is_set():
        for room in (world.state_dir / "download", *(world.state_dir / "staging").glob("*")):
            for name in ("archive", "sums", "tree", "files"):
                if not (room / name).exists() or (room / name).is_symlink():
                    continue
                try:
                    if name == "tree":
                        (room / "tree").rename(room / "tree.taken")
                        (room / "tree").symlink_to(victim)
                    else:
                        evil.write_text("evil")
                        evil.rename(room / name)
                except OSError:
                    pass  # it was faster
        time.sleep(0)


@pytest.mark.parametrize("attempt", range(8))
def test_a_racing_swapper_gains_nothing(attempt, forges, scratch):
    """The archive that was verified is the one that is unpacked, and nothing is written outside. What it cannot bring about
    it does not bring about; once the swapper is gone the update is made."""
    victim = scratch / "victim"
    victim.mkdir()
    with STORIES["update"].begin(scratch / "w", forges) as w:
        for room in ("staging", "download"):
            (w.state_dir / room).mkdir(mode=0o700)
        stop = threading.Event()
        swapper = threading.Thread(target=swap_names, args=(w, victim, stop))
        swapper.start()
        try:
            w.start()
            w.wait_end()
            w.wait(lambda: w.running)
        finally:
            stop.set()
            swapper.join()
        assert not os.listdir(victim)
        assert not w.init.wrong and w.running in ("v1.0.0", "v1.1.0")
        w.kill()
        w.start_again()
        w.wait_end()
        if w.current != "v1.1.0":
            w.moult("check")
        w.wait(lambda: w.running == "v1.1.0")
        assert not w.init.wrong


def test_the_clock_is_years_off(forges, scratch):
    """A state that was written by a clock that was five years ahead, or behind, holds nothing up."""
    years = 5 * 365 * 86400
    for away in (years, -years):
        with STORIES["update"].begin(scratch / str(away), forges) as w:
            then = int(time.time()) + away
            w.write_state(phase="idle", seen="v1.1.0", listed=then, **{"not-before": then})
            files = w.state_dir / "releases" / "v1.0.0.files"
            files.write_text(files.read_text().replace(" 1700000000\n", f" {then}\n"))
            os.utime(files, (then, then))
            w.start()
            w.wait_end()
            assert not STORIES["update"].problems(w)


def test_one_app_reads_while_ten_updates_pass(forges, scratch):
    """Who opens `current` finds a whole release, at any moment: never none, never two mixed. And what an app has mapped
    stays what it was."""
    with STORIES["update"].begin(scratch / "w", forges) as w:
        seen, torn, stop = set(), [], threading.Event()

        def read():
            while not stop.is_set():
                try:
                    top = os.open(w.state_dir / "current", os.O_RDONLY | os.O_DIRECTORY)
                    with os.fdopen(os.open("run", os.O_RDONLY, dir_fd=top)) as file:
                        tag = file.read().split()[1]
                    with open(os.open("share/doc/help", os.O_RDONLY, dir_fd=top)) as file:
                        if file.read() != files_of(tag)["share/doc/help"][0].decode():
                            torn.append("mixed")
                    os.close(top)
                    seen.add(tag)
                except OSError as error:
                    torn.append(str(error))

        mine = os.open(w.state_dir / "current" / "bin" / "tool", os.O_RDONLY)
        reader = threading.Thread(target=read)
        reader.start()
        try:
            w.start()
            w.wait_end()
            for _ in range(5):
                assert w.moult("rollback", "v1.0.0")[0] == 0
                assert w.moult("update", "v1.1.0")[0] == 0
        finally:
            stop.set()
            reader.join()
        assert not torn and seen == {"v1.0.0", "v1.1.0"} and not w.init.wrong
        assert os.read(mine, 100) == files_of("v1.0.0")["bin/tool"][0]
        os.close(mine)
