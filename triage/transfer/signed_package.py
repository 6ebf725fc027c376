"""A signed file of what an environment decides by: policies with their routes and reason codes, endpoints, look-ups,
mappings. Never a secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from triage.domain import Domain
from triage.errors import InvalidError
from triage.handoff.endpoints import list_endpoints
from triage.handoff.lookup_sources import list_sources
from triage.policy_life.timeline import in_force, timeline
from triage.policy_life.versions import get_version, publications, variants_of
from triage.proof.chain_key import is_signed, public_text, sign

FORMAT: Final = "triage environment 1"
MAX_BYTES: Final = 20_000_000
ENDPOINT_FIELDS: Final = (
    "name", "kind", "url", "events", "domains", "callbacks", "allow_private", "rate_per_second", "timeout_seconds",
    "deadline_hours", "language",
)  # fmt: skip
"""What of an endpoint goes along; its secret, its state and its template stay."""
LOOKUP_FIELDS: Final = ("name", "kind", "url", "secret", "allow_private")
"""Of a look-up source; its secret is only where the secret stands, env:NAME or file:PATH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentPackage:
    """What was exported. environment, made_at: where and when. policies: domain, variant, version and document of each
    in force; mappings: names and texts of files."""

    environment: str
    made_at: str
    policies: Sequence[Mapping[str, Any]]
    endpoints: Sequence[Mapping[str, Any]]
    lookups: Sequence[Mapping[str, Any]]
    mappings: Sequence[Mapping[str, str]]

    @property
    def body(self) -> bytes:
        """What is signed: JSON with sorted names."""
        named = {name: getattr(self, name) for name in self.__slots__}
        return orjson.dumps({"format": FORMAT, **named}, option=orjson.OPT_SORT_KEYS)

    def signed(self, key: Ed25519PrivateKey) -> bytes:
        """Write the package with its signature."""
        outer = {
            "body": orjson.loads(self.body), "public_key": public_text(key), "signature": sign(key, self.body)
        }  # fmt: skip
        return orjson.dumps(outer, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2) + b"\n"


def read_package(content: bytes, *, trusted: Sequence[str]) -> tuple[EnvironmentPackage, str]:
    """Read a package and who signed it; raise InvalidError for one that was changed, or signed by a key not trusted.

    trusted: public keys in base64.
    """
    try:
        outer: Any = orjson.loads(content) if len(content) <= MAX_BYTES else None
        body = orjson.dumps(outer["body"], option=orjson.OPT_SORT_KEYS)
        public_key, signature = str(outer["public_key"]), str(outer["signature"])
        form = outer["body"]["format"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise InvalidError("this is no file of `triage export`") from None
    if public_key not in trusted:
        raise InvalidError(
            f"it was signed with the key {public_key[:44]}, which is not trusted here; if it is the one of the other "
            "environment (`triage audit key` there says), name it with --public-key or in TRIAGE_TRUSTED_KEYS"
        )
    if not is_signed(body, signature, public_key):
        raise InvalidError("it was changed after it was signed")
    if form != FORMAT:
        raise InvalidError(f"it has the form {form!r}; this program reads {FORMAT!r}")
    named = {name: value for name, value in outer["body"].items() if name != "format"}
    try:
        return EnvironmentPackage(**named), public_key
    except TypeError:
        raise InvalidError("it holds other parts than this program knows") from None


def collect(
    connection: Connection,
    domains: Mapping[str, Domain],
    *,
    environment: str,
    mappings: Sequence[Path] = (),
    now: datetime,
) -> EnvironmentPackage:
    """Collect what is in force of these domains, with endpoints, look-ups and mapping files."""
    policies = []
    for domain in domains:
        for variant in (None, *variants_of(connection, domain)):
            stretch = in_force(timeline(publications(connection, domain, variant=variant)), now)
            if stretch is None or not stretch.version:
                continue
            found = get_version(connection, domain, stretch.version, variant=variant)
            policies.append(
                {"domain": domain, "variant": variant, "version": found.version, "document": found.document}
            )
    return EnvironmentPackage(
        environment=environment,
        made_at=now.isoformat(),
        policies=policies,
        endpoints=[{name: one[name] for name in ENDPOINT_FIELDS} for one in list_endpoints(connection)],
        lookups=[{name: getattr(one, name) for name in LOOKUP_FIELDS} for one in list_sources(connection).values()],
        mappings=[{"name": file.name, "text": file.read_text(encoding="utf-8")} for file in mappings],
    )
