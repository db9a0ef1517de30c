"""branches: commits and what they hold, as git and the archive pages of a forge tell them."""
import hashlib
import io
import tarfile
import time
from base64 import b64decode

from faults import Answer

SERVICE = "git-upload-pack"


def archive(top, files):
    """The sources of a commit, all in one directory. A file that begins with #! is a program."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size, info.mtime = len(data), int(time.time())
            info.mode = 0o755 if data.startswith(b"#!") else 0o644
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def packet(line):
    return b"%04x" % (len(line) + 4) + line


class Branches:
    """The refs of one repository, by their whole names, and the archive of each commit."""

    def __init__(self, name):
        self.name = name
        self.refs = {}
        self.archives = {}

    def push(self, ref, files):
        """A new commit on a branch, or behind a ref that is given whole. Returns its hash."""
        ref = ref if ref.startswith("refs/") else f"refs/heads/{ref}"
        commit = hashlib.sha1(repr((ref, files, len(self.archives))).encode()).hexdigest()
        self.archives[commit] = archive(f"{self.name}-{commit}", files)
        self.refs[ref] = commit
        return commit

    def advertisement(self):
        lines = [(ref, commit) for ref, commit in sorted(self.refs.items())]
        head = self.refs.get("refs/heads/main")
        first = [("HEAD", head)] if head else []
        body = packet(f"# service={SERVICE}\n".encode()) + b"0000"
        for number, (ref, commit) in enumerate(first + lines):
            capabilities = b"\0multi_ack side-band-64k agent=git/forge" if number == 0 else b""
            body += packet(f"{commit} {ref}".encode() + capabilities + b"\n")
        return Answer(200, {"content-type": f"application/x-{SERVICE}-advertisement", "cache-control": "no-cache"},
                      body + b"0000")


def password_of(request):
    """The token that comes as a password, as git sends it."""
    scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    return b64decode(pair).decode().partition(":")[2]
