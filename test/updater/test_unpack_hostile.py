"""moult-unpack, the real program: archives that want out of their directory, are broken, or are bombs."""
import gzip
import lzma
import os
import random
import stat
import subprocess
import tarfile

import pytest

from archive_maker import SCRIPT, UNSAFE, compressed, elf, hard, link, sha256, tar, zipped


# --- what wants out

@pytest.mark.parametrize("what", UNSAFE)
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT], ids=["pax", "gnu"])
def test_nothing_leaves_the_tree(unpack, what, form):
    archive = tar(*UNSAFE[what], ("z/last", SCRIPT), format=form)
    got = unpack(gzip.compress(archive, mtime=0), entry="z/last")
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
    b"", b"hello\n", b"<html></html>", bytes(1024), gzip.compress(b"", mtime=0), gzip.compress(b"hello", mtime=0),
    gzip.compress(gzip.compress(tar(("run", SCRIPT)), mtime=0), mtime=0), b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06" + bytes(18),
    elf("x86_64"), tar(), tar(("d", None)), lzma.compress(b"x")[:-8], b"BZh91AY&SY" + bytes(20),
], ids=lambda a: repr(a[:12]))
def test_no_archive(unpack, archive):
    got = unpack(archive)
    assert got.answer.code == "archive", got.answer


@pytest.mark.parametrize("kind", ["tar", "gz", "xz", "zst", "bz2", "zip"])
def test_truncated_anywhere(unpack, kind):
    archive = compressed(kind)
    # Within the last header of a tar (cut between two entries it is a tar, too), before the sum at the end of the others.
    end = archive.index(b"bin/up") + 100 if kind == "tar" else len(archive) - 9
    for at in sorted({1, 2, 100, 511, 513, end // 3 | 1, end // 2 | 1, end} & set(range(end + 1))):
        got = unpack(archive[:at])
        assert got.answer.code == "archive", (at, got.answer)
        assert got.answer.of("done") == []


@pytest.mark.parametrize("kind", ["tar", "gz", "xz", "zst", "bz2", "zip"])
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
