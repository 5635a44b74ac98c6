"""Makes data folders with functions. They are made once and kept, because ten thousand deploys take long.

The name of a kept folder depends on its content and on the program that wrote it: the engine's name for compiled code,
the version of the catalog, and the layout of an empty folder. A server runs only on a copy of a kept folder: files that
Faasta never changes are hard links, all others are copies. """
import contextlib
import functools
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import time

from support.server import Server
from suite.placement import DATA

NEVER_CHANGED = ("artifacts", "compiled")


@functools.cache
def made_by():
    """Identifies the layout of the data folder."""
    DATA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA, prefix="tmp-") as folder:
        with Server(folder) as server:
            server.stop()
        compiled = sorted(path.name for path in (server.data / "compiled").glob("*"))
        with contextlib.closing(sqlite3.connect(server.data / "faasta.db")) as database:
            catalog = database.execute("PRAGMA user_version").fetchone()[0]
        return {"engine": compiled, "catalog": catalog, "folder": sorted(path.name for path in server.data.iterdir())}


def prepared(what, fill, config=None):
    """The data folder that `fill(server)` makes from an empty one. It is kept under a name made from `what`, a
    description that can be written as JSON."""
    key = {"what": what, "by": made_by()}
    place = DATA / hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:20]
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=DATA, prefix="tmp-") as making:
            with Server(os.path.join(making, "server"), config) as server:
                fill(server)
                server.stop()
            (server.folder / "what.json").write_text(json.dumps(key, indent=1))
            os.rename(server.folder, place)
    return place / "data"


@contextlib.contextmanager
def copied(data):
    """Yields a folder for a Server. Its data folder is a copy of `data`."""
    with tempfile.TemporaryDirectory(dir=DATA, prefix="tmp-") as folder:
        copy = os.path.join(folder, "data")
        os.mkdir(copy, 0o700)
        for entry in data.iterdir():
            if entry.name in NEVER_CHANGED:
                shutil.copytree(entry, os.path.join(copy, entry.name), copy_function=os.link)
            elif entry.is_dir():
                shutil.copytree(entry, os.path.join(copy, entry.name))
            else:
                shutil.copy2(entry, copy)
        # A new hard link changes a file's ctime, and a server compares a file again that changed in the last 50 ms.
        time.sleep(0.1)
        yield folder


def functions(components):
    """A data folder with these functions. `components` is {name: component}."""
    def fill(server):
        for name, component in components.items():
            answer = server.upload_in_turn(name, component, verify=False, seconds=3600)
            assert answer.status == 201, answer
    return prepared({name: hashlib.sha256(component).hexdigest() for name, component in components.items()}, fill)
