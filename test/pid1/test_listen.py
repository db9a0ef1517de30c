"""Sockets that init holds: what the service gets, and that no client is ever refused."""
import os
import random
import signal
import socket
import threading

import pytest

from world import LIMIT


def free_port():
    """Below those that the kernel hands out by itself, so that nobody gets it by chance in between."""
    while True:
        port = random.randrange(10000, 30000)
        try:
            for family, kind in ((socket.AF_INET6, socket.SOCK_STREAM), (socket.AF_INET6, socket.SOCK_DGRAM)):
                with socket.socket(family, kind) as probe:
                    probe.bind(("::", port))
        except OSError:
            continue
        return port


def client(port, host="127.0.0.1"):
    return socket.create_connection((host, port), LIMIT)


def path_client(path):
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(LIMIT)
    made.connect(str(path))
    return made


def answer(connection):
    with connection, connection.makefile() as file:
        return file.read()


def start(world):
    """Until init has seen all services: it answers only after that."""
    world.start()
    world.ask("status")


def is_refused(port):
    try:
        client(port).close()
    except ConnectionRefusedError:
        return True
    return False


def test_each_kind_arrives(world):
    port, path = free_port(), world.directory / "web.sock"
    world.service("web", "fds pid env LISTEN_PID env LISTEN_FDS env LISTEN_FDNAMES "
                         "accept 3 four accept 4 six accept 5 any accept 5 any accept 6 unix echo 7 pause",
                  listen=f"tcp 127.0.0.1:{port} name=four\ntcp [::1]:{port}\ntcp :{port + 1}\n"
                         f"unix {path} 0620 name=local\nudp 127.0.0.1:{port}\n")
    world.start()
    world.expect("LISTEN_FDNAMES=four:web:web:local:web\n")
    world.expect("LISTEN_FDS=5\n")
    world.expect("fds 0 1 2 3 4 5 6 7\n")
    pid = next(line.split()[1] for line in world.lines() if line.startswith("pid "))
    world.expect(f"LISTEN_PID={pid}\n")
    assert os.stat(path).st_mode & 0o7777 == 0o620
    assert answer(client(port)) == "four\n"
    assert answer(client(port, "::1")) == "six\n"
    assert answer(client(port + 1)) == "any\n"
    assert answer(client(port + 1, "::1")) == "any\n"
    assert answer(path_client(path)) == "unix\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(LIMIT)
        udp.sendto(b"hello", ("127.0.0.1", port))
        assert udp.recv(100) == b"hello"


def test_only_run_gets_them(world):
    world.service("web", "out web-up pause", listen=f"tcp :{free_port()}\n")
    world.script("web/check", "exec $SERV out check fds env LISTEN_FDS")
    world.service("logged", "pause", listen=f"tcp :{free_port()}\n")
    world.script("logged/log/run", "exec $SERV out log fds env LISTEN_FDS pause")
    world.service("other", "out other fds env LISTEN_FDS pause")
    world.start()
    for name in ("log", "other", "check"):
        world.expect(f"{name}\n")
    world.expect("fds 0 1 2\n", 3)
    world.expect("LISTEN_FDS=(unset)\n", 3)


def test_clients_wait_while_it_is_down(world):
    port, path = free_port(), world.directory / "web.sock"
    world.service("web", "out up accept 4 path serve 3 hello", listen=f"tcp :{port}\nunix {path}", down="")
    start(world)
    waiting = [client(port) for _ in range(20)]
    local = path_client(path)
    assert world.status("web")["state"] == "down"
    world.ask("up web")
    assert answer(local) == "path\n"
    assert [answer(one) for one in waiting] == ["hello\n"] * 20
    world.ask("down web")
    world.watch("web", lambda s: s["state"] == "down")
    again = client(port)
    world.ask("up web")
    assert answer(path_client(path)) == "path\n"
    assert answer(again) == "hello\n"


