"""What is noticed in a payload that could be read: ids and dates that stand for none, personal data that was masked,
dates out of reach."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar

from features.columns import FieldKind, field_kinds
from features.fields import Payload
from features.identifiers import is_placeholder
from features.personal_data import marks_in, mask
from features.readings import FIRST_INSTANT
from models.score import Reason
from triage.intake.data_quality import IDENTITY, MASKED, PLACEHOLDER, quality

EARLIEST_INSTANT: Final = FIRST_INSTANT.replace(year=2000)
"""No system whose clock is read here was running before; days, such as that a building opened, may lie further back."""
MAX_PLAN: Final = timedelta(days=50 * 365)
_CLOCKS_APART: Final = timedelta(days=1)
_AnyPayload = TypeVar("_AnyPayload", bound=Payload)


def noticed(given: Mapping[str, Any], payload: Payload) -> list[Reason]:
    """Return which given values stand for "unknown" and count as missing, and which texts held personal data; empty for
    a usual payload.

    given: the values that could be read. Called once for every row of a file, so that it looks only at what can be odd.
    """
    reasons = []
    optional, required, texts = _looked_at(type(payload))
    for name in optional:
        if getattr(payload, name) is None and not _is_blank(given.get(name)):
            reasons.append(
                quality(
                    f"payload.{name}.{PLACEHOLDER}",
                    f"payload.{name} {shown(given[name])} stands for none and counts as missing.",
                )
            )
    nameless = [kind.name for kind in required if is_placeholder(getattr(payload, kind.name), kind.form or "entity")]
    for name in nameless:
        text = f"payload.{name} {shown(getattr(payload, name))} names nothing, and it is required; a person decides."
        reasons += [quality(f"payload.{name}.{PLACEHOLDER}", text), quality(IDENTITY, text)]
    for name in texts:
        text = getattr(payload, name)
        if text is not None and "[" in text and (kinds := marks_in(text)):
            held = " and ".join(kinds)
            reasons.append(
                quality(
                    f"payload.{name}.{MASKED}", f"payload.{name} held {held}; it was masked before anything was stored."
                )
            )
    return reasons


def within_reach(payload: _AnyPayload, latest: datetime) -> tuple[_AnyPayload, list[str]]:
    """Leave out optional instants and days that cannot be, and name them; a required one is named and stays.

    What has happened lies before `latest` and an instant after EARLIEST_INSTANT; what is planned, at most MAX_PLAN
    later.
    """
    odd = [kind for kind in _moments(type(payload)) if not _is_within(getattr(payload, kind.name), kind, latest)]
    if not odd:
        return payload, []
    left_out = {kind.name: None for kind in odd if kind.nullable}
    return payload.model_copy(update=left_out), [kind.name for kind in odd]


def out_of_reach(name: str, value: Any) -> Reason:
    """Return the reason that says which instant or day was left out because it cannot be."""
    return quality(f"payload.{name}", f"payload.{name} was left out: {value} {OUT_OF_REACH}.")


OUT_OF_REACH: Final = "cannot be so long before or after the case"


def shown(value: Any) -> str:
    """Write a value in at most 80 characters, with personal data masked."""
    text = repr(mask(value) if isinstance(value, str) else value)
    return text if len(text) <= 80 else text[:77] + "..."


def _is_within(value: Any, kind: FieldKind, latest: datetime) -> bool:
    if value is None:
        return True
    last = latest + (MAX_PLAN if kind.planned else _CLOCKS_APART)
    if isinstance(value, datetime):
        return EARLIEST_INSTANT <= value <= last
    return isinstance(value, date) and value <= last.date()


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


@cache
def _looked_at(payload: type[Payload]) -> tuple[Sequence[str], Sequence[FieldKind], Sequence[str]]:
    kinds = field_kinds(payload)
    optional = [kind.name for kind in kinds if kind.nullable and kind.kind in ("string", "instant", "day")]
    required = [kind for kind in kinds if not kind.nullable and kind.form is not None]
    return optional, required, [kind.name for kind in kinds if kind.written]


@cache
def _moments(payload: type[Payload]) -> Sequence[FieldKind]:
    return [kind for kind in field_kinds(payload) if kind.kind in ("instant", "day")]
