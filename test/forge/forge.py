#!/usr/bin/python3
"""forge: a GitHub look-alike on loopback, for tests and for `make run`. Python's standard library and openssl.
dialect="gitea", "gitlab" or "directory" makes it one of those (see dialects.py); they have one host for web and API.

In a test:

    with Forge() as forge:                               # https, its own authority in forge.ca
        forge.publish("v1.0.0", {"app_1.0.0_linux_amd64.tar.gz": archive})
        ... GH_URL=forge.url GH_API=forge.api GH_USER=forge.owner GH_REPO=forge.repo, trust forge.ca ...
        forge.fault("/releases/latest", status=503)      # the next request for it; see faults.py for what there is
        forge.wait_request(lambda r: r.status == 503)    # an event, not a sleep
        assert not [r for r in forge.requests if r.where == "storage" and "Authorization" in r.headers]

From a shell: `forge.py --help`. It publishes what stands in DIR/OWNER/REPO/TAG/FILES and, at each request, looks again;
so write a new release to DIR/OWNER/REPO/.TAG and rename it to TAG. Names that begin with a dot are not published.
"""
import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time

import dialects
import tls
from faults import NO_FAULT, Fault
from quota import Quota, Refusal
from releases import Asset, Release, Repository
from serve import Listener

TAG = re.compile(r"[^\s~^:?*\[\\\x00-\x1f\x7f]+")  # what git allows, nearly


