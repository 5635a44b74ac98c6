"""Custom domains, with Pebble as the CA and its DNS server: from `add` to an answer, what is refused, limits, and how a
domain follows its function."""
import contextlib
import json
import shutil
import sqlite3
import subprocess

import pytest

from support.browser import shown
from support.cli import Cli
from support.cli_schema import differences
from support.guests import version_guest
from support.http1 import Connection, request
from support.pebble import CA_NAME, Names, Pebble, Resolver
from support.people import Person
from support.server import BINARIES, Server, free_port, lasting_port
from support.tls import TlsConnection, client_context
from support.waiting import eventually

BASE = "faasta.example"
HOUR, DAY = 3_600_000, 86_400_000


class Place:
    """A server with custom domains, its CA and its DNS."""

    def __init__(self, folder, proof="tls-alpn-01", redirect=False, config=None, base_certificate=True, top=None, **domains):
        self.folder = folder
        self.names = Names(folder)
        self.resolver = Resolver(self.names)
        http, tls = lasting_port(), lasting_port()
        self.ca = Pebble(folder / "pebble", self.names.port, http=http, tls=tls)
        acme = {"directory": self.ca.directory, "root": str(self.ca.root), "resolver": f"127.0.0.1:{self.resolver.port}", "dns_wait_s": 1}
        if base_certificate:
            acme["dns_hook"] = self.names.hook(folder)
        settings = {"acme": acme, "tls": {"redirect": redirect}, "domains": {"proof": proof, **domains}}
        for table, more in (config or {}).items():
            settings.setdefault(table, {}).update(more)
        self.server = Server(folder / "server", settings, base_domain=BASE, top=top,
                             arguments=["--tls-listen", f"127.0.0.1:{tls}"])
        self.start = lambda: self.server.start(listen=f"127.0.0.1:{http}")
        self.start()
        if base_certificate:
            eventually(lambda: self.server.event("certificate_issued"), 60)
        root = folder / "root.pem"
        root.write_text(self.ca.issuer())
        self.context = client_context(root)
        self.root = root
        if redirect:
            self.server.trust = self.context

    def stop(self):
        self.server.kill()
        self.ca.stop()
        self.resolver.stop()
        self.names.stop()

    # ---- the API ----

    def add(self, host, name="hello", **options):
        return self.server.api("POST", f"/v1/functions/{name}/domains", {"host": host}, **options)

    def check(self, host, name="hello", **options):
        return self.server.api("POST", f"/v1/functions/{name}/domains/check", {"host": host}, **options)

    def remove(self, host, name="hello", **options):
        return self.server.api("DELETE", f"/v1/functions/{name}/domains?host={host}", **options)

    def domain(self, host):
        found = [one for one in self.server.api("GET", "/v1/domains").json()["domains"] if one["host"] == host]
        return found[0] if found else None

    def state(self, host):
        return self.domain(host)["state"]

    def prove(self, answer):
        """Sets the TXT record that an answer to `add` names."""
        assert answer.status in (200, 201), answer
        record = answer.json()["records"][0]
        assert record["type"] == "TXT"
        self.names.set_text(record["name"], record["value"])
        return answer.json()["host"]

    def live(self, host, name="hello", **options):
        """Adds a domain and waits until it is live."""
        host = self.prove(self.add(host, name, **options))
        answer = self.check(host, name, **options)
        assert answer.status == 200 and answer.json()["state"] in ("verified", "live"), answer
        eventually(lambda: self.server.event("domain_live") and host in self.lived(), 60, f"{host} is live")
        return host

    def lived(self):
        return [line["host"] for line in self.server.log_lines() if line.get("event") == "domain_live"]

    def get(self, host, target="/", asked=None, context=None):
        """A request over https. `asked`: the host of the request, if it is not that of the connection."""
        with contextlib.closing(TlsConnection(self.server.https, host, context or self.context)) as connection:
            return connection.exchange(request("GET", target, asked or host))

    def change(self, sql, *values):
        """Changes the catalog of a server that is stopped, as the time would do it."""
        with contextlib.closing(sqlite3.connect(self.server.data / "faasta.db")) as database, database:
            assert database.execute(sql, values).rowcount == 1


@pytest.fixture(name="place")
def place_fixture(tmp_path):
    place = Place(tmp_path)
    place.server.deploy("hello", "hello-wat")
    yield place
    place.stop()


@contextlib.contextmanager
def placed(folder, **options):
    place = Place(folder, **options)
    try:
        place.server.deploy("hello", "hello-wat")
        yield place
    finally:
        place.stop()


def curl(place, url, *more):
    """A request by curl, which trusts the root of Pebble alone, and knows where the server is."""
    host = url.split("/")[2]
    to = ["--connect-to", f"{host}:443:127.0.0.1:{place.server.https[1]}", "--connect-to", f"{host}:80:127.0.0.1:{place.server.address[1]}"]
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", place.root, *to, "-o", "-", "-w", "\n%{http_code} %{redirect_url}", *more, url],
                          capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done
    body, _, status = done.stdout.rpartition("\n")
    return body, status.strip()


@pytest.mark.parametrize("proof", ["tls-alpn-01", "http-01"])
def test_from_nothing_to_an_answer(tmp_path, proof):
    with placed(tmp_path, proof=proof, redirect=False) as place:
        answer = place.add("WWW.Shop.example.")
        assert answer.status == 201
        added = answer.json()
        assert (added["host"], added["state"], added["url"]) == ("www.shop.example", "pending", "https://www.shop.example/")
        assert [(one["type"], one["name"]) for one in added["records"]] == [("TXT", "_faasta.www.shop.example"), ("CNAME", "www.shop.example")]
        assert added["records"][1]["value"] == BASE
        assert added["instead_of_cname"] == [{"type": "A", "name": "www.shop.example", "value": "127.0.0.1"}]
        # To add it again shows the same records.
        again = place.add("www.shop.example")
        assert again.status == 200 and again.json()["records"] == added["records"]
        # Until it is verified, the host is foreign, and no certificate is ordered.
        with Connection(place.server.address) as connection:
            assert connection.exchange(request("GET", "/", "www.shop.example")).status == 421
        orders = place.ca.orders()
        refused = place.check("www.shop.example")
        assert (refused.status, refused.code) == (422, "F1108") and "there is no TXT record _faasta.www.shop.example" in refused.text
        assert added["records"][0]["value"] in refused.json()["detail"] and place.ca.orders() == orders
        place.prove(answer)
        checked = place.check("www.shop.example")
        assert checked.status == 200 and checked.json()["state"] == "verified", checked
        eventually(lambda: place.state("www.shop.example") == "live", 60)
        assert curl(place, "https://www.shop.example/") == (place.server.call("hello").text, "200")
        assert place.ca.orders() == orders + 1
        # The certificate is for this name alone.
        assert place.get("www.shop.example", asked=f"hello.{BASE}").status == 421
        with contextlib.closing(TlsConnection(place.server.https, "www.shop.example", place.context)) as connection:
            assert connection.socket.getpeercert()["subjectAltName"] == (("DNS", "www.shop.example"),)
            assert "includesubdomains" not in connection.exchange(request("GET", "/", "www.shop.example")).header("strict-transport-security", "").lower()
        # By http, too, because this server does not redirect.
        assert curl(place, "http://www.shop.example/")[1] == "200"
        # A check of a live domain tries it again.
        assert place.check("www.shop.example").json()["state"] == "live" and place.ca.orders() == orders + 1
        function = place.server.api("GET", "/v1/functions/hello").json()
        assert function["domains"] == ["www.shop.example"] == place.server.functions()[0]["domains"]
        metrics = place.server.prometheus()
        assert metrics['faasta_domain_events_total{event="live"}'] == 1 and metrics['faasta_certificate_remaining_seconds{name="www.shop.example",custom_domain="true"}'] > 8 * 86_4000
        listed = subprocess.run([BINARIES / "faastad", "certificates", "list", "--json", "--config", place.server.config_file, "--data", place.server.data,
                                 "--base-domain", BASE], capture_output=True, text=True, timeout=30, check=True)
        assert [one["names"] for one in json.loads(listed.stdout)] == [[f"*.{BASE}", BASE], ["www.shop.example"]]


