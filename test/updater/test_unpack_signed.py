"""moult-unpack and signatures, made by the real minisign and openssl: what is taken, and everything that is not."""
import pytest

from archive_maker import GOOD, compressed, sha256, tar
from signing import Ecdsa, Minisign, call

ARCHIVE = compressed("gz")
OTHER = tar(*GOOD)
SUMS = f"{sha256(ARCHIVE)}  app.tgz\n".encode()


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    directory = tmp_path_factory.mktemp("keys")
    return {"minisign": Minisign(directory), "ecdsa": Ecdsa(directory), "other": Minisign(directory, "other"),
            "stranger": Ecdsa(directory, "stranger"), "p384": Ecdsa(directory, "p384", "P-384")}


@pytest.fixture
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("signed")


@pytest.fixture
def signed(unpack, keys, work):
    """Unpacks with these signatures; each of the given keys is pinned."""
    def go(archive=ARCHIVE, pinned=("minisign", "ecdsa"), sums=None, **signatures):
        got = unpack(archive, sums=sums, signatures={k.replace("_", "-"): v for k, v in signatures.items()},
                     keys=" ".join(keys[k].packed() for k in pinned), repo="me/app", tag="v1.2.0", sums_name="SHA256SUMS")
        if got.answer.code in ("signature", "sums", "digest"):
            assert got.answer.of("sum") == [] and list(got.tree.iterdir()) == []
        return got.answer
    return go


def good(answer, *signers):
    assert answer.ok, answer
    said = answer.one("sum")
    assert (said["signature"], said["signers"]) == ("match", ", ".join(signers))


def refused(answer, says, code="signature"):
    assert answer.code == code and says in answer.last, answer


# --- taken

@pytest.mark.parametrize("old", [False, True], ids=["hashed", "old"])
@pytest.mark.parametrize("comment", [None, "", "a word", "repo:me/app tag:v1.2.0", "file:app.tgz"])
def test_minisign(signed, keys, work, old, comment):
    if comment == "":
        comment = " "  # minisign makes its own comment of none
    signature = keys["minisign"].sign(work / "app.tgz", ARCHIVE, comment, old)
    good(signed(minisig=signature), f"minisign {keys['minisign'].id}")


@pytest.mark.parametrize("text", [False, True], ids=["openssl", "cosign"])
def test_ecdsa(signed, keys, work, text):
    good(signed(sig=keys["ecdsa"].sign(work / "app.tgz", ARCHIVE, text)), f"ecdsa-p256 {keys['ecdsa'].id}")


@pytest.mark.parametrize("old", [False, True], ids=["hashed", "old"])
def test_minisign_over_the_checksums(signed, keys, work, old):
    signature = keys["minisign"].sign(work / "SHA256SUMS", SUMS, None, old)
    good(signed(sums=SUMS, sums_minisig=signature), f"minisign {keys['minisign'].id}")


def test_ecdsa_over_the_checksums(signed, keys, work):
    good(signed(sums=SUMS, sums_sig=keys["ecdsa"].sign(work / "SHA256SUMS", SUMS)), f"ecdsa-p256 {keys['ecdsa'].id}")


def test_all_of_them(signed, keys, work):
    mini, ec = f"minisign {keys['minisign'].id}", f"ecdsa-p256 {keys['ecdsa'].id}"
    good(signed(sums=SUMS, minisig=keys["minisign"].sign(work / "app.tgz", ARCHIVE), sig=keys["ecdsa"].sign(work / "app.tgz", ARCHIVE),
                sums_minisig=keys["minisign"].sign(work / "SHA256SUMS", SUMS), sums_sig=keys["ecdsa"].sign(work / "SHA256SUMS", SUMS)),
         mini, ec, mini, ec)


def test_rotation(signed, keys, work):
    """Any of the pinned keys will do, wherever it stands in the list."""
    for name in ("minisign", "other"):
        good(signed(pinned=("minisign", "other"), minisig=keys[name].sign(work / "app.tgz", ARCHIVE)), f"minisign {keys[name].id}")
    for name in ("ecdsa", "stranger"):
        good(signed(pinned=("ecdsa", "stranger"), sig=keys[name].sign(work / "app.tgz", ARCHIVE)), f"ecdsa-p256 {keys[name].id}")


def test_an_empty_archive_is_verified_before_it_is_no_archive(signed, keys, work):
    got = signed(archive=b"", minisig=keys["minisign"].sign(work / "app.tgz", b"", old=True))
    assert got.code not in (None, "signature") and got.one("sum")["signature"] == "match"


# --- not taken

def test_a_key_that_is_not_pinned_any_more(signed, keys, work):
    refused(signed(pinned=("other",), minisig=keys["minisign"].sign(work / "app.tgz", ARCHIVE)), f"by the key {keys['minisign'].id}, which is not pinned")
    refused(signed(pinned=("stranger",), sig=keys["ecdsa"].sign(work / "app.tgz", ARCHIVE)), "by no pinned key")


@pytest.mark.parametrize("old", [False, True], ids=["hashed", "old"])
def test_another_file(signed, keys, work, old):
    refused(signed(minisig=keys["minisign"].sign(work / "app.tgz", OTHER, old=old)), "does not belong to these bytes")
    refused(signed(sums=SUMS, sums_minisig=keys["minisign"].sign(work / "SHA256SUMS", SUMS + b"\n", old=old)), "does not belong")


def test_another_file_ecdsa(signed, keys, work):
    refused(signed(sig=keys["ecdsa"].sign(work / "app.tgz", OTHER)), "not over these bytes")
    refused(signed(sums=SUMS, sums_sig=keys["ecdsa"].sign(work / "SHA256SUMS", SUMS + b"\n")), "not over these bytes")


