"""Guests for measurements, and many different components made from one guest."""
from support.guests import GUESTS, guest

TEXT = b"hello from faasta\n"
HELLOS = ("hello-c", "hello-raw", "hello", "hello-go", "hello-js", "hello-python")
SLOW_TO_DEPLOY = ("hello-go", "hello-js", "hello-python")     # compiling the code of one takes seconds


def available(names, report):
    """The guests that are built; the report names the others."""
    there = [name for name in names if (GUESTS / f"{name}.wasm").exists()]
    if len(there) < len(names):
        report.say(f"\nnot built, left out: {', '.join(name for name in names if name not in there)} (guests/build all)")
    return there


def distinct(name, number):
    """The component with another text, so that it has another digest; and its answer."""
    text = b"hello from %06d\n" % number
    component = guest(name)
    assert TEXT in component, f"{name} does not have its text"
    return component.replace(TEXT, text), text
