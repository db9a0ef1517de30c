"""What a disk may hold after a power cut: the model, and the states that it allows.

A record (tracer -o FILE -d) of all that the updater and its jobs did below one directory is replayed on a disk in memory.
Where the power fails, after any call, some of what was done has reached the disk:

- What was synced has: the bytes of a file after its fsync, the names in a directory after the directory's fsync, all of it
  after syncfs. fsync of a file says nothing of its name, fsync of a directory nothing of what is in the files.
- Bytes that were not synced may be there, be missing (the file is as long as it was), be torn (half of them), or be zeros.
- Names that were not synced may be there or not. Within one directory they come in the order in which they were made; among
  different directories in any. A rename from one directory to another is one thing: it is synced with either of them, and
  there or not in both.
- A rename of a file may be there before the bytes of the file are.

For each moment these are tried: nothing that was not synced; all names, with the bytes, without, with torn ones and with
zeros; all bytes and no names; for each directory its names alone, and those of all others without its."""
import hashlib
import os
import stat
from pathlib import Path

MISSING, TORN, ZEROS, WHOLE = "missing", "torn", "zeros", "whole"


class Node:
    """A file, directory or link, named by itself and not by its number, which may be used again."""

    def __init__(self, mode, content):
        self.mode, self.content = mode, content  # bytes, {name: Node}, or the target


class Disk:
    """The nodes below `top`, and what was done to them; what stands there at the beginning has been there for long."""

    def __init__(self, top):
        self.nodes = {}
        self.steps = []  # (what it is done to: nodes that a sync of makes it last, function that does it on a View)
        self.calls = []  # how many steps had been made after each call, and which call it was
        self.start = self._scan(Path(top))

    def _scan(self, path):
        st = path.lstat()
        node = self.nodes.setdefault(str(st.st_ino), Node(st.st_mode, b""))
        if stat.S_ISLNK(st.st_mode):
            node.content = os.readlink(path)
        elif stat.S_ISDIR(st.st_mode):
            node.content = {child.name: self._scan(child) for child in path.iterdir()}
        else:
            node.content = path.read_bytes()
        return node

    def replay(self, log):
        for line in Path(log).read_text().splitlines():
            number, program, call, result, *words = line.split("\t")
            if not result.startswith("-"):
                getattr(self, "_" + call, self._nothing)(*words, result=int(result))
            self.calls.append((len(self.steps), f"{number} {program} {call} {' '.join(words)[:80]}"))

    def _nothing(self, *_, **__):
        pass

    def _step(self, kind, *what):
        self.steps.append((kind, *what))

    def _new(self, inode, mode, content):
        self.nodes[inode] = Node(mode, content)
        return self.nodes[inode]

    def _name(self, directory, name, node):
        if directory in self.nodes:
            self._step("name", self.nodes[directory], name, node)

    # one method for each call of the record

    def _openat(self, directory, name, inode, created, truncated, result):
        if directory not in self.nodes:
            return
        if created == "1":
            self._name(directory, name, self._new(inode, stat.S_IFREG | 0o644, b""))
        elif truncated == "1":
            self._step("length", self.nodes[inode], 0)

    def _write(self, inode, offset, data="", result=0):
        if inode in self.nodes and data:
            self._step("bytes", self.nodes[inode], int(offset), bytes.fromhex(data))

    _pwrite64 = _write

    def _ftruncate(self, inode, length, result):
        if inode in self.nodes:
            self._step("length", self.nodes[inode], int(length))

    def _mkdirat(self, directory, name, inode, result):
        if directory in self.nodes:
            self._name(directory, name, self._new(inode, stat.S_IFDIR | 0o755, {}))

    def _symlinkat(self, directory, name, inode, target, result):
        if directory in self.nodes:
            self._name(directory, name, self._new(inode, stat.S_IFLNK | 0o777, target))

    def _linkat(self, directory, name, inode, result):
        self._name(directory, name, self.nodes[inode])

    def _unlinkat(self, directory, name, result):
        self._name(directory, name, None)

    def _renameat(self, directory, name, directory2, name2, inode, result):
        if directory in self.nodes:
            self._step("rename", self.nodes[directory], name, self.nodes[directory2], name2, self.nodes[inode])

    def _fsync(self, inode, result):
        if inode in self.nodes:
            self._step("sync", self.nodes[inode])

    _fdatasync = _fsync

    def _syncfs(self, inode, result):
        self._step("sync", None)

    # what may be left

    def states(self):
        """(what happened, View) for each state that is not like another; a View writes itself down."""
        seen = set()
        moments = dict(reversed(self.calls))  # the first call after which so many steps were made
        for count in sorted({0, *moments}):
            for how, view in self._after(count):
                digest = view.digest()
                if digest not in seen:
                    seen.add(digest)
                    yield f"after {moments.get(count, 'the start')}: {how}", view

    def _after(self, count):
        lasting, pending = self._divide(self.steps[:count])
        directories = {id(d): d for step in pending for d in touched(step)}.values()
        yield "nothing more than what was synced", View(self.start, lasting)
        for fate in (WHOLE, MISSING, TORN, ZEROS):
            yield f"all names, bytes {fate}", View(self.start, lasting, pending, fate=fate)
        yield "all bytes, no names", View(self.start, lasting, [s for s in pending if not touched(s)])
        for d in directories:
            for fate in (WHOLE, MISSING):
                yield f"the names of one directory, bytes {fate}", View(self.start, lasting, [
                    s for s in pending if not touched(s) or d in touched(s)], fate=fate)
                yield f"the names of all but one, bytes {fate}", View(self.start, lasting, without(pending, d), fate=fate)

    @staticmethod
    def _divide(steps):
        """What certainly lasts, and what may be lost, each in order."""
        lasts = [False] * len(steps)
        for i, step in enumerate(steps):
            if step[0] == "sync":
                for j in range(i):
                    lasts[j] = lasts[j] or step[1] is None or step[1] in (touched(steps[j]) or steps[j][1:2])
        return ([s for s, last in zip(steps, lasts) if last and s[0] != "sync"],
                [s for s, last in zip(steps, lasts) if not last and s[0] != "sync"])


