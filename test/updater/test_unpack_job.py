"""moult-unpack, the real program: archives of every kind, what verifies them, and machines that lack things."""
import gzip
import os
import pathlib
import subprocess

import pytest

from archive_maker import COMPRESS, GOOD, OTHER, SCRIPT, UNSAFE, compressed, dynamic, elf, link, sha256, tar, zipped
from job import BIN, run


@pytest.mark.parametrize("kind", ["tar", "gz", "xz", "zst", "bz2", "zip"])
def test_unpacks_and_lists(unpack, kind):
    archive = compressed(kind)
    got = unpack(archive, digest=f"sha256:{sha256(archive)}", entry="run,app")
    assert got.answer.ok, got.answer
    assert got.answer.one("sum") == {"kind": "sum", "sha256": sha256(archive), "digest": "match", "sums": "none", "signature": "none", "signers": ""}
    assert got.answer.one("done")["files"] == "4" and got.answer.one("done")["strip"] == ""
    tree = got.tree
    assert (tree / "run").read_bytes() == (tree / "app2").read_bytes() == SCRIPT
    assert (tree / "data/ä b%.txt").stat().st_size == 100000
    assert (tree / "bin/up").readlink() == pathlib.Path("../empty")
    assert {p: oct((tree / p).stat().st_mode & 0o7777) for p in ("bin", "bin/app", "data", "data/ä b%.txt", "empty")} == {
        "bin": "0o755", "bin/app": "0o755", "data": "0o755", "data/ä b%.txt": "0o644", "empty": "0o644"}
    assert kind == "zip" or (tree / "empty").stat().st_mtime == 1000000000
    head, *_ = got.lines()
    assert head[:5] == ["moult-manifest", "1", "v1", "app.tgz", f"sha256:{sha256(archive)}"] and int(head[5]) > 1.7e9
    listed = got.listed()
    assert set(listed) == {"bin", "bin/app", "data", "data/ä%20b%25.txt", "empty", "run", "app2", "bin/up"}
    assert listed["bin"] == ["d", "0755", "-", "-", "bin"]
    assert listed["run"] == ["l", "-", "-", "bin/app", "run"]
    assert listed["bin/app"] == ["f", "0755", str(len(SCRIPT)), sha256(SCRIPT), "bin/app"]
    assert listed["app2"] == ["f", "0755", str(len(SCRIPT)), sha256(SCRIPT), "app2"]
    assert listed["empty"] == ["f", "0644", "0", sha256(b""), "empty"]


def test_when_it_was_published_is_kept(unpack):
    got = unpack(compressed("gz"), published=1700000000)
    assert got.lines()[0][6:] == ["1700000000"]
    assert unpack(compressed("gz"), published="soon").answer.code == "usage"


# --- a program that stands alone

@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("program", [SCRIPT, elf(os.uname().machine) + bytes(200000)], ids=["script", "elf"])
def test_a_bare_program(unpack, kind, program):
    archive = COMPRESS[kind](program)
    got = unpack(archive, name="demo-linux", bare="demo", entry="run,demo,app", digest=f"sha256:{sha256(archive)}")
    assert got.answer.ok, got.answer
    assert got.answer.one("done")["files"] == "1" and got.answer.one("done")["strip"] == ""
    assert [p.name for p in got.tree.iterdir()] == ["demo"]
    assert (got.tree / "demo").read_bytes() == program
    assert (got.tree / "demo").stat().st_mode & 0o7777 == 0o755
    assert got.lines()[1:] == [["f", "0755", str(len(program)), sha256(program), "demo"]]


@pytest.mark.parametrize("content", [b"", b"#", b"<html>\n", b"hello, world\n", b"\x7fEL", bytes(3000), b"0" * 64 + b"  demo\n",
                                     gzip.compress(gzip.compress(SCRIPT, mtime=0), mtime=0), gzip.compress(b"", mtime=0),
                                     gzip.compress(SCRIPT, mtime=0)[:-6]],
                         ids=lambda c: repr(c[:12]))
def test_what_is_no_program(unpack, content):
    got = unpack(content, bare="demo", entry="demo")
    assert got.answer.code == "archive", got.answer
    assert got.answer.of("done") == []


def test_a_bare_program_that_is_not_asked_for(unpack):
    for content in (SCRIPT, gzip.compress(SCRIPT)):
        got = unpack(content, entry="demo")
        assert got.answer.code == "archive" and list(got.tree.iterdir()) == []


def test_a_bare_program_for_another_machine(unpack):
    got = unpack(elf(OTHER), bare="demo", entry="run,demo")
    assert got.answer.code == "arch", got.answer


def test_an_archive_with_a_program_s_name(unpack):
    got = unpack(compressed("gz"), bare="demo", entry="run")
    assert got.answer.ok and (got.tree / "bin/app").read_bytes() == SCRIPT


