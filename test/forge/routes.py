"""routes: which request gets which answer, as github.com, api.github.com and the storage behind them give it.

web      https://github.com                          pages, and redirects that cost no quota
api      https://api.github.com, /api/v3 of the web  JSON, counted
storage  https://release-assets.githubusercontent.com the bytes, for whoever holds a signed URL
"""
import hashlib
import hmac
import json
import re
import time
from email.utils import formatdate
from urllib.parse import parse_qs, quote, unquote, urlencode

from branches import password_of
from faults import Answer
from releases import asset_json, release_json

NAME = r"([A-Za-z0-9._-]+)"
MECHANISM_ERROR = ("InvalidArgument", "Only one auth mechanism allowed")
SIGNATURE_ERROR = ("AuthenticationFailed", "Signature not valid in the specified time frame")
MISSING_ERROR = ("BlobNotFound", "The specified blob does not exist.")


class Refused(Exception):
    """An answer that ends the work on a request."""

    def __init__(self, answer):
        super().__init__(answer.status)
        self.answer = answer


def json_answer(status, value, headers=None):
    body = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Answer(status, {"content-type": "application/json; charset=utf-8"} | (headers or {}), body)


def api_error(status, message, page=""):
    return json_answer(status, {"message": message, "documentation_url": f"https://docs.github.com/rest{page}",
                                "status": str(status)})


def html_answer(status, title):
    return Answer(status, {"content-type": "text/html; charset=utf-8"},
                  f"<!DOCTYPE html>\n<html><head><title>{title} · GitHub</title></head></html>\n".encode())


def redirect(location):
    return Answer(302, {"content-type": "text/html; charset=utf-8", "location": location})


def storage_error(status, code, message):
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, {"content-type": "application/xml"}, f'<?xml version="1.0"?>{error}'.encode())


def token_of(request):
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else None


