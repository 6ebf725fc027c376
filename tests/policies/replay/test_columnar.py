"""The judgement of many equals the judgement of each, to the letter: in every domain, whatever is missing or odd."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import cel
import numpy as np
import orjson
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from features.columns import FieldKind, field_kinds
from features.fields import Payload
from models.score import UNKNOWN_CAUSE, Cause, Score
from policies.document.document import Disposition
from policies.judging.certificate import Certificate, CertifiedSegment
from policies.judging.policy import Policy, load_policy
from policies.replay.columnar import DISPOSITIONS, judge_all
from policies.replay.facts import Cases
from policies.replay.vectors import Vector, evaluate
from serving.api.payload_examples import example_payload
from triage.domains import domains

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
DOMAINS = domains("toy_domain")
SEGMENTS = [{"id": "risky", "when": "risk > 0.04"}, {"id": "rest"}]
COSTS = {"false_accept": "impact * 1.5", "review_per_minute": 0.8}
CERTIFIED = Certificate(
    certificate_id="c-1", domain="", variant=None, policy_version="", model_version="m/1", of="risk", alpha=0.02,
    delta=0.1,
    margin=0.8, certified_at=NOW, lapses_at=NOW + timedelta(days=9), evidence={},
    segments={"rest": CertifiedSegment(segment="rest", threshold=0.02, labels=9000, errors=1, bound=0.01, passed=0.9)},
)  # fmt: skip


@cache
def policy_of(domain: str, of: str | None = None) -> Policy:
    card = DOMAINS[domain]
    content = yaml.safe_load(card.policy_file.read_text())
    content.pop("error_budget", None)
    if of is not None:
        content |= {"error_budget": {"alpha": 0.02, "of": of, "segments": SEGMENTS}, "costs": COSTS}
    text = yaml.safe_dump(content, sort_keys=False)
    return load_policy(text, name=domain, recipe=card.recipe, causes=tuple(card.heads.labels))


def certificate_of(policy: Policy, of: str) -> Certificate:
    return replace(CERTIFIED, domain=policy.document.domain, policy_version=policy.version, of=of)


@cache
def example_of(domain: str) -> Mapping[str, Any]:
    return example_payload(DOMAINS[domain].recipe.payload)


def value_of(kind: FieldKind, rng: np.random.Generator) -> Any:
    """Choose a value for a payload field, often near a limit of some policy."""
    choices: Mapping[str, Sequence[Any]] = {
        "enum": kind.vocabulary, "flag": (True, False), "instant": ("2026-03-01T08:00:00Z",), "day": ("2026-03-01",),
        "number": (0, 1, 2, 3, 10, 50, 200, 1000), "money": ("0", "49.99", "50", "200", "1000", "25000"),
        "string": ("A-1", "A-2", "call 4111 1111 1111 1111 now", "no power, burning smell\n"),
    }  # fmt: skip
    if kind.kind == "flags":
        return [name for name in kind.vocabulary if rng.random() < 0.2]
    return choices[kind.kind][rng.integers(len(choices[kind.kind]))]


def payload_of(domain: str, rng: np.random.Generator) -> Payload:
    """Make a payload that validates; what does not fit the others is left as in the example."""
    model = DOMAINS[domain].recipe.payload
    raw = dict(example_of(domain))
    for kind in field_kinds(model):
        before = dict(raw)
        if rng.random() < 0.4:
            raw[kind.name] = value_of(kind, rng)
        elif rng.random() < 0.3 and not model.model_fields[kind.name].is_required():
            raw.pop(kind.name, None)
        try:
            model.model_validate(raw)
        except ValueError:
            raw = before
    return model.model_validate(raw)


def case_of(domain: str, rng: np.random.Generator) -> Mapping[str, Any]:
    """Make one stored case: a payload, features, and what a model said or did not."""
    causes = [*DOMAINS[domain].heads.labels, UNKNOWN_CAUSE, "of another model"]
    score = Score(
        causes=(Cause(label=str(rng.choice(causes)), probability=float(rng.choice([0.2, 0.55, 0.97, 0.99, 1.0]))),),
        risk=float(rng.choice([0.0, 0.01, 0.02, 0.03, 0.06, 0.12, 0.3, 0.9])),
        impact=float(rng.choice([0.0, 10.0, 400.0, 9000.0])),
        reasons=(),
        model_version=str(rng.choice(["m/1", "m/2"])),
    )
    return {
        "payload": payload_of(domain, rng),
        "features": features_of(domain, rng),
        "late": features_of(domain, rng) if rng.random() < 0.3 else None,
        "danger_likeness": float(rng.choice([np.nan, 0.1, 0.5, 0.95])),
        "fx_rate": float(rng.choice([1.0, 2.5])),
        "score": score if rng.random() < 0.7 else None,
        "floor": Disposition.REVIEW if rng.random() < 0.2 else Disposition.AUTO,
    }  # fmt: skip


def features_of(domain: str, rng: np.random.Generator) -> list[float]:
    values = [np.nan, 0.0, 0.05, 0.5, 1.0, 3.0, 14.0, 1000.0]
    row: list[float] = rng.choice(values, len(DOMAINS[domain].recipe.names)).tolist()
    return row


def attributes_of(policy: Policy, rng: np.random.Generator) -> dict[str, Any]:
    flags = [name for name, kind in policy.document.attributes.items() if kind == "flag"]
    return {name: bool(rng.random() < 0.5) for name in flags if rng.random() < 0.5}


def together(policy: Policy, drawn: Sequence[Mapping[str, Any]]) -> Cases:
    scores = [case["score"] for case in drawn]

    payloads = [orjson.loads(case["payload"].model_dump_json(exclude_none=True)) for case in drawn]
    names = type(drawn[0]["payload"]).model_fields

    def column(read: Any, without: Any, dtype: Any = np.float64) -> Any:
        return np.array([without if score is None else read(score) for score in scores], dtype=dtype)

    return Cases(
        fields={name: [payload.get(name) for payload in payloads] for name in names},
        attributes={name: [case["attributes"].get(name) for case in drawn] for name in policy.document.attributes},
        features=np.array([case["features"] for case in drawn], dtype=np.float64),
        fx_rates=np.array([case["fx_rate"] for case in drawn]),
        scored=np.array([score is not None for score in scores]),
        risk=column(lambda score: score.risk, np.nan),
        impact=column(lambda score: score.impact, np.nan),
        cause=column(lambda score: score.causes[0].label, "none", object),
        cause_probability=column(lambda score: score.causes[0].probability, np.nan),
        model_version=column(lambda score: score.model_version, None, object),
        floors=np.array([case["floor"].rank for case in drawn], dtype=np.int8),
        danger_likeness=np.array([case["danger_likeness"] for case in drawn], dtype=np.float64),
        late=[at for at, case in enumerate(drawn) if case["late"] is not None],
        late_features=np.array([case["late"] for case in drawn if case["late"] is not None], dtype=np.float64),
    )


def one_by_one(policy: Policy, case: Mapping[str, Any], certificate: Certificate | None) -> tuple[Any, ...]:
    verdict = policy.judge(
        payload=case["payload"], attributes=case["attributes"], features=case["features"],
        features_on_arrival=case["late"],
        danger_likeness=None if np.isnan(case["danger_likeness"]) else case["danger_likeness"],
        fx_rate=case["fx_rate"], score=case["score"],
        fallback=None if case["score"] else "no model", now=NOW, certificate=certificate, floor=case["floor"],
    )  # fmt: skip
    return verdict.disposition, verdict.cause, verdict.priority, verdict.route.queue


@pytest.mark.parametrize(
    "of", [pytest.param(None, marks=pytest.mark.slow), "risk", pytest.param("cause", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("domain", DOMAINS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), certified=st.booleans())
def test_disposition_cause_priority_and_queue_are_those_of_judge(
    domain: str, of: str | None, seed: int, certified: bool
) -> None:
    rng = np.random.default_rng(seed)
    policy = policy_of(domain, of)
    drawn = [case_of(domain, rng) | {"attributes": attributes_of(policy, rng)} for _ in range(25)]
    certificate = certificate_of(policy, of) if of is not None and certified else None
    found = judge_all(policy, together(policy, drawn), now=NOW, certificate=certificate)
    for at, case in enumerate(drawn):
        many = (DISPOSITIONS[found.dispositions[at]], found.causes[at], found.priorities[at], found.queues[at])
        assert many == one_by_one(policy, case, certificate)


@pytest.mark.parametrize("part", ["controls", "four_eyes", "fallback_rules", "routes"])
def test_a_rule_that_fails_for_some_raises_these_as_judge_does(part: str) -> None:
    card = DOMAINS["price_override"]
    content = yaml.safe_load(card.policy_file.read_text())
    failing = {"id": "X-BAD", "when": '["a", "b"][int(pieces)] == "a"', "if_missing": "skip"}
    more = {
        "controls": {"title": "x", "raise_to": "confirm"}, "four_eyes": {"title": "x"},
        "fallback_rules": {"title": "x", "disposition": "auto"}, "routes": {"queue": "OVERRIDE_DESK", "sla_hours": 1,
        "action": "x"},
    }  # fmt: skip
    content[part] = [failing | more[part], *content.get(part, [])]
    text = yaml.safe_dump(content, sort_keys=False)
    policy = load_policy(text, name="x", recipe=card.recipe, causes=tuple(card.heads.labels))
    rng = np.random.default_rng(3)
    drawn = [case_of("price_override", rng) | {"attributes": {}} for _ in range(60)]
    found = judge_all(policy, together(policy, drawn), now=NOW)
    assert 0 < found.failed.sum() < len(drawn)
    for at, case in enumerate(drawn):
        many = (DISPOSITIONS[found.dispositions[at]], found.causes[at], found.priorities[at], found.queues[at])
        assert many == one_by_one(policy, case, None)


class TestExpressions:
    """What is understood here gives what CEL gives; what is not is left to CEL."""

    NAMES: Mapping[str, Any] = {
        "a": 1.5,
        "b": 0.0,
        "t": "rush 4111",
        "u": "rush",
        "f": True,
        "l": ["x", "y"],
        "n": None,
    }

    @pytest.mark.parametrize(
        "expression",
        [
            "a > 1.0", "a >= 1.5 && b < 1.0", "a / b > 1.0", "-a < b", "a - 1.0 * 2.0 + b == -0.5",
            "(a - 1.0) * 2.0 == 1.0",
            't == "rush 4111"', "t != u", 'u in ["rush", "slow"]', '"x" in l', '!("z" in l)', "f", "!f || a > 1.0",
            "n == null", "a != null", "n == null ? a > 1.0 : n > 1.0", "n != null && n > 1.0", 't.contains("41")',
            't.startsWith("rush") && t.endsWith("1")', 't.matches("(^|[^0-9])[0-9]{4}$")', 't.matches("^[a-z$]+ ")',
            "a > 1.0 // over one\n && f", "a in [1.0, 1.5]", "f == true", "a - double(int(a)) == 0.5",
            "double(int(-a)) < a",
        ],
    )  # fmt: skip
    def test_understood(self, expression: str) -> None:
        found = evaluate(expression, self._columns(), 1)
        assert found is not None
        assert not found.unsure[0]
        assert found.values[0] == cel.compile(expression).execute(cel.Context(dict(self.NAMES)))

    @pytest.mark.parametrize(
        "expression",
        [
            "n > 1.0",
            "n > 1.0 && b > 1.0",
            "b / b > 1.0",
            "f && n > 1.0",
            "n > 1.0 ? true : true",
            "n in [1.0]",
            "double(int(a / b)) > 1.0",
        ],
    )
    def test_unsure_where_something_is_missing(self, expression: str) -> None:
        found = evaluate(expression, self._columns(), 1)
        assert found is not None
        assert found.unsure[0]

    @pytest.mark.parametrize(
        "expression",
        [
            "size(t) > 3", "a > 1", 'duration("1h") == duration("60m")', "l[0] == t", 't.matches("\\\\d+")', "a ==",
            "a < b < a",
            't.matches("(?i)rush")', 'a == "text"', "int(a) == 1", "zzz > 1.0", 'a % b > 1.0', 't.matches("a{2}{3}")',
        ],
    )  # fmt: skip
    def test_left_to_cel(self, expression: str) -> None:
        assert evaluate(expression, self._columns(), 1) is None

    def test_the_end_of_a_text_is_not_the_place_before_a_line_break(self) -> None:
        columns = self._columns() | {"t": _vector("text", "rush\n")}
        found = evaluate('t.matches("rush$")', columns, 1)
        assert found is not None
        assert not found.values[0]
        assert not cel.compile('t.matches("rush$")').execute(cel.Context({"t": "rush\n"}))

    def _columns(self) -> dict[str, Vector]:
        kinds = {float: "number", str: "text", bool: "flag", list: "list", type(None): "number"}
        return {name: _vector(kinds[type(value)], value) for name, value in self.NAMES.items()}


def _vector(kind: Any, value: Any) -> Vector:
    values = np.empty(1, dtype={"number": float, "flag": bool}.get(kind, object))
    values[0] = np.nan if value is None else value
    return Vector(kind=kind, values=values, null=np.array([value is None]), unsure=np.array([False]))
