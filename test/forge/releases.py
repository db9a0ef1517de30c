"""releases: what a forge knows about a repository, and the JSON that GitHub's REST API shows of it."""
import hashlib
import itertools
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import quote

from branches import Branches

AUTO = "auto"  # the digest of what was really uploaded
OWNER_ID = 583231
_ids = itertools.count(100001)


def timestamp(epoch):
    return None if epoch is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


@dataclass(eq=False)
class Asset:
    """One file of a release. state `starter` is an upload that has begun and not ended. digest may be AUTO, a wrong
    one, or None as for assets older than June 2025; size may lie."""
    data: bytes
    state: str = "uploaded"
    digest: str | None = AUTO
    size: int | None = None
    label: str | None = ""
    content_type: str = "application/octet-stream"
    name: str = ""
    downloads: int = 0
    id: int = field(default_factory=lambda: next(_ids))
    blob: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=time.time)

    def claimed_digest(self):
        if self.digest == AUTO:
            return None if self.state == "starter" else "sha256:" + hashlib.sha256(self.data).hexdigest()
        return self.digest

    def claimed_size(self):
        return len(self.data) if self.size is None else self.size

    def etag(self):
        """The strong one of the storage host, which changes with the bytes."""
        return f'"0x8D{hashlib.sha256(self.data).hexdigest()[:14].upper()}"'


@dataclass(eq=False)
class Release:
    tag: str
    assets: dict = field(default_factory=dict)
    draft: bool = False
    prerelease: bool = False
    make_latest: bool | None = None  # None: the date of the commit decides
    immutable: bool = False
    body: str = ""
    created: float = field(default_factory=time.time)
    published: float | None = None
    id: int = field(default_factory=lambda: next(_ids))

    def page(self):
        """The tag as it stands in a URL; a draft has none yet."""
        return quote(f"untagged-{self.id:020x}" if self.draft else self.tag, safe="")


@dataclass(eq=False)
class Repository:
    owner: str
    name: str
    private: bool = False
    releases: list = field(default_factory=list)  # in the order of publishing
    id: int = field(default_factory=lambda: next(_ids))

    def __post_init__(self):
        self.branches = Branches(self.name)

    def path(self):
        return f"{self.owner}/{self.name}"

    def find(self, tag):
        return next((release for release in self.releases if release.tag == tag), None)

    def listed(self, drafts):
        """Newest first, by the date of the commit, as the API lists them."""
        seen = [release for release in self.releases if drafts or not release.draft]
        return sorted(reversed(seen), key=lambda release: release.created, reverse=True)

    def latest(self):
        """Not the highest version: the newest commit, unless somebody ticked `set as the latest release`."""
        full = [r for r in self.listed(drafts=False) if not r.prerelease and r.make_latest is not False]
        chosen = [r for r in self.releases if r in full and r.make_latest]
        return chosen[-1] if chosen else next(iter(full), None)

    def asset(self, asset_id):
        for release in self.releases:
            for asset in release.assets.values():
                if asset.id == asset_id:
                    return release, asset
        return None, None


def _node(prefix, number):
    return f"{prefix}_kwDO{number:08x}"


def _user(api, web, login):
    url = f"{api}/users/{login}"
    return {
        "login": login, "id": OWNER_ID, "node_id": "MDQ6VXNlcjU4MzIzMQ==",
        "avatar_url": f"{web}/avatars/u/{OWNER_ID}?v=4", "gravatar_id": "", "url": url, "html_url": f"{web}/{login}",
        "followers_url": f"{url}/followers", "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}", "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions", "organizations_url": f"{url}/orgs", "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}", "received_events_url": f"{url}/received_events",
        "type": "User", "user_view_type": "public", "site_admin": False,
    }


def asset_json(api, web, repository, release, asset):
    path = repository.path()
    return {
        "url": f"{api}/repos/{path}/releases/assets/{asset.id}", "id": asset.id, "node_id": _node("RA", asset.id),
        "name": asset.name, "label": asset.label, "uploader": _user(api, web, repository.owner),
        "content_type": asset.content_type, "state": asset.state, "size": asset.claimed_size(),
        "digest": asset.claimed_digest(), "download_count": asset.downloads,
        "created_at": timestamp(asset.created), "updated_at": timestamp(asset.created),
        "browser_download_url":
            f"{web}/{path}/releases/download/{release.page()}/{quote(asset.name, safe='')}",
    }


