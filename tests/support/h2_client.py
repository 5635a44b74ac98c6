"""Sends one request over HTTP/2; the answer has the form of support/http1.py. The package h2 handles the states and
frames."""
import socket
import ssl

import h2.config
import h2.connection
import h2.events
import h2.settings

from support.http1 import Broken, Response

IP_BIND_ADDRESS_NO_PORT = 24
OF_CONNECTION = {"connection", "transfer-encoding", "keep-alive", "host", "upgrade"}


def ask(address, method, host, target, fields=(), body=b"", trailers=(), context=None, server_name="localhost", seconds=60):
    """Sends one request on a new connection, over TLS with `context`, or without TLS and with prior knowledge."""
    with connect(address, context, server_name, seconds) as peer:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="latin-1", validate_outbound_headers=False,
                                                                          normalize_outbound_headers=False))
        connection.initiate_connection()
        connection.increment_flow_control_window(1 << 24)
        connection.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 24})
        head = [(":method", method), (":scheme", "https" if context else "http"), (":authority", host), (":path", target)]
        head += [(name.lower(), value) for name, value in fields if name.lower() not in OF_CONNECTION]
        head = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head]
        connection.send_headers(1, head, end_stream=not body and not trailers)
        return Answer(peer, connection).run(body, list(trailers))


def connect(address, context, server_name, seconds, source=None):
    peer = connect_from(source, address, seconds)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if context is None:
        return peer
    return context.wrap_socket(peer, server_hostname=server_name)


def connect_from(source, address, seconds):
    """With a source address, the kernel should choose the port at connect(). If bind() chose it, no other connection could use this port for a minute."""
    if source is None:
        return socket.create_connection(address, timeout=seconds)
    peer = socket.socket()
    peer.settimeout(seconds)
    peer.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    try:
        peer.bind(source)
        peer.connect(address)
    except OSError:
        peer.close()
        raise
    return peer


def client_context(root, *protocols):
    context = ssl.create_default_context(cafile=root)
    context.set_alpn_protocols(list(protocols))
    return context


class Answer:
    def __init__(self, peer, connection):
        self.peer, self.connection = peer, connection
        self.response, self.interim, self.ended, self.reset = None, [], False, None

    def run(self, body, trailers):
        """Sends the body as far as the flow-control windows allow, and reads until the stream has ended."""
        sent_all = not body and not trailers
        while not self.ended:
            if not sent_all and self.reset is None:
                body, sent_all = self.send(body, trailers)
            self.flush()
            data = self.peer.recv(1 << 16)
            if not data:
                break
            for event in self.connection.receive_data(data):
                self.take(event)
        if self.response is None:
            raise Broken(f"no head; reset: {self.reset}")
        self.response.interim = self.interim
        return self.response

    def send(self, body, trailers):
        while body:
            room = min(self.connection.local_flow_control_window(1), self.connection.max_outbound_frame_size, len(body))
            if room <= 0:
                return body, False
            self.connection.send_data(1, body[:room], end_stream=room == len(body) and not trailers)
            body = body[room:]
        if trailers:
            self.connection.send_headers(1, trailers, end_stream=True)
        return body, True

    def flush(self):
        try:
            self.peer.sendall(self.connection.data_to_send())
        except OSError:
            pass

    def take(self, event):
        if isinstance(event, h2.events.InformationalResponseReceived):
            self.interim.append(event.headers)
        elif isinstance(event, h2.events.ResponseReceived):
            fields = [(name, value) for name, value in event.headers if not name.startswith(":")]
            self.response = Response(int(dict(event.headers)[":status"]), "HTTP/2", fields, [])
        elif isinstance(event, h2.events.DataReceived):
            self.response.body += event.data
            self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            self.response.trailers = list(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            self.ended = True
            if self.response:
                self.response.whole = True
        elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
            self.reset = event.error_code
            self.ended = isinstance(event, h2.events.ConnectionTerminated) or event.stream_id == 1
