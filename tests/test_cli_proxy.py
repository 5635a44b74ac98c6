"""Answers of a proxy in front of the server, a server that does not answer, and Ctrl-C during a deploy."""
import http.server
import re
import signal
import socket
import threading

import pytest

from support.guests import guest_file


@pytest.fixture
def in_front(cli):
    """A proxy that answers every request itself, with the status that the test sets."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = b"<html><h1>no</h1></html>"
            self.send_response(proxy.status)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        do_GET = do_DELETE = do_POST

        def log_message(self, *_):
            pass
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.status = 200
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    cli.server = f"http://localhost:{proxy.server_address[1]}"
    yield proxy
    proxy.shutdown()
    proxy.server_close()


@pytest.mark.parametrize("status, needle", [(413, "client_max_body_size"), (429, "the limit is the proxy's"), (502, "does not reach it"), (503, "does not reach it"), (504, "proxy_read_timeout")])
def test_answers_of_a_proxy_are_told_as_such(cli, in_front, status, needle):
    in_front.status = status
    token = {"FAASTA_TOKEN": "x"}
    for arguments in (["list"], ["deploy", "--component", guest_file("hello-raw"), "--name", "hello"], ["rollback", "hello"], ["logs", "hello"]):
        cli.run(*arguments, env=token).fails(9, "F0715", "a proxy in front of the server", f"({status})", needle)


def test_a_web_page_is_told_as_such(cli, in_front):
    cli.run("list", env={"FAASTA_TOKEN": "x"}).fails(9, "F0709", "a web page")


@pytest.fixture
def silent(cli):
    """A server that accepts connections and reads bytes, but answers only `GET /v1/me`."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken, all_read = [], threading.Event()

    def read(peer):
        seen = b""
        while data := peer.recv(65536):
            seen += data
            if seen.startswith(b"GET /v1/me ") and b"\r\n\r\n" in seen:        # the first request of a deploy
                peer.sendall(b'HTTP/1.1 200 OK\r\nfaasta-api: 1\r\ncontent-type: application/json\r\ncontent-length: 17\r\nconnection: close\r\n\r\n{"mode":"single"}')
                peer.close()
                return
            if b"\0asm" in seen and seen.rstrip().endswith(b"--") and guest_file("hello-raw").read_bytes()[-64:] in seen:
                all_read.set()

    def accept():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            taken.append(peer)
            threading.Thread(target=read, args=(peer,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    cli.server = f"http://localhost:{listener.getsockname()[1]}"
    yield all_read
    listener.close()


@pytest.mark.parametrize("arguments", [["list"], ["invoke", "hello"], ["deploy", "--component", guest_file("hello-raw"), "--name", "hello"]], ids=["list", "invoke", "deploy"])
def test_a_server_that_never_answers(cli, silent, arguments):
    cli.run(*arguments, "--timeout", "2", env={"FAASTA_TOKEN": "x"}).fails(9, "F0716", "not a byte for 2 s", "--timeout")


def test_a_long_wait_is_told(cli, silent):
    done = cli.run("deploy", "--component", guest_file("hello-raw"), "--name", "hello", "--timeout", "12", env={"FAASTA_TOKEN": "x"}).fails(9, "F0716")
    assert re.search(r"the server compiles and checks it \(1[0-2] s\)", done.err), done


def test_an_interrupted_deploy_says_whether_the_server_goes_on(cli, silent):
    running = cli.start("deploy", "--component", guest_file("hello-raw"), "--name", "hello", env={"FAASTA_TOKEN": "x"})
    assert silent.wait(20)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert running.returncode == 130 and "goes on" in err and "faasta versions hello" in err, err
