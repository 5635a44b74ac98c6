"""Starts the GitHub stand-in as a process, and has a simple browser for tests."""
import base64
import hashlib
import json
import re
import secrets
import subprocess
import sys
import urllib.parse

from support.guests import REPOSITORY
from support.http1 import Connection, request

CLIENT_ID, CLIENT_SECRET = "Iv1.0123456789abcdef", "standin-client-secret-7c1f"
ADA, BOB = {"id": 1001, "login": "ada"}, {"id": 1002, "login": "Bob-B"}


class Github:
    """The process of tests/github_standin.py. `control` sets the people's decisions and the faults."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, REPOSITORY / "tests" / "github_standin.py"], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        self.address = ("127.0.0.1", int(self.url.rsplit(":", 1)[1]))

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def exchange(self, method, path, body=b""):
        lines = ["connection: close", *(["content-type: application/json"] if body else [])]
        with Connection(self.address) as connection:
            answer = connection.exchange(request(method, path, "127.0.0.1", lines, body), method)
        assert answer.status == 200, answer
        return answer.json()

    def control(self, **what):
        self.exchange("POST", "/_control", json.dumps(what).encode())

    def reset(self, server):
        """The user Ada agrees in the browser; the app is registered for this server."""
        self.register(server)
        self.control(user=ADA, decision="approve", device=None, interval=1, fault={}, forget_calls=True)

    def register(self, server, **more):
        callback = f"http://api.localhost:{server.address[1]}/v1/login/callback"
        self.control(app={"client_id": CLIENT_ID, "secret": CLIENT_SECRET, "callback": callback, **more})

    def calls(self, endpoint):
        return [call for call in self.exchange("GET", "/_calls")["calls"] if call[0] == endpoint]

    def secrets(self):
        """All codes and tokens that the stand-in has issued."""
        return self.exchange("GET", "/_calls")["secrets"]

    def config(self, **more):
        return {"github": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "url": self.url, "api_url": self.url, **more},
                "auth": {"logins_per_minute": 1_000_000}}


def parameters(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


class Page:
    """The answer that a browser got, and its URL."""

    def __init__(self, url, response):
        self.url, self.status, self.response, self.text = url, response.status, response, response.text

    @property
    def location(self):
        return self.response.header("location")

    @property
    def returned(self):
        """The parameters of a redirect to the client."""
        return parameters(self.location)

    @property
    def code(self):
        """The error code on a page of the server."""
        found = re.search(r"\bF\d{4}\b", self.text)
        return found and found[0]

    def __repr__(self):
        return f"<{self.url} {self.response}>"


class Browser:
    """Stores cookies by host, as browsers do, connects to this machine for *.localhost, and lets a test see every
    redirect."""

    def __init__(self):
        self.cookies = {}

    def get(self, url, headers=(), method="GET"):
        parts = urllib.parse.urlsplit(url)
        assert parts.scheme == "http", url
        jar = self.cookies.setdefault(parts.hostname, {})
        lines = ["connection: close", *headers]
        if jar:
            lines.append("cookie: " + "; ".join(f"{name}={value}" for name, value in jar.items()))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with Connection(("127.0.0.1", parts.port or 80), 60) as connection:
            response = connection.exchange(request(method, target, parts.netloc, lines), method)
        for field in response.all("set-cookie"):
            pair, *attributes = [part.strip() for part in field.split(";")]
            name, _, value = pair.partition("=")
            if "Max-Age=0" in attributes:
                jar.pop(name, None)
            else:
                jar[name] = value
        return Page(url, response)

    def follow(self, url, until=lambda location: False):
        """Follows redirects, except to an address for which `until` is true. Returns the last answer."""
        for _ in range(10):
            page = self.get(url)
            if page.location is None or until(page.location):
                return page
            url = urllib.parse.urljoin(url, page.location)
        raise AssertionError(f"redirected for ever, last to {url}")


class Client:
    """Does what the CLI does in one sign-in, with its own verifier and state."""

    def __init__(self, server, redirect_uri="http://127.0.0.1:49152/callback"):
        self.server, self.redirect_uri = server, redirect_uri
        self.verifier, self.state = secrets.token_hex(32), secrets.token_hex(16)
        self.origin = f"http://api.localhost:{server.address[1]}"

    @property
    def challenge(self):
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()

    def start_url(self, **changes):
        """The URL that starts a sign-in. `changes` replace parameters; None removes a parameter."""
        fields = {"redirect_uri": self.redirect_uri, "state": self.state, "code_challenge": self.challenge, "code_challenge_method": "S256"} | changes
        return f"{self.origin}/v1/login/start?" + urllib.parse.urlencode({key: value for key, value in fields.items() if value is not None})

    def is_back(self, location):
        return location.startswith(self.redirect_uri)

    def is_callback(self, location):
        return location.startswith(f"{self.origin}/v1/login/callback")

    def through_github(self, browser=None):
        """Follows all redirects of a sign-in, up to the redirect to this client's port, which is returned and not
        followed."""
        return (browser or Browser()).follow(self.start_url(), self.is_back)

    def callback_of(self, browser):
        """Follows the redirects up to GitHub's redirect to the server, which is returned and not followed."""
        return browser.follow(self.start_url(), self.is_callback).location

    def redeem(self, code, **changes):
        body = {"code": code, "code_verifier": self.verifier, "redirect_uri": self.redirect_uri} | changes
        return self.server.api("POST", "/v1/login/token", {key: value for key, value in body.items() if value is not None}, token="none")

    def sign_in(self, browser=None):
        """Signs in and returns a token."""
        answer = self.redeem(self.through_github(browser).returned["code"])
        assert answer.status == 200, answer
        return answer.json()["token"]


def sign_in(server, github, user):
    github.control(user=user, decision="approve")
    return Client(server).sign_in()


def whoami(server, token):
    answer = server.api("GET", "/v1/me", token=token)
    assert answer.status == 200, answer
    return answer.json()


def refused(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer
