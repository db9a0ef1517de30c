"""quota: GitHub's primary rate limit, requests an hour for each token or address."""
import time
from dataclasses import dataclass

HOUR = 3600


@dataclass
class Bucket:
    limit: int
    reset: float
    used: int = 0

    def remaining(self):
        return max(0, self.limit - self.used)

    def headers(self):
        return {"x-ratelimit-limit": str(self.limit), "x-ratelimit-remaining": str(self.remaining()),
                "x-ratelimit-reset": str(int(self.reset)), "x-ratelimit-used": str(self.used),
                "x-ratelimit-resource": "core"}


@dataclass
class Refusal:
    """What a caller over the limit gets. GitHub uses 403 and 429, with and without either kind of header."""
    status: int = 403
    reset: float | None = None       # epoch; None: the bucket's own
    retry_after: str | None = None
    ratelimit_headers: bool = True


class Quota:
    def __init__(self, anonymous=60, with_token=5000):
        self.anonymous = anonymous
        self.with_token = with_token
        self.refusal = Refusal()
        self.exhausted = False  # everybody is over the limit, by order of a test
        self._buckets = {}

    def bucket(self, client, token):
        key = token or client
        found = self._buckets.get(key)
        if found is None or found.reset <= time.time():
            limit = self.with_token if token else self.anonymous
            found = self._buckets[key] = Bucket(limit, time.time() + HOUR)
        if self.exhausted:
            found = Bucket(found.limit, found.reset, found.limit)
        return found

    def refusal_headers(self, bucket):
        headers = bucket.headers() if self.refusal.ratelimit_headers else {}
        if headers and self.refusal.reset is not None:
            headers["x-ratelimit-reset"] = str(int(self.refusal.reset))
        if self.refusal.retry_after is not None:
            headers["retry-after"] = str(self.refusal.retry_after)
        return headers
