#!/usr/bin/python3
"""archives: releases as goreleaser packs them, and archives that no honest tool would pack.

    release("v1.2.3", {"app": program})     -> {"app_1.2.3_linux_amd64.tar.gz": ..., "checksums.txt": ...}
    demo_release("v1.2.3")                  -> the same with the demo application of that version
    HOSTILE["dotdot"]({"app": program})     -> bytes of a .tar.gz; test every name in HOSTILE

From a shell: `archives.py TAG PROGRAM DIRECTORY` fills a new DIRECTORY with the release of that program.
"""
import gzip
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOARCH = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "armv7", "armv6l": "armv6", "i686": "386", "i386": "386",
          "riscv64": "riscv64", "ppc64le": "ppc64le", "s390x": "s390x"}
README = b"The demo application of the tests.\n"
LONG_AGO = 1700000000
MIB = 1 << 20


def goarch():
    return GOARCH.get(platform.machine(), platform.machine())


def version(tag):
    return tag.removeprefix("v")


# honest archives; files: path -> bytes, or (bytes, mode), or None for a directory

def _entries(files):
    for path, content in files.items():
        data, mode = content if isinstance(content, tuple) else (content, None)
        if mode is None:
            mode = 0o755 if data is None or data[:4] == b"\x7fELF" or data[:2] == b"#!" else 0o644
        yield path, data, mode


def _member(path, kind=tarfile.REGTYPE, mode=0o644, **fields):
    member = tarfile.TarInfo(path)
    member.type, member.mode, member.mtime = kind, mode, LONG_AGO
    for name, value in fields.items():
        setattr(member, name, value)
    return member


def _add(archive, path, data, mode=0o644):
    member = _member(path, tarfile.DIRTYPE if data is None else tarfile.REGTYPE, mode)
    member.size = len(data or b"")
    archive.addfile(member, io.BytesIO(data or b""))


def tar(files, compression=""):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=f"w:{compression}", format=tarfile.PAX_FORMAT) as archive:
        for path, data, mode in _entries(files):
            _add(archive, path, data, mode)
    return out.getvalue()


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data, mode in _entries(files):
            info = zipfile.ZipInfo(path if data is not None else path + "/")
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data or b"")
    return out.getvalue()


def has_zstd():
    """Python has no zstd of its own."""
    return shutil.which("zstd") is not None


def _zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


PACKERS = {
    "tar.gz": lambda files: tar(files, "gz"),
    "tgz": lambda files: tar(files, "gz"),
    "tar.xz": lambda files: tar(files, "xz"),
    "tar.bz2": lambda files: tar(files, "bz2"),
    "tar": tar,
    "tar.zst": lambda files: _zstd(tar(files)),
    "zip": zipped,
}


def checksums(assets):
    """checksums.txt, as sha256sum writes it."""
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(assets.items())).encode()


def asset_name(tag, project="app", system="linux", arch=None, form="tar.gz"):
    return f"{project}_{version(tag)}_{system}_{arch or goarch()}.{form}"


def release(tag, files, project="app", arches=None, form="tar.gz", sums=True, wrap=False):
    """The assets of one release; wrap puts everything below one directory, as goreleaser's wrap_in_directory does."""
    assets = {}
    for arch in arches or [goarch()]:
        name = asset_name(tag, project, arch=arch, form=form)
        top = name.removesuffix("." + form) + "/" if wrap else ""
        assets[name] = PACKERS[form]({top + path: content for path, content in files.items()})
    if sums:
        assets["checksums.txt"] = checksums(assets)
    return assets


def demo_program(number):
    """The demo application that says it is this version; built when it is not there."""
    program = ROOT / "build" / "demo" / f"demo-{number}"
    env = {name: value for name, value in os.environ.items() if "MAKE" not in name}  # not part of a make around us
    subprocess.run(["make", "-s", "-C", str(ROOT), f"build/demo/demo-{number}"], check=True, stdout=sys.stderr, env=env)
    return program.read_bytes()


def demo_release(tag, **options):
    files = {"demo": demo_program(version(tag)), "README.md": README}
    return release(tag, files, **({"project": "demo"} | options))


# hostile archives: each holds the files it is given, and one thing more

def _hostile(files, spoil):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        for path, data, mode in _entries(files):
            _add(archive, path, data, mode)
        spoil(archive)
    return out.getvalue()


def _one(path, kind=tarfile.REGTYPE, mode=0o644, **fields):
    """Spoils with a single entry; regular ones hold two bytes."""
    def spoil(archive):
        member = _member(path, kind, mode, **fields)
        member.size = 2 if kind == tarfile.REGTYPE else 0
        archive.addfile(member, io.BytesIO(b"x\n") if member.size else None)
    return lambda files: _hostile(files, spoil)


def _link_then_file(target):
    def spoil(archive):
        archive.addfile(_member("way", tarfile.SYMTYPE, 0o777, linkname=target))
        _add(archive, "way/escaped", b"x\n")
    return lambda files: _hostile(files, spoil)


