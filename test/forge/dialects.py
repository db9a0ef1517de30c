"""dialects: the same repository as Gitea (or Forgejo), as GitLab and as a plain directory show it. Where they differ from
GitHub, they do here:

gitea      no digests, no ETags, no allowance; files come from the web's host itself, for a token also private ones
gitlab     groups in groups, assets are links, the web takes no token (a private project leads to the sign-in page), the
           API has the same files for one; RateLimit-* headers
directory  OWNER/REPO/SHA256SUMS and OWNER/REPO/TAG/NAME, as any web server gives files
"""
import hashlib
from urllib.parse import parse_qs, quote

from faults import Answer
from releases import gitea_json, gitlab_json
from routes import NAME, Refused, Routes, html_answer, json_answer, redirect

GROUPS = r"((?:[A-Za-z0-9._-]+/)*[A-Za-z0-9._-]+)"
API_BELOW_WEB = {"gitea": "/api/v1", "gitlab": "/api/v4", "directory": "/"}


class Paged(Routes):
    """A list a page at a time, with a Link to the next one."""

    size_key, size, most = "", 0, 0

    def _page(self, request, listed, show):
        query = parse_qs(request.query)
        size = self._number(query, self.size_key, self.size, self.most)
        page = self._number(query, "page", 1, 1 << 30)
        headers = {}
        if page * size < len(listed):
            headers["link"] = f'<{request.api}{request.path}?{self.size_key}={size}&page={page + 1}>; rel="next"'
        return json_answer(200, [show(release) for release in listed[(page - 1) * size:page * size]], headers)


