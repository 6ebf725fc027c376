"""What the case page shows, worked out before the template: fields by what they are about, evidence, history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from features.columns import field_kinds
from features.fields import field_title
from models.reasons import take_apart
from models.score import ReasonCode
from serving.pages.clock_words import CLOCK_VERBS, clock_entry
from serving.pages.language import translate
from serving.pages.templating import instant, respoken, words, written
from serving.pages.values import Shown, field_shown, rule_values
from triage.domain import Domain
from triage.intake.data_quality import double_of
from triage.intake.decision import Alternative, ControlHit, DecidedCause, DecidedReason, Decision

_SECTIONS: Final = (
    ("Who, what and where", ("string",)),
    ("Amounts and measures", ("money", "number")),
    ("When", ("instant", "day")),
    ("Circumstances", ("enum", "flag", "flags")),
)
_WIDEST: Final = 50.0
_FULL_WEIGHT: Final = 1.0
"""Log-odds that fill half the track unless a stronger push does: weak reasons draw short bars, even all together."""
_STRONG: Final = 0.8
_SLIGHT: Final = 0.3
"""Log-odds; from a risk of 20 % a push of 0.8 leads to 36 %, one of 0.3 to 25 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of evidence, in percent of the track: where it starts and how long it is.

    text, value: what was seen and how much of it. raises: whether it raises the risk. effect: the same in words, with
    its strength.
    """

    text: str
    value: str
    weight: float
    start: float
    length: float
    raises: bool
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """What was odd in what was sent. double: the exception id of the earlier case that claims the same, None where
    there is none."""

    text: str
    double: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReasons:
    """The reasons of a decision, sorted by what they are."""

    bars: tuple[Bar, ...]
    grounds: tuple[tuple[str, str], ...]
    oddities: tuple[Oddity, ...]

    @property
    def doubles(self) -> list[str]:
        """The exception ids of the earlier cases that claim the same."""
        return [odd.double for odd in self.oddities if odd.double is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What the error budget had to do with a decision. segment, certificate: by name and number, None for none; said:
    in words."""

    segment: str | None
    certificate: str | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the history."""

    at: str
    actor: str
    title: str
    detail: str
    quote: str


def subject(domain: Domain, payload: Mapping[str, Any], currency: str) -> list[Shown]:
    """Return the fields that head a case, those it has; what was written is told apart."""
    kinds = {kind.name: kind for kind in field_kinds(domain.recipe.payload)}
    return [
        field_shown(domain, kinds[name], payload[name], currency)
        for name in domain.subject
        if name in kinds and name not in domain.recipe.text_fields and payload.get(name) is not None
    ]


def writings(domain: Domain, payload: Mapping[str, Any], currency: str) -> list[Shown]:
    """Return what people wrote about the case."""
    kinds = {kind.name: kind for kind in field_kinds(domain.recipe.payload)}
    return [
        field_shown(domain, kinds[name], payload[name], currency)
        for name in domain.recipe.text_fields
        if payload.get(name)
    ]


def sections(domain: Domain, payload: Mapping[str, Any], currency: str) -> list[tuple[str, list[Shown]]]:
    """Return the payload's other fields by what they are about, with human titles and units; only those it has."""
    grouped: dict[str, list[Shown]] = {title: [] for title, _ in _SECTIONS}
    for kind in field_kinds(domain.recipe.payload):
        value = payload.get(kind.name)
        if value in (None, [], "") or kind.name in domain.recipe.text_fields:
            continue
        title = next(title for title, kinds in _SECTIONS if kind.kind in kinds)
        grouped[title].append(field_shown(domain, kind, value, currency))
    return [(translate(title), shown) for title, shown in grouped.items() if shown]


def missing(domain: Domain, payload: Mapping[str, Any]) -> list[str]:
    """Name the fields that were not given."""
    model = domain.recipe.payload
    return [
        field_title(model, kind.name)
        for kind in field_kinds(model)
        if payload.get(kind.name) is None and kind.kind != "flags"
    ]


def evidence(reasons: Sequence[DecidedReason]) -> ShownReasons:
    """Sort reasons into bars (colour is direction, length is weight), grounds of the decision, and odd data.

    Controls, override rules and floors are left out: the page shows each with the values it read.
    """
    contributions = [reason for reason in reasons if reason.weight]
    largest = max((abs(reason.weight) for reason in contributions), default=0.0)
    plain = [(reason.code.partition(":")[0], reason.text) for reason in reasons if not reason.weight]
    shown_apart = (ReasonCode.DATA_QUALITY, ReasonCode.CONTROL, ReasonCode.OVERRIDE, ReasonCode.FLOOR)
    return ShownReasons(
        bars=tuple(_bar(reason, max(largest, _FULL_WEIGHT)) for reason in contributions),
        grounds=tuple((words(source), text) for source, text in plain if source not in shown_apart),
        oddities=tuple(
            Oddity(text=reason.text, double=double_of(reason.code))
            for reason in reasons
            if not reason.weight and reason.code.startswith(f"{ReasonCode.DATA_QUALITY}:")
        ),
    )