@pytest.mark.parametrize("proof", ["tls-alpn-01", "http-01"])
def test_chromium_opens_a_domain(tmp_path, proof):
    """With Chromium's own list of roots, to which the root of Pebble is added."""
    browser, certutil = (shutil.which(name) or pytest.skip(f"{name} is not installed (./dev check edge)") for name in ("chromium", "certutil"))
    with placed(tmp_path, proof=proof, base_certificate=False) as place:
        place.live("shop.example")
        page = shown((browser, certutil), tmp_path, place.root, "https://shop.example/", f"MAP shop.example:443 127.0.0.1:{place.server.https[1]}")
        assert place.server.call("hello").text.strip() in page, page


def test_http_is_redirected_and_proofs_are_not(tmp_path):
    with placed(tmp_path, proof="http-01", redirect=True) as place:
        place.live("shop.example")
        body, status = curl(place, "http://shop.example/a?b=c")
        assert (body, status) == ("", f"308 https://shop.example:{place.server.https[1]}/a?b=c")
        assert curl(place, "http://shop.example/.well-known/acme-challenge/x")[1] == "404"
        with Connection(place.server.address) as connection:
            assert connection.exchange(request("GET", "/", "other.example")).status == 421


LONG_LABEL = "a" * 64 + ".example"
LONG_NAME = ".".join(["a" * 60] * 5) + ".example"
WRONG = [
    ("", 400, "F1112", "it is empty"),
    (".", 400, "F1112", "it is empty"),
    ("https://shop.example", 400, "F1112", "it has a scheme"),
    ("shop.example/path", 400, "F1112", "it has a path"),
    ("shop.example?x=1", 400, "F1112", "it has a query"),
    ("me@shop.example", 400, "F1112", "it has a user name"),
    ("shop.example:443", 400, "F1112", "it has a port"),
    ("shop example.test", 400, "F1112", "it has a space"),
    ("shop.example\n", 400, "F1112", "control character"),
    ("_faasta.shop.example", 400, "F1112", "underscore"),
    ("shop..example", 400, "F1112", "two dots in a row"),
    ("-shop.example", 400, "F1112", "hyphen"),
    ("sh!op.example", 400, "F1112", "character that host names do not have"),
    (LONG_LABEL, 400, "F1112", "longer than 63 characters"),
    (LONG_NAME, 400, "F1112", "longer than 253 characters"),
    ("xn--zzzzzz99999999.example", 400, "F1112", "punycode"),
    ("shop", 400, "F1112", "it has no dot"),
    ("printer.local", 400, "F1112", "no CA gives a certificate"),
    ("x.localhost", 400, "F1112", "no CA gives a certificate"),
    ("*.shop.example", 400, "F1113", "*.shop.example"),
    ("192.0.2.7", 400, "F1114", "192.0.2.7"),
    ("[2001:db8::1]", 400, "F1114", "2001:db8::1"),
    ("2001:db8::1", 400, "F1114", "2001:db8::1"),
    ("127.1", 400, "F1114", "127.1"),
    ("１９２.0.2.7", 400, "F1114", ""),
    (BASE, 403, "F1115", "base domain"),
    (f"other.{BASE}", 403, "F1115", "below the server"),
    (f"api.{BASE.upper()}.", 403, "F1115", "below the server"),
    ("co.uk", 403, "F1116", "co.uk"),
    ("github.io", 403, "F1116", "github.io"),
    ("fааsta.example", 403, "F1117", BASE),              # two letters are Cyrillic
    ("www.xn--fsta-53da.example", 403, "F1117", BASE),  # the same in punycode
]