class GiteaRoutes(Paged):
    size_key, size, most = "limit", 30, 50

    def __init__(self, forge):
        super().__init__(forge)
        self._routes = [
            ("api", rf"/repos/{NAME}/{NAME}/releases/tags/(.+)", self.api_tag),
            ("api", rf"/repos/{NAME}/{NAME}/releases", self.api_list),
            ("web", rf"/{NAME}/{NAME}/releases/latest", self.web_latest),
            ("web", rf"/{NAME}/{NAME}/releases/download/([^/]+)/([^/]+)", self.web_download),
        ]

    def _token(self, request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return token if scheme.lower() in ("token", "bearer") else None

    def _metered(self, request):
        token = self._token(request)
        if token and token not in self.forge.tokens:
            return json_answer(401, {"message": "user does not exist", "url": f"{request.api}/swagger"})
        return self._caught(request)

    def _repository(self, request, owner, name, page=""):
        repository = self.forge.find_repository(owner, name)
        if repository is None or (repository.private and self._token(request) not in self.forge.tokens):
            raise Refused(json_answer(404, {"message": "not found", "url": ""}) if request.where == "api"
                          else html_answer(404, "Page Not Found"))
        return repository

    def api_list(self, request, owner, name):
        repository = self._repository(request, owner, name)
        listed = repository.listed(self.forge.tokens.get(self._token(request)) == "push")
        return self._page(request, listed, lambda release: gitea_json(self.forge.url, repository, release))

    def api_tag(self, request, owner, name, tag):
        repository = self._repository(request, owner, name)
        release = repository.find(tag)
        if release is None or release.draft:
            return json_answer(404, {"message": "not found", "url": ""})
        return json_answer(200, gitea_json(self.forge.url, repository, release))

    def web_latest(self, request, owner, name):
        """Where it leads is told without the host, and a repository without a release has no such page."""
        latest = self._repository(request, owner, name).latest()
        if latest is None:
            return html_answer(404, "Page Not Found")
        return Answer(303, {"location": f"/{owner}/{name}/releases/tag/{quote(latest.tag, safe='')}"})

    def web_download(self, request, owner, name, tag, asset_name):
        release = self._repository(request, owner, name).find(tag)
        asset = release and not release.draft and release.assets.get(asset_name)
        return self._bytes(request, asset) if asset else html_answer(404, "Page Not Found")


class GitlabRoutes(Paged):
    size_key, size, most = "per_page", 20, 100

    def __init__(self, forge):
        super().__init__(forge)
        self._routes = [
            ("api", r"/projects/([^/]+)/releases/([^/]+)/downloads/(.+)", self.api_download),
            ("api", r"/projects/([^/]+)/releases/permalink/latest", self.api_latest),
            ("api", r"/projects/([^/]+)/releases/([^/]+)", self.api_tag),
            ("api", r"/projects/([^/]+)/releases", self.api_list),
            ("api", r"/projects/(\d+)/packages/generic/([0-9a-f-]+)/[^/]+", self.api_package),
            ("web", rf"/{GROUPS}/-/releases/permalink/latest", self.web_latest),
            ("web", rf"/{GROUPS}/-/releases/([^/]+)/downloads/(.+)", self.web_download),
            ("storage", r"/github-production-release-asset/(\d+)/([0-9a-f-]+)", self.storage),
        ]

    @staticmethod
    def _token(request):
        return request.headers.get("PRIVATE-TOKEN")

    def _metered(self, request):
        token = self._token(request)
        quota = self.forge.quota
        bucket = quota.bucket(request.client, token if token in self.forge.tokens else None)
        if bucket.remaining() == 0:
            headers = {"retry-after": quota.refusal.retry_after} if quota.refusal.retry_after is not None else {}
            answer = Answer(429, {"content-type": "text/plain"} | headers, b"Retry later\n")
        elif token and token not in self.forge.tokens:
            answer = json_answer(401, {"message": "401 Unauthorized"})
        else:
            answer = self._conditional(request, self._caught(request))
        bucket.used += 1
        if quota.refusal.ratelimit_headers:
            reset = bucket.reset if quota.refusal.reset is None else quota.refusal.reset
            answer.headers |= {"ratelimit-limit": str(bucket.limit), "ratelimit-remaining": str(bucket.remaining()),
                               "ratelimit-reset": str(int(reset)), "ratelimit-observed": str(bucket.used)}
        return answer

    def _conditional(self, request, answer):
        if answer.status != 200:
            return answer
        answer.headers["etag"] = f'W/"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
        return Answer(304, answer.headers) if request.headers.get("If-None-Match") == answer.headers["etag"] else answer

    def _may_see(self, request, repository):
        return repository and (not repository.private or self._token(request) in self.forge.tokens)

    def _project(self, request, project):
        """By its path, or by its number."""
        owner, _, name = project.rpartition("/")
        repository = self.forge.find_repository(owner, name)
        if not self._may_see(request, repository):
            raise Refused(json_answer(404, {"message": "404 Project Not Found"}))
        return repository

    def _page_of(self, project):
        """The web knows no token: what is not public leads to the door."""
        owner, _, name = project.rpartition("/")
        repository = self.forge.find_repository(owner, name)
        if repository is None or repository.private:
            raise Refused(redirect(f"{self.forge.url}/users/sign_in"))
        return repository

    def _show(self, request, repository, release):
        if release is None:
            return json_answer(404, {"message": "404 Not Found"})
        return json_answer(200, gitlab_json(self.forge.url, repository, release))

    def api_list(self, request, project):
        repository = self._project(request, project)
        return self._page(request, repository.listed(True), lambda r: gitlab_json(self.forge.url, repository, r))

    def api_tag(self, request, project, tag):
        repository = self._project(request, project)
        return self._show(request, repository, repository.find(tag))

    def api_latest(self, request, project):
        repository = self._project(request, project)
        latest = repository.latest()
        if latest is None:
            return json_answer(404, {"message": "404 Not Found"})
        return redirect(f"{request.api}/projects/{quote(project, safe='')}/releases/{quote(latest.tag, safe='')}")

    def _package(self, repository, tag, name):
        release = repository.find(tag)
        asset = release and release.assets.get(name)
        if not asset:
            raise Refused(json_answer(404, {"message": "404 Not Found"}))
        return redirect(f"{self.forge.url}/api/v4/projects/{repository.id}/packages/generic/{asset.blob}/"
                        f"{quote(name, safe='')}")

    def api_download(self, request, project, tag, name):
        return self._package(self._project(request, project), tag, name)

    def api_package(self, request, number, blob):
        asset = self.forge.find_blob(int(number), blob)
        repository = self.forge.repository_of(int(number))
        if asset is None or not self._may_see(request, repository):
            return json_answer(404, {"message": "404 Project Not Found"})
        return redirect(self._signed(repository, asset))

    def web_latest(self, request, project):
        latest = self._page_of(project).latest()
        if latest is None:
            return html_answer(404, "Not Found")
        return redirect(f"{self.forge.url}/{project}/-/releases/{quote(latest.tag, safe='')}")

    def web_download(self, request, project, tag, name):
        return self._package(self._page_of(project), tag, name)


class DirectoryRoutes(Routes):
    """Files, as any web server gives them, and what lists them."""

    def __init__(self, forge):
        super().__init__(forge)
        self._routes = [
            ("web", rf"/{NAME}/{NAME}/SHA256SUMS", self.sums),
            ("web", rf"/{NAME}/{NAME}/([^/]+)/([^/]+)", self.file),
        ]

    def sums(self, request, owner, name):
        repository = self._repository(request, owner, name, "")
        lines = [f"{asset.claimed_digest().removeprefix('sha256:')}  {release.tag}/{asset.name}\n"
                 for release in repository.listed(drafts=False) for asset in release.assets.values()]
        body = "".join(lines).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == etag:
            return Answer(304, {"etag": etag})
        return Answer(200, {"content-type": "application/octet-stream", "etag": etag}, body)

    def file(self, request, owner, name, tag, asset_name):
        release = self._repository(request, owner, name, "").find(tag)
        asset = release and release.assets.get(asset_name)
        return self._bytes(request, asset) if asset else html_answer(404, "Not Found")


ROUTES = {"github": Routes, "gitea": GiteaRoutes, "gitlab": GitlabRoutes, "directory": DirectoryRoutes}
