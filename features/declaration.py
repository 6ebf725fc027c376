"""Features declared once: a function is a feature, its name the feature's name, its parameters what it reads.

    FEATURES = Features(ReturnFraud, trails=TRAILS)

    @FEATURES.feature("Share given away", family="discount", unit="fraction")
    def discount_share(listed_price: Column, charged_price: Column) -> Column:
        return ratio(listed_price - charged_price, listed_price)

A parameter names a payload field, a column of a trail (`customer_count_30d`), `as_of`, or another declared function.
The lineage of a feature follows from the signatures, so it cannot say anything else than the formula reads. The same
idea is in Hamilton (github.com/apache/hamilton).
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

from features.columns import Column, Columns, FieldKind, field_kinds
from features.fields import Payload, field_title
from features.history import Trail
from features.recipe import Feature, Past

AS_OF: Final = "as_of"
Texts = list[str | None]
"""A parameter of this type reads a field as it is written: identifiers, codes and texts, None where missing."""
Ids = Sequence[str | None]
"""A parameter of this type reads identifiers as they are compared, in their normal form, None where one names
nothing."""
LocalTime = Annotated[Column, "local"]
"""A parameter of this type reads an instant, or `as_of`, as the clocks of the case's site show it, in seconds since
1970."""
Members = Mapping[str, Column]
"""A parameter of this type reads a list of flags: one 0/1 column a member."""
Window = Mapping[str, Column]
"""A parameter of this type, named as a trail, reads all its columns, by their names without the trail's."""
_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One function of the graph. inputs: what gives its arguments, in order; several: whether it yields columns by
    name."""

    name: str
    function: Callable[..., Any]
    inputs: tuple[Callable[[Columns, Past, dict[str, Any]], Any], ...]
    several: bool


class Features:
    """The features of one domain, in the order of their declaration.

    Every declaration raises TypeError where a parameter names nothing that can be read, or a name is taken.
    """

    def __init__(self, payload: type[Payload], *, trails: Sequence[Trail]) -> None:
        self._kinds: dict[str, FieldKind] = {kind.name: kind for kind in field_kinds(payload)}
        self._payload = payload
        self._trails = {trail.name: trail for trail in trails}
        self._trail_of = {column: trail.name for trail in trails for column in trail.columns}
        self._steps: list[_Step] = []
        self._sources: dict[str, tuple[str, ...]] = {}
        self._declared: dict[str, Feature] = {}

    @property
    def declared(self) -> tuple[Feature, ...]:
        """The features in row order."""
        return tuple(self._declared.values())

    def field(self, *names: str, family: str, unit: str = "", title: str = "") -> None:
        """Declare payload fields as features as they are; an enum becomes a category. title: of one, where not the
        field's own."""
        for name in names:
            kind = self._kinds[name]
            self._declare(
                Feature(
                    name=name,
                    title=title or field_title(self._payload, name),
                    family=family,
                    sources=(name,),
                    kind="category" if kind.vocabulary else "number",
                    unit=unit,
                    vocabulary=kind.vocabulary,
                )
            )

    def past(self, name: str, title: str, *, family: str, unit: str = "") -> None:
        """Declare a column of a trail as a feature as it is."""
        self._declare(Feature(name=name, title=title, family=family, sources=(self._trail_of[name],), unit=unit))

    def feature(
        self, title: str, *, family: str, unit: str = "", vocabulary: tuple[str, ...] = ()
    ) -> Callable[[_Function], _Function]:
        """Declare a function as one feature; with a vocabulary its values are codes of categories, NaN where
        missing."""

        def declare(function: _Function) -> _Function:
            name = function.__name__
            self._add(function, names=(name,), several=False)
            self._describe(name, title, family, unit, vocabulary, function)
            return function

        return declare

    def features(self, titles: Mapping[str, str], *, family: str, unit: str = "") -> Callable[[_Function], _Function]:
        """Declare a function as several features of one kind: it returns their columns by name, `titles` names them."""

        def declare(function: _Function) -> _Function:
            self._add(function, names=tuple(titles), several=True)
            for name, title in titles.items():
                self._describe(name, title, family, unit, (), function)
            return function

        return declare

    def step(self, function: _Function) -> _Function:
        """Declare a function whose result other functions read and the model does not."""
        self._add(function, names=(), several=False)
        return function

    def include(self, *groups: "FeatureGroup") -> None:
        """Declare what the groups hold, in their order, after what is declared already."""
        for group in groups:
            for declare in group.declarations:
                declare(self)

    def build(self, columns: Columns, past: Past) -> dict[str, Column]:
        """Build every feature, float64 of shape (n,), by name; elementwise, NaN where what it needs is missing."""
        made: dict[str, Any] = {}
        for step in self._steps:
            value = step.function(*[read(columns, past, made) for read in step.inputs])
            if step.several:
                made.update(value)
            else:
                made[step.name] = value
        return {
            name: made[name] if name in made else past[name] if name in self._trail_of else columns[name]
            for name in self._declared
        }

    def _add(self, function: Callable[..., Any], *, names: tuple[str, ...], several: bool) -> None:
        parameters = inspect.signature(function).parameters.values()
        read = [self._reader(function.__name__, parameter) for parameter in parameters]
        sources = tuple(dict.fromkeys(source for _, found in read for source in found))
        for name in names if several else (function.__name__,):
            if name in self._sources or name in self._kinds:
                raise TypeError(f"{function.__name__}: the name {name!r} is taken")
            self._sources[name] = sources
        self._steps.append(
            _Step(
                name=function.__name__,
                function=function,
                inputs=tuple(reader for reader, _ in read),
                several=several,
            )
        )

    def _reader(
        self, of: str, parameter: inspect.Parameter
    ) -> tuple[Callable[[Columns, Past, dict[str, Any]], Any], tuple[str, ...]]:
        """Return how a parameter is read, and the fields and trails that it reads in the end."""
        name, annotation = parameter.name, parameter.annotation
        if name == AS_OF and annotation is LocalTime:
            return (lambda columns, past, made: columns.local_time(columns.as_of)), (AS_OF,)
        if name == AS_OF:
            return (lambda columns, past, made: columns.as_of), (AS_OF,)
        if name in self._sources:
            return (lambda columns, past, made: made[name]), self._sources[name]
        if name in self._kinds and annotation is not Window:
            return _field_reader(self._kinds[name], annotation), (name,)
        if name in self._trail_of:
            return (lambda columns, past, made: past[name]), (self._trail_of[name],)
        if name in self._trails and annotation is Window:
            ends = tuple((column.removeprefix(f"{name}_"), column) for column in self._trails[name].columns)
            return (lambda columns, past, made: {end: past[column] for end, column in ends}), (name,)
        raise TypeError(f"{of}: {name!r} is no payload field, trail column, `{AS_OF}` or function declared before it")

    def _describe(
        self, name: str, title: str, family: str, unit: str, vocabulary: tuple[str, ...], function: Callable[..., Any]
    ) -> None:
        self._declare(
            Feature(
                name=name,
                title=title,
                family=family,
                sources=self._sources[name],
                kind="category" if vocabulary else "number",
                unit=unit,
                vocabulary=vocabulary,
            )
        )

    def _declare(self, feature: Feature) -> None:
        if feature.name in self._declared:
            raise TypeError(f"the feature {feature.name!r} is declared twice")
        self._declared[feature.name] = feature