def test_clients_wait_for_one_that_cannot_start(world):
    port = free_port()
    world.write("web/run", "#!/bin/sh\nexec $SERV serve 3 hello\n", 0o644)
    world.write("web/listen", f"tcp :{port}")
    world.start()
    world.expect("web: cannot start ./run (is it executable?)")
    waiting = client(port)
    (world.svdir / "web/run").chmod(0o755)
    assert answer(waiting) == "hello\n"


def test_nobody_is_refused_in_fifty_restarts(world):
    """Who was taken by a process that was killed then is cut off; nobody is turned away."""
    port = free_port()
    world.service("web", "serve 3 hello", listen=f"tcp 127.0.0.1:{port}")
    start(world)
    assert answer(client(port)) == "hello\n"
    over = threading.Event()
    count = {"served": 0, "cut": 0, "refused": 0}

    def ask_again_and_again():
        while not over.is_set():
            try:
                count["served" if answer(client(port)) == "hello\n" else "cut"] += 1
            except ConnectionRefusedError:
                count["refused"] += 1
            except ConnectionResetError:
                count["cut"] += 1

    thread = threading.Thread(target=ask_again_and_again)
    thread.start()
    try:
        for _ in range(50):
            pid = world.status("web")["pid"]
            assert world.ask("kill web") == ["ok"]
            world.watch("web", lambda s, old=pid: s["state"] == "run" and s["pid"] != old)
            assert count["refused"] == 0
    finally:
        over.set()
        thread.join()
    assert answer(client(port)) == "hello\n"
    assert count["refused"] == 0 and count["served"] > 0 and count["cut"] <= 50
    assert world.status("web")["deaths"] == "50"


def test_refused_without_listen(world):
    """The control of the tests above: a port that nobody holds refuses."""
    world.service("web", "pause", down="")
    world.start()
    assert is_refused(free_port())


def test_changed_file_keeps_what_stays(world):
    one, two, three = free_port(), free_port(), free_port()
    path = world.directory / "web.sock"
    world.service("web", "env LISTEN_FDNAMES serve 3 hello", down="", listen=f"tcp :{one}\ntcp :{two}\nunix {path} 0600")
    start(world)
    waiting = client(one)
    world.write("web/listen", f"tcp :{one} name=first\ntcp :{three}\n")
    assert world.ask("rescan") == ["ok"]
    client(three).close()
    assert is_refused(two) and not path.exists()
    world.write("web/listen", f"tcp :{one} name=first\nnonsense\n")
    world.ask("rescan")
    world.expect("web: listen holds 'nonsense'; it must be")
    client(three).close()
    world.write("web/listen", f"tcp :{one} name=first\nunix {path}")
    world.signal(signal.SIGHUP)
    world.wait_until(path.exists)
    assert is_refused(three)
    world.ask("up web")
    assert answer(waiting) == "hello\n"
    world.expect("LISTEN_FDNAMES=first:web\n")
    (world.svdir / "web/listen").unlink()
    world.ask("rescan")
    assert not path.exists()


def test_new_file_makes_sockets_of_a_known_service(world):
    port = free_port()
    world.service("web", "serve 3 hello", down="")
    start(world)
    world.write("web/listen", f"tcp :{port}")
    assert world.ask("rescan") == ["ok"]
    waiting = client(port)
    world.ask("up web")
    assert answer(waiting) == "hello\n"


def test_vanished_directory_closes_and_removes(world):
    port, path = free_port(), world.directory / "web.sock"
    world.service("web", "out up exit 15 0 pause", listen=f"tcp :{port}\nunix {path}\n")
    world.start()
    world.expect("up")
    assert path.exists()
    wire = world.wire()
    wire.send("watch web")
    assert "state=run" in wire.receive()  # from here on nothing is missed
    os.rename(world.svdir / "web", world.svdir / ".web")
    while "state=gone" not in wire.receive():
        pass
    world.wait_until(lambda: not path.exists())
    assert is_refused(port)
    os.rename(world.svdir / ".web", world.svdir / "web")
    world.expect("up\n", 2)
    client(port).close()


