"""The archives are what their names say, judged by other programs than the one that is tested with them."""
import hashlib
import io
import subprocess
import tarfile
import zipfile

import pytest

import archives

FILES = {"app": b"\x7fELF" + bytes(14) + b"\x3e\x00" + b"program" * 5000, "README.md": b"read me\n", "data": None,
         "data/key": (b"secret", 0o600)}


def names(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.getnames()


def untar(data):
    return subprocess.run(["tar", "-tzf", "-"], input=data, capture_output=True, check=False)


def last(kind):
    with tarfile.open(fileobj=io.BytesIO(archives.HOSTILE[kind](FILES))) as archive:
        return archive.getmembers()[-1]


def test_release_is_named_as_goreleaser_does():
    assets = archives.release("v1.2.3", FILES, arches=["amd64", "arm64"])
    assert sorted(assets) == ["app_1.2.3_linux_amd64.tar.gz", "app_1.2.3_linux_arm64.tar.gz", "checksums.txt"]
    digest, name = assets["checksums.txt"].decode().splitlines()[0].split("  ")
    assert hashlib.sha256(assets[name]).hexdigest() == digest
    assert names(assets[name]) == list(FILES)


def test_release_wrapped_in_a_directory():
    assets = archives.release("v1.2.3", FILES, arches=["amd64"], wrap=True, sums=False)
    assert names(assets["app_1.2.3_linux_amd64.tar.gz"])[0] == "app_1.2.3_linux_amd64/app"


@pytest.mark.parametrize("form", ["tar.gz", "tgz", "tar.xz", "tar", "tar.zst"])
def test_tar_reads_what_we_pack(tmp_path, form):
    if form == "tar.zst" and not archives.has_zstd():
        pytest.skip("no zstd command")
    packed = tmp_path / f"a.{form}"
    packed.write_bytes(archives.PACKERS[form](FILES))
    subprocess.run(["tar", "-xf", packed, "-C", tmp_path], check=True)
    assert (tmp_path / "app").read_bytes() == FILES["app"] and (tmp_path / "app").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "data/key").stat().st_mode & 0o777 == 0o600


def test_zip():
    with zipfile.ZipFile(io.BytesIO(archives.zipped(FILES))) as archive:
        assert archive.testzip() is None and archive.read("README.md") == b"read me\n"
        assert archive.getinfo("app").external_attr >> 16 == 0o755 and archive.getinfo("data/").is_dir()


@pytest.mark.parametrize("kind", sorted(archives.HOSTILE.keys() - {"many-entries"}))
def test_hostile_archives_are_made(kind):
    assert isinstance(archives.HOSTILE[kind](FILES), bytes)


def test_hostile_archives_hold_what_they_promise():
    assert last("dotdot").name == "../escaped" and last("absolute").name == "/tmp/escaped"
    assert last("symlink-absolute").linkname == "/etc/passwd" and last("hardlink-out").islnk()
    assert last("device").ischr() and last("fifo").isfifo() and last("setuid").mode == 0o4755
    assert last("newline-in-name").name == "two\nlines" and len(last("long-path").name) > 4096
    for kind in ("truncated", "wrong-crc", "not-an-archive", "truncated-tar"):
        assert untar(archives.HOSTILE[kind](FILES)).returncode != 0, kind


def test_bomb_is_small_outside_and_whole_inside():
    bomb = archives.HOSTILE["bomb"](FILES)
    assert len(bomb) < 4 * archives.MIB
    with tarfile.open(fileobj=io.BytesIO(bomb)) as archive:
        members = [archive.next() for _ in range(len(FILES) + 1)]
    assert [member.name for member in members] == [*FILES, "zeros"] and members[-1].size == 2048 * archives.MIB


def test_many_entries_are_distinct():
    listed = untar(archives.HOSTILE["many-entries"](FILES))
    assert len(set(listed.stdout.splitlines())) == 200000 + len(FILES)


def test_demo_says_its_version():
    assets = archives.demo_release("v1.0.0")
    assert archives.asset_name("v1.0.0", "demo") in assets
    assert b"demo 1.0.0" in archives.demo_program("1.0.0")
