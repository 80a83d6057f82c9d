"""OpenID Connect, as one who relies on an issuer: where to send people to sign in, and who came back."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

import requests

from adapter.core.settings import Settings

#: Seconds for one request to the issuer, for which what it says of itself counts, and by which clocks may differ.
TIMEOUT_SECONDS = 5.0
DESCRIPTION_SECONDS = 3600.0
LEEWAY_SECONDS = 120
#: Signatures by keys that the issuer publishes; never by a secret that both sides have, and never none.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


class OpenIdError(Exception):
    """Nobody is signed in; the message says why, for the log."""


@dataclass(frozen=True)
class Pending:
    """What a sign-in that is under way has to come back with."""

    state: str
    nonce: str
    verifier: str


class Issuer:
    """The issuer that the settings name; what it publishes about itself is remembered for an hour."""

    def __init__(self, settings: Settings, redirect_uri: str) -> None:
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._lock = threading.Lock()
        self._description: dict[str, Any] = {}
        self._keys: Any = None
        self._read_at = float("-inf")

    def begin(self) -> tuple[str, Pending]:
        """Where to send a browser, and what it has to come back with. Raises OpenIdError."""
        description, _ = self._published()
        pending = Pending(*(secrets.token_urlsafe(32) for _ in range(3)))
        with self._session() as session:
            address, _ = session.create_authorization_url(
                description["authorization_endpoint"],
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        return str(address), pending

    def name_of(self, pending: Pending, code: str) -> str:
        """The name of whoever came back with this code. Raises OpenIdError where that is not certain."""
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 (only where it is set)
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415
        from joserfc import jwt  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415

        description, keys = self._published()
        try:
            with self._session() as session:
                token = session.fetch_token(
                    description["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=pending.verifier,
                    timeout=TIMEOUT_SECONDS,
                )
            decoded = jwt.decode(str(token.get("id_token")), keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self._settings.oidc_issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                },
                {
                    "nonce": pending.nonce,
                    "client_id": self._settings.oidc_client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (requests.RequestException, AuthlibBaseError, JoseError, ValueError) as error:
            # the keys may be new ones
            self._read_at = float("-inf")
            raise OpenIdError(f"{type(error).__name__}: {str(error)[:200]}") from error
        return self._name(claims)

    def _name(self, claims: Any) -> str:
        claim = self._settings.oidc_claim
        name = claims.get(claim)
        if not isinstance(name, str) or not name:
            raise OpenIdError(f"the token has no claim {claim}")
        if claim == "email" and claims.get("email_verified") is not True:
            raise OpenIdError("the issuer does not say that the e-mail address is verified")
        return name

    def _session(self) -> Any:
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 (only where it is set)

        return OAuth2Session(
            self._settings.oidc_client_id,
            self._settings.oidc_client_secret,
            scope="openid email profile",
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
        )

    def _published(self) -> tuple[dict[str, Any], Any]:
        """What the issuer publishes: its description, and its keys."""
        from joserfc.jwk import KeySet  # noqa: PLC0415 (only where it is set)

        issuer = self._settings.oidc_issuer
        with self._lock:
            if time.monotonic() - self._read_at < DESCRIPTION_SECONDS:
                return self._description, self._keys
            try:
                found = _fetch(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != issuer:
                    raise OpenIdError(
                        f"the issuer calls itself {str(found.get('issuer'))[:200]}, the settings {issuer}"
                    )
                self._keys = KeySet.import_key_set(_fetch(_address(found["jwks_uri"])))  # type: ignore[arg-type]
                self._description = {
                    name: _address(found[name]) for name in ("authorization_endpoint", "token_endpoint")
                }
            except (requests.RequestException, KeyError, ValueError, TypeError) as error:
                raise OpenIdError(f"{issuer} cannot be read: {type(error).__name__}") from error
            self._read_at = time.monotonic()
            return self._description, self._keys


def _address(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        raise TypeError("not an address")
    return value


def _fetch(address: str) -> dict[str, Any]:
    answer = requests.get(address, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    answer.raise_for_status()
    found = answer.json()
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found
