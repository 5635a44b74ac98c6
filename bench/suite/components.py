"""Guests to measure with, and many distinct ones made of one."""
from support.guests import GUESTS, guest

TEXT = b"hello from faasta\n"
HELLOS = ("hello-c", "hello-raw", "hello", "hello-go", "hello-js", "hello-python")
SLOW_TO_DEPLOY = ("hello-go", "hello-js", "hello-python")     # seconds each where their code is compiled


def available(names, report):
    """Those that are built; the report tells which are not."""
    there = [name for name in names if (GUESTS / f"{name}.wasm").exists()]
    if len(there) < len(names):
        report.say(f"\nnot built, left out: {', '.join(name for name in names if name not in there)} (guests/build all)")
    return there


def distinct(name, number):
    """The component with its text patched, so that its digest is of no other, and what it answers."""
    text = b"hello from %06d\n" % number
    component = guest(name)
    assert TEXT in component, f"{name} does not have its text"
    return component.replace(TEXT, text), text
