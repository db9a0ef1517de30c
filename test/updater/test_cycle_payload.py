"""The cycle and what a release holds: the name of a bare program, what it needs of the image, what of it is not carried."""
import pytest

from fake_world import World


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        yield w


def done(world, **more):
    """The unpacker says this of what it has unpacked."""
    lines = {"kind": "done", "files": 1, "bytes": 1, "strip": "", **more}
    world.fault("install", raw=["\n".join(f"{k}={v}" for k, v in lines.items())])


@pytest.mark.parametrize("needs, says", [
    ("/lib64/ld-linux-none.so.2", "which this image has not (glibc): take a static build, one for musl, or an image with glibc"),
    ("/lib/ld-musl-none.so.1", "which this image has not (musl): take a static build"),
    ("/opt/none/python", "which this image has not: take an image that has it"),
    ("{app}/lib/none", "which this image has not: take"),
])
def test_a_program_that_this_image_cannot_start_is_refused_before_the_stop(world, needs, says):
    world.install("v1.0.0")
    needs = needs.format(app=world.path / "app")
    done(world, program="run", needs=needs)
    world.publish("v1.1.0")
    world.start(APP_DIR=str(world.path / "app"))
    world.wait_log(f"run needs {needs}, {says}")
    world.wait(lambda: "v1.1.0" in world.state().get("bad", "") and world.running == "v1.0.0")
    assert not (world.state_dir / "releases/v1.1.0").exists()


def test_a_program_whose_needs_are_there(world):
    done(world, program="run", needs="/bin/sh")
    world.publish("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")


def test_what_jobs_are_not_confined_by_is_said_once(world):
    for job in ("probe", "list", "install"):
        world.fault(job, raw=["kind=lacks\nwhat=landlock,seccomp"])
    world.publish("v1.0.0")
    world.start()
    world.wait(lambda: world.running == "v1.0.0")
    world.publish("v1.1.0")
    world.wait(lambda: world.running == "v1.1.0")
    assert len(world.asked()) > 6
    assert sum("does not give landlock,seccomp to fetch and unpack" in line for line in world.log) == 1


def test_capabilities_that_are_lost_are_said(world):
    done(world, capable="bin/app")
    world.publish("v1.0.0")
    world.start()
    world.wait_log("bin/app has file capabilities in the archive, which are not carried: for a port below 1024 name it in the "
                   "app's `listen`")
    world.wait(lambda: world.running == "v1.0.0")
