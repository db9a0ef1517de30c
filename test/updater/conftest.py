"""What the tests here have in common: a job to unpack, servers, forges, and a place in memory."""
import contextlib
import os
import tempfile
from pathlib import Path

import pytest

from https_server import Server, make_certificates
from job import run
from real_world import build_tracer, open_forge, publish

SIGNATURES = ("minisig", "sig", "sums-minisig", "sums-sig")  # descriptors 7 to 10


class Unpacked:
    def __init__(self, answer, tree, manifest):
        self.answer, self.tree, self.manifest = answer, tree, manifest

    def lines(self):
        return [line.split(" ") for line in self.manifest.read_text().splitlines()]

    def listed(self):
        return {line[-1]: line for line in self.lines()[1:]}


@pytest.fixture
def unpack(tmp_path):
    """Unpacks bytes into tmp_path/tree; nothing else below tmp_path may change."""
    def go(archive, sums=None, tree=None, manifest=None, prefix=(), signatures=None, **request):
        tree = tree or tmp_path / f"tree{len(list(tmp_path.iterdir()))}"
        tree.mkdir(exist_ok=True)
        manifest = manifest or tmp_path / "manifest"
        (tmp_path / "archive").write_bytes(archive)
        (tmp_path / "secret").write_text("secret")
        with contextlib.ExitStack() as stack:
            fds = {3: os.open(tmp_path / "archive", os.O_RDONLY), 4: os.open(tree, os.O_RDONLY | os.O_DIRECTORY),
                   6: os.open(manifest, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)}
            if sums is not None:
                (tmp_path / "sums").write_bytes(sums)
                fds[5] = os.open(tmp_path / "sums", os.O_RDONLY)
                request["sums"] = 1
            for flag, data in (signatures or {}).items():
                (tmp_path / flag).write_bytes(data)
                fds[7 + SIGNATURES.index(flag)] = os.open(tmp_path / flag, os.O_RDONLY)
                request[flag] = 1
            for fd in fds.values():
                stack.callback(os.close, fd)
            before = sorted(os.listdir(tmp_path))
            request = {"do": "install", "name": "app.tgz", "tag": "v1", **{k.replace("_", "-"): v for k, v in request.items()}}
            answer = run("moult-unpack", request, fds=fds, prefix=prefix)
        assert answer.status == 0, answer
        assert sorted(os.listdir(tmp_path)) == before
        assert (tmp_path / "secret").read_text() == "secret" and os.stat(tmp_path / "secret").st_nlink == 1
        return Unpacked(answer, tree, manifest)
    return go


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """The file of an authority, and what a server of it needs."""
    return make_certificates(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def servers(certificates):
    """Starts one: servers(), servers(tls=False), servers(name=...); all end with the test."""
    started = []

    def start(tls=True, name="127.0.0.1"):
        started.append(Server(*certificates[1:], name=name) if tls else Server(name=name))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def ca(certificates):
    return certificates[0]


@pytest.fixture(scope="session")
def forges():
    """Who publishes what: `good` a good v1.1.0, `bad` one that crashes."""
    build_tracer()
    with open_forge() as good, open_forge() as bad:
        publish(good, "v1.1.0")
        publish(bad, "v1.1.0", app="crash")
        yield {"good": good, "bad": bad}


@pytest.fixture
def scratch(tmp_path):
    """In memory, where there is such a place: a process that is killed loses nothing that it wrote, on whatever disk."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else tmp_path) as directory:
        yield Path(directory)


def pytest_terminal_summary(terminalreporter):
    """How many system calls the sweeps of test_kill.py and its like went through."""
    counted = {}
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for key, number in report.user_properties:
            if key in ("calls", "states"):
                name = report.nodeid.rpartition("-")[0], key
                counted[name] = max(number, counted.get(name, 0))
    for (name, key), number in sorted(counted.items()):
        terminalreporter.write_line(f"N = {number} {key}: {name}]")
