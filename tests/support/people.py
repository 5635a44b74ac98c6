"""Adds owners and tokens directly to a server's catalog: of any kind, and as many as a test needs."""
import contextlib
import hashlib
import random
import sqlite3
import string
import time
import uuid
import zlib


def add_owner(server, login):
    """Adds an owner; returns the owner's id."""
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database, database:
        return database.execute("INSERT INTO owner (github_id, login, created) VALUES (?, ?, 0)", (uuid.uuid4().int >> 70, login)).lastrowid


def random_token():
    """A random token with a valid form and checksum (src/identity/token.cpp)."""
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    secret = "".join(random.choices(digits, k=43))
    crc, sum_digits = zlib.crc32(secret.encode()), ""
    for _ in range(6):
        crc, digit = divmod(crc, 62)
        sum_digits = digits[digit] + sum_digits
    return f"faa_{secret}{sum_digits}"


def add_token(server, owner, scopes="admin", expires_in=3600, revoked=False):
    """Adds a token of an owner; returns the token."""
    token = random_token()
    now = int(time.time() * 1000)
    with contextlib.closing(sqlite3.connect(server.data / "faasta.db", timeout=20)) as database, database:
        database.execute("INSERT INTO token (hash, owner, name, scopes, created, expires, revoked) VALUES (?, ?, 'test', ?, ?, ?, ?)",
                         (hashlib.sha256(token.encode()).digest(), owner, scopes, now, now + expires_in * 1000, now if revoked else None))
    return token


class Person:
    """A person who uses the API of a server, with a token of `scopes`."""

    def __init__(self, server, login, scopes="admin"):
        self.server, self.login = server, login
        self.owner = add_owner(server, login)
        self.token = add_token(server, self.owner, scopes)

    def api(self, method, path, body=None, headers=()):
        return self.server.api(method, path, body, headers, token=self.token)

    def upload(self, name, component, **query):
        return self.server.upload(name, component, token=self.token, **query)
