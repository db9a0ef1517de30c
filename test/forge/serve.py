"""serve: sockets. A Listener accepts, a thread a connection reads requests, logs them and sends answers, as broken as
the test has ordered."""
import os
import re
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

CHUNK = 64 * 1024


@dataclass(eq=False)
class Request:
    """One line of the log. It is there when the request has been read; status, sent and done follow."""
    where: str         # web, api or storage
    method: str
    host: str          # the Host header
    path: str          # still percent-encoded, without /api/vN
    query: str
    headers: object    # of the request, names in any case
    client: str
    connection: int    # number of the connection that carried it
    time: float        # monotonic
    api: str = ""      # base of the API's URLs as this client sees it
    url: str = ""      # of the request itself
    status: int | None = None
    sent: int = 0      # bytes of body
    done: bool = False

    @property
    def target(self):
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self):
        state = "" if self.done else " ..."
        return f"{self.where} {self.method} {self.target} -> {self.status} {self.sent} bytes{state}"


def forge_name(forge):
    return {"github": "github.com"}.get(forge.dialect, forge.dialect)


class Hangup(Exception):
    """The connection ends here by order of a fault."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, connection, client, listener, number):
        self.listener = listener
        self.number = number
        super().__init__(connection, client, listener)

    def do_GET(self):
        forge = self.listener.forge
        request = self._request()
        fault = forge.received(request)
        if fault.ignore_range:
            del self.headers["Range"]
        if self.command not in ("GET", "HEAD"):
            self.close_connection = True  # its body has not been read
        try:
            self._wait_for_turn(fault)
            answer = fault.rewrite(request, forge.answer(request))
            if fault.then is not None:
                fault.then()
            self._send(request, answer, fault)
        except Hangup:
            self.close_connection = True
        finally:
            forge.finished(request)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

    def _request(self):
        listener = self.listener
        parts = urlsplit(self.path)
        path, where, api = parts.path, listener.role, listener.url
        below = re.match(r"/api/v\d(?=/)", path)
        if where == "web" and below:
            path, where, api = path[below.end():], "api", listener.url + below[0]
        elif where == "web" and path.startswith("/repos/"):
            where = "api"
        return Request(where, self.command, self.headers.get("Host", ""), path, parts.query,
                       self.headers, self.client_address[0], self.number, time.monotonic(), api,
                       listener.url + self.path)

    def _wait_for_turn(self, fault):
        if fault.hold is not None:
            fault.hold.wait()
        if fault.delay:
            self.listener.forge.stopping.wait(fault.delay)
        offset, how = fault.cut()
        if offset == -1:
            self._end(how)

    def _send(self, request, answer, fault):
        request.status = answer.status
        self.send_response_only(answer.status)
        self.send_header("server", forge_name(self.listener.forge))
        self.send_header("date", self.date_time_string())
        bodiless = self.command == "HEAD" or answer.status in (204, 304)
        if fault.endless:
            self.send_header("connection", "close")
        elif fault.chunked:
            self.send_header("transfer-encoding", "chunked")
        elif answer.status not in (204, 304):
            answer.headers.setdefault("content-length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, str(value))
        self.end_headers()
        if not bodiless:
            self._send_body(request, answer.body, fault)

    def _send_body(self, request, body, fault):
        offset, how = fault.cut()
        if how and offset < len(body):
            self._pour(request, body[:offset], fault)
            self._end(how)
        self._pour(request, body, fault)
        if fault.chunked:
            self.wfile.write(b"0\r\n\r\n")
        while fault.endless:
            self._pour(request, bytes(CHUNK), fault)

    def _pour(self, request, data, fault):
        """A tenth of a second's worth at a time, when the rate is limited."""
        step = max(1, fault.rate // 10) if fault.rate else CHUNK
        for start in range(0, len(data), step):
            piece = data[start:start + step]
            if fault.rate and self.listener.forge.stopping.wait(len(piece) / fault.rate):
                raise Hangup
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if fault.chunked else piece)
            request.sent += len(piece)

    def _end(self, how):
        if how == "stall":
            select.select([self.connection], [], [])  # readable: the client hung up, or stop() did
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
        raise Hangup

    def log_message(self, format, *args):
        """Requests are in the forge's log."""


class Listener:
    """One address and port, in one role."""

    def __init__(self, forge, role, bind, host, port, context):
        self.forge = forge
        self.role = role
        self.context = context
        self.connections = 0
        family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        self.socket = socket.create_server((bind, port), family=family, backlog=128)
        self.port = self.socket.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if context else 'http'}://{shown}:{self.port}"
        self._open = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name=f"forge-{role}", daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, client = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection, client, self.connections), daemon=True).start()

    def _serve(self, connection, client, number):
        if self.context:
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(connection)
        try:
            Handler(connection, client, self, number)
        except OSError:
            pass  # the client went away or does not trust us: its business
        finally:
            with self._lock:
                self._open.discard(connection)
            self._hang_up(connection)
            connection.close()

    @staticmethod
    def _hang_up(connection):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def stop(self):
        self._hang_up(self.socket)
        self.socket.close()
        with self._lock:
            for connection in self._open:
                self._hang_up(connection)
