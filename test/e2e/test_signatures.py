"""Signed releases, with keys and signatures of the real minisign and openssl: installed with a good signature by a pinned
key for this very release, and with nothing else."""
import json
import re

import pytest

import archives
import asked
from container import CALM
from signing import Ecdsa, Minisign
from test_sources import fill

NAME = archives.asset_name("v1.1.0", "demo")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    directory = tmp_path_factory.mktemp("keys")
    return {"minisign": Minisign(directory), "next": Minisign(directory, "next"), "ecdsa": Ecdsa(directory),
            "stranger": Ecdsa(directory, "stranger")}


@pytest.fixture
def sign(keys, tmp_path):
    """sign(assets, "minisign", over=NAME): one asset more, made by that key."""
    def one(assets, key, over="checksums.txt", comment=None):
        (tmp_path / "signing").mkdir(exist_ok=True)
        path = tmp_path / "signing" / over
        made = keys[key].sign(path, assets[over]) if isinstance(keys[key], Ecdsa) else keys[key].sign(path, assets[over], comment)
        return assets | {over + (".sig" if isinstance(keys[key], Ecdsa) else ".minisig"): made}
    return one


@pytest.fixture
def box(container, keys):
    """A container that trusts one key of each kind."""
    box = container("v1.0.0", SLEEP=CALM, UPDATE_PROBATION=0, UPDATE_KEY=keys["minisign"].line, UPDATE_KEY_FILE=keys["ecdsa"].public)
    box.wait_version("1.0.0")
    return box


def refused(box, says):
    told = box.check()
    assert told.returncode == 1 and re.search(says, told.stdout), told.stdout
    assert box.app_version() == "1.0.0" and box.current() == "baked" and box.releases() == []
    assert box.service_state("app")["deaths"] == "0"


@pytest.mark.parametrize("key, over, comment", [
    ("minisign", NAME, None), ("minisign", "checksums.txt", "repo:octo/demo tag:v1.1.0"), ("ecdsa", "checksums.txt", None),
    ("ecdsa", NAME, None)])
def test_a_signed_release_is_installed(box, forge, demo, keys, sign, key, over, comment):
    forge.publish("v1.1.0", sign(demo.assets("v1.1.0"), key, over, comment))
    assert box.check().returncode == 0
    box.wait_version("1.1.0")
    who = f"{'minisign' if key == 'minisign' else 'ecdsa-p256'} {keys[key].id}"
    assert box.count_log(rf"verified {NAME}: .* as the forge says and as checksums.txt, signed by {who}$") == 1
    assert box.history()[-1]["verified"] == f"signature by {who}"
    status = json.loads(box.moult("status", "--json").stdout.splitlines()[0])
    assert (status["verify"], status["verified"]) == ("signature", f"signature by {who}")
    assert status["keys"] == f"minisign {keys['minisign'].id}, ecdsa-p256 {keys['ecdsa'].id}"


def test_each_file_missing_empty_or_cut(box, forge, demo, sign):
    """One release after the other is put in place of the last one, each with one thing wrong; then the right one."""
    good = sign(demo.assets("v1.1.0"), "minisign")
    signature = "checksums.txt.minisig"
    wrong = [
        ("no signature", {n: d for n, d in good.items() if n != signature}, "no signature of the kind of a pinned key"),
        ("no checksums file", {n: d for n, d in good.items() if n != "checksums.txt"}, "no signature of the kind of a pinned key"),
        ("signature empty", good | {signature: b""}, "minisig is empty"),
        ("signature cut", good | {signature: good[signature][:150]}, "cut off"),
        ("signature too long", good | {signature: good[signature] + b"#" * 10240}, "larger than 10 KiB"),
        ("two signatures", good | {signature: good[signature] * 2}, "goes on"),
        ("checksums empty", good | {"checksums.txt": b""}, "does not belong to these bytes"),
        ("checksums cut", good | {"checksums.txt": good["checksums.txt"][:50]}, "does not belong to these bytes"),
        ("another archive", good | {NAME: demo.assets("v1.2.0")[archives.asset_name("v1.2.0", "demo")]}, "checksums file says"),
        ("archive cut", good | {NAME: good[NAME][:1000]}, "checksums file says"),
    ]
    for what, assets, says in wrong:
        print(what)
        forge.publish("v1.1.0", assets)
        refused(box, says)
        forge.delete("v1.1.0")
    forge.publish("v1.1.0", good)
    assert box.check().returncode == 0
    box.wait_version("1.1.0")


