"""A disk that is full, broken, or over its quota: each call that a file system could refuse is refused once. What runs is
whole all the while, the log says in words what is wrong, and when there is room again the update is made."""
import signal

import pytest

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
