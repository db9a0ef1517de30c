"""moult-unpack, the real program: archives that want out of their directory, are broken, or are bombs."""
import gzip
import lzma
import os
import random
import stat
import subprocess
import tarfile

import pytest

from archive_maker import SCRIPT, UNSAFE, compressed, elf, hard, header, link, many, sha256, tar, zipped


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


@pytest.mark.parametrize("sparse_map", ["0,512,0,512", "512,512,0,512", "0,512,1024", "0,-1", "-1,512", "0,99999999999999999999"])
def test_holes_that_make_no_sense(unpack, sparse_map):
    info = tarfile.TarInfo("holes")
    info.size = 1024
    info.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "holes",
                        "GNU.sparse.size": "4096", "GNU.sparse.map": sparse_map}
    archive = info.tobuf(tarfile.PAX_FORMAT) + b"x" * 1024 + tar(("run", SCRIPT))
    assert unpack(archive).answer.code in ("archive", "toobig")


def test_a_pax_header_of_a_gigabyte(unpack):
    archive = gzip.compress(header("PaxHeader", 1 << 30, tarfile.XHDTYPE), mtime=0) + many(bytes(64 << 20), 16)
    assert unpack(archive).answer.code in ("archive", "toobig")


def test_ten_gigabytes_of_zeros(unpack):
    zeros = many(bytes(64 << 20), 160)
    announced = gzip.compress(header("zeros", 10 << 30), mtime=0) + zeros
    assert unpack(announced, max_bytes=1 << 40).answer.code == "toobig"  # by the ratio, before the first of them
    got = unpack(gzip.compress(SCRIPT, mtime=0) + zeros, bare="demo", max_bytes=100 << 20)
    assert got.answer.code == "toobig" and (got.tree / "demo").stat().st_size <= 100 << 20


def test_a_million_empty_files(unpack):
    first = b"".join(header(f"d/{n}") for n in range(2000))
    rest = b"".join(header(f"e/{n}") for n in range(1000))
    got = unpack(gzip.compress(first, mtime=0) + many(rest, 998), max_entries=2000)
    assert got.answer.code == "toobig" and "more than 2000 entries" in got.answer.last
    assert len(list((got.tree / "d").iterdir())) == 1999


