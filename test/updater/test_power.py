"""A power cut at any moment of an update: power.py says which states a disk may be found in. From each of them the container
starts, a whole release runs that has all that the app had on disk, and in the end the newest."""
import pytest

from power import Disk
from story import PARTS, STORIES

TOLD = ("update, with the container", "first start", "rollback, with the container")


def record(story, directory, forges):
    """The story told once, undisturbed; the disk with all that was done to it, and what the app knows."""
    with story.begin(directory, forges) as w:
        if story.installed:
            w.start_app()
            w.init.reboot()
        w.init.quiet = True
        disk = Disk(w.state_dir)
        w.trace("-o", directory / "calls", "-d")
        w.start()
        assert not w.wait_end() and not w.init.wrong
        disk.replay(directory / "calls")
        return disk, w.init.journal, w.init.edits


def start_from(view, story, directory, forges, journal, edits):
    with story.begin(directory, forges, empty=True) as w:
        view.write(w.state_dir)
        w.may_tear = 1
        w.init.journal, w.init.edits = journal, dict(edits)
        w.start()
        w.wait_end()
        if w.says("trying again in"):  # of an archive whose bytes the cut spoilt nothing is believed; it is fetched anew
            w.moult("check")
        problems = story.problems(w)
        return [*problems, *w.log, ""] if problems else []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", TOLD)
def test_the_power_is_cut(name, part, forges, scratch, record_property):
    story = STORIES[name]
    disk, journal, edits = record(story, scratch / "recorded", forges)
    wrong, count = [], 0
    for count, (moment, view) in enumerate(disk.states(), 1):
        if count % PARTS != part:
            continue
        found = start_from(view, story, scratch / str(count), forges, journal, edits)
        wrong += [moment, *found] if found else []
    record_property("states", count)
    assert not wrong, "\n".join(wrong[:200])
