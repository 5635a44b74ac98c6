"""Static files of a function, sent by the API."""
import hashlib
import json

from .guests import guest_file

FORM = ["content-type: multipart/form-data; boundary=B"]
TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "txt": "text/plain; charset=utf-8", "bin": "application/octet-stream"}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def manifest(files, **rules):
    """The JSON text of a manifest. `files`: content by path."""
    entries = {path: {"sha256": digest(content), "size": len(content), "type": TYPES.get(path.rpartition(".")[2], "application/octet-stream")} for path, content in files.items()}
    return json.dumps({**rules, "files": entries}).encode()


def begin(server, name, text, token=None):
    return server.api("POST", f"/v1/functions/{name}/assets", text, token=token)


def put(server, name, contents, token=None, body=None):
    digests = ",".join(digest(content) for content in contents)
    return server.api("PUT", f"/v1/functions/{name}/assets?sha256={digests}", b"".join(contents) if body is None else body, token=token)


def upload(server, name, files, token=None, **rules):
    """Sends the manifest and what is missing. Returns the digest of the manifest."""
    text = manifest(files, **rules)
    answer = begin(server, name, text, token)
    assert answer.status == 200, answer
    by_digest = {digest(content): content for content in files.values()}
    missing = [by_digest[one["sha256"]] for one in answer.json()["missing"]]
    while missing:
        group = missing[:100]
        while sum(map(len, group)) > 20 << 20:
            group = group[:len(group) // 2]
        answer = put(server, name, group, token)
        assert answer.status == 200, answer
        missing = missing[len(group):]
    return digest(text)


def form(settings, component):
    part = b"--B\r\ncontent-disposition: form-data; name="
    return part + b"settings\r\n\r\n" + json.dumps(settings).encode() + b"\r\n" + part + b"component\r\n\r\n" + component + b"\r\n--B--\r\n"


def deploy(server, name, assets, component=None, query="", token=None, **settings):
    """Deploys a component with the manifest of this digest."""
    component = guest_file("hello-raw").read_bytes() if component is None else component
    return server.api("POST", f"/v1/functions/{name}/versions{query}", form({**settings, "assets": assets}, component), FORM, token=token)


def publish(server, name, files, component=None, query="", token=None, **rules):
    """Uploads the files and deploys. Returns the answer of the deploy."""
    answer = deploy(server, name, upload(server, name, files, token, **rules), component, query, token)
    assert answer.status in (200, 201), answer
    return answer
