"""The answers of `wasmtime serve` of the engine's version: recorded answers, and live answers if the program is
installed (guests/tools wasmtime).

`FAASTA_STOCK=record` records the program's answers. With `FAASTA_STOCK=recorded`, the program is not run. """
import base64
import hashlib
import json
import os
import re

import pytest

from support.guests import REPOSITORY
from support.http1 import Response
from support.peer import Peer, has_wasmtime, wasmtime_version

FILE = REPOSITORY / "tests" / "stock_answers.json"
MODE = os.environ.get("FAASTA_STOCK", "")
LARGE = 4096
CHANGING = {"date"}


def engine_version():
    found = re.findall(r'^wasmtime(?:-wasi|-wasi-http)? = \{ version = "=([^"]+)"', (REPOSITORY / "engine/Cargo.toml").read_text(), re.MULTILINE)
    assert len(found) == 3 and len(set(found)) == 1, found
    return found[0]


def weighed(body):
    """A body to compare. A large body is replaced by its length and digest."""
    return body if isinstance(body, tuple) or len(body) <= LARGE else (len(body), hashlib.sha256(body).hexdigest())


def key(shape):
    more = hashlib.sha256(repr((shape.lines, shape.body, shape.host)).encode()).hexdigest()[:8]
    return f"{shape.guest} {shape.method} {shape.target} {more}"


def written(shape, answer):
    if answer is None:
        return None
    body = answer.body if shape.target.startswith(("/seen", "/headers")) else weighed(answer.body)
    return {"status": answer.status, "headers": [[name, value] for name, value in answer.headers if name.lower() not in CHANGING], "trailers": [list(one) for one in answer.trailers],
            "body": list(body) if isinstance(body, tuple) else base64.b64encode(body).decode(), "whole": answer.whole, "kept": answer.kept}


def read(record):
    if record is None:
        return None
    answer = Response(record["status"], "HTTP/1.1", [tuple(one) for one in record["headers"]], [])
    answer.body = tuple(record["body"]) if isinstance(record["body"], list) else base64.b64decode(record["body"])
    answer.trailers, answer.whole, answer.kept = [tuple(one) for one in record["trailers"]], record["whole"], record["kept"]
    return answer


class Stock:
    def __init__(self):
        self.live = MODE != "recorded" and has_wasmtime()
        self.running, self.heard = {}, {}
        self.record = json.loads(FILE.read_text()) if FILE.exists() else {"version": None, "answers": {}}

    @property
    def version(self):
        return wasmtime_version() if self.live else self.record["version"]

    def recorded(self, shape):
        assert key(shape) in self.record["answers"], f"{key(shape)} is not in {FILE.name}: guests/tools wasmtime, then FAASTA_STOCK=record"
        return read(self.record["answers"][key(shape)])

    def answers(self, shape, ask):
        """The recorded answer, the live answer, or both. `ask(side, shape)` gets the answer of a side."""
        out = [] if MODE == "record" else [self.recorded(shape)]
        if self.live:
            out.append(self.asked(shape, ask))
        return out

    def asked(self, shape, ask):
        if shape.guest not in self.running:
            self.running[shape.guest] = Peer(shape.guest)
        answer = ask(self.running[shape.guest], shape)
        self.heard[key(shape)] = written(shape, answer)
        return answer

    def close(self):
        for one in self.running.values():
            one.stop()
        if MODE == "record" and self.live:
            answers = {**self.record["answers"], **self.heard} if self.record["version"] == self.version else self.heard
            lines = [f"  {json.dumps(name)}: {json.dumps(answers[name])}" for name in sorted(answers)]
            FILE.write_text(f'{{"version": {json.dumps(self.version)}, "answers": {{\n' + ",\n".join(lines) + "\n}}\n")


@pytest.fixture(scope="module")
def stock():
    one = Stock()
    yield one
    one.close()