def byte_range(text, size):
    """(first, last) of a single range; None to send everything; False for a range that cannot be had (416)."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", text or "")
    if not found or not any(found.groups()):
        return None
    if not found[1]:
        return (max(0, size - int(found[2])), size - 1) if int(found[2]) else False
    first, last = int(found[1]), min(int(found[2] or size), size - 1)
    return (first, last) if first < size and first <= last else False


class Routes:
    def __init__(self, forge):
        self.forge = forge
        self._secret = hashlib.sha256(str(id(self)).encode()).digest()
        self._uses = {}  # of a signed URL
        self._routes = [
            ("api", rf"/repos/{NAME}/{NAME}/releases/latest", self.api_latest),
            ("api", rf"/repos/{NAME}/{NAME}/releases/tags/(.+)", self.api_tag),
            ("api", rf"/repos/{NAME}/{NAME}/releases/assets/(\d+)", self.api_asset),
            ("api", rf"/repos/{NAME}/{NAME}/releases/(\d+)", self.api_release),
            ("api", rf"/repos/{NAME}/{NAME}/releases", self.api_list),
            ("web", rf"/{NAME}/{NAME}/releases/latest", self.web_latest),
            ("web", rf"/{NAME}/{NAME}/releases/latest/download/([^/]+)", self.web_latest_download),
            ("web", rf"/{NAME}/{NAME}/releases/download/([^/]+)/([^/]+)", self.web_download),
            ("web", rf"/{NAME}/{NAME}/releases(?:/tag/(.+))?", self.web_page),
            ("web", rf"/{NAME}/{NAME}\.git/info/refs", self.web_refs),
            ("web", rf"/{NAME}/{NAME}/archive/([0-9a-f]{{40}})\.tar\.gz", self.web_archive),
            ("api", rf"/repos/{NAME}/{NAME}/tarball/([0-9a-f]{{40}})", self.api_tarball),
            ("storage", rf"/codeload/{NAME}/{NAME}/tar\.gz/([0-9a-f]{{40}})", self.codeload),
            ("storage", r"/github-production-release-asset/(\d+)/([0-9a-f-]+)", self.storage),
        ]

    def answer(self, request):
        try:
            if request.where == "api":
                return self._metered(request)
            return self._route(request)
        except Refused as refused:
            return refused.answer

    def _route(self, request):
        for where, pattern, handler in self._routes:
            found = where == request.where and re.fullmatch(pattern, request.path)
            if found:
                return handler(request, *(group and unquote(group) for group in found.groups()))
        if request.where == "api":
            return api_error(404, "Not Found")
        return html_answer(404, "Page not found")

    # the API

    def _metered(self, request):
        """Everything that is true of each API request: who asks, may they, and what is left of their hour."""
        if not request.headers.get("User-Agent"):
            return Answer(403, {"content-type": "text/html; charset=utf-8"},
                          b"\r\nRequest forbidden by administrative rules. Please make sure your request has a "
                          b"User-Agent header.\r\n")
        token = token_of(request)
        known = token if token in self.forge.tokens else None
        quota = self.forge.quota
        bucket = quota.bucket(request.client, known)
        if bucket.remaining() == 0:
            return self._over_limit(request, bucket)
        if token and not known:
            answer = api_error(401, "Bad credentials")
        else:
            answer = self._conditional(request, self._caught(request))
        if not (answer.status == 304 and known):
            bucket.used += 1
        answer.headers |= bucket.headers() | {"x-github-media-type": "github.v3; format=json"}
        return answer

    def _caught(self, request):
        try:
            return self._route(request)
        except Refused as refused:
            return refused.answer

    def _over_limit(self, request, bucket):
        quota = self.forge.quota
        answer = api_error(quota.refusal.status, f"API rate limit exceeded for {request.client}. (But here's the good "
                           "news: Authenticated requests get a higher rate limit. Check out the documentation for more "
                           "details.)", "/overview/resources-in-the-rest-api#rate-limiting")
        answer.headers |= quota.refusal_headers(bucket)
        return answer

    def _conditional(self, request, answer):
        """The ETag is a hash of the whole body, download counts and all, so it changes with each download."""
        if answer.status != 200:
            return answer
        scope = "private" if token_of(request) else "public"
        answer.headers |= {"etag": f'W/"{hashlib.sha256(answer.body).hexdigest()}"',
                           "cache-control": f"{scope}, max-age=60, s-maxage=60",
                           "vary": "Accept, Authorization, Accept-Encoding"}
        wanted = request.headers.get("If-None-Match")
        if wanted is not None:
            tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
            same = answer.headers["etag"].removeprefix("W/") in tags or "*" in tags
        else:
            since = request.headers.get("If-Modified-Since")
            same = since is not None and since == answer.headers.get("last-modified")
        if same:
            del answer.headers["content-type"]
            return Answer(304, answer.headers)
        return answer

    def _repository(self, request, owner, name, page):
        """A private repository does not exist for those who may not read it."""
        repository = self.forge.find_repository(owner, name)
        may_read = request.where == "api" and token_of(request) in self.forge.tokens
        if repository is None or (repository.private and not may_read):
            if request.where == "api":
                raise Refused(api_error(404, "Not Found", f"/releases/{page}"))
            raise Refused(html_answer(404, "Page not found"))
        return repository

    def _sees_drafts(self, request):
        return self.forge.tokens.get(token_of(request)) == "push"

    def _one(self, request, repository, release, page):
        if release is None or (release.draft and not self._sees_drafts(request)):
            return api_error(404, "Not Found", f"/releases/{page}")
        return json_answer(200, release_json(request.api, self.forge.url, repository, release),
                           {"last-modified": formatdate(release.published or release.created, usegmt=True)})

    def api_latest(self, request, owner, name):
        repository = self._repository(request, owner, name, "releases#get-the-latest-release")
        return self._one(request, repository, repository.latest(), "releases#get-the-latest-release")

    def api_tag(self, request, owner, name, tag):
        page = "releases#get-a-release-by-tag-name"
        repository = self._repository(request, owner, name, page)
        release = repository.find(tag)
        return self._one(request, repository, None if release and release.draft else release, page)

    def api_release(self, request, owner, name, number):
        page = "releases#get-a-release"
        repository = self._repository(request, owner, name, page)
        found = next((r for r in repository.releases if r.id == int(number)), None)
        return self._one(request, repository, found, page)

    def api_list(self, request, owner, name):
        repository = self._repository(request, owner, name, "releases#list-releases")
        listed = repository.listed(self._sees_drafts(request))
        query = parse_qs(request.query)
        size = self._number(query, "per_page", 30, 100)
        page = self._number(query, "page", 1, 1 << 30)
        shown = listed[(page - 1) * size:page * size]
        headers = {}
        last = -(-len(listed) // size)
        link = self._link(f"{request.api}/repositories/{repository.id}/releases", size, page, last)
        if link:
            headers["link"] = link
        return json_answer(200, [release_json(request.api, self.forge.url, repository, r) for r in shown], headers)

    @staticmethod
    def _number(query, name, default, maximum):
        text = query.get(name, [""])[0]
        return min(int(text), maximum) if text.isdigit() and int(text) > 0 else default

    @staticmethod
    def _link(base, size, page, last):
        wanted = [("prev", page - 1, page > 1), ("next", page + 1, page < last),
                  ("last", last, page < last), ("first", 1, page > 1)]
        return ", ".join(f'<{base}?{urlencode({"per_page": size, "page": number})}>; rel="{rel}"'
                         for rel, number, there in wanted if there)

    def api_asset(self, request, owner, name, number):
        page = "assets#get-a-release-asset"
        repository = self._repository(request, owner, name, page)
        release, asset = repository.asset(int(number))
        if asset is None or (release.draft and not self._sees_drafts(request)):
            return api_error(404, "Not Found", f"/releases/{page}")
        if request.headers.get("Accept") != "application/octet-stream":
            return json_answer(200, asset_json(request.api, self.forge.url, repository, release, asset))
        if asset.state != "uploaded":
            return api_error(404, "Not Found", f"/releases/{page}")
        return redirect(self._signed(repository, asset))

    # the web

    def web_latest(self, request, owner, name):
        """A repository without a full release leads to the page of all, not to 404."""
        repository = self._repository(request, owner, name, "")
        latest = repository.latest()
        base = f"{self.forge.url}/{repository.path()}/releases"
        return redirect(f"{base}/tag/{latest.page()}" if latest else base)

    def web_latest_download(self, request, owner, name, asset):
        repository = self._repository(request, owner, name, "")
        latest = repository.latest()
        if latest is None:
            return html_answer(404, "Page not found")
        return redirect(f"{self.forge.url}/{repository.path()}/releases/download/{latest.page()}/"
                        f"{quote(asset, safe='')}")

    def web_page(self, request, owner, name, tag):
        repository = self._repository(request, owner, name, "")
        release = tag and repository.find(tag)
        if tag and (release is None or release.draft):
            return html_answer(404, "Page not found")
        return html_answer(200, f"Releases of {repository.path()} {tag or ''}")

    def web_download(self, request, owner, name, tag, asset_name):
        repository = self._repository(request, owner, name, "")
        release = repository.find(tag)
        asset = release and not release.draft and release.assets.get(asset_name)
        if not asset or asset.state != "uploaded":
            return Answer(404, {"content-type": "text/plain; charset=utf-8"}, b"Not Found")
        return redirect(self._signed(repository, asset))

    # branches

    def web_refs(self, request, owner, name):
        """To git a repository that one may not read looks as one that wants a password."""
        repository = self.forge.find_repository(owner, name)
        known = password_of(request) in self.forge.tokens
        if repository is None or (repository.private and not known):
            return Answer(401, {"content-type": "text/plain", "www-authenticate": 'Basic realm="GitHub"'},
                          b"Repository not found.")
        if parse_qs(request.query).get("service") != ["git-upload-pack"]:
            return Answer(403, {"content-type": "text/plain"}, b"Please upgrade your git client.")
        return repository.branches.advertisement()

    def _codeload(self, repository, commit):
        if commit not in repository.branches.archives:
            return None
        path = f"/codeload/{repository.path()}/tar.gz/{commit}"
        query = "?" + urlencode({"token": self._signature(path, "0", "0")}) if repository.private else ""
        return redirect(self.forge.storage + path + query)

    def web_archive(self, request, owner, name, commit):
        return self._codeload(self._repository(request, owner, name, ""), commit) or html_answer(404, "Page not found")

    def api_tarball(self, request, owner, name, commit):
        repository = self._repository(request, owner, name, "contents#download-a-repository-archive-tar")
        return self._codeload(repository, commit) or api_error(404, "Not Found")

    def codeload(self, request, owner, name, commit):
        """Made on the fly: no length, no ranges."""
        repository = self.forge.find_repository(owner, name)
        signed = parse_qs(request.query).get("token") == [self._signature(request.path, "0", "0")]
        if repository is None or commit not in repository.branches.archives or (repository.private and not signed):
            return Answer(404, {"content-type": "text/plain; charset=utf-8"}, b"404: Not Found")
        return Answer(200, {"content-type": "application/x-gzip", "etag": f'W/"{commit}"'},
                      repository.branches.archives[commit])

    # the storage

    def _signature(self, path, expires, serial):
        return hmac.new(self._secret, f"{path} {expires} {serial}".encode(), "sha256").hexdigest()

    def _signed(self, repository, asset):
        asset.downloads += 1
        path = f"/github-production-release-asset/{repository.id}/{asset.blob}"
        expires, serial = str(int(time.time() + self.forge.signed_seconds)), str(len(self._uses))
        self._uses[serial] = 0
        return self.forge.storage + path + "?" + urlencode(
            {"sp": "r", "sr": "b", "se": expires, "sn": serial, "rscd": f"attachment; filename={asset.name}",
             "rsct": "application/octet-stream", "sig": self._signature(path, expires, serial)})

    def _admitted(self, request):
        query = {key: values[0] for key, values in parse_qs(request.query).items()}
        expires, serial = query.get("se", "0"), query.get("sn", "")
        if not hmac.compare_digest(query.get("sig", ""), self._signature(request.path, expires, serial)):
            return False
        self._uses[serial] += 1
        uses = self.forge.signed_uses
        return time.time() < int(expires) and (uses is None or self._uses[serial] <= uses)

    def storage(self, request, repository_id, blob):
        if "Authorization" in request.headers:
            return storage_error(400, *MECHANISM_ERROR)
        asset = self.forge.find_blob(int(repository_id), blob)
        if asset is None:
            return storage_error(404, *MISSING_ERROR)
        if not self._admitted(request):
            return storage_error(403, *SIGNATURE_ERROR)
        return self._bytes(request, asset)

    @staticmethod
    def _bytes(request, asset):
        size, etag = len(asset.data), asset.etag()
        headers = {"content-type": "application/octet-stream", "etag": etag, "accept-ranges": "bytes",
                   "last-modified": formatdate(asset.created, usegmt=True),
                   "content-disposition": f"attachment; filename={asset.name}"}
        if request.headers.get("If-None-Match") == etag:
            return Answer(304, headers)
        wanted = None
        if request.headers.get("If-Range") in (None, etag, headers["last-modified"]):
            wanted = byte_range(request.headers.get("Range"), size)
        if wanted is False:
            return Answer(416, {"content-range": f"bytes */{size}", "content-type": "application/xml"})
        if wanted is None:
            return Answer(200, headers, asset.data)
        first, last = wanted
        return Answer(206, headers | {"content-range": f"bytes {first}-{last}/{size}"}, asset.data[first:last + 1])
