"""Whether schemas of messages only grew: what a sender sends is still taken, what a reader reads is still given."""

from collections.abc import Iterator, Mapping
from typing import Any

LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaks(before: Mapping[str, Any], now: Mapping[str, Any], *, taken: bool, path: str = "") -> Iterator[str]:
    """Say what of a schema is no longer as it was.

    taken: it describes what is sent to us, which may be asked for no more than before; else what we give, which must
    hold no less.
    """
    yield from _kinds(before, now, taken, path)
    yield from _required(before, now, taken, path)
    yield from _bounds(before, now, taken, path)
    for name, part in before.get("properties", {}).items():
        if name not in now.get("properties", {}):
            yield f"{path}.{name} is gone"
        else:
            yield from breaks(part, now["properties"][name], taken=taken, path=f"{path}.{name}")
    if isinstance(before.get("items"), dict):
        yield from breaks(before["items"], now.get("items", {}), taken=taken, path=f"{path}[]")
    if taken and now.get("additionalProperties") is False and before.get("additionalProperties") is not False:
        yield f"{path} takes no further fields any more"


def _kinds(before: Mapping[str, Any], now: Mapping[str, Any], taken: bool, path: str) -> Iterator[str]:
    old, new = kinds(before), kinds(now)
    if not old <= new or (not taken and old != new):
        yield f"{path} was {' or '.join(sorted(old))} and is {' or '.join(sorted(new))}"
    gone = set(map(str, before.get("enum", ()))) - set(map(str, now.get("enum", ())))
    if "enum" in now and gone:
        yield f"{path} no longer has {', '.join(sorted(gone))}"


def kinds(schema: Mapping[str, Any]) -> set[str]:
    """Name the types a schema allows; constants and references by what they are."""
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return set().union(*(kinds(part) for part in schema[union]))
    if "$ref" in schema:
        return {schema["$ref"].rpartition("/")[2]}
    if "const" in schema:
        return {f"{schema['const']!r}"}
    told = schema.get("type", "anything")
    return set(told) if isinstance(told, list) else {told}


def _required(before: Mapping[str, Any], now: Mapping[str, Any], taken: bool, path: str) -> Iterator[str]:
    old, new = set(before.get("required", ())), set(now.get("required", ()))
    for name in sorted(new - old if taken else old - new):
        yield f"{path}.{name} is {'required now' if taken else 'no longer sure to be there'}"


def _bounds(before: Mapping[str, Any], now: Mapping[str, Any], taken: bool, path: str) -> Iterator[str]:
    if not taken:
        return
    for name in (*LOWER_BOUNDS, *UPPER_BOUNDS):
        if name in now:
            was = before.get(name)
            tighter = was is None or (now[name] > was if name in LOWER_BOUNDS else now[name] < was)
            if tighter:
                yield f"{path} has {name} {now[name]}, before {was}"
