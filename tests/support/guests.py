"""The component files for tests, and functions that make many different components from one."""
import pathlib

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
GUESTS = REPOSITORY / "build" / "guests"
OPTIONAL = ("-go", "-js", "-python")        # guests in languages whose compiler a machine may lack
MARK = b"VERSION-00000000"


def guest_file(name):
    path = GUESTS / f"{name}.wasm"
    if not path.exists():
        if name.endswith(OPTIONAL):
            pytest.skip(f"{name} is not built (guests/build all)")
        pytest.fail(f"{path} is missing: run guests/build")
    return path


def guest(name):
    return guest_file(name).read_bytes()


def version_mark(number):
    return b"VERSION-%08d" % number


def version_guest(number):
    """A function that answers VERSION-<number>. All have the same size and code, but different bytes."""
    component = guest("version")
    assert component.count(MARK) == 1
    return component.replace(MARK, version_mark(number))


DIGITS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"


def tiny_text(number):
    """The answer of tiny_guest(number): three characters."""
    return bytes(DIGITS[number >> shift & 63] for shift in (12, 6, 0))


def tiny_guest(number):
    """A function of 4 KB, cheap to compile, that answers tiny_text(number)."""
    component = guest("hello-wat")
    assert component.count(b"hi\n") == 1
    return component.replace(b"hi\n", tiny_text(number))


def leb128(number):
    out = b""
    while True:
        number, low = number >> 7, number & 127
        if not number:
            return out + bytes([low])
        out += bytes([low | 128])


def with_custom_section(component, name, data):
    """The component with one more custom section at its end. It is the same function with different bytes."""
    payload = leb128(len(name)) + name + data
    return component + b"\0" + leb128(len(payload)) + payload
