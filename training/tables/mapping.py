"""The column mapping: how a customer's own table becomes cases, said in one YAML document.

Every error is `file:line: key: what is wrong and what would be right`.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ValidationError

from features.fields import required_fields
from policies.document.errors import PolicyError
from policies.document.source import Source
from training.tables.computed import computed_columns
from training.tables.derived import origin_columns
from training.tables.field_form import FieldMap, Keep
from training.tables.mapping_form import (
    AttributeMap,
    ComputedMap,
    CsvForm,
    JoinMap,
    KnownAtMap,
    Labels,
    LossMap,
    TableMapping,
    WrongMap,
)
from training.tables.names import nearest
from training.tables.slots import (
    SlotError,
    attribute_moments,
    attribute_slots,
    envelope_slots,
    label_slots,
    payload_slots,
)
from triage.domain import Domain
from triage.intake.case import MAX_ATTRIBUTES, VARIED_BY

OPEN: Final = "???"
"""What a draft says where a person must."""


class MappingError(ValueError):
    """A mapping cannot be used.

    Attributes:
        problems: one sentence each, "file:line: key: what is wrong and what would be right".
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def read_mapping(text: str, *, name: str, domain: Domain) -> TableMapping:
    """Parse and check a mapping for a domain; raise MappingError that names file, line and key of everything wrong."""
    try:
        source = _MappingSource(text, name=name)
    except PolicyError as error:
        raise MappingError(error.problems) from None
    if not isinstance(source.content, dict):
        what = "is empty" if source.content is None else f"holds {_kind(source.content)}"
        raise MappingError([f"{name}:1: {what}, but a mapping is keys and values; begin with `domain: {domain.name}`"])
    try:
        mapping = TableMapping.model_validate(source.content)
    except ValidationError as error:
        raise MappingError([_problem(source, item) for item in error.errors()]) from None
    problems = _check(mapping, source, domain)
    if problems:
        raise MappingError(problems)
    return mapping


def read_mapping_file(path: Path, *, domain: Domain) -> TableMapping:
    """Parse and check a mapping file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError([f"{path}: cannot be read: {error}"]) from None
    return read_mapping(text, name=path.name, domain=domain)


def identity_mapping(domain: Domain, header: Sequence[str]) -> TableMapping:
    """Map a table whose columns already have the payload's names, as `triage simulate` writes them."""
    fields = domain.recipe.payload.model_fields
    required = required_fields(domain.recipe.payload)
    envelope = [
        name
        for name in ("currency", "fx_rate", "site_id", "source_system", "time_zone", *VARIED_BY)
        if name in header and name not in fields
    ]
    labels = {
        name: name for name in ("cause", "wrong", "loss", "known_at", "source") if name in header and name not in fields
    }
    content: dict[str, Any] = {name: {"column": name} for name in ("exception_id", "as_of", *envelope)}
    content["payload"] = {name: name for name in fields if name in header or name in required}
    if "wrong" in labels and "known_at" in labels:
        content["labels"] = labels
    return TableMapping.model_validate({"domain": domain.name} | content)


