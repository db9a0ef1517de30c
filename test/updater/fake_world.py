"""A world for the real updater: an init that is a thread here, helpers that are scripts, a forge that is a file.

    with World(tmp_path) as w:
        w.install("v1.0.0")             # a release on disk, linked
        w.publish("v1.1.0")             # one on the forge
        w.start()                       # the updater, with init's readiness pipe
        w.wait(lambda: w.running == "v1.1.0" and w.idle)

Nothing here polls: every change is notified, `timeout` is only when a test gives up. An app is its release's file `run`:
its first word says how it behaves (good, crash, broken: crashes before it is ready, stubborn, mute: never ready, once: crashes the first time)."""
import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / os.environ.get("MOULT_BIN", "build/asan")
TIMEOUT = 30

HELPER = '''#!{python} -IS
import json, os, socket, sys
here = os.path.dirname(sys.argv[0])
s = socket.socket(fileno=0)
ask = dict(line.split("=", 1) for line in s.recv(4096, socket.MSG_PEEK).decode().splitlines())
forge = json.load(open(here + "/forge.json"))
with open(here + "/asked", "a") as log:
    print(json.dumps(ask), file=log)
if ask["do"] == "post":
    os.execv("{real}/moult-fetch", ["moult-fetch"])
if ask["do"] == "profile":
    os.execv("{real}/moult-unpack", ["moult-unpack"])
s.recv(4096)
def say(**packet):
    s.send("\\n".join(k + "=" + str(v) for k, v in packet.items()).encode())
def end(text="ok"):
    s.send(text.encode())
    sys.exit(0)
for when, what in forge["faults"].items():
    if when in (ask["do"], ask.get("url", "").rsplit("/", 1)[-1]):
        if "exit" in what:
            os._exit(what["exit"])
        if "hang" in what:
            s.recv(1)  # until the updater is gone
            os._exit(0)
        if "gate" in what:
            open(what["gate"]).read()
        if "wait" in what:
            say(kind="wait", until=what["wait"])
        for bytes_ in what.get("raw", []):
            s.send(bytes_.encode())
        if "err" in what:
            end("err " + what["err"])
'''

FETCH = HELPER + '''
def release(r):
    say(kind="release", tag=r["tag"], published=r["published"], draft=int(r["draft"]), prerelease=int(r["prerelease"]))
    for a in r["assets"]:
        say(kind="asset", name=a["name"], size=a["size"], state=a["state"], digest=a["digest"], url=a["url"], api=a["url"])
if ask["do"] == "probe":
    if not forge["releases"]:
        end("err missing there is none")
    say(tag=forge["latest"] or forge["releases"][0]["tag"], moved=forge.get("moved", ""))
elif ask["do"] == "list":
    if ask.get("etag") == forge["etag"]:
        say(kind="cache", unchanged=1)
        end()
    page = forge["releases"][(int(ask["page"]) - 1) * 10:]
    say(kind="cache", etag=forge["etag"], more=int(len(page) > 10))
    for r in page[:10]:
        release(r)
elif ask["do"] == "release":
    for r in forge["releases"]:
        if r["tag"] == ask["tag"]:
            release(r)
            for line in r.get("notes", []) if "notes" in ask else []:
                say(kind="note", line=line)
            end()
    end("err missing no such release")
else:
    data = open(ask["url"].replace("https://forge", here + "/files"), "rb").read()
    offset = int(ask.get("offset", 0))
    say(kind="progress", bytes=offset, total=len(data), etag='"x"')
    cut = forge["cut"].pop(0) if forge["cut"] else None
    json.dump(forge, open(here + "/forge.json.new", "w"))
    os.rename(here + "/forge.json.new", here + "/forge.json")
    os.ftruncate(1, offset)
    os.pwrite(1, data[offset:cut], offset)
    if cut is not None:
        end("err network the connection broke")
    say(kind="done", bytes=len(data), etag='"x"')
end()
'''