@pytest.mark.parametrize("bare", ["../demo", "/demo", "a/../b"])
def test_a_bare_program_stays_in_the_tree(unpack, bare):
    assert unpack(SCRIPT, bare=bare).answer.code == "unsafe"


def test_a_bare_bomb(unpack):
    assert unpack(gzip.compress(SCRIPT + bytes(100 << 20), 9), bare="demo").answer.code == "toobig"
    assert unpack(SCRIPT, bare="demo", max_bytes=len(SCRIPT)).answer.ok
    assert unpack(SCRIPT, bare="demo", max_bytes=len(SCRIPT) - 1).answer.code == "toobig"


def test_verify_only_looks(unpack):
    got = unpack(b"anything", do="verify", digest=f"sha256:{sha256(b'anything').upper()}")
    assert got.answer.ok and list(got.tree.iterdir()) == []
    assert unpack(b"anything", do="verify", digest="sha256:" + "0" * 64).answer.code == "digest"


# --- a top directory

@pytest.mark.parametrize("entries, strip", [
    ([("app-1", None), ("app-1/run", SCRIPT), ("app-1/d/x", b"x")], "app-1"),
    ([("./app-1/run", SCRIPT), ("./app-1/d/x", b"x")], "app-1"),
    ([("a b/run", SCRIPT), link("a b/l", "run"), link("a b/d/l", "../run")], "a b"),
    ([("x/x/x", SCRIPT), ("x/run", SCRIPT)], "x"),
    ([("run", SCRIPT)], ""),
    ([("bin/app", SCRIPT), ("run", SCRIPT)], ""),
    ([("run", SCRIPT), ("bin/app", SCRIPT)], ""),
    ([("a/run", SCRIPT), ("b/run", SCRIPT)], ""),
    ([("a/run", SCRIPT), ("ab/run", SCRIPT)], ""),
    ([("a/run", SCRIPT), link("run", "a/run")], ""),
    ([("./", None), ("./run", SCRIPT)], ""),
])
def test_a_directory_around_all_is_stripped(unpack, entries, strip):
    got = unpack(gzip.compress(tar(*entries)))
    assert got.answer.ok, got.answer
    assert got.answer.one("done")["strip"] == strip
    on_disk = {str(p.relative_to(got.tree)).replace(" ", "%20") for p in got.tree.rglob("*")}
    assert on_disk == set(got.listed())
    for path, line in got.listed().items():
        if line[0] == "f":
            assert sha256((got.tree / path).read_bytes()) == line[3]


def test_a_link_out_of_the_stripped_directory(unpack):
    got = unpack(tar(("app/run", SCRIPT), link("app/l", "../app/run")))
    assert got.answer.code == "unsafe" and "app/l" in got.answer.last


def test_ten_thousand_files(unpack):
    entries = [(f"app/d{n % 97}/f{n}", b"%d" % n, 0o644) for n in range(10000)]
    got = unpack(gzip.compress(tar(*entries), 1))
    assert got.answer.ok, got.answer
    assert got.answer.one("done")["files"] == "10000"
    assert len(got.lines()) == 1 + 10000 + 97
    assert sum(1 for p in got.tree.rglob("*") if p.is_file()) == 10000
    assert (got.tree / "d5/f102").read_text() == "102"


# --- digest and checksums

def test_wrong_digest_is_said_before_anything_is_read(unpack):
    for archive in (compressed("gz"), b"no archive at all", b""):
        got = unpack(archive, digest="sha256:" + "0" * 64)
        assert got.answer.code == "digest" and sha256(archive) in got.answer.last
        assert got.answer.of("sum") == [] and list(got.tree.iterdir()) == []


@pytest.mark.parametrize("sums, code", [
    ("{hex}  app.tgz\n", None),
    ("{other}  app\n{hex} *app.tgz\r\n{other}  app.tgz.sig\n", None),
    ("SHA256 (app.tgz) = {HEX}\n", None),
    ("{hex}\n", None),
    ("{hex}  ./dist/app.tgz\n", None),
    ("{other}  app.tgz\n", "sums"),
    ("{other}\n", "sums"),
    ("{hex}  other.tgz\n", "sums"),
    ("{hex}  app.tgz\n{hex}  app.tgz\n", "sums"),
    ("{hex}  app.tgz\n{other}  app.tgz\n", "sums"),
    ("{hex}  app.tgz\n\0", "sums"),
    ("<html>\n", "sums"),
    ("", "sums"),
    ("#" * 300000 + "\n{hex}  app.tgz\n", None),
    ("#" * (1 << 20) + "\n{hex}  app.tgz\n", "sums"),
], ids=lambda v: v[:30] if v else None)
def test_checksums_file(unpack, sums, code):
    archive = compressed("gz")
    text = sums.format(hex=sha256(archive), HEX=sha256(archive).upper(), other="0" * 64)
    got = unpack(archive, sums=text.encode())
    assert got.answer.code == code, got.answer
    if code:
        assert list(got.tree.iterdir()) == []
    else:
        assert got.answer.one("sum")["sums"] == "match"