def touched(step):
    """The directories whose names a step changes."""
    return {"name": step[1:2], "rename": (step[1], step[3] if len(step) > 3 else None)}.get(step[0], ())


def without(steps, directory):
    """Nothing of this directory: and of one that shares a rename with it, nothing after that."""
    lost, kept = [directory], []
    for step in steps:
        if any(d in lost for d in touched(step)):
            lost += touched(step)
        else:
            kept.append(step)
    return kept


class View:
    """A disk as it is found."""

    def __init__(self, start, lasting, pending=(), fate=WHOLE):
        self.names = {}    # id of a directory -> {name: Node}
        self.content = {}  # id of a file -> bytes
        self.start = start
        for step in lasting:
            self._do(step, WHOLE)
        for step in pending:
            self._do(step, fate)

    def _names_of(self, node):
        return self.names.setdefault(id(node), dict(node.content))

    def _do(self, step, fate):
        kind, node, *rest = step
        if kind == "name":
            name, child = rest
            self._names_of(node).pop(name, None)
            if child is not None:
                self._names_of(node)[name] = child
        elif kind == "rename":
            name, node2, name2, child = rest
            self._names_of(node).pop(name, None)
            self._names_of(node2)[name2] = child
        elif fate != MISSING:
            self._change(node, rest, fate)

    def _change(self, node, rest, fate):
        old = self.content.get(id(node), node.content)
        if len(rest) == 1:
            self.content[id(node)] = old[:rest[0]].ljust(rest[0], b"\0")
            return
        offset, data = rest
        data = data[:len(data) // 2] if fate == TORN else bytes(len(data)) if fate == ZEROS else data
        self.content[id(node)] = old[:offset].ljust(offset, b"\0") + data + old[offset + len(data):]

    def walk(self, node=None, path=""):
        """(path, node, content) of everything; content of a directory is None."""
        node = node or self.start
        if not isinstance(node.content, dict):
            yield path, node, self.content.get(id(node), node.content)
            return
        yield path, node, None
        for name, child in sorted(self.names.get(id(node), node.content).items()):
            yield from self.walk(child, f"{path}/{name}")

    def digest(self):
        return hashlib.sha256(repr([(path, content) for path, _, content in self.walk()]).encode()).digest()

    def write(self, top):
        first = {}
        for path, node, content in self.walk():
            place = Path(f"{top}{path}")
            if content is None:
                place.mkdir(exist_ok=True)
            elif id(node) in first:
                os.link(first[id(node)], place)
            elif isinstance(content, str):
                place.symlink_to(content)
            else:
                place.write_bytes(content)
                place.chmod(node.mode & 0o777 | (0o111 if place.name in ("run", "tool") else 0))
            first.setdefault(id(node), place)
