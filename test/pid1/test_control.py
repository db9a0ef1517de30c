"""The control socket: what is asked, by whom, and what must not hurt."""
import os
import signal
import socket
import subprocess
import sys

import pytest
from world import AS_ROOT, BIN, LIMIT, UNSHARE, values

ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="needs several real uids")
# Asks as another user: python itself drops to the uid in argv[1] and sends argv[3] to the socket argv[2].
ASK_AS = """
import os, socket, sys
os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1]))
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.settimeout(10); s.connect(sys.argv[2])
s.send(sys.argv[3].encode())
while True:
    packet = s.recv(65536).decode()
    if packet in ("", "ok") or packet.startswith("err "):
        print(packet); break
"""


def ask_as(world, uid, request):
    done = subprocess.run([sys.executable, "-c", ASK_AS, str(uid), str(world.run_dir / "init.sock"), request],
                          capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_status_has_every_field(world):
    world.service("app", "exit 15 3 out up pause")
    world.start()
    world.expect("up")
    world.ask("down app")
    world.watch("app", lambda s: s["state"] == "down")
    world.ask("up app")
    status = world.watch("app", lambda s: s["state"] == "run")
    assert status.pop("pid").isdigit() and status.pop("for").isdigit()
    assert status == {"service": "app", "state": "run", "want": "up", "ready": "1", "paused": "0", "term": "0", "code": "3",
                      "sig": "0", "deaths": "1", "log": "none"}


@pytest.mark.parametrize("verb, number", [("hup", 1), ("interrupt", 2), ("quit", 3), ("1", 10), ("2", 12), ("alarm", 14),
                                          ("term", 15), ("cont", 18)])
def test_verbs_that_are_signals(world, verb, number):
    world.service("app", f"note {number} out up pause")
    world.start()
    world.expect("up")
    assert world.ask(f"{verb} app") == ["ok"]
    world.expect(f"got {number:02}")


@pytest.mark.parametrize("request_, answer", [
    (b"frob app", "err unknown no such verb: frob"),
    (b"up nope", "err unknown no such service: nope"),
    (b"up", "err usage up takes a service"),
    (b"up app now", "err usage up takes a service"),
    (b"up  app", "err usage up takes a service"),
    (b"rescan app", "err usage rescan takes nothing"),
    (b"status ../etc", "err unknown no such service: ../etc"),
    (b" ", "err unknown no such verb: "),
    (b"up app\n", "err unknown no such service: app\n"),
    (b"up a\0pp", "err usage a request is one line of text of at most 4096 bytes"),
    (b"x" * 4097, "err usage a request is one line of text of at most 4096 bytes"),
    (b"x" * 100000, "err usage a request is one line of text of at most 4096 bytes"),
    (b"up " + b"y" * 4000, "err unknown no such service: " + "y" * 80),
    (b"\xff\xfe\xfd", "err unknown no such verb: "),
])
def test_refusals(world, request_, answer):
    world.service("app", "out up pause")
    world.start()
    wire = world.wire()
    wire.send(request_)
    assert wire.socket.recv(65536).startswith(answer.encode())
    assert wire.ask("status app")[-1] == "ok"  # and the connection is still good


def test_rescan_asks_for_it(world):
    world.start()
    assert world.ask("rescan") == ["ok"]
    assert world.ask("status") == ["ok"]


def test_exit_twice_in_one_turn(world):
    """Who is gone and not yet forgotten hears nothing more."""
    world.service("app", "out up pause", down="")
    world.start()
    first, second = world.wire(), world.wire()
    for wire in (first, second):
        assert wire.ask("status app")[-1] == "ok"  # both are accepted
    world.signal(signal.SIGSTOP)
    for wire in (first, second):
        wire.send("exit app")
    world.signal(signal.SIGCONT)
    assert sorted([first.receive(), second.receive()]) == ["err unknown no such service: app", "ok"]
    assert world.ask("status") == ["ok"]


def test_descriptors_that_are_passed_are_not_kept(world):
    world.start()
    wire = world.wire()
    wire.ask("status")
    before = len(os.listdir(f"/proc/{world.pid}/fd"))
    reader, writer = os.pipe()
    for _ in range(50):
        socket.send_fds(wire.socket, [b"status"], [reader, writer])
        assert wire.receive() == "ok"
    assert len(os.listdir(f"/proc/{world.pid}/fd")) == before


def test_many_clients_and_one_that_matters(world):
    """Whoever takes all places does not lock out the next one, and init lives."""
    world.service("app", "out up pause")
    world.start()
    crowd = [world.wire() for _ in range(200)]
    for wire in crowd:
        wire.socket.settimeout(1)
    # These are all init's own uid, so they are not driven out, and the rest is told so.
    told = 0
    for wire in crowd[32:]:
        assert wire.receive().startswith("err full ")
        told += 1
    assert told == 168
    for wire in crowd:
        wire.close()

    def answers():
        try:
            return world.ask("status app")[-1] == "ok"
        except ConnectionResetError:  # who asks before he has read that it is full
            return False

    world.wait_until(answers)


@ROOT_ONLY
def test_strangers_cannot_lock_out_root(world):
    world.wrapper = AS_ROOT
    world.service("app", "out up pause")
    world.start()
    hold = subprocess.Popen([sys.executable, "-c", """
import os, socket, sys
os.setgroups([]); os.setuid(65534)
held = []
for _ in range(32):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect(sys.argv[1]); s.send(b"status"); s.recv(65536); held.append(s)
print("held", flush=True); sys.stdin.read()
""", str(world.run_dir / "init.sock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert hold.stdout.readline() == "held\n"
    assert world.ask("term app") == ["ok"]
    hold.communicate()


def test_no_descriptors_left(world):
    """A client that cannot be had is turned away, and init sleeps again."""
    world.wrapper = ["prlimit", "--nofile=16", *UNSHARE]
    world.start(expect_socket=False)
    world.wait_until(world.listens)
    held = []
    while True:
        held.append(world.wire())
        try:
            held[-1].ask("status")
        except OSError:
            break
        if held[-1].ask("status") != ["ok"]:
            break
    assert 1 < len(held) < 16
    for wire in held:
        wire.close()

    def answers():
        try:
            return world.ask("status") == ["ok"]
        except OSError:
            return False

    world.wait_until(answers)


def test_logger_does_not_exit_alone(world):
    world.service("app", "out up exit 15 0 pause")
    world.script("app/log/run", "exec $SERV copy /dev/null")
    world.start()
    world.watch("app/log", lambda s: s["state"] == "run")
    assert world.ask("exit app/log")[0].startswith("err usage ")


def test_slow_watcher_gets_the_last_state(world):
    """It reads nothing while more happens than its socket holds, then everything; init never waits for it."""
    world.service("app", "note 18 out up pause")
    world.start()
    world.expect("up")
    slow = world.wire()
    slow.send("watch")
    for _ in range(1500):
        assert world.ask("pause app") == ["ok"]
        assert world.ask("cont app") == ["ok"]
    assert world.ask("down app") == ["ok"]
    packets = 0
    while values(slow.receive())["want"] != "down":
        packets += 1
    assert 1 < packets < 3000


def test_list_of_more_services_than_a_socket_holds(world):
    for n in range(400):
        world.write(f"s{n}/down", "")
        world.write(f"s{n}/run", "")
    world.start()
    wire = world.wire()
    wire.send("status")
    names = set()
    while True:
        packet = wire.receive()
        if packet == "ok":
            break
        names.add(values(packet)["service"])
    assert names == {f"s{n}" for n in range(400)}


def test_no_more_than_1024_services(world):
    for n in range(1026):
        world.write(f"s{n}/down", "")
    world.start()
    world.expect("there are 1024 services already")
    assert len(world.ask("status")) == 1025


def test_watcher_that_talks_is_dropped(world):
    world.start()
    wire = world.wire()
    wire.send("watch")
    wire.send("status")
    assert wire.socket.recv(1000) == b""


def test_watch_tells_each_change(world):
    world.service("app", "exit 15 4 out up pause", down="")
    world.start()
    wire = world.wire()
    wire.send("watch app")
    assert values(wire.receive())["state"] == "down"
    world.ask("up app")
    states = []
    while not states or states[-1] != "run":
        states.append(values(wire.receive())["state"])
    world.expect("up")
    world.ask("down app")
    while states[-1] != "down":
        packet = values(wire.receive())
        states.append(packet["state"])
    assert states == ["wait", "run", "stopping", "down"]
    assert (packet["code"], packet["sig"], packet["deaths"]) == ("4", "0", "1")


def test_exit_forgets_the_service_and_rescan_finds_it_again(world):
    world.service("app", "exit 15 0 out up pause")
    world.start()
    world.expect("up")
    assert world.ask("exit app") == ["ok"]
    world.wait_until(lambda: world.ask("status app")[0].startswith("err unknown"))
    assert world.ask("rescan") == ["ok"]
    world.expect("up", 2)


def test_nothing_is_started_while_all_is_stopped(world):
    world.service("app", "ignore 15 out up pause")
    world.service("other", "out never", down="")
    world.start(SVWAIT="1")
    world.expect("up")
    world.signal(15)
    world.expect("stopping")
    assert world.ask("up app")[0].startswith("err denied ")
    assert world.finish() == 0
    assert "never" not in world.lines()


@ROOT_ONLY
def test_who_may(world):
    world.wrapper = AS_ROOT
    world.service("app", "id out up pause", controllers="4321 nobody\n", user="12345:54321")
    world.service("other", "out up pause")
    world.start()
    world.expect("up", 2)
    world.expect("id 12345 54321 1")  # the one group is its own
    for uid in (4321, 65534):
        assert ask_as(world, uid, "term app") == "ok"
        assert ask_as(world, uid, "term other").startswith("err denied ")
        assert ask_as(world, uid, "rescan").startswith("err denied ")
    assert ask_as(world, 999, "term app") == "err denied uid 999 may not term app"
    assert ask_as(world, 12345, "down app").startswith("err denied ")  # its own user is nobody special
    for request in ("status", "status app", "check app"):
        assert ask_as(world, 999, request) == "ok"


@ROOT_ONLY
@pytest.mark.parametrize("shm, place", [("rw,mode=1777", "/dev/shm/moult"), ("ro", "@moult")])
def test_arbitrary_uid_without_a_place_for_the_socket(world, shm, place):
    """As `docker run -u 12345:0 --read-only` has it, with and without a /dev/shm that can be written."""
    world.wrapper = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o {shm} none /dev/shm && exec "$@"', "sh",
                     "setpriv", "--reuid=12345", "--regid=0", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
                     "unshare", "--user", "--fork", "--pid", "--mount-proc", "--kill-child=KILL"]
    world.service("app", "exit 15 7 env RUN_DIR out up pause", essential="")
    world.script("app/finish", f"{BIN}/sv status app")
    world.start(RUN_DIR="/no/such/place", expect_socket=False)
    world.expect(f"RUN_DIR /no/such/place cannot be used: the control socket is {place}.")
    world.expect(f"RUN_DIR={place}.")
    world.expect("up")
    assert world.stop() == 7
    world.expect("finish: app: (pid ")
