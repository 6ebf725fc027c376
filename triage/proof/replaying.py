"""Recomputes a decision from what was frozen with it, and says in which digits today's result differs, if in any.

Frozen are the feature rows, the payload, what was odd at the door and the similar cases; model, policy and certificate
are those in force then, read back by their versions.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from pydantic import ValidationError
from sqlalchemy import Connection, Row, select

from features.attributes.attribute_columns import add_attributes
from features.columns import encode, seconds
from features.readings import available_zones
from models.score import Reason, Score
from policies.document.document import Disposition
from policies.document.errors import PolicyError
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy
from triage.champions import Scores
from triage.db.schema import cases, decisions
from triage.domain import Domain
from triage.errors import NotFoundError
from triage.guarantee.certificates import certificate_named, counted_at
from triage.intake.again import known_then
from triage.intake.audit_slice import uniform_draw
from triage.intake.case import Case
from triage.intake.data_quality import UNLIKE, floor_of, quality
from triage.intake.decision import Decision
from triage.intake.judgement import Judgement, judge_row
from triage.intake.store import decision_row
from triage.policy_life.loading import read_version
from triage.policy_life.versions import find_version

_FOR_REPLAY: Final = "replay"
_AT_ONCE: Final = 200
_ODD: Final = quality("", "").code
_UNLIKE: Final = quality(UNLIKE, "").code
_AGAIN: Final = quality("lookup", "").code
_UNKNOWN: Final = quality("lookup.", "").code
LoadModel = Callable[[str, Domain], Scores]
"""Loads a model by "name/number"; raises ValueError where it is gone, ConnectionError where it cannot be asked for."""


class MissingError(Exception):
    """Something that a decision rests on is no longer kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field that comes out otherwise. then: as decided; now: as recomputed."""

    field: str
    then: Any
    now: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What became of a decision that was recomputed. missing: what it needs that is gone, None where all was there."""

    decision_id: int
    case_id: str
    decided_at: datetime
    policy_version: str
    model_version: str | None
    differences: tuple[Difference, ...] = ()
    missing: str | None = None

    @property
    def is_same(self) -> bool:
        """Whether it came out the same to the last digit."""
        return self.missing is None and not self.differences


