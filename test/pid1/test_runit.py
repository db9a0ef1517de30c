"""sv beside Debian's runit: the same service directories, the same commands, and what they print and return, line by line.

Each case is a script for sv. It runs against runit (runsv, /usr/bin/sv) and against our init and our sv, each in namespaces of
its own; standard output, standard error and exit code of every step must be the same, process ids and seconds apart. What is
meant to be different stands in DIFFERENT with its reason, and is held to that.

A step is an sv command line. Before it may stand NAME=VALUE (a variable), @DIRECTORY (where it is called) and as:NAME (an
init script of that name that is a link to sv). `until LINE` asks for the status of the service in that line until it is LINE;
`aged NAME ...` until these have run for two seconds: runit's sv takes a process that was started in the same second for a new
one, and runsv hears nothing for a second after the death of a younger one.
"""
import os
import re
import shutil
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from world import BIN, LIMIT, World

RUNIT = Path("/usr/bin/sv")
OBEDIENT = "exit 15 0 ignore 1 out up pause"


class Side(World):
    """Either of the two; self.program is its sv."""

    def __init__(self, program):
        super().__init__(tempfile.mkdtemp(prefix="moult-"))
        self.directory.chmod(0o755)
        self.program = program
        self.environ["SVWAIT"] = "30"  # the machine may be busy

    def fill(self):
        self.service("up", OBEDIENT)
        self.service("down", OBEDIENT, down="")
        self.service("deaf", "ignore 15 ignore 1 out up pause")
        self.service("logged", OBEDIENT)
        self.script("logged/log/run", "exec cat > /dev/null")
        self.service("mute", OBEDIENT)
        self.script("mute/log/run", "exec cat > /dev/null")
        self.write("mute/log/down", "")
        self.service("good", OBEDIENT)
        self.script("good/check", "exit 0")
        self.service("bad", OBEDIENT, down="")
        self.script("bad/check", "echo check says no >&2\nexit 1")
        self.service("ends", "end 0", down="")
        self.service("dies", "end 1", down="")
        self.service("finishes", OBEDIENT)
        self.script("finishes/finish", "exec $SERV pause")
        self.write("../apart/run", "")
        self.write("file", "")
        os.rename(self.svdir / "good", self.directory / "elsewhere")
        (self.svdir / "good").symlink_to("../elsewhere")
        (self.directory / "link").symlink_to(self.svdir / "up")
        (self.directory / "init.d").mkdir()

    def begin(self):
        """Both begin with the same states, which is said once for both."""
        self.fill()
        if self.program == RUNIT:
            self.start_runit()
        else:
            self.start()
        for line in ("run: up: (pid N) Ns", "down: down: Ns", "run: deaf: (pid N) Ns", "run: finishes: (pid N) Ns",
                     "run: logged: (pid N) Ns; run: log: (pid N) Ns", "run: mute: (pid N) Ns; down: log: Ns",
                     "run: good: (pid N) Ns", "down: ends: Ns", "down: dies: Ns"):
            self.until(line)
        self.expect("up\n", 4)  # and can do what it is told: signals are caught from here on

    def start_runit(self):
        supervise = 'for d in "$SVDIR"/*/; do runsv "$d" & done; wait'
        self.process = subprocess.Popen([*self.wrapper, "sh", "-c", supervise], env=self.environ, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)

    def plain(self, text):
        """Without what differs from run to run."""
        text = re.sub(r"\b\d+s\b", "Ns", re.sub(r"pid \d+", "pid N", text))
        return text.replace(str(self.directory), "DIR")

    def run(self, step):
        env, cwd, program = dict(self.environ), self.directory, self.program
        words = re.sub(r"\bDIR\b", str(self.directory), step).split()
        while words and re.match(r"[A-Z]+=|@|as:", words[0]):
            word = words.pop(0)
            if word[0] == "@":
                cwd = word[1:]
            elif word.startswith("as:"):
                program = self.directory / "init.d" / word[3:]
                if not program.is_symlink():
                    program.symlink_to(self.program)
            else:
                env.update([word.split("=", 1)])
        words = ["" if word == "''" else word for word in words]
        return subprocess.run([program.name, *words], executable=program, env=env, cwd=cwd, capture_output=True, text=True,
                              timeout=2 * LIMIT)

    def call(self, step):
        """One step: standard output, standard error, exit code."""
        done = self.run(step)
        return self.plain(done.stdout), self.plain(done.stderr), done.returncode

    def until(self, line):
        self.ask_until(line.split(":")[1].strip(), lambda text: self.plain(text) == line + "\n", line)

    def aged(self, name):
        self.ask_until(name, lambda text: re.match(r"run: .*: \(pid \d+\) ([2-9]|\d\d+)s", text), "two seconds")

    def ask_until(self, name, true, wanted):
        """There is nothing in runit that would announce it."""
        deadline = time.monotonic() + LIMIT
        while not true(self.run("status " + name).stdout):
            assert time.monotonic() < deadline, (self.program, self.run("status " + name).stdout, wanted)
            time.sleep(0.01)

    def play(self, steps):
        self.begin()
        done = []
        for step in steps:
            if step.startswith("until "):
                self.until(step[6:])
            elif step.startswith("aged "):
                for name in step[5:].split():
                    self.aged(name)
            else:
                done.append((step, *self.call(step)))
        return done


