"""moult-fetch and the forges that are not GitHub: look-alikes of Gitea and GitLab, and directories with a SHA256SUMS."""
import hashlib
import os
import pathlib
import sys

import pytest

from https_server import Server, reply
from job import run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "forge"))
from forge import Forge  # noqa: E402

NAME = "app_1.2.0_linux_amd64.tar.gz"
DATA = os.urandom(300000)
OWNERS = {"gitea": "octo", "gitlab": "big/small"}
HEADERS = {"gitea": ("authorization", "token good"), "gitlab": ("private-token", "good")}


@pytest.fixture(params=sorted(OWNERS))
def make_forge(request):
    started = []

    def make(**options):
        forge = Forge(OWNERS[request.param], tokens={"good": "read"}, dialect=request.param, **options).start()
        started.append(forge)
        forge.publish("v1.1.0", {NAME.replace("2", "1", 1): b"old"})
        forge.publish("v1.2.0", {NAME: DATA, "checksums.txt": b"sums"})
        return forge

    yield make
    for forge in started:
        forge.stop()


@pytest.fixture
def forge(make_forge):
    return make_forge()


def ask(forge, do, **more):
    return run("moult-fetch", {"do": do, "forge": forge.dialect, "api": forge.api, "url": forge.url,
                               "owner": forge.owner, "repo": forge.repo, "ca": forge.ca, **more})


def assets(forge, **more):
    return {a["name"]: a for a in ask(forge, "list", **more).of("asset")}


def get(forge, asset, path, **more):
    """As the updater asks: the API's address where there is one, with a token."""
    url = asset["api"] or asset["url"] if "token" in more else asset["url"]
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return run("moult-fetch", {"do": "get", "forge": forge.dialect, "url": url, "home": forge.api,
                                   "cap": 1 << 20, "ca": forge.ca, "stall": 2, **more}, fds={1: fd})
    finally:
        os.close(fd)


def test_a_look_costs_nothing_of_the_api(forge):
    assert ask(forge, "probe").packets[-1] == {"tag": "v1.2.0"}
    assert {r.where for r in forge.requests} == {"web"}


def test_nobody_there(make_forge):
    forge = make_forge()
    absent = ask(forge, "probe", repo="absent")
    assert absent.code == {"gitea": "missing", "gitlab": "protocol"}[forge.dialect]
    assert "token" in absent.last  # it may be a private one
    assert ask(forge, "list", repo="absent").code == "missing"
    forge.delete("v1.1.0")
    forge.delete("v1.2.0")
    assert ask(forge, "probe").code == "missing"


def test_the_list(forge):
    answer = ask(forge, "list")
    assert answer.ok, answer
    assert [r["tag"] for r in answer.of("release")] == ["v1.2.0", "v1.1.0"]
    assert all(r["draft"] == r["prerelease"] == "0" and int(r["published"]) > 1.7e9 for r in answer.of("release"))
    found = {a["name"]: a for a in answer.of("asset")}
    assert found[NAME]["state"] == "uploaded" and found[NAME]["digest"] == ""
    assert found[NAME].get("size") == {"gitea": str(len(DATA)), "gitlab": None}[forge.dialect]
    assert ("app-v1.2.0.tar.gz" in found) == (forge.dialect == "gitlab")  # the sources
    assert ask(forge, "release", tag="v1.1.0").one("release")["tag"] == "v1.1.0"
    assert ask(forge, "release", tag="v9").code == "missing"


def test_pages(forge):
    for n in range(12):
        forge.publish(f"v2.{n}.0")
    first, second = ask(forge, "list"), ask(forge, "list", page=2)
    assert len(first.of("release")) == 10 and first.one("cache")["more"] == "1"
    assert len(second.of("release")) == 4 and second.one("cache")["more"] == "0"


def test_unchanged(make_forge):
    """GitLab tells by an ETag; Gitea has none, and is asked anew."""
    forge = make_forge()
    first = ask(forge, "list")
    again = ask(forge, "list", etag=first.one("cache").get("etag", ""))
    assert again.ok and (again.one("cache").get("unchanged") == "1") == (forge.dialect == "gitlab")


def test_what_is_not_out_yet(make_forge):
    forge = make_forge()
    forge.tokens["writer"] = "push"
    forge.publish("v9.0.0", draft=True)
    told = {r["tag"]: r["draft"] for r in ask(forge, "list", token="writer").of("release")}
    assert told["v9.0.0"] == "1" and told["v1.2.0"] == "0"


def test_the_file(forge, tmp_path):
    assert get(forge, assets(forge)[NAME], tmp_path / "f").ok
    assert (tmp_path / "f").read_bytes() == DATA


