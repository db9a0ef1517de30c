"""Signs as users do: with the real minisign and openssl. Keys are made anew for each test."""
import base64
import hashlib
import subprocess


def call(*words, **options):
    return subprocess.run([str(w) for w in words], check=True, capture_output=True, **options).stdout


class Pair:
    @classmethod
    def known(cls, secret, public):
        """A pair that is there already."""
        pair = cls.__new__(cls)
        pair.read(secret, public)
        return pair


class Minisign(Pair):
    """A key pair; `line` is what stands in UPDATE_KEY, `id` how minisign calls it."""

    def __init__(self, directory, name="minisign"):
        secret, public = directory / f"{name}.key", directory / f"{name}.pub"
        call("minisign", "-G", "-W", "-s", secret, "-p", public)
        self.read(secret, public)

    def read(self, secret, public):
        self.secret, self.public = secret, public
        comment, self.line = self.public.read_text().splitlines()
        self.id = comment.split()[-1].zfill(16)

    def packed(self):
        """As moult-unpack is told of it."""
        return f"minisign:{self.id}:" + base64.b64encode(base64.b64decode(self.line)[10:]).decode()

    def sign(self, path, data, comment=None, old=False):
        """The text of PATH.minisig for a file of that name."""
        path.write_bytes(data)
        out = path.with_name(path.name + ".minisig.made")
        call("minisign", "-S", "-s", self.secret, "-m", path, "-x", out, *(["-l"] if old else []),
             *(["-t", comment] if comment is not None else []))
        return out.read_bytes()


class Ecdsa(Pair):
    """A P-256 key pair of openssl's; `pem` is the public one."""

    def __init__(self, directory, name="ecdsa", curve="P-256"):
        secret, public = directory / f"{name}.key", directory / f"{name}.pem"
        call("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", secret)
        call("openssl", "pkey", "-in", secret, "-pubout", "-out", public)
        self.read(secret, public)

    def read(self, secret, public):
        self.secret, self.public = secret, public
        self.pem = self.public.read_text()
        self.der = call("openssl", "pkey", "-pubin", "-in", self.public, "-outform", "DER")
        self.id = hashlib.sha256(self.der).hexdigest()[:16]

    def packed(self):
        return f"p256:{self.id}:" + base64.b64encode(self.der[-65:]).decode()

    def sign(self, path, data, text=False):
        """DER, or base64 of it on one line as cosign writes it."""
        path.write_bytes(data)
        der = call("openssl", "dgst", "-sha256", "-sign", self.secret, path)
        return base64.b64encode(der) if text else der
