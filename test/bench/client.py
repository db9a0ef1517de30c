"""client: asks the app for its version again and again, and knows when it did not answer."""
import os
import signal
import socket
import threading
import time

PAUSE = 0.0002  # between two requests, so that there is a processor left for what is measured
PATIENCE = 120
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def ask(port):
    """The version that answers on this port, or None."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(REQUEST)
            answer = b""
            while piece := connection.recv(4096):
                answer += piece
    except OSError:
        return None
    words = answer.rpartition(b"\r\n\r\n")[2].split()
    return words[1].decode() if len(words) == 2 and words[0] == b"demo" else None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Client(threading.Thread):
    """One closed loop, from the old version's first answer to the new one's."""

    def __init__(self, port, old, new):
        super().__init__(daemon=True)
        self.port, self.old, self.new = port, old, new
        self.running = threading.Event()  # the old version has answered
        self.last_old = self.first_new = None

    def run(self):
        end = time.monotonic() + PATIENCE
        while self.first_new is None and time.monotonic() < end:
            answer = ask(self.port)
            if answer == self.old:
                self.last_old = time.monotonic()
                self.running.set()
            elif answer == self.new:
                self.first_new = time.monotonic()
            time.sleep(PAUSE)

    def __enter__(self):
        self.start()
        if not self.running.wait(PATIENCE):
            raise RuntimeError(f"version {self.old} does not answer on port {self.port}")
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.join()
            if self.first_new is None:
                raise RuntimeError(f"version {self.new} did not answer on port {self.port} within {PATIENCE} s")

    @property
    def gap(self):
        """Seconds from the last answer of the old to the first of the new."""
        return self.first_new - self.last_old


def bare_restart(port, old, new, environment):
    """The gap when nothing lies in it but the app's own stop and start. old and new are (version, command)."""
    (old_version, old_command), (new_version, new_command) = old, new
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(old_command[0], old_command, environment, file_actions=quiet)
    with Client(port, old_version, new_version) as client:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        pid = os.posix_spawn(new_command[0], new_command, environment, file_actions=quiet)
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    return client.gap
