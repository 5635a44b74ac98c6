"""Compares texts with files in tests/golden. `pytest --update` (or FAASTA_GOLDEN=write) writes the files."""
import os
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "golden"


def normal(text):
    """An error's text, without the parts that are different in each run."""
    text = re.sub(r"port \d+", "port PORT", text)
    text = re.sub(r"localhost:\d+", "localhost:PORT", text)
    text = re.sub(r"[Rr]equest [0-9a-f-]{16,}", "request ID", text)
    text = re.sub(r"< \S+/owner\.token", "< FOLDER/owner.token", text)
    # The libcurl of the crate is newer than Debian's.
    text = re.sub(r"(Failed to connect to \S+):PORT( after \d+ ms)?: Could not connect", r"\1 port PORT\2: Couldn't connect", text)
    return re.sub(r" after \d+ ms", "", text)


def golden(name, done, **changing):
    """Compares exit code and error with golden/NAME.txt. Each value of `changing` is replaced by its name before
    that."""
    text = f"exit {done.exit}\n{normal(done.err[done.err.index('error['):])}"
    for word, value in changing.items():
        text = text.replace(str(value), word)
    file = FOLDER / f"{name}.txt"
    if os.environ.get("FAASTA_GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()
    assert "\nfix: " in text
