#!/usr/bin/env python3
"""A stand-in for GitHub: its OAuth endpoints and one route of its API, with GitHub's answers and errors.

It runs as a separate process and prints its address. Tests control the people who sign in through `POST /_control` (see
`Control`). """
import argparse
import base64
import hashlib
import hmac
import html
import http.server
import json
import secrets
import socket
import threading
import time
import urllib.parse

CODE_SECONDS = 600          # GitHub's codes live for ten minutes
DEVICE_SECONDS = 900
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def s256(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class State:
    def __init__(self):
        self.lock = threading.RLock()
        self.apps = {}              # client id -> {secret, callback, device}
        self.users = {}             # id -> login
        self.signed_in = None       # the id of the user who is signed in to GitHub in the browser
        self.decision = "ask"       # what that user does on the page: ask (only the page is shown), approve, deny
        self.codes, self.tokens, self.devices = {}, {}, {}
        self.device_decision = None     # None: the code was not entered yet; approve, deny, expire
        self.interval = 5
        self.fault = {}             # endpoint -> its fault; see Handler.broken
        self.calls = []             # [endpoint, time, details]
        self.secrets_given = []     # all codes and tokens that were issued; tests search logs and files for them

    def secret(self, prefix):
        value = prefix + secrets.token_hex(20)
        self.secrets_given.append(value)
        return value


STATE = State()


class Control:
    """The commands of a test. Each method name is a key of the JSON object that the test posts."""

    def app(self, value):
        STATE.apps[value["client_id"]] = {"device": True, **value}

    def user(self, value):
        """Sets the user who is signed in in the browser. The same id with another login means that the user was
        renamed."""
        STATE.users[value["id"]] = value["login"]
        STATE.signed_in = value["id"]

    def decision(self, value):
        STATE.decision = value

    def device(self, value):
        STATE.device_decision = value

    def interval(self, value):
        STATE.interval = value

    def fault(self, value):
        STATE.fault = value

    def expire_codes(self, value):
        for code in STATE.codes.values():
            code["expires"] = 0

    def forget_calls(self, value):
        STATE.calls.clear()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json; charset=utf-8", headers=()):
        body = json.dumps(body).encode() if isinstance(body, (dict, list)) else body.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def oauth_error(self, error, description="", **more):
        """GitHub sends errors of OAuth with status 200."""
        self.answer(200, {"error": error, "error_description": description or error, "error_uri": "https://docs.github.com/", **more})

    def form(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        if "json" in self.headers.get("content-type", ""):
            return json.loads(body)
        return dict(urllib.parse.parse_qsl(body, keep_blank_values=True))

    def note(self, endpoint, **what):
        STATE.calls.append([endpoint, time.monotonic(), what])

    def broken(self, endpoint):
        """If the test set a fault for this endpoint, does it and returns true."""
        kind = STATE.fault.get(endpoint)
        if kind is None:
            return False
        self.close_connection = True
        if kind == "close":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif kind == "slow":
            time.sleep(30)
        elif kind == "trickle":
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n")
            for _ in range(300):
                self.wfile.write(b" ")
                time.sleep(0.1)
        elif kind == "garbage":
            self.answer(200, "<html>not what you think</html>", "text/html")
        elif kind == "huge":
            self.answer(200, '{"login": "' + "a" * (1 << 20) + '"}')
        elif kind == "redirect":
            self.answer(302, "", headers=[("location", f"http://{self.headers['host']}/elsewhere")])
        elif kind == "empty":
            self.answer(200, {})
        elif kind == "no-id":
            self.answer(200, {"login": "ada", "id": "1"})
        elif kind == "strange":
            self.answer(200, {"error": "<script>alert(1)</script>\r\nx: y"})
        else:
            self.answer(int(kind), {"message": "as asked", "documentation_url": "https://docs.github.com/rest"})
        return True

    # ---- pages ----

    def do_GET(self):
        path, _, query = self.path.partition("?")
        parameters = dict(urllib.parse.parse_qsl(query))
        with_state = {"/login/oauth/authorize": self.authorize, "/_decide": self.decide}
        if path in with_state:
            return with_state[path](parameters)
        if path in ("/user", "/api/v3/user"):
            return self.user()
        if path == "/_calls":
            return self.answer(200, {"calls": STATE.calls, "secrets": STATE.secrets_given})
        if path == "/login/device":
            return self.answer(200, "<!doctype html><title>Device activation</title><h1>Enter the code</h1>", "text/html")
        self.note(path)
        return self.answer(404, {"message": "Not Found"})

    def authorize(self, parameters):
        self.note("authorize", parameters=parameters)
        app = STATE.apps.get(parameters.get("client_id"))
        if app is None:
            return self.answer(404, "<h1>404</h1>", "text/html")
        if parameters.get("redirect_uri", app["callback"]) != app["callback"]:
            return self.back(app["callback"], parameters, error="redirect_uri_mismatch")
        if STATE.decision != "ask":
            return self.decide({**parameters, "choice": STATE.decision})
        link = "/_decide?" + urllib.parse.urlencode(parameters)
        return self.answer(200, "<!doctype html><title>Authorize application</title><h1>Authorize</h1>"
                                f"<a id=approve href='{html.escape(link)}&choice=approve'>Authorize</a>"
                                f"<a id=deny href='{html.escape(link)}&choice=deny'>Cancel</a>", "text/html")

    def decide(self, parameters):
        app = STATE.apps[parameters["client_id"]]
        if parameters["choice"] == "deny":
            return self.back(app["callback"], parameters, error="access_denied")
        code = STATE.secret("")
        STATE.codes[code] = {"client": parameters["client_id"], "user": STATE.signed_in, "redirect": parameters.get("redirect_uri"),
                             "challenge": parameters.get("code_challenge"), "expires": time.monotonic() + CODE_SECONDS}
        return self.back(app["callback"], parameters, code=code)

    def back(self, callback, parameters, **what):
        if "error" in what:
            what |= {"error_description": "The user has denied your application access.", "error_uri": "https://docs.github.com/"}
        target = callback + "?" + urllib.parse.urlencode({**what, "state": parameters.get("state", "")})
        self.answer(302, "", "text/html", [("location", target)])

    # ---- endpoints ----

    def do_POST(self):
        form = self.form()
        if self.path == "/_control":
            with STATE.lock:
                for name, value in form.items():
                    getattr(Control(), name)(value)
            return self.answer(200, {})
        if self.path == "/login/oauth/access_token":
            return self.access_token(form)
        if self.path == "/login/device/code":
            return self.device_code(form)
        self.note(self.path)
        return self.answer(404, {"message": "Not Found"})

    def access_token(self, form):
        device = form.get("grant_type") == DEVICE_GRANT
        endpoint = "poll" if device else "access_token"
        self.note(endpoint, fields=sorted(form))
        if self.broken(endpoint):
            return None
        app = STATE.apps.get(form.get("client_id"))
        if app is None:
            return self.answer(404, {"error": "Not Found"})
        with STATE.lock:
            return self.poll(form) if device else self.redeem(app, form)

    def redeem(self, app, form):
        if not hmac.compare_digest(form.get("client_secret", "").encode(), app["secret"].encode()):
            return self.oauth_error("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
        code = STATE.codes.pop(form.get("code"), None)
        if code is None or code["expires"] < time.monotonic() or code["client"] != form["client_id"]:
            return self.oauth_error("bad_verification_code", "The code passed is incorrect or expired.")
        if form.get("redirect_uri", code["redirect"]) != code["redirect"]:
            return self.oauth_error("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application.")
        if code["challenge"] and s256(form.get("code_verifier", "")) != code["challenge"]:
            return self.oauth_error("bad_verification_code", "The code passed is incorrect or expired.")
        return self.token(code["user"])

    def token(self, user):
        token = STATE.secret("gho_")
        STATE.tokens[token] = user
        return self.answer(200, {"access_token": token, "token_type": "bearer", "scope": ""})

    def device_code(self, form):
        self.note("device_code", fields=sorted(form))
        if self.broken("device_code"):
            return None
        app = STATE.apps.get(form.get("client_id"))
        if app is None:
            return self.answer(404, {"error": "Not Found"})
        if not app["device"]:
            return self.oauth_error("device_flow_disabled", "Device Flow must be explicitly enabled for this App")
        code = STATE.secret("")
        STATE.devices[code] = {"interval": STATE.interval, "polled": time.monotonic(), "expires": time.monotonic() + DEVICE_SECONDS}
        return self.answer(200, {"device_code": code, "user_code": "WDJB-MJHT", "verification_uri": f"http://{self.headers['host']}/login/device",
                                 "expires_in": DEVICE_SECONDS, "interval": STATE.interval})

    def poll(self, form):
        device = STATE.devices.get(form.get("device_code"))
        if device is None:
            return self.oauth_error("incorrect_device_code", "The device_code provided is not valid.")
        early, device["polled"] = time.monotonic() - device["polled"] < device["interval"], time.monotonic()
        if device["expires"] < time.monotonic() or STATE.device_decision == "expire":
            return self.oauth_error("expired_token", "This 'device_code' has expired.")
        if early:
            device["interval"] += 5
            return self.oauth_error("slow_down", "Too many requests have been made in the same timeframe.", interval=device["interval"])
        if STATE.device_decision == "slow_down":
            return self.oauth_error("slow_down", interval=device["interval"] + 5)
        if STATE.device_decision is None:
            return self.oauth_error("authorization_pending", "The authorization request is still pending.")
        del STATE.devices[form["device_code"]]
        if STATE.device_decision == "deny":
            return self.oauth_error("access_denied", "The authorization request was denied.")
        return self.token(STATE.signed_in)

    def user(self):
        self.note("user", agent=self.headers.get("user-agent", ""))
        if self.broken("user"):
            return None
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        user = STATE.tokens.get(token) if scheme.lower() == "bearer" else None
        if user is None:
            return self.answer(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"})
        if not self.headers.get("user-agent"):
            return self.answer(403, {"message": "Request forbidden by administrative rules."})
        return self.answer(200, {"login": STATE.users[user], "id": user, "node_id": f"U_{user}", "type": "User", "site_admin": False})


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Prints nothing: a client may go away."""


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=0)
    listener = Listener(("127.0.0.1", arguments.parse_args().port), Handler)
    print(f"http://127.0.0.1:{listener.server_address[1]}", flush=True)
    listener.serve_forever()


if __name__ == "__main__":
    main()
