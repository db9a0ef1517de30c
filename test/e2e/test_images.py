"""The images, as a user meets them: what is in them, that his own image is three lines, and that it comes up and ends cleanly with
the restrictions and volumes of the examples. Needs a Docker Engine: see engine.py."""
import json
import pathlib
import re
import subprocess
import urllib.request

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
APP_RUN = DOCKER / "service/app/run"

# Says when it is up and when it was asked to end, and then exits with a code of its own.
APP = """#!/bin/sh
trap 'echo "app saw TERM"; kill -9 $!; exit 7' TERM
echo "app is up as $(id -u) in $PWD"
while :; do sleep 1000 & wait $!; done
"""


def context(directory, dockerfile, **files):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "Dockerfile").write_text(dockerfile)
    for name, content in files.items():
        (directory / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        (directory / name).chmod(0o755)
    return directory


@pytest.fixture(scope="module")
def demo():
    subprocess.run(["make", "-s", "build/demo/demo-1.0.0"], cwd=ROOT, check=True)
    return (ROOT / "build/demo/demo-1.0.0").read_bytes()


@pytest.fixture(scope="module")
def users_image(engine, images, demo, tmp_path_factory):
    """docker/example/Dockerfile as it is, but for the name of the base."""
    text = (DOCKER / "example/Dockerfile").read_text().replace("moult:alpine", images.alpine)
    return engine.build("moult-test:user", context(tmp_path_factory.mktemp("user"), text, app=demo))


@pytest.fixture(scope="module")
def plain_image(engine, images, tmp_path_factory):
    text = f"FROM {images.alpine}\nCOPY run /usr/share/moult/baked/\n"
    return engine.build("moult-test:plain", context(tmp_path_factory.mktemp("plain"), text, run=APP))


def ask(box, port=8080):
    with urllib.request.urlopen(f"http://{box.address}:{port}/", timeout=10) as answer:
        return answer.read().decode()


def config(engine, image):
    return json.loads(engine.docker("image", "inspect", image).stdout)[0]


# What is in them

def test_sizes(engine, images, capsys):
    """Limits of the project: 1.65 MiB for the scratch image, 1.6 MiB for all our files in the other, which builds, too."""
    scratch = config(engine, images.scratch)["Size"]
    added = config(engine, images.alpine)["Size"] - config(engine, "alpine:3.20")["Size"]
    with capsys.disabled():
        print(f"\nmoult:scratch {scratch / 2**20:.2f} MiB, moult:alpine = alpine:3.20 + {added / 2**20:.2f} MiB")
    assert scratch <= 1.65 * 2**20
    assert added <= 1.6 * 2**20


@pytest.mark.parametrize("name", ["alpine", "scratch"])
def test_image_configuration(engine, images, name):
    image = config(engine, getattr(images, name))["Config"]
    assert image["Entrypoint"] == ["/init"] and not image["Cmd"]
    assert image["Healthcheck"]["Test"] == ["CMD", "/usr/bin/sv", "check", "app"]
    assert image["Labels"]["org.opencontainers.image.version"] == (ROOT / "VERSION").read_text().strip()


def test_the_state_directory_belongs_to_moult_and_group_0(engine, images):
    listing = engine.docker("run", "--rm", "--entrypoint", "stat", images.alpine, "-c", "%N %U %g %a", "/var/lib/moult", "/app",
                            "/var/lib/moult/current").stdout.replace("'", "")
    assert "/var/lib/moult moult 0 775" in listing
    assert "/app -> /var/lib/moult/current" in listing and "/var/lib/moult/current -> /usr/share/moult/baked" in listing


def test_scratch_holds_programs_and_text_only(engine, images):
    identity = engine.docker("create", images.scratch, "/none").stdout.strip()
    try:
        copied = subprocess.run(f"docker export {identity} | tar -tvf -", shell=True, env=engine.env, text=True, capture_output=True)
    finally:
        engine.docker("rm", identity)
    programs = {line.split()[5] for line in copied.stdout.splitlines()
                if line.startswith("-rwx") and not line.split()[5].startswith((".dockerenv", "dev/", "etc/"))}
    assert programs == {"init", "usr/bin/sv", "usr/bin/moult", "usr/libexec/moult/updater", "usr/libexec/moult/moult-fetch",
                        "usr/libexec/moult/moult-unpack"}  # what builds needs a shell
    assert "drwxrwxr-x 10001/0" in copied.stdout or re.search(r"drwxrwxr-x moult/root .* var/lib/moult/", copied.stdout)


def test_both_images_are_built_from_one_stage():
    """The second build finds the first one's stage in the cache, as long as the text is the same."""
    def stage(name):
        return re.search(r"^FROM \$\{DEBIAN\}.*?docker/layout /image dev$", (DOCKER / name).read_text(), re.S | re.M).group()
    assert stage("Dockerfile") == stage("Dockerfile.scratch")


# The user's image

def test_three_lines_are_an_image(engine, users_image):
    text = (DOCKER / "example/Dockerfile").read_text()
    assert len(text.splitlines()) == 3 and "".join(text.split()) in "".join((ROOT / "README.md").read_text().split())
    with engine.run(users_image, "-e", "UPDATE_MODE=off", "--health-interval=1s") as box:
        box.wait_log("demo 1.0.0 pid")
        assert ask(box) == "demo 1.0.0\n"
        box.wait_health("healthy")
        assert "run: app:" in box.exec("/usr/bin/sv", "status", "app").stdout
        code, seconds = box.stop(10)
        assert code == 0 and seconds < 6


def test_an_app_that_does_not_stay_up_is_unhealthy(engine, images):
    """An image without an application: it is tried again and again, later and later."""
    with engine.run(images.alpine, "-e", "SVWAIT=1", "--health-interval=1s", "--health-retries=1", "--health-start-period=1s") as box:
        box.wait_log("app: /app holds no program")
        box.wait_health("unhealthy")


def test_the_version_is_a_build_argument(engine, images, tmp_path):
    text = f"FROM {images.alpine}\nCOPY run /usr/share/moult/baked/\n"
    tag = engine.build("moult-test:version", context(tmp_path, text, run=APP), "--build-arg", "VERSION=v1.2.3")
    assert engine.docker("run", "--rm", "--entrypoint", "cat", tag, "/version").stdout == "v1.2.3\n"
    assert engine.docker("run", "--rm", "--entrypoint", "cat", images.alpine, "/version").stdout == "dev\n"


def test_on_nothing_the_command_is_the_application(engine, images, demo, tmp_path):
    text = f'FROM {images.scratch}\nCOPY demo /usr/share/moult/baked/\nCMD ["/app/demo"]\n'
    tag = engine.build("moult-test:nothing", context(tmp_path, text, demo=demo))
    with engine.run(tag, "--health-interval=1s") as box:
        box.wait_log("demo 1.0.0 pid")
        assert ask(box) == "demo 1.0.0\n"
        box.wait_health("healthy")
        code, seconds = box.stop(10)
        assert code == 0 and seconds < 6


def test_on_debian_too(engine, images, tmp_path):
    tag = engine.build("moult-test:debian", ROOT, "-f", DOCKER / "Dockerfile", "--build-arg", "BASE=debian:bookworm-slim")
    mine = engine.build("moult-test:debian-user", context(tmp_path, f"FROM {tag}\nCOPY run /usr/share/moult/baked/\n", run=APP))
    with engine.run(mine) as box:
        box.wait_log("app is up as 0")
        box.exec("test", "-s", "/etc/ssl/certs/ca-certificates.crt")


# With restrictions and volumes; every setting by itself is in test_matrix.py

def comes_up_and_ends(engine, image, arguments):
    with engine.run(image, *arguments) as box:
        user = next((arguments[i + 1].partition(":")[0] for i, word in enumerate(arguments) if word == "-u"), "0")
        box.wait_log(f"app is up as {user} in /", 20)  # without the 30 s that it would wait for an updater that is not ready
        _, seconds = box.stop(10)
        assert "app saw TERM" in box.logs()
        assert seconds < 6  # SVWAIT is 7: it was not killed


def test_with_a_volume_for_the_state(engine, plain_image):
    """A fresh named volume takes the image's link over; an empty one (Kubernetes gives those) is filled by the updater."""
    for mount in ("type=volume,src=moult-test-state,dst=/var/lib/moult", "type=tmpfs,dst=/var/lib/moult"):
        comes_up_and_ends(engine, plain_image, ["--mount", mount])
    engine.docker("volume", "rm", "moult-test-state")


def test_the_compose_example_runs(engine, plain_image):
    """Its restrictions, on the command line."""
    app = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]["app"]
    assert app["read_only"] is True
    arguments = ["-u", app["user"], "--read-only"]
    for option, key in (("--cap-drop", "cap_drop"), ("--security-opt", "security_opt"), ("--tmpfs", "tmpfs")):
        arguments += [word for value in app[key] for word in (option, value)]
    comes_up_and_ends(engine, plain_image, arguments)