def test_just_below_the_ratio(unpack):
    plain = tar(("run", SCRIPT), ("zeros", bytes(65 << 20)))
    bytes_ = (65 << 20) + len(SCRIPT)
    archive = gzip.compress(plain, 9, mtime=0)
    assert len(archive) < bytes_ // 500
    enough = archive.ljust(bytes_ // 500, b"\0")  # what follows the end of gzip is no part of it, but of the archive
    assert unpack(enough).answer.ok
    assert unpack(enough[:-1]).answer.code == "toobig"


def test_small_archives_may_be_packed_well(unpack):
    assert unpack(gzip.compress(tar(("run", SCRIPT), ("zeros", bytes(63 << 20))), 9)).answer.ok


@pytest.mark.parametrize("longest, longer", [
    ("a" * 255, "a" * 256), ("/".join(["a" * 204] * 5), "/".join(["a" * 204] * 4 + ["a" * 205])),
    ("/".join(["d"] * 64), "/".join(["d"] * 65)),
], ids=["step", "path", "depth"])
def test_names_up_to_their_limits(unpack, longest, longer):
    got = unpack(tar(("run", SCRIPT), (longest, SCRIPT), format=tarfile.PAX_FORMAT))
    assert got.answer.ok, got.answer
    assert (got.tree / longest).read_bytes() == SCRIPT and longest in got.listed()
    assert unpack(tar(("run", SCRIPT), (longer, SCRIPT), format=tarfile.PAX_FORMAT)).answer.code == "unsafe"
    assert unpack(tar(("run", SCRIPT), link("l", longest), format=tarfile.PAX_FORMAT)).answer.ok


# --- names that deceive

def test_names_that_differ_in_case_are_different_files(unpack):
    got = unpack(tar(("run", SCRIPT), ("README", b"1"), ("readme", b"2"), ("Dir/x", b"3"), ("dir/x", b"4")))
    assert got.answer.ok, got.answer
    assert [(got.tree / name).read_bytes() for name in ("README", "readme", "Dir/x", "dir/x")] == [b"1", b"2", b"3", b"4"]
    got = unpack(tar(("target/x", SCRIPT), link("Dir", "target"), ("dir/y", b"1")))
    assert got.answer.ok and not (got.tree / "target/y").exists()


@pytest.mark.parametrize("path", ["a\0b", "run\0/../../x", "\0"])
def test_a_nul_in_a_pax_name(unpack, path):
    info = tarfile.TarInfo("innocent")
    record = b"path=" + path.encode()
    record = b"%d %s\n" % (len(record) + 4, record)
    got = unpack(header("h", len(record), tarfile.XHDTYPE) + record.ljust(512, b"\0") + info.tobuf() + tar(("z", SCRIPT)))
    assert got.answer.ok or got.answer.code in ("archive", "unsafe"), got.answer
    assert all("\0" not in line[-1] and ".." not in line[-1] for line in (got.lines() if got.answer.ok else []))


def local_name(archive, old, new):
    """Another name in the local header than in the directory at the end."""
    at = archive.index(old.encode())
    return archive[:at] + new.encode().ljust(len(old), b"_") + archive[at + len(old):]


def directory_name(archive, old, new):
    at = archive.rindex(old.encode())
    return archive[:at] + new.encode().ljust(len(old), b"_") + archive[at + len(old):]


EXECUTABLE = stat.S_IFREG | 0o755


@pytest.mark.parametrize("change, code", [
    (lambda z: local_name(z, "innocent", "../../ab"), "unsafe"),
    (lambda z: local_name(z, "innocent", "/tmp/abc"), "unsafe"),
    (lambda z: local_name(z, "innocent", "a\0/../bc"), None),
    (lambda z: directory_name(z, "innocent", "../../ab"), None),
    (lambda z: directory_name(z, "innocent", "a\0/../bc"), None),
    (lambda z: z.replace(b"PK\x05\x06\0\0\0\0\x02\0\x02\0", b"PK\x05\x06\0\0\0\0\x09\0\x09\0"), None),
    (lambda z: z[:-22] + b"PK\x05\x06" + bytes(18), "archive"),
    (lambda z: b"#!/bin/sh\nexit\n" + z, None),
    (lambda z: z + zipped(("../x", SCRIPT, EXECUTABLE)), "unsafe"),
], ids=["local", "local absolute", "local nul", "directory", "directory nul", "count", "no directory", "in front", "two directories"])
def test_a_zip_that_says_two_things(unpack, change, code):
    """A file is called as it stands right before it, and that is what is checked and written."""
    got = unpack(change(zipped(("innocent", SCRIPT, EXECUTABLE), ("run", SCRIPT, EXECUTABLE))))
    assert got.answer.code == code, got.answer
    names = {p.name for p in got.tree.rglob("*")}
    assert names <= {"innocent", "run", "a"}, names


# --- modes and what else is said of a file

@pytest.mark.parametrize("name, mode, becomes", [
    ("x", 0o700, 0o755), ("x", 0o100, 0o755), ("x", 0o655, 0o644), ("x", 0o000, 0o644), ("x", 0o1755, 0o755), ("x", 0o777, 0o755),
])
def test_modes(unpack, name, mode, becomes):
    for umask in ("000", "077", "777"):
        got = unpack(tar((name, SCRIPT, mode), ("d", None, 0o700)), prefix=("/bin/sh", "-c", f'umask {umask}; exec "$0"'))
        assert got.answer.ok, got.answer
        assert (got.tree / name).stat().st_mode & 0o7777 == becomes
        assert (got.tree / "d").stat().st_mode & 0o7777 == 0o755
        assert got.listed()[name][1] == f"{becomes:04o}"


CAPABILITY = {"SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x04" + "\0" * 14}


def test_capabilities_are_not_carried_and_that_is_said(unpack):
    info = tarfile.TarInfo("bin/app")
    info.mode, info.pax_headers = 0o755, CAPABILITY
    other = tarfile.TarInfo("bin/other")
    other.mode, other.pax_headers = 0o755, {**CAPABILITY, "SCHILY.xattr.user.note": "x", "SCHILY.acl.access": "user::rwx"}
    got = unpack(tar(("run", SCRIPT), info, other, format=tarfile.PAX_FORMAT))
    assert got.answer.ok and got.answer.one("done")["capable"] == "bin/app"
    assert os.listxattr(got.tree / "bin/app") == os.listxattr(got.tree / "bin/other") == []
    other.pax_headers = {"SCHILY.xattr.user.note": "x"}
    assert "capable" not in unpack(tar(("run", SCRIPT), other, format=tarfile.PAX_FORMAT)).answer.one("done")


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