def test_what_is_no_domain_is_told_and_costs_no_order(place):
    """Each wrong name has its own answer: a code of its own, or a detail of its own."""
    orders = place.ca.orders()
    answers = set()
    for host, status, code, detail in WRONG:
        answer = place.add(host)
        assert (answer.status, answer.code) == (status, code) and detail in answer.json()["detail"], (host, answer)
        answers.add((code, answer.json()["detail"]))
        assert answer.json()["fix"]
    assert len(answers) == len(WRONG) >= 30
    assert place.server.api("GET", "/v1/domains").json() == {"domains": []}
    assert place.ca.orders() == orders


def test_records_that_are_wrong_are_named_and_cost_no_order(place):
    """What is seen and what is wanted, for each record; the CA is not asked."""
    orders = place.ca.orders()
    names = place.names
    added = place.add("shop.example").json()
    token = added["records"][0]["value"]

    def refused(code, *needles):
        answer = place.check("shop.example")
        detail = answer.json()["detail"]
        assert answer.code == code and all(needle in detail for needle in needles), answer
        assert place.domain("shop.example")["problem"] == detail
    refused("F1108", "there is no TXT record _faasta.shop.example", token)
    names.set_text("_faasta.shop.example", "something else")
    refused("F1108", '"something else"', token)
    names.fail("_faasta.shop.example")
    refused("F1108", "cannot be looked up")
    names.answer_again("_faasta.shop.example")
    names.clear_text("_faasta.shop.example")
    names.set_text("_faasta.shop.example", token)
    names.set_addresses("shop.example", "192.0.2.9")
    refused("F1108", "192.0.2.9", "127.0.0.1", BASE)
    names.set_addresses("shop.example", "127.0.0.1", "192.0.2.9")
    refused("F1108", "192.0.2.9")
    names.clear_addresses("shop.example")
    names.set_v6_addresses("shop.example", "2001:db8::7")
    refused("F1108", "2001:db8::7")
    names.clear_addresses("shop.example")
    names.set_caa("shop.example", ("issue", "other-ca.example"))
    refused("F1121", "other-ca.example", CA_NAME)
    names.set_caa("shop.example", ("issue", ";"))
    refused("F1121", CA_NAME)
    names.set_caa("shop.example", ("issue", f"{CA_NAME}; validationmethods=dns-01"))
    refused("F1121", "tls-alpn-01")
    names.set_caa("shop.example", ("issue", f"{CA_NAME}; accounturi=https://elsewhere.example/1"))
    refused("F1121", "accounturi")
    names.clear_caa("shop.example")
    names.set_caa("example", ("issue", "other-ca.example"))
    refused("F1121", "the CAA record of example")
    # Who is not its owner, or names another function, sees nothing of it.
    stranger = Person(place.server, "stranger")
    assert place.check("shop.example", token=stranger.token).code == "F0204"
    place.server.deploy("second", "hello-wat")
    assert place.check("shop.example", "second").code == "F1122"
    assert place.check("unknown.example").code == "F1122" and place.remove("unknown.example").code == "F1122"
    assert place.add("other.example", "nothere").code == "F0204"
    assert place.ca.orders() == orders
    assert place.state("shop.example") == "pending"
    # With records that allow it, the order is made.
    names.clear_caa("example")
    names.set_caa("shop.example", ("issue", "other-ca.example"), ("issue", f"{CA_NAME}; validationmethods=tls-alpn-01"))
    assert place.check("shop.example").status == 200
    eventually(lambda: place.state("shop.example") == "live", 60)
    assert place.ca.orders() == orders + 1