class FeatureGroup:
    """Features of a file of its own, declared by the same calls; `Features.include` gives them their place in the row.

    What a parameter names is looked for when the group is included, so a group may read what earlier groups declare.
    """

    def __init__(self) -> None:
        self.declarations: list[Callable[[Features], object]] = []

    def field(self, *names: str, family: str, unit: str = "", title: str = "") -> None:
        """Declare payload fields, as `Features.field` does."""
        self.declarations.append(lambda features: features.field(*names, family=family, unit=unit, title=title))

    def past(self, name: str, title: str, *, family: str, unit: str = "") -> None:
        """Declare a column of a trail, as `Features.past` does."""
        self.declarations.append(lambda features: features.past(name, title, family=family, unit=unit))

    def feature(
        self, title: str, *, family: str, unit: str = "", vocabulary: tuple[str, ...] = ()
    ) -> Callable[[_Function], _Function]:
        """Declare a function as one feature, as `Features.feature` does."""
        return self._later(lambda features: features.feature(title, family=family, unit=unit, vocabulary=vocabulary))

    def features(self, titles: Mapping[str, str], *, family: str, unit: str = "") -> Callable[[_Function], _Function]:
        """Declare a function as several features, as `Features.features` does."""
        return self._later(lambda features: features.features(titles, family=family, unit=unit))

    def step(self, function: _Function) -> _Function:
        """Declare a function that other functions read, as `Features.step` does."""
        self.declarations.append(lambda features: features.step(function))
        return function

    def _later(self, decorator: Callable[[Features], Callable[[Any], Any]]) -> Callable[[_Function], _Function]:
        def declare(function: _Function) -> _Function:
            self.declarations.append(lambda features: decorator(features)(function))
            return function

        return declare


def _field_reader(kind: FieldKind, annotation: Any) -> Callable[[Columns, Past, dict[str, Any]], Any]:
    name = kind.name
    if annotation is Texts:
        return lambda columns, past, made: columns.strings[name]
    if annotation is Ids:
        return lambda columns, past, made: columns.compared(name)
    if annotation is LocalTime:
        return lambda columns, past, made: columns.local_time(columns[name])
    if kind.kind == "flags":
        members = tuple((member, f"{name}.{member}") for member in kind.vocabulary)
        return lambda columns, past, made: {member: columns[column] for member, column in members}
    if kind.kind == "string":
        raise TypeError(f"{name} is written, not a number: annotate the parameter with Texts or Ids")
    return lambda columns, past, made: columns[name]
