"""The table of test_framing.py: raw requests, and the verdict of the framing gate that each must get.

A row is (name, bytes, status, kept). `kept`: whether the connection can be used for another request afterwards (None:
both are allowed). ECHO is the host of a function. At /headers it answers with the request's head as JSON, at any other
path with the request's body. """
from support.http1 import chunked

ECHO = "echo.localhost"
LIMIT_TARGET, LIMIT_HEAD, LIMIT_FIELDS, LIMIT_BODY = 16 * 1024, 64 * 1024, 128, 10 * 1024 * 1024


def head(*lines, start="GET /headers HTTP/1.1", host=f"host: {ECHO}", end=b"\r\n", body=b""):
    """A head of these lines under a start line and a host field."""
    all_lines = [start, *([host] if host else []), *lines]
    encoded = [line if isinstance(line, bytes) else line.encode("latin-1") for line in all_lines]
    return b"".join(line + end for line in encoded) + end + body


def start(line):
    return head(start=line)


def good(name, data, status=200, kept=True):
    return (name, data, status, kept)


def bad(name, data, status=400):
    return (name, data, status, False)


def start_lines():
    yield good("plain", start("GET /headers HTTP/1.1"))
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW", "get", "M-SEARCH", "X", "!#$%&'*+-.^_`|~09"):
        yield good(f"method {method}", start(f"{method} /headers HTTP/1.1"))
    yield good("method of 32 bytes", start(f"{'M' * 32} /headers HTTP/1.1"))
    yield bad("method of 33 bytes", start(f"{'M' * 33} /headers HTTP/1.1"), 501)
    for name, method in {"with a colon": "GE:T", "with a brace": "GE{T", "with a quote": '"GET"', "with 0x7f": "GE\x7fT",
                         "with 0xe9": "G\xe9T", "with a comma": "GET,"}.items():
        yield bad(f"method {name}", start(f"{method} /headers HTTP/1.1"))
    yield bad("CONNECT", start(f"CONNECT {ECHO}:80 HTTP/1.1"), 405)
    yield bad("CONNECT with a path", start("CONNECT /headers HTTP/1.1"), 405)
    yield bad("TRACE", start("TRACE /headers HTTP/1.1"), 405)
    yield good("connect in lower case is another method", start("connect /headers HTTP/1.1"))

    for name, line in {
        "two spaces after the method": "GET  /headers HTTP/1.1", "two spaces before the version": "GET /headers  HTTP/1.1",
        "a space at the start": " GET /headers HTTP/1.1", "a space at the end": "GET /headers HTTP/1.1 ",
        "a tab after the method": "GET\t/headers HTTP/1.1", "a tab before the version": "GET /headers\tHTTP/1.1",
        "a space in the target": "GET /head ers HTTP/1.1", "a form feed": "GET /headers\x0cHTTP/1.1",
        "no version": "GET /headers", "HTTP/0.9": "GET /", "a version alone": "HTTP/1.1", "no target": "GET HTTP/1.1",
        "an empty target": "GET  HTTP/1.1", "a word": "hello",
    }.items():
        yield bad(f"start line with {name}", start(line))
    for version in ("HTTP/2.0", "HTTP/1.2", "HTTP/3.0", "HTTP/0.9"):
        yield bad(f"version {version}", start(f"GET /headers {version}"), 505)
    for version in ("http/1.1", "HTTP/1", "HTTP/1.1.1", "HTTP/11", "HTTP/ 1.1", "HTTP/1,1", "HTTPS/1.1", "ICY/1.1", "HTTP/1.1\x0b", "HTTP/01.1"):
        yield bad(f"version {version!r}", start(f"GET /headers {version}"))
    yield bad("almost the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n", 505)
    yield bad("a TLS client hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40 + b"\r\n\r\n")

    yield good("one empty line first", b"\r\n" + start("GET /headers HTTP/1.1"))
    yield bad("two empty lines first", b"\r\n\r\n" + start("GET /headers HTTP/1.1"))
    yield bad("a bare LF first", b"\n" + start("GET /headers HTTP/1.1"))

    yield good("HTTP/1.0", start("GET /headers HTTP/1.0"), kept=False)
    yield bad("HTTP/1.0 without a host", head(start="GET /headers HTTP/1.0", host=None))


def targets():
    for name, target in {"a query": "/headers?a=1&b", "an empty query": "/headers?", "two slashes": "//headers", "dots": "/../headers",
                         "an escape": "/%2e%2e/%00", "all that may be": "/!$%&'()*+,-.:;=?@[]_~", "more than should be": "/[]{}|^\\?[]{}|^\\`"}.items():
        yield good(f"target with {name}", start(f"GET {target} HTTP/1.1"))
    for name, target in {"a fragment": "/headers#x", "a NUL": "/head\0ers", "a DEL": "/head\x7fers", "0x80": "/head\x80ers",
                         "UTF-8": "/caf\xc3\xa9", "an ESC": "/\x1b[31m", "a bell": "/\x07"}.items():
        yield bad(f"target with {name}", start(f"GET {target} HTTP/1.1"))
    for name, target in {"no slash": "headers", "authority form": f"{ECHO}:80", "a star": "*", "a question mark": "?a",
                         "another scheme": f"ftp://{ECHO}/headers", "no scheme": f"://{ECHO}/headers", "one slash": f"http:/{ECHO}/headers",
                         "a user": f"http://user@{ECHO}/headers", "no authority": "http:///headers",
                         "an authority that is none": f"http://{ECHO}:x/headers"}.items():
        yield bad(f"target with {name}", start(f"GET {target} HTTP/1.1"))
    for target in ("/<", "/>", "/`", "/?<", "/?>", '/?"'):
        yield (f"target {target!r}, which is no URI", start(f"GET {target} HTTP/1.1"), 400, None)
    yield good("OPTIONS *", start("OPTIONS * HTTP/1.1"))
    yield good("absolute form", start(f"GET http://{ECHO}/headers HTTP/1.1"))
    yield good("absolute form in https", start(f"GET https://{ECHO}/headers HTTP/1.1"))
    yield good("absolute form in upper case", start(f"GET HTTP://{ECHO.upper()}/headers HTTP/1.1"))
    yield good("absolute form with a port", head(start=f"GET http://{ECHO}:99/headers HTTP/1.1", host=f"host: {ECHO}:99"))

    # RFC 9112 section 3.2.2: the authority of the target counts, and the host field does not. Section 3.2.4 and RFC
    # 9110 section 4.2.3: an empty path.
    yield good("absolute form over another host field", head(start=f"GET http://{ECHO}/headers HTTP/1.1", host="host: other.localhost"))
    yield good("absolute form over an empty host field", head(start=f"GET http://{ECHO}/headers HTTP/1.1", host="host:"))
    yield good("absolute form with a port of its own", start(f"GET http://{ECHO}:81/headers HTTP/1.1"))
    yield good("absolute form with an empty port", start(f"GET http://{ECHO}:/headers HTTP/1.1"))
    yield good("absolute form without a path", start(f"GET http://{ECHO} HTTP/1.1"))
    yield good("absolute form with a query and no path", start(f"GET http://{ECHO}?a=b HTTP/1.1"))
    yield good("OPTIONS of an authority", start(f"OPTIONS http://{ECHO} HTTP/1.1"))
    yield good("absolute form of another function", start("GET http://other.localhost/headers HTTP/1.1"), 404)
    yield good("absolute form of another server", start(f"GET http://{ECHO}.evil/headers HTTP/1.1"), 421)
    yield good("absolute form on HTTP/1.0 without a host", head(start=f"GET http://{ECHO}/headers HTTP/1.0", host=None), kept=False)
    yield bad("absolute form without a host field", head(start=f"GET http://{ECHO}/headers HTTP/1.1", host=None))
    yield bad("absolute form beside two host fields", head(f"host: {ECHO}", start=f"GET http://{ECHO}/headers HTTP/1.1"))

    yield good("the longest target", start(f"GET /{'a' * (LIMIT_TARGET - 1)} HTTP/1.1"))
    yield bad("a target one byte too long", start(f"GET /{'a' * LIMIT_TARGET} HTTP/1.1"), 414)
    yield bad("a target of 100 KiB", start(f"GET /{'a' * 100 * 1024} HTTP/1.1"), 414)


def fields():
    for name, line in {"no value": "x-a:", "spaces around": "x-a:  \t v \t ", "no space": "x-a:v", "obs-text": b"x-a: caf\xe9",
                       "all token characters": "!#$%&'*+-.^_`|~09aZ: v", "quotes": 'x-a: "a;b', "a colon": "x-a: b:c",
                       "a tab inside": "x-a: b\tc", "upper case": "X-A: v", "4 KiB": f"x-a: {'v' * 4096}"}.items():
        yield good(f"field with {name}", head(line))
    for name, line in {
        "a space before the colon": "x-a : v", "a tab before the colon": "x-a\t: v", "no colon": "x-a", "no name": ": v", "a space in its name": "x a: v",
        "a bracket in its name": "x[a]: v", "a slash in its name": "x/a: v", "obs-text in its name": b"x-\xe9: v", "a NUL in its name": "x\0a: v",
        "a NUL in its value": "x-a: v\0w", "a bare CR": "x-a: v\rw", "a bare CR and a space": "x-a: v\r w", "a bare LF": "x-a: v\nw: x",
        "an ESC": "x-a: \x1b[31m", "a DEL": "x-a: v\x7f", "a vertical tab": "x-a: v\x0bw", "a backspace": "x-a: v\x08", "0x01": "x-a: \x01",
        "a quoted name": '"x-a": v', "a parenthesis in its name": "x(a): v", "CR CR LF": "x-a: v\r", "LF CR LF": "x-a: v\n",
    }.items():
        yield bad(f"field with {name}", head(line))
    yield bad("a folded field", head("x-a: b", " c"))
    yield bad("a field folded with a tab", head("x-a: b", "\tc"))
    yield bad("a folded first field", head(" x-a: b", host=None, start=f"GET /headers HTTP/1.1\r\nhost: {ECHO}"))
    yield bad("a space before the first field", b"GET /headers HTTP/1.1\r\n host: echo.localhost\r\n\r\n")
    yield bad("bare line feeds", head(end=b"\n"))
    yield bad("bare carriage returns", b"GET /headers HTTP/1.1\rhost: echo.localhost\r\r" + b"\r\n")
    yield bad("an empty line that is a bare LF", f"GET /headers HTTP/1.1\r\nhost: {ECHO}\r\n\n".encode())

    yield good("as many fields as may be", head(*[f"x-{n}: v" for n in range(LIMIT_FIELDS - 1)]))
    yield bad("one field too many", head(*[f"x-{n}: v" for n in range(LIMIT_FIELDS)]), 431)
    rest = LIMIT_HEAD - len(head()) - len("x-0: \r\n") * 8
    sizes = [rest // 8] * 7 + [rest - rest // 8 * 7]
    lines = [f"x-{n}: {'v' * size}" for n, size in enumerate(sizes)]
    assert len(head(*lines)) == LIMIT_HEAD
    yield good("the largest head", head(*lines))
    yield bad("a head one byte too large", head(*lines[:-1], lines[-1] + "v"), 431)
    yield bad("a field of 200 KiB", head(f"x-a: {'v' * 200 * 1024}"), 431)


def hosts():
    for name, host in {"a port": f"{ECHO}:8080", "upper case": ECHO.upper(), "a trailing dot": f"{ECHO}.", "spaces around": f"  {ECHO} \t", "an empty port": f"{ECHO}:"}.items():
        yield good(f"host with {name}", head(host=f"host: {host}"))
    for name, host in {"an escape": "echo%2elocalhost", "a semicolon": f"{ECHO};a", "a comma": f"{ECHO},{ECHO}.evil"}.items():
        yield good(f"host with {name}, which is a name of others", head(host=f"host: {host}"), 421)
    for name, lines in {
        "none": [], "two": [f"host: {ECHO}"] * 2, "two, of which one differs": [f"host: {ECHO}", "host: other.localhost"],
        "an empty one": ["host:"], "a user": [f"host: user@{ECHO}"], "a path": [f"host: {ECHO}/"], "a query": [f"host: {ECHO}?a"],
        "a space": ["host: echo localhost"], "a comma and a space": [f"host: {ECHO}, {ECHO}"],
        "port 0": [f"host: {ECHO}:0"], "port 65536": [f"host: {ECHO}:65536"], "a signed port": [f"host: {ECHO}:+80"],
        "a port in letters": [f"host: {ECHO}:http"], "two ports": [f"host: {ECHO}:80:80"], "a broken escape": ["host: echo%2localhost"],
        "obs-text": [b"host: \xe9cho.localhost"], "a scheme": [f"host: http://{ECHO}"], "an open bracket": ["host: [::1"],
        "a backslash": [f"host: {ECHO}\\"], "a port alone": ["host: :80"],
    }.items():
        yield bad(f"host: {name}", head(*lines, host=None))


def framings():
    post = "POST /echo HTTP/1.1"

    def sent(*lines, body=b"", start=post):
        return head(*lines, start=start, body=body)

    for name, data in {
        "no body": sent(), "content-length 0": sent("content-length: 0"), "content-length 3": sent("content-length: 3", body=b"abc"),
        "leading zeros": sent("content-length: 0003", body=b"abc"), "spaces around the length": sent("content-length:  3 ", body=b"abc"),
        "a body with GET": sent("content-length: 3", body=b"abc", start="GET /echo HTTP/1.1"),
        "a body with DELETE": sent("content-length: 3", body=b"abc", start="DELETE /echo HTTP/1.1"),
        "chunked": sent("transfer-encoding: chunked", body=chunked(b"abc")), "Chunked": sent("Transfer-Encoding: Chunked", body=chunked(b"abc")),
        "no chunks": sent("transfer-encoding: chunked", body=b"0\r\n\r\n"), "upper-case sizes": sent("transfer-encoding: chunked", body=b"A\r\n0123456789\r\n0\r\n\r\n"),
        "sizes with zeros": sent("transfer-encoding: chunked", body=b"00003\r\nabc\r\n000\r\n\r\n"),
        "an extension": sent("transfer-encoding: chunked", body=b'3;a=b;c="d e"\r\nabc\r\n0;x\r\n\r\n'),
        "an extension of 256 bytes": sent("transfer-encoding: chunked", body=b"3;" + b"x" * 255 + b"\r\nabc\r\n0\r\n\r\n"),
        "trailers": sent("transfer-encoding: chunked", "trailer: x-sum", body=chunked(b"abc", trailers=["x-sum: 1"])),
        "trailers that frame": sent("transfer-encoding: chunked", body=chunked(b"abc", trailers=["content-length: 9", "transfer-encoding: gzip", "host: evil"])),
        "an upgrade": sent("connection: upgrade", "upgrade: websocket"), "an upgrade to h2c": sent("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAA"),
        "te": sent("te: trailers", "connection: te"), "expect with no body": sent("expect: 100-continue"),
    }.items():
        yield good(f"framing: {name}", data)
    yield good("connection: close", sent("connection: close"), kept=False)
    yield good("connection: a list with close", sent("connection: foo, Close"), kept=False)

    for name, lines in {
        "gzip": ["transfer-encoding: gzip"], "chunked, gzip": ["transfer-encoding: chunked, gzip"],
        "identity": ["transfer-encoding: identity"], "chunked twice in a list": ["transfer-encoding: chunked, chunked"],
        "chunked in two fields": ["transfer-encoding: chunked"] * 2, "chunked with a parameter": ["transfer-encoding: chunked;q=1"],
        "no comma": ["transfer-encoding: gzip chunked"], "a comma": ["transfer-encoding: ,"], "quoted": ['transfer-encoding: "chunked"'],
        "empty": ["transfer-encoding:"], "xchunked": ["transfer-encoding: xchunked"], "chunked with a vertical tab": ["transfer-encoding: \x0bchunked"],
        "identity and a length": ["transfer-encoding: identity", "content-length: 3"],
        "and then a length": ["transfer-encoding: chunked", "content-length: 3"], "after a length": ["content-length: 3", "transfer-encoding: chunked"],
        "and length 0": ["transfer-encoding: chunked", "content-length: 0"],
    }.items():
        yield bad(f"transfer-encoding {name}", sent(*lines, body=chunked(b"abc")))
    yield bad("transfer-encoding on HTTP/1.0", sent("transfer-encoding: chunked", body=chunked(b"abc"), start="POST /echo HTTP/1.0"))
    for value in ("", "-1", "+3", "3 3", "3,3", "3, 3", "0x3", "3.0", "3e0", "abc", "3;", '"3"', "99999999999999999999", "18446744073709551619",
                  "9223372036854775808", "3\t3", "\u00b3"):
        yield bad(f"content-length {value!r}", sent(f"content-length: {value}", body=b"abc"))
    yield bad("two equal lengths", sent("content-length: 3", "content-length: 3", body=b"abc"))
    yield bad("two lengths", sent("content-length: 3", "content-length: 4", body=b"abcd"))
    yield bad("two zero lengths", sent("content-length: 0", "content-length: 0"))
    yield bad("length above the limit", sent(f"content-length: {LIMIT_BODY + 1}"), 413)
    yield bad("length far above the limit", sent("content-length: 9223372036854775807"), 413)
    for name, lines in {"gzip, chunked": ["transfer-encoding: gzip, chunked"], "in two fields": ["transfer-encoding: gzip;q=1", "transfer-encoding: chunked"]}.items():
        yield bad(f"transfer-encoding {name}, which is not served", sent(*lines, body=chunked(b"abc")), 501)
    for value in ("chunked,", ",chunked", ", ,\tchunked ,,"):
        yield good(f"transfer-encoding {value!r}", sent(f"transfer-encoding: {value}", body=chunked(b"abc")))
    for value in ("", ",", "100-continue,", "100-CONTINUE, 100-continue"):
        yield good(f"expect {value!r}", sent(f"expect: {value}", "content-length: 3", body=b"abc"))
    for value in ('"100-continue"', "100-continue 100-continue", "100-continue; q", "(x)"):
        yield bad(f"expect {value!r}", sent(f"expect: {value}", "content-length: 3", body=b"abc"))
    for value in ("trailers", "trailers;q=0.5, gzip", "gzip;q=1.0;x=\"a,b\"", "", ","):
        yield good(f"te {value!r}", sent(f"te: {value}"))
    for value in ("trailers trailers", "gzip;q", "gzip;q=\"0", "a/", "="):
        yield bad(f"te {value!r}", sent(f"te: {value}"))
    for value in ("a b", "(x)", "a;b"):
        yield bad(f"connection {value!r}", sent(f"connection: {value}"))
    for line in ("3;a", "3 ;a", "3\t;\ta\t=\tb", "3;a=b;c", '3;a="b;c\\"d"', '3;a=""', "00000000000000000003"):
        yield good(f"chunk size {line!r}", sent("transfer-encoding: chunked", body=f"{line}\r\nabc\r\n0\r\n\r\n".encode()))
    for value in ("200-ok", "100-continue, foo", "foo=bar", "100-continue=x", "100-continue;a=b"):
        yield bad(f"expect {value!r}", sent(f"expect: {value}", "content-length: 3", body=b"abc"), 417)


CASES = [*start_lines(), *targets(), *fields(), *hosts(), *framings()]

# Bodies whose chunked coding is broken. The API reads the whole body before it answers, so it can answer 400. A
# function may have answered already; then its answer must break off.
BROKEN_CHUNKS = {
    "an empty size": b"\r\nabc\r\n0\r\n\r\n", "a sign": b"+3\r\nabc\r\n0\r\n\r\n", "a minus": b"-3\r\nabc\r\n0\r\n\r\n", "0x": b"0x3\r\nabc\r\n0\r\n\r\n",
    "an underscore": b"0_3\r\nabc\r\n0\r\n\r\n", "a space before": b" 3\r\nabc\r\n0\r\n\r\n", "a space after": b"3 \r\nabc\r\n0\r\n\r\n",
    "a tab": b"3\t\r\nabc\r\n0\r\n\r\n", "a letter": b"g\r\nabc\r\n0\r\n\r\n", "an overflow": b"10000000000000003\r\nabc\r\n0\r\n\r\n",
    "17 digits": b"fffffffffffffffff\r\nabc\r\n0\r\n\r\n", "a negative in 64 bits": b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "an extension of 257 bytes": b"3;" + b"x" * 256 + b"\r\nabc\r\n0\r\n\r\n", "an endless extension": b"3;" + b"x" * 20000,
    "an open quote": b'3;a="b\r\nabc\r\n0\r\n\r\n', "an extension without a name": b"3;\r\nabc\r\n0\r\n\r\n", "two semicolons": b"3;;a\r\nabc\r\n0\r\n\r\n",
    "an extension without its value": b"3;a=\r\nabc\r\n0\r\n\r\n", "a word behind a quote": b'3;a="b"c\r\nabc\r\n0\r\n\r\n', "a bare LF in an extension": b"3;a\nb\r\nabc\r\n0\r\n\r\n", "a bare CR in an extension": b"3;a\rb\r\nabc\r\n0\r\n\r\n",
    "a NUL in an extension": b"3;a\0\r\nabc\r\n0\r\n\r\n", "a size that ends in a bare LF": b"3\nabc\r\n0\r\n\r\n", "data too long": b"3\r\nabcd\r\n0\r\n\r\n",
    "data too short": b"4\r\nabc\r\n0\r\n\r\n", "data followed by a bare LF": b"3\r\nabc\n0\r\n\r\n", "data followed by a bare CR": b"3\r\nabc\r0\r\n\r\n",
    "a trailer without a colon": b"3\r\nabc\r\n0\r\nx-sum\r\n\r\n", "a trailer with a space before its colon": b"3\r\nabc\r\n0\r\nx-sum : 1\r\n\r\n",
    "a folded trailer": b"3\r\nabc\r\n0\r\nx-sum: 1\r\n 2\r\n\r\n", "a trailer with a NUL": b"3\r\nabc\r\n0\r\nx-sum: \0\r\n\r\n",
    "a trailer with a bare LF": b"3\r\nabc\r\n0\r\nx-sum: 1\n\r\n\r\n", "a trailer without a name": b"3\r\nabc\r\n0\r\n: 1\r\n\r\n",
}
