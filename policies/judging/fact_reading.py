"""A case's facts as conditions compute with them, and as texts and bodies show them; only those that are read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from features.columns import FieldKind, field_kinds
from features.fields import Payload
from features.identifiers import normal_form
from features.recipe import Recipe
from policies.judging.compiling import COMPARED, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class FactReading:
    """Which facts of a case are read. features: by name, their places in a feature row."""

    kinds: Mapping[str, FieldKind]
    compared: Mapping[str, FieldKind]
    attributes: Mapping[str, str]
    features: Mapping[str, int]

    @classmethod
    def of(cls, recipe: Recipe, attributes: Collection[str], reads: Collection[str]) -> "FactReading":
        """Prepare to read the names given, of a recipe and the attributes a policy declares."""
        kinds = field_kinds(recipe.payload)
        return cls(
            kinds={kind.name: kind for kind in kinds if kind.name in reads},
            compared={name: kind for kind in kinds if kind.form and (name := kind.name + COMPARED) in reads},
            attributes={name: f"attributes.{name}" for name in attributes},
            features={name: at for at, name in enumerate(recipe.names) if name in reads},
        )

    def facts(
        self, payload: Payload, attributes: Mapping[str, Any], features: Sequence[float], fx_rate: float
    ) -> dict[str, Any]:
        """Return what conditions compute with: doubles, money in the reporting currency, texts, flags and instants."""
        facts: dict[str, Any] = {name: _known(features[at]) for name, at in self.features.items()}
        facts.update({name: _fact(kind, getattr(payload, name), fx_rate) for name, kind in self.kinds.items()})
        for name, kind in self.compared.items():
            facts[name] = normal_form(getattr(payload, kind.name), kind.form or "entity")
        facts.update({read: plain(attributes.get(name)) for name, read in self.attributes.items()})
        return facts

    def shown(self, payload: Payload, attributes: Mapping[str, Any], features: Sequence[float]) -> dict[str, Any]:
        """Return what templates show, as JSON: fields as they were sent, in the case's own currency."""
        shown: dict[str, Any] = {name: _known(features[at]) for name, at in self.features.items()}
        written = payload.model_dump(mode="json", include={*self.kinds})
        shown |= {name: _decimal(kind, getattr(payload, name), written[name]) for name, kind in self.kinds.items()}
        return shown | {read: attributes.get(name) for name, read in self.attributes.items()}


def _decimal(kind: FieldKind, value: Any, written: Any) -> Any:
    """Write money as a decimal text with at least two decimals, another decimal as a number, and the rest as it is."""
    if not isinstance(value, Decimal):
        return written
    if kind.kind != "money":
        return float(value)
    return f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"


def _known(value: float) -> float | None:
    return None if value != value else value


def _fact(kind: FieldKind, value: Any, fx_rate: float) -> Any:
    if value is None or isinstance(value, str | bool | datetime):
        return value
    if kind.kind == "flags":
        return list(value)
    if kind.kind == "day":
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return float(value) * fx_rate if kind.kind == "money" else float(value)
