"""journal: what the services of one container noted (service.c), read without waking anybody when they write."""
import time
from dataclasses import dataclass

import processes

PAUSE = 0.0005  # between two looks; short beside what is measured, and it is the services' clock that counts


@dataclass(frozen=True)
class Entry:
    what: str
    name: str     # the service's directory
    seconds: float


class Journal:
    def __init__(self, path):
        path.touch()
        self.path = path
        self.entries = []
        self._file = open(path, encoding="ascii")
        self._rest = ""

    def _read(self):
        lines = (self._rest + self._file.read()).split("\n")
        self._rest = lines.pop()
        for line in lines:
            what, name, nanoseconds = line.rsplit(" ", 2)
            self.entries.append(Entry(what, name, int(nanoseconds) / 1e9))

    def find(self, what, name=None, after=0):
        """Of the entries from `after` on."""
        self._read()
        return [it for it in self.entries[after:] if it.what == what and name in (None, it.name)]

    def mark(self):
        self._read()
        return len(self.entries)

    def wait(self, what, count=1, name=None, after=0, timeout=processes.DEADLINE):
        """Until there are so many; returns them."""
        end = time.monotonic() + timeout
        while len(found := self.find(what, name, after)) < count:
            if time.monotonic() > end:
                raise RuntimeError(f"{len(found)} of {count} {what!r} within {timeout} s")
            time.sleep(PAUSE)
        return found

    def close(self):
        self._file.close()
