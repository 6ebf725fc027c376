"""What was odd about a case at the door, and when that alone means that a person decides: the same for one case, a file
and a replay."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from features.danger.coverage import why_not_understood
from features.fields import Payload
from models.score import Reason, ReasonCode
from policies.document.document import Disposition

CLOCK_SKEW: Final = timedelta(minutes=5)
MIN_RATE: Final = Decimal("0.000001")
MAX_RATE: Final = Decimal(10**6)
_PREFIX: Final = f"{ReasonCode.DATA_QUALITY}:"
IDENTITY: Final = "identity"
"""Named where a required id names nothing."""
PLACEHOLDER: Final = "placeholder"
DOUBLE: Final = "double"
"""What stands before the id of an earlier case that claims the same."""
MAX_NAMED: Final = 5
MASKED: Final = "masked"
"""What follows the name of a field that was read: it holds nobody up."""
UNLIKE: Final = "unlike"
"""Named where the case is unlike those the model knows and a certificate rests on."""
UNLIKE_CODE: Final = f"{_PREFIX}{UNLIKE}"
_UNREAD_INSTANT: Final = "as_of.unread"
"""An `as_of` in the future is odd too, under its own name alone: then the arrival is known to be right."""
_ALWAYS: Final = (
    "currency", "fx_rate", "time_zone", "region", "banner", "legal_entity", IDENTITY, UNLIKE, _UNREAD_INSTANT
)  # fmt: skip
"""Whatever a policy reads: they convert its amounts, say when a day ends, choose its variant."""


def quality(field: str, text: str) -> Reason:
    """Return the reason that says what was odd about a field, `payload.NAME` or one of the envelope."""
    return Reason(code=f"{_PREFIX}{field}", text=text)


def unlike(titles: Sequence[str]) -> tuple[Reason, ...]:
    """Return the reason that says what makes a case unlike what is proven, none where nothing does."""
    if not titles:
        return ()
    named = ", ".join(titles[:MAX_NAMED]) + (f" and {len(titles) - MAX_NAMED} more" if len(titles) > MAX_NAMED else "")
    return (quality(UNLIKE, f"The case is unlike what is proven; unusual: {named}. A person decides."),)


def as_of_applied(as_of: datetime, now: datetime) -> tuple[datetime, tuple[Reason, ...]]:
    """Return the instant a case is judged at, never after it arrived, and say so where it claims to be of the
    future."""
    if as_of <= now + CLOCK_SKEW:
        return min(as_of, now), ()
    text = f"as_of {as_of.astimezone(UTC):%Y-%m-%d %H:%M} lies in the future; the arrival time was used."
    return now, (quality("as_of", text),)


def rate_applied(
    currency: str | None, fx_rate: Decimal | float | None, reporting: str
) -> tuple[float, tuple[Reason, ...]]:
    """Return the rate that money is converted by, and what is odd about it: without a trusted rate every limit would be
    misread."""
    if currency in (None, reporting):
        if fx_rate in (None, 1):
            return 1.0, ()
        text = (
            f"fx_rate {fx_rate} was given for amounts in {reporting}, the reporting currency; it was not applied, "
            "and a person decides."
        )
        return 1.0, (quality("fx_rate", text),)
    if fx_rate is not None:
        return float(fx_rate), ()
    text = f"Amounts are in {currency} and no fx_rate to {reporting} was given; a person decides."
    return 1.0, (quality("currency", text),)


def unread(odd: Iterable[str], guarded: Collection[str]) -> tuple[Reason, ...]:
    """Name the fields that could not be read and that a rule which raises goes by: missing is not the same as
    unreadable.

    odd: fields left out, as `quality` names them. guarded: the payload fields that the policy's raising rules read.
    """
    odd = list(dict.fromkeys(odd))
    names = [field for field in odd if _holds(field, guarded)]
    reasons = []
    if names:
        text = f"{' and '.join(names)} could not be read, and a rule depends on it; a person decides."
        reasons.append(quality("unread", text))
    if "as_of" in odd:
        text = "as_of could not be read, so that what was known when it happened is not known; a person decides."
        reasons.append(quality(_UNREAD_INSTANT, text))
    return tuple(reasons)


def not_understood(payload: Payload, text_fields: Iterable[str], guarded: Collection[str]) -> tuple[Reason, ...]:
    """Name the free texts that a control searches for danger and that cannot be searched: empty, garbled, or in a
    language not covered.

    An optional text may be blank or a word; a required one then says nothing of the case.
    """
    reasons = []
    for field in text_fields:
        text = getattr(payload, field)
        if field not in guarded or text is None:
            continue
        why = why_not_understood(text, may_be_short=not type(payload).model_fields[field].is_required())
        if why is not None:
            reasons.append(quality(f"payload.{field}", f"payload.{field} {why}; a person reads it and decides."))
    return tuple(reasons)


def double_of(code: str) -> str | None:
    """Return the exception id of the earlier case that a reason's code names, None where it names none."""
    prefix = f"{_PREFIX}{DOUBLE}."
    return code.removeprefix(prefix) if code.startswith(prefix) else None


def left_out(reasons: Iterable[Reason]) -> list[str]:
    """Name the fields that reasons say were odd."""
    return [str(reason.code).removeprefix(_PREFIX) for reason in reasons if str(reason.code).startswith(_PREFIX)]


def floor_of(reasons: Iterable[Mapping[str, Any]], guarded: Collection[str]) -> Disposition:
    """Return the least disposition that written reasons allow under a policy that guards these fields."""
    for reason in reasons:
        code = reason["code"]
        if code.startswith(_PREFIX) and _holds(code.removeprefix(_PREFIX), guarded):
            return Disposition.REVIEW
    return Disposition.AUTO


def holds(reasons: Iterable[Reason]) -> bool:
    """Check whether reasons found in what could be read mean that a person decides."""
    marks = (f"{_PREFIX}{IDENTITY}", f"{_PREFIX}{DOUBLE}.")
    return any(str(reason.code).startswith(marks) for reason in reasons)


def _holds(field: str, guarded: Collection[str]) -> bool:
    first, _, rest = field.partition(".")
    name, _, what = rest.partition(".")
    return (
        field in _ALWAYS
        or first == DOUBLE
        or (first == "payload" and name in guarded and what not in (PLACEHOLDER, MASKED))
    )
