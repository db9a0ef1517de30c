"""The whole container is killed, as a machine that is switched off: at any call of the updater or its jobs, with the real init
and an app that answers. The tracer holds the updater still before the call, and then init is killed from outside."""
import subprocess

import pytest

from container import CALM, PROGRAMS, ROOT

UPDATER_RUN = """#!/bin/sh
[ -e {directory}/go ] || exec {programs}/updater -d {programs} -b {baked} -f {version}
rm {directory}/go
ASAN_OPTIONS=detect_leaks=0 exec {tracer} -n {n} -a hold {programs}/updater -d {programs} -b {baked} -f {version}
"""
POINTS = range(4, 244, 6)  # test/updater/test_kill.py goes through all of them, with an init of its own
CERTAIN = 160              # so many there are in any case


@pytest.fixture(scope="module")
def tracer():
    subprocess.run(["make", "-s", "-C", str(ROOT), "build/test/tracer"], check=True)
    return ROOT / "build" / "test" / "tracer"


@pytest.mark.parametrize("n", POINTS)
def test_the_container_is_killed_before_call(n, make_container, publish, tracer):
    box = make_container("v1.0.0", SLEEP=CALM)
    box.start()
    box.wait_version("1.0.0")
    box.wait_log("is the newest|is what runs|no release yet")
    box.stop()
    (box.directory / "go").touch()
    box.add_file("updater/run", UPDATER_RUN.format(directory=box.directory, programs=PROGRAMS, baked=box.baked, n=n,
                                                  version=box.version_file, tracer=tracer), 0o755)
    publish("v1.1.0")
    mark = box.mark()
    box.start()
    box.wait_log(r"tracer: held before|\[update\] v1\.1\.0 is in place", after=mark)
    assert n > CERTAIN or box.find_log("tracer: held before", mark)
    box.kill()
    mark = box.mark()
    box.start()
    box.wait_version("1.1.0", after=mark)
    assert box.current() == "v1.1.0" and box.releases() == ["v1.1.0"]
    assert box.count_log("^demo 1.0.0", mark) == 0
    assert not [path for path in box.files() if path.startswith(("staging/", "download/"))]