class _Loader(yaml.SafeLoader):
    """YAML where only true and false are booleans, so that the cells Yes, No and NO can be written as they are."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _MappingSource(Source):
    def __init__(self, text: str, *, name: str) -> None:
        super().__init__(text, name=name)
        self.content = yaml.load(text, Loader=_Loader)


def _problem(source: Source, item: Any) -> str:
    path, message = item["loc"], item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        message = "unknown key" + nearest(str(path[-1]), _known_keys(path), lead="; ")
    if item["type"] in ("model_type", "dict_type"):
        message = f"holds {_kind(item['input'])}, but must hold keys and values"
    return source.problem(path, message)


def _kind(content: Any) -> str:
    return "nothing" if content is None else "a list" if isinstance(content, list) else repr(content)[:80]


def _known_keys(path: Sequence[str | int]) -> list[str]:
    """List the keys that may stand beside the last step of a path."""
    part: Any = TableMapping
    for step in path[:-1]:
        if part is None or isinstance(step, int):
            continue
        part = _INNER.get(step, _INNER["payload"])
    return [field.alias or name for name, field in part.model_fields.items()]


_INNER: dict[str, type[BaseModel]] = {
    "attributes": AttributeMap, "labels": Labels, "wrong": WrongMap, "loss": LossMap, "known_at": KnownAtMap,
    "keep": Keep, "only_where": Keep, "csv": CsvForm, "payload": FieldMap, "computed": ComputedMap, "join": JoinMap,
}  # fmt: skip


def _check(mapping: TableMapping, source: Source, domain: Domain) -> list[str]:
    """Find what does not fit the domain: other names, fields it has not, causes it does not know."""
    payload = domain.recipe.payload
    problems = []
    if mapping.domain != domain.name:
        problems.append(source.problem(("domain",), f"is {mapping.domain!r}, but {domain.name!r} was asked for"))
    for name in mapping.payload:
        if name not in payload.model_fields:
            hint = nearest(name, payload.model_fields, lead="; ")
            message = f"{domain.name} has no such field{hint}; a column of your own belongs under attributes"
            problems.append(source.problem(("payload", name), message))
    given = set(mapping.payload) | ({"site_id"} if mapping.site_id else set())
    for name in sorted(required_fields(payload) - given):
        problems.append(source.problem(("payload",), f"required field {name!r} is not mapped"))
    problems += _check_open(mapping, source) + _check_along(mapping, source) + _check_truth(mapping, source)
    if len(mapping.attributes) > MAX_ATTRIBUTES:
        message = (
            f"are {len(mapping.attributes)}, but a case carries at most {MAX_ATTRIBUTES}; leave out those that "
            "tell least"
        )
        problems.append(source.problem(("attributes",), message))
    return problems + _check_values(mapping, source, domain) + _check_causes(mapping, source, domain)


def _check_open(mapping: TableMapping, source: Source) -> list[str]:
    """Find lines of a draft that a person has not completed yet."""
    lines: dict[tuple[str, ...], FieldMap] = {("exception_id",): mapping.exception_id, ("as_of",): mapping.as_of}
    lines |= {("payload", name): field for name, field in mapping.payload.items()}
    cure = "is left to you: name a column, or say {constant: …}"
    return [source.problem(path, cure) for path, field in lines.items() if field.column == OPEN]


def _check_along(mapping: TableMapping, source: Source) -> list[str]:
    """Find histories asked for along what is no entity."""
    entities = [name for name, field in mapping.attributes.items() if field.kind == "entity"]
    return [
        source.problem(
            ("attributes", name, "along"), f"{one!r} is no attribute of kind entity{nearest(one, entities, lead='; ')}"
        )
        for name, field in mapping.attributes.items()
        for one in field.along
        if one not in entities
    ]


def _check_truth(mapping: TableMapping, source: Source) -> list[str]:
    """Find features read from the columns that say the truth, which nobody knew when the case came up.

    A loss may be a share of an amount known from the start, so its column may be read; so may one of several columns
    that only together say the truth.
    """
    if mapping.labels is None:
        return []
    truth = {
        name: set(field.reads)
        for name, field in (("cause", mapping.labels.cause), ("wrong", mapping.labels.wrong))
        if field is not None and field.reads
    }
    origins = origin_columns(mapping)
    read = {("payload", name): field for name, field in mapping.payload.items()}
    read |= {("attributes", name): field for name, field in mapping.attributes.items() if field.known_at is None}
    return [
        source.problem(
            path,
            f"reads what labels.{name} reads ({', '.join(sorted(columns))}), the truth that is known only later; take "
            "it out" + (", or say with `known_at` when each value became known" if path[0] == "attributes" else ""),
        )
        for path, field in read.items()
        for name, columns in truth.items()
        if columns <= {origin for column in field.reads for origin in origins.get(column, {column})} | set(field.reads)
    ]


def _check_values(mapping: TableMapping, source: Source, domain: Domain) -> list[str]:
    """Find constants and mapped values that are not of their field's kind."""
    problems = []
    for make in (
        envelope_slots,
        attribute_slots,
        attribute_moments,
        label_slots,
        computed_columns,
        partial(payload_slots, domain.recipe.payload),
    ):
        try:
            make(mapping)
        except SlotError as error:
            problems.append(source.problem(error.path, str(error)))
    return problems


def _check_causes(mapping: TableMapping, source: Source, domain: Domain) -> list[str]:
    labels = mapping.labels
    if labels is None or labels.vocabulary == "own":
        return []
    known = tuple(domain.heads.labels) if labels.vocabulary == "domain" else labels.vocabulary
    named: list[tuple[tuple[str, ...], Any]] = []
    if labels.cause is not None:
        named += [(("labels", "cause", "values", key), value) for key, value in labels.cause.values.items()]
        named += [
            (("labels", "cause", key), getattr(labels.cause, key)) for key in ("constant", "default", "if_missing")
        ]
    for key in ("wrong_when", "right_when"):
        named += [(("labels", "wrong", key), cause) for cause in getattr(labels.wrong, key) or ()]
    return [
        source.problem(
            path, f"unknown cause {value!r}{nearest(str(value), known, lead='; ')}; or say `vocabulary: own`"
        )
        for path, value in named
        if value is not None and value not in known
    ]
