"""One update from its start to its end, to be told again and again with a mishap at another place each time."""
import shutil

from real_world import RealWorld

PARTS = 4  # of a sweep, side by side


class Story:
    """forge       `good`: v1.1.0 comes and is good; `bad`: it crashes, and the app has to come back
    installed   v1.0.0 is on disk
    running     and runs already when the updater is started
    container   what dies takes the app along
    hooks       there are hooks; each is told at least once what it is for"""

    def __init__(self, forge="good", installed=True, running=True, container=False, hooks=False):
        self.forge, self.installed, self.running, self.container = forge, installed, running, container
        self.hooks = [] if not hooks else ["pre", "rollback"] if forge == "bad" else ["pre", "post"]
        self.env = {"UPDATE_READY": "60", "UPDATE_PROBATION": "1" if forge == "bad" else "0"}
        self.goal = "v1.0.0" if forge == "bad" else "v1.1.0"

    def begin(self, directory, forges, empty=False):
        w = RealWorld(directory, forges[self.forge], {"v1.1.0": "crash"} if self.forge == "bad" else {}, **self.env)
        if empty:
            (w.state_dir / "releases").rmdir()
            return w
        if self.installed:
            w.install("v1.0.0")
        if self.running:
            w.start_app()
        for name in ("pre", "rollback", "post") if self.hooks else ():
            w.hook(name, 'echo "${0##*/}" >>$T/told')
        return w

    def go_on(self, w):
        """The updater died, and where the story says so, the container with it."""
        if self.container:
            w.init.reboot()
        knows, said = w.is_marked("v1.1.0") and w.current == "v1.1.0", len(w.init.verbs)
        w.start_again()
        w.wait_end()
        w.init.expect(not knows or w.init.verbs[said] == "down", "the updater had it started, knowing that it is bad")

    def problems(self, w):
        """Nothing, when the newest release runs, or the old one after a bad one; no byte was mixed, lost or left over; a
        bad release was tried, and is for good."""
        found = w.check(self.goal)
        if w.is_marked("v1.1.0") != (self.forge == "bad"):
            found.append("v1.1.0 is marked wrongly")
        if self.forge == "bad":
            lives = len(w.init.lives)
            w.moult("check")
            if len(w.init.lives) != lives or w.current != "v1.0.0":
                found.append("v1.1.0 is tried again")
        return found

    def left_out(self, w):
        """Nothing, when each hook was run, perhaps more than once, and none that has nothing to say."""
        told = (w.path / "told").read_text().split() if (w.path / "told").exists() else []
        return [] if set(told) == set(self.hooks) else [f"the hooks that were run are {told}, not {self.hooks}"]


STORIES = {
    "update": Story(),
    "update, with the container": Story(running=False, container=True, hooks=True),
    "first start": Story(installed=False, running=False, container=True),
    "rollback": Story("bad"),
    "rollback, with the container": Story("bad", running=False, container=True, hooks=True),
}


def sweep(part, directory, record_property, run):
    """run(directory, n) for each call n of this part, until one answers None: that there was no such call. Else it says
    what is wrong; all of that is told at once."""
    n, wrong = part + 1, []
    while True:
        here = directory / str(n)
        found = run(here, n)
        shutil.rmtree(here)
        if found is None:
            break
        wrong += found
        n += PARTS
    record_property("calls", n - PARTS)
    assert not wrong, "\n".join(wrong[:200])
