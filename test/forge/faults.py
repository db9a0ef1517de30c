"""faults: what can go wrong between a forge and its client, ordered in advance by a test.

A Fault is used up by the requests it meets. Offsets count bytes of the body; -1 is before the status line.
"""
import re
from dataclasses import dataclass, field
from typing import Callable

HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please accept our terms.</body></html>\n"


@dataclass
class Answer:
    status: int
    headers: dict = field(default_factory=dict)
    body: bytes = b""


@dataclass
class Fault:
    # which requests
    path: str = ""               # regular expression, searched in path?query
    where: str | None = None     # web, api, storage or any
    skip: int = 0                # let so many pass first
    times: int | None = 1        # then meet so many; None: all
    # another answer
    status: int | None = None
    headers: dict = field(default_factory=dict)  # added; a value of None takes one away
    body: bytes | None = None
    html: bool = False           # 200 and a page, as captive portals do
    bad_json: bool = False       # 200 and half a document
    location: str | None = None  # 302 to there
    loop: bool = False           # 302 to itself
    ignore_range: bool = False   # 200 and everything, whatever Range asked
    # another transport
    hold: object = None          # threading.Event: no answer before it is set
    delay: float = 0             # seconds before the answer
    corrupt: int | None = None   # invert the byte at this offset (of the whole file: Range does not move it)
    truncate: int | None = None  # close there, though the length said more
    reset: int | None = None     # RST there
    stall: int | None = None     # silent from there, until the client goes away
    rate: int | None = None      # bytes a second
    endless: bool = False        # no length, and zeros for ever behind the body
    chunked: bool = False        # chunks instead of a length
    then: Callable | None = None  # called when the answer is decided and nothing of it is sent
    hits: int = 0

    def __post_init__(self):
        self._pattern = re.compile(self.path)

    def meets(self, request):
        if self.where not in (None, request.where) or not self._pattern.search(request.target):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True

    def rewrite(self, request, answer):
        if self.html:
            answer = Answer(200, {"content-type": "text/html; charset=utf-8"}, HTML)
        elif self.bad_json:
            answer = Answer(200, dict(answer.headers), answer.body[:len(answer.body) // 2])
        elif self.loop or self.location is not None:
            answer = Answer(302, {"location": request.url if self.loop else self.location})
        elif self.status is not None:
            answer = Answer(self.status, {"content-type": "text/plain"}, b"fault\n")
        if self.body is not None:
            answer.body = self.body
        if self.corrupt is not None:
            answer.body = self._corrupted(answer)
        answer.headers = {k: v for k, v in (answer.headers | self.headers).items() if v is not None}
        return answer

    def _corrupted(self, answer):
        span = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
        at = self.corrupt - (int(span[1]) if span else 0)
        if not 0 <= at < len(answer.body):
            return answer.body
        return answer.body[:at] + bytes([answer.body[at] ^ 0xFF]) + answer.body[at + 1:]

    def cut(self):
        """Where and how the response ends early: (offset, how) or (None, None)."""
        for how in ("truncate", "reset", "stall"):
            if getattr(self, how) is not None:
                return getattr(self, how), how
        return None, None


NO_FAULT = Fault(times=0)
