"""The demo application does what its environment asks, or the tests that lean on it prove nothing."""
import os
import signal
import socket
import subprocess
import urllib.request

import pytest

import archives


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "demo"
    path.write_bytes(archives.demo_program("1.0.0"))
    path.chmod(0o755)
    return path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Demo:
    def __init__(self, program, **env):
        self.port = free_port()
        env = {"PORT": str(self.port)} | env
        self.process = subprocess.Popen([program], env=env, stdout=subprocess.PIPE, text=True)
        self.ready = self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
            return answer.read()


def test_says_its_version_and_stops_on_term(program):
    with Demo(program) as demo:
        assert demo.ready == f"demo 1.0.0 pid {demo.process.pid} ready on {demo.port}\n"
        assert demo.ask() == b"demo 1.0.0\n"
        demo.process.terminate()
        assert demo.process.wait(5) == 0


def test_a_client_that_says_nothing_does_not_keep_it_from_others(program):
    with Demo(program) as demo, socket.create_connection(("127.0.0.1", demo.port)):
        assert demo.ask() == b"demo 1.0.0\n"


def test_slow_stop_serves_on(program):
    with Demo(program, SLOW_STOP="1000") as demo:
        demo.process.terminate()
        assert demo.ask() == b"demo 1.0.0\n"
        assert demo.process.wait(5) == 0


def test_ignores_term(program):
    with Demo(program, IGNORE_TERM="1") as demo:
        demo.process.terminate()
        assert demo.ask() == b"demo 1.0.0\n"
        demo.process.kill()
        assert demo.process.wait(5) == -signal.SIGKILL


def test_crashes(program):
    with Demo(program, CRASH="0") as demo:
        assert demo.process.wait(5) == 1


def test_tells_its_supervisor_that_it_is_ready(program):
    reader, writer = os.pipe()
    env = {"PORT": str(free_port()), "NOTIFICATION_FD": str(writer)}
    with subprocess.Popen([program], env=env, stdout=subprocess.DEVNULL, pass_fds=[writer]) as process:
        os.close(writer)
        assert os.read(reader, 10) == b"\n" and os.read(reader, 10) == b""
        process.terminate()
    os.close(reader)


@pytest.mark.parametrize("name, value", [("PORT", "0"), ("PORT", ""), ("SLOW_STOP", "1s"), ("CRASH", "-1"),
                                         ("IGNORE_TERM", "yes")])
def test_refuses_a_wrong_environment(program, name, value):
    done = subprocess.run([program], env={"PORT": "1"} | {name: value}, capture_output=True, text=True, check=False)
    assert done.returncode == 100 and f"{name}={value}: want " in done.stderr


def test_names_the_port_it_cannot_have(program):
    with socket.create_server(("", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([program], env={"PORT": str(port)}, capture_output=True, text=True, check=False)
        assert done.returncode == 111 and f"port {port}: Address already in use" in done.stderr
