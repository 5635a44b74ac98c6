"""faastad, on its cores, with functions in it."""
import contextlib

from support.guests import guest
from support.server import Server
from suite import folders
from suite.peers import Served
from suite.placement import APART, on


def settings(place, **tables):
    """Limits are those of the product; the access log is off, as the peers keep none."""
    return {"server": {"threads": place.threads, "access_log": False, **tables.pop("server", {})}, **tables}


@contextlib.contextmanager
def started(folder, place=APART, program=None, **tables):
    server = Server(folder, settings(place, **tables))
    server.program = program or server.program
    with on(place.server):
        server.start()
    try:
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def with_data(data, place=APART, program=None, **tables):
    """On a copy of a prepared data folder."""
    with folders.copied(data) as folder, started(folder, place, program, **tables) as server:
        yield server


@contextlib.contextmanager
def serving(name, place=APART, program=None, **tables):
    """One guest, as the peers serve it."""
    with with_data(folders.functions({"bench": guest(name)}), place, program, **tables) as server:
        yield Served(server.address, "bench.localhost", server.pid)
