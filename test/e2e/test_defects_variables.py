"""The replaced system waited for ever without GH_USER and polled in a busy loop with SLEEP=0. Here a wrong variable
stops the updater, which says so, and never the app."""
import pytest

WRONG = {
    "SLEEP": ["0", "garbage", "-5", "5 apples", "", "99999999999999999999"],
    "GH_URL": ["ftp://example.org"],
    "GH_USER": ["../octo"],
    "GH_ASSET": ["a/b"],
    "GH_TOKEN_FILE": ["/not/there"],
    "UPDATE_MODE": ["sometimes"],
    "UPDATE_PROBATION": ["soon"],
}


def says(box, name):
    box.wait_log(f"update.*{name}")
    status = box.moult("status")
    assert name in status.stdout
    return status


def runs_without_updates(box, forge):
    """And was up at once: the volume is made ready before the app is started."""
    assert forge.requests == []
    assert box.service_state("app")["deaths"] == "0"
    assert box.service_state("updater")["deaths"] == "0"


@pytest.mark.parametrize("volume", [True, False], ids=["volume", "no-volume"])
@pytest.mark.parametrize("name", ["GH_USER", "GH_REPO"])
def test_unset(container, forge, publish, name, volume):
    publish("v1.1.0")
    box = container("v1.0.0", volume=volume, **{name: None})
    box.wait_version("1.0.0")
    says(box, name)
    runs_without_updates(box, forge)


@pytest.mark.parametrize("name, value", [(name, value) for name, values in WRONG.items() for value in values])
def test_wrong(container, forge, publish, name, value):
    publish("v1.1.0")
    box = container("v1.0.0", **{name: value})
    box.wait_version("1.0.0")
    status = says(box, name)
    assert value[:20] in status.stdout
    runs_without_updates(box, forge)


def test_a_name_that_nobody_knows(container, forge):
    """It may be a secret under a mistyped name: the value is not told."""
    box = container("v1.0.0", GH_TOKN="ghp_secret")
    box.wait_version("1.0.0")
    assert "ghp_secret" not in says(box, "GH_TOKN").stdout + box.text()
    runs_without_updates(box, forge)


def test_a_busy_poll_of_the_real_github_is_refused(container):
    box = container("v1.0.0", GH_URL="https://github.invalid", GH_API=None, SLEEP=59)
    box.wait_version("1.0.0")
    assert "60" in says(box, "SLEEP").stdout


def test_put_right_it_goes_on(container, publish):
    publish("v1.1.0")
    box = container("v1.0.0", SLEEP="garbage")
    box.wait_version("1.0.0")
    box.env["SLEEP"] = "1"
    box.recreate(volume=True)
    box.wait_version("1.1.0")
