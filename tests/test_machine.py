"""A machine that has less than the settings need: the server logs this at the start. At run time calls get 503, and the
server never ends."""
import concurrent.futures
import resource

import pytest

from support.http1 import Connection, request
from support.server import Server
from support.waiting import SANITIZED, eventually

MIB = 1 << 20
needs_addresses = pytest.mark.skipif(SANITIZED, reason="sanitizers reserve the address space for themselves")


def limited(folder, config=None, **limits):
    """A server that is started with these resource limits."""
    server = Server(folder, config)
    server.program = ["prlimit", *(f"--{name}={value}:{value}" for name, value in limits.items()), "--", *server.program]
    return server


def refused(answer):
    return (answer.status, answer.code) == (503, "F0509") and int(answer.header("retry-after")) >= 1


class lowered:
    """Lowers a resource limit of the running server during the `with` block."""

    def __init__(self, server, which, value):
        self.pid, self.which, self.value = server.pid, which, value

    def __enter__(self):
        self.before = resource.prlimit(self.pid, self.which)
        resource.prlimit(self.pid, self.which, (self.value, self.before[1]))

    def __exit__(self, *_):
        resource.prlimit(self.pid, self.which, self.before)


def test_limits_are_told(server):
    told = server.event("machine_limits")
    assert told["mappings"] > 1000 and told["descriptors"] > 100 and told["address_mb"] > 1000, told
    gauges = server.prometheus()
    for of in ("slots", "connections", "components"):
        assert gauges[f'faasta_limit{{of="{of}"}}'] == told[of] > 0


def test_the_soft_limit_of_descriptors_is_raised(tmp_path):
    server = Server(tmp_path)
    server.program = ["prlimit", "--nofile=256:4096", "--", *server.program]
    with server:
        assert server.event("machine_limits")["descriptors"] == 4096


def test_few_descriptors(tmp_path):
    """The server allows fewer connections. Further clients, each of another address, wait until a connection ends, and
    functions go on answering."""
    with limited(tmp_path, nofile=300) as server:
        assert "server.connections" in server.event("setting_lowered")["what"]
        most = int(server.prometheus()['faasta_limit{of="connections"}'])
        server.deploy("hello", "hello-c", verify=False)
        connections = [server.connect(source=f"127.0.{number // 250}.{number % 250 + 1}") for number in range(most + 100)]
        for connection in connections:
            connection.send(request("GET", "/", "hello.localhost", ["connection: close"]))
        assert all(connection.read_response("GET").status == 200 for connection in connections)
        assert server.event("accept_failed") is None


@pytest.mark.parametrize("limits, setting", [({"nofile": 100}, "server.connections"), pytest.param({"as": 2 << 30}, "limits.memory_mb", marks=needs_addresses)])
def test_too_little_to_serve_with(tmp_path, limits, setting):
    server = limited(tmp_path, **limits).spawn()
    assert server.process.wait(20) != 0
    assert setting in server.log_file.read_text()


@needs_addresses
def test_little_address_space(tmp_path):
    """The server allows fewer calls at once. Further calls wait, or get `retry-after`."""
    with limited(tmp_path, {"engine": {"loaded_mb": 64}, "limits": {"concurrent_calls_per_function": 1000}}, **{"as": 5 << 30}) as server:
        assert "engine.slots" in server.event("setting_lowered")["what"]
        slots = int(server.prometheus()['faasta_limit{of="slots"}'])
        assert 4 <= slots < 40
        server.deploy("sleep", "sleep", verify=False)
        with concurrent.futures.ThreadPoolExecutor(2 * slots) as pool:
            answers = list(pool.map(lambda _: server.call("sleep", "/?ms=3000"), range(2 * slots)))
        assert sum(answer.status == 200 for answer in answers) == slots
        assert all(answer.status == 200 or refused(answer) for answer in answers), answers
        assert server.call("sleep", "/?ms=1").status == 200


@needs_addresses
def test_addresses_that_are_counted_are_for_calls(tmp_path):
    """If address space is limited, the engine reserves none for itself, because calls need it."""
    with limited(tmp_path, {"engine": {"loaded_mb": 64, "slots": 1000}}, **{"as": 24 << 30}) as server:
        slots = int(server.prometheus()['faasta_limit{of="slots"}'])
        assert 100 < slots < 200
        assert server.memory("VmSize") + slots * (129 << 20) < 24 << 30
        server.deploy("hello", "hello-raw", verify=False)
        assert server.call("hello").status == 200


@pytest.mark.skipif(SANITIZED, reason="UBSan looks at objects through a pipe, and takes them for damaged where it gets none")
def test_no_descriptor_to_load_with(server):
    """The server does not treat the code as damaged, and loads it when a descriptor is free again."""
    server.deploy("unloaded", "hello-raw", verify=False)
    with Connection(server.address) as connection:
        assert connection.exchange(request("GET", "/", "nothere.localhost")).status == 404
        with lowered(server, resource.RLIMIT_NOFILE, 3):
            answer = connection.exchange(request("GET", "/", "unloaded.localhost"))
            assert refused(answer), answer
        assert connection.exchange(request("GET", "/", "unloaded.localhost")).status == 200
    eventually(lambda: server.event("load_refused"), 5, "the log's line")
    assert not server.event("load_failed")


@needs_addresses
def test_no_address_space_to_load_or_call_with(server):
    server.deploy("loaded", "hello-c", verify=False)
    server.deploy("unmapped", "echo", verify=False)
    with Connection(server.address) as connection:
        assert connection.exchange(request("GET", "/", "loaded.localhost")).status == 200
        with lowered(server, resource.RLIMIT_AS, server.memory("VmSize") + MIB // 16):
            assert refused(connection.exchange(request("GET", "/", "unmapped.localhost")))
            # The memory that is kept from the previous call is enough for one call at a time.
            assert connection.exchange(request("GET", "/", "loaded.localhost")).status == 200
        for name in ("unmapped", "loaded"):
            assert connection.exchange(request("GET", "/", f"{name}.localhost")).status == 200
    assert not server.event("load_failed")
