"""Outgoing requests are denied unless their origin is declared, and denied to this machine unless the operator allows
an address. They are counted, and limited at once."""
import threading
import urllib.parse

import pytest

from support.far import Far
from support.guests import guest_file
from support.network import in_a_network_of_its_own, own_address
from support.server import free_port


@pytest.fixture
def far():
    with Far() as server:
        yield server


@pytest.fixture
def reachable(make_server, far):
    """A server whose operator allows the address of `far`, and a function that declares this origin."""
    server = make_server({"outbound": {"reachable": [far.address]}, "limits": {"cpu_ms": 1000}})
    server.deploy("outbound", "outbound", verify=False, outbound=far.origin)
    return server


def ask(server, url, more=""):
    return server.call("outbound", "/?url=" + urllib.parse.quote(url, safe="") + more)


def test_declared_and_reachable(reachable, far):
    answer = ask(reachable, far.origin + "/a?b=c")
    assert (answer.status, answer.text) == (203, "far away"), answer
    path, headers = far.heads[0]
    assert path == "/a?b=c" and headers["host"] == far.address


def test_redirects_are_the_guests_business(reachable, far):
    assert ask(reachable, far.origin + "/away").status == 302
    assert far.seen == 1


@pytest.mark.parametrize("times, answered", [(1, 1), (50, 50), (51, 50), (80, 50)])
def test_50_per_call(reachable, far, times, answered):
    answer = ask(reachable, far.origin + "/", f"&times={times}")
    assert answer.text.startswith(f"{answered} answered, {times - answered} failed"), answer
    assert far.seen == answered


def platform_lines(server, name, answer):
    """The platform lines about one call in the function's log."""
    identity = answer.header("x-request-id")
    server.logged_call(name, identity)
    return [entry["text"] for entry in server.logs(name, tail=5000) if entry.get("request_id") == identity and entry["kind"] == "platform"]


def test_the_51st_is_told_to_the_owner(reachable, far):
    answer = ask(reachable, far.origin + "/", "&times=60")
    assert "ConnectionLimitReached" in answer.text, answer
    assert platform_lines(reachable, "outbound", answer) == [f"outbound refused: {far.origin} would be request 51 of this call; a call may make 50"]


def test_6_at_once_and_the_others_wait(reachable, far):
    answer = ask(reachable, far.origin + "/slow", "&at_once=20")
    assert answer.status == 200 and answer.text == "20 answered, 0 failed\n", answer
    assert far.seen == 20 and far.most == 6, far.most
    assert platform_lines(reachable, "outbound", answer) == []


@pytest.mark.parametrize("outbound", [None, "http://127.0.0.1:1", "https://api.example.com", "http://localhost"])
def test_undeclared_is_denied(reachable, far, outbound):
    reachable.deploy("outbound", "outbound", verify=False, outbound=outbound, message=str(outbound))
    answer = ask(reachable, far.origin + "/")
    assert answer.status == 502 and "Denied" in answer.text, answer
    assert far.seen == 0
    [line] = platform_lines(reachable, "outbound", answer)
    assert line.startswith(f"outbound refused: {far.origin} is not in [allow] outbound") and f'add "{far.origin}"' in line, line


def test_declared_but_not_reachable_is_denied(make_server, far):
    """A function that declares loopback cannot reach it, because only the operator can allow this."""
    server = make_server()
    made = server.deploy("outbound", "outbound", verify=False, outbound=far.origin)
    answer = ask(server, far.origin + "/")
    assert answer.status == 502 and far.seen == 0, answer
    told = f'outbound refused: {far.origin} is a private address; the operator can list "{far.address}" in [outbound] reachable'
    assert platform_lines(server, "outbound", answer) == made["warnings"] == [told]