def test_an_older_release_under_a_new_tag(box, forge, demo, sign):
    """What somebody who has the forge can do: all the bytes are yours, and the signatures are good."""
    old, renamed = archives.asset_name("v1.0.5", "demo"), archives.asset_name("v1.1.0", "demo")
    assets = demo.assets("v1.0.5")
    forge.publish("v1.1.0", sign(assets, "ecdsa"))  # not even renamed
    refused(box, "named after another version")
    forge.delete("v1.1.0")
    for key, over, comment, says in (
            ("minisign", old, None, f"says file:{old}"),
            ("minisign", old, "repo:octo/demo tag:v1.0.5", "says tag:v1.0.5"),
            ("minisign", "checksums.txt", "tag:v1.0.5", "says tag:v1.0.5"),
            ("minisign", "checksums.txt", None, f"names {renamed} nowhere"),
            ("ecdsa", "checksums.txt", None, f"names {renamed} nowhere")):
        signed = sign(assets, key, over, comment)
        forge.publish("v1.1.0", {name.replace(old, renamed): data for name, data in signed.items()
                                 if name != "checksums.txt" or over == name})
        refused(box, says)
        forge.delete("v1.1.0")


def test_a_release_of_another_project(box, forge, demo, sign):
    forge.publish("v1.1.0", sign(demo.assets("v1.1.0"), "minisign", comment="repo:octo/other tag:v1.1.0"))
    refused(box, "says repo:octo/other")


def test_a_stranger_signed_it(box, forge, demo, keys, sign):
    forge.publish("v1.1.0", sign(demo.assets("v1.1.0"), "next"))
    refused(box, f"made by the key {keys['next'].id}, which is not pinned")
    forge.delete("v1.1.0")
    forge.publish("v1.1.0", sign(demo.assets("v1.1.0"), "stranger"))
    refused(box, "by no pinned key")
    assert "bad" not in box.moult("history").stdout


def test_a_good_signature_beside_a_wrong_one(box, forge, demo, sign):
    forge.publish("v1.1.0", sign(sign(demo.assets("v1.1.0"), "minisign"), "stranger"))
    refused(box, "checksums.txt.sig is by no pinned key")


def test_signed_anew_without_another_download(box, forge, demo, sign):
    assets = demo.assets("v1.1.0")
    forge.publish("v1.1.0", sign(assets, "stranger"))
    refused(box, "by no pinned key")
    forge.upload("v1.1.0", "checksums.txt.sig", sign(assets, "ecdsa")["checksums.txt.sig"])
    assert box.check().returncode == 0
    box.wait_version("1.1.0")
    assert asked.count(forge, asked.archive) == 1


def test_a_key_is_replaced(container, forge, demo, keys, sign):
    """Both are pinned while the old one goes; what only the old one signed afterwards is refused."""
    box = container("v1.0.0", SLEEP=CALM, UPDATE_PROBATION=0, UPDATE_KEY=f"{keys['minisign'].line},{keys['next'].line}")
    box.wait_version("1.0.0")
    for tag, key in (("v1.1.0", "minisign"), ("v1.2.0", "next")):
        forge.publish(tag, sign(demo.assets(tag), key))
        assert box.check().returncode == 0
        box.wait_version(tag[1:])
    forge.publish("v1.3.0", sign(demo.assets("v1.3.0"), "minisign"))
    box.env["UPDATE_KEY"] = keys["next"].line
    mark = box.mark()
    box.restart()
    box.wait_log(f"made by the key {keys['minisign'].id}, which is not pinned", after=mark)
    box.wait_version("1.2.0", after=mark)
    assert box.current() == "v1.2.0"


def test_of_a_directory(container, demo, keys, sign, tmp_path):
    """An air gap: whoever carries the disk cannot change what is on it."""
    base = tmp_path / "disk"
    fill(base, {"v1.1.0": sign(demo.assets("v1.1.0"), "minisign", comment="repo:octo/demo tag:v1.1.0")})
    box = container("v1.0.0", GH_URL=f"file://{base}", GH_API=None, SLEEP=CALM, UPDATE_PROBATION=0, UPDATE_KEY=keys["minisign"].line)
    box.wait_installed("v1.1.0")
    fill(base, {"v1.2.0": sign(demo.assets("v1.2.0"), "next")})
    assert "which is not pinned" in box.check().stdout
    assert box.app_version() == "1.1.0"
