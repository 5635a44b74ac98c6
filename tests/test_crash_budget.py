"""A client whose calls crash a function again and again is refused for a while, and the function does not run. Other
clients are not affected."""
import concurrent.futures

from support.waiting import eventually

SERVER_CONFIG = {"server": {"trusted_proxies": ["127.0.0.0/8"]}}
BURST = 20


def call(server, client, path):
    return server.call("trap", path, headers=[f"x-forwarded-for: {client}"])


def test_a_crash_loop_is_cut_off_for_its_client_alone(make_server):
    server = make_server(SERVER_CONFIG)
    server.deploy("trap", "trap", verify=False)
    refused = 0
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        for answer in clients.map(lambda _: call(server, "192.0.2.1", "/before"), range(20 * BURST)):
            assert answer.code in ("F0503", "F0521"), answer
            refused += answer.code == "F0521"
            assert answer.code == "F0503" or (answer.status == 503 and int(answer.header("retry-after")) >= 1), answer
    # The loop takes a few seconds, in which two crashes a second are allowed.
    assert refused >= 10 * BURST, refused
    answer = call(server, "198.51.100.7", "/early")
    assert answer.status == 200, answer
    assert call(server, "198.51.100.7", "/before").code == "F0503", "the other client has a budget of its own"
    eventually(lambda: call(server, "192.0.2.1", "/early").status == 200, 10, "an end of the refusals")


def test_crashes_among_good_calls_do_not_count(make_server):
    server = make_server(SERVER_CONFIG)
    server.deploy("trap", "trap", verify=False)
    for number in range(3 * BURST):
        assert call(server, "192.0.2.1", "/early").status == 200, number
        assert call(server, "192.0.2.1", "/before").code == "F0503", number
