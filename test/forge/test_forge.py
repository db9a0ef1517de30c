"""The look-alike is only worth what it has in common with GitHub: here is what its users rely on."""
import hashlib
import http.client
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from forge import Forge
from releases import Asset

HERE = Path(__file__).parent
ARCHIVE = "app_1.0.0_linux_amd64.tar.gz"
DATA = bytes(range(256)) * 40  # 10240 bytes


class Reply:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    def json(self):
        return json.loads(self.body)


def connect(forge, url, timeout=5, cafile=True):
    parts = urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    context = ssl.create_default_context(cafile=forge.ca if cafile else None)
    return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=context)


def get(forge, url, method="GET", agent="test", timeout=5, **headers):
    """One request, no redirect followed. Header names are written with _ for -."""
    parts = urlsplit(url)
    connection = connect(forge, url, timeout)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if agent:
        sent["User-Agent"] = agent
    try:
        connection.request(method, parts.path + ("?" + parts.query if parts.query else ""), headers=sent)
        response = connection.getresponse()
        return Reply(response, response.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def forge(certificates):
    with Forge("octo", "app", directory=str(certificates)) as running:
        yield running


@pytest.fixture
def published(forge):
    forge.publish("v1.0.0", {ARCHIVE: DATA})
    return forge


def api(forge, path, **more):
    return get(forge, f"{forge.api}/repos/octo/app/releases{path}", **more)


def web(forge, path, **more):
    return get(forge, f"{forge.url}/octo/app/releases{path}", **more)


def signed_url(forge, tag="v1.0.0", name=ARCHIVE):
    return web(forge, f"/download/{tag}/{name}").headers["location"]


# TLS

def test_certificate_is_good_for_its_names_only_with_its_authority(published):
    for host in ("127.0.0.1", "localhost"):
        url = f"https://{host}:{urlsplit(published.url).port}/octo/app/releases/latest"
        assert get(published, url).status == 302
    with pytest.raises(ssl.SSLCertVerificationError):
        connect(published, published.url, cafile=False).request("GET", "/")
    with pytest.raises(ssl.SSLCertVerificationError):
        context = ssl.create_default_context(cafile=published.ca)
        with socket.create_connection(("127.0.0.1", urlsplit(published.url).port)) as raw:
            context.wrap_socket(raw, server_hostname="github.com")


def test_plain_http():
    with Forge(plain=True) as forge:
        forge.publish("v1.0.0", {ARCHIVE: DATA})
        assert forge.url.startswith("http://") and forge.ca is None
        assert get(forge, signed_url(forge)).body == DATA


# releases

def test_release_json_has_what_github_gives(published):
    release = api(published, "/latest").json()
    assert release["tag_name"] == "v1.0.0" and release["draft"] is False and release["prerelease"] is False
    for key in ("id node_id url assets_url upload_url html_url target_commitish name immutable created_at published_at "
                "author tarball_url zipball_url body").split():
        assert key in release, key
    asset, = release["assets"]
    assert asset["name"] == ARCHIVE and asset["size"] == len(DATA) and asset["state"] == "uploaded"
    assert asset["digest"] == "sha256:" + hashlib.sha256(DATA).hexdigest()
    assert asset["browser_download_url"] == f"{published.url}/octo/app/releases/download/v1.0.0/{ARCHIVE}"
    assert get(published, asset["url"]).json()["id"] == asset["id"]
    for key in "node_id label uploader content_type download_count created_at updated_at".split():
        assert key in asset, key
    assert api(published, "/tags/v1.0.0").json() == release == api(published, f"/{release['id']}").json()


def test_the_api_is_also_below_the_web(published):
    release = get(published, f"{published.url}/api/v3/repos/octo/app/releases/latest").json()
    assert release["url"].startswith(f"{published.url}/api/v3/repos/octo/app/releases/")
    assert get(published, f"{published.url}/repos/octo/app/releases/latest").json()["tag_name"] == "v1.0.0"
    assert {request.where for request in published.requests} == {"api"}


def test_latest_is_the_newest_commit_not_the_highest_version(forge):
    for tag, created in (("v2.0.0", 200), ("v1.9.1", 300), ("v1.0.0", 100)):
        forge.publish(tag, created_at=created)
    forge.publish("v3.0.0-rc1", prerelease=True, created_at=400)
    forge.publish("v3.0.0", draft=True, created_at=500)
    assert api(forge, "/latest").json()["tag_name"] == "v1.9.1"
    forge.release("v2.0.0").make_latest = True
    assert api(forge, "/latest").json()["tag_name"] == "v2.0.0"
    assert [r["tag_name"] for r in api(forge, "").json()] == ["v3.0.0-rc1", "v1.9.1", "v2.0.0", "v1.0.0"]


def test_nothing_to_find(forge):
    missing = api(forge, "/latest")
    assert missing.status == 404
    assert missing.json()["message"] == "Not Found" and missing.json()["status"] == "404"
    assert api(forge, "").json() == []
    empty = web(forge, "/latest")
    assert empty.status == 302 and empty.headers["location"] == f"{forge.url}/octo/app/releases"
    assert get(forge, f"{forge.url}/octo/other/releases/latest").status == 404
    assert api(forge, "/tags/v9").status == 404 and web(forge, "/tag/v9").status == 404


def test_pages_are_linked(forge):
    for number in range(5):
        forge.publish(f"v1.{number}.0", created_at=number)
    first = api(forge, "?per_page=2")
    assert [r["tag_name"] for r in first.json()] == ["v1.4.0", "v1.3.0"]
    assert 'page=2>; rel="next"' in first.headers["link"] and 'page=3>; rel="last"' in first.headers["link"]
    last = api(forge, "?per_page=2&page=3")
    assert [r["tag_name"] for r in last.json()] == ["v1.0.0"]
    assert 'rel="next"' not in last.headers["link"] and 'rel="prev"' in last.headers["link"]
    assert api(forge, "").headers["link"] is None


def test_drafts_are_for_those_who_may_push(certificates):
    with Forge(directory=str(certificates), tokens={"reader": "read", "writer": "push"}) as forge:
        forge.publish("v1.0.0", {ARCHIVE: DATA}, draft=True)
        assert api(forge, "").json() == api(forge, "", Authorization="Bearer reader").json() == []
        draft, = api(forge, "", Authorization="Bearer writer").json()
        assert draft["draft"] is True and draft["published_at"] is None
        assert api(forge, "/tags/v1.0.0", Authorization="Bearer writer").status == 404
        assert web(forge, f"/download/v1.0.0/{ARCHIVE}").status == 404


def test_private_repository_does_not_exist_without_a_token(certificates):
    with Forge(directory=str(certificates), tokens={"good": "read"}, private=True) as forge:
        forge.publish("v1.0.0", {ARCHIVE: DATA})
        assert api(forge, "/latest").status == 404 and web(forge, "/latest").status == 404
        assert api(forge, "/latest", Authorization="Bearer bad").status == 401
        assert web(forge, f"/download/v1.0.0/{ARCHIVE}", Authorization="Bearer good").status == 404
        asset, = api(forge, "/latest", Authorization="token good").json()["assets"]
        hop = get(forge, asset["url"], Authorization="Bearer good", Accept="application/octet-stream")
        assert hop.status == 302 and get(forge, hop.headers["location"]).body == DATA


def test_incomplete_and_lying_assets(forge):
    forge.publish("v1.0.0", {"a": Asset(b"", state="starter"), "b": Asset(DATA, digest=None),
                             "c": Asset(DATA, digest="sha256:" + "0" * 64, size=7)})
    a, b, c = api(forge, "/latest").json()["assets"]
    assert a["state"] == "starter" and a["digest"] is None and web(forge, "/download/v1.0.0/a").status == 404
    assert b["digest"] is None
    assert c["digest"] == "sha256:" + "0" * 64 and c["size"] == 7
    assert get(forge, signed_url(forge, name="c")).body == DATA
    forge.upload("v1.0.0", "a", DATA)
    assert api(forge, "/latest").json()["assets"][0]["state"] == "uploaded"


def test_withdrawn_release(published):
    published.publish("v1.1.0")
    published.delete("v1.1.0")
    assert api(published, "/latest").json()["tag_name"] == "v1.0.0"


def test_tags_are_encoded_in_urls(forge):
    forge.publish("tool/v1.0.0+x", {"a b.zip": DATA})
    where = web(forge, "/latest").headers["location"]
    assert where.endswith("/releases/tag/tool%2Fv1.0.0%2Bx") and get(forge, where).status == 200
    release = api(forge, "/tags/tool/v1.0.0+x").json()
    url = release["assets"][0]["browser_download_url"]
    assert url.endswith("/tool%2Fv1.0.0%2Bx/a%20b.zip") and get(forge, url).status == 302
    with pytest.raises(ValueError):
        forge.publish("no tag")


# the rules of the API

def test_rate_limit_counts_requests(forge):
    forge.quota.anonymous = 3
    forge.publish("v1.0.0")
    left = [api(forge, "/latest").headers["x-ratelimit-remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = api(forge, "/latest")
    assert refused.status == 403 and "API rate limit exceeded" in refused.json()["message"]
    assert refused.headers["x-ratelimit-limit"] == "3" and refused.headers["x-ratelimit-resource"] == "core"
    assert int(refused.headers["x-ratelimit-reset"]) > time.time()
    assert web(forge, "/latest").status == 302 and web(forge, "/latest").headers["x-ratelimit-limit"] is None


def test_exhausted_by_order(published):
    published.exhaust(429, retry_after=7, ratelimit_headers=False)
    refused = api(published, "/latest")
    assert refused.status == 429 and refused.headers["retry-after"] == "7"
    assert refused.headers["x-ratelimit-remaining"] is None
    published.exhaust(403, reset=12345)
    assert api(published, "/latest").headers["x-ratelimit-reset"] == "12345"
    published.replenish()
    assert api(published, "/latest").status == 200


def test_304_is_free_only_with_a_token(certificates):
    with Forge(directory=str(certificates), tokens={"good": "read"}) as forge:
        forge.publish("v1.0.0", {ARCHIVE: DATA})
        for authorization, free in (({}, False), ({"Authorization": "Bearer good"}, True)):
            first = api(forge, "/latest", **authorization)
            etag, left = first.headers["etag"], int(first.headers["x-ratelimit-remaining"])
            assert etag.startswith('W/"')
            again = api(forge, "/latest", If_None_Match=etag, **authorization)
            assert again.status == 304 and again.body == b""
            assert int(again.headers["x-ratelimit-remaining"]) == left - (0 if free else 1)
        forge.publish("v1.1.0")
        assert api(forge, "/latest", If_None_Match=etag).status == 200


def test_a_download_changes_the_etag(published):
    etag = api(published, "").headers["etag"]
    signed_url(published)
    assert api(published, "", If_None_Match=etag).status == 200


def test_a_client_must_say_who_it_is(published):
    refused = api(published, "/latest", agent=None)
    assert refused.status == 403 and b"User-Agent" in refused.body


# downloads

def test_storage_is_another_host_and_wants_no_credentials(published):
    url = signed_url(published)
    assert urlsplit(url).netloc != urlsplit(published.url).netloc
    assert get(published, url).body == DATA
    assert get(published, url, Authorization="Bearer x").status == 400
    assert get(published, url.replace("sig=", "sig=0")).status == 403
    assert get(published, url, method="HEAD").headers["content-length"] == str(len(DATA))


def test_signed_urls_expire(published):
    published.signed_uses = 2
    url = signed_url(published)
    assert [get(published, url).status for _ in range(3)] == [200, 200, 403]
    published.signed_uses, published.signed_seconds = None, 0
    assert get(published, signed_url(published)).status == 403


def test_ranges(published):
    url = signed_url(published)
    etag = get(published, url).headers["etag"]
    part = get(published, url, Range="bytes=10000-", If_Range=etag)
    assert part.status == 206 and part.body == DATA[10000:]
    assert part.headers["content-range"] == "bytes 10000-10239/10240"
    assert get(published, url, Range="bytes=1-2").body == DATA[1:3]
    assert get(published, url, Range="bytes=-3").body == DATA[-3:]
    beyond = get(published, url, Range="bytes=10240-")
    assert beyond.status == 416 and beyond.headers["content-range"] == "bytes */10240"
    assert get(published, url, Range="bytes=5-", If_Range='"other"').status == 200


def test_swapped_file_has_another_etag_and_the_old_digest(published):
    url = signed_url(published)
    etag = get(published, url).headers["etag"]
    published.swap("v1.0.0", ARCHIVE, b"other" * 4000)
    whole = get(published, url, Range="bytes=5000-", If_Range=etag)
    assert whole.status == 200 and whole.headers["etag"] != etag and whole.body.startswith(b"other")
    asset = api(published, "/latest").json()["assets"][0]
    assert asset["digest"] == "sha256:" + hashlib.sha256(DATA).hexdigest() and asset["size"] == len(DATA)


# faults

def test_fault_is_used_up_and_meets_only_its_path(published):
    fault = published.fault("/releases/latest", status=503, headers={"retry-after": "1"}, times=2)
    assert web(published, "/tag/v1.0.0").status == 200
    first = web(published, "/latest")
    assert first.status == 503 and first.headers["retry-after"] == "1"
    assert [web(published, "/latest").status for _ in range(2)] == [503, 302] and fault.hits == 2


def test_fault_skips_and_chooses_its_host(published):
    published.fault(where="api", status=500, skip=1, times=None)
    assert [api(published, "/latest").status for _ in range(3)] == [200, 500, 500]
    assert web(published, "/latest").status == 302
    published.clear_faults()
    assert api(published, "/latest").status == 200


def test_fault_other_answers(published):
    published.fault(html=True)
    assert api(published, "/latest").headers["content-type"].startswith("text/html")
    published.fault(bad_json=True)
    with pytest.raises(ValueError):
        api(published, "/latest").json()
    published.fault(loop=True)
    there = f"{published.url}/octo/app/releases/latest"
    assert get(published, there).headers["location"] == there
    published.fault(location="file:///etc/passwd")
    assert web(published, "/latest").headers["location"] == "file:///etc/passwd"
    with pytest.raises(TypeError):
        published.fault(truncat=3)


@pytest.mark.parametrize("at", [0, 1, 5000, 10239])
def test_fault_truncate(published, at):
    url = signed_url(published)
    published.fault(where="storage", truncate=at)
    with pytest.raises(http.client.IncompleteRead) as cut:
        get(published, url)
    assert cut.value.partial == DATA[:at]
    assert published.wait_request(lambda r: r.where == "storage").sent == at


def test_fault_truncate_before_the_answer(published):
    published.fault(truncate=-1)
    with pytest.raises(http.client.RemoteDisconnected):
        web(published, "/latest")


def test_fault_corrupt(published):
    url = signed_url(published)
    published.fault(where="storage", corrupt=9000, times=2)
    wrong = bytearray(DATA)
    wrong[9000] ^= 0xFF
    assert get(published, url).body == bytes(wrong)
    assert get(published, url, Range="bytes=8000-").body == bytes(wrong[8000:])


@pytest.mark.parametrize("at", [-1, 0, 100])
def test_fault_reset(at):
    """Without TLS, since Python's shows a reset as an end of file."""
    with Forge(plain=True) as forge:
        forge.publish("v1.0.0", {ARCHIVE: DATA})
        url = signed_url(forge)
        forge.fault(where="storage", reset=at)
        with pytest.raises(ConnectionResetError) as cut:
            get(forge, url)
        assert not isinstance(cut.value, http.client.RemoteDisconnected)


@pytest.mark.parametrize("at", [-1, 0, 100])
def test_fault_stall(published, at):
    url = signed_url(published)
    published.fault(where="storage", stall=at)
    with pytest.raises(TimeoutError):
        get(published, url, timeout=0.2)
    assert published.wait_request(lambda r: r.where == "storage").sent == max(at, 0)


def test_fault_hold_answers_when_the_test_says_so(published):
    gate, replies = threading.Event(), []
    published.fault(hold=gate)
    client = threading.Thread(target=lambda: replies.append(web(published, "/latest").status))
    client.start()
    waiting = published.wait_request(done=False)
    assert waiting.status is None and not replies
    gate.set()
    client.join()
    assert replies == [302] and published.wait_request() is waiting


def test_fault_delay_and_rate(published):
    url = signed_url(published)
    published.fault(where="storage", delay=0.1, rate=50000)
    start = time.monotonic()
    assert get(published, url).body == DATA
    assert time.monotonic() - start >= 0.1 + len(DATA) / 50000


def test_fault_ranges(published):
    url = signed_url(published)
    published.fault(where="storage", ignore_range=True)
    assert get(published, url, Range="bytes=5-").status == 200
    published.fault(where="storage", headers={"content-range": "bytes 0-9/10240"})
    assert get(published, url, Range="bytes=5-").headers["content-range"] == "bytes 0-9/10240"
    published.fault(where="storage", headers={"etag": None})
    assert get(published, url).headers["etag"] is None


def test_fault_endless_and_chunked(published):
    url = signed_url(published)
    published.fault(where="storage", chunked=True)
    assert get(published, url).body == DATA
    published.fault(where="storage", chunked=True, truncate=100)
    with pytest.raises(http.client.IncompleteRead):
        get(published, url)
    published.fault(where="storage", endless=True)
    connection = connect(published, url)
    connection.request("GET", urlsplit(url).path + "?" + urlsplit(url).query)
    assert len(connection.getresponse().read(1 << 20)) == 1 << 20
    connection.close()
    assert published.wait_request(lambda r: r.sent > len(DATA)).where == "storage"


def test_fault_then_happens_between_two_parts(published):
    url = signed_url(published)
    published.fault(where="storage", truncate=5000, then=lambda: published.swap("v1.0.0", ARCHIVE, b"x" * 10240))
    with pytest.raises(http.client.IncompleteRead):
        get(published, url)
    assert get(published, url, Range="bytes=5000-").body == b"x" * 5240


# the log

def test_log_has_what_a_test_asks(published):
    mark = published.mark()
    with pytest.raises(AssertionError, match="no such request"):
        published.wait_request(timeout=0, after=mark)
    web(published, "/latest", X_Secret="1")
    request = published.wait_request(after=mark)
    assert request.where == "web" and request.path == "/octo/app/releases/latest" and request.status == 302
    assert request.headers["x-secret"] == "1" and request.host == urlsplit(published.url).netloc
    assert "web GET /octo/app/releases/latest -> 302" in published.log()


def test_stop_ends_what_is_stalled_or_held(certificates):
    forge = Forge(directory=str(certificates)).start()
    forge.fault(stall=-1)
    failures = []

    def client():
        try:
            api(forge, "/latest", timeout=30)
        except OSError as error:
            failures.append(error)

    waiting = threading.Thread(target=client)
    waiting.start()
    forge.wait_request(done=False)
    forge.stop()
    waiting.join(10)
    assert len(failures) == 1 and not isinstance(failures[0], TimeoutError)


# other forges

def other(dialect, **options):
    forge = Forge("big/small" if dialect == "gitlab" else "octo", "app", plain=True, dialect=dialect,
                  tokens={"good": "read", "writer": "push"}, **options).start()
    forge.publish("v1.0.0", {ARCHIVE: DATA})
    return forge


def test_gitea_has_no_digests_and_gives_files_itself():
    with other("gitea") as forge:
        latest = get(forge, f"{forge.url}/octo/app/releases/latest")
        assert latest.status == 303 and latest.headers["location"] == "/octo/app/releases/tag/v1.0.0"
        (release,) = get(forge, f"{forge.api}/repos/octo/app/releases").json()
        (asset,) = release["assets"]
        assert forge.api.endswith("/api/v1") and not {"digest", "state"} & asset.keys()
        assert get(forge, asset["browser_download_url"]).body == DATA
        forge.repository().private = True
        assert get(forge, asset["browser_download_url"]).status == 404
        assert get(forge, asset["browser_download_url"], Authorization="token good").body == DATA
        assert get(forge, f"{forge.api}/repos/octo/app/releases", Authorization="token bad").status == 401


def test_gitlab_has_links_and_a_door():
    with other("gitlab") as forge:
        project = f"{forge.api}/projects/big%2Fsmall%2Fapp/releases"
        (release,) = get(forge, project).json()
        (link,) = release["assets"]["links"]
        assert "size" not in link and len(release["assets"]["sources"]) == 4
        assert get(forge, f"{project}/permalink/latest").headers["location"] == f"{project}/v1.0.0"
        page = f"{forge.url}/big/small/app/-/releases/permalink/latest"
        assert get(forge, page).headers["location"].endswith("/-/releases/v1.0.0")
        forge.repository().private = True
        for url in (page, link["direct_asset_url"]):
            assert get(forge, url, PRIVATE_TOKEN="good").headers["location"] == f"{forge.url}/users/sign_in"
        assert get(forge, project).status == 404 and get(forge, project, PRIVATE_TOKEN="bad").status == 401
        assert len(get(forge, project, PRIVATE_TOKEN="good").json()) == 1
        file = get(forge, f"{project}/v1.0.0/downloads/{ARCHIVE}", PRIVATE_TOKEN="good")
        assert file.headers["location"] == link["url"] and get(forge, link["url"]).status == 404
        stored = get(forge, link["url"], PRIVATE_TOKEN="good").headers["location"]
        assert get(forge, stored).body == DATA


def test_a_directory_lists_itself():
    with other("directory") as forge:
        listed = get(forge, f"{forge.url}/octo/app/SHA256SUMS")
        assert listed.body.decode() == f"{hashlib.sha256(DATA).hexdigest()}  v1.0.0/{ARCHIVE}\n"
        assert get(forge, f"{forge.url}/octo/app/SHA256SUMS", If_None_Match=listed.headers["etag"]).status == 304
        assert get(forge, f"{forge.url}/octo/app/v1.0.0/{ARCHIVE}").body == DATA


# the command

def test_command_publishes_a_tree(tmp_path):
    repository = tmp_path / "octo" / "app"
    (repository / "v1.0.0").mkdir(parents=True)
    (repository / "v1.0.0" / ARCHIVE).write_bytes(DATA)
    command = [sys.executable, str(HERE / "forge.py"), "--dir", str(tmp_path), "--http"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            said = dict(running.stdout.readline().strip().split("=", 1) for _ in range(4))
            latest = f"{said['url']}/octo/app/releases/latest"
            assert get(None, latest).headers["location"].endswith("/v1.0.0")
            (repository / ".v1.1.0").mkdir()
            assert get(None, latest).headers["location"].endswith("/v1.0.0")
            (repository / ".v1.1.0").rename(repository / "v1.1.0")
            assert get(None, latest).headers["location"].endswith("/v1.1.0")
            (repository / "v1.1.0").rmdir()
            assert get(None, latest).headers["location"].endswith("/v1.0.0")
        finally:
            running.terminate()
        assert running.wait(10) == 0


def test_command_refuses_a_wrong_directory():
    command = [sys.executable, str(HERE / "forge.py"), "--dir", "/nonexistent"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 100 and "/nonexistent: not a directory" in done.stderr
