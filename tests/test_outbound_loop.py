"""A function that calls itself. Requests are marked (`cdn-loop`, RFC 8586), and refused if they came through Faasta too
many times."""
import pytest

from support.far import Far
from support.waiting import eventually

MOST = 3


@pytest.fixture(scope="module")
def far():
    with Far() as running:
        yield running


@pytest.fixture(scope="module")
def looped(far, tmp_path_factory):
    from support.server import Server
    with Server(tmp_path_factory.mktemp("loop"), {"outbound": {"reachable": [far.address]}}) as server:
        server.deploy("outbound", "outbound", verify=False, outbound=far.origin)
        far.relay_to = server.address
        yield server


@pytest.fixture(autouse=True)
def afresh(far):
    far.heads.clear()


def marks(far):
    return [head.get("cdn-loop") for _, head in far.heads]


def test_a_circle_ends(looped, far):
    """The function sends a request to a peer, which sends a request to the function, and so on."""
    answer = looped.call("outbound", f"/?url={far.origin}/back")
    assert answer.status == 508 and "F0517" in answer.text, answer
    assert marks(far) == [f"faasta;hops={n}" for n in range(1, MOST + 2)]
    refused = eventually(lambda: [entry for entry in looped.logs("outbound", tail=100) if entry.get("outcome") == "loop_detected"], 5, "the call in the log")
    assert len(refused) == 1 and refused[0]["status"] == 508 and "4 times" in refused[0]["text"], refused


@pytest.mark.parametrize("came, goes", [
    (None, "faasta;hops=1"), ("faasta;hops=2", "faasta;hops=3"), ("other.example; a=b", "faasta;hops=1"), ("x, faasta;hops=1, FAASTA;hops=1", "faasta;hops=3")])
def test_each_time_counts(looped, far, came, goes):
    headers = [f"cdn-loop: {came}"] if came else []
    assert looped.call("outbound", f"/?url={far.origin}/", headers=headers).status == 203
    assert marks(far) == [goes]


@pytest.mark.parametrize("guests, sent", [
    ("faasta;hops=0", "faasta;hops=3"), ("faasta", "faasta;hops=3"), ("other.example", "other.example, faasta;hops=3"),
    ("a, Faasta;hops=9, b", "a, b, faasta;hops=3"), ('a;b="open', "faasta;hops=3")])
def test_a_guest_cannot_take_our_mark_away(looped, far, guests, sent):
    from urllib.parse import quote
    answer = looped.call("outbound", f"/?url={far.origin}/&field=" + quote(f"cdn-loop:{guests}"), headers=["cdn-loop: faasta;hops=2"])
    assert answer.status == 203 and marks(far) == [sent], (answer, marks(far))


@pytest.mark.parametrize("came, refused", [
    ("faasta;hops=3", False), ("faasta;hops=4", True), ("faasta, faasta, faasta, faasta", True), ("faasta;hops=99999999999", True), ("faasta2;hops=9", False),
    ('other;text="faasta;hops=9, faasta;hops=9"', False)])
def test_more_than_3_are_refused(looped, far, came, refused):
    answer = looped.call("outbound", f"/?url={far.origin}/", headers=[f"cdn-loop: {came}"])
    assert answer.status == (508 if refused else 203) and len(far.heads) == (not refused), answer


def test_it_is_not_booked_on_the_function(looped, far):
    """This is not counted as a failure of the function, because a client may have written the field."""
    before = looped.metrics("outbound")
    looped.call("outbound", "/", headers=["cdn-loop: faasta;hops=9"])
    after = looped.metrics("outbound")
    assert after["failures"] == before["failures"], (before, after)
