"""A small OpenID Connect server on this machine: real HTTP, signed tickets, PKCE insisted on.

It signs in whoever `says` describes, without asking; a test plays the browser between the two.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "bench", "a secret of this test"


@dataclass(slots=True)
class Login:
    """One code that was given out, until a ticket is fetched for it."""

    challenge: str
    redirect_uri: str


@dataclass(slots=True)
class OidcServer:
    """What it says of whoever signs in, and what it was asked."""

    url: str = ""
    says: dict[str, Any] = field(default_factory=dict)
    # What the signed ticket says where it differs from the answer to the question who that is.
    ticket_says: dict[str, Any] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    codes: dict[str, Login] = field(default_factory=dict)
    access_tokens: set[str] = field(default_factory=set)

    def configuration(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0."""
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "jwks",
        }
        return {
            "issuer": self.url,
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **{name: f"{self.url}/{place}" for name, place in places.items()},
        }

    def keys(self) -> dict[str, Any]:
        """The public half of the key."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "1", "alg": "RS256", "use": "sig"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes with its code."""
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = secrets.token_urlsafe()
        self.codes[code] = Login(asked["code_challenge"], asked["redirect_uri"])
        answer = urlencode({"code": code, "state": asked["state"]})
        return f"{asked['redirect_uri']}?{answer}"

    def tickets(self, sent: dict[str, str]) -> dict[str, Any] | None:
        """The tickets for a code, once, for who has the secret and began it."""
        login = self.codes.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_client = (sent.get("client_id"), sent.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if login is None or not is_client:
            return None
        if (challenge, sent.get("redirect_uri")) != (login.challenge, login.redirect_uri):
            return None
        token = secrets.token_urlsafe()
        self.access_tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "id_token": self._id_token()}

    def _id_token(self) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 60}
        said = {**claims, **self.says, **self.ticket_says}
        return jwt.encode(said, self.key, algorithm="RS256", headers={"kid": "1"})


class _Handler(BaseHTTPRequestHandler):
    oidc: OidcServer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path == "/authorize":
            self._redirect(self.oidc.authorize(dict(parse_qsl(address.query))))
        elif address.path == "/.well-known/openid-configuration":
            self._say(self.oidc.configuration())
        elif address.path == "/jwks":
            self._say(self.oidc.keys())
        elif address.path == "/userinfo":
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self._say(self.oidc.says if token in self.oidc.access_tokens else None)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._say(self.oidc.tickets(dict(parse_qsl(body))))

    def _redirect(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, what: dict[str, Any] | None) -> None:
        body = json.dumps(what or {"error": "invalid_grant"}).encode()
        self.send_response(200 if what else 400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def oidc_server() -> Iterator[OidcServer]:
    """The server, for as long as the block lasts."""
    oidc = OidcServer()
    handler = type("Handler", (_Handler,), {"oidc": oidc})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        oidc.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield oidc
        finally:
            server.shutdown()
            thread.join()
