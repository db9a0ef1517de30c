"""Killed anywhere: for each system call that changes something, on disk or of another process, an update is run once and
killed just before that call. What is started then finds its way: see Story.problems(). How many calls there are is told at
the end of the run."""
import pytest

from story import PARTS, STORIES, sweep


def run_killed(story, directory, forges, *words):
    """None when there was nothing to kill any more, else what is wrong afterwards: nothing, we hope."""
    with story.begin(directory, forges) as w:
        w.trace("-o", directory / "calls", *words)
        w.start()
        died = w.wait_end()
        where = w.harmed_at()
        if where is None:
            return None
        log = list(w.log)
        if died:
            story.go_on(w)
        else:
            w.moult("check")
        problems = story.problems(w) + story.left_out(w)
        return ["killed before " + where, *problems, *log, "-- again --", *w.log, ""] if problems else []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", STORIES)
def test_everything_is_killed_at_each_call(name, part, forges, scratch, record_property):
    sweep(part, scratch, record_property,
          lambda directory, n: run_killed(STORIES[name], directory, forges, "-n", n, "-a", "kill"))


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("program", ["moult-fetch", "moult-unpack"])
def test_a_job_is_killed_at_each_call(program, part, forges, scratch, record_property):
    sweep(part, scratch, record_property,
          lambda directory, n: run_killed(STORIES["update"], directory, forges, "-p", program, "-n", n, "-a", "kill-one"))
