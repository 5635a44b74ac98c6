"""Makes crates to depend on, and their sources: a sparse registry over HTTP, a local registry, vendored folders, git
repositories."""
import functools
import hashlib
import http.server
import io
import json
import os
import pathlib
import subprocess
import tarfile
import threading


def manifest(name, version, body=""):
    return f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n{body}\n'


class Crate:
    """A crate with an empty src/lib.rs and `files`. `needs` is the value of `deps` in the registry's index."""

    def __init__(self, name, version, body="", needs=(), features=None, files=None):
        self.name, self.version, self.needs, self.features = name, version, list(needs), features or {}
        self.files = {"Cargo.toml": manifest(name, version, body), "src/lib.rs": "", **(files or {})}

    def write(self, folder):
        for path, text in self.files.items():
            file = pathlib.Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return pathlib.Path(folder)

    @functools.cached_property
    def archive(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as tar:
            for path, text in self.files.items():
                entry = tarfile.TarInfo(f"{self.name}-{self.version}/{path}")
                entry.size = len(text.encode())
                tar.addfile(entry, io.BytesIO(text.encode()))
        return out.getvalue()

    @property
    def checksum(self):
        return hashlib.sha256(self.archive).hexdigest()

    def index_line(self):
        return json.dumps({"name": self.name, "vers": self.version, "deps": self.needs, "cksum": self.checksum, "features": self.features, "yanked": False})


def need(name, req="1", **more):
    return {"name": name, "req": req, "features": [], "optional": False, "default_features": True, "target": None, "kind": "normal", **more}


def index_path(name):
    low = name.lower()
    return f"{len(low)}/{low}" if len(low) < 3 else f"3/{low[0]}/{low}" if len(low) == 3 else f"{low[:2]}/{low[2:4]}/{low}"


def index_files(crates):
    lines = {}
    for crate in crates:
        lines.setdefault(index_path(crate.name), []).append(crate.index_line())
    return {path: "\n".join(all) + "\n" for path, all in lines.items()}


class Registry:
    """A sparse registry on its own port."""

    def __init__(self, crates):
        self.files = {f"/{path}": text.encode() for path, text in index_files(crates).items()}
        self.files |= {f"/dl/{crate.name}/{crate.version}": crate.archive for crate in crates}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = outer.files.get(self.path)
                self.send_response(404 if body is None else 200)
                self.send_header("content-length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.files["/config.json"] = json.dumps({"dl": f"{self.url}/dl/{{crate}}/{{version}}"}).encode()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def local_registry(folder, crates):
    """Makes a folder like that of `cargo local-registry`."""
    for path, text in index_files(crates).items():
        file = folder / "index" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for crate in crates:
        (folder / f"{crate.name}-{crate.version}.crate").write_bytes(crate.archive)
    return folder


def vendored(folder, crates):
    """Makes a folder like that of `cargo vendor`."""
    for crate in crates:
        crate.write(folder / f"{crate.name}-{crate.version}")
        (folder / f"{crate.name}-{crate.version}" / ".cargo-checksum.json").write_text(json.dumps({"files": {}, "package": crate.checksum}))
    return folder


def git_repository(folder, files=None):
    """Makes the folder a git repository that contains its files and `files`; returns the URL."""
    for path, text in (files or {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    env = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "all"]):
        subprocess.run(["git", *words], cwd=folder, check=True, env=env)
    return f"file://{folder}"
