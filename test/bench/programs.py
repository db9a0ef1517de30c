"""programs: how many bytes of files a program needs."""
import os
import shutil
import subprocess
from pathlib import Path


def find(*names):
    """Their paths, by PATH."""
    paths = [shutil.which(name) for name in names]
    missing = [name for name, path in zip(names, paths) if path is None]
    if missing:
        raise FileNotFoundError(f"not installed: {' '.join(missing)}; `./deps bench` installs them")
    return [Path(path) for path in paths]


def size(paths):
    return sum(os.stat(path).st_size for path in paths)


def libraries(paths):
    """The shared libraries of all of them, the C library and the loader too, each once."""
    found = set()
    for path in paths:
        listed = subprocess.run(["ldd", path], text=True, capture_output=True).stdout
        for word in listed.split():
            if word.startswith("/") and word.rstrip(":") != str(path):
                found.add(os.path.realpath(word))
    return found


def size_with_libraries(paths):
    return size(paths) + size(libraries(paths))


def tree(directory):
    """Of all files below it."""
    return size(path for path in Path(directory).rglob("*") if path.is_file() and not path.is_symlink())


def image(tag):
    """Of an image that the Docker engine here has; None when there is no engine or no such image."""
    try:
        done = subprocess.run(["docker", "image", "inspect", "--format", "{{.Size}}", tag], text=True,
                              capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return int(done.stdout) if done.returncode == 0 else None