def spellings(port):
    """Different spellings of addresses of this machine, private networks and the metadata service."""
    hosts = ["127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.000.000.001", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
             "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost", "LOCALHOST", "localhost.", "a.localhost",
             "127.0.0.1.", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1",
             "240.0.0.1", "255.255.255.255", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "168.63.129.16"]
    return [f"http://{host}:{port}" for host in hosts]


def test_own_and_private_addresses_are_never_reached(make_server, far):
    server = make_server({"limits": {"cpu_ms": 1000}})
    port = far.server_address[1]
    for origin in spellings(port):
        answer = server.upload("outbound", "outbound", verify=False, outbound=origin)
        if answer.status == 400:
            continue            # a refusal at the deploy is also right
        assert answer.status in (200, 201), answer
        answer = ask(server, origin + "/")
        assert answer.status == 502, (origin, answer)
    assert far.seen == 0


def test_a_peer_that_is_not_there(make_server):
    port = free_port()
    server = make_server({"outbound": {"reachable": [f"127.0.0.1:{port}"]}})
    server.deploy("outbound", "outbound", verify=False, outbound=f"http://127.0.0.1:{port}")
    answer = ask(server, f"http://127.0.0.1:{port}/")
    assert answer.status == 502 and "Refused" in answer.text, answer
    [line] = platform_lines(server, "outbound", answer)
    assert line.startswith(f"outbound failed: http://127.0.0.1:{port} cannot be reached: "), line


@pytest.mark.parametrize("origin, warned", [
    ("https://api.example.com", False), ("https://api.example.com:8443", False), ("http://db.example.com:5432", False),
    ("https://api.example.com:22", "add 22 to [outbound] ports"), ("http://8.8.8.8:6379", "add 6379 to [outbound] ports"),
    ("http://10.0.0.7:5432", False), ("http://10.0.0.7", '"10.0.0.7:80"'), ("http://[fd00::1]:8080", '"[fd00::1]:8080"')])
def test_a_deploy_warns_of_what_it_will_not_reach(make_server, origin, warned):
    server = make_server({"outbound": {"reachable": ["10.0.0.7:5432"], "ports": [80, 443, 8443]}})
    warnings = server.deploy("outbound", "outbound", verify=False, outbound=origin).get("warnings", [])
    assert len(warnings) == bool(warned) and (not warned or warned in warnings[0]), warnings
    again = server.upload("outbound", "outbound", verify=False, outbound=origin).json()
    assert again["unchanged"] and again.get("warnings", []) == warnings, again


@pytest.mark.parametrize("port", [22, 25, 6379])
def test_ports_of_other_services_are_not_reached(make_server, port):
    server = make_server()
    origin = f"http://8.8.8.8:{port}"
    server.deploy("outbound", "outbound", verify=False, outbound=origin)
    answer = ask(server, origin + "/")
    assert answer.status == 502 and "DestinationIpProhibited" in answer.text, answer
    [line] = platform_lines(server, "outbound", answer)
    assert line.startswith(f"outbound refused: {origin} has port {port}"), line


@pytest.mark.parametrize("ports", ["[0]", "[70000]", '["80"]', "80"])
def test_ports_are_numbers(make_server, ports):
    server = make_server(start=False)
    server.config_file.write_text(f"[outbound]\nports = {ports}\n")
    server.spawn()
    assert server.process.wait(20) == 2 and "outbound.ports" in server.log_file.read_text()


def test_the_machines_own_addresses_count_as_private(make_server):
    """Otherwise a function could bypass the firewall in front of the machine, and reach services that listen on all
    addresses."""
    def reach():
        own_address("5.5.5.5")
        with Far() as far:
            port = far.server_address[1]
            server = make_server({"outbound": {"ports": [port]}})
            server.deploy("outbound", "outbound", verify=False, outbound=f"http://5.5.5.5:{port}")
            answer = ask(server, f"http://5.5.5.5:{port}/")
            lines = platform_lines(server, "outbound", answer)
            server.kill()
            return answer, lines, far.seen
    answer, lines, seen = in_a_network_of_its_own(reach)
    assert answer.status == 502 and "DestinationIpProhibited" in answer.text and seen == 0, answer
    assert len(lines) == 1 and "is an address of the server" in lines[0], lines


