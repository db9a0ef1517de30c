"""The same story with every kind of source: a newer release is found, verified, installed, and a poll that finds nothing
new costs the forge next to nothing."""
import hashlib

import asked
import pytest
from forge import Forge

TOKEN = "glpat-S3cretOfTheTests0123456789"
REPO = "demo"
OWNERS = {"gitea": "octo", "gitlab": "big/small", "directory": "octo"}


@pytest.fixture(params=sorted(OWNERS))
def source(request, certificates):
    with Forge(OWNERS[request.param], REPO, directory=str(certificates), dialect=request.param) as one:
        yield one
    print(one.log())


def settings(source, **more):
    return {"GH_FORGE": source.dialect, "GH_URL": source.url, "GH_API": None, "GH_USER": source.owner, **more}


def polled(request):
    """What an unchanged poll asks."""
    return request.path.endswith(("/releases/latest", "/permalink/latest", "/SHA256SUMS"))


def test_it_is_updated_and_then_left_alone(container, source, demo):
    source.publish("v1.1.0", demo.assets("v1.1.0"))
    box = container("v1.0.0", **settings(source))
    box.wait_installed("v1.1.0")
    settled = asked.polls(source, 2, source.mark(), predicate=polled)  # it looks once more what else there is
    end = asked.polls(source, 3, settled, predicate=polled)
    after = source.requests[settled:end]
    assert all(polled(r) and r.where == "web" for r in after), source.log()
    assert {r.status for r in after} == {{"gitea": 303, "gitlab": 302, "directory": 304}[source.dialect]}
    source.publish("v1.2.0", demo.assets("v1.2.0"))
    box.wait_installed("v1.2.0")


@pytest.mark.parametrize("source", ["gitea", "gitlab"], indirect=True)
def test_a_private_one(container, source, demo):
    source.repository().private = True
    source.tokens[TOKEN] = "read"
    source.publish("v1.1.0", demo.assets("v1.1.0"))
    box = container("v1.0.0", **settings(source), GH_TOKEN=TOKEN, VERBOSE=1)
    box.wait_installed("v1.1.0")
    assert TOKEN not in box.text()
    assert not any(TOKEN in str(r.headers) for r in source.requests if r.where == "storage")


@pytest.mark.parametrize("spoilt", ["archive", "checksums"])
def test_what_does_not_verify_is_not_installed(container, source, demo, spoilt):
    """Only a directory gives a digest; of the others the checksums asset is what speaks against it."""
    assets = demo.assets("v1.1.0")
    name = demo.name("v1.1.0")
    digest = "sha256:" + "0" * 64 if source.dialect == "directory" else "auto"
    if spoilt == "archive":
        assets[name] = assets[name][:-1] + bytes([assets[name][-1] ^ 1])
    else:
        assets["checksums.txt"] = b"0" * 64 + b"  other\n"
    source.publish("v1.1.0", assets, digest=digest)
    box = container("v1.0.0", **settings(source))
    box.wait_log("update.*trying again in")
    box.wait_version("1.0.0")
    assert box.current() != "v1.1.0"


# a directory of this machine: what an air gap is crossed with

def fill(directory, releases):
    """As `sha256sum */* > SHA256SUMS` in a directory of releases, the list last and at once."""
    app = directory / "octo" / REPO
    lines = []
    for tag, assets in releases.items():
        (app / tag).mkdir(parents=True, exist_ok=True)
        for name, data in assets.items():
            (app / tag / name).write_bytes(data)
            lines.append(f"{hashlib.sha256(data).hexdigest()}  {tag}/{name}\n")
    (app / "new").write_text("".join(lines))
    (app / "new").rename(app / "SHA256SUMS")


def test_without_a_network(container, demo, tmp_path):
    base = tmp_path / "disk"
    fill(base, {"v1.1.0": demo.assets("v1.1.0")})
    box = container("v1.0.0", GH_URL=f"file://{base}", GH_API=None, SSL_CERT_FILE=None)
    box.wait_installed("v1.1.0")
    fill(base, {"v1.1.0": demo.assets("v1.1.0"), "v1.2.0": demo.assets("v1.2.0")})
    box.wait_installed("v1.2.0")


def test_a_disk_that_is_not_there_yet(container, demo, tmp_path):
    base = tmp_path / "disk"
    box = container("v1.0.0", GH_URL=f"file://{base}", GH_API=None)
    box.wait_log(f"update.*{base}")
    box.wait_version("1.0.0")
    fill(base, {"v1.1.0": demo.assets("v1.1.0")})
    box.check()
    box.wait_installed("v1.1.0")


def test_a_file_that_was_changed_on_the_disk(container, demo, tmp_path):
    base = tmp_path / "disk"
    assets = demo.assets("v1.1.0")
    fill(base, {"v1.1.0": assets})
    archive = base / "octo" / REPO / "v1.1.0" / demo.name("v1.1.0")
    archive.write_bytes(archive.read_bytes()[:-1] + b"x")
    box = container("v1.0.0", GH_URL=f"file://{base}", GH_API=None)
    box.wait_log("update.*sha256")
    box.wait_version("1.0.0")
