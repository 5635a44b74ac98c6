"""Memory of an idle connection: plain, TLS with HTTP/1.1, TLS with HTTP/2; compared with nginx.

Each connection sends one request and is idle then. The server's anonymous memory is measured with a tenth of the
connections and with all of them. The figure is the difference, divided by the number of added connections. """
import resource
import select
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.events

from suite import edge
from suite.process import memory

SHORT = ["--connections", "1000"]
REQUEST = f"GET / HTTP/1.1\r\nhost: {edge.HOST}\r\n\r\n".encode()


def options(parser):
    parser.add_argument("--connections", type=int, default=5000)


def plain(ports):
    peer = socket.create_connection(("127.0.0.1", ports.plain), timeout=30)
    return one_request(peer)


def one_request(peer):
    peer.sendall(REQUEST)
    answer = peer.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200"), answer
    return peer


def context(protocol):
    out = ssl.create_default_context()
    out.check_hostname, out.verify_mode = False, ssl.CERT_NONE
    out.set_alpn_protocols([protocol])
    return out


def tls(ports, protocol, contexts={}):               # noqa: B006 (one context for all, as a browser has)
    if protocol not in contexts:
        contexts[protocol] = context(protocol)
    peer = socket.create_connection(("127.0.0.1", ports.tls), timeout=30)
    return contexts[protocol].wrap_socket(peer, server_hostname=edge.HOST)


def http2(ports):
    peer = tls(ports, "h2")
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    connection.initiate_connection()
    connection.send_headers(1, [(":method", "GET"), (":scheme", "https"), (":authority", edge.HOST), (":path", "/")], end_stream=True)
    peer.sendall(connection.data_to_send())
    while True:
        events = connection.receive_data(peer.recv(65536))
        peer.sendall(connection.data_to_send())
        if any(isinstance(event, h2.events.StreamEnded) for event in events):
            return peer


KINDS = {"plain": plain, "TLS": lambda ports: one_request(tls(ports, "http/1.1")), "TLS, HTTP/2": http2}
WANTED = {"plain": 2, "TLS": 8, "TLS, HTTP/2": 16}   # KiB
SERVERS = {"faasta": edge.faastad, "nginx": edge.nginx}


def slope(ports, kind, count):
    kept = [KINDS[kind](ports) for _ in range(count // 10)]
    begin = settled(ports.pid)
    kept += [KINDS[kind](ports) for _ in range(count - len(kept))]
    grown = settled(ports.pid) - begin
    ended = select.poll()
    for peer in kept:
        ended.register(peer, select.POLLRDHUP)
    assert ended.poll(0) == [], "the server closed connections before they were counted: the machine is too slow for so many"
    for peer in kept:
        peer.close()
    return grown / (count - count // 10)


def settled(pid):
    """The anonymous memory, once it does not change any more."""
    last = None
    while True:
        now = memory(pid)["anonymous"]
        if last is not None and abs(now - last) < 65536:
            return now
        last = now
        time.sleep(1)


def run(chosen, report):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    rows = []
    for name, serve in SERVERS.items():
        for kind in KINDS:
            with serve() as ports:
                rows.append([name, kind, slope(ports, kind, chosen.connections)])
    report.add({"connections": chosen.connections, "bytes": rows})
    report.table(f"memory of an idle connection, KiB ({chosen.connections} connections)", ["", "", "KiB", ""],
                 [[name, kind, f"{value / 1024:.2f}", f"wanted: {WANTED[kind]}" if name == "faasta" else ""] for name, kind, value in rows])