def test_a_private_project_needs_its_token(make_forge, tmp_path):
    forge = make_forge(private=True)
    assert ask(forge, "probe").code in ("missing", "protocol")
    assert ask(forge, "list").code == "missing"
    assert ask(forge, "list", token="stolen").code == "denied"
    asset = assets(forge, token="good")[NAME]
    got = get(forge, asset, tmp_path / "f", token="good")
    assert got.ok, (got, forge.log())
    assert (tmp_path / "f").read_bytes() == DATA
    assert get(forge, asset, tmp_path / "g").code in ("missing", "protocol")
    header, value = HEADERS[forge.dialect]
    carried = [r for r in forge.requests if r.headers.get(header) == value]
    assert carried and all(r.where in ("web", "api") for r in carried)
    assert not any(r.where == "storage" and r.headers.get(header) for r in forge.requests)


def test_an_asset_that_is_elsewhere_never_sees_the_token(make_forge, tmp_path):
    """Whoever may attach a link to a release would otherwise have the token of all who install it."""
    forge = make_forge()
    with Forge("evil", "x", plain=True) as other:
        asset = {"url": f"{other.url}/evil/x/releases/download/v1/f", "api": ""}
        get(forge, asset, tmp_path / "f", token="good", allow="http")
        seen = other.wait_request()
        assert not {"authorization", "private-token"} & {name.lower() for name in seen.headers.keys()}


def test_gitlab_is_over_its_limit():
    with Forge("big/small", dialect="gitlab") as forge:
        forge.exhaust(429, retry_after=120)
        answer = ask(forge, "list")
        assert answer.code == "limited" and "until" in answer.one("wait")


# --- directories

TREE = {"v1.1.0/" + NAME.replace("2", "1", 1): b"old", "v1.2.0/" + NAME: DATA, "v1.2.0/checksums.txt": b"sums"}


def sums(tree):
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in tree.items()).encode()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


@pytest.fixture
def place(tmp_path):
    """A directory as somebody would bring it on a disk: octo/app with its releases."""
    base = tmp_path / "releases"
    for path, data in TREE.items():
        file = base / "octo" / "app" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (base / "octo" / "app" / "SHA256SUMS").write_bytes(sums(TREE))
    return base


def local(base, do="list", prefix=(), **more):
    return run("moult-fetch", {"do": do, "forge": "directory", "api": f"file://{base}", "owner": "octo", "repo": "app",
                               **more}, prefix=prefix)