@pytest.fixture
def both():
    assert RUNIT.exists(), "runit is not installed: ./deps test"
    sides = [Side(RUNIT), Side(BIN / "sv")]
    yield lambda steps: list(ThreadPoolExecutor(2).map(lambda side: side.play(steps), sides))
    for side in sides:
        side.end()
    assert b"runtime error" not in sides[1].output and b"AddressSanitizer" not in sides[1].output


def comparable(step, out, err, code):
    """Who of several is done first is said first; the usage of ours goes on behind the line of runit's."""
    lines = out.splitlines()
    if sum(word[0] not in "-@'" and "=" not in word for word in step.split()) > 2:
        lines.sort()
    usage = re.search(r"usage: .*", err)
    return lines, err[:usage.end()] if usage else err, code


CASES = {
    # status
    "status of each": ["status up", "status down", "status deaf", "status logged", "status mute", "status good",
                       "status logged/log", "status mute/log"],
    "status of several": ["status up down logged", "s up down", "status down nope up file"],
    "status in other words": ["s up", "stat up", "statusx up", "-v status up", "-w 1 status up", "-- status up"],
    "who is not there": ["status nope", "up nope", "start nope", "-v down nope", "exit nope", "shutdown nope", "check nope",
                         "status nope/log", "status up/log", "status up/nope", "status up/run"],
    "what is no directory": ["status file", "start file", "status DIR/service/file", "status DIR/service/up/run"],
    "names that are none": ["status ''", "status " + "n" * 100, "status " + "n" * 300, "status DIR/" + "n" * 5000,
                            "status u~p", "up ..nope", "status up//", "status -v"],
    "exit codes count": ["status nope nope", "up nope up nope nope", "status " + "nope " * 98, "status " + "nope " * 99,
                         "status " + "nope " * 150, "start nope up nope"],
    # paths
    "paths": ["status DIR/service/up", "status DIR/service/up/", "status DIR/service/logged/", "status DIR/service/good",
              "status DIR/elsewhere", "status DIR/link", "status DIR/link/", "status DIR/service/logged/log",
              "status DIR/service/logged/log/", "status DIR/service/../service/down", "status DIR/nowhere/up",
              "start DIR/service/down", "stop DIR/service/down"],
    "paths from here": ["@DIR/service status ./up", "@DIR/service status up/", "@DIR/service/up status .",
                        "@DIR/service/logged status .", "@DIR/service/logged/log status .",
                        "@DIR/service/up status ../down", "@DIR/service/logged/log status ..", "@DIR status service/up",
                        "@DIR status ./service/up", "@DIR/service stop ./up", "@DIR/service status up"],
    "SVDIR": ["SVDIR=DIR/service/ status up", "@DIR SVDIR=./service status up", "@DIR SVDIR=service start up down"],
    # the verbs that do not wait
    "up, u": ["up down", "until run: down: (pid N) Ns, normally down", "u up", "status up", "-v up up", "-v u down"],
    "down, d": ["down up", "until down: up: Ns, normally up", "d up", "-v down up", "-v d down", "-w 1 d deaf"],
    "down, waited for": ["-v down up", "-v down down", "-w 1 down deaf", "status deaf"],
    "once, o": ["once down", "until run: down: (pid N) Ns, normally down, want down", "o up",
                "until run: up: (pid N) Ns, want down", "-v once up", "-v o down", "up up", "until run: up: (pid N) Ns"],
    "once, and it ends": ["once ends", "until down: ends: Ns", "stop ends"],
    "pause, p and cont, c": ["pause up", "until run: up: (pid N) Ns, paused", "-v pause up", "-v p up", "cont up",
                             "until run: up: (pid N) Ns", "-v cont up", "-v p deaf", "-v c deaf", "-v pause down",
                             "-v cont down"],
    "restart of what is paused": ["aged up", "-v pause up", "restart up", "status up"],
    "term to what is paused": ["-v pause up", "term up", "until run: up: (pid N) Ns, paused, got TERM", "cont up",
                               "until run: up: (pid N) Ns"],
    "signals to what is down": [f"{v}{verb} down" for verb in (
        "hup", "alarm", "interrupt", "quit", "1", "2", "h", "a", "i", "q", "term", "t", "kill", "k") for v in ("", "-v ")],
    "term, t": ["aged up deaf", "term deaf", "until run: deaf: (pid N) Ns, got TERM", "-w 1 t deaf", "term up",
                "until run: up: (pid N) Ns"],
    "term, waited for": ["aged up", "-v term up", "-v t down", "status up down"],
    "kill, k": ["aged up deaf", "-v kill deaf", "-v k up", "-v kill down", "until run: up: (pid N) Ns",
                "until run: deaf: (pid N) Ns"],
    "exit, e, x": ["exit down", "-v e up", "-v x good", "exit up", "e up", "-v x up", "status up", "up up", "start up",
                   "-v down up", "status down deaf"],
    "exit of one with a log": ["shutdown logged", "status logged", "shutdown logged", "force-shutdown logged"],
    "words that begin like a verb": ["aged up deaf", "upstart down", "-v upstart down", "-v downwards down",
                                     "-v hangup deaf", "-v alrm down", "-v intr down", "-v quitting down", "-v 1st down",
                                     "-v 2nd down", "-v terminate up", "-v continue deaf", "-v pausing deaf", "-v c deaf",
                                     "-v killing deaf", "-v ex good"],
    # those that wait
    "start": ["start down", "start up", "start down up logged good"],
    "stop": ["stop up", "stop up", "stop down", "stop logged", "status logged", "stop logged/log", "status logged",
             "start logged/log", "start logged"],
    "stop of many": ["stop up down logged good mute", "status up down logged good mute", "start up logged good"],
    "stop of one that is deaf": ["-w 1 stop deaf", "status deaf", "SVWAIT=1 stop deaf", "SVWAIT=9 -w3 stop deaf up",
                                 "-vw 1 stop deaf"],
    "restart": ["aged up logged good deaf", "restart up", "restart down", "status down", "restart logged", "aged up",
                "restart good up", "-w 1 restart deaf"],
    "try-restart": ["aged up deaf", "try-restart up", "try-restart down", "-w 1 try-restart deaf", "aged up",
                    "try-restart up down"],
    "reload": ["reload deaf", "reload down", "-v hup deaf"],
    "check": ["check up", "check down", "check good", "check good up down", "check logged", "-v check up"],
    "shutdown": ["shutdown up", "shutdown down up", "-w 1 shutdown deaf", "status deaf"],
    "force-stop, D": ["force-stop up", "D down", "-w 1 force-stop deaf", "until down: deaf: Ns, normally up",
                      "force-stop deaf up"],
    "D of one that is deaf": ["down deaf", "until run: deaf: (pid N) Ns, want down, got TERM", "-w 1 D deaf",
                              "until down: deaf: Ns, normally up"],
    "force-restart": ["aged up deaf", "force-restart up", "force-restart down", "-w 1 force-restart deaf",
                      "until run: deaf: (pid N) Ns"],
    "force-reload, T": ["aged up deaf", "force-reload up", "T down", "-w 1 T deaf", "until run: deaf: (pid N) Ns"],
    "force-shutdown, X, E": ["force-shutdown up", "X down", "E good", "-w 1 X deaf up"],
    "what finishes": ["down finishes", "until finish: finishes: (pid N) Ns, want down", "-w 1 stop finishes", "up finishes",
                      "until finish: finishes: (pid N) Ns", "-w 1 start finishes"],
    "what dies again and again": ["up dies", "until down: dies: Ns, want up", "down dies", "until down: dies: Ns"],
    # a log
    "a log that is down": ["status mute", "up mute/log", "until run: mute/log: (pid N) Ns, normally down", "status mute",
                           "down mute/log", "until down: mute/log: Ns", "status mute"],
    "verbs for a log": ["aged logged/log", "restart logged/log", "aged logged/log", "-v down logged/log", "status logged",
                        "-v up logged/log", "aged logged/log", "-v t logged/log", "-v pause logged/log", "status logged",
                        "-v cont logged/log", "check logged/log"],
    # asked wrongly
    "usage": ["", "frob up", "up", "start", "check", "exit", "r up", "restar up", "reloads up", "f up", "forcestop up",
              "force-stopp up", "-x up up", "-w", "-w 1", "-v", "-", "- up up", "--", "-v -x", "z up", "R up", "U up",
              "3 up"],
    # as an init script
    "init script": ["aged up", "as:up status", "as:down status", "as:up stop", "as:up status", "as:up start", "aged up",
                    "as:up restart", "as:down try-restart", "as:up reload", "aged up", "as:up force-reload",
                    "as:down start", "as:down status", "as:up check", "as:up up", "as:up -v d", "as:up status more words"],
    "init script, asked wrongly": ["as:up", "as:up frob", "as:up s", "as:up stat", "as:up -x start", "as:up restar"],
    "init script of what is not there": ["as:nope start", "as:nope stop", "as:nope up"],
    "init script that is late": ["as:deaf -w 1 stop", "as:deaf -w 1 force-stop", "until down: deaf: Ns, normally up",
                                 "as:deaf status", "as:deaf shutdown", "as:deaf shutdown", "as:deaf up"],
}


