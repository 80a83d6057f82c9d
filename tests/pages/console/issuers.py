"""A small issuer of OpenID Connect over real HTTP: everybody who comes is signed in at once."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "mturk", "only the two of us know"
EMAIL = "olga@example.org"


@functools.cache
def new_key(name):  # noqa: ARG001 (another name is another key)
    """A pair of keys; to find the primes of each of them takes long."""
    return RSAKey.generate_key(2048, {"kid": "one"})


class Issuer:
    """What it says can be changed: `claims` of the token, the `key` that signs, `overrides` of its description."""

    def __init__(self, port):
        self.address = f"http://localhost:{port}"
        self.key = self.published = new_key("its first")
        self.claims = {"email": EMAIL, "email_verified": True}
        self.overrides = {}
        self.algorithm = "RS256"
        self.codes = {}
        self.refuses = False

    def description(self):
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            **self.overrides,
        }

    def authorize(self, asked):
        """Where the browser is sent back to."""
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        back = {"state": asked["state"]}
        if self.refuses:
            return asked["redirect_uri"] + "?" + urlencode({**back, "error": "access_denied"})
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({**back, "code": code})

    def token(self, given, authorization):
        """The answer to a code, which is good once."""
        basic = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        asked = self.codes.pop(given["code"], None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).decode().rstrip("=")
        )
        if (
            asked is None
            or basic != f"{CLIENT_ID}:{CLIENT_SECRET}"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != given["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT_ID,
            "sub": "17",
            "iat": now,
            "exp": now + 60,
            "nonce": asked["nonce"],
        }
        claims = {name: value for name, value in {**claims, **self.claims}.items() if value is not None}
        token = jwt.encode({"alg": self.algorithm, "kid": "one"}, claims, self.key, algorithms=[self.algorithm])
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": token}


@contextmanager
def running():
    """An issuer that answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", issuer.authorize(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/keys":
                self.answer(200, {"keys": [issuer.published.as_dict(private=False)]})
            elif parts.path == "/.well-known/openid-configuration":
                self.answer(200, issuer.description())
            else:
                self.answer(404, {})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(*issuer.token(given, self.headers.get("Authorization", "")))

        def answer(self, status, value):
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
