"""The browser sends a function's cookies only to this function, with any attributes.
src/gateway/set_cookie_test.cpp has a table of cookies."""
import pytest


@pytest.fixture(scope="module", autouse=True)
def functions(server):
    server.deploy("echo", "echo", verify=False)
    server.deploy("fields", "fields", verify=False)
    server.deploy("trailers", "trailers", verify=False)


@pytest.mark.parametrize("sent, seen", [
    ("a=b", ["a=b"]), ("a=b;Domain=localhost", ["a=b"]), ("a=b;domain=.localhost;Path=/", ["a=b;Path=/"]), ("a=b;DOMAIN=evil.example;Secure", ["a=b;Secure"]),
    ("__Host-a=b;Secure;Path=/;Domain=localhost", ["__Host-a=b;Secure;Path=/"]), ("__Host-a=b", []), ("__Secure-a=b", []), ("__Secure-a=b;Secure", ["__Secure-a=b;Secure"]),
])
def test_one(server, sent, seen):
    answer = server.call("fields", f"/?set=set-cookie:{sent}&set=x-other:1")
    assert answer.status == 200 and answer.all("set-cookie") == seen and answer.header("x-other") == "1", answer


def test_several_keep_their_order(server):
    answer = server.call("fields", "/?set=set-cookie:a=1;Domain=localhost&set=set-cookie:__Host-x=1&set=Set-Cookie:b=2&cookies")
    assert answer.all("set-cookie") == ["a=1", "b=2", "a=1", "b=2"], answer


def test_with_server_timing_too(make_server):
    server = make_server({"server": {"server_timing": True}})
    server.deploy("fields", "fields", verify=False)
    answer = server.call("fields", "/?set=set-cookie:a=1;Domain=localhost")
    assert answer.all("set-cookie") == ["a=1"] and answer.header("x-faasta-cold") in ("0", "1") and answer.header("server-timing"), answer


def test_curl_keeps_them_apart(server, tmp_path):
    import subprocess
    jar, port = tmp_path / "jar", server.address[1]
    server.deploy("sibling", "echo", verify=False)
    curl = ["curl", "-sS", "--noproxy", "*", "--resolve", f"*:{port}:127.0.0.1", "-c", jar, "-b", jar]
    subprocess.run([*curl, f"http://fields.localhost:{port}/?set=set-cookie:stolen=1;Domain=localhost;Path=/&set=set-cookie:own=1;Path=/"], check=True, capture_output=True)
    sibling = subprocess.run([*curl, f"http://sibling.localhost:{port}/headers"], check=True, capture_output=True, text=True).stdout
    assert "cookie" not in sibling.lower(), sibling
    assert {"stolen", "own"} <= set(jar.read_text().split())


def test_the_operator_is_warned_where_browsers_share_cookies(make_server):
    assert make_server().event("cookies_shared") is None
    assert "Public Suffix List" in make_server(base_domain="functions.example.com").event("cookies_shared")["effect"]


@pytest.mark.parametrize("field", ["set-cookie:a=b;Domain=localhost", "Set-Cookie:a=b", "content-type:text/html", "location:/elsewhere", "cache-control:public"])
def test_none_comes_in_a_trailer(server, field):
    """The same holds for each other field that RFC 9110 section 6.5.1 forbids in trailers."""
    answer = server.call("trailers", f"/?set={field}", headers=["te: trailers"])
    assert answer.whole and dict(answer.trailers) == {"x-length": "8", "x-end": "true"}, answer
    kept = server.call("trailers", "/?set=x-more:1", headers=["te: trailers"])
    assert dict(kept.trailers) == {"x-length": "8", "x-end": "true", "x-more": "1"}, kept


@pytest.mark.parametrize("sent, seen", [
    (["a=1; faasta-session=s; b=2"], ["a=1; b=2"]), (["faasta-session=s"], []), (["__Host-faasta-session=s;a=1"], ["a=1"]), (["a=1", "faasta-github=x"], ["a=1"]),
    (["faasta-login-0a1b2c3d=x; __Host-faasta-login-0a1b2c3d=y; __Host-session=own"], ["__Host-session=own"]),
    (["a=faasta-session; xfaasta-session=1"], ["a=faasta-session; xfaasta-session=1"]), (["a=1;b=2"], ["a=1;b=2"]),
])
def test_a_function_gets_no_cookie_of_the_server(server, sent, seen):
    answer = server.call("echo", "/headers", headers=[f"cookie: {one}" for one in sent])
    assert [value for name, value in answer.json()["headers"] if name == "cookie"] == seen, answer
