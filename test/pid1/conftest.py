import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from world import World  # noqa: E402


@pytest.fixture
def world():
    made = World(tempfile.mkdtemp(prefix="moult-"))
    Path(made.directory).chmod(0o755)
    yield made
    made.end()
    assert b"runtime error" not in made.output and b"AddressSanitizer" not in made.output
