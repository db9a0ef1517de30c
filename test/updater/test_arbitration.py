"""B15: of image and volume the highest version that is not bad runs, and the log says which and why."""
import itertools
import os
import time

import pytest

from fake_world import World

IMAGES = [None, "v1.0.0", "v2.0.0", "v3.0.0"]
VOLUMES = [(), ("v1.0.0",), ("v2.0.0",), ("v1.0.0", "v3.0.0")]
BAD = [(), ("v1.0.0",), ("v2.0.0",), ("v3.0.0",), ("v2.0.0", "v3.0.0"), ("v1.0.0", "v2.0.0", "v3.0.0")]


def expected(image, volume, bad, linked):
    """Tag, and whether it is the image's: the image's stands before another of its version, unless that is linked."""
    there = [(tag, False) for tag in volume] + ([(image, True)] if image else [])
    good = [(tag, baked) for tag, baked in there if tag not in bad]
    if not good:
        return linked
    best = max(tag for tag, _ in good)
    if linked[0] == best:
        return linked
    return (best, (best, True) in good)


@pytest.mark.parametrize("image, volume, bad", [c for c in itertools.product(IMAGES, VOLUMES, BAD) if c[0] or c[1]])
def test_image_and_volume(tmp_path, image, volume, bad):
    with World(tmp_path) as w:
        if image:
            (w.path / "baked").mkdir()
            (w.path / "baked/run").write_text(f"good {image}")
            (w.path / "version").write_text(image)
        for tag in volume:
            w.install(tag)  # the last one is linked
        if not volume:
            (w.state_dir / "current").symlink_to(w.path / "baked")
        linked = (volume[-1], False) if volume else (image, True)
        w.write_state(phase="idle", **({"bad": f"{bad[0]} - {int(time.time())} it was so"} if bad else {}))
        if len(bad) > 1:
            state = (w.state_dir / "state").read_text()
            more = "".join(f"bad={tag} - {int(time.time())} it was so\n" for tag in bad[1:])
            (w.state_dir / "state").write_text(state.replace("end\n", more + "end\n"))
        tag, baked = expected(image, volume, bad, linked)
        w.start(UPDATE_MODE="off")
        w.wait(lambda: w.running == tag)
        assert w.init.lives == [f"good {tag}"]  # no other one ran before
        assert os.readlink(w.state_dir / "current") == (str(w.path / "baked") if baked else f"releases/{tag}")
        whose = lambda is_image: "the image's" if is_image else "the volume's"
        if (tag, baked) != linked:
            w.wait_log(f"{whose(baked)} {tag} is to run instead of {whose(linked[1])} {linked[0]}: it is the highest that is not bad")
        elif tag in bad:
            w.wait_log(f"{tag} is what runs, though it is bad (it was so): nothing on disk is good")
        else:
            w.wait_log(f"{tag} is what runs: the highest on disk that is not bad")
