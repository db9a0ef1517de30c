"""moult-fetch and what stands between it and the forge: proxies, names that lead elsewhere, clocks, hosts that want to be
left in peace."""
import base64
import os
import select
import socket
import threading
import time

import pytest

from https_server import Server, make_certificates, reply
from job import run

DATA = bytes(range(256)) * 1000
USER = "proxyuser"
PASSWORD = "s3cretOfTheProxy"


@pytest.fixture
def out(tmp_path):
    return tmp_path / "download"


def get(url, home, ca, out, env=None, prefix=(), **more):
    fd = os.open(out, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return run("moult-fetch", {"do": "get", "url": url, "home": home, "cap": len(DATA), "ca": ca, **more},
                   fds={1: fd}, env=env, prefix=prefix)
    finally:
        os.close(fd)


# --- no credential crosses a redirect

CREDENTIALS = ("authorization", "private-token", "cookie", "proxy-authorization", "job-token")


@pytest.mark.parametrize("forge, header", [("github", "authorization"), ("gitea", "authorization"),
                                           ("gitlab", "private-token")])
@pytest.mark.parametrize("other", ["host", "port", "scheme"])
def test_no_credential_crosses_a_redirect(servers, ca, out, forge, header, other):
    """By host, by port, by scheme, and not back again either; cookies are not kept at all."""
    if other == "scheme":
        first, second = servers(tls=False), servers()
    else:
        first, second = servers(), servers(name="localhost" if other == "host" else "127.0.0.1")
    first.routes["/f"] = reply(302, Location=f"{second.url}/f", Set_Cookie="session=s3cret; Path=/")
    second.routes["/f"] = reply(302, Location=f"{second.url}/g", Set_Cookie="other=s3cret; Path=/")
    second.routes["/g"] = reply(200, DATA)
    answer = get(f"{first.url}/f", first.url, ca, out, token="s3cret", forge=forge)
    assert answer.ok, answer
    assert "s3cret" in first.requests[0].headers[header]
    for request in second.requests:
        assert not set(CREDENTIALS) & set(request.headers), request
        assert "s3cret" not in str(request)
    assert len(second.requests) == 2


@pytest.mark.parametrize("location", ["https://me:s3cret@127.0.0.1:{port}/f", "//me@127.0.0.1:{port}/f"])
def test_no_user_name_comes_with_a_redirect(servers, ca, out, location):
    first, second = servers(), servers()
    first.routes["/f"] = reply(302, Location=location.format(port=second.port))
    answer = get(f"{first.url}/f", first.url, ca, out, token="t0ken")
    assert answer.code == "protocol" and not second.requests and "t0ken" not in answer.last


# --- names that lead to what only this machine may ask

def hosts(tmp_path, **names):
    """A command that runs the job where these names lead to these addresses."""
    file = tmp_path / "hosts"
    file.write_text("".join(f"{address} {name.replace('_', '.')}\n" for name, address in names.items()))
    return ["/usr/bin/unshare", "--user", "--map-root-user", "--mount", "/bin/sh", "-c",
            f'mount --bind {file} /etc/hosts && exec "$@"', "sh"]


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "::ffff:127.0.0.1"])
def test_a_redirect_to_a_name_that_leads_home(servers, ca, out, tmp_path, address):
    """Whoever owns a name may let it lead anywhere: it is the address that counts."""
    forge, inner = servers(), servers()
    forge.routes["/f"] = reply(302, Location=f"https://storage.test:{inner.port}/latest/meta-data")
    prefix = hosts(tmp_path, forge_test="127.0.0.1", storage_test=address)
    answer = get(f"https://forge.test:{forge.port}/f", f"https://forge.test:{forge.port}", ca, out, prefix=prefix, connect=2)
    assert answer.code in ("protocol", "network"), answer
    assert answer.code == "protocol" or ":" in address  # where there is no IPv6 it is not even tried
    assert answer.code == "network" or "this machine or its network link" in answer.last
    assert not inner.requests and len(forge.requests) == 1


