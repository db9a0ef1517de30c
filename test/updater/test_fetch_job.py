"""moult-fetch, the real program, against a server that says what forges, proxies and attackers say."""
import json
import os
import subprocess
import time

import pytest

from https_server import make_certificates, reply
from job import BIN, Job, run

def short(value):
    """A name for a parameter that is a whole answer."""
    return value[:60].decode(errors="replace") if isinstance(value, bytes) else None


HTML = b"<html><body>Please log in</body></html>"


@pytest.fixture
def server(servers):
    return servers()


# --- the program itself

def test_is_not_started_by_hand():
    for words, status, says in ((["-h"], 0, "usage"), (["-V"], 0, "moult-fetch "), (["-x"], 100, "'-x'"), ([], 100, "updater")):
        p = subprocess.run([BIN / "moult-fetch", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert p.returncode == status
        assert says in p.stdout + p.stderr


def test_updater_gone_before_it_asked():
    job = Job("moult-fetch", None)
    job.socket.shutdown(1)
    answer = job.finish()
    assert (answer.status, answer.last) == (0, "")


@pytest.mark.parametrize("request_, names", [
    ({"do": "nothing"}, "do=nothing"),
    ({"url": "https://x"}, "do="),
    ({"do": "probe", "url": "https://x", "owner": "..", "repo": "r"}, "owner=.."),
    ({"do": "probe", "url": "https://x", "owner": "a/b", "repo": "r"}, "owner=a/b"),
    ({"do": "probe", "url": "https://x", "owner": "o", "repo": ""}, "repo="),
    ({"do": "probe", "url": "https://x", "owner": "o" * 200, "repo": "r"}, "owner"),
    ({"do": "probe", "url": "http://forge.example", "owner": "o", "repo": "r"}, "http://forge.example"),
    ({"do": "probe", "url": "file:///etc", "owner": "o", "repo": "r"}, "file:///etc"),
    ({"do": "list", "api": "https://u:p@x", "owner": "o", "repo": "r"}, "user name"),
    ({"do": "list", "api": "https://x", "owner": "o", "repo": "r", "page": "0"}, "page=0"),
    ({"do": "list", "api": "https://x", "owner": "o", "repo": "r", "page": "1x"}, "page=1x"),
    ({"do": "list", "api": "https://x", "owner": "o", "repo": "r", "token": "a b"}, "token"),
    ({"do": "release", "api": "https://x", "owner": "o", "repo": "r"}, "tag"),
    ({"do": "get", "url": "https://x/f"}, "cap"),
    ({"do": "get", "url": "https://x/f", "cap": "-1"}, "cap=-1"),
    ({"do": "get", "url": "https://x/f", "cap": "9", "accept": "all"}, "accept=all"),
    ({"do": "get", "url": "https://x/f", "cap": "9", "allow": "ftp"}, "allow=ftp"),
    ({"do": "get", "url": "https://x/f", "cap": "9", "stall": "0"}, "stall=0"),
    ({"do": "get", "url": "https://x/f", "cap": "9", "token": "t"}, "home="),
    ({"do": "probe", "url": "https://x", "owner": "o", "repo": "r", "forge": "svn"}, "forge=svn"),
    ({"do": "probe", "url": "https://x", "owner": "o", "repo": "r", "forge": "directory"}, "forge=directory"),
    ({"do": "probe", "url": "https://x", "owner": "a//b", "repo": "r", "forge": "gitlab"}, "owner=a//b"),
    ({"do": "probe", "url": "https://x", "owner": "a/../b", "repo": "r", "forge": "gitlab"}, "owner=a/../b"),
    ({"do": "list", "api": "file:///etc", "owner": "o", "repo": "r"}, "file:///etc"),
    ({"do": "get", "url": "file:///etc/passwd", "home": "file:///srv", "cap": "9", "forge": "directory"}, "not below"),
    ({"do": "get", "url": "file:///srv/x", "home": "https://x", "cap": "9", "forge": "directory"}, "file:///srv/x"),
])
def test_garbage_is_refused_by_name(request_, names):
    answer = run("moult-fetch", request_)
    assert answer.code == "usage", answer
    assert names in answer.last
    assert answer.status == 0


def test_missing_certificates_are_named(tmp_path):
    answer = run("moult-fetch", {"do": "probe", "url": "https://x", "owner": "o", "repo": "r", "ca": tmp_path / "none"})
    assert answer.code == "system" and str(tmp_path / "none") in answer.last


# --- probe

def probe(server, ca, **more):
    return run("moult-fetch", {"do": "probe", "url": server.url, "owner": "o", "repo": "r", "ca": ca, **more})


LATEST = "/o/r/releases/latest"


@pytest.mark.parametrize("tag, path", [("v1.2.3", "v1.2.3"), ("app/v1+b", "app%2Fv1%2Bb"), ("app/v1", "app/v1")])
def test_probe_finds_the_latest_tag(server, ca, tag, path):
    server.routes[LATEST] = reply(302, Location=f"{server.url}/o/r/releases/tag/{path}")
    answer = probe(server, ca, token="secret")
    assert answer.ok, answer
    assert answer.packets[-1] == {"tag": tag}
    (request,) = server.requests
    assert "authorization" not in request.headers or request.headers["authorization"] == "Bearer secret"
    assert request.headers["user-agent"].startswith("moult/")


def test_probe_follows_a_repository_that_moved(server, ca):
    server.routes[LATEST] = reply(301, Location=f"{server.url}/new/name/releases/latest")
    server.routes["/new/name/releases/latest"] = reply(302, Location="/new/name/releases/tag/v2")
    assert probe(server, ca).packets[-1] == {"tag": "v2", "moved": "new/name"}


@pytest.mark.parametrize("path, moved", [("/O/R", None), ("/o/rr", "o/rr"), ("/oo/r", "oo/r"), ("/o/r/x", "o/r/x")])
def test_probe_tells_of_another_name_only(server, ca, path, moved):
    server.routes[LATEST] = reply(302, Location=path + "/releases/tag/v2")
    assert probe(server, ca).packets[-1].get("moved") == moved


def test_probe_url_may_end_in_a_slash_or_have_a_path(server, ca):
    server.routes["/forge" + LATEST] = reply(302, Location="/forge/o/r/releases/tag/v2")
    assert probe(server, ca, url=server.url + "/forge/").packets[-1] == {"tag": "v2"}


@pytest.mark.parametrize("answer, code", [
    (reply(404), "missing"),
    (reply(302, Location="/o/r/releases"), "none"),
    (reply(200, HTML, Content_Type="text/html"), "protocol"),
    (reply(302, Location="/login"), "protocol"),
    (reply(302, Location="https://captive.example/o/r/releases/tag/v9"), "protocol"),
    (reply(302, Location="/o/r/releases/tag/"), "protocol"),
    (reply(302, Location="/o/r/releases/tag/v%00"), "protocol"),
    (reply(302, Location="/o/r/releases/tag/v%2"), "protocol"),
    (reply(302, Location="/o/r/releases/tag/" + "v" * 300), "protocol"),
    (reply(302, Location="/" + "v" * 5000), "protocol"),
    (reply(302), "protocol"),
    (reply(302, Location=LATEST), "protocol"),
    (reply(500), "server"),
    (reply(429), "limited"),
    (b"garbage\r\n\r\n", "protocol"),
    (b"", "network"),
    (b"HTTP/1.1 302 Found\r\nLoca", "network"),
    (b"HTTP/1.1 302 Found\r\n" + b"X: y\r\n" * 1000 + b"\r\n", "protocol"),
], ids=short)
def test_probe_refuses(server, ca, answer, code):
    server.routes[LATEST] = answer
    got = probe(server, ca)
    assert got.code == code, got
    assert got.status == 0


def test_certificates_are_checked(servers, certificates, tmp_path):
    assert probe(servers(name="localhost"), certificates[0]).code == "missing"
    assert probe(servers(name="127.0.0.2"), certificates[0]).code == "network"  # not a name in the certificate
    other_ca = make_certificates(tmp_path)[0]
    answer = probe(servers(), other_ca)
    assert answer.code == "network" and "clock" in answer.last


def test_nobody_there(server, ca):
    server.stop()
    assert probe(server, ca).code == "network"
    answer = probe(server, ca, url="https://forge.invalid")
    assert answer.code == "network" and "forge.invalid" in answer.last


def test_proxy_of_the_environment_is_used_but_not_for_loopback(servers, server, ca):
    proxy = servers(tls=False)
    env = {"https_proxy": proxy.url, "http_proxy": proxy.url}
    request = {"do": "probe", "url": "https://forge.invalid", "owner": "o", "repo": "r", "ca": ca}
    assert run("moult-fetch", request, env=env).code == "network"
    assert [r.method for r in proxy.requests] == ["CONNECT"]
    assert run("moult-fetch", {**request, "url": server.url}, env=env).code == "missing"
    assert len(proxy.requests) == 1


# --- list and release

def asset(server, name, **more):
    return {"name": name, "size": 7, "state": "uploaded", "digest": "sha256:" + "ab" * 32,
            "browser_download_url": f"{server.url}/dl/{name}", "url": f"{server.url}/api/{name}", **more}


def release(server, tag, *names, **more):
    return {"tag_name": tag, "draft": False, "prerelease": False, "published_at": "2026-11-22T01:02:03Z",
            "body": "text", "author": {"login": "x"}, "assets": [asset(server, n) for n in names], **more}


def listing(server, ca, **more):
    return run("moult-fetch", {"do": "list", "api": server.url, "owner": "o", "repo": "r", "ca": ca, **more})


RELEASES = "/repos/o/r/releases"


def test_list_tells_releases_and_assets_in_order(server, ca):
    body = json.dumps([release(server, "v2", "a.tgz", "b.zip"), release(server, "v1", prerelease=True)]).encode()
    server.routes[RELEASES] = reply(200, body, ETag='W/"e1"', Link='<https://x>; rel="next", <https://y>; rel="last"')
    answer = listing(server, ca, token="secret", etag='W/"e0"', page=3)
    assert answer.ok, answer
    told = [p for p in answer.packets if p["kind"] != "lacks"]
    assert told[0] == {"kind": "cache", "etag": 'W/"e1"', "more": "1"}
    assert told[1] == {"kind": "release", "tag": "v2", "published": "1795309323", "draft": "0", "prerelease": "0"}
    assert [p.get("name") for p in told[2:4]] == ["a.tgz", "b.zip"]
    assert told[2] == {"kind": "asset", "name": "a.tgz", "size": "7", "state": "uploaded",
                       "digest": "sha256:" + "ab" * 32, "url": f"{server.url}/dl/a.tgz",
                       "api": f"{server.url}/api/a.tgz"}
    assert told[4]["tag"] == "v1" and told[4]["prerelease"] == "1"
    (request,) = server.requests
    assert request.target == RELEASES + "?per_page=10&page=3"
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["if-none-match"] == 'W/"e0"'
    assert request.headers["accept"] == "application/vnd.github+json"
    assert "secret" not in answer.log + str(answer.packets)


def test_list_unchanged(server, ca):
    server.routes[RELEASES] = b"HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\n\r\n"
    answer = listing(server, ca, etag='"e"')
    assert answer.ok and answer.packets[-1] == {"kind": "cache", "unchanged": "1"}


def test_release_of_one_tag(server, ca):
    server.routes[RELEASES + "/tags/app%2Fv1%25"] = reply(200, json.dumps(release(server, "app/v1%")).encode())
    answer = listing(server, ca, do="release", tag="app/v1%")
    assert answer.ok and answer.one("release")["tag"] == "app/v1%"
    assert listing(server, ca, do="release", tag="v9").code == "missing"


def test_list_follows_a_repository_that_moved(server, ca):
    server.routes[RELEASES] = reply(301, b"{}", Location=f"{server.url}/repositories/7/releases")
    server.routes["/repositories/7/releases"] = reply(200, b"[]")
    answer = listing(server, ca, token="secret")
    assert answer.ok and answer.one("cache")["more"] == "0"
    assert server.requests[1].headers["authorization"] == "Bearer secret"  # the same origin


def test_list_may_be_long(server, ca):
    body = json.dumps([release(server, f"v{n}", *[f"a{m}" for m in range(40)], body="b" * 60000) for n in range(10)])
    server.routes[RELEASES] = reply(200, body.encode())
    answer = listing(server, ca)
    assert answer.ok and len(answer.of("release")) == 10 and len(answer.of("asset")) == 400


@pytest.mark.parametrize("answer, code", [
    (reply(200, HTML, Content_Type="text/html"), "protocol"),
    (reply(200, b""), "network"),
    (reply(200, b"{}"), "protocol"),
    (reply(200, b"[{}]"), "protocol"),
    (reply(200, b'[{"tag_name":"v1"'), "network"),
    (reply(200, b'[{"tag_name":"v1"}', length=100), "network"),
    (reply(200, b'[{"tag_name":"v1","tag_name":"v2"}]'), "protocol"),
    (reply(200, b'[{"tag_name":"v1\\u0000/../../x"}]'), "protocol"),
    (reply(200, b"[" + b"[" * 100000 + b"]" * 100000 + b"]"), "protocol"),
    (reply(200, b'[{"a":' * 100000), "protocol"),
    (reply(200, b'[{"tag_name":"v1","body":"' + b"x" * (2 << 20) + b'"}]'), "protocol"),
    (reply(200, b"[" + b",".join([b'{"tag_name":"v1","body":"' + b"x" * (1 << 20) + b'"}'] * 17) + b"]"), "toobig"),
    (reply(202, b"[]"), "protocol"),
    (reply(401, b'{"message":"Bad credentials"}'), "denied"),
    (reply(403), "denied"),
    (reply(404), "missing"),
    (reply(410), "missing"),
    (reply(502), "server"),
    (reply(302, Location="http://api.example/"), "protocol"),
], ids=short)
def test_list_refuses(server, ca, answer, code):
    server.routes[RELEASES] = answer
    got = listing(server, ca)
    assert got.code == code, got
    assert "127.0.0.1" in got.last


@pytest.mark.parametrize("status, headers, wait", [
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "+600"}, 600),
    (429, {"Retry-After": "120"}, 120),
    (429, {}, 60),
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "+315360000"}, 3600),
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 60),
])
def test_rate_limits_say_until_when(server, ca, status, headers, wait):
    now = int(time.time())
    headers = {k: str(now + int(v)) if v[0] == "+" else v for k, v in headers.items()}
    server.routes[RELEASES] = reply(status, b"{}", **headers)
    answer = listing(server, ca)
    assert answer.code == "limited"
    assert 0 <= int(answer.one("wait")["until"]) - now - wait <= 30


