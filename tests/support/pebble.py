"""Pebble, the test CA of Let's Encrypt, with its DNS server. If the machine has Go, `./dev test` installs both.
Otherwise the tests are skipped."""
import contextlib
import http.client
import json
import os
import shutil
import ssl
import subprocess

import pytest

from support.guests import REPOSITORY
from support.server import free_port
from support.tls import Authority
from support.waiting import eventually

TOOLS = REPOSITORY / "build" / "edge-tools"


def tool(name):
    found = shutil.which(name, path=f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed (./dev test installs it where Go is)")
    return found


def posted(port, path, body, context=None):
    """Sends JSON to a management interface; returns the answer's body."""
    connect = http.client.HTTPConnection if context is None else lambda *where, **how: http.client.HTTPSConnection(*where, **how, context=context)
    with contextlib.closing(connect("localhost", port, timeout=10)) as connection:
        connection.request("POST", path, json.dumps(body), {"content-type": "application/json", "user-agent": "tests"})
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, (answer.status, text)
        return text


class Names:
    """The DNS server of Pebble: every name has the address 127.0.0.1; TXT records can be set."""

    def __init__(self, folder):
        self.port, self.management = free_port(), free_port()
        self.log = open(folder / "names.log", "ab")  # noqa: SIM115, the process writes to it
        self.process = subprocess.Popen(
            [tool("pebble-challtestsrv"), "-dnsserver", f"127.0.0.1:{self.port}", "-management", f"127.0.0.1:{self.management}", "-defaultIPv6", "",
             "-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""], stdout=self.log, stderr=self.log)
        eventually(lambda: reachable(self.management), 10, "the test DNS server")

    def set_text(self, name, value):
        posted(self.management, "/set-txt", {"host": name + ".", "value": value})

    def clear_text(self, name):
        posted(self.management, "/clear-txt", {"host": name + "."})

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


def reachable(port):
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
    except OSError:
        return False
    return True


class Pebble:
    """`dns`: the port of the DNS server that Pebble asks. `faults`: percentage of requests whose nonce is refused."""

    def __init__(self, folder, dns, faults=0, profiles=None, port=None, **environment):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.dns = folder, dns
        self.port, self.management = port or free_port(), free_port()
        if not (folder / "ca.pem").exists():
            Authority(folder).issue("localhost", file="pebble")
        self.root = folder / "ca.pem"
        self.context = ssl.create_default_context(cafile=self.root)
        life = {"description": "90 days", "validityPeriod": 7_776_000}
        (folder / "pebble.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(folder / "pebble.crt"), "privateKey": str(folder / "pebble.key"), "httpPort": 80, "tlsPort": 443,
            "retryAfter": {"authz": 1, "order": 1}, "keyAlgorithm": "ecdsa", "profiles": profiles or {"default": life, "tlsserver": life}}}))
        self.log = open(folder / "pebble.log", "ab")  # noqa: SIM115, the process writes to it
        self.process = subprocess.Popen(
            [tool("pebble"), "-config", folder / "pebble.json", "-dnsserver", f"127.0.0.1:{dns}"], stdout=self.log, stderr=self.log,
            env={**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": str(faults), "PEBBLE_AUTHZREUSE": "0", **environment})
        eventually(lambda: reachable(self.port) and reachable(self.management), 10, "Pebble")

    @property
    def directory(self):
        return f"https://localhost:{self.port}/dir"

    def issuer(self):
        """The root certificate of the CA, as PEM."""
        with contextlib.closing(http.client.HTTPSConnection("localhost", self.management, context=self.context, timeout=10)) as connection:
            connection.request("GET", "/roots/0")
            return connection.getresponse().read().decode()

    def set_renewal_window(self, certificate, start, end):
        """Sets the window in which this certificate (PEM) must be renewed; times in RFC 3339."""
        window = json.dumps({"suggestedWindow": {"start": start, "end": end}})
        posted(self.management, "/set-renewal-info/", {"certificate": certificate, "ariResponse": window}, self.context)

    def orders(self):
        """The number of orders that Pebble has seen."""
        return (self.folder / "pebble.log").read_text(errors="replace").count("There are now")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