def test_who_shows_the_record_gets_the_name(place):
    """A claim alone keeps nobody away. The first who shows his record holds the name."""
    ada = Person(place.server, "ada")
    ada.upload("adas", "hello-wat")
    first, second = place.add("shop.example"), place.add("shop.example", "adas", token=ada.token)
    assert first.status == second.status == 201
    assert first.json()["records"][0]["value"] != second.json()["records"][0]["value"]
    place.prove(second)
    assert place.check("shop.example").code == "F1108"
    assert place.check("shop.example", "adas", token=ada.token).status == 200
    eventually(lambda: "shop.example" in place.lived(), 60)
    orders = place.ca.orders()
    place.prove(first)
    taken = place.check("shop.example")
    assert (taken.status, taken.code) == (409, "F1107") and "ada" not in taken.text, taken
    place.remove("shop.example")
    assert place.add("shop.example").code == "F1107"
    assert place.ca.orders() == orders
    # Look-alikes of a name that another owner holds.
    look_alike = place.add("shор.example")  # two letters are Cyrillic
    assert (look_alike.status, look_alike.code) == (403, "F1117") and "shop.example" in look_alike.json()["detail"]
    # An internationalized name of one's own is a name as any other.
    place.live("bücher.example")
    assert place.domain("xn--bcher-kva.example")["state"] == "live"
    assert place.get("xn--bcher-kva.example").status == 200


def test_a_domain_follows_its_function(place):
    place.live("shop.example")
    # A deploy, and a rollback.
    first = place.get("shop.example").text
    place.server.deploy("hello", version_guest(2))
    assert place.get("shop.example").text == place.server.call("hello").text != first
    place.server.rollback("hello", 1)
    assert place.get("shop.example").text == first
    # Transfer to another owner.
    Person(place.server, "bob")
    subprocess.run([BINARIES / "faastad", "admin", "transfer", "hello", "bob", "-y", "--data", place.server.data], check=True, capture_output=True)
    assert place.server.api("GET", "/v1/domains").json() == {"domains": []}
    assert place.get("shop.example").status == 200
    subprocess.run([BINARIES / "faastad", "admin", "transfer", "hello", "#1", "-y", "--data", place.server.data], check=True, capture_output=True)
    # A restart.
    place.server.stop()
    place.start()
    assert place.get("shop.example").status == 200
    # Delete: the name is free, and its certificate is not shown any more.
    assert place.server.api("DELETE", "/v1/functions/hello").status == 200

    def refused():
        try:
            place.get("shop.example")
        except OSError:
            return True
        return False
    eventually(refused, 20, "the certificate is out of use")
    assert not (place.server.data / "tls" / "acme" / "live" / "shop.example").exists()
    with Connection(place.server.address) as connection:
        assert connection.exchange(request("GET", "/", "shop.example")).status == 421
    place.server.deploy("hello", "hello-wat")
    assert place.domain("shop.example") is None
    # Remove: the same.
    place.live("other.example")
    assert place.remove("other.example").json() == {"host": "other.example", "function": "hello", "removed": True}
    eventually(lambda: not (place.server.data / "tls" / "acme" / "live" / "other.example").exists(), 20)
    eventually(lambda: not list((place.server.data / "tls" / "acme" / "issued").glob("other.example.*")), 20, "the end of its keys")
    actions = audit_actions(place)
    assert {"domain_add", "domain_order", "domain_remove"} <= actions


def test_the_default_function_answers_only_where_no_domain_is(tmp_path):
    with placed(tmp_path, top={"default_function": "fallback"}, base_certificate=False) as place:
        place.server.deploy("fallback", version_guest(7))

        def answer(host):
            with Connection(place.server.address) as connection:
                return connection.exchange(request("GET", "/", host)).text
        fallback, own = place.server.call("fallback").text, place.server.call("hello").text
        assert answer("shop.example") == answer("other.example") == fallback != own
        place.live("shop.example")
        assert (answer("shop.example"), answer("SHOP.example.:80"), answer("other.example")) == (own, own, fallback)
        place.remove("shop.example")
        assert answer("shop.example") == fallback


def audit_actions(place):
    with contextlib.closing(sqlite3.connect(place.server.data / "faasta.db")) as database:
        return {row[0] for row in database.execute("SELECT action FROM audit")}


