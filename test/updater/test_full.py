"""A disk that is full, broken, or over its quota: each call that a file system could refuse is refused once. What runs is
whole all the while, the log says in words what is wrong, and when there is room again the update is made."""
import contextlib
import os
import signal
import subprocess

import pytest

from real_world import LARGE, RealWorld, open_forge, publish
from story import PARTS, STORIES, sweep

WORDS = {"ENOSPC": "no space left", "EIO": "error", "EDQUOT": "quota exceeded"}  # glibc's and musl's


def run_refused(directory, forges, action, n):
    story = STORIES["update"]
    with story.begin(directory, forges) as w:
        w.trace("-o", directory / "calls", "-f", "-n", n, "-a", action)
        w.start()
        w.wait_end()
        where = w.harmed_at()
        if where is None:
            return None
        log = list(w.log)
        w.wait(lambda: w.running)
        problems = []
        # A directory that is there anyway is not missed.
        if "mkdirat" not in where and not any(WORDS[action.strip("+")] in line.lower() for line in log):
            problems.append("nobody is told")
        w.process.send_signal(signal.SIGUSR1)
        if w.says("the app runs without updates"):
            w.kill()
            w.start_again()
            w.wait_end()
        else:
            w.moult("check")
        problems += story.problems(w)
        return [f"{action} of {where}", *problems, *log, "-- with room --", *w.log[len(log):], ""] if problems else []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("action", ["ENOSPC+", "ENOSPC", "EIO", "EDQUOT"])
def test_each_call_is_refused(action, part, forges, scratch, record_property):
    """ENOSPC+: and all that follow, until there is room."""
    sweep(part, scratch, record_property, lambda directory, n: run_refused(directory, forges, action, n))


@pytest.fixture(scope="module")
def roomy_forge():
    """v1.2.0 is small on the way and large on the disk."""
    with open_forge() as forge:
        publish(forge, LARGE)
        yield forge


def small_disk(world, mib, stack):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=755", "none", world.state_dir], check=True)
    stack.callback(subprocess.run, ["umount", world.state_dir], check=True)
    (world.state_dir / "releases").mkdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a disk")
@pytest.mark.parametrize("mib", [1, 8, 16, 17, 18, 19, 20, 21, 24])
def test_a_disk_of_this_size(mib, roomy_forge, scratch):
    """Too small for the look before, for what is unpacked, or just large enough: what runs is whole, the log says why
    nothing else does, and when the disk grows the update is made."""
    with contextlib.ExitStack() as stack:
        w = RealWorld(scratch / "w", roomy_forge, UPDATE_PROBATION="0")
        small_disk(w, mib, stack)
        stack.enter_context(w)
        w.install("v1.0.0")
        w.start_app()
        w.start()
        w.wait_end()
        w.wait(lambda: w.running)
        assert w.running == w.current and not w.init.wrong
        assert (w.current == LARGE) == (mib == 24)
        assert w.current == LARGE or w.says("room") or w.says("No space left on device")
        subprocess.run(["mount", "-o", "remount,size=200m", w.state_dir], check=True)
        w.moult("check")
        assert not w.check(LARGE)
