"""tls: a certificate authority that lives as long as one test, and one server certificate signed by it.

Made with the openssl command, because Python's standard library can use certificates but not make them.
"""
import ipaddress
import os
import ssl
import subprocess

DAYS = "2"


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.strip()}")


def _key(path):
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
    os.chmod(path, 0o600)


def _alt_name(name):
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def make_authority(directory):
    """Write ca.pem and ca.key."""
    key, cert = (os.path.join(directory, name) for name in ("ca.key", "ca.pem"))
    _key(key)
    _openssl("req", "-x509", "-new", "-key", key, "-out", cert, "-days", DAYS, "-subj", "/CN=forge test authority",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    return cert


def make_leaf(directory, names):
    """Write leaf.pem and leaf.key for these host names and addresses, signed by the authority in the directory."""
    key, request, cert, extensions, ca, ca_key = (
        os.path.join(directory, name)
        for name in ("leaf.key", "leaf.csr", "leaf.pem", "leaf.cnf", "ca.pem", "ca.key"))
    with open(extensions, "w", encoding="ascii") as out:
        out.write("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                  "extendedKeyUsage=serverAuth\nsubjectAltName=" + ",".join(map(_alt_name, names)) + "\n")
    _key(key)
    _openssl("req", "-new", "-key", key, "-out", request, "-subj", "/CN=forge test server")
    _openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", DAYS,
             "-out", cert, "-extfile", extensions)
    return cert, key


def server_context(directory, names):
    """An authority that is already there is used again, so that a restarted forge is still trusted."""
    if not os.path.exists(os.path.join(directory, "ca.pem")):
        make_authority(directory)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_leaf(directory, names))
    return context
