"""`deploy --oci`: a component of a registry, by tag or digest, with and without a password, through a redirect."""
import base64
import hashlib
import http.server
import json
import threading

import pytest

from support.guests import version_guest, version_mark

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Registry:
    """`wants`: nothing, "bearer" or "basic"."""

    def __init__(self):
        registry = self
        self.manifests, self.blobs, self.wants, self.elsewhere, self.seen = {}, {}, None, False, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                authorization = self.headers["authorization"]
                registry.seen.append((path, authorization))
                basic = "Basic " + base64.b64encode(b"me:word").decode()
                if path == "/token":
                    good = authorization == basic and "scope=repository%3Aacme%2Fshop%3Apull" in query and "service=here" in query
                    return self.answer(200 if good else 401, json.dumps({"token": "let-in"}).encode())
                if path.startswith("/elsewhere/"):
                    return self.answer(200 if authorization is None else 400, registry.blobs[path.removeprefix("/elsewhere/")])
                if registry.wants and authorization != {"bearer": "Bearer let-in", "basic": basic}[registry.wants]:
                    challenge = f'Bearer realm="{registry.url}/token",service="here"' if registry.wants == "bearer" else 'Basic realm="x"'
                    return self.answer(401, b"", {"www-authenticate": challenge})
                name, _, last = path.rpartition("/")
                if name == "/v2/acme/shop/blobs" and last in registry.blobs:
                    if registry.elsewhere:
                        return self.answer(307, b"", {"location": registry.elsewhere.format(host=registry.host, digest=last)})
                    return self.answer(200, registry.blobs[last])
                found = registry.manifests.get(last) if name == "/v2/acme/shop/manifests" else None
                return self.answer(200 if found else 404, found or b"")

            def answer(self, status, body, more=()):
                self.send_response(status)
                for name, value in dict(more).items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def push(self, tag, component, layer="application/wasm", config="application/vnd.wasm.config.v0+json", claimed=None):
        self.blobs[claimed or digest(component)] = component
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": config, "digest": digest(b"{}"), "size": 2},
                               "layers": [{"mediaType": layer, "digest": claimed or digest(component), "size": len(component)}]}).encode()
        self.manifests[tag] = self.manifests[digest(manifest)] = manifest
        return digest(manifest)


@pytest.fixture
def registry():
    running = Registry()
    yield running
    running.server.shutdown()
    running.server.server_close()


def test_by_tag_and_by_digest(signed_in, server, registry):
    first, second = registry.push("latest", version_guest(1)), registry.push("v2", version_guest(2), "application/vnd.wasm.content.layer.v1+wasm")
    for reference, number, manifest in ((f"{registry.host}/acme/shop", 1, first), (f"oci://{registry.host}/acme/shop:v2", 2, second), (f"{registry.host}/acme/shop:v2@{first}", 1, first)):
        signed_in.run("deploy", "--oci", reference, "--name", "from-oci").ok()
        assert version_mark(number) in server.call("from-oci").body
        assert server.versions("from-oci")[0]["source"] == f"oci://{registry.host}/acme/shop@{manifest}"
    signed_in.run("delete", "from-oci", "-y").ok()


@pytest.mark.parametrize("wants", ["bearer", "basic"])
@pytest.mark.parametrize("given", ["option", "variable", "file"])
def test_with_a_password(signed_in, server, registry, wants, given):
    registry.push("latest", version_guest(1))
    registry.wants, registry.elsewhere = wants, "http://{host}/elsewhere/{digest}"
    command = ["deploy", "--oci", f"{registry.host}/acme/shop", "--name", "from-oci"]
    variables = {}
    signed_in.run(*command).fails(1, "the registry:")
    if given == "file":
        (signed_in.home / ".docker").mkdir()
        (signed_in.home / ".docker" / "config.json").write_text(json.dumps({"auths": {registry.host: {"auth": base64.b64encode(b"me:word").decode()}}}))
    elif given == "variable":
        variables["FAASTA_REGISTRY_TOKEN"] = "me:word"
    else:
        command += ["--registry-token", "me:word"]
    signed_in.run(*command, env=variables).ok()
    assert all(authorization is None for path, authorization in registry.seen if path.startswith("/elsewhere/")), "the password stays with the registry"
    signed_in.run("delete", "from-oci", "-y").ok()


def test_another_host_cannot_ask_for_the_password(signed_in, registry):
    other = Registry()
    other.wants = "bearer"
    registry.push("latest", version_guest(1))
    registry.wants, registry.elsewhere = "bearer", f"http://{other.host}/v2/acme/shop/blobs/{{digest}}"
    signed_in.run("deploy", "--oci", f"{registry.host}/acme/shop", "--name", "from-oci", "--registry-token", "me:word").fails(1, "which wants a password")
    assert other.seen and all(path != "/token" and authorization is None for path, authorization in other.seen), other.seen
    other.server.shutdown()
    other.server.server_close()


@pytest.mark.parametrize("place", ["http://localhost:1@images.example/x", "http://127.0.0.1@images.example/x", "https://me:word@images.example/x", "http://localhost.images.example/x", "ftp://localhost/x", "/relative"])
def test_a_redirect_to_an_address_that_looks_like_another(signed_in, registry, place):
    registry.push("latest", version_guest(1))
    registry.elsewhere = place
    signed_in.run("deploy", "--oci", f"{registry.host}/acme/shop", "--name", "from-oci").fails(1, "no https URL")


def test_what_is_refused(signed_in, registry):
    def deploy(reference, *more):
        return signed_in.run("deploy", "--oci", reference, "--name", "refused-oci", *more)
    name = f"{registry.host}/acme/shop"
    good = registry.push("good", version_guest(1))
    registry.push("altered", version_guest(1), claimed=digest(b"other"))
    registry.push("image", version_guest(1), "application/vnd.oci.image.layer.v1.tar+gzip")
    registry.push("spin", version_guest(1), config="application/vnd.fermyon.spin.application.v1+config")
    registry.manifests[good.replace("a", "b", 1) if "a" in good else good.replace("1", "2", 1)] = registry.manifests["good"]
    deploy(f"{name}:gone").fails(1, "answered 404")
    deploy(f"{name}:altered").fails(1, "F0109")
    deploy(f"{name}:image").fails(6, "F0402", "application/wasm")
    deploy(f"{name}:spin").fails(6, "application of Spin")
    deploy(f"{name}@{'sha256:' + '0' * 64}").fails(1, "answered 404")
    for other in [key for key in registry.manifests if key.startswith("sha256:") and key != digest(registry.manifests[key])]:
        deploy(f"{name}@{other}").fails(1, "F0109")
    registry.elsewhere = "http://images.example/{digest}"
    deploy(f"{name}:good").fails(1, "no https URL")
    registry.elsewhere = "http://{host}/v2/acme/shop/blobs/{digest}"
    deploy(f"{name}:good").fails(1, "too many redirects")
    for wrong in ("shop", f"{registry.host}/", f"{registry.host}/a b", f"{registry.host}/../x", f"{registry.host}/shop@sha256:12", "host/UPPER", ""):
        if wrong:
            deploy(wrong).fails(2, "F0701")
    deploy(f"{name}:good", "--component", "x.wasm").fails(2)
