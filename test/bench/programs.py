"""programs: where they are, and how many bytes of files they need."""
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ROOT / "build/static"


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


def image(directory, *layouts):
    """Of the files that docker/layout and its like put into an image; None without root, who may say whose they are."""
    if os.geteuid() != 0:
        return None
    subprocess.run([ROOT / "docker/layout", directory, "dev"], check=True, cwd=ROOT)
    for layout in layouts:
        subprocess.run([ROOT / "docker" / layout, directory], check=True, cwd=ROOT)
    return size(path for path in Path(directory).rglob("*") if path.is_file() and not path.is_symlink())