# What the app's run script starts

def start_app(release, files, **env):
    for name, executable in files.items():
        (release / name).write_text(f"#!/bin/sh\necho started {name} in $PWD\n")
        (release / name).chmod(0o755 if executable else 0o644)
    return subprocess.run([APP_RUN], env={"PATH": "/usr/bin:/bin", "APP_DIR": str(release), **env}, text=True, capture_output=True)


@pytest.mark.parametrize("files, repo, started", [
    ({"run": True, "app": True, "tool": True}, "app", "run"),
    ({"app": True, "tool": True}, "app", "app"),
    ({"server": True, "README.md": False, "LICENSE": False}, "app", "server"),
    ({"server": True, "run": False}, None, "server"),
])
def test_the_entry_program(tmp_path, files, repo, started):
    done = start_app(tmp_path, files, **({"GH_REPO": repo} if repo else {}))
    assert done.stdout == f"started {started} in {tmp_path}\n" and done.returncode == 0


@pytest.mark.parametrize("files, said", [({"README.md": False}, "no program"), ({"a": True, "b": True}, "2 programs (a b)")])
def test_no_entry_program(tmp_path, files, said):
    done = start_app(tmp_path, files, GH_REPO="app")
    assert done.returncode == 111 and said in done.stderr and "run or app" in done.stderr


