"""What a customer's own entities leave behind: how often, how recently, how often wrong and why, and which values they
had."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features.arithmetic import ratio, shrunk_rate, thousandths
from features.attributes.attribute import PREFIX, Attribute
from features.columns import Column, Columns
from features.history import Trail
from features.recipe import Feature, Past

EVERY_CASE: Final = "attributes_all"
_STRENGTH_OF_PRIOR: Final = 20.0


def trails_of(entities: Sequence[Attribute], numbers: Mapping[str, Sequence[Attribute]]) -> tuple[Trail, ...]:
    """Return what is remembered along entities, and over every case; `numbers` are those remembered along each."""
    if not entities:
        return ()
    windows = sorted({days for entity in entities for days in entity.windows_days})
    every = Trail(name=EVERY_CASE, key=(), windows_days=tuple(windows))
    return (every, *(_trail_of(entity, numbers[entity.name]) for entity in entities))


def _trail_of(entity: Attribute, numbers: Sequence[Attribute]) -> Trail:
    measures = tuple(measure for number in numbers for measure in _measures(number.name))
    return Trail(
        name=f"attribute_{entity.name}",
        key=(PREFIX + entity.name,),
        windows_days=entity.windows_days,
        sums=measures,
        last=measures,
        causes=entity.causes,
    )


def measures_of(columns: Columns, numbers: Sequence[Attribute]) -> dict[str, NDArray[np.int64]]:
    """Return what a case's own numbers leave on the trails: each value, and whether there was one."""
    found: dict[str, NDArray[np.int64]] = {}
    for number in numbers:
        values = columns[PREFIX + number.name]
        value, given = _measures(number.name)
        found |= {value: thousandths(values), given: (~np.isnan(values)).astype(np.int64)}
    return found


def history_columns(entity: Attribute, past: Past) -> dict[str, Column]:
    """Return the columns of an entity's history, in the order of `history_features`.

    Its share wrong stands against that of all cases of the time, so that a year that is worse for everybody says
    nothing of it.
    """
    trail, longest = f"attribute_{entity.name}", entity.windows_days[-1]
    count, labelled = past[f"{trail}_count_{longest}d"], past[f"{trail}_labelled_{longest}d"]
    found = {f"{trail}_days_since_last": past[f"{trail}_days_since_last"], f"{trail}_open": count - labelled}
    for days in entity.windows_days:
        found[f"{trail}_count_{days}d"] = past[f"{trail}_count_{days}d"]
        usual = shrunk_rate(
            past[f"{EVERY_CASE}_wrong_{days}d"],
            past[f"{EVERY_CASE}_labelled_{days}d"],
            prior=entity.prior,
            strength=_STRENGTH_OF_PRIOR,
        )
        rate = shrunk_rate(
            past[f"{trail}_wrong_{days}d"], past[f"{trail}_labelled_{days}d"], prior=usual, strength=entity.strength
        )
        found[f"{trail}_wrong_excess_{days}d"] = rate - usual
    for cause, prior in zip(entity.causes, entity.cause_priors, strict=True):
        times = past[f"{trail}_cause_{cause}_{longest}d"]
        found[f"{trail}_{cause}_rate"] = shrunk_rate(times, labelled, prior=prior, strength=entity.strength)
    return found


def history_features(entity: Attribute) -> tuple[Feature, ...]:
    """Describe the columns of an entity's history."""
    trail, words = f"attribute_{entity.name}", _words(entity.name)
    titles = [
        (f"{trail}_days_since_last", f"days since the last case of this {words}", "days"),
        (f"{trail}_open", f"cases of this {words} whose outcome is not known yet", "count"),
    ]
    for days in entity.windows_days:
        titles += [
            (f"{trail}_count_{days}d", f"cases of this {words} in {days} days", "count"),
            (f"{trail}_wrong_excess_{days}d", f"share wrong for this {words} above usual in {days} days", "fraction"),
        ]
    titles += [
        (f"{trail}_{cause}_rate", f"share of {_words(cause)} for this {words}", "fraction") for cause in entity.causes
    ]
    return tuple(_feature(name, title, entity.name, (entity.name,), unit) for name, title, unit in titles)


def value_columns(number: Attribute, entity: Attribute, columns: Columns, past: Past) -> dict[str, Column]:
    """Return the columns of a number's earlier values along an entity, in the order of `value_features`."""
    trail, name = f"attribute_{entity.name}", f"attribute_{number.name}_along_{entity.name}"
    value, given = _measures(number.name)
    found = {
        f"{name}_last": np.where(past[f"{trail}_last_{given}"] > 0, past[f"{trail}_last_{value}"] / 1000.0, np.nan)
    }
    for days in entity.windows_days:
        found[f"{name}_mean_{days}d"] = ratio(
            past[f"{trail}_{value}_{days}d"] / 1000.0, past[f"{trail}_{given}_{days}d"]
        )
    usual = found[f"{name}_mean_{entity.windows_days[-1]}d"]
    return found | {f"{name}_change": columns[PREFIX + number.name] - usual}


def value_features(number: Attribute, entity: Attribute) -> tuple[Feature, ...]:
    """Describe the columns of a number's earlier values along an entity."""
    name, words, whose = f"attribute_{number.name}_along_{entity.name}", _words(number.name), _words(entity.name)
    titles = [(f"{name}_last", f"last {words} of this {whose}")]
    titles += [(f"{name}_mean_{days}d", f"mean {words} of this {whose} in {days} days") for days in entity.windows_days]
    titles += [(f"{name}_change", f"{words} above what is usual for this {whose}")]
    return tuple(_feature(name, title, entity.name, (number.name, entity.name)) for name, title in titles)


def _feature(name: str, title: str, entity: str, sources: tuple[str, ...], unit: str = "") -> Feature:
    family = f"history of {_words(entity)}"
    return Feature(name=name, title=title, family=family, sources=tuple(PREFIX + one for one in sources), unit=unit)


def _measures(name: str) -> tuple[str, str]:
    return f"value_{name}", f"given_{name}"


def _words(name: str) -> str:
    return name.replace("_", " ")
