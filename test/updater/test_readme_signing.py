"""What the README tells people to type to sign their releases, typed, and verified by moult-unpack."""
import re
import subprocess

import pytest

from archive_maker import compressed
from job import ROOT
from signing import Ecdsa, Minisign

ARCHIVE, NAME = compressed("gz"), "app_1.2.3_linux_amd64.tar.gz"


def commands():
    """The shell blocks of the section: for each tool one that makes a key and one that signs."""
    section = re.search(r"^## Signed releases\n(.*?)^## ", (ROOT / "README.md").read_text(), re.S | re.M).group(1)
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.S | re.M)
    return {"minisign": blocks[:2], "openssl": blocks[2:]}


@pytest.mark.parametrize("tool", ["minisign", "openssl"])
def test_as_the_readme_says(unpack, tmp_path_factory, tool):
    work = tmp_path_factory.mktemp(tool)
    (work / NAME).write_bytes(ARCHIVE)
    make_key, sign = commands()[tool]
    assert tool in make_key and tool in sign
    for block in (make_key, sign):
        subprocess.run(["sh", "-eu", "-c", block], cwd=work, check=True, capture_output=True)
    key = (Minisign if tool == "minisign" else Ecdsa).known(work / "yourapp.key", work / "yourapp.pub")
    form, suffix = ("sums-minisig", ".minisig") if tool == "minisign" else ("sums-sig", ".sig")

    def verified(**request):
        return unpack(ARCHIVE, name=NAME, sums=(work / "SHA256SUMS").read_bytes(), sums_name="SHA256SUMS", keys=key.packed(),
                      signatures={form: (work / f"SHA256SUMS{suffix}").read_bytes()},
                      **{"repo": "you/yourapp", "tag": "v1.2.3", **request}).answer
    answer = verified()
    assert answer.ok and answer.one("sum")["signature"] == "match"
    if tool == "minisign":
        assert verified(tag="v1.2.4").code == "signature"
        assert verified(repo="you/another").code == "signature"