@pytest.mark.parametrize("url", ["https://storage.test:{port}/f", "https://127.0.0.1:{port}/f"])
def test_an_asset_that_is_said_to_stand_at_home(servers, ca, out, tmp_path, url):
    """The address of an asset is what whoever made the release wrote."""
    inner = servers()
    prefix = hosts(tmp_path, storage_test="127.0.0.1")
    answer = get(url.format(port=inner.port), "https://api.forge.test", ca, out, prefix=prefix)
    assert answer.code == "protocol" and not inner.requests


def test_the_configured_forge_may_be_at_home(servers, ca, out, tmp_path):
    """GH_URL is what the person who runs it wrote; and what is beside it is on the same machine."""
    forge, storage = servers(), servers()
    forge.routes["/f"] = reply(302, Location=f"https://forge.test:{storage.port}/f")
    storage.routes["/f"] = reply(200, DATA)
    prefix = hosts(tmp_path, forge_test="127.0.0.1")
    home = f"https://forge.test:{forge.port}"
    assert get(f"{home}/f", home, ca, out, prefix=prefix).ok
    assert out.read_bytes() == DATA


# --- proxies

class Proxy:
    """CONNECT and, for http, the whole URL. `names` says where a name is; what came is in `seen`: first lines, and the
    credentials of each."""

    def __init__(self, names=None, wants=None):
        self.names, self.wants, self.seen, self.given, self.heads = names or {}, wants, [], [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def url(self, user=None, password=None):
        return f"http://{user}:{password}@127.0.0.1:{self.port}" if user else f"http://127.0.0.1:{self.port}"

    def accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:
                    return
                head += piece
            lines = head.decode().split("\r\n")
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if ": " in line)}
            self.seen.append(lines[0])
            self.heads.append(headers)
            self.given.append(headers.get("proxy-authorization"))
            method, target, _ = lines[0].split(" ")
            if self.wants and self.given[-1] != self.wants:
                client.sendall(b"HTTP/1.1 407 Who are you?\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n")
                return
            if method != "CONNECT":
                client.sendall(reply(302, Location="/o/r/releases/tag/v7"))
                return
            name, _, port = target.rpartition(":")
            with socket.create_connection(("127.0.0.1", self.names.get(name, int(port)))) as upstream:
                client.sendall(b"HTTP/1.1 200 Here you are\r\n\r\n")
                self.pump(client, upstream)

    @staticmethod
    def pump(one, other):
        while True:
            for end in select.select([one, other], [], [])[0]:
                piece = end.recv(65536)
                if not piece:
                    return
                (other if end is one else one).sendall(piece)

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.fixture
def proxy():
    one = Proxy()
    yield one
    one.stop()


def probe(ca, env, url="https://forge.test", **more):
    return run("moult-fetch", {"do": "probe", "url": url, "owner": "o", "repo": "r", "ca": ca, **more}, env=env)


@pytest.fixture
def behind(servers, proxy):
    """forge.test, which only the proxy can find."""
    forge = servers()
    forge.routes["/o/r/releases/latest"] = reply(302, Location="/o/r/releases/tag/v2")
    proxy.names["forge.test"] = forge.port
    return forge


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_through_a_proxy(behind, proxy, ca, name):
    answer = probe(ca, {name: proxy.url()})
    assert answer.ok and answer.packets[-1] == {"tag": "v2"}, answer
    assert proxy.seen == ["CONNECT forge.test:443 HTTP/1.1"] and len(behind.requests) == 1


def test_a_proxy_never_sees_the_token(behind, proxy, ca):
    behind.routes["/repos/o/r/releases"] = reply(200, b"[]")
    answer = run("moult-fetch", {"do": "list", "api": "https://forge.test", "owner": "o", "repo": "r", "ca": ca,
                                 "token": "t0ken"}, env={"https_proxy": proxy.url()})
    assert answer.ok, answer
    assert behind.requests[0].headers["authorization"] == "Bearer t0ken"
    assert "t0ken" not in str(proxy.heads)


def test_a_proxy_that_wants_a_password(behind, proxy, ca):
    proxy.wants = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    answer = probe(ca, {"https_proxy": proxy.url(USER, PASSWORD)})
    assert answer.ok, answer
    assert "proxy-authorization" not in behind.requests[0].headers


