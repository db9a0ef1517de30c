"""tracing: what a supervisor does, counted: its system calls by strace, its instructions by valgrind's callgrind."""
import re
import signal
import subprocess
from pathlib import Path

import processes
import programs

CALL = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(?:\w+\(|<\.\.\. \w+ resumed>).* = (?:-?\d+|0x[0-9a-f]+|\?)")


SLOW = 6  # seconds that the end of a program may take under valgrind


def calls(text):
    """System calls that have returned; not signals, nor what is still waited for."""
    return sum(1 for line in text.splitlines() if CALL.match(line))


def system_calls(pids, residents, act):
    """How many the processes `pids` make because of what act() does, until all of them (`residents`) sleep again.
    Their children are not counted."""
    command = ["strace", "-qq", "-s0", *(word for pid in pids for word in ("-p", str(pid)))]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    lines = processes.Log(tracer.stderr)
    try:
        processes.settle(lambda: all(_tracer(pid) == tracer.pid for pid in pids), "strace has attached")
        _rest(residents, lines)
        before = lines.mark()
        act()
        _rest(residents, lines)
        return calls("\n".join(line for _, line in lines.lines[before:]))
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()


def _tracer(pid):
    return int(re.search(r"TracerPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def _rest(residents, lines):
    """All sleep, and strace has nothing to add."""
    while True:
        before = lines.mark()
        processes.calm(residents)
        if lines.mark() == before:
            return


def instructions(supervisor, directory, work, **environment):
    """Of PID 1 from its start to its orderly end; work(running) is between them."""
    output = Path(directory) / f"callgrind.{supervisor.title}"
    prefix = [*programs.find("valgrind"), "-q", "--tool=callgrind", f"--callgrind-out-file={output}.%p"]
    with supervisor.run(directory, 1, prefix, **environment) as running:
        running.up()
        work(running)
        running.stop(SLOW)
        running.container.wait()
    report = Path(f"{output}.1")
    found = re.search(r"^(?:summary|totals): (\d+)", report.read_text(), re.MULTILINE)
    report.unlink()
    return int(found[1])
