"""Runs h2load, which is in Debian's package nghttp2-client."""
import re
import subprocess
import sys

from suite import edge
from suite.placement import APART, on


def h2load(ports, secure, *more, requests, clients, streams, path="/", host=edge.HOST):
    """Returns the requests per second of one run. An answer with a status other than 2xx ends the suite."""
    port, scheme = (ports.tls, "https") if secure else (ports.plain, "http")
    with on(APART.client):
        done = subprocess.run(["h2load", "-t1", f"-n{requests}", f"-c{clients}", f"-m{streams}", f"--connect-to=127.0.0.1:{port}", *more, f"{scheme}://{host}:{port}{path}"],
                              capture_output=True, text=True, check=True).stdout
    counts = re.search(r"requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded", done)
    if counts is None or counts[1] != counts[3]:
        sys.exit(f"answers were wrong:\n{done}")
    return float(re.search(r"finished in [0-9.a-z]+, ([0-9.]+) req/s", done)[1])
