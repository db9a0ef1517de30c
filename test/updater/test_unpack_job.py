"""moult-unpack, the real program: archives of every kind, and archives that want out of their directory."""
import contextlib
import gzip
import hashlib
import io
import lzma
import os
import pathlib
import random
import stat
import struct
import subprocess
import tarfile
import zipfile

import pytest

from job import BIN, run

SCRIPT = b"#!/bin/sh\necho hello\n"
ELF = {"x86_64": (2, 62), "aarch64": (2, 183), "riscv64": (2, 243)}
OTHER = "aarch64" if os.uname().machine == "x86_64" else "x86_64"


def elf(machine):
    bits, number = ELF[machine]
    return b"\x7fELF" + bytes([bits, 1, 1]) + bytes(9) + struct.pack("<HH", 2, number) + bytes(100)


def tar(*entries, **options):
    """A tar of (name, content) or (name, content, mode), content bytes or None for a directory; or of TarInfos."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **options) as t:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                t.addfile(entry)
                continue
            name, content, *mode = entry
            info = tarfile.TarInfo(name)
            info.mode = mode[0] if mode else 0o755
            info.mtime = 1000000000
            if content is None:
                info.type = tarfile.DIRTYPE
                t.addfile(info)
            else:
                info.size = len(content)
                t.addfile(info, io.BytesIO(content))
    return out.getvalue()


def special(name, kind, target="", mode=0o755):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, target, mode
    return info


def link(name, target):
    return special(name, tarfile.SYMTYPE, target)


def hard(name, target):
    return special(name, tarfile.LNKTYPE, target)


class Unpacked:
    def __init__(self, answer, tree, manifest):
        self.answer, self.tree, self.manifest = answer, tree, manifest

    def lines(self):
        return [line.split(" ") for line in self.manifest.read_text().splitlines()]

    def listed(self):
        return {line[-1]: line for line in self.lines()[1:]}


@pytest.fixture
def unpack(tmp_path):
    """Unpacks bytes into tmp_path/tree; nothing else below tmp_path may change."""
    def go(archive, sums=None, tree=None, manifest=None, prefix=(), **request):
        tree = tree or tmp_path / f"tree{len(list(tmp_path.iterdir()))}"
        tree.mkdir(exist_ok=True)
        manifest = manifest or tmp_path / "manifest"
        (tmp_path / "archive").write_bytes(archive)
        (tmp_path / "secret").write_text("secret")
        with contextlib.ExitStack() as stack:
            fds = {3: os.open(tmp_path / "archive", os.O_RDONLY), 4: os.open(tree, os.O_RDONLY | os.O_DIRECTORY),
                   6: os.open(manifest, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)}
            if sums is not None:
                (tmp_path / "sums").write_bytes(sums)
                fds[5] = os.open(tmp_path / "sums", os.O_RDONLY)
                request["sums"] = 1
            for fd in fds.values():
                stack.callback(os.close, fd)
            before = sorted(os.listdir(tmp_path))
            request = {"do": "install", "name": "app.tgz", "tag": "v1", **{k.replace("_", "-"): v for k, v in request.items()}}
            answer = run("moult-unpack", request, fds=fds, prefix=prefix)
        assert answer.status == 0, answer
        assert sorted(os.listdir(tmp_path)) == before
        assert (tmp_path / "secret").read_text() == "secret" and os.stat(tmp_path / "secret").st_nlink == 1
        return Unpacked(answer, tree, manifest)
    return go


def sha256(data):
    return hashlib.sha256(data).hexdigest()


GOOD = [("bin", None), ("bin/app", SCRIPT, 0o755), ("data/ä b%.txt", b"x" * 100000, 0o640), ("empty", b"", 0o644),
        link("run", "bin/app"), hard("app2", "bin/app"), link("bin/up", "../empty")]


def zipped(*entries, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as z:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name, (2001, 9, 9, 1, 46, 40))
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, content)
    return out.getvalue()


def compressed(kind):
    plain = tar(*GOOD)
    if kind == "zst":
        return subprocess.run(["zstd", "-q", "-c"], input=plain, capture_output=True, check=True).stdout
    if kind == "zip":
        return zipped(("bin/", b"", stat.S_IFDIR | 0o755), ("bin/app", SCRIPT, stat.S_IFREG | 0o755),
                      ("data/ä b%.txt", b"x" * 100000, stat.S_IFREG | 0o640), ("empty", b"", stat.S_IFREG | 0o644),
                      ("run", b"bin/app", stat.S_IFLNK | 0o777), ("app2", SCRIPT, stat.S_IFREG | 0o755),
                      ("bin/up", b"../empty", stat.S_IFLNK | 0o777))
    return {"tar": bytes, "gz": gzip.compress, "xz": lzma.compress}[kind](plain)


@pytest.mark.parametrize("kind", ["tar", "gz", "xz", "zst", "zip"])
def test_unpacks_and_lists(unpack, kind):
    archive = compressed(kind)
    got = unpack(archive, digest=f"sha256:{sha256(archive)}", entry="run,app")
    assert got.answer.ok, got.answer
    assert got.answer.one("sum") == {"kind": "sum", "sha256": sha256(archive), "digest": "match", "sums": "none"}
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
    ("#" * 300000 + "\n{hex}  app.tgz\n", "sums"),
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


# --- what wants out

DEEP = "/".join(["d"] * 65)

UNSAFE = {
    "dotdot": [("../x", SCRIPT)],
    "dotdot inside": [("a/../../x", SCRIPT)],
    "dotdot that stays": [("a/../x", SCRIPT)],
    "dotdot directory": [("..", None)],
    "absolute": [("/tmp/x", SCRIPT)],
    "absolute directory": [("/tmp/x/", None)],
    "too long a step": [("a" * 256, SCRIPT)],
    "too long": [("/".join(["a" * 200] * 6), SCRIPT)],
    "too deep": [(DEEP, SCRIPT)],
    "link out": [link("l", "../secret")],
    "link to absolute": [link("l", "/etc/passwd")],
    "link out from below": [link("a/l", "../../secret")],
    "link to itself's parent": [("a/x", SCRIPT), link("a/l", "../..")],
    "link to nothing": [link("l", "")],
    "file through a link": [("d/x", SCRIPT), link("l", "d"), ("l/y", SCRIPT)],
    "file through a link out": [link("l", ".."), ("l/x", SCRIPT)],
    "file over a link": [("x", SCRIPT), link("l", "x"), ("l", b"y")],
    "directory over a link": [("d/x", SCRIPT), link("l", "d"), ("l", None)],
    "directory through a link": [("d/x", SCRIPT), link("l", "d"), ("l/e", None)],
    "link through a link": [("d/x", SCRIPT), link("l", "d"), link("l/m", "x")],
    "two hops": [("a/b/x", SCRIPT), link("hop", "a/b"), link("out", "hop/../../..")],
    "two hops inside": [("a/b/x", SCRIPT), link("a/hop", "b"), link("a/out", "hop/../.."), ("a/out/y", SCRIPT)],
    "hop to the top and out": [link("a/top", ".."), link("a/out", "top/../secret")],
    "hard link out": [hard("h", "../secret")],
    "hard link to absolute": [hard("h", "/etc/passwd")],
    "hard link to nothing": [hard("h", "absent")],
    "hard link to a later file": [hard("h", "x"), ("x", SCRIPT)],
    "hard link to a link": [("x", SCRIPT), link("l", "x"), hard("h", "l")],
    "hard link to a directory": [("d/x", SCRIPT), hard("h", "d")],
    "hard link through a link": [("d/x", SCRIPT), link("l", "d"), hard("h", "l/x")],
    "hard link to itself": [hard("h", "h")],
    "hard link over a file": [("x", SCRIPT), ("y", SCRIPT), hard("x", "y")],
    "device": [special("null", tarfile.CHRTYPE)],
    "block device": [special("sda", tarfile.BLKTYPE)],
    "fifo": [special("pipe", tarfile.FIFOTYPE)],
    "setuid": [("x", SCRIPT, 0o4755)],
    "setgid": [("x", SCRIPT, 0o2755)],
    "twice": [("x", SCRIPT), ("x", b"other")],
    "twice, spelt differently": [("a/x", SCRIPT), ("./a//x", b"other")],
    "file over a directory": [("d/x", SCRIPT), ("d", b"x")],
    "directory over a file": [("d", SCRIPT), ("d", None)],
    "below a file": [("d", SCRIPT), ("d/x", SCRIPT)],
}


@pytest.mark.parametrize("what", UNSAFE)
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT], ids=["pax", "gnu"])
def test_nothing_leaves_the_tree(unpack, what, form):
    archive = tar(*UNSAFE[what], ("z/last", SCRIPT), format=form)
    got = unpack(gzip.compress(archive), entry="z/last")
    assert got.answer.code == "unsafe", got.answer
    assert got.answer.of("done") == []
    assert not (got.tree / "z").exists()
    for path in got.tree.rglob("*"):
        assert stat.S_ISREG(path.lstat().st_mode) or path.is_dir() or path.is_symlink()
        assert not path.is_symlink() or path.resolve().is_relative_to(got.tree.resolve())


@pytest.mark.parametrize("name, mode, content", [
    ("../x", stat.S_IFREG | 0o755, SCRIPT), ("/x", stat.S_IFREG | 0o755, SCRIPT),
    ("l", stat.S_IFLNK | 0o777, b"../secret"), ("l", stat.S_IFLNK | 0o777, b"/etc/passwd"),
    ("x", stat.S_IFREG | 0o4755, SCRIPT), ("a/../../x", stat.S_IFREG | 0o644, b""),
])
def test_nothing_leaves_the_tree_from_a_zip(unpack, name, mode, content):
    got = unpack(zipped((name, content, mode), ("z/last", SCRIPT, stat.S_IFREG | 0o755)))
    assert got.answer.code == "unsafe", got.answer


def test_a_fifo_in_a_zip_is_a_file(unpack):
    got = unpack(zipped(("f", b"", stat.S_IFIFO | 0o644)))
    assert got.answer.code == "unsafe" or (got.tree / "f").is_file()


def test_a_directory_may_come_twice_and_be_setgid(unpack):
    got = unpack(tar(("d", None, 0o2777), ("d/x", SCRIPT), ("d", None), ("y", b"")))
    assert got.answer.ok, got.answer
    assert (got.tree / "d").stat().st_mode & 0o7777 == 0o755


# --- what is broken

@pytest.mark.parametrize("archive", [
    b"", b"hello\n", b"<html></html>", bytes(1024), gzip.compress(b""), gzip.compress(b"hello"),
    gzip.compress(gzip.compress(tar(("run", SCRIPT)))), b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06" + bytes(18),
    elf("x86_64"), tar(), tar(("d", None)), lzma.compress(b"x")[:-8], b"BZh91AY&SY" + bytes(20),
], ids=lambda a: repr(a[:12]))
def test_no_archive(unpack, archive):
    got = unpack(archive)
    assert got.answer.code == "archive", got.answer


@pytest.mark.parametrize("kind", ["tar", "gz", "xz", "zst", "zip"])
def test_truncated_anywhere(unpack, kind):
    archive = compressed(kind)
    # Within the last header of a tar (cut between two entries it is a tar, too), before the sum at the end of the others.
    end = archive.index(b"bin/up") + 100 if kind == "tar" else len(archive) - 9
    for at in sorted({1, 2, 100, 511, 513, end // 3 | 1, end // 2 | 1, end} & set(range(end + 1))):
        got = unpack(archive[:at])
        assert got.answer.code == "archive", (at, got.answer)
        assert got.answer.of("done") == []


@pytest.mark.parametrize("kind", ["tar", "gz", "xz", "zst", "zip"])
def test_flipped_bits(unpack, kind):
    archive = compressed(kind)
    dice = random.Random(kind)
    for _ in range(15):
        at = dice.randrange(len(archive))
        flipped = archive[:at] + bytes([archive[at] ^ 1 << dice.randrange(8)]) + archive[at + 1:]
        assert unpack(flipped, digest=f"sha256:{sha256(archive)}").answer.code == "digest"
        answer = unpack(flipped).answer  # nobody said what it should be: it may be refused or not, but in good order
        assert answer.ok or answer.code in ("archive", "unsafe", "toobig"), answer


def test_encrypted_zip(unpack):
    archive = bytearray(zipped(("run", SCRIPT, stat.S_IFREG | 0o755)))
    archive[6] |= 1  # the flag in the local header ...
    archive[archive.index(b"PK\x01\x02") + 8] |= 1  # ... and in the directory
    assert unpack(bytes(archive)).answer.code == "archive"


# --- bombs

def test_zeros(unpack):
    zeros = gzip.compress(tar(("run", SCRIPT), ("zeros", bytes(100 << 20))), 9)
    got = unpack(zeros)
    assert got.answer.code == "toobig" and "zeros" in got.answer.last


def test_more_bytes_than_allowed(unpack):
    many = gzip.compress(tar(*[(f"f{n}", random.Random(n).randbytes(1000)) for n in range(20)]))
    assert unpack(many, max_bytes=20000).answer.ok
    assert unpack(many, max_bytes=19999).answer.code == "toobig"


def test_a_file_that_says_it_is_huge(unpack):
    info = tarfile.TarInfo("huge")
    info.size = 1 << 50
    header = info.tobuf(tarfile.GNU_FORMAT)
    assert unpack(header + bytes(4096)).answer.code == "toobig"
    info.size = (1 << 63) - 1
    assert unpack(info.tobuf(tarfile.GNU_FORMAT) + bytes(4096)).answer.code in ("toobig", "archive")


def test_more_entries_than_allowed(unpack):
    entries = [("d/e/f/x", SCRIPT)] + [(f"n{n}", None) for n in range(10)]
    assert unpack(tar(*entries), max_entries=14).answer.ok
    assert unpack(tar(*entries), max_entries=13).answer.code == "toobig"
    links = [("x", SCRIPT)] + [link(f"l{n}", "x") for n in range(10)] + [hard(f"h{n}", "x") for n in range(10)]
    assert unpack(tar(*links), max_entries=21).answer.ok
    assert unpack(tar(*links), max_entries=20).answer.code == "toobig"


def sparse(tmp_path, size, form):
    with open(tmp_path / "holes", "wb") as f:
        f.write(b"begin")
        f.truncate(size)
        if size < 1 << 30:
            f.seek(size // 2)
            f.write(b"middle")
    made = subprocess.run(["tar", "-C", tmp_path, f"--format={form}", "-S", "-cf", "-", "holes"], capture_output=True, check=True)
    (tmp_path / "holes").unlink()
    return made.stdout


@pytest.mark.parametrize("form", ["gnu", "pax"])
def test_holes(unpack, tmp_path, form):
    got = unpack(sparse(tmp_path, 1000000, form))
    assert got.answer.ok, got.answer
    content = (got.tree / "holes").read_bytes()
    assert len(content) == 1000000 and content[:5] == b"begin" and content[500000:500006] == b"middle"
    assert not any(content[10:500000])
    assert got.listed()["holes"][2:4] == ["1000000", sha256(content)]
    assert unpack(sparse(tmp_path, 100 << 30, form)).answer.code == "toobig"


def test_huge_pax_headers(unpack):
    archive = gzip.compress(tar(("run", SCRIPT), format=tarfile.PAX_FORMAT, pax_headers={"comment": "x" * (64 << 20)}))
    assert unpack(archive).answer.code in ("archive", "toobig")
    info = tarfile.TarInfo("run")
    info.pax_headers = {f"SCHILY.xattr.user.{n}": "x" * 1000 for n in range(2000)}
    assert unpack(tar(info)).answer.code in ("archive", "toobig", None)


def test_raw_names_that_are_not_utf8(unpack):
    got = unpack(tar(("caf\udce9", SCRIPT), format=tarfile.GNU_FORMAT, errors="surrogateescape", encoding="utf-8"))
    assert got.answer.ok or got.answer.code in ("unsafe", "archive"), got.answer
    if got.answer.ok:
        assert os.listdir(os.fsencode(got.tree)) == [b"caf\xe9"]


def test_names_with_newlines_stay_on_their_line(unpack):
    got = unpack(tar(("a\nf 0755 0 0 b", SCRIPT), ("run", SCRIPT)))
    assert got.answer.ok
    assert set(got.listed()) == {"a%0Af%200755%200%200%20b", "run"}


def test_an_error_is_one_line(unpack):
    got = unpack(tar(("a\nerr\x1b[31m", SCRIPT, 0o4755)))
    assert got.answer.last == "err unsafe a err [31m is setuid or setgid"


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

@pytest.mark.parametrize("request_, says", [
    ({"do": "remove"}, "do=remove"), ({"name": ""}, "name="), ({"name": "a/b"}, "name=a/b"), ({"name": "a b"}, "name=a b"),
    ({"tag": ""}, "tag="), ({"tag": "v" * 200}, "tag"), ({"digest": "sha256:12"}, "digest=sha256:12"),
    ({"digest": "md5:" + "0" * 64}, "digest=md5"), ({"sums": "yes"}, "sums=yes"), ({"max_bytes": "0"}, "max-bytes=0"),
    ({"max_entries": "1e3"}, "max-entries=1e3"), ({"entry": "x" * 2000}, "entry"),
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
