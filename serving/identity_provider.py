"""The OpenID provider: who it says is there, by the authorization code flow with PKCE, and which system calls.

What it publishes (its addresses and keys) is read when first needed and kept for a while; a key that is not among the
known ones is looked for once more, so that a provider may change its keys at any time.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from triage.errors import UnauthenticatedError, UnavailableError
from triage.identity.sign_on import Identity
from triage.settings import Settings

SKEW_SECONDS: Final = 60
"""How far the provider's clock may be off."""
RETURN_PATH: Final = "/sign-in/return"
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
"""Signatures with a public key; never none, never one with the client's secret."""
_TIMEOUT_SECONDS: Final = 5.0
_MAX_ANSWER_BYTES: Final = 1_000_000
_KEEPS: Final = timedelta(hours=1)
_LOOKS_AGAIN: Final = timedelta(seconds=30)
_LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
STRONG: Final = frozenset({"mfa", "otp", "hwk", "swk", "sms", "fpt", "face", "iris", "retina", "vbm", "sc", "pop"})
"""Authentication methods (RFC 8176) that are more than a password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOn:
    """What the provider said of a sign-on. strong: whether more than a password was asked for there."""

    identity: Identity
    strong: bool
    session: str | None
    id_token: str


class IdentityProvider:
    """One issuer, as the settings name it."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings, self._clock = settings, clock
        self._issuer = settings.oidc_issuer
        self._lock = threading.Lock()
        self._http = httpx.Client(timeout=_TIMEOUT_SECONDS)
        self._published: tuple[dict[str, Any], datetime] | None = None
        self._keys: tuple[KeySet, datetime] | None = None

    def close(self) -> None:
        """Close the connections to the provider."""
        self._http.close()

    @property
    def return_address(self) -> str:
        """Where the provider sends people back to."""
        return self._settings.public_url.rstrip("/") + RETURN_PATH

    def begin(self) -> tuple[str, dict[str, str]]:
        """Return where to send the browser, and what has to be remembered of it until it comes back."""
        kept = {"state": generate_token(43), "nonce": generate_token(43), "verifier": generate_token(64)}
        address = prepare_grant_uri(
            self._address("authorization_endpoint"),
            self._settings.oidc_client_id,
            "code",
            redirect_uri=self.return_address,
            scope=self._settings.oidc_scopes,
            state=kept["state"],
            nonce=kept["nonce"],
            code_challenge=create_s256_code_challenge(kept["verifier"]),
            code_challenge_method="S256",
        )
        return str(address), kept

    def finish(self, kept: Mapping[str, str], answered: Mapping[str, str]) -> SignedOn:
        """Return who signed on, from what the browser brought back and what was remembered of it.

        Raises UnauthenticatedError, saying why, for anything that was not asked for here or does not verify.
        """
        if answered.get("state") != kept["state"]:
            raise UnauthenticatedError("This sign-in was not begun in this browser, or long ago. Begin again.")
        if answered.get("iss", self._issuer) != self._issuer:
            raise UnauthenticatedError("The answer comes from another provider than the one that was asked.")
        if "error" in answered or "code" not in answered:
            what = answered.get("error_description") or answered.get("error") or "it sent no code"
            raise UnauthenticatedError(f"The identity provider did not sign you on: {what[:200]}")
        tokens = self._exchange(answered["code"], kept["verifier"])
        claims = self._verified_id_token(tokens, kept["nonce"])
        return self._signed_on(tokens, claims)

    def verify_sign_out(self, token: str) -> tuple[str | None, str | None]:
        """Return the subject and the provider's session that a logout token ends; UnauthenticatedError for a bad one.

        Source: OpenID Connect Back-Channel Logout 1.0, section 2.6.
        """
        claims = self._decoded(token, "logout token").claims
        self._validate(claims, audience=self._settings.oidc_client_id)
        subject, session = claims.get("sub"), claims.get("sid")
        if _LOGOUT_EVENT not in (claims.get("events") or {}) or "nonce" in claims or not (subject or session):
            raise UnauthenticatedError("This is no logout token.")
        return self._subject(subject) if subject else None, session

    def subject_of(self, token: str) -> str:
        """Return the subject of an access token: the service account it is of; UnauthenticatedError for a bad one.

        Source: RFC 9068.
        """
        claims = self._decoded(token, "access token").claims
        self._validate(claims, audience=self._settings.oidc_audience)
        # Never the client: a person's token names the client too, by which the person would get the client's rights.
        subject = claims.get("sub")
        if not isinstance(subject, str):
            raise UnauthenticatedError("The access token has no subject.")
        return subject

    def sign_out_address(self, id_token: str) -> str | None:
        """Return where a browser ends the provider's own session, None where it offers no such place."""
        try:
            where = self._metadata().get("end_session_endpoint")
        except UnavailableError:
            return None
        if not where:
            return None
        asked = {
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": self._settings.public_url.rstrip("/") + "/signed-out",
        }
        if id_token:
            asked["id_token_hint"] = id_token
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.return_address,
            "code_verifier": verifier,
        }
        client, secret = self._settings.oidc_client_id, self._settings.oidc_client_secret.get_secret_value()
        auth = _basic(client, secret) if secret else None
        if auth is None:
            form["client_id"] = client
        status, answer = self._call("POST", self._address("token_endpoint"), data=form, auth=auth)
        if status != 200 or "id_token" not in answer:
            raise UnauthenticatedError(
                f"The identity provider did not take the code: {str(answer.get('error', status))[:200]}. Begin again."
            )
        return answer

    def _verified_id_token(self, tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        decoded = self._decoded(tokens["id_token"], "ID token")
        client = self._settings.oidc_client_id
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={"iss": {"essential": True, "value": self._issuer}, "aud": {"essential": True, "values": [client]}},
            params={"nonce": nonce, "client_id": client, "access_token": tokens.get("access_token")},
        )
        try:
            claims.validate(now=int(self._clock().timestamp()), leeway=SKEW_SECONDS)
        except JoseError as error:
            raise UnauthenticatedError(
                f"The ID token is not good: {_said(error)}. If it is about time, compare the clocks."
            ) from None
        return dict(claims)

    def _signed_on(self, tokens: Mapping[str, Any], claims: dict[str, Any]) -> SignedOn:
        settings = self._settings
        if not {settings.oidc_name_claim, settings.oidc_groups_claim} <= claims.keys():
            claims = self._user_info(tokens, claims["sub"]) | claims
        name, groups = claims.get(settings.oidc_name_claim), claims.get(settings.oidc_groups_claim, [])
        if not isinstance(name, str) or not name:
            raise UnauthenticatedError(
                f"The identity provider names nobody: the claim {settings.oidc_name_claim} is empty."
            )
        listed = groups if isinstance(groups, list) else [groups]
        identity = Identity(
            subject=self._subject(claims["sub"]),
            name=name.strip().lower(),
            groups=frozenset(group for group in listed if isinstance(group, str)),
        )
        methods = claims.get("amr")
        return SignedOn(
            identity=identity,
            strong=isinstance(methods, list) and not STRONG.isdisjoint(one for one in methods if isinstance(one, str)),
            session=claims["sid"] if isinstance(claims.get("sid"), str) else None,
            id_token=tokens["id_token"],
        )

    def _user_info(self, tokens: Mapping[str, Any], subject: str) -> dict[str, Any]:
        where, access_token = self._metadata().get("userinfo_endpoint"), tokens.get("access_token")
        if not where or not isinstance(access_token, str):
            return {}
        status, answer = self._call("GET", where, headers={"Authorization": f"Bearer {access_token}"})
        # What it says of somebody else is never taken (OpenID Connect Core, 5.3.2).
        return answer if status == 200 and answer.get("sub") == subject else {}

    def _subject(self, sub: Any) -> str:
        return f"{self._issuer} {sub}"

    def _validate(self, claims: dict[str, Any], *, audience: str) -> None:
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=SKEW_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise UnauthenticatedError(f"The token is not good: {_said(error)}.") from None

    def _decoded(self, token: str, what: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            try:
                return jwt.decode(token, self._key_set(), registry=registry)
            except InvalidKeyIdError:
                return jwt.decode(token, self._key_set(again=True), registry=registry)
        except (JoseError, ValueError) as error:
            raise UnauthenticatedError(f"The {what} is not signed by the provider: {_said(error)}.") from None

    def _key_set(self, *, again: bool = False) -> KeySet:
        """Return the provider's keys; a key that is unknown is looked for once more, but not by every forged token."""
        now = self._clock()
        with self._lock:
            age = abs(now - self._keys[1]) if self._keys is not None else _KEEPS
            if self._keys is None or age >= _KEEPS or (again and age >= _LOOKS_AGAIN):
                status, answer = self._call("GET", self._address("jwks_uri"))
                if status != 200:
                    raise UnavailableError(f"The identity provider {self._issuer} does not show its keys.")
                self._keys = (
                    KeySet.import_key_set({"keys": [key for key in answer.get("keys", []) if _signs(key)]}),
                    now,
                )
            return self._keys[0]

    def _address(self, name: str) -> str:
        where = self._metadata().get(name)
        if not isinstance(where, str):
            raise UnavailableError(f"The identity provider {self._issuer} publishes no {name}.")
        return where

    def _metadata(self) -> dict[str, Any]:
        now = self._clock()
        kept = self._published
        if kept is not None and abs(now - kept[1]) < _KEEPS:
            return kept[0]
        status, answer = self._call("GET", self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if status != 200 or answer.get("issuer") != self._issuer:
            found = answer.get("issuer") or f"an answer {status}"
            raise UnavailableError(
                f"{self._issuer} is not what the provider calls itself ({str(found)[:200]}): see TRIAGE_OIDC_ISSUER."
            )
        self._published = answer, now
        return answer

    def _call(self, method: str, address: str, **more: Any) -> tuple[int, dict[str, Any]]:
        try:
            with self._http.stream(method, address, **more) as response:
                content = b""
                for part in response.iter_bytes():
                    content += part
                    if len(content) > _MAX_ANSWER_BYTES:
                        raise UnavailableError(f"The identity provider {self._issuer} answers without end.")
                answer = httpx.Response(response.status_code, content=content).json()
        except (httpx.HTTPError, ValueError) as error:
            raise UnavailableError(
                f"The identity provider {self._issuer} does not answer ({type(error).__name__}). Try again."
            ) from None
        return response.status_code, answer if isinstance(answer, dict) else {}


def _basic(client: str, secret: str) -> httpx.BasicAuth:
    """Return the client's own proof; both parts are form-encoded first (RFC 6749, 2.3.1)."""
    name, password = (urlencode({"": part})[1:] for part in (client, secret))
    return httpx.BasicAuth(name, password)


def _signs(key: Any) -> bool:
    return isinstance(key, dict) and key.get("kty") != "oct" and key.get("use", "sig") == "sig"


def _said(error: Exception) -> str:
    return str(error).rstrip(".")[:200] or type(error).__name__