def fetch_local(base, path, out, prefix=(), **more):
    fd = os.open(out, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return run("moult-fetch", {"do": "get", "forge": "directory", "home": f"file://{base}",
                                   "url": f"file://{base}/octo/app/{path}", "cap": 1 << 20, **more}, fds={1: fd},
                   prefix=prefix)
    finally:
        os.close(fd)


def check_story(answer, url):
    assert answer.ok, answer
    assert [r["tag"] for r in answer.of("release")] == ["v1.1.0", "v1.2.0"]
    (archive,) = [a for a in answer.of("asset") if a["name"] == NAME]
    assert archive["digest"] == digest(DATA) and "size" not in archive and archive["api"] == ""
    assert archive["url"] == f"{url}/octo/app/v1.2.0/{NAME}"


def test_a_directory_of_this_machine(place, tmp_path):
    first = local(place)
    check_story(first, f"file://{place}")
    etag = first.one("cache")["etag"]
    again = local(place, etag=etag)
    assert again.ok and again.packets[-1] == {"kind": "cache", "unchanged": "1"}
    (place / "octo" / "app" / "SHA256SUMS").write_bytes(sums({"v1.3.0/x": b"y"}))
    assert local(place, etag=etag).one("release")["tag"] == "v1.3.0"
    assert fetch_local(place, f"v1.2.0/{NAME}", tmp_path / "f").ok
    assert (tmp_path / "f").read_bytes() == DATA


def test_one_release_of_a_directory(place):
    answer = local(place, "release", tag="v1.1.0")
    assert answer.one("release")["tag"] == "v1.1.0" and len(answer.of("asset")) == 1
    assert local(place, "release", tag="v7").code == "missing"


def test_what_a_directory_lacks(place, tmp_path):
    absent = local(place / "none")
    assert absent.code == "system" and str(place / "none") in absent.last
    (place / "octo" / "app" / "SHA256SUMS").unlink()
    gone = local(place)
    assert gone.code == "missing" and "octo/app/SHA256SUMS" in gone.last
    assert fetch_local(place, "v9/x", tmp_path / "f").code == "missing"


NO_OPENAT2 = ["/usr/bin/strace", "-f", "-o", os.devnull, "-e", "trace=none", "-e", "inject=openat2:error=ENOSYS"]


@pytest.mark.parametrize("prefix", [[], NO_OPENAT2], ids=["", "old kernel"])
def test_links_never_lead_out_of_the_directory(place, tmp_path, prefix):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    app = place / "octo" / "app"
    (app / "up").symlink_to("../../../secret")
    (app / "absolute").symlink_to(secret)
    (app / "out").symlink_to(tmp_path)
    (app / "proc").symlink_to("/proc/self/root")
    for path in ("up", "absolute", "out/secret", f"proc{secret}", "../../../secret", "v1.2.0/../../../../secret"):
        answer = fetch_local(place, path, tmp_path / "f", prefix)
        assert answer.code in ("protocol", "system", "missing"), (path, answer)
        assert (tmp_path / "f").read_bytes() == b""
    assert fetch_local(place, f"v1.2.0/{NAME}", tmp_path / "g", prefix).ok


def test_links_within_the_directory_are_followed(place, tmp_path):
    """So a mounted Kubernetes volume looks, and a directory that keeps one copy of what is the same."""
    (place / "octo" / "app" / "v1.3.0").symlink_to("v1.2.0")
    assert fetch_local(place, f"v1.3.0/{NAME}", tmp_path / "f").ok
    assert (tmp_path / "f").read_bytes() == DATA


def test_only_plain_files(place, tmp_path):
    app = place / "octo" / "app"
    os.mkfifo(app / "fifo")
    for path in ("fifo", "v1.2.0"):
        assert "plain file" in fetch_local(place, path, tmp_path / "f").last
    (app / "SHA256SUMS").unlink()
    os.mkfifo(app / "SHA256SUMS")
    assert "plain file" in local(place).last


def test_a_local_file_larger_than_expected(place, tmp_path):
    assert fetch_local(place, f"v1.2.0/{NAME}", tmp_path / "f", cap=len(DATA) - 1).code == "toobig"
    assert (tmp_path / "f").read_bytes() == b""


@pytest.mark.parametrize("text", [b"<html>\n", sums(TREE)[:-1], sums(TREE) * 2, b"x" * (1 << 20) + b"\n"],
                         ids=["page", "cut", "twice", "long"])
def test_lists_that_are_none(place, text):
    (place / "octo" / "app" / "SHA256SUMS").write_bytes(text)
    assert local(place).code in ("protocol", "toobig")


@pytest.fixture
def server(certificates):
    one = Server(*certificates[1:])
    yield one
    one.stop()


def remote(server, certificates, **more):
    return run("moult-fetch", {"do": "list", "forge": "directory", "api": server.url + "/dl", "owner": "octo",
                               "repo": "app", "ca": certificates[0], **more})


def test_a_directory_by_https(server, certificates):
    path = "/dl/octo/app/SHA256SUMS"
    server.routes[path] = reply(200, sums(TREE), ETag='"e1"')
    answer = remote(server, certificates)
    check_story(answer, server.url + "/dl")
    assert answer.one("cache")["etag"] == '"e1"'
    server.routes[path] = b'HTTP/1.1 304 Not Modified\r\nETag: "e1"\r\n\r\n'
    again = remote(server, certificates, etag='"e1"')
    assert again.ok and again.packets[-1] == {"kind": "cache", "unchanged": "1"}
    assert server.requests[-1].headers["if-none-match"] == '"e1"'


@pytest.mark.parametrize("answer, code", [
    (reply(200, b"<html>Please log in</html>\n", Content_Type="text/html"), "protocol"),
    (reply(200, sums(TREE)[:-20], length=len(sums(TREE))), "network"),
    (reply(200, b"a" * (2 << 20)), "toobig"),
    (reply(404), "missing"), (reply(429), "limited"), (reply(500), "server"), (reply(204), "protocol"),
    (reply(302, Location="file:///etc/passwd"), "protocol"),
], ids=["page", "cut", "long", "404", "429", "500", "204", "file"])
def test_what_goes_wrong_with_a_directory_by_https(server, certificates, answer, code):
    server.routes["/dl/octo/app/SHA256SUMS"] = answer
    got = remote(server, certificates)
    assert got.code == code, got
    assert not got.of("release")


def test_names_are_escaped_in_urls(server, certificates):
    server.routes["/dl/octo/app/SHA256SUMS"] = reply(200, sums({"v1+x/a?b#c%.tgz": b"x"}))
    (asset,) = remote(server, certificates).of("asset")
    assert asset["url"] == server.url + "/dl/octo/app/v1%2Bx/a%3Fb%23c%25.tgz" and asset["name"] == "a?b#c%.tgz"


def test_notes_are_called_otherwise(forge):
    forge.publish("v1.9.0", body="- faster")
    assert [n["line"] for n in ask(forge, "release", tag="v1.9.0", notes="1").of("note")] == ["- faster"]
