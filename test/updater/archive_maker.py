"""Archives for the tests of moult-unpack: good ones, and ones that want out of their directory."""
import bz2
import gzip
import hashlib
import io
import lzma
import os
import stat
import struct
import subprocess
import tarfile
import zipfile

SCRIPT = b"#!/bin/sh\necho hello\n"
ELF = {"x86_64": (2, 62), "aarch64": (2, 183), "riscv64": (2, 243)}
OTHER = "aarch64" if os.uname().machine == "x86_64" else "x86_64"


def elf(machine):
    bits, number = ELF[machine]
    return b"\x7fELF" + bytes([bits, 1, 1]) + bytes(9) + struct.pack("<HH", 2, number) + bytes(100)


def dynamic(loader):
    """A program for this machine that is to be loaded by that file."""
    loader = loader.encode() + b"\0"
    head = bytearray(elf(os.uname().machine)[:20] + bytes(44))
    struct.pack_into("<Q", head, 32, 64)          # e_phoff
    struct.pack_into("<HHH", head, 52, 64, 56, 2)  # e_ehsize, e_phentsize, e_phnum
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, 176, 176, 4096)
    return bytes(head) + load + struct.pack("<IIQQQQQQ", 3, 4, 176, 176, 176, len(loader), len(loader), 1) + loader


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


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


COMPRESS = {"tar": bytes, "gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress, "zst": zstd}


def compressed(kind):
    if kind == "zip":
        return zipped(("bin/", b"", stat.S_IFDIR | 0o755), ("bin/app", SCRIPT, stat.S_IFREG | 0o755),
                      ("data/ä b%.txt", b"x" * 100000, stat.S_IFREG | 0o640), ("empty", b"", stat.S_IFREG | 0o644),
                      ("run", b"bin/app", stat.S_IFLNK | 0o777), ("app2", SCRIPT, stat.S_IFREG | 0o755),
                      ("bin/up", b"../empty", stat.S_IFLNK | 0o777))
    return COMPRESS[kind](tar(*GOOD))


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


def header(name, size=0, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def many(packed, times):
    """One gzip member again and again: as long as one likes, for the price of one."""
    return gzip.compress(packed, 9, mtime=0) * times
