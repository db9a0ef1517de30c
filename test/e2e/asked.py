"""asked: what a request in the forge's log was for."""


def probe(request):
    """A poll, without a token: the redirect that costs no quota."""
    return request.where == "web" and request.path.endswith("/releases/latest")


def api(request):
    return request.where == "api"


def asset(name):
    """The download of an asset, at the address that everybody knows."""
    return lambda request: request.where == "web" and request.path.endswith("/" + name)


def stored(request):
    """The bytes of an asset."""
    return request.where == "storage"


ARCHIVE = "filename%3Ddemo_"      # in the signed address of the archive's bytes,
CHECKSUMS = "filename%3Dchecks"   # and of those of its checksums, which are asked for first


def archive(request):
    """The bytes of the archive."""
    return stored(request) and ARCHIVE in request.query


def count(forge, predicate, after=0):
    return sum(1 for request in forge.requests[after:] if predicate(request))


def polls(forge, number, after=0, timeout=20, predicate=probe):
    """Waits until so many polls came and were answered; a place in the forge's log behind them."""
    for _ in range(number):
        request = forge.wait_request(predicate, timeout, after)
        after = forge.requests.index(request) + 1
    return after
