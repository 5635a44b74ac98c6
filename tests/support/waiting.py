"""Waiting for a condition, never for a time."""
import os
import time

SANITIZED = bool(os.environ.get("FAASTA_SANITIZED"))    # the binaries have ASan or TSan: slow, and use much memory
LONG = bool(os.environ.get("FAASTA_LONG"))              # ./dev check: the full counts of the acceptance list


# The tests of another file run at the same time. They use one core, and sometimes both.
BESIDE_OTHERS = bool(os.environ.get("PYTEST_XDIST_WORKER"))


def patient(seconds):
    """A time limit, made longer for slow binaries and for tests that run in parallel."""
    return seconds * (10 if SANITIZED else 2 if BESIDE_OTHERS else 1)


def eventually(condition, seconds=5, what="the condition"):
    """Calls `condition()` until its result is true, and returns this result."""
    end = time.monotonic() + patient(seconds)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what() if callable(what) else what} did not come true within {patient(seconds)} s; last: {value!r}")
        time.sleep(0.005)