def controls(domain: Domain, decision: Decision) -> list[tuple[str, ControlHit, list[Shown]]]:
    """Return each control, override rule and floor that fired, with what it is and the values it read, in the policy's
    currency."""
    codes = {reason.code for reason in decision.reasons}
    return [
        (
            translate("Control") if f"{ReasonCode.CONTROL}:{hit.id}" in codes else translate("Rule"),
            hit,
            rule_values(domain, hit.values, decision.currency),
        )
        for hit in decision.controls
    ]


def promised(decision: Decision) -> Promised:
    """Return under which segment and certificate a decision was made, or why under none."""
    segment, certificate, refusal = decision.segment, decision.certificate, decision.uncertified
    if segment is None:
        said = translate("the policy has no error budget")
    elif refusal is not None:
        said = translate("not straight through: {}").format(refusal)
    elif certificate is not None:
        said = translate("it allowed acting straight through")
    else:
        said = translate("not asked: something else already called for a person")
    return Promised(segment=segment, certificate=certificate, said=said)


def causes(cause: DecidedCause, labels: Mapping[str, str]) -> list[tuple[str, float]]:
    """Return the likeliest causes in words with their probabilities; empty where no model spoke."""
    if cause.label is None or cause.probability is None:
        return []
    first = Alternative(label=cause.label, probability=cause.probability)
    return [(labels.get(item.label, words(item.label)), item.probability) for item in (first, *cause.alternatives)]


def history(found: Mapping[str, Any], labels: Mapping[str, str], codes: Mapping[str, str]) -> list[Entry]:
    """Return what happened to a case, newest first; `found` is its file."""
    remarks = {ruling["resolved_at"]: ruling["comment"] or "" for ruling in found["resolutions"]}
    return [_entry(event, labels, codes, remarks) for event in reversed(found["history"])]


def _bar(reason: DecidedReason, full: float) -> Bar:
    weight = reason.weight
    length = max(1.0, abs(weight) / full * _WIDEST)
    raises = weight > 0
    text, value = take_apart(reason.text)
    strength = "strongly" if abs(weight) >= _STRONG else "slightly" if abs(weight) < _SLIGHT else ""
    return Bar(
        text=text,
        value=respoken(value),
        weight=weight,
        start=_WIDEST if raises else _WIDEST - length,
        length=length,
        raises=raises,
        effect=translate(f"{'raises' if raises else 'lowers'} {strength}".strip()),
    )


def _four_eyes(
    verb: str, detail: Mapping[str, Any], labels: Mapping[str, str], codes: Mapping[str, str]
) -> tuple[str, str, str]:
    """Return of a ruling that a second person has to approve, and of what that person said."""
    cause, reason = detail["cause"], detail["reason_code"]
    line = f"{labels.get(cause, words(cause))} · {codes.get(reason, words(reason)).rstrip('.')}"
    if verb == "rule":
        return translate("Ruled: {}; waits for approval").format(words(detail["action"])), line, detail["comment"] or ""
    by = detail["ruled_by"].partition(":")[2]
    title = translate("Approved: {}, ruled by {}" if verb == "approve" else "Sent back: {}, ruled by {}")
    return title.format(words(detail["action"]), by), line, detail["remark"] or ""


_QUOTED: Final = {"comment": "Commented", "request_review": "The person affected asked for a human decision"}


def _entry(
    event: Mapping[str, Any], labels: Mapping[str, str], codes: Mapping[str, str], remarks: Mapping[str, str]
) -> Entry:
    verb, detail = event["verb"], event["detail"]
    title, line, quote = words(verb), "", ""
    if verb == "decide":
        title = translate("Decided: {}").format(words(detail["disposition"]))
        version = detail["model_version"]
        line = translate("model {}").format(version) if version else translate("by the fallback rules")
        line += translate(", policy {}").format(detail["policy_version"])
    elif verb == "claim":
        title = translate("Claimed")
        line = translate("until {}").format(written(instant(detail["claimed_until"])))
    elif verb == "release":
        title = translate("Given back to the queue")
    elif verb == "attach":
        title, line = translate("Added {}").format(detail["name"]), f"{detail['media_type']}, {detail['size']:,} bytes"
    elif verb in _QUOTED:
        title, quote = translate(_QUOTED[verb]), detail["text"]
    elif verb == "resolve":
        title = translate("Resolved: {}").format(words(detail["action"]))
        quote = remarks.get(event["at"], "")
        cause, reason = detail["cause"], detail["reason_code"]
        line = f"{labels.get(cause, words(cause))} · {codes.get(reason, words(reason)).rstrip('.')}"
        line += translate(" · departs from the recommendation") if detail["overrides"] else ""
        title += translate(" in a blind audit") if detail.get("audit") else ""
    elif verb in ("rule", "approve", "reject"):
        title, line, quote = _four_eyes(verb, detail, labels, codes)
    elif verb in CLOCK_VERBS:
        title, line, quote = clock_entry(verb, detail)
    elif verb == "outcome":
        title = translate(
            "Outcome: straight through would have been wrong"
            if detail["wrong"]
            else "Outcome: straight through would have been right"
        )
        line = labels.get(detail.get("cause") or "", "")
    return Entry(at=event["at"], actor=event["actor"], title=title, detail=line, quote=quote)
