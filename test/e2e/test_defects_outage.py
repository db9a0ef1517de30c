"""The replaced system could hold back the first start of the app for as long as its forge was out of reach, and asked a
forge that had refused it again and again."""
import socket
import time

import pytest

import asked
import tls
from container import CALM

FIRST_START = 30  # seconds that an outage may keep the app down
SILENT_DNS = "127.77.0.1"

OUTAGES = {
    "probe 404": {"where": "web", "status": 404},
    "probe 403": {"where": "web", "status": 403},
    "probe 500": {"where": "web", "status": 500},
    "probe 503": {"where": "web", "status": 503},
    "probe is a page": {"where": "web", "html": True},
    "probe reset": {"where": "web", "reset": -1},
    "probe leads in a circle": {"where": "web", "loop": True},
    "api 404": {"where": "api", "status": 404},
    "api 502": {"where": "api", "status": 502},
    "api is a page": {"where": "api", "html": True},
    "api is half a document": {"where": "api", "bad_json": True},
    "api cut": {"where": "api", "truncate": 100},
}


@pytest.mark.parametrize("name", OUTAGES)
def test_the_forge_is_ill_at_first_start(container, forge, publish, name):
    publish("v1.1.0")
    fault = forge.fault(times=None, **OUTAGES[name])
    box = container("v1.0.0", SLEEP=CALM, UPDATE_PROBATION=0)
    box.wait_version("1.0.0", FIRST_START)
    assert fault.hits > 0
    assert "Cannot obtain" in box.moult("status").stdout
    forge.clear_faults()
    box.check()
    box.wait_version("1.1.0")


def test_nobody_listens(container, forge, publish):
    publish("v1.1.0")
    box = container("v1.0.0", GH_URL="https://127.0.0.1:1", GH_API="https://127.0.0.1:1")
    box.wait_version("1.0.0", FIRST_START)
    assert "127.0.0.1:1" in box.moult("status").stdout
    assert box.service_state("updater")["deaths"] == "0"


def test_another_certificate(container, publish, tmp_path):
    """No verified forge, no update; the reason is told."""
    publish("v1.1.0")
    box = container("v1.0.0", SSL_CERT_FILE=tls.make_authority(tmp_path))
    box.wait_version("1.0.0", FIRST_START)
    box.wait_log("update.*certificate")
    assert "certificate" in box.moult("status").stdout


@pytest.fixture
def silent_dns():
    """A name server that hears all and says nothing."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        server.bind((SILENT_DNS, 53))
    except PermissionError:
        pytest.skip("only root may be a name server")
    with server:
        yield SILENT_DNS


def test_dns_is_dead_at_first_start(container, silent_dns, tmp_path):
    resolver = tmp_path / "resolv.conf"
    resolver.write_text(f"nameserver {silent_dns}\n")
    box = container("v1.0.0", setup=f"mount --bind {resolver} /etc/resolv.conf &&", SLEEP=60,
                    GH_URL="https://forge.example", GH_API="https://api.forge.example")
    box.wait_version("1.0.0", FIRST_START + 5)
    box.wait_log("update.*forge.example", FIRST_START)


def test_a_forge_that_never_answers(container, forge, publish):
    publish("v1.1.0")
    forge.fault(where="web", stall=-1, times=None)
    box = container("v1.0.0")
    forge.wait_request(asked.probe, done=False)
    assert box.moult("status").returncode == 0  # it listens while it waits
    box.wait_version("1.0.0", FIRST_START + 5)


@pytest.mark.parametrize("status, with_headers, retry_after", [
    (403, True, None), (429, True, None), (403, False, "7200"), (429, False, None)])
def test_over_the_limit(container, forge, publish, status, with_headers, retry_after):
    """After a refusal the API is left alone until the time it named, also by another life of the container."""
    publish("v1.1.0")
    forge.exhaust(status, reset=time.time() + 1800, retry_after=retry_after, ratelimit_headers=with_headers)
    box = container("v1.0.0")
    box.wait_version("1.0.0", FIRST_START)
    forge.wait_request(asked.api)
    box.wait_log("update.*limit")
    assert "limit" in box.moult("status").stdout
    for _ in range(2):
        box.moult("check")
    mark = box.mark()
    box.restart()
    box.wait_version("1.0.0", after=mark)
    box.moult("check")
    assert asked.count(forge, asked.api) == 1


def test_over_the_limit_with_a_token(container, forge, publish):
    publish("v1.1.0")
    forge.tokens["s3cret"] = "read"
    forge.exhaust(reset=time.time() + 1800)
    box = container("v1.0.0", GH_TOKEN="s3cret")
    box.wait_version("1.0.0", FIRST_START)
    box.wait_log("update.*limit")
    box.moult("check")
    assert len(forge.requests) == 1
