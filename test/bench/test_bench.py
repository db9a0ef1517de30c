"""What the figures rest on: the releases are what they say, and the tables show what was measured."""
import io
import sys
import tarfile
import zlib
from pathlib import Path

import pytest

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "forge"))

import figures
import journal
import payload
import tracing
from table import Table, count, decimal, kib, ms, us

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


def test_a_plain_archive_is_what_the_packed_one_holds():
    tree = payload.Tree(SIZE, PROGRAM, 3000)
    assert zlib.decompress(tree.archive(2), 31) == tree.plain(2)
    assert len(unpacked(tree.archive(2))) > 300


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
    (count(0), "0"), (count(1234), "1,234"), (count(None), "–"), (decimal(2.5), "2.50"), (decimal(None), "–"),
    (us(0.0000561), "56.1 µs"), (us(None), "–"),
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


TITLES = ["moult", "floor", "tini"]


@pytest.mark.parametrize("values, limits, shown", [
    ({"moult": 1.2, "floor": 1.0}, {"of_floor": 1.3}, ["1.20", "1.30", "1.00", "–"]),
    ({"moult": 1.4, "floor": 1.0, "tini": 9}, {"of_floor": 1.3}, ["1.40", "1.30 (over)", "1.00", "9.00"]),
    ({"moult": 1.301, "floor": 1.0}, {"of_floor": 1.3}, ["1.30", "1.30", "1.00", "–"]),  # they read the same
    ({"moult": 2.001, "floor": 1.0}, {"limit": 2}, ["2.00", "2.00 (over)", "1.00", "–"]),
    ({"moult": 1, "floor": 0}, {"limit": 0}, ["1.00", "0.00 (over)", "0.00", "–"]),
    ({"moult": 1}, {"of_floor": 1.3}, ["1.00", "", "–", "–"]),
    ({"floor": 1.0}, {"limit": 2}, ["–", "2.00 (over)", "1.00", "–"]),  # not measured is not kept
    ({"moult": 1}, {}, ["1.00", "", "–", "–"]),
])
def test_a_figure_tells_what_it_must_be_and_whether_it_is(values, limits, shown):
    table = Table("", "moult", "must be", "floor", "tini")
    table.figure(figures.Row("what", decimal, values, **limits), TITLES)
    assert table.rows[1] == ["what", *shown]


class Peer:
    def __init__(self, title, fails=False):
        self.title, self.fails = title, fails


def measure(peer):
    if peer.fails:
        raise RuntimeError(f"{peer.title}: does not end")
    return 1


def test_a_peer_that_fails_is_left_out_and_we_are_not():
    peers = [Peer("moult"), Peer("s6", fails=True)]
    assert figures.medians(figures.rounds(peers, 3, measure)) == {"moult": 1}
    with pytest.raises(RuntimeError, match="moult: does not end"):
        figures.rounds([Peer("moult", fails=True)], 3, measure)


def test_who_has_used_its_time_takes_no_further_part(monkeypatch):
    clock = iter(range(0, 1000, 4))  # each measurement takes 4 s
    monkeypatch.setattr(figures.time, "monotonic", lambda: next(clock))
    assert figures.rounds([Peer("moult")], 9, measure) == {"moult": [1, 1]}


def test_the_rows_that_can_be_asked_for_are_there():
    assert [name for name in figures.ROWS if not callable(getattr(figures.Bench, name, None))] == []


def test_a_journal_tells_who_noted_what_and_when(tmp_path):
    notes = journal.Journal(tmp_path / "journal")
    with open(notes.path, "a") as file:
        file.write("exec ? 1000000000\nstart web 1500000000\nstart d")
    assert notes.find("start") == [journal.Entry("start", "web", 1.5)]
    mark = notes.mark()
    with open(notes.path, "a") as file:
        file.write("b 2000000000\nsignal web 3000000000\n")
    assert [it.name for it in notes.wait("start", 2)] == ["web", "db"]
    assert [it.seconds for it in notes.wait("start", after=mark)] == [2.0]
    assert [it.seconds for it in notes.wait("signal", name="web")] == [3.0]
    with pytest.raises(RuntimeError, match="1 of 2 'signal'"):
        notes.wait("signal", 2, timeout=0)


def test_a_system_call_counts_when_it_returns():
    assert tracing.calls("""\
[pid    12] epoll_wait(3,  <unfinished ...>
[pid    12] <... epoll_wait resumed>[], 16, -1) = 1
--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=2, si_uid=0, si_status=SIGKILL} ---
wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], WNOHANG, NULL) = 2
wait4(-1, 0x7ffdf71fd7e4, WNOHANG, NULL) = -1 ECHILD (No child processes)
vfork()                                 = 3
mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0) = 0x7f0000000000
epoll_wait(3,  <detached ...>
""") == 5