def test_no_tunnel(reachable, far):
    answer = ask(reachable, far.origin + "/", "&method=CONNECT")
    assert answer.status == 502 and "HttpRequestMethodInvalid" in answer.text and far.seen == 0, answer
    assert platform_lines(reachable, "outbound", answer) == [f"outbound refused: {far.origin} is asked for a tunnel by CONNECT; a function may not have one"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "PUT", "BREW"])
@pytest.mark.parametrize("length", [True, False])
def test_a_body_is_sent_whatever_the_method(reachable, far, method, length):
    answer = ask(reachable, far.origin + "/", f"&method={method}&body=abc" + ("&length=3" if length else ""))
    assert answer.status == 203 and far.bodies == [b"abc"], (answer, far.bodies)
    head = far.heads[0][1]
    assert head.get("content-length") == ("3" if length else None) and ("transfer-encoding" in head) == (not length), head


def test_an_empty_body_of_a_get_is_not_framed(reachable, far):
    assert ask(reachable, far.origin + "/", "&body=").status == 203
    head = far.heads[0][1]
    assert far.bodies == [b""] and "transfer-encoding" not in head and head.get("content-length", "0") == "0", head


@pytest.mark.parametrize("length", [2, 4])
def test_a_body_of_another_length_fails(reachable, far, length):
    answer = ask(reachable, far.origin + "/", f"&method=POST&body=abc&length={length}")
    assert answer.status == 502 and "HttpRequestBodySize" in answer.text or "write" in answer.text, answer


def test_an_outgoing_request_ends_with_its_call(reachable, far):
    """The client closes while the guest waits for its peer. The connection to the peer is closed too."""
    import time

    from support.http1 import request
    from support.waiting import eventually
    with reachable.connect() as connection:
        connection.send(request("GET", "/?url=" + urllib.parse.quote(far.origin + "/slow", safe=""), "outbound.localhost"))
        eventually(lambda: far.now == 1, 5, "the request at its peer")
    start = time.monotonic()
    eventually(lambda: reachable.running_calls() == 0, 1, "the end of the call")
    assert time.monotonic() - start < 0.25


def test_run_reaches_what_is_declared_on_loopback(cli, far):
    """A function reaches a developer's own service. An origin that is not declared is refused, and the terminal shows
    this."""
    import signal

    from support.http1 import Connection, request
    from support.waiting import eventually
    project, port, undeclared = cli.home / "project", free_port(), f"http://127.0.0.1:{free_port()}"
    project.mkdir()
    (project / "faasta.toml").write_text(f'name = "calls"\n[build]\ncommand = "true"\nartifact = "{guest_file("outbound")}"\n'
                                         f'[allow]\noutbound = ["http://localhost:{far.server_address[1]}", "{far.origin}"]\n')
    running = cli.start("run", "--port", str(port), cwd=project)
    said = []
    reader = threading.Thread(target=lambda: said.extend(running.stderr), daemon=True)
    reader.start()
    try:
        assert running.stdout.readline().startswith("http://calls.localhost"), said
        with Connection(("127.0.0.1", port)) as connection:
            for origin in (far.origin, far.origin.replace("127.0.0.1", "localhost")):
                assert connection.exchange(request("GET", f"/?url={origin}/", f"calls.localhost:{port}")).text == "far away", said
            answer = connection.exchange(request("GET", f"/?url={undeclared}/", f"calls.localhost:{port}"))
        assert answer.status == 502 and "Denied" in answer.text, answer
        eventually(lambda: any("outbound refused: " + undeclared in line and "platform" in line for line in list(said)), 5, "the line on the terminal")
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(40)
    reader.join(5)
    assert not any(far.origin + " is" in line for line in said), said
