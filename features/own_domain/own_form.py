"""The description of a domain: its fields, entities, labels and loss, as a YAML file says them."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FieldKindName = Literal[
    "id", "document", "serial", "code", "text", "category", "flag", "number", "count", "fraction", "quantity",
    "signed_quantity", "money", "signed_money", "day", "instant", "planned_day", "planned_instant",
]  # fmt: skip
NUMBERS: Final = ("number", "count", "fraction", "quantity", "signed_quantity", "money", "signed_money")
MOMENTS: Final = ("day", "instant", "planned_day", "planned_instant")
MAX_FIELDS: Final = 200
MAX_CAUSES: Final = 40
MAX_ENTITIES: Final = 20
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Sentence = Annotated[str, Field(min_length=1, max_length=400)]
Days = Annotated[int, Field(ge=1, le=3_650)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OwnField(_Part):
    """A field of the payload. planned: known beforehand, so it may lie after `as_of`. values: of a category."""

    kind: FieldKindName
    title: Annotated[str, Field(min_length=1, max_length=120)]
    description: Annotated[str, Field(max_length=400)] = ""
    required: bool = False
    values: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _has_values(self) -> "OwnField":
        if (self.kind == "category") != bool(self.values):
            raise ValueError("`values` lists what a category may be, and belongs to nothing else")
        return self


class OwnEntity(_Part):
    """An entity whose past counts: named by fields together; sums: numbers added up along it.

    title: as people call it; empty: its name.
    """

    title: Annotated[str, Field(max_length=60)] = ""

    key: Annotated[list[Name], Field(min_length=1, max_length=4)]
    windows_days: Annotated[list[Days], Field(min_length=1, max_length=4)] = [30, 365]
    sums: Annotated[list[Name], Field(max_length=10)] = []


class OwnCompare(_Part):
    """Two fields whose ratio or distance says something: actual and expected, promised and shipped."""

    actual: Name
    expected: Name


class OwnDomain(_Part):
    """A domain as it is described.

    question: what acting straight through means, as a clause; wrong_when: what makes it wrong, as a clause.
    money_at_stake: the field that bounds what a case can cost; None: a case costs no money by itself.
    """

    domain: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,39}$")]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    subject: Annotated[list[Name], Field(min_length=1, max_length=6)]
    requesters: Annotated[list[Name], Field(max_length=6)] = []
    payload: Annotated[dict[Name, OwnField], Field(min_length=1, max_length=MAX_FIELDS)]
    entities: Annotated[dict[Name, OwnEntity], Field(max_length=MAX_ENTITIES)] = {}
    compare: Annotated[list[OwnCompare], Field(max_length=40)] = []
    causes: Annotated[dict[Name, Sentence], Field(min_length=2, max_length=MAX_CAUSES)]
    never_wrong: list[Name] = []
    always_wrong: list[Name] = []
    straight_through: Sentence
    wrong_when: Sentence
    loss_is: Sentence
    money_at_stake: Name | None = None

    @model_validator(mode="after")
    def _names_exist(self) -> "OwnDomain":
        for place, name in self._named():
            if name not in self.payload:
                raise ValueError(f"{place}: there is no field {name!r}; fields are {', '.join(self.payload)}")
        unknown = [name for name in (*self.never_wrong, *self.always_wrong) if name not in self.causes]
        if unknown:
            raise ValueError(f"never_wrong and always_wrong name causes; {unknown[0]!r} is none")
        if self.money_at_stake is not None and self.payload[self.money_at_stake].kind not in ("money", "signed_money"):
            raise ValueError(f"money_at_stake: {self.money_at_stake!r} is no money")
        self._check_entities()
        self._check_pairs()
        return self

    def _check_entities(self) -> None:
        for entity, part in self.entities.items():
            if entity in self.payload:
                raise ValueError(f"entities: {entity!r} is a field already; give the entity another name")
            if sorted(set(part.windows_days)) != part.windows_days:
                raise ValueError(f"entities.{entity}.windows_days: must rise")
            for name in part.sums:
                if self.payload[name].kind not in NUMBERS:
                    raise ValueError(f"entities.{entity}.sums: {name!r} is no number")

    def _check_pairs(self) -> None:
        for pair in self.compare:
            kinds = {self._sort(pair.actual), self._sort(pair.expected)}
            if len(kinds) != 1 or None in kinds:
                raise ValueError(
                    f"compare: {pair.actual!r} and {pair.expected!r} must both be numbers, or both days or instants"
                )

    def _sort(self, name: str) -> str | None:
        kind = self.payload[name].kind
        return "number" if kind in NUMBERS else "moment" if kind in MOMENTS else None

    def _named(self) -> list[tuple[str, Any]]:
        pairs = [("compare", name) for pair in self.compare for name in (pair.actual, pair.expected)]
        keys = [(f"entities.{entity}", name) for entity, part in self.entities.items() for name in part.key]
        sums = [(f"entities.{entity}.sums", name) for entity, part in self.entities.items() for name in part.sums]
        stake = [("money_at_stake", self.money_at_stake)] if self.money_at_stake is not None else []
        own = [("subject", name) for name in self.subject] + [("requesters", name) for name in self.requesters]
        return [*own, *pairs, *keys, *sums, *stake]
