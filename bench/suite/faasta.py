"""Runs faastad on its cores, with functions."""
import contextlib

from support.guests import guest
from support.server import Server
from suite import folders
from suite.peers import Served
from suite.placement import APART, on


def settings(place, **tables):
    """The configuration: the default limits, and no access log, because the peers have none."""
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
    """Starts faastad on a copy of a prepared data folder."""
    with folders.copied(data) as folder, started(folder, place, program, **tables) as server:
        yield server


@contextlib.contextmanager
def serving(name, place=APART, program=None, **tables):
    """Serves one guest, as the peers do."""
    with with_data(folders.functions({"bench": guest(name)}), place, program, **tables) as server:
        yield Served(server.address, "bench.localhost", server.pid)