class Forge:
    """A context manager. Three hosts as at GitHub: url (web), api, storage; each has its own port.

    tokens     token -> "read" or "push"; who may push sees drafts too
    bind       address to listen on; host and storage_host are the names in URLs, names further ones in the certificate
    directory  for the certificates; a temporary one when not given
    """

    def __init__(self, owner="octo", repo="app", *, plain=False, directory=None, bind="127.0.0.1", host="127.0.0.1",
                 storage_host="localhost", names=(), ports=(0, 0, 0), tokens=None, private=False, dialect="github"):
        self.dialect = dialect
        self.owner = owner
        self.repo = repo
        self.tokens = dict(tokens or {})
        self.quota = Quota()
        self.signed_seconds = 300    # a signed URL is good so long; 0 makes it expired at birth
        self.signed_uses = None      # and for so many requests
        self.requests = []           # of serve.Request, in order of arrival
        self.stopping = threading.Event()
        self.before_answer = None    # called, unlocked, before each request is looked at
        self.after_answer = None     # called when its response is out
        self._network = (bind, host, storage_host, tuple(names), tuple(ports))
        self._plain = plain
        self._directory = directory
        self._changed = threading.Condition(threading.RLock())
        self._faults = []
        self._routes = dialects.ROUTES[dialect](self)
        self._repositories = {}
        self._listeners = []
        self._temporary = None
        self.add_repository(owner, repo, private)

    # life

    def start(self):
        bind, host, storage_host, names, ports = self._network
        context = None
        if not self._plain:
            if self._directory is None:
                self._directory = self._temporary = tempfile.mkdtemp(prefix="forge-")
                os.chmod(self._directory, 0o755)  # the authority is for every user to trust; the key has its own mode
            os.makedirs(self._directory, exist_ok=True)
            known = dict.fromkeys(("localhost", "127.0.0.1", "::1", host, storage_host, *names))
            context = tls.server_context(self._directory, known)
        for role, name, port in zip(("web", "api", "storage"), (host, host, storage_host), ports):
            self._listeners.append(Listener(self, role, bind, name, port, context))
        return self

    def stop(self):
        self.stopping.set()
        for fault in self._faults:
            if fault.hold is not None:
                fault.hold.set()
        for listener in self._listeners:
            listener.stop()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        """GH_URL."""
        return self._listeners[0].url

    @property
    def api(self):
        """GH_API. (url + "/api/v3" answers too, as GitHub Enterprise does, and so does url itself.)"""
        below = dialects.API_BELOW_WEB.get(self.dialect)
        return self.url + below if below else self._listeners[1].url

    @property
    def storage(self):
        return self._listeners[2].url

    @property
    def ca(self):
        """File with the certificate of the authority, or None when plain."""
        return None if self._plain else os.path.join(self._directory, "ca.pem")

    # repositories and releases; `repo` is "OWNER/NAME", by default the one the forge was made with

    def add_repository(self, owner, name, private=False):
        self._repositories[owner.lower(), name.lower()] = Repository(owner, name, private)

    def find_repository(self, owner, name):
        return self._repositories.get((owner.lower(), name.lower()))

    def repository_of(self, number):
        return next((one for one in self._repositories.values() if one.id == number), None)

    def find_blob(self, repository_id, blob):
        for repository in self._repositories.values():
            for release in repository.releases:
                for asset in release.assets.values():
                    if repository.id == repository_id and asset.blob == blob:
                        return asset
        return None

    def repository(self, repo=None):
        owner, _, name = (repo or f"{self.owner}/{self.repo}").rpartition("/")
        with self._changed:
            if not self.find_repository(owner, name):
                self.add_repository(owner, name)
            return self.find_repository(owner, name)

    def publish(self, tag, assets=None, *, repo=None, draft=False, prerelease=False, make_latest=None, created_at=None,
                published_at=None, immutable=False, body="", **asset_fields):
        """Make a release. assets: name -> bytes or releases.Asset; further keywords (digest=None, state="starter",
        size=1 ...) go to each asset given as bytes. created_at is the date of the commit, an epoch. Returns the
        Release, whose fields a test may change."""
        if not TAG.fullmatch(tag):
            raise ValueError(f"{tag!r} is no git tag")
        now = time.time()
        with self._changed:
            repository = self.repository(repo)
            if repository.find(tag):
                raise ValueError(f"{repository.path()} has a release {tag} already")
            release = Release(tag, {}, draft, prerelease, make_latest, immutable, body,
                              now if created_at is None else created_at,
                              None if draft else now if published_at is None else published_at)
            for name, content in (assets or {}).items():
                self._attach(release, name, content, asset_fields)
            repository.releases.append(release)
        return release

    def push(self, ref, files, repo=None):
        """A commit on a branch (or behind refs/...), with these files: name -> text or bytes. Returns its hash."""
        with self._changed:
            return self.repository(repo).branches.push(ref, files)

    @staticmethod
    def _attach(release, name, content, fields):
        asset = content if isinstance(content, Asset) else Asset(content, **fields)
        asset.name = name
        release.assets[name] = asset
        return asset

    def release(self, tag, repo=None):
        found = self.repository(repo).find(tag)
        if found is None:
            raise KeyError(f"no release {tag}")
        return found

    def upload(self, tag, name, content, repo=None, **asset_fields):
        """Add an asset to a release that is there already, or take the place of one, under a new id."""
        with self._changed:
            return self._attach(self.release(tag, repo), name, content, asset_fields)

    def swap(self, tag, name, data, repo=None):
        """Other bytes behind the same signed URLs; the JSON keeps what it said of the old ones."""
        with self._changed:
            asset = self.release(tag, repo).assets[name]
            asset.digest, asset.size, asset.data = asset.claimed_digest(), asset.claimed_size(), data

    def delete(self, tag, repo=None):
        with self._changed:
            repository = self.repository(repo)
            repository.releases.remove(self.release(tag, repo))

    # what goes wrong

    def fault(self, path="", **fields):
        """The next request whose path?query matches the regular expression meets this fault (times=None: all of them).
        Returns the Fault; its `hits` says how often it was met."""
        fault = Fault(path, **fields)
        with self._changed:
            self._faults.append(fault)
        return fault

    def clear_faults(self):
        with self._changed:
            self._faults.clear()

    def exhaust(self, status=403, *, reset=None, retry_after=None, ratelimit_headers=True):
        """Every caller of the API is over the limit from now on; reset is an epoch."""
        with self._changed:
            self.quota.refusal = Refusal(status, reset, retry_after, ratelimit_headers)
            self.quota.exhausted = True

    def replenish(self):
        with self._changed:
            self.quota.exhausted = False

    # what was asked

    def mark(self):
        """A place in the log, for `after`."""
        return len(self.requests)

    def wait_request(self, predicate=lambda request: True, timeout=10, after=0, done=True):
        """The first logged request (from `after` on) that the predicate accepts; waits for one. With done=False also
        those still being answered."""
        def find():
            return next((r for r in self.requests[after:] if (r.done or not done) and predicate(r)), None)
        with self._changed:
            self._changed.wait_for(find, timeout)
            found = find()
        if found is None:
            raise AssertionError(f"no such request within {timeout} s; these came:\n{self.log()}")
        return found

    def log(self):
        return "\n".join(map(str, self.requests))

    # called by the connections

    def received(self, request):
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            return next((fault for fault in self._faults if fault.meets(request)), NO_FAULT)

    def answer(self, request):
        if self.before_answer:
            self.before_answer(request)
        with self._changed:
            return self._routes.answer(request)

    def finished(self, request):
        with self._changed:
            request.done = True
            self._changed.notify_all()
        if self.after_answer:
            self.after_answer(request)


