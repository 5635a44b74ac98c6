"""Makes a virtual environment for pinned packages that Debian does not have; once, in build/test-tools."""
import subprocess
import sys

import pytest

from support.guests import REPOSITORY

TOOLS = REPOSITORY / "build" / "test-tools"
GRPC = "grpcio==1.85.3"
JSONSCHEMA = "jsonschema==4.26.0"
CYCLONEDX = "cyclonedx-python-lib[json-validation]==11.12.0"


def python_with(package):
    """The interpreter of a virtual environment that has the package. Skips the test if the package cannot be
    installed."""
    folder = TOOLS / package.replace("==", "-")
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        for command in ([sys.executable, "-m", "venv", "--clear", str(folder)], [str(python), "-m", "pip", "install", "--quiet", package]):
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            if done.returncode != 0:
                pytest.skip(f"{package} cannot be installed: {(done.stderr or done.stdout).strip()[-300:]}")
        (folder / "complete").touch()
    return python
