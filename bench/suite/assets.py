"""Requests/s and processor time of a static file over HTTP/1.1; compared with nginx, which sends it with `sendfile`.

Server and client have one core each, 128 connections, every answer is compared. nginx is measured as it comes, and with
`open_file_cache`, with which it neither opens nor closes the file. """
import contextlib
import os
import pathlib
import statistics
import subprocess
import tempfile

from support.assets import publish
from suite import edge, faasta
from suite.client import load
from suite.peers import Served
from suite.placement import APART, on

SHORT = ["--rounds", "1", "--seconds", "1"]
SIZES = {"10 KiB": 10 << 10, "100 KiB": 100 << 10}
WANTED, WANTED_RATIO = 60_000, 0.8
NGINX = """daemon off; master_process off; worker_processes 1; pid {at}/pid; error_log {at}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; keepalive_requests 100000000; {cache}
  types {{ text/plain txt; }} etag on;
  client_body_temp_path {at}/b; proxy_temp_path {at}/p; fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;
  server {{ listen 127.0.0.1:{port}; root {at}/files; }} }}
"""


def options(parser):
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)


def content(size):
    return ("0123456789abcdef" * (size // 16)).encode()


@contextlib.contextmanager
def ours(size):
    with tempfile.TemporaryDirectory() as folder, faasta.started(folder) as server:
        publish(server, "bench", {"/file.txt": content(size)})
        yield Served(server.address, "bench.localhost", server.pid)


@contextlib.contextmanager
def nginx(size, cache=""):
    with tempfile.TemporaryDirectory() as at:
        os.chmod(at, 0o755)
        (pathlib.Path(at) / "files").mkdir()
        (pathlib.Path(at) / "files" / "file.txt").write_bytes(content(size))
        port = edge.free_port()
        config = pathlib.Path(at) / "nginx.conf"
        config.write_text(NGINX.format(at=at, port=port, cache=cache))
        with on(APART.server):
            process = subprocess.Popen(["/usr/sbin/nginx", "-c", config, "-e", f"{at}/error.log"])
        try:
            edge.wait_for(port)
            yield Served(("127.0.0.1", port), "bench.localhost", process.pid)
        finally:
            process.terminate()
            process.wait()


SERVERS = {"faasta": ours, "nginx sendfile": nginx, "nginx sendfile, open_file_cache": lambda size: nginx(size, "open_file_cache max=100;")}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(served, size, seconds):
    load(served, 1, expect=content(size), path="/file.txt", connections=128)
    before = cpu_seconds(served.pid)
    outcome = load(served, seconds, expect=content(size), path="/file.txt", connections=128, warm_up=0)
    return {"per_second": outcome["per_second"], "cpu_us": (cpu_seconds(served.pid) - before) / outcome["answers"] * 1e6}


def run(chosen, report):
    for name, size in SIZES.items():
        rounds = []
        for number in range(chosen.rounds):
            order = list(SERVERS)[::-1 if number % 2 else 1]
            one = {}
            for server in order:
                with SERVERS[server](size) as served:
                    one[server] = measured(served, size, chosen.seconds)
            rounds.append(one)
        report.add({"size": size, "rounds": rounds})
        median = {server: {key: statistics.median(one[server][key] for one in rounds) for key in ("per_second", "cpu_us")} for server in SERVERS}
        report.table(name, ["", "requests/s", "processor time, us"], [[server, f"{one['per_second']:,.0f}", f"{one['cpu_us']:.1f}"] for server, one in median.items()])
        ratio = statistics.median(one["faasta"]["per_second"] / one["nginx sendfile"]["per_second"] for one in rounds)
        report.say(f"{name}: {ratio:.2f} times nginx (wanted: {WANTED_RATIO}" + (f"), {median['faasta']['per_second']:,.0f}/s (wanted: {WANTED:,})" if size == SIZES["10 KiB"] else ")"))
