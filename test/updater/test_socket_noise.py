"""The updater's socket is open to everybody in the container: whatever comes in there is answered or cut off, and the updater
goes on as before."""
import random
import socket

import pytest

from fake_world import World

WORDS = [b"status", b"plan", b"list", b"history", b"check", b"update", b"rollback", b"start", b"stable", b"verify", b"gc",
         b"v1.0.0", b"../x", b":new", b":latest", b":stable", b"mark", b"show", b"-1", b"99999999999999999999", b"1h", b"%s%n"]
NOISE = [b" ", b"  ", b"\n", b"\t", b"\0", b"=", b"\xff\xfe", b"\x1b[31m", b"x" * 4000, b""]


@pytest.fixture
def world(tmp_path):
    with World(tmp_path) as w:
        yield w


def connect(world):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(30)
    client.connect(str(world.run_dir / "updater.sock"))
    return client


def last_word(client):
    """Of all that is answered; empty when the connection was ended instead."""
    while True:
        try:
            packet = client.recv(65536)
        except ConnectionResetError:
            return b""
        if packet in (b"", b"ok") or packet.startswith(b"err "):
            return packet


def status(world):
    with connect(world) as client:
        client.send(b"status")
        return last_word(client)


def test_every_request_has_an_end(world):
    world.install("v1.0.0")
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    chance = random.Random(1)
    for _ in range(400):
        request = b"".join(chance.choice(WORDS if chance.random() < 0.6 else NOISE) + chance.choice([b" ", b""])
                           for _ in range(chance.randrange(1, 5)))[:8000]
        with connect(world) as client:
            if request:
                client.send(request)
                last_word(client)
    assert status(world) == b"ok"
    assert world.process.poll() is None and world.running == "v1.0.0"
    assert not world.says("Sanitizer") and not world.says("runtime error")


def test_who_asks_and_goes_is_forgotten(world):
    """More often than there are places, without an answer ever being read."""
    world.install("v1.0.0")
    world.start(UPDATE_MODE="off")
    world.wait(lambda: world.running == "v1.0.0")
    for _ in range(100):
        client = connect(world)
        client.send(b"plan")
        client.close()
    answer = b"err full"
    while answer.startswith(b"err full"):  # those who have gone are still being counted
        answer = status(world)
    assert answer == b"ok"
