"""GH_MIRRORS: the bytes of an archive may come from anywhere, what they have to be is said by the forge."""
import re
import time

import asked
import pytest
from faults import Answer
from forge import Forge
from releases import Asset

TOKEN = "ghp_S3cretOfTheTests0123456789abcdef"


class Mirror:
    """A web server with what the forge has, under the same paths, behind /gh."""

    def __init__(self, certificates):
        self.server = Forge("mirror", "x", directory=str(certificates), dialect="directory")
        self.server._routes._routes = [("web", r"/gh/[^/]+/[^/]+/releases/download/[^/]+/([^/]+)", self.give)]
        self.files = {}

    def give(self, request, name):
        if name not in self.files:
            return Answer(404, {"content-type": "text/plain"}, b"not here\n")
        return self.server._routes._bytes(request, Asset(self.files[name], name=name))

    @property
    def url(self):
        return self.server.url + "/gh"


@pytest.fixture
def mirrors(certificates):
    made = [Mirror(certificates) for _ in range(2)]
    for mirror in made:
        mirror.server.start()
    yield made
    for mirror in made:
        mirror.server.stop()
        print(mirror.server.log())


def both(mirrors):
    return " ".join(mirror.url for mirror in mirrors)


def fill(mirrors, forge):
    """With what the forge has, byte for byte: an archive that is made again has another time in it."""
    for mirror in mirrors:
        mirror.files = {asset.name: asset.data for release in forge.repository().releases
                        for asset in release.assets.values()}


def archive_from_forge(forge):
    return asked.count(forge, asked.archive)


def test_a_mirror_is_asked_before_the_forge(container, forge, publish, demo, mirrors):
    forge.repository().private = True
    forge.tokens[TOKEN] = "read"
    publish("v1.1.0")
    fill(mirrors, forge)
    box = container("v1.0.0", GH_MIRRORS=both(mirrors), GH_TOKEN=TOKEN)
    box.wait_installed("v1.1.0")
    box.wait_log(re.escape(f"from {mirrors[0].server.url.removeprefix('https://')}"))
    assert archive_from_forge(forge) == 0 and asked.count(forge, asked.stored) == 1  # the checksums
    (request,) = mirrors[0].server.requests
    assert request.path == f"/gh/octo/demo/releases/download/v1.1.0/{demo.name('v1.1.0')}"
    assert not mirrors[1].server.requests
    assert "authorization" not in {name.lower() for name in request.headers.keys()} and TOKEN not in str(request.headers)


def lies(mirror, demo):
    name = demo.name("v1.1.0")
    mirror.files[name] = mirror.files[name][:-1] + bytes([mirror.files[name][-1] ^ 1])


def is_short(mirror, demo):
    name = demo.name("v1.1.0")
    mirror.files[name] = mirror.files[name][:-1]


def is_long(mirror, demo):
    mirror.files[demo.name("v1.1.0")] += b"x"


def has_it_not(mirror, demo):
    del mirror.files[demo.name("v1.1.0")]


def is_ill(mirror, demo):
    mirror.server.fault(status=503, times=None)


def breaks_off(mirror, demo):
    mirror.server.fault(truncate=1000, times=None)


def sends_a_page(mirror, demo):
    mirror.server.fault(html=True, times=None)


def has_had_enough(mirror, demo):
    mirror.server.fault(status=429, headers={"retry-after": "1000"}, times=None)


def leads_elsewhere(mirror, demo):
    mirror.server.fault(location="https://169.254.169.254/latest/meta-data", times=None)


WAYS = [lies, is_short, is_long, has_it_not, is_ill, breaks_off, sends_a_page, has_had_enough, leads_elsewhere]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_is_wrong_with_a_mirror_costs_a_try_with_the_next(container, forge, publish, demo, mirrors, way):
    publish("v1.1.0")
    fill(mirrors, forge)
    way(mirrors[0], demo)
    box = container("v1.0.0", GH_MIRRORS=both(mirrors))
    box.wait_installed("v1.1.0")
    box.wait_log("asking the next source")
    assert len(mirrors[0].server.requests) == 1 and mirrors[1].server.requests
    assert not any(entry.get("what") == "bad" for entry in box.history())


def test_when_all_mirrors_lie_the_forge_is_asked(container, forge, publish, demo, mirrors):
    publish("v1.1.0")
    fill(mirrors, forge)
    for mirror in mirrors:
        lies(mirror, demo)
    box = container("v1.0.0", GH_MIRRORS=both(mirrors))
    box.wait_installed("v1.1.0")
    assert archive_from_forge(forge) == 1
    assert not any(entry.get("what") == "bad" for entry in box.history())


def test_who_had_enough_is_left_in_peace_and_the_others_are_not(container, forge, publish, demo, mirrors):
    """Over restarts, too: it is written down by host."""
    publish("v1.1.0")
    fill(mirrors, forge)
    has_had_enough(mirrors[0], demo)
    box = container("v1.0.0", GH_MIRRORS=both(mirrors))
    box.wait_installed("v1.1.0")
    box.restart()
    release = publish("v1.2.0", draft=True)
    fill(mirrors, forge)
    release.published, release.draft = time.time(), False
    box.wait_installed("v1.2.0")
    assert len(mirrors[0].server.requests) == 1 and len(mirrors[1].server.requests) == 2


def test_without_a_digest_the_checksums_are_enough(container, forge, demo, mirrors):
    forge.publish("v1.1.0", demo.assets("v1.1.0"), digest=None)
    fill(mirrors, forge)
    lies(mirrors[0], demo)
    box = container("v1.0.0", GH_MIRRORS=both(mirrors))
    box.wait_installed("v1.1.0")
    assert archive_from_forge(forge) == 0 and mirrors[1].server.requests


def test_what_nothing_vouches_for_is_taken_from_the_forge(container, forge, demo, mirrors):
    forge.publish("v1.1.0", demo.assets("v1.1.0", sums=False), digest=None)
    fill(mirrors, forge)
    box = container("v1.0.0", GH_MIRRORS=both(mirrors), UPDATE_VERIFY="none")
    box.wait_installed("v1.1.0")
    box.wait_log("not taken from GH_MIRRORS")
    assert not mirrors[0].server.requests and not mirrors[1].server.requests