def _two_hops(files):
    """Each link looks harmless: the second goes through the first."""
    def spoil(archive):
        _add(archive, "a", None, 0o755)
        _add(archive, "a/b", None, 0o755)
        archive.addfile(_member("a/b/up", tarfile.SYMTYPE, 0o777, linkname=".."))
        archive.addfile(_member("out", tarfile.SYMTYPE, 0o777, linkname="a/b/up/../../.."))
        _add(archive, "out/escaped", b"x\n")
    return _hostile(files, spoil)


def _many(count):
    """The headers are patched by hand: tarfile would take seconds."""
    model = _member("").tobuf(tarfile.USTAR_FORMAT)
    model_sum = int(model[148:154], 8)

    def spoil(archive):
        for number in range(count):
            name = b"many/%d" % number
            archive.fileobj.write(name.ljust(100, b"\0") + model[100:148] + b"%06o\0 " % (model_sum + sum(name))
                                  + model[156:])
    return lambda files: _hostile(files, spoil)


def _bomb(size):
    """A gzip of many members, each of them a MiB of zeros, so that it need not be computed at its full size."""
    def pack(files):
        out = io.BytesIO()
        archive = tarfile.open(fileobj=out, mode="w")  # left open: its end belongs behind the zeros
        for path, data, mode in _entries(files):
            _add(archive, path, data, mode)
        start = out.getvalue() + _member("zeros", size=size).tobuf()
        return gzip.compress(start) + gzip.compress(bytes(MIB)) * (size // MIB) + gzip.compress(bytes(1024))
    return pack


def _cut(files):
    whole = tar(files, "gz")
    return whole[:len(whole) * 2 // 3]


def _wrong_crc(files):
    whole = tar(files, "gz")
    return whole[:-8] + bytes(byte ^ 0xFF for byte in whole[-8:-4]) + whole[-4:]


def _cut_tar(files):
    """The gzip is whole, the tar in it is not."""
    packer = zlib.compressobj(wbits=31)
    plain = tar(files)
    return packer.compress(plain[:len(plain) // 2 - 100]) + packer.flush()


def _twice(files):
    def spoil(archive):
        for path, _, mode in _entries(files):
            _add(archive, path, b"#!/bin/sh\necho replaced\n", mode)
    return _hostile(files, spoil)


def _other_arch(files):
    """The programs carry the machine number of another architecture."""
    def foreign(data):
        machine = 183 if data[18:20] != b"\xb7\x00" else 62  # aarch64, or x86_64 there
        return data[:18] + machine.to_bytes(2, "little") + data[20:]
    changed = {path: foreign(data) if data and data[:4] == b"\x7fELF" else (data, mode)
               for path, data, mode in _entries(files)}
    return tar(changed, "gz")


HOSTILE = {
    "dotdot": _one("../escaped"),
    "dotdot-inside": _one("a/../../escaped"),
    "absolute": _one("/tmp/escaped"),
    "symlink-out": _one("link", tarfile.SYMTYPE, 0o777, linkname="../../escaped"),
    "symlink-absolute": _one("link", tarfile.SYMTYPE, 0o777, linkname="/etc/passwd"),
    "symlink-then-file": _link_then_file("/tmp"),
    "symlink-then-file-up": _link_then_file(".."),
    "symlink-two-hops": _two_hops,
    "hardlink-out": _one("link", tarfile.LNKTYPE, linkname="../escaped"),
    "hardlink-absolute": _one("link", tarfile.LNKTYPE, linkname="/etc/passwd"),
    "hardlink-missing": _one("link", tarfile.LNKTYPE, linkname="not-there"),
    "device": _one("null", tarfile.CHRTYPE, 0o666, devmajor=1, devminor=3),
    "block-device": _one("disk", tarfile.BLKTYPE, 0o660, devmajor=8, devminor=0),
    "fifo": _one("pipe", tarfile.FIFOTYPE),
    "setuid": _one("suid", mode=0o4755),
    "setgid": _one("sgid", mode=0o2755),
    "long-path": _one("/".join(["directory"] * 1000)),
    "long-name": _one("n" * 300),
    "newline-in-name": _one("two\nlines"),
    "many-entries": _many(200000),
    "bomb": _bomb(2048 * MIB),
    "duplicate": _twice,
    "truncated": _cut,
    "truncated-tar": _cut_tar,
    "wrong-crc": _wrong_crc,
    "not-an-archive": lambda files: b"<!DOCTYPE html><title>Sign in</title>\n" * 100,
    "empty-file": lambda files: b"",
    "empty-archive": lambda files: tar({}, "gz"),
    "other-arch": _other_arch,
}


def main():
    if len(sys.argv) != 4:
        print("usage: archives.py TAG PROGRAM DIRECTORY", file=sys.stderr)
        return 100
    tag, program, directory = sys.argv[1:]
    project = Path(program).name.rpartition("-")[0] or Path(program).name
    os.makedirs(directory)
    for name, data in release(tag, {project: Path(program).read_bytes(), "README.md": README}, project).items():
        (Path(directory) / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