def test_a_directory_that_takes_the_place_of_one_takes_its_clients(world):
    """A deploy by turning a link: who waits in the backlog of the old version is served by the new one."""
    port = free_port()
    world.service(".v1", "exit 15 0 out old-up pause", listen=f"tcp :{port}")
    world.service(".v2", "serve 3 hello", listen=f"tcp :{port}")
    os.symlink(".v1", world.svdir / "web")
    world.start()
    world.expect("old-up")
    waiting = client(port)
    os.symlink(".v2", world.svdir / ".next")
    os.rename(world.svdir / ".next", world.svdir / "web")
    assert answer(waiting) == "hello\n"


def test_stop_removes_the_paths(world):
    path = world.directory / "web.sock"
    world.service("web", "out up exit 15 0 pause", listen=f"unix {path}\n")
    world.start()
    world.expect("up")
    assert path.exists()
    assert world.stop() == 0
    assert not path.exists()


def test_left_behind_by_a_killed_init(world):
    path = world.directory / "web.sock"
    with socket.socket(socket.AF_UNIX) as old:
        old.bind(str(path))
    world.service("web", "serve 3 hello", listen=f"unix {path}\n")
    start(world)
    assert answer(path_client(path)) == "hello\n"


@pytest.mark.parametrize("where", ["tcp 127.0.0.1:{port}", "unix {path}"])
def test_in_use_is_said_and_tried_again(world, where):
    port, path = free_port(), world.directory / "web.sock"
    line = where.format(port=port, path=path)
    with socket.socket(socket.AF_INET if "tcp" in line else socket.AF_UNIX) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port) if "tcp" in line else str(path))
        holder.listen()
        world.service("web", "out up serve 3 hello", listen=line)
        world.start()
        world.expect(f"web: cannot listen on '{line}' (another service or process has it): Address ")
        world.expect("web: cannot start ./run")
        world.expect("web: starts again in ")
        assert "up" not in world.lines()
    world.expect("up\n")
    assert answer(client(port) if "tcp" in line else path_client(path)) == "hello\n"


def test_wrong_line_forbids_the_start_until_mended(world):
    port = free_port()
    world.service("web", "out web-up serve 3 hello", listen=f"tcp localhost:{port}")
    world.service("other", "out other-up pause", listen="unix /no/such/directory/s")
    world.service("third", "out third-up pause")
    world.start()
    world.expect(f"web: listen holds 'tcp localhost:{port}'; it must be")
    world.expect("other: cannot listen on 'unix /no/such/directory/s' (its directory must be there first)")
    world.expect("third-up")
    world.expect("web: starts again in ")
    assert "web-up" not in world.lines() and "other-up" not in world.lines()
    world.write("web/listen", f"tcp :{port}")
    world.expect("web-up\n")
    assert answer(client(port)) == "hello\n"


def test_notification_fd_beside_them(world):
    port = free_port()
    world.service("web", "fds ready serve 4 hello", listen=f"tcp :{free_port()}\ntcp :{port}\n", notification_fd="6")
    world.service("bad", "out bad-up pause", listen=f"tcp :{free_port()}\ntcp :{free_port()}\n", notification_fd="4")
    world.start()
    world.watch("web", lambda s: s["ready"] == "1")
    world.expect("fds 0 1 2 3 4 6\n")
    assert answer(client(port)) == "hello\n"
    world.expect("bad: notification-fd is 4, but listen takes 3 to 4")
    assert "bad-up" not in world.lines()


def test_the_command_gets_them_too(world):
    port = free_port()
    world.write("app/listen", f"tcp :{port} name=http")
    world.start("--", str(world.environ["SERV"]), "env", "LISTEN_FDNAMES", "serve", "3", "hello")
    world.expect("LISTEN_FDNAMES=http\n")
    assert answer(client(port)) == "hello\n"
