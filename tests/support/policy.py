"""Starts servers with a policy, and makes components with lists of dependencies."""
import json
import zlib

from support.guests import leb128
from support.server import Server

LIST = b".dep-v0"
POLICY = """
[dependencies]
deny = [{ name = "Evil_Crate", version = "<2", reason = "RUSTSEC-0000-0000" }]
"""


class Ruled(Server):
    """A server with a policy file."""

    def __init__(self, folder, policy):
        super().__init__(folder)
        self.config_file.write_text('policy = "rules/policy.toml"\n' + self.config_file.read_text())
        (self.folder / "rules").mkdir()
        self.policy_file = self.folder / "rules" / "policy.toml"
        self.policy_file.write_text(policy)


def section(packages):
    return zlib.compress(json.dumps({"packages": packages}).encode())


def package(name, version="1.0.0", source="crates.io", **more):
    return {"name": name, "version": version, "source": source, **more}


def custom(name, data):
    payload = leb128(len(name)) + name + data
    return b"\0" + leb128(len(payload)) + payload