# --- the program to start

@pytest.mark.parametrize("entry, entries, code", [
    ("run,app", [("run", SCRIPT)], None),
    ("run,app", [("x/run", SCRIPT)], None),
    ("run,app", [("app", elf(os.uname().machine))], None),
    ("run,app", [("app", elf(OTHER))], "arch"),
    ("run,app", [("x-1/app", elf(OTHER))], "arch"),
    ("run,app", [("app", elf(OTHER)), ("tool", elf(os.uname().machine))], "arch"),
    ("run,app", [("run", SCRIPT), ("app", elf(OTHER))], None),
    ("run,app", [("run", SCRIPT, 0o644), ("app", elf(OTHER))], "arch"),
    ("run,app", [link("run", "bin/x"), ("bin/x", elf(OTHER))], "arch"),
    ("run,app", [link("run", "bin/x"), ("bin/x", SCRIPT)], None),
    ("run,app", [link("run", "absent"), ("app", SCRIPT)], None),
    ("run,app", [("run", None), ("app", SCRIPT)], None),
    ("bin/x", [("bin/x", elf(OTHER)), ("run", SCRIPT)], "arch"),
    ("run,app", [("other", elf(os.uname().machine))], None),
    ("run,app", [("other", elf(OTHER))], "arch"),
    ("run,app", [("other", elf(OTHER)), ("tool", elf(OTHER))], "arch"),
    ("run,app", [("other", elf(OTHER)), ("tool", SCRIPT)], None),
    ("run,app", [("other", b"\x7fELF")], "arch"),
    ("run,app", [("other", SCRIPT, 0o644)], "entry"),
    ("run,app", [("run", b"x", 0o644), ("lib", elf(OTHER), 0o644)], "entry"),
    ("", [("other", SCRIPT, 0o644)], None),
    ("", [("run", elf(OTHER))], None),
    ("../run", [("run", SCRIPT)], "usage"),
    ("/bin/sh", [("run", SCRIPT)], "usage"),
])
def test_entry_program(unpack, entry, entries, code):
    got = unpack(tar(*entries, ("README", b"read me", 0o644)), entry=entry)
    assert got.answer.code == code, got.answer
    assert code is None or got.answer.of("done") == []


@pytest.mark.parametrize("entry, entries, program, needs", [
    ("run,app", [("run", SCRIPT)], "run", "/bin/sh"),
    ("run,app", [("x/app", b"#! /usr/bin/env python3\n")], "app", "/usr/bin/env"),
    ("run,app", [link("run", "bin/x"), ("bin/x", dynamic("/lib/ld.so.1"))], "run", "/lib/ld.so.1"),
    ("run,app", [("app", dynamic("/app/ld.so.1")), ("other", SCRIPT)], "app", "/app/ld.so.1"),
    ("run,app", [("app", elf(os.uname().machine)), ("other", SCRIPT)], None, None),
    ("run,app", [("other", SCRIPT)], None, None),
    ("run,app", [("app", dynamic("ld.so.1"))], None, None),
    ("run,app", [("app", dynamic("/lib/a\nb"))], None, None),
    ("", [("run", SCRIPT)], None, None),
])
def test_what_the_program_needs(unpack, entry, entries, program, needs):
    got = unpack(tar(*entries), entry=entry)
    assert got.answer.ok, got.answer
    done = got.answer.one("done")
    assert (done.get("program"), done.get("needs")) == (program, needs)


def test_zip_without_modes(unpack):
    got = unpack(zipped(("run", SCRIPT, 0)), entry="run")
    assert got.answer.code == "entry", got.answer


# --- no room

def test_no_room_for_a_file(unpack):
    got = unpack(tar(("run", SCRIPT), ("big", bytes(200000))), prefix=("/usr/bin/prlimit", "--fsize=100000"))
    assert got.answer.code == "toobig" and "big" in got.answer.last


