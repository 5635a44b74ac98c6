"""A name server whose answers a test decides, and a world in which it is the only one."""
import socket
import struct
import tempfile
import threading
import ctypes
import subprocess

A, CNAME, AAAA = 1, 5, 28
CLONE_NEWNS = 0x20000


def encoded(name):
    """A name in the form of RFC 1035 section 3.1."""
    labels = [label for label in name.encode().split(b".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(owner, kind, value):
    data = encoded(value) if kind == CNAME else socket.inet_pton(socket.AF_INET if kind == A else socket.AF_INET6, value)
    return encoded(owner) + struct.pack(">HHIH", kind, 1, 0, len(data)) + data


class NameServer:
    """Answers at 127.0.0.1, UDP and TCP; `port` is 53, or any. `answers(name, kind, nth, tcp)` returns a list of (owner, kind, value), or "cut" for an
    answer that does not fit into a datagram; None: there is no such name. `nth` counts the questions for this name and kind."""

    def __init__(self, answers, port=53):
        self.answers, self.counts, self.lock = answers, {}, threading.Lock()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", port))
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.create_server(("127.0.0.1", self.port))
        for loop in (self.datagrams, self.connections):
            threading.Thread(target=loop, daemon=True).start()

    def close(self):
        self.udp.close()
        self.tcp.close()

    def answer(self, question, tcp):
        end = question.index(b"\0", 12) + 5
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        name, kind = ".".join(labels).lower(), struct.unpack(">H", question[end - 4:end - 2])[0]
        with self.lock:
            nth = self.counts[name, kind] = self.counts.get((name, kind), 0) + 1
        records = self.answers(name, kind, nth, tcp)
        cut, missing = records == "cut", records is None
        made = [] if cut or missing else [record(*one) for one in records]
        flags = 0x8580 | (0x0200 if cut else 0) | (3 if missing else 0)
        return question[:2] + struct.pack(">HHHHH", flags, 1, len(made), 0, 0) + question[12:end] + b"".join(made)

    def datagrams(self):
        while True:
            try:
                question, peer = self.udp.recvfrom(4096)
                self.udp.sendto(self.answer(question, False), peer)
            except OSError:
                return

    def connections(self):
        while True:
            try:
                peer, _ = self.tcp.accept()
                with peer:
                    question = peer.recv(4096)[2:]
                    made = self.answer(question, True)
                    peer.sendall(struct.pack(">H", len(made)) + made)
            except OSError:
                return


def only_name_server_here():
    """For a thread that is in a network of its own: it and the processes that it starts ask 127.0.0.1."""
    assert ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) == 0
    file = tempfile.NamedTemporaryFile("w", suffix=".conf")
    file.write("nameserver 127.0.0.1\noptions timeout:1 attempts:2\n")
    file.flush()
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "--bind", file.name, "/etc/resolv.conf"], check=True)
    return file