@pytest.mark.parametrize("case", CASES)
def test_same(both, case):
    runit, ours = both(CASES[case])
    for theirs, mine in zip(runit, ours, strict=True):
        assert (theirs[0], *comparable(*theirs)) == (mine[0], *comparable(*mine))


UNKNOWN = "unable to change to service directory"
# What is meant to be different: why, the steps before, the step, and what runit and ours print and return.
DIFFERENT = {
    "usage goes on": (
        "there is more to be said", [], "frob up",
        ("", "usage: sv [-v] [-w sec] command service ...\n\n", 100),
        ("", "usage: sv [-v] [-w sec] command service ...\n       sv [--json] status|watch [service ...]\n"
             "commands: up down once pause cont hup alarm interrupt quit 1 2 term kill exit\n"
             "          start stop restart reload try-restart shutdown check\n"
             "          force-stop force-reload force-restart force-shutdown\n", 100)),
    "all services": (
        "status without a name is about all of them", [], "status", (100,), (0,)),
    "-V": ("asking for the version is no mistake", [], "-V", (100,), ("sv (moult) VERSION\n", "", 0)),
    "-h": ("nor is asking for help", [], "-h", (100,), (0,)),
    "garbage for -w": (
        "whoever writes garbage does not mean 0", [], "-w soon status up",
        ("run: up: (pid N) Ns\n", "", 0),
        ("", "fatal: -w 'soon'; it must be seconds from 0 to 2147483647: Invalid argument\n", 100)),
    "garbage in SVWAIT": (
        "the same", [], "SVWAIT=x status up", ("run: up: (pid N) Ns\n", "", 0),
        ("", "fatal: SVWAIT 'x'; it must be seconds from 0 to 2147483647: Invalid argument\n", 100)),
    "SVDIR that is not there": (
        "init knows its services by name; the command it was given has no directory", [], "SVDIR=/nowhere status up",
        (f"fail: up: {UNKNOWN}: file does not exist\n", "", 1), ("run: up: (pid N) Ns\n", "", 0)),
    "directory that is no service": (
        "no directory here has a supervise/ in which something could be missing", [], "status DIR/apart",
        ("warning: DIR/apart: unable to open supervise/ok: file does not exist\n", "", 1),
        ("fail: DIR/apart: runsv not running\n", "", 1)),
    "check that fails": (
        "init knows it all the time, and says so behind all that runit says", [], "-w 1 start bad",
        ("timeout: run: bad: (pid N) Ns, normally down\n", "check says no\n", 1),
        ("timeout: run: bad: (pid N) Ns, normally down, not ready\n", "", 1)),
    "status of one whose check fails": (
        "the same", ["-w 1 start bad"], "status bad",
        ("run: bad: (pid N) Ns, normally down\n", "", 0), ("run: bad: (pid N) Ns, normally down, not ready\n", "", 0)),
    "check of what finishes": (
        "it is neither up nor down", ["term finishes", "until finish: finishes: (pid N) Ns"], "-w 0 check finishes",
        ("ok: finish: finishes: (pid N) Ns\n", "", 0), ("timeout: finish: finishes: (pid N) Ns\n", "", 1)),
    "check of what dies again and again": (
        "it is not down because somebody wants it to be", ["up dies", "until down: dies: Ns, want up"], "-w 0 check dies",
        (0,), (1,)),
    "start of what is on its way out": (
        "the old process does not count: it is going", ["down deaf", "until run: deaf: (pid N) Ns, want down, got TERM"],
        "-w 1 start deaf", (0,), (1,)),
    "paused, and then down": (
        "CONT was sent with TERM: it is not paused any more", ["-v pause deaf", "down deaf"], "-w 1 stop deaf",
        ("timeout: run: deaf: (pid N) Ns, paused, want down, got TERM\n", "", 1),
        ("timeout: run: deaf: (pid N) Ns, want down, got TERM\n", "", 1)),
    "pause of what is on its way out": (
        "stopped, it could not go", ["down deaf", "until run: deaf: (pid N) Ns, want down, got TERM"], "-v pause deaf",
        ("ok: run: deaf: (pid N) Ns, paused, want down, got TERM\n", "", 0),
        ("ok: run: deaf: (pid N) Ns, want down, got TERM\n", "", 0)),
    "exit of a log": (
        "what cannot be done is refused, and not waited for", [], "-w 1 exit logged/log",
        ("timeout: run: logged/log: (pid N) Ns\n", "", 1),
        ("fail: logged/log: a logger exits when its service does\n", "", 1)),
    "init script: status with a log": (
        "the exit code is about the service, not its log", ["stop logged"], "as:logged status",
        ("down: logged: Ns, normally up; run: log: (pid N) Ns\n", "", 0),
        ("down: logged: Ns, normally up; run: log: (pid N) Ns\n", "", 3)),
    "init script: status of nothing": (
        "LSB, and runit's manual, have 4 for this", [], "as:nope status",
        (f"fail: nope: {UNKNOWN}: file does not exist\n", "", 1), (f"fail: nope: {UNKNOWN}: file does not exist\n", "", 4)),
    "init script: status after exit": (
        "the same", ["shutdown up"], "as:up status", ("fail: up: runsv not running\n", "", 1),
        ("fail: up: runsv not running\n", "", 4)),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_different(both, case):
    """Where only an exit code stands, the rest is not compared."""
    reason, before, step, *wanted = DIFFERENT[case]
    version = (Path(__file__).parents[2] / "VERSION").read_text().strip()
    for side, done, want in zip(("runit", "ours"), both([*before, step]), wanted, strict=True):
        out, err, code = done[-1][1:]
        err = "".join(dict.fromkeys(err.splitlines(keepends=True)))  # runit runs ./check again and again
        got = (code,) if len(want) == 1 else (out.replace(version, "VERSION"), err, code)
        assert got == want, (side, reason)


SIGNALS = {"hup": [1], "h": [1], "alarm": [14], "a": [14], "interrupt": [2], "i": [2], "quit": [3], "q": [3], "1": [10],
           "2": [12], "term": [15], "t": [15], "cont": [18], "c": [18], "reload": [1], "-v hup": [1], "try-restart": [15, 18],
           "restart": [15, 18], "down": [15, 18], "stop": [15, 18], "exit": [15, 18], "T": [15, 18]}


@pytest.mark.parametrize("verb", SIGNALS)
def test_same_signals(verb):
    """What the service gets is the same; of two at once the kernel delivers either first."""
    for side in (Side(RUNIT), Side(BIN / "sv")):
        try:
            side.service("noter", " ".join(f"note {n}" for n in (1, 2, 3, 10, 12, 14, 15, 18)) + " out up pause")
            side.start_runit() if side.program == RUNIT else side.start()
            side.expect("up\n")
            side.until("run: noter: (pid N) Ns")
            program = subprocess.Popen([side.program, *verb.split(), "noter"], env=side.environ, stdout=subprocess.DEVNULL)
            for number in SIGNALS[verb]:
                side.expect(f"got {number:02}")
            program.kill()  # most of those that wait would do so for ever: it does not die of TERM
            program.wait()
            side.run("1 noter")
            side.expect("got 10", 2 if verb == "1" else 1)
            assert sorted(line for line in side.lines() if line.startswith("got ")) == sorted(
                f"got {number:02}" for number in [*SIGNALS[verb], 10])
        finally:
            side.end()


CUSTOM = {"h": 1, "a": 14, "i": 2, "q": 3, "1": 10, "2": 12, "c": 18, "t": 15}


@pytest.mark.parametrize("handled", [True, False])
@pytest.mark.parametrize("program", [RUNIT, BIN / "sv"], ids=["runit", "ours"])
def test_same_scripts_in_control(program, handled):
    """control/X runs instead of a signal when it exits with 0, else before it. Who was told to go by control/t has `got TERM`
    here, and with runit has nothing."""
    side = Side(program)
    try:
        side.service("noter", " ".join(f"note {n}" for n in CUSTOM.values()) + " out up pause")
        for letter in (*CUSTOM, "k", "u"):
            side.script(f"noter/control/{letter}", f"echo ran {letter}\nexit {0 if handled else 1}")
        side.start_runit() if program == RUNIT else side.start()
        side.expect("up\n")
        for letter, number in CUSTOM.items():
            assert side.run(f"{letter} noter").returncode == 0
            side.expect(f"ran {letter}\n")
            if not handled:
                side.expect(f"got {number:02}")
        side.until("run: noter: (pid N) Ns" + ("" if handled and program == RUNIT else ", got TERM"))
        assert side.run("kill noter").returncode == 0
        side.expect("ran k\n")
        if not handled:
            side.expect("up\n", 2)
        said = [line for line in side.lines() if line.startswith(("ran ", "got ")) and line != "ran u"]
        assert said == [line for letter, number in CUSTOM.items()
                        for line in [f"ran {letter}", f"got {number:02}"][:1 if handled else 2]] + ["ran k"]
    finally:
        side.end()
