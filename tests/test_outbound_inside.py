"""No spelling of an address, and no trick of a name server, brings a function to this machine or to a private network.

The tests have a network of their own. A listener accepts connections at all addresses of this network, private ones and a
public one included, so a request that is not refused arrives there."""
import socket
import threading
import urllib.parse

from support.dns import A, AAAA, CNAME, NameServer, only_name_server_here
from support.network import in_a_network_of_its_own, own_address

OWN = "5.5.5.5"             # a public address of this machine
PRIVATE = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", OWN]
ZONE = "tricks.example.com"


class Inside:
    """Counts the connections to one port of all addresses."""

    def __init__(self):
        self.listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=200)
        self.port, self.seen = self.listener.getsockname()[1], 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.seen += 1
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\ninside")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def spellings():
    """Hosts that mean this machine, a private network, or the metadata service of a cloud, in the spellings of inet_aton, of RFC 4291,
    and of several ways to put IPv4 into IPv6."""
    numbers = ["127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7F.0x0.0x0.0x1", "0177.0.0.1", "0177.1", "017700000001", "127.000.000.001", "127.0.0.01",
               "127.0.0.1.", "127.0.0.2", "127.255.255.254", "127.0.0.1%00", "0", "0.0.0.0", "0.0.0.1", "00.00.00.00", "3232235777", "0xc0a80101", "0300.0250.1.1", "192.168.257",
               "167772161", "0xa.1", "012.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "1684013057"]
    plain = ["127.0.0.1", *PRIVATE, "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16"]
    six = ["::1", "::", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "::0001", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:0:127.0.0.1", "::ffff:10.0.0.1",
           "::ffff:5.5.5.5", "::FFFF:169.254.169.254", "::127.0.0.1", "::7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::1",
           "2001:0:7f00:1::", "2001:db8::1", "3fff::1", "fe80::1", "fe80::1%lo", "fe80::1%25lo", "fc00::1", "fd00:ec2::254", "ff02::1", "ff01::1", "fec0::1", "100::1", "5f00::1"]
    names = ["localhost", "LOCALHOST", "LocalHost", "localhost.", "a.localhost", "ip6-localhost", "ip6-loopback", "localhost.localdomain",
             "\u2460\u2461\u2466.0.0.1", "127\u30020\u30020\u30021", "\uff11\uff12\uff17.0.0.1", "user@127.0.0.1", "127.0.0.1@example.com", "a:b@127.0.0.1", "127.0.0.1#.example.com",
             "127.0.0.1/", "127.0.0.1?", "127.0.0.1\\@example.com", "%31%32%37.0.0.1", "127.0.0.1\t", " 127.0.0.1"]
    return [*numbers, *plain, *(f"[{one}]" for one in six), *names]


def of(kind, *values):
    """A name with these addresses."""
    return lambda name, asked, nth, tcp: [(name, kind, value) for value in values] if asked == kind else []


def after(first, then):
    """A name with other addresses from the second question on."""
    return lambda name, asked, nth, tcp: (first if nth == 1 else then)(name, asked, nth, tcp)


def both(one, other):
    return lambda *question: one(*question) + other(*question)


def alias(*chain, address=None):
    """A chain of aliases, which ends in an address or in a name that has none here."""
    def answer(name, asked, nth, tcp):
        owners = [name, *chain]
        records = [(owner, CNAME, target) for owner, target in zip(owners, owners[1:])]
        return records + ([(owners[-1], A, address)] if address and asked == A else [])
    return answer


def only_by_tcp(records):
    return lambda name, asked, nth, tcp: records(name, asked, nth, tcp) if tcp else "cut"


PUBLIC = "198.41.0.4"       # no route leads there
TRICKS = {
    "loopback": of(A, "127.0.0.1"), "zero": of(A, "0.0.0.0"), "loopback6": of(AAAA, "::1"), "unspecified6": of(AAAA, "::"), "private": of(A, "10.0.0.1"), "metadata": of(A, "169.254.169.254"),
    "own": of(A, OWN), "mapped": of(AAAA, "::ffff:127.0.0.1"), "mapped-own": of(AAAA, f"::ffff:{OWN}"), "nat64": of(AAAA, "64:ff9b::7f00:1"), "six-to-four": of(AAAA, "2002:7f00:1::"),
    "unique-local": of(AAAA, "fc00::1"), "link-local": of(AAAA, "fe80::1"), "mixed": of(A, PUBLIC, "127.0.0.1"), "mixed-other-order": of(A, "127.0.0.1", PUBLIC),
    "mixed-kinds": both(of(A, PUBLIC), of(AAAA, "::1")), "many": of(A, *(f"198.41.0.{n}" for n in range(1, 20)), "127.0.0.1"),
    "rebinding": after(of(A, PUBLIC), of(A, "127.0.0.1")), "missing-first": after(lambda *_: None, of(A, "127.0.0.1")), "flipping": lambda name, kind, nth, tcp: of(A, [PUBLIC, OWN][nth % 2])(name, kind, nth, tcp),
    "alias": alias("localhost"), "alias-to-own": alias("elsewhere.example.com", address=OWN), "long-alias": alias(*(f"step{n}.example.com" for n in range(8)), address="127.0.0.1"),
    "alias-to-number": alias("127.0.0.1", address="127.0.0.1"), "by-tcp": only_by_tcp(of(A, "127.0.0.1")), "wildcard.deep.below": of(A, "192.168.1.1"),
}


def answers(name, kind, nth, tcp):
    if name == "allowed.example.com":
        return of(A, "127.0.0.1")(name, kind, nth, tcp)
    trick = TRICKS.get(name.removesuffix(f".{ZONE}"))
    return trick(name, kind, nth, tcp) if trick else None


def ask(server, origin):
    """Deploys a function that declares the origin, and has it asked three times. Returns the statuses; none if the declaration
    is refused."""
    deployed = server.upload("outbound", "outbound", verify=False, outbound=origin)
    if deployed.status == 400:
        return []
    assert deployed.status in (200, 201), (origin, deployed)
    return [server.call("outbound", "/?url=" + urllib.parse.quote(origin + "/", safe="")).status for _ in range(3)]


def test_nothing_inside_is_reached(make_server):
    spelt, world = spellings(), {}

    def attack():
        for address in PRIVATE:
            own_address(address)
        resolv = only_name_server_here()
        names = NameServer(answers)
        with Inside() as inside, resolv:
            server = make_server({"outbound": {"ports": [inside.port]}, "limits": {"cpu_ms": 1000}})
            asked = {host: ask(server, f"http://{host}:{inside.port}") for host in [*spelt, *(f"{trick}.{ZONE}" for trick in TRICKS)]}
            world.update(asked=asked, seen=inside.seen, looked_up={name for name, _ in names.counts})
            server.kill()
            # The same with permission, so that the name server and the listener are known to work.
            server = make_server({"outbound": {"reachable": [f"127.0.0.1:{inside.port}"]}, "limits": {"cpu_ms": 1000}})
            world.update(allowed=ask(server, f"http://allowed.example.com:{inside.port}"), seen_with_permission=inside.seen - world["seen"])
            server.kill()
        names.close()

    in_a_network_of_its_own(attack)
    assert len(set(spelt)) >= 80 and len(TRICKS) >= 12
    assert world["seen"] == 0, world
    assert [host for host, statuses in world["asked"].items() if set(statuses) - {502}] == []
    tricks = {f"{trick}.{ZONE}" for trick in TRICKS}
    assert tricks <= world["looked_up"], tricks - world["looked_up"]
    assert [host for host in tricks if len(world["asked"][host]) != 3] == []
    assert world["allowed"] == [200, 200, 200] and world["seen_with_permission"] == 3