class Shelf:
    """Keeps the releases of a forge equal to a directory tree."""

    def __init__(self, forge, directory):
        self.forge = forge
        self.directory = directory
        self._lock = threading.Lock()

    @staticmethod
    def _names(directory):
        return sorted(entry.name for entry in os.scandir(directory) if not entry.name.startswith("."))

    def _on_disk(self):
        for owner in self._names(self.directory):
            for name in self._names(os.path.join(self.directory, owner)):
                tags = self._names(os.path.join(self.directory, owner, name))
                yield f"{owner}/{name}", tags

    def look(self, request=None):
        with self._lock:
            for repo, tags in self._on_disk():
                published = {release.tag for release in self.forge.repository(repo).releases}
                for tag in published - set(tags):
                    self.forge.delete(tag, repo)
                for tag in sorted(set(tags) - published):
                    self._publish(repo, tag)

    def _publish(self, repo, tag):
        directory = os.path.join(self.directory, repo, tag)
        assets = {}
        for name in self._names(directory):
            with open(os.path.join(directory, name), "rb") as file:
                assets[name] = file.read()
        self.forge.publish(tag, assets, repo=repo, created_at=os.stat(directory).st_mtime)
        print(f"published {repo} {tag}", file=sys.stderr, flush=True)


def _arguments():
    parser = argparse.ArgumentParser(description="A GitHub look-alike on loopback.")
    parser.add_argument("--dir", required=True, help="releases: DIR/OWNER/REPO/TAG/FILES")
    parser.add_argument("--certs", help="directory for the certificates (default: DIR/.certs)")
    parser.add_argument("--http", action="store_true", help="plain HTTP")
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--host", default="127.0.0.1", help="host name in URLs of web and API")
    parser.add_argument("--storage-host", default="localhost", help="host name in URLs of the storage")
    parser.add_argument("--port", type=int, default=0, help="of the web; any free one when not given")
    parser.add_argument("--api-port", type=int, default=0)
    parser.add_argument("--storage-port", type=int, default=0)
    parser.add_argument("--token", action="append", default=[], help="one that the API accepts")
    parser.add_argument("--log", action="store_true", help="each request on stderr")
    return parser.parse_args()


def main():
    options = _arguments()
    if not os.path.isdir(options.dir):
        print(f"forge: --dir {options.dir}: not a directory", file=sys.stderr)
        return 100
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    forge = Forge(plain=options.http, directory=options.certs or os.path.join(options.dir, ".certs"),
                  bind=options.bind, host=options.host, storage_host=options.storage_host,
                  ports=(options.port, options.api_port, options.storage_port),
                  tokens={token: "read" for token in options.token})
    shelf = Shelf(forge, options.dir)
    forge.before_answer = shelf.look
    shelf.look()
    if options.log:
        forge.after_answer = lambda request: print(f"forge: {request}", file=sys.stderr, flush=True)
    with forge:
        print(f"url={forge.url}\napi={forge.api}\nstorage={forge.storage}\nca={forge.ca or ''}", flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    return 0


if __name__ == "__main__":
    sys.exit(main())
