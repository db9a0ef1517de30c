"""What the figures rest on: the releases are what they say, and the tables show what was measured."""
import io
import sys
import tarfile
from pathlib import Path

import pytest

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "forge"))

import payload
from table import Table, count, kib, ms

PROGRAM = b"\x7fELF demo 1.0.100 says 1.0.100\n"
SIZE = 1 * payload.MB


@pytest.fixture(scope="module")
def tree():
    return payload.Tree(SIZE, PROGRAM)


def unpacked(data):
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}


def test_an_archive_holds_the_tree_of_its_version(tree):
    files = unpacked(tree.archive(7))
    assert files["app"] == PROGRAM.replace(b"1.0.100", b"1.0.107")
    assert sum(map(len, files.values())) == pytest.approx(SIZE, rel=0.11)
    assert len(tree.archive(7)) < 0.8 * SIZE


def test_trees_are_the_same_each_time_and_versions_differ_in_the_program_only(tree):
    assert payload.Tree(SIZE, PROGRAM).archive(1) == tree.archive(1)
    old, new = unpacked(tree.archive(1)), unpacked(tree.archive(2))
    assert {name for name in old if old[name] != new[name]} == {"app"}


def test_what_is_installed_is_what_the_archive_holds(tree, tmp_path):
    tree.install(3, tmp_path)
    installed = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert installed == unpacked(tree.archive(3))


@pytest.mark.parametrize("shown, text", [
    (kib(50736), "50 KiB"), (kib(1 << 20), "1.00 MiB"), (kib(None), "–"),
    (ms(0.00123), "1.23 ms"), (ms(0.0456), "45.6 ms"), (ms(1.2345), "1,234 ms"), (ms(None), "–"),
    (count(0), "0"), (count(1234), "1,234"),
])
def test_numbers_have_units(shown, text):
    assert shown == text


def test_a_row_tells_the_ratio_and_a_broken_limit():
    table = Table("", "moult", "peer", "ratio", "limit")
    table.compare("kept", ms, 0.010, 0.5, 0.020)
    table.compare("broken", ms, 0.030, 0.5, 0.020)
    table.compare("not measured", ms, None, 0.5, 0.020)
    assert table.rows[1:] == [
        ["kept", "10.0 ms", "500 ms", "50.0", "20.0 ms"],
        ["broken", "30.0 ms", "500 ms", "16.7", "20.0 ms (over)"],
        ["not measured", "–", "500 ms", "–", "20.0 ms"]]
    assert table.markdown().splitlines()[2] == "| kept | 10.0 ms | 500 ms | 50.0 | 20.0 ms |"
