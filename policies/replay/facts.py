"""What conditions read of many stored cases, as vectors; and of one of them, as CEL reads it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.columns import FieldKind, field_kinds
from features.identifiers import normal_form
from models.danger_likeness import LIKENESS
from models.score import SCORE_FACTS
from policies.judging.compiling import COMPARED, plain
from policies.judging.policy import Policy
from policies.replay.vectors import Kind, Vector, constant

_KINDS: Final[Mapping[str, Kind]] = {
    "number": "number", "money": "number", "flag": "flag", "string": "text", "enum": "text", "flags": "list",
    "instant": "instant", "day": "instant",
}  # fmt: skip
_DECLARED: Final[Mapping[str, Kind]] = {"number": "number", "flag": "flag", "text": "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Stored cases of one domain, column by column, as they were when they were decided.

    fields, attributes: the payload fields and attributes a policy reads, as JSON gives them: money and decimals as
        texts or numbers, None where missing.
    features: float64 of shape (n, features), by the domain's recipe; late: positions of the cases of which more was
        known on arrival, late_features: their rows then. fx_rates: reporting currency per unit of the case's.
    risk, impact: NaN where no model spoke; cause: the one decided; cause_probability: NaN where unknown.
    floors: the ranks of the lowest dispositions that the reasons found at the door allow.
    danger_likeness: of the free texts, NaN where nobody could tell; None where nobody looked.
    """

    fields: Mapping[str, Sequence[Any]]
    attributes: Mapping[str, Sequence[Any]]
    features: NDArray[np.float64]
    fx_rates: NDArray[np.float64]
    scored: NDArray[np.bool_]
    risk: NDArray[np.float64]
    impact: NDArray[np.float64]
    cause: NDArray[np.object_]
    cause_probability: NDArray[np.float64]
    model_version: NDArray[np.object_]
    floors: NDArray[np.int8]
    late: Sequence[int] = ()
    late_features: NDArray[np.float64] | None = None
    danger_likeness: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.risk)

    def as_arrived(self) -> "Cases":
        """Return the cases of which more was known on arrival, as they were then."""
        assert self.late_features is not None
        at = list(self.late)
        return Cases(
            fields={name: [values[row] for row in at] for name, values in self.fields.items()},
            attributes={name: [values[row] for row in at] for name, values in self.attributes.items()},
            features=self.late_features,
            fx_rates=self.fx_rates[at],
            scored=self.scored[at],
            risk=self.risk[at],
            impact=self.impact[at],
            cause=self.cause[at],
            cause_probability=self.cause_probability[at],
            model_version=self.model_version[at],
            floors=self.floors[at],
            danger_likeness=None if self.danger_likeness is None else self.danger_likeness[at],
        )