@pytest.mark.parametrize("comment, word", [
    ("tag:v1.1.0", "tag:v1.1.0"), ("repo:me/other tag:v1.2.0", "repo:me/other"), ("file:app-1.1.0.tgz", "file:app-1.1.0.tgz"),
])
def test_signed_for_another_release(signed, keys, work, comment, word):
    refused(signed(minisig=keys["minisign"].sign(work / "app.tgz", ARCHIVE, comment)), f"says {word}")


def test_the_default_comment_binds_the_name(signed, keys, work):
    """An older archive, with its good signature, under the new one's name."""
    refused(signed(minisig=keys["minisign"].sign(work / "app-1.1.0.tgz", ARCHIVE)), "says file:app-1.1.0.tgz")


def test_a_comment_that_was_changed(signed, keys, work):
    signature = keys["minisign"].sign(work / "app.tgz", ARCHIVE, "tag:v1.1.0")
    refused(signed(minisig=signature.replace(b"v1.1.0", b"v1.2.0")), "another trusted comment")


def test_a_checksums_file_is_authenticated_before_it_is_read(signed, keys, work):
    for sums in (b"", b"\0", b"garbage", SUMS * 2):
        refused(signed(sums=sums, sums_minisig=keys["minisign"].sign(work / "SHA256SUMS", SUMS)), "does not belong")
        refused(signed(sums=sums, sums_minisig=keys["minisign"].sign(work / "SHA256SUMS", sums)), "checksums", code="sums")


def test_a_good_signature_does_not_make_up_for_a_wrong_sum(signed, keys, work):
    wrong = b"0" * 64 + b"  app.tgz\n"
    refused(signed(sums=wrong, minisig=keys["minisign"].sign(work / "app.tgz", ARCHIVE)), "checksums file says", code="sums")
    refused(signed(sums=wrong, sums_sig=keys["ecdsa"].sign(work / "SHA256SUMS", wrong)), "checksums file says", code="sums")


def test_one_good_signature_does_not_make_up_for_a_wrong_one(signed, keys, work):
    right, wrong = keys["minisign"].sign(work / "app.tgz", ARCHIVE), keys["ecdsa"].sign(work / "app.tgz", OTHER)
    refused(signed(minisig=right, sig=wrong), "app.tgz.sig")
    refused(signed(minisig=keys["minisign"].sign(work / "app.tgz", OTHER), sig=keys["ecdsa"].sign(work / "app.tgz", ARCHIVE)), "app.tgz.minisig")


def damage(good):
    return {"empty": b"", "cut in the middle": good[:len(good) // 2], "one byte short": good[:-2], "a byte behind": good + b"\n\n",
            "twice": good + good, "NUL behind": good + b"\0", "blank": b"\n", "html": b"<html></html>", "oversize": good + b"#" * 10240,
            "a byte before": b" " + good}


@pytest.mark.parametrize("kind", damage(b"x" * 9))
def test_damaged_signatures(signed, keys, work, kind):
    for form, signature in (("minisig", keys["minisign"].sign(work / "app.tgz", ARCHIVE)),
                            ("sig", keys["ecdsa"].sign(work / "app.tgz", ARCHIVE)),
                            ("sig", keys["ecdsa"].sign(work / "app.tgz", ARCHIVE, text=True))):
        if kind == "a byte behind" and form == "sig" and signature[:1] == b"M":
            signature += b"="
        refused(signed(**{form: damage(signature)[kind]}), f"app.tgz.{form}")


def test_another_algorithm(signed, keys, work):
    (work / "app.tgz").write_bytes(ARCHIVE)
    sha512 = call("openssl", "dgst", "-sha512", "-sign", keys["ecdsa"].secret, work / "app.tgz")
    refused(signed(sig=sha512), "not over these bytes")
    refused(signed(sig=keys["p384"].sign(work / "app.tgz", ARCHIVE)), "no ECDSA P-256 signature")
    refused(signed(sig=keys["minisign"].sign(work / "app.tgz", ARCHIVE)), "no ECDSA P-256 signature")
    refused(signed(minisig=keys["ecdsa"].sign(work / "app.tgz", ARCHIVE)), "no minisign signature")


def test_a_kind_without_a_key(signed, keys, work):
    refused(signed(pinned=("ecdsa",), minisig=keys["minisign"].sign(work / "app.tgz", ARCHIVE)), "not pinned")
    refused(signed(pinned=("minisign",), sig=keys["ecdsa"].sign(work / "app.tgz", ARCHIVE)), "by no pinned key")


def test_a_point_that_is_on_no_curve(unpack, keys, work):
    got = unpack(ARCHIVE, signatures={"sig": keys["ecdsa"].sign(work / "app.tgz", ARCHIVE)}, repo="me/app",
                 keys="p256:0123456789abcdef:" + "BAEB" + "AQEB" * 20 + "AQE=")
    refused(got.answer, "by no pinned key")


def test_the_old_form_has_a_limit(signed, keys, work):
    """It is over the bytes, so they have to be there at once."""
    signature = keys["minisign"].sign(work / "app.tgz", ARCHIVE, old=True)
    got = signed(archive=b"\0" * ((64 << 20) + 1), minisig=signature)
    refused(got, "at most 64 MiB")


def test_signatures_that_cannot_be_read(unpack, keys):
    got = unpack(ARCHIVE, keys=keys["ecdsa"].packed(), repo="me/app", sig=1)
    refused(got.answer, "cannot read app.tgz.sig", code="system")
