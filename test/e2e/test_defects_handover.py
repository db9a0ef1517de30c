"""From one version to the next: nobody is turned away at the door, nobody is cut off in the middle, nothing of the old one
is left that the new one could stumble over, and nobody but the new one says that it is ready."""
import os
import socket
import sys
import threading

import pytest

from container import CALM, PATIENCE


def script(text):
    """A `run` of a release that is not simply the demo."""
    return {"run": f"#!/bin/sh\n{text}\n"}


class Gate:
    """A fifo: what reads it in the container waits until it is opened here."""

    def __init__(self, directory):
        self.path = directory / "gate"
        os.mkfifo(self.path)

    def open(self):
        os.close(os.open(self.path, os.O_WRONLY))


@pytest.fixture
def gate(tmp_path):
    return Gate(tmp_path)


def connect(box):
    return socket.create_connection(("127.0.0.1", box.port), PATIENCE)


def ask(connection, request=b"GET / HTTP/1.1\r\n\r\n"):
    """What it answers, all of it; raises when it is cut off."""
    connection.sendall(request)
    with connection, connection.makefile("rb") as file:
        return file.read().rpartition(b"\r\n")[2].decode()


# the door

@pytest.fixture
def held(make_container):
    """A container whose init holds the app's socket."""
    box = make_container("v1.0.0", SLEEP=CALM, UPDATE_PROBATION=0)
    box.add_file("app/listen", f"tcp 127.0.0.1:{box.port}\n")
    box.start()
    box.wait_version("1.0.0")
    return box


def test_who_comes_while_none_runs_is_served_by_the_next(held, publish, gate):
    publish("v1.1.0", more=script(f"echo waiting; read line <{gate.path}; exec ./demo"))
    held.begin_check()
    held.wait_log("^waiting$")
    early = connect(held)  # the old one is gone, the new one does not listen yet
    gate.open()
    assert ask(early) == "demo 1.1.0\n"


def test_without_a_held_socket_they_are_refused(container, publish, gate):
    """The control of the test above."""
    box = container("v1.0.0", SLEEP=CALM)
    box.wait_version("1.0.0")
    publish("v1.1.0", more=script(f"echo waiting; read line <{gate.path}; exec ./demo"))
    box.begin_check()
    box.wait_log("^waiting$")
    with pytest.raises(ConnectionRefusedError):
        connect(box)
    gate.open()
    box.wait_version("1.1.0")


def test_nobody_is_refused_in_five_updates(held, publish):
    over, served, failed = threading.Event(), [], []

    def come_again_and_again():
        while not over.is_set():
            try:
                served.append(ask(connect(held)))
            except OSError as error:
                failed.append(error)

    clients = [threading.Thread(target=come_again_and_again) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        for number in range(1, 6):
            publish(f"v1.{number}.0")
            held.check()
            held.wait_version(f"1.{number}.0")
    finally:
        over.set()
        for client in clients:
            client.join()
    assert failed == [] and "" not in served
    assert set(served) == {f"demo 1.{number}.0\n" for number in range(6)}


# the middle

def test_who_is_in_the_middle_is_served_to_the_end(container, publish):
    """The old one has as long to end as SVWAIT says."""
    box = container("v1.0.0", SLEEP=CALM, PATIENCE=60, SVWAIT=60)
    box.wait_version("1.0.0")
    publish("v1.1.0")
    mark = box.mark()
    with connect(box) as client, box.events() as events:
        client.sendall(b"GET / HT")
        box.begin_check()
        events.wait(lambda event: event["state"] == "stopping")
        assert ask(client, b"TP/1.1\r\n\r\n") == "demo 1.0.0\n"
    box.wait_version("1.1.0", after=mark)


# what is left

def test_children_that_are_deaf_are_gone_before_the_next_starts(make_container, publish):
    """They have forked, and forked again, and do not hear; but they are of its group."""
    deaf = "(trap '' TERM HUP INT; (exec sleep 98765) & exec sleep 98764) &"
    box = make_container("v1.0.0", more=script(f"{deaf}\n{deaf}\nexec ./demo"), SLEEP=CALM)
    box.add_file("app/timeout-kill", "500\n")
    box.start()
    box.wait_version("1.0.0")
    box.wait_processes("sleep 9876", 4)
    publish("v1.1.0", more=script("grep -q '[9]876' /proc/[0-9]*/cmdline && echo left-over; exec ./demo"))
    mark = box.mark()
    box.check()
    box.wait_version("1.1.0", after=mark)
    assert not [line for line in box.processes().values() if "sleep 9876" in line]
    assert box.count_log("left-over", mark) == 0


def test_a_session_of_its_own_is_left_alone_and_ends_with_the_container(container, publish):
    """Whoever takes that much trouble wants to stay; the update goes on beside it."""
    box = container("v1.0.0", more=script("setsid sh -c 'echo apart; exec sleep 98765' &\nexec ./demo"), SLEEP=CALM)
    box.wait_version("1.0.0")
    box.wait_log("^apart$")
    publish("v1.1.0")
    box.check()
    box.wait_version("1.1.0")
    assert sum("sleep 98765" in line for line in box.processes().values()) == 1
    assert box.stop() == 0
    assert box.count_log("is left and is stopped") == 1


# who says that it is ready

CHECK = """#!/bin/sh
exec {python} -c 'import socket; socket.create_connection(("127.0.0.1", {port}), 5)'
"""


def test_the_old_one_cannot_say_that_the_new_one_is_ready(make_container, publish, gate):
    """It is told on a descriptor of that life and no other, whoever has kept the one of the life before."""
    box = make_container("v1.0.0", UPDATE_READY=2, more=script(
        f"setsid sh -c 'read line <{gate.path}; (echo >&4) 2>/dev/null; echo told' &\nexec ./demo"))
    box.add_file("app/notification-fd", "4\n")
    box.start()
    box.wait_version("1.0.0")
    publish("v1.1.0", more=script("echo waiting; NOTIFICATION_FD= exec sleep 1000"))
    box.wait_log("^waiting$")
    gate.open()
    box.wait_log("^told$")
    mark = box.mark()
    box.wait_version("1.0.0", after=mark)
    assert "bad" in box.moult("list").stdout
    assert box.count_log("v1.1.0 is ready") == 0


def test_a_port_that_the_old_one_keeps_makes_no_new_one_healthy(make_container, publish):
    """The check asks a port, and the old process answers there: that the new one died counts for more."""
    box = make_container("v1.0.0", UPDATE_READY=2, more=script("setsid ./demo &\nexec sleep 1000"))
    box.add_file("app/check", CHECK.format(python=sys.executable, port=box.port), 0o755)
    box.start()
    box.wait_version("1.0.0")
    publish("v1.1.0", more={"run": "#!/bin/sh\nexec ./demo\n"})
    box.wait_log("demo 1.1.0: port .* in use")
    box.wait_log("back to v1.0.0")
    assert "bad" in box.moult("list").stdout