def test_limits(tmp_path):
    with placed(tmp_path, config={"limits": {"domains": 2, "domain_orders_per_day": 1}}, base_certificate=False) as place:
        place.live("one.example")
        two = place.add("two.example")
        assert two.status == 201
        three = place.add("three.example")
        assert (three.status, three.code) == (403, "F1118") and "2 of 2" in three.json()["detail"]
        place.prove(two)
        orders = place.ca.orders()
        refused = place.check("two.example")
        assert (refused.status, refused.code) == (429, "F1119") and 0 < int(refused.header("retry-after")) <= 86_400
        # The name is not held, because nothing was ordered.
        assert place.state("two.example") == "pending" and place.ca.orders() == orders
        # The base domain's certificate is missing, and the custom domain works.
        assert json.loads(place.server.api("GET", "/readyz").body)["certificates"] == "missing"
        assert place.get("one.example").status == 200
        me = place.server.api("GET", "/v1/me").json()["quota"]
        assert (me["domains"], me["domain_orders_per_day"]) == (2, 1)


def test_an_order_that_fails_waits_an_hour(tmp_path):
    """The CA looks at a port where this server is not."""
    with placed(tmp_path) as place:
        place.ca.stop()
        place.ca = Pebble(tmp_path / "pebble", place.names.port, port=place.ca.port, tls=free_port())
        host = place.prove(place.add("shop.example"))
        assert place.check(host).json()["state"] == "verified"
        eventually(lambda: place.state(host) == "failing", 60)
        failed = place.domain(host)
        assert failed["problem"] and failed["certified_at"] is None
        assert eventually(lambda: place.server.event("domain_failed"))["host"] == host
        orders = place.ca.orders()
        waits = place.check(host)
        assert (waits.status, waits.code) == (429, "F1120") and 3500 < int(waits.header("retry-after")) <= 3600
        assert failed["problem"] in waits.json()["detail"]
        # The server does not try it again by itself.
        assert place.ca.orders() == orders
        assert json.loads(place.server.api("GET", "/readyz").body).get("certificates", "") in ("", None)
        # An hour later, and with a CA that finds the server, it works.
        place.server.stop()
        place.ca.stop()
        place.ca = Pebble(tmp_path / "pebble", place.names.port, port=place.ca.port, tls=place.server.https[1])
        place.change("UPDATE domain SET failed = failed - ?", HOUR)
        place.start()
        place.root.write_text(place.ca.issuer())
        place.context = client_context(place.root)
        answer = place.check(host)
        assert answer.status == 200, answer
        eventually(lambda: place.state(host) == "live", 60)


def test_a_domain_whose_record_is_gone_is_released_after_a_week(place):
    host = place.live("shop.example")
    value = place.domain(host)["records"][0]["value"]
    record = f"_faasta.{host}"

    def later(sql):
        """Changes times, and lets the regular check run at the next start."""
        place.server.stop()
        place.change(sql)
        place.start()
    # A week later the record is gone.
    place.names.clear_text(record)
    later("UPDATE domain SET next_check = 0")
    eventually(lambda: place.state(host) == "failing", 30)
    assert "there is no TXT record" in place.domain(host)["problem"] and place.get(host).status == 200
    # It comes back in time.
    place.names.set_text(record, value)
    later(f"UPDATE domain SET next_check = 0, missing = missing - {6 * DAY}")
    eventually(lambda: place.state(host) == "live", 30)
    # A resolver without answers is no reason.
    place.names.clear_text(record)
    place.names.fail(record)
    later("UPDATE domain SET next_check = 0")
    eventually(lambda: "cannot be looked up" in place.domain(host)["problem"], 30)
    assert place.state(host) == "live"
    place.names.answer_again(record)
    # It is gone, and stays away for 7 days.
    later("UPDATE domain SET next_check = 0")
    eventually(lambda: place.state(host) == "failing", 30)
    later(f"UPDATE domain SET next_check = 0, missing = missing - {7 * DAY}")
    eventually(lambda: place.domain(host) is None, 30)
    assert eventually(lambda: place.server.event("domain_released"))["host"] == host
    assert not (place.server.data / "tls" / "acme" / "live" / host).exists()
    assert place.server.prometheus()['faasta_domain_events_total{event="released"}'] == 1
    assert "domain_release" in audit_actions(place)


