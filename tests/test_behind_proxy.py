"""Runs nginx, HAProxy and Caddy with the files of docs/behind-a-proxy.md in front of a server. The certificates are
from a test authority."""
import os
import re
import shutil
import socket
import ssl
import subprocess

import pytest

from support.github import CLIENT_ID, parameters
from support.guests import REPOSITORY
from support.http1 import Connection, request as http_request
from support.server import ROOMY, Server, free_port, merged, toml
from support.waiting import eventually, patient

DOMAIN = "faas.test"
CLIENT, OTHER = "127.0.0.9", "127.0.0.10"      # the proxies connect from 127.0.0.1, which alone is trusted
PROXIES = {"nginx": "nginx", "haproxy": "haproxy", "haproxy-tcp": "haproxy", "caddy": "caddy"}
SERVER = {"server": {"trusted_proxies": ["127.0.0.1/32"]}, "auth": {"logins_per_minute": 2}}


def block(language):
    """The only configuration file of this language on the page."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", (REPOSITORY / "docs" / "behind-a-proxy.md").read_text(), re.M | re.S)
    assert len(found) == 1, f"{len(found)} blocks of {language}"
    return found[0]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority, and a wildcard certificate of it."""
    folder = tmp_path_factory.mktemp("ca")
    names = folder / "names"
    names.write_text(f"subjectAltName=DNS:{DOMAIN},DNS:*.{DOMAIN}\n")
    for command in (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca",
        f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout privkey.pem -out request.pem -subj /CN={DOMAIN}",
        "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out fullchain.pem -days 2 -extfile names",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
    (folder / "both.pem").write_text((folder / "fullchain.pem").read_text() + (folder / "privkey.pem").read_text())
    return folder


class Proxy:
    """A proxy with one of the page's files, in which names, ports and paths are replaced."""

    def __init__(self, kind, folder, authority, server):
        program = shutil.which(PROXIES[kind], path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, f"{PROXIES[kind]} is missing: ./dev installs it"
        self.folder, self.authority = folder, authority
        self.address, plain = ("127.0.0.1", free_port()), free_port()
        text = block(kind).replace("127.0.0.1:8080", f"127.0.0.1:{server.address[1]}")
        for file, ours in {"/etc/ssl/example.com/": f"{authority}/", "/etc/haproxy/example.com.pem": f"{authority}/both.pem"}.items():
            text = text.replace(file, ours)
        text = text.replace("listen 443", f"listen 127.0.0.1:{self.port}").replace("listen 80;", f"listen 127.0.0.1:{plain};")
        text = text.replace("bind :443", f"bind 127.0.0.1:{self.port}").replace("bind :80", f"bind 127.0.0.1:{plain}")
        text = text.replace("example.com", DOMAIN)
        file = folder / "config"
        if kind == "nginx":         # without root, nginx cannot use the folders of its package
            paths = "".join(f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            text = text.replace("http {", f"http {{\naccess_log off;\n{paths}", 1)
            command = [program, "-c", file, "-e", "stderr", "-g", f"daemon off; pid {folder}/pid;"]
        elif kind == "caddy":
            text = text.replace("admin off", f"admin off\n\thttp_port {plain}\n\thttps_port {self.port}", 1)
            command = [program, "run", "--config", file, "--adapter", "caddyfile"]
        else:
            command = [program, "-db", "-f", file]
        file.write_text(text)
        self.log = open(folder / "log", "wb")
        env = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        self.process = subprocess.Popen(list(map(str, command)), stdout=self.log, stderr=self.log, env=env, cwd=folder)
        eventually(self.answers, 30, f"{kind} to answer")

    @property
    def port(self):
        return self.address[1]

    def answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
        try:
            return self.call("api", "/healthz").status == 200
        except OSError:
            return False

    def connect(self, name, client=CLIENT):
        context = ssl.create_default_context(cafile=self.authority / "ca.pem")
        connection = Connection.__new__(Connection)
        plain = socket.create_connection(self.address, timeout=patient(20), source_address=(client, 0))
        connection.socket = context.wrap_socket(plain, server_hostname=f"{name}.{DOMAIN}")
        connection.buffer = b""
        return connection

    def call(self, name, target="/", method="GET", headers=(), body=b"", client=CLIENT):
        data = http_request(method, target, f"{name}.{DOMAIN}:{self.port}", ["connection: close", *headers], body)
        with self.connect(name, client) as connection:
            return connection.send_gently(data).read_response(method)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(patient(10))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


@pytest.fixture(scope="module", params=PROXIES)
def front(request, tmp_path_factory, authority):
    """A server with two functions, and a proxy in front of it: (proxy, server)."""
    folder = tmp_path_factory.mktemp(request.param)
    server = Server(folder / "server", SERVER, base_domain=DOMAIN)
    with server:
        for name in ("echo", "stream"):
            server.deploy(name, name)
        if request.param == "haproxy-tcp":      # from now on, only the proxy can connect
            server.stop()
            server.config_file.write_text(toml(merged(ROOMY, SERVER, {"server": {"proxy_protocol": True}})))
            server.start()
        proxy = Proxy(request.param, folder, authority, server)
        yield proxy, server
        proxy.close()


def test_scheme_host_and_client_reach_the_function(front):
    proxy, _ = front
    for spoofed in ([], ["x-forwarded-for: 1.2.3.4", "x-forwarded-proto: http", "x-forwarded-host: evil.test", "forwarded: for=1.2.3.4;proto=http;host=evil.test", "x-real-ip: 1.2.3.4"]):
        seen = proxy.call("echo", "/headers", headers=spoofed).json()
        headers = dict(map(tuple, seen["headers"]))
        host = f"echo.{DOMAIN}:{proxy.port}"
        assert seen["authority"] == headers["x-forwarded-host"] == host, seen
        assert headers["x-forwarded-for"] == CLIENT and headers["x-forwarded-proto"] == "https" and seen["scheme"].lower() == "https", seen
        assert headers["forwarded"] == f'for={CLIENT};host="{host}";proto=https', seen
        assert "1.2.3.4" not in str(seen) and "evil" not in str(seen), seen


def test_the_log_has_the_client(front):
    proxy, server = front
    identity = proxy.call("echo", "/headers").header("x-request-id")
    line = eventually(lambda: next((line for line in server.log_lines() if line.get("request_id") == identity), None), 5, "the access log's line")
    assert line["client"] == CLIENT and line["scheme"] == "https", line


def test_urls_are_public_ones(front):
    proxy, server = front
    told = proxy.call("api", "/v1/functions/echo", headers=[f"authorization: Bearer {server.token}"]).json()
    assert told["url"] == f"https://echo.{DOMAIN}:{proxy.port}/", told


def test_limits_by_address_are_those_of_clients(front):
    proxy, _ = front
    answers = [proxy.call("api", "/v1/login").status for _ in range(26)]
    assert answers[0] == 200 and answers[-1] == 429, answers
    assert proxy.call("api", "/v1/login", headers=["x-forwarded-for: 1.2.3.4"]).status == 429
    assert proxy.call("api", "/v1/login", client=OTHER).status == 200


def test_the_first_event_arrives_before_the_last_is_sent(front):
    proxy, server = front
    with proxy.connect("stream") as connection:
        connection.send(http_request("GET", "/?n=20&ms=100", f"stream.{DOMAIN}:{proxy.port}"))
        head = connection.read_head()
        assert head.status == 200, head
        while b"data: " not in connection.buffer:
            assert connection.fill()
        first = connection.buffer.count(b"data: ")
        assert 1 <= first < 15, connection.buffer
        connection.read_body(head)
        assert head.text.count("data: ") == 20, head


def test_a_body_is_sent_on_while_it_arrives(front, request):
    if request.node.callspec.params["front"] == "caddy":
        pytest.skip("Caddy over HTTP/1.1 drops the rest of the body when the answer begins, as the page says")
    proxy, _ = front
    with proxy.connect("echo") as connection:
        connection.send(http_request("POST", "/", f"echo.{DOMAIN}:{proxy.port}", ["content-length: 6"], b"abc"))
        answer = connection.exchange(b"def")
        assert answer.status == 200 and answer.body == b"abcdef" and answer.whole, answer


def test_413_of_the_server_and_of_the_proxy(front, request):
    proxy, _ = front
    answer = proxy.call("echo", method="POST", headers=["content-length: 11000000"], body=b"")
    assert (answer.status, answer.code) == (413, "F0107"), answer
    if request.node.callspec.params["front"] == "haproxy-tcp":
        return      # this proxy does not read requests
    answer = proxy.call("api", "/v1/functions/echo/versions", "POST", [f"content-length: {50 << 20}", "content-type: application/wasm"])
    assert answer.status in (401, 413), answer
    if request.node.callspec.params["front"] in ("nginx", "haproxy"):
        assert answer.status == 413 and answer.header("faasta-api") is None, answer


def test_health_by_head(front):
    proxy, _ = front
    answer = proxy.call("api", "/readyz", "HEAD")
    assert answer.status == 200 and not answer.body, answer


@pytest.mark.parametrize("kind", [kind for kind in PROXIES if kind != "haproxy-tcp"])
def test_signing_in(kind, tmp_path, authority):
    """Behind a proxy that terminates TLS, the callback has the public URL, and the cookie is only for https."""
    config = merged({"server": SERVER["server"]}, {"github": {"client_id": CLIENT_ID, "client_secret": "secret", "url": "https://github.invalid", "api_url": "https://github.invalid"}})
    server = Server(tmp_path / "server", config, base_domain=DOMAIN)
    server.config_file.write_text(f'public_url = "https://{DOMAIN}"\n' + server.config_file.read_text())
    with server:
        proxy = Proxy(kind, tmp_path, authority, server)
        try:
            query = "redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcallback&state=" + "s" * 43 + "&code_challenge=" + "c" * 43 + "&code_challenge_method=S256"
            answer = proxy.call("api", f"/v1/login/start?{query}")
            assert answer.status == 303, answer
            assert parameters(answer.header("location"))["redirect_uri"] == f"https://api.{DOMAIN}/v1/login/callback", answer
            assert answer.header("set-cookie").startswith("__Host-") and "Secure" in answer.header("set-cookie"), answer
        finally:
            proxy.close()
