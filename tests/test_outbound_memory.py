"""Outgoing connections: their buffers count for the call, and a peer may send only a small head."""
import contextlib
import socket
import threading
import urllib.parse

import pytest

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n"


class Deaf:
    """A peer that sends some bytes when a request begins, and reads nothing of it."""

    def __init__(self, sends):
        self.sends, self.held = sends, []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                self.held.append(peer)
                with contextlib.suppress(OSError):
                    peer.recv(1, socket.MSG_PEEK)
                    peer.sendall(self.sends)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()
        for peer in self.held:
            peer.close()


@contextlib.contextmanager
def reached(make_server, sends, guest, **settings):
    with Deaf(sends) as peer:
        server = make_server({"outbound": {"reachable": [peer.address]}, "limits": {"cpu_ms": 5000}})
        assert server.upload(guest, guest, verify=False, outbound=[f"http://{peer.address}"], **settings).status == 201
        yield server, peer


def test_connections_count_for_the_call(make_server):
    """The bodies of these requests are in the kernel's buffers, or in those of the server."""
    with reached(make_server, HEAD + b"\r\n", "hoard", memory_mb=4) as (server, peer):
        few = server.call("hoard", f"/uploads?n=4&port={peer.port}")
        assert (few.status, few.text) == (200, "4 kept\n"), few
        many = server.call("hoard", f"/uploads?n=40&port={peer.port}")
        assert (many.status, many.header("x-faasta-error")) == (503, "memory_limit"), many


@pytest.mark.parametrize("sends, status", [
    (HEAD + b"x-large: " + b"a" * 15_000 + b"\r\n\r\nx", 200),
    (HEAD + b"x-large: " + b"a" * 40_000 + b"\r\n\r\nx", 502),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 10 + HEAD + b"\r\nx", 200),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000 + HEAD + b"\r\nx", 502),
], ids=["a head", "a large head", "interim answers", "many interim answers"])
def test_before_a_body_a_peer_may_send_little(make_server, sends, status):
    with reached(make_server, sends, "outbound") as (server, peer):
        answer = server.call("outbound", "/?url=" + urllib.parse.quote(f"http://{peer.address}/", safe=""))
        assert answer.status == status, answer
