"""Guests to measure with, and many distinct ones made of one."""
from support.guests import guest, guest_file

TEXT = b"hello from faasta\n"
HELLOS = ("hello-c", "hello-raw", "hello", "hello-go", "hello-js", "hello-python")
SLOW_TO_DEPLOY = ("hello-go", "hello-js", "hello-python")     # seconds each where their code is compiled


def available(names):
    """Those that are built, and those that are not."""
    there = [name for name in names if (guest_file.__globals__["GUESTS"] / f"{name}.wasm").exists()]
    return there, [name for name in names if name not in there]


def distinct(name, number):
    """The component with its text patched, so that its digest is of no other, and what it answers."""
    text = b"hello from %06d\n" % number
    component = guest(name)
    assert TEXT in component, f"{name} does not have its text"
    return component.replace(TEXT, text), text
