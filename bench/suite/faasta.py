"""Runs faastad on its cores, with functions."""
import contextlib

from support.guests import guest
from support.server import Server
from suite import folders
from suite.peers import Served
from suite.placement import APART, on


# All load comes from one address. The peers have no limits by client. So these limits are counted, but not reached.
ONE_CLIENT = {"connections_per_client": 1_000_000, "requests_per_second_per_client": 1_000_000}


def settings(place, one_client=ONE_CLIENT, **tables):
    """The configuration: the default limits, and no access log, because the peers have none."""
    return {"server": {"threads": place.threads, "access_log": False, **one_client, **tables.pop("server", {})}, **tables}


@contextlib.contextmanager
def started(folder, place=APART, program=None, **tables):
    server = Server(folder, settings(place, {} if program else ONE_CLIENT, **tables))      # another program may not know them
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
