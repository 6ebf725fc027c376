"""Payload class and recipe of a described domain: every field a feature, every entity a trail, every pair a ratio."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, create_model

from features.arithmetic import days_between, hour, hundredths, ratio, shrunk_rate, thousandths, weekday
from features.columns import Column, Columns
from features.danger.danger_kinds import dangers_per_text
from features.fields import (
    Code,
    Count,
    Day,
    DocumentId,
    Fraction,
    Id,
    Instant,
    Money,
    Number,
    Payload,
    PlannedDay,
    PlannedInstant,
    Quantity,
    SerialId,
    SignedMoney,
    SignedQuantity,
    Text,
)
from features.history import Trail
from features.own_domain.own_form import MOMENTS, NUMBERS, FieldKindName, OwnDomain, OwnField
from features.recipe import Feature, Past, Recipe

_TYPES: Final[Mapping[FieldKindName, Any]] = {
    "id": Id, "document": DocumentId, "serial": SerialId, "code": Code, "text": Text, "flag": bool, "number": Number,
    "count": Count, "fraction": Fraction, "quantity": Quantity, "signed_quantity": SignedQuantity, "money": Money,
    "signed_money": SignedMoney, "day": Day, "instant": Instant, "planned_day": PlannedDay,
    "planned_instant": PlannedInstant,
}  # fmt: skip
_UNITS: Final[Mapping[str, str]] = {
    "money": "money", "signed_money": "money", "fraction": "fraction", "count": "count"
}  # fmt: skip
_PRIOR: Final = 0.1
_STRENGTH: Final = 5.0
"""A rate of few labels is pulled to the prior with the weight of so many."""
_Compute = Callable[[Columns, Past], Column]


def build_recipe(own: OwnDomain) -> Recipe:
    """Build the recipe of a described domain; raise ValueError where two features would have one name."""
    payload = build_payload(own)
    trails = tuple(_trail(own, name) for name in own.entities)
    texts = tuple(name for name, field in own.payload.items() if field.kind == "text")
    made = [*_of_fields(own), *_of_moments(own), *_of_pairs(own), *_of_entities(own), *_of_texts(texts)]
    names = [feature.name for feature, _ in made]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))}: two features of one name; rename a field or entity")
    computed = {feature.name: compute for feature, compute in made}

    def build(columns: Columns, past: Past) -> Mapping[str, Column]:
        return {name: compute(columns, past) for name, compute in computed.items()}

    return Recipe(
        payload=payload,
        text_fields=texts,
        trails=trails,
        measures=partial(_measures, own),
        features=tuple(feature for feature, _ in made),
        build=build,
        money_at_stake=partial(_stake, own.money_at_stake),
    )


def build_payload(own: OwnDomain) -> type[Payload]:
    """Build the payload class."""
    name = "".join(part.capitalize() for part in own.domain.split("_"))
    fields = {name: _field(field) for name, field in own.payload.items()}
    made: type[Payload] = create_model(name, __base__=Payload, __doc__=own.title, **fields)
    return made


def _field(field: OwnField) -> Any:
    annotation = Literal[tuple(field.values)] if field.kind == "category" else _TYPES[field.kind]
    default: Any = ... if field.required else None
    described = Field(default, title=field.title, description=field.description or None)
    return (annotation if field.required else annotation | None), described


def _trail(own: OwnDomain, name: str) -> Trail:
    entity = own.entities[name]
    return Trail(
        name=name, key=tuple(entity.key), windows_days=tuple(entity.windows_days), sums=tuple(entity.sums),
        causes=tuple(own.causes) if len(own.causes) > 2 else (),
    )  # fmt: skip


def _measures(own: OwnDomain, columns: Columns) -> Mapping[str, NDArray[np.int64]]:
    """Return what a case adds to the sums of its entities: money in hundredths, other numbers in thousandths."""
    names = dict.fromkeys(name for entity in own.entities.values() for name in entity.sums)
    return {name: hundredths(columns[name]) if _is_money(own, name) else thousandths(columns[name]) for name in names}


def _is_money(own: OwnDomain, name: str) -> bool:
    return own.payload[name].kind in ("money", "signed_money")


def _stake(name: str | None, columns: Columns) -> Column:
    if name is None:
        return np.zeros(columns.n)
    return np.maximum(np.nan_to_num(columns[name], nan=0.0), 0.0)


def _of_fields(own: OwnDomain) -> list[tuple[Feature, _Compute]]:
    """Make a feature of every number, flag and category."""
    found: list[tuple[Feature, _Compute]] = []
    for name, field in own.payload.items():
        if field.kind in (*NUMBERS, "flag", "category"):
            feature = Feature(
                name=name, title=field.title, family=name, sources=(name,), unit=_UNITS.get(field.kind, ""),
                kind="category" if field.kind == "category" else "number", vocabulary=tuple(field.values),
            )  # fmt: skip
            found.append((feature, partial(_own, name)))
    return found


def _own(name: str, columns: Columns, past: Past) -> Column:
    return columns[name]


def _of_moments(own: OwnDomain) -> list[tuple[Feature, _Compute]]:
    """Make a feature of how far every day and instant lies from the case, and of the hour and weekday it comes at."""
    found: list[tuple[Feature, _Compute]] = [
        (Feature(name="weekday", title="Weekday", family="time", sources=("as_of",)), partial(_clock, weekday)),
        (
            Feature(name="hour_of_day", title="Hour of the day", family="time", sources=("as_of",)),
            partial(_clock, hour),
        ),
    ]
    for name, field in own.payload.items():
        if field.kind in MOMENTS:
            planned = field.kind.startswith("planned")
            title = f"Days until: {field.title}" if planned else f"Days since: {field.title}"
            feature = Feature(
                name=f"days_{'until' if planned else 'since'}_{name}", title=title, family=name,
                sources=("as_of", name), unit="days",
            )  # fmt: skip
            found.append((feature, partial(_distance, name, planned)))
    return found


def _clock(read: Callable[[Column], Column], columns: Columns, past: Past) -> Column:
    return read(columns.local_time(columns.as_of))


def _distance(name: str, planned: bool, columns: Columns, past: Past) -> Column:
    days = days_between(columns.as_of, columns[name])
    return -days if planned else days


def _of_pairs(own: OwnDomain) -> list[tuple[Feature, _Compute]]:
    """Make features of what is compared: ratio and difference of numbers, days between moments."""
    found: list[tuple[Feature, _Compute]] = []
    for pair in own.compare:
        one, other = pair.actual, pair.expected
        titles = own.payload[one].title, own.payload[other].title
        sources = (one, other)
        if own.payload[one].kind in MOMENTS:
            feature = Feature(
                name=f"days_{one}_after_{other}", title=f"Days from {titles[1]} to {titles[0]}", family=one,
                sources=sources, unit="days",
            )  # fmt: skip
            found.append((feature, partial(_apart, one, other)))
            continue
        over = Feature(
            name=f"{one}_over_{other}", title=f"{titles[0]} over {titles[1]}", family=one, sources=sources,
            unit="ratio",
        )  # fmt: skip
        less = Feature(
            name=f"{one}_less_{other}", title=f"{titles[0]} less {titles[1]}", family=one, sources=sources,
            unit="money" if _is_money(own, one) else "",
        )  # fmt: skip
        found += [(over, partial(_over, one, other)), (less, partial(_less, one, other))]
    return found


def _apart(one: str, other: str, columns: Columns, past: Past) -> Column:
    return days_between(columns[one], columns[other])


def _over(one: str, other: str, columns: Columns, past: Past) -> Column:
    return ratio(columns[one], columns[other])


def _less(one: str, other: str, columns: Columns, past: Past) -> Column:
    return columns[one] - columns[other]


def _of_entities(own: OwnDomain) -> list[tuple[Feature, _Compute]]:
    """Make features of every entity's past: how often, how lately, how often wrong, of which cause, and its means."""
    found: list[tuple[Feature, _Compute]] = []
    for name in own.entities:
        trail = _trail(own, name)
        called = own.entities[name].title or name.replace("_", " ")
        longest = trail.windows_days[-1]

        def add(
            ending: str, title: str, compute: _Compute, unit: str = "", of: str = name, more: tuple[str, ...] = ()
        ) -> None:
            feature = Feature(
                name=f"{of}_{ending}", title=title, family=f"{of} history", sources=(of, *more), unit=unit
            )
            found.append((feature, compute))

        add(
            "days_since_last",
            f"Days since the last case of the {called}",
            partial(_past, f"{name}_days_since_last"),
            "days",
        )
        for days in trail.windows_days:
            count = f"{name}_count_{days}d"
            add(f"count_{days}d", f"Cases of the {called} in {days} days", partial(_past, count), "count")
            rate = partial(_rate, f"{name}_wrong_{days}d", f"{name}_labelled_{days}d", _PRIOR)
            add(f"wrong_rate_{days}d", f"Share wrong of the {called} in {days} days", rate, "fraction")
        for cause in trail.causes:
            known = f"{name}_cause_{cause}_{longest}d"
            share = partial(_rate, known, f"{name}_labelled_{longest}d", 1.0 / len(own.causes))
            add(f"share_{cause}", f"Share of the {called}: {own.causes[cause]}", share, "fraction")
        for total in trail.sums:
            places = 100.0 if _is_money(own, total) else 1000.0
            mean = partial(_over_mean, total, f"{name}_{total}_{longest}d", f"{name}_count_{longest}d", places)
            title = f"{own.payload[total].title} over the mean of the {called}"
            add(f"{total}_over_mean", title, mean, "ratio", more=(total,))
    return found


def _past(column: str, columns: Columns, past: Past) -> Column:
    return past[column]


def _rate(events: str, trials: str, prior: float, columns: Columns, past: Past) -> Column:
    return shrunk_rate(past[events], past[trials], prior=prior, strength=_STRENGTH)


def _over_mean(own: str, total: str, count: str, places: float, columns: Columns, past: Past) -> Column:
    return ratio(columns[own] * past[count] * places, past[total])


def _of_texts(names: tuple[str, ...]) -> list[tuple[Feature, _Compute]]:
    """Make a feature of the dangers to people that the texts name, for controls and models."""
    if not names:
        return []
    feature = Feature(name="danger_named", title="Kinds of danger named", family="danger", sources=names, unit="count")
    return [(feature, partial(_dangers, names))]


def _dangers(names: tuple[str, ...], columns: Columns, past: Past) -> Column:
    parts = zip(*(columns.strings[name] for name in names), strict=True)
    return dangers_per_text([" ".join(part for part in row if part) or None for row in parts])
