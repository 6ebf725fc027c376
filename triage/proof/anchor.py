"""Anchors: the signed end of the audit chain, kept where whoever may write the database may not.

An anchor says: at this time the chain had so many links, and the last one had this hash. Whoever drops, empties or
rewrites what was anchored cannot make an anchor of it that the key has signed.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select

from triage.db.audit_chain import GENESIS
from triage.db.row_proof import row_marks
from triage.db.schema import audit_events, audit_head
from triage.errors import InvalidError
from triage.proof.chain_key import is_signed, public_text, sign

FORMAT: Final = 1
MAX_LINE: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The signed end of a chain.

    chain: the hash of its first link, which tells chains apart. seq, hash: of its last link. marks: the highest number
    of each table whose rows stay. public_key, signature: base64.
    """

    chain: str
    seq: int
    hash: str
    at: str
    marks: Mapping[str, int]
    public_key: str
    signature: str = ""

    @property
    def body(self) -> bytes:
        """What is signed: everything but the signature, as JSON with sorted names."""
        named = {name: value for name, value in asdict(self).items() if name != "signature"}
        return orjson.dumps({"format": FORMAT, **named}, option=orjson.OPT_SORT_KEYS)

    @property
    def written(self) -> bytes:
        """The anchor as one line of JSON."""
        return orjson.dumps({"format": FORMAT, **asdict(self)}, option=orjson.OPT_SORT_KEYS) + b"\n"

    @classmethod
    def read(cls, line: bytes, *, public_key: str) -> "Anchor":
        """Read one; raise ValueError saying what is wrong, also where another key signed it."""
        if len(line) > MAX_LINE:
            raise ValueError("is no anchor: too long")
        try:
            given = orjson.loads(line)
            form = given.pop("format")
            anchor = cls(**given)
        except (orjson.JSONDecodeError, TypeError, AttributeError, KeyError):
            raise ValueError("is no anchor") from None
        if form != FORMAT:
            raise ValueError(f"has format {form}; this program reads {FORMAT}")
        if anchor.public_key != public_key:
            raise ValueError(f"was signed by another key, {anchor.public_key[:44]}")
        if not is_signed(anchor.body, anchor.signature, public_key):
            raise ValueError("is not signed by the key it names: it was changed")
        return anchor


def sign_head(connection: Connection, key: Ed25519PrivateKey, *, now: datetime) -> Anchor | None:
    """Sign the chain's end as this snapshot sees it; None while there is no link."""
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    if head is None or head.hash == GENESIS:
        return None
    first = connection.execute(select(audit_events.c.hash).where(audit_events.c.seq == 1)).scalar()
    unsigned = Anchor(
        chain=first or "", seq=head.seq, hash=head.hash, at=now.isoformat(), marks=row_marks(connection),
        public_key=public_text(key),
    )  # fmt: skip
    return Anchor(**{**asdict(unsigned), "signature": sign(key, unsigned.body)})


def keep_in_file(anchor: Anchor, file: Path) -> None:
    """Add an anchor to a file and wait until it is on disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as opened:
        opened.write(anchor.written)
        opened.flush()
        os.fsync(opened.fileno())


def read_anchors(file: Path, *, public_key: str) -> Iterator[Anchor]:
    """Read the anchors of a file, one a line; raise InvalidError naming the line that is none of this key's."""
    try:
        with file.open("rb") as opened:
            for number, line in enumerate(opened, start=1):
                if line.strip():
                    try:
                        yield Anchor.read(line, public_key=public_key)
                    except ValueError as error:
                        raise InvalidError(f"{file}:{number}: {error}") from None
    except OSError as error:
        raise InvalidError(f"{file} cannot be read: {error.strerror}") from None


def places(settings: Any) -> list[str]:
    """Name where anchors are kept."""
    named = [f"file {anchor_file(settings)}"]
    named += [f"endpoint {settings.audit_anchor_endpoint}"] if settings.audit_anchor_endpoint else []
    return [*named, *(["object store"] if settings.audit_anchor_url else [])]


def anchor_file(settings: Any) -> Path:
    """Return the file anchors are added to: the one chosen, else one in the home folder."""
    chosen = settings.audit_anchor_file
    return Path(chosen) if chosen else settings.home_folder / "audit_anchors.jsonl"
