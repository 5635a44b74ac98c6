"""A client of HTTP/2 that sends any frames, also wrong ones, and stores the answers. It uses hyperframe for frames and
hpack for heads."""
import socket
import time

import hpack
from hyperframe.frame import (ContinuationFrame, DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame, SettingsFrame,
                              WindowUpdateFrame)

from support.h2_client import connect
from support.waiting import patient

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
INITIAL_WINDOW_SIZE = SettingsFrame.INITIAL_WINDOW_SIZE
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED = 0, 1, 2, 3, 4, 5
REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM = 7, 8, 11


class Stream:
    def __init__(self):
        self.status, self.fields, self.trailers, self.body, self.ended, self.reset, self.window = None, [], [], bytearray(), False, None, 0


class Peer:
    """`window`: the initial flow-control window of each stream. `credit`: whether to send WINDOW_UPDATE for received
    data."""

    def __init__(self, address, context=None, server_name="localhost", window=None, credit=True, seconds=20, source=None):
        self.socket = connect(address, context, server_name, patient(seconds), source)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.buffer, self.streams, self.goaway, self.closed, self.credit, self.pongs, self.next = b"", {}, None, False, credit, 0, 1
        self.last = None                             # the last stream that the server answers, from its GOAWAY
        self.settings, self.given = None, 0          # `given`: bytes of WINDOW_UPDATE that the server sent for the connection
        self.send(PREFACE + self.frame(SettingsFrame(0, settings={} if window is None else {INITIAL_WINDOW_SIZE: window})))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @staticmethod
    def frame(frame, *flags):
        for flag in flags:
            frame.flags.add(flag)
        return frame.serialize()

    def send(self, data):
        """Returns False if the server has closed the connection."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def head(self, fields, stream=None, end=True):
        """The bytes of a HEADERS frame, with CONTINUATION frames if needed; on a new stream if `stream` is None."""
        if stream is None:
            stream, self.next = self.next, self.next + 2
        self.streams.setdefault(stream, Stream())
        block = self.encoder.encode(fields)
        first, rest = block[:16_384], block[16_384:]
        flags = ["END_STREAM"] if end else []
        out = self.frame(HeadersFrame(stream, first), *flags, *([] if rest else ["END_HEADERS"]))
        while rest:
            first, rest = rest[:16_384], rest[16_384:]
            out += self.frame(ContinuationFrame(stream, first), *([] if rest else ["END_HEADERS"]))
        return out

    def ask(self, host, target="/", method="GET", fields=(), end=True, scheme="http"):
        """Sends a head; returns the stream's number."""
        stream = self.next
        self.send(self.head([(":method", method), (":scheme", scheme), (":authority", host), (":path", target), *fields], end=end))
        return stream

    def data(self, stream, data, end=False):
        return self.send(self.frame(DataFrame(stream, data), *(["END_STREAM"] if end else [])))

    def reset(self, stream, code=CANCEL):
        return self.send(self.frame(RstStreamFrame(stream, error_code=code)))

    def window(self, stream, increment):
        return self.send(self.frame(WindowUpdateFrame(stream, window_increment=increment)))

    def ping(self, data=b"12345678", flags=()):
        return self.send(self.frame(PingFrame(0, data), *flags))

    # ---- what comes back ----

    def read(self, until, seconds=20, what="the frames"):
        """Reads frames until `until()` is true or the server has closed the connection."""
        end = time.monotonic() + patient(seconds)
        while not until() and not self.closed:
            left = end - time.monotonic()
            assert left > 0, f"{what} did not come: {self}"
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 16)
            except socket.timeout:
                continue
            except (ConnectionResetError, BrokenPipeError):
                data = b""
            self.closed = not data
            self.buffer += data
            self.take_frames()
        return self

    def take_frames(self):
        while len(self.buffer) >= 9:
            frame, length = Frame.parse_frame_header(memoryview(self.buffer[:9]))
            if len(self.buffer) < 9 + length:
                return
            frame.parse_body(memoryview(self.buffer[9:9 + length]))
            self.buffer = self.buffer[9 + length:]
            self.take(frame)

    def take(self, frame):
        stream = self.streams.setdefault(frame.stream_id, Stream()) if frame.stream_id else None
        if isinstance(frame, HeadersFrame):
            fields = self.decoder.decode(frame.data)
            status = next((int(value) for name, value in fields if name == ":status"), None)
            if status is None:
                stream.trailers = fields
            elif status >= 200:
                stream.status, stream.fields = status, fields
        elif isinstance(frame, DataFrame):
            stream.body += frame.data
            if self.credit and frame.data:
                self.window(0, len(frame.data))
                if "END_STREAM" not in frame.flags:
                    self.window(frame.stream_id, len(frame.data))
        elif isinstance(frame, RstStreamFrame):
            stream.reset = frame.error_code
        elif isinstance(frame, GoAwayFrame):
            self.goaway, self.last = frame.error_code, frame.last_stream_id
        elif isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
            self.settings = frame.settings
            self.send(self.frame(SettingsFrame(0), "ACK"))
        elif isinstance(frame, PingFrame) and "ACK" in frame.flags:
            self.pongs += 1
        elif isinstance(frame, WindowUpdateFrame):
            if stream:
                stream.window += frame.window_increment
            else:
                self.given += frame.window_increment
        if "END_STREAM" in frame.flags and isinstance(frame, (HeadersFrame, DataFrame)):
            stream.ended = True

    def answer(self, stream, seconds=20):
        """Waits until the stream has ended or was reset, and returns the stream."""
        self.read(lambda: self.streams[stream].ended or self.streams[stream].reset is not None, seconds, f"the answer on stream {stream}")
        return self.streams[stream]

    def end(self, seconds=20):
        """Waits until the server closes the connection, and returns the code of its GOAWAY."""
        self.read(lambda: False, seconds, "the end of the connection")
        return self.goaway

    def __repr__(self):
        streams = {number: (stream.status, len(stream.body), stream.ended, stream.reset) for number, stream in list(self.streams.items())[:10]}
        return f"goaway {self.goaway}, closed {self.closed}, streams {streams}"


def priority_update(stream):
    payload = stream.to_bytes(4, "big") + b"u=1"
    return len(payload).to_bytes(3, "big") + b"\x10\0\0\0\0\0" + payload