def test_no_release(tmp_path):
    done = subprocess.run([APP_RUN], env={"APP_DIR": str(tmp_path / "none")}, text=True, capture_output=True)
    assert done.returncode == 111 and "leads nowhere" in done.stderr


# The examples to copy

def names_read():
    """The names of the variables are the strings in capitals of the two files that read the environment."""
    sources = [ROOT / "updater/config.c", ROOT / "init/config.c"]
    return set(re.findall(r'"([A-Z][A-Z_]{2,})"', "".join(path.read_text() for path in sources)))


def environments(document):
    """Every `env` and `environment` in it, in each of the three forms, as (name, value)."""
    if isinstance(document, list):
        return [pair for item in document for pair in environments(item)]
    if not isinstance(document, dict):
        return []
    found = []
    for key, value in document.items():
        if key not in ("env", "environment"):
            found += environments(value)
        elif isinstance(value, dict):
            found += value.items()
        else:
            found += [(item["name"], item["value"]) if isinstance(item, dict) else tuple(item.split("=", 1)) for item in value]
    return found


@pytest.mark.parametrize("path", ["deploy.yaml", "docker/compose.yaml", "docker/kubernetes.yaml"])
def test_examples_use_names_that_are_read(path):
    text = (ROOT / path).read_text()
    used = environments(list(yaml.safe_load_all(text)))
    assert {"GH_USER", "GH_REPO"} <= {name for name, _ in used}
    assert {name for name, _ in used} | set(re.findall(r"# ([A-Z_]+)\b[:=]", text)) <= names_read()
    assert all(isinstance(value, str) for _, value in used)


def test_deploy_yaml_is_a_whole_sdl():
    """Names that have to agree in an Akash SDL 2.0, and the volume at STATE_DIR."""
    sdl = yaml.safe_load((ROOT / "deploy.yaml").read_text())
    assert sdl["version"] == "2.0"
    for service, placements in sdl["deployment"].items():
        for placement, terms in placements.items():
            compute = sdl["profiles"]["compute"][terms["profile"]]["resources"]
            assert terms["profile"] in sdl["profiles"]["placement"][placement]["pricing"]
            volumes = {disk["name"]: disk["attributes"]["persistent"] for disk in compute["storage"] if "name" in disk}
            mounts = sdl["services"][service]["params"]["storage"]
            assert volumes == {"state": True} and mounts["state"]["mount"] == "/var/lib/moult"
            assert any(to.get("global") for port in sdl["services"][service]["expose"] for to in port["to"])


def test_kubernetes_example_agrees_with_the_image():
    """The user of the image, the places that have to be writable, and probes that the image has."""
    documents = {item["kind"]: item for item in yaml.safe_load_all((DOCKER / "kubernetes.yaml").read_text())}
    pod = documents["Deployment"]["spec"]["template"]["spec"]
    box, = pod["containers"]
    assert pod["securityContext"]["runAsUser"] == 10001 and pod["securityContext"]["runAsGroup"] == 0
    mounts = {mount["mountPath"]: mount["name"] for mount in box["volumeMounts"]}
    assert {"/var/lib/moult", "/run/moult", "/tmp"} == set(mounts) and set(mounts.values()) == {v["name"] for v in pod["volumes"]}
    assert {box[probe]["exec"]["command"][0] for probe in ("startupProbe", "readinessProbe", "livenessProbe")} == {"/usr/bin/sv"}
