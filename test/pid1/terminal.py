"""A pseudoterminal with a program on it, and the side where the user sits.

What is typed is echoed, so what is waited for is written such that the echo does not hold it: $((40 + 2)) comes as 42.
"""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

LIMIT = 10  # seconds until a test has failed
CTRL_C, CTRL_Z, CTRL_BACKSLASH = b"\x03", b"\x1a", b"\x1c"


class Terminal:
    """The side where the user sits."""

    def __init__(self):
        self.process, self.output, self.at = None, b"", 0
        self.master, self.slave = pty.openpty()
        self.resize(24, 80)

    def run(self, command, env):
        self.process = subprocess.Popen(command, env=env, stdin=self.slave, stdout=self.slave, stderr=self.slave)
        os.close(self.slave)
        self.slave = -1
        return self

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text):
        os.write(self.master, text if isinstance(text, bytes) else text.encode() + b"\n")

    def read(self, deadline):
        """b"" at the end: nobody has the other side any more."""
        if not select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
            raise AssertionError("not in time; on the terminal was:\n" + self.output.decode(errors="replace"))
        try:
            piece = os.read(self.master, 65536)
        except OSError:
            piece = b""
        self.output += piece
        return piece

    def expect(self, text):
        """Waits for it, behind what was waited for before."""
        deadline = time.monotonic() + LIMIT
        while (found := self.output.find(text.encode(), self.at)) == -1:
            if not self.read(deadline):
                raise AssertionError(f"ended without {text!r}; on the terminal was:\n" + self.output.decode(errors="replace"))
        self.at = found + len(text)

    def insist(self, text, ask):
        """The same where the question may get lost: it is asked again and again until the answer comes."""
        deadline = time.monotonic() + LIMIT
        while (found := self.output.find(text.encode(), self.at)) == -1:
            ask()
            if select.select([self.master], [], [], 0.25)[0] or time.monotonic() > deadline:
                self.read(deadline)
        self.at = found + len(text)

    def see(self, *texts):
        """Waits until each is there, in any order."""
        deadline = time.monotonic() + LIMIT
        while not all(text.encode() in self.output for text in texts):
            if not self.read(deadline):
                raise AssertionError(f"ended without {texts}; on the terminal was:\n" + self.output.decode(errors="replace"))

    def line(self, text):
        """The rest of the line that text starts."""
        self.expect(text)
        begin = self.at
        self.expect("\n")
        return self.output[begin:self.at].decode().strip()

    def finish(self):
        deadline = time.monotonic() + LIMIT
        while self.read(deadline):
            pass
        return self.process.wait(LIMIT)

    def hang_up(self):
        os.close(self.master)
        self.master = -1

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for fd in (self.master, self.slave):
            if fd != -1:
                os.close(fd)