@pytest.fixture
def small_disk(tmp_path):
    """A tmpfs of 256 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,nr_inodes=100", "none", disk], capture_output=True)
    if made.returncode:
        pytest.skip("mount of a tmpfs needs root")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def test_disk_full(unpack, small_disk):
    tree = small_disk / "tree"
    assert unpack(tar(("run", SCRIPT), ("big", bytes(300000))), tree=tree).answer.code == "full"


def test_inodes_used_up(unpack, small_disk):
    entries = [(f"d{n}/x", SCRIPT) for n in range(60)]
    assert unpack(tar(*entries), tree=small_disk / "tree").answer.code == "full"


def test_no_room_for_the_manifest(unpack):
    assert unpack(tar(("run", SCRIPT)), manifest=pathlib.Path("/dev/full")).answer.code == "full"


# --- the request

P256 = "p256:0123456789abcdef:BDF+uCEtG28r5blmDJUk2QTuUysWgDhS9CJrwTcQwv9vjGhS19WZg/1cBGqueLwCj7p7J9EhrTZQNIVNXVGn1rI="


@pytest.mark.parametrize("request_, says", [
    ({"do": "remove"}, "do=remove"), ({"name": ""}, "name="), ({"name": "a/b"}, "name=a/b"), ({"name": "a b"}, "name=a b"),
    ({"tag": ""}, "tag="), ({"tag": "v" * 200}, "tag"), ({"digest": "sha256:12"}, "digest=sha256:12"),
    ({"digest": "md5:" + "0" * 64}, "digest=md5"), ({"sums": "yes"}, "sums=yes"), ({"max_bytes": "0"}, "max-bytes=0"),
    ({"max_entries": "1e3"}, "max-entries=1e3"), ({"entry": "x" * 2000}, "entry"),
    ({"minisig": "yes"}, "minisig=yes"), ({"sig": "1"}, "keys="), ({"sums_sig": "1"}, "sums-sig=1 without sums=1"),
    ({"keys": "x"}, "keys="), ({"keys": " ".join(["p256:0"] * 9)}, "keys="), ({"keys": "x" * 2000}, "keys"),
    ({"sig": "1", "keys": P256}, "repo="), ({"sums": "1", "sums_minisig": "1", "keys": P256, "repo": "me/app"}, "sums-name="),
])
def test_garbage_is_refused_by_name(tmp_path, request_, says):
    request_ = {k.replace("_", "-"): v for k, v in request_.items()}
    answer = run("moult-unpack", {"do": "install", "name": "a", "tag": "v1", **request_})
    assert answer.code == "usage" and says in answer.last, answer


def test_descriptors_that_are_not_there():
    answer = run("moult-unpack", {"do": "install", "name": "a", "tag": "v1"})
    assert answer.code == "system" and "archive" in answer.last, answer


def test_is_not_started_by_hand():
    for words, status, says in ((["-h"], 0, "usage"), (["-V"], 0, "moult-unpack "), (["-x"], 100, "'-x'"), ([], 100, "updater")):
        p = subprocess.run([BIN / "moult-unpack", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert p.returncode == status
        assert says in p.stdout + p.stderr


# --- other machines

@pytest.mark.parametrize("error", ["ENOSYS", "EPERM"])
def test_kernels_and_engines_that_lack_things(unpack, error):
    calls = ("openat2", "close_range", "landlock_create_ruleset", "seccomp")
    prefix = ["/usr/bin/strace", "-o", "/dev/null", *(w for c in calls for w in ("-e", f"inject={c}:error={error}"))]
    got = unpack(tar(*GOOD), prefix=prefix, entry="run")
    assert got.answer.ok, got.answer
    assert got.answer.one("lacks")["what"] == "close-range,landlock,seccomp"
    assert (got.tree / "run").read_bytes() == SCRIPT
    for what in ("file through a link out", "two hops inside", "hard link through a link", "below a file"):
        assert unpack(tar(*UNSAFE[what]), prefix=prefix).answer.code == "unsafe"


@pytest.mark.skipif(os.geteuid() != 0, reason="to become another user needs root")
def test_as_any_user(unpack, tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    os.chown(tree, 12345, 0)
    got = unpack(tar(*GOOD), tree=tree, prefix=("/usr/bin/setpriv", "--reuid=12345", "--regid=0", "--clear-groups"))
    assert got.answer.ok, got.answer
    assert (tree / "run").stat().st_uid == 12345


@pytest.mark.parametrize("call, code", [
    ("write:error=ENOSPC:when=3+", "full"), ("write:error=EDQUOT:when=2", "full"), ("write:error=EIO:when=2", "system"),
    ("fsync:error=EIO:when=1", "system"), ("fsync:error=EIO:when=7", "system"),
    ("fsync:error=EIO:when=8", "system"), ("symlinkat:error=EROFS", "system"),
    ("mkdirat:error=ENOSPC", "full"), ("linkat:error=EMLINK", "system"),
    ("memfd_create:error=ENOSYS", "system"), ("utimensat:error=EPERM", "system"),
])
def test_calls_that_fail(unpack, call, code):
    archive = tar(*GOOD, ("big", bytes(200000)))
    got = unpack(archive, prefix=("/usr/bin/strace", "-o", "/dev/null", "-e", f"inject={call}"))
    assert got.answer.code == code, got.answer
    assert got.answer.of("done") == []
