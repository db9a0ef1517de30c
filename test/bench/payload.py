"""payload: releases to update to. Deterministic trees of a given size, each version differing in the program only."""
import os
import random
import tarfile
import zlib
from pathlib import Path

import archives

MB = 1000 * 1000
FILE = 100 * 1000
LEVEL = 6  # what goreleaser packs with
SEED = 20
FIRST = "1.0.100"  # the version that the demo program is built as; the others have it replaced in the file


def version(number):
    return f"1.0.{100 + number}"


def real(size, program):
    """A tar of about so many bytes of files as they are: this machine's own programs, libraries and texts, in equal parts,
    and the program `app`. What is made up packs and unpacks like nothing real."""
    shares = [("/usr/bin", size // 4), ("/usr/lib", size // 2), ("/usr/share", size // 4)]
    parts = []
    for top, share in shares:
        files = (Path(where) / name for where, _, names in os.walk(top) for name in sorted(names))
        for path in files:
            if share <= 0:
                break
            if path.is_symlink() or not path.is_file() or not 0 < path.stat().st_size < 8 * MB:
                continue
            data = path.read_bytes()
            parts.append(Tree._entry(f"tree/{len(parts)}", data, 0o644))
            share -= len(data)
    parts.append(Tree._entry("app", program, 0o755))
    return b"".join(parts) + bytes(2 * tarfile.BLOCKSIZE), len(parts)


class Tree:
    """About `size` bytes: the program `app` and files of words, which gzip packs to somewhat less than half.

    The files are packed once; a version is a copy of the packer's state and the program behind it."""

    def __init__(self, size, program, file=FILE):
        self.size, self.file = size, file
        self.program = program
        self.words = self._words()
        self._names = [f"data/{number:04}" for number in range(max(1, (size - len(program)) // file))]
        self._packer = zlib.compressobj(LEVEL, wbits=31)
        self._packed = b"".join(self._packer.compress(self._entry(name, data, 0o644)) for name, data in self._files())

    @staticmethod
    def _words():
        rng = random.Random(SEED)
        return [rng.randbytes(rng.randint(2, 12)) for _ in range(4096)]

    def _files(self):
        rng = random.Random(SEED)
        yield "data", None
        for name in self._names:
            yield name, b"".join(rng.choices(self.words, k=self.file // 6))[:self.file]

    @staticmethod
    def _entry(path, data, mode):
        member = tarfile.TarInfo(path)
        member.type, member.mode = (tarfile.DIRTYPE, 0o755) if data is None else (tarfile.REGTYPE, mode)
        member.size, member.mtime = len(data or b""), archives.LONG_AGO
        return member.tobuf() + (data or b"") + bytes(-len(data or b"") % tarfile.BLOCKSIZE)

    def app(self, number):
        return self.program.replace(FIRST.encode(), version(number).encode())

    def archive(self, number):
        packer = self._packer.copy()
        last = self._entry("app", self.app(number), 0o755) + bytes(2 * tarfile.BLOCKSIZE)
        return self._packed + packer.compress(last) + packer.flush()

    def plain(self, number):
        """The tar, not compressed."""
        files = b"".join(self._entry(name, data, 0o644) for name, data in self._files())
        return files + self._entry("app", self.app(number), 0o755) + bytes(2 * tarfile.BLOCKSIZE)

    def install(self, number, directory):
        """As it is when this version has been installed."""
        for name, data in self._files():
            path = Path(directory) / name
            path.mkdir(parents=True) if data is None else path.write_bytes(data)
        app = Path(directory) / "app"
        app.write_bytes(self.app(number))
        app.chmod(0o755)

    def publish(self, number, shelf):
        """Makes it the newest release of the repository whose directory this is."""
        tag = f"v{version(number)}"
        assets = {archives.asset_name(tag): self.archive(number)}
        assets["checksums.txt"] = archives.checksums(assets)
        staging = Path(shelf) / f".{tag}"
        staging.mkdir(parents=True)
        for name, data in assets.items():
            (staging / name).write_bytes(data)
        os.rename(staging, Path(shelf) / tag)
        return tag
