"""A small HTTPS (or HTTP) server that says exactly the bytes a test wants said, and remembers what it was asked."""
import socket
import ssl
import subprocess
import threading


AUTHORITY = """[ca]
default_ca = here
[here]
database = {0}/index
serial = {0}/serial
new_certs_dir = {0}
default_md = sha256
policy = any
x509_extensions = names
[any]
commonName = supplied
[names]
subjectAltName = DNS:localhost,IP:127.0.0.1,DNS:forge.test
"""


def make_certificates(directory, start=None, end=None):
    """A CA and a certificate of it for localhost, 127.0.0.1 and forge.test. Returns the paths (ca, certificate, key).
    start, end: when the certificate is good, as 20310101000000Z; now, when not given."""
    ca, ca_key, leaf, key, request, names = (str(directory / n) for n in (
        "ca.pem", "ca.key", "leaf.pem", "leaf.key", "leaf.csr", "names"))
    with open(names, "w") as f:
        f.write("subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:forge.test\n")

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *fresh, "-keyout", ca_key, "-out", ca, "-days", "2", "-subj", "/CN=test CA")
    openssl("req", *fresh, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    if start:
        (directory / "authority").write_text(AUTHORITY.format(directory))
        (directory / "index").touch()
        (directory / "serial").write_text("01\n")
        openssl("ca", "-batch", "-notext", "-config", str(directory / "authority"), "-cert", ca, "-keyfile", ca_key, "-in",
                request, "-out", leaf, "-startdate", start, "-enddate", end)
    else:
        openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-out", leaf, "-days",
                "2", "-extfile", names)
    return ca, leaf, key


class Request:
    def __init__(self, head):
        first, *lines = head.decode().split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.path = self.target.split("?")[0]
        self.headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines if line)}

    def __repr__(self):
        return f"{self.method} {self.target} {self.headers}"


def reply(status, body=b"", length=None, **headers):
    """An answer; `length` lies about the body's. Header names are written with _ for -."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Server:
    """`routes` maps a path to bytes, to a list of them (used up one by one), or to a function of the request that
    returns bytes. After the bytes the connection is closed, or held open until stop() when `hold` is set."""

    def __init__(self, certificate=None, key=None, name="127.0.0.1"):
        self.routes, self.requests = {}, []
        self.hold = False
        self.stopped = threading.Event()
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate, key)
        self.socket = socket.create_server(("127.0.0.1" if name == "localhost" else name, 0))
        self.port = self.socket.getsockname()[1]
        self.url = f"http{'s' if self.tls else ''}://{name}:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            with connection:
                connection.sendall(self.answer(connection))
                if self.hold:
                    self.stopped.wait()
        except (OSError, ValueError):
            pass  # the client went away, which some tests want

    def answer(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            got = connection.recv(4096)
            if not got:
                raise ValueError("no whole request")
            head += got
        first, body = head.split(b"\r\n\r\n", 1)
        request = Request(first)
        while len(body) < int(request.headers.get("content-length", 0)):
            got = connection.recv(65536)
            if not got:
                raise ValueError("no whole body")
            body += got
        request.body = body
        self.requests.append(request)
        route = self.routes.get(request.path, reply(404))
        if callable(route):
            route = route(request)
        return route.pop(0) if isinstance(route, list) else route

    def stop(self):
        if self.stopped.is_set():
            return
        self.stopped.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
