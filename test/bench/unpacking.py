"""unpacking: a release from a forge on loopback TLS into a directory in memory, and how much memory that takes: our two
jobs in turn with `curl -o f && sha256sum f && tar xf f && sync`, which proves as much and does it in as many steps."""
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import processes
import programs
import sides

sys.path.insert(1, str(programs.ROOT / "test/updater"))
os.environ["MOULT_BIN"] = str(programs.OURS)

import job  # noqa: E402

ROUNDS = 7
REPOSITORY, TAG = "packed", "v1"
PACKERS = {"tar.gz": ["gzip", "-6"], "tar.zst": ["zstd", "-q", "-19", "-T0"], "tar.xz": ["xz", "-6", "-T0"]}


def pack(plain, form):
    return subprocess.run([*PACKERS[form], "-c"], input=plain, stdout=subprocess.PIPE, check=True).stdout


class Packed:
    """A forge with these archives, name -> bytes, and a directory to bring them to."""

    def __init__(self, archives):
        self.directory = Path(tempfile.mkdtemp(prefix="moult-bench-", dir="/dev/shm"))
        self.archives = archives
        shelf = self.directory / "forge" / sides.OWNER / REPOSITORY / TAG
        shelf.mkdir(parents=True)
        for name, data in archives.items():
            (shelf / name).write_bytes(data)
        self.forge = sides.Forge(self.directory / "forge")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.forge.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _url(self, name):
        return f"{self.forge.url}/{sides.OWNER}/{REPOSITORY}/releases/download/{TAG}/{name}"

    def _place(self):
        place = self.directory / "place"
        shutil.rmtree(place, ignore_errors=True)
        (place / "tree").mkdir(parents=True)
        return place

    def _run(self, program, fds, **request):
        answer = job.run(program, {key.replace("_", "-"): value for key, value in request.items()}, fds=fds)
        if not answer.ok:
            raise RuntimeError(f"{program}: {answer}")

    def ours(self, name):
        """Seconds."""
        place = self._place()
        fds = [os.open(place / "archive", os.O_RDWR | os.O_CREAT, 0o600), os.open(place / "tree", os.O_RDONLY),
               os.open(place / "files", os.O_RDWR | os.O_CREAT, 0o600)]
        begun = time.monotonic()
        self._run("moult-fetch", {1: fds[0]}, do="get", url=self._url(name), home=self.forge.api, ca=self.forge.ca,
                  cap=len(self.archives[name]))
        self._run("moult-unpack", {3: fds[0], 4: fds[1], 6: fds[2]}, do="install", name=name, tag=TAG, entry="app",
                  max_bytes=2 << 30)
        took = time.monotonic() - begun
        for fd in fds:
            os.close(fd)
        return took

    def peer(self, name):
        place = self._place()
        command = (f"curl -sSfL --cacert '{self.forge.ca}' -o archive '{self._url(name)}' && sha256sum archive >sum && "
                   "tar xf archive -C tree && sync -f tree")
        begun = time.monotonic()
        subprocess.run(["/bin/sh", "-c", command], cwd=place, check=True)
        return time.monotonic() - begun

    def times(self, name):
        """Medians (ours, peer)."""
        pairs = [(self.ours(name), self.peer(name)) for _ in range(ROUNDS)]
        return tuple(map(statistics.median, zip(*pairs)))

    def peak(self, name):
        """Bytes: the most that one of our two processes has had resident."""
        instruments = self.directory / "instruments"
        (instruments / "real").mkdir(parents=True)
        for program in ("moult-fetch", "moult-unpack"):
            shutil.copy(programs.ROOT / "build/bench/peak", instruments / program)
            (instruments / "real" / program).symlink_to(programs.OURS / program)
        job.BIN = instruments
        try:
            self.ours(name)
        finally:
            job.BIN = programs.OURS
        lines = (instruments / "peaks").read_text().splitlines()
        shutil.rmtree(instruments)
        return max(int(line.split()[1]) for line in lines) * processes.KIB