class Facts(Mapping[str, Vector]):
    """The values a policy's conditions read, built when they are first asked for."""

    def __init__(self, policy: Policy, cases: Cases) -> None:
        self._policy = policy
        self._cases = cases
        self._kinds = {kind.name: kind for kind in field_kinds(policy.recipe.payload)}
        self._compared = {f"{kind.name}{COMPARED}": kind for kind in self._kinds.values() if kind.form is not None}
        self._features = {name: at for at, name in enumerate(policy.recipe.names)}
        self._built: dict[str, Vector] = {}
        self._defaults = {
            name: field.get_default(call_default_factory=True)
            for name, field in policy.recipe.payload.model_fields.items()
            if not field.is_required()
        }

    def __getitem__(self, name: str) -> Vector:
        if name not in self._built:
            built = self._build(name)
            if built is None:
                raise KeyError(name)
            self._built[name] = built
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._built)

    def __len__(self) -> int:
        return len(self._built)

    def __contains__(self, name: object) -> bool:
        try:
            self[str(name)]
        except KeyError:
            return False
        return True

    def row(self, at: int, names: Sequence[str]) -> dict[str, Any]:
        """Return the values of some names for one case, as CEL reads them."""
        return {name: self._plain(name, at) for name in names}

    def _plain(self, name: str, at: int) -> Any:
        vector = self[name]
        if vector.null[at]:
            return None
        if name in self._kinds:
            return _read(self._kinds[name], self._raw(name, at), float(self._cases.fx_rates[at]))
        if name.startswith("attributes."):
            return plain(self._cases.attributes[name.removeprefix("attributes.")][at])
        value = vector.values[at]
        return value.item() if isinstance(value, np.generic) else value

    def _raw(self, name: str, at: int) -> Any:
        value = self._cases.fields[name][at]
        return self._defaults.get(name) if value is None else value

    def _build(self, name: str) -> Vector | None:
        """Find a name where a case's judgement would: score, attributes, payload, features, limits."""
        if name in SCORE_FACTS:
            return self._score(name)
        if name == LIKENESS:
            return self._likeness()
        if name.startswith("attributes."):
            declared = self._policy.document.attributes.get(name.removeprefix("attributes."))
            return None if declared is None else self._attribute(name.removeprefix("attributes."), _DECLARED[declared])
        if name in self._kinds:
            return self._field(self._kinds[name])
        if name in self._compared:
            return self._normal(self._compared[name])
        if name in self._features:
            return numbers(self._cases.features[:, self._features[name]])
        limits = self._policy.document.limits
        return constant(plain(limits[name]), len(self._cases)) if name in limits else None

    def _likeness(self) -> Vector:
        found = self._cases.danger_likeness
        return numbers(np.full(len(self._cases), np.nan) if found is None else found)

    def _normal(self, kind: FieldKind) -> Vector:
        """Return identifiers in the normal form they are compared in."""
        values = self._cases.fields[kind.name]
        return _vector(
            "text", [None if value is None else normal_form(str(value), kind.form or "entity") for value in values]
        )

    def _score(self, name: str) -> Vector:
        cases = self._cases
        if name in ("cause", "cause_probability"):
            known = cases.scored & np.isin(cases.cause.astype(str), list(self._policy.causes))
            if name == "cause":
                return Vector(kind="text", values=cases.cause, null=~known, unsure=np.zeros(len(cases), dtype=bool))
            return numbers(np.where(known, cases.cause_probability, np.nan))
        loss = cases.risk * cases.impact if name == "expected_loss" else None
        values = {"risk": cases.risk, "impact": cases.impact}.get(name, loss)
        return numbers(np.where(cases.scored, values, np.nan))  # type: ignore[arg-type]

    def _attribute(self, name: str, kind: Kind) -> Vector:
        return _vector(kind, [plain(value) for value in self._cases.attributes[name]])

    def _field(self, kind: FieldKind) -> Vector:
        default = self._defaults.get(kind.name)
        values = self._cases.fields[kind.name]
        if default is not None:
            values = [default if value is None else value for value in values]
        if kind.kind in ("number", "money"):
            # What a decimal's text and a JSON number become is the same double, so that both may stand side by side.
            column = np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
            return numbers(column * self._cases.fx_rates if kind.kind == "money" else column)
        return _vector(_KINDS[kind.kind], values)


def numbers(values: NDArray[np.float64]) -> Vector:
    """Make a vector of numbers; NaN is missing."""
    return Vector(kind="number", values=values, null=np.isnan(values), unsure=np.zeros(len(values), dtype=bool))


def _vector(kind: Kind, values: Sequence[Any]) -> Vector:
    """Make a vector; a value of another kind is left to CEL."""
    wanted: Any = {"number": float, "flag": bool, "text": str, "list": list, "instant": str}[kind]
    null = np.array([value is None for value in values], dtype=bool)
    odd = np.array([value is not None and type(value) is not wanted for value in values], dtype=bool)
    if kind in ("number", "flag"):
        column = np.array(
            [wanted() if blank else value for value, blank in zip(values, null | odd, strict=True)], dtype=wanted
        )
        return Vector(kind=kind, values=column, null=null, unsure=odd)
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return Vector(kind=kind, values=column, null=null, unsure=odd)


_INSTANTS: Final[Mapping[str, Callable[[Any], datetime]]] = {
    "instant": lambda value: value if isinstance(value, datetime) else datetime.fromisoformat(value),
    "day": lambda value: _midnight(value if isinstance(value, date) else date.fromisoformat(value)),
}


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _read(kind: FieldKind, value: Any, fx_rate: float) -> Any:
    """Read a stored payload value as a case's judgement reads the validated one."""
    if value is None:
        return None
    if kind.kind == "money":
        return float(value) * fx_rate
    if kind.kind == "number":
        return float(value)
    if kind.kind in _INSTANTS:
        return _INSTANTS[kind.kind](value)
    return list(value) if kind.kind == "flags" else value
