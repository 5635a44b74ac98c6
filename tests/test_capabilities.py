"""The capability lock: a version with more capabilities than the live version is refused, unless the deploy allows
them."""
import pytest

from support.guests import guest_file


def test_more_imports_are_refused(server):
    assert server.upload("grows", "hello-wat", allow_new=None).status == 201
    answer = server.upload("grows", "echo", allow_new=None)
    assert (answer.status, answer.code) == (403, "F0218") and "it imports" in answer.json()["detail"] and "wasi:" in answer.json()["detail"], answer
    assert [version["version"] for version in server.versions("grows")] == [1]
    answer = server.upload("grows", "echo", allow_new=True)
    assert answer.status == 201, answer
    change = answer.json()["capabilities"]
    assert change["added"]["imports"] and not change["removed"]["imports"] and not any("@" in name for name in change["added"]["imports"])
    back = server.upload("grows", "hello-wat", allow_new=None)       # fewer capabilities are always allowed
    assert back.status == 201 and back.json()["capabilities"]["removed"]["imports"] == change["added"]["imports"]


def test_more_hosts_are_refused(server):
    one, two = "https://one.example", "https://two.example"
    assert server.upload("calls-out", "outbound", outbound=[one], verify=False, allow_new=None).status == 201
    answer = server.upload("calls-out", "outbound", outbound=[one, two], verify=False, allow_new=None)
    assert (answer.status, answer.code) == (403, "F0218") and two in answer.json()["detail"] and one not in answer.json()["detail"], answer
    answer = server.upload("calls-out", "outbound", outbound=[one, two], verify=False)
    assert answer.json()["capabilities"] == {"added": {"imports": [], "outbound": [two]}, "removed": {"imports": [], "outbound": []}}
    assert server.upload("calls-out", "outbound", outbound=[two], verify=False, allow_new=None).status == 201


def test_it_is_the_live_version_that_counts(server):
    server.deploy("rolled", "echo")
    server.deploy("rolled", "hello-wat")
    assert server.upload("rolled", "echo", allow_new=None).code == "F0218"
    server.rollback("rolled", 1)
    assert server.upload("rolled", "echo", allow_new=None).status == 200


@pytest.mark.parametrize("value", ["yes", "1", ""])
def test_the_flag_is_true_or_false(server, value):
    assert server.upload("grows", "echo", allow_new=value).code == "F0101"


def test_the_cli_says_what_is_new(signed_in):
    signed_in.run("deploy", "--component", guest_file("hello-wat"), "--name", "by-cli").ok()
    signed_in.run("deploy", "--component", guest_file("echo"), "--name", "by-cli").fails(7, "error[F0218]", "it imports wasi:", "--allow-new")
    ran = signed_in.run("deploy", "--component", guest_file("echo"), "--name", "by-cli", "--allow-new").ok()
    assert "+ import wasi:" in ran.err, ran