def release_json(api, web, repository, release):
    path = repository.path()
    url = f"{api}/repos/{path}/releases/{release.id}"
    archive = None if release.draft else f"{api}/repos/{path}/{{}}/{quote(release.tag, safe='')}"
    return {
        "url": url, "assets_url": f"{url}/assets", "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": f"{web}/{path}/releases/tag/{release.page()}", "id": release.id,
        "author": _user(api, web, repository.owner), "node_id": _node("RE", release.id), "tag_name": release.tag,
        "target_commitish": "main", "name": release.tag, "draft": release.draft, "immutable": release.immutable,
        "prerelease": release.prerelease, "created_at": timestamp(release.created),
        "updated_at": timestamp(release.published or release.created), "published_at": timestamp(release.published),
        "assets": [asset_json(api, web, repository, release, a) for a in release.assets.values()],
        "tarball_url": archive and archive.format("tarball"), "zipball_url": archive and archive.format("zipball"),
        "body": release.body,
    }


def gitea_json(web, repository, release):
    """No digests, no states; a file that was attached by its address alone has no size."""
    path = repository.path()
    url = f"{web}/api/v1/repos/{path}/releases/{release.id}"
    pages = f"{web}/{path}"
    return {
        "id": release.id, "tag_name": release.tag, "target_commitish": "main", "name": release.tag,
        "body": release.body, "url": url, "html_url": f"{pages}/releases/tag/{quote(release.tag, safe='')}",
        "tarball_url": f"{pages}/archive/{quote(release.tag, safe='')}.tar.gz",
        "zipball_url": f"{pages}/archive/{quote(release.tag, safe='')}.zip",
        "upload_url": f"{url}/assets", "draft": release.draft, "prerelease": release.prerelease,
        "created_at": timestamp(release.created), "published_at": timestamp(release.published or release.created),
        "author": {"id": 1, "login": repository.owner, "full_name": ""},
        "assets": [{"id": a.id, "name": a.name, "size": a.claimed_size(), "download_count": a.downloads,
                    "created_at": timestamp(a.created), "uuid": a.blob, "type": "attachment",
                    "browser_download_url": f"{pages}/releases/download/{quote(release.tag, safe='')}/"
                                            f"{quote(a.name, safe='')}"} for a in release.assets.values()],
    }


def gitlab_json(web, repository, release):
    """Assets are links to a package registry, of no stated size; the sources come by themselves."""
    path = repository.path()
    pages = f"{web}/{path}/-"
    tag = quote(release.tag, safe="")
    links = [{"id": a.id, "name": a.label or a.name,
              "url": f"{web}/api/v4/projects/{repository.id}/packages/generic/{a.blob}/{quote(a.name, safe='')}",
              "direct_asset_url": f"{pages}/releases/{tag}/downloads/{quote(a.name, safe='')}", "link_type": "other"}
             for a in release.assets.values()]
    sources = [{"format": form, "url": f"{pages}/archive/{tag}/{repository.name}-{tag}.{form}"}
               for form in ("zip", "tar.gz", "tar.bz2", "tar")]
    return {
        "tag_name": release.tag, "description": release.body, "name": release.tag,
        "created_at": timestamp(release.created).replace("Z", ".123Z"),
        "released_at": timestamp(release.published or release.created).replace("Z", ".123Z"),
        "upcoming_release": release.draft, "author": {"id": 1, "username": repository.owner},
        "commit": {"id": "0" * 40, "parent_ids": [], "message": "m"}, "milestones": [], "commit_path": f"/{path}/-/commit/0",
        "tag_path": f"/{path}/-/tags/{tag}", "evidences": [{"sha": "0" * 40, "filepath": f"{pages}/x.json"}],
        "assets": {"count": len(links) + len(sources), "sources": sources, "links": links},
        "_links": {"self": f"{pages}/releases/{tag}"},
    }
