"""The real faastad, started on free ports with its own data folder."""
import contextlib
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.parse

from support.guests import REPOSITORY, guest
from support.http1 import Connection, request
from support.tls import TlsConnection
from support.waiting import eventually, patient

BINARIES = pathlib.Path(os.environ.get("FAASTA_BIN_DIR", REPOSITORY / "build" / "release" / "bin")).resolve()
ROOMY = {"limits": {"functions": 1_000_000, "stored_mb": 1 << 20}}


def toml_value(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    return json.dumps(str(value) if isinstance(value, pathlib.Path) else value)


def toml(config):
    """The text of a configuration, {table: {key: value}}, as TOML."""
    lines = []
    for table, settings in config.items():
        lines.append(f"[{table}]")
        lines += [f"{key} = {toml_value(value)}" for key, value in settings.items()]
    return "\n".join(lines) + "\n"


def merged(*configs):
    out = {}
    for config in configs:
        for table, settings in config.items():
            out.setdefault(table, {}).update(settings)
    return out


class Server:
    """Start it with `start` or in a `with` block. If `roomy`, the account limits are very high, unless `config` sets
    them. `top` has the keys that belong to no table."""

    def __init__(self, folder, config=None, base_domain="localhost", arguments=(), roomy=True, top=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data, self.log_file, self.config_file = self.folder / "data", self.folder / "server.log", self.folder / "faastad.toml"
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in (top or {}).items()]
        self.config_file.write_text("".join(lines) + toml(merged(ROOMY if roomy else {}, config or {})))
        self.base_domain, self.arguments, self.program = base_domain, list(arguments), [BINARIES / "faastad"]
        self.process, self.address, self.https, self.admin, self.log_start = None, None, None, None, 0
        self.trust = None       # an ssl.SSLContext: call() and api() use https
        self.more_environment = {}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()

    # ---- the process ----

    def spawn(self, listen="127.0.0.1:0", admin="127.0.0.1:0"):
        """Starts the process without waiting."""
        self.log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        with open(self.log_file, "ab") as log, open(self.folder / "server.out", "ab") as out:
            self.process = subprocess.Popen(
                [*self.program, "--config", self.config_file, "--data", self.data, "--base-domain", self.base_domain,
                 "--listen", listen, "--admin-listen", admin, *self.arguments],
                stdout=out, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder, env=environment(**self.more_environment))
        return self

    def start(self, seconds=60, **addresses):
        """`seconds`: the longest time of a start, which may compile functions first."""
        self.spawn(**addresses)
        ready = eventually(lambda: self.process.poll() is not None or self.event("ready"), seconds, "the server's ready line")
        assert ready is not True, f"faastad ended with {self.process.returncode}:\n{self.log_file.read_text()[-2000:]}"
        self.address, self.admin = (split_address(ready[key]) for key in ("listen", "admin"))
        self.https = split_address(ready["https"]) if ready["https"] else None
        return self

    def stop(self, seconds=35):
        """Sends SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(patient(seconds))

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def restart(self):
        self.stop()
        return self.start()

    @property
    def pid(self):
        return self.process.pid

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def memory(self, key="VmRSS"):
        """A figure of /proc/PID/status in bytes."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
        raise KeyError(key)

    # ---- the log ----

    def log_lines(self):
        """The JSON lines since the last start. Every line must be JSON, except the owner's token, which is shown once
        as plain text."""
        with open(self.log_file, "rb") as file:
            file.seek(self.log_start)
            whole = file.read().split(b"\n")[:-1]
        return [json.loads(line) for line in whole if not line.startswith((b"The owner's token", b"faa_"))]

    def event(self, name):
        return next((line for line in self.log_lines() if line.get("event") == name), None)

    # ---- HTTP ----

    def host(self, name):
        return f"{name}.{self.base_domain}"

    def connect(self, seconds=20, name="api", source=None):
        """Connects to the server. `name` is the function whose host becomes the server name; without TLS it has no
        effect. `source`: the client's address."""
        if self.trust:
            return TlsConnection(self.https, self.host(name), self.trust, patient(seconds))
        return Connection(self.address, patient(seconds), source)

    def call(self, name, target="/", method="GET", headers=(), body=b"", seconds=60):
        """Sends one request to a function on a new connection."""
        data = request(method, target, self.host(name), ["connection: close", *headers], body)
        with self.connect(seconds, name) as connection:
            return connection.send_gently(data).read_response(method)

    @property
    def token(self):
        return (self.data / "owner.token").read_text().strip()

    def api(self, method, path, body=None, headers=(), token=None, seconds=120):
        """Sends one request to the API. A dict is sent as JSON."""
        lines = ["connection: close", f"authorization: Bearer {token or self.token}", *headers]
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            lines.append("content-type: application/json")
        body = body or b""
        framed = any(line.lower().startswith(("content-length:", "transfer-encoding:")) for line in lines)
        if method in ("POST", "PUT", "PATCH") and not body and not framed:
            lines.append("content-length: 0")
        data = request(method, path, self.host("api"), lines, body)
        with self.connect(seconds) as connection:
            return connection.send_gently(data).read_response(method)

    def upload(self, name, component, headers=(), seconds=180, token=None, **query):
        """POST .../versions with a component's bytes, or with the guest of that name. In the query, True and False
        become `true` and `false`, and a list repeats its parameter."""
        if isinstance(component, str):
            component = guest(component)
        query.setdefault("sha256", hashlib.sha256(component).hexdigest())
        query.setdefault("allow_new", True)        # most tests deploy very different guests under one name
        pairs = [(key, str(value).lower() if isinstance(value, bool) else value) for key, value in query.items() if value is not None]
        path = f"/v1/functions/{name}/versions?" + urllib.parse.urlencode(pairs, doseq=True, quote_via=urllib.parse.quote)
        lines = ["content-type: application/wasm", f"content-length: {len(component)}", *headers]
        return self.api("POST", path, component, lines, token=token, seconds=seconds)

    def deploy(self, name, component, **query):
        answer = self.upload(name, component, **query)
        assert answer.status == 201, answer
        return answer.json()

    def upload_in_turn(self, name, component, **query):
        """The same as `upload`, but repeated while the server answers 429 because too many deploys are under way."""
        while (answer := self.upload(name, component, **query)).status == 429:
            time.sleep(0.05)
        return answer

    def rollback(self, name, version=None):
        answer = self.api("POST", f"/v1/functions/{name}/rollback", {} if version is None else {"version": version})
        assert answer.status == 200, answer
        return answer.json()

    def functions(self):
        """All functions, from all pages of the list."""
        page, out = {"next": ""}, []
        while "next" in page:
            page = self.api("GET", "/v1/functions" + (f"?after={page['next']}" if page["next"] else "")).json()
            out += page["functions"]
        return out

    def versions(self, name):
        answer = self.api("GET", f"/v1/functions/{name}/versions")
        assert answer.status == 200, answer
        return answer.json()["versions"]

    def logs(self, name, **query):
        """The log entries of a function."""
        answer = self.api("GET", f"/v1/functions/{name}/logs?" + urllib.parse.urlencode(query))
        assert answer.status == 200, answer
        return [json.loads(line) for line in answer.text.splitlines()]

    def logged_call(self, name, request_id):
        """Waits for the log entry of one call, and returns it."""
        def found():
            return next((entry for entry in self.logs(name, tail=5000) if entry["kind"] == "call" and entry["request_id"] == request_id), None)
        return eventually(found, 5, f"call {request_id} in the log of {name}")

    def metrics(self, name):
        answer = self.api("GET", f"/v1/functions/{name}/metrics")
        assert answer.status == 200, answer
        return answer.json()

    def running_calls(self):
        """The number of calls under way, from the metrics of the admin listener."""
        return self.prometheus()["faasta_calls_running"]

    def metrics_text(self):
        """The text of the admin listener's metrics."""
        with Connection(self.admin) as connection:
            answer = connection.exchange(request("GET", "/metrics", "localhost", ["connection: close"]))
        assert answer.status == 200, answer
        return answer.text

    def prometheus(self):
        """The admin listener's metrics: {'name{labels}': value}."""
        lines = [line for line in self.metrics_text().splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def split_address(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def environment(**more):
    """The environment variables of this process, without settings for Faasta and proxies."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("FAASTA", "http_", "https_", "HTTP_", "HTTPS_", "ALL_"))}
    return {**clean, "no_proxy": "*", "NO_PROXY": "*", **more}


def free_port():
    import socket
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def lasting_port():
    """A free port that stays free while no server listens on it. The system may give the result of free_port() to an
    outgoing connection, but not this one."""
    import random
    import socket
    while True:
        port = random.randrange(10_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def steady(measure, seconds=5):
    """Repeats `measure()` until the figure has stopped falling. Returns the lowest figure."""
    best, end = measure(), time.monotonic() + seconds
    while time.monotonic() < end:
        now = measure()
        if now < best:
            best, end = now, max(end, time.monotonic() + 0.5)
        time.sleep(0.02)
    return best
