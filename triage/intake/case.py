"""A submitted exception, read at the door: what must be right is refused with its name, what is odd goes on with a
reason."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, TypeVar
from zoneinfo import ZoneInfo

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from features.fields import ZONE, Code, Currency, Id, Instant, Payload
from features.personal_data import mask_cards
from features.readings import available_zones, read_number, read_zone
from models.score import Reason
from policies.document.document import Disposition
from policies.judging.case_clock import Place
from triage.domain import Domain
from triage.errors import FieldProblem, InvalidError
from triage.in_force import InForce
from triage.intake.data_quality import (
    MASKED,
    MAX_RATE,
    MIN_RATE,
    as_of_applied,
    holds,
    not_understood,
    quality,
    rate_applied,
    unread,
)
from triage.intake.field_quality import OUT_OF_REACH, noticed, shown, within_reach
from triage.intake.looking_up import Looked, Unknown, merged, unknown_reasons

MAX_ATTRIBUTES: Final = 200
MAX_ATTRIBUTE_LETTERS: Final = 4_000
HELD_A_CARD: Final = "held a card number; it was masked before anything was stored"
MAX_CALLBACK_LETTERS: Final = 2_000
VARIED_BY: Final = ("region", "banner", "legal_entity")
"""What of the envelope chooses a variant of the policy."""
_Model = TypeVar("_Model", bound=BaseModel)


class Envelope(BaseModel):
    """What every submission carries around its payload."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, coerce_numbers_to_str=True)
    never_left_out: ClassVar = frozenset({"schema_version", "callback_url"})
    """Optional, but never ignored when wrong: another schema would be misread, and a workflow would wait for ever."""

    domain: Annotated[str, Field(description="Which kind of exception this is", examples=["return_fraud"])]
    exception_id: Annotated[Id, Field(description="Idempotency key: unique per domain", examples=["RET-2026-000553"])]
    schema_version: Annotated[str, Field(pattern=r"^1(\.\d+){0,2}$")] = "1.0"
    as_of: Annotated[
        Instant | None, Field(description="Feature cut-off: history uses only facts known before; default: on arrival")
    ] = None
    event_at: Annotated[Instant | None, Field(description="When it happened")] = None
    source_system: Annotated[Code | None, Field(description="sap_s4, oracle_ebs, odoo, pos, oms, wms, cmms, …")] = None
    site_id: Annotated[Id | None, Field(description="Store or distribution centre (GLN or local code)")] = None
    legal_entity: Code | None = None
    region: Code | None = None
    banner: Code | None = None
    currency: Annotated[Currency | None, Field(description="ISO 4217; default: the policy's")] = None
    fx_rate: Annotated[
        Annotated[Decimal, BeforeValidator(read_number)] | None,
        Field(ge=MIN_RATE, le=MAX_RATE, description="Reporting currency per unit of `currency`"),
    ] = None
    synthetic: Annotated[
        bool, Field(description="A simulator made the case: what is proven about real cases says nothing of it")
    ] = False
    time_zone: Annotated[
        str | None,
        BeforeValidator(read_zone),
        Field(
            description="Zone of the site, IANA: its days end in it and local times are of it",
            examples=["Europe/Berlin"],
        ),
    ] = None
    callback_url: Annotated[
        str | None,
        Field(
            max_length=MAX_CALLBACK_LETTERS,
            pattern=r"^https?://",
            description="Where decision and ruling are sent as well: below the URL of an endpoint that takes callbacks",
        ),
    ] = None
    correlation_id: Annotated[Id | None, Field(description="Ties the case to a document elsewhere")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One exception, validated.

    fx_rate: reporting currency per unit of the case's money, 1 where they are the same or the rate is unknown.
    zone: of its site, None where it is not known. quality: what was odd about it, in words; floor: the lowest
    disposition that allows. unknown: what look-ups did not find out.
    """

    domain: str
    exception_id: str
    content_hash: str
    as_of: datetime
    received_at: datetime
    site_id: str | None
    currency: str
    fx_rate: float
    zone: ZoneInfo | None
    envelope: Mapping[str, Any]
    payload: Payload
    attributes: Mapping[str, Any]
    quality: tuple[Reason, ...]
    floor: Disposition
    unknown: tuple[Unknown, ...] = ()

    @property
    def synthetic(self) -> bool:
        """Whether a simulator made it; only its source can say so."""
        return bool(self.envelope.get("synthetic", False))

    @property
    def place(self) -> Place:
        """Where it happened, as far as that chooses the calendar of its clock."""
        zone = self.zone.key if self.zone is not None else None
        return Place(site_id=self.site_id, region=self.envelope.get("region"), zone=zone)

    @property
    def known_at(self) -> datetime:
        """From when the case is history for others: never before it arrived."""
        return max(self.as_of, self.received_at)

    def held_for(self, reasons: tuple[Reason, ...]) -> "Case":
        """Return the case with further reasons for which a person decides."""
        return replace(self, quality=(*self.quality, *reasons), floor=max(self.floor, Disposition.REVIEW, key=_rank))


def place_of(site_id: str | None, envelope: Mapping[str, Any]) -> Place:
    """Return where a stored case happened, as far as that chooses the calendar of its clock."""
    zone = envelope.get("time_zone")
    return Place(site_id=site_id, region=envelope.get("region"), zone=zone if zone in available_zones() else None)


def _rank(disposition: Disposition) -> int:
    return disposition.rank


def read_case(
    raw: Any,
    *,
    domains: Mapping[str, Domain],
    policies: InForce,
    now: datetime,
    looked: Looked | None = None,
) -> Case:
    """Validate one submission; raise InvalidError naming every field that cannot be used.

    policies: what is in force; the case's own names the reporting currency and the payload fields its controls read.
    looked: what was looked up beforehand; what the sender gave comes before it.
    """
    if not isinstance(raw, dict):
        raise _invalid("", raw, "a case is a JSON object with `domain`, `exception_id` and `payload`")
    domain = domains.get(raw["domain"]) if isinstance(raw.get("domain"), str) else None
    if domain is None:
        raise _invalid("domain", raw.get("domain"), f"must be one of {', '.join(domains)}")
    outer = {name: value for name, value in raw.items() if name not in ("payload", "attributes")}
    zone = _zone_of(raw.get("time_zone"))
    envelope, odd = read_leniently(Envelope, outer, prefix="", context={ZONE: zone})
    policy = policies.for_case(domain.name, envelope.model_dump(include=set(VARIED_BY)))
    given = raw.get("payload")
    if not isinstance(given, dict):
        raise _invalid("payload", given, f"must be an object with the fields of {domain.name}")
    if (
        envelope.site_id is not None
        and "site_id" in domain.recipe.payload.model_fields
        and given.get("site_id") is None
    ):
        given = given | {"site_id": envelope.site_id}
    given_attributes = raw.get("attributes")
    if looked is not None:
        given = merged(given, looked, attributes=False)
        if given_attributes is None or isinstance(given_attributes, dict):
            given_attributes = merged(given_attributes or {}, looked, attributes=True)
    payload, odd_payload = read_leniently(domain.recipe.payload, given, prefix="payload.", context={ZONE: zone})
    attributes, odd_attributes = _read_attributes(given_attributes)
    as_of, odd_instant = as_of_applied(envelope.as_of or now, now)
    payload, beyond = within_reach(payload, now)
    odd_payload += [_beyond(name, given[name]) for name in beyond]
    reasons = [_left_out(problem) for problem in (*odd, *odd_payload, *odd_attributes)]
    unreadable = {problem.field.removeprefix("payload.").partition(".")[0] for problem in odd_payload}
    seen = noticed({name: value for name, value in given.items() if name not in unreadable}, payload)
    reporting = policy.document.currency
    fx_rate, odd_money = rate_applied(envelope.currency, envelope.fx_rate, reporting)
    guarded = unread([problem.field for problem in (*odd, *odd_payload)], policy.guarded)
    looked = looked or Looked()
    assumed, missed = unknown_reasons(looked)
    held = (*odd_money, *guarded, *missed, *not_understood(payload, domain.recipe.text_fields, policy.guarded))
    return Case(
        domain=domain.name,
        exception_id=envelope.exception_id,
        content_hash=content_hash(raw),
        as_of=as_of,
        received_at=now,
        site_id=envelope.site_id or getattr(payload, "site_id", None),
        currency=envelope.currency or reporting,
        fx_rate=fx_rate,
        zone=zone,
        envelope=envelope.model_dump(mode="json", exclude_none=True)
        | ({"looked_up": dict(looked.of)} if looked.of else {}),
        payload=payload,
        attributes=attributes,
        quality=(*reasons, *seen, *odd_instant, *assumed, *held),
        floor=Disposition.REVIEW if held or holds(seen) else Disposition.CONFIRM if looked.again else Disposition.AUTO,
        unknown=looked.unknown,
    )


def read_leniently(
    model: type[_Model], raw: Mapping[str, Any], *, prefix: str, context: Mapping[str, Any] | None = None
) -> tuple[_Model, list[FieldProblem]]:
    """Validate a mapping; leave out optional fields (or single members of a list) that cannot be read, and say which.

    context: of the validation, the zone of local times. Raises InvalidError when a required field is missing or wrong,
    or a field is unknown.
    """
    try:
        return model.model_validate(raw, context=context), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False)
    fatal = [item for item in errors if _is_fatal(model, item)]
    if fatal:
        problems = [_problem(model, item, prefix) for item in errors]
        raise InvalidError(_sentence(problems), problems=problems)
    kept = dict(raw)
    for field in {str(item["loc"][0]) for item in errors}:
        members = {item["loc"][1] for item in errors if item["loc"][0] == field and len(item["loc"]) > 1}
        given = kept.pop(field)
        if isinstance(given, list | tuple) and members and members <= set(range(len(given))):
            kept[field] = [member for at, member in enumerate(given) if at not in members]
    return model.model_validate(kept, context=context), [_problem(model, item, prefix) for item in errors]


def content_hash(raw: Any) -> str:
    """Return the sha256 of a submission, whatever the order and spacing it was written in."""
    try:
        content = orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Only callers inside this process can hold what JSON cannot carry, an integer over 64 bits for one.
        content = json.dumps(raw, sort_keys=True, default=repr).encode()
    return hashlib.sha256(content).hexdigest()


def _is_fatal(model: type[BaseModel], item: Any) -> bool:
    field = model.model_fields.get(str(item["loc"][0])) if item["loc"] else None
    return field is None or field.is_required() or item["loc"][0] in getattr(model, "never_left_out", ())


def _problem(model: type[BaseModel], item: Any, prefix: str) -> FieldProblem:
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] == "missing":
        message = "is required"
    if item["type"] == "extra_forbidden":
        message = f"is not a field of {model.__name__}; a column of your own goes into `attributes`"
    value = "" if item["type"] == "missing" else shown(item["input"])
    return FieldProblem(field=prefix + ".".join(map(str, item["loc"])), value=value, message=message)


def _read_attributes(raw: Any) -> tuple[dict[str, Any], list[FieldProblem]]:
    if raw is None:
        return {}, []
    if not isinstance(raw, dict) or len(raw) > MAX_ATTRIBUTES:
        message = f"left out: must be a flat object of at most {MAX_ATTRIBUTES} names"
        return {}, [FieldProblem(field="attributes", value=shown(raw), message=message)]
    kept, problems = {}, []
    for name, value in raw.items():
        plain = isinstance(value, str | bool | int | float) or value is None
        if plain and "\x00" not in name and len(name) <= 64 and not (isinstance(value, str) and is_odd_text(value)):
            kept[name] = mask_cards(value) if isinstance(value, str) else value
            if kept[name] != value:
                problems.append(FieldProblem(field=f"attributes.{name}.{MASKED}", value="", message=HELD_A_CARD))
        else:
            message = f"must be text of at most {MAX_ATTRIBUTE_LETTERS:,} characters, a number, true, false or null"
            problems.append(FieldProblem(field=f"attributes.{name[:64]}", value=shown(value), message=message))
    return kept, problems


def is_odd_text(text: str) -> bool:
    """Return whether an attribute's text is too long, or holds what PostgreSQL cannot store."""
    return len(text) > MAX_ATTRIBUTE_LETTERS or "\x00" in text


def _zone_of(name: Any) -> ZoneInfo | None:
    return ZoneInfo(name.strip()) if isinstance(name, str) and name.strip() in available_zones() else None


def _beyond(name: str, value: Any) -> FieldProblem:
    return FieldProblem(field=f"payload.{name}", value=shown(value), message=OUT_OF_REACH)


def _left_out(problem: FieldProblem) -> Reason:
    if problem.message == HELD_A_CARD:
        return quality(problem.field, f"{problem.field.removesuffix(f'.{MASKED}')} {HELD_A_CARD}.")
    return quality(problem.field, f"{problem.field} was left out: {problem.value} {problem.message}.")


def _invalid(field: str, value: Any, message: str) -> InvalidError:
    problem = FieldProblem(field=field, value=shown(value), message=message)
    return InvalidError(_sentence([problem]), problems=[problem])


def _sentence(problems: list[FieldProblem]) -> str:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{first.field or 'body'} {first.value} {first.message}{more}"
