"""Starts servers with TLS and HTTP/2: faastad, and nginx with a fixed answer. Each has one self-signed ECDSA P-256
certificate."""
import contextlib
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections import namedtuple

from support.guests import guest
from support.server import Server
from suite import folders
from suite.faasta import settings
from suite.placement import APART, on

HOST = "bench.localhost"
Ports = namedtuple("Ports", "plain tls pid")


def certificate(folder):
    """A certificate and key for HOST, in `folder`."""
    made = folder / "tls.crt", folder / "tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", "/CN=bench",
                    "-addext", f"subjectAltName=DNS:{HOST},DNS:*.localhost", "-keyout", made[1], "-out", made[0]], check=True, capture_output=True)
    return made


@contextlib.contextmanager
def faastad(name="hello-raw", place=APART):
    """Runs faastad with one guest, which answers at HOST."""
    with tempfile.TemporaryDirectory() as at, folders.copied(folders.functions({"bench": guest(name)})) as data:
        chain, key = certificate(pathlib.Path(at))
        config = settings(place, tls={"listen": "127.0.0.1:0", "folder": at, "redirect": False, "hsts": False})
        server = Server(data, config)
        assert chain.exists() and key.exists()
        with on(place.server):
            server.start()
        try:
            yield Ports(server.address[1], server.https[1], server.pid)
        finally:
            server.kill()


NGINX = """
daemon off; master_process off; worker_processes 1; pid {at}/pid; error_log {at}/error.log;
events {{ worker_connections 30000; }}
http {{
  access_log off; keepalive_requests 1000000; keepalive_timeout 600; ssl_session_cache off; ssl_session_tickets on;
  client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c; uwsgi_temp_path {at}/d; scgi_temp_path {at}/e;
  ssl_certificate {at}/tls.crt; ssl_certificate_key {at}/tls.key; ssl_protocols TLSv1.3; ssl_ecdh_curve X25519;
  server {{ listen 127.0.0.1:{plain} reuseport; listen 127.0.0.1:{tls} ssl http2 reuseport; server_name {host};
    location / {{ default_type text/plain; return 200 "hello from faasta\\n"; }} }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def nginx(place=APART):
    """Runs nginx with one worker. Its configuration answers with `return 200`."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with tempfile.TemporaryDirectory() as at:
        certificate(pathlib.Path(at))
        plain, tls = free_port(), free_port()
        config = pathlib.Path(at) / "nginx.conf"
        config.write_text(NGINX.format(at=at, plain=plain, tls=tls, host=HOST))
        with on(place.server):
            process = subprocess.Popen([program, "-c", config, "-e", f"{at}/error.log"])
        try:
            wait_for(tls)
            yield Ports(plain, tls, process.pid)
        finally:
            process.kill()
            process.wait()


def wait_for(port):
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise TimeoutError(port)