def test_a_function_that_is_removed_during_its_order(tmp_path):
    """The order ends, and its certificate is not used."""
    with placed(tmp_path, base_certificate=False) as place:
        host = place.prove(place.add("shop.example"))
        assert place.check(host).json()["state"] == "verified"
        assert place.server.api("DELETE", "/v1/functions/hello").status == 200
        eventually(lambda: ordered_and_ended(place, host), 60)
        eventually(lambda: not (place.server.data / "tls" / "acme" / "live" / host).exists(), 20)
        assert place.server.event("domain_live") is None


def ordered_and_ended(place, host):
    """Whether the renewer has nothing more to do with the name: its order has ended, or it was never begun."""
    ended = [line for line in place.server.log_lines() if line.get("name") == host and line.get("event") in ("certificate_issued", "certificate_not_issued")]
    begun = [line for line in place.server.log_lines() if line.get("name") == host and line.get("event") == "certificate_ordered"]
    base = [line for line in place.server.log_lines() if line.get("event") == "certificate_not_issued" and line.get("name") == f"_.{BASE}"]
    return len(ended) == len(begun) and base


def test_the_command_line(place, tmp_path):
    cli = Cli(tmp_path / "home")
    cli.server = f"http://api.{BASE}"
    # The name of the API is not in DNS: the server is its own proxy.
    proxy = f"http://127.0.0.1:{place.server.address[1]}"
    env = {"http_proxy": proxy, "no_proxy": "", "NO_PROXY": "", "FAASTA_TOKEN": place.server.token}

    def run(*words):
        return cli.run("domain", *words, env=env)
    assert "no domains yet" in run("list").ok().err
    added = run("add", "shop.example", "hello").ok()
    token = place.domain("shop.example")["records"][0]["value"]
    assert "_faasta.shop.example" in added.out and token in added.out and "CNAME" in added.out and "127.0.0.1" in added.out
    assert "faasta domain check shop.example" in added.err
    run("check", "shop.example").fails(1, "F1108", "there is no TXT record", token)
    place.names.set_text("_faasta.shop.example", token)
    checked = run("check", "SHOP.example").ok()
    assert checked.out == "https://shop.example/\n" and "live" in checked.err
    checked = run("check", "shop.example", "--json").ok().json()
    assert checked["state"] == "live"
    listed = run("list").ok().out
    assert "shop.example" in listed and "live" in listed
    assert run("list", "hello", "--json").ok().json()["domains"][0]["host"] == "shop.example"
    assert "https://shop.example/" in cli.run("list", env=env).ok().out
    assert "shop.example" in cli.run("status", "hello", env=env).ok().out
    run("add", "*.shop.example", "hello").fails(2, "F1113")
    run("check", "nothere.example").fails(4, "F1122", "faasta domain list")
    run("check", "https://shop.example").fails(2, "F1112", "scheme")
    run("add", "shop.example").fails(1, "F0702")
    run("remove", "shop.example").fails(2, "F0712")
    assert "removed shop.example" in run("remove", "shop.example", "-y").ok().err
    assert run("list", "--json").ok().json() == {"domains": []}
    added = run("add", "shop.example", "hello", "--json").ok().json()
    removed = run("remove", "shop.example", "-y", "--json").ok().json()
    assert not differences([["domain add", added], ["domain check", checked], ["domain remove", removed]])


def test_a_server_without_a_ca_says_which_settings_are_missing(tmp_path):
    with Server(tmp_path / "plain") as server:
        server.deploy("hello", "hello-wat")
        answer = server.api("POST", "/v1/functions/hello/domains", {"host": "shop.example"})
        assert (answer.status, answer.code) == (403, "F1123") and "tls.listen" in answer.json()["detail"]
        assert server.api("GET", "/v1/functions/hello/domains").json() == {"domains": []}
    with Server(tmp_path / "dev", arguments=["--dev-tls", "--tls-listen", "127.0.0.1:0"]) as server:
        server.deploy("hello", "hello-wat")
        assert "--dev-tls" in server.api("POST", "/v1/functions/hello/domains/check", {"host": "shop.example"}).json()["detail"]
