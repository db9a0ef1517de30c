"""A Docker Engine for tests: the one that runs on this machine, else a private one that ends with the tests.

    def test_something(engine, images, tmp_path):           # session fixtures, from conftest.py
        (tmp_path / "Dockerfile").write_text(f"FROM {images.alpine}\nCOPY app /usr/share/moult/baked/\n")
        engine.build("mine", tmp_path)                      # docker build, with the network settings that work here
        with engine.run("mine", "-e", "SLEEP=60") as box:   # docker run -d; removed at the end
            box.wait_log("demo 1.0.0 pid")                  # follows the log, returns the line; fails after 60 s
            box.wait_health("healthy")                      # follows the engine's events
            box.exec("/usr/bin/sv", "status", "app")        # CompletedProcess; check=False to look at the exit code
            box.address                                     # reach a port of the container from here
            code, seconds = box.stop(10)                    # docker stop

engine.docker("any", "command") is the docker command on this engine. engine.network is what a container needs to reach this
machine's loopback forge (["--network=host"] by choice of the test) or the world. The private engine (docker.io from Debian, root)
keeps its images in build/docker, so only the first run is slow. Base images that cannot be pulled are made here: alpine:3.20 from the
tarball in $ALPINE_ROOTFS, debian:bookworm-slim by debootstrap.
"""
import contextlib
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "docker"
ALPINE, DEBIAN = "alpine:3.20", "debian:bookworm-slim"
PROXIES = [name for name in ("http_proxy", "https_proxy", "no_proxy") if os.environ.get(name)]


class Images:
    """The images of `make image`, under names that are not a user's."""

    name = "moult-test"
    alpine, scratch = f"{name}:alpine", f"{name}:scratch"


class Lines:
    """What a command prints, as it comes: wait(predicate, seconds) returns the first line that satisfies it."""

    def __init__(self, command, env):
        self.process = subprocess.Popen(command, env=env, text=True, errors="replace", stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.seen, self._queue = [], queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def wait(self, predicate, seconds):
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._queue.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"not seen within {seconds} s, or ended before:\n" + "\n".join(self.seen))
            self.seen.append(line)
            if predicate(line):
                return line

    def close(self):
        self.process.kill()
        self.process.wait()


class Container:
    def __init__(self, engine, identity):
        self.engine, self.id = engine, identity

    def _follow(self, predicate, seconds, *command, count=1):
        lines = Lines(["docker", *command], self.engine.env)
        try:
            return [lines.wait(predicate, seconds) for _ in range(count)][-1]
        finally:
            lines.close()

    def wait_log(self, text, seconds=60, since=None, count=1):
        """since: a time as the engine writes them; without one the whole log counts. count: how many lines with it."""
        return self._follow(lambda line: text in line, seconds, "logs", "-f", *(["--since", since] if since else []), self.id,
                            count=count)

    def wait_health(self, state, seconds=90):
        """The engine says health_status at each change and repeats none: the past is asked for too."""
        self._follow(lambda line: line.endswith(f"health_status: {state}"), seconds, "events", "--since", "1",
                     "--filter", f"container={self.id}", "--filter", "event=health_status", "--format", "{{.Action}}")

    def wait_exit(self, seconds=60):
        done = subprocess.run(["docker", "wait", self.id], env=self.engine.env, text=True, capture_output=True,
                              timeout=seconds, check=True)
        return int(done.stdout)

    def logs(self):
        done = self.engine.docker("logs", self.id)
        return done.stdout + done.stderr

    def exec(self, *command, check=True):
        return self.engine.docker("exec", self.id, *command, check=check)

    def stop(self, seconds=10):
        began = time.monotonic()
        self.engine.docker("stop", "-t", str(seconds), self.id)
        return self.inspect("State")["ExitCode"], time.monotonic() - began

    def inspect(self, key):
        return json.loads(self.engine.docker("inspect", self.id).stdout)[0][key]

    @property
    def address(self):
        return self.inspect("NetworkSettings")["IPAddress"] or "127.0.0.1"


