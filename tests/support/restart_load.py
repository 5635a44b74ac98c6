"""A client that runs during restarts of the server, in its own process. It sends requests at a rate or without pause,
on kept and on new connections, over HTTP/1.1 and HTTP/2. It counts each request that failed. `python restart_load.py` is started
by `Load`; it ends at the end of its standard input, and prints its counts as JSON.

If the server closes a kept connection before it has answered a byte of a request, the request counts as failed, too.
The server must not close a connection on which a request is arriving."""
import bisect
import gc
import json
import pathlib
import random
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support.h2_raw import Peer  # noqa: E402, the path is set above
from support.http1 import Broken, Connection, request  # noqa: E402
from support.tls import TlsConnection, client_context  # noqa: E402


class Seen:
    def __init__(self):
        self.lock, self.answered, self.failed, self.gap, self.times = threading.Lock(), 0, [], 0.0, []

    def note(self, began, problem):
        now = time.monotonic()
        with self.lock:
            if problem:
                self.failed.append(f"{now:.3f} {problem}")
                return
            self.answered += 1
            self.times.append((round(now, 4), round((now - began) * 1e6)))


class Pace:
    """The times at which one client begins its requests. A late client does not catch up."""

    def __init__(self, interval):
        self.interval, self.due = interval, time.monotonic() + interval * random.random()

    def wait(self):
        now = time.monotonic()
        if self.due > now:
            time.sleep(self.due - now)
        self.due = max(self.due + self.interval, now)


def closes(answer):
    return answer.header("connection", "") == "close"


def call(kind, address, hosts, stop, seen, pace, root):
    """With `root`, a file of certificates to trust, over TLS."""
    connection, body, context = None, b"x" * 1000, root and client_context(root)
    while not stop.is_set():
        pace.wait()
        began, host = time.monotonic(), random.choice(hosts)
        try:
            fresh = connection is None
            if fresh:
                connection = TlsConnection(address, host, context, 30) if root else Connection(address, 30)
            if kind == "body":
                answer = connection.exchange(request("POST", "/", host, [f"content-length: {len(body)}"], body))
            else:
                answer = connection.exchange(request("GET", "/", host))
            seen.note(began, "" if answer.status == 200 else f"{kind}: status {answer.status}")
            if kind == "new" or closes(answer):
                connection.close()
                connection = None
        except (OSError, AssertionError, ValueError, EOFError, Broken) as error:
            seen.note(began, f"{kind}, {'new' if fresh else 'kept'}: {type(error).__name__} {error}")
            if connection is not None:
                connection.close()
            connection = None


def call_http2(address, hosts, stop, seen, pace, root):
    """A connection with one stream at a time. After GOAWAY a new connection is used. If GOAWAY says that the server
    has not begun a stream, its request is sent again on the new connection (RFC 9113 section 6.8)."""
    context = root and client_context(root, ("h2",))
    while not stop.is_set():
        try:
            with Peer(address, context, hosts[0], seconds=30) as peer:
                while not stop.is_set() and peer.goaway is None:
                    pace.wait()
                    began = time.monotonic()
                    number = peer.ask(random.choice(hosts), scheme="https" if root else "http")
                    peer.read(lambda: peer.streams[number].ended or (peer.last or number) < number, 30)
                    stream = peer.streams[number]
                    if not stream.ended and peer.last is not None and peer.last < number:
                        break
                    problem = "" if stream.ended and stream.status == 200 else f"http2: {'closed' if peer.closed else ''} status {stream.status}, reset {stream.reset}"
                    seen.note(began, problem)
                    if problem:
                        break
        except (OSError, AssertionError) as error:
            seen.note(time.monotonic(), f"http2: {type(error).__name__} {error}")


def is_near(at, moments):
    """Whether one of the sorted moments is at most half a second away."""
    place = bisect.bisect(moments, at)
    return any(abs(at - moment) <= 0.5 for moment in moments[max(place - 1, 0):place + 1])


def quantile(times, hundredths):
    return times[len(times) * hundredths // 100] if times else 0


def main():
    options = json.loads(sys.argv[1])
    gc.disable()        # a collection stops all clients, for as long as the lists of times are large
    address, hosts, stop, seen = tuple(options["address"]), options["hosts"], threading.Event(), Seen()
    clients = [kind for kind, count in options["kinds"].items() for _ in range(count)]
    interval = len(clients) / options["rate"] if options["rate"] else 0
    threads = [threading.Thread(target=call_http2 if kind == "http2" else call,
                                args=((kind,) if kind != "http2" else ()) + (address, hosts, stop, seen, Pace(interval), options["root"]))
               for kind in clients]
    for thread in threads:
        thread.start()
    while seen.answered + len(seen.failed) < 20:
        time.sleep(0.01)
    print("begun", flush=True)
    moments = json.loads(sys.stdin.read() or "[]")
    stop.set()
    for thread in threads:
        thread.join()
    ends = sorted(at for at, _ in seen.times)
    gaps = sorted(((b - a, a) for a, b in zip(ends, ends[1:])), reverse=True)[:10]
    times = sorted(us for _, us in seen.times)
    around = sorted(us for at, us in seen.times if is_near(at, moments))
    apart = sorted(us for at, us in seen.times if not is_near(at, moments))
    print(json.dumps({"answered": seen.answered, "failed": len(seen.failed), "problems": seen.failed[:20],
                      "longest_gap_ms": round(1e3 * gaps[0][0], 1) if gaps else 0,
                      "gaps_ms_and_whether_around": [(round(1e3 * length, 1), is_near(at, moments)) for length, at in gaps],
                      "p50_us": quantile(times, 50), "p99_us": quantile(times, 99), "p99_around_us": quantile(around, 99), "p99_apart_us": quantile(apart, 99)}))


class Load:
    """`with Load(address, host, {"kept": 4}) as load: ...; seen = load.ended()`. `host` is one host or a list, of which
    each request has one by chance. `rate`: requests a second of all clients together; 0: without pause. With `root`, a
    file of certificates to trust, it uses TLS."""

    def __init__(self, address, host, kinds, rate=0, root=None):
        options = {"address": list(address), "hosts": [host] if isinstance(host, str) else host, "kinds": kinds, "rate": rate, "root": root and str(root)}
        self.process = subprocess.Popen([sys.executable, __file__, json.dumps(options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        """Waits until requests are answered."""
        assert self.process.stdout.readline() == b"begun\n"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ended(self, moments=()):
        """`p99_around_us` is of the answers within half a second of these moments (time.monotonic(), in order), and
        `p99_apart_us` of all others."""
        output, _ = self.process.communicate(json.dumps(list(moments)).encode(), timeout=60)
        return json.loads(output)


if __name__ == "__main__":
    main()
