"""A server to which functions send requests. It stores the requests, and can answer in unusual ways that HTTP
allows."""
import http.client
import http.server
import socket
import threading


class Far(http.server.ThreadingHTTPServer):
    """Counts its requests, and the highest number of requests at the same time. /slow waits until `gate` is set, at most for `pause` seconds, /away redirects, /early
    answers before it has read the body. /rude does the same and closes at once. /back sends a request to the function
    at `relay_to`, with the `cdn-loop` field that it received."""
    daemon_threads, request_queue_size = True, 200

    def __init__(self):
        self.seen, self.now, self.most, self.lock, self.heads, self.bodies = 0, 0, 0, threading.Lock(), [], []
        self.gate, self.pause, self.relay_to = threading.Event(), 0.3, None
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self):
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def origin(self):
        return f"http://{self.address}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

    def do_GET(self):
        far = self.server
        with far.lock:
            far.seen, far.now = far.seen + 1, far.now + 1
            far.most = max(far.most, far.now)
            far.heads.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        if self.path in ("/early", "/rude"):
            self._leave()
            self._answer_early()
        else:
            with far.lock:
                far.bodies.append(self._read_body())
            if self.path.startswith("/slow"):
                far.gate.wait(far.pause)
            self._leave()
            if self.path == "/back":
                self._relay()
            else:
                self._answer(302 if self.path == "/away" else 203, b"far away")

    def _leave(self):
        """Call this before the answer is sent. After the answer, the client may send its next request before this
        thread goes on."""
        with self.server.lock:
            self.server.now -= 1

    do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_CONNECT = do_BREW = do_GET

    def _read_body(self):
        if "chunked" in self.headers.get("transfer-encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def _answer(self, status, body):
        self.send_response(status)
        if self.path == "/away":
            self.send_header("location", self.server.origin + "/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _answer_early(self):
        self.close_connection = True
        self.connection.sendall(b"HTTP/1.1 413 Content Too Large\r\ncontent-length: 8\r\nconnection: close\r\n\r\ntoo much")
        if self.path == "/early":
            self.connection.shutdown(socket.SHUT_WR)
            while self.connection.recv(65536):
                pass

    def _relay(self):
        connection = http.client.HTTPConnection(*self.server.relay_to)
        loop = {"cdn-loop": value for value in [self.headers.get("cdn-loop")] if value}
        connection.request("GET", "/?url=" + self.server.origin + "/back", headers={"host": "outbound.localhost", **loop})
        answer = connection.getresponse()
        self._answer(answer.status, answer.read())
        connection.close()

    def log_message(self, *_):
        pass
