"""The main job where people run it: Alpine, a real Docker Engine, the user's three-line image."""
import datetime
import socket
import urllib.request

import archives
import asked
import pytest

STATE = "/var/lib/moult"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def image(engine, images, tmp_path_factory):
    """docker/example/Dockerfile as it is, but for the name of the base, with the demo at v1.0.0."""
    context = tmp_path_factory.mktemp("story")
    text = (archives.ROOT / "docker/example/Dockerfile").read_text().replace("moult:alpine", images.alpine)
    (context / "Dockerfile").write_text(text)
    (context / "app").mkdir()
    (context / "app" / "demo").write_bytes(archives.demo_program("1.0.0"))
    (context / "app" / "demo").chmod(0o755)
    return engine.build("moult-test:story", context, "--build-arg", "VERSION=v1.0.0")


@pytest.fixture
def volume(engine):
    name = engine.docker("volume", "create").stdout.strip()
    yield name
    engine.docker("volume", "rm", name)


class Story:
    """What each container of a test is run with."""

    def __init__(self, engine, image, forge):
        self.engine, self.image, self.port = engine, image, free_port()
        env = {"GH_USER": forge.owner, "GH_REPO": forge.repo, "GH_URL": forge.url, "GH_API": forge.api, "SLEEP": 1,
               "SSL_CERT_FILE": "/forge.pem", "UPDATE_PROBATION": 1, "PORT": self.port}
        self.arguments = [word for name, value in env.items() for word in ("-e", f"{name}={value}")]
        self.arguments += ["-v", f"{forge.ca}:/forge.pem:ro"]
        self.arguments += [] if "--network=host" in engine.network else ["--network=host"]

    def run(self, *arguments):
        return self.engine.run(self.image, *self.arguments, *arguments)

    def version(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=10) as answer:
            return answer.read().decode().split()[1]


@pytest.fixture
def story(engine, image, forge):
    return Story(engine, image, forge)


def test_the_story(story, forge, publish):
    publish("v1.0.0")
    with story.run() as box:
        box.wait_log("demo 1.0.0 pid")
        assert story.version() == "1.0.0"
        publish("v1.1.0")
        box.wait_log("v1.1.0 is in place")
        assert story.version() == "1.1.0"
        assert "v1.1.0" in box.exec("/usr/bin/moult", "status").stdout
        assert "run: app:" in box.exec("/usr/bin/sv", "status", "app").stdout
        user = box.exec("sh", "-c", "for p in /proc/[0-9]*; do [ $(readlink $p/exe) != /usr/libexec/moult/updater ] || "
                                    "stat -c %U $p; done").stdout.split()
        assert user == ["moult"]
        code, seconds = box.stop(10)
        assert code == 0 and seconds < 7


def test_restart_keeps_the_release(story, forge, publish):
    publish("v1.1.0")
    with story.run() as box:
        box.wait_log("v1.1.0 is in place")
        fetched = asked.count(forge, asked.stored)
        story.engine.docker("restart", box.id)
        box.wait_log("demo 1.1.0 pid", since=box.inspect("State")["StartedAt"])
        assert story.version() == "1.1.0"
        assert asked.count(forge, asked.stored) == fetched
        assert "demo 1.0.0" not in box.logs()


def test_recreated_with_the_volume(story, forge, publish, volume):
    publish("v1.1.0")
    with story.run("-v", f"{volume}:{STATE}") as box:
        box.wait_log("v1.1.0 is in place")
    fetched = asked.count(forge, asked.stored)
    with story.run("-v", f"{volume}:{STATE}") as box:
        box.wait_log("demo 1.1.0 pid")
        assert story.version() == "1.1.0"
        assert "demo 1.0.0" not in box.logs()
    assert asked.count(forge, asked.stored) == fetched


def test_recreated_without_the_volume(story, publish):
    publish("v1.1.0")
    for _ in range(2):
        with story.run() as box:
            box.wait_log("demo 1.1.0 pid")
            assert story.version() == "1.1.0"
            assert "demo 1.0.0" not in box.logs()


def test_a_bad_release(story, publish):
    with story.run() as box:
        box.wait_log("demo 1.0.0 pid")
        begun = datetime.datetime.now(datetime.timezone.utc).isoformat()
        publish("v1.1.0", more={"run": "#!/bin/sh\nexit 1\n"})
        box.wait_log("back to v1.0.0")
        box.wait_log("demo 1.0.0 pid", since=begun)
        assert story.version() == "1.0.0"
        publish("v1.2.0")
        box.wait_log("v1.2.0 is in place")
        assert story.version() == "1.2.0"


def test_read_only_as_any_user(story, publish, volume):
    publish("v1.1.0")
    with story.run("--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp", "-u", "12345:0", "--cap-drop", "ALL", "-v",
                   f"{volume}:{STATE}") as box:
        box.wait_log("v1.1.0 is in place")
        assert story.version() == "1.1.0"


def test_a_branch_is_built_by_a_user_of_its_own(engine, images, forge, tmp_path):
    """README's image for branches, with a build that needs no compiler."""
    script = """#!/bin/sh
set -e
[ "$(id -un)" = moult-build ]
! touch /tmp/elsewhere 2>/dev/null || ! echo it may write in /tmp
! cat /var/lib/moult/state 2>/dev/null
setsid sleep 1000 &
grep -q sEkret /proc/$PPID/environ && echo it knows the token
mkdir out
printf '#!/bin/sh\\necho app of %s is up as $(id -un)\\nexec sleep 1000\\n' "$MOULT_TAG" > out/run
chmod +x out/run
"""
    commit = forge.push("main", {"build.sh": script})
    (tmp_path / "Dockerfile").write_text(f"FROM {images.alpine}\nRUN ln -s /usr/share/moult/builder /service/builder\n"
                                         "ENV GH_CHANNEL=branch:main\n")
    story = Story(engine, engine.build("moult-test:branch", tmp_path), forge)
    forge.tokens["sEkret"] = "read"
    with story.run("-e", "GH_TOKEN=sEkret") as box:
        box.wait_log(f"app of main-{commit[:7]} is up as root")
        box.wait_log(f"main-{commit[:7]} is in place")
        assert "it may write in /tmp" not in box.logs() and "it knows the token" not in box.logs()
        assert box.exec("ls", "-A", "/var/tmp/moult-build").stdout == ""
        processes = box.exec("ps", "-o", "user,args").stdout
        assert "moult-bu" not in processes, processes
        owner = box.exec("stat", "-c", "%U", f"/var/lib/moult/releases/main-{commit[:7]}").stdout
        assert owner == "moult\n"
        assert "down: builder:" in box.exec("/usr/bin/sv", "status", "builder", check=False).stdout
