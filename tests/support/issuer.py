"""A stand-in for an issuer of OpenID Connect tokens, such as GitHub Actions: keys, tokens, and the address where a job gets
one."""
import base64
import http.server
import json
import threading
import time
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Key:
    """A key of an issuer: RS256 or ES256."""

    def __init__(self, name, kind="RS256", bits=2048):
        self.name, self.kind = name, kind
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=bits) if kind == "RS256" else ec.generate_private_key(ec.SECP256R1())

    def public(self):
        numbers = self.private.public_key().public_numbers()
        if self.kind == "RS256":
            return {"kty": "RSA", "kid": self.name, "use": "sig", "alg": "RS256", "n": number(numbers.n), "e": number(numbers.e)}
        return {"kty": "EC", "crv": "P-256", "kid": self.name, "use": "sig", "alg": "ES256", "x": encoded(numbers.x.to_bytes(32, "big")), "y": encoded(numbers.y.to_bytes(32, "big"))}

    def pem(self):
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, text):
        if self.kind == "RS256":
            return self.private.sign(text, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class Issuer:
    """`audience`: what tokens are for, unless a test says something else."""

    def __init__(self):
        issuer = self
        self.keys, self.fetches, self.asked, self.audience, self.claims, self.broken = [Key("one")], 0, 0, None, {}, False

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                if path == "/token":        # what ACTIONS_ID_TOKEN_REQUEST_URL names
                    asked = dict(pair.split("=", 1) for pair in query.split("&"))
                    import urllib.parse
                    token = issuer.token(aud=urllib.parse.unquote(asked["audience"])) if self.headers["authorization"] == "Bearer job-secret" else ""
                    return self.answer({"value": token})
                issuer.asked += 1
                if issuer.broken:
                    return self.send_error(500)
                if path == "/.well-known/openid-configuration":
                    return self.answer({"issuer": issuer.url, "jwks_uri": issuer.url + "/keys"})
                issuer.fetches += 1
                return self.answer({"keys": [key.public() for key in issuer.keys]})

            def answer(self, value):
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def job(self, **changes):
        """The claims of a job; a change to None leaves a claim out."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": self.audience, "iat": now, "nbf": now, "exp": now + 300, "jti": str(uuid.uuid4()), "sub": "repo:acme/shop:ref:refs/heads/main", "repository": "acme/shop",
                  "repository_id": "7001", "repository_owner": "acme", "repository_owner_id": "42", "ref": "refs/heads/main", **self.claims, **changes}
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key=None, head=None, signature=None, **changes):
        key = key or self.keys[0]
        fields = {"typ": "JWT", "alg": key.kind, "kid": key.name, **(head or {})}
        text = encoded(json.dumps({k: v for k, v in fields.items() if v is not None}).encode()) + "." + encoded(json.dumps(self.job(**changes)).encode())
        return text + "." + encoded(key.sign(text.encode()) if signature is None else signature(text.encode()))
