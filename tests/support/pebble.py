"""Pebble, the test CA of Let's Encrypt, with its DNS server. If the machine has Go, `./dev test` installs both.
Otherwise the tests are skipped."""
import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading

import pytest

from support.guests import REPOSITORY
from support.server import free_port
from support.tls import Authority
from support.waiting import eventually

TOOLS = REPOSITORY / "build" / "edge-tools"
CA_NAME = "pebble.example"    # in CAA records
HOOK = """#!{python}
import http.client, json, sys
action, name, value = sys.argv[1:]
path = "/set-txt" if action == "present" else "/clear-txt"
connection = http.client.HTTPConnection("127.0.0.1", {port})
connection.request("POST", path, json.dumps({{"host": name, "value": value}}))
assert connection.getresponse().status == 200
with open({log!r}, "a") as log:
    print(action, name, file=log)
"""


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

    def set_addresses(self, name, *addresses):
        posted(self.management, "/add-a", {"host": name + ".", "addresses": addresses})

    def set_v6_addresses(self, name, *addresses):
        posted(self.management, "/add-aaaa", {"host": name + ".", "addresses": addresses})

    def clear_addresses(self, name):
        """The name has the address 127.0.0.1 again."""
        for kind in ("a", "aaaa"):
            posted(self.management, f"/clear-{kind}", {"host": name + "."})

    def set_caa(self, name, *policies):
        """`policies`: pairs of tag and value."""
        posted(self.management, "/add-caa", {"host": name + ".", "policies": [{"tag": tag, "value": value} for tag, value in policies]})

    def clear_caa(self, name):
        posted(self.management, "/clear-caa", {"host": name + "."})

    def fail(self, name):
        """Questions for the name are answered with SERVFAIL."""
        posted(self.management, "/set-servfail", {"host": name + "."})

    def answer_again(self, name):
        posted(self.management, "/clear-servfail", {"host": name + "."})

    def hook(self, folder):
        """A program for acme.dns_hook; it writes what it does into FOLDER/hook.log."""
        program = folder / "hook"
        program.write_text(HOOK.format(python=sys.executable, port=self.management, log=str(folder / "hook.log")))
        program.chmod(0o755)
        return str(program)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Resolver:
    """A resolver in front of the DNS server of Pebble. That server sets neither the bit AA nor RA in its answers, so
    glibc takes it for broken when it answers that there is no record. This one sets RA, as resolvers do."""

    def __init__(self, names):
        self.back, self.socket = ("127.0.0.1", names.port), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            if not query:
                return
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ask:
                ask.settimeout(5)
                ask.sendto(query, self.back)
                with contextlib.suppress(TimeoutError):
                    answer = bytearray(ask.recv(65535))
                    answer[3] |= 0x80
                    self.socket.sendto(answer, client)

    def stop(self):
        self.socket.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()


def reachable(port):
    try:
        http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
    except OSError:
        return False
    return True


class Pebble:
    """`dns`: the port of the DNS server that Pebble asks. `faults`: percentage of requests whose nonce is refused. `http`
    and `tls`: the ports at which Pebble looks at proofs."""

    def __init__(self, folder, dns, faults=0, profiles=None, port=None, http=80, tls=443, **environment):
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
            "certificate": str(folder / "pebble.crt"), "privateKey": str(folder / "pebble.key"), "httpPort": http, "tlsPort": tls, "caaIdentities": [CA_NAME],
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
        return (self.folder / "pebble.log").read_text(errors="replace").count("orders in the db")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