@pytest.mark.parametrize("url", [
    "http://{user}:{password}x@127.0.0.1:{port}",  # the wrong one
    "http://{user}:{password}@127.0.0.1:1",        # nobody there
    "http://{user}:{password}@proxy.invalid:80",   # no such host
    "ftp://{user}:{password}@127.0.0.1:{port}",    # no proxy
    "http://{user}:{password}@127.0.0.1:99999999",  # no port
    "http://{user}:{password}@[::1:{port}",        # no host
], ids=["wrong", "nobody", "no host", "ftp", "no port", "no address"])
def test_the_password_of_a_proxy_is_never_told(behind, proxy, ca, url):
    proxy.wants = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    answer = probe(ca, {"https_proxy": url.format(user=USER, password=PASSWORD, port=proxy.port), "VERBOSE": "1"})
    assert answer.code in ("network", "protocol"), answer
    assert PASSWORD not in str(answer)
    assert not behind.requests


@pytest.mark.parametrize("exempt", ["forge.test", ".test", "*", "other,forge.test"])
@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
def test_what_no_proxy_exempts_goes_straight(proxy, ca, name, exempt):
    answer = probe(ca, {"https_proxy": proxy.url(), name: exempt}, connect=2)
    assert answer.code == "network" and not proxy.seen  # nobody but the proxy knows forge.test


def test_http_goes_through_its_own_proxy(proxy, ca):
    answer = probe(ca, {"http_proxy": proxy.url(), "https_proxy": "http://127.0.0.1:1"}, url="http://forge.test",
                   allow="http")
    assert answer.ok and answer.packets[-1] == {"tag": "v7"}
    assert proxy.seen == ["GET http://forge.test/o/r/releases/latest HTTP/1.1"]


# --- clocks

@pytest.mark.parametrize("start, end", [("20310101000000Z", "20330101000000Z"), ("20200101000000Z", "20210101000000Z")],
                         ids=["ours is years behind", "ours is years ahead"])
def test_a_clock_that_is_years_off(ca, out, tmp_path, start, end):
    """What a certificate says of its time does not fit ours: refused, and told why; never trusted all the same."""
    made = make_certificates(tmp_path, start, end)
    server = Server(*made[1:])
    try:
        answer = get(f"{server.url}/f", server.url, made[0], out)
    finally:
        server.stop()
    assert answer.code == "network" and "is the clock of this machine right?" in answer.last
    assert not server.requests


# --- leaving in peace

@pytest.mark.parametrize("status", [403, 429, 500, 502, 503])
@pytest.mark.parametrize("headers, wait", [
    ({"Retry-After": "120"}, 120),
    ({"Retry-After": "DATE+600"}, 600),
    ({"Retry-After": "999999999"}, 3600),
    ({"Retry-After": "DATE-600"}, 60),
    ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "+900"}, 900),
    ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "-900"}, 60),
    ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "+315360000"}, 3600),
    ({"RateLimit-Remaining": "0", "RateLimit-Reset": "+900"}, 900),
    ({}, 60),
], ids=lambda v: " ".join(v.values()) or "none" if isinstance(v, dict) else None)
def test_every_way_to_say_not_before(servers, ca, status, headers, wait):
    server, now = servers(), int(time.time())

    def text(value):
        if value.startswith("DATE"):
            return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(now + int(value[4:])))
        return str(now + int(value)) if value[0] in "+-" else value

    server.routes["/repos/o/r/releases"] = reply(status, b"{}", **{k: text(v) for k, v in headers.items()})
    answer = run("moult-fetch", {"do": "list", "api": server.url, "owner": "o", "repo": "r", "ca": ca})
    named = "Retry-After" in headers
    limited = status == 429 or (status == 403 and headers)
    assert answer.code == ("limited" if limited else "denied" if status == 403 else "server"), answer
    if limited or (status >= 500 and named):
        assert abs(int(answer.one("wait")["until"]) - now - wait) <= 30
    else:
        assert not answer.of("wait")
