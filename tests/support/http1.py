"""A strict HTTP/1.1 client: it sends raw bytes, and checks every byte of the answer."""
import json
import socket
import time


class Broken(Exception):
    """The peer ended the connection before a whole response arrived."""


class Response:
    def __init__(self, status, version, headers, interim):
        self.status, self.version, self.headers, self.interim = status, version, headers, interim
        self.body, self.trailers = b"", []
        self.whole = False      # whether the body has the length that its framing says
        self.head_at = time.monotonic()

    def header(self, name, default=None):
        return next((value for key, value in self.headers if key.lower() == name), default)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        """The error code of a problem document, or None."""
        return self.json().get("code") if self.header("content-type") == "application/problem+json" else None

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}{'' if self.whole else ' BROKEN'} trailers={self.trailers}>"


def request(method="GET", target="/", host="", headers=(), body=b"", version="HTTP/1.1"):
    """The bytes of a request. `headers` are lines. A body gets a content-length, unless `headers` has content-length or
    transfer-encoding."""
    lines = [f"{method} {target} {version}", f"host: {host}", *headers]
    framed = any(line.lower().startswith(("content-length:", "transfer-encoding:")) for line in headers)
    if body and not framed:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(*parts, trailers=()):
    """A chunked body of these parts."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part)
    return body + b"0\r\n" + "".join(f"{line}\r\n" for line in trailers).encode() + b"\r\n"


class Connection:
    def __init__(self, address, seconds=20, source=None):
        """`source`: the client's own address, such as 127.0.0.9."""
        self.socket = socket.create_connection(address, timeout=seconds, source_address=source and (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def send_gently(self, data):
        """Sends, and ignores errors: the peer may answer and close the connection before it has read all bytes."""
        try:
            self.socket.sendall(data)
        except OSError:
            pass
        return self

    def fill(self):
        """Reads once. Returns False at the end."""
        try:
            data = self.socket.recv(1 << 16)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        self.buffer += data
        return bool(data)

    def take(self, count):
        while len(self.buffer) < count:
            if not self.fill():
                raise Broken(f"{len(self.buffer)} of {count} bytes")
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def take_line(self):
        while b"\r\n" not in self.buffer:
            if not self.fill():
                raise Broken(f"a line broke off: {self.buffer[:100]!r}")
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def read_fields(self):
        fields = []
        while line := self.take_line():
            name, colon, value = line.partition(":")
            assert colon and name and name == name.strip(), f"not a field line: {line!r}"
            fields.append((name, value.strip(" \t")))
        return fields

    def read_head(self):
        """Reads the head of the final response, after any interim responses (1xx)."""
        interim = []
        while True:
            version, status, *_ = self.take_line().split(" ", 2)
            headers = self.read_fields()
            if not 100 <= int(status) < 200:
                return Response(int(status), version, headers, interim)
            interim.append(int(status))

    def read_response(self, method="GET"):
        """A response with its body. Raises Broken if there is no whole head; a body that breaks off clears `whole`."""
        response = self.read_head()
        try:
            self.read_body(response, method)
            response.whole = True
        except Broken:
            pass
        return response

    def read_body(self, response, method="GET"):
        if method == "HEAD" or response.status in (204, 304):
            return
        if response.header("transfer-encoding") == "chunked":
            parts = []
            try:
                while size := int(self.take_line().split(";")[0], 16):
                    parts.append(self.take(size))
                    assert self.take(2) == b"\r\n", "chunk data is not followed by CRLF"
            finally:
                response.body = b"".join(parts)
            response.trailers = self.read_fields()
        elif (length := response.header("content-length")) is not None:
            try:
                response.body = self.take(int(length))
            except Broken:
                response.body, self.buffer = self.buffer, b""
                raise
        else:
            while self.fill():
                pass
            response.body, self.buffer = self.buffer, b""

    def ended(self, seconds=5):
        """True if the peer closes without another byte."""
        self.socket.settimeout(seconds)
        try:
            return not self.buffer and not self.fill()
        except TimeoutError:
            return False

    def exchange(self, data, method="GET"):
        return self.send(data).read_response(method)
