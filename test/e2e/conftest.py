"""What the end-to-end tests stand on: a forge, the demo application in any version, and containers."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test" / "forge"))
sys.path.append(str(ROOT / "test" / "updater"))  # signing

import archives  # noqa: E402  (the path comes first)
from container import PROGRAMS, Container  # noqa: E402
from engine import engine, images  # noqa: E402, F401  (fixtures)
from forge import Forge  # noqa: E402

NEEDED = ("init", "sv", "updater", "moult", "moult-fetch", "moult-unpack", "moult-build")
OWNER, REPO = "octo", "demo"


@pytest.fixture(scope="session")
def programs():
    missing = [name for name in NEEDED if not os.access(PROGRAMS / name, os.X_OK)]
    if missing:
        pytest.exit(f"{PROGRAMS}: {', '.join(missing)} missing; `make test` builds them", 2)
    command = ["unshare", "--user", "--map-root-user", "true"]
    if os.geteuid() != 0 and subprocess.run(command, check=False).returncode != 0:
        pytest.exit("no user namespace for an ordinary user on this machine; run the tests as root", 2)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture
def forge(certificates):
    """GitHub, for one test, with an empty repository octo/demo."""
    with Forge(OWNER, REPO, directory=str(certificates)) as one:
        yield one
    print(one.log())  # shown with a failure


class Demo:
    """The demo application as releases of any tag. more: further files of the release, path -> text or bytes; a `run`
    among them is what the service runs."""

    @staticmethod
    def files(tag, more=None):
        files = {"demo": archives.demo_program(archives.version(tag)), "README.md": b"demo\n"}
        for path, content in (more or {}).items():
            files[path] = content.encode() if isinstance(content, str) else content
        return files

    def assets(self, tag, more=None, **options):
        return archives.release(tag, self.files(tag, more), **({"project": "demo"} | options))

    @staticmethod
    def name(tag, **options):
        return archives.asset_name(tag, "demo", **options)


@pytest.fixture(scope="session")
def demo():
    return Demo()


@pytest.fixture
def publish(forge, demo):
    """publish("v1.1.0", more={...}, **what Forge.publish takes): a release of the demo."""
    def one(tag, more=None, **options):
        return forge.publish(tag, demo.assets(tag, more), **options)
    return one


@pytest.fixture
def make_container(programs, tmp_path, forge, demo):
    """make_container(tag="v1.0.0", more={}, GH_USER=None, ...): a container, not started, of an image with that
    release baked in. Whatever is left of it ends with the test, which fails if a sanitizer had something to say."""
    made = []

    def make(tag="v1.0.0", more=None, volume=True, setup="", version=True, **env):
        defaults = {"GH_USER": OWNER, "GH_REPO": REPO, "GH_URL": forge.url, "GH_API": forge.api,
                    "SSL_CERT_FILE": forge.ca, "SLEEP": 1, "UPDATE_READY": 5, "UPDATE_PROBATION": 1}
        directory = tmp_path / f"container{len(made)}" if made else tmp_path / "container"
        box = Container(directory, demo.files(tag, more), tag if version else None, defaults | env, volume, setup)
        made.append(box)
        return box

    yield make
    for box in made:
        box.__exit__()
        print(box.text())  # shown with a failure
    assert [line for box in made for line in box.sanitizer_reports()] == []


@pytest.fixture
def container(make_container):
    """make_container, and it runs."""
    return lambda *arguments, **options: make_container(*arguments, **options).start()


def pytest_collection_modifyitems(items):
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker("docker")