class Engine:
    def __init__(self, host, network):
        self.network = network
        self.env = dict(os.environ, **({"DOCKER_HOST": host} if host else {}))

    def docker(self, *args, check=True, timeout=900, **options):
        done = subprocess.run(["docker", *map(str, args)], env=self.env, text=True, capture_output=True, timeout=timeout, **options)
        if check and done.returncode:
            raise AssertionError(f"docker {' '.join(map(str, args))}: exit {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done

    def has(self, image):
        return self.docker("image", "inspect", image, check=False).returncode == 0

    def build(self, tag, context, *args):
        proxies = [word for name in PROXIES for word in ("--build-arg", f"{name}={os.environ[name]}")]
        self.docker("build", *self.network, *proxies, *args, "-t", tag, context)
        return tag

    @contextlib.contextmanager
    def run(self, image, *args, command=()):
        """docker run -d ARGS IMAGE COMMAND. What the container said is shown when the test fails."""
        box = Container(self, self.docker("run", "-d", *self.network, *args, image, *command).stdout.strip())
        try:
            yield box
        except BaseException:
            print(box.logs())
            raise
        finally:
            self.docker("rm", "-f", "-v", box.id)

    def provide(self, image):
        """Makes a base image available: there already, made here, or pulled."""
        if self.has(image):
            return
        rootfs = os.environ.get("ALPINE_ROOTFS")
        if image == ALPINE and rootfs:
            self.docker("import", rootfs, image)
        elif self.docker("pull", image, check=False).returncode and image == DEBIAN:
            self.docker("import", debian_rootfs(), image)
        if not self.has(image):
            pytest.fail(f"{image} can neither be pulled nor made here (ALPINE_ROOTFS names an Alpine root file system)")


def debian_rootfs():
    """debian:bookworm-slim from this machine's own mirror, with its apt settings, since a container uses the same."""
    tarball = HOME / "bookworm.tar"
    if tarball.exists():
        return tarball
    tree = HOME / "bookworm"
    subprocess.run(["rm", "-rf", tree], check=True)
    mirror = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"],
                            text=True, capture_output=True, check=True).stdout.split()
    log = HOME / "debootstrap.log"
    with log.open("w") as out:
        done = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", tree, *mirror[:1]], stdout=out, stderr=out)
    if done.returncode:
        pytest.fail(f"debootstrap failed, see {log}:\n" + log.read_text()[-1000:])
    settings = subprocess.run(["apt-config", "dump", "Acquire"], text=True, capture_output=True, check=True).stdout
    (tree / "etc/apt/apt.conf.d/90machine").write_text(settings)
    subprocess.run(["tar", "-C", tree, "--one-file-system", "-cf", f"{tarball}.part", "."], check=True)
    pathlib.Path(f"{tarball}.part").rename(tarball)
    subprocess.run(["rm", "-rf", tree], check=True)
    return tarball


def _answers(env):
    return subprocess.run(["docker", "info"], env=env, capture_output=True).returncode == 0


def _start(home, options):
    """A dockerd of our own. Returns (process, host) once it listens, or (None, its log)."""
    host = f"unix://{home}/socket"
    lines = Lines(["dockerd", "--data-root", str(HOME / "data"), "--exec-root", f"{home}/exec", "--pidfile", f"{home}/pid",
                   "-H", host, *options], os.environ)
    try:
        lines.wait(lambda line: "API listen on" in line, 60)
    except AssertionError as error:
        lines.close()
        return None, str(error)
    return lines, host


def _stop(lines, home):
    lines.process.send_signal(signal.SIGTERM)
    try:
        lines.process.wait(30)
    except subprocess.TimeoutExpired:
        lines.close()
    # It leaves the host's network namespace mounted there.
    places = [line.split()[1] for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    subprocess.run(["umount", "--lazy", *(place for place in places if place.startswith(home + "/"))], stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def any_engine():
    if _answers(os.environ):
        yield Engine(None, [])
        return
    if os.geteuid() != 0:
        pytest.skip("no Docker Engine answers, and only root can start a private one")
    if not shutil.which("dockerd"):
        pytest.fail("no Docker Engine answers and dockerd is not installed: ./deps test")
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="moult-docker-") as home:  # a short path: sockets are in it
        # A machine without netfilter gives no bridge; its containers share the host's network.
        for options, network in (([], []), (["--iptables=false", "--bridge=none"], ["--network=host"])):
            lines, host = _start(home, options)
            if lines:
                break
        else:
            pytest.fail(f"a private dockerd does not start:\n{host}")
        try:
            yield Engine(host, network)
        finally:
            _stop(lines, home)


@pytest.fixture(scope="session")
def engine():
    with any_engine() as found:
        yield found


@pytest.fixture(scope="session")
def images(engine):
    """`make image`, from the tree as it is; unchanged layers come from the engine's cache."""
    engine.provide(ALPINE)
    engine.provide(DEBIAN)
    done = subprocess.run(["make", "-s", "image", f"IMAGE={Images.name}", f"IMAGE_FLAGS={' '.join(engine.network)}"], cwd=ROOT,
                          env=engine.env, text=True, capture_output=True, timeout=1200)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return Images