# --- get

DATA = bytes(range(256)) * 1000


@pytest.fixture
def out(tmp_path):
    return tmp_path / "download"


def get(server, ca, out, **more):
    fd = os.open(out, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return run("moult-fetch", {"do": "get", "url": f"{server.url}/f", "home": server.url, "cap": len(DATA), "ca": ca,
                                   **more}, fds={1: fd})
    finally:
        os.close(fd)


def test_get_writes_the_file(server, ca, out):
    out.write_bytes(b"what stood here before, and is longer" * 100000)
    server.routes["/f"] = reply(200, DATA, ETag='"e1"')
    answer = get(server, ca, out)
    assert answer.ok, answer
    assert out.read_bytes() == DATA
    assert answer.of("progress")[0] == {"kind": "progress", "bytes": "0", "total": str(len(DATA)), "etag": '"e1"'}
    assert answer.one("done") == {"kind": "done", "bytes": str(len(DATA)), "total": str(len(DATA)), "etag": '"e1"'}


def test_get_without_a_length(server, ca, out):
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (DATA[:1000], DATA[1000:]))
    server.routes["/f"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    assert get(server, ca, out).ok and out.read_bytes() == DATA
    server.routes["/f"] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    assert get(server, ca, out).code == "network"


def test_credentials_stay_with_their_origin(servers, ca, out):
    api, storage = servers(), servers()
    api.routes["/f"] = reply(302, Location=f"{api.url}/g")
    api.routes["/g"] = reply(302, Location=f"{storage.url}/blob?signature=hush")
    storage.routes["/blob"] = reply(302, Location=f"{api.url}/back")
    api.routes["/back"] = reply(200, DATA)
    answer = get(api, ca, out, token="secret", accept="octet")
    assert answer.ok, answer
    assert [r.headers.get("authorization") for r in api.requests] == ["Bearer secret", "Bearer secret", None]
    assert "secret" not in str(storage.requests)
    assert storage.requests[0].headers["accept"] == "application/octet-stream"
    storage.routes["/blob"] = reply(403)
    assert "hush" not in get(api, ca, out).last


def test_same_host_other_port_or_scheme_is_another_origin(servers, ca, out):
    first, second = servers(tls=False), servers()
    first.routes["/f"] = reply(302, Location=f"{second.url}/f")
    second.routes["/f"] = reply(200, DATA)
    assert get(first, ca, out, token="secret").ok
    assert first.requests[0].headers["authorization"] == "Bearer secret"
    assert "authorization" not in second.requests[0].headers


@pytest.mark.parametrize("location", [
    "http://127.0.0.1:1/f", "http://forge.example/f", "file:///etc/passwd", "https://u:p@127.0.0.1/f", "//u@x/f", "gopher://x/",
    "f", "", "https://0x7f000001/f", "https:///f",
])
def test_get_follows_no_bad_redirect(server, ca, out, location):
    server.routes["/f"] = reply(302, Location=location)
    answer = get(server, ca, out)
    assert answer.code == "protocol", answer
    assert out.read_bytes() == b""


def test_get_ends_redirect_loops(server, ca, out):
    server.routes["/f"] = reply(302, Location="/f")
    assert get(server, ca, out).code == "protocol"
    assert len(server.requests) == 6


def test_get_resumes(server, ca, out):
    server.routes["/f"] = [reply(200, DATA[:5000], length=len(DATA), ETag='"e1"')]
    answer = get(server, ca, out)
    assert answer.code == "network" and out.read_bytes() == DATA[:5000]
    assert answer.of("progress")[0]["etag"] == '"e1"'
    server.routes["/f"] = reply(206, DATA[5000:], ETag='"e1"', Content_Range=f"bytes 5000-{len(DATA) - 1}/{len(DATA)}")
    answer = get(server, ca, out, offset=5000, etag='"e1"')
    assert answer.ok and out.read_bytes() == DATA
    assert answer.of("progress")[0]["bytes"] == "5000"
    request = server.requests[-1]
    assert (request.headers["range"], request.headers["if-range"]) == ("bytes=5000-", '"e1"')


def test_get_resumes_through_the_original_url(servers, ca, out):
    forge, storage = servers(), servers()
    out.write_bytes(DATA[:10])
    forge.routes["/f"] = reply(302, Location=f"{storage.url}/blob")
    storage.routes["/blob"] = reply(206, DATA[10:], Content_Range=f"bytes 10-{len(DATA) - 1}/{len(DATA)}")
    assert get(forge, ca, out, offset=10, etag='"e"').ok
    assert out.read_bytes() == DATA
    assert storage.requests[0].headers["range"] == "bytes=10-"


@pytest.mark.parametrize("first", [
    reply(206, DATA[4:], Content_Range=f"bytes 4-{len(DATA) - 1}/{len(DATA)}"),
    reply(206, DATA[5:-1], Content_Range=f"bytes 5-{len(DATA) - 2}/{len(DATA)}"),
    reply(206, DATA[5:], Content_Range=f"bytes 5-{len(DATA) - 1}/*"),
    reply(206, DATA[5:]),
    reply(416, Content_Range=f"bytes */{len(DATA)}"),
], ids=short)
def test_get_begins_again_when_it_is_not_the_rest(server, ca, out, first):
    out.write_bytes(b"x" * 5)
    server.routes["/f"] = [first, reply(200, DATA)]
    answer = get(server, ca, out, offset=5, etag='"e"')
    assert answer.ok, answer
    assert out.read_bytes() == DATA
    assert "range" not in server.requests[1].headers


@pytest.mark.parametrize("offset, etag", [(5, 'W/"e"'), (5, ""), (6, '"e"'), (len(DATA), '"e"')])
def test_get_resumes_only_what_is_there_and_the_same(server, ca, out, offset, etag):
    out.write_bytes(b"x" * 5)
    server.routes["/f"] = reply(200, DATA)
    assert get(server, ca, out, offset=offset, etag=etag).ok
    assert out.read_bytes() == DATA
    assert "range" not in server.requests[0].headers


def test_get_when_the_file_changed_meanwhile(server, ca, out):
    out.write_bytes(b"x" * 5)
    server.routes["/f"] = reply(200, DATA[:100], ETag='"e2"')  # If-Range does not match: the whole
    answer = get(server, ca, out, offset=5, etag='"e1"')
    assert answer.ok and out.read_bytes() == DATA[:100]
    assert answer.of("progress")[0]["bytes"] == "0"


@pytest.mark.parametrize("answer, code, left", [
    (reply(200, DATA[:-1], length=len(DATA)), "network", DATA[:-1]),
    (reply(200, b"", length=len(DATA)), "network", b""),
    (reply(200, DATA + b"x"), "toobig", b""),
    (b"HTTP/1.1 200 OK\r\n\r\n" + DATA + b"x", "toobig", None),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n" + DATA, None, DATA),
    (reply(200, HTML, Content_Type="text/html; charset=utf-8"), "protocol", b""),
    (reply(206, DATA, Content_Range="bytes 0-9/10"), "protocol", b""),
    (reply(416), "protocol", b""),
    (reply(403), "denied", b""),
    (reply(404), "missing", b""),
    (reply(503), "server", b""),
], ids=short)
def test_get_refuses(server, ca, out, answer, code, left):
    server.routes["/f"] = answer
    got = get(server, ca, out)
    assert got.code == code or code is None, got
    assert out.stat().st_size <= len(DATA)
    if left is not None:
        assert out.read_bytes() == left


def test_stalled_transfers_are_dropped(server, ca, out):
    server.hold = True
    server.routes["/f"] = reply(200, DATA[:100], length=len(DATA))
    answer = get(server, ca, out, stall=1)
    assert answer.code == "network" and out.read_bytes() == DATA[:100]
    server.routes["/f"] = b""  # not even an answer
    assert get(server, ca, out, stall=1).code == "network"
    assert get(server, ca, out, total=1).code == "network"


def test_disk_full(server, ca):
    server.routes["/f"] = reply(200, DATA)
    fd = os.open("/dev/full", os.O_RDWR)
    answer = run("moult-fetch", {"do": "get", "url": f"{server.url}/f", "cap": len(DATA), "ca": ca}, fds={1: fd})
    os.close(fd)
    assert answer.code in ("full", "system"), answer


def test_rights_are_gone_while_it_works(server, ca, out):
    server.hold = True
    server.routes["/f"] = reply(200, DATA[:100], length=len(DATA))
    with open(out, "w") as file, open("/etc/passwd") as extra:
        job = Job("moult-fetch", {"do": "get", "url": f"{server.url}/f", "cap": len(DATA), "ca": ca, "token": "hush",
                                  "home": server.url},
                  fds={1: file.fileno(), 9: extra.fileno()})
    packets = []
    while not packets or "kind=progress" not in packets[-1]:
        packets.append(job.packet())
    limits = {line[:26].strip(): line[26:].split()[0] for line in open(f"/proc/{job.pid}/limits")}
    status = open(f"/proc/{job.pid}/status").read()
    opened = {os.readlink(f"/proc/{job.pid}/fd/{n}") for n in os.listdir(f"/proc/{job.pid}/fd")}
    words = open(f"/proc/{job.pid}/cmdline").read() + open(f"/proc/{job.pid}/environ").read()
    server.stop()
    job.finish(packets)
    assert "NoNewPrivs:\t1" in status
    assert limits["Max core file size"] == "0"
    assert limits["Max file size"] == str(len(DATA))
    assert "/etc/passwd" not in opened
    assert "hush" not in words