class Replayer:
    """Recomputes decisions; policies and models that were loaded are kept for the next."""

    def __init__(self, connection: Connection, domains: Mapping[str, Domain], load_model: LoadModel) -> None:
        self._connection = connection
        self._domains = domains
        self._load_model = load_model
        self._policies: dict[tuple[str, str | None, str], Policy] = {}
        self._models: dict[str, Scores] = {}

    def case(self, case_id: str) -> list[Replay]:
        """Recompute every decision on a case, the first one first; raise NotFoundError where there is none."""
        rows = self._connection.execute(
            _decided().where(decisions.c.case_id == case_id).order_by(decisions.c.decision_id)
        ).all()
        if not rows:
            raise NotFoundError(f"there is no case {case_id}")
        return [self._replay(row) for row in rows]

    def since(self, since: datetime, *, share: float = 1.0, most: int = 1_000) -> Iterator[Replay]:
        """Recompute a share of what was decided since an instant, the newest first, at most so many.

        The draw comes from the case id, so that the same share is drawn again.
        """
        last, done = None, 0
        while True:
            query = _decided().order_by(decisions.c.decision_id.desc()).limit(_AT_ONCE)
            rows = self._connection.execute(
                query if last is None else query.where(decisions.c.decision_id < last)
            ).all()
            for row in rows:
                if row.decided_at < since or done >= most:
                    return
                if uniform_draw(row.case_id, _FOR_REPLAY) < share:
                    done += 1
                    yield self._replay(row)
            if not rows:
                return
            last = rows[-1].decision_id

    def _replay(self, row: Row[Any]) -> Replay:
        found = Replay(
            decision_id=row.decision_id, case_id=row.case_id, decided_at=row.decided_at,
            policy_version=row.policy_version, model_version=row.model_version,
        )  # fmt: skip
        try:
            judged = self._judged(row)
        except MissingError as missing:
            return replace(found, missing=str(missing))
        return replace(found, differences=tuple(_differences(row, judged)))

    def _judged(self, row: Row[Any]) -> Judgement:
        domain = self._domains.get(row.domain)
        if domain is None:
            raise MissingError(f"the domain {row.domain} is no longer installed: name its module in domain_modules")
        policy = self._policy(domain, row)
        stored = Decision.read(row.answer)
        model = self._model(domain, row.model_version) if row.model_version is not None else None
        recipe = model.recipe if model is not None else domain.recipe
        case, odd = self._case(row, stored, policy, domain)
        columns = encode([case.payload], as_of=[case.as_of], fx_rates=[case.fx_rate], zones=[case.zone])
        columns, _ = add_attributes(columns, [case.attributes], model.attributes if model is not None else ())
        features = np.frombuffer(row.features, dtype="<f8")
        if len(features) != len(recipe.names):
            raise MissingError(
                f"the program that decided built {len(features)} features, this one builds {len(recipe.names)}: replay "
                "with the release of that time"
            )
        score: Score | None = None
        if model is not None:
            (score,) = model.score(features.reshape(1, -1), recipe.texts(columns))
        late = row.features_on_arrival
        judged = judge_row(
            case,
            features,
            on_arrival=None if late is None else np.frombuffer(late, dtype="<f8"),
            score=score,
            fallback=row.fallback,
            odd=odd,
            danger_likeness=stored.danger_likeness,
            fact=recipe.facts(columns, known_at=[seconds(case.known_at)])[0],
            policy=policy,
            certificate_for=lambda policy: self._certificate(row, policy),
            heads=domain.heads,
            now=row.decided_at,
        )
        recorded = judged.recorded(case_id=row.case_id, submitted_by=row.submitted_by)
        return replace(recorded, similar=stored.similar_cases)

    def _case(self, row: Row[Any], stored: Decision, policy: Policy, domain: Domain) -> tuple[Case, tuple[Reason, ...]]:
        """Read the case back, with what was odd about it before and after what the model finds unlike."""
        odd = [Reason(code=each.code, text=each.text) for each in stored.reasons if each.code.startswith(_ODD)]
        at = next((number for number, reason in enumerate(odd) if reason.code == _UNLIKE), len(odd))
        before, after = odd[:at], odd[at + 1 :]
        floor = floor_of([{"code": reason.code} for reason in (*before, *after)], policy.guarded)
        envelope = orjson.loads(row.envelope)
        # A decision says which look-ups it did not know; what the others found is not in the case as it was sent.
        unknown = {each.code.removeprefix(_UNKNOWN) for each in odd if each.code.startswith(_UNKNOWN)}
        if any(one.matters and one.id in unknown for one in policy.document.lookups):
            floor = Disposition.REVIEW
        elif any(each.code == _AGAIN for each in odd):
            floor = max(floor, Disposition.CONFIRM, key=lambda each: each.rank)
        read = {
            "payload": orjson.loads(row.payload), "attributes": orjson.loads(row.attributes),
            "looked_up": envelope.get("looked_up", {}),
        }  # fmt: skip
        given, attributes = known_then(self._connection, row.case_id, read, unknown=unknown)
        try:
            payload = domain.recipe.payload.model_validate_json(orjson.dumps(given))
        except ValidationError as error:
            raise MissingError(f"the payload is not one that this program reads: {error.errors()[0]['msg']}") from None
        zone = envelope.get("time_zone")
        case = Case(
            domain=row.domain, exception_id=row.exception_id, content_hash=row.content_hash, as_of=row.as_of,
            received_at=row.received_at, site_id=row.site_id, currency=row.currency, fx_rate=row.fx_rate,
            zone=ZoneInfo(zone) if zone in available_zones() else None, envelope=envelope, payload=payload,
            attributes=attributes, quality=tuple(before), floor=floor,
        )  # fmt: skip
        return case, tuple(after)

    def _policy(self, domain: Domain, row: Row[Any]) -> Policy:
        key = (row.domain, row.variant, row.policy_version)
        if key not in self._policies:
            named = f"policy version {row.policy_version} of {row.domain}" + (
                f" ({row.variant})" if row.variant else ""
            )
            stored = find_version(self._connection, row.domain, row.policy_version, variant=row.variant)
            if stored is None:
                raise MissingError(f"{named} is not in the database: restore policy_versions from a backup")
            try:
                self._policies[key] = read_version(self._connection, domain, stored)
            except PolicyError as error:
                raise MissingError(f"{named} is not one that this program reads: {error}") from None
        return self._policies[key]

    def _model(self, domain: Domain, version: str) -> Scores:
        if version not in self._models:
            try:
                self._models[version] = self._load_model(version, domain)
            except (ValueError, ConnectionError, OSError) as error:
                raise MissingError(
                    f"model {version} cannot be loaded ({error}): keep its bundle in the model registry"
                ) from None
        return self._models[version]

    def _certificate(self, row: Row[Any], policy: Policy) -> Certificate | None:
        """Return the certificate that the decision names, else the one that counted then."""
        if row.certificate_id is None:
            return counted_at(self._connection, row.domain, policy.document.variant, row.decided_at)
        found = certificate_named(self._connection, row.certificate_id, row.decided_at)
        if found is None:
            raise MissingError(f"certificate {row.certificate_id} is not in the database: restore it from a backup")
        return found


def _decided() -> Any:
    return select(
        decisions, cases.c.exception_id, cases.c.content_hash, cases.c.as_of, cases.c.received_at, cases.c.site_id,
        cases.c.currency, cases.c.fx_rate, cases.c.envelope, cases.c.payload, cases.c.attributes, cases.c.submitted_by,
    ).join(cases, cases.c.case_id == decisions.c.case_id)  # fmt: skip


def _differences(row: Row[Any], judged: Judgement) -> Iterator[Difference]:
    """Compare the answer field by field, then every stored column."""
    # Read and written again: a field that came later has its default on both sides.
    then = orjson.loads(Decision.read(row.answer).written)
    yield from _apart("", then, orjson.loads(judged.decision.written))
    for name, now in decision_row(judged).items():
        was = getattr(row, name)
        if name != "answer" and _column(was) != _column(now):
            yield Difference(field=f"decisions.{name}", then=_column(was), now=_column(now))


def _apart(path: str, then: Any, now: Any) -> Iterator[Difference]:
    if isinstance(then, dict) and isinstance(now, dict):
        for name in {**then, **now}:
            yield from _apart(f"{path}.{name}" if path else name, then.get(name), now.get(name))
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for at, (left, right) in enumerate(zip(then, now, strict=True)):
            yield from _apart(f"{path}[{at}]", left, right)
    elif then != now:
        yield Difference(field=path, then=then, now=now)


def _column(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value
