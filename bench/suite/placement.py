"""Defines on which cores servers and clients run."""
import contextlib
import os
import pathlib
from collections import namedtuple

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TOOLS = REPOSITORY / "build" / "bench-tools"       # programs that the suite compiles and installs
DATA = REPOSITORY / "build" / "bench-data"         # data folders with many functions, which take long to make

Placement = namedtuple("Placement", "server client threads")
APART = Placement({0}, {1}, 1)                     # one core each
SHARED = Placement({0, 1}, {0, 1}, 2)              # both use both cores


@contextlib.contextmanager
def on(cores):
    """Processes that are started inside the `with` block run on these cores. This thread does too, until the block
    ends."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
