"""A browser without scripts, at the dashboard of a server."""
import contextlib
import itertools
import re
import sqlite3
import urllib.parse

from support.http1 import request
from support.waiting import patient

FORM = "content-type: application/x-www-form-urlencoded"
HTML = "accept: text/html,application/xhtml+xml,*/*;q=0.8"


def stored_minutes(server, name):
    """How many minutes with calls of a function the server has stored; it does so every ten seconds. The chart shows these."""
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database:
        found = database.execute("SELECT id FROM function WHERE name = ?", (name,)).fetchone()
    with contextlib.closing(sqlite3.connect(server.data / "metrics.db", timeout=20)) as database:
        return database.execute("SELECT count(*) FROM count WHERE span = 60 AND function = ?", found).fetchone()[0]


class Dashboard:
    addresses = itertools.cycle(f"127.0.1.{number}" for number in range(1, 250))

    def __init__(self, server, source=None):
        """`source`: the address of the browser; without it, each browser has another one."""
        self.server, self.cookies, self.source = server, {}, source or next(self.addresses)

    @property
    def host(self):
        """The base domain, with the port as a browser sends it."""
        return f"{self.server.base_domain}:{self.server.address[1]}"

    @property
    def origin(self):
        return f"http://{self.host}"

    def ask(self, method, target, lines=(), body=b""):
        lines = ["connection: close", *lines]
        if self.cookies:
            lines.append("cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        if method == "POST" and not body:
            lines.append("content-length: 0")
        with self.server.connect(patient(20), source=self.source) as connection:
            answer = connection.send_gently(request(method, target, self.host, lines, body)).read_response(method)
        for field in answer.all("set-cookie"):
            name, _, value = field.partition(";")[0].partition("=")
            if "Max-Age=0" in field:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, target, lines=()):
        return self.ask("GET", target, [HTML, *lines])

    def post(self, target, lines=(), **fields):
        """Sends a form as a browser does from a page of the dashboard."""
        return self.send(target, [f"origin: {self.origin}", "sec-fetch-site: same-origin", FORM, *lines], **fields)

    def send(self, target, lines, **fields):
        return self.ask("POST", target, [HTML, *lines], urllib.parse.urlencode(fields).encode())

    def sign_in(self, token=None):
        answer = self.post("/dashboard/sign-in", token=token or self.server.token)
        assert (answer.status, answer.header("location")) == (303, "/dashboard"), answer
        return self

    def page(self, target):
        answer = self.get(target)
        assert answer.status == 200, answer
        return answer.text

    def proof(self):
        return re.search(r'name="proof" value="([0-9a-f]{64})"', self.page("/dashboard"))[1]
