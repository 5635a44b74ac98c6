"""Waiting for a condition, never for a time."""
import os
import time

SANITIZED = bool(os.environ.get("FAASTA_SANITIZED"))    # the binaries carry ASan or TSan: slow, and their memory says nothing
LONG = bool(os.environ.get("FAASTA_LONG"))              # ./dev check: the full counts of the acceptance list


# Another file's tests run beside: they have a core, or both for a moment.
BESIDE_OTHERS = bool(os.environ.get("PYTEST_XDIST_WORKER"))


def patient(seconds):
    """A deadline in the time of the binaries under test."""
    return seconds * (10 if SANITIZED else 2 if BESIDE_OTHERS else 1)


def eventually(condition, seconds=5, what="the condition"):
    """Asks until `condition()` is true, and returns what it gave."""
    end = time.monotonic() + patient(seconds)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {patient(seconds)} s; last: {value!r}")
        time.sleep(0.005)