UNPACK = HELPER + '''
import hashlib, time
data = b""
while True:
    piece = os.read(3, 65536)
    if not piece:
        break
    data += piece
sha = hashlib.sha256(data).hexdigest()
if ask.get("digest", "sha256:" + sha) != "sha256:" + sha:
    end("err digest it has another sha256")
say(kind="sum", sha256=sha, digest="match" if "digest" in ask else "none", sums="match" if "sums" in ask else "none",
    signature="match" if "keys" in ask else "none", signers=forge["signers"] if "keys" in ask else "")
lines = ["moult-manifest 1 %s %s sha256:%s %d %s" % (ask["tag"], ask["name"], sha, time.time(), ask.get("published", 0))]
fd = os.open("run", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755, dir_fd=4)
os.write(fd, data)
os.close(fd)
lines.append("f 0755 %d %s run" % (len(data), sha))
os.write(6, ("\\n".join(lines) + "\\n").encode())
say(kind="done", files=1, bytes=len(data), strip="")
end()
'''


class Init(threading.Thread):
    """init's control socket, and the life of one service behind it."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world = world
        self.changed = threading.Condition()
        self.state, self.pid, self.want, self.ready = "wait", 0, "up", False
        self.deaths = self.code = self.seconds = 0
        self.term = False
        self.lives = []   # the text of `run` of each life
        self.verbs = []
        self.blocked = True  # waits for the updater's readiness
        self.denied = False
        self.watchers = []
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.server.bind(str(world.run_dir / "init.sock"))
        self.server.listen()

    def tell(self):
        line = (f"service=app\nstate={self.state}\npid={self.pid}\nwant={self.want}\nready={int(self.ready)}\npaused=0\n"
                f"term={int(self.term)}\nfor={self.seconds}\ncode={self.code}\ndeaths={self.deaths}\nlog=none")
        for watcher in self.watchers[:]:
            try:
                watcher.send(line.encode())
            except OSError:
                self.watchers.remove(watcher)
        self.changed.notify_all()

    def app_starts(self, text):
        """Before the life is told of; for those who want to look or to write, as an app does."""

    def app_stops(self):
        """Its last words."""

    def begin(self):
        """A life of the app, if it may and shall live."""
        if self.blocked or self.want != "up" or self.pid:
            self.tell()
            return
        try:
            text = (self.world.state_dir / "current" / "run").read_text()
        except OSError:
            self.state = "backoff"
            self.tell()
            return
        self.lives.append(text)
        self.app_starts(text)
        self.pid, self.state = 1000 + len(self.lives), "run"
        self.ready = not text.startswith(("mute", "broken"))
        self.tell()
        if text.startswith(("crash", "broken")) or (text.startswith("once") and self.lives.count(text) == 1):
            self.die("backoff", 1)

    def die(self, state, code=0):
        self.app_stops()
        self.pid, self.ready, self.term, self.state, self.code = 0, False, False, state, code
        self.deaths += 1
        self.tell()

    def obey(self, verb):
        self.verbs.append(verb)
        if verb == "up":
            self.want = "up"
            if self.state in ("down", "backoff"):
                self.state = "wait"
            self.begin()
        elif verb in ("down", "kill"):
            self.want = "down" if verb == "down" else self.want
            if self.pid and verb == "down" and self.lives[-1].startswith("stubborn"):
                self.state = "stopping"
                self.tell()
            elif self.pid:
                self.die("down")
            else:
                self.state = "down"
                self.tell()

    def restart(self):
        """What `sv restart` does: TERM to the process that runs, and another one comes. (`sv term` is the same.)"""
        with self.changed:
            self.term = True
            self.tell()
            self.die("linger")
            self.begin()

    def crash(self):
        with self.changed:
            self.die("linger", 1)
            self.begin()

    def unblock(self):
        with self.changed:
            self.blocked = False
            if self.state == "wait":
                self.begin()

    def serve(self, client):
        with contextlib.suppress(OSError):
            request = client.recv(4096).decode()
            with self.changed:
                if request == "watch app":
                    self.watchers.append(client)
                    self.tell()
                    return
                if self.denied:
                    client.send(b"err denied you may not")
                else:
                    client.send(b"ok")
                    self.obey(request.split()[0])
        client.close()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.server.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def stop(self):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


class World:
    wrapper = ()  # words before the updater's command

    def __init__(self, path, init=Init):
        self.path = Path(path)
        self.state_dir, self.run_dir, self.helpers = self.path / "state", self.path / "run", self.path / "helpers"
        self.hooks = self.path / "service" / "app" / "update"
        for directory in (self.state_dir / "releases", self.run_dir, self.helpers / "files"):
            directory.mkdir(parents=True)
        for name, text in (("moult-fetch", FETCH), ("moult-unpack", UNPACK)):
            (self.helpers / name).write_text(text.replace("{python}", sys.executable).replace("{real}", str(BIN)))
            (self.helpers / name).chmod(0o755)
        self.forge = {"latest": "", "releases": [], "faults": {}, "etag": '"1"', "cut": [], "signers": "minisign 8FC69A50325F3CD4"}
        self.save_forge()
        self.log, self.process = [], None
        self.init = init(self)
        self.init.start()
        self.env = {"GH_USER": "me", "GH_REPO": "demo", "SLEEP": "1", "GH_URL": "http://127.0.0.1:9", "SVWAIT": "1",
                    "UPDATE_PROBATION": "0", "UPDATE_READY": "2"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.init.stop()

    # the forge

    def save_forge(self):
        draft = self.helpers / "forge.json.mine"
        draft.write_text(json.dumps(self.forge))
        draft.rename(self.helpers / "forge.json")

    def fault(self, when, **what):
        self.forge["faults"][when] = what
        self.save_forge()

    def gate(self, when):
        """That job stops before it answers. Calling what comes back waits until it has, and lets it go on."""
        path = self.path / f"gate-{when}"
        os.mkfifo(path)
        self.fault(when, gate=str(path))
        return lambda: open(path, "w")

    def heal(self):
        self.forge["faults"] = {}
        self.save_forge()

    def publish(self, tag, app="good", digest=None, names=None, **flags):
        data = f"{app} {tag}".encode()
        sha = hashlib.sha256(data).hexdigest() if digest is None else digest
        names = [f"demo_{tag[1:]}_linux_amd64.tar.gz"] if names is None else names
        for name in names:
            (self.helpers / "files" / name).write_bytes(data)
        assets = [{"name": n, "size": len(data), "state": "uploaded", "digest": "sha256:" + sha, "url": "https://forge/" + n}
                  for n in names]
        self.forge["releases"] = [r for r in self.forge["releases"] if r["tag"] != tag]
        self.forge["releases"].insert(0, {"tag": tag, "published": int(time.time()) - 86400, "draft": False,
                                          "prerelease": False, "assets": assets, **flags})
        self.forge["etag"] = '"%d"' % (int(self.forge["etag"].strip('"')) + 1)
        self.save_forge()

    def asked(self, do=None):
        """What the jobs were asked, in order."""
        with contextlib.suppress(FileNotFoundError):
            asks = [json.loads(line) for line in (self.helpers / "asked").read_text().splitlines()]
            return [a for a in asks if do in (None, a["do"])]
        return []

    # the disk

    def install(self, tag, app="good", link=True, asset="demo.tar.gz"):
        tree = self.state_dir / "releases" / tag
        tree.mkdir()
        (tree / "run").write_text(f"{app} {tag}")
        (tree / "run").chmod(0o755)
        sha = hashlib.sha256((tree / "run").read_bytes()).hexdigest()
        size = (tree / "run").stat().st_size
        (self.state_dir / "releases" / f"{tag}.files").write_text(
            f"moult-manifest 1 {tag} {asset} sha256:{sha} {int(time.time())}\nf 0755 {size} {sha} run\n")
        if link:
            self.link("current", tag)

    def link(self, name, tag):
        path = self.state_dir / name
        path.unlink(missing_ok=True)
        path.symlink_to(f"releases/{tag}")

    def write_state(self, **fields):
        lines = ["moult-state 1", *(f"{k.replace('_', '-')}={v}" for k, v in fields.items()), "end", ""]
        (self.state_dir / "state").write_text("\n".join(lines))

    def state(self):
        lines = (self.state_dir / "state").read_text().splitlines()
        assert lines[0] == "moult-state 1" and lines[-1] == "end"
        return dict(line.split("=", 1) for line in lines[1:-1])

    def history(self):
        with contextlib.suppress(FileNotFoundError):
            return [json.loads(line) for line in (self.state_dir / "history").read_text().splitlines()]
        return []

    def hook(self, name, script, mode=0o755):
        """A hook of the app's service: a shell script; in it $T is our directory."""
        self.hooks.mkdir(parents=True, exist_ok=True)
        for directory in (self.hooks.parent, self.hooks):
            directory.chmod(0o755)
        draft = self.path / "hook.draft"
        draft.write_text(f"#!/bin/sh\nT={self.path}\n{script}\n")
        draft.chmod(mode)
        draft.rename(self.hooks / name)
        return self.hooks / name

    # the updater

    def start(self, **env):
        ours, theirs = os.pipe()
        variables = {"PATH": os.environ["PATH"], **self.env, "STATE_DIR": str(self.state_dir),
                     "RUN_DIR": str(self.run_dir), "SVDIR": str(self.path / "service"), "NOTIFICATION_FD": str(theirs), **env}
        variables = {k: v for k, v in variables.items() if v is not None}
        self.process = subprocess.Popen(
            [*self.wrapper, BIN / "updater", "-d", self.helpers, "-b", self.path / "baked", "-f", self.path / "version"],
            env=variables, pass_fds=[theirs], stderr=subprocess.PIPE, text=True, start_new_session=True)
        os.close(theirs)
        threading.Thread(target=self._hear_ready, args=(ours,), daemon=True).start()
        threading.Thread(target=self._read_log, args=(self.process,), daemon=True).start()

    def _hear_ready(self, fd):
        if os.read(fd, 1) == b"\n":
            self.init.unblock()
        os.close(fd)

    def _read_log(self, process):
        for line in process.stderr:
            with self.init.changed:
                self.log.append(line.rstrip("\n"))
                self.init.changed.notify_all()
        process.wait()
        with self.init.changed:
            self.init.changed.notify_all()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(TIMEOUT)
        status = self.process.returncode if self.process is not None else 0
        assert status in (0, -signal.SIGKILL, 128 + signal.SIGKILL), "\n".join(self.log)

    @property
    def running(self):
        """The tag of the life that is alive."""
        return self.init.lives[-1].split()[1] if self.init.pid else None

    @property
    def current(self):
        return os.readlink(self.state_dir / "current").removeprefix("releases/")

    def says(self, text):
        return any(text in line for line in self.log)

    def wait(self, predicate, timeout=TIMEOUT):
        """Until it is true; it is looked at after every line of the log and every change of the app."""
        with self.init.changed:
            if not self.init.changed.wait_for(predicate, timeout):
                raise AssertionError("waited in vain; verbs " + " ".join(self.init.verbs) + "\n" + "\n".join(self.log))

    def wait_log(self, text, timeout=TIMEOUT):
        self.wait(lambda: self.says(text), timeout)

    def moult(self, *words):
        done = subprocess.run([BIN / "moult", *words], env={"PATH": os.environ["PATH"], "RUN_DIR": str(self.run_dir)},
                              capture_output=True, text=True, timeout=TIMEOUT, check=False)
        return done.returncode, done.stdout, done.stderr
