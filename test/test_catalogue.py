"""test/CATALOGUE.md names a test, or a reason why there is none, for every way to fail that is known; and the tests exist."""
import re
from pathlib import Path

import pytest

TEST = Path(__file__).resolve().parent
SECTIONS = {"A": 12, "B": 20, "C": 12, "D": 12, "E": 13, "F": 7}
REASONS = ("cannot happen", "not built yet")
ROW = re.compile(r"^\| ([A-F]\d+) \| ([^|]+) \| ([^|]+) \|$", re.M)
DEFINED = {".py": r"^def {}\(", ".c": r"^static void {}\(void \*\*\w+\)\n\{{"}
CALLED = {".py": None, ".c": r"\b\w*(?:unit_test\w*|SCRATCH|[A-Z_]+)\({}\b"}


def fuzz_targets():
    return {name for make in TEST.parent.glob("*/**/*.mk") if "build" not in make.parts
            for line in re.findall(r"^FUZZ \+= (.*)$", make.read_text(), re.M) for name in line.split()}


def fault_of(reference):
    """What is wrong with FILE::TEST or fuzz/NAME; None when it is there and is run."""
    file, _, name = reference.partition("::")
    if not name:
        target = file.removeprefix("fuzz/")
        corpus = TEST / "fuzz" / "corpus" / target
        return None if target in fuzz_targets() and any(corpus.glob("*")) else "no such fuzz target with a corpus"
    path = TEST / file
    if path.suffix not in DEFINED or not path.is_file():
        return "no such file"
    text = path.read_text()
    for pattern in (DEFINED[path.suffix], CALLED[path.suffix]):
        if pattern and not re.search(pattern.format(re.escape(name)), text, re.M):
            return "no such test"
    return None


def faults(page):
    rows = ROW.findall(page)
    wanted = [f"{letter}{n}" for letter, count in SECTIONS.items() for n in range(1, count + 1)]
    found = [row[0] for row in rows]
    yield from (f"{id_}: is missing, or its line is not a line of the table" for id_ in wanted if id_ not in found)
    yield from (f"{id_}: more than once" for id_ in wanted if found.count(id_) > 1)
    yield from (f"{id_}: no such id" for id_ in found if id_ not in wanted)
    for id_, _, shown in rows:
        references = re.findall(r"`([^`]*::[^`]*|fuzz/[^`]*)`", shown)
        if not references and not any(reason in shown for reason in REASONS):
            yield f"{id_}: neither a test nor a reason"
        yield from (f"{id_}: {r}: {fault}" for r in references if (fault := fault_of(r)))


def test_every_way_to_fail_has_its_test_or_a_reason():
    assert list(faults((TEST / "CATALOGUE.md").read_text())) == []


@pytest.mark.parametrize("was, becomes, says", [
    (r"\| A1 \|", "| A99 |", "A1: is missing"), (r"\| A2 \|", "| A1 |", "A1: more than once"),
    (r"\| F7 \|", "| F8 |", "F8: no such id"), (r"(?m)^\| E5 .*$", "| E5 | x | nobody knows |", "E5: neither"),
    (r"(?m)^\| E5 .*$", "| E5 | x | `lib/io.c::flies` |", "E5: lib/io.c::flies: no such test"),
    (r"(?m)^\| E5 .*$", "| E5 | x | `lib/io.c::open_pair` |", "no such test"),
    (r"(?m)^\| E5 .*$", "| E5 | x | `test_io.py::test_x` |", "no such file"),
    (r"(?m)^\| E5 .*$", "| E5 | x | `fuzz/nothing` |", "no such fuzz target")])
def test_a_page_that_is_wrong_is_told(was, becomes, says):
    """The control of the test above."""
    page = (TEST / "CATALOGUE.md").read_text()
    changed, n = re.subn(was, becomes, page, count=1)
    assert n == 1
    assert any(says in fault for fault in faults(changed)), list(faults(changed))
